//! Refusals as responses: a status, an OperationOutcome that says what to do, and the headers that go with it.
//!
//! What is hidden and what is absent come here as the same [`Refusal::NotFound`] and leave as the same 404.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::issue::{Issue, IssueCode, outcome};
use record::RecordError;
use record::error::Refusal;
use trust::TrustError;

/// What every body is.
pub(crate) const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");

/// How soon to try again when the server is busy.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("2");

/// A refused request.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) issues: Vec<Issue>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, code: IssueCode, sentence: impl Into<String>) -> Self {
        Self { status, issues: vec![Issue::error(code, sentence)] }
    }

    pub(crate) fn bad_request(code: IssueCode, sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, sentence)
    }

    /// The one answer for what is absent and for what is hidden.
    pub(crate) fn not_found() -> Self {
        RecordError::not_found().into()
    }

    /// A handler stopped before its end.
    pub(crate) fn broken() -> Self {
        let sentence =
            "The server could not finish this request. Tell whoever runs it, with the request id in the header.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, IssueCode::Exception, sentence)
    }
}

/// The HTTP status of a refusal.
pub(crate) fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::BadRequest | Refusal::TooCostly => StatusCode::BAD_REQUEST,
        Refusal::Forbidden => StatusCode::FORBIDDEN,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Conflict => StatusCode::CONFLICT,
        Refusal::Gone => StatusCode::GONE,
        Refusal::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        Self { status: status(error.refusal), issues: error.issues }
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::Denied(denied) => Self::new(StatusCode::FORBIDDEN, IssueCode::Forbidden, denied.to_string()),
            TrustError::Record(error) => error.into(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, FHIR_JSON)]);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_SECONDS);
        }
        (self.status, headers, outcome(&self.issues)).into_response()
    }
}
