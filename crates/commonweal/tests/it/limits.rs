//! What may be too often: an account that tries numbers has to wait a little, and nobody else does.

use crate::client::Seen;
use crate::house::House;
use gate::{Purpose, Role};
use testkit::{officer, professional, receptionist};

const NOBODY: &str = "by=number&nhs_number=9990000026";
const ADA: &str = "by=number&nhs_number=9990000018";

fn house() -> House {
    let people = vec![
        ("ward", professional(Role::EmergencyClinician, "ward", "nowhere")),
        ("desk", receptionist("desk", "nowhere")),
        ("other", professional(Role::EmergencyClinician, "other", "nowhere")),
        ("officer", officer(Role::PrivacyOfficer, Purpose::Audit)),
    ];
    let resources = [
        r#"{"resourceType":"Organization","id":"nowhere","name":"Nowhere House"}"#,
        r#"{"resourceType":"Patient","id":"ada","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Ahmed"}],"birthDate":"1950-03-04"}"#,
    ];
    House::of(people, &resources)
}

fn header<'s>(seen: &'s Seen, name: &str) -> Option<&'s str> {
    seen.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn whoever_tries_numbers_that_nobody_has_waits_a_little_on_all_devices_and_nobody_else_does() {
    let house = house();
    let (here, there, other) = (house.signed_in("ward"), house.signed_in("ward"), house.signed_in("desk"));
    for number in 0..60 {
        assert_eq!(house.send(&here, ("/care/find", ADA)).status, 200, "what is found is not counted: {number}");
    }
    for number in 0..30 {
        assert_eq!(house.send(&here, ("/care/find", NOBODY)).status, 200, "{number}");
    }

    let refused = house.send(&there, ("/care/find", ADA));

    assert_eq!(refused.status, 429);
    let wait_s: i64 = header(&refused, "retry-after").unwrap().parse().unwrap();
    assert!(
        (1..=20).contains(&wait_s) && refused.body.contains("Check the number with the person"),
        "{}",
        refused.body
    );
    assert_eq!(
        house.send(&here, ("/care/find", "by=name&family=Ahmed&born-day=4&born-month=3&born-year=1950")).status,
        200
    );
    assert_eq!(house.send(&other, ("/care/find", NOBODY)).status, 200);
    house.world.clock().advance(wait_s * 1_000);
    assert_eq!(house.send(&here, ("/care/find", ADA)).status, 200);
}

#[test]
fn whoever_says_of_many_people_that_she_cares_for_them_waits_and_still_has_the_way_of_emergencies() {
    let house = house();
    let cookie = house.signed_in("ward");
    let claim = ("/care/people/ada/claim", "explanation=Referred+by+telephone");
    for number in 0..20 {
        assert_eq!(house.send(&cookie, claim).status, 303, "{number}");
    }

    let refused = house.send(&cookie, claim);

    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("of many people in a short time"), "{}", refused.body);
    let page = house.client.ask("GET", "/care/people/ada/emergency", &[("cookie", &cookie)], "");
    assert_eq!(page.status, 200);
}

#[test]
fn a_ward_in_a_major_incident_goes_on_and_whoever_opens_everything_waits_while_the_privacy_officer_is_told() {
    let house = house();
    let (here, other) = (house.signed_in("ward"), house.signed_in("other"));
    let emergency = ("/care/people/ada/emergency", "reason=vital-interest&explanation=Found+collapsed");
    for number in 0..30 {
        assert_eq!(house.send(&here, emergency).status, 303, "{number}");
    }
    let desk = || house.get("officer", "/privacy-officer").body;
    assert!(!desk().contains("Many emergencies"));

    let refused = house.send(&here, emergency);

    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("Treat first: ask a colleague"), "{}", refused.body);
    let wait_s: i64 = header(&refused, "retry-after").unwrap().parse().unwrap();
    assert!((1..=120).contains(&wait_s), "{wait_s}");
    assert!(desk().contains("Many emergencies by one person") && desk().contains("1 emergency refused"), "{}", desk());
    house.send(&here, emergency);
    assert!(desk().contains("2 emergencies refused"), "{}", desk());
    let log = house.world.record().log();
    let entries = (1..=log.count()).filter_map(|number| log.entry(number).unwrap());
    assert_eq!(entries.filter(|entry| entry.draft.action == "ManyEmergencies").count(), 1, "once a day in the log");
    assert_eq!(house.send(&other, emergency).status, 303, "others on the ward notice nothing");
    house.world.clock().advance(wait_s * 1_000);
    assert_eq!(house.send(&here, emergency).status, 303);
}
