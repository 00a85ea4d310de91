//! Living in a care home: residence, the team, the care plan, monthly observations, and the ReSPECT plan.
//!
//! Residence is an EpisodeOfCare whose managing organisation is the home: from it the permit system reads that the home's
//! nurses care for the person. It refuses anybody who lives elsewhere. Next: `support`.

use crate::calendar::Day;
use crate::codes::{self, SNOMED, said};
use crate::documents::{self, Document, Kind};
use crate::life::Life;
use crate::places::{self, Organisation};
use crate::population::Part;
use crate::shape::{coded, days, link, sct};
use crate::staff::Job;
use crate::vital_signs::{self, Taken};
use serde_json::{Value, json};

/// Writes what a resident's record holds.
pub(crate) fn write(life: &mut Life<'_>) {
    let Some(home) = life.person.care_home.and_then(|place| places::CARE_HOMES.get(place)) else { return };
    let longest = if life.age() > 85 { 1_400 } else { 700 };
    let since =
        if life.plays(Part::MrsA) { life.end.plus(-804) } else { life.end.plus(-life.chance.between(90, longest)) };
    life.pen.write_for(home.ods);
    let team = team(life, home, since);
    residence(life, home, since, &team);
    plan(life, home, since, &team);
    monthly(life, home);
    if life.plays(Part::MrsA) || life.chance.happens(600) {
        respect(life, home, since.plus(40).min(life.end));
    }
    about_me(life, home, since.plus(14).min(life.end));
    life.pen.write_for(life.practice().ods);
}

fn team(life: &mut Life<'_>, home: &'static Organisation, since: Day) -> Value {
    let nurses: Vec<Value> = (0..2)
        .map(|n| json!({ "member": life.by(home, Job::CareHomeNurse, n), "onBehalfOf": home.link() }))
        .chain([json!({ "member": life.usual_gp(), "onBehalfOf": life.practice().link() })])
        .chain([json!({ "member": home.link() })])
        .collect();
    let body = json!({
        "status": if life.is_alive() { "active" } else { "inactive" },
        "name": format!("Care team at {}", home.name),
        "subject": life.subject(),
        "period": days(since, life.person.died),
        "participant": nurses,
        "managingOrganization": [home.link()],
    });
    let reference = life.pen.write("CareTeam", &body);
    link(&reference, "Care team")
}

fn residence(life: &mut Life<'_>, home: &Organisation, since: Day, team: &Value) {
    let body = json!({
        "status": if life.is_alive() { "active" } else { "finished" },
        "type": [sct(&said("160734000", "Lives in a nursing home", "Lives in a care home with nursing"))],
        "patient": life.subject(),
        "managingOrganization": home.link(),
        "period": days(since, life.person.died),
        "careManager": life.by(home, Job::CareHomeNurse, 0),
        "team": [team],
    });
    life.pen.write("EpisodeOfCare", &body);
}

fn plan(life: &mut Life<'_>, home: &Organisation, since: Day, team: &Value) {
    let wishes = [
        "Help with washing and dressing each morning; likes to choose her or his own clothes.",
        "Walks with a frame; one person beside. Check for hazards on the way to the dining room.",
        "Weigh each month; offer a drink every two hours by day.",
        "Observations monthly, and at once when unwell; call 111 or 999 by the NEWS2 total.",
    ];
    let activities: Vec<Value> =
        wishes.iter().map(|text| json!({ "detail": { "status": "in-progress", "description": text } })).collect();
    let body = json!({
        "status": if life.is_alive() { "active" } else { "completed" },
        "intent": "plan",
        "category": [sct(&codes::SUPPORT_PLAN)],
        "title": "Care and support plan",
        "description": format!("How {} supports {} day by day.", home.name, life.person.given),
        "subject": life.subject(),
        "period": days(since.plus(10).min(life.end), life.person.died),
        "created": since.plus(10).min(life.end).to_string(),
        "author": life.by(home, Job::CareHomeNurse, 0),
        "careTeam": [team],
        "activity": activities,
    });
    life.pen.write("CarePlan", &body);
}

/// A set of observations in each of the last three months.
fn monthly(life: &mut Life<'_>, home: &Organisation) {
    for month in [3, 2, 1] {
        let nurse = life.by(home, Job::CareHomeNurse, usize::try_from(month).unwrap_or(0));
        let ill = life.chance.fraction() * 1.4;
        let seen = vital_signs::draw(life, ill);
        let when = life.end.plus(-30 * month + 9).at(10, 15);
        vital_signs::write(life, &seen, &Taken { when, by: &nurse, encounter: None });
    }
}

fn respect(life: &mut Life<'_>, home: &'static Organisation, written: Day) {
    let sections = [
        ("What matters most to me", "To be comfortable, to stay at home in my own room if that is possible, and to see my family.".to_owned()),
        ("Emergency care", "Hospital for what can be treated, such as an infection or a fracture. Not for intensive care or ventilation.".to_owned()),
        ("Resuscitation", "Do not attempt cardiopulmonary resuscitation (CPR).".to_owned()),
        ("Who talked about this", format!("{}, family, GP and the care home nurse.", life.person.given)),
        ("Review", "Every year, after each hospital stay, and whenever the person asks.".to_owned()),
    ];
    documents::write(
        life,
        &Document {
            kind: Kind::Plan(&codes::RESPECT),
            title: "ReSPECT plan",
            sections: &sections,
            written: written.at(14, 30),
            author: life.usual_gp(),
            custodian: life.practice(),
            encounter: None,
        },
    );
    life.pen.write_for(home.ods);
    let body = json!({
        "status": if life.is_alive() { "active" } else { "inactive" },
        "category": [coded("http://terminology.hl7.org/CodeSystem/flag-category", "advance-directive", "Advance Directive")],
        "code": {
            "coding": [{ "system": SNOMED, "code": "304253006", "display": "Not for resuscitation" }],
            "text": "Has a ReSPECT plan: do not attempt CPR",
        },
        "subject": life.subject(),
        "period": days(written, life.person.died),
        "author": life.usual_gp(),
    });
    life.pen.write("Flag", &body);
}

fn about_me(life: &mut Life<'_>, home: &'static Organisation, written: Day) {
    let name = life.person.given.clone();
    let sections = [
        ("About me", format!("I like to be called {name}. I get up early and like tea before breakfast.")),
        ("People who matter to me", "My family, and my friends at the home.".to_owned()),
        ("How I communicate", "Please face me, speak clearly and give me time.".to_owned()),
        ("Please do, and please do not", "Please knock. Please do not move my glasses.".to_owned()),
    ];
    documents::write(
        life,
        &Document {
            kind: Kind::Plan(&codes::SUPPORT_PLAN),
            title: "About me, and how to support me",
            sections: &sections,
            written: written.at(11, 0),
            author: life.by(home, Job::CareHomeNurse, 0),
            custodian: home,
            encounter: None,
        },
    );
    life.pen.write_for(home.ods);
}
