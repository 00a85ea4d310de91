//! Every kind of entry that the program writes about a person, as the AuditEvents that its public API gives.

use super::{claimed, folder, profile::Definitions};
use crate::client::token;
use crate::house::{FORM, House};
use gate::{Action, Purpose, Role};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Person, citizen, clinician, machinery, officer, professional};

const PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
/// What an entry with this word claims to be, if its deed was done.
const CLAIMS: [(&str, &str); 16] = [
    ("Read", "PatientRead"),
    ("History", "PatientRead"),
    ("Search", "PatientQuery"),
    ("Export", "PrivacyDisclosure.Source"),
    ("Create", "PatientCreate"),
    ("Import", "PatientCreate"),
    ("Update", "PatientUpdate"),
    ("Delete", "PatientDelete"),
    (KEPT_BACK, "AuthZconsent"),
    ("BreakGlass", ""),
    ("ClaimRelationship", ""),
    ("Lock", ""),
    ("Unlock", ""),
    ("Simulate", ""),
    ("Ask", ""),
    ("OpenCase", ""),
];
/// What stands for every entry about something that a choice of the person kept back.
const KEPT_BACK: &str = record::kept_back::BY_CHOICE;
const NUMBER: &str = "nhs_number=9990000018";

fn result(id: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"Verdigris"}},"subject":{{"reference":"Patient/ada"}}}}"#
    )
}

pub(super) fn house() -> House {
    let people = vec![
        ("khan", clinician("khan", "elm")),
        ("reed", clinician("reed", "elm")),
        ("stray", clinician("stray", "nowhere")),
        ("home", professional(Role::CareHomeStaff, "home", "nowhere")),
        ("ada", citizen("ada")),
        ("officer", privacy_officer()),
    ];
    House::of(
        people,
        &[
            r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery"}"#,
            r#"{"resourceType":"Patient","id":"ada","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Ahmed"}],"birthDate":"1950-03-04","generalPractitioner":[{"reference":"Organization/elm"}]}"#,
            r#"{"resourceType":"Consent","id":"not-reed","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"privacy"}],"patient":{"reference":"Patient/ada"},"policy":[{"uri":"urn:p"}],"provision":{"type":"deny","actor":[{"role":{"text":"reader"},"reference":{"reference":"Practitioner/reed"}}]}}"#,
            &result("weight"),
        ],
    )
}

pub(super) fn privacy_officer() -> Person {
    officer(Role::PrivacyOfficer, Purpose::Audit)
}

/// All that is done with the record of Ada in this world: by the API, on pages, by commands.
pub(super) fn everything_happens(house: &House) {
    let (doctor, machine) = (token(&house.world, &clinician("khan", "elm")), token(&house.world, &machinery()));
    let asks = |token: &str, line: &str, body: &str| {
        let seen = house.client.send(Some(token), line, body);
        assert!(seen.status.is_success(), "{line}: {} {}", seen.status, seen.body);
    };
    for line in [
        "GET /fhir/Observation/weight",
        "GET /fhir/Observation/weight/_history/1",
        "GET /fhir/Observation/weight/_history",
        "GET /fhir/Observation/_history",
        "GET /fhir/Observation?patient=ada",
        "GET /fhir/Patient/ada/$everything",
    ] {
        asks(&doctor, line, "");
    }
    let bearer = format!("Bearer {doctor}");
    let headers = [("authorization", bearer.as_str()), ("content-type", FORM)];
    assert!(house.client.ask("POST", "/fhir/Observation/_search", &headers, "patient=ada").status.is_success());
    asks(&machine, "POST /fhir/Observation", &result("new"));
    asks(&machine, "PUT /fhir/Observation/weight", &result("weight").replace("final", "amended"));
    asks(&machine, "PUT /fhir/Observation/height", &result("height"));
    asks(&machine, "DELETE /fhir/Observation/height", "");
    let entry = r#"{"request":{"method":"GET","url":"Observation/weight"}}"#;
    asks(&doctor, "POST /fhir", &format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{entry}]}}"#));
    let refused = token(&house.world, &clinician("reed", "elm"));
    for rest in ["", "/_history/1", "/_history"] {
        let line = format!("GET /fhir/Observation/weight{rest}");
        assert_eq!(house.client.send(Some(&refused), &line, "").status, 404, "{line}");
    }
    by_commands(house);
    on_pages(house);
}

fn by_commands(house: &House) {
    let (world, record) = (&house.world, house.world.record());
    let (gate, leave) = (world.gate(), world.leave(&machinery(), Action::Import));
    let body = result("imported");
    let tree = fhir::json::parse(body.as_bytes()).unwrap();
    let (ready, _) = record.preparer(&leave).unwrap().prepare(&tree, record::Strictness::Strict).unwrap();
    record.import(&leave, vec![ready]).unwrap();
    let permit = commonweal::wiring::command_permit(&gate, record, "export", Action::Export).unwrap();
    let exported = record.export(&permit, fhir::ResourceType::OBSERVATION, &mut |_| Ok(())).unwrap();
    assert!(exported.count > 0);
}

