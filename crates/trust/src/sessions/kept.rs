//! Sessions as the record keeps them: by the hash of their secret, as JSON.
//!
//! What is kept opens nothing. A session whose words are not understood any more (a role that is gone) is left out and cleared.

use super::{Level, Session, Way};
use crate::kept_asker::KeptAsker;
use crate::secret::SecretHash;
use record::Record;
use record::error::RecordError;
use serde::{Deserialize, Serialize};

/// Under which name sessions are kept in the record.
pub(super) const KIND: &str = "session";

#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    asker: KeptAsker,
    way: Way,
    level: Level,
    began_ms: i64,
    seen_ms: i64,
    authenticated_ms: i64,
    device: String,
}

/// The bytes of a session.
pub(super) fn bytes(session: &Session) -> Vec<u8> {
    let kept = Kept {
        id: session.id.clone(),
        asker: KeptAsker::of(&session.asker),
        way: session.way.clone(),
        level: session.level,
        began_ms: session.began_ms,
        seen_ms: session.seen_ms,
        authenticated_ms: session.authenticated_ms,
        device: session.device.clone(),
    };
    // A value of plain words and numbers has a JSON text.
    serde_json::to_vec(&kept).unwrap_or_default()
}

fn session(bytes: &[u8]) -> Option<Session> {
    let kept: Kept = serde_json::from_slice(bytes).ok()?;
    Some(Session {
        id: kept.id,
        asker: super::within(kept.asker.asker()?, kept.level),
        way: kept.way,
        level: kept.level,
        began_ms: kept.began_ms,
        seen_ms: kept.seen_ms,
        authenticated_ms: kept.authenticated_ms,
        device: kept.device,
    })
}

/// Every session that is not over; the others are cleared away.
pub(super) fn all(record: &Record, now_ms: i64) -> Result<Vec<(SecretHash, Session)>, RecordError> {
    let (mut here, mut over) = (Vec::new(), Vec::new());
    for (key, bytes) in record.all_kept(KIND)? {
        match (SecretHash::of_key(&key), session(&bytes)) {
            (Some(hash), Some(session)) if !session.is_over(now_ms) => here.push((hash, session)),
            _ => over.push(key),
        }
    }
    record.forget_all(KIND, over, None)?;
    Ok(here)
}
