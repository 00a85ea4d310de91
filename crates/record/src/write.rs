//! Create, update, delete and patch, with their conditional forms.
//!
//! Conditions (If-Match, If-None-Exist, criteria in the URL) are evaluated by the store's single writer, in the transaction that
//! makes the change: two clients that create the same thing at once make one. What the reader may not see does not count as
//! there, and nothing hidden is overwritten. The entry of the log goes with the change.
//!
//! Whoever does not see all of a type names its resources by id only when she sees them: to her an id that is hidden, that was
//! deleted, and that never was, are one and the same, so she makes new resources under ids that are given.

use crate::error::{RecordError, Refusal};
use crate::log::Draft;
use crate::logbook::{self, Outcome, draft, note, target};
use crate::numbered::{self, Ask};
use crate::prepare::{self, prepare};
use crate::read::Resource;
use crate::search::{Question, Search};
use crate::view::View;
use crate::{Inner, Record, References, clock, patch, relations};
use fhir::issue::{Issue, IssueCode};
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit, Role};
use store::{Expect, Found, Lane, PageRequest, Part, Prepared, Version, Visibility, Writer};

/// The conditions of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// If-Match: only when this is the current version.
    pub if_match: Option<Version>,
    /// If-None-Exist, or the criteria in the URL of a conditional update, patch or delete.
    pub criteria: Option<Vec<(String, String)>>,
}

/// What a change came to.
#[derive(Clone, Debug)]
pub struct Written {
    /// The resource as it now is.
    pub resource: Resource,
    /// Whether it is new.
    pub created: bool,
    /// False when nothing had to be done: a conditional create found what it would have made.
    pub changed: bool,
    /// What the client should know: references to resources that are not there.
    pub warnings: Vec<Issue>,
}

/// Everything a change needs on the writer's thread.
pub(crate) struct Desk {
    view: View,
    /// What the asker may find; criteria and reported references go by it.
    finding: Visibility,
    entry: Draft,
    references: References,
    /// Whether a grant holds that names by NHS number alone whom it lets act: only a connected system is believed so.
    trusts_numbers: bool,
}

impl Desk {
    /// The desk for a change under `permit`.
    pub(crate) fn open(inner: &Inner, permit: &Permit) -> Result<Self, RecordError> {
        Self::with(inner, permit, View::of(inner, permit)?)
    }

    /// The desk for a change under `permit` of what `view` lets it reach.
    pub(crate) fn with(inner: &Inner, permit: &Permit, view: View) -> Result<Self, RecordError> {
        let finding = match permit.for_action(Action::Search) {
            Ok(search) => View::of(inner, &search)?.visibility,
            Err(_) => Visibility::nothing(),
        };
        let entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
        let trusts_numbers = permit.asker().role == Role::ServiceAccount;
        Ok(Self { view, finding, entry, references: inner.references, trusts_numbers })
    }

    /// The one person whom an NHS number means in a resource of `kind`. Whoever may write such about everybody may name anybody;
    /// others name those whom they find.
    pub(crate) fn person_with(
        &self,
        of: &dyn Ask,
        kind: ResourceType,
        number: &str,
    ) -> Result<Option<ResourceId>, RecordError> {
        let everything = Visibility::everything();
        let is_for_all = self.view.admits(kind, store::Labels::default(), &[None]);
        numbered::person_with(of, if is_for_all { &everything } else { &self.finding }, number)
    }

    /// Fills in whom a resource is about that says so by NHS number alone.
    fn fill_in(&self, of: &dyn Ask, kind: ResourceType, resource: &mut Json<'_>) -> Result<(), RecordError> {
        numbered::fill_in(resource, &|number| self.person_with(of, kind, number))
    }

    /// Stores `prepared` if the asker may, and notes it for the log.
    pub(crate) fn put(&self, writer: &mut Writer<'_>, task: Put) -> Result<Written, RecordError> {
        let Put { prepared, targets, is_by_number, lets_in, expect } = task;
        let (kind, id) = (prepared.kind, prepared.id.clone());
        let current = writer.get(&self.view.visibility, kind, &id)?;
        if current.is_none() && expect != Expect::Absent && !self.view.sees_all_of(kind) {
            return Err(not_seen());
        }
        let mut parts: Vec<Option<Part>> = Vec::with_capacity(prepared.subjects.len());
        for subject in &prepared.subjects {
            parts.push(writer.part_of(subject)?);
        }
        if !self.view.admits(kind, prepared.labels, &parts) {
            return Err(RecordError::not_found());
        }
        if is_by_number {
            return Err(numbered::unknown());
        }
        if !self.trusts_numbers && !lets_in.is_empty() {
            refuse_new_numbers(&lets_in, current.as_ref())?;
        }
        let warnings = self.missing(writer, &targets, (kind, &id))?;
        let (labels, subjects) = (prepared.labels, prepared.subjects.clone());
        let mut parts = match &current {
            Some(Found::Here(before)) => writer.parts_of(before)?,
            _ => Vec::new(),
        };
        let store::Written { rid, version, updated_ms, created, body } = writer.put(prepared, expect)?;
        let resource = Resource { kind, id, version, updated_ms, body, rid, labels };
        for subject in &subjects {
            parts.extend(writer.part_of(subject)?);
        }
        // In whose record it was and in whose it is.
        self.note(writer, &resource, (u64::from(version.number()), parts));
        Ok(Written { resource, created, changed: true, warnings })
    }

