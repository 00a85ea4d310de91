//! Those who look without a reason, of each kind.
//!
//! Each is planted on somebody for whom nothing happened within four weeks, at the hours at which its author works (but for
//! those off shift), with the relationship that the log would keep: that of a registration, or none.

use super::town::{Job, Person, Staff, Town, at_work};
use super::work::{look, relation_of};
use super::{Chance, DAY_MS, DAYS, Diary, HOUR_MS, MINUTE_MS, is_weekday};
use gate::RelationKind;
use std::collections::{HashMap, HashSet};

/// How many of each kind.
const EACH: usize = 25;
/// How many sweeps and sequences, and of how many people.
const SERIES: (usize, usize, u32) = (5, 16, 5);
/// Somebody for whom something happened within this time has a reason to be looked at.
const QUIET_MS: i64 = 30 * DAY_MS;

/// What makes somebody look without a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Snoop {
    /// A relative, by name.
    SameSurname,
    /// Somebody of the same household.
    SameAddress,
    /// Somebody from work.
    Colleague,
    /// Somebody who died.
    Deceased,
    /// Somebody in the public eye.
    Flagged,
    /// Many people in an hour.
    Sweep,
    /// People in the order of their numbers.
    Sequence,
    /// Somebody who was in their care once.
    FormerPatient,
    /// At night, by somebody who works by day.
    OffShift,
    /// Anybody, without any sign; some come back.
    Curious,
    /// Somebody who happens to be in their organisation's care.
    Hidden,
}

impl Snoop {
    /// Every kind.
    pub const ALL: [Snoop; 11] = [
        Snoop::SameSurname,
        Snoop::SameAddress,
        Snoop::Colleague,
        Snoop::Deceased,
        Snoop::Flagged,
        Snoop::Sweep,
        Snoop::Sequence,
        Snoop::FormerPatient,
        Snoop::OffShift,
        Snoop::Curious,
        Snoop::Hidden,
    ];
}

/// Plants them all.
pub(super) fn plant(town: &Town, chance: &mut Chance, diary: &mut Diary) {
    let busy = Busy::of(diary);
    let mut planting = Planting { town, chance, diary, busy };
    for kind in [Snoop::SameSurname, Snoop::SameAddress, Snoop::Colleague, Snoop::Deceased, Snoop::Flagged] {
        (0..EACH).for_each(|_| planting.one(kind, &|staff, person, at_ms| fits(kind, staff, person, at_ms)));
    }
    (0..EACH).for_each(|_| planting.one(Snoop::OffShift, &|_, _, _| true));
    (0..EACH).for_each(|_| planting.former_patient());
    (0..EACH).for_each(|_| planting.curious());
    (0..EACH / 2).for_each(|_| planting.hidden());
    (0..SERIES.0).for_each(|_| planting.sweep());
    (0..SERIES.0).for_each(|_| planting.sequence());
}

fn fits(kind: Snoop, staff: &Staff, person: &Person, at_ms: i64) -> bool {
    let is_home = staff.home == person.home;
    match kind {
        Snoop::SameSurname => staff.surname == person.surname && !is_home,
        Snoop::SameAddress => is_home,
        Snoop::Deceased => person.died_ms.is_some_and(|died| at_ms - died > 40 * DAY_MS),
        Snoop::Flagged => person.is_flagged,
        _ => true,
    }
}

/// When something happened for whom, by day of the year.
struct Busy(HashMap<u32, Vec<i64>>);

impl Busy {
    fn of(diary: &Diary) -> Self {
        let mut busy: HashMap<u32, Vec<i64>> = HashMap::new();
        let looks = diary.looks.iter().map(|(look, _)| (look.part, look.at_ms));
        let events = diary.events.iter().map(|event| (event.part, event.at_ms));
        looks.chain(events).for_each(|(part, at_ms)| busy.entry(part).or_default().push(at_ms));
        Self(busy)
    }

    fn is_quiet(&self, part: u32, at_ms: i64) -> bool {
        self.0.get(&part).is_none_or(|times| times.iter().all(|time| (time - at_ms).abs() > QUIET_MS))
    }
}

struct Planting<'a> {
    town: &'a Town,
    chance: &'a mut Chance,
    diary: &'a mut Diary,
    busy: Busy,
}

impl<'a> Planting<'a> {
    /// One look of a kind, at somebody who fits.
    fn one(&mut self, kind: Snoop, fits: &dyn Fn(&Staff, &Person, i64) -> bool) {
        for _ in 0..2_000_000 {
            let Some(staff) = self.chance.of(&self.town.staff) else { return };
            let at_ms = self.time(kind, staff);
            let person = match kind {
                Snoop::Colleague => self.colleague(staff),
                _ => Some(self.town.anybody(self.chance)),
            };
            let Some(person) = person else { continue };
            let works_by_day = !matches!(staff.job, Job::Emergency | Job::Ward);
            if (kind != Snoop::OffShift || works_by_day)
                && fits(staff, person, at_ms)
                && self.busy.is_quiet(person.part, at_ms)
            {
                self.diary.snoop(look(staff, person.part, at_ms, relation_of(staff, person)), kind);
                return;
            }
        }
    }

