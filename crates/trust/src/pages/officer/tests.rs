//! The workbench as whole requests: what waits, in which order, and what becomes of it.

use super::drawing;
use super::*;
use crate::tests::{MRS_A, NOW_MS, Server, doctor_looked, get_page, post};
use record::log::Draft;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Dr Khan looked Mrs A up by name, with no relationship to her.
fn stray() -> Draft {
    Draft { subjects: vec![Subject { part: MRS_A, relation: 0 }], ..doctor_looked() }
}

async fn opened(server: &Server, cookie: &str, path: &str) -> String {
    server.answer(get_page(path, Some(cookie))).await.1
}

fn first_link(page: &str, to: &str) -> String {
    let rest = page.split(&format!("href=\"{to}")).nth(1).unwrap_or_else(|| panic!("no link to {to} in {page}"));
    format!("{to}{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn an_empty_desk_says_so() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=privacy-officer").await;

    let page = opened(&server, &cookie, HOME).await;

    for words in ["No question waits", "The record explains every look so far", "No member of staff has looked"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn an_expected_look_never_reaches_the_desk_and_a_stray_one_does() {
    let server = Server::with_everybody();
    let later = Draft { at_ms: NOW_MS + 3 * DAY_MS, ..stray() };
    server.log(vec![doctor_looked(), later]);
    let cookie = server.sign_in("persona=privacy-officer").await;

    let page = opened(&server, &cookie, HOME).await;

    assert!(page.contains("Of 2 looks by staff, the record explains 1 (50 %)."), "{page}");
    assert!(page.contains("Nothing in the record says why they looked."), "{page}");
    assert_eq!(page.matches("/privacy-officer/looks/").count(), 1);
}

#[tokio::test]
async fn a_look_is_withdrawn_when_care_begins_after_it() {
    let server = Server::with_everybody();
    server.log(vec![stray()]);
    let cookie = server.sign_in("persona=privacy-officer").await;
    assert!(opened(&server, &cookie, HOME).await.contains("/privacy-officer/looks/"));

    server.log(vec![Draft { at_ms: NOW_MS + 3_600_000, ..doctor_looked() }]);

    assert!(!opened(&server, &cookie, HOME).await.contains("/privacy-officer/looks/"));
}

#[tokio::test]
async fn a_closed_look_keeps_what_was_found_and_both_steps_are_in_the_log_of_the_person() {
    let server = Server::with_everybody();
    server.log(vec![stray()]);
    let cookie = server.sign_in("persona=privacy-officer").await;
    let path = first_link(&opened(&server, &cookie, HOME).await, "/privacy-officer/looks/");

    let (refused, empty) = server.answer(post(&path, "words=", Some(&cookie))).await;
    let (closed, _) = server.answer(post(&path, "words=He+typed+a+wrong+name.", Some(&cookie))).await;
    let (again, _) = server.answer(post(&path, "words=Something+else", Some(&cookie))).await;

    assert_eq!((refused.status(), closed.status(), again.status()).0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.contains("Write what you found"));
    let page = opened(&server, &cookie, &path).await;
    assert!(page.contains("He typed a wrong name.") && !page.contains("Something else"), "{page}");
    let decided: Vec<Draft> =
        server.logged().into_iter().map(|entry| entry.draft).filter(|draft| draft.action == "Decide").collect();
    assert_eq!(decided.len(), 1);
    assert_eq!(decided[0].subjects, [Subject { part: MRS_A, relation: 0 }]);
}

#[tokio::test]
async fn what_the_check_asks_stands_in_the_log_under_its_own_rule() {
    let server = Server::with_everybody();
    server.log(vec![stray()]);
    let cookie = server.sign_in("persona=privacy-officer").await;

    opened(&server, &cookie, HOME).await;

    let asked: Vec<Draft> = server.logged().into_iter().map(|entry| entry.draft).collect();
    let asked: Vec<&Draft> = asked.iter().filter(|draft| draft.who == "service/reconciliation").collect();
    assert!(asked.len() >= 3 && asked.iter().all(|draft| draft.rule == "service-reconciliation"), "{asked:?}");
    assert!(asked.iter().any(|draft| draft.subjects == [Subject { part: MRS_A, relation: 0 }]));
    let kinds = ["AuditEvent", "Patient", "Person", "Appointment", "Practitioner", "PractitionerRole"];
    let kinds = kinds.map(|kind| fhir::ResourceType::parse(kind).unwrap().code());
    assert!(asked.iter().flat_map(|draft| &draft.kinds).all(|kind| kinds.contains(kind)));
}

#[tokio::test]
async fn a_case_that_does_not_exist_is_not_found() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=privacy-officer").await;

    for path in ["/privacy-officer/questions/x", "/privacy-officer/looks/0000000001-0000000000000001"] {
        let (answer, _) = server.answer(get_page(path, Some(&cookie))).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn questions_tell_how_many_days_are_left() {
    let case = Case::sample();
    let told = |now_ms: i64| {
        let page = drawing::case(&case, "mrs-a", now_ms, None).into_string();
        page.split("nhsuk-tag--").nth(1).unwrap().split(['>', '<']).nth(1).unwrap().to_owned()
    };

    assert_eq!(told(case.asked_ms), "28 days left");
    assert_eq!(told(case.due_ms - DAY_MS), "1 day left");
    assert_eq!(told(case.due_ms), "Due today");
    assert_eq!(told(case.due_ms + 2 * DAY_MS), "Overdue by 2 days");
}

#[tokio::test]
async fn a_question_about_ones_own_look_goes_to_another_officer() {
    let mut other = crate::tests::officer();
    other.id = "other-officer".into();
    other.asker.who = gate::AgentId::parse("Practitioner/ward").unwrap();
    let server = Server::with_personas(vec![crate::tests::mrs_a(), crate::tests::officer(), other]);
    let own = Draft { who: "Practitioner/patel".into(), role: "PrivacyOfficer".into(), ..doctor_looked() };
    server.log(vec![own]);
    let entry = server.trust.record().log().count();
    let ask = server.permit(&crate::tests::mrs_a(), Action::Search);
    let case = server.trust.ask_about(&ask, &crate::tests::id("mrs-a"), entry, "Why?").unwrap();
    let path = format!("{HOME}/questions/{}", case.key());

    let (hers, another) =
        (server.sign_in("persona=privacy-officer").await, server.sign_in("persona=other-officer").await);

    assert!(!opened(&server, &hers, HOME).await.contains(&path));
    let (refused, page) = server.answer(get_page(&path, Some(&hers))).await;
    assert!(refused.status() == StatusCode::FORBIDDEN && page.contains("something that you did"), "{page}");
    let (refused, _) = server.answer(post(&path, "words=All+well", Some(&hers))).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(opened(&server, &another, HOME).await.contains(&path));
    assert_eq!(server.answer(post(&path, "words=All+well", Some(&another))).await.0.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_emergency_says_by_when_it_is_to_be_reviewed() {
    let server = Server::with_everybody();
    let declared = Draft { purpose: "BreakGlass".into(), ..stray() };
    let declared = Draft {
        subjects: vec![Subject { part: MRS_A, relation: gate::RelationKind::Emergency.code() + 1 }],
        ..declared
    };
    server.log(vec![declared]);
    let cookie = server.sign_in("persona=privacy-officer").await;

    let page = opened(&server, &cookie, HOME).await;
    assert!(page.contains("Emergency, review by 29 November 2026"), "{page}");
    server.clock.advance(8 * DAY_MS);
    let cookie = server.sign_in("persona=privacy-officer").await;
    assert!(opened(&server, &cookie, HOME).await.contains("Emergency, overdue"));
}

#[tokio::test]
async fn a_long_list_begins_with_what_is_worth_looking_at_and_has_a_way_to_the_rest() {
    let server = Server::with_everybody();
    let by = |number: usize| Draft { who: format!("Practitioner/stray-{number}"), ..stray() };
    server.log((0..120).map(by).collect());
    let cookie = server.sign_in("persona=privacy-officer").await;
    let looks = |page: &str| page.matches("/privacy-officer/looks/").count();

    let first = opened(&server, &cookie, HOME).await;
    let second = opened(&server, &cookie, "/privacy-officer?page=2").await;

    assert!(first.contains("Open looks 1 to 100 of 120") && first.contains("Begin with the first 20:"), "{first}");
    assert!(first.contains("href=\"/privacy-officer?page=2\"") && first.contains("Looks 101 to 120"), "{first}");
    assert!(second.contains("Open looks 101 to 120 of 120") && second.contains("Looks 1 to 100"), "{second}");
    assert_eq!((looks(&first), looks(&second)), (100, 20));
    for (odd, like) in [("?page=99", &second), ("?page=0", &first), ("?page=x", &first)] {
        let page = opened(&server, &cookie, &format!("{HOME}{odd}")).await;
        assert_eq!(looks(&page), looks(like), "{odd}");
    }
}
