//! Postings: which resources have a value, in lists that are kept in blocks.
//!
//! A list is named by sixteen bytes at most (parameter, then what the table is about); inside it, entries are ordered by
//! a four-byte `sub` (day, magnitude, or nothing) and the resource's key. A block holds a few hundred neighbours in about
//! three bytes each, where a row per posting would take thirty; see docs/decisions/0002-store.md. Postings choose
//! candidates, never answers: each is compared with its vector before it counts.

use crate::names::{Labels, Rid};
use crate::wire::{Wire, put_varint, unzigzag, zigzag};

/// The kinds of lists; each is a table of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Table {
    /// Tokens, uris and identifiers: parameter, code, system.
    Token,
    /// The starts of folded strings.
    Text,
    /// Dates by length and first day.
    Date,
    /// Numbers and quantities by magnitude.
    Quantity,
    /// References to resources elsewhere than in the own part's patient, and to urls.
    Reference,
    /// A type's main code with the day: cohorts and population questions.
    Event,
}

impl Table {
    /// How many of the sixteen bytes a list of the table uses.
    fn name_length(self) -> usize {
        match self {
            Self::Token => 14,
            Self::Text => 16,
            Self::Date => 3,
            Self::Quantity => 9,
            Self::Reference | Self::Event => 11,
        }
    }

    /// Whether the entries of a list are ordered by resource alone.
    pub(crate) fn is_by_resource(self) -> bool {
        !self.has_sub()
    }

    /// Whether entries are ordered by something before the resource.
    fn has_sub(self) -> bool {
        !matches!(self, Self::Token | Self::Reference)
    }
}

/// A list of postings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct List {
    pub(crate) table: Table,
    pub(crate) name: [u8; 16],
}

/// A posting's place: in which list, under which sub, for which resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) list: List,
    pub(crate) sub: u32,
    pub(crate) rid: Rid,
}

/// An entry of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) sub: u32,
    pub(crate) rid: Rid,
    pub(crate) labels: Labels,
}

impl Place {
    /// The key of a block that begins here.
    pub(crate) fn key(&self) -> Vec<u8> {
        let name = self.list.name.iter().take(self.list.table.name_length()).copied();
        let sub = self.list.table.has_sub().then_some(self.sub).map(u32::to_be_bytes);
        name.chain(sub.into_iter().flatten()).chain(self.rid.key().to_be_bytes()).collect()
    }

    /// The place of a block's first entry, from its key.
    pub(crate) fn of_key(table: Table, key: &[u8]) -> Option<Self> {
        let mut wire = Wire(key);
        let mut name = [0_u8; 16];
        name.iter_mut().zip(wire.take(table.name_length())?).for_each(|(place, byte)| *place = *byte);
        let sub = if table.has_sub() { u32::from_be_bytes(wire.array()?) } else { 0 };
        let rid = Rid::from_key(i64::from_be_bytes(wire.array()?));
        Some(Self { list: List { table, name }, sub, rid })
    }
}

/// Writes a block: the first entry is in the key, the others follow as differences.
pub(crate) fn encode(table: Table, entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len() * 4);
    let Some((first, rest)) = entries.split_first() else { return out };
    put_varint(&mut out, u64::from(first.labels.bits()));
    let mut before = *first;
    for entry in rest {
        put_entry(&mut out, table, (first, &before), entry);
        before = *entry;
    }
    out
}

fn put_entry(out: &mut Vec<u8>, table: Table, (first, before): (&Entry, &Entry), entry: &Entry) {
    if table.has_sub() {
        put_varint(out, u64::from(entry.sub.wrapping_sub(before.sub)));
    }
    let distance = if entry.sub == before.sub {
        u64::try_from(entry.rid.key().wrapping_sub(before.rid.key())).unwrap_or(0)
    } else {
        zigzag(entry.rid.key().wrapping_sub(first.rid.key()))
    };
    let has_labels = entry.labels != Labels::NONE;
    put_varint(out, (distance << 1) | u64::from(has_labels));
    if has_labels {
        put_varint(out, u64::from(entry.labels.bits()));
    }
}

/// Reads a block, appending its entries.
pub(crate) fn decode(first: Place, data: &[u8], out: &mut Vec<Entry>) -> Option<()> {
    let mut wire = Wire(data);
    let has_sub = first.list.table.has_sub();
    let mut entry = Entry { sub: first.sub, rid: first.rid, labels: labels(&mut wire)? };
    out.push(entry);
    while !wire.is_empty() {
        let step = if has_sub { u32::try_from(wire.varint()?).ok()? } else { 0 };
        let head = wire.varint()?;
        let distance = head >> 1;
        let key = if step == 0 {
            entry.rid.key().checked_add(i64::try_from(distance).ok()?)?
        } else {
            first.rid.key().wrapping_add(unzigzag(distance))
        };
        let labels = if head & 1 == 1 { labels(&mut wire)? } else { Labels::NONE };
        entry = Entry { sub: entry.sub.wrapping_add(step), rid: Rid::from_key(key), labels };
        out.push(entry);
    }
    Some(())
}

fn labels(wire: &mut Wire<'_>) -> Option<Labels> {
    u32::try_from(wire.varint()?).ok().map(Labels::from_bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_block_reads_back_as_it_was(
            places in proptest::collection::btree_set((0_u32..9, 0_i64..(1 << 62)), 1..80),
            labels in 0_u32..3, with_sub in any::<bool>(),
        ) {
            let table = if with_sub { Table::Date } else { Table::Token };
            let entries: Vec<Entry> = places.iter()
                .map(|(sub, key)| Entry { sub: if with_sub { *sub } else { 0 }, rid: Rid::from_key(*key), labels: Labels::from_bits(labels) })
                .collect();
            let mut entries = entries;
            entries.sort_by_key(|entry| (entry.sub, entry.rid));
            let list = List { table, name: [0; 16] };
            let first = Place { list, sub: entries[0].sub, rid: entries[0].rid };

            let mut back = Vec::new();
            decode(Place::of_key(table, &first.key()).unwrap(), &encode(table, &entries), &mut back).unwrap();

            prop_assert_eq!(back, entries);
        }
    }
}
