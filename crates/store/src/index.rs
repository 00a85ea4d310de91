//! The index: postings into blocks and out of them again.
//!
//! Changes are gathered and applied in order of their places, so that a batch of an import opens each block once.
//! Scans give entries in order of their places; they know nothing of visibility, which the caller applies to each.

use crate::engine::{Reads, Writes};
use crate::error::StoreError;
use crate::names::{Labels, Rid, RidRange};
use crate::posting::{Entry, Place, decode, encode};
use crate::spans::Stretch;
use std::ops::ControlFlow;

/// The most bytes of a block: four fit a page, and none needs an overflow page.
const BLOCK_BYTES_MAX: usize = 800;
/// How full the blocks are that come out of a split in the middle of a list.
const BLOCK_BYTES_SPLIT: usize = 560;
const DAMAGED: StoreError = StoreError::Damaged("a block of postings cannot be read");

/// A posting to insert (with its labels) or to remove.
pub(crate) type PostingChange = (Place, Option<Labels>);

/// Applies changes; of several at one place the last one counts.
pub(crate) fn apply(engine: &dyn Writes, mut changes: Vec<PostingChange>) -> Result<(), StoreError> {
    changes.sort_by_key(|(place, _)| *place);
    let mut kept: Vec<PostingChange> = Vec::with_capacity(changes.len());
    for change in changes {
        match kept.last_mut() {
            Some(last) if last.0 == change.0 => *last = change,
            _ => kept.push(change),
        }
    }
    let mut rest = kept.as_slice();
    while let Some((first, _)) = rest.first() {
        let length = rest.partition_point(|(place, _)| place.list == first.list);
        let Some((of_list, after)) = rest.split_at_checked(length) else { break };
        apply_to_list(engine, of_list)?;
        rest = after;
    }
    Ok(())
}

/// A block that was read: where it began and what is in it.
struct Block {
    first: Place,
    entries: Vec<Entry>,
}

fn apply_to_list(engine: &dyn Writes, mut changes: &[PostingChange]) -> Result<(), StoreError> {
    while let Some((first, _)) = changes.first() {
        let current = block_with(engine, first)?;
        // A single change at the end of a list, the usual case of a single write, needs no look at what follows.
        let next = if changes.len() == 1 && current.is_some() { None } else { block_after(engine, first)? };
        let bound = next.as_ref().map(|block| block.first);
        let length = changes.partition_point(|(place, _)| bound.is_none_or(|bound| *place < bound));
        let Some((run, after)) = changes.split_at_checked(length) else { break };
        let is_last = bound.is_none() && changes.len() > 1;
        match current.or(next) {
            Some(block) => {
                let merged = merge(&block.entries, run);
                replace(engine, (first, Some(block.first)), &merged, is_last)?;
            }
            None => replace(engine, (first, None), &merge(&[], run), is_last)?,
        }
        changes = after;
    }
    Ok(())
}

