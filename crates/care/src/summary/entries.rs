//! From resources to entries: what each says, when, how it stands, and who holds it.
//!
//! Entries that were made in error are left out. Statuses are told as words at the entry; an unknown one is told as it is. Order:
//! what holds now first, each newest first.

use fhir::json::Json;
use kit::components::Entry;
use kit::{Markup, html};

use super::Dated;
use super::source::Sources;
use crate::tree::{self, When};

/// Codes of "no known allergy", which is an entry but no allergy.
const NO_KNOWN_ALLERGY: [&str; 4] = ["716186003", "1003774007", "409137002", "428607008"];

/// Whether the entry was made in error.
#[must_use]
pub fn is_error(resource: &Json<'_>) -> bool {
    tree::is(resource, "status", &["entered-in-error"])
        || tree::has_code(resource.get("verificationStatus"), &["entered-in-error"])
}

/// Puts entries in order.
pub fn sort(entries: &mut [Dated]) {
    entries.sort_by_key(|dated| (std::cmp::Reverse(dated.is_current), std::cmp::Reverse(dated.ms)));
}

/// An entry from its parts.
pub(crate) fn dated(resource: &Json<'_>, sources: &Sources, what: Option<String>, when: Option<When>) -> Dated {
    let what = what.unwrap_or_else(|| "Without a name".into());
    Dated {
        ms: when.as_ref().map_or(i64::MIN, |when| when.ms),
        is_current: false,
        entry: Entry {
            what: html! { (what) },
            when: when.map_or_else(|| "Date not recorded".into(), |when| when.words),
            source: sources.name(resource),
            ..Entry::default()
        },
    }
}

fn details(parts: impl IntoIterator<Item = Option<String>>) -> Vec<Markup> {
    parts.into_iter().flatten().map(|part| html! { (part) }).collect()
}

fn note(resource: &Json<'_>) -> Option<String> {
    tree::text_at(resource, &["note", "text"])
}

/// A Flag.
#[must_use]
pub fn alert(resource: &Json<'_>, sources: &Sources) -> Dated {
    let mut dated = dated(resource, sources, tree::concept(resource.get("code")), tree::when(resource, &["period"]));
    dated.is_current = tree::is(resource, "status", &["active"]);
    dated.entry.flag = (!dated.is_current).then(|| "Not active".to_owned());
    dated
}

/// Whether an AllergyIntolerance says that there is none.
#[must_use]
pub fn says_no_allergy(resource: &Json<'_>) -> bool {
    tree::has_code(resource.get("code"), &NO_KNOWN_ALLERGY)
}

/// Whether an AllergyIntolerance holds now.
#[must_use]
pub fn is_active_allergy(resource: &Json<'_>) -> bool {
    !tree::has_code(resource.get("clinicalStatus"), &["inactive", "resolved"])
        && !tree::has_code(resource.get("verificationStatus"), &["refuted", "entered-in-error"])
}

/// An AllergyIntolerance.
#[must_use]
pub fn allergy(resource: &Json<'_>, sources: &Sources) -> Dated {
    let when = tree::when(resource, &["recordedDate", "onsetDateTime", "onsetPeriod", "lastOccurrence"]);
    let mut dated = dated(resource, sources, tree::concept(resource.get("code")), when);
    dated.is_current = is_active_allergy(resource);
    let severe = tree::is(resource, "criticality", &["high"])
        || resource
            .get("reaction")
            .map(Json::items)
            .unwrap_or_default()
            .iter()
            .any(|reaction| tree::is(reaction, "severity", &["severe"]));
    dated.entry.flag = match (dated.is_current, severe) {
        (false, _) => Some("Not active".into()),
        (true, true) => Some("High risk".into()),
        _ => None,
    };
    let reactions = resource.get("reaction").map(Json::items).unwrap_or_default();
    let reactions: Vec<String> =
        reactions.iter().filter_map(|reaction| tree::concept(reaction.get("manifestation"))).collect();
    let unconfirmed =
        tree::has_code(resource.get("verificationStatus"), &["unconfirmed"]).then(|| "Unconfirmed".to_owned());
    dated.entry.details = details([
        (!reactions.is_empty()).then(|| format!("Reaction: {}", reactions.join(", "))),
        unconfirmed,
        note(resource),
    ]);
    dated
}

