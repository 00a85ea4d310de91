//! Writing, on the writer thread, inside the group's transaction. Reads here see what was written before.
//!
//! An update moves the old version aside as bytes, and touches only the postings that changed. A resource that goes to
//! another patient gets a new key there and takes its history along. Everything of a request is in one savepoint.

use crate::answers::{Change, Expect, FeedEntry, ImportOutcome, Written};
use crate::body::Stamp;
use crate::engine::{Ident, RelationsOf, RowView, VersionView, Writes};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::lists::places;
use crate::names::{Labels, Part, Rid, RidRange, Sequence, Version};
use crate::packing::{Encoding, Packed, Packer, Unpacker};
use crate::pending::Pending;
use crate::posting::Place;
use crate::prepared::Prepared;
use crate::reader::Reader;
use crate::session::Session;
use crate::shared::Shared;
use fhir::{ResourceId, ResourceType};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{ControlFlow, Deref};

mod import;

/// How many sequence numbers are remembered; beyond, they are asked for again.
const SEQUENCES_KEPT: usize = 100_000;

/// What the writer thread remembers between requests.
pub(crate) struct Memory {
    pub(crate) packer: Packer,
    /// The last change of the feed.
    pub(crate) sequence: i64,
    /// The time of the last write.
    pub(crate) updated_ms: i64,
    /// The last sequence number given in a type and part.
    sequences: HashMap<(u8, Part), u32>,
    /// Resources more or fewer, by type, in this transaction.
    pub(crate) tally: HashMap<u8, i64>,
    pub(crate) notes: Vec<Box<[u8]>>,
    pub(crate) relations_changed: bool,
    pub(crate) watched_changed: bool,
}

/// Where a request began, to go back to.
pub(crate) struct Mark {
    sequence: i64,
    tally: HashMap<u8, i64>,
    notes: usize,
    relations_changed: bool,
    watched_changed: bool,
}

impl Memory {
    pub(crate) fn new(packer: Packer, last: Option<(Sequence, i64)>) -> Self {
        let (sequence, updated_ms) = last.map_or((0, i64::MIN), |(sequence, updated_ms)| (sequence.0, updated_ms));
        Self {
            packer,
            sequence,
            updated_ms,
            sequences: HashMap::new(),
            tally: HashMap::new(),
            notes: Vec::new(),
            relations_changed: false,
            watched_changed: false,
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            sequence: self.sequence,
            tally: self.tally.clone(),
            notes: self.notes.len(),
            relations_changed: self.relations_changed,
            watched_changed: self.watched_changed,
        }
    }

    pub(crate) fn go_back(&mut self, mark: Mark) {
        self.sequence = mark.sequence;
        self.tally = mark.tally;
        self.notes.truncate(mark.notes);
        self.relations_changed = mark.relations_changed;
        self.watched_changed = mark.watched_changed;
        self.sequences.clear();
    }
}

/// What a write request works with. It reads as [`Reader`] does.
pub struct Writer<'a> {
    reader: Reader<'a>,
    engine: &'a dyn Writes,
    shared: &'a Shared,
    pending: &'a Pending<'a>,
    memory: &'a mut Memory,
    now_ms: i64,
}

impl<'a> Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

/// The connection's side of a writer.
pub(crate) struct Desk<'a> {
    pub(crate) engine: &'a dyn Writes,
    pub(crate) reader: Reader<'a>,
    pub(crate) shared: &'a Shared,
    pub(crate) pending: &'a Pending<'a>,
}

/// What is there before a write, copied out of its row.
struct Before {
    rid: Rid,
    version: Version,
    updated_ms: i64,
    labels: Labels,
    encoding: Encoding,
    vector: Vec<u8>,
    body: Vec<u8>,
}

/// Where a resource goes.
struct Destination {
    rid: Rid,
    parts: Vec<Part>,
    labels: Labels,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(desk: Desk<'a>, memory: &'a mut Memory, clock_ms: i64) -> Self {
        let now_ms = clock_ms.max(memory.updated_ms);
        memory.updated_ms = now_ms;
        Self { reader: desk.reader, engine: desk.engine, shared: desk.shared, pending: desk.pending, memory, now_ms }
    }

