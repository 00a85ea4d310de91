//! Whether the time of an answer tells a hidden entry from one that never was: medians and their ratio, for each cause of hiding.
//!
//! Requests go through the program's router in this process, hidden and unknown by turns, so that both have the same disturbance.
//! Status and body must be the same, else it stops; times it prints and refuses nothing, since a figure of a busy machine is no
//! verdict. `docs/trust.md` keeps the last ones. `cargo run -p commonweal --example hidden_or_unknown [CAUSE]`

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use gate::{Asker, SmartScopes};
use record::Against;
use std::time::{Duration, Instant};
use testkit::{Person, World, citizen, clinician, machinery};
use tower::ServiceExt as _;

/// How often each is asked for.
const TRIES: usize = 3_000;
/// How many different ones of each there are.
const IDS: usize = 40;
/// Requests before the first that counts.
const WARM_UP: usize = 200;
/// What lies in a person's record beside what is hidden.
const KINDS: [&str; 3] = ["Observation", "DocumentReference", "Binary"];

/// A way to ask.
type Way = (&'static str, fn(&str, &str) -> String);

const READ: Way = ("read", |kind, id| format!("/fhir/{kind}/{id}"));
const VREAD: Way = ("version", |kind, id| format!("/fhir/{kind}/{id}/_history/1"));
const HISTORY: Way = ("history", |kind, id| format!("/fhir/{kind}/{id}/_history"));
const SEARCH: Way = ("search by id", |kind, id| format!("/fhir/{kind}?_id={id}"));
const WAYS: [Way; 4] = [READ, VREAD, HISTORY, SEARCH];

/// Why something is hidden: of which types, from whom, and by which ways it can be asked for.
struct Cause {
    title: &'static str,
    /// How the ids begin.
    word: &'static str,
    kinds: &'static [&'static str],
    ways: &'static [Way],
    asker: fn() -> Person,
}

fn doctor() -> Person {
    clinician("khan", "elm")
}

/// What of a cause is measured where nothing else is said: three types of a person's entries, each way, asked by her doctor.
const USUAL: Cause = Cause { title: "", word: "", kinds: &KINDS, ways: &WAYS, asker: doctor };

const CAUSES: [Cause; 8] = [
    Cause { title: "very restricted", word: "label", ..USUAL },
    Cause { title: "refused by Consent, this entry", word: "entry", ..USUAL },
    Cause { title: "refused by Consent, its topic", word: "topic", ..USUAL },
    Cause { title: "locked entry", word: "locked", ..USUAL },
    Cause { title: "locked record", word: "shut", ..USUAL },
    Cause { title: "of a person without a relationship", word: "others", ..USUAL },
    Cause { title: "the same, deleted", word: "deleted", ..USUAL },
    // Who somebody is may be looked up: earlier versions may not, since they tell where she lived.
    Cause {
        title: "whereabouts protected",
        word: "whereabouts",
        kinds: &["Patient"],
        ways: &[VREAD, HISTORY],
        ..USUAL
    },
];
/// Another person's Patient, for a member of the public.
const SOMEBODY: Cause = Cause {
    title: "another person's Patient, for a citizen",
    word: "whereabouts",
    kinds: &["Patient"],
    ways: &WAYS,
    asker: own,
};

fn own() -> Person {
    citizen("ada")
}

