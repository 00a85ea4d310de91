//! Referrals, clinics and planned operations.
//!
//! A practice asks (ServiceRequest), a clinic sees the person (Encounter, past Appointment), writes a letter, sometimes
//! operates (Procedure). Some referrals are still open: they wait for an appointment. It refuses emergencies. Next:
//! `care_home`.

use crate::calendar::Day;
use crate::codes::{Concept, said, same};
use crate::contacts::{Visit, encounter, located};
use crate::documents::{self, Document, Kind};
use crate::life::Life;
use crate::places::{HOSPITAL, OUTPATIENTS};
use crate::shape::{coded, link, period, sct, with};
use serde_json::{Value, json};

/// A way to a clinic: the condition that leads there (or nothing), ages, how many in 1,000 a year, the specialty.
struct Pathway {
    key: Option<&'static str>,
    ages: (i32, i32),
    per_mille: i32,
    setting: (&'static str, &'static str),
    request: Concept,
    reason: Concept,
    operation: Option<(i32, Concept)>,
}

const REFERRAL: Concept = said("183515008", "Referral to physician", "Referral to a hospital clinic");

const fn pathway(
    key: Option<&'static str>,
    ages: (i32, i32),
    per_mille: i32,
    setting: (&'static str, &'static str),
    reason: Concept,
) -> Pathway {
    Pathway { key, ages, per_mille, setting, request: REFERRAL, reason, operation: None }
}

const PATHWAYS: &[Pathway] = &[
    pathway(Some("heart-failure"), (40, 110), 450, ("320", "Cardiology"), same("84114007", "Heart failure")),
    pathway(
        Some("atrial-fibrillation"),
        (40, 110),
        200,
        ("320", "Cardiology"),
        same("49436004", "Atrial fibrillation"),
    ),
    pathway(
        Some("type-1-diabetes"),
        (5, 110),
        800,
        ("302", "Endocrinology and Diabetes"),
        said("46635009", "Diabetes mellitus type 1", "Type 1 diabetes mellitus"),
    ),
    pathway(
        Some("copd"),
        (40, 110),
        200,
        ("340", "Respiratory Medicine"),
        said("13645005", "Chronic obstructive lung disease", "Chronic obstructive pulmonary disease (COPD)"),
    ),
    Pathway {
        request: said("183545006", "Referral to orthopedic service", "Referral to orthopaedics"),
        operation: Some((450, said("609588000", "Total knee replacement", "Knee replacement"))),
        ..pathway(
            Some("osteoarthritis"),
            (55, 88),
            160,
            ("110", "Trauma and Orthopaedics"),
            same("396275006", "Osteoarthritis"),
        )
    },
    Pathway {
        operation: Some((
            750,
            said("385468004", "Cataract extraction and insertion of intraocular lens", "Cataract operation"),
        )),
        ..pathway(None, (68, 95), 45, ("130", "Ophthalmology"), same("193570009", "Cataract"))
    },
    Pathway {
        request: said("183523005", "Referral to gastroenterology service", "Referral to gastroenterology"),
        operation: Some((500, same("73761001", "Colonoscopy"))),
        ..pathway(None, (35, 85), 25, ("301", "Gastroenterology"), same("21522001", "Abdominal pain"))
    },
    Pathway {
        request: said("183517000", "Referral to pediatrician", "Referral to a paediatrician"),
        ..pathway(None, (0, 15), 40, ("420", "Paediatrics"), same("195967001", "Asthma"))
    },
    pathway(None, (18, 95), 60, ("300", "General Internal Medicine"), same("404640003", "Dizziness")),
];

/// Years in which referrals were made.
const YEARS_BACK: i32 = 3;

/// Writes the referrals of the last years and what came of them.
pub(crate) fn write(life: &mut Life<'_>) {
    for pathway in PATHWAYS {
        let fits =
            pathway.key.is_none_or(|key| life.has(key)) && (pathway.ages.0..=pathway.ages.1).contains(&life.age());
        if !fits || !life.chance.happens((pathway.per_mille * YEARS_BACK).min(950)) {
            continue;
        }
        let asked = life.some_day();
        let waits = life.chance.between(20, 150);
        follow(life, pathway, (asked, asked.plus(waits).working()));
    }
}

