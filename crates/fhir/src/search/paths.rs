//! The path compiler: all search parameters of a resource type become one plan, a trie over the JSON's keys.
//!
//! Choice types are spelled out (`onset` is `onsetDateTime`, `onsetAge`, ..), every end has its FHIR type and so its
//! [`Reading`], and conditions hang on the element that they ask about. A resource is then walked once, whatever the number of
//! its parameters. What does not compile is kept by name ([`Plan::uncompiled`]); a test holds the list.

use super::ParamId;
use super::expression::{self, Alternative, Step, Test};
use super::params::{Component, Param};
use super::source;
use super::values::Reading;
use crate::ResourceType;

/// How to find all values of all parameters in resources of one type.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Where the walk begins.
    pub(super) root: Node,
    /// Parameters that are true or false of the whole resource: true when one of these elements is there and not false.
    pub(super) presences: Vec<Presence>,
    /// The parameters with an alternative that found no way to a value, with that alternative.
    pub(super) uncompiled: Vec<(ParamId, String)>,
}

/// What to do at one element of a resource.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Values to read here.
    pub(super) reads: Vec<(ParamId, Reading)>,
    /// Where to go on, sorted by key.
    pub(super) children: Vec<(String, Node)>,
    /// What else to do where a condition on this element holds.
    pub(super) guarded: Vec<(Guard, Node)>,
    /// Composites of which this is the element.
    pub(super) composites: Vec<Composite>,
}

/// A condition on an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// It has this text under this key.
    Equals(String, String),
    /// It has an extension of this url.
    HasExtension(String),
    /// It is the n-th of its list.
    Index(usize),
}

/// `X.exists() and X != false`
#[derive(Debug)]
pub(super) struct Presence {
    /// The parameter.
    pub(super) param: ParamId,
    /// The keys that X may have.
    pub(super) keys: Vec<String>,
}

/// A composite parameter at its element.
#[derive(Debug)]
pub(super) struct Composite {
    /// The parameter.
    pub(super) param: ParamId,
    /// One plan a component: from the resource where said, else from the element.
    pub(super) components: Vec<(Origin, Node)>,
}

/// From where a component's path counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The composite's element.
    Element,
    /// `%resource`
    Resource,
}

/// A place that a path has come to: how to get there in JSON and what it is in the definitions.
#[derive(Clone, Debug)]
struct Place {
    moves: Vec<Move>,
    definition: String,
    types: Vec<&'static str>,
    system: Option<&'static str>,
    only: Option<ResourceType>,
}

#[derive(Clone, Debug)]
enum Move {
    Key(String),
    Guard(Guard),
}

/// Compiles the parameters of a type; those of `Resource` are of every type.
pub(super) fn compile<'p>(kind: ResourceType, params: impl Iterator<Item = &'p Param>) -> Plan {
    let mut plan = Plan::default();
    for param in params {
        let ends = compile_param(kind, param, &mut plan);
        if ends == 0 {
            plan.uncompiled.push((param.id, param.expression.to_owned()));
        }
    }
    plan.root.sort();
    plan
}

/// Adds one parameter; how many ends it found. Alternatives of other types are passed over.
fn compile_param(kind: ResourceType, param: &Param, plan: &mut Plan) -> usize {
    let Ok(alternatives) = expression::read(param.expression) else { return 0 };
    let mut found = 0;
    for alternative in alternatives {
        match alternative {
            Alternative::Path { steps, .. } => {
                let Some(places) = from_root(kind, &steps) else { continue };
                let ends = attach(param, &places, plan);
                if ends == 0 {
                    plan.uncompiled.push((param.id, param.expression.to_owned()));
                }
                found += ends.max(1);
            }
            Alternative::ExistsAndIsNotFalse(steps) => {
                let keys: Vec<String> =
                    from_root(kind, &steps).unwrap_or_default().into_iter().filter_map(only_key).collect();
                found += keys.len();
                plan.presences.push(Presence { param: param.id, keys });
            }
        }
    }
    found
}

