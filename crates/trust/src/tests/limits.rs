//! Limits, asked as whole requests from one address and from another.

use super::*;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use std::net::SocketAddr;

/// The ward's address, and another.
const WARD: &str = "192.0.2.1";
const ELSEWHERE: &str = "192.0.2.2";

/// The same request from an address.
pub(crate) fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let peer = SocketAddr::new(address.parse().unwrap(), 40_000);
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

async fn api(server: &Server, address: &str, token: &str) -> (Response<()>, String) {
    let who = |system: crate::Bearer| async move { system.asker.display.clone() };
    let router = server.trust.protect(Router::new().route("/fhir", get(who)));
    let request = Request::get("/fhir").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = from(address, request.body(Body::empty()).unwrap());
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(head, ()), String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn many_bad_tokens_of_an_address_are_told_to_wait_and_a_good_one_is_not() {
    let server = Server::with_everybody();
    let scopes = SmartScopes::parse("system/*.rs").unwrap();
    let asker = Asker::service(AgentId::parse("service/labs").unwrap(), "Laboratory link", scopes);
    let token = server.trust.issue_token(&crate::NewToken { asker, until_ms: NOW_MS + 3_600_000 }).unwrap();
    let bad = format!("cwt_{}", "0".repeat(64));
    for number in 0..60 {
        assert_eq!(api(&server, WARD, &bad).await.0.status(), StatusCode::UNAUTHORIZED, "{number}");
    }

    let (answer, body) = api(&server, WARD, &bad).await;

    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()[header::RETRY_AFTER], "5");
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/fhir+json");
    assert!(body.contains("\"throttled\"") && body.contains("Wait 5 s."), "{body}");
    assert_eq!(api(&server, WARD, token.reveal()).await.1, "Laboratory link");
    assert_eq!(api(&server, ELSEWHERE, &bad).await.0.status(), StatusCode::UNAUTHORIZED);
    server.clock.advance(5_000);
    assert_eq!(api(&server, WARD, &bad).await.0.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn without_an_address_nobody_waits() {
    let server = Server::with_everybody();
    let bad = format!("cwt_{}", "0".repeat(64));

    for number in 0..100 {
        assert_eq!(api(&server, "127.0.0.1", &bad).await.0.status(), StatusCode::UNAUTHORIZED, "{number}");
    }
}
