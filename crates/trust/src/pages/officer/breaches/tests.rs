//! Suspected breaches as whole requests: the clock, whom the log names, and what is kept.

use super::BREACHES;
use crate::tests::{MRS_A, NOW_MS, Server, doctor_looked, get_page, post};
use axum::http::{StatusCode, header};
use record::log::{Draft, Subject};

const DAY_MS: i64 = 24 * 3_600_000;

async fn reported(server: &Server, cookie: &str) -> String {
    let (answer, _) = server.answer(post(BREACHES, "what=A+list+was+sent+out&hours=60", Some(cookie))).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers().get(header::LOCATION).unwrap().to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_clock_counts_72_hours_from_becoming_aware() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=privacy-officer").await;
    let path = reported(&server, &cookie).await;

    let (_, page) = server.answer(get_page(&path, Some(&cookie))).await;
    assert!(page.contains("12 hours left") && page.contains("22 November 2026, 10pm"), "{page}");
    server.clock.advance(DAY_MS);
    let cookie = server.sign_in("persona=privacy-officer").await;
    assert!(server.answer(get_page(BREACHES, Some(&cookie))).await.1.contains("Overdue by 12 hours"));
    let (refused, _) = server.answer(post(&path, "step=regulator&words=", Some(&cookie))).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    server.answer(post(&path, "step=regulator&words=Told+them,+reference+7", Some(&cookie))).await;
    server.answer(post(&path, "step=regulator&words=Something+else", Some(&cookie))).await;

    let (_, page) = server.answer(get_page(&path, Some(&cookie))).await;
    assert!(
        page.contains("Decided late") && page.contains("reference 7") && !page.contains("Something else"),
        "{page}"
    );
}

#[tokio::test]
async fn whom_it_concerns_is_exactly_whom_the_log_names_between_the_days() {
    let server = Server::with_everybody();
    let at = |days: i64, part: u32| Draft {
        at_ms: NOW_MS - days * DAY_MS,
        subjects: vec![Subject { part, relation: 0 }],
        ..doctor_looked()
    };
    let other = Draft { who: "Practitioner/else".into(), name: "Dr Else".into(), ..at(2, 9) };
    let refused = Draft { outcome: "refused".into(), ..at(2, 8) };
    server.log(vec![at(9, 7), at(3, MRS_A), at(3, MRS_A), at(2, 5), other, refused, at(0, 6)]);
    let cookie = server.sign_in("persona=privacy-officer").await;
    let path = reported(&server, &cookie).await;

    let form = "step=concerned&staff=Practitioner/khan&from=2026-11-19&to=2026-11-20";
    let (done, _) = server.answer(post(&path, form, Some(&cookie))).await;
    let (empty, _) = server.answer(post(&path, "step=concerned", Some(&cookie))).await;

    assert_eq!((done.status(), empty.status()), (StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY));
    let concerned = server.trust.breaches().unwrap().remove(0).concerned.unwrap();
    assert_eq!((concerned.people.as_slice(), concerned.entries, concerned.is_whole), ([MRS_A, 5].as_slice(), 3, true));
    let last = server.logged().into_iter().rev().find(|entry| entry.draft.action == "Breach").unwrap();
    assert_eq!(last.draft.subjects.len(), 2, "it stands in the log of each of them");
    let (_, page) = server.answer(get_page(&path, Some(&cookie))).await;
    assert!(page.contains("2 people") && page.contains("20 November 2026"), "{page}");
}

#[tokio::test]
async fn a_breach_is_closed_when_every_task_is_done_and_nobody_else_sees_it() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=privacy-officer").await;
    let path = reported(&server, &cookie).await;
    for task in ["contain", "assess", "regulator", "people", "learn"] {
        server.answer(post(&path, &format!("step={task}&words=Done+so"), Some(&cookie))).await;
    }

    assert!(server.trust.breaches().unwrap()[0].is_closed());
    assert!(server.answer(get_page(BREACHES, Some(&cookie))).await.1.contains("No suspected breach is open."));
    for persona in ["persona=gp", "persona=mrs-a"] {
        let cookie = server.sign_in(persona).await;
        assert_eq!(server.answer(get_page(&path, Some(&cookie))).await.0.status(), StatusCode::FORBIDDEN);
    }
    let unknown = format!("{BREACHES}/00000000");
    assert_eq!(server.answer(get_page(&unknown, Some(&cookie))).await.0.status(), StatusCode::NOT_FOUND);
}
