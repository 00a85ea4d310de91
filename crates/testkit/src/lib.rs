//! The world of a test: a record in a temporary folder, a clock that stands still, and people who can ask.
//!
//! A test says who asks and what for, and reads as "a receptionist cannot, the practice's doctor can". Nothing here goes
//! round the door: what a test stores, it stores with a permit, and it is logged. [`mod@year`] makes a year of looks to measure with.

pub mod year;

use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::{
    Action, AgentId, Asker, Denied, Gate, Organisation, Permit, Policies, Purpose, RequestId, Role, SmartScopes,
};
use record::log::Durability;
use record::{Against, FixedClock, Ids, Lock, Options, Record, RecordError, References, Resource, Search, SeededIds};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

/// 22 November 2026, 10:00 UTC: "now" in every test that does not say otherwise.
pub const NOW_MS: i64 = 1_795_341_600_000;

/// The rules, read once for all tests of a process: reading them asks Cedar every question there is.
static GATE: LazyLock<Arc<Gate>> = LazyLock::new(|| match Gate::load(&Policies::built_in()) {
    Ok(gate) => Arc::new(gate),
    Err(error) => {
        let message = format!("the built-in policies are not right: {error}");
        #[expect(clippy::panic, reason = "a test without rules cannot go on")]
        {
            panic!("{message}")
        }
    }
});

/// A record of its own with people to ask for it.
pub struct World {
    folder: tempfile::TempDir,
    record: Option<Record>,
    clock: Arc<FixedClock>,
    ids: NewIds,
    requests: AtomicU64,
}

/// Makes the source of ids for one start.
type NewIds = Box<dyn Fn() -> Arc<dyn Ids> + Send + Sync>;

/// Somebody who asks, with the purpose that goes with the role.
#[derive(Clone, Debug)]
pub struct Person {
    /// What sign-in would have found out.
    pub asker: Arc<Asker>,
    /// What for.
    pub purpose: Purpose,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test stops where its world cannot be made")]
impl World {
    /// An empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::with_ids(|| Arc::new(SeededIds::from_seed(7)))
    }

    /// A world whose ids and secrets come from a source of the test's own, asked for at every start.
    #[must_use]
    pub fn with_ids(ids: impl Fn() -> Arc<dyn Ids> + Send + Sync + 'static) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(FixedClock::at(NOW_MS)));
        let mut world = Self { folder, record: None, clock, ids: Box::new(ids), requests: AtomicU64::new(0) };
        world.open();
        world
    }

    fn open(&mut self) {
        let options = Options {
            clock: self.clock.clone(),
            ids: (self.ids)(),
            reads: Durability::Ordered,
            references: References::Report,
            origin: None,
        };
        self.record = Some(Record::open(self.folder.path(), options).unwrap());
    }

    /// Closes the record and opens it again, as a restart would.
    pub fn restart(&mut self) {
        self.record = None;
        self.open();
    }

    /// The record.
    #[must_use]
    pub fn record(&self) -> &Record {
        self.record.as_ref().unwrap()
    }

    /// The rules.
    #[must_use]
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&GATE)
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &FixedClock {
        &self.clock
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Leave for one request, as the rules give it.
    ///
    /// # Errors
    /// When they do not.
    pub fn permit(&self, person: &Person, action: Action) -> Result<Permit, Denied> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let request = RequestId::parse(&format!("test-{number}")).unwrap();
        GATE.permit(&person.asker, person.purpose, action, request)
    }

    /// Leave that the test takes for granted.
    #[must_use]
    pub fn leave(&self, person: &Person, action: Action) -> Permit {
        self.permit(person, action).unwrap()
    }

    /// Stores a resource as the machinery would.
    pub fn put(&self, resource: &str) {
        let (kind, id) = name_of(resource);
        let permit = self.leave(&machinery(), Action::Update);
        self.record().update(&permit, (kind, &id), resource.as_bytes(), &record::Change::default()).unwrap();
    }

    /// Locks a person's record, or one entry of it, as a privacy officer would.
    ///
    /// # Errors
    /// What the record says.
    pub fn lock(&self, patient: &str, entry: Option<&str>, against: Against) -> Result<Lock, RecordError> {
        let permit = self.leave(&officer(Role::PrivacyOfficer, Purpose::Audit), Action::Update);
        let wanted = record::locks::Wanted { entry, against, reason: "A test says so.", until_ms: None };
        self.record().lock(&permit, &ResourceId::parse(patient).unwrap(), &wanted)
    }

    /// Reads a resource as `person`.
    ///
    /// # Errors
    /// What the record says.
    pub fn read(&self, person: &Person, reference: &str) -> Result<Resource, RecordError> {
        let (kind, id) = reference.split_once('/').unwrap();
        let permit = self.leave(person, Action::Read);
        self.record().read(&permit, ResourceType::parse(kind).unwrap(), &ResourceId::parse(id).unwrap())
    }

    /// The references that a search finds for `person`, in order.
    ///
    /// # Errors
    /// What the record says.
    pub fn found(&self, person: &Person, kind: &str, params: &[(&str, &str)]) -> Result<Vec<String>, RecordError> {
        let permit = self.leave(person, Action::Search);
        let answer = self.record().search(&permit, &Search::of(ResourceType::parse(kind).unwrap(), params))?;
        Ok(answer.matches.iter().map(Resource::reference).collect())
    }
}

