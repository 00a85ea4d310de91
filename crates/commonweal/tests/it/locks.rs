//! A lock closes at once, everywhere, to everybody but the person it protects, and is not felt.

use gate::{Action, Purpose, Role};
use record::Against;
use record::emergency::{Emergency, Reason};
use record::locks::Wanted;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{NOW_MS, Person, World, citizen, clinician, machinery, officer, proxy, receptionist, service};

const DAY_MS: i64 = 24 * 3_600_000;

fn world() -> World {
    let world = World::new();
    for resource in [
        r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#,
        r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        r#"{"resourceType":"Patient","id":"bea","name":[{"family":"Brown"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        r#"{"resourceType":"Observation","id":"weight","status":"final","code":{"text":"weight"},"subject":{"reference":"Patient/ada"}}"#,
        r#"{"resourceType":"Observation","id":"height","status":"final","code":{"text":"height"},"subject":{"reference":"Patient/ada"}}"#,
        r#"{"resourceType":"Observation","id":"beas","status":"final","code":{"text":"weight"},"subject":{"reference":"Patient/bea"}}"#,
        r#"{"resourceType":"Binary","id":"file","contentType":"text/plain","securityContext":{"reference":"Patient/ada"},"data":"VmVy"}"#,
        r#"{"resourceType":"DocumentReference","id":"letter","status":"current","subject":{"reference":"Patient/ada"},"content":[{"attachment":{"contentType":"text/plain","url":"Binary/file"}}]}"#,
    ] {
        world.put(resource);
    }
    world
}

/// What `reader` finds of the results, and that reading one by one says the same.
fn seen(world: &World, reader: &Person) -> Vec<String> {
    let found = world.found(reader, "Observation", &[("_sort", "_id")]).unwrap();
    for id in ["weight", "height", "beas"] {
        let name = format!("Observation/{id}");
        assert_eq!(world.read(reader, &name).is_ok(), found.contains(&name), "{name}");
    }
    found.iter().map(|name| name.trim_start_matches("Observation/").to_owned()).collect()
}

fn privacy_officer() -> Person {
    officer(Role::PrivacyOfficer, Purpose::Audit)
}

/// The doctor of another practice in an emergency that he has declared for Ada.
fn in_emergency(world: &World) -> Person {
    let mut doctor = clinician("stray", "nowhere");
    doctor.purpose = Purpose::BreakGlass;
    let patient = fhir::ResourceId::parse("ada").unwrap();
    let permit = world.leave(&doctor, Action::Read);
    let explanation = "She is unconscious.".to_owned();
    let emergency = Emergency { reason: Reason::VitalInterest, explanation, told_later: None };
    world.record().declare_emergency(&permit, &patient, &emergency).unwrap();
    Arc::make_mut(&mut doctor.asker).emergency = Some(patient);
    doctor
}

#[test]
fn a_lock_of_a_record_holds_for_the_very_next_request_and_ends_when_it_is_lifted() {
    let world = world();
    let doctor = clinician("dr", "elm");
    assert_eq!(seen(&world, &doctor), ["beas", "height", "weight"]);

    let lock = world.lock("ada", None, Against::Others).unwrap();
    assert_eq!(seen(&world, &doctor), ["beas"]);
    assert_eq!(world.found(&doctor, "Patient", &[]).unwrap().len(), 2, "who somebody is stays");
    assert_eq!(seen(&world, &service("system/*.rs")), ["beas"]);

    let leave = world.leave(&privacy_officer(), Action::Update);
    world.record().lift_lock(&leave, &lock.id, "The practice has changed its rota.").unwrap();
    assert_eq!(seen(&world, &doctor), ["beas", "height", "weight"]);
    assert!(world.record().lift_lock(&leave, &lock.id, "Again").is_err());
}

#[test]
fn a_lock_with_an_end_ends_by_itself() {
    let world = world();
    let doctor = clinician("dr", "elm");
    let leave = world.leave(&privacy_officer(), Action::Update);
    let wanted = Wanted {
        entry: Some("Observation/weight"),
        against: Against::Others,
        reason: "Until the meeting.",
        until_ms: Some(NOW_MS + DAY_MS),
    };
    world.record().lock(&leave, &fhir::ResourceId::parse("ada").unwrap(), &wanted).unwrap();

    assert_eq!(seen(&world, &doctor), ["beas", "height"]);
    world.clock().advance(DAY_MS);
    assert_eq!(seen(&world, &doctor), ["beas", "height", "weight"]);
}

