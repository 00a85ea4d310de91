//! Reading by id, by version, and histories: of a resource, of a type, of everything, newest first.
//!
//! A version is there for a reader who may see both what it was and what the resource is now; a deletion keeps the
//! labels and the part that the resource had last. A page of the feed is whole or refused as too costly: a page that ends where
//! the work became too much would tell how much was passed over.

use crate::answers::{Change, FeedEntry, Found, HistoryAnswer, HistoryEntry, HistoryOf, PageKey, PageRequest};
use crate::body::Stamp;
use crate::engine::{RowView, VersionView};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::names::{Rid, Sequence, Version};
use crate::session::Session;
use crate::visibility::Visibility;
use crate::wire::{Wire, put_varint};
use fhir::{ResourceId, ResourceType};
use std::ops::ControlFlow;

/// Changes of another type are known by their key: a page may pass over so many for each one that it may examine.
const PASSED_FACTOR: u64 = 20;
/// How many changes are read at a time.
const CHANGES_READ: usize = 256;

/// What is there now: the current row, or its deletion.
enum Now {
    Row(Version),
    Gone { version: Version, updated_ms: i64 },
}

/// The current version or the deletion, when visible.
pub(crate) fn get(
    session: &Session<'_>,
    visibility: &Visibility,
    kind: ResourceType,
    id: &ResourceId,
) -> Result<Option<Found>, StoreError> {
    let rid = place_of(session, (kind, id))?;
    if let Some(kept) = session.visible_row(visibility, rid)? {
        return Ok(Some(Found::Here(kept.row)));
    }
    // Whether the id was deleted, is hidden or never was: each is asked for a deletion, so that the time does not tell.
    Ok(match gone(session, visibility, rid)? {
        Some(Now::Gone { version, updated_ms }) => Some(Found::Gone { version, updated_ms }),
        _ => None,
    })
}

/// The key of a resource, deleted or not. An id that nobody ever had gets a key at which nothing is, so that the
/// question takes as long as for one that is hidden.
fn place_of(session: &Session<'_>, (kind, id): (ResourceType, &ResourceId)) -> Result<Rid, StoreError> {
    let ident = session.engine.ident(kind, Fid::of(id))?;
    Ok(ident.map_or(Rid::NONE, |ident| ident.rid))
}

/// What a resource is now, when that is visible.
fn now(session: &Session<'_>, visibility: &Visibility, rid: Rid) -> Result<Option<Now>, StoreError> {
    let mut found = None;
    session.engine.row(rid, &mut |row| {
        if session.sees_row(visibility, &row)? {
            found = Some(Now::Row(row.version));
        }
        Ok(ControlFlow::Break(()))
    })?;
    if found.is_some() {
        return Ok(found);
    }
    gone(session, visibility, rid)
}

