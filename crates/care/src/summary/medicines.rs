//! Medicines: what is taken now, then what was taken; issues of the same medicine are one entry with the day of the last issue.
//!
//! A statement ("takes") and the prescriptions for it have the same words on them and are brought together by those words, never
//! by a guess at the substance.

use std::collections::BTreeMap;

use fhir::json::Json;
use kit::html;

use super::Dated;
use super::entries::dated;
use super::source::Sources;
use crate::tree::{self, When};

/// Statuses under which a medicine is taken.
const TAKEN: [&str; 4] = ["active", "intended", "on-hold", "draft"];

/// The entries of all medicines.
pub(super) fn entries(resources: &[&Json<'_>], sources: &Sources) -> Vec<Dated> {
    let mut by_name: BTreeMap<String, Vec<&Json<'_>>> = BTreeMap::new();
    for resource in resources {
        by_name.entry(name(resource).to_lowercase()).or_default().push(resource);
    }
    by_name.into_values().filter_map(|same| entry(&same, sources)).collect()
}

fn name(resource: &Json<'_>) -> String {
    let reference = || tree::text_at(resource, &["medicationReference", "display"]);
    tree::concept(resource.get("medicationCodeableConcept"))
        .or_else(reference)
        .unwrap_or_else(|| "Medicine without a name".into())
}

fn when(resource: &Json<'_>) -> Option<When> {
    tree::when(resource, &["authoredOn", "effectivePeriod", "effectiveDateTime", "dateAsserted"])
}

/// One entry for all that is recorded of one medicine: the statement speaks where there is one, else the newest prescription.
fn entry(same: &[&Json<'_>], sources: &Sources) -> Option<Dated> {
    let newest = |kind: &str| {
        let of_kind = same.iter().filter(|resource| tree::is(resource, "resourceType", &[kind]));
        of_kind.max_by_key(|resource| when(resource).map(|when| when.ms)).copied()
    };
    let (statement, request) = (newest("MedicationStatement"), newest("MedicationRequest"));
    let speaks = statement.or(request)?;
    let mut dated = dated(speaks, sources, Some(name(speaks)), when(speaks));
    dated.is_current = tree::is(speaks, "status", &TAKEN);
    dated.entry.flag = match speaks.get("status").and_then(Json::text) {
        Some("on-hold") => Some("On hold".to_owned()),
        Some("stopped" | "cancelled") => Some("Stopped".to_owned()),
        Some("completed") => Some("Finished".to_owned()),
        _ => None,
    };
    let dose = [Some(speaks), request].into_iter().flatten().find_map(dose);
    let issued =
        request.filter(|_| statement.is_some()).and_then(when).map(|when| format!("Last issued {}", when.words));
    let reason =
        tree::concept(speaks.get("reasonCode")).or_else(|| tree::text_at(speaks, &["reasonReference", "display"]));
    let reason = reason.map(|reason| format!("For: {reason}"));
    dated.entry.details = [dose, reason, issued].into_iter().flatten().map(|detail| html! { (detail) }).collect();
    if statement.is_some() {
        dated.entry.when = format!("Since {}", dated.entry.when);
    }
    Some(dated)
}

fn dose(resource: &Json<'_>) -> Option<String> {
    ["dosageInstruction", "dosage"].into_iter().find_map(|key| {
        let doses = resource.get(key)?.items();
        let words: Vec<String> = doses
            .iter()
            .filter_map(|dose| tree::text(dose, "text").or_else(|| tree::text(dose, "patientInstruction")))
            .collect();
        (!words.is_empty()).then(|| words.join("; "))
    })
}
