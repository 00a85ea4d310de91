//! Rules of single resources, for the types that a health record holds most.

use super::{Rule, has, has_choice, text};
use crate::IssueCode;
use crate::json::Json;
use crate::validate::Pass;

pub(super) const RULES: &[(&str, Rule)] = &[
    ("AllergyIntolerance", allergy),
    ("Appointment", appointment),
    ("Appointment.participant", participant),
    ("Condition", condition),
    ("Observation", observation),
    ("Observation.component", component),
    ("Observation.referenceRange", reference_range),
    ("Organization", organization),
    ("Patient.contact", contact),
];

fn allergy<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    let is_wrong = has_code(json, "verificationStatus", "entered-in-error");
    match (is_wrong, has(json, "clinicalStatus")) {
        (false, false) => pass.error(
            IssueCode::Invariant,
            "ait-1: clinicalStatus is needed, unless verificationStatus is entered-in-error.",
        ),
        (true, true) => pass.error(IssueCode::Invariant, "ait-2: an allergy entered in error has no clinicalStatus."),
        _ => {}
    }
}

fn appointment<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    let status = text(json, "status");
    let is_timed = has(json, "start") && has(json, "end");
    let may_be_untimed = matches!(status, Some("proposed" | "cancelled" | "waitlist") | None);
    if has(json, "start") != has(json, "end") {
        pass.error(IssueCode::Invariant, "app-2: there are both start and end, or neither.");
    }
    if !is_timed && !may_be_untimed {
        pass.error(
            IssueCode::Invariant,
            "app-3: start and end are needed, unless it is proposed, cancelled or waiting.",
        );
    }
    if has(json, "cancelationReason") && !matches!(status, Some("cancelled" | "noshow") | None) {
        pass.error(IssueCode::Invariant, "app-4: only an appointment that did not happen has a cancelationReason.");
    }
}

fn participant<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    if !has(json, "type") && !has(json, "actor") {
        pass.error(IssueCode::Invariant, "app-1: a participant has a type or an actor.");
    }
}

fn condition<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    let is_wrong = has_code(json, "verificationStatus", "entered-in-error");
    if is_wrong && has(json, "clinicalStatus") {
        pass.error(IssueCode::Invariant, "con-5: a condition entered in error has no clinicalStatus.");
    }
    let is_over = ["inactive", "resolved", "remission"].iter().any(|code| has_code(json, "clinicalStatus", code));
    if has_choice(json, "abatement") && has(json, "clinicalStatus") && !is_over {
        pass.error(IssueCode::Invariant, "con-4: a condition that has abated is inactive, resolved or in remission.");
    }
}

fn observation<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    component(pass, json);
    let codes =
        |concept: Option<&'r Json<'r>>| concept.and_then(|concept| concept.get("coding")).map_or(&[][..], Json::items);
    let own = codes(json.get("code"));
    let components = json.get("component").map_or(&[][..], Json::items);
    let is_same = |one: &Json<'_>, other: &Json<'_>| {
        text(one, "code").is_some()
            && text(one, "code") == text(other, "code")
            && text(one, "system") == text(other, "system")
    };
    let is_repeated = components
        .iter()
        .any(|component| codes(component.get("code")).iter().any(|code| own.iter().any(|other| is_same(code, other))));
    if has_choice(json, "value") && is_repeated {
        pass.error(IssueCode::Invariant, "obs-7: with the code of a component, the observation itself has no value.");
    }
}

fn component<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    if has(json, "dataAbsentReason") && has_choice(json, "value") {
        pass.error(IssueCode::Invariant, "obs-6: there is a value or a reason for its absence, not both.");
    }
}

fn reference_range<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    if !["low", "high", "text"].iter().any(|name| has(json, name)) {
        pass.error(IssueCode::Invariant, "obs-3: a reference range has a low or a high end or a text.");
    }
}

fn organization<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    if !has(json, "identifier") && !has(json, "name") {
        pass.error(IssueCode::Invariant, "org-1: an organisation has a name or an identifier.");
    }
}

fn contact<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    if !["name", "telecom", "address", "organization"].iter().any(|name| has(json, name)) {
        pass.error(IssueCode::Invariant, "pat-1: a contact has a name, a way to reach, or an organisation.");
    }
}

fn has_code(json: &Json<'_>, name: &str, code: &str) -> bool {
    let codings = json.get(name).and_then(|concept| concept.get("coding")).map_or(&[][..], Json::items);
    codings.iter().any(|coding| text(coding, "code") == Some(code))
}
