//! Tests of the access log: nothing lost, nothing changed unseen, small.

use super::verify::{Files, Trusted};
use super::*;
use crate::clock::{FixedClock, SeededIds};
use proof::tree::{self, is_consistent};
use proof::{Checkpoint, KeyKind, Receipt, Signer, TileName};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

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
        count: 1,
        ..Draft::default()
    }
}

fn options(clock: &Arc<FixedClock>) -> Options {
    let ids = Arc::new(SeededIds::from_seed(3));
    Options { clock: clock.clone(), ids, origin: Some("kelderby.example/log".to_owned()) }
}

fn open(dir: &Path) -> Log {
    Log::open(dir, options(&Arc::new(FixedClock::at(0)))).unwrap()
}

fn a_log_of(dir: &Path, entries: u32) {
    let log = open(dir);
    log.append((1..=entries).map(draft).collect(), Durability::Ordered).unwrap();
}

fn checked(dir: &Path) -> Report {
    verify::check(&Files::read(dir).unwrap(), &trusted(dir))
}

fn trusted(dir: &Path) -> Trusted {
    Trusted { key: verify::key_in(dir).unwrap(), witnesses: Vec::new(), elsewhere: Vec::new() }
}

#[test]
fn what_was_appended_is_read_back_in_order_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 20);

    let log = open(dir.path());

    assert_eq!(log.count(), 20);
    assert_eq!(log.entry(7).unwrap().unwrap().draft, draft(7));
    assert_eq!(log.entry(21).unwrap(), None);
    assert_eq!(log.of_part(2, None, 3), vec![17, 12, 7]);
    assert_eq!(log.of_part(2, Some(12), 3), vec![7, 2]);
    assert_eq!(log.append(vec![draft(21)], Durability::Strict).unwrap(), 21);
}

#[test]
fn an_entry_takes_less_than_two_hundred_bytes_on_average_with_all_that_lies_beside_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    for batch in 0..50 {
        log.append((0..100).map(|number| draft(batch * 100 + number)).collect(), Durability::Ordered).unwrap();
    }
    drop(log);
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    let kept = std::fs::read_dir(dir.path().join("checkpoints")).unwrap().map(|file| size(&file.unwrap().path()));

    let bytes = size(&dir.path().join("access.log")) + size(&dir.path().join("head")) + kept.sum::<u64>();

    println!("{} bytes an entry", bytes / 5_000);
    assert!(bytes / 5_000 <= 200, "{} bytes an entry", bytes / 5_000);
}

#[test]
fn two_processes_cannot_write_one_log() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());

    let second = Log::open(dir.path(), options(&Arc::new(FixedClock::at(0))));

    assert!(matches!(second, Err(LogError::InUse)));
}

#[test]
fn a_torn_last_frame_is_cut_off_and_the_log_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 3);
    let path = dir.path().join("access.log");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(&[120, 1, 4, 9]);
    std::fs::write(&path, bytes).unwrap();

    let log = open(dir.path());

    assert_eq!(log.count(), 3);
    assert_eq!(log.append(vec![draft(4)], Durability::Strict).unwrap(), 4);
    drop(log);
    assert_eq!(checked(dir.path()).finding, None);
}

#[test]
fn every_flipped_bit_is_found() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 6);
    let (good, trusted) = (Files::read(dir.path()).unwrap(), trusted(dir.path()));
    assert_eq!(verify::check(&good, &trusted).finding, None);

    for place in 0..good.log.len() {
        let mut bad = good.clone();
        bad.log[place] ^= 1 << (place % 8);
        assert!(verify::check(&bad, &trusted).finding.is_some(), "byte {place}");
    }
    for place in 0..good.head.len() {
        let mut bad = good.clone();
        bad.head[place] ^= 1 << (place % 8);
        assert!(verify::check(&bad, &trusted).finding.is_some(), "byte {place} of the head");
    }
}

#[test]
fn a_changed_length_does_not_make_the_server_cut_off_good_entries() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 6);
    let path = dir.path().join("access.log");
    let mut bytes = std::fs::read(&path).unwrap();
    // The second byte of the first frame's length: the frame seems to go on beyond the end of the file.
    bytes[codec::FORMAT.len() + 1] |= 0x7f;
    std::fs::write(&path, &bytes).unwrap();

    let opened = Log::open(dir.path(), options(&Arc::new(FixedClock::at(0))));

    assert!(matches!(opened, Err(LogError::Damaged { .. })), "{opened:?}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_cut_end_is_found_by_the_noted_head_and_the_log_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 6);
    let (good, trusted) = (Files::read(dir.path()).unwrap(), trusted(dir.path()));

    for end in 0..good.log.len() {
        let cut = Files { log: good.log[..end].to_vec(), ..good.clone() };
        assert!(verify::check(&cut, &trusted).finding.is_some(), "cut at {end}");
    }
    std::fs::write(dir.path().join("access.log"), &good.log[..good.log.len() / 2]).unwrap();

    let opened = Log::open(dir.path(), options(&Arc::new(FixedClock::at(0))));

    assert!(matches!(opened, Err(LogError::Damaged { .. })), "{opened:?}");
}

