//! What people have refused, ready for the filter of every question.
//!
//! All Consents are compiled once and kept in memory; a change to any of them is taken up by the next request, before anything
//! is read for it. For one reader the refusals that bind her become what the store withholds, person by person. A rule about
//! single entries (an entry, what somebody wrote, a stretch of time) is worked out over the person's own entries; an entry that
//! was not there when that was done is withheld until it has been looked at. Locks are added last and give way to nothing.

mod entries;

use crate::Inner;
use crate::error::RecordError;
use crate::locks::Locks;
use entries::Entries;
use fhir::search::Query;
use fhir::{ResourceId, ResourceType};
use gate::consent::{self, Data, Directive, Effect, LabelTest, Reader, Rule};
use gate::{Action, Permit, Purpose};
use roaring::RoaringBitmap;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};
use store::{Denial, KindSet, Labels, Matcher, Part, Rid, Sequence, Store, Visibility, Withheld, Withholding};

/// The types whose changes are watched: choices, and the groups that choices name.
pub(crate) fn watched() -> KindSet {
    [ResourceType::CONSENT, ResourceType::GROUP].into_iter().collect()
}

/// For how long what binds a reader is kept without asking again; choices also begin and end by the clock.
const CACHE_MS_MAX: i64 = 1_000;
/// How many readers' views are kept; all are dropped when there are more.
const CACHE_READERS_MAX: usize = 512;
/// How many changes of the feed are looked through for what has changed; past it everything is compiled anew.
const CHANGES_MAX: usize = 10_000;
/// How many Consents are read at a time.
const PAGE: usize = 1_000;

/// The choices of everybody.
#[derive(Default)]
pub(crate) struct Choices(Mutex<State>);

#[derive(Default)]
struct State {
    /// The store's watched epoch that is taken up; 0 before the first time.
    epoch: u64,
    /// The last place of the feed that is taken up.
    place: i64,
    people: HashMap<Part, Person>,
    locks: Locks,
    /// The epoch of the locks that is taken up; 0 before the first time.
    lock_epoch: u64,
    readers: HashMap<ReaderKey, (i64, Arc<Withheld>)>,
}

/// One person's choices.
struct Person {
    directives: Vec<Directive>,
    /// Her entries, where a rule needs to look at them.
    entries: Option<Entries>,
}

type ReaderKey = (Purpose, Vec<String>);

/// A change of one person's choices that is only tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trial {
    /// A directive more.
    pub(crate) add: Option<Directive>,
    /// The Consent whose directive would be gone.
    pub(crate) end: Option<ResourceId>,
}

impl Choices {
    /// What is withheld from the holder of `permit`.
    pub(crate) fn withheld(&self, inner: &Inner, permit: &Permit) -> Result<Arc<Withheld>, RecordError> {
        let asker = permit.asker();
        // A connected system that keeps the record up to date changes and brings in what is there, hidden or not.
        let looks = matches!(permit.action(), Action::Read | Action::Search | Action::History)
            || crate::opt_out::binds(permit.purpose());
        if permit.purpose() == Purpose::Audit || (asker.role.is_machine() && !looks) {
            return Ok(Arc::default());
        }
        self.withheld_from(inner, (permit.purpose(), names(permit)))
    }

    /// What only locks withhold from a reader for a purpose under these names.
    pub(crate) fn locked(&self, inner: &Inner, purpose: Purpose, names: &[String]) -> Result<Withheld, RecordError> {
        let denials = self.caught_up(inner)?.locks.denials(purpose, names, inner.clock.now_ms());
        Ok(with_locks(HashMap::new(), denials))
    }

    /// Whether a person's own choices withhold anything of her record from the holder of `permit`.
    pub(crate) fn refused(&self, inner: &Inner, permit: &Permit, part: Part) -> Result<bool, RecordError> {
        let (state, names) = (self.caught_up(inner)?, names(permit));
        let reader = Reader { purpose: permit.purpose(), names: &names, now_ms: inner.clock.now_ms() };
        Ok(state.people.get(&part).is_some_and(|person| person.withholding(&reader).is_some()))
    }

    /// Whether a person's whole record is locked now.
    pub(crate) fn shut(&self, inner: &Inner, part: Part) -> Result<bool, RecordError> {
        Ok(self.caught_up(inner)?.locks.shut(part, inner.clock.now_ms()))
    }

