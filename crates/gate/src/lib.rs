//! Who may see what.
//!
//! `gate` answers one question: may this asker, for this purpose, do this to records of this kind, and why? The answer is a
//! [`Permit`], which lives for one request, or [`Denied`], which says in plain words which condition was not met.
//! The rules are the Cedar policies in `policies/`; they are asked once, at load, for every combination there is, and kept as
//! a table (`docs/decisions/0003-cedar-compiled.md` says why). What no rule permits is denied.
//!
//! It does no I/O and knows no person: `record` turns a permit's [`Scope`]s into the filter that every query is given.
//!
//! | module | holds |
//! |---|---|
//! | [`words`] | roles, actions, purposes, relations: the closed lists that rules speak about |
//! | [`kinds`] | the kind of data that each FHIR resource type is, and sets of types |
//! | [`labels`] | what marks a single entry as more private than its kind |
//! | [`topics`] | sensitive topics, from value sets |
//! | [`consent`] | what a person allows and refuses, compiled from her Consents |
//! | [`asker`] | who asks |
//! | [`smart`] | SMART scopes of access tokens |
//! | [`policy`] | reading and checking the policies |
//! | `reach`, `table`, [`permit`] | the decision table and the permits it gives |
//! | [`refusal`] | why not, in words |
//! | [`matrix`] | the table that people read: `policies/matrix.txt` |

pub mod asker;
pub mod consent;
pub mod kinds;
pub mod labels;
pub mod matrix;
pub mod permit;
pub mod policy;
mod reach;
pub mod refusal;
pub mod smart;
mod table;
pub mod topics;
pub mod words;

pub use asker::{AgentId, Asker, Organisation, RequestId};
pub use kinds::{DataKind, TypeSet};
pub use labels::{LABEL_SYSTEM, Label, labelling_rules, labels_of};
pub use permit::{Gate, Permit, Scope};
pub use policy::{Policies, PolicyError, Rule, RuleId, Welsh};
pub use refusal::{Denied, Question};
pub use smart::{ScopeError, SmartScopes};
pub use topics::{TOPIC_SYSTEM, Topic};
pub use words::{Action, Language, Purpose, Relation, RelationKind, Role};