#[test]
fn a_log_that_was_set_back_whole_is_found_by_a_checkpoint_that_somebody_else_kept() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 6);
    let earlier = Files::read(dir.path()).unwrap();
    let log = open(dir.path());
    log.append(vec![draft(7)], Durability::Strict).unwrap();
    drop(log);
    let log = open(dir.path());
    let mut newer = log.latest_checkpoint().unwrap();
    let peer = Signer::from_seed("ashdale.example/witness", KeyKind::Witness, &[8; 32]).unwrap();
    newer.add(peer.cosign(&newer.text, 60));

    let alone = verify::check(&earlier, &trusted(dir.path()));
    let trusted = Trusted { elsewhere: vec![newer], witnesses: vec![peer.verifier().clone()], ..trusted(dir.path()) };
    let report = verify::check(&earlier, &trusted);

    assert_eq!(alone.finding, None);
    assert_eq!(
        report.finding.unwrap().what,
        "entries are missing at the end: a checkpoint speaks of 7, and 6 are there"
    );
    assert_eq!(report.cosignatures, 1);
}

#[test]
fn a_log_of_the_release_before_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("access.log"), [vec![13, 0], b"Practitioner".to_vec(), vec![7; 32]].concat())
        .unwrap();
    std::fs::write(dir.path().join("head"), [0; 48]).unwrap();

    let opened = Log::open(dir.path(), options(&Arc::new(FixedClock::at(0))));

    assert!(opened.unwrap_err().to_string().contains("of an earlier release"));
    assert!(matches!(Files::read(dir.path()), Err(LogError::OldFormat)));
}

#[test]
fn the_log_s_key_is_its_owner_s_alone_and_its_name_stays() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 1);

    for name in ["log.key", "witness.key"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let clock = Arc::new(FixedClock::at(0));
    let renamed = Options { origin: Some("other.example/log".into()), ..options(&clock) };
    assert!(Log::open(dir.path(), renamed).unwrap_err().to_string().contains("was begun as kelderby.example/log"));
    std::fs::remove_file(dir.path().join("log.key")).unwrap();
    assert!(Log::open(dir.path(), options(&clock)).unwrap_err().to_string().contains("log.key"));
}

#[test]
fn a_checkpoint_is_published_after_a_minute_and_after_a_thousand_entries() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock::at(0));
    let log = Log::open(dir.path(), options(&clock)).unwrap();
    assert_eq!(log.latest_checkpoint(), None);
    log.append(vec![draft(1)], Durability::Ordered).unwrap();
    clock.advance(60_000);

    let first = log.wait_for_checkpoint(0, Duration::from_secs(20)).unwrap();
    log.append((0..1_000).map(draft).collect(), Durability::Ordered).unwrap();
    let second = log.wait_for_checkpoint(1, Duration::from_secs(20)).unwrap();

    let [first, second] = [first, second].map(|note| Checkpoint::signed(&note, log.key()).unwrap());
    assert_eq!((first.size, second.size), (1, 1_001));
    let path = log.consistency(1, 1_001).unwrap();
    assert!(is_consistent((1, first.root), (1_001, second.root), &path));
}

#[test]
fn every_entry_of_an_open_log_is_proved_and_so_it_is_from_the_files_alone() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 700);
    let log = open(dir.path());
    let files = Files::read(dir.path()).unwrap();

    for sequence in [1, 2, 255, 256, 257, 511, 512, 513, 700] {
        let receipt = log.receipt(sequence, None).unwrap().unwrap();
        let checked = Receipt::parse(&receipt.to_string()).unwrap().check(log.key(), &[]).unwrap();
        assert_eq!((checked.entry, checked.size), (sequence, 700));
        assert!(receipt.entry.facts.text.contains("\"name\":\"Dr A. Khan\""));
        let offline = verify::receipt(&files, sequence).unwrap().unwrap();
        assert_eq!(offline, receipt);
    }
    assert_eq!(log.receipt(701, None).unwrap(), None);
    assert_eq!(log.receipt(7, Some(3)).unwrap(), None, "entry 7 is about person 2");
    assert!(log.receipt(7, Some(2)).unwrap().unwrap().check(log.key(), &[]).is_ok());
}

