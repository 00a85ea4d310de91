//! Nobody can change the log unseen: ten thousand tamperings, each found.

use super::*;
use record::log::{Log, verify};

const ENTRIES: u32 = 40;
const TAMPERINGS: u64 = 10_000;

/// A predictable sequence of numbers below a bound.
struct Chance(SeededIds);

impl Chance {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        record::Ids::fill(&self.0, &mut bytes).unwrap();
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// The frames of a log file: a length in LEB128, the payload, and 32 bytes of hash.
fn frames(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut frames) = (bytes, Vec::new());
    while !rest.is_empty() {
        let digits = rest.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let length = rest[..digits].iter().rev().fold(0, |sum, byte| (sum << 7) | usize::from(byte & 0x7f));
        let (frame, after) = rest.split_at(digits + length + 32);
        frames.push(frame);
        rest = after;
    }
    frames
}

fn tampered(bytes: &[u8], chance: &Chance) -> Vec<u8> {
    let mut frames: Vec<Vec<u8>> = frames(bytes).into_iter().map(<[u8]>::to_vec).collect();
    let (one, other) = (chance.below(frames.len()), chance.below(frames.len() - 1));
    match chance.below(5) {
        0 => {
            let mut bytes = bytes.to_vec();
            let place = chance.below(bytes.len());
            bytes[place] ^= 1 << chance.below(8);
            return bytes;
        }
        1 => return bytes[..chance.below(bytes.len())].to_vec(),
        2 => drop(frames.remove(one)),
        3 => frames.insert(one, frames[other].clone()),
        _ => frames.swap(one, if other >= one { other + 1 } else { other }),
    }
    frames.concat()
}

#[test]
fn every_flip_cut_removal_repetition_and_reordering_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(folder.path()).unwrap();
    for number in 0..ENTRIES {
        let draft = Draft { at_ms: NOW_MS + i64::from(number), request: format!("r-{number}"), ..doctor_looked() };
        log.append(vec![draft], Durability::Strict).unwrap();
    }
    drop(log);
    let [bytes, head] = ["access.log", "head"].map(|name| std::fs::read(folder.path().join(name)).unwrap());
    assert_eq!(verify::check(&bytes, &head).finding, None);

    let chance = Chance(SeededIds::from_seed(42));
    let missed =
        (0..TAMPERINGS).map(|_| tampered(&bytes, &chance)).filter(|log| verify::check(log, &head).finding.is_none());

    assert_eq!(missed.count(), 0);
}

#[test]
fn the_report_names_the_first_entry_that_is_wrong() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked(), doctor_looked(), doctor_looked()]);
    let file = server.folder().join("log").join("access.log");
    let bytes = std::fs::read(file).unwrap();
    let mut kept = frames(&bytes);
    kept.remove(kept.len() - 2);

    let report = verify::check(&kept.concat(), &[]);

    let finding = report.finding.unwrap();
    assert_eq!((report.entries, finding.entry), (3, 4));
    assert_eq!(finding.what, "an entry was changed, removed or moved: its hash does not fit");
}
