//! What every read works with: the engine's snapshot, the words, the decompressor, and the question of who sees what.
//!
//! The two rules that everything else stands on are here: [`Session::sees_row`] for the current version of a resource
//! and [`Session::sees_version`] for an older one, which needs both to be visible.

use crate::answers::Row;
use crate::body::{Stamp, fill, take_places};
use crate::dictionary::Words;
use crate::engine::{Reads, RowView, VersionView};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::lists::EventParams;
use crate::names::{Labels, Part, Rid, Version};
use crate::options::Limits;
use crate::packing::{Encoding, Unpacker};
use crate::vector::Groups;
use crate::visibility::Visibility;
use fhir::{ResourceId, ResourceType};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Arc;

/// One question's view of the store.
pub(crate) struct Session<'a> {
    pub(crate) engine: &'a dyn Reads,
    pub(crate) words: Arc<Words>,
    pub(crate) unpacker: &'a RefCell<Unpacker>,
    pub(crate) events: &'a [Option<EventParams>],
    pub(crate) limits: Limits,
}

/// A row that outlives the scan that found it.
#[derive(Clone, Debug)]
pub(crate) struct KeptRow {
    pub(crate) row: Row,
    pub(crate) vector: Vec<u8>,
}

impl Session<'_> {
    /// The groups of a row.
    pub(crate) fn groups<'s>(&'s self, vector: &'s [u8]) -> Groups<'s> {
        Groups::new(vector, &self.words)
    }

    pub(crate) fn events_of(&self, kind: ResourceType) -> Option<EventParams> {
        self.events.get(usize::from(kind.code())).copied().flatten()
    }

    /// Whether the current version of a resource is there for the reader.
    pub(crate) fn sees_row(&self, visibility: &Visibility, row: &RowView<'_>) -> Result<bool, StoreError> {
        self.sees(visibility, row.rid, (row.rid, row.version), row.labels)
    }

    /// Whether an older version is: it must have been visible where it was, and so must what is there now.
    pub(crate) fn sees_version(&self, visibility: &Visibility, version: &VersionView<'_>) -> Result<bool, StoreError> {
        self.sees(visibility, version.was, (version.rid, version.version), version.labels)
    }

    fn sees(
        &self,
        visibility: &Visibility,
        place: Rid,
        (rid, version): (Rid, Version),
        labels: Labels,
    ) -> Result<bool, StoreError> {
        if !visibility.sees_in(rid, place.part(), labels) {
            return Ok(false);
        }
        if !labels.is_multi() {
            return Ok(true);
        }
        let parts = self.engine.parts_of_version(rid, version)?;
        Ok(parts.into_iter().all(|part| visibility.sees_in(rid, part, labels)))
    }

    /// The parts that a row is in.
    pub(crate) fn parts_of(&self, row: &Row) -> Result<Vec<Part>, StoreError> {
        if row.labels.is_multi() {
            return self.engine.parts_of_version(row.rid, row.version);
        }
        Ok(vec![row.rid.part()])
    }

    /// Makes a row that can leave the store.
    pub(crate) fn keep(&self, view: &RowView<'_>) -> Result<KeptRow, StoreError> {
        let id = view.fid.id().ok_or(StoreError::Damaged("a row has no id"))?;
        let stamp = Stamp { id: id.as_str(), version: view.version, updated_ms: view.updated_ms };
        let body = self.body(stamp, view.encoding, view.body)?;
        let kind = view.rid.kind().ok_or(StoreError::Damaged("a row has no type"))?;
        let row = Row {
            rid: view.rid,
            kind,
            version: view.version,
            updated_ms: view.updated_ms,
            labels: view.labels,
            body,
            id,
        };
        Ok(KeptRow { row, vector: view.vector.to_vec() })
    }

    /// The JSON as served, from its stored form.
    pub(crate) fn body(&self, stamp: Stamp<'_>, encoding: Encoding, stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (places, bytes) = take_places(stored)?;
        let mut unpacker = self.unpacker.borrow_mut();
        fill(unpacker.unpack(encoding, bytes)?, places, stamp).ok_or(StoreError::Damaged("a body has wrong places"))
    }

    /// The row when it is there and visible.
    pub(crate) fn visible_row(&self, visibility: &Visibility, rid: Rid) -> Result<Option<KeptRow>, StoreError> {
        let mut found = None;
        self.engine.row(rid, &mut |view| {
            if self.sees_row(visibility, &view)? {
                found = Some(self.keep(&view)?);
            }
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    /// The key of a live resource.
    pub(crate) fn rid_of(&self, kind: ResourceType, fid: Fid<'_>) -> Result<Option<Rid>, StoreError> {
        Ok(self.engine.ident(kind, fid)?.filter(|ident| !ident.gone).map(|ident| ident.rid))
    }

    /// The key that the patient of a part has, whether or not there is a Patient resource.
    pub(crate) fn patient_rid(part: Part) -> Option<Rid> {
        (part != Part::SHARED).then(|| Rid::pack(ResourceType::PATIENT, part, 0)).flatten()
    }

    pub(crate) fn part_of(&self, patient: &ResourceId) -> Result<Option<Part>, StoreError> {
        self.engine.part_of(Fid::of(patient))
    }
}
