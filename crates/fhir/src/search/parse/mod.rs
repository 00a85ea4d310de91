//! Requests to queries: every parameter is read, checked against the definitions and turned into a condition or a wish.
//!
//! Nothing is ignored in silence. A parameter that is not known is an error, or with [`Handling::Lenient`] a warning; a value
//! that cannot be read is an error always, since leaving it out would widen the answer. Sentences name the parameter
//! and the nearest name that there is. R4, 3.1.1.
//!
//! `key` takes chains and `_has` apart, `value` reads values, `result` reads `_sort`, `_include` and the like.

mod key;
mod result;
mod suggest;
mod value;

pub use suggest::nearest;

use super::params::{NOT_SERVED, Param, param, params};
use super::{Condition, Query, Summary, Total};
use crate::ResourceType;
use crate::issue::{Issue, IssueCode};

/// Most parameters in one request: each is a piece of work for the store.
pub const PARAMETERS_MAX: usize = 64;

/// Most alternatives (between commas) of one parameter.
pub const ALTERNATIVES_MAX: usize = 500;

/// Most steps of a chain or of nested `_has`.
pub const CHAIN_DEPTH_MAX: usize = 4;

/// Largest page; a request for more gets this many and a link to the next page.
pub const COUNT_MAX: u32 = 1000;

/// What to do with parameters that are not known: `Prefer: handling=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Handling {
    /// They are errors.
    #[default]
    Strict,
    /// They are passed over, and the answer says so.
    Lenient,
}

/// A query, and what was passed over on the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// What to search.
    pub query: Query,
    /// Parameters that were passed over, each in a sentence.
    pub warnings: Vec<Issue>,
    /// The parameters that count, for the self link.
    pub used: Vec<(String, String)>,
}

/// Why a parameter was not taken.
enum Refusal {
    /// The name is not known: lenient handling passes it over.
    Unknown(Issue),
    /// It is wrong, or asks for what is not offered.
    Wrong(Issue),
}

impl Refusal {
    fn wrong(code: IssueCode, sentence: impl Into<String>) -> Self {
        Self::Wrong(Issue::error(code, sentence))
    }

    fn value(sentence: impl Into<String>) -> Self {
        Self::wrong(IssueCode::Value, sentence)
    }

    fn not_supported(sentence: impl Into<String>) -> Self {
        Self::wrong(IssueCode::NotSupported, sentence)
    }
}

/// Reads the parameters of a search in a type.
///
/// # Errors
/// One issue for every parameter that is not known, not offered or not readable.
pub fn parse(kind: ResourceType, parameters: &[(String, String)], handling: Handling) -> Result<Parsed, Vec<Issue>> {
    if parameters.len() > PARAMETERS_MAX {
        let sentence =
            format!("A search takes at most {PARAMETERS_MAX} parameters; this one has {}.", parameters.len());
        return Err(vec![Issue::error(IssueCode::TooCostly, sentence)]);
    }
    let mut parsed = Parsed { query: Query::of(kind), warnings: Vec::new(), used: Vec::new() };
    let mut errors = Vec::new();
    for (name, value) in parameters {
        match take(&mut parsed.query, name, value) {
            Ok(()) => parsed.used.push((name.clone(), value.clone())),
            Err(Refusal::Unknown(issue)) if handling == Handling::Lenient => {
                parsed.warnings.push(Issue::warning(issue.code, format!("{} It was passed over.", issue.diagnostics)));
            }
            Err(Refusal::Unknown(issue) | Refusal::Wrong(issue)) => errors.push(issue),
        }
    }
    if errors.is_empty() { Ok(parsed) } else { Err(errors) }
}

impl Query {
    /// All resources of a type.
    #[must_use]
    pub fn of(kind: ResourceType) -> Self {
        Self {
            kind,
            conditions: Vec::new(),
            sort: Vec::new(),
            count: None,
            summary: Summary::False,
            elements: Vec::new(),
            total: Total::Unsaid,
            includes: Vec::new(),
            revincludes: Vec::new(),
        }
    }
}

fn take(query: &mut Query, name: &str, value: &str) -> Result<(), Refusal> {
    if value.is_empty() {
        return Err(Refusal::value(format!("`{name}` has no value. Give it one or leave it out.")));
    }
    if result::take(query, name, value)? {
        return Ok(());
    }
    query.conditions.push(key::condition(query.kind, name, value, CHAIN_DEPTH_MAX)?);
    Ok(())
}

/// The parameter of a type, or a refusal that names the nearest one.
fn known(kind: ResourceType, code: &str) -> Result<&'static Param, Refusal> {
    if let Some(found) = param(kind, code) {
        return Ok(found);
    }
    if let Some((_, reason)) = NOT_SERVED.iter().find(|(name, _)| *name == code) {
        return Err(Refusal::not_supported(format!("`{code}` is not supported. {reason}")));
    }
    let names = params(kind).map(|param| param.code).chain(["_id", "_lastUpdated"]).chain(result::NAMES);
    let hint = match nearest(code, names) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("/fhir/metadata lists the parameters of {kind}."),
    };
    let sentence = format!("{kind} has no search parameter `{code}`. {hint}");
    Err(Refusal::Unknown(Issue::error(IssueCode::NotSupported, sentence)))
}

/// One condition if there is one, else any of them.
fn any_of(mut conditions: Vec<Condition>) -> Condition {
    match (conditions.len(), conditions.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            conditions.extend(last);
            Condition::AnyOf(conditions)
        }
    }
}

#[cfg(test)]
mod tests;