    /// The choices of now.
    fn caught_up(&self, inner: &Inner) -> Result<MutexGuard<'_, State>, RecordError> {
        let mut state = self.lock()?;
        // Read before the locks are: one that is put on meanwhile is taken up by the next request.
        let lock_epoch = inner.lock_epoch.load(Ordering::SeqCst);
        state.catch_up(&inner.store, lock_epoch)?;
        Ok(state)
    }

    /// The people who have agreed to a study by name: an active Consent permits the purpose, or the study's own project, to its
    /// reference.
    pub(crate) fn agreed(
        &self,
        inner: &Inner,
        purpose: Purpose,
        names: &[String],
    ) -> Result<RoaringBitmap, RecordError> {
        let state = self.caught_up(inner)?;
        let reader = Reader { purpose, names, now_ms: inner.clock.now_ms() };
        let agrees = |(part, person): (&Part, &Person)| {
            person.directives.iter().any(|one| one.permits_by_name(&reader)).then(|| part.number())
        };
        Ok(state.people.iter().filter_map(agrees).collect())
    }

    /// What would be withheld of one person from the holder of `permit`, if her choices were as tried.
    pub(crate) fn tried(
        &self,
        inner: &Inner,
        permit: &Permit,
        part: Part,
        trial: Trial,
    ) -> Result<Withheld, RecordError> {
        let mut directives = directives_of(&inner.store, part)?;
        directives.retain(|directive| Some(&directive.id) != trial.end.as_ref());
        directives.extend(trial.add.map(|added| opened(&inner.store, added)).transpose()?);
        let names = names(permit);
        let reader = Reader { purpose: permit.purpose(), names: &names, now_ms: inner.clock.now_ms() };
        let person = Person::of(&inner.store, part, directives)?;
        let withholding = person.withholding(&reader).map(|withholding| (part.number(), withholding));
        let mut denials = self.caught_up(inner)?.locks.denials(reader.purpose, reader.names, reader.now_ms);
        denials.retain(|(locked, _)| *locked == part.number());
        Ok(with_locks(withholding.into_iter().collect(), denials))
    }

    fn withheld_from(&self, inner: &Inner, key: ReaderKey) -> Result<Arc<Withheld>, RecordError> {
        let now_ms = inner.clock.now_ms();
        let mut state = self.caught_up(inner)?;
        if state.people.is_empty() && state.locks.is_empty() {
            return Ok(Arc::default());
        }
        if let Some((at_ms, withheld)) = state.readers.get(&key)
            && (now_ms - at_ms).abs() <= CACHE_MS_MAX
        {
            return Ok(Arc::clone(withheld));
        }
        let (purpose, names) = &key;
        let reader = Reader { purpose: *purpose, names, now_ms };
        let of_person = |(part, person): (&Part, &Person)| Some((part.number(), person.withholding(&reader)?));
        let people = consent::bind(*purpose).then(|| state.people.iter().filter_map(of_person));
        let denials = state.locks.denials(*purpose, names, now_ms);
        let withheld = Arc::new(with_locks(people.into_iter().flatten().collect(), denials));
        if state.readers.len() >= CACHE_READERS_MAX {
            state.readers.clear();
        }
        state.readers.insert(key, (now_ms, Arc::clone(&withheld)));
        Ok(withheld)
    }

    /// A panic while choices were taken up leaves them in doubt: then nothing is shown.
    fn lock(&self) -> Result<MutexGuard<'_, State>, RecordError> {
        self.0.lock().map_err(|_| crate::read::damaged())
    }
}

impl State {
    /// Takes up what has changed since the last request.
    fn catch_up(&mut self, store: &Store, lock_epoch: u64) -> Result<(), RecordError> {
        let looks_at_entries =
            self.locks.look_at_entries() || self.people.values().any(|person| person.entries.is_some());
        let locks_changed = lock_epoch != self.lock_epoch;
        let epoch = store.watched_epoch();
        if epoch == self.epoch && !looks_at_entries && !locks_changed {
            return Ok(());
        }
        let (last, changes) = store.read(|reader| {
            let changes = reader.changes(Sequence(self.place), CHANGES_MAX)?;
            Ok((reader.last_change()?, changes))
        })?;
        if last.0 != self.place || locks_changed {
            self.readers.clear();
        }
        if locks_changed || (last.0 != self.place && self.locks.look_at_entries()) {
            self.locks = Locks::read(store)?;
            self.lock_epoch = lock_epoch;
        }
        if last.0 == self.place {
            self.epoch = epoch;
            return Ok(());
        }
        let changed = |kind: ResourceType| changes.iter().any(|change| change.rid.kind() == Some(kind));
        if self.epoch == 0 || changes.len() >= CHANGES_MAX || changed(ResourceType::GROUP) {
            self.people.clear();
            for part in parts_with_consents(store)? {
                self.take_up(store, part)?;
            }
        } else {
            let mut parts: Vec<Part> = changes.iter().map(|change| change.rid.part()).collect();
            parts.sort_unstable_by_key(|part| part.number());
            parts.dedup();
            let is_consent = |rid: Rid| rid.kind() == Some(ResourceType::CONSENT);
            for part in parts {
                let has_new = changes.iter().any(|change| change.rid.part() == part && is_consent(change.rid));
                if has_new || self.people.get(&part).is_some_and(|person| person.entries.is_some()) {
                    self.take_up(store, part)?;
                }
            }
        }
        (self.epoch, self.place) = (epoch, last.0);
        Ok(())
    }

    fn take_up(&mut self, store: &Store, part: Part) -> Result<(), RecordError> {
        self.people.remove(&part);
        let directives = if part == Part::SHARED { Vec::new() } else { directives_of(store, part)? };
        if directives.is_empty() {
            return Ok(());
        }
        self.people.insert(part, Person::of(store, part, directives)?);
        Ok(())
    }
}

