//! The body of a request: bounded, of a type that is spoken here, read whole.
//!
//! A body that says that it is too long is refused before a byte of it is read; one that grows too long is refused there.

use super::failure::Failure;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use fhir::issue::IssueCode;

/// Largest Bundle, in bytes: a transaction is held in memory and in one commit.
pub const BUNDLE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Largest search form, in bytes.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// A resource.
pub(crate) struct ResourceBody(pub(crate) Bytes);

/// A Bundle.
pub(crate) struct BundleBody(pub(crate) Bytes);

/// A JSON Patch.
pub(crate) struct PatchBody(pub(crate) Bytes);

/// Names and values of a form.
pub(crate) struct Form(pub(crate) Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for ResourceBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        require_json(request.headers())?;
        read(request, record::RESOURCE_BYTES_MAX).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for BundleBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        require_json(request.headers())?;
        read(request, BUNDLE_BYTES_MAX).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for PatchBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        if media_type(request.headers()) != Some("application/json-patch+json") {
            let sentence = "A patch is sent as JSON Patch (RFC 6902): `Content-Type: application/json-patch+json`.";
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, IssueCode::NotSupported, sentence));
        }
        read(request, record::RESOURCE_BYTES_MAX).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let kind = media_type(request.headers()).map(str::to_owned);
        let bytes = read(request, FORM_BYTES_MAX).await?;
        if !bytes.is_empty() && kind.as_deref() != Some("application/x-www-form-urlencoded") {
            let sentence = "A search by POST is a form: `Content-Type: application/x-www-form-urlencoded`.";
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, IssueCode::NotSupported, sentence));
        }
        Ok(Self(record::pairs(&String::from_utf8_lossy(&bytes))))
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), Failure> {
    if matches!(media_type(headers), Some("application/fhir+json" | "application/json" | "text/json")) {
        return Ok(());
    }
    let sentence = "Resources are taken as JSON only: `Content-Type: application/fhir+json`.";
    Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, IssueCode::NotSupported, sentence))
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(str::trim)
}

async fn read(request: Request, bytes_max: usize) -> Result<Bytes, Failure> {
    let too_large = || {
        let sentence = format!("The body is larger than {bytes_max} bytes. Send it in smaller pieces.");
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, IssueCode::TooLong, sentence)
    };
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > bytes_max) {
        return Err(too_large());
    }
    let body: Body = request.into_body();
    to_bytes(body, bytes_max).await.map_err(|error| {
        let is_too_large =
            std::error::Error::source(&error).is_some_and(|cause| cause.to_string().contains("length limit"));
        if is_too_large { too_large() } else { Failure::bad_request(IssueCode::Structure, "The body ended too early.") }
    })
}
