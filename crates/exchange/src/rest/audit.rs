//! AuditEvents: the access log of a person, told in FHIR.
//!
//! A search that names one patient is answered from the log, newest first, and then from the AuditEvents that other systems
//! have sent. An event of the log has an id that begins with `log-`; it can be read, and nobody can change it.

use super::asked::{Asked, Wishes};
use super::bundle::{Body, Bundle, Links};
use super::failure::Failure;
use super::subset::Subset;
use fhir::issue::IssueCode;
use fhir::search::{Condition, SortBy, Summary, Test};
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit};
use record::{Answer, COUNT_DEFAULT, Question, Refusal};
use trust::TrustError;
use trust::audit_event::{Events, Wanted, audit_event_by_id, audit_events};

/// The page token that says: the log is told, go on with what others have sent.
const AFTER_THE_LOG: &str = "sent";
/// What a page token of the log begins with; the place of the last entry told follows.
const IN_THE_LOG: &str = "log-";

/// What was found for a search: events of the log, or events that were sent, never both on a page.
#[derive(Default)]
pub(super) struct Found {
    told: Events,
    sent: Option<Answer>,
    total: Option<u64>,
    pub(super) next: Option<String>,
}

/// The one patient whose AuditEvents are searched for, if that is what is asked.
pub(super) fn whose_log(question: &Question) -> Option<ResourceId> {
    let query = question.query();
    let named = |condition: &Condition| match condition {
        Condition::Compartment { kind: ResourceType::PATIENT, id, .. } => Some(id.clone()),
        Condition::Any { param, tests } if fhir::search::by_id(*param).map(|param| param.code) == Some("patient") => {
            match tests.as_slice() {
                [Test::Reference { id, .. }] => Some(id.clone()),
                _ => None,
            }
        }
        _ => None,
    };
    (query.kind == ResourceType::AUDIT_EVENT).then(|| query.conditions.iter().find_map(named)).flatten()
}

/// Answers a search for the AuditEvents about a patient.
pub(super) async fn search(
    asked: &Asked,
    question: Question,
    patient: ResourceId,
    page: Option<&str>,
) -> Result<Found, Failure> {
    let newest_first = |key: &fhir::search::SortKey| match key.by {
        SortBy::Param(param) => fhir::search::by_id(param).map(|param| param.code) == Some("date") && key.descending,
        _ => false,
    };
    let query = question.query();
    if !query.sort.iter().all(newest_first) {
        let sentence = "The log is told newest first: leave out `_sort`, or say `_sort=-date`.";
        return Err(Failure::bad_request(IssueCode::NotSupported, sentence));
    }
    if query.summary == Summary::Count && query.conditions.len() > 1 {
        let sentence = "Entries of the log are counted for a patient as a whole: leave out the other parameters.";
        return Err(Failure::bad_request(IssueCode::NotSupported, sentence));
    }
    let before = page.and_then(|page| page.strip_prefix(IN_THE_LOG)).and_then(|place| place.parse().ok());
    let is_in_log = page.is_none() || before.is_some();
    let page = page.filter(|page| !is_in_log && *page != AFTER_THE_LOG).map(str::to_owned);
    let wanted = wanted(&question, before);
    let question = question.at_page(page);
    let task = move |record: &record::Record, permit: &Permit| Ok(record.answer(permit, &question)?);
    let sent = asked.work(Action::Search, task).await?;
    if !is_in_log {
        return Ok(Found { next: sent.next.clone(), sent: Some(sent), ..Found::default() });
    }
    let trust = asked.bearer.trust.clone();
    let told =
        asked.work(Action::Search, move |_, permit| told(audit_events(&trust, permit, &patient, &wanted))).await?;
    let total = told.total.zip(sent.total).map(|(told, sent)| told + sent);
    let next = match told.older {
        Some(place) => Some(format!("{IN_THE_LOG}{place}")),
        None if sent.matches.is_empty() => None,
        None => Some(AFTER_THE_LOG.to_owned()),
    };
    Ok(Found { told, sent: None, total, next })
}

/// Of the conditions, the one that names the patient holds for all of her log.
fn wanted(question: &Question, before: Option<u64>) -> Wanted {
    let query = question.query();
    let count = if query.summary == Summary::Count { 0 } else { query.count.unwrap_or(COUNT_DEFAULT) };
    let conditions = if query.conditions.len() > 1 { query.conditions.clone() } else { Vec::new() };
    Wanted { conditions, count: usize::try_from(count).unwrap_or(usize::MAX), before }
}

/// A log that is not for this reader has no entries for her.
fn told(events: Result<Events, TrustError>) -> Result<Events, Failure> {
    match events {
        Err(TrustError::Record(error)) if error.refusal == Refusal::NotFound => {
            Ok(Events { total: Some(0), ..Events::default() })
        }
        events => Ok(events?),
    }
}

/// The Bundle of what was found.
pub(super) fn framed(wishes: &Wishes, links: &Links<'_>, subset: &Subset, found: &Found) -> Vec<u8> {
    if let Some(sent) = &found.sent {
        return Bundle::searchset(wishes, links, subset, &Answer { total: None, ..sent.clone() });
    }
    let mut bundle = Bundle::begin("searchset", found.total, wishes, links);
    for (id, bytes) in &found.told.events {
        bundle.found(wishes, subset, Body { kind: ResourceType::AUDIT_EVENT, id, bytes }, "match");
    }
    bundle.end()
}

/// An event of the log by its id; none when the id can only be that of a resource that was sent.
pub(super) fn read(
    asked: &Asked,
    permit: &Permit,
    kind: ResourceType,
    id: &ResourceId,
) -> Result<Option<Vec<u8>>, Failure> {
    if kind != ResourceType::AUDIT_EVENT {
        return Ok(None);
    }
    match audit_event_by_id(&asked.bearer.trust, permit, id) {
        // Whether such an id is hidden or absent, the record answers the same and logs the attempt.
        Err(TrustError::Record(error)) if error.refusal == Refusal::NotFound => Ok(None),
        event => Ok(event?),
    }
}
