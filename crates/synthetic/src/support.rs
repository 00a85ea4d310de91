//! Community support: caseloads, alerts and adjustments, tasks for the practice and messages from it.
//!
//! A caseload is a CareTeam: from it the permit system reads that a team cares for the person. It refuses clinical
//! facts: those are in the chapters before. Next: `permissions`.

use crate::calendar::Day;
use crate::codes::{self, Concept, said, same};
use crate::contacts::{Visit, encounter};
use crate::documents::{self, Document, Kind};
use crate::life::Life;
use crate::places::{COMMUNITY, Organisation, SOCIAL_CARE};
use crate::population::Part;
use crate::shape::{coded, days, sct};
use crate::staff::Job;
use serde_json::json;

/// Writes caseloads, flags, tasks and messages.
pub(crate) fn write(life: &mut Life<'_>) {
    caseloads(life);
    flags(life);
    crisis_plan(life);
    messages(life);
}

fn caseloads(life: &mut Life<'_>) {
    let frail = life.has("frailty");
    let nursed = life.plays(Part::MrsA)
        || life.chance.happens(if frail {
            420
        } else if life.age() > 79 {
            120
        } else {
            6
        });
    if nursed {
        caseload(life, &COMMUNITY, Job::CommunityNurse, "Community nursing caseload");
    }
    if life.chance.happens(if frail && life.person.care_home.is_none() {
        380
    } else if life.has("learning-disability") {
        600
    } else {
        4
    }) {
        caseload(life, &SOCIAL_CARE, Job::SocialWorker, "Adult social care caseload");
    }
}

const HOME_VISIT: Concept = said("185389009", "Follow-up visit", "Visit at home");

fn caseload(life: &mut Life<'_>, organisation: &'static Organisation, job: Job, name: &str) {
    let since = life.end.plus(-life.chance.between(40, 500)).max(life.person.born);
    let who = life.chance.below(3);
    let member = life.by(organisation, job, who);
    life.pen.write_for(organisation.ods);
    let body = json!({
        "status": if life.is_alive() { "active" } else { "inactive" },
        "name": name,
        "subject": life.subject(),
        "period": days(since, life.person.died),
        "participant": [{ "member": member, "onBehalfOf": organisation.link() }, { "member": organisation.link() }],
        "managingOrganization": [organisation.link()],
    });
    life.pen.write("CareTeam", &body);
    for step in (1..=4).rev() {
        let day = life.end.plus(-step * 21).working();
        if day < since || day > life.end {
            continue;
        }
        let start = day.at(11, 20);
        let reason = sct(if life.has("frailty") { &FRAILTY } else { &REVIEW });
        let visit = Visit {
            class: ("HH", "home health"),
            start,
            end: Some(start.plus(35)),
            reason: &reason,
            at: organisation,
            by: member.clone(),
            kind: &HOME_VISIT,
        };
        let body = encounter(life, &visit);
        life.pen.write("Encounter", &body);
    }
    life.pen.write_for(life.practice().ods);
}

const FRAILTY: Concept = said("404904002", "Frail elderly", "Frailty");
const REVIEW: Concept = said("281036007", "Follow-up consultation", "Follow-up");

/// An alert or adjustment: which condition brings it, the code, the words, and the category.
const FLAGS: &[(&str, Concept, (&str, &str))] = &[
    (
        "hearing-loss",
        said(
            "162340000",
            "Hearing difficulty",
            "Reasonable adjustment: face the person, speak clearly, offer a quiet room",
        ),
        ("contact", "Subject Contact"),
    ),
    (
        "learning-disability",
        said("110359009", "Intellectual disability", "Reasonable adjustment: longer appointment, easy-read letters"),
        ("contact", "Subject Contact"),
    ),
    ("frailty", same("129839007", "At risk for falls"), ("safety", "Safety")),
    ("epilepsy", said("84757009", "Epilepsy", "Has seizures: see the emergency plan"), ("clinical", "Clinical")),
];

fn flags(life: &mut Life<'_>) {
    for (key, concept, category) in FLAGS {
        let Some(since) = life.problem(key).map(|p| p.since) else { continue };
        if life.plays(Part::Nobody) && !life.chance.happens(450) {
            continue;
        }
        let since = since.max(life.end.plus(-900));
        flag(life, concept, *category, since);
    }
    if life.person.language != "en" {
        let concept = said(
            "439736001",
            "Language for which interpreter is needed",
            "Reasonable adjustment: needs an interpreter",
        );
        flag(life, &concept, ("contact", "Subject Contact"), life.end.plus(-400).max(life.person.born));
    }
}

fn flag(life: &mut Life<'_>, concept: &Concept, category: (&str, &str), since: Day) {
    let body = json!({
        "status": if life.is_alive() { "active" } else { "inactive" },
        "category": [coded("http://terminology.hl7.org/CodeSystem/flag-category", category.0, category.1)],
        "code": sct(concept),
        "subject": life.subject(),
        "period": days(since, life.person.died),
        "author": life.usual_gp(),
    });
    life.pen.write("Flag", &body);
}

fn crisis_plan(life: &mut Life<'_>) {
    if !(life.has("schizophrenia") || life.has("bipolar")) {
        return;
    }
    let written = life.end.plus(-200).max(life.person.born).at(15, 0);
    let sections = [
        ("Early signs", "Sleeping badly, staying in, hearing voices more often.".to_owned()),
        ("What helps", "A calm room, somebody I know, going through the plan step by step.".to_owned()),
        ("Who to call", "The crisis team, day and night; my practice on working days.".to_owned()),
    ];
    documents::write(
        life,
        &Document {
            kind: Kind::Plan(&codes::CRISIS_PLAN),
            title: "Mental health crisis plan",
            sections: &sections,
            written,
            author: life.by(&COMMUNITY, Job::CommunityNurse, 0),
            custodian: &COMMUNITY,
            encounter: None,
        },
    );
}

/// What the practice wrote to people lately, and what it still has to do.
const MESSAGES: &[&str] = &[
    "Your blood test results are back. Nothing needs to change. You can see them in your record.",
    "It is time for your yearly review. Please book an appointment with the practice nurse.",
    "Your repeat prescription has gone to your pharmacy.",
    "You can have your flu vaccine this month at the practice or your pharmacy.",
];

fn messages(life: &mut Life<'_>) {
    if !life.is_alive() || life.age() < 16 {
        return;
    }
    let watched = !life.problems.is_empty();
    if life.chance.happens(if watched { 500 } else { 120 }) || life.plays(Part::Citizen) {
        let sent = life.end.plus(-life.chance.between(2, 90)).at(9, 15);
        let text = life.chance.pick(MESSAGES);
        let body = json!({
            "status": "completed",
            "category": [coded("http://terminology.hl7.org/CodeSystem/communication-category", "notification", "Notification")],
            "subject": life.subject(),
            "sent": sent.to_string(),
            "recipient": [life.subject()],
            "sender": life.practice().link(),
            "payload": [{ "contentString": text }],
        });
        life.pen.write("Communication", &body);
    }
    if watched && life.chance.happens(70) {
        let since = life.end.plus(-life.chance.between(1, 12)).at(13, 0);
        let body = json!({
            "status": "requested",
            "intent": "order",
            "priority": "routine",
            "code": { "text": "Follow up a result" },
            "description": "Look at the latest blood test and tell the person what it means.",
            "for": life.subject(),
            "authoredOn": since.to_string(),
            "requester": life.practice().link(),
            "owner": life.usual_gp(),
        });
        life.pen.write("Task", &body);
    }
}
