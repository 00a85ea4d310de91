//! Who asks.
//!
//! An [`Asker`] is what sign-in found out: it holds no right by itself. It is shared by all requests of a session, so a
//! permit keeps a pointer to it. Names and the organisation are as they were at sign-in; the log keeps them so.

use crate::smart::SmartScopes;
use crate::words::Role;
use fhir::ResourceId;
use std::fmt;
use std::sync::Arc;

/// Whoever acts, as a stable id: `Practitioner/123`, `Patient/9`, `service/labs`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId(Arc<str>);

/// The longest agent id: the log keeps it in each entry.
pub const AGENT_ID_BYTES_MAX: usize = 100;

impl AgentId {
    /// Parses an agent id: 1 to 100 visible ASCII characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<AgentId> {
        let fits = (1..=AGENT_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| AgentId(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of one request, the same in the answer's header, the log and the trace.
///
/// Its text may be the caller's, so two requests can have the same. What belongs to one answer is told by its turn, which only
/// this process gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId {
    text: Arc<str>,
    turn: u64,
}

/// The longest request id that is taken over from a caller.
pub const REQUEST_ID_BYTES_MAX: usize = 64;

impl RequestId {
    /// Parses a request id: 1 to 64 letters, digits, `-`, `.` or `_`.
    #[must_use]
    pub fn parse(text: &str) -> Option<RequestId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let fits = (1..=REQUEST_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| RequestId { text: text.into(), turn: 0 })
    }

    /// The same id, for the answer with this number.
    #[must_use]
    pub fn in_turn(&self, turn: u64) -> RequestId {
        RequestId { text: Arc::clone(&self.text), turn }
    }

    /// The number of the answer that it belongs to; 0 outside of one.
    #[must_use]
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The organisation on whose behalf somebody acts, as it was called at the time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Organisation {
    /// Its resource id.
    pub id: ResourceId,
    /// Its name at sign-in.
    pub name: String,
}

/// Who asks: a person with a session, or a system with a token.
#[derive(Clone)]
pub struct Asker {
    /// Whose deed it is in the log.
    pub who: AgentId,
    /// The name that people are shown.
    pub display: String,
    /// What they are to the platform.
    pub role: Role,
    /// For whom they act.
    pub organisation: Option<Organisation>,
    /// The person whose own record it is, for a citizen: herself, or the person she acts for.
    pub patient: Option<ResourceId>,
    /// The person for whom this professional has declared an emergency; whether it still lasts, the record knows.
    pub emergency: Option<ResourceId>,
    /// The person of whom this professional has said that she cares for her; whether that still holds, the record knows.
    pub claimed: Option<ResourceId>,
    /// References under which the record may name them in a care relationship: `Organization/1`, `Practitioner/2`, `Location/3`;
    /// for a project of research also its own code, as [`crate::consent::project`] writes it.
    pub acts_as: Vec<String>,
    /// The scopes of the token. A session in the browser has none, unless its person's identity was not proven well enough.
    pub scopes: Option<SmartScopes>,
}

impl Asker {
    /// An asker with a role and nothing else; fill in the rest with `..`.
    #[must_use]
    pub fn new(who: AgentId, display: &str, role: Role) -> Asker {
        let display = display.to_owned();
        let (organisation, patient, emergency, claimed) = (None, None, None, None);
        Asker { who, display, role, organisation, patient, emergency, claimed, acts_as: Vec::new(), scopes: None }
    }

    /// A connected system with the scopes of its token.
    #[must_use]
    pub fn service(who: AgentId, display: &str, scopes: SmartScopes) -> Asker {
        Asker { scopes: Some(scopes), ..Asker::new(who, display, Role::ServiceAccount) }
    }

    /// An app that a person has connected to her own record, with the scopes of its token.
    #[must_use]
    pub fn app(who: AgentId, display: &str, patient: ResourceId, scopes: SmartScopes) -> Asker {
        Asker { patient: Some(patient), scopes: Some(scopes), ..Asker::new(who, display, Role::App) }
    }

    /// The same member of the public with the record of `patient` open: her own, or that of somebody for whom she acts.
    /// Whether she may act for that person is not decided here; the record asks for her grant every time.
    #[must_use]
    pub fn with_record_of(&self, patient: ResourceId) -> Asker {
        let is_own = self.who.as_str().strip_prefix("Patient/") == Some(patient.as_str());
        let role = if is_own { Role::Citizen } else { Role::Proxy };
        Asker { patient: Some(patient), role, ..self.clone() }
    }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker").field("who", &self.who).field("role", &self.role).finish_non_exhaustive()
    }
}