/// The block in which a place lies or would lie.
fn block_with(engine: &dyn Reads, place: &Place) -> Result<Option<Block>, StoreError> {
    let table = place.list.table;
    let mut found = None;
    engine.block_before(table, &place.key(), &mut |key, data| {
        let first = Place::of_key(table, key).ok_or(DAMAGED)?;
        if first.list == place.list {
            found = Some(read(first, data)?);
        }
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

/// The first block of the list that begins after a place.
fn block_after(engine: &dyn Reads, place: &Place) -> Result<Option<Block>, StoreError> {
    let table = place.list.table;
    let start = Place { rid: Rid::from_key(place.rid.key().saturating_add(1)), ..*place };
    let end = Place { sub: u32::MAX, rid: Rid::from_key(i64::MAX), ..*place };
    let mut found = None;
    engine.blocks(table, (&start.key(), &end.key()), &mut |key, data| {
        found = Some(read(Place::of_key(table, key).ok_or(DAMAGED)?, data)?);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

fn read(first: Place, data: &[u8]) -> Result<Block, StoreError> {
    let mut entries = Vec::with_capacity(data.len() / 2 + 1);
    decode(first, data, &mut entries).ok_or(DAMAGED)?;
    Ok(Block { first, entries })
}

fn merge(entries: &[Entry], changes: &[PostingChange]) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(entries.len() + changes.len());
    let mut old = entries.iter().peekable();
    for (place, labels) in changes {
        let at = (place.sub, place.rid);
        while let Some(entry) = old.next_if(|entry| (entry.sub, entry.rid) < at) {
            merged.push(*entry);
        }
        old.next_if(|entry| (entry.sub, entry.rid) == at);
        merged.extend(labels.map(|labels| Entry { sub: place.sub, rid: place.rid, labels }));
    }
    merged.extend(old);
    merged
}

/// Writes the entries as blocks in the place of an old one.
fn replace(
    engine: &dyn Writes,
    (place, old): (&Place, Option<Place>),
    entries: &[Entry],
    is_last: bool,
) -> Result<(), StoreError> {
    let table = place.list.table;
    let start = entries.first().map(|entry| (entry.sub, entry.rid));
    if let Some(old) = old.filter(|old| start != Some((old.sub, old.rid))) {
        engine.drop_block(table, &old.key())?;
    }
    let whole = encode(table, entries);
    let pieces = whole.len().div_ceil(if is_last { BLOCK_BYTES_MAX } else { BLOCK_BYTES_SPLIT });
    let mut rest = entries;
    if whole.len() <= BLOCK_BYTES_MAX {
        let Some(first) = entries.first() else { return Ok(()) };
        return engine.put_block(table, &Place { sub: first.sub, rid: first.rid, ..*place }.key(), &whole);
    }
    // At the end of a list the next entries will come after these: fill the blocks. Elsewhere leave room.
    let each = if is_last { 0 } else { entries.len().div_ceil(pieces) };
    while let Some(first) = rest.first() {
        let length = if each > 0 { each.min(rest.len()) } else { fitting(table, rest) };
        let Some((piece, after)) = rest.split_at_checked(length) else { break };
        let key = Place { sub: first.sub, rid: first.rid, ..*place }.key();
        engine.put_block(table, &key, &encode(table, piece))?;
        rest = after;
    }
    Ok(())
}

/// How many entries fill a block.
fn fitting(table: crate::posting::Table, entries: &[Entry]) -> usize {
    let mut length = entries.len().min(BLOCK_BYTES_MAX);
    while let Some((piece, _)) = entries.split_at_checked(length) {
        let bytes = encode(table, piece).len();
        if bytes <= BLOCK_BYTES_MAX || length <= 1 {
            return length.max(1);
        }
        length = (length * BLOCK_BYTES_MAX / bytes).min(length - 1);
    }
    length.max(1)
}

/// What a scan calls for each entry; a break ends it.
pub(crate) type VisitEntry<'v> = dyn FnMut(Entry) -> ControlFlow<()> + 'v;

/// Visits the entries of a stretch, in order.
pub(crate) fn scan(engine: &dyn Reads, stretch: &Stretch, visit: &mut VisitEntry<'_>) -> Result<(), StoreError> {
    let Stretch { first, last } = stretch;
    let table = first.list.table;
    let mut start = first.key();
    engine.block_before(table, &first.key(), &mut |key, _| {
        if Place::of_key(table, key).is_some_and(|place| place.list == first.list) {
            start = key.to_vec();
        }
        Ok(ControlFlow::Break(()))
    })?;
    let mut entries = Vec::new();
    engine.blocks(table, (&start, &last.key()), &mut |key, data| {
        let block = Place::of_key(table, key).ok_or(DAMAGED)?;
        entries.clear();
        decode(block, data, &mut entries).ok_or(DAMAGED)?;
        // Inside one list only the ends of the stretch need to be compared.
        let low = (block.list == first.list).then_some((first.sub, first.rid));
        let high = (block.list == last.list).then_some((last.sub, last.rid));
        for entry in &entries {
            let at = (entry.sub, entry.rid);
            if high.is_some_and(|high| at > high) {
                return Ok(ControlFlow::Break(()));
            }
            if low.is_none_or(|low| at >= low) && visit(*entry).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// Visits the entries of a stretch whose resources lie in some ranges; jumps to them where the lists are by resource.
pub(crate) fn scan_within(
    engine: &dyn Reads,
    stretch: &Stretch,
    ranges: &[RidRange],
    visit: &mut VisitEntry<'_>,
) -> Result<(), StoreError> {
    let table = stretch.first.list.table;
    if !table.is_by_resource() {
        return scan(engine, stretch, &mut |entry| {
            if ranges.iter().any(|range| range.contains(entry.rid)) { visit(entry) } else { ControlFlow::Continue(()) }
        });
    }
    let mut seek = stretch.first;
    loop {
        let mut list = (seek.list == stretch.last.list).then_some(seek.list);
        if list.is_none() {
            engine.blocks(table, (&seek.key(), &stretch.last.key()), &mut |key, _| {
                list = Place::of_key(table, key).map(|place| place.list);
                Ok(ControlFlow::Break(()))
            })?;
        }
        let Some(list) = list else { return Ok(()) };
        for range in ranges {
            let first = Place { list, sub: 0, rid: range.first };
            scan(engine, &Stretch { first, last: Place { rid: range.last, ..first } }, visit)?;
        }
        if list == stretch.last.list {
            return Ok(());
        }
        seek = Place { list, sub: u32::MAX, rid: Rid::from_key(i64::MAX) };
    }
}

/// About how many entries a stretch has; `None` when that is more than `most`.
pub(crate) fn estimate(engine: &dyn Reads, stretch: &Stretch, most: usize) -> Result<Option<usize>, StoreError> {
    let table = stretch.first.list.table;
    let bytes_each = if table.is_by_resource() { 3 } else { 6 };
    let blocks_most = (most * bytes_each).div_ceil(BLOCK_BYTES_SPLIT) + 4;
    let keys = (stretch.first.key(), stretch.last.key());
    let (blocks, bytes) = engine.blocks_size(table, (&keys.0, &keys.1), blocks_most)?;
    let entries = blocks + bytes / bytes_each;
    // The block before the first key may reach into the stretch.
    Ok((blocks < blocks_most && entries <= most).then_some(entries + 1))
}
