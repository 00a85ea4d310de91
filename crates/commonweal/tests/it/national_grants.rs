//! Grants as the national Validated Relationships service sends them: patient and proxy by NHS number alone.

use crate::client::{Client, token};
use axum::http::StatusCode;
use serde_json::{Value, json};
use testkit::{Person, World, citizen, clinician, machinery, service};

const NHS: &str = "https://fhir.nhs.uk/Id/nhs-number";
const ANNES: &str = "9990000026";
const BENS: &str = "9990000018";
const NOBODYS: &str = "9990000034";

/// A Patient with a number.
fn patient(id: &str, number: &str) -> String {
    json!({
        "resourceType": "Patient", "id": id, "identifier": [{ "system": NHS, "value": number }], "name": [{ "family": "Archer" }],
        "generalPractitioner": [{ "reference": "Organization/elm" }],
    })
    .to_string()
}

/// A record with Anne, a result of hers, and Ben.
fn world() -> (World, Client) {
    let world = World::new();
    let result = r#"{"resourceType":"Observation","id":"hba1c","status":"final","code":{"text":"HbA1c"},"subject":{"reference":"Patient/anne"}}"#;
    [patient("anne", ANNES), patient("ben", BENS), result.to_owned()].iter().for_each(|resource| world.put(resource));
    let client = Client::of(&world);
    (world, client)
}

