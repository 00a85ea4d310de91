//! Transactions: everybody whom one answers about has her entry in the log, and one that fails leaves nothing behind.

use crate::client::{Client, Seen, token};
use gate::{Action, Purpose, Role};
use record::log::Entry;
use testkit::{Person, World, clinician, machinery, officer};

const RESOURCES: [&str; 4] = [
    r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#,
    r#"{"resourceType":"Patient","id":"ada","identifier":[{"system":"urn:n","value":"1"}],"name":[{"family":"Ahmed"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
    r#"{"resourceType":"Patient","id":"ben","identifier":[{"system":"urn:n","value":"2"}],"name":[{"family":"Bell"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
    r#"{"resourceType":"Observation","id":"weight","status":"final","code":{"coding":[{"system":"urn:c","code":"weight"}]},"subject":{"reference":"Patient/ada"}}"#,
];

struct House {
    world: World,
    client: Client,
}

impl House {
    fn new() -> Self {
        let world = World::new();
        RESOURCES.iter().for_each(|resource| world.put(resource));
        let client = Client::of(&world);
        Self { world, client }
    }

    fn send(&self, who: &Person, line: &str, body: &str) -> Seen {
        self.client.send(Some(&token(&self.world, who)), line, body)
    }

    fn transaction(&self, who: &Person, entries: &[String]) -> Seen {
        let body = format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#, entries.join(","));
        self.send(who, "POST /fhir", &body)
    }

    /// The entries about a person that came while something was done.
    fn entries_about(&self, patient: &str, act: impl FnOnce()) -> Vec<Entry> {
        let before = self.world.record().log().count();
        act();
        let permit = self.world.leave(&officer(Role::PrivacyOfficer, Purpose::Audit), Action::Read);
        let (record, patient) = (self.world.record(), fhir::ResourceId::parse(patient).unwrap());
        let part = record.person_number(&permit, &patient).unwrap().unwrap();
        let newest = record.log().of_part(part, None, 50).into_iter().filter(|number| *number > before);
        newest.map(|number| record.log().entry(number).unwrap().unwrap()).collect()
    }

    fn count(&self, search: &str) -> u64 {
        let seen = self.send(&machinery(), &format!("GET /fhir/{search}&_summary=count"), "");
        let bundle: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
        bundle.get("total").and_then(serde_json::Value::as_u64).unwrap()
    }
}

fn doctor() -> Person {
    clinician("khan", "elm")
}

fn entry(method: &str, url: &str, resource: Option<&str>) -> String {
    let resource = resource.map(|resource| format!(r#""resource":{resource},"#)).unwrap_or_default();
    format!(r#"{{{resource}"request":{{"method":"{method}","url":"{url}"}}}}"#)
}

fn result(subject: &str, rest: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"system":"urn:c","code":"height"}}]}},"subject":{{"reference":"{subject}"}}{rest}}}"#
    )
}

#[test]
fn whoever_is_found_instead_of_being_created_has_her_entry_in_the_log() {
    let house = House::new();
    let create = format!(
        r#"{{"resource":{},"request":{{"method":"POST","url":"Observation","ifNoneExist":"patient=ada&code=urn:c|weight"}}}}"#,
        result("Patient/ada", "")
    );

    let mut seen = None;
    let entries = house.entries_about("ada", || seen = Some(house.transaction(&doctor(), &[create])));

    let seen = seen.unwrap();
    assert!(seen.status.is_success() && seen.body.contains("Observation/weight"), "{seen:?}");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries.first().unwrap().draft.target.as_ref().unwrap().id, "weight");
}

#[test]
fn whoever_is_found_by_a_conditional_reference_has_her_entry_in_the_log() {
    let house = House::new();
    let by = r#","performer":[{"reference":"Patient?identifier=urn:n|2"}]"#;
    let create = entry("POST", "Observation", Some(&result("Patient/ada", by)));

    let entries = house.entries_about("ben", || {
        let seen = house.transaction(&doctor(), &[create]);
        assert!(seen.status.is_success(), "{seen:?}");
    });

    let of_him = |entry: &&Entry| entry.draft.target.as_ref().is_some_and(|target| target.id == "ben");
    assert_eq!(entries.iter().filter(of_him).count(), 1, "{entries:?}");
}

