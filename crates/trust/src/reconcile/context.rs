//! The last stretch of the log, kept between runs, so that a run reads what is new and judges what lies around it.
//!
//! A look is judged with what happened to the same person and with what the same member of staff did; the rest of the
//! stretch cannot change it, so it is left out. Kept is little of each entry, and nothing clinical. Next: `run`.

use super::facts::EventKind;
use super::gather::{SUBJECTS_MAX, event_kind, is_look_of_staff, is_write};
use super::signs::SWEEP_MS;
use record::log::{Entry, Log, LogError, Subject};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// How many steps are kept at most, some 150 bytes each ...
const STEPS_MAX: usize = 200_000;
/// ... and for how long: habits, earlier care and coming back show over months.
const KEPT_MS: i64 = 183 * 24 * 60 * 60 * 1_000;
/// How many entries before the new ones are read again after a restart.
const READ_AGAIN: u64 = 200_000;

/// What reconciliation needs of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Its number in the log.
    pub(super) sequence: u64,
    /// When, milliseconds since 1970 UTC.
    pub(super) at_ms: i64,
    /// Who.
    pub(super) who: Arc<str>,
    /// For whom they acted; empty for nobody.
    pub(super) organisation: Arc<str>,
    /// The people.
    pub(super) subjects: Box<[Subject]>,
    /// What was written; nothing for a look.
    pub(super) written: Box<[EventKind]>,
    /// Whether a member of staff looked.
    pub(super) is_look: bool,
}

impl Step {
    /// What an entry comes to; nothing for one that is neither a look nor something written, or a list of many people.
    fn of(Entry { sequence, draft }: &Entry, words: &mut Words) -> Option<Step> {
        if draft.outcome != "allowed" || draft.subjects.len() > SUBJECTS_MAX {
            return None;
        }
        let kinds = draft.kinds.iter().filter(|_| is_write(draft));
        let written: Box<[EventKind]> = kinds.filter_map(|code| event_kind(*code)).collect();
        let is_look = is_look_of_staff(draft);
        (is_look || !written.is_empty()).then(|| Step {
            sequence: *sequence,
            at_ms: draft.at_ms,
            who: words.one(&draft.who),
            organisation: words.one(&draft.organisation),
            subjects: draft.subjects.as_slice().into(),
            written,
            is_look,
        })
    }

    fn people(&self) -> impl Iterator<Item = u32> + '_ {
        self.subjects.iter().map(|subject| subject.part)
    }
}

/// Names that come again and again, each kept once.
#[derive(Debug, Default)]
struct Words(HashSet<Arc<str>>);

impl Words {
    fn one(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let word: Arc<str> = text.into();
        self.0.insert(Arc::clone(&word));
        word
    }

    /// Lets go of names that no step has any more.
    fn forget_unused(&mut self) {
        self.0.retain(|word| Arc::strong_count(word) > 1);
    }
}

/// A stretch of the log: of its entries, the looks and what was written.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// The last entry that was read.
    until: u64,
    steps: VecDeque<Step>,
    words: Words,
}

impl Context {
    /// Makes this the stretch that ends with entry `end`, where those after `place` are new; only what is not here yet is read.
    ///
    /// Steps and not entries are counted: the check itself writes several entries for each look that it judges.
    pub(super) fn reach(&mut self, log: &Log, place: u64, end: u64) -> Result<(), LogError> {
        if self.until < place || self.until > end {
            *self = Context { until: place.saturating_sub(READ_AGAIN), ..Context::default() };
        }
        for number in self.until.saturating_add(1)..=end {
            if let Some(entry) = log.entry(number)? {
                self.steps.extend(Step::of(&entry, &mut self.words));
            }
            self.until = number;
        }
        let newest_ms = self.steps.back().map_or(0, |step| step.at_ms);
        let is_old = |step: &Step| step.sequence <= place && newest_ms.saturating_sub(step.at_ms) > KEPT_MS;
        while self.steps.len() > STEPS_MAX || self.steps.front().is_some_and(is_old) {
            self.steps.pop_front();
        }
        self.words.forget_unused();
        Ok(())
    }

    /// The steps that can change what is thought of those after a place, in the order of the log.
    pub(super) fn around(&self, place: u64) -> Vec<&Step> {
        let fresh = || self.steps.iter().filter(|step| step.sequence > place);
        let looks = || fresh().filter(|step| step.is_look);
        let staff: HashSet<&str> = looks().map(|step| step.who.as_ref()).collect();
        let since_ms = looks().map(|step| step.at_ms).min().unwrap_or(i64::MAX).saturating_sub(SWEEP_MS);
        let is_theirs = |step: &Step| step.is_look && staff.contains(step.who.as_ref());
        // How well the last looks of the same staff are explained decides whether they are a sweep.
        let lately = self.steps.iter().filter(|step| is_theirs(step) && step.at_ms >= since_ms);
        let people: HashSet<u32> = fresh().chain(lately).flat_map(Step::people).collect();
        let near = |step: &&Step| is_theirs(step) || step.people().any(|part| people.contains(&part));
        self.steps.iter().filter(near).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::gather::story_of;
    use super::super::{Facts, Verdict, reconcile};
    use super::*;

    /// A number that looks like chance.
    fn chance(seed: &mut u64, below: u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) % below
    }

    fn stretch(seed: &mut u64, entries: u64) -> Context {
        let mut at_ms = 0;
        let steps = (1..=entries).map(|sequence| {
            at_ms += i64::try_from(chance(seed, 12 * 60_000)).unwrap();
            let is_look = chance(seed, 5) > 0;
            let kinds = [EventKind::Encounter, EventKind::Result, EventKind::Note, EventKind::Booking];
            let kind = kinds[usize::try_from(chance(seed, 4)).unwrap()];
            let subject = |seed: &mut u64| Subject {
                part: u32::try_from(chance(seed, 40)).unwrap(),
                relation: u8::try_from(chance(seed, 4)).unwrap(),
            };
            Step {
                sequence,
                at_ms,
                who: format!("Practitioner/{}", chance(seed, 6)).into(),
                organisation: format!("Organization/{}", chance(seed, 2)).into(),
                subjects: (0..=chance(seed, 2)).map(|_| subject(seed)).collect(),
                written: if is_look { Box::default() } else { [kind].into() },
                is_look,
            }
        });
        Context { until: entries, steps: steps.collect(), ..Context::default() }
    }

    fn verdicts(steps: &[&Step], after: u64) -> Vec<Verdict> {
        let (looks, events) = story_of(steps.iter().copied());
        let all = reconcile(&looks, &events, &Facts::default());
        all.into_iter().filter(|verdict| verdict.entry > after).collect()
    }

    #[test]
    fn what_lies_around_new_looks_judges_them_as_the_whole_stretch_does() {
        let mut unlike = 0;
        for mut seed in 0..300 {
            let context = stretch(&mut seed, 400);
            let after = 400 - chance(&mut seed, 12) - 1;
            let all: Vec<&Step> = context.steps.iter().collect();
            let around = context.around(after);

            assert_eq!(verdicts(&around, after), verdicts(&all, after), "seed {seed}");
            unlike += usize::from(around.len() < all.len());
        }
        assert!(unlike > 100, "only {unlike} stretches were narrowed: the test says too little");
    }
}
