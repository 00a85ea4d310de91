//! Rebuilding the index when the definitions of search parameters, or the rules that give labels and relationships, are not those it was
//! made with.
//!
//! Vectors and postings name parameters by their place in the definitions. A program with other definitions would read
//! them wrongly and answer short; one with other rules for labels would show what it knows to be sensitive, and one with other
//! rules for relationships would let in whom it knows to have left. So the store compares fingerprints when it is opened, and
//! rebuilds every vector, posting, label and relationship from the bodies, and the labels of older versions too, before anybody
//! asks. One transaction: killed half way, the next start begins again.

use crate::answers::Change;
use crate::body::take_places;
use crate::dictionary::Dictionary;
use crate::engine::{Reads, RowView, Writes};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::index::apply;
use crate::lists::places;
use crate::names::{Labels, Part, Rid, RidRange, Version};
use crate::options::Derivation;
use crate::packing::{Encoding, Unpacker};
use crate::shared::Shared;
use crate::sqlite::{Command, Sqlite};
use crate::vector::{Groups, SearchVector};
use crate::wire::stable_hash;
use fhir::ResourceType;
use fhir::json::Json;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

/// How many rows are rebuilt at a time.
const ROWS: usize = 5_000;
const DEFINITIONS: &str = "definitions";
/// Kept under its older name, from when only labels were derived.
const DERIVATION: &str = "labelling";

/// Says which parameters there are, in which places.
pub(crate) fn fingerprint() -> u64 {
    let mut text = String::new();
    for kind in ResourceType::all() {
        for param in fhir::search::params(kind) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{} {} {} {:?}", param.id.0, kind.name(), param.code, param.kind);
        }
    }
    stable_hash(text.as_bytes())
}

/// Compares the fingerprints, and rebuilds when one is another.
pub(crate) fn settle(sqlite: &Sqlite, shared: &Shared, derivation: Option<Derivation>) -> Result<(), StoreError> {
    let is_kept = |name: &str, now: u64| {
        Ok::<_, StoreError>(sqlite.kept("store", name.as_bytes())?.as_deref() == Some(&now.to_be_bytes()))
    };
    let definitions = fingerprint();
    let deriving = match derivation {
        Some(derivation) if !is_kept(DERIVATION, derivation.rules)? => Some(derivation),
        _ => None,
    };
    if is_kept(DEFINITIONS, definitions)? && deriving.is_none() {
        return Ok(());
    }
    sqlite.command(Command::BeginWrite)?;
    let done = rebuild(sqlite, shared, deriving)
        .and_then(|()| sqlite.keep("store", DEFINITIONS.as_bytes(), &definitions.to_be_bytes()))
        .and_then(|()| match deriving {
            Some(derivation) => sqlite.keep("store", DERIVATION.as_bytes(), &derivation.rules.to_be_bytes()),
            None => Ok(()),
        });
    sqlite.command(if done.is_ok() { Command::Commit } else { Command::Rollback })?;
    done
}

/// A row, copied out of the scan that found it.
struct Old {
    rid: Rid,
    id: String,
    version: Version,
    updated_ms: i64,
    labels: Labels,
    encoding: Encoding,
    body: Vec<u8>,
}

fn rebuild(sqlite: &Sqlite, shared: &Shared, derivation: Option<Derivation>) -> Result<(), StoreError> {
    sqlite.clear_postings()?;
    let words_written = shared.dictionary.words().count();
    let mut unpacker = Unpacker::new(Arc::clone(&shared.packs));
    for (code, _) in sqlite.tally()? {
        let Some(kind) = ResourceType::from_code(code) else { continue };
        let mut range = RidRange::of_kind(kind);
        loop {
            let rows = some_rows(sqlite, range)?;
            let Some(last) = rows.last() else { break };
            range.first = last.rid.next();
            rebuild_rows(sqlite, shared, (&mut unpacker, derivation), &rows)?;
        }
    }
    if let Some(derivation) = derivation {
        relabel_versions(sqlite, &mut unpacker, derivation)?;
    }
    let words = shared.dictionary.words();
    (words_written..words.count()).try_for_each(|number| sqlite.put_word(number, words.get(number).unwrap_or_default()))
}

