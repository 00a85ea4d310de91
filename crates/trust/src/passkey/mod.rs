//! Passkeys: for a locality without a sign-in service, or beside one.
//!
//! A person in the practice who has checked who stands before her gives a code for once; with it a passkey is made, and with the passkey
//! one signs in. The same code given again is the recovery of somebody who lost her device. `webauthn-rs` does the protocol, with its own
//! randomness for the challenges; every passkey has to verify its user, so that it is two factors.
//!
//! | module | holds |
//! |---|---|
//! | `account` | whose passkeys they are, as the record keeps them |
//! | `code` | the codes: given once, kept as hashes, over after a day |
//!
//! Next: `crate::pages::passkey` for the pages, `crate::pages::codes` for those who give codes.

mod account;
mod code;
#[cfg(test)]
mod tests;

pub(crate) use account::{Account, Given, Kept, PASSKEYS_MAX, Recovery, RecoveryOf};
pub use code::{CodeText, LIFE_MS, issue};
pub(crate) use code::{GIVEN, end, find, still_good};

use crate::provider::{KnownRole, can_be_given};
use crate::secret::SecretHash;
use crate::sessions::{Identity, Level, Strength};
use gate::{AgentId, Role};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, DiscoverableAuthentication, Passkey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse, Url, Uuid, Webauthn, WebauthnBuilder,
    WebauthnError,
};

/// For how long a ceremony may be under way.
pub(crate) const WAITS_MS_MAX: i64 = 10 * 60 * 1_000;
/// How many may be under way at once; when full, all are forgotten.
const WAITING_MAX: usize = 10_000;
/// How sure a passkey is: a person has checked who its owner is, and it has verified her.
pub(crate) const LEVEL: Level = Level { identity: Identity::P9, strength: Strength::Aal2 };

/// What a locality knows of passkeys.
pub struct Passkeys {
    webauthn: Webauthn,
    /// Which code of a PractitionerRole is which role here.
    pub(crate) roles: Vec<KnownRole>,
    making: Mutex<HashMap<SecretHash, Making>>,
    asking: Mutex<HashMap<SecretHash, Asking>>,
    changing: Mutex<()>,
}

/// Passkeys are not possible at an address.
#[derive(Debug, thiserror::Error)]
#[error("passkeys need an address with a name: https://NAME, or http://localhost:PORT on one's own machine")]
pub struct PasskeyError(#[source] Option<WebauthnError>);

/// By what somebody may make a passkey; it has to hold when the passkey is there, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// The code with this name, which is used up by it.
    Code(String),
    /// The session with this name in lists, which has begun it.
    Session(String),
}

impl Leave {
    /// The name of the code.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Leave::Code(code) => Some(code),
            Leave::Session(_) => None,
        }
    }
}

/// A passkey that is being made.
pub(crate) struct Making {
    /// Whose it will be.
    pub(crate) who: AgentId,
    /// By what she may.
    pub(crate) leave: Leave,
    state: PasskeyRegistration,
    until_ms: i64,
}

/// Somebody who is asked for her passkey.
pub(crate) struct Asking {
    /// Where to go on to.
    pub(crate) back: Option<String>,
    /// Who has to confirm that it is still her; none for a new sign-in.
    pub(crate) confirms: Option<AgentId>,
    state: DiscoverableAuthentication,
    until_ms: i64,
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passkeys({} roles)", self.roles.len())
    }
}

/// The name of a person's account among passkeys. It is kept on her device, so it says nothing of her.
pub(crate) fn account_id(who: &AgentId) -> Uuid {
    Uuid::from_bytes(SecretHash::of(&format!("passkeys of {who}")).short())
}

impl Passkeys {
    /// Passkeys for an address; staff get the roles that these lines name, by the codes of their PractitionerRole.
    ///
    /// # Errors
    /// When a browser would make no passkey there.
    pub fn new(address: &str, roles: Vec<KnownRole>) -> Result<Passkeys, PasskeyError> {
        let origin = Url::parse(address).map_err(|_| PasskeyError(None))?;
        let host = origin.domain().ok_or(PasskeyError(None))?.to_owned();
        let built = WebauthnBuilder::new(&host, &origin).and_then(WebauthnBuilder::build);
        let webauthn = built.map_err(|error| PasskeyError(Some(error)))?;
        let (making, asking, changing) = (Mutex::default(), Mutex::default(), Mutex::default());
        Ok(Passkeys { webauthn, roles, making, asking, changing })
    }

    /// Whether a passkey could still sign somebody in with this role.
    pub(crate) fn signs_in_as(&self, role: Role) -> bool {
        role.is_public() || self.roles.iter().any(|line| line.role == role && can_be_given(role))
    }

