//! What a person can choose among: the practices, organisations and professionals that her record names, and its entries.
//!
//! A choice that is sent is looked up here again, so that only what belongs to the record can be named in a Consent.

use super::choice::Named;
use crate::my_record::facts::{self, ENTRIES};
use crate::visit::Visit;
use fhir::json::Json;
use fhir::{Reference, ResourceType};
use kit::PageError;
use std::collections::BTreeMap;

/// The types in which others who care for a person are looked for.
const PLACES: &[&str] = &[
    "Patient",
    "Encounter",
    "Appointment",
    "ServiceRequest",
    "CareTeam",
    "EpisodeOfCare",
    "MedicationRequest",
    "DocumentReference",
    "Condition",
];

/// The practices where the person is registered.
pub(super) fn practices(visit: &Visit) -> Result<Vec<Named>, PageError> {
    let patient = visit.one(ResourceType::PATIENT, visit.patient.as_str())?;
    let tree = patient.tree().map_err(|error| visit.error(&error.into()))?;
    let mut found = BTreeMap::new();
    tree.get("generalPractitioner").into_iter().for_each(|json| collect(json, "Organization/", &mut found));
    Ok(with_names(visit, found))
}

/// Everything of a kind (`Organization/`, `Practitioner/`) that the record names, by name.
pub(super) fn named(visit: &Visit, prefix: &str) -> Result<Vec<Named>, PageError> {
    let mut found = BTreeMap::new();
    for kind in PLACES {
        for resource in visit.all(kind)? {
            collect(&resource.tree().map_err(|error| visit.error(&error.into()))?, prefix, &mut found);
        }
    }
    let mut named = with_names(visit, found);
    named.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(named)
}

fn collect(json: &Json<'_>, prefix: &str, found: &mut BTreeMap<String, Option<String>>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| collect(item, prefix, found)),
        Json::Object(_) => {
            let reference = facts::text(json, &["reference"]).filter(|reference| reference.starts_with(prefix));
            if let Some(reference) = reference.filter(|reference| Reference::parse(reference).is_ok()) {
                let name = facts::text(json, &["display"]).map(str::to_owned);
                let known = found.entry(reference.to_owned()).or_default();
                *known = known.take().or(name);
            }
            json.members().iter().for_each(|(_, value)| collect(value, prefix, found));
        }
        _ => {}
    }
}

/// The names of references, as the record says them, else as the directory does; what has no name is left out.
fn with_names(visit: &Visit, found: BTreeMap<String, Option<String>>) -> Vec<Named> {
    let name = |reference: &str| {
        let (kind, id) = reference.split_once('/')?;
        let resource = visit.one(ResourceType::parse(kind)?, id).ok()?;
        let tree = resource.tree().ok()?;
        facts::text(&tree, &["name"]).map(str::to_owned).or_else(|| crate::visit::name_of(&tree))
    };
    let with_name = |(reference, known): (String, Option<String>)| {
        let name = known.or_else(|| name(&reference))?;
        Some(Named { reference, name })
    };
    found.into_iter().filter_map(with_name).collect()
}

/// All entries that can be hidden one by one, newest first.
pub(super) fn entries(visit: &Visit) -> Result<Vec<Named>, PageError> {
    let mut all = Vec::new();
    for (kind, read) in ENTRIES {
        let found = visit.all(kind)?;
        all.extend(crate::my_record::trees(visit, &found)?.iter().map(read));
    }
    facts::newest_first(&mut all);
    Ok(all.iter().map(line).collect())
}

/// One entry of the person's record; none when there is none, or not in hers.
pub(super) fn entry(visit: &Visit, reference: &str) -> Option<Named> {
    let (kind, id) = reference.split_once('/')?;
    let (kind, read) = ENTRIES.iter().find(|(name, _)| *name == kind)?;
    let resource = visit.one(ResourceType::parse(kind)?, id).ok()?;
    Some(line(&read(&resource.tree().ok()?)))
}

/// An entry in a line: what, and the day.
pub(super) fn line(fact: &facts::Fact) -> Named {
    let day = kit::format::written_day(&fact.when).map(|day| format!(", {day}")).unwrap_or_default();
    Named { reference: fact.reference.clone(), name: format!("{}{day}", fact.what) }
}
