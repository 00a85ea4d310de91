//! The people whose data may be used beyond their care, as of now.
//!
//! Answers and objections are kept under NHS numbers, rows under the record's own numbers of people. The way between them is
//! read from the Patient resources once and kept up with the feed of changes, so a number that is corrected takes its answer
//! along at once. Everything is worked out anew when anything moved: a Patient, a coded entry, an answer, or an expiry.

use super::file::nine_of;
use super::objections::{Said, Word, add, coded_types, in_the_record};
use super::{ANSWERS, Answer, Kept, Known, National, OBJECTIONS};
use crate::Inner;
use crate::error::RecordError;
use fhir::search::Query;
use fhir::{Json, NhsNumber, ResourceType};
use roaring::RoaringBitmap;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use store::{Part, Row, Sequence, Store, Visibility};

/// How many changes of the feed are looked through for what has moved; past it everything is read anew.
const CHANGES_MAX: usize = 10_000;
/// How many people are read at a time.
const PAGE: usize = 1_000;

/// What is known of opt-outs.
#[derive(Default)]
pub(crate) struct OptOuts {
    /// Moves with every file that is kept or forgotten.
    files: AtomicU64,
    state: Mutex<Option<State>>,
}

struct State {
    /// The last place of the feed that is taken up.
    place: i64,
    /// How far the files have moved that are taken up.
    files: u64,
    /// When it was worked out, and until when that holds, milliseconds since 1970 UTC.
    since_ms: i64,
    until_ms: i64,
    /// The number of each person who has one and no other.
    numbers: HashMap<u32, u32>,
    /// Everybody who has a Patient.
    people: RoaringBitmap,
    coded: Said,
    listed: Said,
    answers: Vec<Answer>,
    allowed: Arc<RoaringBitmap>,
}

impl OptOuts {
    /// Tells that something was kept or forgotten under this kind.
    pub(crate) fn moved(&self, kind: &str) {
        if kind == ANSWERS || kind == OBJECTIONS {
            self.files.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The people whose data may be used beyond their care.
    pub(crate) fn allowed(&self, inner: &Inner) -> Result<Arc<RoaringBitmap>, RecordError> {
        self.with(inner, |state| Arc::clone(&state.allowed))
    }

    /// Everybody who has a record.
    pub(crate) fn people(&self, inner: &Inner) -> Result<Arc<RoaringBitmap>, RecordError> {
        self.with(inner, |state| Arc::new(state.people.clone()))
    }

    /// What is known of one person.
    pub(super) fn known(&self, inner: &Inner, part: Part) -> Result<Known, RecordError> {
        self.with(inner, |state| state.known(part.number()))
    }

    fn with<T>(&self, inner: &Inner, ask: impl FnOnce(&State) -> T) -> Result<T, RecordError> {
        // What another process has left must count from the moment on which it was left.
        crate::inbox::take_in(inner)?;
        let mut state = self.lock()?;
        let (files, now_ms) = (self.files.load(Ordering::SeqCst), inner.clock.now_ms());
        let known = state.take();
        let fresh = State::caught_up(known, inner, (files, now_ms))?;
        Ok(ask(state.insert(fresh)))
    }

    /// A panic while this was worked out leaves it in doubt: then nothing is shown.
    fn lock(&self) -> Result<MutexGuard<'_, Option<State>>, RecordError> {
        self.state.lock().map_err(|_| crate::read::damaged())
    }
}

impl State {
    /// The state with everything that has moved taken up.
    fn caught_up(known: Option<Self>, inner: &Inner, (files, now_ms): (u64, i64)) -> Result<Self, RecordError> {
        let store = &inner.store;
        let place = known.as_ref().map(|state| state.place);
        let (last, changes) = store.read(|reader| {
            let last = reader.last_change()?;
            let place = place.filter(|place| *place != last.0).map(Sequence);
            let changes = place.map(|place| reader.changes(place, CHANGES_MAX)).transpose()?;
            Ok((last, changes.unwrap_or_default()))
        })?;
        let (mut state, changes) = match known {
            Some(state) if changes.len() < CHANGES_MAX => (state, changes),
            _ => (Self::read(store, now_ms)?, Vec::new()),
        };
        let of_type = |kind: ResourceType| changes.iter().any(|change| change.rid.kind() == Some(kind));
        let (people, coded) = (of_type(ResourceType::PATIENT), coded_types().any(of_type));
        let is_stale = now_ms < state.since_ms || now_ms >= state.until_ms || state.files != files;
        let is_patient = |rid: store::Rid| rid.kind() == Some(ResourceType::PATIENT);
        let parts = changes.iter().filter(|change| is_patient(change.rid)).map(|change| change.rid.part());
        for part in parts.collect::<BTreeSet<Part>>() {
            state.renumber(store, part)?;
        }
        if coded {
            state.coded = in_the_record(store)?;
        }
        if is_stale {
            state.read_files(inner, now_ms)?;
        }
        if is_stale || coded || people {
            state.work_out();
        }
        (state.place, state.files) = (last.0, files);
        Ok(state)
    }

