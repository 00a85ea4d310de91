//! Rights requests as whole requests to the officer's pages: from the letter to the answer, and what stands in the log.

use super::RIGHTS;
use crate::rights::RightsCase;
use crate::tests::{MRS_A, Server, get_page, id, mrs_a, officer, post, with_number};
use axum::http::{StatusCode, header};
use gate::Action;
use record::log::Draft;

const LETTER: &str = "nhs_number=999+000+0018&right=access&came=letter&received-day=20&received-month=11&received-year=2026&wish=A+copy+of+everything";

async fn opened(server: &Server, cookie: &str) -> String {
    let (answer, _) = server.answer(post(&format!("{RIGHTS}/record"), LETTER, Some(cookie))).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers().get(header::LOCATION).unwrap().to_str().unwrap().to_owned()
}

fn steps_about_mrs_a(server: &Server) -> Vec<String> {
    let about = |draft: &Draft| draft.subjects.iter().any(|subject| subject.part == MRS_A);
    let entries = server.logged().into_iter().map(|entry| entry.draft);
    entries.filter(|draft| about(draft) && draft.who == "Practitioner/patel").map(|draft| draft.action).collect()
}

#[tokio::test]
async fn a_letter_becomes_a_case_that_the_person_finds_on_her_own_page_without_a_name_on_the_officers() {
    let server = with_number();
    let cookie = server.sign_in("persona=privacy-officer").await;

    let path = opened(&server, &cookie).await;

    let (_, page) = server.answer(get_page(&path, Some(&cookie))).await;
    for words in ["Subject access", "20 November 2026", "21 December 2026", "A copy of everything", "By letter"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Archer") && !page.contains("9990000018"));
    let hers = server.trust.rights_cases_of(&server.permit(&mrs_a(), Action::Search), &id("mrs-a")).unwrap();
    assert_eq!(hers.len(), 1);
    assert_eq!(steps_about_mrs_a(&server), ["OpenCase", "Search", "ReadCase"]);
}

#[tokio::test]
async fn a_letter_says_what_is_missing_and_a_number_that_nobody_has_opens_nothing() {
    let server = with_number();
    let cookie = server.sign_in("persona=privacy-officer").await;

    let (answer, empty) = server.answer(post(&format!("{RIGHTS}/record"), "", Some(&cookie))).await;
    let unknown = LETTER.replace("999+000+0018", "9990000026");
    let (_, unknown) = server.answer(post(&format!("{RIGHTS}/record"), &unknown, Some(&cookie))).await;
    let tomorrow = LETTER.replace("received-day=20", "received-day=23");
    let (_, tomorrow) = server.answer(post(&format!("{RIGHTS}/record"), &tomorrow, Some(&cookie))).await;

    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["10 digits of the NHS number", "Choose what the person wants", "Choose how", "today or before"] {
        assert!(empty.contains(words), "{words}");
    }
    assert!(unknown.contains("No record here has this NHS number"), "{unknown}");
    assert!(tomorrow.contains("today or before"));
    assert!(server.trust.rights_cases().unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_needs_a_reason_and_serious_harm_the_opinion_of_a_professional_that_only_officers_read() {
    let server = with_number();
    let cookie = server.sign_in("persona=privacy-officer").await;
    let path = opened(&server, &cookie).await;

    let bare = "step=decide&answer=refused&words=Not+the+letter+of+2019";
    let (answer, page) = server.answer(post(&path, bare, Some(&cookie))).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Choose why not all of it is done"));
    let harm = format!("{bare}&exemption=serious-harm");
    assert!(server.answer(post(&path, &harm, Some(&cookie))).await.1.contains("which health professional"));

    let (done, _) = server.answer(post(&path, &format!("{harm}&opinion=Dr+Khan+fears+it"), Some(&cookie))).await;
    server.answer(post(&path, "step=decide&answer=met&words=Changed+my+mind", Some(&cookie))).await;

    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let case = server.trust.rights_cases().unwrap().remove(0);
    let decision = case.decision.clone().unwrap();
    assert_eq!(
        (decision.said.words.as_str(), decision.opinion.as_str()),
        ("Not the letter of 2019", "Dr Khan fears it")
    );
    let (_, page) = server.answer(get_page(&path, Some(&cookie))).await;
    assert!(
        page.contains("schedule 3") && page.contains("Information Commissioner") && page.contains("Dr Khan fears it")
    );
    assert!(!crate::rights::drawing::decided(&decision).into_string().contains("Khan"));
    assert_eq!(steps_about_mrs_a(&server).iter().filter(|step| *step == "DecideCase").count(), 1);
}

#[tokio::test]
async fn the_time_is_extended_once_with_a_reason_and_not_after_the_first_month() {
    let server = with_number();
    let cookie = server.sign_in("persona=privacy-officer").await;
    let path = opened(&server, &cookie).await;
    let late = opened(&server, &cookie).await;

    let (empty, _) = server.answer(post(&path, "step=extend&words=", Some(&cookie))).await;
    server.answer(post(&path, "step=extend&words=Ten+volumes+of+paper", Some(&cookie))).await;
    server.clock.advance(40 * 24 * 3_600_000);
    let cookie = server.sign_in("persona=privacy-officer").await;
    server.answer(post(&late, "step=extend&words=Too+late", Some(&cookie))).await;

    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let case =
        |path: &str| -> RightsCase { server.trust.rights_case(path.rsplit('/').next().unwrap()).unwrap().unwrap() };
    assert_eq!(case(&path).due().to_string(), "2027-02-22");
    assert_eq!((case(&late).due().to_string().as_str(), case(&late).extension), ("2026-12-21", None));
}

#[tokio::test]
async fn nobody_else_sees_a_case_or_that_there_is_one() {
    let server = with_number();
    let cookie = server.sign_in("persona=privacy-officer").await;
    let path = opened(&server, &cookie).await;

    for persona in ["persona=gp", "persona=mrs-a"] {
        let cookie = server.sign_in(persona).await;
        for path in [path.as_str(), RIGHTS, "/privacy-officer/rights/00000000"] {
            assert_eq!(server.answer(get_page(path, Some(&cookie))).await.0.status(), StatusCode::FORBIDDEN, "{path}");
        }
    }
    let unknown = server.answer(get_page("/privacy-officer/rights/00000000", Some(&cookie))).await.0;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let daughter = server.permit(&crate::tests::daughter(), Action::Search);
    assert!(server.trust.rights_cases_of(&daughter, &id("mrs-a")).is_err());
    assert!(server.trust.rights_cases_of(&server.permit(&officer(), Action::Search), &id("mrs-a")).is_ok());
}

#[tokio::test]
async fn a_copy_is_counted_without_being_seen_and_what_is_withheld_needs_an_opinion() {
    let server = with_number();
    let cookie = server.sign_in("persona=privacy-officer").await;
    let path = opened(&server, &cookie).await;

    let (_, page) = server.answer(get_page(&path, Some(&cookie))).await;
    assert!(page.contains("test results") && page.contains("What is held about the person"), "{page}");
    assert!(!page.contains("HbA1c") && !page.contains("Archer"), "{page}");
    let (bare, _) = server.answer(post(&path, "step=withhold&entry=Observation/hba1c", Some(&cookie))).await;
    let withhold = "step=withhold&entry=Observation/hba1c&opinion=Dr+Khan,+20+November";
    let (done, _) = server.answer(post(&path, withhold, Some(&cookie))).await;

    assert_eq!((bare.status(), done.status()), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SEE_OTHER));
    let read = server.permit(&mrs_a(), Action::Read);
    assert!(server.trust.record().read(&read, fhir::ResourceType::OBSERVATION, &id("hba1c")).is_err());
    let (_, page) = server.answer(get_page(&path, Some(&cookie))).await;
    assert!(page.contains("Withheld from the person") && page.contains("Dr Khan, 20 November"), "{page}");
}
