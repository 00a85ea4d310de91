//! Mrs A today: what happened since the morning, as the story of the demo tells it.
//!
//! The care home's nurse takes observations, NEWS2 is 7; the paramedic comes; the emergency department sees her, and that
//! encounter is open. It refuses chance: times are counted back from the moment of the demo, facts are fixed. Next:
//! `personas`, who look at this.

use crate::codes::{Concept, said};
use crate::contacts::{Visit, encounter, in_encounter, located};
use crate::life::Life;
use crate::places::{AMBULANCE, CARE_HOMES, EMERGENCY, HOSPITAL};
use crate::population::Part;
use crate::results::{CRP, LACTATE, Report, write_report};
use crate::shape::{coded, period, sct, with};
use crate::staff::Job;
use crate::vital_signs::{self, Bedside, Taken};
use serde_json::{Value, json};

/// At the care home: breathing 25 (3), oxygen 94 (1), air, systolic 108 (1), pulse 104 (1), alert, 38.4 degrees (1): 7.
const UNWELL: Bedside = Bedside {
    breaths: 25,
    saturation: 94,
    oxygen: false,
    systolic: 108,
    pulse: 104,
    confused: false,
    temperature: 384,
};
/// In the department an hour later: 24 (2), 95 (1), air, 104 (1), 112 (2), alert, 38.5 (1): still 7.
const IN_DEPARTMENT: Bedside = Bedside {
    breaths: 24,
    saturation: 95,
    oxygen: false,
    systolic: 104,
    pulse: 112,
    confused: false,
    temperature: 385,
};

const ATTENDANCE: Concept = said("50849002", "Emergency room admission", "Emergency department attendance");
const CONVEYED: Concept = said("11429006", "Consultation", "Ambulance attendance");

/// Writes the day of Mrs A; for anybody else it does nothing.
pub(crate) fn write(life: &mut Life<'_>) {
    if !life.plays(Part::MrsA) {
        return;
    }
    let reason = sct(&said(
        "68566005",
        "Urinary tract infectious disease",
        "Suspected urinary tract infection, fever and fast breathing",
    ));
    at_the_home(life);
    by_ambulance(life, &reason);
    in_the_department(life, &reason);
    life.pen.write_for(life.practice().ods);
}

fn at_the_home(life: &mut Life<'_>) {
    let home = &CARE_HOMES[0];
    life.pen.write_for(home.ods);
    let nurse = life.by(home, Job::CareHomeNurse, 0);
    let when = life.town.now.plus(-210);
    vital_signs::write(life, &UNWELL, &Taken { when, by: &nurse, encounter: None });
    let body = json!({
        "status": "completed",
        "category": [coded("http://terminology.hl7.org/CodeSystem/communication-category", "alert", "Alert")],
        "subject": life.subject(),
        "sent": when.plus(9).to_string(),
        "recipient": [AMBULANCE.link(), life.practice().link()],
        "sender": nurse,
        "payload": [{ "contentString": "NEWS2 is 7. Fever and fast breathing since this morning. ReSPECT plan is in the record. Allergic to penicillin." }],
    });
    life.pen.write("Communication", &body);
}

fn by_ambulance(life: &mut Life<'_>, reason: &Value) {
    life.pen.write_for(AMBULANCE.ods);
    let now = life.town.now;
    let visit = Visit {
        class: ("FLD", "field"),
        start: now.plus(-175),
        end: Some(now.plus(-112)),
        reason,
        at: &AMBULANCE,
        by: life.by(&AMBULANCE, Job::Paramedic, 0),
        kind: &CONVEYED,
    };
    let body = encounter(life, &visit);
    life.pen.write("Encounter", &body);
}

fn in_the_department(life: &mut Life<'_>, reason: &Value) {
    life.pen.write_for(HOSPITAL.ods);
    let start = life.town.now.plus(-110);
    let doctor = life.by(&HOSPITAL, Job::EmergencyDoctor, 0);
    let nurse = life.by(&HOSPITAL, Job::WardNurse, 0);
    let visit = Visit {
        class: ("EMER", "emergency"),
        start,
        end: None,
        reason,
        at: &HOSPITAL,
        by: doctor.clone(),
        kind: &ATTENDANCE,
    };
    let body = encounter(life, &visit);
    let body = with(
        located(body, &EMERGENCY.link(), &period(start, None)),
        "location",
        json!([
            { "location": EMERGENCY.link(), "status": "active", "period": period(start, None) },
        ]),
    );
    let body = with(
        body,
        "participant",
        json!([
            { "type": [coded(crate::codes::PARTICIPATION, "ATND", "attender")], "individual": doctor },
            { "type": [coded(crate::codes::PARTICIPATION, "PART", "Participation")], "individual": nurse },
        ]),
    );
    let reference = life.pen.write("Encounter", &body);
    vital_signs::write(life, &IN_DEPARTMENT, &Taken { when: start.plus(14), by: &doctor, encounter: Some(&reference) });
    let values = [(&CRP, 142.0), (&LACTATE, 2.4)];
    let panel = ("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma");
    write_report(
        life,
        &Report {
            panel,
            text: "Infection blood tests",
            taken: start.plus(20),
            values: &values,
            encounter: Some(&reference),
        },
    );
    life.pen.write_for(HOSPITAL.ods);
    let body = json!({
        "status": "active",
        "intent": "order",
        "priority": "urgent",
        "code": { "text": "Full blood count" },
        "subject": life.subject(),
        "encounter": in_encounter(&reference),
        "authoredOn": start.plus(22).to_string(),
        "requester": doctor,
        "performer": [HOSPITAL.link()],
    });
    life.pen.write("ServiceRequest", &body);
}

#[cfg(test)]
mod tests {
    use super::{IN_DEPARTMENT, UNWELL};

    #[test]
    fn the_early_warning_score_of_the_story_is_seven() {
        assert_eq!((UNWELL.news2(), IN_DEPARTMENT.news2()), (7, 7));
    }
}