/// A Condition.
#[must_use]
pub fn problem(resource: &Json<'_>, sources: &Sources) -> Dated {
    let when = tree::when(resource, &["onsetDateTime", "onsetPeriod", "recordedDate"]);
    let mut dated = dated(resource, sources, tree::concept(resource.get("code")), when);
    let is_over = tree::has_code(resource.get("clinicalStatus"), &["resolved", "inactive", "remission"]);
    dated.is_current = !is_over;
    let ended = tree::when(resource, &["abatementDateTime", "abatementPeriod"]).map(|when| when.words);
    dated.entry.flag =
        tree::has_code(resource.get("verificationStatus"), &["provisional", "differential", "unconfirmed"])
            .then(|| "Not confirmed".to_owned());
    let over = match (is_over, ended) {
        (true, Some(day)) => Some(format!("Ended {day}")),
        (true, None) => Some("No longer active".to_owned()),
        (false, _) => None,
    };
    dated.entry.details = details([over, note(resource)]);
    dated
}

/// An Encounter.
#[must_use]
pub fn contact(resource: &Json<'_>, sources: &Sources) -> Dated {
    let class = resource.get("class").and_then(|class| tree::text(class, "display").or_else(|| class_words(class)));
    let what = tree::concept(resource.get("type")).or_else(|| class.clone());
    let mut dated = dated(resource, sources, what, tree::when(resource, &["period"]));
    let is_open = tree::is(resource, "status", &["arrived", "triaged", "in-progress", "onleave"]);
    dated.is_current = is_open;
    dated.entry.flag = match (is_open, resource.get("status").and_then(Json::text)) {
        (true, _) => Some("Now".to_owned()),
        (_, Some("cancelled")) => Some("Cancelled".to_owned()),
        (_, Some("planned")) => Some("Planned".to_owned()),
        _ => None,
    };
    let reason = tree::concept(resource.get("reasonCode")).map(|reason| format!("Reason: {reason}"));
    let place = tree::text_at(resource, &["location", "location", "display"]);
    let people = resource.get("participant").map(Json::items).unwrap_or_default();
    let with = people
        .iter()
        .find_map(|person| tree::text_at(person, &["individual", "display"]))
        .map(|name| format!("With {name}"));
    let end = resource.get("period").and_then(|period| tree::text(period, "end")).and_then(|end| tree::moment(&end));
    let until = end.map(|end| end.words).filter(|end| *end != dated.entry.when).map(|end| format!("Until {end}"));
    dated.entry.details = details([reason, place, with, until]);
    dated
}

fn class_words(class: &Json<'_>) -> Option<String> {
    let words = match class.get("code")?.text()? {
        "AMB" => "Visit",
        "EMER" => "Emergency department",
        "IMP" | "ACUTE" | "NONAC" => "Hospital stay",
        "HH" => "Home visit",
        "VR" => "Telephone or video contact",
        "FLD" => "Ambulance",
        other => other,
    };
    Some(words.to_owned())
}

/// An Appointment; one in the future comes before the contacts of the past.
#[must_use]
pub fn appointment(resource: &Json<'_>, sources: &Sources, now_ms: i64) -> Dated {
    let named = tree::text(resource, "description").or_else(|| tree::concept(resource.get("serviceType")));
    let named =
        named.or_else(|| tree::concept(resource.get("appointmentType"))).map(|what| format!("Appointment: {what}"));
    let mut dated =
        dated(resource, sources, named.or_else(|| Some("Appointment".into())), tree::when(resource, &["start"]));
    if let Some(start) = tree::text(resource, "start").and_then(|start| kit::format::written(&start)) {
        dated.entry.when = start;
    }
    let status = resource.get("status").and_then(Json::text);
    let is_ahead = dated.ms >= now_ms && matches!(status, Some("booked" | "pending" | "proposed" | "waitlist"));
    dated.is_current = is_ahead;
    dated.entry.flag = match status {
        _ if is_ahead => Some("Booked".to_owned()),
        Some("cancelled") => Some("Cancelled".to_owned()),
        Some("noshow") => Some("Did not attend".to_owned()),
        _ => None,
    };
    let reason = tree::concept(resource.get("reasonCode")).map(|reason| format!("Reason: {reason}"));
    dated.entry.details = details([reason]);
    dated
}

/// An Immunization.
#[must_use]
pub fn immunisation(resource: &Json<'_>, sources: &Sources) -> Dated {
    let when = tree::when(resource, &["occurrenceDateTime", "recorded"]);
    let mut dated = dated(resource, sources, tree::concept(resource.get("vaccineCode")), when);
    let not_given = tree::is(resource, "status", &["not-done"]);
    dated.entry.flag = not_given.then(|| "Not given".to_owned());
    let reason = tree::concept(resource.get("statusReason")).filter(|_| not_given);
    let dose = resource
        .at(&["protocolApplied", "doseNumberPositiveInt"])
        .and_then(Json::number)
        .map(|dose| format!("Dose {dose}"));
    let batch = tree::text(resource, "lotNumber").map(|batch| format!("Batch {batch}"));
    dated.entry.details = details([dose, reason, batch]);
    dated
}

