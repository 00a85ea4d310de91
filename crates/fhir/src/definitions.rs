//! What FHIR R4 says of its elements, value sets, search parameters and compartments, ready to look up.
//!
//! The tables in `/definitions` are made by `cargo xtask definitions` from the official package and compiled into the
//! binary. They are read once, in a few milliseconds. Elements can be asked for by path ([`Definitions::element`]) or, as validation
//! does, by the names that JSON uses ([`Shape`]). Nothing here judges a resource.
//!
//! Columns: `elements.tsv` path, min, max, types (`Reference:Patient|Group`; `#Path` repeats another element), binding
//! (strength, value set), flags. A row without a dot begins a type: its base stands under types, its kind under flags.
//! `value-sets.tsv`: value set, system, codes. `search-parameters.tsv`: the fields of [`SearchParameterRow`].
//! `compartments.tsv`: the fields of [`CompartmentRow`]. `invariants.tsv`: the fields of [`InvariantRow`].

mod element;
mod shape;
mod tables;

pub use element::{Binding, Element, ElementType, Strength};
pub use shape::{Content, Primitive, Property, Shape, ShapeId};
pub use tables::{CompartmentRow, InvariantRow, SearchParameterRow, ValueSet};

use std::collections::HashMap;
use std::sync::LazyLock;

/// Url prefix that value sets of the core specification are written without.
pub const VALUE_SET_PREFIX: &str = "http://hl7.org/fhir/ValueSet/";

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(Definitions::read);

/// The R4 definitions.
pub fn definitions() -> &'static Definitions {
    &DEFINITIONS
}

/// The tables, read.
#[derive(Debug)]
pub struct Definitions {
    elements: Vec<Element>,
    by_path: HashMap<&'static str, usize>,
    shapes: Vec<Shape>,
    by_name: HashMap<&'static str, ShapeId>,
    value_sets: Vec<ValueSet>,
    search_parameters: Vec<SearchParameterRow>,
    compartments: Vec<CompartmentRow>,
    invariants: Vec<InvariantRow>,
}

impl Definitions {
    fn read() -> Definitions {
        let value_sets = tables::value_sets(include_str!("../../../definitions/value-sets.tsv"));
        let elements = element::read(include_str!("../../../definitions/elements.tsv"), &value_sets);
        let by_path = elements.iter().enumerate().map(|(place, element)| (element.path, place)).collect();
        let (shapes, by_name) = shape::build(&elements);
        Definitions {
            elements,
            by_path,
            shapes,
            by_name,
            value_sets,
            search_parameters: tables::search_parameters(include_str!("../../../definitions/search-parameters.tsv")),
            compartments: tables::compartments(include_str!("../../../definitions/compartments.tsv")),
            invariants: tables::invariants(include_str!("../../../definitions/invariants.tsv")),
        }
    }

    /// The element that the definitions describe under this path: `Observation.value[x]`. Inherited elements are described
    /// under the type that brings them: `Element.extension`, `DomainResource.text`, `Resource.meta`.
    pub fn element(&self, path: &str) -> Option<&Element> {
        self.by_path.get(path).and_then(|place| self.elements.get(*place))
    }

    /// Every element in the order of the table.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The names that JSON uses in a resource, data type or backbone element: `Observation`, `Period`, `Observation.component`.
    pub fn shape(&self, name: &str) -> Option<&Shape> {
        self.by_name.get(name).and_then(|id| self.shape_of(*id))
    }

    /// The shape that a property's content points at.
    pub fn shape_of(&self, id: ShapeId) -> Option<&Shape> {
        self.shapes.get(id.place())
    }

    /// Every shape, in the order of their places.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The description of the element behind a property.
    pub fn element_of(&self, property: &Property) -> Option<&Element> {
        self.elements.get(property.element)
    }

    /// A required value set whose codes are known, by url or, for those of the core specification, by the end of the url.
    pub fn value_set(&self, name: &str) -> Option<&ValueSet> {
        let name = name.strip_prefix(VALUE_SET_PREFIX).unwrap_or(name);
        let place = self.value_sets.binary_search_by(|set| set.name.cmp(name)).ok()?;
        self.value_sets.get(place)
    }

    /// The codes that a binding requires, where they are known.
    pub fn codes_of(&self, binding: &Binding) -> Option<&ValueSet> {
        binding.codes.and_then(|place| self.value_sets.get(place))
    }

    /// Every search parameter, sorted by id.
    pub fn search_parameters(&self) -> &[SearchParameterRow] {
        &self.search_parameters
    }

    /// Every membership in a compartment, sorted by compartment and type.
    pub fn compartments(&self) -> &[CompartmentRow] {
        &self.compartments
    }

    /// Every invariant, sorted by path.
    pub fn invariants(&self) -> &[InvariantRow] {
        &self.invariants
    }

    /// A place written with JSON's names (`Observation.valueQuantity.value`), as FHIRPath writes it (`Observation.value.value`).
    pub fn fhirpath(&self, expression: &str) -> Option<String> {
        let mut parts = expression.split('.');
        let root = parts.next()?;
        let mut shape = self.shape(root);
        let mut out = root.to_owned();
        for part in parts {
            let (name, index) = part.split_once('[').map_or((part, None), |(name, index)| (name, Some(index)));
            let property = shape.and_then(|shape| shape.property(name));
            out.push('.');
            let element = property.and_then(|property| self.element_of(property));
            out.push_str(element.map_or(name, |element| element.name()));
            if let Some(index) = index.filter(|index| *index != "x]") {
                out.push('[');
                out.push_str(index);
            }
            shape = property.and_then(|property| match property.content {
                Content::Shape(id) => self.shape_of(id),
                _ => None,
            });
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests;
