//! Base validation: does this tree say something that FHIR R4 allows? One pass, every finding an [`Issue`].
//!
//! Checked by the definitions, for every type: names, types, cardinality, choices, primitive formats, required codes, form and
//! target of references, narrative safety, and the invariants that `rules` reads or has by hand. Profiles, terminology
//! servers and the existence of targets are not looked at. Contained resources and entries of bundles are validated too.
//!
//! | module | idea |
//! |---|---|
//! | `structure` | the walk: names, arrays, null, what is missing or there twice |
//! | `primitives` | the form of each primitive type |
//! | `bindings` | codes of required value sets |
//! | `references` | form, target type, and contained resources |
//! | `narrative` | safe and well-formed XHTML |
//! | `rules` | invariants of data types and resources |

mod bindings;
mod narrative;
mod primitives;
mod references;
mod rules;
mod structure;

use crate::definitions::{Definitions, definitions};
use crate::{Issue, IssueCode, Json};
use references::Scope;
use std::fmt::Write;

/// After this many findings we stop telling: the first ones help, the thousandth does not.
pub const ISSUES_MAX: usize = 100;

/// Findings about a resource, errors and warnings, in the order of the text. A resource without errors may be kept.
///
/// ```
/// let tree = fhir::json::parse(br#"{"resourceType": "Patient", "gender": "mail"}"#)?;
/// let issues = fhir::validate(&tree);
/// assert_eq!(issues[0].expression.as_deref(), Some("Patient.gender"));
/// # Ok::<(), fhir::json::JsonError>(())
/// ```
pub fn validate(resource: &Json<'_>) -> Vec<Issue> {
    let mut pass = Pass::new();
    pass.root(resource);
    pass.issues
}

/// A step on the way to an element: its name, and its place where it is an item of an array.
#[derive(Clone, Copy)]
struct Step<'r> {
    name: &'r str,
    index: Option<usize>,
}

/// The walk over one resource.
struct Pass<'r> {
    definitions: &'static Definitions,
    path: Vec<Step<'r>>,
    issues: Vec<Issue>,
    scope: Scope<'r>,
}

impl<'r> Pass<'r> {
    fn new() -> Self {
        Pass { definitions: definitions(), path: Vec::with_capacity(16), issues: Vec::new(), scope: Scope::default() }
    }

    /// Does something with the path one step further.
    fn within<T>(&mut self, name: &'r str, act: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step { name, index: None });
        let done = act(self);
        self.path.pop();
        done
    }

    /// Says which item of an array the last step is.
    fn set_index(&mut self, index: Option<usize>) {
        if let Some(last) = self.path.last_mut() {
            last.index = index;
        }
    }

    /// An error at the present place.
    fn error(&mut self, code: IssueCode, sentence: impl Into<String>) {
        self.tell(Issue::error(code, sentence).at(self.expression("")));
    }

    /// An error at a child of the present place.
    fn error_at(&mut self, child: &str, code: IssueCode, sentence: impl Into<String>) {
        self.tell(Issue::error(code, sentence).at(self.expression(child)));
    }

    /// A warning at the present place.
    fn warn(&mut self, code: IssueCode, sentence: impl Into<String>) {
        self.tell(Issue::warning(code, sentence).at(self.expression("")));
    }

    fn tell(&mut self, issue: Issue) {
        if self.issues.len() < ISSUES_MAX {
            self.issues.push(issue);
        }
    }

    fn expression(&self, child: &str) -> String {
        let mut text = String::new();
        for Step { name, index } in &self.path {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
            if let Some(index) = index {
                // Writing to a String cannot fail.
                let _ = write!(text, "[{index}]");
            }
        }
        if !child.is_empty() {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(child);
        }
        text
    }
}

/// A value for a sentence: short, and without line ends.
fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 40;
    let shown: String = text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let dots = if text.chars().nth(SHOWN_MAX).is_some() { "..." } else { "" };
    format!("\"{shown}{dots}\"")
}

#[cfg(test)]
mod tests;
