//! An emergency of which the person is told later changes no answer that she, whoever acts for her or her app can get.
//!
//! Two worlds differ in whose record was opened: hers, or that of somebody else. Every route is walked in both by everybody who
//! may see her log, and must answer the same; when the waiting is over the worlds must differ, or the walk would see nothing.

use super::attempts::Attempt;
use super::{Walk, Walker, comparable};
use crate::client::{Seen, token};
use testkit::{citizen, clinician};

const FORM: &str = "application/x-www-form-urlencoded";
const LATER: &str = "reason=vital-interest&explanation=Found+collapsed&later=yes&later_why=He+reads+her+letters";
/// More entries than opening a record makes.
const ENTRIES: u64 = 80;
/// Her number in the log.
const HER_NUMBER: u32 = 3;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn those_who_see_her_log() -> Vec<Walker> {
    std::iter::once(Walker::new("herself", citizen("anne-0"))).chain(super::who_act_for_her()).collect()
}

/// A world in which a doctor from elsewhere opened somebody's record in an emergency, and an officer has seen to it.
fn opened(patient: &str, form: &str) -> Walk {
    let walk = Walk::begin();
    let doctor = walk.sign_in(&Walker::new("doctor-elsewhere", clinician("stray", "nowhere")));
    let send = |cookie: &str, method: &str, path: &str, form: &str| {
        walk.client.ask(method, path, &[("cookie", cookie), ("content-type", FORM)], form)
    };
    let (found, record) = (format!("/care/people/{patient}"), format!("/care/people/{patient}/emergency"));
    send(&doctor, "GET", &found, "");
    assert_eq!(send(&doctor, "POST", &record, form).status, 303);
    assert_eq!(send(&doctor, "GET", &found, "").status, 200);
    let officer = walk.sign_in(&super::strangers().remove(9));
    for page in ["/privacy-officer", "/privacy-officer/told-later", "/log"] {
        assert_eq!(send(&officer, "GET", page, "").status, 200, "{page}");
    }
    if let Some(one) = walk.world.record().told_later().unwrap().first() {
        let path = format!("/privacy-officer/told-later/{}", one.id);
        assert_eq!(send(&officer, "POST", &path, "step=confirm&words=Police+agree").status, 303);
    }
    // The worlds' logs are of one size, so that later entries have the same numbers in both.
    let nothing = record::log::Draft { outcome: "absent".to_owned(), ..record::log::Draft::default() };
    let log = walk.world.record().log();
    let missing = usize::try_from(ENTRIES.checked_sub(log.count()).unwrap()).unwrap();
    log.append(vec![nothing; missing], record::log::Durability::Ordered).unwrap();
    walk
}

/// What the walker gets from each route; hashes of the log are those of another log, since another record was opened.
fn answers(walk: &Walk, walker: &Walker) -> Vec<(Attempt, Seen)> {
    let mut answers = Vec::new();
    walk.everything(walker, |route, attempt, send| {
        let is_log = route.path.starts_with("/log/") || route.path == "/transparency";
        let seen = comparable(&send(attempt));
        if !is_log {
            answers.push((attempt.clone(), without_hashes(attempt, seen)));
        }
    });
    let bearer = format!("Bearer {}", token(&walk.world, &walker.person));
    for attempt in about_the_log() {
        let seen = walk.ask(&attempt, Some(("authorization", &bearer)));
        answers.push((attempt, comparable(&seen)));
    }
    answers
}

/// What the walk does not ask of everybody: her log by search, in parts, counted, and by each number.
fn about_the_log() -> Vec<Attempt> {
    let searches =
        ["", "&_summary=count", "&_count=1", "&agent=Practitioner/stray", "&date=ge2026-01-01", "&purpose=BTG"];
    let searches = searches.map(|query| format!("/fhir/AuditEvent?patient=anne-0{query}"));
    let numbers = (1..=ENTRIES).map(|number| format!("/fhir/AuditEvent/log-{number}-{HER_NUMBER}"));
    let parts = ["", "?before=30", "?before=45"].map(|query| format!("/fhir/Patient/anne-0/AuditEvent{query}"));
    let attempt = |path| Attempt { method: "GET".into(), path, content_type: "", body: String::new() };
    searches.into_iter().chain(numbers).chain(parts).map(attempt).collect()
}

fn without_hashes(attempt: &Attempt, seen: Seen) -> Seen {
    if !attempt.path.starts_with("/my/who-looked/proofs") {
        return seen;
    }
    let facts: Vec<&str> =
        seen.body.lines().filter(|line| line.contains(' ') && !line.starts_with('\u{2014}')).collect();
    Seen { body: facts.join("\n"), headers: Vec::new(), ..seen }
}

fn differences(one: &[(Attempt, Seen)], other: &[(Attempt, Seen)]) -> Vec<String> {
    assert_eq!(one.len(), other.len());
    let differ = one.iter().zip(other).filter(|(one, other)| one != other);
    differ
        .map(|((attempt, seen), (_, other))| format!("{} {}\n {seen:?}\n {other:?}", attempt.method, attempt.path))
        .collect()
}

#[test]
fn an_emergency_that_is_told_later_is_felt_by_nobody_who_may_read_her_log() {
    for walker in those_who_see_her_log() {
        let (hers, others) = (opened("anne-0", LATER), opened("bare-0", LATER));
        let felt = differences(&answers(&hers, &walker), &answers(&others, &walker));

        assert!(felt.is_empty(), "{}: {}", walker.persona, felt.join("\n"));
    }
}

#[test]
fn when_the_waiting_is_over_every_page_and_answer_about_her_log_tells_it() {
    let worlds = ["anne-0", "bare-0"].map(|patient| opened(patient, LATER));
    for walk in &worlds {
        walk.world.clock().advance(28 * DAY_MS);
    }
    let walker = &those_who_see_her_log()[0];

    let felt = differences(&answers(&worlds[0], walker), &answers(&worlds[1], walker)).join("\n");
    assert!(felt.contains("Found collapsed") && !felt.contains("He reads her letters"), "{felt}");

    for told in [
        "GET /my\n",
        "GET /my/who-looked\n",
        "GET /my/who-looked/proofs\n",
        "GET /fhir/AuditEvent?patient=anne-0\n",
        "GET /fhir/AuditEvent/log-",
    ] {
        assert!(felt.contains(told), "{told}: {felt}");
    }
}
