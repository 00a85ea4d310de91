//! Why a request to the record was not done, in a form that every door can show.
//!
//! The API answers with the status and an OperationOutcome of the issues; a page shows the sentence. What is hidden and what
//! does not exist give the same [`Refusal::NotFound`].

use crate::log::LogError;
use fhir::issue::{Issue, IssueCode};
use store::StoreError;

/// The kind of refusal, which is also the HTTP status of the FHIR API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400: the request cannot be understood.
    BadRequest,
    /// 403: the role may never do this, whoever it is about.
    Forbidden,
    /// 404: there is no such thing for this reader.
    NotFound,
    /// 409: it would break something that is there.
    Conflict,
    /// 410: it was deleted.
    Gone,
    /// 412: a condition of the request does not hold.
    PreconditionFailed,
    /// 413: larger than a limit.
    TooLarge,
    /// 422: understood, but breaks a rule.
    Unprocessable,
    /// 500: our fault.
    Internal,
    /// 503: too busy, or no room on the disk; try again later.
    Unavailable,
    /// 507: the disk is full.
    NoRoom,
    /// 400 with code `too-costly`.
    TooCostly,
}

/// A refused request.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .issues.first().map_or("the request was refused", |issue| issue.diagnostics.as_str()))]
pub struct RecordError {
    /// The kind.
    pub refusal: Refusal,
    /// What is wrong and what to do, at least one.
    pub issues: Vec<Issue>,
}

impl RecordError {
    /// A refusal with one sentence.
    #[must_use]
    pub fn new(refusal: Refusal, code: IssueCode, sentence: impl Into<String>) -> Self {
        Self { refusal, issues: vec![Issue::error(code, sentence)] }
    }

    /// A refusal for these findings.
    #[must_use]
    pub fn of(refusal: Refusal, issues: Vec<Issue>) -> Self {
        Self { refusal, issues }
    }

    /// The one answer for what is absent and for what is hidden.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Refusal::NotFound, IssueCode::NotFound, "There is no such resource here, or not for you.")
    }

    /// A request that cannot be understood.
    #[must_use]
    pub fn bad_request(code: IssueCode, sentence: impl Into<String>) -> Self {
        Self::new(Refusal::BadRequest, code, sentence)
    }
}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        crate::convert::store_error(&error)
    }
}

impl From<LogError> for RecordError {
    fn from(error: LogError) -> Self {
        if error.is_disk_full() {
            return Self::new(
                Refusal::NoRoom,
                IssueCode::NoStore,
                "The disk is full: free some space and try again. Nothing was changed.",
            );
        }
        Self::new(
            Refusal::Unavailable,
            IssueCode::Transient,
            format!("The access could not be logged, so it was not done: {error}."),
        )
    }
}

impl From<crate::clock::RandomnessError> for RecordError {
    fn from(error: crate::clock::RandomnessError) -> Self {
        Self::new(Refusal::Unavailable, IssueCode::Transient, format!("{error}; try again."))
    }
}
