//! The hospital: emergency attendances, and stays on its wards with observations, tests and a discharge summary.
//!
//! Attendances and admissions follow England's rates by age; about three in ten attendances become a stay. It refuses
//! appointments: `outpatients` has clinics and planned operations. Next: `outpatients`.

use crate::calendar::{Day, Moment};
use crate::codes::{Concept, said, same};
use crate::contacts::{Visit, encounter, located};
use crate::documents::{self, Document, Kind};
use crate::life::{Life, YEARS};
use crate::places::{EMERGENCY, HOSPITAL, WARDS, Ward};
use crate::population::Part;
use crate::results::{CRP, LACTATE, Report, write_report};
use crate::shape::{coded, period, sct, with};
use crate::staff::Job;
use crate::vital_signs::{self, Taken};
use serde_json::{Value, json};

/// A reason for an emergency attendance: at which ages, how common, how ill, and how many in 1,000 of them stay.
struct Emergency {
    concept: Concept,
    ages: (i32, i32),
    weight: i32,
    ill: f64,
    stays: i32,
}

const fn emergency(concept: Concept, ages: (i32, i32), weight: i32, ill: f64, stays: i32) -> Emergency {
    Emergency { concept, ages, weight, ill, stays }
}

const EMERGENCIES: &[Emergency] = &[
    emergency(same("44465007", "Sprain of ankle"), (6, 70), 8, 0.5, 0),
    emergency(said("82271004", "Injury of head", "Head injury"), (0, 110), 7, 1.5, 120),
    emergency(said("17222009", "Closed fracture of distal end of radius", "Broken wrist"), (5, 110), 5, 1.0, 80),
    emergency(said("5913000", "Fracture of neck of femur", "Broken hip"), (68, 110), 4, 3.0, 1000),
    emergency(same("29857009", "Chest pain"), (30, 110), 9, 2.5, 400),
    emergency(same("21522001", "Abdominal pain"), (4, 110), 8, 2.5, 350),
    emergency(same("233604007", "Pneumonia"), (40, 110), 6, 7.0, 850),
    emergency(said("68566005", "Urinary tract infectious disease", "Urinary tract infection"), (55, 110), 4, 5.0, 600),
    emergency(same("91302008", "Sepsis"), (50, 110), 2, 9.0, 1000),
    emergency(same("281239006", "Exacerbation of asthma"), (4, 60), 2, 5.0, 350),
    emergency(same("386661006", "Fever"), (0, 5), 9, 2.0, 200),
    emergency(said("57054005", "Acute myocardial infarction", "Heart attack"), (45, 110), 2, 5.0, 1000),
    emergency(same("14669001", "Acute renal failure syndrome"), (65, 110), 2, 5.0, 1000),
    emergency(same("2776000", "Delirium"), (75, 110), 2, 4.5, 900),
    emergency(said("271594007", "Syncope", "Collapse (faint)"), (16, 110), 4, 1.5, 300),
];

/// Emergency attendances a year at an age.
fn rate(age: i32) -> f64 {
    match age {
        ..5 => 0.55,
        5..16 => 0.28,
        16..65 => 0.27,
        65..75 => 0.34,
        75..85 => 0.55,
        _ => 0.85,
    }
}

/// Writes the emergency attendances of the last years and the stays that followed.
pub(crate) fn write(life: &mut Life<'_>) {
    let years = YEARS.min(life.end.years_since(life.person.born));
    let times = if life.plays(Part::MrsA) { 2 } else { life.chance.times(rate(life.age()) * years) };
    let last = life.end.plus(-12);
    let mut days: Vec<Day> = (0..times).map(|_| life.some_day()).filter(|day| *day < last).collect();
    days.sort_unstable();
    for day in days {
        attendance(life, day);
    }
}

fn attendance(life: &mut Life<'_>, day: Day) {
    let age = life.person.age_on(day);
    let fitting = || EMERGENCIES.iter().filter(|e| (e.ages.0..=e.ages.1).contains(&age));
    let mut left = life.chance.between(1, fitting().map(|e| e.weight).sum());
    let Some(emergency) = fitting().find(|e| {
        left -= e.weight;
        left <= 0
    }) else {
        return;
    };
    life.pen.write_for(HOSPITAL.ods);
    let start = day.at(life.chance.between(0, 23), life.chance.between(0, 59));
    let end = start.plus(life.chance.between(70, 330));
    let reason = sct(&emergency.concept);
    let doctor_number = life.chance.below(3);
    let doctor = life.by(&HOSPITAL, Job::EmergencyDoctor, doctor_number);
    let visit = Visit {
        class: ("EMER", "emergency"),
        start,
        end: Some(end),
        reason: &reason,
        at: &HOSPITAL,
        by: doctor.clone(),
        kind: &ATTENDANCE,
    };
    let body = located(encounter(life, &visit), &EMERGENCY.link(), &period(start, Some(end)));
    let reference = life.pen.write("Encounter", &body);
    if age >= 16 && emergency.ill >= 1.5 {
        let seen = vital_signs::draw(life, emergency.ill);
        vital_signs::write(life, &seen, &Taken { when: start.plus(18), by: &doctor, encounter: Some(&reference) });
    }
    if life.chance.happens(emergency.stays) {
        stay(life, emergency, end);
    }
    life.pen.write_for(life.practice().ods);
}

const ATTENDANCE: Concept = said("50849002", "Emergency room admission", "Emergency department attendance");
const ADMISSION: Concept = said("183452005", "Emergency hospital admission", "Emergency admission to hospital");

