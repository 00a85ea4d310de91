//! Locking as whole requests: what is said where something is missing, and that it holds at once.

use super::LOCKS;
use crate::tests::{MRS_A, Server, doctor, get_page, id, mrs_a, post, with_number};
use axum::http::StatusCode;
use gate::Action;

const WHOLE: &str = "nhs_number=9990000018&what=record&hours=24&reason=Her+husband+works+there.";

fn doctor_sees(server: &Server) -> bool {
    let kind = fhir::ResourceType::OBSERVATION;
    server.trust.record().read(&server.permit(&doctor(), Action::Read), kind, &id("hba1c")).is_ok()
}

#[tokio::test]
async fn a_record_is_locked_by_number_and_opened_again_with_a_reason() {
    let server = with_number();
    let cookie = server.sign_in("persona=privacy-officer").await;
    assert!(doctor_sees(&server));

    let (locked, _) = server.answer(post(LOCKS, WHOLE, Some(&cookie))).await;

    assert_eq!(locked.status(), StatusCode::SEE_OTHER);
    assert!(!doctor_sees(&server));
    let (_, page) = server.answer(get_page(LOCKS, Some(&cookie))).await;
    assert!(page.contains("Her husband works there.") && page.contains("The whole record of person 1"), "{page}");
    assert!(!page.contains("9990000018"));
    let lock =
        server.trust.record().locks_of(&server.permit(&mrs_a(), Action::Search), &id("mrs-a")).unwrap().remove(0);
    let path = format!("{LOCKS}/{}", lock.id);
    assert_eq!(server.answer(post(&path, "reason=", Some(&cookie))).await.0.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.answer(post(&path, "reason=Sorted+out", Some(&cookie))).await.0.status(), StatusCode::SEE_OTHER);
    assert!(doctor_sees(&server));
    let steps: Vec<String> = server
        .logged()
        .into_iter()
        .map(|entry| entry.draft)
        .filter(|draft| draft.subjects.iter().any(|subject| subject.part == MRS_A))
        .map(|draft| draft.action)
        .filter(|action| action.ends_with("ock"))
        .collect();
    assert_eq!(steps, ["Lock", "Unlock"]);
}

#[tokio::test]
async fn what_is_missing_is_said_and_nothing_is_locked() {
    let server = with_number();
    let cookie = server.sign_in("persona=privacy-officer").await;

    let (answer, empty) = server.answer(post(LOCKS, "", Some(&cookie))).await;
    let entry = "nhs_number=9990000018&what=entry&entry=Observation/other&reason=Wrong+person";
    let (_, unknown) = server.answer(post(LOCKS, entry, Some(&cookie))).await;

    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["10 digits", "Choose whether the whole record", "Write why it is closed"] {
        assert!(empty.contains(words), "{words}");
    }
    assert!(unknown.contains("no such entry in this person"), "{unknown}");
    assert!(doctor_sees(&server));
}
