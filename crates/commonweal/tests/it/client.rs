//! Requests to the router, without a socket.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use gate::{Asker, Role};
use http_body_util::BodyExt;
use std::sync::Arc;
use testkit::{Person, World};
use tower::ServiceExt;
use trust::NewToken;

/// A server over the record of a world.
pub struct Client {
    router: Router,
    runtime: tokio::runtime::Runtime,
}

/// An answer, with what a reader sees of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those that differ with every request.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Client {
    /// A server over `world`.
    pub fn of(world: &World) -> Self {
        Self::over(
            commonweal::serve::routes(world.record(), &world.gate(), commonweal::serve::Face::default()).into_router(),
        )
    }

    /// A server that answers with these routes.
    pub fn over(router: Router) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { router, runtime }
    }

    /// Sends a request and waits for the whole answer.
    pub fn send(&self, token: Option<&str>, request: &str, body: &str) -> Seen {
        let (method, path) = request.split_once(' ').unwrap();
        let mut builder = Request::builder().method(method).uri(path).header("host", "record.example");
        if let Some(token) = token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        if !body.is_empty() {
            builder = builder.header("content-type", "application/fhir+json");
        }
        self.wait_for(builder.body(Body::from(body.to_owned())).unwrap(), |name| name != "content-length")
    }

    /// Sends a request with these headers; what is seen has the length, too.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Seen {
        let builder = Request::builder().method(method).uri(path).header("host", "record.example");
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        self.wait_for(builder.body(Body::from(body.to_owned())).unwrap(), |_| true)
    }

    fn wait_for(&self, request: Request<Body>, is_kept: impl Fn(&str) -> bool) -> Seen {
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.unwrap();
            let (status, mut headers) = (answer.status(), kept(answer.headers()));
            headers.retain(|(name, _)| is_kept(name));
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            Seen { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
        })
    }
}

fn kept(headers: &axum::http::HeaderMap) -> Vec<(String, String)> {
    let named = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.as_str().to_owned(), value.to_str().unwrap_or("").to_owned())
    };
    headers.iter().map(named).filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id")).collect()
}

/// A bearer token for `person`.
pub fn token(world: &World, person: &Person) -> String {
    let mut asker = person.asker.as_ref().clone();
    if asker.scopes.is_none() {
        asker.scopes = gate::SmartScopes::parse("user/*.cruds").ok();
    }
    let until_ms = world.record().now_ms() + 3_600_000;
    trust::tokens::issue(world.record(), &NewToken { asker, until_ms }).unwrap().reveal().to_owned()
}

/// The usual people of a test: shared, since they differ only by name.
pub fn people() -> Vec<(&'static str, Arc<Person>)> {
    vec![
        ("the practice's doctor", Arc::new(testkit::clinician("khan", "elm"))),
        ("the hospital's doctor", Arc::new(testkit::clinician("reed", "royal"))),
        ("a doctor without any relationship", Arc::new(testkit::clinician("stray", "nowhere"))),
        ("the practice's receptionist", Arc::new(testkit::receptionist("desk", "elm"))),
        ("the first person herself", Arc::new(testkit::citizen("p0"))),
        ("the second person herself", Arc::new(testkit::citizen("p1"))),
        ("the hospital's pharmacist", Arc::new(testkit::professional(Role::Pharmacist, "mortar", "royal"))),
        ("the practice's social worker", Arc::new(testkit::professional(Role::SocialWorker, "ward", "elm"))),
        ("who acts for the first person", Arc::new(testkit::proxy("kim", "p0"))),
        ("the first person's app", Arc::new(app("p0"))),
    ]
}

/// An app that a person has connected to her record.
pub fn app(patient: &str) -> Person {
    let own = testkit::citizen(patient);
    let scopes = gate::SmartScopes::parse("patient/*.rs").ok();
    let who = gate::AgentId::parse("app/diary").unwrap();
    let asker = Asker { who, role: Role::App, scopes, ..own.asker.as_ref().clone() };
    Person { asker: Arc::new(asker), ..own }
}
