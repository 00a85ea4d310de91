//! Suspected breaches: a clock of 72 hours, what is done about it, whom it concerns, and whether the regulator is told.
//!
//! UK GDPR article 33 gives 72 hours from when somebody here became aware, weekends included; article 34 asks whether the people
//! are told. Whom it concerns is found in the log: everybody at whose record a member of staff looked between two days. It
//! decides nothing: every decision is an officer's, in words.

use crate::rights::{Said, day};
use crate::state::{Trust, TrustError};
use jiff::civil::Date;
use record::error::RecordError;
use record::log::{Draft, Subject};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long after becoming aware the Information Commissioner must be told, milliseconds.
pub const TELL_WITHIN_MS: i64 = 72 * 3_600_000;
/// How many entries of the log one search for people looks through.
pub const LOOKED_MAX: u64 = 1_000_000;
/// How many people one breach names.
pub const PEOPLE_MAX: usize = 10_000;

const KIND: &str = "breach";

/// What is to be done about a breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Stop it.
    Contain,
    /// Find out what happened, to whom, and how bad it is.
    Assess,
    /// Tell the Information Commissioner, or write down why not.
    TellRegulator,
    /// Tell the people concerned, or write down why not.
    TellPeople,
    /// See that it does not happen again.
    Learn,
}

impl Task {
    /// Every task, in order.
    pub const ALL: [Task; 5] = [Task::Contain, Task::Assess, Task::TellRegulator, Task::TellPeople, Task::Learn];

    /// Its word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Task::Contain => "contain",
            Task::Assess => "assess",
            Task::TellRegulator => "regulator",
            Task::TellPeople => "people",
            Task::Learn => "learn",
        }
    }

    /// In words.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Task::Contain => "Stop it",
            Task::Assess => "Find out what happened, to whom, and how much harm it can do",
            Task::TellRegulator => "Tell the Information Commissioner, or write down why not",
            Task::TellPeople => "Tell the people concerned, or write down why not",
            Task::Learn => "See that it does not happen again",
        }
    }
}

/// Whom a breach concerns, as the log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerned {
    /// Who looked: the id in the log, or a part of the name.
    pub staff: String,
    /// From this day on, in London, as `2026-11-22`.
    pub from: String,
    /// To this day, that day included.
    pub to: String,
    /// Log's numbers of the people, each once.
    pub people: Vec<u32>,
    /// How many entries of the log fit.
    pub entries: u64,
    /// Whether everything between the days was looked through.
    pub is_whole: bool,
}

/// A suspected breach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// What people quote.
    pub id: String,
    /// What happened, as far as it is known.
    pub what: String,
    /// When somebody here became aware, milliseconds since 1970 UTC: the clock counts from this.
    pub aware_ms: i64,
    /// Who wrote it down, and when.
    pub by: String,
    /// Whom it concerns.
    pub concerned: Option<Concerned>,
    /// Tasks that are done, with what was done.
    pub done: Vec<(Task, Said)>,
}

impl Breach {
    /// By when the Information Commissioner must be told, milliseconds since 1970 UTC.
    #[must_use]
    pub fn tell_by_ms(&self) -> i64 {
        self.aware_ms.saturating_add(TELL_WITHIN_MS)
    }

    /// What was done for a task.
    #[must_use]
    pub fn done_for(&self, task: Task) -> Option<&Said> {
        self.done.iter().find(|(done, _)| *done == task).map(|(_, said)| said)
    }

    /// Whether every task is done.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        Task::ALL.into_iter().all(|task| self.done_for(task).is_some())
    }
}

impl Trust {
    /// Every breach: open ones first, those whose clock ends first first.
    pub(crate) fn breaches(&self) -> Result<Vec<Breach>, TrustError> {
        let mut breaches: Vec<Breach> = self.all_kept_json(KIND)?;
        breaches.sort_by_key(|breach| (breach.is_closed(), breach.aware_ms));
        Ok(breaches)
    }

    /// The breach with this reference.
    pub(crate) fn breach(&self, id: &str) -> Result<Option<Breach>, TrustError> {
        self.kept_json((KIND, id))
    }

    /// Keeps a breach in the place of what it was, with the entry of the step; false when that has changed meanwhile.
    pub(crate) fn change_breach(
        &self,
        was: Option<&Breach>,
        breach: &Breach,
        entry: &Draft,
    ) -> Result<bool, TrustError> {
        self.change_json((KIND, &breach.id), was, Some(breach), Some(entry))
    }

    /// A reference that no breach has yet.
    pub(crate) fn new_breach_reference(&self) -> Result<String, TrustError> {
        self.new_reference(KIND)
    }

    /// Everybody at whose record somebody looked between two days.
    pub(crate) fn concerned(&self, staff: &str, from: Date, to: Date) -> Result<Concerned, TrustError> {
        let log = self.record().log();
        let wanted = staff.trim().to_lowercase();
        let (mut people, mut entries, mut is_whole) = (BTreeSet::new(), 0, true);
        let newest = log.count();
        for number in (1..=newest).rev() {
            if newest - number >= LOOKED_MAX || people.len() >= PEOPLE_MAX {
                is_whole = false;
                break;
            }
            let Some(entry) = log.entry(number).map_err(RecordError::from)? else { continue };
            let (draft, on) = (&entry.draft, day(entry.draft.at_ms));
            // Clocks are set back by hours at most; a day more is looked at to be sure.
            if on < from.yesterday().unwrap_or(from) {
                break;
            }
            let is_they = draft.who.to_lowercase() == wanted || draft.name.to_lowercase().contains(&wanted);
            if is_they && draft.outcome == "allowed" && on >= from && on <= to && !draft.subjects.is_empty() {
                entries += 1;
                people.extend(draft.subjects.iter().map(|subject| subject.part));
            }
        }
        let (staff, people) = (staff.trim().to_owned(), people.into_iter().collect());
        Ok(Concerned { staff, from: from.to_string(), to: to.to_string(), people, entries, is_whole })
    }
}

/// The people of a breach as subjects of an entry of the log.
pub(crate) fn subjects(breach: &Breach) -> Vec<Subject> {
    let people = breach.concerned.iter().flat_map(|concerned| concerned.people.iter());
    people.map(|part| Subject { part: *part, relation: 0 }).collect()
}
