//! A record that lives through the year: what happens is written by who would write it, and whoever looks asks with a permit.
//!
//! Threads that write have each a clock of their own, so that the writes of a day share the disk's syncs and still have each their own time.

use super::locality::{BEGIN_MS, Locality, Staff};
use super::work::{Look, Sees};
use fhir::{ResourceId, ResourceType};
use gate::{Action, AgentId, Asker, Gate, Organisation, Permit, Policies, Purpose, RequestId, Role, SmartScopes};
use record::log::Durability;
use record::{Change, Clock, Options, Record, References, Search, SeededIds, Strictness};
use serde_json::Value;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

thread_local! {
    /// What time it is for a thread that writes; nothing for all others, which have the town's clock.
    static NOW_MS: Cell<Option<i64>> = const { Cell::new(None) };
}

/// How many write at once.
const WRITERS: usize = 16;
/// How many resources one batch of the first day holds.
const BATCH: usize = 4_000;

/// The town's clock.
struct TownClock(AtomicI64);

impl Clock for TownClock {
    fn now_ms(&self) -> i64 {
        NOW_MS.get().unwrap_or_else(|| self.0.load(Ordering::SeqCst))
    }
}

/// Who writes.
#[derive(Clone, Debug)]
pub enum Author {
    /// The system of an organisation, under an id that it gives.
    System(String),
    /// A member of staff herself.
    Staff(usize),
}

/// Something that is written.
#[derive(Debug)]
pub struct Write {
    pub at_ms: i64,
    pub author: Author,
    pub json: Value,
}

/// The record.
pub struct Running {
    pub record: Record,
    pub gate: Arc<Gate>,
    clock: Arc<TownClock>,
    /// What staff wrote themselves, and what of it was refused.
    pub by_staff: [AtomicUsize; 2],
    _folder: tempfile::TempDir,
}

impl Running {
    /// A record that holds what was there before.
    pub fn begin(town: &Locality) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TownClock(AtomicI64::new(BEGIN_MS)));
        let options = Options {
            clock: clock.clone(),
            ids: Arc::new(SeededIds::from_seed(5)),
            reads: Durability::Ordered,
            references: References::Report,
            origin: None,
        };
        let record = Record::open(folder.path(), options).unwrap();
        let gate = Arc::new(Gate::load(&Policies::built_in()).unwrap());
        let running = Self { record, gate, clock, by_staff: Default::default(), _folder: folder };
        let permit = running.leave(&system("org-board"), Purpose::DirectCare, Action::Import);
        let mut preparer = running.record.preparer(&permit).unwrap();
        for batch in town.before.chunks(BATCH) {
            let texts: Vec<String> = batch.iter().map(Value::to_string).collect();
            let prepared = texts.iter().map(|text| {
                let tree = fhir::json::parse(text.as_bytes()).unwrap();
                preparer.prepare(&tree, Strictness::Faithful).unwrap().0
            });
            let prepared = prepared.collect();
            running
                .record
                .import(&running.leave(&system("org-board"), Purpose::DirectCare, Action::Import), prepared)
                .unwrap();
        }
        running
    }

    /// Sets the town's clock.
    pub fn at(&self, at_ms: i64) {
        self.clock.0.store(at_ms, Ordering::SeqCst);
    }

    /// Writes what a day brings.
    pub fn write(&self, town: &Locality, writes: &[Write]) {
        std::thread::scope(|scope| {
            for first in 0..WRITERS.min(writes.len()) {
                scope.spawn(move || {
                    writes.iter().skip(first).step_by(WRITERS).for_each(|one| self.write_one(town, one))
                });
            }
        });
    }

    fn write_one(&self, town: &Locality, write: &Write) {
        NOW_MS.set(Some(write.at_ms));
        let kind = ResourceType::parse(write.json["resourceType"].as_str().unwrap()).unwrap();
        let id = ResourceId::parse(write.json["id"].as_str().unwrap()).unwrap();
        let bytes = write.json.to_string();
        match &write.author {
            Author::System(organisation) => {
                let permit = self.leave(&system(organisation), Purpose::DirectCare, Action::Update);
                self.record.update(&permit, (kind, &id), bytes.as_bytes(), &Change::default()).unwrap();
            }
            Author::Staff(place) => {
                let staff = &town.staff[*place];
                let permit = self.leave(&asker(staff, &staff.organisation), Purpose::DirectCare, Action::Create);
                // A refusal of the person may stand in the way: then nothing is written.
                let written = self.record.create(&permit, kind, bytes.as_bytes(), Change::default());
                self.by_staff[usize::from(written.is_err())].fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Somebody looks; gives the number of the entry when there was something to see.
    pub fn look(&self, town: &Locality, look: &Look) -> Option<u64> {
        self.at(look.at_ms);
        let staff = &town.staff[look.staff];
        let asker = asker(staff, &look.organisation);
        let before = self.record.log().count();
        let patient = ResourceId::parse(&town.people[look.person].id).unwrap();
        let seen = match look.sees {
            Sees::Person => {
                let permit = self.leave(&asker, trust::usual_purpose(staff.role), Action::Read);
                self.record.read(&permit, ResourceType::PATIENT, &patient).is_ok()
            }
            Sees::Stays => {
                let permit = self.leave(&asker, trust::usual_purpose(staff.role), Action::Search);
                let reference = format!("Patient/{}", patient.as_str());
                let search = Search::of(ResourceType::ENCOUNTER, &[("patient", &reference)]);
                self.record.search(&permit, &search).is_ok_and(|found| !found.matches.is_empty())
            }
        };
        seen.then_some(before + 1)
    }

    fn leave(&self, asker: &Arc<Asker>, purpose: Purpose, action: Action) -> Permit {
        let request = RequestId::parse("year").unwrap();
        self.gate.permit(asker, purpose, action, request).unwrap()
    }
}

fn organisation(id: &str) -> Option<Organisation> {
    Some(Organisation { id: ResourceId::parse(id).unwrap(), name: id.to_owned() })
}

/// The system of an organisation.
fn system(of: &str) -> Arc<Asker> {
    let scopes = SmartScopes::parse("system/*.cruds").unwrap();
    let who = AgentId::parse(&format!("service/{of}")).unwrap();
    Arc::new(Asker { organisation: organisation(of), ..Asker::service(who, of, scopes) })
}

/// A member of staff who acts for an organisation, which need not be the usual one.
fn asker(staff: &Staff, for_whom: &str) -> Arc<Asker> {
    let who = format!("Practitioner/{}", staff.id);
    let acts_as = vec![format!("Organization/{for_whom}"), who.clone()];
    let role: Role = staff.role;
    let plain = Asker::new(AgentId::parse(&who).unwrap(), &staff.name, role);
    Arc::new(Asker { organisation: organisation(for_whom), acts_as, ..plain })
}
