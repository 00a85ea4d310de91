//! The copy that a person gets who asked for her data: everything that is held about her, made when she takes it.
//!
//! It is made under her own permit, so it holds what she may see and nothing that is withheld from her; nobody at the desk reads
//! it. It says what it is for, where the data came from, who saw them, and what is not in it. One page to read and print, and a
//! file for machines. `pages` draws.

use crate::my_record::SectionView;
use crate::my_record::results::Test;
use crate::my_record::rules::{everything, results, section};
use crate::my_record::sections::Section;
use crate::visit::Visit;
use kit::PageError;
use serde_json::{Value, json};
use trust::audit_event::{Wanted, audit_events};
use trust::rights::{Answer, Right, RightsCase};
use trust::{Case, WhoLooked, who_looked};

/// How many stretches of the log the page to read holds; the file holds all of it.
const STRETCHES_MAX: usize = 20;

/// How many entries of the log are read at a time.
const EVENTS_COUNT: usize = 500;

/// What stands at the head of a copy: UK GDPR article 15(1) and (2).
pub(super) const ABOUT: [(&str, &str); 7] = [
    (
        "What it is used for",
        "Your health and social care, running the services that give it, and checking that it is used properly.",
    ),
    ("By what right", "UK GDPR articles 6(1)(e) and 9(2)(h): it is needed to give health and social care."),
    (
        "Where it comes from",
        "From you, and from the practices, hospitals and care services that are named at each entry.",
    ),
    (
        "Who gets it",
        "The people and systems under \u{201c}Who looked\u{201d}. Nobody decides about you by a machine alone.",
    ),
    ("How long it is kept", "As long as the NHS Records Management Code of Practice says for each kind of record."),
    (
        "What you can ask for",
        "That something is put right, removed or not used, and you can object: on the page My rights.",
    ),
    ("Where you can complain", "The Information Commissioner\u{2019}s Office, ico.org.uk, telephone 0303 123 1113."),
];

/// What a copy does not hold, so that nobody thinks that it does.
pub(super) const NOT_IN_IT: [&str; 3] = [
    "What a health professional thinks would be likely to cause serious harm, and what would tell about somebody else. The answer to your request says whether there is any.",
    "Notes of the privacy officer about your requests. Ask for them in words.",
    "What is only on paper, or only in the systems of other organisations.",
];

/// A copy to read.
pub(super) struct Copy {
    pub(super) sections: Vec<SectionView>,
    pub(super) tests: Vec<Test>,
    pub(super) looked: Vec<WhoLooked>,
    pub(super) asked: Vec<Case>,
    pub(super) requests: Vec<RightsCase>,
}

/// Whether there is a copy to take: the officer has answered that there is.
pub(super) fn is_ready(case: &RightsCase) -> bool {
    let answer = case.decision.as_ref().map(|decision| decision.answer);
    case.right == Right::Access && matches!(answer, Some(Answer::Met | Answer::PartlyMet))
}

/// The copy to read.
pub(super) fn to_read(visit: &Visit, requests: Vec<RightsCase>) -> Result<Copy, PageError> {
    let trust = &visit.signed_in.trust;
    let others = Section::ALL.into_iter().filter(|one| *one != Section::Results);
    let sections = others.map(|one| section(visit, one)).collect::<Result<Vec<_>, _>>()?;
    let tests = results(visit)?.tests;
    let mut looked = Vec::new();
    let mut before = None;
    while looked.len() < STRETCHES_MAX {
        let stretch = who_looked(trust, &visit.permit, &visit.patient, before).map_err(|error| visit.error(&error))?;
        before = stretch.older;
        looked.push(stretch);
        if before.is_none() {
            break;
        }
    }
    let asked = trust.questions_of(&visit.permit, &visit.patient).map_err(|error| visit.error(&error))?;
    Ok(Copy { sections, tests, looked, asked, requests })
}

/// The copy for machines: a JSON object with the record as a FHIR Bundle, byte by byte as it is kept.
pub(super) fn for_machines(visit: &Visit, requests: &[RightsCase]) -> Result<Vec<u8>, PageError> {
    let trust = &visit.signed_in.trust;
    let about: Vec<Value> = ABOUT.iter().map(|(what, says)| json!({ "what": what, "says": says })).collect();
    let events = events(visit)?;
    let asked = trust.questions_of(&visit.permit, &visit.patient).map_err(|error| visit.error(&error))?;
    let requests: Vec<Value> = requests.iter().map(request).collect();
    let rest = json!({
        "about": about,
        "notInIt": NOT_IN_IT,
        "requests": requests,
        "questionsAboutLooks": asked,
        "whoLooked": { "resourceType": "Bundle", "type": "collection",
            "entry": events.into_iter().map(|event| json!({ "resource": event })).collect::<Vec<_>>() },
    });
    let mut copy = rest.to_string().into_bytes();
    // The record goes in as it is: its numbers keep their text.
    copy.pop();
    copy.extend_from_slice(b",\"record\":");
    copy.extend_from_slice(&everything(visit)?);
    copy.push(b'}');
    Ok(copy)
}

/// Every entry of her log, as AuditEvents.
fn events(visit: &Visit) -> Result<Vec<Value>, PageError> {
    let (trust, mut found) = (&visit.signed_in.trust, Vec::new());
    let mut wanted = Wanted { before: None, conditions: Vec::new(), count: EVENTS_COUNT };
    loop {
        let page = audit_events(trust, &visit.permit, &visit.patient, &wanted).map_err(|error| visit.error(&error))?;
        found.extend(page.events.iter().filter_map(|(_, body)| serde_json::from_slice(body).ok()));
        wanted.before = page.older;
        if wanted.before.is_none() {
            return Ok(found);
        }
    }
}

/// A request without what is for officers only.
fn request(case: &RightsCase) -> Value {
    let said = |said: &trust::rights::Said| json!({ "atMs": said.at_ms, "by": said.by, "words": said.words });
    let decision = case.decision.as_ref().map(|decision| {
        let reason = decision.exemption.map(|reason| json!({ "says": reason.sentence(), "law": reason.law() }));
        json!({ "answer": decision.answer.phrase(), "reason": reason, "said": said(&decision.said) })
    });
    json!({
        "reference": case.id, "right": case.right.title(), "law": case.right.law(), "came": case.came.phrase(),
        "wish": case.wish, "received": case.received().to_string(), "due": case.due().to_string(),
        "extension": case.extension.as_ref().map(said), "decision": decision,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_officers_only_is_in_no_copy() {
        let mut case = RightsCase::sample_decided();
        case.decision.as_mut().unwrap().opinion = "Dr Khan fears harm".to_owned();
        let note = case.decision.as_ref().unwrap().said.clone();
        case.notes.push(trust::rights::Said { words: "Rang the practice".to_owned(), ..note });

        let copy = request(&case).to_string();

        assert!(copy.contains("Your practice has corrected") && copy.contains("articles 5(1)(d)"), "{copy}");
        assert!(!copy.contains("Khan fears") && !copy.contains("Rang"), "{copy}");
    }

    #[test]
    fn a_copy_is_there_when_the_officer_has_said_so_and_not_before() {
        let decided = RightsCase::sample_decided();
        let access = RightsCase { right: Right::Access, ..decided.clone() };

        assert!(is_ready(&access));
        assert!(!is_ready(&decided), "a correction brings no copy");
        assert!(!is_ready(&RightsCase { decision: None, ..access }));
    }
}
