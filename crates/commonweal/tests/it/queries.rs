//! The 98 published search requests over the synthetic people of `uk-100`, through HTTP, with a permit and the log on.
//!
//! The expected totals and ids were worked out by brute force, independently of any server.

use crate::client::{Client, token};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use testkit::{World, machinery};

fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path)
}

/// A world with everything below `folder`.
fn filled(folder: &Path) -> World {
    let world = World::new();
    let report = world.folder().join("refused.ndjson");
    let outcome = commonweal::import::import(
        &world.gate(),
        world.record(),
        &[folder.to_owned()],
        (report, record::Strictness::Faithful),
    )
    .unwrap();
    assert_eq!(outcome.refused(), 0, "{}", outcome.sentence());
    world
}

struct Asked<'a> {
    client: &'a Client,
    token: String,
}

impl Asked<'_> {
    fn get(&self, path: &str) -> serde_json::Value {
        let path = path.replace(' ', "%20").replace('|', "%7C");
        self.client.send(Some(&self.token), &format!("GET /fhir/{path}"), "").json()
    }

    /// Every entry of a search, following the next links.
    fn all(&self, query: &str) -> (Option<u64>, Vec<(String, String)>) {
        let mut bundle = self.get(query);
        let total = bundle["total"].as_u64();
        let mut found = Vec::new();
        for _ in 0..2_000 {
            for entry in bundle["entry"].as_array().into_iter().flatten() {
                let mode = entry["search"]["mode"].as_str().unwrap_or("").to_owned();
                let resource = &entry["resource"];
                let name =
                    format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
                found.push((mode, name));
            }
            let links = bundle["link"].as_array().cloned().unwrap_or_default();
            let Some(next) = links.iter().find(|link| link["relation"] == "next") else { return (total, found) };
            let url = next["url"].as_str().unwrap();
            bundle = self.get(url.split("/fhir/").last().unwrap());
        }
        panic!("{query} has pages without end");
    }
}

fn texts(value: &serde_json::Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// What is wrong with the answer to one case; nothing when it is right.
fn fault(asked: &Asked<'_>, case: &serde_json::Value) -> Option<String> {
    if let Some(operation) = case["operation"].as_str() {
        let (_, found) = asked.all(operation);
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        found.iter().for_each(|(_, name)| *counts.entry(name.split('/').next().unwrap().to_owned()).or_default() += 1);
        let minimum = case["minimum_counts"].as_object().unwrap();
        let short =
            minimum.iter().find(|(kind, least)| counts.get(*kind).copied().unwrap_or(0) < least.as_u64().unwrap());
        return short.map(|(kind, least)| format!("{kind}: {:?} instead of {least}", counts.get(kind)));
    }
    if let Some(paging) = case["paging"].as_str() {
        let (_, found) = asked.all(paging);
        let distinct: BTreeSet<_> = found.iter().collect();
        let good = found.len() == distinct.len() && found.len() as u64 == case["total"].as_u64().unwrap();
        return (!good).then(|| format!("{} found, {} distinct", found.len(), distinct.len()));
    }
    let query = case["query"].as_str().unwrap();
    if let (Some(expect), None) = (case["expect"].as_str(), case["total"].as_u64()) {
        let answer = asked.get(query);
        let refused = answer["resourceType"] == "OperationOutcome";
        return (!refused).then(|| format!("expected {expect}"));
    }
    let (total, found) = asked.all(query);
    if total != case["total"].as_u64() {
        return Some(format!("total {total:?} instead of {}", case["total"]));
    }
    let (matches, included): (Vec<_>, Vec<_>) = found.into_iter().partition(|(mode, _)| mode != "include");
    let ordered: Vec<String> = matches.into_iter().map(|(_, name)| name).collect();
    let sorted: BTreeSet<String> = ordered.iter().cloned().collect();
    if let Some(expected) = case["sha256_sorted_ids"].as_str().filter(|_| !query.contains("_count=10")) {
        let digest = Sha256::digest(sorted.iter().cloned().collect::<Vec<_>>().join("\n"));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if hex != expected {
            return Some("other ids".to_owned());
        }
    }
    let first = texts(&case["first_ids_in_order"]);
    if !first.is_empty() && !ordered.starts_with(&first) {
        return Some(format!("begins with {:?}", &ordered[..ordered.len().min(3)]));
    }
    let included: BTreeSet<String> = included.into_iter().map(|(_, name)| name).collect();
    let expected: BTreeSet<String> = texts(&case["include_ids"]).into_iter().collect();
    if !expected.is_empty() && included != expected {
        return Some(format!("includes {included:?}"));
    }
    for (kind, count) in case["include_counts"].as_object().into_iter().flatten() {
        let found = included.iter().filter(|name| name.starts_with(&format!("{kind}/"))).count() as u64;
        if Some(found) != count.as_u64() {
            return Some(format!("{found} {kind} included instead of {count}"));
        }
    }
    None
}

#[test]
fn all_published_searches_over_uk_100_come_out_right() {
    let (data, expected) = (shared("synthea/uk-100"), shared("tests/search/uk-100.expected.json"));
    let Ok(text) = std::fs::read_to_string(expected) else {
        println!("skipped: the published searches are not here");
        return;
    };
    let world = filled(&data);
    let client = Client::of(&world);
    let asked = Asked { client: &client, token: token(&world, &machinery()) };
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = suite["cases"].as_array().unwrap();

    let faults: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            fault(&asked, case).map(|fault| format!("{}: {fault}", case["query"].as_str().unwrap_or("other")))
        })
        .collect();

    assert!(faults.is_empty(), "{} of {} are wrong:\n{}", faults.len(), cases.len(), faults.join("\n"));
}
