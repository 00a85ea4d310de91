//! Which entries of the log name a resource that the reader of the log sees herself.
//!
//! The log names what was read. Who may read the log of a person does not always see all of that person's record: an entry of
//! the record that is hidden from the online view, or withheld, must not be told by the log instead.

use crate::Record;
use crate::error::RecordError;
use crate::log::Entry;
use crate::view::View;
use fhir::{ResourceId, ResourceType};
use gate::Permit;
use std::collections::{BTreeSet, HashMap};

impl Record {
    /// The numbers of those `entries` that name nothing, or a resource that the holder of `permit` sees now; of one that is
    /// deleted, what she would see of it. No resource is given out, so that this is no look.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn tellable(&self, permit: &Permit, entries: &[Entry]) -> Result<BTreeSet<u64>, RecordError> {
        let view = View::of(&self.inner, permit)?;
        Ok(self.inner.store.read(|reader| {
            let mut seen: HashMap<(u8, &str), bool> = HashMap::new();
            let mut tellable = BTreeSet::new();
            for Entry { sequence, draft } in entries {
                let sees = match &draft.target {
                    None => true,
                    Some(target) => match seen.get(&(target.kind, target.id.as_str())) {
                        Some(sees) => *sees,
                        None => {
                            let name = ResourceType::from_code(target.kind).zip(ResourceId::parse(&target.id).ok());
                            let found = name.map(|(kind, id)| reader.get(&view.visibility, kind, &id)).transpose()?;
                            let sees = found.flatten().is_some();
                            seen.insert((target.kind, &target.id), sees);
                            sees
                        }
                    },
                };
                if sees {
                    tellable.insert(*sequence);
                }
            }
            Ok(tellable)
        })?)
    }
}
