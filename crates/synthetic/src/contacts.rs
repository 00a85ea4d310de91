//! Contacts with the practice: consultations with a reason, what was found, and the short course that followed.
//!
//! Five to six contacts a person a year on average, more for the very young, for women of child-bearing age and for the
//! old. It refuses to book ahead: `diary` does. Next: `results`, the regular measurements.

use crate::calendar::{Day, Moment};
use crate::codes::{Concept, PARTICIPATION, said, same};
use crate::life::{Life, YEARS};
use crate::medicines;
use crate::places::Organisation;
use crate::population::Sex;
use crate::shape::{class, coded, link, period, sct, with};
use crate::staff::Job;
use serde_json::{Value, json};

/// A reason to see somebody that passes: at which ages, how common, what is prescribed and how often (per 1,000).
struct Ailment {
    concept: Concept,
    ages: (i32, i32),
    weight: i32,
    course: Option<(&'static str, i32)>,
}

const fn ailment(concept: Concept, ages: (i32, i32), weight: i32, course: Option<(&'static str, i32)>) -> Ailment {
    Ailment { concept, ages, weight, course }
}

const AILMENTS: &[Ailment] = &[
    ailment(same("54150009", "Upper respiratory infection"), (0, 99), 12, Some(("penicillin", 150))),
    ailment(same("49727002", "Cough"), (0, 99), 8, Some(("penicillin", 180))),
    ailment(same("65363002", "Otitis media"), (0, 12), 16, Some(("penicillin", 400))),
    ailment(same("90176007", "Tonsillitis"), (3, 40), 6, Some(("penicillin", 450))),
    ailment(said("271807003", "Eruption of skin", "Rash"), (0, 99), 8, Some(("skin", 400))),
    ailment(same("9826008", "Conjunctivitis"), (0, 99), 4, Some(("eyes", 500))),
    ailment(
        said("68566005", "Urinary tract infectious disease", "Urinary tract infection"),
        (16, 99),
        6,
        Some(("urine", 850)),
    ),
    ailment(same("279039007", "Low back pain"), (18, 99), 12, Some(("pain", 250))),
    ailment(same("21522001", "Abdominal pain"), (3, 99), 8, None),
    ailment(same("25064002", "Headache"), (8, 99), 6, None),
    ailment(same("404640003", "Dizziness"), (30, 99), 5, None),
    ailment(said("62315008", "Diarrhea", "Diarrhoea"), (0, 99), 4, None),
    ailment(same("44465007", "Sprain of ankle"), (8, 60), 3, None),
    ailment(same("128045006", "Cellulitis"), (20, 99), 3, Some(("penicillin", 900))),
    ailment(same("36971009", "Sinusitis"), (15, 99), 4, Some(("other-antibiotic", 200))),
    ailment(same("386661006", "Fever"), (0, 8), 10, None),
    ailment(said("267036007", "Dyspnea", "Breathlessness"), (45, 99), 4, None),
    ailment(said("161898004", "Falls", "Falls"), (72, 120), 7, None),
    ailment(same("29857009", "Chest pain"), (30, 99), 3, None),
];

/// Routine reasons that are not an illness.
const ROUTINE: &[Concept] = &[
    said("182836005", "Review of medication", "Medication review"),
    said("281036007", "Follow-up consultation", "Follow-up"),
    said("11429006", "Consultation", "Consultation"),
];

/// A contact to be written.
pub(crate) struct Visit<'v> {
    /// Class code and words.
    pub(crate) class: (&'static str, &'static str),
    /// When it began.
    pub(crate) start: Moment,
    /// When it ended; nothing while it is open.
    pub(crate) end: Option<Moment>,
    /// Why.
    pub(crate) reason: &'v Value,
    /// Where.
    pub(crate) at: &'static Organisation,
    /// Who saw the person.
    pub(crate) by: Value,
    /// What kind of contact.
    pub(crate) kind: &'static Concept,
}

/// The body of an Encounter.
pub(crate) fn encounter(life: &Life<'_>, visit: &Visit<'_>) -> Value {
    json!({
        "status": if visit.end.is_some() { "finished" } else { "in-progress" },
        "class": class(visit.class.0, visit.class.1),
        "type": [sct(visit.kind)],
        "subject": life.subject(),
        "participant": [{ "type": [coded(PARTICIPATION, "PPRF", "primary performer")], "individual": visit.by }],
        "period": period(visit.start, visit.end),
        "reasonCode": [visit.reason],
        "serviceProvider": visit.at.link(),
    })
}

const CONSULTATION: Concept = same("11429006", "Consultation");
const BY_TELEPHONE: Concept = same("185317003", "Telephone encounter");

/// Contacts a year with the practice at an age.
fn rate(life: &Life<'_>, age: i32) -> f64 {
    let female = life.person.sex == Sex::Female;
    let base = match age {
        ..5 => 5.0,
        5..15 => 2.1,
        15..45 => {
            if female {
                4.6
            } else {
                2.3
            }
        }
        45..65 => 4.4,
        65..75 => 6.0,
        75..85 => 7.6,
        _ => 9.0,
    };
    base + 0.5 + 0.6 * f64::from(u8::try_from(life.problems.len().min(8)).unwrap_or(0))
}

/// Writes the contacts of the last years.
pub(crate) fn write(life: &mut Life<'_>) {
    let years = YEARS.min(life.end.years_since(life.person.born));
    let expected = rate(life, life.age()) * years;
    let count = life.chance.times(expected);
    let mut days: Vec<Day> = (0..count).map(|_| life.some_day()).collect();
    days.sort_unstable();
    for day in days {
        contact(life, day);
    }
}

fn contact(life: &mut Life<'_>, day: Day) {
    let age = life.person.age_on(day);
    let illness = life.chance.happens(480);
    let kind = life.chance.between(0, 99);
    let by_phone = kind < 30;
    let at_home = !by_phone && (life.person.care_home.is_some() || (age > 84 && kind < 50));
    let start = day.at(life.chance.between(8, 17), life.chance.between(0, 5) * 10);
    let length = life.chance.between(7, 16);
    let nurse = !illness && life.chance.happens(350);
    let job = if nurse { Job::PracticeNurse } else { Job::Gp };
    let usual = life.person.number.saturating_sub(1);
    let who = if life.chance.happens(650) { usual } else { life.chance.below(3) };
    let found = illness.then(|| pick_ailment(life, age)).flatten();
    let reason = found.map_or_else(|| routine(life, day), |a| sct(&a.concept));
    let visit = Visit {
        class: if by_phone {
            ("VR", "virtual")
        } else if at_home {
            ("HH", "home health")
        } else {
            ("AMB", "ambulatory")
        },
        start,
        end: Some(start.plus(length)),
        reason: &reason,
        at: life.practice(),
        by: life.by(life.practice(), job, who),
        kind: if by_phone { &BY_TELEPHONE } else { &CONSULTATION },
    };
    let body = encounter(life, &visit);
    let reference = life.pen.write("Encounter", &body);
    if let Some(ailment) = found {
        treat(life, ailment, day, &reference);
    }
}

fn pick_ailment(life: &mut Life<'_>, age: i32) -> Option<&'static Ailment> {
    let fitting = || AILMENTS.iter().filter(|a| (a.ages.0..=a.ages.1).contains(&age));
    let mut left = life.chance.between(1, fitting().map(|a| a.weight).sum());
    fitting().find(|ailment| {
        left -= ailment.weight;
        left <= 0
    })
}

/// Long-term conditions are the reason of about half the contacts of those who have one.
fn routine(life: &mut Life<'_>, day: Day) -> Value {
    let known: Vec<Concept> = life.problems.iter().filter(|p| p.since < day).map(|p| p.of.concept).collect();
    if !known.is_empty() && life.chance.happens(600) {
        return sct(&life.chance.pick(&known));
    }
    sct(&life.chance.pick(ROUTINE))
}

/// A passing illness is recorded in a third of the contacts for one; sometimes something is prescribed.
fn treat(life: &mut Life<'_>, ailment: &Ailment, day: Day, encounter: &str) {
    if life.chance.happens(330) {
        let body = passing(life, ailment, day, encounter);
        life.pen.write("Condition", &body);
    }
    if let Some((key, per_mille)) = ailment.course
        && life.chance.happens(per_mille)
    {
        medicines::prescribe(life, key, day, encounter, &sct(&ailment.concept));
    }
}

fn passing(life: &mut Life<'_>, ailment: &Ailment, day: Day, encounter: &str) -> Value {
    let over = day.plus(life.chance.between(5, 21));
    let resolved = over <= life.end;
    let (code, display) = if resolved { ("resolved", "Resolved") } else { ("active", "Active") };
    let body = json!({
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", code, display),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed"),
        "category": [coded("http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis", "Encounter Diagnosis")],
        "code": sct(&ailment.concept),
        "subject": life.subject(),
        "encounter": { "reference": encounter },
        "onsetDateTime": day.plus(-2).max(life.person.born).to_string(),
        "recordedDate": day.to_string(),
        "recorder": life.usual_gp(),
    });
    if resolved { with(body, "abatementDateTime", json!(over.to_string())) } else { body }
}

/// A stay or visit outside the practice, with the place where it happened.
pub(crate) fn located(body: Value, place: &Value, when: &Value) -> Value {
    with(body, "location", json!([{ "location": place, "status": "completed", "period": when }]))
}

/// The reference to an encounter, as other resources hold it.
pub(crate) fn in_encounter(reference: &str) -> Value {
    link(reference, "Contact")
}
