//! What search takes from the official definitions, in its own words: kinds of parameters, types of elements, compartments.
//!
//! [`crate::definitions()`] holds the tables; nothing else in search knows their form.

use super::ParamKind;
use crate::ResourceType;
use crate::definitions::{SearchParameterRow, definitions};

/// An element of the definitions, as far as the path compiler needs it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    /// Where its children are described: its own path, or that of the element that it repeats.
    pub(super) path: &'static str,
    /// The types that it may have.
    pub(super) types: Vec<&'static str>,
    /// The code system, where a required value set is of just one.
    pub(super) system: Option<&'static str>,
}

/// Every search parameter, but for the specification's two examples of how to define one.
pub(super) fn rows() -> impl Iterator<Item = &'static SearchParameterRow> {
    definitions().search_parameters().iter().filter(|row| !row.id.starts_with("example"))
}

/// The kind of a row.
pub(super) fn kind(row: &SearchParameterRow) -> ParamKind {
    match row.kind {
        "number" => ParamKind::Number,
        "date" => ParamKind::Date,
        "string" => ParamKind::String,
        "token" => ParamKind::Token,
        "reference" => ParamKind::Reference,
        "composite" => ParamKind::Composite,
        "quantity" => ParamKind::Quantity,
        "uri" => ParamKind::Uri,
        _ => ParamKind::Special,
    }
}

/// The element under a path, `Observation.status` or `Observation.value[x]`.
pub(super) fn element(path: &str) -> Option<Element> {
    let element = definitions().element(path)?;
    let codes = element.binding.as_ref().and_then(|binding| definitions().codes_of(binding));
    Some(Element {
        path: element.same_as.unwrap_or(element.path),
        types: element.types.iter().map(|of| of.code).collect(),
        system: codes.and_then(|codes| codes.only_system()),
    })
}

/// Compartment, type, and the names of the parameters that put the type's resources in the compartment.
pub(super) fn compartments() -> impl Iterator<Item = (ResourceType, ResourceType, &'static [&'static str])> {
    definitions().compartments().iter().filter_map(|row| {
        Some((ResourceType::parse(row.compartment)?, ResourceType::parse(row.kind)?, row.parameters.as_slice()))
    })
}
