//! The API from outside: whole requests against a record of its own.

mod audit;
mod changes;
mod forms;
mod reading;
mod surface;
mod uk_100;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use gate::SmartScopes;
use testkit::{NOW_MS, Person, World, machinery};
use tower::ServiceExt;
use trust::{NewToken, Trust};

/// The router over a world, with a token for whoever asks.
struct Server {
    world: World,
    trust: Trust,
    router: Router,
}

/// What came back.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Server {
    fn new() -> Self {
        let world = World::new();
        let trust = Trust::new(world.record().clone(), world.gate(), trust::Options::default());
        let router = trust.protect(super::routes(super::Options::default()).into_router());
        Self { world, trust, router }
    }

    /// With a patient, a secret finding about her, and her practice.
    fn with_records() -> Self {
        let server = Self::new();
        for resource in [ORGANIZATION, PATIENT, OBSERVATION] {
            server.world.put(resource);
        }
        server
    }

    fn token(&self, person: &Person) -> String {
        let mut asker = person.asker.as_ref().clone();
        asker.scopes = asker.scopes.or_else(|| SmartScopes::parse("patient/*.cruds user/*.cruds").ok());
        let token = self.trust.issue_token(&NewToken { asker, until_ms: NOW_MS + 3_600_000 }).expect("a token");
        format!("Bearer {}", token.reveal())
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        Reply { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).expect("text") }
    }

    /// A request of somebody, with headers `name: value` and a body.
    async fn ask(&self, person: Option<&Person>, line: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let mut request = Request::builder().method(method).uri(format!("/fhir{path}")).header("host", "test.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(person) = person {
            request = request.header("authorization", self.token(person));
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/fhir+json");
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// A request of the machinery, which may do everything.
    async fn get(&self, path: &str) -> Reply {
        self.ask(Some(&machinery()), &format!("GET {path}"), &[], "").await
    }
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a readable header"))
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The sentence of an OperationOutcome.
    fn said(&self) -> String {
        let tree = self.json();
        assert_eq!(tree["resourceType"], "OperationOutcome", "{}", self.text);
        tree["issue"][0]["diagnostics"].as_str().unwrap_or_default().to_owned()
    }

    /// `Type/id` of every entry, in order.
    fn entries(&self) -> Vec<String> {
        let tree = self.json();
        let name = |entry: &serde_json::Value| {
            let resource = &entry["resource"];
            format!("{}/{}", resource["resourceType"].as_str().unwrap_or("?"), resource["id"].as_str().unwrap_or("?"))
        };
        tree["entry"].as_array().map(|entries| entries.iter().map(name).collect()).unwrap_or_default()
    }

    fn link(&self, relation: &str) -> Option<String> {
        let tree = self.json();
        let links = tree["link"].as_array()?;
        let link = links.iter().find(|link| link["relation"] == relation)?;
        link["url"].as_str()?.strip_prefix("http://test.example/fhir").map(str::to_owned)
    }
}

const ORGANIZATION: &str = r#"{"resourceType":"Organization","id":"practice","name":"Beacon Surgery"}"#;
const PATIENT: &str = r#"{"resourceType":"Patient","id":"ada","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Hiddenname","given":["Ada"]}],"gender":"female","birthDate":"1980-05-03","generalPractitioner":[{"reference":"Organization/practice"}]}"#;
const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"height","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8302-2","display":"Secretfinding"}]},"subject":{"reference":"Patient/ada"},"effectiveDateTime":"2026-01-02","valueQuantity":{"value":170.0,"unit":"cm","system":"http://unitsofmeasure.org","code":"cm"}}"#;
