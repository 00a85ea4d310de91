//! What people have refused holds at once, everywhere, and for nobody but those it is about.
//!
//! The files of ten examples of IHE's Privacy Consent on FHIR are read here as they come; `consent_examples` has all of them.

use crate::client::{Client, token};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use testkit::{Person, World, citizen, clinician};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"generalPractitioner":[{"reference":"Organization/elm"},{"reference":"Organization/oak"}]}"#;

fn entry(id: &str, extra: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"{id}"}},"subject":{{"reference":"Patient/ada"}}{extra}}}"#
    )
}

fn consent(id: &str, status: &str, provision: &str) -> String {
    format!(
        r#"{{"resourceType":"Consent","id":"{id}","status":"{status}","scope":{{"coding":[{{"code":"patient-privacy"}}]}},"category":[{{"text":"privacy"}}],"patient":{{"reference":"Patient/ada"}},"policy":[{{"uri":"urn:p"}}],"provision":{provision}}}"#
    )
}

fn world(entries: &[String]) -> World {
    let world = World::new();
    for resource in [
        r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#,
        r#"{"resourceType":"Organization","id":"oak","name":"Oak"}"#,
        PATIENT,
    ] {
        world.put(resource);
    }
    entries.iter().for_each(|entry| world.put(entry));
    world
}

/// What `reader` sees of the entries, and that reading one by one says the same as searching.
fn seen(world: &World, reader: &Person, ids: &[&str]) -> Vec<String> {
    let found = world.found(reader, "Observation", &[("_sort", "_id")]).unwrap();
    for id in ids {
        let name = format!("Observation/{id}");
        assert_eq!(world.read(reader, &name).is_ok(), found.contains(&name), "{name}");
    }
    found.iter().map(|name| name.trim_start_matches("Observation/").to_owned()).collect()
}

