//! AuditEvents: the person finds who looked at her record, others find nothing.

use super::*;
use gate::{Purpose, Role};
use testkit::{citizen, clinician, officer, service};

/// A doctor of the practice has read the finding about Ada, and machinery has looked at something else.
async fn looked_at() -> Server {
    let server = Server::with_records();
    server.world.put(&PATIENT.replace("\"ada\"", "\"bea\"").replace("9990000018", "9990000026"));
    assert_eq!(server.ask(Some(&clinician("khan", "practice")), "GET /Observation/height", &[], "").await.status, 200);
    server.get("/Patient/bea").await;
    server
}

#[tokio::test]
async fn a_person_finds_who_looked_and_each_page_goes_on_where_the_last_ended() {
    let (server, ada) = (looked_at().await, citizen("ada"));

    let whole = server.ask(Some(&ada), "GET /AuditEvent?patient=ada", &[], "").await.json();
    let mut told = Vec::new();
    let mut next = Some("/AuditEvent?patient=Patient/ada&_count=2".to_owned());
    while let Some(page) = next.take() {
        let reply = server.ask(Some(&ada), &format!("GET {page}"), &[], "").await;
        told.extend(reply.entries());
        next = reply.link("next");
        assert!(told.len() < 20, "the pages must come to an end");
    }

    assert_eq!(whole["total"], 3);
    let first = &whole["entry"][0]["resource"];
    assert_eq!(first["agent"][2]["who"]["reference"], "Practitioner/khan");
    assert_eq!(first["entity"][0]["what"]["reference"], "Observation/height");
    // That the log was read is an entry itself, newer than those of the first answer.
    let names: Vec<String> = whole["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| format!("AuditEvent/{}", entry["resource"]["id"].as_str().unwrap()))
        .collect();
    assert_eq!(told[told.len() - 3..], names);
}

#[tokio::test]
async fn parameters_choose_among_the_entries_as_in_any_search() {
    let (server, ada) = (looked_at().await, citizen("ada"));
    let count = async |query: &str| {
        let reply = server.ask(Some(&ada), &format!("GET /AuditEvent?patient=ada{query}"), &[], "").await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text);
        reply.entries().len()
    };

    assert_eq!(count("&action=R").await, 1);
    assert_eq!(count("&action:not=R&agent:missing=false&subtype=update").await, 2);
    assert_eq!(count("&date=lt2020").await, 0);
    assert_eq!(count("&agent=Practitioner/khan").await, 1);
    let chained = server.ask(Some(&ada), "GET /AuditEvent?patient=ada&agent:Practitioner.name=k", &[], "").await;
    assert_eq!(chained.status, 400);
    assert!(chained.said().contains("leave out chains"), "{}", chained.text);
}

#[tokio::test]
async fn an_event_is_read_by_its_id_and_valid() {
    let (server, ada) = (looked_at().await, citizen("ada"));
    let name = server.ask(Some(&ada), "GET /AuditEvent?patient=ada", &[], "").await.entries().remove(0);

    let event = server.ask(Some(&ada), &format!("GET /{name}"), &[], "").await;

    assert_eq!(event.status, 200);
    let tree = fhir::json::parse(event.text.as_bytes()).unwrap();
    assert_eq!(fhir::validate(&tree).iter().filter(|issue| issue.is_error()).count(), 0);
}

#[tokio::test]
async fn the_log_of_another_person_is_like_that_of_nobody() {
    let server = looked_at().await;
    let name = server.ask(Some(&citizen("ada")), "GET /AuditEvent?patient=ada", &[], "").await.entries().remove(0);
    let bare = |reply: Reply| (reply.status, reply.text.replace("ada", "someone").replace("nobody", "someone"));

    for stranger in [citizen("bea"), clinician("khan", "practice"), service("system/Observation.rs")] {
        for question in ["GET /AuditEvent?patient=", "GET /Patient/", "GET /AuditEvent?_count=1&patient=Patient/"] {
            let after = if question.ends_with("t/") && !question.contains('=') { "/AuditEvent" } else { "" };
            let hers = server.ask(Some(&stranger), &format!("{question}ada{after}"), &[], "").await;
            let nobodys = server.ask(Some(&stranger), &format!("{question}nobody{after}"), &[], "").await;
            assert_eq!(hers.entries().len(), 0, "{stranger:?} {question}");
            assert_eq!(bare(hers), bare(nobodys), "{stranger:?} {question}");
        }
        let hers = server.ask(Some(&stranger), &format!("GET /{name}"), &[], "").await;
        let nobodys = server.ask(Some(&stranger), "GET /AuditEvent/log-999999-7", &[], "").await;
        assert_eq!((hers.status.as_u16(), &hers.text), (404, &nobodys.text), "{stranger:?}");
    }
}

#[tokio::test]
async fn the_privacy_officer_reads_anyones_log_and_nothing_of_the_record() {
    let server = looked_at().await;
    let privacy = officer(Role::PrivacyOfficer, Purpose::Audit);

    assert_eq!(server.ask(Some(&privacy), "GET /AuditEvent?patient=ada", &[], "").await.json()["total"], 3);
    assert_eq!(server.ask(Some(&privacy), "GET /Observation/height", &[], "").await.status, 404);
    assert_eq!(server.ask(Some(&privacy), "GET /Observation", &[], "").await.json()["total"], 0);
}

#[tokio::test]
async fn what_others_have_sent_comes_after_the_log() {
    let server = looked_at().await;
    let sent = r#"{"resourceType":"AuditEvent","id":"sent","type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest"},"recorded":"2026-01-01T00:00:00Z","agent":[{"requestor":true,"who":{"reference":"Patient/ada"}}],"source":{"observer":{"display":"elsewhere"}},"entity":[{"what":{"reference":"Patient/ada"}}]}"#;
    server.world.put(sent);

    let first = server.ask(Some(&citizen("ada")), "GET /AuditEvent?patient=ada", &[], "").await;
    let next = first.link("next").expect("a second page");
    let second = server.ask(Some(&citizen("ada")), &format!("GET {next}"), &[], "").await;

    assert!(first.entries().iter().all(|name| name.starts_with("AuditEvent/log-")), "{:?}", first.entries());
    assert_eq!(second.entries(), ["AuditEvent/sent"]);
    assert_eq!(second.link("next"), None);
}
