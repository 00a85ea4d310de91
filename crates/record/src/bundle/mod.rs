//! Batch and transaction: many requests in one Bundle.
//!
//! A batch does each entry for itself. A transaction is all or nothing, in one commit: deletions, then creations, then
//! updates and patches, then reads (FHIR R4, section 3.1.0.11.2). Entries of a transaction name each other by fullUrl; new ids
//! are given first, conditional references are looked up in the same commit, and every reference is rewritten before
//! anything is checked or stored.
//!
//! Answers are held until the Bundle is whole, so all entries together have a budget of resources, bytes and time. An entry that
//! comes after it is spent is not begun: what is read is always given out, and what is not given out was never read.
//!
//! * `budget`: how much one Bundle may hold
//! * `reads`: the reads of a transaction
//! * `step`: from an entry to a request that is understood
//! * `transaction`: the one commit

mod budget;
mod reads;
mod step;
mod transaction;

pub use step::{Method, Step, Target, pairs, version_of};
pub use transaction::point_references;

use crate::Record;
use crate::error::RecordError;
use crate::read::Resource;
use crate::search::{Answer, Search};
use crate::write::{Change, Deleted, Written};
use budget::Budget;
use fhir::json::Json;
use gate::{Action, Permit};
use reads::Reads;

/// Most entries of one Bundle: a transaction holds the writer for as long as it takes.
pub const ENTRIES_MAX: usize = 5_000;

/// How a bundle gets leave for the actions of its entries.
pub type Permits<'p> = &'p dyn Fn(Action) -> Result<Permit, RecordError>;

/// What one entry came to.
#[derive(Debug)]
pub enum EntryAnswer {
    /// Created, updated or patched.
    Written(Box<Written>),
    /// Deleted, or nothing was there to delete.
    Deleted(Option<Deleted>),
    /// Read.
    Read(Box<Resource>),
    /// Searched.
    Found(Box<Search>, Box<Answer>),
    /// Refused (batch only).
    Failed(RecordError),
}

impl Record {
    /// Does every entry of a batch for itself.
    ///
    /// # Errors
    /// Only when the Bundle itself cannot be understood; what goes wrong in an entry is its answer.
    pub fn batch(&self, permits: Permits<'_>, bundle: &Json<'_>) -> Result<Vec<EntryAnswer>, RecordError> {
        let entries = step::entries(bundle)?;
        let mut budget = Budget::from(self.now_ms());
        let mut do_one = |(index, entry)| -> Result<EntryAnswer, RecordError> {
            self.step_within(&mut budget, permits, Step::parse(index, entry)?)
        };
        Ok(entries.iter().enumerate().map(|one| do_one(one).unwrap_or_else(EntryAnswer::Failed)).collect())
    }

    /// Does all entries of a transaction in one commit, or none.
    ///
    /// # Errors
    /// The first entry that cannot be done, named in the expression; then nothing was changed.
    pub fn transaction(&self, permits: Permits<'_>, bundle: &Json<'_>) -> Result<Vec<EntryAnswer>, RecordError> {
        let entries = step::entries(bundle)?;
        let steps: Result<Vec<Step>, RecordError> =
            entries.iter().enumerate().map(|(index, entry)| Step::parse(index, entry)).collect();
        let (reads, writes): (Vec<Step>, Vec<Step>) = steps?.into_iter().partition(|step| step.method == Method::Get);
        if writes.is_empty() {
            return self.look(permits, reads);
        }
        let mut answers = transaction::commit(self, permits, writes, Reads::ready(self, permits, reads)?)?;
        answers.sort_by_key(|(index, _)| *index);
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    /// A transaction that changes nothing needs no writer.
    fn look(&self, permits: Permits<'_>, reads: Vec<Step>) -> Result<Vec<EntryAnswer>, RecordError> {
        let mut budget = Budget::from(self.now_ms());
        let look = |read: Step| {
            let index = read.index;
            self.step_within(&mut budget, permits, read).map_err(|error| step::at_entry(error, index))
        };
        reads.into_iter().map(look).collect()
    }

    /// One entry by itself, if the budget has something left; it pays for the answer.
    fn step_within(&self, budget: &mut Budget, permits: Permits<'_>, step: Step) -> Result<EntryAnswer, RecordError> {
        budget.check(self.now_ms())?;
        let answer = self.step(permits, step)?;
        budget.spend(&answer);
        Ok(answer)
    }

    /// One entry by itself.
    fn step(&self, permits: Permits<'_>, step: Step) -> Result<EntryAnswer, RecordError> {
        let permit = permits(step.method.action(&step.target))?;
        let body = step.resource.as_ref().map(Json::to_vec).unwrap_or_default();
        let change = Change { if_match: step.if_match, criteria: step.criteria.clone() };
        let written = |written| EntryAnswer::Written(Box::new(written));
        match (step.method, step.target) {
            (Method::Get, Target::One(kind, id)) => {
                self.read(&permit, kind, &id).map(|found| EntryAnswer::Read(Box::new(found)))
            }
            (Method::Get, Target::Version(kind, id, version)) => {
                self.vread(&permit, kind, &id, version).map(|found| EntryAnswer::Read(Box::new(found)))
            }
            (Method::Get, Target::Many(kind)) => {
                let search = Search { params: step.criteria.unwrap_or_default(), ..Search::of(kind, &[]) };
                let answer = self.search(&permit, &search)?;
                Ok(EntryAnswer::Found(Box::new(search), Box::new(answer)))
            }
            (Method::Post, Target::Many(kind)) => self.create(&permit, kind, &body, change).map(written),
            (Method::Put, Target::One(kind, id)) => self.update(&permit, (kind, &id), &body, &change).map(written),
            (Method::Put, Target::Many(kind)) => self.conditional_update(&permit, kind, &body, change).map(written),
            (Method::Patch, Target::One(kind, id)) => self.patch(&permit, (kind, &id), &body, &change).map(written),
            (Method::Delete, Target::One(kind, id)) => {
                self.delete(&permit, (kind, &id), step.if_match).map(|deleted| EntryAnswer::Deleted(Some(deleted)))
            }
            (Method::Delete, Target::Many(kind)) => {
                self.conditional_delete(&permit, kind, step.criteria.unwrap_or_default()).map(EntryAnswer::Deleted)
            }
            _ => Err(step::not_understood(step.index)),
        }
    }
}
