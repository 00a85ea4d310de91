//! Whom somebody may act for, and how she gives that up.
//!
//! Grants are Consents in the record of the person who gave them. Whoever holds one learns here whose it is and nothing of that
//! record: what she then sees is decided when she acts for that person. She changes nothing there but to end her own grant.

use crate::Record;
use crate::acting::{self, granted, grantee_keys};
use crate::error::RecordError;
use crate::relations;
use crate::view::View;
use crate::write::Desk;
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::consent::Reach;
use gate::{Action, Asker, Permit};
use store::Lane;

/// The extension of a Consent that says why it has its status.
pub(crate) const STATUS_REASON: &str =
    "https://fhir.nhs.uk/England/StructureDefinition/Extension-England-Consent-Status-Reason";
/// The codes that it takes.
pub(crate) const STATUS_REASONS: &str = "https://fhir.nhs.uk/England/CodeSystem/England-ConsentStatusReason";

/// The patch that ends a grant, and says why in the way of the national service: its lists know no reason for an end before its
/// time but "other", in words.
#[must_use]
pub fn ended(grant: &Json<'_>, why: &str) -> String {
    ended_as(grant, "inactive", ("OTHER", "Other"), why)
}

/// The patch that gives a grant its last status, with the national code of the reason and words.
pub(crate) fn ended_as(grant: &Json<'_>, status: &str, (code, display): (&str, &str), why: &str) -> String {
    let extensions = grant.get("extension").map(Json::items).unwrap_or_default();
    let is_reason = |one: &Json<'_>| one.get("url").and_then(Json::text) == Some(STATUS_REASON);
    let coding = serde_json::json!([{ "system": STATUS_REASONS, "code": code, "display": display }]);
    let reason = serde_json::json!({ "url": STATUS_REASON, "valueCodeableConcept": { "coding": coding, "text": why } });
    let told = match extensions.iter().position(is_reason) {
        Some(place) => serde_json::json!({ "op": "replace", "path": format!("/extension/{place}"), "value": reason }),
        None if extensions.is_empty() => serde_json::json!({ "op": "add", "path": "/extension", "value": [reason] }),
        None => serde_json::json!({ "op": "add", "path": "/extension/-", "value": reason }),
    };
    serde_json::json!([{ "op": "replace", "path": "/status", "value": status }, told]).to_string()
}

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

    /// What the asker may see for the permit's action of the record that she has open: the whole, where it is her own.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reaches(&self, permit: &Permit) -> Result<Vec<Reach>, RecordError> {
        let open = acting::open(&self.inner, permit.asker())?;
        Ok(open.map(|open| open.reaches(permit.action())).unwrap_or_default())
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
        let ended = ended(&grant.tree()?, "Ended by whom it let act");
        let ended = crate::prepare::parse(ended.as_bytes())?.into_owned();
        let desk = Desk::with(inner, permit, View::of_grantee(inner, permit)?)?;
        let (name, version) = ((ResourceType::CONSENT, id.clone()), grant.version);
        inner.store.write(Lane::People, move |writer| desk.patch(writer, name, &ended, Some(version))).map(drop)
    }
}
