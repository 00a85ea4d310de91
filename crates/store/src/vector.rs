//! The search vector: every value that a resource has for any search parameter, in about seventy bytes.
//!
//! The vector stands in the row before the body and answers every test of every search exactly, without a parse.
//! Values that several parameters share are written once (a *group*: parameters, then the value). A reference to the
//! patient in whose part the resource lies is one byte. Groups that the whole store repeats ("status is final") are
//! replaced by a number from the [`dictionary`](crate::dictionary) when the resource is sealed.
//!
//! The meaning of a value is `fhir::search::matches`; here is only its form. `encode` writes, `group` reads.

mod encode;
mod group;

pub(crate) use group::{Group, GroupReference};

use crate::dictionary::Words;
use crate::wire::{Wire, put_bytes, put_varint};
use fhir::ResourceId;
use fhir::search::Entry;

/// The encoded entries of a resource, as `Prepared` carries them: nothing replaced yet.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SearchVector(Vec<u8>);

impl SearchVector {
    /// Encodes the entries of a resource; `subject` is the patient in whose part it will lie.
    #[must_use]
    pub fn of(entries: &[Entry<'_>], subject: Option<&ResourceId>) -> Self {
        Self(encode::encode(entries, subject))
    }

    /// The groups, in order.
    pub(crate) fn groups(&self) -> Groups<'_> {
        Groups::new(&self.0, Words::none())
    }

    /// The form for the row: groups that `word` knows are replaced by their numbers.
    pub(crate) fn stored(&self, mut word: impl FnMut(Group<'_>) -> Option<u32>) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len());
        for group in self.groups() {
            match word(group) {
                Some(number) => put_varint(&mut out, (u64::from(number) << 1) | 1),
                None => put_inline(&mut out, group.bytes),
            }
        }
        out
    }

    /// Undoes [`SearchVector::stored`].
    pub(crate) fn restored(stored: &[u8], words: &Words) -> Self {
        let mut out = Vec::with_capacity(stored.len() * 3);
        Groups::new(stored, words).for_each(|group| put_inline(&mut out, group.bytes));
        Self(out)
    }
}

fn put_inline(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, u64::try_from(bytes.len()).unwrap_or(0) << 1);
    out.extend_from_slice(bytes);
}

/// Walks the groups of a vector in either form. A damaged vector ends early.
#[derive(Clone, Copy)]
pub(crate) struct Groups<'a> {
    rest: Wire<'a>,
    words: &'a Words,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(bytes: &'a [u8], words: &'a Words) -> Self {
        Self { rest: Wire(bytes), words }
    }
}

impl<'a> Iterator for Groups<'a> {
    type Item = Group<'a>;

    fn next(&mut self) -> Option<Group<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let head = self.rest.varint()?;
        if head & 1 == 1 {
            let number = u32::try_from(head >> 1).ok()?;
            return self.words.get(number).map(|bytes| Group { word: Some(number), bytes });
        }
        let bytes = self.rest.take(usize::try_from(head >> 1).ok()?)?;
        Some(Group { word: None, bytes })
    }
}

/// Writes an id in the form that [`Group`] reads: tag bit outside, bytes here.
fn put_id(out: &mut Vec<u8>, fid: crate::fid::Fid<'_>) {
    match fid {
        crate::fid::Fid::Uuid(bytes) => out.extend_from_slice(&bytes),
        crate::fid::Fid::Text(text) => put_bytes(out, text.as_bytes()),
    }
}

#[cfg(test)]
mod tests;
