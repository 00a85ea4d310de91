//! Whom somebody may act for, and how she gives that up.
//!
//! Grants are Consents in the record of the person who gave them. Whoever holds one learns here whose it is and nothing of that
//! record: what she then sees is decided when she acts for that person. She changes nothing there but to end her own grant.

use crate::Record;
use crate::error::RecordError;
use crate::relations;
use crate::view::{View, granted, grantee_keys};
use crate::write::Desk;
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Asker, Permit};
use store::Lane;

impl Record {
    /// The people for whom the asker may act now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn acts_for(&self, asker: &Asker) -> Result<Vec<ResourceId>, RecordError> {
        let inner = &self.inner;
        let mut people = Vec::new();
        for part in granted(inner, asker)? {
            people.extend(inner.store.read(|reader| reader.patient_of(part))?);
        }
        Ok(people)
    }

    /// Whether a grant, as somebody has read it from the record of the person who gave it, is to the asker and in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_grant_to(&self, asker: &Asker, consent: &Json<'_>) -> Result<bool, RecordError> {
        let keys = grantee_keys(&self.inner, asker)?;
        let grants = relations::of(ResourceType::CONSENT, consent);
        Ok(grants.iter().any(|grant| relations::is_grant(grant.kind) && keys.contains(&grant.actor)))
    }

    /// Ends a grant to the asker, who holds it and acts for the person who gave it.
    ///
    /// # Errors
    /// 404 when there is no such grant to her, 412 when it was changed meanwhile.
    pub fn give_up(&self, permit: &Permit, id: &ResourceId) -> Result<(), RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Update)?;
        let reading = permit.for_action(Action::Read).map_err(|_| RecordError::not_found())?;
        let grant = self.read(&reading, ResourceType::CONSENT, id)?;
        if !self.is_grant_to(permit.asker(), &grant.tree()?)? {
            return Err(RecordError::not_found());
        }
        let ended = crate::prepare::parse(br#"[{"op":"replace","path":"/status","value":"inactive"}]"#)?.into_owned();
        let desk = Desk::with(inner, permit, View::of_grantee(inner, permit)?)?;
        let (name, version) = ((ResourceType::CONSENT, id.clone()), grant.version);
        inner.store.write(Lane::People, move |writer| desk.patch(writer, name, &ended, Some(version))).map(drop)
    }
}