    /// Creates or updates.
    ///
    /// # Errors
    /// When what is there is not what was expected, or the database fails.
    pub fn put(&mut self, mut resource: Prepared, expect: Expect) -> Result<Written, StoreError> {
        let ident = self.engine.ident(resource.kind, Fid::of(&resource.id))?;
        let before = ident.filter(|ident| !ident.gone).map(|ident| self.before(ident.rid)).transpose()?;
        check(expect, before.as_ref().map(|before| before.version))?;
        let packed = match resource.packed.take() {
            Some(packed) => packed,
            None => self.memory.packer.pack(resource.kind, (&resource.body, &resource.vector))?,
        };
        let destination = self.destination(&resource, ident)?;
        let version = match (&before, ident) {
            (Some(before), _) => before.version.next(),
            (None, Some(ident)) => self.last_version(ident.rid)?.next(),
            (None, None) => Version::FIRST,
        };
        let rid = destination.rid;
        if let Some(before) = &before {
            self.set_aside(before, Fid::of(&resource.id))?;
        }
        self.settle_ident(&resource, ident, rid)?;
        self.post(before.as_ref(), Some((&destination, &resource)));
        self.put_row(&resource, &packed, (&destination, version))?;
        self.relate(&resource, before.is_some() || ident.is_some(), &destination)?;
        let created = before.is_none();
        self.log((rid, version), if created { Change::Create } else { Change::Update })?;
        if created {
            *self.memory.tally.entry(resource.kind.code()).or_default() += 1;
        }
        let stamp = Stamp { id: resource.id.as_str(), version, updated_ms: self.now_ms };
        let body = resource.body.render(stamp).ok_or(StoreError::Damaged("a body has wrong places"))?;
        Ok(Written { rid, version, updated_ms: self.now_ms, created, body })
    }

    /// Deletes.
    ///
    /// # Errors
    /// `NotThere` when there is none (or it is deleted already), `OtherVersion` when another version was expected.
    pub fn delete(&mut self, kind: ResourceType, id: &ResourceId, expect: Expect) -> Result<Written, StoreError> {
        let fid = Fid::of(id);
        let ident = self.engine.ident(kind, fid)?.filter(|ident| !ident.gone).ok_or(StoreError::NotThere)?;
        let before = self.before(ident.rid)?;
        check(expect, Some(before.version))?;
        let version = before.version.next();
        self.set_aside(&before, fid)?;
        self.engine.put_version(VersionView {
            rid: before.rid,
            was: before.rid,
            fid,
            version,
            updated_ms: self.now_ms,
            change: Change::Delete,
            labels: before.labels,
            encoding: 0,
            body: &[],
        })?;
        if before.labels.is_multi() {
            let parts = self.engine.parts_of_version(before.rid, before.version)?;
            self.engine.put_parts_of_version(before.rid, version, &parts)?;
        }
        self.post(Some(&before), None);
        self.engine.drop_row(before.rid)?;
        self.engine.put_ident(kind, fid, Ident { gone: true, ..ident })?;
        self.set_relations(before.rid, before.rid.part(), &[])?;
        self.log((before.rid, version), Change::Delete)?;
        *self.memory.tally.entry(kind.code()).or_default() -= 1;
        Ok(Written { rid: before.rid, version, updated_ms: self.now_ms, created: false, body: Vec::new() })
    }

    /// A kept setting, with what this write has changed already.
    ///
    /// # Errors
    /// When the database fails.
    pub fn kept(&self, kind: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.engine.kept(kind, key)
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep(&mut self, kind: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.engine.keep(kind, key, value)
    }

    /// Forgets a setting; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget(&mut self, kind: &str, key: &[u8]) -> Result<bool, StoreError> {
        self.engine.forget(kind, key)
    }

    /// An entry for the access log, written before this group is committed, and only if this request succeeds.
    pub fn note(&mut self, entry: Box<[u8]>) {
        self.memory.notes.push(entry);
    }

