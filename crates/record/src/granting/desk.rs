//! What a practice sees, records and ends: the grants of people who are registered with it, and nothing else of their records.
//!
//! Leave for choices about sharing with the purpose administration reaches nothing anywhere but here, and here one person's grants: what
//! she has refused is no business of the desk, but for whether she may be asked about research, which the practice is to heed. A person who is registered elsewhere is like one who does not exist.

use super::writing::Practice;
use super::{About, Checked, EndReason, Granted, NewGrant};
use crate::acting::patient_row;
use crate::error::{RecordError, Refusal};
use crate::grants::ended_as;
use crate::logbook::{Outcome, about_many, draft, target};
use crate::prepare;
use crate::read::{Resource, damaged};
use crate::research_contact::ResearchContact;
use crate::view::View;
use crate::write::{Desk, Put};
use crate::{Inner, Record, clock, relations};
use fhir::issue::IssueCode;
use fhir::json::Json;
use fhir::{OdsCode, ResourceId, ResourceType};
use gate::consent::is_grant;
use gate::{Action, Organisation, Permit, Purpose, RelationKind};
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Expect, KindSet, Lane, Part};

/// What a practice sees of those who are registered with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtPractice {
    /// The grants, in force and ended, the newest first.
    pub grants: Vec<Granted>,
    /// What she has said of being asked about research; none when she has said nothing, and nobody asks.
    pub research: Option<ResearchContact>,
}

impl Record {
    /// The grants of somebody who is registered with the asker's practice, and whether she may be asked about research.
    ///
    /// # Errors
    /// 404 when she is not registered there, or the permit reaches no grants.
    pub fn grants_at_practice(&self, permit: &Permit, patient: &ResourceId) -> Result<AtPractice, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Search)?;
        let mut entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
        let Some((part, view)) = registered(inner, permit, patient)? else {
            entry.target = Some(target(ResourceType::PATIENT, patient.as_str(), 0));
            crate::logbook::nothing_there(&mut entry);
            inner.log_read(entry)?;
            return Err(RecordError::not_found());
        };
        let rows = consents(inner, part, &view, |tree| is_grant(tree) || ResearchContact::of(tree).is_some())?;
        // Also that there are none is told about her.
        about_many(&mut entry, &view, &rows.iter().collect::<Vec<_>>(), vec![part]);
        if rows.is_empty() {
            entry.target = Some(target(ResourceType::PATIENT, patient.as_str(), 0));
        }
        inner.log_read(entry)?;
        let (mut grants, mut answers) = (Vec::new(), Vec::new());
        for row in &rows {
            let tree = row.tree()?;
            grants.extend(Granted::of(&tree));
            answers.extend(ResearchContact::of(&tree));
        }
        grants.sort_by(|one, other| other.since.cmp(&one.since));
        Ok(AtPractice { grants, research: ResearchContact::in_force(answers) })
    }

    /// Records a grant for somebody who is registered with the asker's practice; `today` is the day there.
    ///
    /// # Errors
    /// 404 when she is not registered there, 409 when the holder may act for her already, 422 when what it rests on, the days or the
    /// evidence do not fit.
    pub fn record_grant(
        &self,
        permit: &Permit,
        patient: &ResourceId,
        (grant, checked): (&NewGrant, &Checked),
        today: Date,
    ) -> Result<(), RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Create)?;
        let (part, view) = registered(inner, permit, patient)?.ok_or_else(RecordError::not_found)?;
        let row = patient_row(inner, patient)?.ok_or_else(RecordError::not_found)?;
        let about = About::of(&fhir::json::parse(&row.body).map_err(|_| damaged())?);
        if let Some(sentence) = about.wrong(grant, checked, (permit.role(), today)) {
            return Err(RecordError::new(Refusal::Unprocessable, IssueCode::BusinessRule, sentence));
        }
        let now_ms = inner.clock.now_ms();
        for known in grants(inner, part, &view)? {
            let known = Granted::of(&known.tree()?);
            if known.is_some_and(|known| known.stands_at(now_ms) && known.is_to(&grant.holder.number)) {
                let sentence = "This person can act already: end that grant first.";
                return Err(RecordError::new(Refusal::Conflict, IssueCode::Duplicate, sentence));
            }
        }
        let ods = permit.organisation().map(|organisation| ods_code(inner, organisation)).transpose()?.flatten();
        let number = about.numbers.first().map(String::as_str);
        let practice = Practice { patient, number, ods, asker: permit.asker() };
        let at = Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let bytes = grant.by_practice(&practice, checked, at).to_string().into_bytes();
        let id = clock::new_resource_id(inner.ids.as_ref())?;
        let put = Put::of(ResourceType::CONSENT, id, &prepare::parse(&bytes)?, Expect::Absent)?;
        let desk = Desk::with(inner, permit, view)?;
        inner.store.write(Lane::People, move |writer| desk.put(writer, put)).map(drop)
    }

    /// Ends a grant of somebody who is registered with the asker's practice, and says why.
    ///
    /// # Errors
    /// 404 when there is no such grant in force, 412 when it was changed meanwhile.
    pub fn end_grant(
        &self,
        permit: &Permit,
        (patient, id): (&ResourceId, &ResourceId),
        why: EndReason,
    ) -> Result<(), RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Update)?;
        let (part, view) = registered(inner, permit, patient)?.ok_or_else(RecordError::not_found)?;
        let known = grants(inner, part, &view)?.into_iter().find(|one| one.id == *id);
        let known = known.ok_or_else(RecordError::not_found)?;
        let patch = {
            let tree = known.tree()?;
            let stands = Granted::of(&tree).is_some_and(|granted| granted.stands_at(inner.clock.now_ms()));
            if !stands {
                return Err(RecordError::not_found());
            }
            let (status, reason, words) = why.told();
            ended_as(&tree, status, reason, words)
        };
        let patch = prepare::parse(patch.as_bytes())?.into_owned();
        let desk = Desk::with(inner, permit, view)?;
        let (name, version) = ((ResourceType::CONSENT, id.clone()), known.version);
        inner.store.write(Lane::People, move |writer| desk.patch(writer, name, &patch, Some(version))).map(drop)
    }
}