fn attach(param: &Param, places: &[Place], plan: &mut Plan) -> usize {
    if param.components.is_empty() {
        return places.iter().map(|place| plan.root.add_reads(param, place)).sum();
    }
    let composites = places.iter().filter_map(|place| Some((place, composite(param, place)?)));
    let before = plan.root.count_composites();
    for (place, composite) in composites {
        plan.root.reach(&place.moves).composites.push(composite);
    }
    plan.root.count_composites() - before
}

/// The places of a path that begins with the type's name, `Resource`, or at once with an element's name; `None` when it
/// begins with another type.
fn from_root(kind: ResourceType, steps: &[Step<'_>]) -> Option<Vec<Place>> {
    let (Step::Child(first), rest) = steps.split_first()? else { return None };
    if first.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        return Some(walk(vec![Place::root(kind.name())], steps));
    }
    let is_here = *first == kind.name() || matches!(*first, "Resource" | "DomainResource");
    is_here.then(|| walk(vec![Place::root(first)], rest))
}

fn walk(places: Vec<Place>, steps: &[Step<'_>]) -> Vec<Place> {
    steps.iter().fold(places, |places, step| places.into_iter().flat_map(|place| place.step(step)).collect())
}

fn only_key(place: Place) -> Option<String> {
    match <[Move; 1]>::try_from(place.moves) {
        Ok([Move::Key(key)]) => Some(key),
        _ => None,
    }
}

/// The plans of a composite's components at one of its elements; `None` when one of them can have no value there.
fn composite(param: &Param, place: &Place) -> Option<Composite> {
    let components =
        param.components.iter().map(|component| component_plan(param, component, place)).collect::<Option<_>>()?;
    Some(Composite { param: param.id, components })
}

fn component_plan(param: &Param, component: &Component, place: &Place) -> Option<(Origin, Node)> {
    let part = super::params::by_id(component.param)?;
    let here = Place { moves: Vec::new(), ..place.clone() };
    let (mut node, mut ends, mut origin) = (Node::default(), 0, Origin::Element);
    for alternative in expression::read(component.expression).ok()? {
        let Alternative::Path { from_resource, steps } = alternative else { return None };
        let start = if from_resource { Place::root(param.base?.name()) } else { here.clone() };
        origin = if from_resource { Origin::Resource } else { origin };
        ends += walk(vec![start], &steps).iter().map(|place| node.add_reads(part, place)).sum::<usize>();
    }
    node.sort();
    (ends > 0).then_some((origin, node))
}

impl Place {
    fn root(name: &str) -> Self {
        Self { moves: Vec::new(), definition: name.to_owned(), types: Vec::new(), system: None, only: None }
    }

    fn step(self, step: &Step<'_>) -> Vec<Self> {
        match step {
            Step::Child(name) => self.children(name),
            Step::As(name) => {
                let is_type = self.types.iter().any(|found| found.eq_ignore_ascii_case(name));
                if is_type { vec![self] } else { Vec::new() }
            }
            Step::Index(index) => vec![self.guarded(Guard::Index(*index))],
            Step::Extension(url) => {
                let extensions = self.children("extension").into_iter();
                let wanted = extensions.map(|place| place.guarded(Guard::Equals("url".to_owned(), (*url).to_owned())));
                wanted.flat_map(|place| place.children("value")).collect()
            }
            Step::Where(Test::Equals(name, value)) => {
                vec![self.guarded(Guard::Equals((*name).to_owned(), (*value).to_owned()))]
            }
            Step::Where(Test::HasExtension(url)) => vec![self.guarded(Guard::HasExtension((*url).to_owned()))],
            Step::Where(Test::ResolvesTo(name)) => vec![Self { only: ResourceType::parse(name), ..self }],
        }
    }

    fn guarded(mut self, guard: Guard) -> Self {
        self.moves.push(Move::Guard(guard));
        self
    }

    /// The element of this name, or of each type that a choice of this name can have.
    fn children(&self, name: &str) -> Vec<Self> {
        self.owners().iter().find_map(|owner| self.children_of(owner, name)).unwrap_or_default()
    }

    /// Where the definitions may describe this place's elements: under its path, its types, or what every resource and element has.
    fn owners(&self) -> Vec<String> {
        let mut owners = vec![self.definition.clone()];
        owners.extend(self.types.iter().map(|name| (*name).to_owned()));
        let common = if self.types.is_empty() { &["DomainResource", "Resource"][..] } else { &["Element"][..] };
        owners.extend(common.iter().map(|name| (*name).to_owned()));
        owners
    }

    fn children_of(&self, owner: &str, name: &str) -> Option<Vec<Self>> {
        let path = format!("{owner}.{name}");
        if let Some(element) = source::element(&path) {
            return Some(vec![self.child(name.to_owned(), element)]);
        }
        let choice = source::element(&format!("{path}[x]"))?;
        let of_type = |of: &&'static str| {
            self.child(choice_key(name, of), source::Element { types: vec![*of], ..choice.clone() })
        };
        Some(choice.types.iter().map(of_type).collect())
    }

    fn child(&self, key: String, element: source::Element) -> Self {
        let mut moves = self.moves.clone();
        moves.push(Move::Key(key));
        let source::Element { path, types, system } = element;
        Self { moves, definition: path.to_owned(), types, system, only: self.only }
    }
}

