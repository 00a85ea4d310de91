//! The tables that need no more than reading: value sets, search parameters, compartments.
//!
//! Cells borrow from the text of the table; lists inside a cell are parted by spaces.

/// The codes of a value set.
#[derive(Clone, Debug)]
pub struct ValueSet {
    /// Its url, without the prefix of the core specification.
    pub name: &'static str,
    /// Every system with its codes, sorted.
    pub systems: Vec<(&'static str, Vec<&'static str>)>,
}

impl ValueSet {
    /// Whether the code is in the set, in whatever system.
    pub fn has_code(&self, code: &str) -> bool {
        self.systems.iter().any(|(_, codes)| codes.binary_search(&code).is_ok())
    }

    /// Whether the code of this system is in the set.
    pub fn has(&self, system: &str, code: &str) -> bool {
        self.systems.iter().any(|(of, codes)| *of == system && codes.binary_search(&code).is_ok())
    }

    /// The system that gives the code, where one does.
    pub fn system_of(&self, code: &str) -> Option<&'static str> {
        self.systems.iter().find(|(_, codes)| codes.binary_search(&code).is_ok()).map(|(system, _)| *system)
    }

    /// The system, where all codes come from one.
    pub fn only_system(&self) -> Option<&'static str> {
        match self.systems.as_slice() {
            [(system, _)] => Some(system),
            _ => None,
        }
    }
}

/// A search parameter as the specification publishes it.
#[derive(Clone, Debug)]
pub struct SearchParameterRow {
    /// `clinical-patient`
    pub id: &'static str,
    /// The name in a request: `patient`
    pub code: &'static str,
    /// `token`, `string` ...
    pub kind: &'static str,
    /// The types it searches; `Resource` and `DomainResource` stand for all.
    pub bases: Vec<&'static str>,
    /// The types that a reference may point at.
    pub targets: Vec<&'static str>,
    /// FHIRPath.
    pub expression: &'static str,
    /// The code and the expression of each part of a composite.
    pub components: Vec<(&'static str, &'static str)>,
    /// Prefixes.
    pub comparators: Vec<&'static str>,
    /// Modifiers.
    pub modifiers: Vec<&'static str>,
}

/// The parameters that put a type's resources in a compartment.
#[derive(Clone, Debug)]
pub struct CompartmentRow {
    /// `Patient`
    pub compartment: &'static str,
    /// The type of the resources.
    pub kind: &'static str,
    /// Codes of search parameters; `{def}` stands for the resource itself.
    pub parameters: Vec<&'static str>,
}

/// A rule of the specification whose breach is an error.
#[derive(Clone, Copy, Debug)]
pub struct InvariantRow {
    /// Of what: `Observation.referenceRange`
    pub path: &'static str,
    /// `obs-3`
    pub key: &'static str,
    /// FHIRPath that must be true.
    pub expression: &'static str,
    /// The specification's sentence.
    pub sentence: &'static str,
}

/// The rows of a table, each with up to nine cells; missing ones are empty. The first line names the columns.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 9]> {
    table.lines().skip(1).map(|line| {
        let mut cells = line.split('\t');
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    })
}

fn words(cell: &'static str) -> Vec<&'static str> {
    cell.split(' ').filter(|word| !word.is_empty()).collect()
}

pub(super) fn value_sets(table: &'static str) -> Vec<ValueSet> {
    let mut sets: Vec<ValueSet> = Vec::new();
    for [name, system, codes, ..] in rows(table) {
        let codes = (system, words(codes));
        match sets.last_mut().filter(|last| last.name == name) {
            Some(last) => last.systems.push(codes),
            None => sets.push(ValueSet { name, systems: vec![codes] }),
        }
    }
    sets.sort_by_key(|set| set.name);
    sets
}

pub(super) fn search_parameters(table: &'static str) -> Vec<SearchParameterRow> {
    let row = |cells: [&'static str; 9]| {
        let [id, code, kind, bases, targets, expression, components, comparators, modifiers] = cells;
        SearchParameterRow {
            id,
            code,
            kind,
            bases: words(bases),
            targets: words(targets),
            expression,
            components: components.split(';').filter_map(|part: &'static str| part.split_once('=')).collect(),
            comparators: words(comparators),
            modifiers: words(modifiers),
        }
    };
    rows(table).map(row).collect()
}

pub(super) fn compartments(table: &'static str) -> Vec<CompartmentRow> {
    let row = |[compartment, kind, parameters, ..]: [&'static str; 9]| CompartmentRow {
        compartment,
        kind,
        parameters: words(parameters),
    };
    rows(table).map(row).collect()
}

pub(super) fn invariants(table: &'static str) -> Vec<InvariantRow> {
    let row =
        |[path, key, expression, sentence, ..]: [&'static str; 9]| InvariantRow { path, key, expression, sentence };
    rows(table).map(row).collect()
}
