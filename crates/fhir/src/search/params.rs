//! The table of search parameters: one row for each parameter of each resource type, from the official definitions.
//!
//! A parameter of several types (`gender`) has a row for each, so that a row's targets, reading and place in the index are
//! its own; those of `Resource` (`_tag`, `_security`, `_profile`, `_source`) have one row for all types. `_id` and
//! `_lastUpdated` are no rows: they are conditions of their own. What search cannot serve is named in [`NOT_SERVED`].

use super::paths::{self, Plan};
use super::source;
use super::{ParamId, ParamKind};
use crate::ResourceType;
use crate::definitions::SearchParameterRow;
use std::sync::LazyLock;

/// A search parameter of one resource type.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its place in the table.
    pub id: ParamId,
    /// The name in a request.
    pub code: &'static str,
    /// Its kind.
    pub kind: ParamKind,
    /// The types that a reference may point at, as the definitions say; empty where they do not.
    pub targets: Vec<ResourceType>,
    /// The parts of a composite, in order.
    pub components: Vec<Component>,
    /// The type that it searches; `None` for those of every type.
    pub base: Option<ResourceType>,
    /// Where the values are.
    pub expression: &'static str,
    /// The id of the definition, the last part of its canonical url.
    pub definition: &'static str,
}

/// A part of a composite parameter.
#[derive(Clone, Copy, Debug)]
pub struct Component {
    /// The parameter whose kind it has.
    pub param: ParamId,
    /// Where the value is, from the composite's element.
    pub expression: &'static str,
}

/// Parameters that no index answers, with the reason that a client is given.
pub const NOT_SERVED: [(&str, &str); 6] = [
    ("_text", "Search in narrative is not offered; search by the parameters of the data."),
    ("_content", "Search in the whole content is not offered; search by the parameters of the data."),
    ("_list", "Lists are not resolved; read the List and search with `_id`."),
    ("_query", "There are no named queries here."),
    ("_filter", "The filter language is not offered; join parameters instead, and use commas for alternatives."),
    ("_contained", "Contained resources are not searched."),
];

/// Parameters of every type that are conditions of their own.
const NOT_ROWS: [&str; 2] = ["_id", "_lastUpdated"];

/// Where R4 (4.0.1) has the expressions of a composite's components the wrong way round, the right ones.
const ERRATA: [(&str, &str, &str); 2] =
    [("DocumentReference-relationship", "relatesto", "target"), ("DocumentReference-relationship", "relation", "code")];

struct Table {
    rows: Vec<Param>,
    /// Rows of every type, first in the table.
    shared: usize,
    /// Rows of a type, by type code.
    ranges: Vec<std::ops::Range<usize>>,
    /// Parameters that put a resource in a compartment, by compartment type and type.
    compartments: Vec<((ResourceType, ResourceType), Vec<ParamId>)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

static PLANS: LazyLock<Vec<Plan>> =
    LazyLock::new(|| ResourceType::all().map(|kind| paths::compile(kind, params(kind))).collect());

static NO_PLAN: LazyLock<Plan> = LazyLock::new(Plan::default);

/// The parameters of a type: those of every type, then its own in the order of their names.
pub fn params(kind: ResourceType) -> impl Iterator<Item = &'static Param> {
    let shared = TABLE.rows.iter().take(TABLE.shared);
    shared.chain(TABLE.own(kind))
}

/// The parameter of this name for a type.
#[must_use]
pub fn param(kind: ResourceType, code: &str) -> Option<&'static Param> {
    let own = TABLE.own(kind);
    let found = own.binary_search_by(|param| param.code.cmp(code)).ok().and_then(|place| own.get(place));
    found.or_else(|| TABLE.rows.iter().take(TABLE.shared).find(|param| param.code == code))
}

/// The parameter of this number.
#[must_use]
pub fn by_id(id: ParamId) -> Option<&'static Param> {
    TABLE.rows.get(usize::from(id.0))
}

/// The parameters that put a resource of this type in a patient's compartment; none for `Patient` itself beyond its links.
#[must_use]
pub fn patient_params(kind: ResourceType) -> &'static [ParamId] {
    compartment_params(ResourceType::PATIENT, kind)
}

/// The parameters that put a resource of a type in a compartment, for example `subject` and `performer` an Observation in a Patient's.
#[must_use]
pub fn compartment_params(compartment: ResourceType, kind: ResourceType) -> &'static [ParamId] {
    let found = TABLE.compartments.binary_search_by_key(&(compartment, kind), |(key, _)| *key);
    found.ok().and_then(|place| TABLE.compartments.get(place)).map_or(&[], |(_, params)| params)
}

