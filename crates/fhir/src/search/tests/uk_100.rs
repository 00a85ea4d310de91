//! The 98 published requests over the data set uk-100, with the answers that a brute-force program in another language gave.

use super::memory::{Kept, Memory};
use super::*;
use std::path::PathBuf;

/// Requests with an answer to compare.
const COMPARED: usize = 89;

#[test]
fn every_published_request_finds_what_it_should() {
    let Some((memory, cases)) = data() else { return };
    let mut compared = 0;
    let mut wrong = Vec::new();

    for case in cases.as_array().expect("cases") {
        let Some(request) = case["query"].as_str().filter(|request| request.contains('?')) else { continue };
        if case.get("expect").is_some() && case.get("total").is_none() {
            refusal(request);
            continue;
        }
        let found = memory.search(&query(request));
        compared += 1;
        if Some(found.len() as u64) != case["total"].as_u64() || !has_ids(case, &found) {
            wrong.push(format!("{request}: {} found, {} expected", found.len(), case["total"]));
        }
    }

    assert_eq!(wrong, Vec::<String>::new());
    assert!(compared >= COMPARED, "{compared}");
}

fn has_ids(case: &serde_json::Value, found: &[&Kept]) -> bool {
    let Some(ids) = case["ids"].as_array() else { return true };
    let mut names: Vec<String> = found.iter().map(|kept| format!("{}/{}", kept.kind, kept.id)).collect();
    names.sort();
    names.iter().map(String::as_str).eq(ids.iter().filter_map(serde_json::Value::as_str))
}

/// Nothing, with a word about it, where the shared data is not beside the workspace.
fn data() -> Option<(Memory, serde_json::Value)> {
    let shared = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let Ok(folder) = std::fs::read_dir(shared.join("synthea/uk-100")) else {
        println!("skipped: ../shared is not there");
        return None;
    };
    let mut memory = Memory::default();
    for file in folder.filter_map(Result::ok).filter(|file| file.file_name().to_string_lossy().contains(".ndjson")) {
        let bytes = std::fs::read(file.path()).expect("a readable file");
        let bytes = zstd::decode_all(bytes.as_slice()).unwrap_or(bytes).leak();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let tree = crate::json::parse(line).expect("JSON");
            let kind = tree.get("resourceType").and_then(Json::text).and_then(ResourceType::parse).expect("a type");
            memory.add(kind, Box::leak(Box::new(tree)));
        }
    }
    let cases = std::fs::read(shared.join("tests/search/uk-100.expected.json")).expect("the expected answers");
    let mut cases: serde_json::Value = serde_json::from_slice(&cases).expect("JSON");
    Some((memory, cases["cases"].take()))
}
