//! The town: six thousand people in homes of their own, registered with four practices, and eighty who work in care.
//!
//! Families share surname and home and have numbers in a row. Seven in ten of the staff live in the town and are people of
//! the record themselves.

use super::{Chance, DAY_MS, HOUR_MS};
use std::sync::Arc;
use trust::reconcile::{Facts, PersonFacts, StaffFacts};

const PEOPLE: u32 = 6_000;
const SURNAMES: usize = 500;
const FLAGGED: usize = 12;
const HOMES_RESIDENTS: usize = 40;
const CASELOAD: usize = 120;

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Doctor,
    PracticeNurse,
    Desk,
    Emergency,
    Ward,
    Consultant,
    CareHome,
    Community,
}

impl Job {
    /// From which hour to which they work by day, UTC.
    pub(super) const fn hours(self) -> (i64, i64) {
        match self {
            Job::Doctor | Job::PracticeNurse | Job::Desk => (8, 18),
            Job::Consultant => (8, 19),
            Job::Community => (8, 17),
            Job::CareHome => (7, 21),
            Job::Emergency | Job::Ward => (0, 24),
        }
    }
}

/// Somebody of the town.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) part: u32,
    pub(super) surname: String,
    pub(super) home: String,
    pub(super) practice: usize,
    pub(super) died_ms: Option<i64>,
    pub(super) is_flagged: bool,
}

impl Person {
    pub(super) fn is_alive(&self, at_ms: i64) -> bool {
        self.died_ms.is_none_or(|died| at_ms < died)
    }
}

/// Somebody who works in care.
#[derive(Clone, Debug)]
pub(super) struct Staff {
    pub(super) who: Arc<str>,
    pub(super) job: Job,
    pub(super) organisation: Arc<str>,
    pub(super) surname: String,
    pub(super) home: String,
    /// Her own number, when she lives in the town.
    pub(super) part: Option<u32>,
}

/// Everybody.
pub(super) struct Town {
    pub(super) people: Vec<Person>,
    pub(super) staff: Vec<Staff>,
    /// Who lives in which care home.
    pub(super) residents: Vec<(Arc<str>, Vec<u32>)>,
    /// Who is on the community nurses' list.
    pub(super) caseload: Vec<u32>,
}

/// The reference of a practice.
pub(super) fn practice(number: usize) -> Arc<str> {
    format!("Organization/practice-{number}").into()
}

/// The reference of the hospital.
pub(super) fn hospital() -> Arc<str> {
    "Organization/hospital".into()
}

/// How many work where, in what.
const TEAMS: &[(&str, Job, usize)] = &[
    ("hospital", Job::Emergency, 16),
    ("hospital", Job::Ward, 12),
    ("hospital", Job::Consultant, 10),
    ("community", Job::Community, 8),
    ("care-home-0", Job::CareHome, 5),
    ("care-home-1", Job::CareHome, 5),
];

impl Town {
    pub(super) fn found(chance: &mut Chance) -> Town {
        let people = people(chance);
        let mut town = Town { people, staff: Vec::new(), residents: Vec::new(), caseload: Vec::new() };
        for number in 0..4 {
            let organisation = practice(number);
            for (job, count) in [(Job::Doctor, 3), (Job::PracticeNurse, 2), (Job::Desk, 2)] {
                town.hire(chance, &organisation, job, count);
            }
        }
        for (organisation, job, count) in TEAMS {
            town.hire(chance, &format!("Organization/{organisation}").into(), *job, *count);
        }
        for home in 0..2 {
            let residents = (0..HOMES_RESIDENTS).map(|_| town.anybody(chance).part).collect();
            town.residents.push((format!("Organization/care-home-{home}").into(), residents));
        }
        town.caseload = (0..CASELOAD).map(|_| town.anybody(chance).part).collect();
        town
    }