/// Adds what locks deny to what people have refused.
fn with_locks(mut withheld: HashMap<u32, Withholding>, denials: Vec<(u32, Denial)>) -> Withheld {
    for (part, denial) in denials {
        withheld.entry(part).or_default().denials.push(denial);
    }
    Withheld(withheld)
}

/// The references under which a Consent may name the holder of a permit.
pub(crate) fn names(permit: &Permit) -> Vec<String> {
    let asker = permit.asker();
    [asker.who.as_str().to_owned()].into_iter().chain(asker.acts_as.iter().cloned()).collect()
}

impl Person {
    fn of(store: &Store, part: Part, directives: Vec<Directive>) -> Result<Self, RecordError> {
        let needs_entries = directives.iter().flat_map(|one| &one.rules).any(|rule| rule.data.needs_entries());
        let entries = needs_entries.then(|| Entries::read(store, part)).transpose()?;
        Ok(Self { directives, entries })
    }

    /// What is withheld of this person's record; none when nothing is.
    fn withholding(&self, reader: &Reader<'_>) -> Option<Withholding> {
        let denials = consent::denials(&self.directives, reader);
        if denials.is_empty() {
            return None;
        }
        let needs_entries = |rule: &Rule| rule.data.needs_entries();
        let looks =
            denials.iter().any(|one| needs_entries(one.rule) || one.unless.iter().any(|rule| needs_entries(rule)));
        let known = self.entries.as_ref().filter(|_| looks).map(Entries::known);
        let denial = |one: consent::Denial<'_>| Denial {
            what: self.matcher(one.rule),
            unless: one.unless.into_iter().map(|rule| self.matcher(rule)).collect(),
        };
        Some(Withholding { denials: denials.into_iter().map(denial).collect(), known })
    }

    fn matcher(&self, rule: &Rule) -> Matcher {
        let Data { labels, .. } = &rule.data;
        let LabelTest { any, none } = labels.unwrap_or(LabelTest { any: 0, none: 0 });
        let kinds = KindSet::from_words(rule.data.types().words());
        let rows = rule.data.needs_entries().then(|| self.entries.as_ref().map(|entries| entries.about(rule)));
        // Without its entries a rule about entries is about none of them; then `known` withholds them all.
        let rows = rows.map(Option::unwrap_or_default);
        Matcher {
            kinds: if none == u32::MAX { KindSet::NONE } else { kinds },
            any: Labels::from_bits(any),
            none: Labels::from_bits(none),
            rows,
        }
    }
}

/// The people about whom there is a Consent.
fn parts_with_consents(store: &Store) -> Result<Vec<Part>, RecordError> {
    let query = Query::of(ResourceType::CONSENT);
    let mut parts: Vec<Part> = Vec::new();
    let mut request = store::PageRequest::first(PAGE);
    loop {
        let found = store.read(|reader| reader.search(&Visibility::everything(), &query, &request))?;
        parts.extend(found.matches.iter().map(|row| row.rid.part()));
        let Some(next) = found.next else { break };
        request.after = Some(next);
    }
    parts.sort_unstable_by_key(|part| part.number());
    parts.dedup();
    Ok(parts)
}

/// The directives among the Consents of one person, with the groups that they name opened.
fn directives_of(store: &Store, part: Part) -> Result<Vec<Directive>, RecordError> {
    let mut directives = Vec::new();
    for row in &store.read(|reader| reader.rows_in(part, [ResourceType::CONSENT].into_iter().collect()))? {
        let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
        if let Some(directive) = Directive::parse(&tree) {
            directives.push(opened(store, directive)?);
        }
    }
    Ok(directives)
}

/// A directive with the groups that it names opened.
fn opened(store: &Store, mut directive: Directive) -> Result<Directive, RecordError> {
    for rule in &mut directive.rules {
        let effect = rule.effect;
        if let Some(actors) = &mut rule.actors {
            open_groups(store, actors, effect)?;
        }
    }
    Ok(directive)
}

/// Adds the members of the groups among `actors`. A group that is no longer in use permits nobody, and is refused as before.
fn open_groups(store: &Store, actors: &mut Vec<String>, effect: Effect) -> Result<(), RecordError> {
    let ids: Vec<ResourceId> =
        actors.iter().filter_map(|actor| ResourceId::parse(actor.strip_prefix("Group/")?).ok()).collect();
    for id in ids {
        let found = store.read(|reader| reader.get(&Visibility::everything(), ResourceType::GROUP, &id))?;
        let Some(store::Found::Here(row)) = found else { continue };
        let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
        let is_in_use = tree.get("active").and_then(fhir::Json::as_bool) != Some(false);
        if effect == Effect::Permit && !is_in_use {
            continue;
        }
        for member in tree.get("member").map(fhir::Json::items).unwrap_or_default() {
            let is_inactive = member.get("inactive").and_then(fhir::Json::as_bool) == Some(true);
            let named = member.at(&["entity", "reference"]).and_then(fhir::Json::text);
            actors.extend(named.filter(|_| !is_inactive).map(str::to_owned));
        }
    }
    Ok(())
}
