//! Tests of the access log: nothing lost, nothing changed unseen, small.

use super::*;

fn draft(number: u32) -> Draft {
    Draft {
        at_ms: 1_700_000_000_000 + i64::from(number),
        who: "Practitioner/khan".into(),
        name: "Dr A. Khan".into(),
        role: "Clinician".into(),
        organisation: "Organization/elm".into(),
        organisation_name: "Elm Surgery".into(),
        action: "read".into(),
        purpose: "direct-care".into(),
        rule: "clinician-related".into(),
        via: "api".into(),
        outcome: "allowed".into(),
        request: format!("6c5d9ca9-54d7-42f5-bfae-{number:012x}"),
        subjects: vec![Subject { part: number % 5, relation: 1 }],
        kinds: vec![91],
        target: Some(Target { kind: 91, id: format!("0b8a6ef0-07c8-48ca-804d-{number:012x}"), version: 1 }),
        query: String::new(),
        count: 1,
    }
}

fn a_log_of(dir: &std::path::Path, entries: u32) {
    let log = Log::open(dir).unwrap();
    for number in 1..=entries {
        log.append(vec![draft(number)], Durability::Ordered).unwrap();
    }
}

#[test]
fn what_was_appended_is_read_back_in_order_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 20);

    let log = Log::open(dir.path()).unwrap();

    assert_eq!(log.count(), 20);
    assert_eq!(log.entry(7).unwrap().unwrap().draft, draft(7));
    assert_eq!(log.entry(21).unwrap(), None);
    assert_eq!(log.of_part(2, None, 3), vec![17, 12, 7]);
    assert_eq!(log.of_part(2, Some(12), 3), vec![7, 2]);
    assert_eq!(log.append(vec![draft(21)], Durability::Strict).unwrap(), 21);
}

#[test]
fn an_entry_takes_less_than_two_hundred_bytes_on_average() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 500);

    let bytes = std::fs::metadata(dir.path().join("access.log")).unwrap().len();

    assert!(bytes / 500 <= 200, "{} bytes an entry", bytes / 500);
}

#[test]
fn two_processes_cannot_write_one_log() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Log::open(dir.path()).unwrap();

    assert!(matches!(Log::open(dir.path()), Err(LogError::InUse)));
}

#[test]
fn a_torn_last_frame_is_cut_off_and_the_log_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 3);
    let path = dir.path().join("access.log");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(&[120, 1, 4, 9]);
    std::fs::write(&path, bytes).unwrap();

    let log = Log::open(dir.path()).unwrap();

    assert_eq!(log.count(), 3);
    assert_eq!(log.append(vec![draft(4)], Durability::Strict).unwrap(), 4);
    drop(log);
    assert_eq!(verify::verify(dir.path()).unwrap().finding, None);
}

#[test]
fn every_flipped_bit_is_found() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 6);
    let good = std::fs::read(dir.path().join("access.log")).unwrap();
    let head = std::fs::read(dir.path().join("head")).unwrap();
    assert_eq!(verify::check(&good, &head).finding, None);

    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        assert!(verify::check(&bad, &head).finding.is_some(), "byte {place}");
    }
}

#[test]
fn a_cut_end_and_a_replaced_log_are_found_by_the_noted_head() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 6);
    let good = std::fs::read(dir.path().join("access.log")).unwrap();
    let head = std::fs::read(dir.path().join("head")).unwrap();
    let other = tempfile::tempdir().unwrap();
    a_log_of(other.path(), 7);
    let replaced = std::fs::read(other.path().join("access.log")).unwrap();

    for end in 0..good.len() {
        assert!(verify::check(&good[..end], &head).finding.is_some(), "cut at {end}");
    }
    assert_eq!(verify::check(&replaced, &head).finding, None, "a longer log with the same beginning is the same log");
    let mut forked = draft(1);
    forked.who = "Practitioner/someone-else".into();
    let fork = tempfile::tempdir().unwrap();
    let log = Log::open(fork.path()).unwrap();
    for _ in 0..9 {
        log.append(vec![forked.clone()], Durability::Ordered).unwrap();
    }
    drop(log);
    let forked = std::fs::read(fork.path().join("access.log")).unwrap();
    assert!(verify::check(&forked, &head).finding.is_some());
}

#[test]
fn a_long_query_is_cut_at_a_character() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path()).unwrap();
    let long = Draft { query: "ŵ".repeat(400), ..draft(1) };

    log.append(vec![long], Durability::Ordered).unwrap();

    assert_eq!(log.entry(1).unwrap().unwrap().draft.query, "ŵ".repeat(256));
}
