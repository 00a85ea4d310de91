//! Who is asking, and who looked.
//!
//! Sign-in and sessions for pages, bearer tokens for connected systems, the check that a request comes from our own pages, and
//! the way from "who asks" to a [`gate::Permit`]. The other half reads the access log: as AuditEvents, and as sentences for the
//! person whose record it was. It decides nothing itself: rules are in `gate`, data behind the one door `record`.
//!
//! | module | holds |
//! |---|---|
//! | [`personas`] | the made-up people of the demo, one click each |
//! | [`sessions`], [`tokens`], `secret` | sign-in that lasts a while, kept as hashes only |
//! | [`mod@provider`] | sign-in with NHS login, CIS2 and their like |
//! | [`mod@passkey`] | passkeys, and the codes with which they are made |
//! | [`requests`] | what a handler asks for: [`SignedIn`], [`Bearer`] |
//! | [`mod@return_to`], `held` | where somebody goes on after signing in, and what she had sent |
//! | [`mod@routes`] | routes with a table of themselves and of who may come |
//! | `limits`, `source` | how often something may go wrong, by address or account |
//! | [`origin`] | refusing forms that other sites send |
//! | [`mod@who_looked`], [`words`], [`person`] | the log, told to the person |
//! | [`audit_event`] | the log as FHIR AuditEvents |
//! | [`mod@proofs`] | a person's entries with their proofs, to keep |
//! | [`peers`], [`witnessing`] | other localities, and their cosignatures |
//! | [`mod@reconcile`] | whether each look was to be expected, told from the record |
//! | [`mail`] | e-mail that says only that there is something to read |
//! | [`notices`] | what a person should know of accesses without looking for it |
//! | [`mod@granting`] | the form of a grant, which a person and her practice share |
//! | [`cases`] | questions that people ask about looks, with a clock |
//! | [`mod@rights`] | requests by which people use their rights over their data, with a clock in calendar months |
//! | [`oversight`] | how the work of those who watch stands, in numbers |
//! | [`mod@breaches`] | suspected breaches, with a clock of 72 hours |
//! | [`pages`] | sign-in, the privacy officer's log and workbench, and what everybody may know and check of the log |
//!
//! Put it together with [`Trust::new`], merge [`Trust::routes`], and wrap everything in [`Trust::protect`].

mod alarms;
pub mod audit_event;
pub mod breaches;
pub mod cases;
pub mod granting;
mod held;
mod kept_asker;
mod limits;
pub mod mail;
pub mod notices;
pub mod origin;
pub mod oversight;
pub mod pages;
pub mod passkey;
pub mod peers;
pub mod person;
pub mod personas;
pub mod proofs;
pub mod provider;
pub mod reconcile;
pub mod requests;
pub mod return_to;
pub mod rights;
pub mod routes;
mod secret;
pub mod sessions;
mod source;
mod state;
#[cfg(test)]
mod tests;
pub mod tokens;
mod told;
pub mod welsh;
pub mod who_looked;
pub mod witnessing;
pub mod words;

pub use alarms::Alarm;
pub use cases::Case;
pub use limits::{Kind, TooOften};
pub use notices::Notice;
pub use peers::{Peer, Peers};
pub use personas::{ActsFor, Persona};
pub use proofs::{Proofs, proofs};
pub use requests::{Bearer, MaybeSignedIn, SignedIn, blocking, blocking_page};
pub use routes::{Guest, Route, Routes};
pub use state::{Options, Trust, TrustError, usual_purpose};
pub use tokens::{NewToken, TokenError, TokenText};
pub use who_looked::{Episode, Look, Machine, Own, WhoLooked, recent_people, who_looked, who_looked_in};
pub use witnessing::{Carrier, Outcome, Standing};
