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
fn who_has_left_a_team_sees_nothing_more_while_the_team_goes_on() {
    let (world, client) = world();
    let team = r#"{"resourceType":"CareTeam","id":"team","status":"active","subject":{"reference":"Patient/anne"},"period":{"start":"2026-01-01"},"participant":[{"member":{"reference":"Practitioner/stays"}},{"member":{"reference":"Practitioner/left"},"period":{"end":"2026-06-30"}},{"member":{"reference":"Practitioner/comes"},"period":{"start":"2027-01-01"}}]}"#;
    world.put(team);
    let sees = |who: &str| status(&world, &client, &clinician(who, "hospice"), "Observation/hba1c");
    assert_eq!(["stays", "left", "comes"].map(sees), [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND]);

    world.put(&team.replace(r#""start":"2026-01-01""#, r#""start":"2026-01-01","end":"2026-10-31""#));
    assert_eq!(sees("stays"), StatusCode::NOT_FOUND, "the team has ended");
}

#[test]
fn who_took_part_in_a_stay_for_a_time_sees_until_thirty_days_after() {
    let (world, client) = world();
    let took_part = |end: &str| {
        let one = format!(
            r#""participant":[{{"individual":{{"reference":"Practitioner/locum"}},"period":{{"end":"{end}"}}}}],"class""#
        );
        VISIT.replace(r#""class""#, &one).replace("2026-11-22T08", "2026-09-01T08")
    };
    let locum = clinician("locum", "agency");

    world.put(&took_part("2026-11-10T08:00:00Z"));
    assert_eq!(status(&world, &client, &locum, "Observation/hba1c"), StatusCode::OK);

    world.put(&took_part("2026-10-10T08:00:00Z"));
    assert_eq!(status(&world, &client, &locum, "Observation/hba1c"), StatusCode::NOT_FOUND, "she left long ago");
    assert_eq!(status(&world, &client, &clinician("reed", "royal"), "Observation/hba1c"), StatusCode::OK, "it goes on");
}

#[test]
fn where_a_person_works_only_those_see_her_results_who_are_named_in_her_care() {
    let (world, client) = world();
    let staff = PATIENT.replace(
        r#""id":"anne","#,
        r#""id":"anne","meta":{"security":[{"system":"urn:commonweal:label","code":"staff"}]},"#,
    );
    let employer = r#","contact":[{"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0131","code":"E"}]}],"organization":{"reference":"Organization/royal"}}]}"#;
    world.put(&format!("{}{employer}", staff.trim_end_matches('}')));
    world.put(VISIT);
    let (colleague, practice) = (clinician("reed", "royal"), clinician("khan", "elm"));
    assert_eq!(status(&world, &client, &colleague, "Observation/hba1c"), StatusCode::NOT_FOUND);
    assert_eq!(status(&world, &client, &colleague, "Patient/anne"), StatusCode::OK, "who she is stays known");
    assert_eq!(status(&world, &client, &practice, "Observation/hba1c"), StatusCode::OK, "she does not work there");

    let named = VISIT.replace(
        r#""serviceProvider""#,
        r#""participant":[{"individual":{"reference":"Practitioner/reed"}}],"serviceProvider""#,
    );
    world.put(&named);
    assert_eq!(status(&world, &client, &colleague, "Observation/hba1c"), StatusCode::OK);
    assert_eq!(status(&world, &client, &clinician("other", "royal"), "Observation/hba1c"), StatusCode::NOT_FOUND);

    world.put(&staff);
    assert_eq!(status(&world, &client, &practice, "Observation/hba1c"), StatusCode::NOT_FOUND, "no employer is named");
    assert_eq!(status(&world, &client, &citizen("anne"), "Observation/hba1c"), StatusCode::OK);
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
    let daughter = testkit::proxy("ben", "anne");
    assert_eq!(status(&world, &client, &daughter, "Observation/hba1c"), StatusCode::NOT_FOUND);

    world.put(grant);
    assert_eq!(status(&world, &client, &daughter, "Observation/hba1c"), StatusCode::OK);

    world.put(&grant.replace("\"active\"", "\"inactive\""));
    assert_eq!(status(&world, &client, &daughter, "Observation/hba1c"), StatusCode::NOT_FOUND);
}

/// A grant to Ben, by number and date of birth.
fn grant_by_number(born: &str, basis: &str) -> String {
    format!(
        r#"{{"resourceType":"Consent","id":"grant","status":"active","scope":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}}]}},"category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}}]}}],"patient":{{"reference":"Patient/anne"}},"policyRule":{{"coding":[{{"system":"urn:basis","code":"{basis}"}}]}},"provision":{{"type":"permit","actor":[{{"role":{{"text":"proxy"}},"reference":{{"type":"Patient","identifier":{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}},"extension":[{{"url":"urn:commonweal:birth-date","valueDate":"{born}"}}]}}}}]}}}}"#
    )
}

/// Ben with a number and a date of birth, acting for Anne.
fn ben_for_anne(world: &World) -> testkit::Person {
    let number = r#""identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"birthDate":"1980-02-03","name""#;
    world.put(&OTHER.replace("\"name\"", number));
    testkit::proxy("ben", "anne")
}

#[test]
fn a_grant_by_number_and_birthday_lets_in_whom_both_fit_and_leaves_sharing_as_it_was() {
    let (world, client) = world();
    let ben = ben_for_anne(&world);

    world.put(&grant_by_number("1980-02-04", "consent-of-the-patient"));
    assert_eq!(status(&world, &client, &ben, "Observation/hba1c"), StatusCode::NOT_FOUND);
    assert!(world.record().acts_for(&ben.asker).unwrap().is_empty());

    world.put(&grant_by_number("1980-02-03", "consent-of-the-patient"));
    assert_eq!(status(&world, &client, &ben, "Observation/hba1c"), StatusCode::OK);
    assert_eq!(world.record().acts_for(&ben.asker).unwrap().len(), 1);
    assert_eq!(status(&world, &client, &clinician("khan", "elm"), "Observation/hba1c"), StatusCode::OK);
}

#[test]
fn a_parents_grant_ends_on_the_sixteenth_birthday_of_the_child() {
    let (world, client) = world();
    let ben = ben_for_anne(&world);
    world.put(&grant_by_number("1980-02-03", "parental-responsibility"));
    let born = |day: &str| world.put(&PATIENT.replace("\"name\"", &format!("\"birthDate\":\"{day}\",\"name\"")));
    let status = || status(&world, &client, &ben, "Observation/hba1c");

    born("2010-11-23");
    assert_eq!(status(), StatusCode::OK);
    born("2010-11-22");
    assert_eq!(status(), StatusCode::NOT_FOUND);
    world.put(PATIENT);
    assert_eq!(status(), StatusCode::NOT_FOUND);
}

#[test]
fn whoever_acts_for_another_changes_nothing_there_and_can_give_it_up() {
    let (world, client) = world();
    let ben = ben_for_anne(&world);
    world.put(&grant_by_number("1980-02-03", "consent-of-the-patient"));
    let (kind, id) = (fhir::ResourceType::CONSENT, fhir::ResourceId::parse("grant").unwrap());
    let longer = grant_by_number("1980-02-03", "lasting-power-of-attorney");

    let update = world.leave(&ben, gate::Action::Update);
    assert!(world.record().update(&update, (kind, &id), longer.as_bytes(), &record::Change::default()).is_err());
    assert!(world.permit(&ben, gate::Action::Create).is_err());
    assert!(world.record().give_up(&world.leave(&citizen("ben"), gate::Action::Update), &id).is_err());

    world.record().give_up(&update, &id).unwrap();
    assert_eq!(status(&world, &client, &ben, "Observation/hba1c"), StatusCode::NOT_FOUND);
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
    assert_eq!((entry.organisation.as_str(), entry.rule.as_str(), entry.count), ("Organization/elm", "gp-care", 1));
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
