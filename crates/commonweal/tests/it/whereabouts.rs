//! Where a protected person lives is not felt: not in her Patient, not in what is found, not in a count, an order or a history.
//!
//! Two localities differ in nothing but where one restricted person lives. Whoever may not see that must get the same bytes
//! from both, whatever is asked.

use crate::client::{Client, token};
use gate::Role;
use testkit::{Person, World, citizen, clinician, professional, proxy, receptionist};

struct Home {
    address: &'static str,
    postcode: &'static str,
    phone: &'static str,
    practice: &'static str,
}

const ONE: Home = Home { address: "1 Ash Road", postcode: "KX1 2AB", phone: "01632 960001", practice: "elm" };
const OTHER: Home = Home { address: "9 Zinc Road", postcode: "KX9 9ZZ", phone: "01632 960999", practice: "oak" };

/// Dora is restricted, has an appointment at the hospital's desk, and has moved once; Max is not restricted.
fn locality(home: &Home, protected: bool) -> World {
    let world = World::new();
    let tags = if protected {
        r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"#
    } else {
        ""
    };
    let Home { address, postcode, phone, practice } = home;
    let patient = |address: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"dora",{tags}"text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{address}</div>"}},"extension":[{{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy","valueReference":{{"reference":"Organization/{practice}"}}}}],"identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}],"name":[{{"family":"Dale","given":["Dora"]}}],"gender":"female","birthDate":"1980-05-06","telecom":[{{"system":"phone","value":"{phone}"}}],"address":[{{"line":["{address}"],"postalCode":"{postcode}"}}],"contact":[{{"telecom":[{{"system":"phone","value":"{phone}"}}]}}],"generalPractitioner":[{{"reference":"Organization/{practice}"}}],"managingOrganization":{{"reference":"Organization/{practice}"}}}}"#
        )
    };
    for resource in [
        r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#,
        r#"{"resourceType":"Organization","id":"oak","name":"Oak"}"#,
        r#"{"resourceType":"Organization","id":"royal","name":"Royal"}"#,
        r#"{"resourceType":"Patient","id":"max","name":[{"family":"Dale"}],"birthDate":"1970-05-06","address":[{"line":["5 Moss Road"],"postalCode":"KX5 5MM"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        r#"{"resourceType":"Patient","id":"kim","name":[{"family":"Dale"}],"birthDate":"1975-05-06"}"#,
        &patient("3 First Road"),
        &patient(address),
        r#"{"resourceType":"Appointment","id":"visit","status":"booked","start":"2026-11-23T10:00:00Z","end":"2026-11-23T10:10:00Z","participant":[{"actor":{"reference":"Patient/dora"},"status":"accepted"},{"actor":{"reference":"Practitioner/desk"},"status":"accepted"}]}"#,
        r#"{"resourceType":"Consent","id":"grant","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/dora"},"policyRule":{"text":"proxy"},"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/kim"}}]}}"#,
    ] {
        world.put(resource);
    }
    world
}

/// Every way to ask that could tell.
const QUESTIONS: [&str; 34] = [
    "Patient/dora",
    "Patient/dora/_history",
    "Patient/dora/_history/1",
    "Patient/dora/_history/2",
    "Patient/dora/$everything",
    "Patient?family=Dale",
    "Patient?family=Dale&_sort=given&_count=1&_total=accurate",
    "Patient?family=Dale&_summary=true",
    "Patient?_id=dora&_elements=address,telecom",
    "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018",
    "Patient?family=Dale&address-postalcode=KX1",
    "Patient?family=Dale&address-postalcode=KX1&_summary=count",
    "Patient?address-postalcode:missing=false&_summary=count",
    "Patient?family=Dale&address=1 Ash Road",
    "Patient?family=Dale&address:contains=Ash",
    "Patient?family=Dale&phone=01632 960001",
    "Patient?family=Dale&telecom:not=01632 960001",
    "Patient?family=Dale&general-practitioner=Organization/elm",
    "Patient?family=Dale&organization=Organization/elm",
    "Patient?family=Dale&general-practitioner.name=Elm",
    "Patient?family=Dale&_sort=address",
    "Patient?family=Dale&_sort=-address-postalcode",
    "Patient?family=Dale&_include=Patient:general-practitioner",
    "Patient?family=Dale&_include=*",
    "Patient?family=Dale&_lastUpdated=gt2020-01-01",
    "Patient?family=Dale&_revinclude=Appointment:patient",
    "Patient?_has:Appointment:patient:status=booked&address-postalcode=KX1",
    "Organization?_revinclude=Patient:general-practitioner",
    "Organization?_has:Patient:general-practitioner:family=Dale",
    "Organization?_has:Patient:organization:family=Dale",
    "Appointment?patient.address-postalcode=KX1",
    "Appointment?patient.general-practitioner=Organization/elm",
    "Appointment?_include=Appointment:patient&_include:iterate=Patient:general-practitioner",
    "Patient",
];

