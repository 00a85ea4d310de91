//! Measures the store alone on a folder of NDJSON (`.ndjson` or `.ndjson.zst`): import, disk, and the main questions.
//!
//! `cargo run --release -p store --example measure -- FOLDER [STORE]`. Without a STORE folder it uses a temporary one.
//! Preparation (parse, extract) is timed apart from what the store does. CPU seconds are those of the whole process.

use fhir::search::{Handling, Query};
use fhir::{ResourceId, ResourceType};
use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use store::{Found, KindSet, Options, PageRequest, Prepared, Store, Visibility};

type Outcome<T> = Result<T, Box<dyn Error>>;

const BATCH: usize = 15_000;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let place = arguments.next().map_or_else(|| std::env::temp_dir().join("store-measure"), PathBuf::from);
    if place.exists() {
        std::fs::remove_dir_all(&place)?;
    }
    let clock = Arc::new(|| 1_700_000_000_000);
    let began = Instant::now();
    let store = Store::open(&place, Options::new(clock))?;
    println!("open an empty folder: {:?}", began.elapsed());
    import(&store, &folder)?;
    questions(&store)?;
    writes(&store)?;
    println!("memory: {}", status("VmRSS:").unwrap_or_default());
    drop(store);
    Ok(())
}

/// User and system CPU seconds of this process.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn status(key: &str) -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(key)).map(|line| line.trim().to_owned())
}

fn prepare(line: &[u8]) -> Outcome<Prepared> {
    let json = fhir::json::parse(line)?;
    let kind = json.get("resourceType").and_then(|kind| kind.text()).and_then(ResourceType::parse).ok_or("no type")?;
    let id = ResourceId::parse(json.get("id").and_then(|id| id.text()).ok_or("no id")?)?;
    let entries = fhir::search::extract(kind, &json);
    let compartment = fhir::search::patient_params(kind);
    let mut subjects = Vec::new();
    for entry in entries.iter().filter(|entry| compartment.contains(&entry.param)) {
        if let fhir::search::Value::Reference(fhir::search::Target::Local(ResourceType::PATIENT, id)) = &entry.value
            && !subjects.contains(id)
        {
            subjects.push(id.clone());
        }
    }
    Prepared::new(id, &json, &entries, subjects).ok_or_else(|| "not a resource".into())
}

fn lines(file: &Path) -> Outcome<impl Iterator<Item = std::io::Result<Vec<u8>>>> {
    let open = std::fs::File::open(file)?;
    let read: Box<dyn Read> =
        if file.extension().is_some_and(|end| end == "zst") { Box::new(zstd::Decoder::new(open)?) } else { Box::new(open) };
    Ok(BufReader::new(read).split(b'\n').filter(|line| !line.as_ref().is_ok_and(Vec::is_empty)))
}

fn import(store: &Store, folder: &Path) -> Outcome<()> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.to_string_lossy().contains(".ndjson"));
    files.sort();
    let (mut count, mut preparing, mut storing) = (0_usize, 0.0, 0.0);
    let began = Instant::now();
    for file in files {
        let mut lines = lines(&file)?.peekable();
        while lines.peek().is_some() {
            let batch = lines.by_ref().take(BATCH).collect::<Result<Vec<_>, _>>()?;
            let before = cpu();
            let prepared = batch.iter().map(|line| prepare(line)).collect::<Outcome<Vec<_>>>()?;
            drop(batch);
            let between = cpu();
            count += store.import(prepared)?.len();
            preparing += between - before;
            storing += cpu() - between;
        }
    }
    let each = |seconds: f64| seconds * 1e6 / count as f64;
    println!("import: {count} resources in {:?}", began.elapsed());
    println!("  prepare {:.1} us, store {:.1} us of CPU a resource", each(preparing), each(storing));
    println!("  {} bytes a resource on disk", store.bytes_on_disk() / count as u64);
    for (table, bytes) in store.sizes()? {
        println!("    {table:24} {:6.1}", bytes as f64 / count as f64);
    }
    println!("memory: {}", status("VmRSS:").unwrap_or_default());
    Ok(())
}

/// Says how much CPU one round takes; the wall clock says little on a machine that others use too.
fn time(what: &str, rounds: u32, mut f: impl FnMut() -> Outcome<usize>) -> Outcome<()> {
    let found = f()?;
    let (began, before) = (Instant::now(), cpu());
    let mut done = 0;
    while done < rounds || cpu() - before < 0.3 {
        f()?;
        done += 1;
    }
    let each = (cpu() - before) * 1e6 / f64::from(done);
    let wall = began.elapsed().as_secs_f64() * 1e6 / f64::from(done);
    println!("{what:50} {each:9.1} us of CPU {wall:9.1} us  ({found})");
    Ok(())
}

fn query(kind: ResourceType, params: &[(&str, &str)]) -> Outcome<Query> {
    let params: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let parsed = fhir::search::parse(kind, &params, Handling::Strict).map_err(|issues| format!("{issues:?}"))?;
    Ok(parsed.query)
}

