//! The privacy officer's log: who did what, found by person, staff, organisation, time, deed, outcome or request.
//!
//! It is for those who may read anybody's log: to all others nothing is there, not even their own. What is looked for goes in the form's body, never in the address. Reading the log is itself logged, in the log of the person
//! it was about. The record itself is not shown here, nor any name of a person in care. A page says how far back it has looked,
//! so that nobody takes "nothing found" for "nothing there". `drawing` draws.

mod drawing;

use super::officer::navigation;
use crate::person::{SCAN_MAX, rule_for_every_log};
use crate::requests::{SignedIn, page_error};
use crate::state::{Trust, TrustError};
use crate::words;
use axum::extract::Form;
use axum::response::Response;
use fhir::{NhsNumber, ResourceId};
use gate::{Action, Permit, Purpose};
use jiff::civil::Date;
use kit::{Page, PageError};
use record::error::RecordError;
use record::log::{Draft, Entry, Subject};
use serde::Deserialize;

pub(crate) use drawing::content;

/// Entries on one page.
const PAGE_ENTRIES_MAX: usize = 100;

/// What is looked for; empty fields do not narrow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogQuestion {
    /// A person's record id.
    pub person: String,
    /// A person's NHS number; it never comes back in an answer.
    pub nhs_number: String,
    /// A part of the name, or the id, of who did something.
    pub staff: String,
    /// A part of the name of the organisation.
    pub organisation: String,
    /// The word of a deed in the log.
    pub deed: String,
    /// How it ended: `allowed`, `refused` or `absent`.
    pub outcome: String,
    /// Anything: only what was done in an emergency.
    pub emergency: String,
    /// From this day on, as `2026-11-22`, in London.
    pub from: String,
    /// To this day, that day included.
    pub to: String,
    /// A request's id.
    pub request: String,
    /// Only entries before this number.
    pub before: String,
}

/// One entry as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEntry {
    /// Its number in the log.
    pub sequence: u64,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who: name, role, organisation as they were.
    pub who: String,
    /// What was done with which kinds of data.
    pub what: String,
    /// The one entry of a record, as `Type/id`; empty for none.
    pub entry: String,
    /// What for.
    pub purpose: String,
    /// The rule.
    pub rule: String,
    /// How it ended, and by which way it came.
    pub outcome: String,
    /// How many people were concerned.
    pub people: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The entries, newest first.
    pub entries: Vec<FoundEntry>,
    /// Where to go on for older ones.
    pub older: Option<u64>,
    /// How many entries were looked through.
    pub looked: u64,
    /// When the oldest of them was written, milliseconds since 1970 UTC.
    pub back_to_ms: Option<i64>,
    /// What could not be looked for, and what to do.
    pub problem: Option<String>,
}

/// `GET /log`
pub(super) async fn show(officer: SignedIn) -> Response {
    officer.answer(|officer| answer(&officer.trust, officer, LogQuestion::default())).await
}

/// `POST /log`
pub(super) async fn find(officer: SignedIn, Form(question): Form<LogQuestion>) -> Response {
    officer.answer(|officer| answer(&officer.trust, officer, question)).await
}

fn answer(trust: &Trust, officer: &SignedIn, mut question: LogQuestion) -> Response {
    let found = officer
        .permit(Action::Search)
        .and_then(|permit| look(trust, &permit, &mut question).map_err(|error| page_error(&error, &officer.request)));
    match found {
        Ok(found) => page(officer, &question, &found).respond(trust.site()),
        Err(PageError::NotFound) => page(officer, &question, &Found::default()).respond(trust.site()),
        Err(error) => error.respond(trust.site()),
    }
}

/// Looks through the log; that it was read is logged with it.
fn look(trust: &Trust, permit: &Permit, question: &mut LogQuestion) -> Result<Found, TrustError> {
    // A person's own log is told on her pages, without what is not for her; here it stands whole.
    let rule = rule_for_every_log(permit).ok_or_else(RecordError::not_found)?;
    let patient = match person_of(trust, permit, question)? {
        Ok(patient) => patient,
        Err(problem) => return Ok(Found { problem: Some(problem.to_owned()), ..Found::default() }),
    };
    let part = match &patient {
        Some(patient) => Some(trust.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?),
        None => None,
    };
    let found = scan(trust, question, part)?;
    trust.note_log_read(permit, rule, part.map(|part| Subject { part, relation: 0 }), found.entries.len())?;
    Ok(found)
}

/// Whose log is asked for, if anybody's; the number is replaced by the record's id.
fn person_of(
    trust: &Trust,
    permit: &Permit,
    question: &mut LogQuestion,
) -> Result<Result<Option<ResourceId>, &'static str>, TrustError> {
    let number = std::mem::take(&mut question.nhs_number);
    if !number.trim().is_empty() {
        let Ok(number) = NhsNumber::parse(&number) else { return Ok(Err("Enter the 10 digits of the NHS number")) };
        let mut people = trust.record().people_with_number(permit, &number)?;
        return Ok(match (people.pop(), people.is_empty()) {
            (Some(patient), true) => {
                patient.as_str().clone_into(&mut question.person);
                Ok(Some(patient))
            }
            (Some(_), false) => Err("More than one record here has this NHS number. Look for each by its record id"),
            (None, _) => Err("No record here has this NHS number. Check the digits"),
        });
    }
    let person = question.person.trim();
    if person.is_empty() {
        return Ok(Ok(None));
    }
    let person = person.strip_prefix("Patient/").unwrap_or(person);
    Ok(Ok(Some(ResourceId::parse(person).map_err(|_| RecordError::not_found())?)))
}

