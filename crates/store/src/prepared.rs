//! A resource made ready for the store, on any thread and outside every lock.
//!
//! `record` parses, validates, extracts and labels; what is left for the single writer is to insert bytes. Nothing here
//! touches the database. [`Prepared::seal`] does the one costly step, compression, and may be left to the writer.

use crate::body::Body;
use crate::names::Labels;
use crate::packing::{Packed, Packer};
use crate::vector::SearchVector;
use fhir::json::Json;
use fhir::search::Entry;
use fhir::{ResourceId, ResourceType};

/// A resource with everything that the store derives nothing of by itself.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// The patients in whose compartments it is. It lies in the part of the first; none is the shared part. A Patient
    /// is always its own and only subject, whatever this says.
    pub subjects: Vec<ResourceId>,
    /// Its label classes.
    pub labels: Labels,
    /// Who may act for the first subject because of this resource.
    pub relations: Vec<Relation>,
    /// Its bytes.
    pub body: Body,
    /// Its values for every search parameter.
    pub vector: SearchVector,
    /// The compressed bytes, after [`Prepared::seal`].
    pub(crate) packed: Option<Packed>,
}

impl Prepared {
    /// Makes bytes and vector; labels and relations start empty.
    #[must_use]
    pub fn new(id: ResourceId, resource: &Json<'_>, entries: &[Entry<'_>], subjects: Vec<ResourceId>) -> Option<Self> {
        let kind = resource.get("resourceType").and_then(Json::text).and_then(ResourceType::parse)?;
        let subjects = if kind == ResourceType::PATIENT { vec![id.clone()] } else { subjects };
        let vector = SearchVector::of(entries, subjects.first());
        let body = Body::of(resource);
        Some(Self { kind, id, subjects, labels: Labels::NONE, relations: Vec::new(), body, vector, packed: None })
    }

    /// The same with labels and relations.
    #[must_use]
    pub fn labelled(mut self, labels: Labels, relations: Vec<Relation>) -> Self {
        self.labels = labels.without(Labels::MULTI);
        self.relations = relations;
        self
    }

    /// Compresses bytes and vector here, so that the writer need not. `Store::packer` makes the packer.
    pub fn seal(&mut self, packer: &mut Packer) {
        self.packed = packer.pack(self.kind, (&self.body, &self.vector)).ok();
    }
}

/// That an actor may act for a patient, because of a resource in the patient's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Who: [`stable_hash`](crate::stable_hash) of `Type/id`, or of whatever `record` names actors by.
    pub actor: u64,
    /// How; the numbers are `record`'s.
    pub kind: u8,
    /// First millisecond; `i64::MIN` is always.
    pub from_ms: i64,
    /// First millisecond after; `i64::MAX` is for ever.
    pub until_ms: i64,
}

impl Relation {
    /// Whether it holds at a moment.
    #[must_use]
    pub fn holds_at(&self, now_ms: i64) -> bool {
        self.from_ms <= now_ms && now_ms < self.until_ms
    }
}
