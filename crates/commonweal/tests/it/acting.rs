//! The practice's pages of who may act for somebody: reception records it, the parent opens the record, reception ends it.

use crate::client::Seen;
use crate::house::House;
use gate::{Purpose, Role};
use testkit::{Person, citizen, clinician, officer, professional, receptionist};

/// Robin as the mother of Sam, as reception types it.
const DETAILS: &str = "basis=parental&name=Robin+Vale&nhs_number=9990000018&born-day=4&born-month=3&born-year=1990&relationship=MTH&sees=all&from-day=22&from-month=11&from-year=2026&evidence=BRTH&seen-day=20&seen-month=11&seen-year=2026";

fn house() -> House {
    let coder = Person { purpose: Purpose::Administration, ..professional(Role::ClinicalCoder, "coder", "elm") };
    let people = vec![
        ("desk", receptionist("rudd", "elm")),
        ("gp", clinician("khan", "elm")),
        ("ward", professional(Role::WardClinician, "ward", "elm")),
        ("coder", coder),
        ("elsewhere", receptionist("front", "oak")),
        ("administrator", officer(Role::Administrator, Purpose::Administration)),
        ("officer", officer(Role::PrivacyOfficer, Purpose::Audit)),
        ("sam", citizen("sam")),
        ("robin", citizen("robin")),
    ];
    let resources = [
        r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery"}"#,
        r#"{"resourceType":"Patient","id":"sam","name":[{"family":"Vale","given":["Sam"]}],"birthDate":"2019-05-03","generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        r#"{"resourceType":"Patient","id":"robin","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Vale","given":["Robin"]}],"birthDate":"1990-03-04"}"#,
        r#"{"resourceType":"Condition","id":"his","code":{"text":"Verdigris"},"subject":{"reference":"Patient/sam"}}"#,
    ];
    House::of(people, &resources)
}

fn page(step: &str) -> String {
    format!("/care/people/sam/acting{step}")
}

fn record(house: &House, persona: &str) -> Seen {
    house.post(persona, &page("/record"), &format!("{DETAILS}&spoken=yes&concern=no"))
}