fn questions(store: &Store) -> Outcome<()> {
    let all = Visibility::everything();
    let page = PageRequest::first(20);
    let list = |kind: ResourceType, count: usize| {
        let query = query(kind, &[])?;
        Ok::<_, Box<dyn Error>>(store.read(|reader| reader.search(&all, &query, &PageRequest::first(count)))?.matches)
    };
    let patients = list(ResourceType::PATIENT, 50)?;
    let some = list(ResourceType::OBSERVATION, 1000)?;
    let mut turn = 0;
    time("read by id", 20_000, || {
        turn = (turn + 7) % some.len();
        let id = &some[turn].id;
        let found = store.read(|reader| reader.get(&all, ResourceType::OBSERVATION, id))?;
        Ok(matches!(found, Some(Found::Here(_))).into())
    })?;
    let search = |what: &str, rounds: u32, queries: &[Query]| {
        let mut turn = 0;
        time(what, rounds, || {
            turn = (turn + 1) % queries.len();
            let answer = store.read(|reader| reader.search(&all, &queries[turn], &page))?;
            Ok(answer.total.unwrap_or(0) as usize)
        })
    };
    let for_patients = |kind: ResourceType, more: &[(&str, &str)]| {
        patients
            .iter()
            .map(|patient| query(kind, &[&[("patient", patient.id.as_str())], more].concat()))
            .collect::<Outcome<Vec<_>>>()
    };
    let observation = ResourceType::OBSERVATION;
    let height = ("code", "http://loinc.org|8302-2");
    search("patient + code + sort", 5_000, &for_patients(observation, &[height, ("_sort", "-date")])?)?;
    search("patient + code (no system) + sort", 5_000, &for_patients(observation, &[("code", "8302-2"), ("_sort", "-date")])?)?;
    search("patient + category + date", 5_000, &for_patients(observation, &[("category", "vital-signs"), ("date", "ge2014")])?)?;
    search("patient, all observations, sorted", 2_000, &for_patients(observation, &[("_sort", "-date")])?)?;
    search("identifier", 5_000, &[query(ResourceType::PATIENT, &[("identifier", "https://fhir.nhs.uk/Id/nhs-number|9997151801")])?])?;
    search("name starts with", 2_000, &[query(ResourceType::PATIENT, &[("name", "jo")])?])?;
    search("population: code, first page and total", 200, &[query(observation, &[height])?])?;
    search("population: code, count", 500, &[query(observation, &[height, ("_summary", "count")])?])?;
    search("population: code and a year", 50, &[query(observation, &[height, ("date", "2014")])?])?;
    search("population: code and value", 20, &[query(observation, &[height, ("value-quantity", "gt180")])?])?;
    search("population: code, newest first", 20, &[query(observation, &[height, ("_sort", "-date")])?])?;
    search("population: date range", 20, &[query(observation, &[("date", "ge2014-01-01"), ("date", "lt2014-03-01")])?])?;
    search("population: no condition", 20, &[query(observation, &[])?])?;
    search("chain: subject:Patient.gender and code", 10, &[query(observation, &[("subject:Patient.gender", "female"), height])?])?;
    search("_has: patients with a condition", 20, &[query(ResourceType::PATIENT, &[("_has:Condition:patient:code", "444814009")])?])?;
    let mut turn = 0;
    time("everything, page of 100", 500, || {
        turn = (turn + 1) % patients.len();
        let id = &patients[turn].id;
        let page = PageRequest::first(100);
        let answer = store.read(|reader| reader.everything(&all, id, (KindSet::ALL, None), &page))?;
        Ok(answer.map_or(0, |answer| answer.matches.len()))
    })?;
    Ok(())
}

/// Creates, one after the other and from many threads.
fn writes(store: &Store) -> Outcome<()> {
    let patient = store.read(|reader| reader.search(&Visibility::everything(), &query(ResourceType::PATIENT, &[]).map_err(|_| store::StoreError::Closed)?, &PageRequest::first(1)))?;
    let patient = patient.matches.first().ok_or("no patient")?.id.clone();
    let make = |number: u32| {
        let text = format!(
            r#"{{"resourceType":"Observation","id":"new-{number}","status":"final","category":[{{"coding":[{{"system":"http://hl7.org/fhir/observation-category","code":"laboratory"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"8302-2","display":"Body Height"}}]}},"subject":{{"reference":"Patient/{patient}"}},"effectiveDateTime":"2024-01-{:02}T10:00:00Z","valueQuantity":{{"value":{number},"unit":"cm","system":"http://unitsofmeasure.org","code":"cm"}}}}"#,
            number % 27 + 1
        );
        prepare(text.as_bytes())
    };
    for threads in [1_u32, 64] {
        let each = if threads == 1 { 200 } else { 100 };
        let (began, before) = (Instant::now(), cpu());
        std::thread::scope(|scope| {
            for thread in 0..threads {
                scope.spawn(move || {
                    for number in 0..each {
                        let Ok(resource) = make(threads * 1_000_000 + thread * 1000 + number) else { return };
                        let written = store.write(store::Lane::People, move |writer| writer.put(resource, store::Expect::Absent));
                        if let Err(error) = written {
                            println!("  {error}");
                        }
                    }
                });
            }
        });
        let done = f64::from(threads * each);
        let seconds = began.elapsed().as_secs_f64();
        println!("create, {threads} threads: {:.0} a second, {:.0} us of CPU each", done / seconds, (cpu() - before) * 1e6 / done);
    }
    Ok(())
}
