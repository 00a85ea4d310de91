//! The witness for other logs: cosigns a checkpoint that provably continues the last one it cosigned, and no other.
//!
//! What it cosigned last is on the disk before its signature leaves, one file a log; so a log that was rolled back or forked is
//! refused for ever after. Which logs it witnesses is decided by whoever calls.

use super::checkpoints::replace;
use super::file::LogError;
use proof::note::NoteSignature;
use proof::tree::{empty, is_consistent};
use proof::witness::Request;
use proof::{Checkpoint, Note, Signer, Verifier};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Why a checkpoint is not cosigned.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is not signed with the log's key.
    #[error("the checkpoint is not signed with the key of its log")]
    Unsigned,
    /// The old size is larger than the new one.
    #[error("the old size is larger than the checkpoint's")]
    Backwards,
    /// The witness has seen another size last, or another root of the same size.
    #[error("this witness has cosigned {size} entries of the log")]
    Conflict {
        /// The size that it cosigned last.
        size: u64,
    },
    /// The proof does not hold: the log changed what it had shown.
    #[error("the proof does not lead from the one checkpoint to the other")]
    Inconsistent,
    /// The witness could not remember.
    #[error("the witness could not keep the checkpoint")]
    Unkept(#[source] LogError),
}

/// A checkpoint of another log that was cosigned here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The log's name.
    pub origin: String,
    /// Its size then.
    pub size: u64,
    /// When, seconds since 1970 UTC.
    pub at_s: u64,
}

/// The witness of one record.
#[derive(Debug)]
pub struct Witness {
    folder: PathBuf,
    signer: Signer,
    /// Held from the look at what was cosigned last until the new checkpoint is kept.
    turn: Mutex<()>,
}

impl Witness {
    pub(super) fn open(dir: &Path, signer: Signer) -> Result<Self, LogError> {
        let folder = dir.join("witnessed");
        std::fs::create_dir_all(&folder).map_err(|source| LogError::Io { doing: "opened", source })?;
        Ok(Self { folder, signer, turn: Mutex::new(()) })
    }

    /// The key with which it cosigns.
    #[must_use]
    pub fn key(&self) -> &Verifier {
        self.signer.verifier()
    }

    /// Cosigns the checkpoint of the log with this key, if it continues what was cosigned before.
    ///
    /// # Errors
    /// When it does not, or cannot be remembered.
    pub fn cosign(&self, request: &Request, log: &Verifier, now_ms: i64) -> Result<NoteSignature, Refused> {
        let new = Checkpoint::signed(&request.checkpoint, log).map_err(|_| Refused::Unsigned)?;
        if request.old > new.size {
            return Err(Refused::Backwards);
        }
        let _turn = self.turn.lock().map_err(|_| Refused::Unkept(LogError::Stopped))?;
        let path = self.path(log.name());
        let last = kept(&path)?.map_or((0, empty()), |last| (last.size, last.root));
        if last.0 != request.old || (last.0 == new.size && last.1 != new.root) {
            return Err(Refused::Conflict { size: last.0 });
        }
        if !is_consistent(last, (new.size, new.root), &request.path) {
            return Err(Refused::Inconsistent);
        }
        let line = self.signer.cosign(&request.checkpoint.text, u64::try_from(now_ms / 1_000).unwrap_or(0));
        let mut note = request.checkpoint.clone();
        note.add(line.clone());
        replace(&path, &note.to_string(), true).map_err(Refused::Unkept)?;
        Ok(line)
    }

    /// What was cosigned last, by log.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        let Ok(files) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let seen = |path: PathBuf| {
            let note = Note::parse(&std::fs::read_to_string(path).ok()?).ok()?;
            let Checkpoint { origin, size, .. } = Checkpoint::parse(&note.text).ok()?;
            Some(Seen { origin, size, at_s: note.signed_by(self.key())? })
        };
        let mut seen: Vec<Seen> = files
            .flatten()
            .map(|file| file.path())
            .filter(|path| path.extension().is_none())
            .filter_map(seen)
            .collect();
        seen.sort_by(|one, other| one.origin.cmp(&other.origin));
        seen
    }

    /// The file of a log: its name may hold slashes, so the hash of it.
    fn path(&self, origin: &str) -> PathBuf {
        let mut name = String::new();
        proof::tree::leaf(&[origin.as_bytes()]).0.iter().for_each(|byte| crate::clock::push_hex(&mut name, *byte));
        self.folder.join(name)
    }
}

/// What was cosigned last; a file that cannot be read is no reason to begin anew.
fn kept(path: &Path) -> Result<Option<Checkpoint>, Refused> {
    const DOING: &str = "read: what was witnessed";
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Refused::Unkept(LogError::Io { doing: DOING, source })),
    };
    let checkpoint = Note::parse(&text).and_then(|note| Checkpoint::parse(&note.text));
    checkpoint.map(Some).map_err(|error| Refused::Unkept(LogError::Key(error.to_string())))
}
