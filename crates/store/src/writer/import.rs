//! Import: a batch at a time, in the order of the tables, idempotent by id and content.
//!
//! New resources get their keys in the order they came, and are then written sorted: identities by id, rows by key,
//! postings by place. What is there already with the same content makes no new version; if its index, labels or
//! relations would be different now (a rule changed), those are renewed in place.

use super::{Before, Destination, Writer};
use crate::answers::{Change, Expect, ImportOutcome};
use crate::engine::{Ident, RowView};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::names::Version;
use crate::packing::Packed;
use crate::prepared::Prepared;
use crate::vector::SearchVector;
use fhir::{ResourceId, ResourceType};
use std::collections::HashSet;

/// A new resource on its way into the tables.
struct New {
    resource: Prepared,
    packed: Packed,
    destination: Destination,
}

/// Writes a batch; one outcome a resource, in their order.
pub(super) fn import(writer: &mut Writer<'_>, batch: Vec<Prepared>) -> Result<Vec<ImportOutcome>, StoreError> {
    let mut outcomes = vec![ImportOutcome::Created; batch.len()];
    let mut seen: HashSet<(ResourceType, ResourceId)> = HashSet::with_capacity(batch.len());
    let mut news: Vec<New> = Vec::with_capacity(batch.len());
    let mut others: Vec<(usize, Prepared)> = Vec::new();
    for (place, mut resource) in batch.into_iter().enumerate() {
        let is_again = !seen.insert((resource.kind, resource.id.clone()));
        if is_again || writer.engine.ident(resource.kind, Fid::of(&resource.id))?.is_some() {
            others.push((place, resource));
            continue;
        }
        let packed = match resource.packed.take() {
            Some(packed) => packed,
            None => writer.memory.packer.pack(resource.kind, (&resource.body, &resource.vector))?,
        };
        let destination = writer.destination(&resource, None)?;
        news.push(New { resource, packed, destination });
    }
    insert(writer, news)?;
    for (place, resource) in others {
        let outcome = again(writer, resource)?;
        if let Some(kept) = outcomes.get_mut(place) {
            *kept = outcome;
        }
    }
    Ok(outcomes)
}

fn insert(writer: &mut Writer<'_>, mut news: Vec<New>) -> Result<(), StoreError> {
    news.sort_by(|a, b| key(a).cmp(&key(b)));
    for new in &news {
        let ident = Ident { rid: new.destination.rid, gone: false };
        writer.engine.put_ident(new.resource.kind, Fid::of(&new.resource.id), ident)?;
    }
    news.sort_by_key(|new| new.destination.rid);
    for new in &news {
        writer.put_row(&new.resource, &new.packed, (&new.destination, Version::FIRST))?;
        writer.post(None, Some((&new.destination, &new.resource)));
        writer.relate(&new.resource, false, &new.destination)?;
        writer.log((new.destination.rid, Version::FIRST), Change::Create)?;
        *writer.memory.tally.entry(new.resource.kind.code()).or_default() += 1;
    }
    Ok(())
}

/// The order of the identities' table, as far as ids of one form go.
fn key(new: &New) -> (ResourceType, &str) {
    (new.resource.kind, new.resource.id.as_str())
}

/// A resource whose id is known.
fn again(writer: &mut Writer<'_>, mut resource: Prepared) -> Result<ImportOutcome, StoreError> {
    let ident = writer.engine.ident(resource.kind, Fid::of(&resource.id))?;
    let Some(ident) = ident.filter(|ident| !ident.gone) else {
        return writer.put(resource, Expect::Any).map(|_| ImportOutcome::Created);
    };
    let before = writer.before(ident.rid)?;
    let destination = writer.destination(&resource, Some(ident))?;
    let is_same = destination.rid == before.rid && writer.has_content(writer.reader.unpacker(), &before, &resource)?;
    if !is_same {
        return writer.put(resource, Expect::Any).map(|_| ImportOutcome::Replaced);
    }
    let words = writer.shared.dictionary.words();
    let is_indexed =
        before.labels == destination.labels && SearchVector::restored(&before.vector, &words) == resource.vector;
    if !is_indexed {
        renew(writer, &before, (&mut resource, &destination))?;
    }
    writer.relate(&resource, true, &destination)?;
    Ok(ImportOutcome::Same)
}

/// The same version with another index.
fn renew(
    writer: &mut Writer<'_>,
    before: &Before,
    (resource, destination): (&mut Prepared, &Destination),
) -> Result<(), StoreError> {
    writer.post(Some(before), Some((destination, resource)));
    let packed = match resource.packed.take() {
        Some(packed) => packed,
        None => writer.memory.packer.pack(resource.kind, (&resource.body, &resource.vector))?,
    };
    if destination.labels.is_multi() {
        writer.engine.put_parts_of_version(before.rid, before.version, &destination.parts)?;
    }
    writer.engine.put_row(RowView {
        rid: before.rid,
        fid: Fid::of(&resource.id),
        version: before.version,
        updated_ms: before.updated_ms,
        labels: destination.labels,
        encoding: packed.encoding,
        vector: &packed.vector,
        body: &packed.bytes,
    })
}
