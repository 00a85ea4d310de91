//! One person's life as a record: the chapters in order, and what they share.
//!
//! Each chapter is a module that writes resources with the person's pen and chances. It refuses to write anything after a
//! death. Next: the chapters, from `registration` to `mrs_a`.

use crate::calendar::Day;
use crate::chance::Chance;
use crate::places::{self, Organisation};
use crate::population::{Part, Person};
use crate::problems::{LongTerm, Problem};
use crate::shape::{Pen, link};
use crate::staff::{Job, Staff};
use crate::town::Town;
use crate::{
    Resource, care_home, contacts, diary, hospital, medicines, mrs_a, outpatients, permissions, prevention, problems,
    registration, results, support,
};
use serde_json::Value;

/// Years of contacts, measurements and stays that are made; long-term conditions reach further back.
pub(crate) const YEARS: f64 = 3.0;

/// What the chapters of one person's record share.
#[derive(Debug)]
pub(crate) struct Life<'t> {
    /// The locality.
    pub(crate) town: &'t Town,
    /// The person.
    pub(crate) person: &'t Person,
    /// The person's own stream of chances.
    pub(crate) chance: Chance,
    /// Writes the resources.
    pub(crate) pen: Pen,
    /// The last day of the record: today, or the day of death.
    pub(crate) end: Day,
    /// Long-term conditions, with the references of what was written for them.
    pub(crate) problems: Vec<Problem>,
    /// The related person that was written, as a reference.
    pub(crate) kin: Option<Value>,
    /// Whether they are allergic to penicillin: no chapter prescribes one then.
    pub(crate) avoids_penicillin: bool,
    /// Whether they are allergic to aspirin: no chapter prescribes it or its relatives then.
    pub(crate) avoids_aspirin: bool,
}

impl<'t> Life<'t> {
    /// Writes the whole record of one person.
    pub(crate) fn record(town: &'t Town, person: &'t Person) -> Vec<Resource> {
        let ods = places::PRACTICES.get(person.practice).map_or("ZXG01", |p| p.ods);
        let mut life = Self {
            town,
            person,
            chance: Chance::new(town.seed, u64::try_from(person.number).unwrap_or(0)),
            pen: Pen::new(&person.id, ods),
            end: person.died.unwrap_or(town.today),
            problems: Vec::new(),
            kin: None,
            avoids_penicillin: false,
            avoids_aspirin: false,
        };
        for chapter in CHAPTERS {
            life.pen.write_for(ods);
            chapter(&mut life);
        }
        life.pen.finish()
    }

    /// The reference to the Patient, with the name.
    pub(crate) fn subject(&self) -> Value {
        link(&self.person.reference(), &self.person.name())
    }

    /// The practice they are registered with.
    pub(crate) fn practice(&self) -> &'static Organisation {
        places::PRACTICES.get(self.person.practice).unwrap_or(&places::PRACTICES[0])
    }

    /// Somebody who does a job in an organisation: the same one each time for the same `n`.
    pub(crate) fn someone(&self, organisation: &Organisation, job: Job, n: usize) -> Option<&'t Staff> {
        self.town.workforce.nth(organisation, job, n)
    }

    /// The reference to somebody, or to the organisation when nobody does that job there.
    pub(crate) fn by(&self, organisation: &Organisation, job: Job, n: usize) -> Value {
        self.someone(organisation, job, n).map_or_else(|| organisation.link(), Staff::link)
    }

    /// The general practitioner whom they usually see.
    pub(crate) fn usual_gp(&self) -> Value {
        self.by(self.practice(), Job::Gp, self.person.number.saturating_sub(1))
    }

    /// The long-term condition with this key, when they have it.
    pub(crate) fn problem(&self, key: &str) -> Option<&Problem> {
        self.problems.iter().find(|p| p.of.key == key)
    }

    /// Whether they have the long-term condition with this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.problem(key).is_some()
    }

    /// The age on the last day of the record.
    pub(crate) fn age(&self) -> i32 {
        self.person.age_on(self.end)
    }

    /// A working day within the years that are made.
    pub(crate) fn some_day(&mut self) -> Day {
        let last = crate::calendar::whole(YEARS * 365.25).min(self.end.0 - self.person.born.0 - 1).max(1);
        self.end.plus(-self.chance.between(1, last)).working().min(self.end)
    }

    /// Whether they are alive today.
    pub(crate) fn is_alive(&self) -> bool {
        self.person.died.is_none()
    }

    /// Whether this is somebody of the story.
    pub(crate) fn plays(&self, part: Part) -> bool {
        self.person.part == part
    }

    /// The long-term conditions, without borrowing the life.
    pub(crate) fn conditions(&self) -> Vec<&'static LongTerm> {
        self.problems.iter().map(|p| p.of).collect()
    }
}

/// The chapters of a record, in the order in which they are written.
const CHAPTERS: &[fn(&mut Life<'_>)] = &[
    registration::write,
    problems::write,
    prevention::write_allergies,
    prevention::write_immunisations,
    medicines::write,
    contacts::write,
    results::write,
    hospital::write,
    outpatients::write,
    care_home::write,
    support::write,
    permissions::write,
    diary::write_appointments,
    mrs_a::write,
];
