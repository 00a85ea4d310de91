//! How long a person waits for "who looked" when the log holds five years: of her, and of everybody else.
//!
//! It fills a log with a million made-up accesses, 2,000 of them about one person and 20,000 about another, and asks for their
//! pages over HTTP, one request after the other. It prints figures and refuses nothing; `docs/benchmarks.md` keeps the last ones.

use gate::Action;
use record::log::{Draft, Durability, Subject};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use testkit::{NOW_MS, World, citizen};
use trust::Persona;

/// Entries in the log.
const ENTRIES: u64 = 1_000_000;
/// Who they are about, and how many.
const PEOPLE: [(&str, u64); 2] = [("ada", 2_000), ("bea", 20_000)];
/// How many entries are written at a time.
const BATCH: u64 = 2_000;
/// How often each page is asked for.
const TRIES: usize = 200;
const FIVE_YEARS_MS: i64 = 5 * 365 * 24 * 60 * 60 * 1_000;

/// An entry about one of the two now and then, about somebody else most times; their staff and houses are many.
fn entry(number: u64, parts: [u32; 2]) -> Draft {
    let is_about = |place: usize, entries: u64| number % (ENTRIES / entries) == u64::try_from(place).unwrap_or(0);
    let mut people = PEOPLE.iter().enumerate().zip(parts);
    let about = people.find(|((place, (_, entries)), _)| is_about(*place, *entries));
    let part = about.map_or_else(|| 100 + u32::try_from(number % 50_000).unwrap_or(0), |(_, part)| part);
    let step = FIVE_YEARS_MS / i64::try_from(ENTRIES).unwrap_or(i64::MAX);
    let (staff, house) = (number / 50 % 300, number / 50 % 12);
    Draft {
        at_ms: NOW_MS - FIVE_YEARS_MS + step * i64::try_from(number).unwrap_or(0),
        who: format!("Practitioner/{staff}"),
        name: format!("Dr Number {staff}"),
        role: "Clinician".to_owned(),
        organisation: format!("Organization/{house}"),
        organisation_name: format!("House {house}"),
        action: if number.is_multiple_of(3) { "Search" } else { "Read" }.to_owned(),
        purpose: "DirectCare".to_owned(),
        rule: "clinician-care".to_owned(),
        via: "page".to_owned(),
        outcome: "allowed".to_owned(),
        request: format!("made-{number}"),
        subjects: vec![Subject { part, relation: 1 }],
        kinds: vec![fhir::ResourceType::PATIENT.code()],
        count: 1,
        ..Draft::default()
    }
}

/// One request over a connection of its own; head and body of the answer, and how long it took.
fn ask(address: SocketAddr, request: &str, body: &str, cookie: &str) -> anyhow::Result<(String, usize, Duration)> {
    let started = Instant::now();
    let mut socket = TcpStream::connect(address)?;
    write!(
        socket,
        "{request} HTTP/1.1\r\nhost: record.example\r\ncookie: {cookie}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer)?;
    let took = started.elapsed();
    let head = String::from_utf8_lossy(&answer).split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
    Ok((head, answer.len(), took))
}

fn sign_in(address: SocketAddr, who: &str) -> anyhow::Result<String> {
    let (head, ..) = ask(address, "POST /sign-in", &format!("persona={who}"), "")?;
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_default();
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

fn ms(time: Option<&Duration>) -> f64 {
    time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

/// Asks for each page of both people and prints a row for each.
fn measure(address: SocketAddr, log: &record::log::Log, parts: [u32; 2]) -> anyhow::Result<()> {
    println!("| page | entries about her | bytes | first, ms | median, ms | p95, ms | slowest, ms |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for ((who, _), part) in PEOPLE.iter().zip(parts) {
        let entries = log.count_of_part(part);
        let half = usize::try_from(entries / 2).unwrap_or(usize::MAX);
        let middle = log.of_part(part, None, half).last().copied().unwrap_or(0);
        let pages = ["/my".to_owned(), "/my/who-looked".to_owned(), format!("/my/who-looked?before={middle}")];
        for path in pages.iter().chain([&"/my/who-looked/proofs".to_owned()]) {
            let cookie = sign_in(address, who)?;
            let (mut times, mut size) = (Vec::new(), 0);
            for _ in 0..TRIES {
                let (head, bytes, time) = ask(address, &format!("GET {path}"), "", &cookie)?;
                anyhow::ensure!(head.starts_with("http/1.1 200"), "{path}: {head}");
                (size, times) = (bytes, [times, vec![time]].concat());
            }
            let first = ms(times.first());
            times.sort_unstable();
            let at = |share: usize| ms(times.get(TRIES * share / 100));
            let name = path.split('=').next().unwrap_or_default();
            let (median, p95, slowest) = (at(50), at(95), ms(times.last()));
            println!("| `{name}` | {entries} | {size} | {first:.1} | {median:.1} | {p95:.1} | {slowest:.1} |");
        }
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let world = World::new();
    let (record, mut parts) = (world.record(), [0; 2]);
    for ((who, _), part) in PEOPLE.iter().zip(&mut parts) {
        world.put(&format!(r#"{{"resourceType":"Patient","id":"{who}","name":[{{"family":"Ahmed"}}]}}"#));
        let permit = world.leave(&citizen(who), Action::Search);
        *part = record.person_number(&permit, &fhir::ResourceId::parse(who)?)?.unwrap_or(1);
    }
    let started = Instant::now();
    for batch in 0..ENTRIES / BATCH {
        let drafts = (batch * BATCH..(batch + 1) * BATCH).map(|number| entry(number, parts)).collect();
        record.log().append(drafts, Durability::Ordered)?;
    }
    println!("{ENTRIES} entries written in {:.0} s.\n", started.elapsed().as_secs_f64());

    let persona = |(who, _): &(&str, u64)| Persona {
        id: (*who).into(),
        title: "A made-up person".into(),
        about: String::new(),
        asker: citizen(who).asker.as_ref().clone(),
        acts_for: vec![],
    };
    let face = commonweal::serve::Face::demo(PEOPLE.iter().map(persona).collect());
    let router = commonweal::serve::routes(record, &world.gate(), face).into_router();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let app = router.into_make_service_with_connect_info::<SocketAddr>();
    let _serving = runtime.spawn(async move { axum::serve(listener, app).await });
    measure(address, record.log(), parts)
}
