//! The reference: resources in memory and every condition tried on every one, by nothing but [`matches`].

use super::super::*;
use crate::{Json, ResourceId, ResourceType};
use std::collections::HashMap;

/// Resources as their entries.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) resources: Vec<Kept>,
    places: HashMap<(ResourceType, ResourceId), usize>,
}

/// One resource.
pub(super) struct Kept {
    pub(super) kind: ResourceType,
    pub(super) id: ResourceId,
    pub(super) entries: Vec<Entry<'static>>,
}

impl Memory {
    /// Takes a resource; its tree lives as long as the test.
    pub(super) fn add(&mut self, kind: ResourceType, tree: &'static Json<'static>) {
        let id = ResourceId::parse(tree.get("id").and_then(Json::text).expect("an id")).expect("a good id");
        self.places.insert((kind, id.clone()), self.resources.len());
        self.resources.push(Kept { kind, id, entries: extract(kind, tree) });
    }

    /// All that satisfy the query's conditions, in the order they came.
    pub(super) fn search(&self, query: &Query) -> Vec<&Kept> {
        let of_kind = self.resources.iter().filter(|kept| kept.kind == query.kind);
        of_kind.filter(|kept| query.conditions.iter().all(|condition| self.holds(condition, kept))).collect()
    }

    fn holds(&self, condition: &Condition, kept: &Kept) -> bool {
        match condition {
            Condition::Any { param, tests } => kept.any(*param, tests),
            Condition::NoneOf { param, tests } => !kept.any(*param, tests),
            Condition::Missing { param, missing } => kept.values(*param).next().is_none() == *missing,
            Condition::Id(ids) => ids.contains(&kept.id),
            Condition::LastUpdated(_) => true,
            Condition::AnyOf(conditions) => conditions.iter().any(|condition| self.holds(condition, kept)),
            Condition::Chain { param, target, inner } => kept.values(*param).any(|value| match value {
                Value::Reference(Target::Local(kind, id)) if kind == target => self.all_hold(inner, *kind, id),
                _ => false,
            }),
            Condition::Has { source, via, inner } => {
                let mut sources =
                    self.resources.iter().filter(|other| other.kind == *source && other.points_at(*via, kept));
                sources.any(|other| inner.iter().all(|condition| self.holds(condition, other)))
            }
            Condition::Compartment { kind, id, params } => {
                let test = [Test::Reference { kind: Some(*kind), id: id.clone() }];
                params.iter().any(|param| kept.any(*param, &test))
            }
        }
    }

    fn all_hold(&self, inner: &[Condition], kind: ResourceType, id: &ResourceId) -> bool {
        let target = self.places.get(&(kind, id.clone())).and_then(|place| self.resources.get(*place));
        target.is_some_and(|target| inner.iter().all(|condition| self.holds(condition, target)))
    }
}

impl Kept {
    pub(super) fn values(&self, param: ParamId) -> impl Iterator<Item = &Value<'static>> {
        self.entries.iter().filter(move |entry| entry.param == param).map(|entry| &entry.value)
    }

    fn any(&self, param: ParamId, tests: &[Test]) -> bool {
        self.values(param).any(|value| tests.iter().any(|test| matches(test, value)))
    }

    fn points_at(&self, via: ParamId, target: &Kept) -> bool {
        self.any(via, &[Test::Reference { kind: Some(target.kind), id: target.id.clone() }])
    }
}
