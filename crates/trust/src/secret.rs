//! Secrets of 256 bits: made at random, given out once as text, kept as their SHA-256 only.
//!
//! Somebody who reads our memory or disk finds hashes that open nothing. The comparison is a look-up by hash, so its time tells
//! nothing about the secret.

use record::Ids;
use record::error::RecordError;
use sha2::{Digest, Sha256};

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// The hash under which a secret is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of a secret's text.
    pub(crate) fn of(text: &str) -> SecretHash {
        SecretHash(Sha256::digest(text.as_bytes()).into())
    }

    /// The hash as a key for keeping.
    pub(crate) fn key(self) -> String {
        hex(&self.0)
    }
}

/// A new secret as text: 64 hexadecimal digits.
pub(crate) fn new_secret(ids: &dyn Ids) -> Result<String, RecordError> {
    let mut bytes = [0_u8; SECRET_BYTES];
    ids.fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// Whether text has the form of a secret; saves the look-up of what cannot be one.
pub(crate) fn looks_like_secret(text: &str) -> bool {
    text.len() == 2 * SECRET_BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}
