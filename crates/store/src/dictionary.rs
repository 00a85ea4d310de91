//! The words of the store: groups of search vectors that many resources have in common, each with a number.
//!
//! "Status is final" or "code is 8302-2, body height" stands here once; vectors name it by number, and a search decides
//! once whether it satisfies a condition. A group becomes a word on its third sighting, so that what is said once (an
//! identifier) never does. Numbers are given in memory and written with the transaction that first needs them; a
//! number that was never written was never used by a row.

use crate::wire::stable_hash;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The most words of a store: bounds the memory to some megabytes. Later groups simply stay in their vectors.
const WORDS_MAX: usize = 60_000;
/// The longest group that becomes a word, in bytes.
const WORD_BYTES_MAX: usize = 200;
/// At which sighting a group becomes a word.
const SIGHTINGS: u8 = 3;
/// Counters for sightings; a shared counter only makes a word a little sooner.
const COUNTERS: usize = 1 << 16;
const CHUNK: usize = 256;

/// The words at one moment: readers keep it for a whole search.
#[derive(Debug, Default)]
pub(crate) struct Words {
    chunks: Vec<Arc<Vec<Arc<[u8]>>>>,
    count: u32,
}

impl Words {
    /// No words at all, for vectors in which nothing is replaced.
    pub(crate) fn none() -> &'static Self {
        static NONE: Words = Words { chunks: Vec::new(), count: 0 };
        &NONE
    }

    /// The group behind a number.
    pub(crate) fn get(&self, number: u32) -> Option<&[u8]> {
        let place = usize::try_from(number).ok()?;
        self.chunks.get(place / CHUNK)?.get(place % CHUNK).map(AsRef::as_ref)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    fn with(&self, word: Arc<[u8]>) -> Self {
        let mut chunks = self.chunks.clone();
        match chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Arc::make_mut(last).push(word),
            _ => chunks.push(Arc::new(vec![word])),
        }
        Self { chunks, count: self.count + 1 }
    }
}

struct State {
    words: Arc<Words>,
    numbers: HashMap<Arc<[u8]>, u32>,
    sightings: Vec<u8>,
}

/// The growing set of words.
pub(crate) struct Dictionary(RwLock<State>);

impl Dictionary {
    /// The words that were written, in the order of their numbers.
    pub(crate) fn load(written: Vec<Vec<u8>>) -> Self {
        let written: Vec<Arc<[u8]>> = written.into_iter().map(Arc::from).collect();
        let numbers = written.iter().cloned().zip(0..).collect();
        let count = u32::try_from(written.len()).unwrap_or(u32::MAX);
        let chunks = written.chunks(CHUNK).map(|chunk| Arc::new(chunk.to_vec())).collect();
        Self(RwLock::new(State { words: Arc::new(Words { chunks, count }), numbers, sightings: vec![0; COUNTERS] }))
    }

    /// The words now.
    pub(crate) fn words(&self) -> Arc<Words> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).words)
    }

    /// The number of a group, if it is or now becomes a word.
    pub(crate) fn number(&self, group: &[u8]) -> Option<u32> {
        if group.len() > WORD_BYTES_MAX {
            return None;
        }
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).numbers.get(group).copied();
        known.or_else(|| self.sight(group))
    }

    fn sight(&self, group: &[u8]) -> Option<u32> {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = state.numbers.get(group) {
            return Some(*known);
        }
        let counter = usize::try_from(stable_hash(group)).unwrap_or(0) % COUNTERS;
        let seen = state.sightings.get_mut(counter)?;
        *seen = seen.saturating_add(1);
        if *seen < SIGHTINGS || state.numbers.len() >= WORDS_MAX {
            return None;
        }
        let word: Arc<[u8]> = Arc::from(group);
        let number = state.words.count();
        state.words = Arc::new(state.words.with(Arc::clone(&word)));
        state.numbers.insert(word, number);
        Some(number)
    }
}
