//! Whether the time of an answer tells a hidden entry from one that never was: medians and their ratio.
//!
//! Requests go through the program's router in this process, hidden and unknown by turns, so that both have the same disturbance.
//! It prints and refuses nothing: a figure of a busy machine is no verdict. `docs/trust.md` keeps the last one.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use std::time::{Duration, Instant};
use testkit::{World, clinician};
use tower::ServiceExt as _;

/// How often each is asked for.
const TRIES: usize = 10_000;
/// How many different ones of each there are.
const IDS: usize = 200;
/// Requests before the first that counts.
const WARM_UP: usize = 1_000;

/// A way to ask, with what a hidden and an unknown entry are called in it.
struct Way {
    title: &'static str,
    path: fn(&str) -> String,
}

const WAYS: [Way; 3] = [
    Way { title: "read", path: |id| format!("/fhir/Observation/{id}") },
    Way { title: "history of one", path: |id| format!("/fhir/Observation/{id}/_history") },
    Way { title: "search by id", path: |id| format!("/fhir/Observation?_id={id}") },
];

/// Half of the entries are withheld as restricted from a doctor who knows the person.
fn world() -> World {
    let world = World::new();
    world.put(r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#);
    world.put(
        r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
    );
    for number in 0..IDS {
        let restricted =
            r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]}"#;
        let rest = r#""status":"final","code":{"text":"weight"},"subject":{"reference":"Patient/ada"}"#;
        world.put(&format!(r#"{{"resourceType":"Observation","id":"hidden-{number:04}",{restricted},{rest}}}"#));
        world.put(&format!(r#"{{"resourceType":"Observation","id":"seen-{number:04}",{rest}}}"#));
    }
    world
}

async fn time(router: &Router, bearer: &str, path: &str) -> anyhow::Result<(StatusCode, Duration)> {
    let request = Request::builder().uri(path).header("host", "record.example").header("authorization", bearer);
    let request = request.body(Body::empty())?;
    let started = Instant::now();
    let answer = router.clone().oneshot(request).await?;
    let status = answer.status();
    axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
    Ok((status, started.elapsed()))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn main() -> anyhow::Result<()> {
    let world = world();
    let doctor = clinician("khan", "elm");
    let mut asker = doctor.asker.as_ref().clone();
    asker.scopes = gate::SmartScopes::parse("user/*.cruds").ok();
    let until_ms = world.record().now_ms() + 3_600_000;
    let token = trust::tokens::issue(world.record(), &trust::NewToken { asker, until_ms })?;
    let bearer = format!("Bearer {}", token.reveal());
    let face = commonweal::serve::Face::default();
    let router = commonweal::serve::routes(world.record(), &world.gate(), face).into_router();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        println!("| asked for | hidden, us | unknown, us | hidden / unknown |\n|---|---:|---:|---:|");
        for way in &WAYS {
            let (mut hidden, mut unknown) = (Vec::with_capacity(TRIES), Vec::with_capacity(TRIES));
            for turn in 0..WARM_UP + TRIES {
                let number = turn % IDS;
                let [hides, lacks] = ["hidden", "absent"].map(|word| (way.path)(&format!("{word}-{number:04}")));
                // Who is first changes, so that neither always follows the other.
                let is_swapped = (turn / IDS) % 2 == 1;
                let (first, second) = if is_swapped { (&lacks, &hides) } else { (&hides, &lacks) };
                let (first, second) = (time(&router, &bearer, first).await?, time(&router, &bearer, second).await?);
                anyhow::ensure!(first.0 == second.0, "{}: {} and {}", way.title, first.0, second.0);
                if turn >= WARM_UP {
                    let (of_hidden, of_unknown) = if is_swapped { (second.1, first.1) } else { (first.1, second.1) };
                    hidden.push(of_hidden);
                    unknown.push(of_unknown);
                }
            }
            let (hidden, unknown) = (median(&mut hidden).as_secs_f64(), median(&mut unknown).as_secs_f64());
            println!("| {} | {:.1} | {:.1} | {:.3} |", way.title, hidden * 1e6, unknown * 1e6, hidden / unknown);
        }
        Ok(())
    })
}
