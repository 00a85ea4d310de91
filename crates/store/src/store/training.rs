//! Training of compression dictionaries on the caller's thread, before a batch is sealed.
//!
//! A dictionary is durable before any row names it: it is committed first and used after.

use super::Store;
use crate::error::StoreError;
use crate::names::Lane;
use crate::packing::{SAMPLES_MAX, SAMPLES_MIN, train};
use crate::prepared::Prepared;
use fhir::ResourceType;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

impl Store {
    /// Makes dictionaries for the types that a batch has enough samples of and that have none.
    pub(super) fn train(&self, batch: &[Prepared]) -> Result<(), StoreError> {
        let mut of_kind: BTreeMap<ResourceType, Vec<&[u8]>> = BTreeMap::new();
        for resource in batch.iter().filter(|resource| !self.shared.packs.has(resource.kind)) {
            of_kind.entry(resource.kind).or_default().push(resource.body.plain());
        }
        for (kind, samples) in of_kind.into_iter().filter(|(_, samples)| samples.len() >= SAMPLES_MIN) {
            // Spread over the batch, so that one patient's resources do not stand for all.
            let step = samples.len().div_ceil(SAMPLES_MAX);
            let spread: Vec<&[u8]> = samples.into_iter().step_by(step).collect();
            if let Some(bytes) = train(&spread) {
                self.add_pack(kind, &bytes)?;
            }
        }
        Ok(())
    }

    fn add_pack(&self, kind: ResourceType, bytes: &[u8]) -> Result<(), StoreError> {
        let number = self.next_pack.fetch_add(1, Ordering::Relaxed);
        let written = bytes.to_vec();
        self.write(Lane::Bulk, move |writer| writer.add_pack(number, kind, &written))?;
        self.shared.packs.add(number, kind.code(), bytes)
    }

    /// Compresses what was not yet, or was before its type had a dictionary.
    pub(super) fn seal(&self, batch: &mut [Prepared]) {
        let mut packer = self.packer();
        for resource in batch {
            let is_stale = resource
                .packed
                .as_ref()
                .is_none_or(|packed| packed.lacks_dictionary() && self.shared.packs.has(resource.kind));
            if is_stale {
                resource.seal(&mut packer);
            }
        }
    }
}