fn answers(world: &World, person: &Person) -> Vec<String> {
    let client = Client::of(world);
    let token = token(world, person);
    let ask = |question: &&str| {
        let path = format!("GET /fhir/{}", question.replace(' ', "%20").replace('|', "%7C"));
        let seen = client.send(Some(&token), &path, "");
        // Tokens of further pages are sealed with a fresh nonce.
        format!("{} {:?}", seen.status, seen.body.split("_page=").next())
    };
    QUESTIONS.iter().map(ask).collect()
}

fn strangers_to_her_home() -> Vec<(&'static str, Person)> {
    let mut acting = proxy("kim", "dora");
    acting.purpose = gate::Purpose::OwnRecord;
    vec![
        ("a doctor without a relationship", clinician("stray", "nowhere")),
        ("a paramedic without a relationship", professional(Role::Paramedic, "para", "nowhere")),
        ("a receptionist where she has an appointment", receptionist("desk", "royal")),
        ("who acts for her", acting),
    ]
}

#[test]
fn where_a_protected_person_lives_changes_no_answer_to_those_who_may_not_see_it() {
    let (one, other) = (locality(&ONE, true), locality(&OTHER, true));

    for (who, person) in strangers_to_her_home() {
        let (here, there) = (answers(&one, &person), answers(&other, &person));
        for ((question, here), there) in QUESTIONS.iter().zip(here).zip(there) {
            assert_eq!(here, there, "{who} asks {question}");
        }
    }
}

#[test]
fn the_same_questions_tell_where_somebody_lives_who_is_not_protected() {
    let (one, other) = (locality(&ONE, false), locality(&OTHER, false));
    let (_, doctor) = strangers_to_her_home().remove(0);

    let differing =
        answers(&one, &doctor).into_iter().zip(answers(&other, &doctor)).filter(|(here, there)| here != there);

    assert!(differing.count() > 15);
}

#[test]
fn she_is_found_by_name_and_number_without_where_she_lives() {
    let world = locality(&ONE, true);

    for (who, person) in strangers_to_her_home().into_iter().take(3) {
        assert_eq!(
            world.found(&person, "Patient", &[("identifier", "9990000018")]).unwrap(),
            ["Patient/dora"],
            "{who}"
        );
        let shown = String::from_utf8(world.read(&person, "Patient/dora").unwrap().body).unwrap();
        assert!(shown.contains("Dale") && shown.contains("1980-05-06"), "{who}: {shown}");
        for telling in ["Ash", "KX1", "960001", "Organization/"] {
            assert!(!shown.contains(telling), "{who}: {shown}");
        }
    }
}

#[test]
fn she_and_those_who_care_for_her_see_where_she_lives() {
    let world = locality(&ONE, true);

    for person in [citizen("dora"), professional(Role::Gp, "khan", "elm")] {
        let shown = String::from_utf8(world.read(&person, "Patient/dora").unwrap().body).unwrap();
        assert!(shown.contains("1 Ash Road"));
    }
    let gp = professional(Role::Gp, "khan", "elm");
    assert_eq!(world.found(&gp, "Patient", &[("address-postalcode", "KX1")]).unwrap(), ["Patient/dora"]);
}
