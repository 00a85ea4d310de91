//! Read, version read, history, search, compartments and everything.

use super::*;
use testkit::service;

#[tokio::test]
async fn a_read_gives_the_stored_bytes_with_version_and_date() {
    let server = Server::with_records();

    let reply = server.get("/Patient/ada").await;

    assert_eq!(reply.status, 200);
    insta::assert_snapshot!(format!(
        "{}\n{}\n{}\n{}",
        reply.header("content-type"), reply.header("etag"), reply.header("last-modified"), reply.text
    ), @r#"
    application/fhir+json
    W/"1"
    Sun, 22 Nov 2026 10:00:00 GMT
    {"resourceType":"Patient","id":"ada","meta":{"versionId":"1","lastUpdated":"2026-11-22T10:00:00.000Z"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Hiddenname","given":["Ada"]}],"gender":"female","birthDate":"1980-05-03","generalPractitioner":[{"reference":"Organization/practice"}]}
    "#);
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let server = Server::with_records();
    let read =
        async |name: &str, value: &str| server.ask(Some(&machinery()), "GET /Patient/ada", &[(name, value)], "").await;

    assert_eq!(read("if-none-match", "W/\"1\"").await.status, 304);
    assert_eq!(read("if-none-match", "W/\"2\"").await.status, 200);
    assert_eq!(read("if-modified-since", "Sun, 22 Nov 2026 10:00:00 GMT").await.status, 304);
    assert_eq!(read("if-modified-since", "Sun, 22 Nov 2026 09:59:59 GMT").await.status, 200);
}

#[tokio::test]
async fn a_head_has_the_headers_only() {
    let server = Server::with_records();

    let reply = server.ask(Some(&machinery()), "HEAD /Patient/ada", &[], "").await;

    assert_eq!((reply.status.as_u16(), reply.header("etag"), reply.text.as_str()), (200, "W/\"1\"", ""));
}

#[tokio::test]
async fn a_part_is_marked_as_a_part() {
    let server = Server::with_records();

    let reply = server.get("/Patient/ada?_elements=birthDate").await;

    let tree = reply.json();
    assert_eq!(tree["birthDate"], "1980-05-03");
    assert!(tree.get("name").is_none());
    assert_eq!(tree["meta"]["tag"][0]["code"], "SUBSETTED");
    assert!(server.get("/Patient/ada?_pretty=true").await.text.starts_with("{\n  \"resourceType\": \"Patient\",\n"));
}

#[tokio::test]
async fn a_search_answers_with_a_bundle() {
    let server = Server::with_records();

    let reply = server
        .get("/Observation?code=http://loinc.org|8302-2&_include=Observation:subject&_elements=status&_format=json")
        .await;

    assert_eq!(reply.entries(), ["Observation/height", "Patient/ada"]);
    let tree = reply.json();
    insta::assert_snapshot!(format!(
        "{} {} {} {} {}", tree["type"], tree["total"], tree["link"][0]["url"], tree["entry"][0]["search"], tree["entry"][1]["fullUrl"]
    ), @r#""searchset" 1 "http://test.example/fhir/Observation?code=http://loinc.org%7C8302-2&_include=Observation:subject&_elements=status" {"mode":"match"} "http://test.example/fhir/Patient/ada""#);
}

#[tokio::test]
async fn a_search_by_form_keeps_names_out_of_the_address() {
    let server = Server::with_records();
    let form = [("content-type", "application/x-www-form-urlencoded")];

    let reply = server
        .ask(Some(&machinery()), "POST /Patient/_search?gender=female", &form, "name=hiddenn&birthdate=ge1980")
        .await;
    let other = server.ask(Some(&machinery()), "POST /Patient/_search", &form, "name=nobody").await;

    assert_eq!(reply.entries(), ["Patient/ada"]);
    assert_eq!((other.json()["total"].as_u64(), other.entries().len()), (Some(0), 0));
}

#[tokio::test]
async fn mistakes_in_a_search_are_named() {
    let server = Server::with_records();

    for (path, word) in [
        ("/Patient?birthDate=1980", "Did you mean `birthdate`?"),
        ("/Patient?birthdate=notadate", "`birthdate` is a date"),
        ("/Observation?value-quantity=abc", "`value-quantity`"),
        ("/Patient?_page=made-up", "page"),
        ("/Patient?_pretty=yes", "`_pretty`"),
    ] {
        let reply = server.get(path).await;
        assert_eq!(reply.status, 400, "{path}: {}", reply.text);
        assert!(reply.said().contains(word), "{path}: {}", reply.said());
    }
    let reply = server.get("/Patientt?name=x").await;
    assert_eq!((reply.status.as_u16(), reply.said().contains("Did you mean `Patient`?")), (404, true));
}

#[tokio::test]
async fn lenient_handling_says_what_it_passed_over() {
    let server = Server::with_records();

    let reply = server
        .ask(Some(&machinery()), "GET /Patient?nonsense=1&gender=female", &[("prefer", "handling=lenient")], "")
        .await;

    assert_eq!(reply.link("self").as_deref(), Some("/Patient?gender=female"));
    let tree = reply.json();
    assert_eq!(tree["entry"][1]["search"]["mode"], "outcome");
    assert!(
        tree["entry"][1]["resource"]["issue"][0]["diagnostics"].as_str().is_some_and(|said| said.contains("nonsense"))
    );
}

#[tokio::test]
async fn pages_follow_one_another_for_the_same_reader_only() {
    let server = Server::with_records();
    for number in 0..5 {
        server.world.put(&OBSERVATION.replace("\"id\":\"height\"", &format!("\"id\":\"more-{number}\"")));
    }

    let (mut seen, mut path) = (Vec::new(), Some("/Observation?code=8302-2&_count=4".to_owned()));
    let mut pages = Vec::new();
    while let Some(next) = path {
        let reply = server.get(&next).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        seen.extend(reply.entries());
        path = reply.link("next");
        pages.extend(path.clone());
    }

    seen.sort();
    assert_eq!(
        seen,
        [
            "Observation/height",
            "Observation/more-0",
            "Observation/more-1",
            "Observation/more-2",
            "Observation/more-3",
            "Observation/more-4"
        ]
    );
    let stolen = server.ask(Some(&service("system/*.rs")), &format!("GET {}", pages[0]), &[], "").await;
    assert!(stolen.status == 400 || stolen.entries().len() == 2, "{}", stolen.text);
    let other = pages[0].replace("8302-2", "other");
    assert_eq!(server.get(&other).await.status, 400);
}

#[tokio::test]
async fn a_count_alone_has_no_entries() {
    let server = Server::with_records();

    for path in ["/Patient?_summary=count", "/Patient?_count=0"] {
        let tree = server.get(path).await.json();
        assert_eq!((tree["total"].as_u64(), tree.get("entry")), (Some(1), None), "{path}");
    }
}

#[tokio::test]
async fn an_address_of_this_server_is_a_reference_here() {
    let server = Server::with_records();

    let reply = server.get("/Observation?subject=http://test.example/fhir/Patient/ada").await;

    assert_eq!(reply.entries(), ["Observation/height"]);
}

#[tokio::test]
async fn a_compartment_is_searched_and_everything_is_given() {
    let server = Server::with_records();

    assert_eq!(server.get("/Patient/ada/Observation?code=8302-2").await.entries(), ["Observation/height"]);
    let mut inside = server.get("/Patient/ada/*").await.entries();
    inside.sort();
    assert_eq!(inside, ["Observation/height", "Patient/ada"]);
    let everything = server.get("/Patient/ada/$everything").await.entries();
    assert!(
        everything.contains(&"Organization/practice".to_owned())
            && everything.contains(&"Observation/height".to_owned())
    );
    assert_eq!(
        server.get("/Patient/ada/$everything?_type=Observation").await.entries().first().map(String::as_str),
        Some("Observation/height")
    );
    assert_eq!(server.get("/Patient/nobody/$everything").await.status, 404);
    assert_eq!(server.get("/Patient/ada/$nonsense").await.status, 404);
}

#[tokio::test]
async fn histories_are_kept_at_three_levels() {
    let server = Server::with_records();
    server.world.clock().advance(1000);
    server.world.put(&PATIENT.replace("1980-05-03", "1980-05-04"));
    server.ask(Some(&machinery()), "DELETE /Observation/height", &[], "").await;

    let versions = server.get("/Patient/ada/_history").await;
    assert_eq!(versions.json()["entry"].as_array().map(Vec::len), Some(2));
    assert_eq!(versions.json()["entry"][0]["response"]["etag"], "W/\"2\"");
    assert_eq!(server.get("/Patient/ada/_history/1").await.json()["birthDate"], "1980-05-03");
    assert_eq!(server.get("/Patient/ada/_history/9").await.status, 404);
    let deleted = server.get("/Observation/_history").await.json();
    assert_eq!(deleted["entry"][0]["request"]["method"], "DELETE");
    assert_eq!(
        server.get("/_history?_since=2026-11-22T10:00:01Z").await.json()["entry"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(server.get("/_history?_at=2026").await.status, 400);
}

#[tokio::test]
async fn places_are_found_by_distance() {
    let server = Server::new();
    for (id, latitude, longitude) in [("leeds", 53.7997, -1.5492), ("york", 53.96, -1.0873), ("truro", 50.2632, -5.051)]
    {
        server.world.put(&format!(
            r#"{{"resourceType":"Location","id":"{id}","position":{{"latitude":{latitude},"longitude":{longitude}}}}}"#
        ));
    }

    let near_leeds = server.get("/Location?near=53.8|-1.55|40|km&_sort=_id").await;

    assert_eq!(near_leeds.entries(), ["Location/leeds", "Location/york"]);
    assert_eq!(server.get("/Location?near:missing=true").await.json()["total"], 0);
    assert_eq!(server.get("/Location?near=here").await.status, 400);
}