    /// Begins to make a passkey; gives what the browser is told. It has to be one that is found without a name.
    pub(crate) fn begin_making(
        &self,
        (secret, now_ms): (&str, i64),
        (who, name, leave): (&AgentId, &str, Leave),
        account: &Account,
    ) -> Result<CreationChallengeResponse, WebauthnError> {
        use webauthn_rs_proto::ResidentKeyRequirement;
        let has = account.passkeys.iter().map(|kept| kept.passkey.cred_id().clone()).collect();
        let begun = self.webauthn.start_passkey_registration(account_id(who), name, name, Some(has));
        let (mut told, state) = begun?;
        if let Some(choice) = &mut told.public_key.authenticator_selection {
            choice.resident_key = Some(ResidentKeyRequirement::Required);
            choice.require_resident_key = true;
        }
        let making = Making { who: who.clone(), leave, state, until_ms: now_ms.saturating_add(WAITS_MS_MAX) };
        put(&self.making, (secret, now_ms), making, |one| one.until_ms);
        Ok(told)
    }

    /// Takes what is being made under a secret, if it is not too late.
    pub(crate) fn take_making(&self, secret: &str, now_ms: i64) -> Option<Making> {
        lock(&self.making).remove(&SecretHash::of(secret)).filter(|one| now_ms < one.until_ms)
    }

    /// Forgets every passkey that is being made for somebody: she is let in anew, and what others began in her name is over.
    pub(crate) fn forget_makings(&self, who: &AgentId) {
        lock(&self.making).retain(|_, one| one.who != *who);
    }

    /// The passkey that a browser has made; none when its answer is not good.
    pub(crate) fn made(&self, making: &Making, answer: &str) -> Option<Passkey> {
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).ok()?;
        self.webauthn.finish_passkey_registration(&answer, &making.state).ok()
    }

    /// Begins to ask for a passkey; gives what the browser is told.
    pub(crate) fn begin_asking(
        &self,
        (secret, now_ms): (&str, i64),
        (back, confirms): (Option<String>, Option<AgentId>),
    ) -> Result<RequestChallengeResponse, WebauthnError> {
        let (mut told, state) = self.webauthn.start_discoverable_authentication()?;
        // The browser asks at once, when the button is pressed, and not in passing while a form is filled in.
        told.mediation = None;
        let asking = Asking { back, confirms, state, until_ms: now_ms.saturating_add(WAITS_MS_MAX) };
        put(&self.asking, (secret, now_ms), asking, |one| one.until_ms);
        Ok(told)
    }

    /// Takes what was asked under a secret, if it is not too late.
    pub(crate) fn take_asking(&self, secret: &str, now_ms: i64) -> Option<Asking> {
        lock(&self.asking).remove(&SecretHash::of(secret)).filter(|one| now_ms < one.until_ms)
    }

    /// The name of the account whose passkey answers; it is not checked yet.
    pub(crate) fn answering(&self, answer: &str) -> Option<(Uuid, PublicKeyCredential)> {
        let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        let (account, _) = self.webauthn.identify_discoverable_authentication(&answer).ok()?;
        Some((account, answer))
    }

    /// Checks the answer against the passkeys of an account, and brings the one that was used up to date; gives its name.
    pub(crate) fn used(
        &self,
        asking: Asking,
        answer: &PublicKeyCredential,
        account: &mut Account,
        now_ms: i64,
    ) -> Option<String> {
        let named = answer.get_credential_id();
        let used = account.passkeys.iter_mut().find(|kept| kept.passkey.cred_id().as_slice() == named)?;
        let checked = self.webauthn.finish_discoverable_authentication_v2(answer, asking.state, &used.passkey);
        let result = checked.ok().filter(AuthenticationResult::user_verified)?;
        used.passkey.update_credential(&result);
        used.used_ms = now_ms;
        Some(used.id.clone())
    }

    /// Holds other changes of accounts back: each reads an account, changes it and keeps it.
    pub(crate) fn lock_accounts(&self) -> MutexGuard<'_, ()> {
        lock(&self.changing)
    }
}

fn put<T>(all: &Mutex<HashMap<SecretHash, T>>, (secret, now_ms): (&str, i64), one: T, until_ms: fn(&T) -> i64) {
    let mut all = lock(all);
    if all.len() >= WAITING_MAX {
        all.retain(|_, one| now_ms < until_ms(one));
        if all.len() >= WAITING_MAX {
            all.clear();
        }
    }
    all.insert(SecretHash::of(secret), one);
}

/// A panic elsewhere leaves a map whole: every change to it is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
