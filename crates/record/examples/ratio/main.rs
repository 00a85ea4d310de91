//! What the permit and the log cost: the same questions through the door and straight to the store, in one run.
//!
//! `cargo run --release -p record --example ratio` makes a record of made-up people in a temporary folder, asks each question
//! through [`record::Record`] with a permit and the log on, then asks the store itself without either, and prints both with the
//! ratio; then the same through two equal servers on loopback ([`http`]). Rounds are interleaved, so that a noisy machine disturbs
//! both alike. Before that it prints what each part of the door costs alone ([`parts`]).

mod http;
mod parts;

use fhir::search::Handling;
use fhir::{ResourceId, ResourceType};
use gate::{Action, AgentId, Asker, Gate, Permit, Policies, Purpose, RequestId, Role, SmartScopes};
use record::log::Durability;
use record::{Options, Record, References, Search, Strictness, SystemIds};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{PageRequest, Store, Visibility};

const PEOPLE: u32 = 500;
const RESULTS: u32 = 40;
const ROUNDS: u32 = 5;
const ASKED: u32 = 4_000;

/// The machine's clock, since an example is a program of its own.
struct Now;

impl record::Clock for Now {
    #[expect(clippy::disallowed_methods, reason = "an example is a program: it owns its clock")]
    fn now_ms(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
    }
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let gate = Gate::load(&Policies::built_in())?;
    let options = || Options {
        clock: Arc::new(Now),
        ids: Arc::new(SystemIds),
        reads: Durability::Ordered,
        references: References::Report,
        origin: None,
    };
    fill(&Record::open(folder.path(), options())?, &gate)?;
    // A record is open once, so the same people are made a second time for the store alone.
    let twin = tempfile::tempdir()?;
    fill(&Record::open(twin.path(), options())?, &gate)?;
    let with = Way::door(Record::open(folder.path(), options())?, Gate::load(&Policies::built_in())?)?;
    parts::print(&with, &Way::bare(twin.path())?)?;
    drop(with);
    println!();
    let (mut door, mut bare) = ([Duration::ZERO; 2], [Duration::ZERO; 2]);
    let (mut door_http, mut bare_http) = ([Duration::ZERO; 2], [Duration::ZERO; 2]);
    for _ in 0..ROUNDS {
        let with = Way::door(Record::open(folder.path(), options())?, Gate::load(&Policies::built_in())?)?;
        add(&mut door, in_process(&with)?);
        let (times, bytes_with) = http::asked(with)?;
        add(&mut door_http, times);
        let without = Way::bare(folder.path())?;
        add(&mut bare, in_process(&without)?);
        let (times, bytes_without) = http::asked(without)?;
        add(&mut bare_http, times);
        if bytes_with != bytes_without {
            return Err(format!("{bytes_with} bytes with, {bytes_without} without: the answers differ").into());
        }
    }
    for (where_, door, bare) in [("in process", door, bare), ("through HTTP", door_http, bare_http)] {
        for (name, door, bare) in [("read by id", door[0], bare[0]), ("patient, code, newest first", door[1], bare[1])]
        {
            let (with, without) = (each_us(door), each_us(bare));
            let ratio = with / without;
            println!("{name}, {where_}: {with:.1} us with permit and log, {without:.1} us without, ratio {ratio:.2}");
        }
    }
    Ok(())
}

fn add(sum: &mut [Duration; 2], round: [Duration; 2]) {
    sum.iter_mut().zip(round).for_each(|(sum, round)| *sum += round);
}

fn each_us(sum: Duration) -> f64 {
    sum.as_secs_f64() * 1e6 / f64::from(ROUNDS * ASKED)
}

fn permit(gate: &Gate, asker: &Arc<Asker>, action: Action) -> Result<Permit, Failure> {
    let request = RequestId::parse("ratio").ok_or("a request id")?;
    Ok(gate.permit(asker, Purpose::DirectCare, action, request)?)
}