fn some_rows(sqlite: &Sqlite, range: RidRange) -> Result<Vec<Old>, StoreError> {
    let mut rows = Vec::new();
    sqlite.rows(range, &mut |row| {
        let id = row.fid.id().ok_or(StoreError::Damaged("a row has no id"))?;
        rows.push(Old {
            rid: row.rid,
            id: id.as_str().to_owned(),
            version: row.version,
            updated_ms: row.updated_ms,
            labels: row.labels,
            encoding: row.encoding,
            body: row.body.to_vec(),
        });
        Ok(if rows.len() < ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(rows)
}

/// The labels of a body that was stored with `old`.
fn relabelled(derivation: Derivation, json: &Json<'_>, old: Labels) -> Labels {
    let multi = if old.is_multi() { Labels::MULTI } else { Labels::default() };
    (derivation.labels_of)(json).without(Labels::MULTI).union(multi)
}

/// Gives older versions their labels anew. A deletion keeps those that the resource had last.
fn relabel_versions(sqlite: &Sqlite, unpacker: &mut Unpacker, derivation: Derivation) -> Result<(), StoreError> {
    let mut last: Option<(Rid, Version, Labels)> = None;
    loop {
        let after = last.map(|(rid, version, _)| (rid, version));
        let mut some = Vec::new();
        sqlite.versions_after(after, ROWS, &mut |version| {
            let before = last.filter(|(rid, ..)| *rid == version.rid).map(|(.., labels)| labels);
            let labels = match version.change {
                Change::Delete => before.unwrap_or(version.labels),
                Change::Create | Change::Update => {
                    let (_, bytes) = take_places(version.body)?;
                    let body = unpacker.unpack(version.encoding, bytes)?;
                    let json = fhir::json::parse(body).map_err(|_| StoreError::Damaged("a body is no resource"))?;
                    relabelled(derivation, &json, version.labels)
                }
            };
            last = Some((version.rid, version.version, labels));
            some.push((version.rid, version.version, labels));
            Ok(ControlFlow::Continue(()))
        })?;
        if some.is_empty() {
            return Ok(());
        }
        some.into_iter().try_for_each(|(rid, version, labels)| sqlite.relabel_version(rid, version, labels))?;
    }
}

fn rebuild_rows(
    sqlite: &Sqlite,
    shared: &Shared,
    (unpacker, derivation): (&mut Unpacker, Option<Derivation>),
    rows: &[Old],
) -> Result<(), StoreError> {
    let damaged = || StoreError::Damaged("a body is no resource");
    let mut changes = Vec::new();
    for old in rows {
        let kind = old.rid.kind().ok_or_else(damaged)?;
        let id = fhir::ResourceId::parse(&old.id).map_err(|_| damaged())?;
        let (_, bytes) = take_places(&old.body)?;
        let json = fhir::json::parse(unpacker.unpack(old.encoding, bytes)?).map_err(|_| damaged())?;
        let subject = if old.rid.part() == Part::SHARED { None } else { sqlite.patient_of(old.rid.part())? };
        let vector = SearchVector::of(&fhir::search::extract(kind, &json), subject.as_ref());
        let stored = vector.stored(|group| word(&shared.dictionary, group));
        let mut posted = Vec::new();
        let event = shared.events.get(usize::from(kind.code())).copied().flatten();
        places(old.rid, Groups::new(&stored, &shared.dictionary.words()), event, &mut posted);
        let labels = derivation.map_or(old.labels, |derivation| relabelled(derivation, &json, old.labels));
        if let Some(derivation) = derivation {
            sqlite.put_relations(old.rid.part(), old.rid, &(derivation.relations_of)(kind, &json))?;
        }
        changes.extend(posted.into_iter().map(|place| (place, Some(labels))));
        sqlite.put_row(RowView {
            rid: old.rid,
            fid: Fid::of(&id),
            version: old.version,
            updated_ms: old.updated_ms,
            labels,
            encoding: old.encoding,
            vector: &stored,
            body: &old.body,
        })?;
    }
    apply(sqlite, changes)
}

fn word(dictionary: &Dictionary, group: crate::vector::Group<'_>) -> Option<u32> {
    group.is_repeatable().then(|| dictionary.number(group.bytes)).flatten()
}
