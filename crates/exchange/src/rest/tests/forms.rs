//! The forms that are spoken, the limits, and what browsers need.

use super::super::BUNDLE_BYTES_MAX;
use super::*;

#[tokio::test]
async fn only_json_is_spoken() {
    let server = Server::with_records();
    let accept = async |path: &str, accept: &str| {
        server.ask(Some(&machinery()), &format!("GET {path}"), &[("accept", accept)], "").await.status.as_u16()
    };

    for fine in ["application/fhir+json", "application/json;q=0.9, text/html", "*/*", "text/html,*/*;q=0.8"] {
        assert_eq!(accept("/Patient/ada", fine).await, 200, "{fine}");
    }
    for other in ["application/fhir+xml", "text/html", "image/png"] {
        assert_eq!(accept("/Patient/ada", other).await, 406, "{other}");
    }
    assert_eq!(accept("/Patient/ada?_format=json", "application/fhir+xml").await, 200);
    assert_eq!(accept("/Patient/ada?_format=application/fhir%2Bjson", "*/*").await, 200);
    assert_eq!(accept("/Patient/ada?_format=xml", "*/*").await, 406);
}

#[tokio::test]
async fn a_body_of_another_type_is_not_taken() {
    let server = Server::new();
    let post = async |path: &str, kind: &str| {
        server
            .ask(Some(&machinery()), &format!("POST {path}"), &[("content-type", kind)], PATIENT)
            .await
            .status
            .as_u16()
    };

    assert_eq!(post("/Patient", "application/fhir+xml").await, 415);
    assert_eq!(post("/Patient", "text/plain").await, 415);
    assert_eq!(post("/Patient/_search", "application/json").await, 415);
    assert_eq!(post("/Patient", "application/json; charset=utf-8").await, 201);
}

#[tokio::test]
async fn a_body_without_end_is_refused_before_it_is_read() {
    let server = Server::new();
    let length = (BUNDLE_BYTES_MAX + 1).to_string();

    let announced = server.ask(Some(&machinery()), "POST ", &[("content-length", &length)], "{}").await;
    let grown = server.ask(Some(&machinery()), "POST /Patient", &[], &" ".repeat(record::RESOURCE_BYTES_MAX + 1)).await;

    assert_eq!((announced.status.as_u16(), grown.status.as_u16()), (413, 413));
    assert!(grown.said().contains("larger than"));
}

#[tokio::test]
async fn a_path_that_is_not_there_says_where_to_look() {
    let server = Server::new();

    let reply = server.get("/a/b/c/d/e").await;

    assert_eq!(reply.status, 404);
    assert!(reply.said().contains("/fhir/metadata"));
}

#[tokio::test]
async fn a_browser_of_another_site_may_ask_with_a_token() {
    let server = Server::with_records();
    let headers = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "authorization,if-match"),
    ];

    let before = server.ask(None, "OPTIONS /Patient/ada", &headers, "").await;
    let then = server.ask(Some(&machinery()), "GET /Patient/ada", &[("origin", "https://app.example")], "").await;

    assert_eq!(before.status, 200);
    assert!(before.header("access-control-allow-methods").contains("PUT"));
    assert!(before.header("access-control-allow-headers").contains("if-match"));
    assert_eq!(then.header("access-control-allow-origin"), "*");
    assert!(then.header("access-control-expose-headers").contains("etag"));
}

#[tokio::test]
async fn answers_are_compressed_where_that_is_understood() {
    let server = Server::new();
    let request =
        Request::get("/fhir/metadata").header("accept-encoding", "gzip").body(Body::empty()).expect("a request");

    let answer = server.router.clone().oneshot(request).await.expect("an answer");

    assert_eq!(answer.headers()["content-encoding"], "gzip");
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request() {
    let server = Server::with_records();

    let reply = server.ask(Some(&machinery()), "GET /Patient/ada", &[("x-request-id", "from-the-caller-1")], "").await;

    assert_eq!(reply.header("x-request-id"), "from-the-caller-1");
    assert_eq!(reply.header("cache-control"), "no-store");
}
