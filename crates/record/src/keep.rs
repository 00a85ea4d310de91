//! Small things that are no resources: tokens, sessions, secrets of this record.
//!
//! Kept in the same store, so that a backup has them and a crash cannot tear them apart. Nobody reads clinical data here.

use crate::clock::Ids;
use crate::error::{RecordError, Refusal};
use crate::log::Draft;
use crate::logbook::note;
use crate::seal::Sealer;
use crate::{Inner, Record};
use fhir::issue::IssueCode;
use fhir::{ResourceId, ResourceType};
use gate::{Permit, Relation};
use serde::de::DeserializeOwned;
use std::sync::atomic::Ordering;
use store::{Lane, Store, StoreError};

const SECRETS: &str = "secret";
const PAGES: &str = "page-tokens";

/// The sealer of page tokens, with the key kept in the store; made at the first start.
pub(crate) fn sealer(store: &Store, ids: &dyn Ids) -> Result<Sealer, RecordError> {
    let kept = store.read(|reader| reader.kept(SECRETS, PAGES.as_bytes()))?;
    if let Some(key) = kept.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
        return Ok(Sealer::new(&key));
    }
    let mut key = [0_u8; 32];
    ids.fill(&mut key)?;
    store.write(Lane::People, move |writer| writer.keep(SECRETS, PAGES.as_bytes(), &key))?;
    Ok(Sealer::new(&key))
}

/// What kept bytes say.
///
/// # Errors
/// When they cannot be read: what is there and not understood must not count as nothing there.
pub fn understood<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RecordError> {
    let sentence = "Something that is kept beside the record cannot be read. Tell whoever runs this record.";
    serde_json::from_slice(bytes).map_err(|_| RecordError::new(Refusal::Internal, IssueCode::Exception, sentence))
}

impl Inner {
    /// Keeps `value` under `kind` and `key`, with an entry of the log in the same commit.
    pub(crate) fn keep(&self, kind: &str, key: &str, value: &[u8], entry: Option<&Draft>) -> Result<(), RecordError> {
        let (of, key, value, entry) = (kind.to_owned(), key.to_owned(), value.to_vec(), entry.map(note));
        self.store.write(Lane::People, move |writer| {
            if let Some(entry) = entry {
                writer.note(entry);
            }
            writer.keep(&of, key.as_bytes(), &value)
        })?;
        self.opt_outs.moved(kind);
        Ok(())
    }
}

