//! The hash tree of RFC 6962: leaves, roots, inclusion and consistency proofs, and the checks of both.
//!
//! Making a proof asks a [`Nodes`] for the hashes of complete subtrees, wherever they are kept. Checking one needs nothing but
//! the proof: it is what an outsider does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt;

/// Bytes of a hash.
pub const HASH_BYTES: usize = 32;
/// Most hashes that a proof can have: one for each level of the largest tree.
pub const PATH_MAX: usize = 64;

/// A SHA-256 of a leaf, a node or a root. Printed in base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl Hash {
    /// Reads base64.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The root of a tree without leaves.
#[must_use]
pub fn empty() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The hash of a leaf that holds `parts`, one after the other.
#[must_use]
pub fn leaf(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new_with_prefix([0]);
    parts.iter().for_each(|part| hasher.update(part));
    Hash(hasher.finalize().into())
}

/// The hash of the node over two others.
#[must_use]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Where the hashes of complete subtrees come from.
pub trait Nodes {
    /// Why one could not be had.
    type Error;

    /// The hash over the leaves from `index << level` to before `(index + 1) << level`, which are all there.
    ///
    /// # Errors
    /// When it cannot be read.
    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The largest power of two that is smaller than `size`; `size` is at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The hash over the leaves from `start` to before `end`, where `start` is a multiple of the power of two that covers them.
fn range<N: Nodes + ?Sized>(nodes: &mut N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let size = end - start;
    if size == 0 {
        return Ok(empty());
    }
    if size.is_power_of_two() {
        return nodes.node(size.trailing_zeros(), start / size);
    }
    let middle = start + split(size);
    let (left, right) = (range(nodes, start, middle)?, range(nodes, middle, end)?);
    Ok(node(&left, &right))
}

/// The root of the first `size` leaves.
///
/// # Errors
/// When a hash cannot be read.
pub fn root<N: Nodes + ?Sized>(nodes: &mut N, size: u64) -> Result<Hash, N::Error> {
    range(nodes, 0, size)
}

/// The path from leaf `index` to the root of the first `size` leaves, the leaf's sibling first. Empty when there is no such leaf.
///
/// # Errors
/// When a hash cannot be read.
pub fn inclusion<N: Nodes + ?Sized>(nodes: &mut N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let (mut start, mut end, mut path) = (0, size, Vec::new());
    while index < size && end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the first `old` leaves of the tree of the first `new` ones are what they were. Empty when there is nothing to show.
///
/// # Errors
/// When a hash cannot be read.
pub fn consistency<N: Nodes + ?Sized>(nodes: &mut N, old: u64, new: u64) -> Result<Vec<Hash>, N::Error> {
    if old == 0 || old >= new {
        return Ok(Vec::new());
    }
    let (mut start, mut end, mut path) = (0, new, Vec::new());
    // True as long as the old tree's root is itself a node of what is left: then whoever checks has it already.
    let mut is_known = true;
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, start, middle)?);
            start = middle;
            is_known = false;
        }
    }
    if !is_known {
        path.push(range(nodes, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// The root that a leaf and its path lead to; `None` when the path cannot be one of a tree of this size.
#[must_use]
pub fn root_by_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for step in path {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            hash = node(step, &hash);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, step);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    (last == 0).then_some(hash)
}

/// Whether the tree of `new` leaves with root `new_root` begins with the tree of `old` leaves with root `old_root`.
#[must_use]
pub fn is_consistent((old, old_root): (u64, Hash), (new, new_root): (u64, Hash), path: &[Hash]) -> bool {
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return old == 0 && path.is_empty() && old_root == empty();
    }
    let (mut place, mut last) = (old - 1, new - 1);
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let (mut steps, begin) = match path.split_first() {
        _ if old.is_power_of_two() => (path, old_root),
        Some((first, rest)) => (rest, *first),
        None => return false,
    };
    let (mut before, mut after) = (begin, begin);
    while let Some((step, rest)) = steps.split_first() {
        steps = rest;
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            (before, after) = (node(step, &before), node(step, &after));
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            after = node(&after, step);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && before == old_root && after == new_root
}

/// The root over `leaves`.
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty(),
        [one] => *one,
        _ => {
            let middle = usize::try_from(split(u64::try_from(leaves.len()).unwrap_or(u64::MAX))).unwrap_or(1);
            let (left, right) = leaves.split_at(middle.min(leaves.len()));
            node(&root_of(left), &root_of(right))
        }
    }
}

/// Leaves that are all in memory.
pub struct Leaves<'a>(pub &'a [Hash]);

impl Nodes for Leaves<'_> {
    type Error = std::convert::Infallible;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error> {
        let place = |index: u64| usize::try_from(index << level).unwrap_or(usize::MAX);
        Ok(root_of(self.0.get(place(index)..place(index + 1)).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests;