/// The person's part of the store with the view of her grants; none where she is not registered with the asker's practice or the permit
/// is not for this.
fn registered(inner: &Inner, permit: &Permit, patient: &ResourceId) -> Result<Option<(Part, View)>, RecordError> {
    if permit.purpose() != Purpose::Administration || patient_row(inner, patient)?.is_none() {
        return Ok(None);
    }
    let (Some(organisation), Some(part)) = (permit.organisation(), inner.store.read(|reader| reader.part_of(patient))?)
    else {
        return Ok(None);
    };
    let actor = relations::actor(&format!("Organization/{}", organisation.id.as_str()));
    let now_ms = inner.clock.now_ms();
    let related = inner.store.read(|reader| reader.relations(actor, now_ms))?;
    let is_registered = related.contains(&(part, RelationKind::RegisteredPractice.code()));
    if !is_registered || !permit.allows(ResourceType::CONSENT, permit.action()) {
        return Ok(None);
    }
    Ok(Some((part, View::of_grants(inner, permit, part)?)))
}

/// The grants in a person's record that the view shows.
fn grants(inner: &Inner, part: Part, view: &View) -> Result<Vec<Resource>, RecordError> {
    consents(inner, part, view, is_grant)
}

/// The Consents in a person's record that the view shows and that are wanted.
fn consents(
    inner: &Inner,
    part: Part,
    view: &View,
    is_wanted: impl Fn(&Json<'_>) -> bool,
) -> Result<Vec<Resource>, RecordError> {
    let consents = KindSet::NONE.with(ResourceType::CONSENT);
    let rows = inner.store.read(|reader| reader.rows_in(part, consents))?;
    let seen = rows.into_iter().filter(|row| view.visibility.sees(row.rid, row.labels)).map(Resource::of);
    let mut wanted = Vec::new();
    for resource in seen {
        if is_wanted(&resource.tree()?) {
            wanted.push(resource);
        }
    }
    Ok(wanted)
}

/// The code of an organisation in the national directory, where our directory has it.
fn ods_code(inner: &Inner, organisation: &Organisation) -> Result<Option<OdsCode>, RecordError> {
    let Some(kind) = ResourceType::parse("Organization") else { return Ok(None) };
    let everything = store::Visibility::everything();
    let found = inner.store.read(|reader| reader.get(&everything, kind, &organisation.id))?;
    let Some(store::Found::Here(row)) = found else { return Ok(None) };
    let tree = fhir::json::parse(&row.body).map_err(|_| damaged())?;
    let identifiers = tree.get("identifier").map(Json::items).unwrap_or_default();
    let is_ods = |one: &&Json<'_>| one.get("system").and_then(Json::text) == Some(OdsCode::SYSTEM);
    let code = identifiers.iter().find(is_ods).and_then(|one| one.get("value")).and_then(Json::text);
    Ok(code.and_then(|code| OdsCode::parse(code).ok()))
}