impl Record {
    /// What is kept under `kind` and `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn kept(&self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, RecordError> {
        if let Some(value) = self.kept_here(kind, key)? {
            return Ok(Some(value));
        }
        crate::inbox::take_in(&self.inner)?;
        self.kept_here(kind, key)
    }

    fn kept_here(&self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, RecordError> {
        self.count_read(1);
        Ok(self.inner.store.read(|reader| reader.kept(kind, key.as_bytes()))?)
    }

    fn count_read(&self, read: usize) {
        self.inner.kept_read.fetch_add(u64::try_from(read).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many kept things were asked for or read since the record was opened: what an answer costs, beside resources.
    #[must_use]
    pub fn kept_read(&self) -> u64 {
        self.inner.kept_read.load(Ordering::Relaxed)
    }

    /// Everything that is kept under `kind`, by key.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn all_kept(&self, kind: &str) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
        let kept = self.inner.store.read(|reader| reader.kept_all(kind))?;
        self.count_read(kept.len());
        Ok(kept.into_iter().map(|(key, value)| (String::from_utf8_lossy(&key).into_owned(), value)).collect())
    }

    /// What is kept under `kind` and keys that begin so, by key; nothing else of the kind is read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn kept_under(&self, kind: &str, beginning: &str) -> Result<Vec<(String, Vec<u8>)>, RecordError> {
        let kept = self.inner.store.read(|reader| reader.kept_under(kind, beginning.as_bytes()))?;
        self.count_read(kept.len());
        Ok(kept.into_iter().map(|(key, value)| (String::from_utf8_lossy(&key).into_owned(), value)).collect())
    }

    /// Keeps `value` under `kind` and `key`, with an entry of the log in the same commit.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn keep(&self, kind: &str, key: &str, value: &[u8], entry: Option<&Draft>) -> Result<(), RecordError> {
        self.inner.keep(kind, key, value, entry)
    }

    /// Keeps `value` under a kind and key (none forgets what is there), with an entry of the log in the same commit, but only if
    /// `is_as_read` holds for what is there then; says whether it did. So nobody overwrites what somebody else did meanwhile.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn replace_if(
        &self,
        (kind, key): (&str, &str),
        is_as_read: impl FnOnce(Option<&[u8]>) -> bool + Send + 'static,
        value: Option<&[u8]>,
        entry: Option<&Draft>,
    ) -> Result<bool, RecordError> {
        let (of, key, value, entry) = (kind.to_owned(), key.to_owned(), value.map(<[u8]>::to_vec), entry.map(note));
        let is_replaced = self.inner.store.write(Lane::People, move |writer| -> Result<bool, StoreError> {
            if !is_as_read(writer.kept(&of, key.as_bytes())?.as_deref()) {
                return Ok(false);
            }
            if let Some(entry) = entry {
                writer.note(entry);
            }
            match value {
                Some(value) => writer.keep(&of, key.as_bytes(), &value)?,
                None => writer.forget(&of, key.as_bytes()).map(drop)?,
            }
            Ok(true)
        })?;
        self.inner.opt_outs.moved(kind);
        Ok(is_replaced)
    }

    /// Forgets what is kept under `kind` and `key`, with an entry of the log in the same commit.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn forget(&self, kind: &str, key: &str, entry: Option<&Draft>) -> Result<(), RecordError> {
        let (of, key, entry) = (kind.to_owned(), key.to_owned(), entry.map(note));
        self.inner.store.write(Lane::People, move |writer| -> Result<(), StoreError> {
            if let Some(entry) = entry {
                writer.note(entry);
            }
            writer.forget(&of, key.as_bytes()).map(drop)
        })?;
        self.inner.opt_outs.moved(kind);
        Ok(())
    }

    /// Forgets everything that is kept under `kind` and these keys, in one commit, with an entry of the log.
    ///
    /// # Errors
    /// When it could not be made durable; then nothing is forgotten.
    pub fn forget_all(&self, kind: &str, keys: Vec<String>, entry: Option<&Draft>) -> Result<(), RecordError> {
        if keys.is_empty() && entry.is_none() {
            return Ok(());
        }
        let (kind, entry) = (kind.to_owned(), entry.map(note));
        Ok(self.inner.store.write(Lane::People, move |writer| -> Result<(), StoreError> {
            if let Some(entry) = entry {
                writer.note(entry);
            }
            keys.iter().try_for_each(|key| writer.forget(&kind, key.as_bytes()).map(drop))
        })?)
    }

    /// The number under which the access log knows a person, for those who may read that person's log.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn person_number(&self, permit: &Permit, patient: &ResourceId) -> Result<Option<u32>, RecordError> {
        let reaches = |relation: Relation| {
            permit.scopes().any(|scope| scope.relation == relation && scope.types.contains(ResourceType::AUDIT_EVENT))
        };
        let part = if reaches(Relation::Anyone) {
            self.inner.store.read(|reader| reader.part_of(patient))?
        } else if reaches(Relation::Own) && permit.asker().patient.as_ref() == Some(patient) {
            // What is left out of a grant could be told by who looked at it.
            let tells =
                |reach: &gate::consent::Reach| reach.types.contains(ResourceType::AUDIT_EVENT) && reach.without == 0;
            let open = crate::acting::open(&self.inner, permit.asker())?;
            open.filter(|open| open.reaches(permit.action()).iter().any(tells)).map(|open| open.part)
        } else {
            None
        };
        Ok(part.map(|part| part.number()))
    }

    /// The person whom the log names by this number; none when her log is not for this permit.
    ///
    /// # Errors
    /// When the store fails.
    pub fn person_of(&self, permit: &Permit, number: u32) -> Result<Option<ResourceId>, RecordError> {
        let Some(part) = store::Part::from_number(number) else { return Ok(None) };
        let Some(patient) = self.inner.store.read(|reader| reader.patient_of(part))? else { return Ok(None) };
        Ok(self.person_number(permit, &patient)?.map(|_| patient))
    }

    /// The access log, for those who explain and check it.
    #[must_use]
    pub fn log(&self) -> &crate::log::Log {
        &self.inner.log
    }

    /// Logs something that is no access to a resource: a sign-in, a token, a look at the log itself.
    ///
    /// # Errors
    /// When it could not be brought to the disk.
    pub fn log_event(&self, entry: Draft) -> Result<(), RecordError> {
        self.inner.log_strictly(entry)
    }
}
