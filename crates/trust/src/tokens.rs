//! Bearer tokens of connected systems.
//!
//! A token is 256 random bits, shown once when it is issued; the record keeps its SHA-256 with who it stands for, its scopes
//! and when it ends. A token that was revoked is refused from the next request on. A token is good for at most a year, so
//! that a forgotten one ends by itself.

use crate::kept_asker::KeptAsker;
use crate::secret::{SecretHash, looks_like_secret, new_secret};
use gate::{Asker, ScopeError, SmartScopes};
use record::error::RecordError;
use record::log::Draft;
use record::{Keeper, Record};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The longest life of a token.
pub const LIFE_MS_MAX: i64 = 366 * 24 * 60 * 60 * 1_000;
/// How many tokens are remembered; when full, all are forgotten and read again.
const CACHE_MAX: usize = 2_048;
/// Under which name tokens are kept in the record.
const KIND: &str = "token";
/// The beginning of every token, by which scanners for leaked secrets find it.
const PREFIX: &str = "cwt_";

/// A token that is to be issued.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Who it stands for, with its scopes.
    pub asker: Asker,
    /// When it ends, milliseconds since 1970 UTC.
    pub until_ms: i64,
}

/// A token as it is handed over: the only time that it can be read. Its `Debug` shows nothing.
pub struct TokenText(String);

impl TokenText {
    /// The text, for the one who gets it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(...)")
    }
}

/// Why a token was refused, or not issued.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// None was sent.
    #[error("send an access token: Authorization: Bearer TOKEN")]
    Missing,
    /// It is none of ours, or was revoked.
    #[error("the access token is not valid here")]
    Unknown,
    /// It was ours.
    #[error("the access token has expired; ask for a new one")]
    Expired,
    /// It would be good for too long.
    #[error("a token is good for at most 366 days")]
    TooLong,
    /// A token has to say what it is for.
    #[error("a token needs scopes")]
    NoScopes,
    /// The scopes that were kept are not understood any more.
    #[error("the scopes of the access token are not understood")]
    Scopes(#[source] ScopeError),
    /// The record could not be read or written.
    #[error("the access token could not be looked up")]
    Record(#[source] RecordError),
}

/// What is kept of a token.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    asker: KeptAsker,
    scopes: String,
    until_ms: i64,
}

/// Issues a token and logs that it did, in one commit; also beside a running server, by way of the record's inbox.
///
/// # Errors
/// When it has no scopes, would live too long, or could not be kept.
pub fn issue(keeper: &dyn Keeper, token: &NewToken) -> Result<TokenText, TokenError> {
    let now_ms = keeper.now_ms();
    if token.until_ms - now_ms > LIFE_MS_MAX {
        return Err(TokenError::TooLong);
    }
    let kept = Kept::of(token)?;
    let secret = new_secret(keeper.ids()).map_err(TokenError::Record)?;
    let text = format!("{PREFIX}{secret}");
    let bytes = serde_json::to_vec(&kept).unwrap_or_default();
    let entry = entry(&token.asker, now_ms, "IssueToken");
    keeper.keep(KIND, &SecretHash::of(&text).key(), &bytes, &entry).map_err(TokenError::Record)?;
    Ok(TokenText(text))
}

/// Checks and revokes tokens; remembers those it has seen.
#[derive(Default)]
pub struct Tokens {
    known: Mutex<HashMap<SecretHash, (Arc<Asker>, i64)>>,
}

impl Tokens {
    /// Who a token stands for.
    ///
    /// # Errors
    /// When it is not ours, or over.
    pub fn check(&self, record: &Record, text: &str) -> Result<Arc<Asker>, TokenError> {
        if !text.strip_prefix(PREFIX).is_some_and(looks_like_secret) {
            return Err(TokenError::Unknown);
        }
        let hash = SecretHash::of(text);
        let (asker, until_ms) = match self.remembered(hash) {
            Some(found) => found,
            None => self.look_up(record, hash)?,
        };
        if record.now_ms() >= until_ms { Err(TokenError::Expired) } else { Ok(asker) }
    }

    /// Ends a token before its time, and logs it; nothing happens when it is not ours.
    ///
    /// # Errors
    /// When the record could not be written.
    pub fn revoke(&self, record: &Record, text: &str) -> Result<(), TokenError> {
        let hash = SecretHash::of(text);
        let Ok((asker, _)) = self.look_up(record, hash) else { return Ok(()) };
        let entry = entry(&asker, record.now_ms(), "RevokeToken");
        record.forget(KIND, &hash.key(), Some(&entry)).map_err(TokenError::Record)?;
        self.lock().remove(&hash);
        Ok(())
    }

    fn remembered(&self, hash: SecretHash) -> Option<(Arc<Asker>, i64)> {
        self.lock().get(&hash).map(|(asker, until_ms)| (Arc::clone(asker), *until_ms))
    }

    fn look_up(&self, record: &Record, hash: SecretHash) -> Result<(Arc<Asker>, i64), TokenError> {
        let bytes = record.kept(KIND, &hash.key()).map_err(TokenError::Record)?.ok_or(TokenError::Unknown)?;
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|_| TokenError::Unknown)?;
        let until_ms = kept.until_ms;
        let asker = Arc::new(kept.asker()?);
        let mut known = self.lock();
        if known.len() >= CACHE_MAX {
            known.clear();
        }
        known.insert(hash, (Arc::clone(&asker), until_ms));
        Ok((asker, until_ms))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SecretHash, (Arc<Asker>, i64)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn of(token: &NewToken) -> Result<Kept, TokenError> {
        let asker = &token.asker;
        let scopes = asker.scopes.as_ref().ok_or(TokenError::NoScopes)?;
        let (scopes, until_ms) = (scopes.as_str().to_owned(), token.until_ms);
        Ok(Kept { asker: KeptAsker::of(asker), scopes, until_ms })
    }

    fn asker(self) -> Result<Asker, TokenError> {
        let asker = self.asker.asker().ok_or(TokenError::Unknown)?;
        let scopes = SmartScopes::parse(&self.scopes).map_err(TokenError::Scopes)?;
        Ok(Asker { scopes: Some(scopes), ..asker })
    }
}

/// An entry of the log about a token.
fn entry(asker: &Asker, now_ms: i64, action: &str) -> Draft {
    Draft { action: action.to_owned(), via: "command".to_owned(), ..crate::state::entry_about(asker, now_ms) }
}