#[test]
fn the_tiles_lead_to_the_root_of_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 700);
    let log = open(dir.path());
    let tile = |name: &str| log.tile(&TileName::parse(name).unwrap()).unwrap();

    let leaves = ["0/000", "0/001", "0/002.p/188"].map(|name| tile(name).unwrap()).concat();
    let leaves: Vec<proof::Hash> = leaves.chunks(32).map(|hash| proof::Hash(hash.try_into().unwrap())).collect();

    let checkpoint = Checkpoint::signed(&log.latest_checkpoint().unwrap(), log.key()).unwrap();
    assert_eq!((leaves.len(), tree::root_of(&leaves)), (700, checkpoint.root));
    assert_eq!(tile("1/000.p/2").unwrap()[..32], tree::root_of(&leaves[..256]).0);
    assert_eq!((tile("0/002"), tile("0/002.p/189"), tile("1/000.p/3"), tile("9/000")), (None, None, None, None));
}

#[test]
fn a_witness_cosigns_what_continues_and_refuses_what_was_rolled_back_or_forked_also_after_a_restart() {
    let (one, other, fork) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    a_log_of(one.path(), 5);
    for name in ["log.key", "log.pub"] {
        std::fs::copy(one.path().join(name), fork.path().join(name)).unwrap();
    }
    let request = |log: &Log, old: u64| {
        let checkpoint = log.latest_checkpoint().unwrap();
        let size = Checkpoint::parse(&checkpoint.text).unwrap().size;
        proof::witness::Request { old, path: log.consistency(old, size).unwrap(), checkpoint }
    };
    let log = open(one.path());
    let witness = open(other.path());
    let line = witness.witness().cosign(&request(&log, 0), log.key(), 61_000).unwrap();
    let early = request(&log, 5);
    assert!(log.add_cosignatures(5, vec![line]).unwrap());
    assert_eq!(log.latest_checkpoint().unwrap().signed_by(witness.witness().key()), Some(61));
    log.append(vec![draft(6), draft(7)], Durability::Strict).unwrap();
    drop(log);
    let log = open(one.path());
    assert_eq!(log.checkpoints(9).len(), 2);
    drop(witness);

    let witness = open(other.path());
    let again = witness.witness().cosign(&request(&log, 0), log.key(), 0);
    assert!(matches!(again, Err(Refused::Conflict { size: 5 })));
    assert!(witness.witness().cosign(&request(&log, 5), log.key(), 122_000).is_ok());
    assert_eq!(witness.witness().seen()[0], Seen { origin: "kelderby.example/log".into(), size: 7, at_s: 122 });
    let rolled_back = witness.witness().cosign(&early, log.key(), 0);
    assert!(matches!(rolled_back, Err(Refused::Conflict { size: 7 })));

    let forked = open(fork.path());
    forked.append((10..20).map(draft).collect(), Durability::Strict).unwrap();
    drop(forked);
    let forked = open(fork.path());
    assert_eq!(forked.key(), log.key());
    let refused = witness.witness().cosign(&request(&forked, 7), log.key(), 0);
    assert!(matches!(refused, Err(Refused::Inconsistent)), "{refused:?}");
    let stranger = Signer::from_seed("kelderby.example/log", KeyKind::Log, &[4; 32]).unwrap();
    let stranger = witness.witness().cosign(&request(&log, 7), stranger.verifier(), 0);
    assert!(matches!(stranger, Err(Refused::Unsigned)));
}

#[test]
fn accesses_are_counted_by_month_role_way_and_outcome_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    a_log_of(dir.path(), 3);
    let log = open(dir.path());
    let refused = Draft { outcome: "refused".into(), at_ms: 1_700_000_000_000, ..draft(1) };
    let later = Draft { at_ms: 1_702_600_000_000, ..draft(1) };
    log.append(vec![refused, later], Durability::Ordered).unwrap();

    let november = log.usage(Month::of(1_700_000_000_000));

    let counts: Vec<(&str, u64)> = november.iter().map(|kind| (kind.outcome.as_str(), kind.count)).collect();
    assert_eq!(counts, [("allowed", 3), ("refused", 1)]);
    assert_eq!(log.usage(Month::of(1_702_600_000_000)).len(), 1);
    assert_eq!(log.usage(Month::of(0)), []);
}

#[test]
fn a_long_query_is_cut_at_a_character() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let long = Draft { query: "ŵ".repeat(400), ..draft(1) };

    log.append(vec![long], Durability::Ordered).unwrap();

    assert_eq!(log.entry(1).unwrap().unwrap().draft.query, "ŵ".repeat(256));
}
