//! One row of `elements.tsv`: what an element may hold and how often.
//!
//! Texts borrow from the table that is part of the binary. A row that cannot be read is left out; the test that regenerates the
//! tables and those in `definitions/tests.rs` notice it.

use super::tables::{ValueSet, rows};

/// An element as the specification describes it.
#[derive(Clone, Debug)]
pub struct Element {
    /// `Observation.value[x]`; a type's own row has no dot.
    pub path: &'static str,
    /// The fewest.
    pub min: u8,
    /// Whether there may be more than one, so that JSON writes an array.
    pub is_list: bool,
    /// The types it may have; for a type's own row, the type that it extends.
    pub types: Vec<ElementType>,
    /// The path of the element whose content this one repeats.
    pub same_as: Option<&'static str>,
    /// The value set that its codes come from.
    pub binding: Option<Binding>,
    /// `summary`, `modifier`; for a type's own row its kind (`resource`, `complex`, `primitive`, `abstract`) and, of a resource
    /// type, the part of the specification that it belongs to (`Clinical.Diagnostics`).
    pub flags: &'static str,
}

/// A type that an element may have.
#[derive(Clone, Copy, Debug)]
pub struct ElementType {
    /// `Reference`, `string`, `BackboneElement`
    pub code: &'static str,
    targets: &'static str,
}

impl ElementType {
    /// The resource types that a reference or canonical may point at; none where it may be any.
    pub fn targets(&self) -> impl Iterator<Item = &'static str> {
        self.targets.split('|').filter(|target| !target.is_empty())
    }
}

/// Which value set an element's codes come from.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// How binding it is.
    pub strength: Strength,
    /// The value set, without the prefix of the core specification.
    pub value_set: &'static str,
    /// The place of the codes, where the binding is required and they are known.
    pub(super) codes: Option<usize>,
}

/// How binding a value set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// Only codes of the set.
    Required,
    /// Others where the set has none.
    Extensible,
    /// Better codes of the set.
    Preferred,
    /// Any.
    Example,
}

impl Element {
    /// The last part of the path without `[x]`, as FHIRPath names it.
    pub fn name(&self) -> &'static str {
        let last = self.path.rsplit('.').next().unwrap_or(self.path);
        last.strip_suffix("[x]").unwrap_or(last)
    }

    /// Whether it is a choice of types, `value[x]`.
    pub fn is_choice(&self) -> bool {
        self.path.ends_with("[x]")
    }

    /// Whether it is part of a summary.
    pub fn is_summary(&self) -> bool {
        self.flags.contains("summary")
    }

    /// Whether it can change the meaning of the others.
    pub fn is_modifier(&self) -> bool {
        self.flags.contains("modifier")
    }

    /// The part of the specification that a resource type belongs to: `Clinical.Diagnostics`.
    pub fn category(&self) -> Option<&'static str> {
        self.flags.split_once(' ').map(|(_, category)| category).filter(|_| self.is_type())
    }

    /// Whether this is the row of a type and not of an element in it.
    pub fn is_type(&self) -> bool {
        !self.path.contains('.')
    }
}

pub(super) fn read(table: &'static str, value_sets: &[ValueSet]) -> Vec<Element> {
    rows(table).filter_map(|cells| element(cells, value_sets)).collect()
}

fn element(cells: [&'static str; 9], value_sets: &[ValueSet]) -> Option<Element> {
    let [path, min, max, types, binding, flags, ..] = cells;
    Some(Element {
        path,
        min: min.parse().ok()?,
        is_list: !matches!(max, "0" | "1"),
        types: types.split(' ').filter(|of| !of.is_empty() && !of.starts_with('#')).map(element_type).collect(),
        same_as: types.strip_prefix('#'),
        binding: element_binding(binding, value_sets),
        flags,
    })
}

fn element_type(cell: &'static str) -> ElementType {
    let (code, targets) = cell.split_once(':').unwrap_or((cell, ""));
    ElementType { code, targets }
}

fn element_binding(cell: &'static str, value_sets: &[ValueSet]) -> Option<Binding> {
    let (strength, value_set) = cell.split_once(' ')?;
    let strength = match strength {
        "required" => Strength::Required,
        "extensible" => Strength::Extensible,
        "preferred" => Strength::Preferred,
        _ => Strength::Example,
    };
    let codes = value_sets.binary_search_by(|set| set.name.cmp(value_set)).ok();
    Some(Binding { strength, value_set, codes: codes.filter(|_| strength == Strength::Required) })
}
