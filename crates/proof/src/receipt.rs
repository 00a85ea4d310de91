//! The file that proves an entry of the access log to somebody who has the log's key and nothing else.
//!
//! First what is shown of the entry, in lines that a person can read; then the proof that it stands in the log's tree, which is
//! a C2SP tlog-proof: index, path, and the checkpoint with its cosignatures. Several proofs may stand in one file.

use crate::checkpoint::Checkpoint;
use crate::decimal;
use crate::entry::{Details, Disclosed, Part, SALT_BYTES, Salt, Subjects};
use crate::note::{Note, Verifier};
use crate::tree::{self, Hash, PATH_MAX};
use crate::{ProofError, ProofError::Untrue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// The first line of each proof.
pub const HEAD: &str = "commonweal-log-entry v1";
/// The first line of its second half.
const TREE_HEAD: &str = "c2sp.org/tlog-proof@v1";
const BAD: ProofError = ProofError::Unreadable("this is no proof of an entry of the access log, or it was cut short");

/// One entry and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What is shown of the entry.
    pub entry: Disclosed,
    /// Its place in the log, from 0.
    pub index: u64,
    /// From its leaf to the root.
    pub path: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

/// What a proof proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The log's name.
    pub origin: String,
    /// The number of the entry, from 1.
    pub entry: u64,
    /// How many entries the log had at the checkpoint.
    pub size: u64,
    /// Which of the known witnesses cosigned it, and when (seconds since 1970 UTC).
    pub witnesses: Vec<(String, u64)>,
}

impl Receipt {
    /// Reads every proof of a file.
    ///
    /// # Errors
    /// When there is none, or one of them cannot be read.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, ProofError> {
        let text = text.replace("\r\n", "\n");
        let starts: Vec<usize> = text
            .match_indices(HEAD)
            .map(|(at, _)| at)
            .filter(|at| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'))
            .collect();
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        let receipts: Result<Vec<_>, _> =
            starts.iter().zip(ends).map(|(start, end)| Self::parse(text.get(*start..end).ok_or(BAD)?)).collect();
        receipts.and_then(|receipts| if receipts.is_empty() { Err(BAD) } else { Ok(receipts) })
    }

    /// Reads one proof.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let (entry, rest) = text.split_once(&format!("\n\n{TREE_HEAD}\n")).ok_or(BAD)?;
        let (proof, note) = rest.split_once("\n\n").ok_or(BAD)?;
        let entry = read_entry(entry)?;
        let mut lines = proof.split('\n');
        let index = lines.next().and_then(|line| decimal(line.strip_prefix("index ")?)).ok_or(BAD)?;
        let path = read_path(lines)?;
        let checkpoint = Note::parse(&format!("{}\n", note.trim_end_matches('\n')))?;
        Ok(Self { entry, index, path, checkpoint })
    }

    /// Checks everything: the log's signature, the place in the tree, that the entry says its own number, the cosignatures.
    ///
    /// # Errors
    /// What is not so.
    pub fn check(&self, log: &Verifier, witnesses: &[Verifier]) -> Result<Checked, ProofError> {
        let checkpoint = Checkpoint::signed(&self.checkpoint, log)?;
        let leaf = self.entry.leaf()?;
        if tree::root_by_path(leaf, self.index, checkpoint.size, &self.path) != Some(checkpoint.root) {
            return Err(Untrue("the entry does not stand in the log in this place, or was changed"));
        }
        let entry = self.index + 1;
        if !self.entry.facts.text.starts_with(&format!("{{\"entry\":{entry},")) {
            return Err(Untrue("the entry says another number than its place"));
        }
        let cosigned =
            witnesses.iter().filter_map(|key| Some((key.name().to_owned(), self.checkpoint.signed_by(key)?)));
        Ok(Checked { origin: checkpoint.origin, entry, size: checkpoint.size, witnesses: cosigned.collect() })
    }
}

fn read_path<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, ProofError> {
    let path: Option<Vec<Hash>> = lines.map(Hash::parse).collect();
    path.filter(|path| path.len() <= PATH_MAX).ok_or(BAD)
}

fn read_part(text: &str) -> Option<Part> {
    let (salt, text) = text.split_once(' ')?;
    let salt: [u8; SALT_BYTES] = STANDARD.decode(salt).ok()?.try_into().ok()?;
    Some(Part { salt: Salt(salt), text: text.to_owned() })
}

fn read_entry(text: &str) -> Result<Disclosed, ProofError> {
    let mut lines = text.split('\n').peekable();
    if lines.next() != Some(HEAD) {
        return Err(BAD);
    }
    let facts = lines.next().and_then(|line| read_part(line.strip_prefix("facts ")?)).ok_or(BAD)?;
    let details = lines.next().ok_or(BAD)?;
    let details = match details.strip_prefix("details-hash ") {
        Some(hash) => Details::Hidden(Hash::parse(hash).ok_or(BAD)?),
        None => Details::Shown(details.strip_prefix("details ").and_then(read_part).ok_or(BAD)?),
    };
    let count = lines.next().and_then(|line| decimal(line.strip_prefix("people ")?)).ok_or(BAD)?;
    let is_one = lines.peek().is_some_and(|line| line.starts_with("person-of "));
    let subjects = if is_one {
        let line = lines.next().and_then(|line| line.strip_prefix("person-of ")).ok_or(BAD)?;
        let (place, part) = line.split_once(' ').ok_or(BAD)?;
        let (place, part) = (decimal(place).ok_or(BAD)?, read_part(part).ok_or(BAD)?);
        Subjects::One { place, count, part, path: read_path(lines)? }
    } else {
        let parts: Option<Vec<Part>> = lines.map(|line| read_part(line.strip_prefix("person ")?)).collect();
        let parts = parts.filter(|parts| u64::try_from(parts.len()) == Ok(count)).ok_or(BAD)?;
        Subjects::All(parts)
    };
    Ok(Disclosed { facts, details, subjects })
}

fn write_part(f: &mut fmt::Formatter<'_>, name: &str, part: &Part) -> fmt::Result {
    writeln!(f, "{name} {} {}", STANDARD.encode(part.salt.0), part.text)
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        write_part(f, "facts", &self.entry.facts)?;
        match &self.entry.details {
            Details::Shown(part) => write_part(f, "details", part)?,
            Details::Hidden(hash) => writeln!(f, "details-hash {hash}")?,
        }
        match &self.entry.subjects {
            Subjects::All(parts) => {
                writeln!(f, "people {}", parts.len())?;
                parts.iter().try_for_each(|part| write_part(f, "person", part))?;
            }
            Subjects::One { place, count, part, path } => {
                writeln!(f, "people {count}")?;
                write_part(f, &format!("person-of {place}"), part)?;
                path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
            }
        }
        writeln!(f, "\n{TREE_HEAD}\nindex {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
