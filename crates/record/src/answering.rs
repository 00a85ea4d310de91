//! One answer is one look: what a request reads is logged once for each person, when its answer is whole.
//!
//! A page asks many questions, and a batch many more. While a request is being answered its reads are gathered here; when the
//! answer is whole, and before a byte of it leaves, they go to the log together, one entry for a person however often she was
//! read. Reads outside of a request are logged one by one.
//!
//! What belongs to an answer is told by a number that is given here: the id of a request may be its caller's, and one answer must
//! not end the gathering of another. A request that is dropped half way is logged as far as it came; what the log does not take
//! then is kept, and nothing more is shown until it has taken it.

use crate::Record;
use crate::error::RecordError;
use crate::log::{Draft, Durability, Subject};
use crate::logbook::Outcome;
use gate::RequestId;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many reads are gathered at most; then they are logged, and gathering begins anew.
const GATHERED_MAX: usize = 1_024;

/// So many entries of dropped requests wait at most for a log that takes none; past it reads are not gathered, but fail at once.
const LEFT_MAX: usize = 65_536;

/// The requests that are being answered.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    turns: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What was read for each answer, by its number.
    gathered: HashMap<u64, Vec<Draft>>,
    /// Entries of dropped requests that the log did not take.
    left: Vec<Draft>,
}

/// A request that is being answered. Its reads are logged when it ends.
#[derive(Debug)]
#[must_use = "reads are gathered until it ends"]
pub struct Answering {
    record: Record,
    request: RequestId,
    is_over: bool,
}

impl Record {
    /// Begins to answer a request: what is read under [`Answering::request`] is logged by [`Answering::finish`].
    pub fn answering(&self, request: &RequestId) -> Answering {
        let answers = &self.inner.answers;
        let turn = answers.turns.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        answers.lock().gathered.insert(turn, Vec::new());
        Answering { record: self.clone(), request: request.in_turn(turn), is_over: false }
    }

    /// Logs a look at something that is no resource, such as the log itself; with the other reads of its request.
    ///
    /// # Errors
    /// When it cannot be logged: then nothing may be shown.
    pub fn log_look(&self, entry: Draft) -> Result<(), RecordError> {
        self.inner.log_read(entry)
    }
}

impl Answering {
    /// The request, with the number of this answer.
    #[must_use]
    pub fn request(&self) -> &RequestId {
        &self.request
    }

    /// The answer is whole: logs what was read for it.
    ///
    /// # Errors
    /// When it cannot be logged: then the answer must not leave.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.is_over = true;
        let inner = &self.record.inner;
        inner.log_looks(looks(inner.answers.end(self.request.turn())))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let inner = &self.record.inner;
        let looks = looks(inner.answers.end(self.request.turn()));
        if inner.log_looks(looks.clone()).is_err() {
            inner.answers.lock().left.extend(looks);
        }
    }
}

impl Answers {
    /// Takes a read in when its request is being answered; gives back what is to be logged now.
    pub(crate) fn gather(&self, draft: Draft) -> Vec<Draft> {
        let mut state = self.lock();
        let is_stuck = state.left.len() >= LEFT_MAX;
        let Some(gathered) = state.gathered.get_mut(&draft.turn).filter(|_| !is_stuck) else { return vec![draft] };
        gathered.push(draft);
        if gathered.len() < GATHERED_MAX { Vec::new() } else { std::mem::take(gathered) }
    }

    fn end(&self, turn: u64) -> Vec<Draft> {
        self.lock().gathered.remove(&turn).unwrap_or_default()
    }

    /// A panic elsewhere leaves the state whole: every change to it is one step.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl crate::Inner {
    /// Logs a read; nothing may leave before this, or the end of its request, has succeeded.
    pub(crate) fn log_read(&self, draft: Draft) -> Result<(), RecordError> {
        self.log_looks(looks(self.answers.gather(draft)))
    }

    /// Logs looks, after those that were left.
    fn log_looks(&self, looks: Vec<Draft>) -> Result<(), RecordError> {
        let left = std::mem::take(&mut self.answers.lock().left);
        if left.is_empty() && looks.is_empty() {
            return Ok(());
        }
        let all = left.iter().cloned().chain(looks).collect();
        if let Err(error) = self.log.append(all, self.reads) {
            self.answers.lock().left.extend(left);
            return Err(error.into());
        }
        Ok(())
    }

    /// Logs something that must be on the disk first.
    pub(crate) fn log_strictly(&self, draft: Draft) -> Result<(), RecordError> {
        self.log.append(vec![draft], Durability::Strict)?;
        Ok(())
    }
}

/// The reads of one answer as looks: for each asker and purpose one entry a person, persons of whom the same was read together,
/// and one for all that is in nobody's record. What was absent or refused stands for itself.
pub(crate) fn looks(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut looks = Vec::new();
    let mut shown: Vec<Vec<Draft>> = Vec::new();
    for draft in drafts {
        if draft.outcome != Outcome::Allowed.word() {
            looks.push(draft);
            continue;
        }
        let is_of = |one: &&mut Vec<Draft>| {
            one.first().is_some_and(|first| {
                (&first.who, &first.role, &first.purpose, &first.via, &first.organisation)
                    == (&draft.who, &draft.role, &draft.purpose, &draft.via, &draft.organisation)
            })
        };
        match shown.iter_mut().find(is_of) {
            Some(one) => one.push(draft),
            None => shown.push(vec![draft]),
        }
    }
    looks.extend(shown.iter().flat_map(|drafts| of_one_asker(drafts)));
    looks
}

