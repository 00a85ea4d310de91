//! Many resources at once.
//!
//! Preparing (parse, check, index) runs on as many threads as the caller has; storing runs in big batches in the store's bulk
//! lane. Idempotent by id and content: what is there already, byte for byte, is left alone, so a broken-off import is simply
//! run again.

use crate::Record;
use crate::error::{RecordError, Refusal};
use crate::logbook::{Outcome, draft, note, subjects_of};
use crate::numbered;
use crate::prepare::{self, Strictness, prepare_found};
use crate::view::View;
use fhir::ResourceId;
use fhir::issue::{Issue, IssueCode};
use fhir::json::Json;
use gate::{Action, Permit};
use std::collections::{BTreeSet, HashSet};
use store::{ImportOutcome, Packer, Part, Visibility};

/// A resource that was checked and indexed, on its way into the store.
#[derive(Debug)]
pub struct Prepared(store::Prepared);

/// What a batch came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// New.
    pub created: u64,
    /// There already, with other content; now a new version.
    pub replaced: u64,
    /// There already, the same.
    pub same: u64,
    /// Refused by the asker's permit, by place in the batch.
    pub refused: u64,
}

/// Makes resources ready for an import; one for each thread.
pub struct Preparer {
    record: Record,
    packer: Packer,
}

impl Preparer {
    /// Checks and indexes one resource; gives the findings that it is kept with. Where it says by NHS number alone whom it is
    /// about, the reference is filled in.
    ///
    /// # Errors
    /// What is wrong in it, with the element; that nobody here has its number ([`Preparer::waits`]).
    pub fn prepare(
        &mut self,
        resource: &Json<'_>,
        strictness: Strictness,
    ) -> Result<(Prepared, Vec<Issue>), RecordError> {
        let kind = prepare::kind_of(resource)?;
        let Some(id) = prepare::id_of(resource)? else {
            let issue =
                Issue::error(IssueCode::Required, "An imported resource needs an id, so that it is found again.");
            return Err(RecordError::of(Refusal::BadRequest, vec![issue.at(format!("{}.id", kind.name()))]));
        };
        let named = self.named(resource)?;
        let (mut prepared, findings) = prepare_found(kind, id, named.as_ref().unwrap_or(resource), strictness)?;
        prepared.seal(&mut self.packer);
        Ok((Prepared(prepared), findings))
    }

    /// Whether a resource says by NHS number alone whom it is about, and that person is not here yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waits(&self, resource: &Json<'_>) -> Result<bool, RecordError> {
        Ok(self.filled_in(resource)?.is_some_and(|named| numbered::is_by_number(&named)))
    }

    /// The resource with the reference to its person, where it says by NHS number alone who that is.
    fn named<'j>(&self, resource: &Json<'j>) -> Result<Option<Json<'j>>, RecordError> {
        match self.filled_in(resource)? {
            Some(named) if numbered::is_by_number(&named) => Err(numbered::unknown()),
            named => Ok(named),
        }
    }

    fn filled_in<'j>(&self, resource: &Json<'j>) -> Result<Option<Json<'j>>, RecordError> {
        if !numbered::is_by_number(resource) {
            return Ok(None);
        }
        let store = &self.record.inner.store;
        let mut named = resource.clone();
        numbered::fill_in(&mut named, &|number| numbered::person_with(store, &Visibility::everything(), number))?;
        Ok(Some(named))
    }
}

impl Record {
    /// Something that makes resources ready, for one thread. It learns who has which NHS number, and so wants the permit of the
    /// import.
    ///
    /// # Errors
    /// 403 for a permit for anything else.
    pub fn preparer(&self, permit: &Permit) -> Result<Preparer, RecordError> {
        self.inner.require(permit, Action::Import)?;
        Ok(Preparer { record: self.clone(), packer: self.inner.store.packer() })
    }

    /// Stores a batch; the entry of the log is in the same commit.
    ///
    /// # Errors
    /// When the batch could not be made durable. Then nothing of it was stored.
    pub fn import(&self, permit: &Permit, batch: Vec<Prepared>) -> Result<ImportReport, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Import)?;
        let view = View::of(inner, permit)?;
        let (admitted, refused): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|one| one.0).partition(|one| view.admits(one.kind, one.labels, &[None]));
        let mut entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
        entry.kinds = admitted.iter().map(|one| one.kind.code()).collect::<BTreeSet<u8>>().into_iter().collect();
        entry.count = u32::try_from(admitted.len()).unwrap_or(u32::MAX);
        let patients: HashSet<ResourceId> = admitted.iter().flat_map(|one| one.subjects.iter().cloned()).collect();
        let outcomes = inner.store.import_with(admitted, move |writer, _| {
            let parts = patients.iter().filter_map(|patient| writer.part_of(patient).transpose());
            entry.subjects = subjects_of(&view, parts.collect::<Result<Vec<Part>, _>>()?);
            writer.note(note(&entry));
            Ok(())
        })?;
        let mut report =
            ImportReport { refused: u64::try_from(refused.len()).unwrap_or(u64::MAX), ..ImportReport::default() };
        for outcome in outcomes {
            match outcome {
                ImportOutcome::Created => report.created += 1,
                ImportOutcome::Replaced => report.replaced += 1,
                ImportOutcome::Same => report.same += 1,
                ImportOutcome::Refused(_) => report.refused += 1,
            }
        }
        Ok(report)
    }
}
