//! Who may see whom, told in sentences, through the API.

use crate::client::{Client, token};
use axum::http::StatusCode;
use testkit::{World, citizen, clinician, machinery, officer, receptionist};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"anne","name":[{"family":"Archer","given":["Anne"]}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#;
const OTHER: &str = r#"{"resourceType":"Patient","id":"ben","name":[{"family":"Bell"}],"generalPractitioner":[{"reference":"Organization/oak"}]}"#;
const RESULT: &str = r#"{"resourceType":"Observation","id":"hba1c","status":"final","code":{"text":"HbA1c"},"subject":{"reference":"Patient/anne"}}"#;
const VISIT: &str = r#"{"resourceType":"Encounter","id":"visit","status":"in-progress","class":{"code":"EMER"},"subject":{"reference":"Patient/anne"},"serviceProvider":{"reference":"Organization/royal"},"period":{"start":"2026-11-22T08:00:00Z"}}"#;

fn world() -> (World, Client) {
    let world = World::new();
    [PATIENT, OTHER, RESULT].iter().for_each(|resource| world.put(resource));
    let client = Client::of(&world);
    (world, client)
}

fn status(world: &World, client: &Client, person: &testkit::Person, path: &str) -> StatusCode {
    client.send(Some(&token(world, person)), &format!("GET /fhir/{path}"), "").status
}

#[test]
fn the_practice_where_a_person_is_registered_sees_her_results_and_another_practice_does_not() {
    let (world, client) = world();

    assert_eq!(status(&world, &client, &clinician("khan", "elm"), "Observation/hba1c"), StatusCode::OK);
    assert_eq!(status(&world, &client, &clinician("shah", "oak"), "Observation/hba1c"), StatusCode::NOT_FOUND);
}

#[test]
fn the_hospital_sees_her_results_while_she_is_there_and_until_thirty_days_after() {
    let (world, client) = world();
    let doctor = clinician("reed", "royal");
    assert_eq!(status(&world, &client, &doctor, "Observation/hba1c"), StatusCode::NOT_FOUND);

    world.put(VISIT);
    assert_eq!(status(&world, &client, &doctor, "Observation/hba1c"), StatusCode::OK);

    let over =
        VISIT.replace("in-progress", "finished").replace("08:00:00Z\"", "08:00:00Z\",\"end\":\"2026-11-22T09:00:00Z\"");
    world.put(&over);
    assert_eq!(status(&world, &client, &doctor, "Observation/hba1c"), StatusCode::OK);
    world.clock().advance(31 * 24 * 60 * 60 * 1000);
    let later = token(&world, &doctor);
    assert_eq!(client.send(Some(&later), "GET /fhir/Observation/hba1c", "").status, StatusCode::NOT_FOUND);
}

#[test]
fn a_person_sees_her_own_record_and_nobody_elses() {
    let (world, client) = world();

    assert_eq!(status(&world, &client, &citizen("anne"), "Observation/hba1c"), StatusCode::OK);
    assert_eq!(status(&world, &client, &citizen("ben"), "Observation/hba1c"), StatusCode::NOT_FOUND);
    assert_eq!(status(&world, &client, &citizen("ben"), "Patient/anne"), StatusCode::NOT_FOUND);
}

#[test]
fn a_daughter_acts_for_her_mother_for_as_long_as_the_grant_holds() {
    let (world, client) = world();
    let grant = r#"{"resourceType":"Consent","id":"grant","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/anne"},"policyRule":{"text":"proxy"},"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/ben"}}]}}"#;
    let mut asker = citizen("ben").asker.as_ref().clone();
    asker.patient = fhir::ResourceId::parse("anne").ok();
    let daughter = testkit::Person { asker: std::sync::Arc::new(asker), purpose: gate::Purpose::OwnRecord };
    assert_eq!(status(&world, &client, &daughter, "Observation/hba1c"), StatusCode::NOT_FOUND);

    world.put(grant);
    assert_eq!(status(&world, &client, &daughter, "Observation/hba1c"), StatusCode::OK);

    world.put(&grant.replace("\"active\"", "\"inactive\""));
    assert_eq!(status(&world, &client, &daughter, "Observation/hba1c"), StatusCode::NOT_FOUND);
}

#[test]
fn reception_sees_the_name_and_no_result() {
    let (world, client) = world();
    let desk = receptionist("desk", "elm");

    assert_eq!(status(&world, &client, &desk, "Patient/anne"), StatusCode::OK);
    assert_eq!(status(&world, &client, &desk, "Observation/hba1c"), StatusCode::NOT_FOUND);
}

#[test]
fn administrators_and_privacy_officers_see_nobodys_record() {
    let (world, client) = world();
    let administrator = officer(gate::Role::Administrator, gate::Purpose::Administration);
    let privacy = officer(gate::Role::PrivacyOfficer, gate::Purpose::Audit);

    for person in [administrator, privacy] {
        assert_eq!(status(&world, &client, &person, "Patient/anne"), StatusCode::NOT_FOUND);
        assert_eq!(status(&world, &client, &person, "Observation/hba1c"), StatusCode::NOT_FOUND);
    }
}

#[test]
fn what_is_hidden_and_what_does_not_exist_get_the_same_answer() {
    let (world, client) = world();
    let stranger = token(&world, &clinician("shah", "oak"));

    for form in [
        "Observation/ID",
        "Observation/ID/_history",
        "Observation/ID/_history/1",
        "Observation?_id=ID",
        "Patient/ID/$everything",
    ] {
        let ask = |id: &str| client.send(Some(&stranger), &format!("GET /fhir/{}", form.replace("ID", id)), "");
        let (mut hidden, unknown) = (ask("hba1c"), ask("nobody"));
        hidden.body = hidden.body.replace("hba1c", "nobody");
        assert_eq!(hidden, unknown, "{form}");
    }
}

#[test]
fn every_access_is_in_the_log_with_who_and_why() {
    let (world, client) = world();
    let before = world.record().log().count();

    client.send(Some(&token(&world, &clinician("khan", "elm"))), "GET /fhir/Observation/hba1c", "");

    let log = world.record().log();
    let entry = log.entry(log.count()).unwrap().unwrap().draft;
    assert!(log.count() > before);
    assert_eq!((entry.who.as_str(), entry.action.as_str(), entry.via.as_str()), ("Practitioner/khan", "Read", "api"));
    assert_eq!(
        (entry.organisation.as_str(), entry.rule.as_str(), entry.count),
        ("Organization/elm", "clinician-care", 1)
    );
    assert_eq!(entry.subjects.len(), 1);
    assert_eq!(entry.subjects[0].relation, gate::RelationKind::RegisteredPractice.code() + 1);
}

#[test]
fn the_same_thing_created_by_many_at_once_is_there_once() {
    let (world, _) = world();
    let body = r#"{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}]}"#;
    let criteria = vec![("identifier".to_owned(), "urn:x|1".to_owned())];

    let created: usize = std::thread::scope(|scope| {
        let one = || {
            let permit = world.leave(&machinery(), gate::Action::Create);
            let change = record::Change { criteria: Some(criteria.clone()), ..record::Change::default() };
            let kind = fhir::ResourceType::PATIENT;
            usize::from(world.record().create(&permit, kind, body.as_bytes(), change).unwrap().created)
        };
        let all: Vec<_> = (0..16).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).sum()
    });

    assert_eq!(created, 1);
}
