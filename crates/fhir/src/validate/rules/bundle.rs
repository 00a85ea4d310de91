//! Rules of bundles: what an entry needs depends on the bundle's type (bdl-1 to bdl-12).

use super::{Rule, has, text};
use crate::IssueCode;
use crate::json::Json;
use crate::validate::Pass;
use std::collections::HashSet;

pub(super) const RULES: &[(&str, Rule)] = &[("Bundle", bundle)];

fn bundle<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    let kind = text(json, "type").unwrap_or_default();
    if has(json, "total") && !matches!(kind, "searchset" | "history") {
        pass.error_at("total", IssueCode::Invariant, "bdl-1: only a search or history has a total.");
    }
    let entries = json.get("entry").map_or(&[][..], Json::items);
    let mut names = HashSet::new();
    for (place, entry) in entries.iter().enumerate() {
        let at = format!("entry[{place}]");
        for sentence in entry_faults(kind, entry) {
            pass.error_at(&at, IssueCode::Invariant, sentence);
        }
        let version = entry.at(&["resource", "meta", "versionId"]).and_then(Json::text);
        let name = text(entry, "fullUrl").map(|url| (url, version));
        if kind != "history" && name.is_some_and(|name| !names.insert(name)) {
            pass.error_at(&at, IssueCode::Invariant, "bdl-7: two entries have this fullUrl and version.");
        }
    }
    let first = entries.first().and_then(|entry| entry.at(&["resource", "resourceType"])).and_then(Json::text);
    match (kind, first) {
        ("document", other) if other != Some("Composition") => {
            pass.error(IssueCode::Invariant, "bdl-11: a document begins with a Composition.");
        }
        ("message", other) if other != Some("MessageHeader") => {
            pass.error(IssueCode::Invariant, "bdl-12: a message begins with a MessageHeader.");
        }
        _ => {}
    }
    if kind == "document" {
        if json.at(&["identifier", "system"]).is_none() || json.at(&["identifier", "value"]).is_none() {
            pass.error(IssueCode::Invariant, "bdl-9: a document has an identifier with system and value.");
        }
        if !has(json, "timestamp") {
            pass.error(IssueCode::Invariant, "bdl-10: a document has a timestamp.");
        }
    }
}

fn entry_faults(kind: &str, entry: &Json<'_>) -> Vec<&'static str> {
    let is_request = matches!(kind, "batch" | "transaction" | "history");
    let is_response = matches!(kind, "batch-response" | "transaction-response" | "history");
    let faults = [
        (has(entry, "search") && kind != "searchset", "bdl-2: only entries of a search say how they matched."),
        (
            is_request != has(entry, "request"),
            "bdl-3: entries of a batch, transaction or history have a request, others have none.",
        ),
        (
            is_response != has(entry, "response"),
            "bdl-4: entries of a batch-response, transaction-response or history have a response, others have none.",
        ),
        (
            text(entry, "fullUrl").is_some_and(|url| url.contains("/_history/")),
            "bdl-8: a fullUrl does not name a version.",
        ),
    ];
    faults.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, sentence)| sentence).collect()
}
