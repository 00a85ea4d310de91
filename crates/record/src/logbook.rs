//! From what happened to an entry of the access log.
//!
//! One place decides what an entry says, so that pages, API, import and export tell it alike. Reads are logged before the
//! answer goes out ([`mod@crate::answering`]); writes put their entry into the store's group, and the store calls back with the group's entries before it
//! commits: the log is on the disk first. A write that then fails leaves an entry of an attempt, never a change without one.

use crate::clock::Clock;
use crate::log::{Draft, Durability, Log, Subject, Target};
use crate::read::Resource;
use crate::relations;
use crate::view::View;
use fhir::ResourceType;
use gate::{Asker, Permit};
use std::sync::Arc;

/// By which way an access came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A page that a person looked at.
    Page,
    /// The FHIR API.
    Api,
    /// `commonweal import`.
    Import,
    /// `commonweal export`.
    Export,
    /// Another command or the platform itself.
    Command,
}

impl Way {
    /// A system comes by the API, a person by a page.
    const fn of(asker: &Asker) -> Self {
        match &asker.scopes {
            Some(scopes) if !scopes.is_of_session() => Self::Api,
            _ => Self::Page,
        }
    }

    /// Its word in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Import => "import",
            Self::Export => "export",
            Self::Command => "command",
        }
    }
}

/// How an access ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Data were given out or changed.
    Allowed,
    /// There was nothing for this reader.
    Absent,
    /// No rule lets the asker do this.
    Refused,
}

impl Outcome {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Absent => "absent",
            Self::Refused => "refused",
        }
    }
}

/// An entry about `permit`, without what was found yet.
///
/// A permit that reaches nothing gives an entry of a refusal, with the rule that came nearest.
pub(crate) fn draft(permit: &Permit, now_ms: i64, outcome: Outcome) -> Draft {
    let denied = permit.denied();
    let rule = match &denied {
        Some(denied) => denied.rule().map(ToString::to_string),
        None => permit.rule().map(|rule| rule.id.as_str().to_owned()),
    };
    let outcome = if denied.is_some() { Outcome::Refused } else { outcome };
    Draft {
        action: permit.action().name().to_owned(),
        purpose: permit.purpose().name().to_owned(),
        rule: rule.unwrap_or_default(),
        via: way_of(permit).word().to_owned(),
        outcome: outcome.word().to_owned(),
        ..Draft::about(permit.asker(), now_ms).in_request(permit.request())
    }
}

/// Notes that there was nothing for this reader, unless it is a refusal already.
pub(crate) fn nothing_there(draft: &mut Draft) {
    if draft.outcome == Outcome::Allowed.word() {
        Outcome::Absent.word().clone_into(&mut draft.outcome);
    }
}

impl Draft {
    /// An entry about somebody, without what they did.
    #[must_use]
    pub fn about(asker: &Asker, now_ms: i64) -> Draft {
        let organisation = asker.organisation.as_ref();
        Draft {
            at_ms: now_ms,
            who: asker.who.as_str().to_owned(),
            name: asker.display.clone(),
            role: asker.role.name().to_owned(),
            organisation: organisation.map(|one| format!("Organization/{}", one.id.as_str())).unwrap_or_default(),
            organisation_name: organisation.map(|one| one.name.clone()).unwrap_or_default(),
            via: Way::of(asker).word().to_owned(),
            outcome: Outcome::Allowed.word().to_owned(),
            ..Draft::default()
        }
    }
}

/// The way is told by who asks: a system comes by the API, a person by a page, a bulk action by its command; a person who
/// takes a copy of her own record does it on a page.
fn way_of(permit: &Permit) -> Way {
    match permit.action() {
        gate::Action::Import => Way::Import,
        gate::Action::Export if permit.asker().scopes.is_some() => Way::Export,
        _ => Way::of(permit.asker()),
    }
}

/// Adds what one resource was.
pub(crate) fn about_one(draft: &mut Draft, view: &View, resource: &Resource) {
    draft.rule = rule_or(view.rule_for(resource.rid, resource.labels), std::mem::take(&mut draft.rule));
    draft.subjects.extend(view.subject(resource.rid.part()));
    draft.kinds.push(resource.kind.code());
    draft.target = Some(target(resource.kind, resource.id.as_str(), u64::from(resource.version.number())));
    draft.count = 1;
}

/// Adds what many resources were, and everybody in whose records they are.
pub(crate) fn about_many(draft: &mut Draft, view: &View, rows: &[&Resource], parts: Vec<store::Part>) {
    if let Some(first) = rows.first() {
        draft.rule = rule_or(view.rule_for(first.rid, first.labels), std::mem::take(&mut draft.rule));
    }
    draft.subjects = subjects_of(view, parts);
    draft.kinds.extend(rows.iter().map(|row| row.kind.code()));
    draft.kinds.sort_unstable();
    draft.kinds.dedup();
    draft.count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
}

fn rule_or(found: &str, general: String) -> String {
    if found.is_empty() { general } else { found.to_owned() }
}

/// The one resource of an entry.
pub(crate) fn target(kind: ResourceType, id: &str, version: u64) -> Target {
    Target { kind: kind.code(), id: id.to_owned(), version }
}

/// An entry as a note that travels with a write through the store's queue.
pub(crate) fn note(draft: &Draft) -> Box<[u8]> {
    serde_json::to_vec(draft).unwrap_or_default().into_boxed_slice()
}

/// The store's options: the clock, and the log as the last thing before every commit.
pub(crate) fn store_options(log: Arc<Log>, clock: Arc<dyn Clock>) -> store::Options {
    let seal = move |notes: &[Box<[u8]>]| {
        let drafts: Result<Vec<Draft>, _> = notes.iter().map(|note| serde_json::from_slice(note)).collect();
        let drafts = drafts.map_err(|error| error.to_string())?;
        if drafts.is_empty() {
            return Ok(());
        }
        log.append(drafts, Durability::Strict).map(drop).map_err(|error| error.to_string())
    };
    let watched = crate::choices::watched();
    let rules = format!("{}\n{}", gate::labelling_rules(), relations::READING);
    let derivation = store::Derivation {
        rules: store::stable_hash(rules.as_bytes()),
        labels_of: |resource| store::Labels::from_bits(gate::labels_of(resource)),
        relations_of: relations::of,
    };
    store::Options {
        before_commit: Box::new(seal),
        watched,
        derivation: Some(derivation),
        ..store::Options::new(Arc::new(move || clock.now_ms()))
    }
}

/// Subjects for the log of parts that were written.
pub(crate) fn subjects_of(view: &View, parts: impl IntoIterator<Item = store::Part>) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = parts.into_iter().filter_map(|part| view.subject(part)).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}