/// A grant in the shape of the national service, which knows patient and proxy by number; with the actor's role, which FHIR R4
/// asks for and the service leaves out.
fn grant(whose: &str, holder: &str) -> Value {
    let by_number = |number: &str| json!({ "identifier": { "system": NHS, "value": number } });
    json!({
        "resourceType": "Consent", "status": "active",
        "scope": { "coding": [{ "system": "https://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy" }] },
        "category": [{ "coding": [{ "system": "https://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "INFA" }] }],
        "patient": by_number(whose),
        "dateTime": "2026-02-11T14:30:00Z",
        "performer": [by_number(holder)],
        "policyRule": { "coding": [{
            "system": "https://fhir.nhs.uk/England/CodeSystem/England-NHSProxyLegalBasis",
            "code": "court-appointed-personal-welfare-deputy",
        }] },
        "provision": { "type": "permit", "period": { "start": "2026-02-11T14:30:00Z" }, "actor": [{
            "role": { "text": "proxy" },
            "reference": by_number(holder),
        }] },
        "extension": [{
            "url": "https://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.grantor",
            "valueReference": { "identifier": { "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "G81001" } },
        }],
    })
}

/// What somebody is answered.
fn ask(world: &World, client: &Client, person: &Person, request: &str, body: &Value) -> (StatusCode, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let seen = client.send(Some(&token(world, person)), request, &body);
    (seen.status, serde_json::from_str(&seen.body).unwrap_or_default())
}

/// Whether Ben sees Anne's result, acting for her.
fn ben_sees(world: &World, client: &Client) -> bool {
    let seen = ask(world, client, &testkit::proxy("ben", "anne"), "GET /fhir/Observation/hba1c", &Value::Null);
    seen.0 == StatusCode::OK
}

#[test]
fn a_grant_from_a_connected_system_stands_in_the_record_of_whom_it_means_and_lets_in_whom_it_names() {
    let (world, client) = world();
    let sender = service("system/Consent.cruds");
    assert!(!ben_sees(&world, &client));

    let (status, kept) = ask(&world, &client, &sender, "POST /fhir/Consent", &grant(ANNES, BENS));

    assert_eq!((status, &kept["patient"]["reference"]), (StatusCode::CREATED, &json!("Patient/anne")));
    assert_eq!(kept["patient"]["identifier"]["value"], ANNES);
    assert!(ben_sees(&world, &client));
    assert_eq!(world.found(&citizen("anne"), "Consent", &[("patient", "anne")]).unwrap().len(), 1);
    assert!(world.found(&citizen("ben"), "Consent", &[]).unwrap().is_empty());
}

#[test]
fn a_number_means_whom_it_means_as_it_is_written_and_nothing_else_does() {
    let (world, client) = world();
    // Its last digit is wrong, as in some examples of the national services.
    world.put(&patient("carl", "9990000012"));
    let written = |number: &str| ask(&world, &client, &machinery(), "POST /fhir/Consent", &grant(number, BENS)).0;

    assert_eq!(written("9990000012"), StatusCode::CREATED);
    assert_eq!(world.found(&machinery(), "Consent", &[("patient", "carl")]).unwrap().len(), 1);
    for other in [format!("{NOBODYS},{ANNES}"), format!("{ANNES}|"), "*".to_owned(), "999 000 0026 ".to_owned()] {
        assert_eq!(written(&other), StatusCode::UNPROCESSABLE_ENTITY, "{other}");
    }
}

#[test]
fn it_holds_only_while_it_is_active_and_its_period_lasts() {
    let (world, client) = world();
    let changed = |member: &str, value: Value| {
        let mut grant = grant(ANNES, BENS);
        grant["id"] = json!("grant");
        *grant.pointer_mut(member).unwrap() = value;
        grant
    };
    for (member, value, holds) in [
        ("/status", json!("proposed"), false),
        ("/status", json!("inactive"), false),
        ("/provision/period", json!({ "start": "2025-02-11", "end": "2026-02-11" }), false),
        ("/provision/period", json!({ "start": "2027-02-11" }), false),
        ("/provision/type", json!("deny"), false),
        ("/provision/period", json!({ "start": "2026-02-11", "end": "2027-02-11" }), true),
    ] {
        let (status, answer) = ask(&world, &client, &machinery(), "PUT /fhir/Consent/grant", &changed(member, value));
        assert!(status.is_success(), "{answer}");
        assert_eq!(ben_sees(&world, &client), holds, "{member}");
    }
}

#[test]
fn an_import_takes_the_answer_of_the_national_service_as_it_is() {
    let (world, client) = world();
    let mut grant = grant(ANNES, BENS);
    grant["id"] = json!("BBCC67E9");
    grant["provision"]["actor"][0].as_object_mut().unwrap().remove("role");
    assert_eq!(
        ask(&world, &client, &machinery(), "PUT /fhir/Consent/BBCC67E9", &grant).0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let answer = json!({
        "resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [{
            "fullUrl": "https://api.service.nhs.uk/validated-relationships/FHIR/R4/Consent/BBCC67E9",
            "resource": grant, "search": { "mode": "match" },
        }],
    });
    let answer = answer.to_string();
    let leave = world.leave(&machinery(), gate::Action::Import);
    let mut preparer = world.record().preparer(&leave).unwrap();

    let entries = exchange::files::resources_of(fhir::json::parse(answer.as_bytes()).unwrap());
    let ready =
        entries.into_iter().map(|entry| preparer.prepare(&entry.unwrap(), record::Strictness::Faithful).unwrap().0);
    world.record().import(&leave, ready.collect()).unwrap();

    assert!(ben_sees(&world, &client));
}

#[test]
fn a_person_lets_nobody_in_by_a_number_alone_and_ends_what_a_system_has_granted() {
    let (world, client) = world();
    let anne = citizen("anne");

    let (status, outcome) = ask(&world, &client, &anne, "POST /fhir/Consent", &grant(ANNES, BENS));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(outcome["issue"][0]["diagnostics"].as_str().unwrap().contains("date of birth"), "{outcome}");
    assert!(world.found(&anne, "Consent", &[]).unwrap().is_empty());

    let (_, kept) = ask(&world, &client, &machinery(), "POST /fhir/Consent", &grant(ANNES, BENS));
    assert!(ben_sees(&world, &client));
    let place = format!("PUT /fhir/Consent/{}", kept["id"].as_str().unwrap());
    let with = |member: &str, value: Value| {
        let mut grant = kept.clone();
        *grant.pointer_mut(member).unwrap() = value;
        grant
    };
    let other =
        ask(&world, &client, &anne, &place, &with("/provision/actor/0/reference/identifier/value", json!(NOBODYS)));
    assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ask(&world, &client, &anne, &place, &with("/status", json!("inactive"))).0, StatusCode::OK);
    assert!(!ben_sees(&world, &client));
    assert_eq!(ask(&world, &client, &anne, &place, &kept).0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!ben_sees(&world, &client));
}

#[test]
fn a_number_that_two_people_have_lets_in_neither_and_means_nobody() {
    let (world, client) = world();
    let sender = service("system/Consent.cruds");
    ask(&world, &client, &sender, "POST /fhir/Consent", &grant(ANNES, BENS));
    assert!(ben_sees(&world, &client));

    world.put(&patient("ben2", BENS));
    assert!(!ben_sees(&world, &client));

    world.put(&patient("anne2", ANNES));
    let (status, outcome) = ask(&world, &client, &sender, "POST /fhir/Consent", &grant(ANNES, BENS));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!outcome.to_string().contains(ANNES), "{outcome}");
}

#[test]
fn whoever_may_not_write_about_everybody_learns_nothing_from_a_number() {
    let (world, client) = world();
    let entry = |number: &str| {
        json!({
            "resourceType": "Observation", "status": "final", "code": { "text": "HbA1c" },
            "subject": { "identifier": { "system": NHS, "value": number } },
        })
    };
    let stranger = clinician("stray", "nowhere");
    let answers =
        [ANNES, NOBODYS].map(|number| ask(&world, &client, &stranger, "POST /fhir/Observation", &entry(number)));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, StatusCode::NOT_FOUND);

    let (status, kept) = ask(&world, &client, &clinician("khan", "elm"), "POST /fhir/Observation", &entry(ANNES));
    assert_eq!((status, &kept["subject"]["reference"]), (StatusCode::CREATED, &json!("Patient/anne")));
    let unknown = ask(&world, &client, &machinery(), "POST /fhir/Observation", &entry(NOBODYS));
    assert_eq!(unknown.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[test]
fn in_a_transaction_a_number_also_means_a_person_who_comes_with_it() {
    let (world, client) = world();
    let carl = serde_json::from_str::<Value>(&patient("carl", NOBODYS)).unwrap();
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        { "resource": grant(NOBODYS, BENS), "request": { "method": "POST", "url": "Consent" } },
        { "resource": carl, "request": { "method": "PUT", "url": "Patient/carl" } },
    ] });

    let (status, answer) = ask(&world, &client, &machinery(), "POST /fhir", &bundle);

    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(world.found(&machinery(), "Consent", &[("patient", "carl")]).unwrap().len(), 1);
}
