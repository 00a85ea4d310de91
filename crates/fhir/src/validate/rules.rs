//! Invariants of data types and resources, each with FHIR's key: most from the specification's table, some by hand.
//!
//! A rule looks at one object of its shape after the walk below it is done. [`of`] finds the rules of a shape by its place,
//! so that a shape without rules costs one look. Rules name the key of the invariant, so that a reader finds it in the specification.

mod bundle;
mod datatypes;
mod invariants;
mod resources;

use super::Pass;
use crate::definitions::{Shape, definitions};
use crate::json::Json;
use std::sync::LazyLock;

pub(super) use invariants::check as check_invariants;

/// Checks one object and tells what is wrong.
pub(super) type Rule = for<'p, 'r> fn(&'p mut Pass<'r>, &'r Json<'r>);

static BY_SHAPE: LazyLock<Vec<Vec<Rule>>> = LazyLock::new(|| {
    let mut rules = vec![Vec::new(); definitions().shapes().len()];
    for (name, rule) in datatypes::RULES.iter().chain(bundle::RULES).chain(resources::RULES) {
        let place = definitions().shape(name).map(|shape| shape.id.place());
        if let Some(of_shape) = place.and_then(|place| rules.get_mut(place)) {
            of_shape.push(*rule);
        }
    }
    rules
});

/// The rules of a shape.
pub(super) fn of(shape: &Shape) -> &'static [Rule] {
    BY_SHAPE.get(shape.id.place()).map_or(&[], Vec::as_slice)
}

/// Whether an object has this element, as a value or only with extensions; choices by the beginning of their name.
fn has(json: &Json<'_>, name: &str) -> bool {
    json.members().iter().any(|(key, _)| key == name || key.strip_prefix('_') == Some(name))
}

/// Whether an object has a value of this choice: `value` finds `valueQuantity`.
fn has_choice(json: &Json<'_>, name: &str) -> bool {
    json.members().iter().any(|(key, _)| {
        let key = key.strip_prefix('_').unwrap_or(key);
        key.strip_prefix(name).and_then(|rest| rest.chars().next()).is_some_and(|next| next.is_ascii_uppercase())
    })
}

fn text<'j>(json: &'j Json<'_>, name: &str) -> Option<&'j str> {
    json.get(name).and_then(Json::text)
}
