//! What the check of accesses costs on a long log: a first run over all of it, and a run for what one minute brings.
//!
//! `cargo run -p trust --example check [ENTRIES]`

use gate::RequestId;
use record::log::{Draft, Durability, Subject};
use std::time::Instant;
use testkit::{NOW_MS, World};
use trust::{Options, Trust};

const PEOPLE: u32 = 1_000;
const STAFF: u64 = 80;
/// Looks a minute, as of a busy locality.
const PER_MINUTE: u64 = 20;

fn look(number: u64) -> Draft {
    let staff = number * 7 % STAFF;
    let part = u32::try_from(number * 31 % u64::from(PEOPLE)).unwrap_or_default() + 1;
    Draft {
        at_ms: NOW_MS + i64::try_from(number * 60_000 / PER_MINUTE).unwrap_or_default(),
        who: format!("Practitioner/s{staff}"),
        name: format!("Member of staff {staff}"),
        role: "Clinician".into(),
        organisation: "Organization/elm".into(),
        organisation_name: "Elm Surgery".into(),
        action: if number.is_multiple_of(9) { "Create" } else { "Read" }.into(),
        purpose: "DirectCare".into(),
        rule: "clinician-care".into(),
        via: "page".into(),
        outcome: "allowed".into(),
        request: format!("r-{number}"),
        subjects: vec![Subject { part, relation: 1 }],
        kinds: vec![fhir::ResourceType::OBSERVATION.code()],
        count: 1,
        ..Draft::default()
    }
}

#[expect(clippy::unwrap_used, reason = "a measurement that cannot be made stops")]
fn main() {
    let entries: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let world = World::new();
    for person in 0..PEOPLE {
        world.put(&format!(r#"{{"resourceType":"Patient","id":"p{person}","generalPractitioner":[{{"reference":"Organization/elm"}}]}}"#));
    }
    let trust = Trust::new(world.record().clone(), world.gate(), Options::default());
    let log = world.record().log();
    let request = RequestId::parse("check").unwrap();
    let catch_up = |what: &str| {
        let (begun, before) = (Instant::now(), trust.check_progress().unwrap());
        let mut runs = 0_u32;
        while trust.check_progress().unwrap().until < log.count() {
            trust.reconcile_accesses(&request).unwrap();
            runs += 1;
        }
        let after = trust.check_progress().unwrap();
        let (looks, took) = (after.looks - before.looks, begun.elapsed());
        println!(
            "{what}: {runs} runs, {looks} looks, {took:.2?}, {:.1} us a look",
            took.as_micros() as f64 / looks.max(1) as f64
        );
    };
    for from in (0..entries).step_by(10_000) {
        log.append((from..(from + 10_000).min(entries)).map(look).collect(), Durability::Ordered).unwrap();
    }
    println!("{} entries", log.count());
    catch_up("the whole log");
    log.append((entries..entries + PER_MINUTE).map(look).collect(), Durability::Ordered).unwrap();
    catch_up("one minute more");
    catch_up("nothing new");
}
