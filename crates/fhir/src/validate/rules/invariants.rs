//! The specification's own invariants, as far as they only ask what is there: `low.exists() or high.exists()`.
//!
//! The table holds all of them as FHIRPath. Those made of existence, equality with a code, and logic are compiled when first
//! needed; any other expression is left alone here, and the important ones have a rule by hand beside this file. Logic has three
//! values, as in FHIRPath: a comparison with a missing element is unknown, and only what is certainly false is told.

mod parse;

use super::has;
use crate::IssueCode;
use crate::definitions::{Definitions, Shape, definitions};
use crate::json::Json;
use crate::validate::Pass;
use std::sync::LazyLock;

/// Invariants with a rule by hand that tells the place better.
const BY_HAND: &[&str] = &["ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "bdl-1"];

/// What must be true of an object.
#[derive(Debug, PartialEq, Eq)]
enum Claim {
    /// One of these paths leads to something.
    Exists(Vec<Path>),
    /// The element has one of these values.
    IsOneOf(&'static str, Vec<&'static str>),
    Not(Box<Claim>),
    And(Box<Claim>, Box<Claim>),
    Or(Box<Claim>, Box<Claim>),
    Differ(Box<Claim>, Box<Claim>),
}

/// Names from the object inwards.
#[derive(Debug, PartialEq, Eq)]
struct Path {
    names: Vec<&'static str>,
    /// Whether the first name is a choice, `value` for `valueQuantity`.
    is_choice: bool,
}

struct Invariant {
    key: &'static str,
    sentence: &'static str,
    claim: Claim,
}

static BY_SHAPE: LazyLock<Vec<Vec<Invariant>>> = LazyLock::new(|| {
    let definitions = definitions();
    definitions.shapes().iter().map(|shape| of_shape(definitions, shape.name)).collect()
});

/// Those of the type itself and of the types that it extends.
fn of_shape(definitions: &'static Definitions, name: &'static str) -> Vec<Invariant> {
    let base = definitions.element(name).and_then(|element| element.types.first());
    let mut all = base.map_or_else(Vec::new, |base| of_shape(definitions, base.code));
    let rows = definitions.invariants().iter().filter(|row| row.path == name && !BY_HAND.contains(&row.key));
    all.extend(rows.filter_map(|row| {
        let claim = parse::claim(row.expression, name)?;
        Some(Invariant { key: row.key, sentence: row.sentence, claim })
    }));
    all
}

/// Tells every invariant of a shape that is broken.
pub(in crate::validate) fn check<'r>(pass: &mut Pass<'r>, shape: &Shape, json: &'r Json<'r>) {
    for invariant in BY_SHAPE.get(shape.id.place()).map_or(&[][..], Vec::as_slice) {
        if invariant.claim.holds(json) == Some(false) {
            let sentence = format!("{}: {}.", invariant.key, invariant.sentence.trim_end_matches('.'));
            pass.error(IssueCode::Invariant, sentence);
        }
    }
}

impl Claim {
    /// `None` where it cannot be known.
    fn holds(&self, json: &Json<'_>) -> Option<bool> {
        match self {
            Claim::Exists(paths) => Some(paths.iter().any(|path| path.leads_somewhere(json))),
            Claim::IsOneOf(name, values) => match json.get(name)? {
                Json::Text(text) => Some(values.contains(&text.as_ref())),
                Json::Bool(value) => Some(values.contains(&if *value { "true" } else { "false" })),
                _ => None,
            },
            Claim::Not(claim) => claim.holds(json).map(|holds| !holds),
            Claim::And(one, other) => match (one.holds(json), other.holds(json)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Claim::Or(one, other) => match (one.holds(json), other.holds(json)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Claim::Differ(one, other) => Some(one.holds(json)? != other.holds(json)?),
        }
    }
}

impl Path {
    fn leads_somewhere(&self, json: &Json<'_>) -> bool {
        let Some((first, rest)) = self.names.split_first() else { return true };
        match rest {
            [] if self.is_choice => super::has_choice(json, first),
            [] => has(json, first),
            rest => json.get(first).is_some_and(|inner| inner.items().iter().any(|item| deep(item, rest))),
        }
    }
}

fn deep(json: &Json<'_>, names: &[&str]) -> bool {
    match names {
        [] => true,
        [name] => has(json, name),
        [name, rest @ ..] => json.get(name).is_some_and(|inner| inner.items().iter().any(|item| deep(item, rest))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expression: &'static str, shape: &'static str, text: &str) -> Option<bool> {
        parse::claim(expression, shape).unwrap().holds(&crate::json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn logic_has_three_values() {
        let rule = "type = 'display' implies code.empty()";

        assert_eq!(holds(rule, "Questionnaire.item", r#"{"type":"display","code":[{}]}"#), Some(false));
        assert_eq!(holds(rule, "Questionnaire.item", r#"{"type":"group","code":[{}]}"#), Some(true));
        assert_eq!(holds(rule, "Questionnaire.item", r#"{"code":[{}]}"#), None);
        assert_eq!(holds(rule, "Questionnaire.item", "{}"), Some(true));
    }

    #[test]
    fn choices_and_counts_are_asked_for_existence() {
        let rule = "dataAbsentReason.empty() or value.empty()";
        let count = "(identifier.count() + name.count()) > 0";

        assert_eq!(holds(rule, "Observation", r#"{"dataAbsentReason":{},"valueString":"a"}"#), Some(false));
        assert_eq!(holds(rule, "Observation", r#"{"dataAbsentReason":{},"values":"a"}"#), Some(true));
        assert_eq!(holds(count, "Organization", r#"{"active":true}"#), Some(false));
        assert_eq!(holds(count, "Organization", r#"{"name":"A"}"#), Some(true));
    }

    #[test]
    fn what_is_more_than_logic_is_left_alone() {
        for expression in [
            "a.where(b = 'c').exists()",
            "low <= high",
            "a.count() > 2 implies b.exists()",
            "a.exists() or",
            "%resource.exists()",
        ] {
            assert_eq!(parse::claim(expression, "Patient"), None, "{expression}");
        }
    }

    #[test]
    fn most_invariants_of_the_specification_compile() {
        let rows = definitions().invariants();

        let compiled = rows.iter().filter(|row| parse::claim(row.expression, row.path).is_some()).count();

        println!("{compiled} of {} invariants", rows.len());
        assert!(compiled >= 90, "{compiled} of {}", rows.len());
    }
}
