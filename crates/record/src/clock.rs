//! Where time and randomness come in.
//!
//! The record never asks the machine what time it is or for a random number by itself: both are given when it is opened, so
//! that tests own them. Only the `commonweal` binary makes the real ones.

use fhir::ResourceId;
use std::sync::Mutex;

/// What time it is, in milliseconds since 1970 UTC.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> i64;
}

/// A clock that stands still until it is moved. For tests and for rebuilding a past state.
#[derive(Debug)]
pub struct FixedClock(std::sync::atomic::AtomicI64);

impl FixedClock {
    /// A clock that shows `now_ms`.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        Self(std::sync::atomic::AtomicI64::new(now_ms))
    }

    /// Moves the clock on by `step_ms`.
    pub fn advance(&self, step_ms: i64) {
        self.0.fetch_add(step_ms, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now_ms(&self) -> i64 {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

/// Where ids and secrets come from.
pub trait Ids: Send + Sync {
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    /// When the source of randomness fails; the caller must then refuse the request.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError>;
}

/// The source of randomness failed.
#[derive(Debug, thiserror::Error)]
#[error("the machine gave no random numbers")]
pub struct RandomnessError;

/// The operating system's randomness.
#[derive(Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        getrandom::fill(bytes).map_err(|_| RandomnessError)
    }
}

/// A predictable sequence for tests (SplitMix64). Never for tokens of a real server.
#[derive(Debug)]
pub struct SeededIds(Mutex<u64>);

impl SeededIds {
    /// A sequence that depends on `seed` alone.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Ids for SeededIds {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        let mut state = self.0.lock().map_err(|_| RandomnessError)?;
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            for (place, byte) in chunk.iter_mut().zip((mixed ^ (mixed >> 31)).to_le_bytes()) {
                *place = byte;
            }
        }
        Ok(())
    }
}

/// A new random resource id, in the shape of a version 4 UUID.
///
/// # Errors
/// When there is no randomness.
pub fn new_resource_id(ids: &dyn Ids) -> Result<ResourceId, RandomnessError> {
    let mut bytes = [0_u8; 16];
    ids.fill(&mut bytes)?;
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        push_hex(&mut text, *byte);
    }
    ResourceId::parse(&text).map_err(|_| RandomnessError)
}

/// Appends two lower-case hexadecimal digits.
pub(crate) fn push_hex(text: &mut String, byte: u8) {
    for nibble in [byte >> 4, byte & 0x0f] {
        text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
    }
}
