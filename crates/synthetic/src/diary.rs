//! The practices' diaries: schedules, slots for the next two months, and who has booked one.
//!
//! Three diaries a practice (two general practitioners and the nurse), eight slots a working day each. A booked slot is
//! busy and its Appointment names it. Past appointments with the practice are in the diary of the person only. It refuses
//! to book somebody twice. Next: `mrs_a`.

use crate::calendar::{Day, Moment};
use crate::chance::Chance;
use crate::life::Life;
use crate::places::{Organisation, PRACTICES};
use crate::population::{Part, Person};
use crate::shape::{Pen, coded, link};
use crate::staff::{Job, Staff};
use crate::town::Town;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many days ahead slots exist.
const DAYS_AHEAD: i32 = 61;
/// When slots begin, in minutes of the day.
const SLOTS: [i32; 8] = [525, 540, 570, 600, 645, 840, 885, 930];
/// The diaries of a practice: whose they are.
const DIARIES: [(Job, usize); 3] = [(Job::Gp, 0), (Job::Gp, 1), (Job::PracticeNurse, 0)];

/// A place in a diary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    practice: usize,
    diary: usize,
    day: Day,
    slot: usize,
}

/// What is booked, and by whom.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    taken: BTreeSet<Place>,
    by_person: BTreeMap<usize, Place>,
}

impl Diary {
    /// Books about one in four of those alive, more of the old; the citizen of the story has the first slot on day nine.
    pub(crate) fn book(people: &[Person], today: Day, seed: u64) -> Self {
        let mut diary = Self::default();
        let mut chance = Chance::new(seed, 0x0044_4941);
        for person in people.iter().filter(|p| p.died.is_none()) {
            let age = person.age_on(today);
            let per_mille = if age > 74 {
                420
            } else if !(5..=49).contains(&age) {
                280
            } else {
                170
            };
            let story = matches!(person.part, Part::Citizen | Part::Daughter);
            if story {
                diary.reserve(person, (today.plus(9).working(), 0, 0));
            } else if person.part != Part::MrsA && chance.happens(per_mille) {
                let ahead = chance.between(1, DAYS_AHEAD - 3).min(chance.between(1, DAYS_AHEAD - 3));
                diary.reserve(
                    person,
                    (today.plus(ahead).working(), chance.below(DIARIES.len()), chance.below(SLOTS.len())),
                );
            }
        }
        diary
    }

    /// Takes the first free slot of that day from the wished one on; nothing when the day is full.
    fn reserve(&mut self, person: &Person, (day, diary, wish): (Day, usize, usize)) {
        let free = (0..SLOTS.len())
            .map(|step| Place { practice: person.practice, diary, day, slot: (wish + step) % SLOTS.len() })
            .find(|place| !self.taken.contains(place));
        if let Some(place) = free {
            self.taken.insert(place);
            self.by_person.insert(person.number, place);
        }
    }

    /// Writes the schedules and slots of every practice.
    pub(crate) fn write(&self, town: &Town, pen: &mut Pen) {
        for (practice, organisation) in PRACTICES.iter().enumerate() {
            pen.write_for(organisation.ods);
            for (diary, (job, n)) in DIARIES.iter().enumerate() {
                let Some(staff) = town.workforce.nth(organisation, *job, *n) else { continue };
                let schedule = pen.write_as(
                    "Schedule",
                    &schedule_id(practice, diary),
                    &schedule_body(organisation, staff, town.today),
                );
                for day in (1..=DAYS_AHEAD).map(|ahead| town.today.plus(ahead)).filter(|day| day.weekday() < 5) {
                    for slot in 0..SLOTS.len() {
                        let place = Place { practice, diary, day, slot };
                        let status = if self.taken.contains(&place) { "busy" } else { "free" };
                        pen.write_as("Slot", &slot_id(place), &slot_body(&schedule, status, start(place)));
                    }
                }
            }
        }
    }
}

fn schedule_id(practice: usize, diary: usize) -> String {
    format!("schedule-{}-{}", practice + 1, diary + 1)
}

fn slot_id(place: Place) -> String {
    format!("slot-{}-{}-{}-{}", place.practice + 1, place.diary + 1, place.day, place.slot + 1)
}

fn start(place: Place) -> Moment {
    Moment { day: place.day, minute: SLOTS.get(place.slot).copied().unwrap_or(540) }
}

fn schedule_body(organisation: &Organisation, staff: &Staff, today: Day) -> Value {
    json!({
        "active": true,
        "serviceType": [{ "text": format!("{} appointment", staff.job.title()) }],
        "actor": [
            staff.link(),
            organisation.site(),
            link(&format!("HealthcareService/{}", organisation.id.replace("org-", "service-")), organisation.name),
        ],
        "planningHorizon": { "start": today.to_string(), "end": today.plus(DAYS_AHEAD).to_string() },
    })
}

fn slot_body(schedule: &str, status: &str, start: Moment) -> Value {
    json!({
        "schedule": { "reference": schedule },
        "status": status,
        "start": start.to_string(),
        "end": start.plus(15).to_string(),
    })
}

/// Writes the booked appointment, and one or two past ones.
pub(crate) fn write_appointments(life: &mut Life<'_>) {
    if let Some(place) = life.town.diary.by_person.get(&life.person.number).copied() {
        let (job, n) = DIARIES.get(place.diary).copied().unwrap_or((Job::Gp, 0));
        let kept = Kept {
            status: "booked",
            start: start(place),
            by: life.by(life.practice(), job, n),
            slot: Some(slot_id(place)),
        };
        appointment(life, &kept);
    }
    let past = life.chance.times(if life.age() > 60 { 1.8 } else { 0.9 });
    for _ in 0..past.min(4) {
        let day = life.some_day();
        let missed = life.chance.happens(55);
        let start = day.at(life.chance.between(9, 16), 15);
        let kept = Kept { status: if missed { "noshow" } else { "fulfilled" }, start, by: life.usual_gp(), slot: None };
        if day < life.end {
            appointment(life, &kept);
        }
    }
}

struct Kept {
    status: &'static str,
    start: Moment,
    by: Value,
    slot: Option<String>,
}

fn appointment(life: &mut Life<'_>, kept: &Kept) {
    let mut body = json!({
        "extension": [{
            "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeliveryChannel",
            "valueCodeableConcept": coded("https://fhir.hl7.org.uk/CodeSystem/UKCore-DeliveryChannel", "In-person", "In-person"),
        }],
        "status": kept.status,
        "description": format!("Appointment at {}", life.practice().name),
        "start": kept.start.to_string(),
        "end": kept.start.plus(15).to_string(),
        "created": kept.start.day.plus(-11).min(life.end.plus(-1)).max(life.person.born).at(8, 40).to_string(),
        "participant": [
            { "actor": life.subject(), "required": "required", "status": "accepted" },
            { "actor": kept.by, "required": "required", "status": "accepted" },
            { "actor": life.practice().site(), "required": "information-only", "status": "accepted" },
        ],
    });
    if let (Some(slot), Some(object)) = (&kept.slot, body.as_object_mut()) {
        object.insert("slot".to_owned(), json!([{ "reference": format!("Slot/{slot}") }]));
    }
    life.pen.write("Appointment", &body);
}
