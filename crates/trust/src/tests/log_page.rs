//! The privacy officer's log page.

use super::*;
use crate::pages::{Found, LogQuestion};
use axum::http::StatusCode;

#[tokio::test]
async fn the_officer_finds_accesses_by_person_and_by_staff() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);
    let cookie = server.sign_in("persona=privacy-officer").await;

    let (answer, by_person) = server.answer(post("/log", "person=Patient%2Fmrs-a", Some(&cookie))).await;
    let (_, by_staff) = server.answer(post("/log", "staff=khan", Some(&cookie))).await;
    let (_, nobody) = server.answer(post("/log", "person=unknown", Some(&cookie))).await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert!(by_person.contains("Dr A. Khan, GP or practice nurse, Elm Surgery"));
    assert!(by_person.contains("read test results (1 person)"));
    assert!(by_staff.contains("Dr A. Khan") && !by_staff.contains("Demo locality"));
    assert!(nobody.contains("Nothing in the log fits."));
}

#[tokio::test]
async fn reading_the_log_is_itself_in_the_log_of_the_person() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=privacy-officer").await;

    server.answer(post("/log", "person=mrs-a", Some(&cookie))).await;

    let last = server.logged().pop().unwrap().draft;
    assert_eq!((last.name.as_str(), last.rule.as_str()), ("Ms R. Patel", "privacy-officer-log"));
    assert_eq!(last.subjects, [Subject { part: MRS_A, relation: 0 }]);
    assert_eq!(last.kinds, [ResourceType::AUDIT_EVENT.code()]);
}

#[tokio::test]
async fn nobody_else_reads_the_log_of_everybody() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);

    for persona in ["mrs-a", "gp"] {
        let cookie = server.sign_in(&format!("persona={persona}")).await;
        let (_, page) = server.answer(get_page("/log", Some(&cookie))).await;
        assert!(!page.contains("Elm Surgery</td>") && !page.contains("Demo locality"), "{persona}");
    }
    let (answer, _) = server.answer(get_page("/log", None)).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn the_page_shows_what_and_why_in_words() {
    let html = crate::pages::log_content(&LogQuestion::default(), &Found::sample()).into_string();

    assert!(html.contains("searched test results (1 person)"));
    assert!(html.contains("Professionals who care for a person may see that person"));
    assert!(html.contains("Show older entries"));
}
