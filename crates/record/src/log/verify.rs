//! The check of the whole log, for `commonweal audit verify`, and proofs from its files, for `commonweal audit proof`.
//!
//! Reads the files alone, without the server and without trusting its index. Finds changed, removed, inserted, reordered and
//! cut-off entries: each entry by its leaf, all of them by the signed head and the kept checkpoints, and a log that was set
//! back as a whole by a newer checkpoint that somebody else kept.

use super::checkpoints::{FOLDER, HEAD, files};
use super::codec::{FORMAT, Reader, Step, Words, put_entry};
use super::file::{FILE, LogError};
use super::leaf::texts;
use super::{Entry, keys};
use proof::tree::{self, Leaves};
use proof::{Checkpoint, Hash, Note, Receipt, Rows, Verifier};
use std::path::Path;

/// What the check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Entries read before the first finding, or all.
    pub entries: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The root over these entries.
    pub root: Hash,
    /// Checkpoints that were checked, the head among them.
    pub checkpoints: u64,
    /// Cosignatures by the witnesses that are known.
    pub cosignatures: u64,
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

/// The files of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The entries.
    pub log: Vec<u8>,
    /// The head of the last flush.
    pub head: Vec<u8>,
    /// The kept checkpoints, smallest first.
    pub checkpoints: Vec<Vec<u8>>,
}

/// What one trusts when checking a log.
#[derive(Clone, Debug)]
pub struct Trusted {
    /// The log's key.
    pub key: Verifier,
    /// Witnesses whose cosignatures count.
    pub witnesses: Vec<Verifier>,
    /// Checkpoints of this log that were kept elsewhere.
    pub elsewhere: Vec<Note>,
}

impl Files {
    /// Reads the files in the log's folder.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(dir: &Path) -> Result<Self, LogError> {
        // The head first: a server that writes on meanwhile only adds to what it speaks of.
        let head = std::fs::read(dir.join(HEAD)).unwrap_or_default();
        let checkpoints: Result<_, _> =
            files(&dir.join(FOLDER)).into_iter().map(|(_, path)| std::fs::read(path)).collect();
        let log = std::fs::read(dir.join(FILE)).map_err(LogError::io("read"))?;
        if !FORMAT.starts_with(log.get(..FORMAT.len()).unwrap_or(&log)) && head.len() == OLD_HEAD_BYTES {
            return Err(LogError::OldFormat);
        }
        Ok(Self { log, head, checkpoints: checkpoints.map_err(LogError::io("read"))? })
    }
}

/// Bytes of the head of the earlier format, which was not signed.
const OLD_HEAD_BYTES: usize = 48;

/// The public key that lies in the log's folder.
///
/// # Errors
/// When it cannot be read.
pub fn key_in(dir: &Path) -> Result<Verifier, LogError> {
    keys::public(dir, "log")
}

/// The public key of the witness that lies in the log's folder.
///
/// # Errors
/// When it cannot be read.
pub fn witness_key_in(dir: &Path) -> Result<Verifier, LogError> {
    keys::public(dir, "witness")
}

/// Checks the files of a log.
#[must_use]
pub fn check(files: &Files, trusted: &Trusted) -> Report {
    let mut checking = Checking::default();
    let finding = checking.take_notes(files, trusted).or_else(|| checking.entries(&files.log));
    let entry = checking.rows.size() + 1;
    Report {
        entries: checking.rows.size(),
        bytes: u64::try_from(files.log.len()).unwrap_or(u64::MAX),
        root: checking.rows.root(),
        checkpoints: checking.checkpoints,
        cosignatures: checking.cosignatures,
        finding: finding.map(|what| Finding { entry, offset: checking.offset, what }),
    }
}

#[derive(Default)]
struct Checking {
    rows: Rows,
    offset: u64,
    checkpoints: u64,
    cosignatures: u64,
    noted: Vec<Checkpoint>,
}

