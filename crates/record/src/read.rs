//! Reading one resource, its versions, histories, and all of one person.

use crate::error::{RecordError, Refusal};
use crate::kept_back;
use crate::log::{Draft, Subject};
use crate::logbook::{Outcome, about_many, about_one, draft, nothing_there, subjects_of, target};
use crate::view::View;
use crate::{Inner, Record};
use fhir::issue::IssueCode;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit, RelationKind};
use store::{Found, HistoryOf, KindSet, Labels, Part, Reader, Rid, Row, StoreError, Version};

/// A resource as it is given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// Its version.
    pub version: Version,
    /// meta.lastUpdated, milliseconds since 1970 UTC.
    pub updated_ms: i64,
    /// The JSON bytes, exactly as every other reader gets them.
    pub body: Vec<u8>,
    pub(crate) rid: Rid,
    pub(crate) labels: Labels,
}

impl Resource {
    pub(crate) fn of(row: Row) -> Self {
        let Row { rid, kind, id, version, updated_ms, labels, body } = row;
        Self { kind, id, version, updated_ms, body, rid, labels }
    }

    /// Whether it is in a person's record.
    pub(crate) fn is_somebodys(&self) -> bool {
        self.rid.part() != Part::SHARED
    }

    /// The resource as a tree.
    ///
    /// # Errors
    /// When the stored bytes are not JSON, which means damage.
    pub fn tree(&self) -> Result<fhir::json::Json<'_>, RecordError> {
        fhir::json::parse(&self.body).map_err(|_| damaged())
    }

    /// `Type/id`, the way others refer to it.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}/{}", self.kind.name(), self.id.as_str())
    }
}

pub(crate) fn damaged() -> RecordError {
    RecordError::new(
        Refusal::Internal,
        IssueCode::Exception,
        "A stored resource cannot be read. Tell whoever runs this record.",
    )
}

/// Whose history is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryQuestion {
    /// One resource.
    Instance(ResourceType, ResourceId),
    /// All of a type.
    Type(ResourceType),
    /// All there is.
    System,
}

/// A page of a history, as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Whose.
    pub question: HistoryQuestion,
    /// Only what changed at or after this time, milliseconds since 1970 UTC.
    pub since_ms: Option<i64>,
    /// How many steps a page holds.
    pub count: u32,
    /// Token of the page, none for the first.
    pub page: Option<String>,
}

/// One step of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The type.
    pub kind: ResourceType,
    /// The id.
    pub id: ResourceId,
    /// The version that this step made.
    pub version: Version,
    /// When, milliseconds since 1970 UTC.
    pub updated_ms: i64,
    /// What was done.
    pub change: store::Change,
    /// The resource after it; none after a deletion.
    pub body: Option<Vec<u8>>,
}

/// A page of a history, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The steps.
    pub entries: Vec<HistoryEntry>,
    /// Token of the next page.
    pub next: Option<String>,
}