fn of_one_asker(drafts: &[Draft]) -> Vec<Draft> {
    if let [one] = drafts {
        return vec![one.clone()];
    }
    let mut reads_of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, draft) in drafts.iter().enumerate() {
        for subject in &draft.subjects {
            let reads = reads_of.entry(subject.part).or_default();
            if reads.last() != Some(&place) {
                reads.push(place);
            }
        }
    }
    let mut persons_of: BTreeMap<Vec<usize>, Vec<u32>> = BTreeMap::new();
    for (part, reads) in reads_of {
        persons_of.entry(reads).or_default().push(part);
    }
    let of_nobody: Vec<usize> =
        drafts.iter().enumerate().filter(|(_, draft)| draft.subjects.is_empty()).map(|(place, _)| place).collect();
    if !of_nobody.is_empty() {
        persons_of.insert(of_nobody, Vec::new());
    }
    let look = |(reads, parts): (&Vec<usize>, &Vec<u32>)| {
        let reads: Vec<&Draft> = reads.iter().filter_map(|place| drafts.get(*place)).collect();
        as_one(&reads, parts)
    };
    persons_of.iter().filter_map(look).collect()
}

/// One entry for several reads: in the words of the one that showed most, with the kinds and the count of all.
fn as_one(reads: &[&Draft], parts: &[u32]) -> Option<Draft> {
    let most = reads.iter().rev().max_by_key(|draft| draft.count)?;
    let is_one_target = reads.iter().all(|draft| draft.target == most.target);
    let relation = |part: u32| {
        let subjects = reads.iter().flat_map(|draft| &draft.subjects).filter(|subject| subject.part == part);
        subjects.map(|subject| subject.relation).find(|relation| *relation != 0).unwrap_or(0)
    };
    Some(Draft {
        at_ms: reads.iter().map(|draft| draft.at_ms).min()?,
        subjects: parts.iter().map(|part| Subject { part: *part, relation: relation(*part) }).collect(),
        kinds: reads.iter().flat_map(|draft| draft.kinds.iter().copied()).collect(),
        target: most.target.clone().filter(|_| is_one_target),
        count: reads.iter().fold(0, |sum: u32, draft| sum.saturating_add(draft.count)),
        ..(*most).clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn read(purpose: &str, parts: &[u32], kind: u8) -> Draft {
        Draft {
            who: "Practitioner/khan".to_owned(),
            purpose: purpose.to_owned(),
            outcome: "allowed".to_owned(),
            subjects: parts.iter().map(|part| Subject { part: *part, relation: 1 }).collect(),
            kinds: vec![kind],
            count: 1,
            ..Draft::default()
        }
    }

    fn persons(draft: &Draft) -> Vec<u32> {
        draft.subjects.iter().map(|subject| subject.part).collect()
    }

    #[test]
    fn a_page_that_reads_a_person_five_times_is_one_look_at_her() {
        let five = (1..=5).map(|kind| read("DirectCare", &[7], kind)).collect();

        let looks = looks(five);

        assert_eq!(looks.len(), 1);
        assert_eq!((looks[0].kinds.as_slice(), looks[0].count), ([1, 2, 3, 4, 5].as_slice(), 5));
    }

    #[test]
    fn of_each_person_the_look_tells_only_what_was_read_of_her() {
        let looks = looks(vec![read("DirectCare", &[1, 2], 10), read("DirectCare", &[2], 20)]);

        let told: Vec<(Vec<u32>, &[u8])> = looks.iter().map(|look| (persons(look), look.kinds.as_slice())).collect();
        assert_eq!(told, [(vec![1], [10].as_slice()), (vec![2], [10, 20].as_slice())]);
    }

    #[test]
    fn what_was_refused_stands_for_itself() {
        let refused = Draft { outcome: "refused".to_owned(), ..read("DirectCare", &[], 1) };

        assert_eq!(looks(vec![refused.clone(), read("DirectCare", &[1], 1), refused]).len(), 3);
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_nobody_is_there_twice(
            reads in proptest::collection::vec((prop::bool::ANY, proptest::collection::btree_set(0_u32..5, 0..4), 0_u8..4), 1..12)
        ) {
            let purpose = |is_care| if is_care { "DirectCare" } else { "Audit" };
            let drafts: Vec<Draft> = reads.iter()
                .map(|(is_care, parts, kind)| read(purpose(*is_care), &parts.iter().copied().collect::<Vec<_>>(), *kind))
                .collect();

            let looks = looks(drafts.clone());

            let told = |drafts: &[Draft]| -> BTreeSet<(String, u32, u8)> {
                let each = drafts.iter().flat_map(|draft| persons(draft).into_iter().map(move |part| (draft, part)));
                each.flat_map(|(draft, part)| draft.kinds.iter().map(move |kind| (draft.purpose.clone(), part, *kind))).collect()
            };
            prop_assert_eq!(told(&looks), told(&drafts));
            let mut each: Vec<(String, u32)> =
                looks.iter().flat_map(|look| persons(look).into_iter().map(|part| (look.purpose.clone(), part))).collect();
            let all = each.len();
            each.sort();
            each.dedup();
            prop_assert_eq!(each.len(), all);
        }
    }
}
