//! The check of the whole chain, for `commonweal audit verify`.
//!
//! Reads the file alone, without the server and without trusting its index. Finds changed, removed, inserted, reordered
//! and cut-off entries; the last by the head that the running server notes at every flush.

use super::codec::{self, Payload, Words};
use super::file::{FILE, HEAD, LogError};
use std::path::Path;

/// What the check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Entries read before the first finding, or all.
    pub entries: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The chain's last value as hexadecimal digits.
    pub head: String,
    /// The first thing that is wrong.
    pub finding: Option<Finding>,
}

/// Something wrong in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The sequence number that the next good entry should have had.
    pub entry: u64,
    /// Byte offset of the frame.
    pub offset: u64,
    /// What is wrong, as a sentence.
    pub what: String,
}

/// Checks the log in folder `dir`.
///
/// # Errors
/// When the files cannot be read.
pub fn verify(dir: &Path) -> Result<Report, LogError> {
    let bytes = std::fs::read(dir.join(FILE)).map_err(|source| LogError::Io { doing: "read", source })?;
    let head = std::fs::read(dir.join(HEAD)).unwrap_or_default();
    Ok(check(&bytes, &head))
}

/// Checks the bytes of a log against the head noted for it (empty when there is none).
#[must_use]
pub fn check(bytes: &[u8], head: &[u8]) -> Report {
    let mut words = Words::default();
    let (mut hash, mut entries, mut offset) = ([0; 32], 0_u64, 0_u64);
    let mut rest = bytes;
    let mut hash_at_head = None;
    let noted = Noted::read(head);
    let finding = loop {
        if noted.as_ref().is_some_and(|noted| noted.length == offset) {
            hash_at_head = Some(hash);
        }
        let Some(frame) = codec::take_frame(&mut rest) else {
            break (!rest.is_empty()).then(|| "the file ends inside an entry".to_owned());
        };
        let next = codec::chain(&hash, frame.payload);
        if next != frame.hash {
            break Some("an entry was changed, removed or moved: its hash does not fit".to_owned());
        }
        match codec::read_payload(frame.payload, &words) {
            Some(Payload::Word(word)) => words.learn(word),
            Some(Payload::Entry(entry)) if entry.sequence == entries + 1 => entries += 1,
            Some(Payload::Entry(entry)) => {
                break Some(format!("entry {} stands where {} should be", entry.sequence, entries + 1));
            }
            None => break Some("an entry cannot be read".to_owned()),
        }
        hash = next;
        offset += u64::try_from(frame.length).unwrap_or(0);
    };
    let finding = finding.or_else(|| Noted::compare(noted.as_ref(), entries, hash_at_head.as_ref()));
    Report {
        entries,
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        head: hex(&hash),
        finding: finding.map(|what| Finding { entry: entries + 1, offset, what }),
    }
}

/// How far the log had come when the server last noted it.
struct Noted {
    count: u64,
    length: u64,
    hash: codec::Hash,
}

impl Noted {
    fn read(head: &[u8]) -> Option<Self> {
        let (count, rest) = head.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let hash = rest.try_into().ok()?;
        Some(Self { count: u64::from_le_bytes(*count), length: u64::from_le_bytes(*length), hash })
    }

    fn compare(noted: Option<&Self>, entries: u64, hash_there: Option<&codec::Hash>) -> Option<String> {
        let noted = noted?;
        match hash_there {
            _ if entries < noted.count => Some(format!(
                "{} entries are missing at the end: the server had noted {}",
                noted.count - entries,
                noted.count
            )),
            Some(hash) if *hash == noted.hash => None,
            _ => Some("the log is not the one that the server noted: it was replaced or rewritten".to_owned()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    bytes.iter().for_each(|byte| crate::clock::push_hex(&mut text, *byte));
    text
}
