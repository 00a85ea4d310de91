//! Behind a proxy that speaks TLS: the addresses that the API writes are those at which clients reach it.

use crate::client::{Client, Seen, token};
use commonweal::serve::Face;
use testkit::{World, machinery};

const PUBLIC: &str = "https://record.kelderby.example";
const ADA: &str = r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}]}"#;
const BEA: &str = r#"{"resourceType":"Patient","id":"bea","name":[{"family":"Bell"}]}"#;
const RESULT: &str =
    r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ada"}}"#;

/// A record with two people, and a server over it that is reached at this address.
fn server(address: Option<&str>) -> (World, Client) {
    let world = World::new();
    [ADA, BEA].iter().for_each(|resource| world.put(resource));
    let folder = tempfile::tempdir().unwrap();
    if let Some(address) = address {
        std::fs::write(folder.path().join("sign-in.toml"), format!("address = \"{address}/\"\n[passkeys]\n")).unwrap();
    }
    let doors = commonweal::sign_in::doors(folder.path()).unwrap();
    let face = Face { doors, ..Face::default() };
    let client = Client::over(commonweal::serve::routes(world.record(), &world.gate(), face).into_router());
    (world, client)
}

fn location(seen: &Seen) -> &str {
    seen.headers.iter().find(|(name, _)| name == "location").map_or("", |(_, value)| value.as_str())
}

#[test]
fn links_locations_and_names_of_entries_begin_with_the_public_address() {
    let (world, client) = server(Some(PUBLIC));
    let token = token(&world, &machinery());

    let made = client.send(Some(&token), "POST /fhir/Observation", RESULT);
    let page = client.send(Some(&token), "GET /fhir/Patient?_count=1", "");
    let history = client.send(Some(&token), "GET /fhir/_history", "");
    let batch =
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient?_count=1"}}]}"#;
    let batch = client.send(Some(&token), "POST /fhir", batch);

    assert!(location(&made).starts_with("https://record.kelderby.example/fhir/Observation/"), "{made:?}");
    assert!(
        page.body.contains(r#""relation":"next","url":"https://record.kelderby.example/fhir/Patient?"#),
        "{page:?}"
    );
    for answer in [page, history, batch] {
        assert!(answer.body.contains(r#""fullUrl":"https://record.kelderby.example/fhir/Patient/"#), "{answer:?}");
        assert!(!answer.body.contains("http://record.example"), "{answer:?}");
    }
}

#[test]
fn a_reference_with_the_public_address_is_one_of_ours() {
    let (world, client) = server(Some(PUBLIC));
    let token = token(&world, &machinery());
    client.send(Some(&token), "POST /fhir/Observation", RESULT);
    let of = |person: &str| {
        let path = format!("GET /fhir/Observation?subject={PUBLIC}/fhir/Patient/{person}&_summary=count");
        client.send(Some(&token), &path, "").body
    };

    assert!(of("ada").contains(r#""total":1"#), "{}", of("ada"));
    assert!(of("bea").contains(r#""total":0"#), "{}", of("bea"));
}

#[test]
fn without_a_public_address_a_client_finds_the_one_that_it_wrote() {
    let (world, client) = server(None);

    let page = client.send(Some(&token(&world, &machinery())), "GET /fhir/Patient?_count=1", "");

    assert!(page.body.contains(r#""relation":"next","url":"http://record.example/fhir/Patient?"#), "{page:?}");
}
