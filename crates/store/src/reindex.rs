//! Rebuilding the index when the definitions of search parameters are not those it was made with.
//!
//! Vectors and postings name parameters by their place in the definitions. A program with other definitions would read
//! them wrongly and answer short, so the store compares a fingerprint when it is opened, and rebuilds every vector and
//! posting from the bodies before anybody asks. One transaction: killed half way, the next start begins again.

use crate::body::take_places;
use crate::dictionary::Dictionary;
use crate::engine::{Reads, RowView, Writes};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::index::apply;
use crate::lists::places;
use crate::names::{Labels, Part, Rid, RidRange, Version};
use crate::packing::{Encoding, Unpacker};
use crate::shared::Shared;
use crate::sqlite::{Command, Sqlite};
use crate::vector::{Groups, SearchVector};
use crate::wire::stable_hash;
use fhir::ResourceType;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

/// How many rows are rebuilt at a time.
const ROWS: usize = 5_000;
const DEFINITIONS: &str = "definitions";

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

/// Compares the fingerprint, and rebuilds when it is another.
pub(crate) fn settle(sqlite: &Sqlite, shared: &Shared) -> Result<(), StoreError> {
    let now = fingerprint().to_be_bytes();
    let made_with = sqlite.kept("store", DEFINITIONS.as_bytes())?;
    if made_with.as_deref() == Some(&now) {
        return Ok(());
    }
    sqlite.command(Command::BeginWrite)?;
    let done = rebuild(sqlite, shared).and_then(|()| sqlite.keep("store", DEFINITIONS.as_bytes(), &now));
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

fn rebuild(sqlite: &Sqlite, shared: &Shared) -> Result<(), StoreError> {
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
            rebuild_rows(sqlite, shared, &mut unpacker, &rows)?;
        }
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

fn rebuild_rows(sqlite: &Sqlite, shared: &Shared, unpacker: &mut Unpacker, rows: &[Old]) -> Result<(), StoreError> {
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
        changes.extend(posted.into_iter().map(|place| (place, Some(old.labels))));
        sqlite.put_row(RowView {
            rid: old.rid,
            fid: Fid::of(&id),
            version: old.version,
            updated_ms: old.updated_ms,
            labels: old.labels,
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