    /// Notes a resource that a condition found: that it is there is an answer, too.
    pub(crate) fn note_found(&self, writer: &mut Writer<'_>, found: &Resource) {
        self.note(writer, found, (u64::from(found.version.number()), Vec::new()));
    }

    /// Notes something that was done with a resource under a version; it concerns its person and those of `parts`.
    fn note(&self, writer: &mut Writer<'_>, resource: &Resource, (version, parts): (u64, Vec<Part>)) {
        let mut entry = self.entry.clone();
        logbook::about_one(&mut entry, &self.view, resource);
        entry.subjects.extend(parts.into_iter().filter_map(|part| self.view.subject(part)));
        entry.target = Some(target(resource.kind, resource.id.as_str(), version));
        writer.note(note(&entry));
    }

    /// References to resources that the asker cannot find: reported, or refused when the record is set so.
    fn missing(
        &self,
        writer: &Writer<'_>,
        targets: &[(ResourceType, ResourceId)],
        own: (ResourceType, &ResourceId),
    ) -> Result<Vec<Issue>, RecordError> {
        let mut issues = Vec::new();
        for (kind, id) in targets.iter().filter(|(kind, id)| (*kind, id) != own) {
            if !matches!(writer.get(&self.finding, *kind, id)?, Some(Found::Here(_))) {
                let sentence = format!(
                    "{}/{} is referred to, but there is no such resource here, or not for you.",
                    kind.name(),
                    id.as_str()
                );
                issues.push(Issue::warning(IssueCode::NotFound, sentence));
            }
        }
        if issues.is_empty() || self.references == References::Report {
            return Ok(issues);
        }
        let errors = issues.into_iter().map(|issue| Issue::error(IssueCode::BusinessRule, issue.diagnostics)).collect();
        Err(RecordError::of(Refusal::Conflict, errors))
    }

    /// The one visible resource that `criteria` find, if there is one; more than one is refused.
    pub(crate) fn only_match(
        &self,
        writer: &Writer<'_>,
        kind: ResourceType,
        criteria: &[(String, String)],
    ) -> Result<Option<Resource>, RecordError> {
        if criteria.is_empty() {
            let sentence = "A conditional request needs at least one search parameter as its condition.";
            return Err(RecordError::new(Refusal::PreconditionFailed, IssueCode::Required, sentence));
        }
        let search = Search { params: criteria.to_vec(), ..Search::of(kind, &[]) };
        let query = Question::read(search)?;
        let two = PageRequest::first(2);
        let mut found = writer.search(&self.finding, query.query(), &two)?.matches;
        let first = found.pop();
        if found.is_empty() {
            return Ok(first.map(Resource::of));
        }
        let sentence =
            "More than one resource matches the condition, so it is not clear which one is meant. Make it narrower.";
        Err(RecordError::new(Refusal::PreconditionFailed, IssueCode::MultipleMatches, sentence))
    }

    /// Deletes a resource that the asker sees.
    pub(crate) fn delete(
        &self,
        writer: &mut Writer<'_>,
        (kind, id): (ResourceType, &ResourceId),
        if_match: Option<Version>,
    ) -> Result<Deleted, RecordError> {
        match writer.get(&self.view.visibility, kind, id)? {
            None => Err(RecordError::not_found()),
            Some(Found::Gone { version, .. }) => Ok(Deleted { version, changed: false }),
            Some(Found::Here(row)) => {
                let gone = writer.delete(kind, id, if_match.map_or(Expect::Any, Expect::Version))?;
                let parts = writer.parts_of(&row)?;
                self.note(writer, &Resource::of(row), (u64::from(gone.version.number()), parts));
                Ok(Deleted { version: gone.version, changed: true })
            }
        }
    }
}

/// A resource that is ready to be stored.
pub(crate) struct Put {
    pub(crate) prepared: Prepared,
    pub(crate) targets: Vec<(ResourceType, ResourceId)>,
    /// Whether it says by NHS number alone whom it is about.
    pub(crate) is_by_number: bool,
    /// Whom it lets act for the person and names by NHS number alone.
    pub(crate) lets_in: Vec<u64>,
    pub(crate) expect: Expect,
}

