//! Locks: a record, or one entry of it, closed at once by a privacy officer, until it is lifted or its time is over.
//!
//! A lock is compiled like a refusal of the person, without exceptions, and held in the same filter: what is locked is not there,
//! and that there is a lock is not felt either. A lock of a record closes it to everybody but the person herself and lets an
//! emergency through; a lock of an entry lets no emergency through. An entry can also be withheld from the person, where a
//! health professional fears serious harm. The check of accesses reads on: it protects her.

use crate::error::{RecordError, Refusal};
use crate::log::{Draft, Subject};
use crate::logbook::{Outcome, draft, target};
use crate::{Inner, Record};
use fhir::issue::IssueCode;
use fhir::json::Json;
use fhir::{Reference, ResourceId, ResourceType};
use gate::{Action, Permit, Purpose, Relation};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::{Denial, KindSet, Matcher, Part, Rid, Store, Visibility};

/// Longest reason, in letters.
pub const REASON_LETTERS_MAX: usize = 1_000;
/// How many locks may be in force at once: each entry that is locked is looked up again after every change.
pub const LOCKS_MAX: usize = 500;
/// The word in the log of a lock that is put on.
pub const LOCKED: &str = "Lock";
/// The word in the log of a lock that is taken off.
pub const LIFTED: &str = "Unlock";
/// The word in the log of an entry that is withheld from the person, or no longer: it does not say which.
pub const WITHHELD: &str = "Withhold";

const KIND: &str = "lock";

/// From whom a lock closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Against {
    /// Everybody but the person herself.
    Others,
    /// The person, whoever acts for her and her apps.
    Herself,
}

/// A lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its random id.
    pub id: String,
    /// The log's number of the person.
    pub part: u32,
    /// The id of her Patient resource.
    patient: String,
    /// The one entry, as `Type/id`; none for the whole record.
    pub entry: Option<String>,
    /// From whom it closes.
    pub against: Against,
    /// Why; the person reads it, unless it closes from her.
    pub reason: String,
    /// Who put it on, by name.
    pub by: String,
    /// Since when, milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// When it ends by itself, milliseconds since 1970 UTC; none for not before it is lifted.
    pub until_ms: Option<i64>,
    /// When, by whom and why it was lifted.
    pub lifted: Option<Lifted>,
}

/// The end of a lock before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifted {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// By whom, by name.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A lock as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The one entry, as `Type/id`; none for the whole record.
    pub entry: Option<&'w str>,
    /// From whom it closes; a whole record is never closed from the person.
    pub against: Against,
    /// Why.
    pub reason: &'w str,
    /// When it ends by itself, milliseconds since 1970 UTC.
    pub until_ms: Option<i64>,
}

impl Lock {
    /// Whether it closes at this moment.
    #[must_use]
    pub fn is_in_force(&self, now_ms: i64) -> bool {
        self.lifted.is_none() && self.until_ms.is_none_or(|until_ms| now_ms < until_ms)
    }

    fn binds(&self, purpose: Purpose, names: &[String]) -> bool {
        let is_herself = || names.first().and_then(|name| name.strip_prefix("Patient/")) == Some(self.patient.as_str());
        match (self.against, purpose) {
            (_, Purpose::Audit) => false,
            (Against::Herself, purpose) => purpose == Purpose::OwnRecord,
            (Against::Others, Purpose::OwnRecord) => !is_herself(),
            (Against::Others, Purpose::BreakGlass) => self.entry.is_some(),
            (Against::Others, _) => true,
        }
    }
}