impl Record {
    /// The care relationship of the asker with a person, if she has one now: by the record, by her own word, or by an emergency.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn relation_to(&self, permit: &Permit, patient: &ResourceId) -> Result<Option<RelationKind>, RecordError> {
        let Some(part) = self.inner.store.read(|reader| reader.part_of(patient))? else { return Ok(None) };
        Ok(View::of(&self.inner, permit)?.relation_to(part))
    }

    /// The person of a resource as the log names her, with her relationship to the asker: for an entry about something that is done
    /// with what this permit has shown. None for what is in nobody's record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn subject_of(&self, permit: &Permit, resource: &Resource) -> Result<Option<Subject>, RecordError> {
        Ok(View::of(&self.inner, permit)?.subject(resource.rid.part()))
    }

    /// The current version of one resource.
    ///
    /// # Errors
    /// 404 when there is none or not for this reader, 410 when it was deleted.
    pub fn read(&self, permit: &Permit, kind: ResourceType, id: &ResourceId) -> Result<Resource, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Read)?;
        let view = view_of_one(inner, permit, kind)?;
        let found = inner.store.read(|reader| with_parts(reader, reader.get(&view.visibility, kind, id)?))?;
        inner.answer_one(permit, &view, (kind, id), found)
    }

    /// One version of one resource.
    ///
    /// # Errors
    /// 404 when there is none or not for this reader, 410 when that version is a deletion.
    pub fn vread(
        &self,
        permit: &Permit,
        kind: ResourceType,
        id: &ResourceId,
        version: Version,
    ) -> Result<Resource, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Read)?;
        let view = View::of(inner, permit)?;
        let found =
            inner.store.read(|reader| with_parts(reader, reader.version(&view.visibility, (kind, id), version)?))?;
        inner.answer_one(permit, &view, (kind, id), found)
    }

    /// A page of a history, newest first, of what changed at or after `since_ms`.
    ///
    /// # Errors
    /// 404 when a resource was asked for that is not there for this reader; 400 for a page token of something else, or when
    /// the page would cost too much.
    pub fn history(&self, permit: &Permit, asked: &History) -> Result<HistoryPage, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::History)?;
        let view = View::of(inner, permit)?;
        let History { question, since_ms, count, page } = asked;
        let context = format!("{}|history|{question:?}|{since_ms:?}", permit.who());
        let after = page.as_deref().map(|token| inner.open_page(&context, token)).transpose()?;
        let of = match question {
            HistoryQuestion::Instance(kind, id) => HistoryOf::Instance(*kind, id.clone()),
            HistoryQuestion::Type(kind) => HistoryOf::Type(*kind),
            HistoryQuestion::System => HistoryOf::System,
        };
        let request = page_of(after, *count);
        let found = inner.store.read(|reader| reader.history(&view.visibility, &of, *since_ms, &request))?;
        let mut entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
        entry.query = format!("{question:?}");
        entry.subjects = subjects_of(&view, found.entries.iter().map(|step| step.rid.part()));
        entry.kinds = found.entries.iter().map(|step| step.rid.kind_code()).collect();
        entry.count = u32::try_from(found.entries.len()).unwrap_or(u32::MAX);
        let is_absent = matches!(question, HistoryQuestion::Instance(..)) && found.entries.is_empty() && page.is_none();
        if let HistoryQuestion::Instance(kind, id) = question {
            entry.target = Some(target(*kind, id.as_str(), 0));
        }
        if is_absent {
            nothing_there(&mut entry);
            if let HistoryQuestion::Instance(kind, id) = question {
                kept_back::note(inner, permit, &view, (*kind, id), &mut entry)?;
            }
            inner.log_read(entry)?;
            return Err(RecordError::not_found());
        }
        inner.log_read(entry)?;
        let next = found.next.map(|key| inner.seal_page(&context, &key)).transpose()?;
        let entries = found.entries.into_iter().map(history_entry).collect();
        Ok(HistoryPage { entries, next })
    }

    /// A page of all that is in one person's record, with what it refers to.
    ///
    /// Leave to search shows it; leave to export takes it away, and the log says which of the two it was.
    ///
    /// # Errors
    /// 404 when there is no such person for this reader.
    pub fn everything(&self, permit: &Permit, question: &Everything) -> Result<crate::search::Answer, RecordError> {
        let inner = &self.inner;
        let wanted = if permit.action() == Action::Export { Action::Export } else { Action::Search };
        inner.require(permit, wanted)?;
        let view = View::of(inner, permit)?;
        let context = question.context(permit);
        let after = question.page.as_deref().map(|token| inner.open_page(&context, token)).transpose()?;
        let request = page_of(after, question.count);
        let found = inner.store.read(|reader| {
            let kinds = if question.kinds.is_empty() { KindSet::ALL } else { question.kinds.iter().copied().collect() };
            reader.everything(&view.visibility, &question.patient, (kinds, question.since_ms), &request)
        })?;
        let mut entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
        entry.target = Some(target(ResourceType::PATIENT, question.patient.as_str(), 0));
        let Some(found) = found else {
            nothing_there(&mut entry);
            inner.log_read(entry)?;
            return Err(RecordError::not_found());
        };
        inner.answer_many(&view, entry, found, &context)
    }
}

/// The view for reading one resource: who somebody is may be known where her whereabouts are not.
pub(crate) fn view_of_one(inner: &Inner, permit: &Permit, kind: ResourceType) -> Result<View, RecordError> {
    if kind == ResourceType::PATIENT { View::of_identity(inner, permit) } else { View::of(inner, permit) }
}

/// What `$everything` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Everything {
    /// Whose record.
    pub patient: ResourceId,
    /// Only what changed at or after this time, milliseconds since 1970 UTC.
    pub since_ms: Option<i64>,
    /// Only these types; empty for all.
    pub kinds: Vec<ResourceType>,
    /// How many resources a page holds.
    pub count: u32,
    /// Token of the page, none for the first.
    pub page: Option<String>,
}