/// Walks from the newest entry back until the page is full or enough was looked through.
fn scan(trust: &Trust, question: &LogQuestion, part: Option<u32>) -> Result<Found, TrustError> {
    let log = trust.record().log();
    let before: Option<u64> = question.before.trim().parse().ok();
    let most = usize::try_from(SCAN_MAX).unwrap_or(usize::MAX);
    let numbers: Box<dyn Iterator<Item = u64>> = match part {
        Some(part) => Box::new(log.of_part(part, before, most).into_iter()),
        None => {
            let newest = before.map_or_else(|| log.count(), |before| before.saturating_sub(1).min(log.count()));
            Box::new((newest.saturating_sub(SCAN_MAX) + 1..=newest).rev())
        }
    };
    let test = question.test();
    let mut found = Found::default();
    let mut last = 0;
    for number in numbers {
        if found.entries.len() == PAGE_ENTRIES_MAX {
            found.older = Some(last);
            break;
        }
        let Some(entry) = log.entry(number).map_err(RecordError::from)? else { continue };
        (last, found.looked, found.back_to_ms) = (number, found.looked + 1, Some(entry.draft.at_ms));
        if test.is_over(&entry.draft) {
            return Ok(found);
        }
        if test.fits(&entry.draft) {
            found.entries.push(FoundEntry::of(trust, &entry));
        }
    }
    if found.older.is_none() && found.looked >= SCAN_MAX && last > 1 {
        found.older = Some(last);
    }
    Ok(found)
}

/// A question that is understood.
struct Test<'q> {
    question: &'q LogQuestion,
    staff: String,
    organisation: String,
    from: Option<Date>,
    to: Option<Date>,
}

impl LogQuestion {
    fn test(&self) -> Test<'_> {
        let day = |text: &str| text.trim().parse().ok();
        let (staff, organisation) = (self.staff.trim().to_lowercase(), self.organisation.trim().to_lowercase());
        Test { question: self, staff, organisation, from: day(&self.from), to: day(&self.to) }
    }
}

impl Test<'_> {
    /// Whether nothing older can fit: entries stand in the order of their times, but for clocks that were set.
    fn is_over(&self, draft: &Draft) -> bool {
        self.from.is_some_and(|from| crate::rights::day(draft.at_ms) < from.yesterday().unwrap_or(from))
    }

    fn fits(&self, draft: &Draft) -> bool {
        let (question, day) = (self.question, crate::rights::day(draft.at_ms));
        let has = |wanted: &str, is: &str| wanted.trim().is_empty() || is == wanted.trim();
        let is_staff = self.staff.is_empty()
            || draft.name.to_lowercase().contains(&self.staff)
            || draft.who.to_lowercase() == self.staff;
        let is_emergency = draft.purpose == Purpose::BreakGlass.name() || draft.action == record::emergency::DECLARED;
        is_staff
            && draft.organisation_name.to_lowercase().contains(&self.organisation)
            && has(&question.deed, &draft.action)
            && has(&question.outcome, &draft.outcome)
            && has(&question.request, &draft.request)
            && (question.emergency.is_empty() || is_emergency)
            && self.from.is_none_or(|from| day >= from)
            && self.to.is_none_or(|to| day <= to)
    }
}

impl FoundEntry {
    fn of(trust: &Trust, Entry { sequence, draft }: &Entry) -> FoundEntry {
        let organisation =
            if draft.organisation_name.is_empty() { String::new() } else { format!(", {}", draft.organisation_name) };
        let kinds =
            if draft.kinds.is_empty() { String::new() } else { words::listed(&words::data_words(&draft.kinds)) };
        let is_declared = [record::emergency::DECLARED, record::claim::CLAIMED].contains(&draft.action.as_str());
        let why = if is_declared { format!(": {}", draft.query) } else { String::new() };
        let entry = draft.target.as_ref().filter(|target| target.kind != fhir::ResourceType::PATIENT.code());
        let name = |target: &record::log::Target| {
            let kind = fhir::ResourceType::from_code(target.kind).map_or("Resource", fhir::ResourceType::name);
            format!("{kind}/{}", target.id)
        };
        let entry = entry.map(name);
        FoundEntry {
            sequence: *sequence,
            at_ms: draft.at_ms,
            who: format!("{}, {}{organisation}", draft.name, words::role(&draft.role)),
            what: format!("{} {kinds}", drawing::deed(&draft.action)).trim_end().to_owned() + &why,
            entry: entry.unwrap_or_default(),
            purpose: words::purpose(&draft.purpose).to_owned(),
            rule: Some(words::rule_sentence(trust.gate(), draft, gate::Language::English))
                .filter(|sentence| !sentence.is_empty())
                .unwrap_or(&draft.rule)
                .to_owned(),
            outcome: format!("{}, by {}", draft.outcome, draft.via),
            people: draft.subjects.len(),
        }
    }

    /// One, for drawing and testing the page.
    #[must_use]
    pub fn sample() -> FoundEntry {
        FoundEntry {
            sequence: 4_711,
            at_ms: 1_795_341_600_000,
            who: "Dr Amir Khan, health or care professional, Elm Surgery".to_owned(),
            what: "searched test results".to_owned(),
            entry: String::new(),
            purpose: "direct care".to_owned(),
            rule: "Professionals who care for a person may see that person's record.".to_owned(),
            outcome: "allowed, by page".to_owned(),
            people: 1,
        }
    }
}

impl Found {
    /// One, for drawing and testing the page.
    #[must_use]
    pub fn sample() -> Found {
        let back_to_ms = Some(1_795_341_600_000);
        Found { entries: vec![FoundEntry::sample()], older: Some(4_711), looked: 1, back_to_ms, problem: None }
    }
}

fn page(officer: &SignedIn, question: &LogQuestion, found: &Found) -> Page {
    Page::new("Who looked", content(question, found)).signed_in(officer.account(), navigation("/log"))
}
