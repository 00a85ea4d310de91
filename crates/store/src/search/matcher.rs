//! Whether a row satisfies the conditions of a query, read from its vector without a parse.
//!
//! The meaning of a test is `fhir::search::matches`. What the store adds is speed and visibility: a word of the
//! dictionary is judged once for a whole search, and a hop of a chain only ever lands on what the reader may see.

use super::answer::{any_match, matching_rows};
use super::plan;
use crate::engine::RowView;
use crate::error::StoreError;
use crate::fid::Fid;
use crate::names::{Part, Rid};
use crate::session::Session;
use crate::vector::{Group, GroupReference, Groups};
use crate::visibility::Visibility;
use fhir::search::{Condition, ParamId, Prefix, Span, Test, date_is, matches};
use fhir::{ResourceId, ResourceType};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// How many resources a `_has` may find for it to be answered once for all candidates.
const HAS_SET_MAX: usize = 20_000;

/// The conditions of a query on one type, made ready.
pub(crate) struct Matcher<'s> {
    session: &'s Session<'s>,
    visibility: &'s Visibility,
    nodes: Vec<Node>,
}

enum Node {
    Any(Leaf),
    NoneOf(Leaf),
    Missing(Leaf, bool),
    Id(Vec<ResourceId>),
    LastUpdated(Vec<(Prefix, Span)>),
    Chain(Chain),
    Has(Has),
    AnyOf(Vec<Node>),
}

/// Tests on values of some parameters.
struct Leaf {
    params: Vec<ParamId>,
    tests: Vec<Test>,
    /// The parts of patients that the tests name: what a reference to the own patient is compared with.
    parts: Vec<Part>,
    /// What is known of each word.
    verdicts: RefCell<Vec<Verdict>>,
}

/// What a word means for a leaf.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Unknown,
    /// Not of these parameters.
    Foreign,
    Fails,
    Satisfies,
    /// Of these parameters, but its meaning depends on the row.
    AskRow,
}

struct Chain {
    param: ParamId,
    target: ResourceType,
    inner: Vec<Node>,
    known: RefCell<HashMap<Rid, bool>>,
}

struct Has {
    source: ResourceType,
    via: ParamId,
    inner: Vec<Condition>,
    targets: RefCell<Option<Targets>>,
}

/// How a `_has` is answered.
enum Targets {
    /// All that are pointed at, found beforehand.
    Set(HashSet<Rid>),
    /// Too many: each candidate is looked at on its own.
    AskEach,
}

/// What a leaf found in a row.
struct Finding {
    has_value: bool,
    satisfied: bool,
}

impl<'s> Matcher<'s> {
    pub(crate) fn new(
        session: &'s Session<'s>,
        visibility: &'s Visibility,
        conditions: &[Condition],
    ) -> Result<Self, StoreError> {
        Ok(Self { session, visibility, nodes: nodes(session, conditions)? })
    }

    /// Whether a row, already known to be visible, satisfies all conditions.
    pub(crate) fn is_match(&self, row: &RowView<'_>) -> Result<bool, StoreError> {
        self.all(&self.nodes, row)
    }