/// `onset` as `dateTime` is `onsetDateTime`.
fn choice_key(name: &str, of: &str) -> String {
    let (first, rest) = of.split_at_checked(1).unwrap_or((of, ""));
    format!("{name}{}{rest}", first.to_ascii_uppercase())
}

impl Node {
    /// Adds the readings of a place for a parameter; how many there are.
    fn add_reads(&mut self, param: &Param, place: &Place) -> usize {
        let readings = place.types.iter().filter_map(|of| Reading::of(param.kind, of));
        let readings: Vec<Reading> = readings.map(|reading| reading.refined(place.system, place.only)).collect();
        if !readings.is_empty() {
            let node = self.reach(&place.moves);
            for reading in &readings {
                if !node.reads.contains(&(param.id, *reading)) {
                    node.reads.push((param.id, *reading));
                }
            }
        }
        readings.len()
    }

    /// The node at the end of the moves, made where it is not there yet.
    fn reach(&mut self, moves: &[Move]) -> &mut Self {
        let Some((first, rest)) = moves.split_first() else { return self };
        let next = match first {
            Move::Key(key) => entry(&mut self.children, key),
            Move::Guard(guard) => entry(&mut self.guarded, guard),
        };
        next.reach(rest)
    }

    fn sort(&mut self) {
        self.children.sort_by(|one, other| one.0.cmp(&other.0));
        self.children.iter_mut().for_each(|(_, child)| child.sort());
        self.guarded.iter_mut().for_each(|(_, child)| child.sort());
    }

    fn count_composites(&self) -> usize {
        let below = self.children.iter().map(|(_, child)| child.count_composites());
        self.composites.len() + below.sum::<usize>()
    }

    /// Where to go on at a key.
    pub(super) fn child(&self, key: &str) -> Option<&Self> {
        let place = self.children.binary_search_by(|(name, _)| name.as_str().cmp(key)).ok()?;
        self.children.get(place).map(|(_, child)| child)
    }
}

fn entry<'n, K: PartialEq + Clone>(nodes: &'n mut Vec<(K, Node)>, key: &K) -> &'n mut Node {
    let place = nodes.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
        nodes.push((key.clone(), Node::default()));
        nodes.len() - 1
    });
    #[expect(clippy::indexing_slicing, reason = "the position was found or made in the line above")]
    &mut nodes[place].1
}
