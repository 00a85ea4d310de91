//! AuditEvents are valid FHIR and have what the patterns ask for.

use super::*;
use crate::tests::{MRS_A, Server, doctor_looked, id, mrs_a};
use gate::Action;
use record::kept_back::BY_CHOICE;

const PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";

fn event(draft: Draft) -> Value {
    let patient = id("mrs-a");
    let whose = Whose { patient: &patient, part: MRS_A };
    audit_event(&Entry { sequence: 12, draft }, Some(whose), "Commonweal")
}

fn codes(event: &Value, list: &str) -> Vec<String> {
    let items = event[list].as_array().unwrap();
    let code = |item: &Value| {
        let coding = if item["type"]["coding"].is_array() { &item["type"]["coding"][0] } else { &item["type"] };
        coding["code"].as_str().unwrap().to_owned()
    };
    items.iter().map(code).collect()
}

#[test]
fn every_action_gives_valid_fhir() {
    let others = ["SignIn", "IssueToken", record::emergency::DECLARED, record::claim::CLAIMED, BY_CHOICE];
    for action in Action::ALL.iter().map(|action| action.name()).chain(others) {
        let rule = if action == BY_CHOICE { BY_CHOICE } else { "gp-care" }.to_owned();
        let draft = Draft { action: action.to_owned(), query: "code=1".into(), rule, ..doctor_looked() };
        let text = event(draft).to_string();

        let issues = fhir::validate(&fhir::json::parse(text.as_bytes()).unwrap());

        let errors: Vec<_> = issues.iter().filter(|issue| issue.is_error()).collect();
        assert!(errors.is_empty(), "{action}: {errors:?}\n{text}");
    }
}

#[test]
fn a_read_has_what_the_pattern_asks_for() {
    let event = event(doctor_looked());

    assert_eq!(event["meta"]["profile"][0], format!("{PROFILE}PatientRead"));
    assert_eq!((event["type"]["code"].as_str(), event["subtype"][0]["code"].as_str()), (Some("rest"), Some("read")));
    assert_eq!((event["action"].as_str(), event["outcome"].as_str()), (Some("R"), Some("0")));
    assert_eq!(codes(&event, "agent"), ["110152", "110153", "IRCP"]);
    assert_eq!(codes(&event, "entity"), ["2", "1", "XrequestId"]);
    assert_eq!(event["entity"][0]["what"]["reference"], "Observation/hba1c");
    assert_eq!(event["entity"][1]["what"]["reference"], "Patient/mrs-a");
    assert_eq!(event["agent"][2]["who"]["reference"], "Practitioner/khan");
    assert_eq!(event["agent"][2]["purposeOfUse"][0]["coding"][0]["code"], "TREAT");
    assert_eq!(event["agent"][2]["policy"][0], "urn:commonweal:rule:gp-care");
    assert_eq!(event["recorded"], "2026-11-22T10:00:00.000Z");
}

#[test]
fn a_search_tells_what_was_asked_and_not_what_was_found() {
    let search =
        Draft { action: "Search".into(), query: "Condition?code=44054006".into(), target: None, ..doctor_looked() };

    let event = event(search);

    assert_eq!(event["meta"]["profile"][0], format!("{PROFILE}PatientQuery"));
    assert_eq!(codes(&event, "agent"), ["110153", "110152", "IRCP"]);
    assert_eq!(STANDARD.decode(event["entity"][0]["query"].as_str().unwrap()).unwrap(), b"Condition?code=44054006");
    assert_eq!(event["entity"][0]["role"]["code"], "24");
}

#[test]
fn what_was_refused_claims_no_profile() {
    let event = event(Draft { outcome: "refused".into(), ..doctor_looked() });

    assert_eq!(event["outcome"], "4");
    assert!(event.get("meta").is_none());
}

#[test]
fn a_person_gets_the_events_about_herself() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);
    let permit = server.permit(&mrs_a(), Action::Search);

    let wanted = Wanted { count: 10, ..Wanted::default() };
    let found = audit_events(&server.trust, &permit, &id("mrs-a"), &wanted).unwrap();
    let events: Vec<Value> = found.events.iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect();

    let profiles: Vec<&str> = events.iter().filter_map(|event| event["meta"]["profile"][0].as_str()).collect();
    let names: Vec<&str> = profiles.iter().filter_map(|profile| profile.strip_prefix(PROFILE)).collect();
    assert_eq!(names, ["PatientRead", "PatientUpdate", "PatientUpdate"]);
    assert!(events.iter().all(|event| event["entity"][1]["what"]["reference"] == "Patient/mrs-a"));
    assert_eq!((found.older, found.total), (None, Some(3)));
}
