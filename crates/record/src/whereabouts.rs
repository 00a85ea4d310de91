//! Where somebody lives is protected apart from who she is.
//!
//! A Patient that is labelled restricted (the S-flag of the national index) shows who the person is to those whose rules say so,
//! and where she lives or can be reached only to those whose rules say that too. For everybody else those elements are not
//! there, and a question that could tell anything about them (a search by postcode or practice, a chain, an include, a history)
//! does not find her: standards of the Personal Demographics Service, "restricted" patients.

use crate::error::RecordError;
use crate::read::damaged;
use fhir::ResourceType;
use fhir::json::Json;
use fhir::search::{Condition, ParamId, Query, SortBy};

/// The elements of a Patient that tell where somebody lives or can be reached, or could hold it in words.
const TELLING: [&str; 7] =
    ["address", "telecom", "contact", "generalPractitioner", "managingOrganization", "text", "contained"];

/// Values of extensions that can tell it too: an address, or a reference such as that to a nominated pharmacy.
const TELLING_VALUES: [&str; 3] = ["valueAddress", "valueContactPoint", "valueReference"];

/// The search parameters of a Patient that are about who somebody is, and nothing else.
const IDENTITY: [&str; 11] = [
    "active",
    "birthdate",
    "death-date",
    "deceased",
    "family",
    "gender",
    "given",
    "identifier",
    "language",
    "name",
    "phonetic",
];

/// Whether a question asks only who somebody is. Every form of question that is not known to is taken for more.
pub(crate) fn is_about_identity(query: &Query) -> bool {
    let is_identity = |id: &ParamId| {
        fhir::search::by_id(*id)
            .is_some_and(|param| param.base == Some(ResourceType::PATIENT) && IDENTITY.contains(&param.code))
    };
    let asks_who = |condition: &Condition| match condition {
        Condition::Any { param, .. } | Condition::NoneOf { param, .. } | Condition::Missing { param, .. } => {
            is_identity(param)
        }
        Condition::Id(_) => true,
        Condition::LastUpdated(_)
        | Condition::Chain { .. }
        | Condition::Has { .. }
        | Condition::AnyOf(_)
        | Condition::Compartment { .. } => false,
    };
    let sorts_by_who = |by: &SortBy| match by {
        SortBy::Param(param) => is_identity(param),
        SortBy::Id => true,
        SortBy::LastUpdated => false,
    };
    query.kind == ResourceType::PATIENT
        && query.conditions.iter().all(asks_who)
        && query.sort.iter().all(|key| sorts_by_who(&key.by))
        && query.includes.is_empty()
        && query.revincludes.is_empty()
}

/// A Patient without what tells where she lives.
pub(crate) fn without(body: &[u8]) -> Result<Vec<u8>, RecordError> {
    let mut patient = fhir::json::parse(body).map_err(|_| damaged())?;
    for element in TELLING {
        patient.remove(element);
        patient.remove(&format!("_{element}"));
    }
    if let Some(Json::Array(extensions)) = patient.get_mut("extension") {
        extensions.retain(|extension| !tells(extension));
        if extensions.is_empty() {
            patient.remove("extension");
        }
    }
    Ok(patient.to_vec())
}

/// Whether an extension holds a telling value, also deep inside.
fn tells(extension: &Json<'_>) -> bool {
    TELLING_VALUES.iter().any(|value| extension.get(value).is_some())
        || extension.get("extension").map(Json::items).unwrap_or_default().iter().any(tells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::search::{Handling, parse};

    fn query(kind: &str, params: &[(&str, &str)]) -> Query {
        let params: Vec<(String, String)> =
            params.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        parse(ResourceType::parse(kind).unwrap(), &params, Handling::Strict).unwrap().query
    }

    #[test]
    fn a_question_about_a_place_is_not_about_identity_however_it_is_put() {
        for params in [
            [("family", "Archer"), ("address-postalcode", "KX1 2AB")],
            [("family", "Archer"), ("address:missing", "false")],
            [("family", "Archer"), ("general-practitioner", "Organization/elm")],
            [("family", "Archer"), ("phone", "01632 960001")],
            [("family", "Archer"), ("telecom:not", "01632 960001")],
            [("family", "Archer"), ("organization.name", "Elm")],
            [("family", "Archer"), ("_sort", "address-city")],
            [("family", "Archer"), ("_include", "Patient:general-practitioner")],
            [("family", "Archer"), ("_include", "Patient:*")],
            [("family", "Archer"), ("_revinclude", "Encounter:patient")],
            [("family", "Archer"), ("_has:Encounter:patient:location", "Location/1")],
            [("family", "Archer"), ("_lastUpdated", "gt2026-01-01")],
        ] {
            assert!(!is_about_identity(&query("Patient", &params)), "{params:?}");
        }
        assert!(!is_about_identity(&query("Encounter", &[("patient.address", "Elm")])));
    }

    #[test]
    fn name_number_and_birthday_are_about_identity() {
        let params = [("family", "Archer"), ("birthdate", "1950-03-04"), ("identifier", "1|2"), ("_sort", "given")];

        assert!(is_about_identity(&query("Patient", &params)));
    }

    #[test]
    fn what_tells_a_place_is_gone_and_the_rest_is_there() {
        let patient = br#"{"resourceType":"Patient","id":"a","text":{"status":"generated"},"extension":[
            {"url":"pharmacy","valueReference":{"reference":"Organization/p"}},
            {"url":"outer","extension":[{"url":"inner","valueAddress":{"city":"Elm"}}]},
            {"url":"ethnicity","valueCode":"A"}],
            "name":[{"family":"Archer"}],"telecom":[{"value":"1"}],"address":[{"city":"Elm"}],"contact":[{}],
            "generalPractitioner":[{"reference":"Organization/elm"}],"birthDate":"1950-03-04"}"#;

        let left = String::from_utf8(without(patient).unwrap()).unwrap();

        assert_eq!(
            left,
            r#"{"resourceType":"Patient","id":"a","extension":[{"url":"ethnicity","valueCode":"A"}],"name":[{"family":"Archer"}],"birthDate":"1950-03-04"}"#
        );
    }
}