    /// The time of this write in milliseconds: never before an earlier write's.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    fn before(&self, rid: Rid) -> Result<Before, StoreError> {
        let mut found = None;
        self.engine.row(rid, &mut |row| {
            found = Some(Before {
                rid,
                version: row.version,
                updated_ms: row.updated_ms,
                labels: row.labels,
                encoding: row.encoding,
                vector: row.vector.to_vec(),
                body: row.body.to_vec(),
            });
            Ok(ControlFlow::Break(()))
        })?;
        found.ok_or(StoreError::Damaged("an id has no row"))
    }

    fn last_version(&self, rid: Rid) -> Result<Version, StoreError> {
        let mut last = None;
        self.engine.versions(rid, None, &mut |version| {
            last = Some(version.version);
            Ok(ControlFlow::Break(()))
        })?;
        last.ok_or(StoreError::Damaged("a deleted resource has no versions"))
    }

    /// The part of a patient, made when nobody named them before.
    fn part(&self, patient: &ResourceId) -> Result<Part, StoreError> {
        let fid = Fid::of(patient);
        match self.engine.part_of(fid)? {
            Some(part) => Ok(part),
            None => self.engine.add_part(fid),
        }
    }

    fn destination(&mut self, resource: &Prepared, ident: Option<Ident>) -> Result<Destination, StoreError> {
        let mut parts = Vec::with_capacity(resource.subjects.len());
        if resource.kind == ResourceType::PATIENT {
            parts.push(self.part(&resource.id)?);
        } else {
            for subject in &resource.subjects {
                let part = self.part(subject)?;
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
        let part = parts.first().copied().unwrap_or(Part::SHARED);
        let labels = match parts.len() {
            0 | 1 => resource.labels.without(Labels::MULTI),
            _ => resource.labels.union(Labels::MULTI),
        };
        let rid = match ident.filter(|ident| ident.rid.part() == part) {
            Some(ident) => ident.rid,
            None => self.next_rid(resource.kind, part)?,
        };
        Ok(Destination { rid, parts, labels })
    }

    fn next_rid(&mut self, kind: ResourceType, part: Part) -> Result<Rid, StoreError> {
        if kind == ResourceType::PATIENT {
            return Session::patient_rid(part).ok_or(StoreError::Full);
        }
        if self.memory.sequences.len() > SEQUENCES_KEPT {
            self.memory.sequences.clear();
        }
        let key = (kind.code(), part);
        let last = match self.memory.sequences.get(&key) {
            Some(last) => *last,
            None => self.engine.last_in(RidRange::of_part(kind, part))?.map_or(0, Rid::sequence),
        };
        let next = last.saturating_add(1);
        self.memory.sequences.insert(key, next);
        Rid::pack(kind, part, next).ok_or(StoreError::Full)
    }

    /// Keeps what is there as an older version.
    fn set_aside(&self, before: &Before, fid: Fid<'_>) -> Result<(), StoreError> {
        let mut follows_deletion = before.version == Version::FIRST;
        self.engine.versions(before.rid, Some(before.version), &mut |older| {
            follows_deletion = older.change == Change::Delete;
            Ok(ControlFlow::Break(()))
        })?;
        self.engine.put_version(VersionView {
            rid: before.rid,
            was: before.rid,
            fid,
            version: before.version,
            updated_ms: before.updated_ms,
            change: if follows_deletion { Change::Create } else { Change::Update },
            labels: before.labels,
            encoding: before.encoding,
            body: &before.body,
        })
    }

    /// Gives the id its key, and takes the history along when that is another one than before.
    fn settle_ident(&self, resource: &Prepared, ident: Option<Ident>, rid: Rid) -> Result<(), StoreError> {
        let now = Ident { rid, gone: false };
        if ident == Some(now) {
            return Ok(());
        }
        if let Some(was) = ident.map(|ident| ident.rid).filter(|was| *was != rid) {
            self.engine.drop_row(was)?;
            self.engine.move_history(was, rid)?;
            self.engine.put_relations(was.part(), was, &[])?;
        }
        self.engine.put_ident(resource.kind, Fid::of(&resource.id), now)
    }

    /// Posts what is new and takes back what is no more.
    fn post(&self, before: Option<&Before>, after: Option<(&Destination, &Prepared)>) {
        let words = self.shared.dictionary.words();
        let mut old: Vec<(Place, Labels)> = Vec::new();
        let mut new: Vec<(Place, Labels)> = Vec::new();
        let of = |rid: Rid, groups, labels: Labels| {
            let mut all = Vec::with_capacity(24);
            let event = rid.kind().and_then(|kind| self.shared.events.get(usize::from(kind.code())).copied().flatten());
            places(rid, groups, event, &mut all);
            all.into_iter().map(|place| (place, labels)).collect::<Vec<_>>()
        };
        if let Some(before) = before {
            old = of(before.rid, crate::vector::Groups::new(&before.vector, &words), before.labels);
        }
        if let Some((destination, resource)) = after {
            new = of(destination.rid, resource.vector.groups(), destination.labels);
        }
        let mut old = old.into_iter().peekable();
        let mut changes = Vec::with_capacity(new.len());
        for (place, labels) in new {
            while let Some((gone, _)) = old.next_if(|(old, _)| *old < place) {
                changes.push((gone, None));
            }
            let same = old.next_if(|(old, _)| *old == place);
            if same != Some((place, labels)) {
                changes.push((place, Some(labels)));
            }
        }
        changes.extend(old.map(|(gone, _)| (gone, None)));
        self.pending.extend(changes);
    }

    fn put_row(
        &self,
        resource: &Prepared,
        packed: &Packed,
        (destination, version): (&Destination, Version),
    ) -> Result<(), StoreError> {
        if destination.labels.is_multi() {
            self.engine.put_parts_of_version(destination.rid, version, &destination.parts)?;
        }
        self.engine.put_row(RowView {
            rid: destination.rid,
            fid: Fid::of(&resource.id),
            version,
            updated_ms: self.now_ms,
            labels: destination.labels,
            encoding: packed.encoding,
            vector: &packed.vector,
            body: &packed.bytes,
        })
    }

    /// Keeps the relations that a resource makes. `may_have` says whether there can be older ones.
    fn relate(&mut self, resource: &Prepared, may_have: bool, to: &Destination) -> Result<(), StoreError> {
        if !may_have && resource.relations.is_empty() {
            return Ok(());
        }
        self.set_relations(to.rid, to.rid.part(), &resource.relations)
    }

    fn set_relations(
        &mut self,
        rid: Rid,
        part: Part,
        relations: &[crate::prepared::Relation],
    ) -> Result<(), StoreError> {
        let known = self.engine.relations(RelationsOf::Rid(rid))?;
        if known.iter().map(|kept| &kept.relation).eq(relations) {
            return Ok(());
        }
        self.memory.relations_changed = true;
        self.engine.put_relations(part, rid, relations)
    }

    fn log(&mut self, (rid, version): (Rid, Version), change: Change) -> Result<(), StoreError> {
        self.memory.sequence += 1;
        self.memory.watched_changed |= self.shared.watched.contains_code(rid.kind_code());
        let sequence = Sequence(self.memory.sequence);
        self.engine.put_change(FeedEntry { sequence, updated_ms: self.now_ms, rid, version, change })
    }

    /// Keeps a compression dictionary.
    pub(crate) fn add_pack(&mut self, number: Encoding, kind: ResourceType, bytes: &[u8]) -> Result<(), StoreError> {
        self.engine.put_pack(number, kind.code(), bytes)
    }

    /// Writes a batch of an import. See `import` in this folder.
    pub(crate) fn import(&mut self, batch: Vec<Prepared>) -> Result<Vec<ImportOutcome>, StoreError> {
        import::import(self, batch)
    }

    /// The plain bytes and places of a stored body, to compare content.
    fn has_content(
        &self,
        unpacker: &RefCell<Unpacker>,
        before: &Before,
        resource: &Prepared,
    ) -> Result<bool, StoreError> {
        let (places, bytes) = crate::body::take_places(&before.body)?;
        let mut unpacker = unpacker.borrow_mut();
        Ok(resource.body.is(unpacker.unpack(before.encoding, bytes)?, places))
    }
}

/// Whether what is there is what was expected.
fn check(expect: Expect, current: Option<Version>) -> Result<(), StoreError> {
    match (expect, current) {
        (Expect::Absent, Some(_)) => Err(StoreError::Exists),
        (Expect::Version(_), None) => Err(StoreError::NotThere),
        (Expect::Version(version), Some(current)) if version != current => Err(StoreError::OtherVersion(current)),
        _ => Ok(()),
    }
}