impl Everything {
    /// What a page token is bound to: the reader and the question, whichever of its pages.
    fn context(&self, permit: &Permit) -> String {
        let Self { patient, since_ms, kinds, count, page: _ } = self;
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let since = since_ms.map(|since| since.to_string()).unwrap_or_default();
        format!("{}|everything|{}|{since}|{}|{count}", permit.who(), patient.as_str(), kinds.join(","))
    }
}

fn history_entry(step: store::HistoryEntry) -> HistoryEntry {
    let store::HistoryEntry { kind, id, version, updated_ms, change, body, .. } = step;
    HistoryEntry { kind, id, version, updated_ms, change, body }
}

/// A page request of the store.
pub(crate) fn page_of(after: Option<store::PageKey>, count: u32) -> store::PageRequest {
    store::PageRequest { after, count: usize::try_from(count).unwrap_or(usize::MAX) }
}

impl Inner {
    /// A permit is for one action; using it for another is a mistake of the caller that must not widen anything.
    pub(crate) fn require(&self, permit: &Permit, action: Action) -> Result<(), RecordError> {
        if permit.action() == action {
            return Ok(());
        }
        let sentence = format!("This needs leave to {}, not to {}.", action.phrase(), permit.action().phrase());
        Err(RecordError::new(Refusal::Forbidden, IssueCode::Forbidden, sentence))
    }

    fn answer_one(
        &self,
        permit: &Permit,
        view: &View,
        (kind, id): (ResourceType, &ResourceId),
        found: WithParts,
    ) -> Result<Resource, RecordError> {
        let mut entry = draft(permit, self.clock.now_ms(), Outcome::Allowed);
        let answer = one(&mut entry, view, (kind, id), found);
        if answer.as_ref().is_err_and(|error| error.refusal == Refusal::NotFound) {
            kept_back::note(self, permit, view, (kind, id), &mut entry)?;
        }
        self.log_read(entry)?;
        answer
    }

    /// Logs an answer of many resources, and gives it out with its sealed next page.
    pub(crate) fn answer_many(
        &self,
        view: &View,
        mut entry: Draft,
        found: store::SearchAnswer,
        context: &str,
    ) -> Result<crate::search::Answer, RecordError> {
        let next = found.next.clone();
        let answer = many(&mut entry, view, found)?;
        self.log_read(entry)?;
        let next = next.map(|key| self.seal_page(context, &key)).transpose()?;
        Ok(crate::search::Answer { next, ..answer })
    }
}

/// A resource that was found, and the parts that it is in.
pub(crate) type WithParts = (Option<Found>, Vec<Part>);

/// Asks in which records a resource is that was found.
pub(crate) fn with_parts(reader: &Reader<'_>, found: Option<Found>) -> Result<WithParts, StoreError> {
    let parts = match &found {
        Some(Found::Here(row)) => reader.parts_of(row)?,
        _ => Vec::new(),
    };
    Ok((found, parts))
}

/// What a question for one resource comes to; its entry of the log is filled in, with everybody in whose record it is.
pub(crate) fn one(
    entry: &mut Draft,
    view: &View,
    (kind, id): (ResourceType, &ResourceId),
    (found, parts): WithParts,
) -> Result<Resource, RecordError> {
    match found {
        Some(Found::Here(row)) => {
            let resource = view.given(Resource::of(row))?;
            about_one(entry, view, &resource);
            entry.subjects = subjects_of(view, parts);
            Ok(resource)
        }
        gone_or_absent => {
            nothing_there(entry);
            entry.target = Some(target(kind, id.as_str(), 0));
            Err(match gone_or_absent {
                None => RecordError::not_found(),
                Some(_) => RecordError::new(Refusal::Gone, IssueCode::Deleted, "This resource was deleted."),
            })
        }
    }
}

/// What a search comes to, without the token of its next page; its entry of the log is filled in.
pub(crate) fn many(
    entry: &mut Draft,
    view: &View,
    found: store::SearchAnswer,
) -> Result<crate::search::Answer, RecordError> {
    let given = |rows: Vec<Row>| -> Result<Vec<Resource>, RecordError> {
        rows.into_iter().map(|row| view.given(Resource::of(row))).collect()
    };
    let (matches, includes) = (given(found.matches)?, given(found.includes)?);
    let all: Vec<&Resource> = matches.iter().chain(&includes).collect();
    about_many(entry, view, &all, found.parts_touched);
    Ok(crate::search::Answer { matches, includes, total: found.total, next: None, warnings: Vec::new() })
}
