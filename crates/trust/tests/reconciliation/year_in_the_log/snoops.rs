//! Those who look without a reason: eight kinds, planted on people for whom nothing happens in the month before and after.
//!
//! Who snoops on somebody in care at that moment cannot be told from who treats her, by these rules or by any over the same facts.

use super::locality::{BEGIN_MS, DAY_MS, DAYS, END_MS, Locality, Person, Staff};
use super::work::{HOUR_MS, Look, MINUTE_MS, Sees, Year, is_weekday};
use gate::Role;
use testkit::year::{Chance, Snoop};

/// How many of each kind; a sweep is of more.
const EACH: usize = 8;
const SWEEPS: usize = 2;
const SWEPT: usize = 16;
const QUIET_MS: i64 = 30 * DAY_MS;
/// Household and public eye need no quiet month to be suspicious.
const QUIET_ANYHOW_MS: i64 = 8 * DAY_MS;
/// Nobody snoops before her habits can be known.
const FIRST_DAY: i64 = 60;
/// Tries for one look before the town is taken to have nobody who fits.
const TRIES: usize = 3_000_000;

/// Plants them all.
pub fn planted(town: &Locality, chance: &mut Chance, year: &Year) -> Vec<(Look, Snoop)> {
    let mut busy: Vec<Vec<i64>> = town.people.iter().map(|_| Vec::new()).collect();
    year.looks.iter().for_each(|look| busy[look.person].push(look.at_ms));
    for thing in &town.things {
        busy[thing.person].extend([Some(thing.from_ms), thing.until_ms].into_iter().flatten());
    }
    let mut planting = Planting { town, chance, year, busy, planted: Vec::new() };
    for kind in [
        Snoop::SameSurname,
        Snoop::SameAddress,
        Snoop::Colleague,
        Snoop::Deceased,
        Snoop::Flagged,
        Snoop::OffShift,
        Snoop::FormerPatient,
    ] {
        (0..EACH).for_each(|_| planting.one(kind));
    }
    (0..SWEEPS).for_each(|_| planting.sweep());
    planting.planted
}

struct Planting<'a> {
    town: &'a Locality,
    chance: &'a mut Chance,
    year: &'a Year,
    busy: Vec<Vec<i64>>,
    planted: Vec<(Look, Snoop)>,
}

impl Planting<'_> {
    fn one(&mut self, kind: Snoop) {
        for _ in 0..TRIES {
            let staff = self.chance.below(self.town.staff.len());
            let at_ms = self.time(kind);
            let person = self.chance.below(self.town.people.len());
            if self.fits(kind, staff, person, at_ms) && self.is_quiet(person, at_ms, quiet_ms(kind)) {
                self.plant(staff, person, at_ms, kind);
                return;
            }
        }
        panic!("nobody fits {kind:?}");
    }

    /// Working hours of a working day; for those off shift the dead of night.
    fn time(&mut self, kind: Snoop) -> i64 {
        let day = (self.chance.between(FIRST_DAY, DAYS - 9)..).find(|day| is_weekday(*day)).unwrap_or(0);
        let (from, to) = if kind == Snoop::OffShift { (HOUR_MS, 4 * HOUR_MS) } else { (9 * HOUR_MS, 17 * HOUR_MS) };
        BEGIN_MS + day * DAY_MS + self.chance.between(from, to)
    }

    fn fits(&self, kind: Snoop, staff: usize, person: usize, at_ms: i64) -> bool {
        let (one, her) = (&self.town.staff[staff], &self.town.people[person]);
        if one.own == Some(person) || !sees(one, her) || (kind != Snoop::Deceased && !her.is_alive(at_ms)) {
            return false;
        }
        let own = one.own.map(|own| &self.town.people[own]);
        let is_home = own.is_some_and(|own| own.home == her.home);
        match kind {
            Snoop::SameSurname => one.family == her.family && !is_home,
            Snoop::SameAddress => is_home,
            Snoop::Colleague => {
                self.town.staff.iter().any(|other| other.own == Some(person) && other.organisation == one.organisation)
            }
            Snoop::Deceased => her.died_ms.is_some_and(|died| at_ms - died > 40 * DAY_MS),
            // What marks her keeps her from those who have no relationship with her.
            Snoop::Flagged => her.is_flagged && one.role == Role::Gp && one.organisation == her.practice,
            Snoop::OffShift => one.organisation == her.practice,
            // Somebody of the hospital, at somebody who was there months before and not since.
            Snoop::FormerPatient => {
                let was_there = |look: &&Look| {
                    let since = at_ms - look.at_ms;
                    look.person == person
                        && look.organisation == one.organisation
                        && since > 60 * DAY_MS
                        && since < 150 * DAY_MS
                };
                one.role == Role::WardClinician && self.year.looks.iter().any(|look| was_there(&look))
            }
            _ => false,
        }
    }

    fn is_quiet(&self, person: usize, at_ms: i64, quiet_ms: i64) -> bool {
        self.busy[person].iter().all(|time| (time - at_ms).abs() > quiet_ms)
    }

    /// One record after another, three minutes each.
    fn sweep(&mut self) {
        let clinicians: Vec<usize> = (0..self.town.staff.len())
            .filter(|one| matches!(self.town.staff[*one].role, Role::Gp | Role::WardClinician))
            .collect();
        let Some(staff) = self.chance.of(&clinicians).copied() else { return };
        let begin_ms = self.time(Snoop::Sweep);
        let mut at_ms = begin_ms;
        while at_ms < begin_ms + 3 * MINUTE_MS * i64::try_from(SWEPT).unwrap() {
            let person = self.chance.below(self.town.people.len());
            let is_alive = self.town.people[person].is_alive(at_ms);
            if is_alive && self.town.staff[staff].own != Some(person) && self.is_quiet(person, at_ms, QUIET_MS) {
                self.plant(staff, person, at_ms, Snoop::Sweep);
                at_ms += 3 * MINUTE_MS;
            }
        }
    }

    fn plant(&mut self, staff: usize, person: usize, at_ms: i64, kind: Snoop) {
        assert!((BEGIN_MS..END_MS).contains(&at_ms));
        self.busy[person].push(at_ms);
        let organisation = self.town.staff[staff].organisation.clone();
        self.planted.push((Look { at_ms, staff, organisation, person, sees: Sees::Person }, kind));
    }
}

/// Whether the rules show her anything of this person: desks see their own people only, coders those who stayed.
fn sees(staff: &Staff, person: &Person) -> bool {
    match staff.role {
        Role::Receptionist => staff.organisation == person.practice,
        Role::ClinicalCoder => false,
        _ => true,
    }
}

/// For how long nothing happens to a person before and after a look of this kind.
fn quiet_ms(kind: Snoop) -> i64 {
    if matches!(kind, Snoop::SameAddress | Snoop::Flagged) { QUIET_ANYHOW_MS } else { QUIET_MS }
}
