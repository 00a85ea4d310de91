//! Reading in one snapshot. Every question about resources takes a [`Visibility`].

use crate::answers::{Count, FeedEntry, Found, HistoryAnswer, HistoryOf, Kept, PageRequest, Row, SearchAnswer};
use crate::engine::{Reads, RelationsOf};
use crate::error::StoreError;
use crate::everything;
use crate::fid::Fid;
use crate::history;
use crate::names::{Part, Rid, Sequence, Version};
use crate::packing::Unpacker;
use crate::pending::Pending;
use crate::prepared::Relation;
use crate::search::answer::search;
use crate::session::Session;
use crate::shared::Shared;
use crate::visibility::{KindSet, Visibility};
use fhir::search::Query;
use fhir::{ResourceId, ResourceType};
use std::cell::RefCell;
use std::sync::atomic::Ordering;

/// Hidden rows cost less than seen ones: a question may pass over so many for each one that it may examine.
const HIDDEN_FACTOR: u64 = 20;

/// A consistent view of the store.
pub struct Reader<'a> {
    engine: &'a dyn Reads,
    shared: &'a Shared,
    unpacker: &'a RefCell<Unpacker>,
    /// Postings of the writer's transaction that are not in their blocks yet.
    pending: Option<&'a Pending<'a>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(engine: &'a dyn Reads, shared: &'a Shared, unpacker: &'a RefCell<Unpacker>) -> Self {
        Self { engine, shared, unpacker, pending: None }
    }

    /// A reader inside the writer's transaction.
    pub(crate) fn inside(self, pending: &'a Pending<'a>) -> Self {
        Self { pending: Some(pending), ..self }
    }

    pub(crate) fn session(&self) -> Result<Session<'a>, StoreError> {
        if let Some(pending) = self.pending {
            pending.settle()?;
        }
        Ok(self.session_of_rows())
    }

    /// The decompressor of this connection.
    pub(crate) fn unpacker(&self) -> &'a RefCell<Unpacker> {
        self.unpacker
    }

    /// A session for questions that no posting answers.
    pub(crate) fn session_of_rows(&self) -> Session<'a> {
        Session {
            engine: self.engine,
            words: self.shared.dictionary.words(),
            unpacker: self.unpacker,
            events: &self.shared.events,
            limits: self.shared.limits,
        }
    }

    /// Answers a question for what `visibility` admits, with the engine's own net spread for it.
    fn answer<T>(
        &self,
        visibility: &Visibility,
        session: &Session<'a>,
        question: impl FnOnce(&Session<'a>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let examined_max = session.limits.examined_max;
        self.engine.ask(visibility, examined_max.saturating_mul(HIDDEN_FACTOR));
        let answer = question(session);
        let gave_up = self.engine.answered();
        if gave_up { answer.map_err(|_| StoreError::TooCostly(examined_max)) } else { answer }
    }

    /// The current version of a resource, or that it was deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub fn get(
        &self,
        visibility: &Visibility,
        kind: ResourceType,
        id: &ResourceId,
    ) -> Result<Option<Found>, StoreError> {
        self.answer(visibility, &self.session_of_rows(), |session| history::get(session, visibility, kind, id))
    }

    /// One version of a resource.
    ///
    /// # Errors
    /// When the database fails.
    pub fn version(
        &self,
        visibility: &Visibility,
        of: (ResourceType, &ResourceId),
        version: Version,
    ) -> Result<Option<Found>, StoreError> {
        self.answer(visibility, &self.session_of_rows(), |session| history::version(session, visibility, of, version))
    }

    /// Versions, newest first; `since` keeps those from that moment on.
    ///
    /// # Errors
    /// `HistoryTooLong` when the page would examine too much, `PageKey` when the key is not of a history.
    pub fn history(
        &self,
        visibility: &Visibility,
        of: &HistoryOf,
        since_ms: Option<i64>,
        page: &PageRequest,
    ) -> Result<HistoryAnswer, StoreError> {
        let session = self.session_of_rows();
        self.answer(visibility, &session, |session| history::history(session, visibility, (of, since_ms), page))
    }

    /// Answers a search.
    ///
    /// # Errors
    /// `TooCostly` when it would examine too much, `PageKey` when the key is not of this search.
    pub fn search(
        &self,
        visibility: &Visibility,
        query: &Query,
        page: &PageRequest,
    ) -> Result<SearchAnswer, StoreError> {
        self.answer(visibility, &self.session()?, |session| search(session, visibility, query, page))
    }

    /// A patient's whole record and what it points at; `None` when the patient is unknown or hidden.
    ///
    /// `narrow` keeps some types, and what changed since a moment.
    ///
    /// # Errors
    /// When the database fails or the page key is not of this question.
    pub fn everything(
        &self,
        visibility: &Visibility,
        patient: &ResourceId,
        narrow: (KindSet, Option<i64>),
        page: &PageRequest,
    ) -> Result<Option<SearchAnswer>, StoreError> {
        let session = self.session_of_rows();
        self.answer(visibility, &session, |session| {
            everything::everything(session, visibility, (patient, narrow), page)
        })
    }

    /// All resources of a part and of some types, those that are in other parts too included; for the machinery.
    ///
    /// # Errors
    /// When the database fails.
    pub fn rows_in(&self, part: Part, kinds: KindSet) -> Result<Vec<Row>, StoreError> {
        let all = Visibility::everything();
        self.answer(&all, &self.session_of_rows(), |session| everything::rows_in(session, &all, part, kinds))
    }

    /// The parts that a resource is in; several where it is about several patients.
    ///
    /// # Errors
    /// When the database fails.
    pub fn parts_of(&self, row: &Row) -> Result<Vec<Part>, StoreError> {
        self.session_of_rows().parts_of(row)
    }

    /// The part of a patient, if any resource ever named them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn part_of(&self, patient: &ResourceId) -> Result<Option<Part>, StoreError> {
        self.session_of_rows().part_of(patient)
    }

    /// The key of a resource, also of one that was deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub fn rid_of(&self, kind: ResourceType, id: &ResourceId) -> Result<Option<Rid>, StoreError> {
        Ok(self.engine.ident(kind, Fid::of(id))?.map(|ident| ident.rid))
    }

    /// The patient of a part.
    ///
    /// # Errors
    /// When the database fails.
    pub fn patient_of(&self, part: Part) -> Result<Option<ResourceId>, StoreError> {
        self.engine.patient_of(part)
    }

    /// For whom an actor may act at a moment, and how; in order, each once.
    ///
    /// # Errors
    /// When the database fails.
    pub fn relations(&self, actor: u64, now_ms: i64) -> Result<Vec<(Part, u8)>, StoreError> {
        let kept = self.engine.relations(RelationsOf::Actor(actor))?;
        let holding = kept.into_iter().filter(|kept| kept.relation.holds_at(now_ms));
        let mut relations: Vec<_> = holding.map(|kept| (kept.part, kept.relation.kind)).collect();
        relations.sort_unstable();
        relations.dedup();
        Ok(relations)
    }

    /// Who may act for a patient at a moment.
    ///
    /// # Errors
    /// When the database fails.
    pub fn relations_of(&self, part: Part, now_ms: i64) -> Result<Vec<Relation>, StoreError> {
        let kept = self.engine.relations(RelationsOf::Part(part))?;
        Ok(kept.into_iter().map(|kept| kept.relation).filter(|relation| relation.holds_at(now_ms)).collect())
    }

    /// A number that grows with every write that changes a relation. Ask for it before the relations.
    #[must_use]
    pub fn relation_epoch(&self) -> u64 {
        self.shared.relation_epoch.load(Ordering::Acquire)
    }

    /// How many current resources of each type there are, seen by nobody in particular.
    ///
    /// # Errors
    /// When the database fails.
    pub fn counts(&self) -> Result<Vec<Count>, StoreError> {
        let tally = self.engine.tally()?;
        let count = |(kind, resources): (u8, i64)| {
            Some(Count { kind: ResourceType::from_code(kind)?, resources: u64::try_from(resources).ok()? })
        };
        Ok(tally.into_iter().filter_map(count).collect())
    }

    /// The last place of the feed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn last_change(&self) -> Result<Sequence, StoreError> {
        Ok(self.engine.last_change()?.map_or(Sequence(0), |(sequence, _)| sequence))
    }

    /// The changes after a place in the feed, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn changes(&self, after: Sequence, most: usize) -> Result<Vec<FeedEntry>, StoreError> {
        self.engine.changes_after(after, most)
    }

    /// A kept setting.
    ///
    /// # Errors
    /// When the database fails.
    pub fn kept(&self, kind: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.engine.kept(kind, key)
    }

    /// All kept settings of a kind, by key.
    ///
    /// # Errors
    /// When the database fails.
    pub fn kept_all(&self, kind: &str) -> Result<Vec<Kept>, StoreError> {
        self.engine.kept_all(kind)
    }

    /// The kept settings of a kind whose keys begin so, by key. It costs what there is of them, not what there is of the kind.
    ///
    /// # Errors
    /// When the database fails.
    pub fn kept_under(&self, kind: &str, beginning: &[u8]) -> Result<Vec<Kept>, StoreError> {
        self.engine.kept_under(kind, beginning)
    }
}
