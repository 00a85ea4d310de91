//! Nobody can change the log unseen: ten thousand tamperings, each found.

use super::*;
use proof::{KeyKind, Note, Signer};
use record::log::verify::{self, Files, Trusted};
use record::log::{Log, Options as LogOptions};

const ENTRIES: u32 = 40;
const TAMPERINGS: u64 = 10_000;
/// The first line of a log file.
const FORMAT: &[u8] = b"commonweal access log 2\n";

/// A predictable sequence of numbers below a bound.
struct Chance(SeededIds);

impl Chance {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        record::Ids::fill(&self.0, &mut bytes).unwrap();
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// The frames of a log file: a length in LEB128, the payload, and 32 bytes of leaf.
fn frames(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut frames) = (bytes.strip_prefix(FORMAT).unwrap(), Vec::new());
    while !rest.is_empty() {
        let digits = rest.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let length = rest[..digits].iter().rev().fold(0, |sum, byte| (sum << 7) | usize::from(byte & 0x7f));
        let (frame, after) = rest.split_at(digits + length + 32);
        frames.push(frame);
        rest = after;
    }
    frames
}

fn file_of(frames: &[Vec<u8>]) -> Vec<u8> {
    [FORMAT.to_vec(), frames.concat()].concat()
}

/// A log with a checkpoint kept every eight entries, and its files after each of them.
fn a_log() -> (Vec<Files>, Signer, Trusted) {
    let folder = tempfile::tempdir().unwrap();
    let mut states = Vec::new();
    for first in (0..ENTRIES).step_by(8) {
        let ids = Arc::new(SeededIds::from_seed(u64::from(first)));
        let options = LogOptions { clock: Arc::new(FixedClock::at(NOW_MS)), ids, origin: None };
        let log = Log::open(folder.path(), options).unwrap();
        for number in first..first + 8 {
            let draft = Draft { at_ms: NOW_MS + i64::from(number), request: format!("r-{number}"), ..doctor_looked() };
            log.append(vec![draft], Durability::Ordered).unwrap();
        }
        drop(log);
        states.push(Files::read(folder.path()).unwrap());
    }
    let peer = Signer::from_seed("ashdale.example/log/witness", KeyKind::Witness, &[6; 32]).unwrap();
    let newest = states.last().unwrap().checkpoints.last().unwrap();
    let mut newest = Note::parse(std::str::from_utf8(newest).unwrap()).unwrap();
    newest.add(peer.cosign(&newest.text, 60));
    let key = verify::key_in(folder.path()).unwrap();
    let trusted = Trusted { key, witnesses: vec![peer.verifier().clone()], elsewhere: vec![newest] };
    (states, peer, trusted)
}

fn tampered(good: &Files, earlier: &[Files], chance: &Chance) -> Files {
    let mut bad = good.clone();
    let mut frames: Vec<Vec<u8>> = frames(&good.log).into_iter().map(<[u8]>::to_vec).collect();
    let (one, other) = (chance.below(frames.len()), chance.below(frames.len() - 1));
    match chance.below(8) {
        0 => {
            let place = chance.below(bad.log.len());
            bad.log[place] ^= 1 << chance.below(8);
            return bad;
        }
        1 => {
            bad.log.truncate(chance.below(good.log.len()));
            return bad;
        }
        2 => {
            let place = chance.below(bad.head.len());
            bad.head[place] ^= 1 << chance.below(8);
            return bad;
        }
        3 => {
            let note = chance.below(bad.checkpoints.len());
            let place = chance.below(bad.checkpoints[note].len());
            bad.checkpoints[note][place] ^= 1 << chance.below(8);
            return bad;
        }
        // All of it set back, head and checkpoints too: only what the peer kept tells.
        4 => return earlier[chance.below(earlier.len())].clone(),
        5 => drop(frames.remove(one)),
        6 => frames.insert(one, frames[other].clone()),
        _ => frames.swap(one, if other >= one { other + 1 } else { other }),
    }
    Files { log: file_of(&frames), ..bad }
}

#[test]
fn every_flip_cut_removal_repetition_reordering_and_setting_back_is_found() {
    let (states, _, trusted) = a_log();
    let (good, earlier) = states.split_last().unwrap();
    assert_eq!(verify::check(good, &trusted).finding, None);

    let chance = Chance(SeededIds::from_seed(42));
    let tamperings = (0..TAMPERINGS).map(|_| tampered(good, earlier, &chance)).filter(|files| files != good);
    let found = tamperings.map(|files| verify::check(&files, &trusted).finding.is_some());
    let (found, missed): (Vec<bool>, Vec<bool>) = found.partition(|found| *found);

    println!("{} tamperings found, {} missed", found.len(), missed.len());
    assert_eq!((u64::try_from(found.len()).unwrap(), missed.len()), (TAMPERINGS, 0));
}

#[test]
fn a_log_set_back_whole_is_only_found_by_what_a_peer_kept() {
    let (states, peer, trusted) = a_log();
    let nobody = Trusted { elsewhere: Vec::new(), ..trusted.clone() };

    assert_eq!(verify::check(&states[1], &nobody).finding, None);
    let report = verify::check(&states[1], &trusted);

    assert_eq!(
        report.finding.unwrap().what,
        "entries are missing at the end: a checkpoint speaks of 40, and 16 are there"
    );
    assert_eq!(report.cosignatures, 1, "{}", peer.verifier());
}

#[test]
fn the_report_names_the_first_entry_that_is_wrong() {
    let (states, _, trusted) = a_log();
    let mut frames: Vec<Vec<u8>> = frames(&states[4].log).into_iter().map(<[u8]>::to_vec).collect();
    drop(frames.remove(3));

    let report = verify::check(&Files { log: file_of(&frames), ..states[4].clone() }, &trusted);

    let finding = report.finding.unwrap();
    assert_eq!((report.entries, finding.entry), (3, 4));
    assert_eq!(finding.what, "an entry was changed, removed or moved: its hash does not fit");
}
