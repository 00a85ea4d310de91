//! Rules of single resources that look into codings, for the types that a health record holds most.

use super::{Rule, has, has_choice, text};
use crate::IssueCode;
use crate::json::Json;
use crate::validate::Pass;

const ALLERGY_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
const CONDITION_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";

pub(super) const RULES: &[(&str, Rule)] = &[
    ("AllergyIntolerance", allergy),
    ("Appointment", appointment),
    ("Condition", condition),
    ("Observation", observation),
];

fn allergy<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    let is_wrong = has_code(json, "verificationStatus", ALLERGY_VERIFICATION, "entered-in-error");
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
    // The specification's expression misspells noshow; its value set does not.
    if has(json, "cancelationReason") && !matches!(text(json, "status"), Some("cancelled" | "noshow") | None) {
        pass.error(IssueCode::Invariant, "app-4: only an appointment that did not happen has a cancelationReason.");
    }
}

fn condition<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    let is_wrong = has_code(json, "verificationStatus", CONDITION_VERIFICATION, "entered-in-error");
    if is_wrong && has(json, "clinicalStatus") {
        pass.error(IssueCode::Invariant, "con-5: a condition entered in error has no clinicalStatus.");
    }
    let is_over = ["inactive", "resolved", "remission"]
        .iter()
        .any(|code| has_code(json, "clinicalStatus", CONDITION_CLINICAL, code));
    if has_choice(json, "abatement") && has(json, "clinicalStatus") && !is_over {
        pass.error(IssueCode::Invariant, "con-4: a condition that has abated is inactive, resolved or in remission.");
    }
}

fn observation<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
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

fn has_code(json: &Json<'_>, name: &str, system: &str, code: &str) -> bool {
    let codings = json.get(name).and_then(|concept| concept.get("coding")).map_or(&[][..], Json::items);
    codings.iter().any(|coding| text(coding, "system") == Some(system) && text(coding, "code") == Some(code))
}
