//! Whether an access to a record was to be expected, told from the record itself.
//!
//! Each access of a member of staff is either explained by a template (an appointment, a result that came, a residence, ...)
//! or stands unexplained with reasons and a score, for a person to judge: nobody is accused by this. Everything here but
//! `gather` and `run` is a pure function over small facts: no input, no output, no clock.
//!
//! | module | holds |
//! |---|---|
//! | [`facts`] | what is known: accesses, what happened in the record, people, staff |
//! | [`explain`] | the templates, from the strongest reason to the weakest |
//! | [`signs`] | what makes a look suspicious, and which explanations it outweighs |
//! | `story` | accesses and events in the orders in which they are asked for |
//! | `context` | the last stretch of the log, kept between runs |
//! | `gather`, [`run`] | the facts from log and record, and the findings that are kept |

mod context;
pub mod explain;
pub mod facts;
mod gather;
pub mod run;
pub mod signs;
mod story;
#[cfg(test)]
mod tests;

pub(crate) use context::Context;
pub use explain::{Explanation, Strength, Template};
pub use facts::{Access, Appointment, Event, EventKind, Facts, PersonFacts, StaffFacts};
pub use signs::Sign;

use story::Story;

/// The score of an access that nothing explains and nothing else speaks against.
const NOTHING_EXPLAINS: u8 = 20;
/// What a broad reason that is outweighed leaves of that: a sign says more where nothing happened than amid care.
const LITTLE_EXPLAINS: u8 = 10;
/// The highest score.
pub const SCORE_MAX: u8 = 100;

/// What was found out about one access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Number of its entry in the log.
    pub entry: u64,
    /// The best reason for it that the record gives.
    pub explanation: Option<Explanation>,
    /// What speaks against it and is not outweighed by the explanation, heaviest first.
    pub signs: Vec<Sign>,
    /// From 0 (explained) to [`SCORE_MAX`]: who should be looked at first.
    pub score: u8,
}

impl Verdict {
    /// The verdict over an access with this explanation and these signs.
    #[must_use]
    pub fn of(entry: u64, explanation: Option<Explanation>, mut signs: Vec<Sign>) -> Verdict {
        signs.retain(|sign| explanation.is_none_or(|one| one.strength <= sign.outweighs()));
        signs.sort_by_key(|sign| (std::cmp::Reverse(sign.weight()), sign.code()));
        signs.dedup();
        let base = match explanation.map(|one| one.strength) {
            None => NOTHING_EXPLAINS,
            Some(Strength::Broad) if !signs.is_empty() => LITTLE_EXPLAINS,
            Some(_) => 0,
        };
        let score = signs.iter().fold(base, |sum, sign| sum.saturating_add(sign.weight())).min(SCORE_MAX);
        Verdict { entry, explanation, signs, score }
    }

    /// Whether the record says why, and nothing outweighs that.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        self.explanation.is_some() && self.signs.is_empty()
    }

    /// Why it stands unexplained, in whole sentences, heaviest first.
    #[must_use]
    pub fn reasons(&self) -> Vec<&'static str> {
        let nothing = self.explanation.is_none().then_some("Nothing in the record says why they looked.");
        self.signs.iter().map(|sign| sign.sentence()).chain(nothing).collect()
    }
}

/// A verdict over each access, in the order in which they are given.
#[must_use]
pub fn reconcile(accesses: &[Access], events: &[Event], facts: &Facts) -> Vec<Verdict> {
    let story = Story::of(accesses, events);
    let explained: Vec<Option<Explanation>> =
        accesses.iter().map(|access| explain::explain(access, &story, facts)).collect();
    let strengths: Vec<Option<Strength>> = explained.iter().map(|one| one.map(|one| one.strength)).collect();
    let found = signs::found(&story, &strengths, facts);
    let verdict = |((access, explanation), signs): ((&Access, Option<Explanation>), Vec<Sign>)| {
        Verdict::of(access.entry, explanation, signs)
    };
    accesses.iter().zip(explained).zip(found).map(verdict).collect()
}