fn on_pages(house: &House) {
    for (persona, path) in [
        ("khan", "/care/people/ada"),
        ("ada", "/my/record"),
        ("ada", "/my/who-looked"),
        ("ada", "/my/who-looked/proofs"),
        ("ada", "/my/record/download"),
    ] {
        assert_eq!(house.get(persona, path).status, 200, "{persona} {path}");
    }
    let last = house.world.record().log().count();
    let looked = (1..=last).find(|number| {
        let draft = house.world.record().log().entry(*number).unwrap().unwrap().draft;
        draft.who == "Practitioner/khan" && !draft.subjects.is_empty()
    });
    let found = house.post("officer", "/privacy-officer/locks", &format!("{NUMBER}&reason=Asked&what=record"));
    assert_eq!(found.status, 303, "{}", found.body);
    let lock = house.world.record().locks(&house.world.leave(&privacy_officer(), Action::Search)).unwrap().remove(0).id;
    let simulated = format!("role=Gp&purpose=DirectCare&organisation=Organization/elm&{NUMBER}");
    for (persona, path, form, status) in [
        ("officer", format!("/privacy-officer/locks/{lock}"), "reason=Over", 303),
        ("officer", "/privacy-officer/simulator".to_owned(), simulated.as_str(), 200),
        ("officer", "/log".to_owned(), NUMBER, 200),
        ("ada", "/my/who-looked/ask".to_owned(), &format!("entry={}&question=Why", looked.unwrap()), 303),
        ("ada", "/my/rights/ask".to_owned(), "right=access&wish=Everything", 303),
        ("home", "/care/people/ada/claim".to_owned(), "explanation=Referred+by+telephone", 303),
        ("stray", "/care/people/ada/emergency".to_owned(), "reason=vital-interest&explanation=Found+collapsed", 303),
    ] {
        let seen = house.post(persona, &path, form);
        assert_eq!(seen.status, status, "{persona} {path}: {}", seen.body);
    }
    assert!(house.shows("stray", "ada", "Open in an emergency until"));
}

/// The AuditEvents about Ada as a reader gets them, each as it is found and as it is read, with what the log has of it.
pub(super) fn events(house: &House, reader: &Person) -> Vec<(record::log::Draft, Value)> {
    let bearer = format!("Bearer {}", token(&house.world, reader));
    let get = |path: &str| {
        let seen = house.client.ask("GET", path, &[("authorization", &bearer)], "");
        assert_eq!(seen.status, 200, "{path}: {}", seen.body);
        serde_json::from_str::<Value>(&seen.body).unwrap()
    };
    let bundle = get("/fhir/AuditEvent?patient=ada&_count=200");
    let found = bundle["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].clone());
    let told = |event: Value| {
        let id = event["id"].as_str().unwrap();
        assert_eq!(get(&format!("/fhir/AuditEvent/{id}")), event, "by its id it is as a search finds it");
        let number = id.split('-').nth(1).unwrap().parse().unwrap();
        (house.world.record().log().entry(number).unwrap().unwrap().draft, event)
    };
    found.map(told).collect()
}

#[test]
fn every_kind_of_entry_claims_the_profile_that_is_meant_for_it_and_conforms() {
    let house = house();
    everything_happens(&house);
    let definitions = folder().and_then(|folder| Definitions::read(&folder.join("definitions")));
    let expected: BTreeMap<&str, &str> = CLAIMS.into_iter().collect();

    for reader in [privacy_officer(), citizen("ada")] {
        let mut met = BTreeSet::new();
        for (draft, event) in events(&house, &reader) {
            let text = event.to_string();
            let issues = fhir::validate(&fhir::json::parse(text.as_bytes()).unwrap());
            assert!(!issues.iter().any(fhir::issue::Issue::is_error), "{issues:?}\n{event:#}");
            let action = if draft.rule == KEPT_BACK { KEPT_BACK } else { draft.action.as_str() };
            let name = claimed(&event).map(|url| url.strip_prefix(PROFILE).unwrap_or(url));
            assert_eq!(name.unwrap_or_default(), expected[action], "{action}");
            if let (Some(definitions), Some(url)) = (&definitions, claimed(&event)) {
                let faults = definitions.profile(url).faults(&event);
                assert!(faults.is_empty(), "{action}: {faults:#?}\n{event:#}");
            }
            met.insert(expected.get_key_value(action).map(|(action, _)| *action).unwrap());
        }
        assert_eq!(met, expected.keys().copied().collect(), "each kind of entry is there to be looked at");
    }
}

#[test]
fn a_read_a_version_and_a_history_say_which_they_were_and_a_change_names_its_author() {
    let house = house();
    everything_happens(&house);

    let events = events(&house, &privacy_officer());

    let of = |action: &'static str| -> Vec<&Value> {
        let done = events.iter().filter(|(draft, _)| draft.action == action && draft.outcome == "allowed");
        done.map(|(_, event)| event).collect()
    };
    let subtypes = |event: &Value| -> Vec<String> {
        let codes = event["subtype"].as_array().unwrap().iter();
        codes.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(of("Read").into_iter().all(|event| subtypes(event) == ["read"]));
    let histories: BTreeSet<Vec<String>> = of("History").into_iter().map(subtypes).collect();
    let expected = ["history-instance", "history-type"].map(|one| vec!["vread".to_owned(), one.to_owned()]);
    assert_eq!(histories, expected.into_iter().collect());
    for (action, part) in
        [("Read", "IRCP"), ("Search", "IRCP"), ("Create", "AUT"), ("Update", "AUT"), ("Delete", "AUT")]
    {
        assert!(!of(action).is_empty());
        assert!(of(action).iter().all(|event| event["agent"][2]["type"]["coding"][0]["code"] == part), "{action}");
    }
}
