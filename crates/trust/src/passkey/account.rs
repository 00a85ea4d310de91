//! Whose passkeys they are: one account for each person or member of staff, as JSON beside the record.
//!
//! An account holds public keys and what its owner should know: which devices, and who gave a code for it, when and after checking what.
//! Whoever reads it can sign in as nobody.

use super::account_id;
use gate::AgentId;
use record::error::RecordError;
use record::log::Draft;
use record::{Record, understood};
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{Passkey, Uuid};

/// How many passkeys one may have.
pub(crate) const PASSKEYS_MAX: usize = 10;
/// How many givings of codes an account remembers; the log has them all.
const GIVEN_MAX: usize = 20;
/// How many recoveries the privacy officer is shown.
const RECOVERIES_MAX: usize = 200;
/// Under which names accounts and recoveries are kept in the record.
const KIND: &str = "passkey-account";
const RECOVERIES: &str = "passkey-recovery";

/// Somebody's passkeys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Who it is: `Patient/9`, `Practitioner/2`.
    pub(crate) who: String,
    /// Her passkeys, the oldest first.
    pub(crate) passkeys: Vec<Kept>,
    /// The codes that were given for her, the oldest first.
    pub(crate) given: Vec<Given>,
    /// The key of the code that was given and not used yet.
    pub(crate) code: Option<String>,
}

/// One passkey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Its name in lists; opens nothing.
    pub(crate) id: String,
    /// Its public half.
    pub(crate) passkey: Passkey,
    /// The device on which it was made, in a few words.
    pub(crate) device: String,
    /// When it was made, milliseconds since 1970 UTC.
    pub(crate) made_ms: i64,
    /// When it was used last, milliseconds since 1970 UTC.
    pub(crate) used_ms: i64,
}

/// A code that somebody in the practice has given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Given {
    /// When, milliseconds since 1970 UTC.
    pub(crate) at_ms: i64,
    /// The name of who gave it.
    pub(crate) by: String,
    /// For which organisation she acted; empty for none.
    pub(crate) place: String,
    /// What she has checked.
    pub(crate) checked: String,
    /// Whether there were passkeys already: somebody who could not get in any more.
    pub(crate) was_recovery: bool,
    /// Whether those passkeys were removed.
    pub(crate) removed: bool,
}

/// Whom a recovery was about, as far as the privacy officer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RecoveryOf {
    /// A member of the public.
    Citizen,
    /// Somebody who works here.
    Staff,
}

/// A recovery, for the privacy officer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recovery {
    /// Whom it was about.
    pub(crate) of: RecoveryOf,
    /// What was given.
    pub(crate) given: Given,
    /// Who gave it, by id.
    pub(crate) by_id: String,
}

impl Account {
    /// The account of somebody; an empty one when there is none yet.
    pub(crate) fn of(record: &Record, who: &AgentId) -> Result<Account, RecordError> {
        let found = Account::with_id(record, account_id(who))?.filter(|account| account.who == who.as_str());
        let empty = || Account { who: who.as_str().to_owned(), passkeys: Vec::new(), given: Vec::new(), code: None };
        Ok(found.unwrap_or_else(empty))
    }

    /// The account with this name.
    pub(crate) fn with_id(record: &Record, id: Uuid) -> Result<Option<Account>, RecordError> {
        let kept = record.kept(KIND, &id.simple().to_string())?;
        // An account that cannot be read is not an empty one: keeping that would erase somebody's passkeys.
        kept.map(|bytes| understood(&bytes)).transpose()
    }

    /// Keeps it, with an entry of the log in the same commit.
    pub(crate) fn keep(&self, record: &Record, entry: Option<&Draft>) -> Result<(), RecordError> {
        let who = AgentId::parse(&self.who).ok_or_else(RecordError::not_found)?;
        // A value of plain words, numbers and keys has a JSON text.
        let bytes = serde_json::to_vec(self).map_err(|_| RecordError::not_found())?;
        record.keep(KIND, &account_id(&who).simple().to_string(), &bytes, entry)
    }

    /// Remembers that a code was given.
    pub(crate) fn was_given(&mut self, given: Given) {
        if self.given.len() >= GIVEN_MAX {
            self.given.remove(0);
        }
        self.given.push(given);
    }
}

impl Recovery {
    /// Keeps it for the privacy officer.
    pub(crate) fn keep(&self, record: &Record) -> Result<(), RecordError> {
        let id = record::new_resource_id(record.ids())?;
        let bytes = serde_json::to_vec(self).map_err(|_| RecordError::not_found())?;
        record.keep(RECOVERIES, &format!("{:020}-{}", self.given.at_ms, id.as_str()), &bytes, None)
    }

    /// The recoveries of this locality, the newest first.
    pub(crate) fn all(record: &Record) -> Result<Vec<Recovery>, RecordError> {
        let kept = record.all_kept(RECOVERIES)?;
        let mut all = kept.iter().map(|(_, bytes)| understood(bytes)).collect::<Result<Vec<Recovery>, _>>()?;
        all.sort_by_key(|one| std::cmp::Reverse(one.given.at_ms));
        all.truncate(RECOVERIES_MAX);
        Ok(all)
    }
}
