//! The inbox of a record that another process has open.
//!
//! Only one process may write the record and its log. `commonweal token` must work while the server runs, so it leaves what is to
//! be kept, with its entry for the log, as a file in `DIR/inbox`; the server takes it in when it first misses it. A file is
//! written under another name, brought to the disk and then renamed, so that half a file is never taken in and a whole one is
//! never lost. It is taken in once for good: its name is kept in the same commit, so that one which cannot be removed does not
//! bring back a code that was used or a token that was ended.

use crate::clock::{Clock, Ids, new_resource_id};
use crate::error::{RecordError, Refusal};
use crate::log::Draft;
use crate::{Inner, Record};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fhir::issue::IssueCode;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Lane, StoreError};

/// Under what the names of letters are kept that were taken in.
const TAKEN: &str = "inbox-taken";

/// Where small things can be left: the open record itself, or the inbox of one that another process has open.
pub trait Keeper {
    /// What time it is, milliseconds since 1970 UTC.
    fn now_ms(&self) -> i64;
    /// Where secrets come from.
    fn ids(&self) -> &dyn Ids;
    /// Keeps `value` under `kind` and `key`, with an entry of the log.
    ///
    /// # Errors
    /// When it could not be made durable.
    fn keep(&self, kind: &str, key: &str, value: &[u8], entry: &Draft) -> Result<(), RecordError>;
}

impl Keeper for Record {
    fn now_ms(&self) -> i64 {
        Record::now_ms(self)
    }

    fn ids(&self) -> &dyn Ids {
        Record::ids(self)
    }

    fn keep(&self, kind: &str, key: &str, value: &[u8], entry: &Draft) -> Result<(), RecordError> {
        Record::keep(self, kind, key, value, Some(entry))
    }
}

/// The inbox of the record in a data folder.
pub struct Inbox {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

#[derive(Serialize, Deserialize)]
struct Letter {
    kind: String,
    key: String,
    value: String,
    entry: Draft,
}

impl Inbox {
    /// The inbox in the data folder `dir`, with the options that the record would be opened with.
    #[must_use]
    pub fn of(dir: &Path, options: &crate::Options) -> Self {
        Self { folder: folder(dir), clock: Arc::clone(&options.clock), ids: Arc::clone(&options.ids) }
    }
}

impl Keeper for Inbox {
    fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    fn ids(&self) -> &dyn Ids {
        self.ids.as_ref()
    }

    fn keep(&self, kind: &str, key: &str, value: &[u8], entry: &Draft) -> Result<(), RecordError> {
        let letter = Letter {
            kind: kind.to_owned(),
            key: key.to_owned(),
            value: BASE64_STANDARD.encode(value),
            entry: entry.clone(),
        };
        let name = new_resource_id(self.ids.as_ref())?;
        let text = serde_json::to_vec(&letter).map_err(|error| unwritten(&error.to_string()))?;
        let (draft, done) =
            (self.folder.join(format!("{}.part", name.as_str())), self.folder.join(format!("{}.json", name.as_str())));
        self.put_down(&text, (&draft, &done)).map_err(|error| unwritten(&error.to_string()))
    }
}

impl Inbox {
    /// What is said to be kept must be there after a power cut: the letter, its name, and the folder that has it.
    fn put_down(&self, text: &[u8], (draft, done): (&Path, &Path)) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let mut file = File::create(draft)?;
        file.write_all(text)?;
        file.sync_all()?;
        std::fs::rename(draft, done)?;
        File::open(&self.folder)?.sync_all()?;
        self.folder.parent().map_or(Ok(()), |data| File::open(data)?.sync_all())
    }
}

fn unwritten(cause: &str) -> RecordError {
    RecordError::new(
        Refusal::Unavailable,
        IssueCode::Exception,
        format!("The record's inbox cannot be written: {cause}."),
    )
}

/// The inbox of a data folder.
pub(crate) fn folder(dir: &Path) -> PathBuf {
    dir.join("inbox")
}

/// The inbox as the open record has it.
pub(crate) struct Lying {
    folder: PathBuf,
    /// Files of which it was said what is wrong with them: it is said once.
    told: Mutex<HashSet<PathBuf>>,
}

impl Lying {
    pub(crate) fn in_data(dir: &Path) -> Self {
        Self { folder: folder(dir), told: Mutex::default() }
    }

    /// The letters that lie there.
    fn letters(&self) -> Result<Vec<PathBuf>, RecordError> {
        let list = |files: std::fs::ReadDir| -> io::Result<Vec<PathBuf>> {
            let paths = files.map(|file| Ok(file?.path())).collect::<io::Result<Vec<_>>>()?;
            Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect())
        };
        match std::fs::read_dir(&self.folder).and_then(list) {
            Ok(letters) => Ok(letters),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => {
                let sentence = format!(
                    "The folder {} cannot be read: {error}. Give it to the user under whom the server runs.",
                    self.folder.display()
                );
                Err(RecordError::new(Refusal::Unavailable, IssueCode::Exception, sentence))
            }
        }
    }

    fn tell(&self, path: &Path, cause: &dyn std::fmt::Display, what: &'static str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(path.to_owned()) {
            tracing::warn!(path = %path.display(), %cause, "{what}");
        }
    }
}

/// Takes in everything that lies in the inbox. A file that is no letter is left where it is, and so is one that cannot be removed:
/// which, is said once.
pub(crate) fn take_in(inner: &Inner) -> Result<(), RecordError> {
    for path in inner.inbox.letters()? {
        let Some(name) = path.file_stem().map(|name| name.to_string_lossy().into_owned()) else { continue };
        if inner.store.read(|reader| reader.kept(TAKEN, name.as_bytes()))?.is_none() {
            let (letter, value) = match read(&path) {
                Ok(read) => read,
                // Another request took it in meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    inner.inbox.tell(
                        &path,
                        &error,
                        "a file in the inbox cannot be taken in; remove it or let the server read it",
                    );
                    continue;
                }
            };
            take(inner, name, letter, value)?;
        }
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                inner.inbox.tell(
                    &path,
                    &error,
                    "a letter was taken in and cannot be removed from the inbox; remove it",
                );
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<(Letter, Vec<u8>)> {
    let letter: Letter = serde_json::from_slice(&std::fs::read(path)?)?;
    let value = BASE64_STANDARD.decode(&letter.value).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    Ok((letter, value))
}

/// Keeps what a letter brings and its name, in one commit with its entry of the log; nothing when it was taken in meanwhile.
fn take(inner: &Inner, name: String, letter: Letter, value: Vec<u8>) -> Result<(), RecordError> {
    let Letter { kind, key, entry, .. } = letter;
    let (of, entry) = (kind.clone(), crate::logbook::note(&entry));
    inner.store.write(Lane::People, move |writer| -> Result<(), StoreError> {
        if writer.kept(TAKEN, name.as_bytes())?.is_some() {
            return Ok(());
        }
        writer.note(entry);
        writer.keep(TAKEN, name.as_bytes(), &[])?;
        writer.keep(&of, key.as_bytes(), &value)
    })?;
    inner.opt_outs.moved(&kind);
    Ok(())
}