impl Put {
    /// Checks `resource` and makes it ready under `id`.
    pub(crate) fn of(
        kind: ResourceType,
        id: ResourceId,
        resource: &Json<'_>,
        expect: Expect,
    ) -> Result<Self, RecordError> {
        let prepared = prepare(kind, id, resource)?;
        let is_by_number = numbered::is_by_number(resource);
        let lets_in = relations::by_number_alone(kind, resource);
        Ok(Self { prepared, targets: prepare::targets(kind, resource), is_by_number, lets_in, expect })
    }
}

/// What a deletion came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// The version that the deletion is.
    pub version: Version,
    /// False when it was deleted before.
    pub changed: bool,
}

impl Record {
    /// Creates a resource under a new id; with criteria, only when nothing visible matches them.
    ///
    /// # Errors
    /// 400 and 422 for what is wrong in it, 404 when it is about a person not for this asker, 412 for several matches.
    pub fn create(
        &self,
        permit: &Permit,
        kind: ResourceType,
        bytes: &[u8],
        change: Change,
    ) -> Result<Written, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Create)?;
        let mut resource = of_kind(kind, bytes)?;
        let id = clock::new_resource_id(inner.ids.as_ref())?;
        let desk = Desk::open(inner, permit)?;
        desk.fill_in(&inner.store, kind, &mut resource)?;
        let put = Put::of(kind, id, &resource, Expect::Absent)?;
        inner.store.write(Lane::People, move |writer| {
            if let Some(criteria) = &change.criteria
                && let Some(found) = desk.only_match(writer, kind, criteria)?
            {
                desk.note_found(writer, &found);
                return Ok(Written { resource: found, created: false, changed: false, warnings: Vec::new() });
            }
            desk.put(writer, put)
        })
    }

    /// Replaces a resource, or creates it under this id for whoever sees all of its type.
    ///
    /// # Errors
    /// As for [`Record::create`]; 404 for an id that the asker does not see, whatever the reason; 412 when If-Match names another
    /// version than the current one.
    pub fn update(
        &self,
        permit: &Permit,
        (kind, id): (ResourceType, &ResourceId),
        bytes: &[u8],
        change: &Change,
    ) -> Result<Written, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Update)?;
        let mut resource = of_kind(kind, bytes)?;
        match prepare::id_of(&resource)? {
            Some(own) if own == *id => {}
            _ => {
                let sentence = format!("The resource must carry the id of the URL: \"id\": \"{}\".", id.as_str());
                return Err(RecordError::bad_request(IssueCode::Value, sentence));
            }
        }
        let desk = Desk::open(inner, permit)?;
        desk.fill_in(&inner.store, kind, &mut resource)?;
        let put = Put::of(kind, id.clone(), &resource, change.if_match.map_or(Expect::Any, Expect::Version))?;
        inner.store.write(Lane::People, move |writer| desk.put(writer, put))
    }

    /// Replaces the one resource that the criteria find, or creates one when they find none: under the id in its body as
    /// [`Record::update`] would, else under one that is given.
    ///
    /// # Errors
    /// As for [`Record::update`]; 412 when several match.
    pub fn conditional_update(
        &self,
        permit: &Permit,
        kind: ResourceType,
        bytes: &[u8],
        change: Change,
    ) -> Result<Written, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Update)?;
        let mut resource = of_kind(kind, bytes)?.into_owned();
        let own = prepare::id_of(&resource)?;
        let new = clock::new_resource_id(inner.ids.as_ref())?;
        let desk = Desk::open(inner, permit)?;
        inner.store.write(Lane::People, move |writer| {
            let found = desk.only_match(writer, kind, change.criteria.as_deref().unwrap_or_default())?;
            let otherwise = if found.is_none() && own.is_none() { Expect::Absent } else { Expect::Any };
            let id = match (&found, own) {
                (Some(found), Some(own)) if found.id != own => return Err(other_id()),
                (Some(found), _) => found.id.clone(),
                (None, own) => own.unwrap_or(new),
            };
            let expect = change.if_match.map_or(otherwise, Expect::Version);
            desk.fill_in(writer, kind, &mut resource)?;
            desk.put(writer, Put::of(kind, id, &resource, expect)?)
        })
    }

    /// Applies a JSON Patch to a resource.
    ///
    /// # Errors
    /// 404 when it is not there for this asker, 422 when the patch does not fit or its result is not right, 412 for If-Match.
    pub fn patch(
        &self,
        permit: &Permit,
        (kind, id): (ResourceType, &ResourceId),
        bytes: &[u8],
        change: &Change,
    ) -> Result<Written, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Update)?;
        let operations = prepare::parse(bytes)?.into_owned();
        let desk = Desk::open(inner, permit)?;
        let (id, if_match) = (id.clone(), change.if_match);
        inner.store.write(Lane::People, move |writer| desk.patch(writer, (kind, id), &operations, if_match))
    }

    /// Deletes a resource; its history stays.
    ///
    /// # Errors
    /// 404 when it is not there for this asker, 412 for If-Match.
    pub fn delete(
        &self,
        permit: &Permit,
        (kind, id): (ResourceType, &ResourceId),
        if_match: Option<Version>,
    ) -> Result<Deleted, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Delete)?;
        let desk = Desk::open(inner, permit)?;
        let id = id.clone();
        inner.store.write(Lane::People, move |writer| desk.delete(writer, (kind, &id), if_match))
    }

    /// Deletes the one resource that the criteria find; none is fine.
    ///
    /// # Errors
    /// 412 when several match.
    pub fn conditional_delete(
        &self,
        permit: &Permit,
        kind: ResourceType,
        criteria: Vec<(String, String)>,
    ) -> Result<Option<Deleted>, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Delete)?;
        let desk = Desk::open(inner, permit)?;
        inner.store.write(Lane::People, move |writer| match desk.only_match(writer, kind, &criteria)? {
            Some(found) => desk.delete(writer, (kind, &found.id), None).map(Some),
            None => Ok(None),
        })
    }
}

