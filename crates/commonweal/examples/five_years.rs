//! How long a person waits for "who looked" when the log holds five years: of her, and of everybody else.
//!
//! It fills a log with two million made-up accesses, twenty thousand of them about her, and asks for her pages through the
//! program's router in this process. It prints figures and refuses nothing; `docs/trust.md` keeps the last ones.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use gate::Action;
use record::log::{Draft, Durability, Subject};
use std::time::{Duration, Instant};
use testkit::{NOW_MS, World, citizen};
use tower::ServiceExt as _;
use trust::Persona;

/// Entries in the log, and how many of them are about her.
const ENTRIES: u64 = 2_000_000;
const ABOUT_HER: u64 = 20_000;
/// How many entries are written at a time.
const BATCH: u64 = 2_000;
/// How often each page is asked for.
const TRIES: usize = 200;
const FIVE_YEARS_MS: i64 = 5 * 365 * 24 * 60 * 60 * 1_000;

fn entry(number: u64, her: u32) -> Draft {
    let every = ENTRIES / ABOUT_HER;
    let part = if number.is_multiple_of(every) { her } else { her + 1 + u32::try_from(number % 50_000).unwrap_or(0) };
    let step = FIVE_YEARS_MS / i64::try_from(ENTRIES).unwrap_or(i64::MAX);
    let (staff, house) = ((number / every) % 300, (number / every) % 12);
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

async fn ask(router: &Router, cookie: &str, path: &str) -> anyhow::Result<(StatusCode, usize, Duration)> {
    let request = Request::builder().uri(path).header("host", "record.example").header("cookie", cookie);
    let started = Instant::now();
    let answer = router.clone().oneshot(request.body(Body::empty())?).await?;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
    Ok((status, body.len(), started.elapsed()))
}

async fn sign_in(router: &Router) -> anyhow::Result<String> {
    let request = Request::post("/sign-in").header("host", "record.example");
    let request =
        request.header("content-type", "application/x-www-form-urlencoded").body(Body::from("persona=ada"))?;
    let answer = router.clone().oneshot(request).await?;
    let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

fn ms(time: Option<&Duration>) -> f64 {
    time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

fn main() -> anyhow::Result<()> {
    let world = World::new();
    world.put(r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}]}"#);
    let (record, ada) = (world.record(), citizen("ada"));
    let patient = fhir::ResourceId::parse("ada")?;
    let permit = world.leave(&ada, Action::Search);
    let her = record.person_number(&permit, &patient)?.unwrap_or(1);
    let started = Instant::now();
    for batch in 0..ENTRIES / BATCH {
        let drafts = (batch * BATCH..(batch + 1) * BATCH).map(|number| entry(number, her)).collect();
        record.log().append(drafts, Durability::Ordered)?;
    }
    println!(
        "{ENTRIES} entries written in {:.0} s, {} about her.",
        started.elapsed().as_secs_f64(),
        record.log().count_of_part(her)
    );

    let persona = Persona {
        id: "ada".into(),
        title: "A made-up person".into(),
        about: String::new(),
        asker: ada.asker.as_ref().clone(),
        acts_for: vec![],
    };
    let face = commonweal::serve::Face::demo(vec![persona]);
    let router = commonweal::serve::routes(record, &world.gate(), face).into_router();
    let middle = record.log().of_part(her, None, 10_000).last().copied().unwrap_or(0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("| page | bytes | median, ms | p95, ms | slowest, ms |\n|---|---:|---:|---:|---:|");
    for path in ["/my".to_owned(), "/my/who-looked".to_owned(), format!("/my/who-looked?before={middle}")] {
        runtime.block_on(async {
            let cookie = sign_in(&router).await?;
            let (mut times, mut size) = (Vec::new(), 0);
            for _ in 0..TRIES {
                let (status, bytes, time) = ask(&router, &cookie, &path).await?;
                anyhow::ensure!(status == StatusCode::OK, "{path}: {status}");
                times.push(time);
                size = bytes;
            }
            times.sort_unstable();
            let at = |share: usize| ms(times.get(TRIES * share / 100));
            let name = path.split('=').next().unwrap_or_default();
            println!("| `{name}` | {size} | {:.1} | {:.1} | {:.1} |", at(50), at(95), ms(times.last()));
            anyhow::Ok(())
        })?;
    }
    Ok(())
}
