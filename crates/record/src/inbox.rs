//! The inbox of a record that another process has open.
//!
//! Only one process may write the record and its log. `commonweal token` must work while the server runs, so it leaves what is to
//! be kept, with its entry for the log, as a file in `DIR/inbox`; the server takes it in when it first misses it. A file is
//! written under another name and then renamed, so that half a file is never taken in.

use crate::clock::{Clock, Ids, new_resource_id};
use crate::error::{RecordError, Refusal};
use crate::log::Draft;
use crate::{Inner, Record};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fhir::issue::IssueCode;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
        std::fs::create_dir_all(&self.folder)
            .and_then(|()| std::fs::write(&draft, text))
            .and_then(|()| std::fs::rename(&draft, &done))
            .map_err(|error| unwritten(&error.to_string()))
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

/// Takes in everything that lies in the inbox. A file that is no letter is left where it is.
pub(crate) fn take_in(inner: &Inner) -> Result<(), RecordError> {
    let Ok(files) = std::fs::read_dir(&inner.inbox) else { return Ok(()) };
    for path in
        files.flatten().map(|file| file.path()).filter(|path| path.extension().is_some_and(|ending| ending == "json"))
    {
        let letter = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Letter>(&text).ok());
        let Some(letter) = letter else { continue };
        let Ok(value) = BASE64_STANDARD.decode(&letter.value) else { continue };
        inner.keep(&letter.kind, &letter.key, &value, Some(&letter.entry))?;
        // Taken in twice is the same as once, so a file that cannot be removed does no harm.
        let _ = std::fs::remove_file(&path);
    }
    Ok(())
}
