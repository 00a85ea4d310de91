//! Search: what a resource says for each R4 search parameter, and what a request asks.
//!
//! [`extract()`] walks a resource once and gives its entries; [`parse()`] reads a request and gives a [`Query`] or says what
//! is wrong with it; [`matches()`] says what a test of a query means for a value of an entry. Nothing here reads or keeps
//! resources: the crate `store` does, and must agree with [`matches()`].
//!
//! | module | idea |
//! |---|---|
//! | `model` | the words: entries, values, tests, conditions, queries |
//! | `params` | the table of search parameters, and which put a resource in a patient's compartment |
//! | `expression` | the part of FHIRPath that R4 search parameters use, as steps |
//! | `paths` | steps to one plan per resource type |
//! | `extract`, `values` | the walk, and how each FHIR type becomes a value |
//! | `parse` | requests to queries |
//! | `matches`, `text`, `quantity` | meaning, folding of words, canonical units |

mod expression;
mod extract;
mod matches;
mod model;
mod params;
mod parse;
mod paths;
mod quantity;
mod source;
mod text;
mod values;

pub use expression::ExpressionError;
pub use extract::{COMBINATIONS_MAX, extract};
pub use matches::{date_is, matches, number_is, token_is};
pub use model::*;
pub use params::{Component, NOT_SERVED, Param, by_id, compartment_params, param, params, patient_params, uncompiled};
pub use parse::{ALTERNATIVES_MAX, CHAIN_DEPTH_MAX, COUNT_MAX, Handling, PARAMETERS_MAX, Parsed, nearest, parse};
pub use quantity::{UCUM, approximate, canonical, canonical_range};
pub use text::{fold, fold_code};

#[cfg(test)]
mod tests;