impl Record {
    /// Puts a lock on a person's record or one entry of it. It holds for every read that begins after this has answered.
    ///
    /// # Errors
    /// 404 when the permit is not for locks or there is no such person; 422 when the entry is not hers or cannot be locked,
    /// without a reason, for a time that is over, or when too many locks are in force.
    pub fn lock(&self, permit: &Permit, patient: &ResourceId, wanted: &Wanted<'_>) -> Result<Lock, RecordError> {
        let inner = &self.inner;
        let rule = rule_for_locks(inner, permit)?;
        let part = inner.store.read(|reader| reader.part_of(patient))?.ok_or_else(RecordError::not_found)?;
        let now_ms = inner.clock.now_ms();
        let reason = reason_of(wanted.reason)?;
        if wanted.until_ms.is_some_and(|until_ms| until_ms <= now_ms) {
            return Err(wrong("The time at which the lock ends must be still to come."));
        }
        let named = wanted.entry.map(|entry| entry_of(&inner.store, part, entry)).transpose()?;
        if named.is_none() && wanted.against == Against::Herself {
            return Err(wrong("A whole record is not withheld from the person: name one entry."));
        }
        if self.all_locks()?.iter().filter(|lock| lock.is_in_force(now_ms)).count() >= LOCKS_MAX {
            return Err(wrong(format!(
                "At most {LOCKS_MAX} locks may be in force. Lift those that are needed no longer."
            )));
        }
        let id = crate::new_resource_id(inner.ids.as_ref())?.as_str().to_owned();
        let lock = Lock {
            id,
            part: part.number(),
            patient: patient.as_str().to_owned(),
            entry: wanted.entry.map(|entry| entry.trim().to_owned()),
            against: wanted.against,
            reason,
            by: permit.asker().display.clone(),
            since_ms: now_ms,
            until_ms: wanted.until_ms,
            lifted: None,
        };
        let mut entry = entry_about(&lock, permit, (&rule, now_ms), LOCKED);
        if let Some((kind, id)) = named.filter(|_| lock.against == Against::Others) {
            entry.kinds.push(kind.code());
            entry.target = Some(target(kind, id.as_str(), 0));
        }
        self.keep_lock(&lock, None, &entry)?;
        Ok(lock)
    }

    /// Takes a lock off again.
    ///
    /// # Errors
    /// 404 when the permit is not for locks or there is no such lock in force; 422 without a reason.
    pub fn lift_lock(&self, permit: &Permit, id: &str, reason: &str) -> Result<Lock, RecordError> {
        let inner = &self.inner;
        let rule = rule_for_locks(inner, permit)?;
        let now_ms = inner.clock.now_ms();
        let kept = self.kept(KIND, id)?.ok_or_else(RecordError::not_found)?;
        let mut lock: Lock = understood(&kept)?;
        if !lock.is_in_force(now_ms) {
            return Err(RecordError::not_found());
        }
        let reason = reason_of(reason)?;
        lock.lifted = Some(Lifted { at_ms: now_ms, by: permit.asker().display.clone(), reason });
        self.keep_lock(&lock, Some(kept), &entry_about(&lock, permit, (&rule, now_ms), LIFTED))?;
        Ok(lock)
    }

    /// Every lock, the newest first.
    ///
    /// # Errors
    /// 404 when the permit does not reach everybody's log; when the store cannot be read.
    pub fn locks(&self, permit: &Permit) -> Result<Vec<Lock>, RecordError> {
        reach_everybodys_log(permit)?;
        let mut locks = self.all_locks()?;
        locks.sort_by_key(|lock| std::cmp::Reverse(lock.since_ms));
        Ok(locks)
    }

    /// The locks that close a person's record to others now, for the person herself.
    ///
    /// # Errors
    /// 404 when the permit does not reach this person's log; when the store cannot be read.
    pub fn locks_of(&self, permit: &Permit, patient: &ResourceId) -> Result<Vec<Lock>, RecordError> {
        let part = self.person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        let now_ms = self.inner.clock.now_ms();
        let mut locks = self.all_locks()?;
        locks.retain(|lock| lock.part == part && lock.against == Against::Others && lock.is_in_force(now_ms));
        Ok(locks)
    }