    /// Everybody's number and coded entries, without answers yet.
    fn read(store: &Store, now_ms: i64) -> Result<Self, RecordError> {
        let (mut numbers, mut people) = (HashMap::new(), RoaringBitmap::new());
        let (query, mut page) = (Query::of(ResourceType::PATIENT), store::PageRequest::first(PAGE));
        loop {
            let found = store.read(|reader| reader.search(&Visibility::everything(), &query, &page))?;
            for row in &found.matches {
                people.insert(row.rid.part().number());
                numbers.extend(number_of(row)?.map(|number| (row.rid.part().number(), number)));
            }
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
        let (coded, listed) = (in_the_record(store)?, Said::new());
        // Until the files are read it holds for no time at all.
        let (since_ms, until_ms) = (now_ms, now_ms);
        let (answers, allowed) = (Vec::new(), Arc::default());
        Ok(Self { place: 0, files: 0, since_ms, until_ms, numbers, people, coded, listed, answers, allowed })
    }

    fn renumber(&mut self, store: &Store, part: Part) -> Result<(), RecordError> {
        self.numbers.remove(&part.number());
        self.people.remove(part.number());
        let rows = store.read(|reader| reader.rows_in(part, [ResourceType::PATIENT].into_iter().collect()))?;
        for row in &rows {
            self.people.insert(part.number());
            self.numbers.extend(number_of(row)?.map(|number| (part.number(), number)));
        }
        Ok(())
    }

    /// Reads the answers that hold, the newest first, and the practices' files.
    fn read_files(&mut self, inner: &Inner, now_ms: i64) -> Result<(), RecordError> {
        let mut answers = Vec::new();
        for (name, bytes) in inner.store.read(|reader| reader.kept_all(ANSWERS))? {
            let kept: Kept = serde_json::from_slice(&bytes).map_err(|_| crate::read::damaged())?;
            if kept.asked_ms <= now_ms && now_ms < kept.until_ms {
                answers.push((name, kept.open()?));
            }
        }
        // Of one day, the file with the higher number is the newer one.
        answers.sort_by(|(one, first), (other, second)| (second.asked_ms, other).cmp(&(first.asked_ms, one)));
        self.answers = answers.into_iter().map(|(_, answer)| answer).collect();
        self.listed.clear();
        for (_, bytes) in inner.store.read(|reader| reader.kept_all(OBJECTIONS))? {
            let lines: Vec<(u32, i32, bool)> = serde_json::from_slice(&bytes).map_err(|_| crate::read::damaged())?;
            for (nine, day, objects) in lines {
                add(&mut self.listed, nine, Word::from(super::objections::Line { nine, day, objects }));
            }
        }
        self.since_ms = now_ms;
        self.until_ms = self.answers.iter().map(|answer| answer.until_ms).min().unwrap_or(i64::MAX);
        Ok(())
    }

    fn work_out(&mut self) {
        let (mut decided, mut without) = (RoaringBitmap::new(), RoaringBitmap::new());
        for answer in &self.answers {
            without |= &answer.without - &decided;
            decided |= &answer.asked;
        }
        let may = |(part, nine): &(&u32, &u32)| without.contains(**nine) && !self.objects(**part);
        self.allowed = Arc::new(self.numbers.iter().filter(may).map(|(part, _)| *part).collect());
    }

    /// Whether a type 1 objection of this person stands, whichever of record and lists said the latest word.
    fn objects(&self, part: u32) -> bool {
        let listed = self.numbers.get(&part).and_then(|nine| self.listed.get(nine)).copied();
        let word = match (self.coded.get(&part).copied(), listed) {
            (Some(coded), Some(listed)) => Some(coded.or_later(listed)),
            (coded, listed) => coded.or(listed),
        };
        word.is_some_and(|word| word.objects)
    }

    fn known(&self, part: u32) -> Known {
        let answer = self.numbers.get(&part).and_then(|nine| {
            let answer = self.answers.iter().find(|answer| answer.asked.contains(*nine))?;
            let Answer { asked_ms, until_ms, .. } = *answer;
            Some(National { asked_ms, until_ms, has_opted_out: !answer.without.contains(*nine) })
        });
        Known { national: answer, objects: self.objects(part) }
    }
}

/// The NHS number of a Patient, without its check digit; none when it has none, or several that count.
fn number_of(row: &Row) -> Result<Option<u32>, RecordError> {
    let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
    Ok(nhs_number(&tree).map(|number| nine_of(&number)))
}

/// The NHS number of a Patient by which one asks about her; none when it has none, or several that count.
#[must_use]
pub fn nhs_number(patient: &Json<'_>) -> Option<NhsNumber> {
    let identifiers = patient.get("identifier").map(Json::items).unwrap_or_default();
    let counts = |identifier: &&Json<'_>| {
        identifier.get("system").and_then(Json::text) == Some(NhsNumber::SYSTEM)
            && identifier.get("use").and_then(Json::text) != Some("old")
    };
    let mut numbers = identifiers
        .iter()
        .filter(counts)
        .map(|one| one.get("value").and_then(Json::text).and_then(|text| NhsNumber::parse(text).ok()));
    let first = numbers.next()??;
    numbers.all(|other| other == Some(first)).then_some(first)
}