    fn hire(&mut self, chance: &mut Chance, organisation: &Arc<str>, job: Job, count: usize) {
        for _ in 0..count {
            let number = self.staff.len();
            let neighbour = chance.percent(70).then(|| self.anybody(chance).clone());
            let (surname, home, part) = match neighbour {
                Some(person) => (person.surname, person.home, Some(person.part)),
                None => (surname(chance), format!("elsewhere {number}"), None),
            };
            let who = format!("Practitioner/{number}").into();
            self.staff.push(Staff { who, job, organisation: Arc::clone(organisation), surname, home, part });
        }
    }

    /// Somebody, alive or not.
    #[expect(clippy::indexing_slicing, reason = "below() is less than the length, and the town is not empty")]
    pub(super) fn anybody(&self, chance: &mut Chance) -> &Person {
        &self.people[chance.below(self.people.len())]
    }

    /// Somebody who is alive then and registered with a practice, if given.
    pub(super) fn alive(&self, chance: &mut Chance, at_ms: i64, practice: Option<usize>) -> &Person {
        loop {
            let person = self.anybody(chance);
            if person.is_alive(at_ms) && practice.is_none_or(|practice| person.practice == practice) {
                return person;
            }
        }
    }

    pub(super) fn person(&self, part: u32) -> Option<&Person> {
        self.people.get(usize::try_from(part).ok()?.checked_sub(1)?)
    }

    /// One of a team.
    pub(super) fn one(&self, chance: &mut Chance, organisation: &str, job: Job) -> Option<&Staff> {
        let team: Vec<&Staff> =
            self.staff.iter().filter(|one| &*one.organisation == organisation && one.job == job).collect();
        chance.of(&team).copied()
    }

    /// What would be read from the record about them.
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for person in &self.people {
            let known = PersonFacts {
                surnames: vec![person.surname.clone()],
                homes: vec![person.home.clone()],
                died_ms: person.died_ms,
                is_flagged: person.is_flagged,
                ..PersonFacts::default()
            };
            facts.people.insert(person.part, known);
        }
        for staff in &self.staff {
            let known = StaffFacts { surnames: vec![staff.surname.clone()], homes: vec![staff.home.clone()] };
            facts.staff.insert(Arc::clone(&staff.who), known);
            if let Some(own) = staff.part.and_then(|part| facts.people.get_mut(&part)) {
                own.works_for.push(Arc::clone(&staff.organisation));
            }
        }
        facts
    }
}

fn people(chance: &mut Chance) -> Vec<Person> {
    let mut people = Vec::new();
    let (mut family, mut home, mut practice) = (String::new(), String::new(), 0);
    let mut left = 0;
    for part in 1..=PEOPLE {
        if left == 0 {
            left = 1 + chance.below(4);
            (family, home, practice) = (surname(chance), format!("home {part}"), chance.below(4));
        }
        left -= 1;
        let surname = if chance.percent(85) { family.clone() } else { surname(chance) };
        let died = chance.percent(2).then(|| super::BEGIN_MS + chance.between(-200 * DAY_MS, 300 * DAY_MS));
        let (home, is_flagged) = (home.clone(), false);
        people.push(Person { part, surname, home, practice, died_ms: died, is_flagged });
    }
    let mut flagged = 0;
    while flagged < FLAGGED {
        let place = chance.below(people.len());
        if let Some(person) = people.get_mut(place).filter(|person| person.died_ms.is_none()) {
            person.is_flagged = true;
            flagged += 1;
        }
    }
    people
}

/// A surname: a few are common, most are rare.
fn surname(chance: &mut Chance) -> String {
    let place = chance.below(SURNAMES) * (1 + chance.below(SURNAMES)) / SURNAMES;
    format!("name {place}")
}

/// A time of day of a job, on a day of the year.
pub(super) fn at_work(chance: &mut Chance, job: Job, day: i64) -> i64 {
    let (from, to) = job.hours();
    super::BEGIN_MS + day * DAY_MS + chance.between(from * HOUR_MS, to * HOUR_MS)
}
