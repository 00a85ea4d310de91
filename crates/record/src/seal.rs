//! Sealed page tokens.
//!
//! The key of the next page holds values of the last row (a name, a date of birth), and links go into logs and histories. So
//! the key is encrypted, and bound to the reader and to the query: nobody else's token, and no token of another query, opens.

use crate::clock::{Ids, RandomnessError};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

const NONCE_BYTES: usize = 12;

/// Seals and opens page tokens with a key that is kept with the record.
pub struct Sealer {
    cipher: ChaCha20Poly1305,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// A sealer with this secret key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self { cipher: ChaCha20Poly1305::new(Key::from_slice(key)) }
    }

    /// Seals `plain` for whoever shows the same `context` (reader and query) again. The result is safe in a URL.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn seal(&self, ids: &dyn Ids, context: &[u8], plain: &[u8]) -> Result<String, RandomnessError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        ids.fill(&mut nonce)?;
        let payload = Payload { msg: plain, aad: context };
        let sealed = self.cipher.encrypt(Nonce::from_slice(&nonce), payload).map_err(|_| RandomnessError)?;
        let mut text = String::with_capacity(2 * (NONCE_BYTES + sealed.len()));
        nonce.iter().chain(&sealed).for_each(|byte| crate::clock::push_hex(&mut text, *byte));
        Ok(text)
    }

    /// Opens a token; `None` when it was not made here, or for another reader or query.
    #[must_use]
    pub fn open(&self, context: &[u8], token: &str) -> Option<Vec<u8>> {
        let bytes = from_hex(token)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
        self.cipher.decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: context }).ok()
    }
}

/// Reads hexadecimal digits, in pairs.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|letter| letter.to_digit(16)).collect();
    let digits = digits?;
    if digits.len() % 2 != 0 {
        return None;
    }
    digits.chunks_exact(2).map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededIds;

    #[test]
    fn a_token_opens_only_for_the_reader_and_query_it_was_made_for() {
        let sealer = Sealer::new(&[7; 32]);
        let ids = SeededIds::from_seed(1);

        let token = sealer.seal(&ids, b"nurse|Patient?name=a", b"key of page two").unwrap();

        assert_eq!(sealer.open(b"nurse|Patient?name=a", &token).as_deref(), Some(b"key of page two".as_slice()));
        assert_eq!(sealer.open(b"doctor|Patient?name=a", &token), None);
        assert_eq!(sealer.open(b"nurse|Patient?name=b", &token), None);
        assert_eq!(sealer.open(b"nurse|Patient?name=a", "zz"), None);
    }

    #[test]
    fn a_token_with_one_changed_digit_does_not_open() {
        let sealer = Sealer::new(&[7; 32]);
        let token = sealer.seal(&SeededIds::from_seed(1), b"", b"key").unwrap();

        for place in 0..token.len() {
            let mut letters: Vec<char> = token.chars().collect();
            letters[place] = if letters[place] == '0' { '1' } else { '0' };
            assert_eq!(sealer.open(b"", &letters.into_iter().collect::<String>()), None);
        }
    }
}