    fn all_locks(&self) -> Result<Vec<Lock>, RecordError> {
        self.all_kept(KIND)?.iter().map(|(_, bytes)| understood(bytes)).collect()
    }

    /// Keeps a lock in the place of what it was; one that somebody else has lifted meanwhile is not there any more.
    fn keep_lock(&self, lock: &Lock, was: Option<Vec<u8>>, entry: &Draft) -> Result<(), RecordError> {
        let bytes = serde_json::to_vec(lock).map_err(|_| crate::read::damaged())?;
        let is_as_read = move |there: Option<&[u8]>| there == was.as_deref();
        if !self.replace_if((KIND, &lock.id), is_as_read, Some(&bytes), Some(entry))? {
            return Err(RecordError::not_found());
        }
        // After the commit and before the answer: a read that begins from now on takes the lock up.
        self.inner.lock_epoch.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// The id of the rule by which a permit may lock.
fn rule_for_locks(inner: &Inner, permit: &Permit) -> Result<String, RecordError> {
    inner.require(permit, Action::Update)?;
    reach_everybodys_log(permit)
}

/// The id of the rule by which a permit reaches everybody's log.
pub(crate) fn reach_everybodys_log(permit: &Permit) -> Result<String, RecordError> {
    let reaches =
        |scope: &gate::Scope<'_>| scope.relation == Relation::Anyone && scope.types.contains(ResourceType::AUDIT_EVENT);
    let is_audit = permit.purpose() == Purpose::Audit;
    let scope = permit.scopes().filter(|_| is_audit).find(reaches).ok_or_else(RecordError::not_found)?;
    Ok(scope.rule.id.to_string())
}

fn entry_about(lock: &Lock, permit: &Permit, (rule, now_ms): (&str, i64), action: &str) -> Draft {
    let mut entry = draft(permit, now_ms, Outcome::Allowed);
    action.clone_into(&mut entry.action);
    if lock.against == Against::Herself {
        WITHHELD.clone_into(&mut entry.action);
    }
    rule.clone_into(&mut entry.rule);
    entry.subjects.push(Subject { part: lock.part, relation: 0 });
    entry
}

fn wrong(sentence: impl Into<String>) -> RecordError {
    RecordError::new(Refusal::Unprocessable, IssueCode::BusinessRule, sentence)
}

fn reason_of(words: &str) -> Result<String, RecordError> {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > REASON_LETTERS_MAX {
        return Err(wrong(format!("Say in 1 to {REASON_LETTERS_MAX} letters why.")));
    }
    Ok(words.to_owned())
}

fn understood(bytes: &[u8]) -> Result<Lock, RecordError> {
    // A lock that cannot be read must not open what it closed: nothing is shown then.
    serde_json::from_slice(bytes).map_err(|_| crate::read::damaged())
}

/// An entry of this person by its `Type/id`.
fn entry_of(store: &Store, part: Part, entry: &str) -> Result<(ResourceType, ResourceId), RecordError> {
    let (kind, id) = parsed(entry).ok_or_else(|| wrong("Name the entry as in the log, such as Condition/abc."))?;
    if !lockable().contains(kind) {
        return Err(wrong("Who somebody is cannot be locked, only what is in the record."));
    }
    let rid = store.read(|reader| reader.rid_of(kind, &id))?;
    if rid.is_none_or(|rid| rid.part() != part) {
        return Err(wrong("There is no such entry in this person's record."));
    }
    Ok((kind, id))
}

pub(crate) fn parsed(entry: &str) -> Option<(ResourceType, ResourceId)> {
    match Reference::parse(entry.trim()).ok()? {
        Reference::Local { kind, id, .. } => Some((kind, id)),
        _ => None,
    }
}

/// What can be locked: everything but who somebody is and how to reach them, as with refusals.
fn lockable() -> KindSet {
    KindSet::from_words(gate::consent::Data::default().types().words())
}

/// All locks, ready for the filter.
#[derive(Default)]
pub(crate) struct Locks(Vec<Compiled>);

struct Compiled {
    lock: Lock,
    /// The entry and the files that it names; none for the whole record.
    rows: Option<Arc<HashSet<Rid>>>,
}

impl Locks {
    /// Reads them; what they name is looked up as it is now.
    pub(crate) fn read(store: &Store) -> Result<Self, RecordError> {
        let kept = store.read(|reader| reader.kept_all(KIND))?;
        let mut locks = Vec::new();
        for (_, bytes) in &kept {
            let lock = understood(bytes)?;
            if lock.lifted.is_none() {
                let rows = lock.entry.as_deref().map(|entry| rows_of(store, entry)).transpose()?;
                locks.push(Compiled { lock, rows: rows.map(Arc::new) });
            }
        }
        Ok(Self(locks))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether what is locked must be looked up again when something has changed.
    pub(crate) fn look_at_entries(&self) -> bool {
        self.0.iter().any(|one| one.rows.is_some())
    }

    /// Whether a whole record is closed to others now: whoever acts for the person acts for her no more.
    pub(crate) fn shut(&self, part: Part, now_ms: i64) -> bool {
        let shuts = |one: &Compiled| one.lock.part == part.number() && one.rows.is_none();
        self.0.iter().any(|one| shuts(one) && one.lock.is_in_force(now_ms))
    }

    /// What a reader for a purpose under these names is denied, by part.
    pub(crate) fn denials(&self, purpose: Purpose, names: &[String], now_ms: i64) -> Vec<(u32, Denial)> {
        let binds = |one: &&Compiled| one.lock.is_in_force(now_ms) && one.lock.binds(purpose, names);
        // One denial for all locked entries of a part: how many are locked must not be felt in the time of an answer.
        let (mut entries, mut whole) = (BTreeMap::<u32, HashSet<Rid>>::new(), BTreeSet::new());
        for one in self.0.iter().filter(binds) {
            let Some(rows) = &one.rows else {
                whole.insert(one.lock.part);
                continue;
            };
            // An entry that has moved to another person's record is locked there.
            for part in std::iter::once(one.lock.part).chain(rows.iter().map(|rid| rid.part().number())) {
                entries.entry(part).or_default().extend(rows.iter().copied());
            }
        }
        let whole = whole.into_iter().map(|part| (part, None));
        let entries = entries.into_iter().map(|(part, rows)| (part, Some(Arc::new(rows))));
        let denial = |rows| Denial { what: Matcher { rows, ..Matcher::of(lockable()) }, unless: Vec::new() };
        whole.chain(entries).map(|(part, rows)| (part, denial(rows))).collect()
    }
}

/// The entry, deleted or not, and the files that it names.
fn rows_of(store: &Store, entry: &str) -> Result<HashSet<Rid>, RecordError> {
    let mut rows = HashSet::new();
    let Some((kind, id)) = parsed(entry) else { return Ok(rows) };
    let Some(rid) = store.read(|reader| reader.rid_of(kind, &id))? else { return Ok(rows) };
    rows.insert(rid);
    let found = store.read(|reader| reader.get(&Visibility::everything(), kind, &id))?;
    if let Some(store::Found::Here(row)) = found {
        let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
        let mut files = Vec::new();
        files_of(&tree, &mut files);
        for id in files {
            rows.extend(store.read(|reader| reader.rid_of(ResourceType::BINARY, &id))?);
        }
    }
    Ok(rows)
}

/// Every Binary that is named anywhere below `json`.
fn files_of(json: &Json<'_>, files: &mut Vec<ResourceId>) {
    if matches!(json, Json::Array(_)) {
        json.items().iter().for_each(|item| files_of(item, files));
    }
    for (_, value) in json.members() {
        let named = value.text().and_then(|text| text.strip_prefix("Binary/"));
        files.extend(named.and_then(|id| ResourceId::parse(id.split('/').next().unwrap_or(id)).ok()));
        files_of(value, files);
    }
}
