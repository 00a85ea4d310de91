//! The door of the API: nobody without a token, no form that is not spoken here, no request without an end.
//!
//! It stands before the routing, so that a path that does not exist, a wrong method and a wrong form say nothing to nobody but
//! 401. Only the CapabilityStatement is open to all. What the handlers need of a request is read here once ([`Asked`]).

use super::Api;
use super::asked::{Asked, Layout, Returning, Wishes};
use super::failure::Failure;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fhir::issue::IssueCode;
use fhir::search::Handling;
use record::pairs;
use std::sync::Arc;
use std::time::Duration;
use trust::Bearer;

/// The forms that are spoken, as `_format` and `Accept` may name them.
const FORMATS: [&str; 5] = ["application/fhir+json", "application/json", "text/json", "json", "application/json+fhir"];

/// Lets a request in with what is known about it, or says why not. No answer is for a cache: it was for this asker, now.
pub(super) async fn admit(State(api): State<Api>, request: Request, next: Next) -> Response {
    let mut answer = admitted(&api, request, next).await;
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

async fn admitted(api: &Api, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if is_open(&parts) {
        return match wishes(api, &parts) {
            Ok(wishes) => {
                parts.extensions.insert(Arc::new(wishes));
                next.run(Request::from_parts(parts, body)).await
            }
            Err(failure) => failure.into_response(),
        };
    }
    let bearer = match Bearer::from_request_parts(&mut parts, &()).await {
        Ok(bearer) => bearer,
        Err(answer) => return answer,
    };
    match wishes(api, &parts) {
        Ok(wishes) => {
            let headers = Arc::new(parts.headers.clone());
            parts.extensions.insert(Asked { bearer, wishes: Arc::new(wishes), headers });
            next.run(Request::from_parts(parts, body)).await
        }
        Err(failure) => failure.into_response(),
    }
}

/// The CapabilityStatement, by its path below `/fhir`.
fn is_open(parts: &Parts) -> bool {
    parts.uri.path() == "/metadata" && matches!(parts.method, Method::GET | Method::HEAD)
}

/// Ends what takes too long.
pub(super) async fn in_time(request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(super::REQUEST_SECONDS_MAX);
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| {
        let sentence = format!("This took longer than {} seconds. Ask for less at once.", super::REQUEST_SECONDS_MAX);
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, IssueCode::Timeout, sentence).into_response()
    })
}

/// A path that is no part of the API.
pub(super) async fn no_such_path(uri: Uri) -> Failure {
    let shown: String = uri.path().chars().take(100).collect();
    let sentence = format!("`/fhir{shown}` is no part of this API. /fhir/metadata says what is.");
    Failure::new(StatusCode::NOT_FOUND, IssueCode::NotFound, sentence)
}

/// A method that the path does not take; the header `Allow` names those that it does.
pub(super) async fn no_such_method(method: Method) -> Failure {
    let sentence = format!("{method} is not offered here. The header Allow names the methods that are.");
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, IssueCode::NotSupported, sentence)
}

fn wishes(api: &Api, parts: &Parts) -> Result<Wishes, Failure> {
    let mut parameters = pairs(parts.uri.query().unwrap_or_default());
    let format = take(&mut parameters, "_format");
    acceptable(format.as_deref(), &parts.headers)?;
    let layout = match take(&mut parameters, "_pretty").as_deref() {
        None | Some("false") => Layout::Compact,
        Some("true") => Layout::Pretty,
        Some(_) => return Err(Failure::bad_request(IssueCode::Value, "`_pretty` is `true` or `false`.")),
    };
    let (returning, handling) = preferences(&parts.headers);
    Ok(Wishes { base: base(api, &parts.headers), parameters, layout, returning, handling })
}

/// Takes the last value of a parameter out.
fn take(parameters: &mut Vec<(String, String)>, name: &str) -> Option<String> {
    let value = parameters.iter().rfind(|(found, _)| found == name).map(|(_, value)| value.clone());
    parameters.retain(|(found, _)| found != name);
    value
}

/// Only JSON is spoken: `_format` decides where it is said, else `Accept`.
fn acceptable(format: Option<&str>, headers: &HeaderMap) -> Result<(), Failure> {
    let is_json = |name: &str| FORMATS.iter().any(|format| name.eq_ignore_ascii_case(format));
    let is_fine = match format {
        // A plus sign that was not encoded comes as a space.
        Some(format) => is_json(without_parameters(&format.replace(' ', "+"))),
        None => headers.get_all(header::ACCEPT).iter().all(|value| {
            let ranges = value.to_str().unwrap_or_default().split(',').map(without_parameters);
            ranges
                .into_iter()
                .any(|range| range.is_empty() || is_json(range) || matches!(range, "*/*" | "application/*" | "text/*"))
        }),
    };
    if is_fine {
        return Ok(());
    }
    let sentence =
        "Answers are given as application/fhir+json only. Send `Accept: application/fhir+json` or `_format=json`.";
    Err(Failure::new(StatusCode::NOT_ACCEPTABLE, IssueCode::NotSupported, sentence))
}

fn without_parameters(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Preferences that are not known are no wishes of ours (RFC 7240).
fn preferences(headers: &HeaderMap) -> (Returning, Handling) {
    let (mut returning, mut handling) = (Returning::Usual, Handling::Strict);
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    for preference in values.flat_map(|value| value.split([',', ';'])).map(str::trim) {
        match preference {
            "return=minimal" => returning = Returning::Minimal,
            "return=representation" => returning = Returning::Representation,
            "return=OperationOutcome" => returning = Returning::Outcome,
            "handling=lenient" => handling = Handling::Lenient,
            "handling=strict" => handling = Handling::Strict,
            _ => {}
        }
    }
    (returning, handling)
}

/// The address of `/fhir`: as configured, else as the client wrote it.
fn base(api: &Api, headers: &HeaderMap) -> String {
    if let Some(base) = &api.options.base {
        return base.trim_end_matches('/').to_owned();
    }
    let is_host = |host: &&str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(is_host);
    format!("http://{}/fhir", host.unwrap_or("localhost"))
}
