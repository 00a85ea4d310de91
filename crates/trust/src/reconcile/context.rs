//! The last stretch of the log, kept between runs, so that a run reads what is new and judges what lies around it.
//!
//! A look is judged with what happened to the same person and with what the same member of staff did; the rest of the
//! stretch cannot change it, so it is left out. Kept is little of each entry, and nothing clinical. Next: `run`.

use super::facts::EventKind;
use super::gather::{SUBJECTS_MAX, event_kind, is_look_of_staff, is_write};
use super::signs::SWEEP_MS;
use record::log::{Entry, Log, LogError, Subject};
use std::collections::{HashSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::Arc;

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
    pub(super) fn of(Entry { sequence, draft }: &Entry) -> Option<Step> {
        if draft.outcome != "allowed" || draft.subjects.len() > SUBJECTS_MAX {
            return None;
        }
        let kinds = draft.kinds.iter().filter(|_| is_write(draft));
        let written: Box<[EventKind]> = kinds.filter_map(|code| event_kind(*code)).collect();
        let is_look = is_look_of_staff(draft);
        (is_look || !written.is_empty()).then(|| Step {
            sequence: *sequence,
            at_ms: draft.at_ms,
            who: draft.who.as_str().into(),
            organisation: draft.organisation.as_str().into(),
            subjects: draft.subjects.as_slice().into(),
            written,
            is_look,
        })
    }

    fn people(&self) -> impl Iterator<Item = u32> + '_ {
        self.subjects.iter().map(|subject| subject.part)
    }
}

/// A stretch of the log.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// The first entry of the stretch, and the last that was read.
    from: u64,
    until: u64,
    steps: VecDeque<Step>,
}

impl Context {
    /// Makes this the stretch of these numbers; only what is not here yet is read.
    pub(super) fn reach(&mut self, log: &Log, stretch: &RangeInclusive<u64>) -> Result<(), LogError> {
        let (from, end) = (*stretch.start(), *stretch.end());
        if self.until.saturating_add(1) < from || self.from > from || self.until > end {
            *self = Context { from, until: from.saturating_sub(1), steps: VecDeque::new() };
        }
        self.from = from;
        for number in self.until.saturating_add(1)..=end {
            self.steps.extend(log.entry(number)?.as_ref().and_then(Step::of));
            self.until = number;
        }
        while self.steps.front().is_some_and(|first| first.sequence < from) {
            self.steps.pop_front();
        }
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
        Context { from: 1, until: entries, steps: steps.collect() }
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
