//! What is kept and cannot be read any more counts as damage, never as nothing there.

use super::*;
use crate::audit_event::{Wanted, audit_events};
use axum::http::StatusCode;
use record::emergency::{Emergency, Reason};

fn damage(server: &Server, (kind, key): (&str, &str)) {
    let record = server.trust.record();
    assert!(record.kept(kind, key).unwrap().is_some(), "there is something to damage");
    record.keep(kind, key, b"{\"id\":", None).unwrap();
}

#[tokio::test]
async fn an_emergency_of_which_she_is_told_later_is_not_told_at_once_because_it_cannot_be_read() {
    let server = Server::with_everybody();
    let (asker, request) = (Arc::new(doctor().asker), RequestId::parse("r-1").unwrap());
    let permit = server.trust.permit(&asker, Purpose::BreakGlass, Action::Read, &request).unwrap();
    let told_later = Some("He reads her letters".to_owned());
    let emergency = Emergency { reason: Reason::VitalInterest, explanation: "Collapsed".to_owned(), told_later };
    server.trust.record().declare_emergency(&permit, &id("mrs-a"), &emergency).unwrap();
    let key = server.trust.record().told_later().unwrap().remove(0).id;
    let log = || {
        let wanted = Wanted { count: 10, ..Wanted::default() };
        audit_events(&server.trust, &server.permit(&mrs_a(), Action::Search), &id("mrs-a"), &wanted)
    };
    assert!(log().is_ok());

    damage(&server, ("told-later", &key));

    assert!(log().is_err());
    assert!(crate::who_looked(&server.trust, &server.permit(&mrs_a(), Action::Search), &id("mrs-a"), None).is_err());
    assert!(crate::proofs(&server.trust, &server.permit(&mrs_a(), Action::Export), &id("mrs-a"), None).is_err());
}

#[tokio::test]
async fn a_question_that_cannot_be_read_does_not_vanish_from_the_workbench() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);
    let entry = server.trust.record().log().count();
    let asked = server.trust.ask_about(&server.permit(&mrs_a(), Action::Search), &id("mrs-a"), entry, "Why?").unwrap();
    let cookie = server.sign_in("persona=privacy-officer").await;

    damage(&server, ("access-question", &asked.key()));

    let (answer, _) = server.answer(get_page("/privacy-officer", Some(&cookie))).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(server.trust.ask_about(&server.permit(&mrs_a(), Action::Search), &id("mrs-a"), entry, "Why?").is_err());
}