/// The ward that cares for an emergency at an age.
fn ward(emergency: &Emergency, age: i32) -> &'static Ward {
    let place = match (age, emergency.concept.code) {
        (..16, _) => 4,
        (_, "5913000" | "17222009" | "82271004" | "21522001") => 3,
        (78.., _) => 1,
        _ => 2,
    };
    WARDS.get(place).unwrap_or(&WARDS[0])
}

fn stay(life: &mut Life<'_>, emergency: &Emergency, from: Moment) {
    let age = life.person.age_on(from.day);
    let nights = life.chance.between(1, if age > 75 { 11 } else { 4 });
    let end = from.day.plus(nights).at(life.chance.between(11, 17), 15);
    let moved = from.plus(life.chance.between(360, 1_300)).min(end);
    let to = ward(emergency, age);
    let specialty = if age > 77 {
        "430"
    } else if to.id == "ward-surgical" {
        "110"
    } else if age < 16 {
        "420"
    } else {
        "300"
    };
    let consultant = life
        .town
        .workforce
        .consultant(specialty)
        .map_or_else(|| life.by(&HOSPITAL, Job::EmergencyDoctor, 0), |c| c.link());
    let reason = sct(&emergency.concept);
    let visit = Visit {
        class: ("IMP", "inpatient encounter"),
        start: from,
        end: Some(end),
        reason: &reason,
        at: &HOSPITAL,
        by: consultant.clone(),
        kind: &ADMISSION,
    };
    let home = if life.person.care_home.is_some() {
        ("85", "Non-NHS (other than Local Authority) run Care Home")
    } else {
        ("19", "Usual place of residence")
    };
    let body = with(
        encounter(life, &visit),
        "location",
        json!([
            { "location": WARDS[0].link(), "status": "completed", "period": period(from, Some(moved)) },
            { "location": to.link(), "status": "completed", "period": period(moved, Some(end)) },
        ]),
    );
    let body = with(
        body,
        "hospitalization",
        json!({
            "admitSource": coded("http://terminology.hl7.org/CodeSystem/admit-source", "emd", "From accident/emergency department"),
            "dischargeDisposition": coded("https://fhir.hl7.org.uk/CodeSystem/UKCore-DischargeDestinationEngland", home.0, home.1),
        }),
    );
    let reference = life.pen.write("Encounter", &body);
    diagnosis(life, emergency, (from.day, end.day), (&reference, &consultant));
    watch(life, emergency, (from, nights), &reference);
    summary(life, emergency, end, (&reference, consultant));
}

fn diagnosis(
    life: &mut Life<'_>,
    emergency: &Emergency,
    (from, until): (Day, Day),
    (reference, recorder): (&str, &Value),
) {
    let over = until.plus(14).min(life.end);
    let body = json!({
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved", "Resolved"),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed"),
        "category": [coded("http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis", "Encounter Diagnosis")],
        "code": sct(&emergency.concept),
        "subject": life.subject(),
        "encounter": { "reference": reference },
        "onsetDateTime": from.to_string(),
        "abatementDateTime": over.to_string(),
        "recordedDate": from.to_string(),
        "recorder": recorder,
    });
    life.pen.write("Condition", &body);
}

/// Observations on up to four mornings, getting better, and blood tests on the first.
fn watch(life: &mut Life<'_>, emergency: &Emergency, (from, nights): (Moment, i32), reference: &str) {
    let nurse_number = life.chance.below(6);
    let nurse = life.by(&HOSPITAL, Job::WardNurse, nurse_number);
    let adult = life.person.age_on(from.day) >= 16;
    for night in 0..nights.min(SETS_MAX) {
        if !adult {
            break;
        }
        let ill = emergency.ill * f64::from(nights - night) / f64::from(nights + 1);
        let seen = vital_signs::draw(life, ill);
        let when = from.day.plus(night + 1).at(6, 30);
        vital_signs::write(life, &seen, &Taken { when, by: &nurse, encounter: Some(reference) });
    }
    let values = [
        (&CRP, life.chance.around(6.0 + emergency.ill * 14.0, 12.0).max(1.0)),
        (&LACTATE, life.chance.around(1.1 + emergency.ill * 0.12, 0.3).max(0.5)),
    ];
    let panel = ("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma");
    write_report(
        life,
        &Report {
            panel,
            text: "Infection blood tests",
            taken: from.plus(50),
            values: &values,
            encounter: Some(reference),
        },
    );
    life.pen.write_for(HOSPITAL.ods);
}

/// Sets of observations that are kept of one stay.
const SETS_MAX: i32 = 3;

fn summary(life: &mut Life<'_>, emergency: &Emergency, written: Moment, (reference, author): (&str, Value)) {
    let reason = emergency.concept.text;
    let sections = [
        ("Why you were in hospital", format!("{reason}. You were cared for and are well enough to leave.")),
        ("Tests", "Blood tests and observations improved during the stay; the results are in the record.".to_owned()),
        ("Medicines", "No lasting change to the medicines you take, unless your practice tells you so.".to_owned()),
        ("What happens next", "Your practice has this summary. Call 111 or the practice if you feel worse.".to_owned()),
    ];
    documents::write(
        life,
        &Document {
            kind: Kind::Discharge,
            title: &format!("Discharge summary: {}", reason.to_lowercase()),
            sections: &sections,
            written,
            author,
            custodian: &HOSPITAL,
            encounter: Some(reference),
        },
    );
    life.pen.write_for(HOSPITAL.ods);
}