    fn all(&self, nodes: &[Node], row: &RowView<'_>) -> Result<bool, StoreError> {
        for node in nodes {
            if !self.holds(node, row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn holds(&self, node: &Node, row: &RowView<'_>) -> Result<bool, StoreError> {
        Ok(match node {
            Node::Any(leaf) => self.find(leaf, row)?.satisfied,
            Node::NoneOf(leaf) => !self.find(leaf, row)?.satisfied,
            Node::Missing(leaf, missing) => self.find(leaf, row)?.has_value != *missing,
            Node::Id(ids) => ids.iter().any(|id| Fid::of(id) == row.fid),
            Node::LastUpdated(tests) => {
                let span = Span { from_ms: row.updated_ms, until_ms: row.updated_ms.saturating_add(1) };
                tests.iter().any(|(prefix, asked)| date_is(*prefix, *asked, span))
            }
            Node::Chain(chain) => self.chain_holds(chain, row)?,
            Node::Has(has) => self.has_holds(has, row)?,
            Node::AnyOf(nodes) => {
                for node in nodes {
                    if self.holds(node, row)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }

    fn find(&self, leaf: &Leaf, row: &RowView<'_>) -> Result<Finding, StoreError> {
        let groups = self.session.groups(row.vector);
        let mut has_value = false;
        let mut verdicts = leaf.verdicts.borrow_mut();
        for group in groups {
            let place = group.word.and_then(|word| usize::try_from(word).ok());
            let known = place.and_then(|place| verdicts.get(place)).copied().unwrap_or(Verdict::Unknown);
            let verdict = match known {
                Verdict::Unknown => {
                    let verdict = leaf.judge(group, groups);
                    if let Some(place) = place {
                        if verdicts.len() <= place {
                            verdicts.resize(place + 1, Verdict::Unknown);
                        }
                        verdicts.get_mut(place).into_iter().for_each(|known| *known = verdict);
                    }
                    verdict
                }
                known => known,
            };
            let satisfied = match verdict {
                Verdict::Foreign | Verdict::Unknown => continue,
                Verdict::Fails => false,
                Verdict::Satisfies => true,
                Verdict::AskRow => self.ask_row(leaf, (group, groups), row)?,
            };
            has_value = true;
            if satisfied {
                return Ok(Finding { has_value, satisfied });
            }
        }
        Ok(Finding { has_value, satisfied: false })
    }

    /// A reference to the own patient, or a composite.
    fn ask_row(
        &self,
        leaf: &Leaf,
        (group, groups): (Group<'_>, Groups<'_>),
        row: &RowView<'_>,
    ) -> Result<bool, StoreError> {
        if group.reference() == Some(GroupReference::OwnPatient) {
            return Ok(leaf.parts.contains(&row.rid.part()));
        }
        let mut value = group.value(None, groups);
        if value.is_none() {
            let own = self.session.engine.patient_of(row.rid.part())?;
            value = group.value(own.as_ref(), groups);
        }
        Ok(value.is_some_and(|value| leaf.tests.iter().any(|test| matches(test, &value))))
    }

    fn chain_holds(&self, chain: &Chain, row: &RowView<'_>) -> Result<bool, StoreError> {
        for group in self.session.groups(row.vector).filter(|group| group.has(chain.param)) {
            let Some(target) = self.target(group, row, Some(chain.target))? else { continue };
            let known = chain.known.borrow().get(&target).copied();
            let holds = match known {
                Some(holds) => holds,
                None => self.target_holds(chain, target)?,
            };
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn target_holds(&self, chain: &Chain, target: Rid) -> Result<bool, StoreError> {
        let mut holds = false;
        self.session.engine.row(target, &mut |view| {
            holds = self.session.sees_row(self.visibility, &view)? && self.all(&chain.inner, &view)?;
            Ok(ControlFlow::Break(()))
        })?;
        chain.known.borrow_mut().insert(target, holds);
        Ok(holds)
    }

    /// The live resource that a group points at, when it is of the type.
    fn target(
        &self,
        group: Group<'_>,
        row: &RowView<'_>,
        kind: Option<ResourceType>,
    ) -> Result<Option<Rid>, StoreError> {
        reference_target(self.session, group, row.rid, kind)
    }

    fn has_holds(&self, has: &Has, row: &RowView<'_>) -> Result<bool, StoreError> {
        if has.targets.borrow().is_none() {
            let targets = self.has_targets(has)?;
            *has.targets.borrow_mut() = Some(targets);
        }
        if let Some(Targets::Set(set)) = has.targets.borrow().as_ref() {
            return Ok(set.contains(&row.rid));
        }
        let (Some(kind), Some(id)) = (row.rid.kind(), row.fid.id()) else { return Ok(false) };
        let points_here = Condition::Any { param: has.via, tests: vec![Test::Reference { kind: Some(kind), id }] };
        let conditions: Vec<Condition> = std::iter::once(points_here).chain(has.inner.iter().cloned()).collect();
        any_match(self.session, self.visibility, (has.source, &conditions))
    }

    fn has_targets(&self, has: &Has) -> Result<Targets, StoreError> {
        let found = has_targets(self.session, self.visibility, (has.source, has.via), &has.inner)?;
        Ok(found.map_or(Targets::AskEach, |found| Targets::Set(found.into_iter().collect())))
    }
}

/// Everything that visible resources of a type point at through a parameter, when they are few enough to list.
pub(super) fn has_targets(
    session: &Session<'_>,
    visibility: &Visibility,
    (source, via): (ResourceType, ParamId),
    inner: &[Condition],
) -> Result<Option<Vec<Rid>>, StoreError> {
    if !plan::is_narrow(session, visibility, (source, inner), HAS_SET_MAX)? {
        return Ok(None);
    }
    let mut targets = Vec::new();
    matching_rows(session, visibility, (source, inner), &mut |row| {
        for group in session.groups(row.vector).filter(|group| group.has(via)) {
            targets.extend(reference_target(session, group, row.rid, None)?);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    targets.sort_unstable();
    targets.dedup();
    Ok(Some(targets))
}

/// The live resource that a group points at, when it is of the type (or of any).
pub(super) fn reference_target(
    session: &Session<'_>,
    group: Group<'_>,
    from: Rid,
    kind: Option<ResourceType>,
) -> Result<Option<Rid>, StoreError> {
    match group.reference() {
        Some(GroupReference::OwnPatient) if kind.is_none_or(|kind| kind == ResourceType::PATIENT) => {
            Ok(Session::patient_rid(from.part()))
        }
        Some(GroupReference::Local(target, fid)) if kind.is_none_or(|kind| kind == target) => {
            session.rid_of(target, fid)
        }
        _ => Ok(None),
    }
}

impl Leaf {
    fn new(session: &Session<'_>, params: &[ParamId], tests: &[Test]) -> Result<Self, StoreError> {
        let mut parts = Vec::new();
        for test in tests {
            if let Test::Reference { kind: None | Some(ResourceType::PATIENT), id } = test {
                parts.extend(session.part_of(id)?);
            }
        }
        Ok(Self { params: params.to_vec(), tests: tests.to_vec(), parts, verdicts: RefCell::default() })
    }

    /// What a group means, as far as it can be said without its row.
    fn judge(&self, group: Group<'_>, groups: Groups<'_>) -> Verdict {
        if !self.params.iter().any(|param| group.has(*param)) {
            return Verdict::Foreign;
        }
        if group.leans_on_row() {
            return Verdict::AskRow;
        }
        let satisfied = match group.reference() {
            Some(GroupReference::Local(kind, fid)) => self.tests.iter().any(|test| {
                matches!(test, Test::Reference { kind: asked, id }
                    if asked.is_none_or(|asked| asked == kind) && Fid::of(id) == fid)
            }),
            _ => group.value(None, groups).is_some_and(|value| self.tests.iter().any(|test| matches(test, &value))),
        };
        if satisfied { Verdict::Satisfies } else { Verdict::Fails }
    }
}

fn nodes(session: &Session<'_>, conditions: &[Condition]) -> Result<Vec<Node>, StoreError> {
    conditions.iter().map(|condition| node(session, condition)).collect()
}

fn node(session: &Session<'_>, condition: &Condition) -> Result<Node, StoreError> {
    let leaf = |params: &[ParamId], tests: &[Test]| Leaf::new(session, params, tests);
    Ok(match condition {
        Condition::Any { param, tests } => Node::Any(leaf(&[*param], tests)?),
        Condition::NoneOf { param, tests } => Node::NoneOf(leaf(&[*param], tests)?),
        Condition::Missing { param, missing } => Node::Missing(leaf(&[*param], &[])?, *missing),
        Condition::Id(ids) => Node::Id(ids.clone()),
        Condition::LastUpdated(tests) => Node::LastUpdated(tests.clone()),
        Condition::Chain { param, target, inner } => Node::Chain(Chain {
            param: *param,
            target: *target,
            inner: nodes(session, inner)?,
            known: RefCell::default(),
        }),
        Condition::Has { source, via, inner } => {
            Node::Has(Has { source: *source, via: *via, inner: inner.clone(), targets: RefCell::default() })
        }
        Condition::AnyOf(conditions) => Node::AnyOf(nodes(session, conditions)?),
        Condition::Compartment { kind, id, params } => {
            Node::Any(leaf(params, &[Test::Reference { kind: Some(*kind), id: id.clone() }])?)
        }
    })
}
