//! Whose record is open to a member of the public: her own, or that of somebody who lets her act for her, and how far.
//!
//! Grants are looked up on every request, so that one that was revoked or has ended opens nothing any more. Which people they
//! are of stands with the relationships; how far each reaches is read from the Consent itself, in the record of who gave it.
//! What is read here decides what a permit reaches and is shown to nobody.

use crate::Inner;
use crate::error::RecordError;
use crate::numbered;
use crate::read::damaged;
use crate::relations::{self, PARENT, PROXY};
use fhir::{ResourceId, ResourceType};
use gate::consent::Reach;
use gate::{Action, Asker};
use store::{KindSet, Part, Relation, Visibility};

/// A record that is open to a member of the public.
pub(crate) struct Open {
    /// Whose.
    pub(crate) part: Part,
    /// By which grants; none for one's own.
    grants: Option<Vec<Reach>>,
}

impl Open {
    /// What may be seen of it for `action`.
    pub(crate) fn reaches(&self, action: Action) -> Vec<Reach> {
        self.grants.as_ref().map_or_else(|| vec![Reach::whole()], |grants| Reach::together(grants, action))
    }
}

/// The record that the asker has open: none when it is nobody's, or when no grant opens anything of it.
pub(crate) fn open(inner: &Inner, asker: &Asker) -> Result<Option<Open>, RecordError> {
    let Some(patient) = &asker.patient else { return Ok(None) };
    let Some(part) = inner.store.read(|reader| reader.part_of(patient))? else { return Ok(None) };
    if !acts_for_another(asker) {
        return Ok(Some(Open { part, grants: None }));
    }
    let keys = grantee_keys(inner, asker)?;
    if !parts(inner, &keys)?.contains(&part) {
        return Ok(None);
    }
    let grants = reaches(inner, part, &keys)?;
    Ok((!grants.is_empty()).then_some(Open { part, grants: Some(grants) }))
}

/// The record that the asker has open as a whole.
pub(crate) fn whole_part(inner: &Inner, asker: &Asker) -> Result<Option<Part>, RecordError> {
    let open = open(inner, asker)?;
    Ok(open.filter(|open| open.reaches(Action::Read).iter().any(Reach::is_whole)).map(|open| open.part))
}

/// Whether the asker is a member of the public with her own record open.
pub(crate) fn is_own(asker: &Asker) -> bool {
    let own = asker.who.as_str().strip_prefix("Patient/");
    asker.patient.as_ref().is_some_and(|patient| own == Some(patient.as_str()))
}

/// Whether the asker is a member of the public with somebody else's record open.
pub(crate) fn acts_for_another(asker: &Asker) -> bool {
    let own = asker.who.as_str().strip_prefix("Patient/");
    asker.patient.as_ref().is_some_and(|patient| own.is_some_and(|own| own != patient.as_str()))
}

/// The people of whose records grants to the asker open something now.
pub(crate) fn granted(inner: &Inner, asker: &Asker) -> Result<Vec<Part>, RecordError> {
    let keys = grantee_keys(inner, asker)?;
    let mut opened = Vec::new();
    for part in parts(inner, &keys)? {
        if !reaches(inner, part, &keys)?.is_empty() {
            opened.push(part);
        }
    }
    Ok(opened)
}

/// The people with grants in force to whom these numbers mean. While a whole record is locked nobody acts for its person.
fn parts(inner: &Inner, keys: &[u64]) -> Result<Vec<Part>, RecordError> {
    let now_ms = inner.clock.now_ms();
    let mut parts = Vec::new();
    for actor in keys {
        for (part, kind) in inner.store.read(|reader| reader.relations(*actor, now_ms))? {
            let is_new = relations::is_grant(kind) && !parts.contains(&part);
            if is_new && holds(inner, part, kind)? && !inner.choices.shut(inner, part)? {
                parts.push(part);
            }
        }
    }
    Ok(parts)
}

/// How far the grants in one person's record reach that are to whom these numbers mean, and hold now.
fn reaches(inner: &Inner, part: Part, keys: &[u64]) -> Result<Vec<Reach>, RecordError> {
    let now_ms = inner.clock.now_ms();
    let consents = KindSet::NONE.with(ResourceType::CONSENT);
    let is_hers = |one: &Relation| relations::is_grant(one.kind) && keys.contains(&one.actor) && one.holds_at(now_ms);
    let mut reaches = Vec::new();
    for row in inner.store.read(|reader| reader.rows_in(part, consents))? {
        let consent = fhir::json::parse(&row.body).map_err(|_| damaged())?;
        let relations = relations::of(ResourceType::CONSENT, &consent);
        let Some(grant) = relations.iter().find(|one| is_hers(one)) else { continue };
        if holds(inner, part, grant.kind)? {
            reaches.extend(Reach::of(&consent));
        }
    }
    Ok(reaches)
}

/// A parent's grant ends on the child's 16th birthday.
fn holds(inner: &Inner, part: Part, kind: u8) -> Result<bool, RecordError> {
    match kind {
        PROXY => Ok(true),
        PARENT => is_child(inner, part, inner.clock.now_ms()),
        _ => Ok(false),
    }
}

/// The numbers under which grants to the asker are kept; none for somebody who is not a member of the public.
pub(crate) fn grantee_keys(inner: &Inner, asker: &Asker) -> Result<Vec<u64>, RecordError> {
    let who = asker.who.as_str();
    let Some(Ok(own)) = who.strip_prefix("Patient/").map(ResourceId::parse) else { return Ok(Vec::new()) };
    let row = patient_row(inner, &own)?;
    let tree = row.as_ref().map(|row| fhir::json::parse(&row.body)).transpose();
    let tree = tree.map_err(|_| damaged())?;
    let mut keys = relations::actors_of_person(who, tree.as_ref());
    for number in tree.as_ref().map(numbered::numbers_of).unwrap_or_default() {
        if is_hers_alone(inner, number)? {
            keys.push(relations::actor_by_number_alone(number));
        }
    }
    Ok(keys)
}

/// Whether nobody else here has the number: where two have, one of them has it by mistake, and it lets in neither.
fn is_hers_alone(inner: &Inner, number: &str) -> Result<bool, RecordError> {
    Ok(numbered::rows_with(&inner.store, &Visibility::everything(), number)?.len() == 1)
}

fn is_child(inner: &Inner, part: Part, now_ms: i64) -> Result<bool, RecordError> {
    let Some(id) = inner.store.read(|reader| reader.patient_of(part))? else { return Ok(false) };
    let Some(row) = patient_row(inner, &id)? else { return Ok(false) };
    let tree = fhir::json::parse(&row.body).map_err(|_| damaged())?;
    Ok(relations::is_under_16(&tree, now_ms))
}

/// The Patient resource of a person who is here now.
pub(crate) fn patient_row(inner: &Inner, id: &ResourceId) -> Result<Option<store::Row>, RecordError> {
    let found = inner.store.read(|reader| reader.get(&Visibility::everything(), ResourceType::PATIENT, id))?;
    Ok(match found {
        Some(store::Found::Here(row)) => Some(row),
        _ => None,
    })
}
