//! The parts of what the door costs, each as a ratio of medians: the log alone, the filter alone, all of it; and a permit's time.
//!
//! "Log" times one question twice: until it is answered under its permit, and until its entry is in the log, as every request
//! of the program does it ([`record::Record::answering`]). "Filter" asks the store with and without one, neither with a permit.
//! Questions go by turns, so that a noisy machine disturbs all alike.

use crate::{Failure, PEOPLE, Way, code_search, person};
use fhir::search::Handling;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Purpose, RequestId};
use record::Search;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{KindSet, Labels, PageRequest, Parts, Rule, Store, Visibility};

/// How often each question of one person is asked ...
const ASKED: u32 = 20_000;
/// ... and each over everybody.
const ASKED_OF_ALL: u32 = 2_000;
const PERMITS: u32 = 200_000;

type Params = Vec<(String, String)>;

/// A question: its name, how often it is asked, and what of a person's number it is.
struct Work {
    name: &'static str,
    asked: u32,
    /// The search; none for reading by id.
    search: Option<fn(u32) -> Params>,
}

fn of_all(more: (&str, &str)) -> Params {
    let pairs = [("code", "urn:c|3"), more];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

const WORK: [Work; 4] = [
    Work { name: "read by id", asked: ASKED, search: None },
    Work { name: "patient, code, newest first", asked: ASKED, search: Some(|number| code_search(number).into()) },
    Work { name: "newest 50 of a code, everybody", asked: ASKED_OF_ALL, search: Some(|_| of_all(("_sort", "-date"))) },
    Work { name: "count of a code, everybody", asked: ASKED_OF_ALL, search: Some(|_| of_all(("_summary", "count"))) },
];

/// Times of one kind of work: by the bare store, by its filter, under a permit, and with the log.
#[derive(Default)]
struct Times {
    bare: Vec<Duration>,
    filtered: Vec<Duration>,
    permitted: Vec<Duration>,
    logged: Vec<Duration>,
}

/// Prints the parts. `bare` has the same people as `door`.
pub(crate) fn print(door: &Way, bare: &Way) -> Result<(), Failure> {
    let (Way::Door { record, gate, doctor }, Way::Bare(store)) = (door, bare) else {
        return Err("the other way".into());
    };
    let (everything, everybody) = (Visibility::everything(), everybody());
    println!(
        "| work | store, us | with filter | with permit | with permit and log | filter / none | log / no log | all / none |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for work in &WORK {
        let mut times = Times::default();
        for number in 0..work.asked {
            let number = person(number);
            times.bare.push(timed(|| straight(store, &everything, work, number))?);
            times.filtered.push(timed(|| straight(store, &everybody, work, number))?);
            let started = Instant::now();
            let answering = record.answering(&RequestId::parse("ratio").ok_or("a request id")?);
            let action = if work.search.is_some() { Action::Search } else { Action::Read };
            let permit = gate.permit(doctor, Purpose::DirectCare, action, answering.request().clone())?;
            match work.search {
                Some(params) => {
                    let search = Search { params: params(number), ..Search::of(ResourceType::OBSERVATION, &[]) };
                    record.search(&permit, &search).map(drop)?;
                }
                None => record.read(&permit, ResourceType::OBSERVATION, &result(number)?).map(drop)?,
            }
            times.permitted.push(started.elapsed());
            answering.finish()?;
            times.logged.push(started.elapsed());
        }
        let [bare, filtered, permitted, logged] =
            [times.bare, times.filtered, times.permitted, times.logged].map(median_us);
        println!(
            "| {} | {bare:.1} | {filtered:.1} | {permitted:.1} | {logged:.1} | {:.2} | {:.2} | {:.2} |",
            work.name,
            filtered / bare,
            logged / permitted,
            logged / bare
        );
    }
    let started = Instant::now();
    for _ in 0..PERMITS {
        gate.permit(doctor, Purpose::DirectCare, Action::Read, RequestId::parse("ratio").ok_or("a request id")?)?;
    }
    let each_us = started.elapsed().as_secs_f64() * 1e6 / f64::from(PERMITS);
    println!("\na permit, all that is asked of the rules in a request: {each_us:.2} us");
    Ok(())
}

/// A filter that lets everybody's record through, as of a practice with which all are registered.
fn everybody() -> Visibility {
    let parts = (0..=PEOPLE + 1).collect();
    Visibility::of(vec![Rule { parts: Parts::These(Arc::new(parts)), kinds: KindSet::ALL, labels: Labels::ALL }])
}

fn result(number: u32) -> Result<ResourceId, Failure> {
    Ok(ResourceId::parse(&format!("p{number}r3"))?)
}

/// The question to the store; the answer's bodies are there as for everybody else.
fn straight(store: &Store, visibility: &Visibility, work: &Work, number: u32) -> Result<(), Failure> {
    let Some(params) = work.search else {
        let id = result(number)?;
        let found = store.read(|reader| reader.get(visibility, ResourceType::OBSERVATION, &id))?;
        return found.map(drop).ok_or_else(|| "it is not there".into());
    };
    let parsed = fhir::search::parse(ResourceType::OBSERVATION, &params(number), Handling::Strict);
    let query = parsed.map_err(|_| "the search is wrong")?.query;
    let is_count = query.summary == fhir::search::Summary::Count;
    let page = PageRequest::first(if is_count { 0 } else { 50 });
    let found = store.read(|reader| reader.search(visibility, &query, &page))?;
    if found.matches.is_empty() && found.total.is_none_or(|total| total == 0) {
        return Err("nothing was found".into());
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}

fn median_us(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e6
}
