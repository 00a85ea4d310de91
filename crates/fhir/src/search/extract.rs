//! Extraction: one walk over a resource gives all values of all its search parameters.
//!
//! The plan of the type (see `paths`) says at each key what to read and where to go on; keys that no parameter asks
//! about are passed over without looking inside. Contained resources are not searched.

use super::paths::{Composite, Guard, Node, Origin, Presence};
use super::{Entry, Token, Value, params};
use crate::{Json, ResourceType};
use std::borrow::Cow;

/// Most combinations that a composite takes from one element: a concept with many codings times a list of values.
pub const COMBINATIONS_MAX: usize = 64;

/// All that a resource says for the search parameters of its type.
///
/// A composite has one entry for each combination of its components' values at the same element.
#[must_use]
pub fn extract<'a>(kind: ResourceType, resource: &'a Json<'a>) -> Vec<Entry<'a>> {
    let plan = params::plan(kind);
    let mut walk = Walk { resource, entries: Vec::with_capacity(24), scratch: Vec::new() };
    walk.visit(&plan.root, resource, 0);
    for presence in &plan.presences {
        walk.entries.push(presence_entry(presence, resource));
    }
    walk.entries
}

struct Walk<'a> {
    resource: &'a Json<'a>,
    entries: Vec<Entry<'a>>,
    scratch: Vec<Value<'a>>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, node: &Node, element: &'a Json<'a>, position: usize) {
        for (param, reading) in &node.reads {
            reading.read(element, &mut self.scratch);
            self.entries.extend(self.scratch.drain(..).map(|value| Entry { param: *param, value }));
        }
        for (guard, inner) in &node.guarded {
            if holds(guard, element, position) {
                self.visit(inner, element, position);
            }
        }
        if !node.children.is_empty() {
            for (key, value) in element.members() {
                let Some(child) = node.child(key) else { continue };
                for (position, item) in value.items().iter().enumerate() {
                    self.visit(child, item, position);
                }
            }
        }
        for composite in &node.composites {
            self.combine(composite, element);
        }
    }

    /// The last component goes first: it is the one that most often has no value.
    fn combine(&mut self, composite: &Composite, element: &'a Json<'a>) {
        let mut combinations: Vec<Vec<Value<'a>>> = vec![Vec::new()];
        for (origin, node) in composite.components.iter().rev() {
            let start = if *origin == Origin::Resource { self.resource } else { element };
            let values = values_of(node, start, self.resource);
            let longer = combinations.iter().flat_map(|known| values.iter().map(move |value| prepended(value, known)));
            combinations = longer.take(COMBINATIONS_MAX).collect();
            if combinations.is_empty() {
                return;
            }
        }
        let entry = |values| Entry { param: composite.param, value: Value::Composite(values) };
        self.entries.extend(combinations.into_iter().map(entry));
    }
}

fn values_of<'a>(node: &Node, start: &'a Json<'a>, resource: &'a Json<'a>) -> Vec<Value<'a>> {
    let mut walk = Walk { resource, entries: Vec::new(), scratch: Vec::new() };
    walk.visit(node, start, 0);
    walk.entries.into_iter().map(|entry| entry.value).collect()
}

fn prepended<'a>(value: &Value<'a>, rest: &[Value<'a>]) -> Vec<Value<'a>> {
    std::iter::once(value).chain(rest).cloned().collect()
}

fn holds(guard: &Guard, element: &Json<'_>, position: usize) -> bool {
    match guard {
        Guard::Equals(key, text) => element.get(key).and_then(Json::text) == Some(text.as_str()),
        Guard::HasExtension(url) => {
            let extensions = element.get("extension").map_or(&[][..], Json::items);
            extensions.iter().any(|extension| extension.get("url").and_then(Json::text) == Some(url.as_str()))
        }
        Guard::Index(index) => *index == position,
    }
}

fn presence_entry<'a>(presence: &Presence, resource: &Json<'_>) -> Entry<'a> {
    let is_true = presence.keys.iter().any(|key| resource.get(key).is_some_and(|value| value.as_bool() != Some(false)));
    let code = Cow::Borrowed(if is_true { "true" } else { "false" });
    Entry { param: presence.param, value: Value::Token(Token { code: Some(code), ..Token::default() }) }
}