#[test]
fn a_refusal_holds_for_the_very_next_request_and_ends_with_it() {
    let world = world(&[entry("weight", "")]);
    let doctor = clinician("dr", "elm");

    assert_eq!(seen(&world, &doctor, &["weight"]), ["weight"]);
    world.put(&consent("no", "active", r#"{"type":"deny"}"#));
    assert_eq!(seen(&world, &doctor, &["weight"]), Vec::<String>::new());
    world.put(&consent("no", "inactive", r#"{"type":"deny"}"#));
    assert_eq!(seen(&world, &doctor, &["weight"]), ["weight"]);
}

#[test]
fn the_person_herself_sees_all_of_her_record_and_her_refusal_and_staff_do_not_see_that_there_is_one() {
    let world = world(&[entry("weight", "")]);
    world.put(&consent("no", "active", r#"{"type":"deny"}"#));

    assert_eq!(seen(&world, &citizen("ada"), &["weight"]), ["weight"]);
    assert!(world.read(&citizen("ada"), "Consent/no").is_ok());
    assert!(world.read(&clinician("dr", "elm"), "Consent/no").is_err());
    assert!(world.found(&clinician("dr", "elm"), "Consent", &[]).unwrap().is_empty());
}

#[test]
fn staff_do_not_see_a_refusal_that_was_created_without_an_id_nor_one_that_has_ended() {
    let world = world(&[]);
    let (ada, doctor) = (citizen("ada"), clinician("dr", "elm"));
    let body = consent("no", "active", r#"{"type":"deny"}"#).replace(r#""id":"no","#, "");
    let create = world.leave(&ada, gate::Action::Create);
    world.record().create(&create, fhir::ResourceType::CONSENT, body.as_bytes(), record::Change::default()).unwrap();
    world.put(&consent("ended", "inactive", r#"{"type":"deny"}"#));

    assert_eq!(world.found(&ada, "Consent", &[]).unwrap().len(), 2);
    assert!(world.found(&doctor, "Consent", &[]).unwrap().is_empty());
}

#[test]
fn one_organisation_can_be_refused_while_the_other_goes_on_caring() {
    let world = world(&[entry("weight", "")]);
    let actor = r#"[{"role":{"text":"reader"},"reference":{"reference":"Organization/oak"}}]"#;
    world.put(&consent("no", "active", &format!(r#"{{"type":"deny","actor":{actor}}}"#)));

    assert_eq!(seen(&world, &clinician("dr", "elm"), &["weight"]), ["weight"]);
    assert!(seen(&world, &clinician("dr", "oak"), &["weight"]).is_empty());
}

#[test]
fn a_group_that_is_no_longer_in_use_permits_nobody_and_is_refused_as_before() {
    let world = world(&[entry("weight", "")]);
    let group = |active: bool| {
        world.put(&format!(
            r#"{{"resourceType":"Group","id":"team","active":{active},"type":"practitioner","actual":true,"member":[{{"entity":{{"reference":"Practitioner/dr"}}}}]}}"#
        ));
    };
    let actor = r#"[{"role":{"text":"reader"},"reference":{"reference":"Group/team"}}]"#;
    let (dr, other) = (clinician("dr", "elm"), clinician("other", "elm"));
    let both = || [&dr, &other].map(|doctor| seen(&world, doctor, &["weight"]).len());

    group(true);
    world.put(&consent(
        "no",
        "active",
        &format!(r#"{{"type":"deny","provision":[{{"type":"permit","actor":{actor}}}]}}"#),
    ));
    assert_eq!(both(), [1, 0]);
    group(false);
    assert_eq!(both(), [0, 0]);

    world.put(&consent("no", "active", &format!(r#"{{"type":"deny","actor":{actor}}}"#)));
    assert_eq!(both(), [0, 1]);
}

#[test]
fn an_entry_that_comes_later_is_under_the_choice_made_before() {
    let world = world(&[entry("old", r#","effectiveDateTime":"2025-05-01""#)]);
    let author = r#"[{"meaning":"authoredby","reference":{"reference":"Practitioner/bob"}}]"#;
    world.put(&consent("no", "active", &format!(r#"{{"type":"deny","data":{author}}}"#)));
    let doctor = clinician("dr", "elm");
    assert_eq!(seen(&world, &doctor, &["old"]), ["old"]);

    world.put(&entry("bobs", r#","performer":[{"reference":"Practitioner/bob"}]"#));
    world.put(&entry("anns", r#","performer":[{"reference":"Practitioner/ann"}]"#));
    world.put(&entry("old", r#","performer":[{"reference":"Practitioner/bob"}]"#));

    assert_eq!(seen(&world, &doctor, &["old", "bobs", "anns"]), ["anns"]);
}

#[test]
fn each_topic_is_known_by_its_codes_even_where_nobody_has_tagged_it() {
    let sets = include_str!("../../../../definitions/topics.tsv");
    for topic in gate::Topic::ALL {
        let line =
            sets.lines().find(|line| line.split('\t').next().and_then(gate::Topic::parse) == Some(*topic)).unwrap();
        let (system, code) = (line.split('\t').nth(1).unwrap(), line.split('\t').nth(2).unwrap());
        let coded = format!(r#","valueCodeableConcept":{{"coding":[{{"system":"{system}","code":"{code}"}}]}}"#);
        let world = world(&[entry("told", &coded), entry("weight", "")]);
        let doctor = clinician("dr", "elm");
        assert_eq!(seen(&world, &doctor, &["told", "weight"]), ["told", "weight"], "{topic}");

        let label = format!(r#"[{{"system":"{}","code":"{}"}}]"#, gate::TOPIC_SYSTEM, topic.name());
        world.put(&consent("no", "active", &format!(r#"{{"type":"deny","securityLabel":{label}}}"#)));

        assert_eq!(seen(&world, &doctor, &["told", "weight"]), ["weight"], "{topic}");
        assert_eq!(seen(&world, &citizen("ada"), &["told", "weight"]), ["told", "weight"], "{topic}");
    }
}

#[test]
fn a_choice_that_is_there_when_the_record_is_opened_holds() {
    let mut world = world(&[entry("weight", "")]);
    world.put(&consent("no", "active", r#"{"type":"deny"}"#));
    world.restart();

    assert!(seen(&world, &clinician("dr", "elm"), &["weight"]).is_empty());
}

/// Whether `doctor` finds the entry, by each way to it.
fn ways(world: &World, client: &Client, token: &str, doctor: &Person) -> [bool; 6] {
    let id = fhir::ResourceId::parse("weight").unwrap();
    let kind = fhir::ResourceType::OBSERVATION;
    let history = |question| {
        let asked = record::History { question, since_ms: None, count: 10, page: None };
        let page = world.record().history(&world.leave(doctor, gate::Action::History), &asked);
        page.is_ok_and(|page| page.entries.iter().any(|entry| entry.id == id))
    };
    let http = |path: &str| client.send(Some(token), &format!("GET /fhir/{path}"), "").body.contains("72.5");
    [
        world.read(doctor, "Observation/weight").is_ok(),
        world.found(doctor, "Observation", &[]).unwrap().contains(&"Observation/weight".to_owned()),
        history(record::HistoryQuestion::Instance(kind, id.clone())),
        history(record::HistoryQuestion::Type(kind)),
        http("Observation?patient=ada"),
        http("Patient/ada/$everything"),
    ]
}

/// Reads by every way while a refusal of what `provision` says comes and goes.
fn reads_while_a_refusal_comes_and_goes(provision: &str) {
    let world = world(&[entry("weight", r#","valueQuantity":{"value":72.5}"#), entry("height", "")]);
    let doctor = clinician("dr", "elm");
    // Even: shared and acknowledged. Odd: refused and acknowledged. The number grows after each acknowledgement; while a
    // change is on its way `pending` is ahead of `acknowledged`.
    let (acknowledged, pending, looks) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));

    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let client = Client::of(&world);
                    let token = token(&world, &doctor);
                    let (mut checked, mut refused) = (0, 0);
                    while acknowledged.load(Ordering::SeqCst) < 40 || checked < 20 {
                        let before = acknowledged.load(Ordering::SeqCst);
                        let found = ways(&world, &client, &token, &doctor);
                        if pending.load(Ordering::SeqCst) == before {
                            checked += 1;
                            refused += before % 2;
                            assert_eq!(found, [before % 2 == 0; 6]);
                            looks.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                    refused
                })
            })
            .collect();
        for step in 1..=40_u64 {
            pending.store(step, Ordering::SeqCst);
            let status = if step % 2 == 1 { "active" } else { "inactive" };
            world.put(&consent("no", status, provision));
            acknowledged.store(step, Ordering::SeqCst);
            let (looked, until) = (looks.load(Ordering::SeqCst), Instant::now() + Duration::from_secs(5));
            while looks.load(Ordering::SeqCst) == looked && Instant::now() < until {
                std::thread::yield_now();
            }
        }
        let refused: u64 = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
        assert!(refused > 0, "the readers never met a refusal");
    });
}

#[test]
fn no_read_that_begins_after_a_refusal_of_everything_was_acknowledged_shows_what_it_hid_by_any_way() {
    reads_while_a_refusal_comes_and_goes(r#"{"type":"deny"}"#);
}

#[test]
fn no_read_that_begins_after_a_refusal_of_one_entry_was_acknowledged_shows_it_by_any_way() {
    let entry = r#"[{"meaning":"instance","reference":{"reference":"Observation/weight"}}]"#;
    reads_while_a_refusal_comes_and_goes(&format!(r#"{{"type":"deny","data":{entry}}}"#));
}

/// What the doctor of each example sees of the four entries of the examples, and what another doctor does.
const EXAMPLES: [(&str, &[&str], &[&str]); 10] = [
    (
        "ex-consent-advanced-normal-focused-restricted",
        &["alcohol", "pressure", "restricted", "weight"],
        &["pressure", "weight"],
    ),
    (
        "ex-consent-basic-treat-infant",
        &["alcohol", "pressure", "restricted", "weight"],
        &["alcohol", "pressure", "restricted", "weight"],
    ),
    (
        "ex-consent-expired-treat",
        &["alcohol", "pressure", "restricted", "weight"],
        &["alcohol", "pressure", "restricted", "weight"],
    ),
    ("ex-consent-intermediate-data", &["alcohol", "pressure", "weight"], &["alcohol", "pressure", "weight"]),
    ("ex-consent-intermediate-encounter", &["alcohol", "pressure", "weight"], &["alcohol", "pressure", "weight"]),
    ("ex-consent-intermediate-not-authoredby", &["alcohol", "pressure", "weight"], &["alcohol", "pressure", "weight"]),
    ("ex-consent-intermediate-not-encounter", &["restricted"], &["restricted"]),
    (
        "ex-consent-intermediate-not-timeframe",
        &["pressure", "restricted", "weight"],
        &["pressure", "restricted", "weight"],
    ),
    ("ex-consent-intermediate-timeframe", &["alcohol"], &["alcohol"]),
    ("ex-dissent-intermediate-break-glass", &[], &[]),
];

#[test]
fn the_examples_of_the_consent_profile_are_enforced_at_read_and_search() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/samples/ihe-pcf-consent");
    if !folder.is_dir() {
        println!("skipped: the examples of the consent profile are not here");
        return;
    }
    let file = |name: &str| std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    for (example, doctors, others) in EXAMPLES {
        let world = World::new();
        for name in ["Organization-ex-organization", "Encounter-ex-encounter", "Group-ex-privilegedUsers"] {
            world.put(&file(name));
        }
        let practice = r#""generalPractitioner":[{"reference":"Organization/ex-organization"}],"#;
        world.put(&file("Patient-ex-patient").replacen("\"name\"", &format!("{practice}\"name\""), 1));
        for name in ["alcoholUse", "bloodPressure", "weight-2"] {
            world.put(&file(&format!("Observation-ex-{name}")));
        }
        let restricted = r#"{"resourceType":"Observation","id":"ex-restricted","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ex-patient"},"performer":[{"reference":"Practitioner/ex-practitioner"}],"effectiveDateTime":"2001-01-01"}"#;
        world.put(restricted);
        world.put(&file(&format!("Consent-{example}")).replace("\"resourceType\" : ", "\"resourceType\":"));

        for (reader, expected) in [("ex-practitioner", doctors), ("ex-clerk", others)] {
            let reader = clinician(reader, "ex-organization");
            let ids = ["ex-alcoholUse", "ex-bloodPressure", "ex-restricted", "ex-weight-2"];
            let seen = seen(&world, &reader, &ids);
            let names = [("alcohol", ids[0]), ("pressure", ids[1]), ("restricted", ids[2]), ("weight", ids[3])];
            let expected: Vec<&str> =
                names.iter().filter(|(short, _)| expected.contains(short)).map(|(_, id)| *id).collect();
            assert_eq!(seen, expected, "{example}, {reader:?}");
        }
    }
}

#[test]
fn a_preview_says_what_the_reader_then_really_sees() {
    let author = r#"[{"meaning":"authoredby","reference":{"reference":"Practitioner/bob"}}]"#;
    let label = r#"[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ETHUD"}]"#;
    let elm = r#"[{"role":{"text":"reader"},"reference":{"reference":"Organization/elm"}}]"#;
    let provisions = [
        r#"{"type":"deny"}"#.to_owned(),
        format!(r#"{{"type":"deny","data":{author}}}"#),
        format!(r#"{{"type":"deny","securityLabel":{label}}}"#),
        format!(r#"{{"type":"deny","actor":{elm}}}"#),
        format!(r#"{{"type":"deny","provision":[{{"type":"permit","actor":{elm}}}]}}"#),
        r#"{"type":"deny","dataPeriod":{"start":"2025-01-01"}}"#.to_owned(),
    ];
    let alcoholism = r#","valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"7200002"}]}"#;
    let entries = [
        entry("drinks", alcoholism),
        entry("bobs", r#","performer":[{"reference":"Practitioner/bob"}]"#),
        entry("new", r#","effectiveDateTime":"2026-05-01""#),
    ];
    for provision in &provisions {
        let world = world(&entries);
        let (ada, choice) = (citizen("ada"), consent("no", "active", provision));
        let tree = fhir::json::parse(choice.as_bytes()).unwrap();
        let own = world.leave(&ada, gate::Action::Search);
        let count = |doctor: &Person| world.found(doctor, "Observation", &[]).unwrap().len() as u64;
        for doctor in [clinician("dr", "elm"), clinician("dr", "oak")] {
            let thought = record::Thought { add: Some(&tree), end: None };
            let preview = world.record().preview(&own, &world.leave(&doctor, gate::Action::Search), &thought).unwrap();
            let counts = preview.kinds[&fhir::ResourceType::parse("Observation").unwrap()];
            assert_eq!((counts.there, counts.now), (3, count(&doctor)), "{provision}");

            world.put(&choice);
            assert_eq!(counts.then, count(&doctor), "{provision}");
            assert_eq!(
                counts.now - counts.then,
                preview.hidden.iter().filter(|one| one.kind.name() == "Observation").count() as u64
            );
            let ended = fhir::ResourceId::parse("no").unwrap();
            let thought = record::Thought { add: None, end: Some(&ended) };
            let undone = world.record().preview(&own, &world.leave(&doctor, gate::Action::Search), &thought).unwrap();
            assert_eq!(undone.kinds[&fhir::ResourceType::parse("Observation").unwrap()].then, 3);
            world.put(&consent("no", "inactive", provision));
        }
    }
}
