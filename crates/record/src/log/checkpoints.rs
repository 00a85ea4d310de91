//! The checkpoints that the log keeps: the head of every flush, and the published ones with their cosignatures.
//!
//! `head` is a signed checkpoint too, replaced at every flush, so that a cut-off end shows even between two published ones.
//! Published checkpoints are files of their own in `checkpoints/`, named by size; each covers all before it, so the oldest
//! are let go. Nothing is published before its entries are on the disk: a log must never take back what it has shown.

use super::file::LogError;
use proof::note::NoteSignature;
use proof::{Checkpoint, Note};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file that says how far the log had come at the last flush.
pub(super) const HEAD: &str = "head";
/// The folder of the published checkpoints.
pub(super) const FOLDER: &str = "checkpoints";
/// How many published checkpoints are kept: each covers all before it.
pub(super) const KEPT_MAX: usize = 1_000;

/// The published checkpoints of an open log.
#[derive(Debug)]
pub(super) struct Published {
    folder: PathBuf,
    /// The newest.
    pub latest: Option<(u64, Note)>,
    /// The newest that a witness cosigned.
    pub cosigned: Option<(u64, Note)>,
    /// When the newest was published, or the log opened, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

impl Published {
    /// What is kept in the log's folder.
    pub(super) fn open(dir: &Path, now_ms: i64) -> Result<Self, LogError> {
        let folder = dir.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|source| LogError::Io { doing: "opened", source })?;
        let mut published = Self { folder, latest: None, cosigned: None, at_ms: now_ms };
        for (size, path) in files(&published.folder).into_iter().rev() {
            let Some(note) = read(&path) else { continue };
            if published.latest.is_none() {
                published.latest = Some((size, note.clone()));
            }
            if note.signatures.len() > 1 {
                published.cosigned = Some((size, note));
                break;
            }
        }
        Ok(published)
    }

    /// The size of the newest.
    pub(super) fn size(&self) -> u64 {
        self.latest.as_ref().map_or(0, |(size, _)| *size)
    }

    /// Keeps a new checkpoint on the disk.
    pub(super) fn keep(&mut self, size: u64, note: Note, now_ms: i64) -> Result<(), LogError> {
        replace(&path(&self.folder, size), &note.to_string(), true)?;
        self.latest = Some((size, note));
        self.at_ms = now_ms;
        let kept = files(&self.folder);
        for (_, old) in kept.iter().take(kept.len().saturating_sub(KEPT_MAX)) {
            // One too many does no harm, and the next checkpoint tries again.
            let _ = std::fs::remove_file(old);
        }
        Ok(())
    }

    /// Adds cosignatures to the checkpoint of this size; false when it is not kept any more.
    pub(super) fn cosign(&mut self, size: u64, lines: Vec<NoteSignature>) -> Result<bool, LogError> {
        let path = path(&self.folder, size);
        let Some(mut note) = read(&path) else { return Ok(false) };
        lines.into_iter().for_each(|line| note.add(line));
        replace(&path, &note.to_string(), true)?;
        if self.size() == size {
            self.latest = Some((size, note.clone()));
        }
        if self.cosigned.as_ref().is_none_or(|(known, _)| *known <= size) {
            self.cosigned = Some((size, note));
        }
        Ok(true)
    }

    /// The newest checkpoints, at most `most`, newest first.
    pub(super) fn newest(&self, most: usize) -> Vec<Note> {
        files(&self.folder).into_iter().rev().take(most).filter_map(|(_, path)| read(&path)).collect()
    }
}

fn path(folder: &Path, size: u64) -> PathBuf {
    folder.join(format!("{size:020}"))
}

/// The files of published checkpoints with their sizes, smallest first.
pub(super) fn files(folder: &Path) -> Vec<(u64, PathBuf)> {
    let Ok(found) = std::fs::read_dir(folder) else { return Vec::new() };
    let sized = |path: PathBuf| Some((path.file_name()?.to_str()?.parse().ok()?, path));
    let mut files: Vec<(u64, PathBuf)> = found.flatten().filter_map(|file| sized(file.path())).collect();
    files.sort_unstable();
    files
}

fn read(path: &Path) -> Option<Note> {
    Note::parse(&std::fs::read_to_string(path).ok()?).ok()
}

/// The head that is noted, if it can be read.
pub(super) fn head(dir: &Path) -> Option<Checkpoint> {
    let note = read(&dir.join(HEAD))?;
    Checkpoint::parse(&note.text).ok()
}

/// Replaces a file whole; if `durably`, it is on the disk afterwards.
pub(super) fn replace(path: &Path, text: &str, durably: bool) -> Result<(), LogError> {
    let io = |source| LogError::Io { doing: "given a checkpoint", source };
    let draft = path.with_extension("part");
    let mut file = File::create(&draft).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    if durably {
        file.sync_all().map_err(io)?;
    }
    std::fs::rename(&draft, path).map_err(io)?;
    match path.parent().filter(|_| durably) {
        Some(folder) => File::open(folder).and_then(|folder| folder.sync_all()).map_err(io),
        None => Ok(()),
    }
}
