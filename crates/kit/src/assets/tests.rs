//! The route of the embedded files, asked as a browser asks.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

async fn ask(path: &str, coding: &str) -> Response<Body> {
    let request = Request::get(path).header(ACCEPT_ENCODING, coding).body(Body::empty()).unwrap();
    let router: axum::Router = axum::Router::new().route("/static/{name}", axum::routing::get(serve));
    router.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_file_is_kept_for_ever_and_sent_compressed_to_those_who_accept_it() {
    let answer = ask(SITE_CSS, "br, gzip").await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(answer.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&body[..2], [0x1f, 0x8b]);
}

#[tokio::test]
async fn a_browser_that_refuses_gzip_gets_the_plain_file() {
    let answer = ask(START_JS, "gzip;q=0, identity").await;

    assert!(answer.headers().get(CONTENT_ENCODING).is_none());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let script = std::str::from_utf8(&body).unwrap();
    assert!(
        script.contains(COMPONENTS_JS.trim_start_matches("/static/")),
        "the start script must import the hashed components"
    );
}

#[tokio::test]
async fn an_unknown_or_old_name_is_not_found() {
    assert_eq!(ask("/static/site-0000000000000000.css", "gzip").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ask("/static/..%2fCargo.toml", "gzip").await.status(), StatusCode::NOT_FOUND);
}

#[test]
fn style_and_scripts_stay_within_the_budget() {
    let gzipped =
        |end: &str| -> usize { sizes().filter(|(name, ..)| name.ends_with(end)).map(|(.., size)| size).sum() };
    // Only the page on which proofs are checked fetches this one, so it has a budget of its own.
    let check_proof = gzipped(CHECK_PROOF_JS.trim_start_matches("/static/"));
    let of_every_page = gzipped(".js") - check_proof;

    assert!(gzipped(".css") <= 30 * 1024, "CSS is {} bytes gzipped", gzipped(".css"));
    assert!(of_every_page <= 32 * 1024, "scripts are {of_every_page} bytes gzipped");
    assert!((1..=5 * 1024).contains(&check_proof), "the check of proofs is {check_proof} bytes gzipped");
}

#[test]
fn the_style_sheet_calls_nobody_and_sets_our_typeface() {
    let css =
        FILES.iter().find(|file| file.name.ends_with(".css")).map(|file| std::str::from_utf8(file.plain).unwrap());
    let css = css.unwrap();

    assert!(!css.contains("Frutiger"));
    assert!(!css.contains("url(http"));
    assert!(css.contains("html{font-family:Arial"));
}
