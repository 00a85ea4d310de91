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
/// Search parameters, by name.
type Params<'p> = &'p [(&'p str, &'p str)];

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
    let read: Box<dyn Read> = if file.extension().is_some_and(|end| end == "zst") {
        Box::new(zstd::Decoder::new(open)?)
    } else {
        Box::new(open)
    };
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

fn query(kind: ResourceType, params: Params<'_>) -> Outcome<Query> {
    let params: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let parsed = fhir::search::parse(kind, &params, Handling::Strict).map_err(|issues| format!("{issues:?}"))?;
    Ok(parsed.query)
}

/// Takes the things of a list in turn.
fn in_turn<T>(of: &[T], turn: &mut usize) -> Outcome<usize> {
    *turn = (*turn + 7) % of.len().max(1);
    if of.is_empty() { Err("nothing to ask about".into()) } else { Ok(*turn) }
}

fn list(store: &Store, kind: ResourceType, count: usize) -> Outcome<Vec<ResourceId>> {
    let query = query(kind, &[])?;
    let answer = store.read(|reader| reader.search(&Visibility::everything(), &query, &PageRequest::first(count)))?;
    Ok(answer.matches.into_iter().map(|row| row.id).collect())
}

/// Asks questions of one shape in turn, a page of twenty each.
fn search(store: &Store, what: &str, queries: &[Query]) -> Outcome<()> {
    let mut turn = 0;
    time(what, 5, || {
        let query = queries.get(in_turn(queries, &mut turn)?).ok_or("no question")?;
        let answer = store.read(|reader| reader.search(&Visibility::everything(), query, &PageRequest::first(20)))?;
        Ok(answer.total.unwrap_or(0).try_into()?)
    })
}

fn questions(store: &Store) -> Outcome<()> {
    let all = Visibility::everything();
    let patients = list(store, ResourceType::PATIENT, 50)?;
    let some = list(store, ResourceType::OBSERVATION, 1000)?;
    let mut turn = 0;
    time("read by id", 20_000, || {
        let id = some.get(in_turn(&some, &mut turn)?).ok_or("no id")?;
        let found = store.read(|reader| reader.get(&all, ResourceType::OBSERVATION, id))?;
        Ok(matches!(found, Some(Found::Here(_))).into())
    })?;
    of_patients(store, &patients)?;
    of_the_population(store)?;
    time("everything, page of 100", 500, || {
        let id = patients.get(in_turn(&patients, &mut turn)?).ok_or("no patient")?;
        let page = PageRequest::first(100);
        let answer = store.read(|reader| reader.everything(&all, id, (KindSet::ALL, None), &page))?;
        Ok(answer.map_or(0, |answer| answer.matches.len()))
    })
}

fn of_patients(store: &Store, patients: &[ResourceId]) -> Outcome<()> {
    let shapes: [(&str, Params<'_>); 4] = [
        ("patient + code + sort", &[("code", "http://loinc.org|8302-2"), ("_sort", "-date")]),
        ("patient + code (no system) + sort", &[("code", "8302-2"), ("_sort", "-date")]),
        ("patient + category + date", &[("category", "vital-signs"), ("date", "ge2014")]),
        ("patient, all observations, sorted", &[("_sort", "-date")]),
    ];
    for (what, more) in shapes {
        let of_patient =
            |id: &ResourceId| query(ResourceType::OBSERVATION, &[&[("patient", id.as_str())], more].concat());
        search(store, what, &patients.iter().map(of_patient).collect::<Outcome<Vec<_>>>()?)?;
    }
    Ok(())
}

fn of_the_population(store: &Store) -> Outcome<()> {
    let (observation, patient) = (ResourceType::OBSERVATION, ResourceType::PATIENT);
    let height = ("code", "http://loinc.org|8302-2");
    let nhs_number = ("identifier", "https://fhir.nhs.uk/Id/nhs-number|9997151801");
    let shapes: [(&str, ResourceType, Params<'_>); 11] = [
        ("identifier", patient, &[nhs_number]),
        ("name starts with", patient, &[("name", "jo")]),
        ("code, first page and total", observation, &[height]),
        ("code, count", observation, &[height, ("_summary", "count")]),
        ("code and a year", observation, &[height, ("date", "2014")]),
        ("code and value", observation, &[height, ("value-quantity", "gt180")]),
        ("code, newest first", observation, &[height, ("_sort", "-date")]),
        ("two months", observation, &[("date", "ge2014-01-01"), ("date", "lt2014-03-01")]),
        ("no condition", observation, &[]),
        ("chain: subject:Patient.gender and code", observation, &[("subject:Patient.gender", "female"), height]),
        ("_has: patients with a condition", patient, &[("_has:Condition:patient:code", "444814009")]),
    ];
    for (what, kind, params) in shapes {
        search(store, what, &[query(kind, params)?])?;
    }
    Ok(())
}

/// Creates, one after the other and from many threads.
fn writes(store: &Store) -> Outcome<()> {
    let patient = store.read(|reader| {
        reader.search(
            &Visibility::everything(),
            &query(ResourceType::PATIENT, &[]).map_err(|_| store::StoreError::Closed)?,
            &PageRequest::first(1),
        )
    })?;
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
                        let written =
                            store.write(store::Lane::People, move |writer| writer.put(resource, store::Expect::Absent));
                        if let Err(error) = written {
                            println!("  {error}");
                        }
                    }
                });
            }
        });
        let done = f64::from(threads * each);
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "create, {threads} threads: {:.0} a second, {:.0} us of CPU each",
            done / seconds,
            (cpu() - before) * 1e6 / done
        );
    }
    Ok(())
}
