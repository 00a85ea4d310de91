//! What the log's tree costs: appending, the bytes on the disk, opening, proving and checking, each printed with its unit.
//!
//! `cargo run --release -p record --example log` writes a log of made-up accesses in a temporary folder. Processor time is that of
//! this process, so that a busy machine or a slow disk says nothing.

use proof::Receipt;
use record::log::verify::{Files, Trusted, check, key_in};
use record::log::{Draft, Durability, Log, Options, Subject, Target};
use record::{FixedClock, SystemIds};
use std::sync::Arc;
use std::time::{Duration, Instant};

const ENTRIES: u32 = 200_000;
const PROOFS: u64 = 1_000;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let options = || Options { clock: Arc::new(FixedClock::at(0)), ids: Arc::new(SystemIds), origin: None };
    let log = Log::open(folder.path(), options())?;
    let before = processor()?;
    for number in 0..ENTRIES {
        log.append(vec![draft(number)], Durability::Ordered)?;
    }
    println!(
        "append: {:.1} us of processor an entry, flushing and checkpoints included",
        us(processor()? - before, ENTRIES)
    );
    drop(log);
    println!("on the disk: {:.1} bytes an entry", f64::from(u32::try_from(size(folder.path())?)?) / f64::from(ENTRIES));

    let started = Instant::now();
    let log = Log::open(folder.path(), options())?;
    println!("open: {:.2} us an entry", us(started.elapsed(), ENTRIES));

    let started = Instant::now();
    let step = u64::from(ENTRIES) / PROOFS;
    let receipts: Result<Vec<_>, _> = (1..=PROOFS).map(|number| log.receipt(number * step, None)).collect();
    let texts: Vec<String> = receipts?.into_iter().flatten().map(|receipt| receipt.to_string()).collect();
    println!("make a proof: {:.1} us", us(started.elapsed(), u32::try_from(PROOFS)?));
    let started = Instant::now();
    for text in &texts {
        Receipt::parse(text)?.check(log.key(), &[])?;
    }
    println!("read and check a proof: {:.1} us", us(started.elapsed(), u32::try_from(PROOFS)?));
    let halves = texts.iter().filter_map(|text| text.split_once("\n\n"));
    if let Some((entry, proof)) = halves.max_by_key(|(_, proof)| proof.len()) {
        let path = proof.split_once("\n\n").map_or(0, |(path, _)| path.len());
        println!("the longest proof: {path} bytes of path, {} with checkpoint; {} of entry", proof.len(), entry.len());
    }
    drop(log);

    let started = Instant::now();
    let trusted = Trusted { key: key_in(folder.path())?, witnesses: Vec::new(), elsewhere: Vec::new() };
    let report = check(&Files::read(folder.path())?, &trusted);
    println!(
        "verify: {:.2} us an entry, {} checkpoints, {:?}",
        us(started.elapsed(), ENTRIES),
        report.checkpoints,
        report.finding
    );
    Ok(())
}

fn us(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(count)
}

/// Processor time of this process so far.
fn processor() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn size(folder: &std::path::Path) -> std::io::Result<u64> {
    std::fs::read_dir(folder)?
        .map(|file| {
            let file = file?;
            if file.file_type()?.is_dir() { size(&file.path()) } else { Ok(file.metadata()?.len()) }
        })
        .sum()
}

fn draft(number: u32) -> Draft {
    Draft {
        at_ms: 1_700_000_000_000 + i64::from(number),
        who: format!("Practitioner/{}", number % 50),
        name: format!("Dr Number {}", number % 50),
        role: "Clinician".into(),
        organisation: "Organization/elm".into(),
        organisation_name: "Elm Surgery".into(),
        action: "Read".into(),
        purpose: "DirectCare".into(),
        rule: "clinician-related".into(),
        via: "api".into(),
        outcome: "allowed".into(),
        request: format!("6c5d9ca9-54d7-42f5-bfae-{number:012x}"),
        subjects: vec![Subject { part: number % 5_000, relation: 1 }],
        kinds: vec![91],
        target: Some(Target { kind: 91, id: format!("0b8a6ef0-07c8-48ca-804d-{number:012x}"), version: 1 }),
        count: 1,
        ..Draft::default()
    }
}
