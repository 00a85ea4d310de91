//! From the store's errors to refusals that a caller can act on.

use crate::error::{RecordError, Refusal};
use fhir::issue::IssueCode;
use store::StoreError;

/// What a store error means for whoever asked.
pub(crate) fn store_error(error: &StoreError) -> RecordError {
    let (refusal, code, sentence) = match error {
        StoreError::Busy => (Refusal::Unavailable, IssueCode::Throttled, "Too many writes are waiting. Try again in a moment.".to_owned()),
        StoreError::DiskFull => {
            (Refusal::NoRoom, IssueCode::NoStore, "The disk is full: free some space and try again. Nothing was changed.".to_owned())
        }
        StoreError::TooCostly(most) => (
            Refusal::TooCostly,
            IssueCode::TooCostly,
            format!("This search would look at more than {most} resources. Narrow it, for example by patient, code or date."),
        ),
        StoreError::HistoryTooLong(most) => (
            Refusal::TooCostly,
            IssueCode::TooCostly,
            format!(
                "This page of the history would look at more than {most} changes. Ask with a later `_since` or a smaller `_count`, for the history of one resource, or for Patient/[id]/$everything with `_since`."
            ),
        ),
        StoreError::Exists => (Refusal::Conflict, IssueCode::Conflict, "The resource is there already.".to_owned()),
        StoreError::NotThere => (Refusal::NotFound, IssueCode::NotFound, "There is no such resource here, or not for you.".to_owned()),
        StoreError::OtherVersion(version) => (
            Refusal::PreconditionFailed,
            IssueCode::Conflict,
            format!("The current version is {version}. Read it again, make your change to that, and send it with If-Match: W/\"{version}\"."),
        ),
        StoreError::PageKey => {
            (Refusal::BadRequest, IssueCode::Value, "This page link does not belong to this search. Start again from the first page.".to_owned())
        }
        StoreError::Log(cause) if cause.contains("full") || cause.contains("space") => {
            (Refusal::NoRoom, IssueCode::NoStore, "The disk is full: free some space and try again. Nothing was changed.".to_owned())
        }
        StoreError::Log(_) => (
            Refusal::Unavailable,
            IssueCode::Transient,
            "The access log could not be written, so nothing was changed. Try again, and tell whoever runs this record.".to_owned(),
        ),
        StoreError::InUse => {
            (Refusal::Unavailable, IssueCode::LockError, "The data folder is in use by another program. Stop that one first.".to_owned())
        }
        StoreError::Closed => (Refusal::Unavailable, IssueCode::Transient, "The server is stopping. Try again in a moment.".to_owned()),
        other => (Refusal::Internal, IssueCode::Exception, format!("The store failed: {other}. Tell whoever runs this record.")),
    };
    RecordError::new(refusal, code, sentence)
}
