//! The simulator as whole requests: it says what really happens, and shows nothing.

use super::SIMULATOR;
use crate::tests::{MRS_A, Server, doctor, id, post, with_number};
use gate::{Action, Purpose};
use record::Against;
use record::locks::Wanted;

const DOCTOR: &str = "nhs_number=9990000018&role=Gp&organisation=Organization/elm&purpose=DirectCare";

/// A server with the practice in its directory.
fn server() -> Server {
    let server = with_number();
    server.put(r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery"}"#);
    server.put(r#"{"resourceType":"Organization","id":"oak","name":"Oak Surgery"}"#);
    server
}

async fn asked(server: &Server, form: &str) -> String {
    let cookie = server.sign_in("persona=privacy-officer").await;
    server.answer(post(SIMULATOR, form, Some(&cookie))).await.1
}

#[tokio::test]
async fn the_practice_sees_the_record_and_another_practice_learns_who_somebody_is() {
    let server = server();

    let own = asked(&server, DOCTOR).await;
    let other = asked(&server, &DOCTOR.replace("/elm", "/oak")).await;

    assert!(
        own.contains("GPs and practice nurses who care for a person") && own.contains("you are registered there"),
        "{own}"
    );
    assert!(other.contains("only for people with whom the reader has a relationship of care"), "{other}");
    assert!(other.contains("None that the record knows of now") && !own.contains("HbA1c") && !own.contains("Archer"));
}

#[tokio::test]
async fn what_it_says_of_an_entry_is_what_the_reader_gets() {
    let server = server();
    let entry = format!("{DOCTOR}&entry=Observation/hba1c");
    let sees = |server: &Server| {
        let kind = fhir::ResourceType::OBSERVATION;
        server.trust.record().read(&server.permit(&doctor(), Action::Read), kind, &id("hba1c")).is_ok()
    };

    assert!(sees(&server) && asked(&server, &entry).await.contains(">Yes<"));
    let permit = server.permit(&crate::tests::officer(), Action::Update);
    let wanted = Wanted { entry: Some("Observation/hba1c"), against: Against::Others, reason: "Now", until_ms: None };
    server.trust.record().lock(&permit, &id("mrs-a"), &wanted).unwrap();

    let page = asked(&server, &entry).await;
    assert!(!sees(&server) && page.contains("a lock closes it") && !page.contains(">Yes<"), "{page}");
    let emergency = entry.replace("DirectCare", Purpose::BreakGlass.name());
    assert!(asked(&server, &emergency).await.contains("a lock closes it"));
    let unknown = entry.replace("hba1c", "never");
    assert!(asked(&server, &unknown).await.contains("no such entry in this person"));
}

#[tokio::test]
async fn a_role_without_leave_is_told_the_nearest_rule_and_the_question_is_in_the_persons_log() {
    let server = server();

    let page = asked(&server, &DOCTOR.replace("=Gp", "=Administrator")).await;
    let empty = asked(&server, "").await;
    asked(&server, DOCTOR).await;

    assert!(page.contains("no leave at all"), "{page}");
    assert!(empty.contains("Choose a role") && empty.contains("Choose a purpose"));
    let log = server.logged().into_iter().map(|entry| entry.draft);
    let asked: Vec<_> = log.filter(|draft| draft.action == "Simulate").collect();
    assert!(
        asked.len() == 1 && asked[0].subjects[0].part == MRS_A && asked[0].query.contains("Elm Surgery"),
        "{asked:?}"
    );
}
