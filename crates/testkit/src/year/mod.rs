//! A made-up year of looks at records, with snoops planted in it, to measure the check of accesses with.
//!
//! The same seed gives the same year. Ordinary work has its reasons in the record as real work has, and its mistakes: wrong
//! people looked up, patients who leave before they are seen. Snoops are planted on people for whom nothing happened at the
//! time, but for those that hide behind a reason, which no rule can find.
//!
//! * `town`: people, homes, staff and their hours
//! * `work`: what staff do on ordinary days
//! * `snoops`: who looks without a reason

mod snoops;
mod town;
mod work;

pub use snoops::Snoop;

use std::collections::HashMap;
use std::sync::Arc;
use trust::reconcile::{Access, Event, EventKind, Facts};

const MINUTE_MS: i64 = 60 * 1_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Monday 24 November 2025, midnight UTC.
const BEGIN_MS: i64 = crate::NOW_MS - 10 * HOUR_MS - 363 * DAY_MS;
/// How many days the year has.
const DAYS: i64 = 364;

/// A year of looks.
#[derive(Clone, Debug, Default)]
pub struct Year {
    /// The looks, oldest first; their entries are numbered from 1.
    pub accesses: Vec<Access>,
    /// What was written into records.
    pub events: Vec<Event>,
    /// What is known of people and staff.
    pub facts: Facts,
    /// The looks without a reason, by entry.
    pub planted: HashMap<u64, Snoop>,
}

/// The year that goes with a seed.
#[must_use]
pub fn year(seed: u64) -> Year {
    let mut chance = Chance(seed);
    let town = town::Town::found(&mut chance);
    let mut diary = Diary { facts: town.facts(), ..Diary::default() };
    work::ordinary(&town, &mut chance, &mut diary);
    snoops::plant(&town, &mut chance, &mut diary);
    diary.closed()
}

/// The year while it is written.
#[derive(Default)]
struct Diary {
    looks: Vec<(Access, Option<Snoop>)>,
    events: Vec<Event>,
    facts: Facts,
}

impl Diary {
    fn look(&mut self, access: Access) {
        self.looks.push((access, None));
    }

    fn snoop(&mut self, access: Access, snoop: Snoop) {
        self.looks.push((access, Some(snoop)));
    }

    fn event(&mut self, kind: EventKind, part: u32, at_ms: i64, (by, organisation): (&Arc<str>, &Arc<str>)) {
        self.events.push(Event { at_ms, part, kind, by: Arc::clone(by), organisation: Arc::clone(organisation) });
    }

    /// In order and numbered, as the log would have it.
    fn closed(mut self) -> Year {
        self.looks.sort_by_key(|(look, _)| look.at_ms);
        let mut year = Year { events: self.events, facts: self.facts, ..Year::default() };
        for ((look, snoop), entry) in self.looks.into_iter().zip(1_u64..) {
            year.planted.extend(snoop.map(|snoop| (entry, snoop)));
            year.accesses.push(Access { entry, ..look });
        }
        year
    }
}

/// Chance that can be repeated (SplitMix64).
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// The chances of a seed.
    #[must_use]
    pub const fn of_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// Between two times, the second not included.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = usize::try_from((to - from).max(1)).unwrap_or(1);
        from + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// True in so many of 100 cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of a table; none of an empty one.
    pub fn of<'t, T>(&mut self, table: &'t [T]) -> Option<&'t T> {
        table.get(self.below(table.len()))
    }
}

/// Whether a day of the year is one of Monday to Friday.
const fn is_weekday(day: i64) -> bool {
    day % 7 < 5
}
