//! What an entry of the log is to IHE's patterns: which profile it claims, and the codes that go with that.
//!
//! One table for every word that the log has for what was done. What leaves the platform is a disclosure, what a choice of the
//! person kept back a decision about consent; an emergency and a claim to care are England's alerts ([`super::alert`]). A word
//! that no pattern is for is told as an activity of the application and claims none.

use super::{DCM, alert};
use crate::words::is_kept_back;
use fhir::ResourceId;
use record::log::Draft;
use serde_json::{Value, json};

const PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const RESTFUL: &str = "http://hl7.org/fhir/restful-interaction";
const CUSTODIAN: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const LIFECYCLE: &str = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";
const AUTHZ: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType";
const SECURITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/extra-security-role-type";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

/// The word of the log for what was done, not only tried.
const ALLOWED: &str = "allowed";

/// What an entry is to the patterns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    History,
    Query,
    Create,
    Update,
    Delete,
    /// A copy left the platform.
    Disclosure,
    /// A choice of the person kept something back.
    Decision,
    /// Somebody opened a record by their own word.
    Alert,
    Other,
}

impl Kind {
    pub(super) fn of(draft: &Draft) -> Kind {
        match draft.action.as_str() {
            _ if is_kept_back(draft) => Kind::Decision,
            "Read" => Kind::Read,
            "History" => Kind::History,
            "Search" => Kind::Query,
            "Create" | "Import" => Kind::Create,
            "Update" => Kind::Update,
            "Delete" => Kind::Delete,
            "Export" => Kind::Disclosure,
            record::emergency::DECLARED | record::claim::CLAIMED => Kind::Alert,
            _ => Kind::Other,
        }
    }

    /// The profile that the event conforms to; none for what the patterns do not cover or what did not happen.
    pub(super) fn profile(self, patient: Option<&ResourceId>, draft: &Draft) -> Option<String> {
        let name = match self {
            Kind::Read | Kind::History => "Read",
            Kind::Query => "Query",
            Kind::Create => "Create",
            Kind::Update => "Update",
            Kind::Delete => "Delete",
            // Both are about somebody: of what is in nobody's record nothing is disclosed.
            Kind::Disclosure => return has_happened(draft, patient.map(|_| "PrivacyDisclosure.Source".to_owned())),
            Kind::Decision => return patient.map(|_| format!("{PROFILE}AuthZconsent")),
            Kind::Alert | Kind::Other => return None,
        };
        let whose = if patient.is_some() { "Patient" } else { "" };
        has_happened(draft, Some(format!("{whose}{name}")))
    }

    pub(super) fn event_type(self, draft: &Draft) -> Value {
        let dcm = |code: &str, display: &str| json!({ "system": DCM, "code": code, "display": display });
        match self {
            Kind::Disclosure => dcm("110106", "Export"),
            Kind::Decision => dcm("110113", "Security Alert"),
            Kind::Alert => alert::event_type(draft),
            Kind::Other => dcm("110100", "Application Activity"),
            Kind::Read | Kind::History | Kind::Query | Kind::Create | Kind::Update | Kind::Delete => {
                json!({ "system": EVENT_TYPE, "code": "rest", "display": "RESTful Operation" })
            }
        }
    }

    /// What it was more exactly; an interaction of REST, if it was one. A history is versions of what was read, so it is told as
    /// that as well.
    pub(super) fn subtypes(self, draft: &Draft) -> Vec<Value> {
        let rest = |code: &str| json!({ "system": RESTFUL, "code": code });
        match self {
            Kind::Read => vec![rest("read")],
            Kind::History if draft.query.starts_with("Type") => vec![rest("vread"), rest("history-type")],
            Kind::History if draft.query.starts_with("System") => vec![rest("vread"), rest("history-system")],
            Kind::History => vec![rest("vread"), rest("history-instance")],
            Kind::Query => vec![rest("search-type")],
            Kind::Create => vec![rest("create")],
            Kind::Update => vec![rest("update")],
            Kind::Delete => vec![rest("delete")],
            Kind::Disclosure => vec![json!({ "system": LIFECYCLE, "code": "disclose" })],
            Kind::Decision => vec![json!({ "system": AUTHZ, "code": "AuthZ-Consent" })],
            Kind::Alert => vec![alert::reason(draft)],
            Kind::Other => Vec::new(),
        }
    }

    /// How it ended, as a code and, where it was refused for a reason that may be told, in words.
    pub(super) fn outcome(self, draft: &Draft) -> (&'static str, Option<&'static str>) {
        match self {
            Kind::Decision => ("8", Some("The person has chosen not to share this with who asked for it.")),
            _ if draft.outcome == ALLOWED => ("0", None),
            _ => ("4", None),
        }
    }

    /// What the user was to it: who reads receives, who changes writes.
    pub(super) fn part(self) -> Value {
        match self {
            Kind::Create | Kind::Update | Kind::Delete => {
                json!({ "system": PARTICIPATION, "code": "AUT", "display": "author (originator)" })
            }
            _ => {
                json!({ "system": PARTICIPATION, "code": "IRCP", "display": "information recipient" })
            }
        }
    }

    pub(super) const fn action(self) -> &'static str {
        match self {
            Kind::Read | Kind::History | Kind::Disclosure => "R",
            Kind::Query | Kind::Decision | Kind::Alert | Kind::Other => "E",
            Kind::Create => "C",
            Kind::Update => "U",
            Kind::Delete => "D",
        }
    }

    /// What asker and server are to the flow of data: what is read or disclosed flows to the asker, a write or a query from them.
    pub(super) fn flow(self) -> (Value, Value) {
        let source = json!({ "system": DCM, "code": "110153", "display": "Source Role ID" });
        let destination = json!({ "system": DCM, "code": "110152", "display": "Destination Role ID" });
        match self {
            Kind::Read | Kind::History | Kind::Disclosure => (destination, source),
            Kind::Delete => (
                json!({ "system": DCM, "code": "110150", "display": "Application" }),
                json!({ "system": CUSTODIAN, "code": "custodian", "display": "Custodian" }),
            ),
            Kind::Decision => (
                json!({ "system": DCM, "code": "110150", "display": "Application" }),
                json!({ "system": SECURITY_ROLE, "code": "authserver", "display": "authorization server" }),
            ),
            Kind::Query | Kind::Create | Kind::Update | Kind::Alert | Kind::Other => (source, destination),
        }
    }
}

/// The profile with this name, of what was done and not only tried.
fn has_happened(draft: &Draft, name: Option<String>) -> Option<String> {
    name.filter(|_| draft.outcome == ALLOWED).map(|name| format!("{PROFILE}{name}"))
}