/// Every alternative of every parameter that found no way to a value: base and code, and the expression.
#[must_use]
pub fn uncompiled() -> Vec<(String, String)> {
    let name = |id: ParamId| {
        by_id(id).map_or_else(String::new, |param| match param.base {
            Some(base) => format!("{}.{}", base.name(), param.code),
            None => param.code.to_owned(),
        })
    };
    PLANS.iter().flat_map(|plan| &plan.uncompiled).map(|(id, expression)| (name(*id), expression.clone())).collect()
}

pub(super) fn plan(kind: ResourceType) -> &'static Plan {
    PLANS.get(usize::from(kind.code())).unwrap_or_else(|| &*NO_PLAN)
}

impl Table {
    fn build() -> Self {
        let mut drafts: Vec<(Param, &'static SearchParameterRow)> = source::rows().flat_map(of_bases).collect();
        drafts.sort_by_key(|(param, _)| (param.base, param.code));
        drafts.dedup_by_key(|(param, _)| (param.base, param.code));
        let (mut rows, sources): (Vec<Param>, Vec<&SearchParameterRow>) = drafts.into_iter().unzip();
        for (place, row) in rows.iter_mut().enumerate() {
            row.id = ParamId(u16::try_from(place).unwrap_or(u16::MAX));
        }
        let ranges = ResourceType::all().map(|kind| {
            let start = rows.partition_point(|param| param.base < Some(kind));
            start..rows.partition_point(|param| param.base <= Some(kind))
        });
        let ranges = ranges.collect();
        let shared = rows.partition_point(|param| param.base.is_none());
        let mut table = Self { rows, shared, ranges, compartments: Vec::new() };
        let components: Vec<Vec<Component>> =
            table.rows.iter().zip(&sources).map(|(row, source)| table.components(row, source)).collect();
        table.rows.iter_mut().zip(components).for_each(|(row, components)| row.components = components);
        table.compartments = table.fill_compartments();
        table
    }

    fn own(&self, kind: ResourceType) -> &[Param] {
        self.ranges.get(usize::from(kind.code())).and_then(|range| self.rows.get(range.clone())).unwrap_or_default()
    }

    fn find(&self, kind: ResourceType, code: &str) -> Option<ParamId> {
        self.own(kind).iter().find(|param| param.code == code).map(|param| param.id)
    }

    /// Components are named by code in the definitions; here they become places in the table.
    fn components(&self, row: &Param, source: &SearchParameterRow) -> Vec<Component> {
        let Some(base) = row.base else { return Vec::new() };
        let named = source.components.iter().map(|(code, expression)| {
            let right = ERRATA.iter().find(|(id, part, _)| (*id, *part) == (source.id, *code));
            (*code, right.map_or(*expression, |(_, _, right)| *right))
        });
        named.filter_map(|(code, expression)| Some(Component { param: self.find(base, code)?, expression })).collect()
    }

    fn fill_compartments(&self) -> Vec<((ResourceType, ResourceType), Vec<ParamId>)> {
        let place = |(compartment, kind, codes): (ResourceType, ResourceType, &'static [&'static str])| {
            ((compartment, kind), codes.iter().filter_map(|code| self.find(kind, code)).collect())
        };
        let mut filled: Vec<_> = source::compartments().map(place).collect();
        filled.sort_by_key(|(key, _)| *key);
        filled
    }
}

/// One draft for each type that the row is of, without its place yet.
fn of_bases(row: &'static SearchParameterRow) -> impl Iterator<Item = (Param, &'static SearchParameterRow)> {
    let kind = source::kind(row);
    let is_served = !row.expression.is_empty() && !NOT_ROWS.contains(&row.code);
    row.bases.iter().filter(move |_| is_served).map(move |base| {
        let param = Param {
            id: ParamId(0),
            code: row.code,
            kind,
            targets: targets(row),
            components: Vec::new(),
            base: ResourceType::parse(base),
            expression: row.expression,
            definition: row.id,
        };
        (param, row)
    })
}

/// `patient` may be defined over subjects of several types, yet is only ever a patient.
fn targets(row: &SearchParameterRow) -> Vec<ResourceType> {
    if row.code == "patient" && row.targets.contains(&"Patient") {
        return vec![ResourceType::PATIENT];
    }
    row.targets.iter().filter_map(|name| ResourceType::parse(name)).collect()
}
