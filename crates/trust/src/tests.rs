//! Whole requests against a server with a few people: sign-in, tokens, the log. What they need is made here.

mod damaged;
pub(crate) mod limits;
mod log_page;
mod log_public;
mod log_tree;
mod sign_in;
mod tokens;

use crate::{ActsFor, Options, Persona, SignedIn, Trust};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use axum::routing::get;
use fhir::{ResourceId, ResourceType};
use gate::{Action, AgentId, Asker, Gate, Organisation, Permit, Policies, Purpose, RequestId, Role, SmartScopes};
use http_body_util::BodyExt;
use record::log::{Draft, Durability, Entry, Subject, Target};
use record::{FixedClock, Record, References, SeededIds};
use std::sync::{Arc, LazyLock};
use tower::ServiceExt;

/// 22 November 2026, 10:00 UTC.
pub(crate) const NOW_MS: i64 = 1_795_341_600_000;
/// Mrs A's number in the log: the first person of the record.
pub(crate) const MRS_A: u32 = 1;

static GATE: LazyLock<Arc<Gate>> = LazyLock::new(|| Arc::new(Gate::load(&Policies::built_in()).unwrap()));

/// A server with an empty record, a clock that stands still, and people to sign in as.
pub(crate) struct Server {
    pub(crate) trust: Trust,
    pub(crate) clock: Arc<FixedClock>,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) fn new(personas: Vec<Persona>) -> Server {
        Server::named(None, 1, Options { personas, ..Options::default() })
    }

    /// A server whose log has a name and whose chance has a seed.
    pub(crate) fn named(origin: Option<&str>, seed: u64, trust: Options) -> Server {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(FixedClock::at(NOW_MS)));
        let options = record::Options {
            clock: clock.clone(),
            ids: Arc::new(SeededIds::from_seed(seed)),
            reads: Durability::Ordered,
            references: References::Report,
            origin: origin.map(str::to_owned),
        };
        let record = Record::open(folder.path(), options).unwrap();
        let trust = Trust::new(record, Arc::clone(&GATE), trust);
        Server { trust, clock, _folder: folder }
    }

    /// A server with people to sign in as, and with Mrs A's Patient in its record.
    pub(crate) fn with_everybody() -> Server {
        Server::with_personas(vec![mrs_a(), daughter(), doctor(), officer()])
    }

    /// A server with these people to sign in as, and with Mrs A's Patient in its record.
    pub(crate) fn with_personas(personas: Vec<Persona>) -> Server {
        let server = Server::new(personas);
        let who = AgentId::parse("service/demo").unwrap();
        let scopes = SmartScopes::parse("system/*.cruds").unwrap();
        let asker = Arc::new(Asker::service(who, "Demo locality", scopes));
        let request = RequestId::parse("r-0").unwrap();
        let permit = server.trust.permit(&asker, Purpose::DirectCare, Action::Update, &request).unwrap();
        let patient =
            r#"{"resourceType":"Patient","id":"mrs-a","generalPractitioner":[{"reference":"Organization/elm"}]}"#;
        let result = r#"{"resourceType":"Observation","id":"hba1c","status":"final","code":{"text":"HbA1c"},
            "subject":{"reference":"Patient/mrs-a"}}"#;
        for (kind, name, text) in
            [(ResourceType::PATIENT, "mrs-a", patient), (ResourceType::OBSERVATION, "hba1c", result)]
        {
            let change = record::Change::default();
            server.trust.record().update(&permit, (kind, &id(name)), text.as_bytes(), &change).unwrap();
        }
        server
    }

    /// Stores a resource as the machinery would.
    pub(crate) fn put(&self, resource: &str) {
        let who = AgentId::parse("service/demo").unwrap();
        let scopes = SmartScopes::parse("system/*.cruds").unwrap();
        let asker = Arc::new(Asker::service(who, "Demo locality", scopes));
        let request = RequestId::parse("r-0").unwrap();
        let permit = self.trust.permit(&asker, Purpose::DirectCare, Action::Update, &request).unwrap();
        let tree = fhir::json::parse(resource.as_bytes()).unwrap();
        let text = |member: &str| tree.get(member).and_then(fhir::Json::text).unwrap();
        let name = (ResourceType::parse(text("resourceType")).unwrap(), &id(text("id")));
        self.trust.record().update(&permit, name, resource.as_bytes(), &record::Change::default()).unwrap();
    }

    /// Our pages and a page that says who is there.
    pub(crate) fn router(&self) -> Router {
        let who = |person: SignedIn| async move { format!("{} {:?}", person.asker.display, person.asker.patient) };
        self.trust.protect(self.trust.routes().into_router().merge(Router::new().route("/who", get(who))))
    }

    pub(crate) async fn answer(&self, request: Request<Body>) -> (Response<()>, String) {
        let (head, body) = self.router().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(head, ()), String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Signs in with one click; gives the cookie to send.
    pub(crate) async fn sign_in(&self, form: &str) -> String {
        let (answer, _) = self.answer(post("/sign-in", form, None)).await;
        let cookie = answer.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Everything in the log, oldest first.
    pub(crate) fn logged(&self) -> Vec<Entry> {
        let log = self.trust.record().log();
        (1..=log.count()).map(|number| log.entry(number).unwrap().unwrap()).collect()
    }

    pub(crate) fn log(&self, drafts: Vec<Draft>) {
        self.trust.record().log().append(drafts, Durability::Ordered).unwrap();
    }

    pub(crate) fn permit(&self, persona: &Persona, action: Action) -> Permit {
        let purpose = crate::state::usual_purpose(persona.asker.role);
        let request = RequestId::parse(&format!("look-{}", self.trust.record().log().count())).unwrap();
        self.trust.permit(&Arc::new(persona.asker.clone()), purpose, action, &request).unwrap()
    }
}

/// A server on which Mrs A has an NHS number.
pub(crate) fn with_number() -> Server {
    let server = Server::with_everybody();
    server.put(r#"{"resourceType":"Patient","id":"mrs-a","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Archer"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#);
    server
}

pub(crate) fn get_page(path: &str, cookie: Option<&str>) -> Request<Body> {
    let request = Request::get(path).header(header::HOST, "127.0.0.1:8080");
    let request = cookie.into_iter().fold(request, |request, cookie| request.header(header::COOKIE, cookie));
    request.body(Body::empty()).unwrap()
}

pub(crate) fn post(path: &str, form: &str, cookie: Option<&str>) -> Request<Body> {
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    let request = cookie.into_iter().fold(request, |request, cookie| request.header(header::COOKIE, cookie));
    request.body(Body::from(form.to_owned())).unwrap()
}

pub(crate) fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

pub(crate) fn persona(id: &str, who: &str, name: &str, role: Role) -> Persona {
    let asker = Asker::new(AgentId::parse(who).unwrap(), name, role);
    Persona { id: id.into(), title: "Title".into(), about: "About.".into(), asker, acts_for: Vec::new() }
}

pub(crate) fn mrs_a() -> Persona {
    let mut mrs_a = persona("mrs-a", "Patient/mrs-a", "Mrs A", Role::Citizen);
    mrs_a.asker.patient = Some(id("mrs-a"));
    mrs_a
}

pub(crate) fn daughter() -> Persona {
    let mut daughter = persona("daughter", "Patient/daughter", "Susan Archer", Role::Citizen);
    daughter.asker.patient = Some(id("daughter"));
    daughter.acts_for.push(ActsFor { patient: id("mrs-a"), name: "Mrs A".into() });
    daughter
}

pub(crate) fn doctor() -> Persona {
    let mut doctor = persona("gp", "Practitioner/khan", "Dr A. Khan", Role::Gp);
    doctor.asker.organisation = Some(Organisation { id: id("elm"), name: "Elm Surgery".into() });
    doctor.asker.acts_as = vec!["Organization/elm".into(), "Practitioner/khan".into()];
    doctor
}

pub(crate) fn officer() -> Persona {
    persona("privacy-officer", "Practitioner/patel", "Ms R. Patel", Role::PrivacyOfficer)
}

/// An entry about Mrs A: Dr Khan read one of her results.
pub(crate) fn doctor_looked() -> Draft {
    Draft {
        at_ms: NOW_MS,
        who: "Practitioner/khan".into(),
        name: "Dr A. Khan".into(),
        role: Role::Gp.name().into(),
        organisation: "Organization/elm".into(),
        organisation_name: "Elm Surgery".into(),
        action: Action::Read.name().into(),
        purpose: Purpose::DirectCare.name().into(),
        rule: "gp-care".into(),
        via: "page".into(),
        outcome: "allowed".into(),
        request: "r-1".into(),
        subjects: vec![Subject { part: MRS_A, relation: gate::RelationKind::RegisteredPractice.code() + 1 }],
        kinds: vec![ResourceType::OBSERVATION.code()],
        target: Some(Target { kind: ResourceType::OBSERVATION.code(), id: "hba1c".into(), version: 1 }),
        count: 1,
        ..Draft::default()
    }
}
