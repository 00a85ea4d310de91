//! What an entry of the log tells its reader: everything to whoever reads every log, less to the person whose log it is.
//!
//! To her, to who acts for her and to her apps an entry says who, when, why and with which kinds of data. It names the one resource
//! only while the reader sees that in the record, and repeats a search only where its values can speak of nobody else
//! (docs/decisions/0012-roles.md). What is left out of an entry stays a hash in its proof.

use crate::person::reads_every_log;
use crate::state::{Trust, TrustError};
use fhir::search::ParamKind;
use fhir::{ResourceId, ResourceType};
use gate::Permit;
use record::log::{Draft, Entry};

/// Parameters of every search that say how it is answered, not about whom.
const OF_ANSWERS: [&str; 9] =
    ["_count", "_sort", "_summary", "_elements", "_total", "_format", "_include", "_revinclude", "_lastUpdated"];
/// Codes by which people are found, where other codes say what was looked for.
const OF_PEOPLE: [&str; 6] = ["identifier", "telecom", "phone", "email", "related-identifier", "related-id"];
/// Types whose every value is about who somebody is.
const IDENTITIES: [&str; 4] = ["Patient", "Person", "RelatedPerson", "Group"];

/// An entry as its reader is told of it.
pub(crate) struct Told {
    /// The entry, without what is not for the reader.
    pub(crate) entry: Entry,
    /// Whether nothing was taken out.
    pub(crate) is_whole: bool,
}

/// These entries of the log of `patient` as the holder of `permit` is told of them.
pub(crate) fn told(
    trust: &Trust,
    permit: &Permit,
    patient: &ResourceId,
    entries: Vec<Entry>,
) -> Result<Vec<Told>, TrustError> {
    if reads_every_log(permit) {
        return Ok(entries.into_iter().map(|entry| Told { entry, is_whole: true }).collect());
    }
    let tellable = trust.record().tellable(permit, &entries)?;
    let tell = |entry: Entry| {
        let sees = tellable.contains(&entry.sequence);
        let draft = narrowed(&entry.draft, patient, sees);
        Told { is_whole: draft == entry.draft, entry: Entry { draft, ..entry } }
    };
    Ok(entries.into_iter().map(tell).collect())
}

/// The draft as the person is told of it, who sees what it names or does not.
fn narrowed(draft: &Draft, patient: &ResourceId, sees: bool) -> Draft {
    let target = draft.target.clone().filter(|_| sees);
    let query = match draft.action.as_str() {
        // In the words of who declared it, for the person to read.
        record::emergency::DECLARED | record::claim::CLAIMED => draft.query.clone(),
        // A history names what it is of.
        "History" if target.is_some() || !draft.query.contains('(') => draft.query.clone(),
        _ if draft.query.strip_prefix("Patient/") == Some(patient.as_str()) => draft.query.clone(),
        _ => asked(&draft.query, patient, draft.subjects.len() == 1),
    };
    Draft { target, query, ..draft.clone() }
}

/// A search as far as the person is told of it: whole, or the names of its parameters; nothing of what is no search.
fn asked(query: &str, patient: &ResourceId, is_alone: bool) -> String {
    let Some((kind, params)) = query.split_once('?') else { return String::new() };
    let Some(kind) = ResourceType::parse(kind) else { return String::new() };
    let pairs: Vec<&str> = params.split('&').collect();
    if params.is_empty() || (is_alone && pairs.iter().all(|pair| is_about_nobody_else(kind, pair, patient))) {
        return query.to_owned();
    }
    let names: Vec<&str> = pairs.iter().filter_map(|pair| name_of(kind, pair)).collect();
    format!("{}?{}", kind.name(), names.join("&"))
}

/// Whether a parameter with its value can only speak of the person, or of no person.
fn is_about_nobody_else(kind: ResourceType, pair: &str, patient: &ResourceId) -> bool {
    let Some((name, value)) = pair.split_once('=') else { return false };
    if OF_ANSWERS.contains(&name) {
        return true;
    }
    let is_hers = |value: &str| value.strip_prefix("Patient/").unwrap_or(value) == patient.as_str();
    if kind == ResourceType::PATIENT && name == "_id" {
        return value.split(',').all(is_hers);
    }
    match fhir::search::param(kind, name).map(|param| param.kind) {
        Some(ParamKind::Reference) => value.split(',').all(is_hers),
        Some(ParamKind::Date | ParamKind::Number | ParamKind::Quantity | ParamKind::Token) => {
            !OF_PEOPLE.contains(&name) && !IDENTITIES.contains(&kind.name())
        }
        _ => false,
    }
}

/// The name of a parameter without its modifier and its value; none for what is no parameter.
fn name_of(kind: ResourceType, pair: &str) -> Option<&'static str> {
    let name = pair.split(['=', ':', '.']).next()?;
    let of_answers = OF_ANSWERS.into_iter().chain(["_id", "_has"]).find(|known| *known == name);
    of_answers.or_else(|| fhir::search::param(kind, name).map(|param| param.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(query: &str) -> String {
        asked(query, &ResourceId::parse("mrs-a").unwrap(), true)
    }

    #[test]
    fn what_can_only_speak_of_her_or_of_nobody_is_told_as_it_was_asked() {
        for query in [
            "Condition?code=44054006",
            "Observation?patient=mrs-a&date=ge2026-01-01&_sort=-date&_count=50",
            "Observation?subject=Patient/mrs-a",
            "Patient?_id=mrs-a",
            "Condition?",
        ] {
            assert_eq!(told_of(query), query);
        }
    }

    #[test]
    fn of_what_may_name_somebody_else_only_the_names_of_the_parameters_are_told() {
        for (query, told) in [
            ("Patient?identifier=nhs|9990000018,nhs|9990000026", "Patient?identifier"),
            ("Patient?family=Bell&birthdate=1950-01-01", "Patient?family&birthdate"),
            ("Patient?_id=mrs-a,mr-b", "Patient?_id"),
            ("Observation?patient=mrs-a,mr-b&code=1", "Observation?patient&code"),
            ("Observation?patient.identifier=nhs|9990000026", "Observation?patient"),
            ("Observation?_id=hidden", "Observation?_id"),
            ("DocumentReference?identifier=7", "DocumentReference?identifier"),
            ("Patient?family=Smith & Sons", "Patient?family"),
            ("Patient?_has:Observation:patient:code=1", "Patient?_has"),
            ("Emergency words that are no search", ""),
        ] {
            assert_eq!(told_of(query), told, "{query}");
        }
    }

    #[test]
    fn a_search_that_touched_others_too_is_told_by_its_names() {
        assert_eq!(asked("Condition?code=1", &ResourceId::parse("mrs-a").unwrap(), false), "Condition?code");
    }
}
