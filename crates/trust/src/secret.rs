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

    /// Its first 16 bytes: enough to tell apart what nobody chooses.
    pub(crate) fn short(self) -> [u8; 16] {
        let mut short = [0; 16];
        short.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
        short
    }

    /// The hash that was kept under a key.
    pub(crate) fn of_key(key: &str) -> Option<SecretHash> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let byte = |pair: &[u8]| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = key.as_bytes().chunks(2).map(byte).collect();
        Some(SecretHash(bytes?.try_into().ok()?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_found_again_from_its_key() {
        let hash = SecretHash::of("a secret");

        assert_eq!(SecretHash::of_key(&hash.key()), Some(hash));
        assert_eq!(SecretHash::of_key("abc"), None);
        assert_eq!(SecretHash::of_key(&"zz".repeat(32)), None);
    }
}
