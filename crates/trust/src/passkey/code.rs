//! Codes for making a passkey: given by a person on a slip of paper, good for once and for a day.
//!
//! Twelve letters of an alphabet of 32 are 60 bits: too many to guess, few enough to type. Only the hash is kept. Letters and digits that
//! look alike are not among them; how it is written, with spaces or small letters, does not matter.

use crate::secret::SecretHash;
use gate::AgentId;
use record::error::RecordError;
use record::log::Draft;
use record::{Ids, Keeper, Record};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A code is good for so long.
pub const LIFE_MS: i64 = 24 * 60 * 60 * 1_000;
/// The word in the log of a code that somebody gave on a page.
pub(crate) const GIVEN: &str = "GivePasskeyCode";
/// How many letters it has.
pub(crate) const CODE_LETTERS: usize = 12;
/// Its letters.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Under which name codes are kept in the record.
const KIND: &str = "passkey-code";

/// A code as it is handed over: the only time that it can be read. Its `Debug` shows nothing.
pub struct CodeText(String);

impl CodeText {
    /// The text in groups of four, for the slip.
    #[must_use]
    pub fn reveal(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }

    /// Under which key it is kept.
    pub(crate) fn key(&self) -> String {
        SecretHash::of(&self.0).key()
    }
}

impl fmt::Debug for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeText(...)")
    }
}

/// What is kept of a code.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptCode {
    /// For whom: `Patient/9`, `Practitioner/2`.
    pub(crate) who: String,
    until_ms: i64,
}

/// Gives a code for somebody, with its entry of the log; also beside a running server, by way of the record's inbox.
///
/// # Errors
/// When there is no randomness, or it could not be kept.
pub fn issue(keeper: &dyn Keeper, who: &AgentId, entry: &Draft) -> Result<CodeText, RecordError> {
    let code = CodeText(new_code(keeper.ids())?);
    let kept = KeptCode { who: who.as_str().to_owned(), until_ms: keeper.now_ms().saturating_add(LIFE_MS) };
    let bytes = serde_json::to_vec(&kept).map_err(|_| RecordError::not_found())?;
    keeper.keep(KIND, &code.key(), &bytes, entry)?;
    Ok(code)
}

/// For whom a code is that somebody typed, and its key; none when it is not ours, used, or over.
pub(crate) fn find(record: &Record, typed: &str) -> Result<Option<(AgentId, String)>, RecordError> {
    let Some(text) = plain(typed) else { return Ok(None) };
    let key = CodeText(text).key();
    Ok(still_good(record, &key)?.map(|who| (who, key)))
}

/// For whom the code with this key is, while it is good.
pub(crate) fn still_good(record: &Record, key: &str) -> Result<Option<AgentId>, RecordError> {
    let kept = record.kept(KIND, key)?.map(|bytes| record::understood::<KeptCode>(&bytes)).transpose()?;
    Ok(kept.filter(|kept| record.now_ms() < kept.until_ms).and_then(|kept| AgentId::parse(&kept.who)))
}

/// Ends a code, because it was used or another was given.
pub(crate) fn end(record: &Record, key: &str, entry: Option<&Draft>) -> Result<(), RecordError> {
    record.forget(KIND, key, entry)
}

fn new_code(ids: &dyn Ids) -> Result<String, RecordError> {
    let mut bytes = [0_u8; CODE_LETTERS];
    ids.fill(&mut bytes)?;
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('2', char::from);
    Ok(bytes.iter().map(letter).collect())
}

/// The letters alone, as they are kept; none when it cannot be a code.
fn plain(typed: &str) -> Option<String> {
    let letters = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    let text: String = letters.take(CODE_LETTERS + 1).map(|letter| letter.to_ascii_uppercase()).collect();
    let is_code = text.len() == CODE_LETTERS && text.bytes().all(|byte| ALPHABET.contains(&byte));
    is_code.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::SeededIds;

    #[test]
    fn a_code_is_read_however_it_is_written() {
        let code = CodeText("ABCD2345WXYZ".to_owned());

        assert_eq!(code.reveal(), "ABCD-2345-WXYZ");
        assert_eq!(plain(" abcd 2345-wxyz").as_deref(), Some("ABCD2345WXYZ"));
        for wrong in ["", "ABCD-2345", "ABCD-2345-WXYZ-7", "ABCD-2345-WXY0", "ABCD-2345-WXYI", "ÄBCD-2345-WXYZ"] {
            assert_eq!(plain(wrong), None, "{wrong}");
        }
        assert_eq!(format!("{code:?}"), "CodeText(...)");
    }

    #[test]
    fn codes_are_made_of_all_letters_and_differ() {
        let ids = SeededIds::from_seed(7);
        let codes: std::collections::HashSet<String> = (0..1_000).map(|_| new_code(&ids).unwrap()).collect();

        assert_eq!(codes.len(), 1_000);
        let letters: std::collections::HashSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(letters.len(), 32);
        assert!(codes.iter().all(|code| plain(code).as_deref() == Some(code.as_str())));
    }
}