#[test]
fn whoever_is_found_by_a_conditional_update_or_deletion_has_her_entry_in_the_log() {
    let house = House::new();
    let update = entry("PUT", "Observation?code=urn:c|weight", Some(&result("Patient/ada", "")));
    let delete = entry("DELETE", "Observation?code=urn:c|height", None);

    for (who, change) in [(doctor(), update), (machinery(), delete)] {
        let entries = house.entries_about("ada", || {
            let seen = house.transaction(&who, std::slice::from_ref(&change));
            assert!(seen.status.is_success(), "{seen:?}");
        });
        assert_eq!(entries.len(), 1, "{change}");
    }
}

#[test]
fn a_result_that_goes_to_another_person_is_in_the_log_of_both() {
    let house = House::new();
    let moved = result("Patient/ben", r#","id":"weight""#);

    for person in ["ada", "ben"] {
        let house_before = House::new();
        let entries = house_before.entries_about(person, || {
            let seen = house_before.send(&machinery(), "PUT /fhir/Observation/weight", &moved);
            assert!(seen.status.is_success(), "{seen:?}");
        });
        assert_eq!(entries.len(), 1, "{person}");
    }
    assert_eq!(house.count("Observation?patient=ada"), 1);
}

#[test]
fn a_read_that_finds_nothing_takes_the_whole_transaction_back() {
    let house = House::new();
    let create = entry("POST", "Observation", Some(&result("Patient/ada", "")));
    let update = entry("PUT", "Observation/weight", Some(&result("Patient/ada", r#","id":"weight""#)));
    let attempt =
        |read: &str| house.transaction(&machinery(), &[entry("GET", read, None), create.clone(), update.clone()]);

    for read in ["Observation/nothing", "Observation/weight/_history/9", "Observation?no-such-parameter=1"] {
        let mut failed = None;
        let entries = house.entries_about("ada", || failed = Some(attempt(read)));

        let failed = failed.unwrap();
        assert!(failed.status.is_client_error() && failed.body.contains("Bundle.entry[0]"), "{read}: {failed:?}");
        assert_eq!(house.count("Observation?patient=ada"), 1, "{read}");
        let weight = house.send(&machinery(), "GET /fhir/Observation/weight", "");
        assert!(weight.body.contains(r#""versionId":"1""#), "{read}: {weight:?}");
        assert!(entries.is_empty(), "nothing was shown of her: {entries:?}");
    }

    // Sent again with a read that can be made, everything is there once.
    assert!(attempt("Observation/weight").status.is_success());
    assert_eq!(house.count("Observation?patient=ada"), 2);
}

#[test]
fn a_read_that_found_nothing_is_in_the_log_though_nothing_was_done() {
    let house = House::new();
    let create = entry("POST", "Observation", Some(&result("Patient/ada", "")));
    let before = house.world.record().log().count();

    house.transaction(&machinery(), &[create, entry("GET", "Observation/nothing", None)]);

    let log = house.world.record().log();
    let new = (before + 1..=log.count()).map(|number| log.entry(number).unwrap().unwrap().draft);
    let told: Vec<(String, String)> = new.map(|draft| (draft.action, draft.outcome)).collect();
    assert!(told.contains(&("Read".to_owned(), "absent".to_owned())), "{told:?}");
    assert!(!told.iter().any(|(action, _)| action == "Create"), "{told:?}");
}

#[test]
fn the_reads_of_a_transaction_see_what_it_did_and_are_one_look_at_a_person() {
    let house = House::new();
    let update = entry("PUT", "Observation/weight", Some(&result("Patient/ada", r#","id":"weight""#)));
    let reads =
        ["Observation/weight", "Observation?patient=ada&_count=1", "Patient/ada", "Observation/weight/_history/1"];
    let entries: Vec<String> = reads.iter().map(|url| entry("GET", url, None)).chain([update]).collect();

    let mut seen = None;
    let log = house.entries_about("ada", || seen = Some(house.transaction(&doctor(), &entries)));

    let answer: serde_json::Value = serde_json::from_str(&seen.unwrap().body).unwrap();
    let part =
        |number: usize, path: &str| answer.pointer(&format!("/entry/{number}{path}")).cloned().unwrap_or_default();
    assert_eq!(part(0, "/resource/code/coding/0/code"), "height");
    assert_eq!(part(1, "/resource/entry/0/resource/meta/versionId"), "2");
    assert_eq!(part(2, "/resource/name/0/family"), "Ahmed");
    assert_eq!(part(3, "/resource/code/coding/0/code"), "weight");
    let actions: Vec<&str> = log.iter().map(|entry| entry.draft.action.as_str()).collect();
    assert_eq!(actions.iter().filter(|action| matches!(**action, "Read" | "Search")).count(), 1, "{actions:?}");
    assert_eq!(actions.iter().filter(|action| **action == "Update").count(), 1, "{actions:?}");
}
