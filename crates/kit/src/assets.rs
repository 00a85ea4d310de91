//! The files that a browser fetches: embedded, compressed beforehand, and served under names that change with their content.
//!
//! Because a name never means two contents, browsers may keep a file for ever. Nothing outside the table is served: there is no
//! folder behind this route. The files come from `build.rs`; the pages that name them from [`crate::layout`].

use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// One embedded file.
struct File {
    name: &'static str,
    media: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Answers `/favicon.ico`, which browsers ask for unasked: there is none.
pub async fn no_icon() -> impl IntoResponse {
    ([(CACHE_CONTROL, "public, max-age=86400")], StatusCode::NO_CONTENT)
}

/// Name, size and gzipped size of each file, for the budget that `docs/benchmarks.md` keeps.
pub fn sizes() -> impl Iterator<Item = (&'static str, usize, usize)> {
    FILES.iter().map(|file| (file.name, file.plain.len(), file.gzip.len()))
}

/// Name and content of each file, for a page that is looked at without a server.
pub fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES.iter().map(|file| (file.name, file.plain))
}

/// Answers `/static/{name}`.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut answer = HeaderMap::new();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(file.media));
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if accepts_gzip(&headers) {
        answer.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return (answer, file.gzip).into_response();
    }
    (answer, file.plain).into_response()
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

#[cfg(test)]
mod tests;
