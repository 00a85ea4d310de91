//! Bearer tokens: issued once, kept as hashes, over when they are over.

use super::*;
use crate::{Bearer, NewToken, TokenError};
use axum::http::StatusCode;

const HOUR_MS: i64 = 3_600_000;

fn new_token(scopes: &str) -> NewToken {
    let who = AgentId::parse("service/labs").unwrap();
    let asker = Asker::service(who, "Laboratory link", SmartScopes::parse(scopes).unwrap());
    NewToken { asker, until_ms: NOW_MS + HOUR_MS }
}

async fn ask(server: &Server, authorization: Option<&str>) -> (Response<()>, String) {
    let who = |system: Bearer| async move {
        let may = |kind: &str| match system.permit(Action::Read) {
            Ok(permit) => permit.allows(ResourceType::parse(kind).unwrap(), Action::Read),
            Err(_) => false,
        };
        format!("{} {} {}", system.asker.display, may("Observation"), may("Condition"))
    };
    let router = server.trust.protect(Router::new().route("/fhir", get(who)));
    let request = Request::get("/fhir");
    let request = authorization.into_iter().fold(request, |request, text| request.header(header::AUTHORIZATION, text));
    let (head, body) = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(head, ()), String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn a_token_lets_a_system_do_what_its_scopes_say() {
    let server = Server::with_everybody();
    let token = server.trust.issue_token(&new_token("system/Observation.rs")).unwrap();

    let (answer, text) = ask(&server, Some(&format!("Bearer {}", token.reveal()))).await;

    assert_eq!((answer.status(), text.as_str()), (StatusCode::OK, "Laboratory link true false"));
}

#[tokio::test]
async fn a_token_outlives_the_memory_of_the_server() {
    let server = Server::with_everybody();
    let token = server.trust.issue_token(&new_token("system/*.rs")).unwrap();

    let restarted = Trust::new(server.trust.record().clone(), Arc::clone(&GATE), Options::default());

    assert_eq!(restarted.check_token(token.reveal()).unwrap().display, "Laboratory link");
}

#[tokio::test]
async fn without_a_good_token_the_answer_is_401_and_says_why() {
    let server = Server::with_everybody();
    let unknown = format!("Bearer cwt_{}", "0".repeat(64));

    for (sent, sentence) in [
        (None, "Send an access token: Authorization: Bearer TOKEN."),
        (Some("Basic dXNlcjpwYXNz"), "Send an access token: Authorization: Bearer TOKEN."),
        (Some("Bearer nonsense"), "The access token is not valid here."),
        (Some(unknown.as_str()), "The access token is not valid here."),
    ] {
        let (answer, body) = ask(&server, sent).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert!(answer.headers().get(header::WWW_AUTHENTICATE).unwrap().to_str().unwrap().starts_with("Bearer"));
        assert_eq!(answer.headers().get(header::CONTENT_TYPE).unwrap(), "application/fhir+json");
        assert!(body.contains("OperationOutcome") && body.contains(sentence), "{body}");
    }
}

#[tokio::test]
async fn a_token_that_is_over_says_so() {
    let server = Server::with_everybody();
    let token = server.trust.issue_token(&new_token("system/*.rs")).unwrap();

    server.clock.advance(HOUR_MS);

    let (answer, body) = ask(&server, Some(&format!("Bearer {}", token.reveal()))).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(body.contains("The access token has expired; ask for a new one."), "{body}");
}

#[tokio::test]
async fn a_revoked_token_is_refused_from_the_next_request_on() {
    let server = Server::with_everybody();
    let token = server.trust.issue_token(&new_token("system/*.rs")).unwrap();
    assert!(server.trust.check_token(token.reveal()).is_ok());

    server.trust.revoke_token(token.reveal()).unwrap();

    assert!(matches!(server.trust.check_token(token.reveal()), Err(TokenError::Unknown)));
    let actions: Vec<String> = server.logged().into_iter().skip(2).map(|entry| entry.draft.action).collect();
    assert_eq!(actions, ["IssueToken", "RevokeToken"]);
}

#[tokio::test]
async fn a_token_needs_scopes_and_an_end_within_a_year() {
    let server = Server::with_everybody();
    let forever = NewToken { until_ms: NOW_MS + crate::tokens::LIFE_MS_MAX + 1, ..new_token("system/*.rs") };
    let unlimited = NewToken { asker: doctor().asker, until_ms: NOW_MS + HOUR_MS };

    assert!(matches!(server.trust.issue_token(&forever), Err(TokenError::TooLong)));
    assert!(matches!(server.trust.issue_token(&unlimited), Err(TokenError::NoScopes)));
}

#[tokio::test]
async fn a_token_of_a_persona_keeps_who_she_is() {
    let server = Server::with_everybody();
    let mut asker = doctor().asker;
    asker.acts_as = vec!["Organization/elm".into()];
    asker.scopes = Some(SmartScopes::parse("system/*.rs").unwrap());
    let token = server.trust.issue_token(&NewToken { asker, until_ms: NOW_MS + HOUR_MS }).unwrap();

    let asker = server.trust.check_token(token.reveal()).unwrap();

    assert_eq!((asker.role, asker.display.as_str()), (Role::Gp, "Dr A. Khan"));
    assert_eq!(asker.organisation.as_ref().unwrap().name, "Elm Surgery");
    assert_eq!(asker.acts_as, ["Organization/elm"]);
}

#[test]
fn a_token_is_not_shown_by_accident() {
    let server = Server::with_everybody();

    let token = server.trust.issue_token(&new_token("system/*.rs")).unwrap();

    assert_eq!(format!("{token:?}"), "TokenText(...)");
}