/// The id of the grant that the list shows.
fn grant(house: &House) -> String {
    let list = house.get("desk", &page("")).body;
    list.split("name=\"grant\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Robin with the record of Sam open; what it answered and the cookie.
fn acting(house: &House) -> (Seen, String) {
    let answer = house.send(&house.signed_in("robin"), ("/account/record", "patient=sam"));
    let cookie = answer.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.clone());
    let cookie = cookie.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
    (answer, cookie)
}

#[test]
fn reception_records_a_parent_who_opens_the_record_and_ends_it_on_the_next_request() {
    let house = house();
    let list = house.get("desk", &page("")).body;
    assert!(list.contains("Nobody.") && !list.contains("Verdigris"), "{list}");
    assert!(house.get("desk", "/care/people/sam").body.contains("Who may act for this person"));
    assert_eq!(acting(&house).0.status, 404);

    assert_eq!(house.get("desk", &page("/new")).status, 200);
    assert!(house.post("desk", &page("/details"), "basis=parental").body.contains("2 May 2035"));
    let check = house.post("desk", &page("/check"), DETAILS).body;
    assert!(check.contains("Robin Vale (mother) may act for"), "{check}");
    let kept = record(&house, "desk");
    assert_eq!(kept.status, 303, "{}", kept.body);

    let list = house.get("desk", &page("?done=recorded")).body;
    assert!(
        list.contains("It is recorded") && list.contains("birth certificate") && list.contains("Robin Vale, mother"),
        "{list}"
    );
    let (opened, cookie) = acting(&house);
    assert_eq!(opened.status, 303);
    let read = || house.client.ask("GET", "/my/record/conditions", &[("cookie", &cookie)], "");
    assert!(read().body.contains("Verdigris"));

    let form = format!("grant={}", grant(&house));
    assert!(house.post("desk", &page("/ending"), &form).body.contains("Why does Robin Vale stop acting?"));
    assert_eq!(house.post("desk", &page("/end"), &format!("{form}&why=safety")).status, 303);
    let shut = read();
    assert!(shut.status == 404 && !shut.body.contains("Verdigris"), "{}", shut.body);
    assert!(house.get("desk", &page("")).body.contains("Ended by the practice."));
    assert_eq!(house.post("desk", &page("/end"), &format!("{form}&why=safety")).status, 404, "it ends once");
}

#[test]
fn the_person_has_a_notice_and_finds_on_what_it_rests_and_who_recorded_it() {
    let house = house();
    record(&house, "desk");

    let home = house.get("sam", "/my").body;
    assert!(home.contains("rudd (elm) recorded that somebody may act for you"), "{home}");
    let people = house.get("sam", "/my/people").body;
    for part in ["Robin Vale", "Parental responsibility", "Recorded by rudd", "20 November 2026: birth certificate"] {
        assert!(people.contains(part), "{part}: {people}");
    }
    house.post("desk", &page("/end"), &format!("grant={}&why=person", grant(&house)));
    assert!(house.get("sam", "/my").body.contains("rudd (elm) ended that somebody may act for you"));
}

#[test]
fn what_is_wrong_is_told_at_its_step_and_a_worry_records_nothing() {
    let house = house();
    let wrong = [
        ("/details", String::new()),
        ("/details", "basis=court".to_owned()),
        ("/check", DETAILS.replace("9990000018", "9990000019")),
        ("/record", DETAILS.to_owned()),
        ("/record", format!("{DETAILS}&spoken=no&concern=no")),
        ("/record", format!("{DETAILS}&spoken=yes")),
        ("/record", format!("{}&spoken=yes&concern=no", DETAILS.replace("BRTH", "KING"))),
    ];
    for (step, form) in wrong {
        let seen = house.post("desk", &page(step), &form);
        assert!(seen.status == 422 && seen.body.contains("There is a problem"), "{step} {form}: {}", seen.body);
    }
    let worried = house.post("desk", &page("/record"), &format!("{DETAILS}&spoken=yes&concern=yes"));
    assert!(worried.status == 200 && worried.body.contains("safeguarding lead"), "{}", worried.body);

    assert!(house.get("desk", &page("")).body.contains("Nobody."));
    assert_eq!(acting(&house).0.status, 404);
    assert!(!house.get("sam", "/my").body.contains("that somebody may act"), "nothing tells of it");
}

#[test]
fn a_grant_without_a_reason_to_end_stays_and_the_question_is_asked_again() {
    let house = house();
    record(&house, "desk");

    let seen = house.post("desk", &page("/end"), &format!("grant={}", grant(&house)));

    assert!(seen.status == 422 && seen.body.contains("Select why this person stops acting"), "{}", seen.body);
    assert_eq!(acting(&house).0.status, 303);
}

#[test]
fn whoever_has_no_leave_or_is_of_another_practice_gets_the_same_as_for_nobody() {
    let house = house();
    record(&house, "desk");
    let id = grant(&house);
    let steps = [
        ("/details", "basis=parental".to_owned()),
        ("/check", DETAILS.to_owned()),
        ("/record", format!("{DETAILS}&spoken=yes&concern=no")),
        ("/ending", format!("grant={id}")),
        ("/end", format!("grant={id}&why=person")),
    ];

    for persona in ["elsewhere", "ward", "coder", "administrator", "officer", "sam", "robin"] {
        let expected = if persona == "elsewhere" { 404 } else { 403 };
        for patient in ["sam", "nobody"] {
            for path in ["", "/new"] {
                let seen = house.get(persona, &format!("/care/people/{patient}/acting{path}"));
                assert_eq!(seen.status, expected, "{persona} {patient} {path}");
                assert!(!seen.body.contains("Robin"), "{persona} {patient} {path}");
            }
            for (step, form) in &steps {
                let seen = house.post(persona, &format!("/care/people/{patient}/acting{step}"), form);
                assert_eq!(seen.status, expected, "{persona} {patient} {step}");
            }
        }
        assert!(!house.shows(persona, "sam", "Who may act for this person"), "{persona}");
    }
    assert_eq!(acting(&house).0.status, 303, "nothing has changed");
}

#[test]
fn whoever_signed_in_long_ago_confirms_first_who_she_is() {
    let house = house();
    let cookie = house.signed_in("desk");
    house.world.clock().advance(16 * 60 * 1_000);

    let kept = house.send(&cookie, (&page("/record"), &format!("{DETAILS}&spoken=yes&concern=no")));

    let to = kept.headers.iter().find(|(name, _)| name == "location").map(|(_, to)| to.clone()).unwrap_or_default();
    assert!(kept.status == 303 && to.starts_with("/sign-in/again"), "{to}");
    assert!(house.get("desk", &page("")).body.contains("Nobody."));
}
