//! The 98 published requests over the data set uk-100, through the API.
//!
//! Answers were worked out by a brute-force program in another language. Totals, ids, order, includes, errors and paging are
//! compared.

use super::*;
use crate::files;
use gate::Action;
use record::Strictness;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Resources to a batch of the import.
const BATCH: usize = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn every_published_request_is_answered_right() {
    let shared = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let (folder, cases) = (shared.join("synthea/uk-100"), shared.join("tests/search/uk-100.expected.json"));
    let Ok(cases) = std::fs::read(cases) else {
        println!("skipped: ../shared is not there");
        return;
    };
    let cases: Value = serde_json::from_slice(&cases).expect("JSON");
    let server = Server::new();
    import(&server, &folder);

    let token = server.token(&machinery());
    let mut wrong = Vec::new();
    for case in cases["cases"].as_array().expect("cases") {
        if let Err(what) = check(&server, &token, case).await {
            wrong.push(what);
        }
    }

    assert_eq!(wrong, Vec::<String>::new());
}

fn import(server: &Server, folder: &Path) {
    let record = server.world.record();
    let permit = server.world.leave(&machinery(), Action::Import);
    let mut preparer = record.preparer(&permit).expect("leave to import");
    let mut batch = Vec::new();
    for source in files::find(&[folder.to_owned()]).expect("files") {
        if source.path.to_string_lossy().contains("counts.json") {
            continue;
        }
        files::read(&source.path, |piece| {
            let bytes = piece.bytes.expect("a line");
            let tree = fhir::json::parse(&bytes).expect("JSON");
            batch.push(preparer.prepare(&tree, Strictness::Strict).expect("a right resource").0);
            if batch.len() == BATCH {
                let full = std::mem::take(&mut batch);
                record.import(&server.world.leave(&machinery(), Action::Import), full).expect("stored");
            }
            true
        })
        .expect("a file");
    }
    record.import(&server.world.leave(&machinery(), Action::Import), batch).expect("stored");
}

async fn check(server: &Server, token: &str, case: &Value) -> Result<(), String> {
    if let Some(operation) = case["operation"].as_str() {
        return check_everything(server, token, operation, case).await;
    }
    let query = case["query"].as_str().or(case["paging"].as_str()).expect("a query");
    let reply = get(server, token, query).await;
    if case.get("total").is_none() {
        return ensure(reply.status == 400, || format!("{query}: {} {}", reply.status, reply.text));
    }
    let tree = reply.json();
    ensure(tree["total"] == case["total"], || format!("{query}: {} instead of {}", tree["total"], case["total"]))?;
    check_includes(case, &tree, query)?;
    if let Some(order) = case["first_ids_in_order"].as_array() {
        let found = of_mode(&tree, "match");
        let is_right = found.iter().map(String::as_str).eq(order.iter().filter_map(Value::as_str).take(found.len()));
        return ensure(is_right && !found.is_empty(), || format!("{query}: the order is {found:?}"));
    }
    let Some(hash) = case["sha256_sorted_ids"].as_str() else { return Ok(()) };
    if query.contains("_summary=count") {
        return Ok(());
    }
    let mut ids = all_pages(server, token, query).await;
    ids.sort();
    let found: String = Sha256::digest(ids.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect();
    ensure(found == hash, || format!("{query}: {} other ids", ids.len()))
}

async fn check_everything(server: &Server, token: &str, path: &str, case: &Value) -> Result<(), String> {
    let ids = all_pages(server, token, path).await;
    for (kind, least) in case["minimum_counts"].as_object().expect("counts") {
        let count = ids.iter().filter(|id| id.starts_with(&format!("{kind}/"))).count() as u64;
        ensure(Some(count) >= least.as_u64(), || format!("{path}: {count} {kind} instead of {least}"))?;
    }
    Ok(())
}

fn check_includes(case: &Value, tree: &Value, query: &str) -> Result<(), String> {
    let mut included = of_mode(tree, "include");
    included.sort();
    if let Some(ids) = case["include_ids"].as_array() {
        let is_right = included.iter().map(String::as_str).eq(ids.iter().filter_map(Value::as_str));
        ensure(is_right, || format!("{query}: included {included:?}"))?;
    }
    for (kind, count) in case["include_counts"].as_object().into_iter().flatten() {
        let found = included.iter().filter(|id| id.starts_with(&format!("{kind}/"))).count() as u64;
        ensure(Some(found) == count.as_u64(), || format!("{query}: {found} {kind} included"))?;
    }
    Ok(())
}

/// The matches of all pages, or all of everything.
async fn all_pages(server: &Server, token: &str, query: &str) -> Vec<String> {
    let sign = if query.contains('?') { '&' } else { '?' };
    let has_count = query.contains("_count=");
    let mut next = Some(if has_count { query.to_owned() } else { format!("{query}{sign}_count=1000") });
    let mut ids = Vec::new();
    while let Some(path) = next {
        let reply = get(server, token, path.trim_start_matches('/')).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        ids.extend(of_mode(&reply.json(), "match"));
        next = reply.link("next");
    }
    ids
}

async fn get(server: &Server, token: &str, path: &str) -> Reply {
    let path = path.replace('|', "%7C").replace(' ', "%20");
    let request = Request::get(format!("/fhir/{path}")).header("host", "test.example").header("authorization", token);
    server.send(request.body(Body::empty()).expect("a request")).await
}

fn of_mode(tree: &Value, mode: &str) -> Vec<String> {
    let entries = tree["entry"].as_array().into_iter().flatten().filter(|entry| entry["search"]["mode"] == mode);
    let name = |entry: &Value| {
        let part = |name: &str| entry["resource"][name].as_str().unwrap_or("?").to_owned();
        format!("{}/{}", part("resourceType"), part("id"))
    };
    entries.map(name).collect()
}

fn ensure(is_right: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(what()) }
}
