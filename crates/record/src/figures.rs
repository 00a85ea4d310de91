//! The live figures of the public front page: counts of the whole record, never of anything smaller.
//!
//! They say nothing of any person, so they need no permit; nothing can be asked of them but all of it.

use crate::Record;
use crate::error::RecordError;
use fhir::ResourceType;
use store::{HistoryOf, Visibility};

const DAYS_30_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What the record holds and how it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// People with a record.
    pub people: u64,
    /// Organisations in the directory.
    pub organisations: u64,
    /// Entries of every kind.
    pub entries: u64,
    /// When the last entry was written, milliseconds since 1970 UTC.
    pub updated_ms: Option<i64>,
    /// People who did something digitally with their own record in the last 30 days.
    pub active_people: u64,
    /// Entries of the access log.
    pub accesses: u64,
}

impl Record {
    /// The figures now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn figures(&self) -> Result<Figures, RecordError> {
        let inner = &self.inner;
        let newest = store::PageRequest::first(1);
        let (counts, last) = inner.store.read(|reader| {
            let last = reader.history(&Visibility::everything(), &HistoryOf::System, None, &newest)?;
            Ok((reader.counts()?, last))
        })?;
        let updated_ms = last.entries.first().map(|entry| entry.updated_ms);
        let of = |kind: Option<ResourceType>| {
            counts.iter().find(|count| Some(count.kind) == kind).map_or(0, |count| count.resources)
        };
        Ok(Figures {
            people: of(Some(ResourceType::PATIENT)),
            organisations: of(ResourceType::parse("Organization")),
            entries: counts.iter().map(|count| count.resources).sum(),
            updated_ms,
            active_people: inner.log.active_since(gate::Role::is_public, inner.clock.now_ms() - DAYS_30_MS),
            accesses: inner.log.count(),
        })
    }
}
