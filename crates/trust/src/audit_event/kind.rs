//! What an entry of the log is to IHE's patterns: which profile it claims, and the codes that go with that.
//!
//! One table for every word that the log has for what was done. A word that no pattern is for is told as an activity of the
//! application and claims none.

use super::DCM;
use fhir::ResourceId;
use record::log::Draft;
use serde_json::{Value, json};

const PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const RESTFUL: &str = "http://hl7.org/fhir/restful-interaction";
const CUSTODIAN: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";

/// What an entry is to the patterns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    History,
    Query,
    Create,
    Update,
    Delete,
    Other,
}

impl Kind {
    pub(super) fn of(action: &str) -> Kind {
        match action {
            "Read" => Kind::Read,
            "History" => Kind::History,
            "Search" | "Export" => Kind::Query,
            "Create" | "Import" => Kind::Create,
            "Update" => Kind::Update,
            "Delete" => Kind::Delete,
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
            Kind::Other => return None,
        };
        let whose = if patient.is_some() { "Patient" } else { "" };
        (draft.outcome == "allowed").then(|| format!("{PROFILE}{whose}{name}"))
    }

    /// What it was as an interaction of REST. A history is versions of what was read, so it is that as well.
    pub(super) fn interactions(self, draft: &Draft) -> Value {
        let code = |code: &str| json!({ "system": RESTFUL, "code": code });
        match self {
            Kind::Query => json!([code("search-type")]),
            Kind::Create => json!([code("create")]),
            Kind::Update => json!([code("update")]),
            Kind::Delete => json!([code("delete")]),
            Kind::History if draft.query.starts_with("Type") => json!([code("vread"), code("history-type")]),
            Kind::History if draft.query.starts_with("System") => json!([code("vread"), code("history-system")]),
            Kind::History => json!([code("vread"), code("history-instance")]),
            Kind::Read | Kind::Other => json!([code("read")]),
        }
    }

    /// What the user was to it: who reads receives, who changes writes.
    pub(super) fn part(self) -> Value {
        match self {
            Kind::Create | Kind::Update | Kind::Delete => {
                json!({ "system": PARTICIPATION, "code": "AUT", "display": "author (originator)" })
            }
            Kind::Read | Kind::History | Kind::Query | Kind::Other => {
                json!({ "system": PARTICIPATION, "code": "IRCP", "display": "information recipient" })
            }
        }
    }

    pub(super) const fn action(self) -> &'static str {
        match self {
            Kind::Read | Kind::History => "R",
            Kind::Query | Kind::Other => "E",
            Kind::Create => "C",
            Kind::Update => "U",
            Kind::Delete => "D",
        }
    }

    /// What asker and server are to the flow of data: a read flows to the asker, a write or a query from them.
    pub(super) fn flow(self) -> (Value, Value) {
        let source = json!({ "system": DCM, "code": "110153", "display": "Source Role ID" });
        let destination = json!({ "system": DCM, "code": "110152", "display": "Destination Role ID" });
        match self {
            Kind::Read | Kind::History => (destination, source),
            Kind::Delete => (
                json!({ "system": DCM, "code": "110150", "display": "Application" }),
                json!({ "system": CUSTODIAN, "code": "custodian", "display": "Custodian" }),
            ),
            Kind::Query | Kind::Create | Kind::Update | Kind::Other => (source, destination),
        }
    }
}