impl Checking {
    /// Reads what was noted of the log, with its signatures; what is wrong with it, if anything.
    fn take_notes(&mut self, files: &Files, trusted: &Trusted) -> Option<String> {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| Note::parse(text).ok());
        let is_begun = files.log.len() > FORMAT.len() || !files.checkpoints.is_empty();
        if files.head.is_empty() && !is_begun {
            return None;
        }
        let kept = [&files.head].into_iter().chain(&files.checkpoints).map(|bytes| text(bytes));
        for note in kept.chain(trusted.elsewhere.iter().cloned().map(Some)) {
            let checked = note.as_ref().map(|note| Checkpoint::signed(note, &trusted.key));
            let (Some(note), Some(Ok(checkpoint))) = (&note, &checked) else {
                let why = checked.and_then(Result::err).map(|error| error.to_string());
                let why = why.unwrap_or_else(|| "it cannot be read".to_owned());
                return Some(format!("the head or a checkpoint of the log is missing or was changed: {why}"));
            };
            self.checkpoints += 1;
            let cosigned = trusted.witnesses.iter().filter(|key| note.signed_by(key).is_some()).count();
            self.cosignatures += u64::try_from(cosigned).unwrap_or(0);
            self.noted.push(checkpoint.clone());
        }
        self.noted.sort_by_key(|checkpoint| checkpoint.size);
        None
    }

    /// Goes through the entries; what is wrong with them, if anything.
    fn entries(&mut self, log: &[u8]) -> Option<String> {
        let Some(mut reader) = Reader::begin(log) else {
            let is_new = log.is_empty() && self.noted.is_empty();
            return (!is_new).then(|| "the file does not begin as a log does".to_owned());
        };
        let (mut words, mut written) = (Words::default(), Vec::new());
        let mut notes = std::mem::take(&mut self.noted).into_iter().peekable();
        loop {
            self.offset = reader.offset;
            while let Some(note) = notes.next_if(|note| note.size == self.rows.size()) {
                if note.root != self.rows.root() {
                    let size = note.size;
                    return Some(format!(
                        "the first {size} entries are not those of a checkpoint: the log was rewritten"
                    ));
                }
            }
            match reader.step() {
                Step::Entry(frame, bytes) => {
                    written.clear();
                    put_entry(&mut written, &mut words, &frame.entry, frame.salt);
                    if written != bytes {
                        return Some("an entry is not written as the log writes it".to_owned());
                    }
                    self.rows.push(frame.leaf);
                }
                Step::End => break,
                Step::Torn => return Some("the file ends inside an entry".to_owned()),
                Step::Damaged => {
                    return Some("an entry was changed, removed or moved: its hash does not fit".to_owned());
                }
            }
        }
        let there = self.rows.size();
        let most = notes.map(|note| note.size).max().filter(|most| *most > there)?;
        Some(format!("entries are missing at the end: a checkpoint speaks of {most}, and {there} are there"))
    }
}

/// The proof of entry `sequence` from the files alone; `None` when no checkpoint covers such an entry.
///
/// # Errors
/// When the log is damaged before the checkpoint.
pub fn receipt(files: &Files, sequence: u64) -> Result<Option<Receipt>, LogError> {
    let note = |bytes: &Vec<u8>| {
        let note = Note::parse(std::str::from_utf8(bytes).ok()?).ok()?;
        Some((Checkpoint::parse(&note.text).ok()?.size, note))
    };
    let mut kept: Vec<(u64, Note)> = files.checkpoints.iter().chain([&files.head]).filter_map(note).collect();
    kept.retain(|(size, _)| *size >= sequence);
    kept.sort_by_key(|(size, note)| (note.signatures.len() > 1, *size));
    let Some((size, checkpoint)) = kept.pop() else { return Ok(None) };
    let Some(mut reader) = Reader::begin(&files.log) else { return Err(LogError::OldFormat) };
    let (mut leaves, mut found) = (Vec::new(), None);
    while reader.sequence < size {
        match reader.step() {
            Step::Entry(frame, _) => {
                leaves.push(frame.leaf);
                if reader.sequence == sequence {
                    found = Some(frame);
                }
            }
            _ => return Err(LogError::Damaged { offset: reader.offset, what: "entries are missing or were changed" }),
        }
    }
    let Some(frame) = found else { return Ok(None) };
    let Ok(path) = tree::inclusion(&mut Leaves(&leaves), sequence - 1, size);
    let entry: &Entry = &frame.entry;
    Ok(Some(Receipt { entry: texts(entry).disclose(frame.salt, None), index: sequence - 1, path, checkpoint }))
}
