//! How much a subject access copy holds, for the officer who answers for it: kinds and numbers, never an entry.
//!
//! The copy itself is made when the person takes it, under her own permit. An officer learns here whether there is something to
//! hand over and how much of it is withheld from her; that she asked stands in the person's log.

use crate::Record;
use crate::error::RecordError;
use crate::locks::reach_everybodys_log;
use crate::log::Subject;
use crate::logbook::{Outcome, draft};
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit, Purpose};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{KindSet, Visibility};

/// The word of such a count in the log.
pub const COUNTED: &str = "Count";

/// How many entries of one kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// In the copy.
    pub told: u64,
    /// Withheld from the person.
    pub withheld: u64,
}

impl Record {
    /// How many entries of each kind the copy for a person would hold, and how many are withheld from her.
    ///
    /// # Errors
    /// 404 when the permit is not for this or there is no such person.
    pub fn holdings(&self, permit: &Permit, patient: &ResourceId) -> Result<BTreeMap<ResourceType, Held>, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Export)?;
        let rule = reach_everybodys_log(permit)?;
        let part = inner.store.read(|reader| reader.part_of(patient))?.ok_or_else(RecordError::not_found)?;
        let herself = [format!("Patient/{}", patient.as_str())];
        let withheld = Arc::new(inner.choices.locked(inner, Purpose::OwnRecord, &herself)?);
        let told = Visibility { withheld, ..Visibility::everything() };
        let mut held: BTreeMap<ResourceType, Held> = BTreeMap::new();
        for row in inner.store.read(|reader| reader.rows_in(part, KindSet::ALL))? {
            let kind = held.entry(row.kind).or_default();
            let count = if told.sees(row.rid, row.labels) { &mut kind.told } else { &mut kind.withheld };
            *count += 1;
        }
        let mut entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
        COUNTED.clone_into(&mut entry.action);
        entry.rule = rule;
        entry.subjects.push(Subject { part: part.number(), relation: 0 });
        inner.log_read(entry)?;
        Ok(held)
    }
}