#[test]
fn the_person_herself_sees_what_is_locked_and_nobody_who_acts_for_her_or_her_apps_do() {
    let world = world();
    world.lock("ada", None, Against::Others).unwrap();
    let mut app = service("patient/*.rs");
    let asker = Arc::make_mut(&mut app.asker);
    (asker.role, asker.patient) = (Role::App, fhir::ResourceId::parse("ada").ok());
    app.purpose = Purpose::OwnRecord;

    assert_eq!(seen(&world, &citizen("ada")), ["height", "weight"]);
    assert!(seen(&world, &app).is_empty());
    let told = world
        .record()
        .locks_of(&world.leave(&citizen("ada"), Action::Search), &fhir::ResourceId::parse("ada").unwrap());
    assert_eq!(told.unwrap().len(), 1);
}

#[test]
fn whoever_acts_for_her_acts_for_her_no_more_while_her_record_is_locked() {
    let world = world();
    world.put(r#"{"resourceType":"Patient","id":"ben","name":[{"family":"Bell"}]}"#);
    world.put(r#"{"resourceType":"Consent","id":"grant","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/ada"},"policyRule":{"text":"proxy"},"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/ben"}}]}}"#);
    let ben = proxy("ben", "ada");
    assert_eq!(seen(&world, &ben), ["height", "weight"]);

    world.lock("ada", None, Against::Others).unwrap();

    assert!(seen(&world, &ben).is_empty());
    assert!(world.read(&ben, "Patient/ada").is_err(), "as after the grant has ended");
    assert!(world.record().acts_for(&ben.asker).unwrap().is_empty());
}

#[test]
fn an_emergency_opens_a_locked_record_and_not_a_locked_entry() {
    let world = world();
    let doctor = in_emergency(&world);
    assert_eq!(seen(&world, &doctor), ["height", "weight"]);

    world.lock("ada", None, Against::Others).unwrap();
    assert_eq!(seen(&world, &doctor), ["height", "weight"]);
    world.lock("ada", Some("Observation/weight"), Against::Others).unwrap();
    assert_eq!(seen(&world, &doctor), ["height"]);
}

#[test]
fn what_a_person_permits_opens_no_lock() {
    let world = world();
    let elm = r#"[{"role":{"text":"reader"},"reference":{"reference":"Organization/elm"}}]"#;
    let entry = r#"[{"meaning":"instance","reference":{"reference":"Observation/weight"}}]"#;
    world.put(&format!(
        r#"{{"resourceType":"Consent","id":"yes","status":"active","scope":{{"coding":[{{"code":"patient-privacy"}}]}},"category":[{{"text":"privacy"}}],"patient":{{"reference":"Patient/ada"}},"policy":[{{"uri":"urn:p"}}],"provision":{{"type":"permit","actor":{elm},"data":{entry}}}}}"#
    ));
    world.lock("ada", Some("Observation/weight"), Against::Others).unwrap();

    assert!(!seen(&world, &clinician("dr", "elm")).contains(&"weight".to_owned()));
}

#[test]
fn a_locked_letter_takes_its_file_along_also_when_it_gets_another() {
    let world = world();
    // Connected systems read files without their letters.
    let (doctor, system) = (clinician("dr", "elm"), service("system/*.rs"));
    assert!(world.read(&system, "Binary/file").is_ok());
    world.lock("ada", Some("DocumentReference/letter"), Against::Others).unwrap();

    world.put(r#"{"resourceType":"Binary","id":"other","contentType":"text/plain","securityContext":{"reference":"Patient/ada"},"data":"VmVy"}"#);
    assert!(world.read(&system, "Binary/other").is_ok());
    world.put(r#"{"resourceType":"DocumentReference","id":"letter","status":"current","subject":{"reference":"Patient/ada"},"content":[{"attachment":{"contentType":"text/plain","url":"Binary/other"}}]}"#);

    assert!(world.read(&doctor, "DocumentReference/letter").is_err());
    assert!(world.read(&system, "Binary/other").is_err());
}

#[test]
fn the_history_of_a_locked_entry_stays_closed_after_it_was_deleted() {
    let world = world();
    let doctor = clinician("dr", "elm");
    world.lock("ada", Some("Observation/weight"), Against::Others).unwrap();
    let id = fhir::ResourceId::parse("weight").unwrap();
    let kind = fhir::ResourceType::parse("Observation").unwrap();
    let delete = world.leave(&machinery(), Action::Delete);
    world.record().delete(&delete, (kind, &id), None).unwrap();

    let status = |reader: &Person, name: &str| world.read(reader, name).unwrap_err().refusal;
    assert_eq!(status(&doctor, "Observation/weight"), status(&doctor, "Observation/never"));
    assert_eq!(status(&machinery(), "Observation/never"), record::Refusal::NotFound);
}

#[test]
fn a_lock_is_kept_when_the_record_is_opened_again() {
    let mut world = world();
    world.lock("ada", None, Against::Others).unwrap();
    world.restart();

    assert_eq!(seen(&world, &clinician("dr", "elm")), ["beas"]);
}

#[test]
fn an_entry_that_is_withheld_from_the_person_is_there_for_those_who_care_for_her() {
    let world = world();
    let lock = world.lock("ada", Some("Observation/weight"), Against::Herself).unwrap();

    assert_eq!(seen(&world, &citizen("ada")), ["height"]);
    assert_eq!(seen(&world, &clinician("dr", "elm")), ["beas", "height", "weight"]);
    let permit = world.leave(&citizen("ada"), Action::Search);
    let patient = fhir::ResourceId::parse("ada").unwrap();
    assert!(world.record().locks_of(&permit, &patient).unwrap().is_empty());
    let last = world.record().log().count();
    let entries = (1..=last).filter_map(|number| world.record().log().entry(number).unwrap());
    let told: Vec<_> = entries.map(|entry| entry.draft).filter(|draft| draft.action == "Withhold").collect();
    assert!(told.len() == 1 && told[0].target.is_none() && told[0].kinds.is_empty(), "{told:?} {lock:?}");
    assert!(world.lock("ada", None, Against::Herself).is_err(), "never the whole record");
}

#[test]
fn only_officers_lock_and_only_what_is_in_that_record() {
    let world = world();
    let patient = fhir::ResourceId::parse("ada").unwrap();
    for person in [clinician("dr", "elm"), receptionist("desk", "elm"), citizen("ada"), machinery()] {
        let wanted = Wanted { entry: None, against: Against::Others, reason: "Mine", until_ms: None };
        for action in [Action::Update, Action::Search] {
            let Ok(permit) = world.permit(&person, action) else { continue };
            assert!(world.record().lock(&permit, &patient, &wanted).is_err(), "{person:?}");
            assert!(world.record().locks(&permit).is_err(), "{person:?}");
        }
    }
    for entry in ["Observation/beas", "Observation/never", "Patient/ada", "weight", ""] {
        assert!(world.lock("ada", Some(entry), Against::Others).is_err(), "{entry}");
    }
    assert!(world.lock("nobody", None, Against::Others).is_err());
    let update = world.leave(&privacy_officer(), Action::Update);
    let kind = fhir::ResourceType::AUDIT_EVENT;
    let event = br#"{"resourceType":"AuditEvent","id":"x"}"#;
    let id = fhir::ResourceId::parse("x").unwrap();
    assert!(world.record().update(&update, (kind, &id), event, &record::Change::default()).is_err());
}

#[test]
fn no_read_that_begins_after_a_lock_was_acknowledged_shows_what_it_closed() {
    let world = world();
    let doctor = clinician("dr", "elm");
    // Even: open and acknowledged. Odd: locked and acknowledged. While a change is on its way `pending` is ahead.
    let (acknowledged, pending) = (AtomicU64::new(0), AtomicU64::new(0));

    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut checked, mut closed) = (0, 0);
                    while acknowledged.load(Ordering::SeqCst) < 40 || checked < 20 {
                        let before = acknowledged.load(Ordering::SeqCst);
                        let is_there = world.read(&doctor, "Observation/weight").is_ok();
                        let found = world.found(&doctor, "Observation", &[("patient", "Patient/ada")]).unwrap().len();
                        if pending.load(Ordering::SeqCst) == before {
                            checked += 1;
                            closed += before % 2;
                            let expected = match before % 4 {
                                0 | 2 => (true, 2),
                                1 => (false, 1),
                                _ => (false, 0),
                            };
                            assert_eq!((is_there, found), expected);
                        }
                    }
                    closed
                })
            })
            .collect();
        let mut lock = None;
        for step in 1..=40_u64 {
            pending.store(step, Ordering::SeqCst);
            lock = match lock {
                None => {
                    let entry = (step % 4 == 1).then_some("Observation/weight");
                    Some(world.lock("ada", entry, Against::Others).unwrap())
                }
                Some(lock) => {
                    let leave = world.leave(&privacy_officer(), Action::Update);
                    world.record().lift_lock(&leave, &lock.id, "Over.").unwrap();
                    None
                }
            };
            acknowledged.store(step, Ordering::SeqCst);
            let until = std::time::Instant::now() + std::time::Duration::from_millis(2);
            while std::time::Instant::now() < until {
                std::thread::yield_now();
            }
        }
        let closed: u64 = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
        assert!(closed > 0, "the readers never met a lock");
    });
}
