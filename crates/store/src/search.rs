//! Search: a driver finds candidates, the matcher verifies each, and visibility comes before everything else.
//!
//! | module | idea |
//! |---|---|
//! | `matcher` | whether a row satisfies the conditions, from its vector |
//! | `plan` | where the candidates come from |
//! | `order` | sort keys and page keys |
//! | `answer` | the page, the total, the next key |
//! | `include` | what `_include` and `_revinclude` add |
//!
//! Whatever the plan, the answer is the same: that of filtering every visible row with `fhir::search::matches`.

pub(crate) mod answer;
pub(crate) mod include;
mod matcher;
mod order;
mod plan;
