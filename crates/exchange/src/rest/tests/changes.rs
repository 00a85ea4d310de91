//! Create, update, patch, delete, their conditions, and Bundles.

use super::*;

const NEW: &str = r#"{"resourceType":"Patient","identifier":[{"system":"s","value":"1"}],"name":[{"family":"New"}]}"#;

async fn send(server: &Server, line: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    server.ask(Some(&machinery()), line, headers, body).await
}

#[tokio::test]
async fn a_creation_says_where_it_is() {
    let server = Server::new();

    let reply = send(&server, "POST /Patient", &[], NEW).await;

    assert_eq!((reply.status.as_u16(), reply.header("etag")), (201, "W/\"1\""));
    let location = reply.header("location").strip_prefix("http://test.example/fhir").expect("here").to_owned();
    assert_eq!(server.get(&location).await.text, reply.text);
}

#[tokio::test]
async fn the_client_chooses_what_comes_back() {
    let server = Server::new();
    let create = async |prefer: &str| send(&server, "POST /Patient", &[("prefer", prefer)], NEW).await;

    assert_eq!(create("return=minimal").await.text, "");
    assert_eq!(create("return=representation").await.json()["resourceType"], "Patient");
    assert_eq!(create("return=OperationOutcome").await.json()["resourceType"], "OperationOutcome");
}

#[tokio::test]
async fn a_reference_to_nothing_is_told() {
    let server = Server::new();
    let body = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"performer":[{"reference":"Practitioner/nobody"}]}"#;

    let reply = send(&server, "POST /Observation", &[("prefer", "return=OperationOutcome")], body).await;

    assert_eq!(reply.status, 201);
    assert!(reply.header("warning").contains("Practitioner/nobody") && reply.said().contains("Practitioner/nobody"));
}

#[tokio::test]
async fn what_is_wrong_in_a_resource_is_named() {
    let server = Server::new();
    let gender = NEW.replace("\"name\"", "\"gender\":\"femail\",\"name\"");

    let reply = send(&server, "POST /Patient", &[], &gender).await;
    assert!(reply.status.is_client_error());
    assert_eq!(reply.json()["issue"][0]["expression"][0], "Patient.gender");
    assert_eq!(send(&server, "POST /Patient", &[], "{\"resourceType\":").await.status, 400);
    assert_eq!(send(&server, "POST /Observation", &[], NEW).await.status, 400);
    assert_eq!(send(&server, "PUT /Patient/other", &[], PATIENT).await.status, 400);
    let checked = send(&server, "POST /Patient/$validate", &[], &gender).await;
    assert_eq!((checked.status.as_u16(), checked.json()["issue"][0]["severity"].as_str()), (200, Some("error")));
}

#[tokio::test]
async fn two_who_change_the_same_version_do_not_overwrite_each_other() {
    let server = Server::with_records();
    let update = async |tag: &str| send(&server, "PUT /Patient/ada", &[("if-match", tag)], PATIENT).await;

    assert_eq!(update("W/\"1\"").await.header("etag"), "W/\"2\"");
    let second = update("W/\"1\"").await;
    assert_eq!(second.status, 412);
    assert!(second.said().contains("current version is 2"));
    assert_eq!(update("yesterday").await.status, 400);
}

#[tokio::test]
async fn an_update_may_create_under_its_id() {
    let server = Server::new();

    assert_eq!(send(&server, "PUT /Patient/ada", &[], PATIENT).await.status, 201);
    assert_eq!(send(&server, "PUT /Patient/ada", &[], PATIENT).await.status, 200);
}

#[tokio::test]
async fn conditions_find_one_none_or_too_many() {
    let server = Server::new();
    let create = async || send(&server, "POST /Patient", &[("if-none-exist", "identifier=s|1")], NEW).await;

    assert_eq!(create().await.status, 201);
    assert_eq!(create().await.status, 200);
    assert_eq!(send(&server, "PUT /Patient?identifier=s|1", &[], NEW).await.header("etag"), "W/\"2\"");
    assert_eq!(send(&server, "PUT /Patient", &[], NEW).await.status, 412);
    send(&server, "POST /Patient", &[], NEW).await;
    assert_eq!(create().await.status, 412);
    assert_eq!(send(&server, "DELETE /Patient?identifier=s|1", &[], "").await.status, 412);
    assert_eq!(send(&server, "DELETE /Patient?identifier=s|2", &[], "").await.status, 204);
    assert_eq!(send(&server, "PUT /Patient/x", &[("if-none-match", "*")], PATIENT).await.status, 400);
}