/// A Procedure.
#[must_use]
pub fn procedure(resource: &Json<'_>, sources: &Sources) -> Dated {
    let when = tree::when(resource, &["performedDateTime", "performedPeriod"]);
    let mut dated = dated(resource, sources, tree::concept(resource.get("code")), when);
    dated.entry.flag = match resource.get("status").and_then(Json::text) {
        Some("not-done") => Some("Not done".to_owned()),
        Some("in-progress" | "preparation") => Some("Not finished".to_owned()),
        Some("stopped") => Some("Stopped".to_owned()),
        _ => None,
    };
    let reason = tree::concept(resource.get("reasonCode")).map(|reason| format!("Reason: {reason}"));
    dated.entry.details = details([reason, tree::concept(resource.get("outcome")), note(resource)]);
    dated
}

/// A CarePlan.
#[must_use]
pub fn plan(resource: &Json<'_>, sources: &Sources) -> Dated {
    let what = tree::text(resource, "title").or_else(|| tree::concept(resource.get("category")));
    let mut dated = dated(resource, sources, what, tree::when(resource, &["period", "created"]));
    dated.is_current = tree::is(resource, "status", &["active", "on-hold", "draft"]);
    dated.entry.flag = (!dated.is_current).then(|| "Ended".to_owned());
    let activities = resource.get("activity").map(Json::items).unwrap_or_default();
    let activities = activities.iter().filter_map(|activity| {
        let detail = activity.get("detail")?;
        tree::text(detail, "description").or_else(|| tree::concept(detail.get("code")))
    });
    let activities: Vec<String> = activities.collect();
    dated.entry.details = details([tree::text(resource, "description")]);
    if !activities.is_empty() && dated.is_current {
        dated.entry.details.push(
            html! { ul class="nhsuk-list nhsuk-list--bullet" { @for activity in &activities { li { (activity) } } } },
        );
    }
    dated
}

/// Whether a document is a plan or a wish, which stands under its own heading.
#[must_use]
pub fn is_plan_document(resource: &Json<'_>) -> bool {
    tree::has_code(resource.get("category"), &["18776-5"])
}

/// What a DocumentReference is called: its description, else the title of its file, else what kind of document it is.
#[must_use]
pub fn document_title(resource: &Json<'_>) -> Option<String> {
    let what = tree::text(resource, "description");
    let what = what.or_else(|| tree::text_at(resource, &["content", "attachment", "title"]));
    what.or_else(|| tree::concept(resource.get("type")))
}

/// Where a document of a person is opened.
fn document_address(resource: &Json<'_>) -> Option<String> {
    let person = tree::text_at(resource, &["subject", "reference"])?;
    let (person, id) = (person.strip_prefix("Patient/")?, tree::text(resource, "id")?);
    Some(format!("/care/people/{person}/documents/{id}"))
}

/// A DocumentReference.
#[must_use]
pub fn document(resource: &Json<'_>, sources: &Sources) -> Dated {
    let kind = tree::concept(resource.get("type"));
    let what = document_title(resource);
    let when = tree::when(resource, &["date"]);
    let mut dated = dated(resource, sources, what.clone(), when);
    if let Some(address) = document_address(resource) {
        let name = dated.entry.what;
        dated.entry.what = html! { a class="nhsuk-link" href=(address) { (name) } };
    }
    let is_superseded = tree::is(resource, "status", &["superseded"]);
    dated.is_current = !is_superseded && is_plan_document(resource);
    dated.entry.flag = is_superseded.then(|| "Replaced".to_owned());
    let author = tree::text_at(resource, &["author", "display"]).map(|author| format!("By {author}"));
    dated.entry.details =
        details([kind.filter(|kind| !what.as_ref().is_some_and(|what| what.contains(kind.as_str()))), author]);
    dated
}

/// A DiagnosticReport with a conclusion in words; its values stand as results of their own.
#[must_use]
pub fn report(resource: &Json<'_>, sources: &Sources) -> Option<Dated> {
    let conclusion = tree::text(resource, "conclusion")?;
    let when = tree::when(resource, &["effectiveDateTime", "effectivePeriod", "issued"]);
    let mut dated = dated(resource, sources, tree::concept(resource.get("code")), when);
    dated.entry.details = details([Some(conclusion)]);
    Some(dated)
}
