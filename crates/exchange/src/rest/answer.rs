//! Resources as responses: the stored bytes, with the headers that FHIR asks for.

use super::asked::{Asked, Layout, Returning, Wishes};
use super::failure::FHIR_JSON;
use super::pretty::pretty;
use super::subset::Subset;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::issue::{Issue, outcome};
use fhir::search::Summary;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use record::{Deleted, Resource, Version, Written, version_of};

/// Longest warning that goes into a header.
const WARNING_LENGTH_MAX: usize = 200;

/// A body of FHIR JSON, laid out as wished.
pub(super) fn json(status: StatusCode, wishes: &Wishes, body: Vec<u8>) -> Response {
    let body = match wishes.layout {
        Layout::Compact => body,
        Layout::Pretty => pretty(&body),
    };
    (status, [(header::CONTENT_TYPE, FHIR_JSON)], body).into_response()
}

/// One resource that was read: whole or in part, or 304 when the client has it already.
pub(super) fn one(asked: &Asked, subset: &Subset, resource: &Resource) -> Response {
    let headers = version_headers(resource.version, resource.updated_ms);
    if is_known(asked, resource) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let mut body = Vec::with_capacity(resource.body.len());
    subset.write(resource.kind, &resource.body, &mut body);
    let mut answer = json(StatusCode::OK, &asked.wishes, body);
    answer.headers_mut().extend(headers);
    answer
}

/// What a change came to.
pub(super) fn written(asked: &Asked, written: &Written) -> Response {
    let Written { resource, created, warnings, .. } = written;
    let status = if *created { StatusCode::CREATED } else { StatusCode::OK };
    let mut answer = match asked.wishes.returning {
        Returning::Minimal => (status, Body::empty()).into_response(),
        Returning::Outcome => json(status, &asked.wishes, outcome(warnings)),
        Returning::Usual | Returning::Representation => json(status, &asked.wishes, resource.body.clone()),
    };
    let headers = answer.headers_mut();
    headers.extend(version_headers(resource.version, resource.updated_ms));
    let url = asked.wishes.url(resource.kind, &resource.id);
    let location = format!("{url}/_history/{}", resource.version.number());
    headers.extend(HeaderValue::try_from(location).ok().map(|location| (header::LOCATION, location)));
    for warning in warnings {
        headers.extend(warning_header(warning).map(|warning| (header::WARNING, warning)));
    }
    answer
}

/// What a deletion came to: nothing left to say, unless asked.
pub(super) fn deleted(asked: &Asked, deleted: Option<Deleted>) -> Response {
    let mut answer = match asked.wishes.returning {
        Returning::Outcome => json(StatusCode::OK, &asked.wishes, outcome(&[])),
        _ => StatusCode::NO_CONTENT.into_response(),
    };
    let tag = deleted.and_then(|deleted| etag(deleted.version));
    answer.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    answer
}

/// The part of a single resource that `_summary` and `_elements` wish; other parameters of a read are for search.
pub(super) fn subset_of(parameters: &[(String, String)], kind: fhir::ResourceType) -> Result<Subset, Vec<Issue>> {
    let about_form: Vec<(String, String)> =
        parameters.iter().filter(|(name, _)| matches!(name.as_str(), "_summary" | "_elements")).cloned().collect();
    let query = fhir::search::parse(kind, &about_form, fhir::search::Handling::Strict)?.query;
    let summary = if query.summary == Summary::Count { Summary::False } else { query.summary };
    Ok(Subset::of(summary, &query.elements))
}

/// `2026-11-22T10:00:00.000Z`
pub(super) fn instant(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

fn version_headers(version: Version, updated_ms: i64) -> HeaderMap {
    let modified = http_date(updated_ms).map(|date| (header::LAST_MODIFIED, date));
    etag(version).map(|tag| (header::ETAG, tag)).into_iter().chain(modified).collect()
}

fn etag(version: Version) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("W/\"{}\"", version.number())).ok()
}

fn http_date(ms: i64) -> Option<HeaderValue> {
    let at = Timestamp::from_millisecond(ms).ok()?;
    HeaderValue::try_from(DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()?).ok()
}

/// If-None-Match, else If-Modified-Since (in whole seconds, as the header says it).
fn is_known(asked: &Asked, resource: &Resource) -> bool {
    if let Some(tags) = asked.header(header::IF_NONE_MATCH) {
        return tags.split(',').any(|tag| tag.trim() == "*" || version_of(tag) == Some(resource.version));
    }
    let since = asked.header(header::IF_MODIFIED_SINCE).and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
    since.is_some_and(|since| resource.updated_ms.div_euclid(1000) <= since.timestamp().as_second())
}

fn warning_header(issue: &Issue) -> Option<HeaderValue> {
    let plain = issue
        .diagnostics
        .chars()
        .filter(|letter| letter.is_ascii() && !letter.is_ascii_control() && !matches!(letter, '"' | '\\'));
    let sentence: String = plain.take(WARNING_LENGTH_MAX).collect();
    HeaderValue::try_from(format!("299 commonweal \"{sentence}\"")).ok()
}
