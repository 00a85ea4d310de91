//! Findings about a request or a resource, and the OperationOutcome that tells them.
//!
//! Bad clinical input is data, not an error: a check answers with a list of [`Issue`]s, each with FHIR's code, the element
//! by its path, and a sentence that helps to mend it. Sentences never repeat clinical values longer than a few words.

use crate::json::{Json, JsonError};
use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing could be done.
    Fatal,
    /// The request is refused for this.
    Error,
    /// Worth mending; the request goes on.
    Warning,
    /// Only told.
    Information,
}

impl Severity {
    /// FHIR's code.
    pub fn code(self) -> &'static str {
        match self {
            Severity::Fatal => "fatal",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "information",
        }
    }
}

macro_rules! issue_codes {
    ($($variant:ident $code:literal $doc:literal,)*) => {
        /// What kind of finding it is: FHIR's `issue-type`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum IssueCode {
            $(#[doc = $doc] $variant,)*
        }

        impl IssueCode {
            /// FHIR's code.
            pub fn code(self) -> &'static str {
                match self {
                    $(IssueCode::$variant => $code,)*
                }
            }
        }
    };
}

issue_codes! {
    Invalid "invalid" "The content is not valid.",
    Structure "structure" "The shape is wrong: an unknown element, an array for a single value, not JSON.",
    Required "required" "A required element is missing.",
    Value "value" "The value has a wrong form.",
    Invariant "invariant" "A rule of the resource does not hold.",
    Security "security" "A problem of permission.",
    Login "login" "Nobody is signed in.",
    Unknown "unknown" "Who asks is not known.",
    Expired "expired" "The session or token is over.",
    Forbidden "forbidden" "Who asks may not do this.",
    Suppressed "suppressed" "Something was left out for want of permission.",
    Processing "processing" "It could not be processed.",
    NotSupported "not-supported" "This is not supported here.",
    Duplicate "duplicate" "It is there already.",
    MultipleMatches "multiple-matches" "A condition matched more than one.",
    NotFound "not-found" "It was not found.",
    Deleted "deleted" "It was deleted.",
    TooLong "too-long" "It is too large.",
    CodeInvalid "code-invalid" "The code is not in the required value set.",
    Extension "extension" "An extension is not understood.",
    TooCostly "too-costly" "It would cost too much.",
    BusinessRule "business-rule" "A rule of the service does not hold.",
    Conflict "conflict" "Somebody else changed it meanwhile.",
    Transient "transient" "It may work later.",
    LockError "lock-error" "It is locked.",
    NoStore "no-store" "The store is not available.",
    Exception "exception" "Something went wrong here.",
    Timeout "timeout" "It took too long.",
    Incomplete "incomplete" "Not everything could be found.",
    Throttled "throttled" "Too many requests.",
    Informational "informational" "Only told.",
}

impl fmt::Display for IssueCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// What kind it is.
    pub code: IssueCode,
    /// Where: a path of element names as they are in JSON, with the place in arrays: `Patient.name[0].given[1]`.
    pub expression: Option<String>,
    /// A sentence that helps.
    pub diagnostics: String,
}

impl Issue {
    /// An error without a place.
    pub fn error(code: IssueCode, diagnostics: impl Into<String>) -> Issue {
        Issue { severity: Severity::Error, code, expression: None, diagnostics: diagnostics.into() }
    }

    /// A warning without a place.
    pub fn warning(code: IssueCode, diagnostics: impl Into<String>) -> Issue {
        Issue { severity: Severity::Warning, ..Issue::error(code, diagnostics) }
    }

    /// The same finding at a place.
    #[must_use]
    pub fn at(mut self, expression: impl Into<String>) -> Issue {
        self.expression = Some(expression.into());
        self
    }

    /// Whether the finding refuses the request.
    pub fn is_error(&self) -> bool {
        self.severity <= Severity::Error
    }
}

impl From<&JsonError> for Issue {
    fn from(error: &JsonError) -> Issue {
        Issue { severity: Severity::Fatal, ..Issue::error(IssueCode::Structure, error.to_string()) }
    }
}

/// The OperationOutcome with these findings, as JSON; with none of them, one that says that all is well.
pub fn outcome(issues: &[Issue]) -> Vec<u8> {
    let well = [Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        expression: None,
        diagnostics: "No issues were found.".to_owned(),
    }];
    let told = if issues.is_empty() { &well[..] } else { issues };
    let tree = Json::from([
        ("resourceType", Json::from("OperationOutcome")),
        ("issue", Json::Array(told.iter().map(issue_tree).collect())),
    ]);
    tree.to_vec()
}

fn issue_tree(issue: &Issue) -> Json<'_> {
    let mut tree = Json::from([
        ("severity", Json::from(issue.severity.code())),
        ("code", Json::from(issue.code.code())),
        ("diagnostics", Json::from(issue.diagnostics.as_str())),
    ]);
    if let Some(expression) = &issue.expression {
        tree.set("expression", Json::Array(expressions(expression)));
    }
    tree
}

/// The place as JSON names it and, where a choice element is on the way, as FHIRPath names it.
fn expressions(expression: &str) -> Vec<Json<'_>> {
    let mut all = vec![Json::from(expression)];
    if let Some(other) = crate::definitions::definitions().fhirpath(expression).filter(|other| other != expression) {
        all.push(Json::from(other));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(issues: &[Issue]) -> String {
        String::from_utf8(outcome(issues)).unwrap()
    }

    #[test]
    fn an_outcome_tells_code_place_and_sentence() {
        let issue = Issue::error(IssueCode::Required, "Condition.subject is missing.").at("Condition.subject");

        assert_eq!(
            text(&[issue]),
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required","diagnostics":"Condition.subject is missing.","expression":["Condition.subject"]}]}"#
        );
    }

    #[test]
    fn a_choice_is_named_as_in_json_and_as_in_fhirpath() {
        let issue = Issue::error(IssueCode::Value, "x").at("Observation.valueQuantity.value");

        assert!(text(&[issue]).contains(r#"["Observation.valueQuantity.value","Observation.value.value"]"#));
    }

    #[test]
    fn without_findings_the_outcome_says_that_all_is_well() {
        assert!(text(&[]).contains("informational"));
    }
}