#[tokio::test]
async fn a_patch_changes_one_thing() {
    let server = Server::with_records();
    let kind = [("content-type", "application/json-patch+json")];

    let reply =
        send(&server, "PATCH /Patient/ada", &kind, r#"[{"op":"replace","path":"/birthDate","value":"1981"}]"#).await;

    assert_eq!((reply.status.as_u16(), reply.json()["birthDate"].as_str()), (200, Some("1981")));
    assert_eq!(send(&server, "PATCH /Patient/ada", &kind, r#"[{"op":"remove","path":"/nothing"}]"#).await.status, 422);
    assert_eq!(send(&server, "PATCH /Patient/ada", &[], "[]").await.status, 415);
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let server = Server::with_records();

    let reply = send(&server, "DELETE /Observation/height", &[], "").await;

    assert_eq!((reply.status.as_u16(), reply.header("etag")), (204, "W/\"2\""));
    assert_eq!(server.get("/Observation/height").await.status, 410);
    assert_eq!(send(&server, "DELETE /Observation/nothing", &[], "").await.status, 404);
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing_and_a_batch_is_each_for_itself() {
    let server = Server::new();
    let bundle = |kind: &str, second: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"{kind}","entry":[
            {{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{NEW},"request":{{"method":"POST","url":"Patient"}}}},
            {{"resource":{second},"request":{{"method":"POST","url":"Observation"}}}}]}}"#
        )
    };
    let good = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:11111111-1111-4111-8111-111111111111"}}"#;
    let bad = r#"{"resourceType":"Observation","status":"nonsense","code":{"text":"x"}}"#;

    let refused = send(&server, "POST ", &[], &bundle("transaction", bad)).await;
    assert!(refused.status.is_client_error());
    assert_eq!(server.get("/Patient?_summary=count").await.json()["total"], 0);

    let done =
        send(&server, "POST ", &[("prefer", "return=representation")], &bundle("transaction", good)).await.json();
    assert_eq!(
        (done["type"].as_str(), done["entry"][0]["response"]["status"].as_str()),
        (Some("transaction-response"), Some("201 Created"))
    );
    let patient = done["entry"][0]["resource"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(done["entry"][1]["resource"]["subject"]["reference"], format!("Patient/{patient}"));

    let each = send(&server, "POST /", &[], &bundle("batch", bad)).await.json();
    assert_eq!(each["entry"][0]["response"]["status"], "201 Created");
    assert!(each["entry"][1]["response"]["status"].as_str().is_some_and(|status| status.starts_with('4')));
    assert_eq!(each["entry"][1]["response"]["outcome"]["resourceType"], "OperationOutcome");
}

#[tokio::test]
async fn a_batch_finds_so_many_resources_and_the_entries_after_that_are_told_so() {
    let server = Server::new();
    let put = |number: u32| {
        format!(
            r#"{{"resource":{{"resourceType":"Basic","id":"b{number}","code":{{"text":"x"}}}},"request":{{"method":"PUT","url":"Basic/b{number}"}}}}"#
        )
    };
    let bundle = |kind: &str, entries: &[String]| {
        format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(","))
    };
    let all: Vec<String> = (0..1_000).map(put).collect();
    assert_eq!(send(&server, "POST /", &[], &bundle("transaction", &all)).await.status, 200);
    let search = r#"{"request":{"method":"GET","url":"Basic?_count=1000&_elements=code"}}"#.to_owned();
    let mut entries = vec![search; 21];
    entries.push(put(1));

    let answer = send(&server, "POST /", &[], &bundle("batch", &entries)).await.json();

    let response = |number: usize| answer["entry"][number]["response"].clone();
    assert_eq!(response(19)["status"], "200 OK");
    assert_eq!(answer["entry"][19]["resource"]["entry"].as_array().map(Vec::len), Some(1_000));
    for number in [20, 21] {
        assert_eq!(response(number)["status"], "400 Bad Request");
        assert_eq!(response(number)["outcome"]["issue"][0]["code"], "too-costly");
        let said = response(number)["outcome"]["issue"][0]["diagnostics"].to_string();
        assert!(said.contains("Send it in another Bundle"), "{said}");
    }
    assert_eq!(server.get("/Basic/b1").await.header("etag"), "W/\"1\"", "what was refused was not done");
}