impl Desk {
    /// Patches what is there now, in the writer, so that no change in between is lost.
    pub(crate) fn patch(
        &self,
        writer: &mut Writer<'_>,
        (kind, id): (ResourceType, ResourceId),
        operations: &Json<'_>,
        if_match: Option<Version>,
    ) -> Result<Written, RecordError> {
        let current = match writer.get(&self.view.visibility, kind, &id)? {
            Some(Found::Here(row)) => Resource::of(row),
            Some(Found::Gone { .. }) => {
                return Err(RecordError::new(Refusal::Gone, IssueCode::Deleted, "This resource was deleted."));
            }
            None => return Err(RecordError::not_found()),
        };
        let mut tree = current.tree()?.into_owned();
        patch::apply(&mut tree, operations)
            .map_err(|error| RecordError::new(Refusal::Unprocessable, IssueCode::Processing, format!("{error}.")))?;
        let same = prepare::kind_of(&tree)? == kind && prepare::id_of(&tree)?.as_ref() == Some(&id);
        if !same {
            let sentence = "A patch must not change resourceType or id.";
            return Err(RecordError::new(Refusal::Unprocessable, IssueCode::BusinessRule, sentence));
        }
        self.fill_in(writer, kind, &mut tree)?;
        let expect = Expect::Version(if_match.unwrap_or(current.version));
        self.put(writer, Put::of(kind, id, &tree, expect)?)
    }
}

/// The one answer for every id that the asker does not see.
fn not_seen() -> RecordError {
    let sentence = "There is no such resource here, or not for you. To make a new one, POST it: it gets its own id.";
    RecordError::new(Refusal::NotFound, IssueCode::NotFound, sentence)
}

/// A conditional update whose body is for another resource.
pub(crate) fn other_id() -> RecordError {
    let sentence = "The condition finds another resource than the one whose id is in the body.";
    RecordError::bad_request(IssueCode::Value, sentence)
}

/// Refuses to let somebody in who is named by number alone and was not let in before: with a slip in the number it would be a
/// stranger.
fn refuse_new_numbers(lets_in: &[u64], current: Option<&Found>) -> Result<(), RecordError> {
    let before = match current {
        Some(Found::Here(row)) => {
            let consent = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
            relations::by_number_alone(ResourceType::CONSENT, &consent)
        }
        _ => Vec::new(),
    };
    if lets_in.iter().all(|actor| before.contains(actor)) {
        return Ok(());
    }
    let sentence = format!(
        "A number alone lets nobody in, since a slip in it would let in a stranger. Give the date of birth as well, in the \
         extension {} of the actor's reference.",
        relations::BIRTH_DATE
    );
    Err(RecordError::new(Refusal::Unprocessable, IssueCode::BusinessRule, sentence))
}

/// Parses a resource that must be of `kind`.
fn of_kind(kind: ResourceType, bytes: &[u8]) -> Result<Json<'_>, RecordError> {
    let resource = prepare::parse(bytes)?;
    let found = prepare::kind_of(&resource)?;
    if found == kind {
        return Ok(resource);
    }
    let sentence = format!("This is a {}, but the URL is for {}.", found.name(), kind.name());
    Err(RecordError::bad_request(IssueCode::Value, sentence))
}
