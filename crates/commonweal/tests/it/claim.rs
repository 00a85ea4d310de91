//! A professional says that she cares for somebody: one record, for a day, nothing more private, and everybody concerned finds it.

use crate::client::{Seen, token};
use crate::house::House;
use gate::{Action, Purpose, Role};
use testkit::{Person, citizen, officer, professional, receptionist};

const REFERRED: &str = "explanation=Referred+by+telephone";

fn personas() -> Vec<(&'static str, Person)> {
    vec![
        ("home", professional(Role::CareHomeStaff, "home", "nowhere")),
        ("desk", receptionist("desk", "nowhere")),
        ("ada", citizen("ada")),
        ("officer", officer(Role::PrivacyOfficer, Purpose::Audit)),
    ]
}

/// A house with these resources besides its own.
fn house_with(extra: &[&str]) -> House {
    let resources = [
        r#"{"resourceType":"Organization","id":"nowhere","name":"Nowhere House"}"#,
        r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"birthDate":"1950-03-04"}"#,
        r#"{"resourceType":"Patient","id":"bob","name":[{"family":"Bell"}],"birthDate":"1950-03-04"}"#,
        r#"{"resourceType":"Condition","id":"hers","code":{"text":"Verdigris"},"subject":{"reference":"Patient/ada"}}"#,
        r#"{"resourceType":"Condition","id":"private","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"code":{"text":"Vermilion"},"subject":{"reference":"Patient/ada"}}"#,
        r#"{"resourceType":"Condition","id":"his","code":{"text":"Ochre"},"subject":{"reference":"Patient/bob"}}"#,
    ];
    House::of(personas(), &resources.into_iter().chain(extra.iter().copied()).collect::<Vec<_>>())
}

fn claim(house: &House, persona: &str, patient: &str, form: &str) -> Seen {
    house.post(persona, &format!("/care/people/{patient}/claim"), form)
}

#[test]
fn a_claim_opens_one_record_for_a_day_without_what_is_more_private() {
    let house = house_with(&[]);
    assert!(!house.shows("home", "ada", "Verdigris"));
    assert!(house.shows("home", "ada", "Say that you care for this person"));

    assert_eq!(claim(&house, "home", "ada", REFERRED).status, 303);

    assert!(house.shows("home", "ada", "Verdigris"));
    assert!(!house.shows("home", "ada", "Vermilion"), "what is restricted stays closed");
    assert!(!house.shows("home", "bob", "Ochre"), "it is for one person");
    house.world.clock().advance(record::claim::CLAIM_MS);
    assert!(!house.shows("home", "ada", "Verdigris"), "it ends by itself");
}

#[test]
fn what_the_person_has_refused_stays_closed_and_so_does_the_api() {
    let dissent = r#"{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"privacy"}],"patient":{"reference":"Patient/ada"},"policy":[{"uri":"urn:p"}],"provision":{"type":"deny"}}"#;
    let refused = house_with(&[dissent]);
    claim(&refused, "home", "ada", REFERRED);
    assert!(!refused.shows("home", "ada", "Verdigris"));

    let house = house_with(&[]);
    claim(&house, "home", "ada", REFERRED);
    let token = token(&house.world, &professional(Role::CareHomeStaff, "home", "nowhere"));
    assert_eq!(house.client.send(Some(&token), "GET /fhir/Condition/hers", "").status, 404);
}

#[test]
fn without_an_explanation_and_by_who_gives_no_care_nothing_opens() {
    let house = house_with(&[]);

    for form in ["", "explanation=+", &format!("explanation={}", "x".repeat(501))] {
        assert_eq!(claim(&house, "home", "ada", form).status, 422, "{form}");
    }
    assert_eq!(claim(&house, "home", "nobody", REFERRED).status, 404);
    for persona in ["desk", "ada", "officer"] {
        assert!(claim(&house, persona, "bob", REFERRED).status.is_client_error(), "{persona}");
        assert!(house.get(persona, "/care/people/bob/claim").status.is_client_error(), "{persona}");
        assert!(!house.shows(persona, "bob", "Ochre"), "{persona}");
    }
    assert!(!house.shows("home", "ada", "Verdigris"));
    let machine = house.world.leave(&testkit::machinery(), Action::Read);
    let ada = fhir::ResourceId::parse("ada").unwrap();
    assert!(house.world.record().claim_relationship(&machine, &ada, "so").is_err());
}

#[test]
fn the_person_and_the_privacy_officer_find_a_claim_with_its_reason() {
    let house = house_with(&[]);
    claim(&house, "home", "ada", REFERRED);
    house.get("home", "/care/people/ada");

    let looked = house.get("ada", "/my/who-looked").body;
    assert!(looked.contains("said that they care for you, to open"), "{looked}");
    assert!(looked.contains("Referred by telephone"), "{looked}");
    let officer = house.signed_in("officer");
    let log = house.client.ask("GET", "/log", &[("cookie", &officer)], "").body;
    assert!(log.contains("said that they care for the person") && log.contains("Referred by telephone"), "{log}");
    let queue = house.client.ask("GET", "/privacy-officer", &[("cookie", &officer)], "").body;
    assert!(queue.contains("home") && queue.contains("They said themselves that they care"), "{queue}");
}

#[test]
fn the_pharmacy_that_a_person_chose_may_see_what_dispensing_needs() {
    let chosen = |reference: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"cy","extension":[{{"url":"{}","valueReference":{reference}}}],"name":[{{"family":"Cole"}}]}}"#,
            record::relations::NOMINATED_PHARMACY
        )
    };
    let house = house_with(&[
        r#"{"resourceType":"Organization","id":"shop","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"FWC87"}],"name":"Elm Pharmacy"}"#,
        &chosen(r#"{"reference":"Organization/shop"}"#),
        r#"{"resourceType":"Condition","id":"cough","code":{"text":"Cough"},"subject":{"reference":"Patient/cy"}}"#,
        r#"{"resourceType":"DocumentReference","id":"letter","status":"current","subject":{"reference":"Patient/cy"},"content":[{"attachment":{"contentType":"text/plain"}}]}"#,
    ]);
    let ask = |path: &str, shop: &str| {
        let pharmacist = professional(Role::Pharmacist, "nair", shop);
        house.client.send(Some(&token(&house.world, &pharmacist)), path, "").status.as_u16()
    };
    let seen = || (ask("GET /fhir/Condition/cough", "shop"), ask("GET /fhir/DocumentReference/letter", "shop"));

    assert_eq!(seen(), (200, 404));
    assert_eq!(ask("GET /fhir/Condition/cough", "nowhere"), 404);
    house.world.put(&chosen(r#"{"reference":"Organization/nowhere"}"#));
    assert_eq!(seen(), (404, 404), "another pharmacy was chosen");
    let code = r#"{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"FWC87"}}"#;
    house.world.put(&chosen(code));
    assert_eq!(seen(), (200, 404), "a pharmacy can be named by its code");
}