/// Somebody's entry of a type.
fn entry(kind: &str, id: &str, whose: &str, tag: &str) -> String {
    let (start, her) =
        (format!(r#"{{"resourceType":"{kind}","id":"{id}"{tag}"#), format!(r#"{{"reference":"Patient/{whose}"}}"#));
    match kind {
        "Observation" => format!(r#"{start},"status":"final","code":{{"text":"weight"}},"subject":{her}}}"#),
        "Binary" => format!(r#"{start},"contentType":"text/plain","securityContext":{her},"data":"VmVy"}}"#),
        _ => format!(
            r#"{start},"status":"current","subject":{her},"content":[{{"attachment":{{"title":"A letter"}}}}]}}"#
        ),
    }
}

fn tag(system: &str, code: &str) -> String {
    format!(
        r#","meta":{{"security":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-{system}","code":"{code}"}}]}}"#
    )
}

fn patient(id: &str, practice: &str, tag: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}"{tag},"name":[{{"family":"Ahmed"}}],"address":[{{"postalCode":"KX1 2AB"}}],"generalPractitioner":[{{"reference":"Organization/{practice}"}}]}}"#
    )
}

fn refusal(id: &str, provision: &str) -> String {
    format!(
        r#"{{"resourceType":"Consent","id":"{id}","status":"active","scope":{{"coding":[{{"code":"patient-privacy"}}]}},"category":[{{"text":"privacy"}}],"patient":{{"reference":"Patient/ada"}},"policy":[{{"uri":"urn:p"}}],"provision":{{"type":"deny",{provision}}}}}"#
    )
}

/// Ada and Shu are in the doctor's care, Oda is not; of everything that is hidden there is also something that is seen.
fn world() -> anyhow::Result<World> {
    let world = World::new();
    for organisation in ["elm", "oak"] {
        world.put(&format!(r#"{{"resourceType":"Organization","id":"{organisation}","name":"{organisation}"}}"#));
    }
    for (id, practice) in [("ada", "elm"), ("shu", "elm"), ("oda", "oak")] {
        world.put(&patient(id, practice, ""));
    }
    let mut refused = Vec::new();
    for number in 0..IDS {
        world.put(&patient(&format!("whereabouts-patient-{number:04}"), "oak", &tag("Confidentiality", "R")));
        for kind in KINDS {
            let id = |word: &str| format!("{word}-{}-{number:04}", kind.to_lowercase());
            world.put(&entry(kind, &id("seen"), "ada", ""));
            world.put(&entry(kind, &id("label"), "ada", &tag("Confidentiality", "V")));
            world.put(&entry(kind, &id("topic"), "ada", &tag("ActCode", "HIV")));
            for (word, whose) in
                [("entry", "ada"), ("locked", "ada"), ("shut", "shu"), ("others", "oda"), ("deleted", "oda")]
            {
                world.put(&entry(kind, &id(word), whose, ""));
            }
            world.lock("ada", Some(&format!("{kind}/{}", id("locked"))), Against::Others)?;
            refused.push(format!(r#"{{"meaning":"instance","reference":{{"reference":"{kind}/{}"}}}}"#, id("entry")));
            let permit = world.leave(&machinery(), gate::Action::Delete);
            let name = fhir::ResourceId::parse(&id("deleted"))?;
            let kind = fhir::ResourceType::parse(kind).ok_or_else(|| anyhow::anyhow!("no type {kind}"))?;
            world.record().delete(&permit, (kind, &name), None)?;
        }
    }
    world.put(&refusal("entries", &format!(r#""data":[{}]"#, refused.join(","))));
    let topic = r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}"#;
    world.put(&refusal("topic", &format!(r#""securityLabel":[{topic}]"#)));
    world.lock("shu", None, Against::Others)?;
    Ok(world)
}

struct Answer {
    status: StatusCode,
    body: Bytes,
    took: Duration,
}

async fn ask(router: &Router, bearer: &str, path: &str) -> anyhow::Result<Answer> {
    let request = Request::builder().uri(path).header("host", "record.example").header("authorization", bearer);
    let request = request.body(Body::empty())?;
    let started = Instant::now();
    let answer = router.clone().oneshot(request).await?;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
    Ok(Answer { status, body, took: started.elapsed() })
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e6
}

/// Medians of hidden and unknown, in microseconds.
async fn compare(router: &Router, bearer: &str, path: impl Fn(bool, usize) -> String) -> anyhow::Result<(f64, f64)> {
    let (mut hidden, mut unknown) = (Vec::with_capacity(TRIES), Vec::with_capacity(TRIES));
    for turn in 0..WARM_UP + TRIES {
        let (hides, lacks) = (path(true, turn % IDS), path(false, turn % IDS));
        // Who is first changes, so that neither always follows the other.
        let is_swapped = (turn / IDS) % 2 == 1;
        let (first, second) = if is_swapped { (&lacks, &hides) } else { (&hides, &lacks) };
        let (first, second) = (ask(router, bearer, first).await?, ask(router, bearer, second).await?);
        anyhow::ensure!(first.status == second.status, "{hides}: {} and {}", first.status, second.status);
        let is_search = first.status == StatusCode::OK;
        anyhow::ensure!(is_search || first.body == second.body, "{hides}: other bytes than {lacks}");
        anyhow::ensure!(!is_search || String::from_utf8_lossy(&first.body).contains("\"total\":0"), "{hides} is seen");
        if turn >= WARM_UP {
            let (of_hidden, of_unknown) =
                if is_swapped { (second.took, first.took) } else { (first.took, second.took) };
            hidden.push(of_hidden);
            unknown.push(of_unknown);
        }
    }
    Ok((median(&mut hidden), median(&mut unknown)))
}

/// The bearer of whoever asks.
fn bearer(world: &World, person: &Person) -> anyhow::Result<String> {
    let scopes = if person.asker.patient.is_some() { "patient/*.rs" } else { "user/*.cruds" };
    let asker = Asker { scopes: SmartScopes::parse(scopes).ok(), ..person.asker.as_ref().clone() };
    let until_ms = world.record().now_ms() + 3_600_000;
    let token = trust::tokens::issue(world.record(), &trust::NewToken { asker, until_ms })?;
    Ok(format!("Bearer {}", token.reveal()))
}

async fn measure(router: &Router, world: &World, cause: &Cause) -> anyhow::Result<f64> {
    let bearer = bearer(world, &(cause.asker)())?;
    let mut worst: f64 = 1.0;
    for kind in cause.kinds {
        for (way, path) in cause.ways {
            let path = |is_hidden: bool, number: usize| {
                let word = if is_hidden { cause.word } else { "absent" };
                path(kind, &format!("{word}-{}-{number:04}", kind.to_lowercase()))
            };
            let (hidden, unknown) = compare(router, &bearer, path).await?;
            let ratio = hidden / unknown;
            worst = worst.max(ratio).max(1.0 / ratio);
            println!("| {} | {kind} | {way} | {hidden:.1} | {unknown:.1} | {ratio:.3} |", cause.title);
        }
    }
    Ok(worst)
}

fn main() -> anyhow::Result<()> {
    let world = world()?;
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let face = commonweal::serve::Face::default();
    let router = commonweal::serve::routes(world.record(), &world.gate(), face).into_router();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!(
        "| hidden because | type | asked for | hidden, us | unknown, us | hidden / unknown |\n|---|---|---|---:|---:|---:|"
    );
    let mut worst = Vec::new();
    for cause in CAUSES.iter().chain([&SOMEBODY]).filter(|cause| cause.title.contains(&wanted)) {
        worst.push((cause.title, runtime.block_on(measure(&router, &world, cause))?));
    }
    println!("\n| hidden because | farthest from 1 |\n|---|---:|");
    worst.iter().for_each(|(title, ratio)| println!("| {title} | {ratio:.3} |"));
    Ok(())
}