/// Type and id of a resource's text.
#[expect(clippy::unwrap_used, reason = "a test stops where its resource is not one")]
fn name_of(resource: &str) -> (ResourceType, ResourceId) {
    let tree = fhir::json::parse(resource.as_bytes()).unwrap();
    let text = |member: &str| tree.get(member).and_then(Json::text).unwrap().to_owned();
    (ResourceType::parse(&text("resourceType")).unwrap(), ResourceId::parse(&text("id")).unwrap())
}

#[expect(clippy::unwrap_used, reason = "the ids of test people are written here")]
fn agent(text: &str) -> AgentId {
    AgentId::parse(text).unwrap()
}

/// A connected system that may do everything.
#[must_use]
pub fn machinery() -> Person {
    service("system/*.cruds")
}

/// A connected system with these scopes.
#[must_use]
#[expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "the scopes of a test are written by the test")]
pub fn service(scopes: &str) -> Person {
    let scopes = SmartScopes::parse(scopes).unwrap();
    let asker = Asker::service(agent("service/test"), "A connected system", scopes);
    Person { asker: Arc::new(asker), purpose: Purpose::DirectCare }
}

/// A doctor or nurse of an organisation: a professional who sees the most that rules give to any, and may open a record in an
/// emergency.
#[must_use]
pub fn clinician(practitioner: &str, organisation: &str) -> Person {
    professional(Role::Gp, practitioner, organisation)
}

/// A professional with a job of an organisation.
#[must_use]
pub fn professional(role: Role, practitioner: &str, organisation: &str) -> Person {
    staff(role, practitioner, organisation, Purpose::DirectCare)
}

/// A receptionist of an organisation.
#[must_use]
pub fn receptionist(practitioner: &str, organisation: &str) -> Person {
    staff(Role::Receptionist, practitioner, organisation, Purpose::Administration)
}

/// Somebody whose work is the platform or the log, not care.
#[must_use]
pub fn officer(role: Role, purpose: Purpose) -> Person {
    Person {
        asker: Arc::new(Asker::new(agent(&format!("Practitioner/{}", role.name())), role.phrase(), role)),
        purpose,
    }
}

/// A person with her own record.
#[must_use]
pub fn citizen(patient: &str) -> Person {
    let mut asker = Asker::new(agent(&format!("Patient/{patient}")), "A member of the public", Role::Citizen);
    asker.patient = ResourceId::parse(patient).ok();
    Person { asker: Arc::new(asker), purpose: Purpose::OwnRecord }
}

/// A person with the record of somebody else open, for whom she acts if that person's grant says so.
#[must_use]
#[expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "the ids of test people are written by the test")]
pub fn proxy(person: &str, patient: &str) -> Person {
    let own = citizen(person);
    let asker = own.asker.with_record_of(ResourceId::parse(patient).unwrap());
    Person { asker: Arc::new(asker), ..own }
}

#[expect(clippy::unwrap_used, reason = "the ids of test people are written by the test")]
fn staff(role: Role, practitioner: &str, organisation: &str, purpose: Purpose) -> Person {
    let mut asker = Asker::new(agent(&format!("Practitioner/{practitioner}")), practitioner, role);
    asker.organisation =
        Some(Organisation { id: ResourceId::parse(organisation).unwrap(), name: organisation.to_owned() });
    asker.acts_as = vec![format!("Organization/{organisation}"), format!("Practitioner/{practitioner}")];
    Person { asker: Arc::new(asker), purpose }
}
