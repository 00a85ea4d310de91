//! Two officers with the same form open: the second one loses nothing of the first one's work, and is told.

use super::*;
use crate::tests::{MRS_A, Server, doctor, doctor_looked, get_page, id, mrs_a, officer, persona, post};
use gate::{Purpose, RequestId, Role};
use record::emergency::{Emergency, Reason};
use record::log::Draft;
use std::sync::Arc;

const SAYS: &str = "has answered meanwhile";

struct Two {
    server: Server,
    first: String,
    second: String,
}

impl Two {
    async fn new() -> Two {
        let guardian = persona("guardian", "Practitioner/gray", "Dr C. Gray", Role::CaldicottGuardian);
        let server = Server::with_personas(vec![mrs_a(), doctor(), officer(), guardian]);
        server.put(r#"{"resourceType":"Patient","id":"mrs-a","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#);
        let first = server.sign_in("persona=privacy-officer").await;
        let second = server.sign_in("persona=guardian").await;
        Two { server, first, second }
    }

    /// Both send a form to the same place; gives what the second one reads, and that the first one was taken.
    async fn send(&self, path: &str, (first, second): (&str, &str)) -> String {
        let (taken, _) = self.server.answer(post(path, first, Some(&self.first))).await;
        assert_eq!(taken.status(), StatusCode::SEE_OTHER, "{path}");
        let (again, _) = self.server.answer(post(path, first, Some(&self.first))).await;
        assert_eq!(again.status(), StatusCode::SEE_OTHER, "{path}: sent twice by a browser is sent once");
        let (late, page) = self.server.answer(post(path, second, Some(&self.second))).await;
        assert_eq!(late.status(), StatusCode::CONFLICT, "{path}");
        page
    }

    fn decided(&self) -> usize {
        self.server.logged().iter().filter(|entry| entry.draft.action == "Decide").count()
    }
}

#[tokio::test]
async fn a_look_that_a_colleague_has_closed_is_shown_with_what_she_found() {
    let two = Two::new().await;
    two.server.log(vec![Draft { subjects: vec![Subject { part: MRS_A, relation: 0 }], ..doctor_looked() }]);
    let (_, desk) = two.server.answer(get_page(HOME, Some(&two.first))).await;
    let key = desk.split("/privacy-officer/looks/").nth(1).unwrap().split('"').next().unwrap().to_owned();

    let page = two.send(&format!("{HOME}/looks/{key}"), ("words=A+wrong+name", "words=He+was+curious")).await;

    assert!(page.contains(SAYS) && page.contains("A wrong name") && page.contains("He was curious"), "{page}");
    let kept = two.server.trust.finding(&key).unwrap().unwrap();
    assert_eq!(kept.decision.unwrap().words, "A wrong name");
    assert_eq!(two.decided(), 1);
}

#[tokio::test]
async fn a_question_that_a_colleague_has_answered_keeps_her_answer() {
    let two = Two::new().await;
    two.server.log(vec![doctor_looked()]);
    let (permit, entry) = (two.server.permit(&mrs_a(), Action::Search), two.server.trust.record().log().count());
    let asked = two.server.trust.ask_about(&permit, &id("mrs-a"), entry, "Why?");
    let key = asked.unwrap().key();

    let page = two.send(&format!("{HOME}/questions/{key}"), ("words=For+a+letter", "words=I+do+not+know")).await;

    assert!(page.contains(SAYS) && page.contains("For a letter") && page.contains("I do not know"), "{page}");
    assert_eq!(two.server.trust.question(&key).unwrap().unwrap().answer.unwrap().words, "For a letter");
}

#[tokio::test]
async fn a_rights_request_that_a_colleague_has_answered_or_extended_keeps_what_she_said() {
    let two = Two::new().await;
    let letter = "nhs_number=999+000+0018&right=access&came=letter&received-day=20&received-month=11&received-year=2026&wish=A+copy";
    let (opened, _) = two.server.answer(post(&format!("{}/record", rights::RIGHTS), letter, Some(&two.first))).await;
    let path = opened.headers().get(header::LOCATION).unwrap().to_str().unwrap().to_owned();

    let page = two.send(&path, ("step=extend&words=Many+letters", "step=extend&words=On+holiday")).await;
    assert!(page.contains(SAYS) && page.contains("Many letters"), "{page}");
    let (first, second) = ("step=decide&answer=met&words=Here+it+is", "step=decide&answer=met&words=Not+yet");
    let page = two.send(&path, (first, second)).await;

    assert!(page.contains(SAYS) && page.contains("Here it is") && page.contains("Not yet"), "{page}");
    let case = two.server.trust.rights_cases().unwrap().remove(0);
    assert_eq!(case.decision.unwrap().said.words, "Here it is");
    assert!(case.notes.is_empty(), "an extension that came too late is no note either");
}

#[tokio::test]
async fn a_task_of_a_breach_that_a_colleague_has_done_keeps_what_she_did() {
    let two = Two::new().await;
    let (reported, _) = two.server.answer(post(breaches::BREACHES, "what=A+list&hours=1", Some(&two.first))).await;
    let path = reported.headers().get(header::LOCATION).unwrap().to_str().unwrap().to_owned();

    let page = two.send(&path, ("step=contain&words=Closed+it", "step=contain&words=Nothing+yet")).await;

    assert!(page.contains(SAYS) && page.contains("Closed it") && page.contains("Nothing yet"), "{page}");
    let (other, _) = two.server.answer(post(&path, "step=assess&words=Five+people", Some(&two.second))).await;
    assert_eq!(other.status(), StatusCode::SEE_OTHER, "another task is another matter");
    assert_eq!(two.server.trust.breaches().unwrap()[0].done.len(), 2);
}

#[tokio::test]
async fn what_a_colleague_has_told_the_person_is_not_hidden_again() {
    let two = Two::new().await;
    let (asker, request) = (Arc::new(doctor().asker), RequestId::parse("r-1").unwrap());
    let permit = two.server.trust.permit(&asker, Purpose::BreakGlass, Action::Read, &request).unwrap();
    let told_later = Some("He reads her letters".to_owned());
    let emergency = Emergency { reason: Reason::VitalInterest, explanation: "Collapsed".to_owned(), told_later };
    let record = two.server.trust.record();
    record.declare_emergency(&permit, &id("mrs-a"), &emergency).unwrap();
    // As the second officer has read it, before the first one decides.
    let stale = record.told_later().unwrap().remove(0);
    let path = format!("{}/{}", told_later::TOLD_LATER, stale.id);

    let (told, _) = two.server.answer(post(&path, "step=tell&words=He+is+gone", Some(&two.first))).await;
    let (late, page) = two.server.answer(post(&path, "step=confirm&words=Police+agree", Some(&two.second))).await;

    assert_eq!((told.status(), late.status()), (StatusCode::SEE_OTHER, StatusCode::CONFLICT));
    assert!(page.contains(SAYS) && page.contains("Police agree"), "{page}");
    let (by, words) = ("Dr C. Gray".to_owned(), "Police agree".to_owned());
    let confirm = record::told_later::Decision { at_ms: record.now_ms(), by, words, is_confirmed: true };
    let logged = record.log().count();
    assert!(!record.decide_told_later(&stale, confirm, Draft::default()).unwrap(), "from what was read before");
    assert_eq!(record.log().count(), logged, "what was not done is not logged as done");
    assert!(record.not_told_yet(MRS_A).unwrap().is_empty());
}

#[tokio::test]
async fn a_check_that_takes_up_a_look_again_leaves_what_was_decided() {
    let two = Two::new().await;
    two.server.log(vec![Draft { subjects: vec![Subject { part: MRS_A, relation: 0 }], ..doctor_looked() }]);
    two.server.answer(get_page(HOME, Some(&two.first))).await;
    let trust = &two.server.trust;
    let open = trust.findings().unwrap().remove(0);
    let decision = Decision { at_ms: 1, by: "Ms R. Patel".to_owned(), words: "A wrong name".to_owned() };
    let decided = Finding { decision: Some(decision), ..open.clone() };
    assert!(trust.change_finding(Some(&open), &decided, None).unwrap());

    assert!(!trust.change_finding(None, &open, None).unwrap(), "as a run does that begins again");
    assert!(!trust.change_finding(Some(&open), &open, None).unwrap(), "as whoever read it before");

    assert_eq!(trust.findings().unwrap(), [decided]);
}
