//! Telling later as whole requests: a second person decides, once, with a reason, and never about herself.

use super::TOLD_LATER;
use crate::Persona;
use crate::tests::{MRS_A, Server, doctor, get_page, id, mrs_a, officer, persona, post};
use axum::http::StatusCode;
use gate::{Action, Purpose, RequestId, Role};
use record::emergency::{Emergency, Reason};
use std::sync::Arc;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn declared_by(who: &Persona) -> Server {
    let guardian = persona("guardian", "Practitioner/gray", "Dr C. Gray", Role::CaldicottGuardian);
    let server = Server::with_personas(vec![mrs_a(), doctor(), officer(), guardian]);
    let (asker, request) = (Arc::new(who.asker.clone()), RequestId::parse("r-1").unwrap());
    let permit = server.trust.permit(&asker, Purpose::BreakGlass, Action::Read, &request).unwrap();
    let emergency = Emergency {
        reason: Reason::VitalInterest,
        explanation: "Found collapsed".to_owned(),
        told_later: Some("He reads her letters".to_owned()),
    };
    server.trust.record().declare_emergency(&permit, &id("mrs-a"), &emergency).unwrap();
    server
}

fn the_one(server: &Server) -> record::told_later::ToldLater {
    server.trust.record().told_later().unwrap().remove(0)
}

async fn decide(server: &Server, cookie: &str, form: &str) -> StatusCode {
    let path = format!("{TOLD_LATER}/{}", the_one(server).id);
    server.answer(post(&path, form, Some(cookie))).await.0.status()
}

#[tokio::test]
async fn what_waits_is_shown_with_its_reason_and_decided_in_words() {
    let server = declared_by(&doctor());
    let cookie = server.sign_in("persona=privacy-officer").await;

    let (_, page) = server.answer(get_page(TOLD_LATER, Some(&cookie))).await;
    assert!(
        page.contains("He reads her letters") && page.contains("Dr A. Khan") && page.contains("To decide"),
        "{page}"
    );
    assert!(!page.contains("mrs-a"), "{page}");
    let (_, desk) = server.answer(get_page("/privacy-officer", Some(&cookie))).await;
    assert!(desk.contains("1 emergency of which the person is to be told later"), "{desk}");
    assert_eq!(decide(&server, &cookie, "step=confirm&words=+").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(decide(&server, &cookie, "step=&words=Yes").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(the_one(&server).decisions, []);
    assert_eq!(decide(&server, &cookie, "step=confirm&words=Police+agree").await, StatusCode::SEE_OTHER);
    let (_, desk) = server.answer(get_page("/privacy-officer", Some(&cookie))).await;
    assert!(!desk.contains("is to be told later"), "{desk}");
    assert_eq!(the_one(&server).ends_ms(), the_one(&server).from_ms + record::told_later::HELD_DAYS * DAY_MS);
    let steps: Vec<String> = server.logged().into_iter().map(|entry| entry.draft.action).collect();
    assert!(steps.contains(&"TellLater".to_owned()) && steps.contains(&"Decide".to_owned()), "{steps:?}");
    assert!(
        server
            .logged()
            .iter()
            .filter(|one| one.draft.action == "Decide")
            .all(|one| one.draft.subjects[0].part == MRS_A)
    );
}

#[tokio::test]
async fn what_is_confirmed_is_not_confirmed_again_but_can_be_ended() {
    let server = declared_by(&doctor());
    let cookie = server.sign_in("persona=privacy-officer").await;
    decide(&server, &cookie, "step=confirm&words=Police+agree").await;

    assert_eq!(decide(&server, &cookie, "step=confirm&words=Longer").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(decide(&server, &cookie, "step=tell&words=He+was+arrested").await, StatusCode::SEE_OTHER);

    assert!(server.trust.record().not_told_yet(MRS_A).unwrap().is_empty());
}

#[tokio::test]
async fn what_was_told_cannot_be_hidden_again() {
    let server = declared_by(&doctor());
    server.clock.advance(record::told_later::DECIDE_DAYS * DAY_MS);
    let cookie = server.sign_in("persona=privacy-officer").await;

    assert_eq!(decide(&server, &cookie, "step=confirm&words=Late").await, StatusCode::NOT_FOUND);
    assert!(server.trust.record().not_told_yet(MRS_A).unwrap().is_empty());
}

#[tokio::test]
async fn nobody_decides_about_what_she_asked_for_herself() {
    let mut herself = doctor();
    herself.asker.who = officer().asker.who;
    let server = declared_by(&herself);
    let own = server.sign_in("persona=privacy-officer").await;
    let other = server.sign_in("persona=guardian").await;

    assert!(!server.answer(get_page(TOLD_LATER, Some(&own))).await.1.contains("He reads her letters"));
    assert_eq!(decide(&server, &own, "step=confirm&words=Mine").await, StatusCode::NOT_FOUND);
    assert_eq!(decide(&server, &other, "step=confirm&words=Checked").await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_page_is_for_officers() {
    let server = declared_by(&doctor());
    for persona in ["mrs-a", "gp"] {
        let cookie = server.sign_in(&format!("persona={persona}")).await;
        let (answer, page) = server.answer(get_page(TOLD_LATER, Some(&cookie))).await;
        assert!(answer.status() == StatusCode::FORBIDDEN && !page.contains("He reads"), "{persona}");
        assert_ne!(decide(&server, &cookie, "step=tell&words=x").await, StatusCode::SEE_OTHER, "{persona}");
    }
    assert_eq!(the_one(&server).decisions, []);
}
