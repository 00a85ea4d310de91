//! Whole sign-ins against a small provider in this process, which can be told to misbehave.
//!
//! The keys beside this file were made for these tests and open nothing.

mod citizens;
mod limits;
mod provider;
mod staff;

use super::{Doors, Key, KeyError, KnownRole, Provider, Whom};
use crate::sessions::Strength;
use crate::tests::{Server, get_page, post};
use axum::http::{Response, StatusCode, header};
use fhir::{ResourceId, ResourceType};
use gate::{Action, AgentId, Asker, Purpose, RequestId, Role, SmartScopes};
use provider::FakeProvider;
use std::sync::Arc;

pub(super) const ONE: &str = include_str!("one.pem");
pub(super) const OTHER: &str = include_str!("other.pem");

fn key(pem: &str) -> Arc<Key> {
    Arc::new(Key::from_pem(pem, "key-1").unwrap())
}

fn provider(id: &str, whom: Whom) -> Provider {
    let vectors = ["P5.Cp.Cd", "P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"].map(str::to_owned).to_vec();
    Provider {
        id: id.to_owned(),
        name: format!("The {id} service"),
        whom,
        issuer: provider::ISSUER.to_owned(),
        client_id: "commonweal".to_owned(),
        key: key(ONE),
        scopes: vec!["profile".to_owned()],
        vectors: if whom == Whom::Citizens { vectors } else { Vec::new() },
        classes: if whom == Whom::Staff { vec!["AAL3_ANY".to_owned()] } else { Vec::new() },
        strength: Strength::Aal2,
        roles: if whom == Whom::Staff { roles() } else { Vec::new() },
    }
}

fn roles() -> Vec<KnownRole> {
    let known = |(code, role): (&str, Role)| KnownRole { code: code.to_owned(), role, at: Vec::new() };
    [("R0260", Role::Gp), ("R8009", Role::Receptionist)].map(known).to_vec()
}

/// A server with both kinds of provider, Mrs A, and a doctor who works in two places.
struct House {
    server: Server,
    provider: Arc<FakeProvider>,
}

const PEOPLE: [&str; 10] = [
    r#"{"resourceType":"Patient","id":"mr-d","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000034"}],"name":[{"family":"Dale"}],"birthDate":"1930-01-02","deceasedDateTime":"2026-02-01","generalPractitioner":[{"reference":"Organization/elm"}]}"#,
    r#"{"resourceType":"Patient","id":"mrs-a","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"given":["Ann"],"family":"Archer"}],"birthDate":"1944-03-14","generalPractitioner":[{"reference":"Organization/elm"}]}"#,
    r#"{"resourceType":"Organization","id":"elm","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"K81001"}],"name":"Elm Surgery"}"#,
    r#"{"resourceType":"Organization","id":"oak","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"K81002"}],"name":"Oak Surgery"}"#,
    r#"{"resourceType":"Practitioner","id":"khan","identifier":[{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"555900000001"}],"name":[{"prefix":["Dr"],"given":["Amir"],"family":"Khan"}]}"#,
    r#"{"resourceType":"PractitionerRole","id":"khan-elm","practitioner":{"reference":"Practitioner/khan"},"organization":{"reference":"Organization/elm"}}"#,
    r#"{"resourceType":"PractitionerRole","id":"khan-oak","active":true,"practitioner":{"reference":"Practitioner/khan"},"organization":{"reference":"Organization/oak"}}"#,
    r#"{"resourceType":"Practitioner","id":"gone","identifier":[{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"555900000002"}],"name":[{"family":"Gone"}]}"#,
    r#"{"resourceType":"PractitionerRole","id":"gone-elm","active":false,"practitioner":{"reference":"Practitioner/gone"},"organization":{"reference":"Organization/elm"}}"#,
    r#"{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"privacy"}],"patient":{"reference":"Patient/mrs-a"},"policy":[{"uri":"urn:p"}],"provision":{"type":"deny"}}"#,
];

impl House {
    fn new() -> House {
        let provider = Arc::new(FakeProvider::new());
        let doors = Doors {
            address: "http://127.0.0.1:8080".to_owned(),
            providers: vec![self::provider("citizens", Whom::Citizens), self::provider("staff", Whom::Staff)],
            web: provider.clone(),
            passkeys: None,
            proxies: Vec::new(),
        };
        let server = Server::named(None, 1, crate::Options { doors: Some(doors), ..crate::Options::default() });
        let house = House { server, provider };
        PEOPLE.iter().for_each(|resource| house.put(resource));
        house
    }