/// The deletion of what is there no more, when that is visible.
///
/// Every question is asked whatever those before it say, and of the last version alone, so that what is hidden or was deleted takes
/// as long as what never was.
fn gone(session: &Session<'_>, visibility: &Visibility, rid: Rid) -> Result<Option<Now>, StoreError> {
    let mut found = None;
    let (current, change) = (session.engine.current_version(rid)?, session.engine.change_before(rid, None)?);
    let deletion = change.filter(|(_, change)| current.is_none() && *change == Change::Delete).map(|(last, _)| last);
    let last = change.map_or(Version::FIRST, |(last, _)| last);
    session.engine.version_at(rid, last, &mut |version| {
        if deletion == Some(version.version) && session.sees_version(visibility, &version)? {
            found = Some(Now::Gone { version: version.version, updated_ms: version.updated_ms });
        }
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

/// One version, when visible.
pub(crate) fn version(
    session: &Session<'_>,
    visibility: &Visibility,
    (kind, id): (ResourceType, &ResourceId),
    version: Version,
) -> Result<Option<Found>, StoreError> {
    let rid = place_of(session, (kind, id))?;
    if now(session, visibility, rid)?.is_none() {
        return Ok(None);
    }
    let entry = entry(session, visibility, rid, version)?;
    Ok(entry.map(|(entry, labels)| match entry.body {
        None => Found::Gone { version: entry.version, updated_ms: entry.updated_ms },
        Some(body) => Found::Here(crate::answers::Row {
            rid: entry.rid,
            kind: entry.kind,
            id: entry.id,
            version: entry.version,
            updated_ms: entry.updated_ms,
            labels,
            body,
        }),
    }))
}

type Labelled = (HistoryEntry, crate::names::Labels);

/// A version as history tells it, when it was visible then. Whether the resource is visible now is the caller's to ask.
fn entry(
    session: &Session<'_>,
    visibility: &Visibility,
    rid: Rid,
    version: Version,
) -> Result<Option<Labelled>, StoreError> {
    let mut found = None;
    session.engine.row(rid, &mut |row| {
        if row.version == version && session.sees_row(visibility, &row)? {
            found = Some(current_entry(session, &row)?);
        }
        Ok(ControlFlow::Break(()))
    })?;
    if found.is_some() {
        return Ok(found);
    }
    session.engine.versions(rid, Some(version.next()), &mut |older| {
        if older.version == version && session.sees_version(visibility, &older)? {
            found = Some(older_entry(session, &older)?);
        }
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

const NO_ID: StoreError = StoreError::Damaged("a version has no id");

fn current_entry(session: &Session<'_>, row: &RowView<'_>) -> Result<Labelled, StoreError> {
    let before = session.engine.change_before(row.rid, Some(row.version))?;
    let follows_deletion = row.version == Version::FIRST || before.is_some_and(|(_, change)| change == Change::Delete);
    let kept = session.keep(row)?.row;
    let entry = HistoryEntry {
        rid: kept.rid,
        kind: kept.kind,
        id: kept.id,
        version: kept.version,
        updated_ms: kept.updated_ms,
        change: if follows_deletion { Change::Create } else { Change::Update },
        body: Some(kept.body),
    };
    Ok((entry, kept.labels))
}

fn older_entry(session: &Session<'_>, older: &VersionView<'_>) -> Result<Labelled, StoreError> {
    let id = older.fid.id().ok_or(NO_ID)?;
    let stamp = Stamp { id: id.as_str(), version: older.version, updated_ms: older.updated_ms };
    let body = match older.change {
        Change::Delete => None,
        Change::Create | Change::Update => Some(session.body(stamp, older.encoding, older.body)?),
    };
    let entry = HistoryEntry {
        rid: older.rid,
        kind: older.rid.kind().ok_or(NO_ID)?,
        version: older.version,
        updated_ms: older.updated_ms,
        change: older.change,
        body,
        id,
    };
    Ok((entry, older.labels))
}

/// A page of a history.
pub(crate) fn history(
    session: &Session<'_>,
    visibility: &Visibility,
    (of, since_ms): (&HistoryOf, Option<i64>),
    page: &PageRequest,
) -> Result<HistoryAnswer, StoreError> {
    let before = page.after.as_ref().map(read_key).transpose()?;
    match of {
        HistoryOf::Instance(kind, id) => {
            let rid = place_of(session, (*kind, id))?;
            of_instance(session, visibility, (rid, since_ms), (before, page.count))
        }
        HistoryOf::Type(kind) => of_feed(session, visibility, (Some(*kind), since_ms), (before, page.count)),
        HistoryOf::System => of_feed(session, visibility, (None, since_ms), (before, page.count)),
    }
}

fn write_key(place: i64) -> PageKey {
    let mut out = Vec::new();
    put_varint(&mut out, place.cast_unsigned());
    PageKey(out)
}

fn read_key(key: &PageKey) -> Result<i64, StoreError> {
    let mut wire = Wire(&key.0);
    wire.varint().filter(|_| wire.is_empty()).map(u64::cast_signed).ok_or(StoreError::PageKey)
}

/// The page key is the version before which the next page begins.
fn of_instance(
    session: &Session<'_>,
    visibility: &Visibility,
    (rid, since_ms): (Rid, Option<i64>),
    (before, count): (Option<i64>, usize),
) -> Result<HistoryAnswer, StoreError> {
    let mut answer = HistoryAnswer::default();
    let Some(now) = now(session, visibility, rid)? else { return Ok(answer) };
    let before = before.map(|before| u32::try_from(before).ok().and_then(Version::new).ok_or(StoreError::PageKey));
    let before = before.transpose()?;
    if let Now::Row(version) = now
        && before.is_none_or(|before| version < before)
    {
        let current = entry(session, visibility, rid, version)?.map(|(entry, _)| entry);
        answer.entries.extend(current.filter(|entry| since_ms.is_none_or(|since| entry.updated_ms >= since)));
    }
    session.engine.versions(rid, before, &mut |older| {
        if since_ms.is_some_and(|since| older.updated_ms < since) {
            return Ok(ControlFlow::Break(()));
        }
        if session.sees_version(visibility, &older)? {
            if answer.entries.len() >= count {
                answer.next = answer.entries.last().map(|entry| write_key(i64::from(entry.version.number())));
                return Ok(ControlFlow::Break(()));
            }
            answer.entries.push(older_entry(session, &older)?.0);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(answer)
}

/// The page key is the place in the feed before which the next page begins.
fn of_feed(
    session: &Session<'_>,
    visibility: &Visibility,
    (kind, since_ms): (Option<ResourceType>, Option<i64>),
    (before, count): (Option<i64>, usize),
) -> Result<HistoryAnswer, StoreError> {
    let mut answer = HistoryAnswer::default();
    let mut before = Sequence(before.unwrap_or(i64::MAX));
    let mut last = None;
    let changes_max = session.limits.changes_max;
    let mut left = changes_max.saturating_mul(PASSED_FACTOR);
    loop {
        let changes = session.engine.changes_before(before, CHANGES_READ)?;
        if changes.is_empty() {
            return Ok(answer);
        }
        for change in changes {
            if since_ms.is_some_and(|since| change.updated_ms < since) {
                return Ok(answer);
            }
            before = change.sequence;
            let is_passed = kind.is_some_and(|kind| kind.code() != change.rid.kind_code());
            let cost = if is_passed { 1 } else { PASSED_FACTOR };
            left = left.checked_sub(cost).ok_or(StoreError::HistoryTooLong(changes_max))?;
            if is_passed {
                continue;
            }
            if let Some(entry) = of_change(session, visibility, change)? {
                if answer.entries.len() >= count {
                    answer.next = last.map(write_key);
                    return Ok(answer);
                }
                answer.entries.push(entry);
                last = Some(change.sequence.0);
            }
        }
    }
}

fn of_change(
    session: &Session<'_>,
    visibility: &Visibility,
    change: FeedEntry,
) -> Result<Option<HistoryEntry>, StoreError> {
    let rid = session.engine.moved(change.rid)?.unwrap_or(change.rid);
    if now(session, visibility, rid)?.is_none() {
        return Ok(None);
    }
    Ok(entry(session, visibility, rid, change.version)?.map(|(entry, _)| entry))
}