    fn time(&mut self, kind: Snoop, staff: &Staff) -> i64 {
        let day = (self.chance.between(200, DAYS - 3)..).find(|day| is_weekday(*day)).unwrap_or(0);
        if kind == Snoop::OffShift {
            return super::BEGIN_MS + day * DAY_MS + self.chance.between(HOUR_MS, 4 * HOUR_MS);
        }
        at_work(self.chance, staff.job, day)
    }

    fn colleague(&mut self, staff: &Staff) -> Option<&'a Person> {
        let others =
            self.town.staff.iter().filter(|one| one.organisation == staff.organisation && one.who != staff.who);
        let parts: Vec<u32> = others.filter_map(|one| one.part).collect();
        self.town.person(*self.chance.of(&parts)?)
    }

    /// At somebody whom the hospital had in its care months before.
    fn former_patient(&mut self) {
        let in_care = |(look, _): &(trust::reconcile::Access, Option<Snoop>)| {
            (look.relation == Some(RelationKind::OpenEncounter)).then_some((look.part, look.at_ms))
        };
        let treated: Vec<(u32, i64)> = self.diary.looks.iter().filter_map(in_care).collect();
        for _ in 0..10_000 {
            let Some((part, then_ms)) = self.chance.of(&treated).copied() else { return };
            let Some(staff) = self.town.one(self.chance, &super::town::hospital(), Job::Ward) else { return };
            let at_ms = then_ms + self.chance.between(60 * DAY_MS, 120 * DAY_MS);
            if at_ms < super::BEGIN_MS + DAYS * DAY_MS && self.busy.is_quiet(part, at_ms) {
                self.diary.snoop(look(staff, part, at_ms, None), Snoop::FormerPatient);
                return;
            }
        }
    }

    /// Once, or again and again.
    fn curious(&mut self) {
        let times = if self.chance.percent(40) { 4 } else { 1 };
        for _ in 0..10_000 {
            let Some(staff) = self.chance.of(&self.town.staff) else { return };
            let first_ms = self.time(Snoop::Curious, staff);
            let person = self.town.anybody(self.chance);
            let plain = staff.surname != person.surname && person.died_ms.is_none() && !person.is_flagged;
            if plain && relation_of(staff, person).is_none() && self.busy.is_quiet(person.part, first_ms) {
                for time in 0..times {
                    let at_ms = first_ms - time * 7 * DAY_MS;
                    self.diary.snoop(look(staff, person.part, at_ms, None), Snoop::Curious);
                }
                return;
            }
        }
    }

    /// At somebody who lies on a ward, by somebody who does not treat them.
    fn hidden(&mut self) {
        let in_care = |(look, _): &(trust::reconcile::Access, Option<Snoop>)| {
            (look.relation == Some(RelationKind::OpenEncounter)).then_some((look.part, look.at_ms))
        };
        let treated: Vec<(u32, i64)> = self.diary.looks.iter().filter_map(in_care).collect();
        let Some((part, then_ms)) = self.chance.of(&treated).copied() else { return };
        let Some(staff) = self.town.one(self.chance, &super::town::hospital(), Job::Ward) else { return };
        let again = look(staff, part, then_ms + HOUR_MS, Some(RelationKind::OpenEncounter));
        self.diary.snoop(again, Snoop::Hidden);
    }

    /// One after another, of those who are registered with the practice and of others.
    fn sweep(&mut self) {
        let desks: Vec<&Staff> = self.town.staff.iter().filter(|one| one.job == Job::Desk).collect();
        let Some(staff) = self.chance.of(&desks).copied() else { return };
        let begin_ms = self.time(Snoop::Sweep, staff);
        let mut swept = HashSet::new();
        while swept.len() < SERIES.1 {
            let person = self.town.anybody(self.chance);
            if self.busy.is_quiet(person.part, begin_ms) && swept.insert(person.part) {
                let pause = i64::try_from(swept.len()).unwrap_or(0) * 3 * MINUTE_MS;
                let access = look(staff, person.part, begin_ms + pause, relation_of(staff, person));
                self.diary.snoop(access, Snoop::Sweep);
            }
        }
    }

    /// Number after number; those for whom something happened are looked at too.
    fn sequence(&mut self) {
        let Some(staff) = self.chance.of(&self.town.staff) else { return };
        let begin_ms = self.time(Snoop::Sequence, staff);
        for _ in 0..10_000 {
            let first = self.town.anybody(self.chance).part;
            let people: Vec<&Person> = (0..SERIES.2).filter_map(|step| self.town.person(first + step)).collect();
            let is_quiet = people.iter().all(|one| self.busy.is_quiet(one.part, begin_ms));
            if people.len() == usize::try_from(SERIES.2).unwrap_or(0) && is_quiet {
                for (person, step) in people.iter().zip(0_i64..) {
                    let at_ms = begin_ms + step * 2 * MINUTE_MS;
                    self.diary.snoop(look(staff, person.part, at_ms, relation_of(staff, person)), Snoop::Sequence);
                }
                return;
            }
        }
    }
}