    fn put(&self, resource: &str) {
        let trust = &self.server.trust;
        let scopes = SmartScopes::parse("system/*.cruds").unwrap();
        let asker = Arc::new(Asker::service(AgentId::parse("service/demo").unwrap(), "Demo", scopes));
        let request = RequestId::parse("r-0").unwrap();
        let permit = trust.permit(&asker, Purpose::DirectCare, Action::Update, &request).unwrap();
        let tree = fhir::json::parse(resource.as_bytes()).unwrap();
        let text = |member: &str| tree.get(member).and_then(fhir::json::Json::text).unwrap().to_owned();
        let kind = ResourceType::parse(&text("resourceType")).unwrap();
        let id = ResourceId::parse(&text("id")).unwrap();
        trust.record().update(&permit, (kind, &id), resource.as_bytes(), &record::Change::default()).unwrap();
    }

    /// Goes to the provider; gives the cookie and where the browser was sent.
    async fn sent(&self, path: &str, cookie: Option<&str>) -> (String, String) {
        let (answer, page) = self.server.answer(get_page(path, cookie)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{page}");
        (set_cookie(&answer), answer.headers()[header::LOCATION].to_str().unwrap().to_owned())
    }

    /// Comes back from the provider with its answer to that.
    async fn back(&self, id: &str, (cookie, url): (&str, &str)) -> (Response<()>, String) {
        let (state, code) = (query(url, "state"), self.provider.code_for(url));
        let path = format!("/sign-in/from/{id}?code={code}&state={state}");
        self.server.answer(get_page(&path, Some(cookie))).await
    }

    /// To the provider, back, and on to the first page; gives that answer.
    async fn sign_in(&self, id: &str) -> (Response<()>, String) {
        let (cookie, url) = self.sent(&format!("/sign-in/with/{id}"), None).await;
        let (answer, page) = self.back(id, (&cookie, &url)).await;
        if answer.status() != StatusCode::OK {
            return (answer, page);
        }
        assert_eq!(answer.headers()[header::REFRESH], "0; url=/sign-in/done");
        self.server.answer(get_page("/sign-in/done", Some(&set_cookie(&answer)))).await
    }

    async fn who(&self, cookie: &str) -> (StatusCode, String) {
        let (answer, text) = self.server.answer(get_page("/who", Some(cookie))).await;
        (answer.status(), text)
    }

    /// The word by which the log knows why the last sign-in failed.
    fn why(&self) -> String {
        // The looks of one answer are written when it leaves, so after the word.
        let is_look = |entry: &record::log::Entry| ["Search", "Read"].contains(&entry.draft.action.as_str());
        let last = self.server.logged().into_iter().rfind(|entry| !is_look(entry)).unwrap().draft;
        assert_eq!(last.action, "SignInFailed");
        last.query
    }
}

/// The first cookie that an answer sets.
fn set_cookie(answer: &Response<()>) -> String {
    let all = answer.headers().get_all(header::SET_COOKIE);
    let mut set = all.iter().map(|value| value.to_str().unwrap()).filter(|value| !value.contains("Max-Age=0"));
    set.next().unwrap().split(';').next().unwrap().to_owned()
}

/// A value in the query of an address.
fn query(url: &str, name: &str) -> String {
    let pairs = url.split_once('?').unwrap().1.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name).unwrap();
    percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned()
}

#[test]
fn a_key_that_is_none_or_too_short_is_refused_and_never_shown() {
    assert!(matches!(Key::from_pem("no key", "k"), Err(KeyError::Form)));
    assert!(matches!(Key::from_pem(include_str!("short.pem"), "k"), Err(KeyError::Short(1_024))));
    assert_eq!(format!("{:?}", key(ONE)), "Key(key-1)");
    let public = key(ONE).public();
    assert_eq!((public["kid"].as_str(), public["kty"].as_str()), (Some("key-1"), Some("RSA")));
    assert!(public.get("d").is_none() && public.get("p").is_none());
}

#[tokio::test]
async fn the_public_keys_are_published_and_the_sign_in_page_offers_every_way() {
    let house = House::new();

    let (_, keys) = house.server.answer(get_page("/sign-in/keys", None)).await;
    let (_, page) = house.server.answer(get_page("/sign-in?back=/my/record", None)).await;

    assert!(keys.contains("\"kid\":\"key-1\"") && !keys.contains("\"d\""), "{keys}");
    assert!(page.contains("/sign-in/with/citizens?back=/my/record") && page.contains("/sign-in/with/staff"), "{page}");
    let (answer, _) = house.server.answer(get_page("/sign-in/with/nobody", None)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}