fn follow(life: &mut Life<'_>, pathway: &Pathway, (asked, seen): (Day, Day)) {
    let consultant = life.town.workforce.consultant(pathway.setting.0).map_or_else(|| HOSPITAL.link(), |c| c.link());
    let done = seen < life.end;
    if !done && !life.is_alive() {
        return;
    }
    let reason = sct(&pathway.reason);
    let request = json!({
        "status": if done { "completed" } else { "active" },
        "intent": "order",
        "category": [sct(&said("3457005", "Patient referral", "Referral"))],
        "priority": "routine",
        "code": sct(&pathway.request),
        "subject": life.subject(),
        "authoredOn": asked.at(11, 5).to_string(),
        "requester": life.usual_gp(),
        "performer": [consultant.clone(), HOSPITAL.link()],
        "reasonCode": [reason.clone()],
    });
    let request = life.pen.write("ServiceRequest", &request);
    life.pen.write_for(HOSPITAL.ods);
    let start = seen.at(9 + seen.0.rem_euclid(7), 20);
    appointment(life, pathway, (start, done), (&request, &consultant));
    if done {
        clinic(life, pathway, start, (&request, consultant));
    }
    life.pen.write_for(life.practice().ods);
}

fn appointment(
    life: &mut Life<'_>,
    pathway: &Pathway,
    (start, done): (crate::calendar::Moment, bool),
    (request, consultant): (&str, &Value),
) {
    let body = json!({
        "status": if done { "fulfilled" } else { "booked" },
        "specialty": [coded(crate::codes::PRACTICE_SETTING, pathway.setting.0, pathway.setting.1)],
        "description": format!("{} clinic", pathway.setting.1),
        "start": start.to_string(),
        "end": start.plus(20).to_string(),
        "created": start.day.plus(-18).at(12, 0).to_string(),
        "basedOn": [{ "reference": request }],
        "participant": [
            { "actor": life.subject(), "required": "required", "status": "accepted" },
            { "actor": consultant, "required": "required", "status": "accepted" },
            { "actor": OUTPATIENTS.link(), "required": "information-only", "status": "accepted" },
        ],
    });
    life.pen.write("Appointment", &body);
}

const CLINIC: Concept = said("281036007", "Follow-up consultation", "Outpatient appointment");

fn clinic(
    life: &mut Life<'_>,
    pathway: &Pathway,
    start: crate::calendar::Moment,
    (request, consultant): (&str, Value),
) {
    let reason = sct(&pathway.reason);
    let end = start.plus(20);
    let visit = Visit {
        class: ("AMB", "ambulatory"),
        start,
        end: Some(end),
        reason: &reason,
        at: &HOSPITAL,
        by: consultant.clone(),
        kind: &CLINIC,
    };
    let body = with(encounter(life, &visit), "basedOn", json!([{ "reference": request }]));
    let body = located(body, &OUTPATIENTS.link(), &period(start, Some(end)));
    let reference = life.pen.write("Encounter", &body);
    let sections = [
        ("Why we saw you", format!("{}, at the request of your practice.", pathway.reason.text)),
        ("What we found", "We talked about how you are and examined you.".to_owned()),
        ("Plan", "Carry on with your medicines. Your practice will see you as usual.".to_owned()),
    ];
    documents::write(
        life,
        &Document {
            kind: Kind::ClinicLetter,
            title: &format!("Clinic letter: {}", pathway.setting.1.to_lowercase()),
            sections: &sections,
            written: end.plus(180),
            author: consultant.clone(),
            custodian: &HOSPITAL,
            encounter: Some(&reference),
        },
    );
    life.pen.write_for(HOSPITAL.ods);
    let Some((per_mille, operation)) = pathway.operation else { return };
    let day = start.day.plus(45).working();
    if day < life.end && life.chance.happens(per_mille) {
        operate(life, &operation, (day, reason), &consultant);
    }
}

const PLANNED: Concept = said("32485007", "Hospital admission", "Planned admission to hospital");

fn operate(life: &mut Life<'_>, operation: &Concept, (day, reason): (Day, Value), surgeon: &Value) {
    let (start, end) = (day.at(8, 0), day.at(16, 40));
    let visit = Visit {
        class: ("SS", "short stay"),
        start,
        end: Some(end),
        reason: &reason,
        at: &HOSPITAL,
        by: surgeon.clone(),
        kind: &PLANNED,
    };
    let body = encounter(life, &visit);
    let reference = life.pen.write("Encounter", &body);
    let body = json!({
        "status": "completed",
        "code": sct(operation),
        "subject": life.subject(),
        "encounter": link(&reference, "Day case"),
        "performedDateTime": day.at(10, 30).to_string(),
        "performer": [{ "actor": surgeon, "onBehalfOf": HOSPITAL.link() }],
        "location": HOSPITAL.site(),
        "reasonCode": [reason],
    });
    life.pen.write("Procedure", &body);
}
