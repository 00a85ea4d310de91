//! Whether a write let somebody act for a person who could not before, or otherwise than before.
//!
//! A person writes her own grants; the practice's systems may write them too, and of those she must hear. What counts is who may act,
//! how far and for how long; an end, or another text, is no news.

use crate::Record;
use crate::error::RecordError;
use crate::relations;
use fhir::{ResourceId, ResourceType};
use gate::consent::Reach;
use store::{Found, Relation, Version, Visibility};

/// Who may act by a version of a Consent, and how far.
#[derive(PartialEq)]
struct Grants {
    relations: Vec<Relation>,
    reach: Option<Reach>,
}

impl Record {
    /// Whether this version of a Consent lets somebody act for its person who could not by the version before, or otherwise than by
    /// that. It is for telling the person; nothing of the Consent is given out.
    ///
    /// # Errors
    /// When the store cannot be read, or what it holds is damaged.
    pub fn lets_somebody_act(&self, consent: &ResourceId, version: u64) -> Result<bool, RecordError> {
        let Some(version) = u32::try_from(version).ok().and_then(Version::new) else { return Ok(false) };
        let Some(now) = self.grants_by(consent, version)?.filter(|grants| !grants.relations.is_empty()) else {
            return Ok(false);
        };
        let before = version.number().checked_sub(1).and_then(Version::new);
        let before = before.map(|version| self.grants_by(consent, version)).transpose()?.flatten();
        Ok(before != Some(now))
    }

    fn grants_by(&self, consent: &ResourceId, version: Version) -> Result<Option<Grants>, RecordError> {
        let name = (ResourceType::CONSENT, consent);
        let found = self.inner.store.read(|reader| reader.version(&Visibility::everything(), name, version))?;
        let Some(Found::Here(row)) = found else { return Ok(None) };
        let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
        let mut relations = relations::of(ResourceType::CONSENT, &tree);
        relations.retain(|relation| relations::is_grant(relation.kind));
        Ok(Some(Grants { relations, reach: Reach::of(&tree) }))
    }
}
