//! Base validation (in the making).
use crate::{Issue, Json};
/// Findings about a resource.
pub fn validate(_resource: &Json<'_>) -> Vec<Issue> {
    Vec::new()
}
