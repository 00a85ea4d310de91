//! Sign-in with a service elsewhere: NHS login for the public, CIS2 for staff, or any other OpenID Connect provider.
//!
//! A browser is sent to the provider with a state, a nonce and a PKCE challenge, which wait here under a short-lived cookie. It comes
//! back with a code; the code is redeemed with a signed assertion (`private_key_jwt`), the ID token is checked, and the person whom
//! it names is looked up in the record. The library `openidconnect` does the protocol; what is accepted is decided here.
//!
//! | module | holds |
//! |---|---|
//! | `key` | our own signing key, its public half, the assertion |
//! | `claims` | what the national providers say of people, and how sure they are |
//! | `flow` | to the provider and back |
//! | `people` | who somebody is here: a person by NHS number and date of birth, a member of staff by her roles |
//! | `roles` | national role codes and our roles, as the configuration says |
//!
//! Configuration is read by the binary, which also carries the requests ([`Web`]). Next: `crate::pages` for the routes.

mod claims;
mod flow;
mod key;
mod people;
mod roles;
#[cfg(test)]
mod tests;

pub use claims::{accepted, level_of};
pub use key::{Key, KeyError};
pub use roles::{KnownRole, can_be_given};

pub(crate) use flow::{At, Failure, Pending, Verified, WAITS_MS_MAX, Wanted, lock, secret, take};
pub(crate) use people::{NoMatch, STAFF_NUMBER, Somebody, known_here, name_of, person_of, staff_of, still_works_here};

use crate::passkey::Passkeys;
use crate::sessions::{Level, Strength, Way};
use gate::Role;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

/// Whom a provider signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Members of the public, each for her own record.
    Citizens,
    /// Those who work here, in the roles that the provider and our directory both know.
    Staff,
}

/// A service elsewhere that signs people in.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its word in our addresses, such as `nhs-login`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whom it signs in.
    pub whom: Whom,
    /// Its issuer identifier, exactly as its ID tokens say it.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our key there.
    pub key: Arc<Key>,
    /// What to ask for besides `openid`.
    pub scopes: Vec<String>,
    /// Vectors of trust that are enough to sign in, such as `P9.Cp.Cd`; empty for a provider that does not know them.
    pub vectors: Vec<String>,
    /// The classes of sign-in to ask for (`acr_values`), such as `AAL3_ANY`; empty to leave it to the provider.
    pub classes: Vec<String>,
    /// The least strength of a member of staff's sign-in.
    pub strength: Strength,
    /// Which of its role codes are which role here; empty for members of the public.
    pub roles: Vec<KnownRole>,
}

impl Provider {
    /// Whether it could still sign somebody in with this role.
    #[must_use]
    pub fn signs_in_as(&self, role: Role) -> bool {
        match self.whom {
            Whom::Citizens => role.is_public(),
            Whom::Staff => self.roles.iter().any(|line| line.role == role && can_be_given(role)),
        }
    }
}

/// Something to carry requests to providers: with limits in time and size, and without following redirects.
pub trait Web: Send + Sync {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// When nobody answers in time, or too much.
    fn ask(&self, request: axum::http::Request<Vec<u8>>) -> Result<axum::http::Response<Vec<u8>>, WebError>;
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
#[error("the sign-in service cannot be reached: {0}")]
pub struct WebError(pub String);

/// The providers of this locality, and the way to them.
#[derive(Clone)]
pub struct Doors {
    /// Where browsers reach this server, without a slash at the end: `https://record.kelderby.example`.
    pub address: String,
    /// The providers, as the sign-in page lists them.
    pub providers: Vec<Provider>,
    /// The way to them.
    pub web: Arc<dyn Web>,
    /// Passkeys, if this locality has them.
    pub passkeys: Option<Arc<Passkeys>>,
    /// Proxies in front of this server, whose word about where a request comes from is believed.
    pub proxies: Vec<IpAddr>,
}

impl Doors {
    /// The provider with this id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }
}

/// What the server keeps of sign-ins that are under way, in memory only.
#[derive(Default)]
pub(crate) struct Desk {
    /// What providers say about themselves.
    pub(crate) known: Mutex<HashMap<String, flow::Known>>,
    /// Who is at a provider just now.
    pub(crate) pending: Mutex<HashMap<String, Pending>>,
    /// Who has come back, and goes on from a page of ours or chooses a role.
    pub(crate) returned: Mutex<HashMap<String, Returned>>,
    /// When it was looked up last that somebody is still here, by session, milliseconds since 1970 UTC.
    pub(crate) checked: Mutex<HashMap<String, i64>>,
}

/// Somebody who has proven who she is, and has not begun her session yet.
#[derive(Clone)]
pub(crate) struct Returned {
    /// Who she is, once for each role.
    pub(crate) people: Vec<Somebody>,
    /// By which way she came.
    pub(crate) way: Way,
    /// How sure that is.
    pub(crate) level: Level,
    /// When she proved it, milliseconds since 1970 UTC; none when the provider does not say.
    pub(crate) authenticated_ms: Option<i64>,
    /// Where to go on to.
    pub(crate) back: Option<String>,
    /// Whether she only confirms that it is still her.
    pub(crate) confirms: bool,
    /// Until when this waits, milliseconds since 1970 UTC.
    pub(crate) until_ms: i64,
}