fn fill(record: &Record, gate: &Gate) -> Result<(), Failure> {
    let who = AgentId::parse("service/ratio").ok_or("an id")?;
    let machine = Arc::new(Asker::service(who, "ratio", SmartScopes::parse("system/*.cruds")?));
    let mut preparer = record.preparer(&permit(gate, &machine, Action::Import)?)?;
    let mut batch = Vec::new();
    let mut make = |text: String| -> Result<(), Failure> {
        batch.push(preparer.prepare(&fhir::json::parse(text.as_bytes())?, Strictness::Strict)?.0);
        Ok(())
    };
    for person in 0..PEOPLE {
        make(format!(
            r#"{{"resourceType":"Patient","id":"p{person}","generalPractitioner":[{{"reference":"Organization/elm"}}]}}"#
        ))?;
        for result in 0..RESULTS {
            let (code, day) = (result % 8, 1 + result % 28);
            make(format!(
                r#"{{"resourceType":"Observation","id":"p{person}r{result}","status":"final","code":{{"coding":[{{"system":"urn:c","code":"{code}"}}]}},"subject":{{"reference":"Patient/p{person}"}},"effectiveDateTime":"2026-01-{day:02}","valueQuantity":{{"value":{result}.5,"unit":"mmol/L"}}}}"#
            ))?;
        }
    }
    record.import(&permit(gate, &machine, Action::Import)?, batch)?;
    Ok(())
}

fn person(number: u32) -> u32 {
    number.wrapping_mul(7_919) % PEOPLE
}

fn code_search(person: u32) -> [(String, String); 3] {
    [("patient", format!("p{person}")), ("code", "urn:c|3".to_owned()), ("_sort", "-date".to_owned())]
        .map(|(name, value)| (name.to_owned(), value))
}

/// How the questions are answered.
pub(crate) enum Way {
    /// Through the door: a permit for each question, and an entry in the log before its answer.
    Door { record: Record, gate: Gate, doctor: Arc<Asker> },
    /// Straight from the store, which is what a record without rules and log would do. No program of ours can be run like that.
    Bare(Store),
}

impl Way {
    fn door(record: Record, gate: Gate) -> Result<Self, Failure> {
        let mut doctor = Asker::new(AgentId::parse("Practitioner/khan").ok_or("an id")?, "Dr A. Khan", Role::Gp);
        doctor.acts_as = vec!["Organization/elm".to_owned()];
        Ok(Self::Door { record, gate, doctor: Arc::new(doctor) })
    }

    fn bare(folder: &Path) -> Result<Self, Failure> {
        Ok(Self::Bare(Store::open(folder, store::Options::new(Arc::new(|| 0)))?))
    }

    pub(crate) fn read(&self, id: &str) -> Result<Vec<u8>, Failure> {
        let id = ResourceId::parse(id)?;
        match self {
            Self::Door { record, gate, doctor } => {
                Ok(record.read(&permit(gate, doctor, Action::Read)?, ResourceType::OBSERVATION, &id)?.body)
            }
            Self::Bare(store) => {
                let all = Visibility::everything();
                match store.read(|reader| reader.get(&all, ResourceType::OBSERVATION, &id))? {
                    Some(store::Found::Here(row)) => Ok(row.body),
                    _ => Err("it is not there".into()),
                }
            }
        }
    }

    pub(crate) fn search(&self, params: &[(String, String)]) -> Result<Vec<Vec<u8>>, Failure> {
        match self {
            Self::Door { record, gate, doctor } => {
                let search = Search { params: params.to_vec(), ..Search::of(ResourceType::OBSERVATION, &[]) };
                let found = record.search(&permit(gate, doctor, Action::Search)?, &search)?;
                Ok(found.matches.into_iter().map(|resource| resource.body).collect())
            }
            Self::Bare(store) => {
                let parsed = fhir::search::parse(ResourceType::OBSERVATION, params, Handling::Strict);
                let query = parsed.map_err(|_| "the search is wrong")?.query;
                let all = Visibility::everything();
                let found = store.read(|reader| reader.search(&all, &query, &PageRequest::first(50)))?;
                Ok(found.matches.into_iter().map(|row| row.body).collect())
            }
        }
    }
}

fn in_process(way: &Way) -> Result<[Duration; 2], Failure> {
    let started = Instant::now();
    for number in 0..ASKED {
        way.read(&format!("p{}r3", person(number)))?;
    }
    let read = started.elapsed();
    let started = Instant::now();
    for number in 0..ASKED {
        way.search(&code_search(person(number)))?;
    }
    Ok([read, started.elapsed()])
}
