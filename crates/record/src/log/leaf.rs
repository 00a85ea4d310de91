//! What of an entry is hashed: the texts of its parts, each one line of JSON with its members in this order.
//!
//! These bytes are what outsiders check proofs against, so they never change for an entry that is in a log: a new member means
//! a new format of the file. Their place in the tree is `proof`'s (docs/decisions/0009-log-tree.md).

use super::entry::{Entry, Subject, Target};
use fhir::ResourceType;
use proof::entry::Texts;
use serde::Serialize;

#[derive(Serialize)]
struct Facts<'a> {
    entry: u64,
    at_ms: i64,
    who: &'a str,
    name: &'a str,
    role: &'a str,
    organisation: &'a str,
    organisation_name: &'a str,
    action: &'a str,
    purpose: &'a str,
    rule: &'a str,
    via: &'a str,
    outcome: &'a str,
    request: &'a str,
    kinds: Vec<String>,
}

#[derive(Serialize)]
struct Details<'a> {
    query: &'a str,
    resource: Option<String>,
    version: u64,
    count: u32,
}

#[derive(Serialize)]
struct Person {
    person: u32,
    relation: u8,
}

/// The texts of an entry's parts.
pub(super) fn texts(entry: &Entry) -> Texts {
    let draft = &entry.draft;
    let facts = Facts {
        entry: entry.sequence,
        at_ms: draft.at_ms,
        who: &draft.who,
        name: &draft.name,
        role: &draft.role,
        organisation: &draft.organisation,
        organisation_name: &draft.organisation_name,
        action: &draft.action,
        purpose: &draft.purpose,
        rule: &draft.rule,
        via: &draft.via,
        outcome: &draft.outcome,
        request: &draft.request,
        kinds: draft.kinds.iter().map(|kind| kind_name(*kind)).collect(),
    };
    let resource = |target: &Target| format!("{}/{}", kind_name(target.kind), target.id);
    let details = Details {
        query: &draft.query,
        resource: draft.target.as_ref().map(resource),
        version: draft.target.as_ref().map_or(0, |target| target.version),
        count: draft.count,
    };
    let person = |subject: &Subject| text(&Person { person: subject.part, relation: subject.relation });
    Texts { facts: text(&facts), details: text(&details), subjects: draft.subjects.iter().map(person).collect() }
}

/// The name of a resource type; the number itself for one that this version does not know.
fn kind_name(kind: u8) -> String {
    ResourceType::from_code(kind).map_or_else(|| kind.to_string(), |kind| kind.name().to_owned())
}

fn text<T: Serialize>(part: &T) -> String {
    // Texts and numbers always have a JSON form.
    serde_json::to_string(part).unwrap_or_default()
}
