//! `commonweal demo`: a made-up locality in a temporary folder, and every face of it.
//!
//! The people are made from a seed, imported through the same door as real data, and gone when the program ends.

use crate::commands::{DataFolder, Demo};
use crate::import::to_f64;
use crate::{personas, serve, wiring};
use anyhow::{Context, anyhow};
use gate::{Action, Gate};
use record::{Clock, Record};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Instant;

/// Resources of one commit.
const BATCH: usize = 10_000;
/// The name of the demo's log.
const ORIGIN: &str = "kelderby.example/log";

/// Runs the command.
pub fn run(arguments: &Demo) -> anyhow::Result<ExitCode> {
    let folder =
        tempfile::Builder::new().prefix("commonweal-demo-").tempdir().context("while making a temporary folder")?;
    let gate = wiring::gate()?;
    let data = DataFolder { data: folder.path().to_owned(), origin: Some(ORIGIN.to_owned()) };
    let record = wiring::record(&data, wiring::Behaviour::default())?;
    let now =
        jiff::Timestamp::from_millisecond(crate::clock::MachineClock.now_ms()).context("while reading the clock")?;
    let people = usize::try_from(arguments.people).unwrap_or(usize::MAX);
    let locality = synthetic::locality(&synthetic::Options { people, seed: arguments.seed, now });
    eprintln!("Making and importing {} made-up people ...", locality.people());
    let started = Instant::now();
    let count = fill(&gate, &record, &locality)?;
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("The record is in {} until the program ends.", folder.path().display());
    eprintln!("{count} resources made, checked and stored in {seconds:.1} s ({:.0}/s).", to_f64(count) / seconds);
    let personas = locality.personas();
    personas::keep(&record, folder.path(), &personas)?;
    let personas = personas::kept(&record)?;
    let told = personas::told(&personas);
    let face = serve::Face::demo(personas);
    serve::until_stopped(record, gate, (face, None), arguments.listen, &told)?;
    drop(folder);
    Ok(ExitCode::SUCCESS)
}

/// Makes the people on all cores and imports them.
fn fill(gate: &Gate, record: &Record, locality: &synthetic::Locality) -> anyhow::Result<u64> {
    let permit = wiring::command_permit(gate, record, "demo", Action::Import)?;
    let preparer = || record.preparer(&permit).map_err(|error| anyhow!("{error}"));
    let mut of_all = preparer()?;
    let shared: Result<Vec<_>, _> = locality.shared().iter().map(|resource| prepared(&mut of_all, resource)).collect();
    let mut count = 0;
    let mut store = |batch: Vec<record::Prepared>| -> anyhow::Result<()> {
        count += u64::try_from(batch.len()).unwrap_or(0);
        record.import(&permit, batch).map(drop).map_err(|error| anyhow!("{error}"))
    };
    store(shared?)?;
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, made) = sync_channel(64);
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let (sender, next, mut preparer) = (sender.clone(), &next, preparer()?);
            scope.spawn(move || {
                loop {
                    let person = locality.person(next.fetch_add(1, Ordering::Relaxed));
                    if person.is_empty() {
                        return;
                    }
                    let resources: Result<Vec<_>, _> = person.iter().map(|one| prepared(&mut preparer, one)).collect();
                    if sender.send(resources).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut batch = Vec::with_capacity(BATCH);
        for person in made {
            batch.extend(person?);
            if batch.len() >= BATCH {
                store(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))?;
            }
        }
        store(batch)
    })?;
    Ok(count)
}

fn prepared(preparer: &mut record::Preparer, resource: &synthetic::Resource) -> anyhow::Result<record::Prepared> {
    let tree =
        fhir::json::parse(&resource.json).with_context(|| format!("{}/{} is not JSON", resource.kind, resource.id))?;
    let made = preparer.prepare(&tree, record::Strictness::Strict);
    made.map(|(prepared, _)| prepared)
        .map_err(|error| anyhow!("{}/{} is not valid: {error}", resource.kind, resource.id))
}
