//! Search as a whole: all definitions compile, real resources say what they should, and requests find what R4 says.

use super::*;
use crate::{Json, ResourceType};

mod extraction;
mod memory;
mod uk_100;

/// A series of samples is no single number that a quantity could be compared with: R4 names the type in three expressions,
/// but its table of types for quantity search (3.1.1.4.11) does not.
#[test]
fn every_alternative_of_every_parameter_compiles_but_sampled_data() {
    let mut left: Vec<String> = uncompiled().into_iter().map(|(name, _)| name).collect();
    left.sort();
    left.dedup();

    assert_eq!(
        left,
        ["Observation.combo-value-quantity", "Observation.component-value-quantity", "Observation.value-quantity"]
    );
    assert!(uncompiled().iter().all(|(_, expression)| expression.contains("as SampledData")));
}

#[test]
fn the_table_of_parameters_knows_itself() {
    for kind in ResourceType::all() {
        for found in params(kind) {
            let same = by_id(found.id).expect("its own place");
            assert_eq!((same.code, same.base), (found.code, found.base));
            assert_eq!(param(kind, found.code).map(|param| param.id), Some(found.id));
            assert_eq!(found.kind == ParamKind::Composite, !found.components.is_empty(), "{}", found.code);
        }
    }
    assert_eq!(
        param(ResourceType::PATIENT, "_tag").map(|param| param.id),
        param(ResourceType::GROUP, "_tag").map(|param| param.id)
    );
}

#[test]
fn a_patients_compartment_is_known_by_its_parameters() {
    let codes = |kind| -> Vec<&str> {
        patient_params(kind).iter().filter_map(|id| by_id(*id)).map(|param| param.code).collect()
    };

    assert_eq!(codes(ResourceType::OBSERVATION), ["subject", "performer"]);
    assert_eq!(codes(ResourceType::CONDITION), ["patient", "asserter"]);
    assert!(codes(ResourceType::MEDICATION).is_empty());
}

/// The resource, parsed, with the type that it says.
fn resource(text: &'static str) -> (ResourceType, Json<'static>) {
    let tree = crate::json::parse(text.as_bytes()).expect("JSON");
    let kind = tree.get("resourceType").and_then(Json::text).and_then(ResourceType::parse).expect("a type");
    (kind, tree)
}

/// The query of a request such as `Patient?name=x`, strictly read.
pub(super) fn query(request: &str) -> Query {
    let (kind, parameters) = cut_request(request);
    parse(kind, &parameters, Handling::Strict).unwrap_or_else(|issues| panic!("{request}: {issues:?}")).query
}

/// What is wrong with a request.
pub(super) fn refusal(request: &str) -> String {
    let (kind, parameters) = cut_request(request);
    let issues = parse(kind, &parameters, Handling::Strict).expect_err(request);
    issues.iter().map(|issue| issue.diagnostics.as_str()).collect::<Vec<_>>().join("\n")
}

fn cut_request(request: &str) -> (ResourceType, Vec<(String, String)>) {
    let (kind, rest) = request.split_once('?').expect("a query");
    let pairs = rest.split('&').filter_map(|pair| pair.split_once('='));
    let parameters = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (ResourceType::parse(kind).expect("a type"), parameters)
}
