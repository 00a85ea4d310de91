//! A claim to care for somebody and a declared emergency, in the shape of the alerts of England's Summary Care Record.
//!
//! The alert says who opened whose record and by what kind of reason. What they wrote is not in it, since that may speak of the
//! person's health: whoever may read the log finds it there. Person, organisation and professional are referred to by their
//! entries here, for the log holds no national numbers; the national profile asks for those, so no event claims it.

use fhir::ResourceId;
use record::claim::CLAIMED;
use record::emergency::Reason;
use record::log::Draft;
use serde_json::{Value, json};

const TYPE: &str = "https://fhir.nhs.uk/CodeSystem/SCR-AlertType";
const REASON: &str = "https://fhir.nhs.uk/CodeSystem/SCR-AlertReason";
const MESSAGE: &str = "https://fhir.nhs.uk/StructureDefinition/Extension-SCR-NotificationMessage";

/// Which alert it is: a relationship by their own word, or an access that overrides what is usual.
pub(super) fn event_type(draft: &Draft) -> Value {
    let (code, display) = kind(draft);
    json!({ "system": TYPE, "code": code, "display": display })
}

fn kind(draft: &Draft) -> (&'static str, &'static str) {
    if draft.action == CLAIMED { ("1", "Create LR (Self Claimed)") } else { ("2", "Access Alert") }
}

/// Why, as far as the national list has it. An access alert may not be "Other" there: whoever was allowed by the person
/// declared an emergency all the same.
pub(super) fn reason(draft: &Draft) -> Value {
    let declared = Reason::ALL.into_iter().find(|reason| draft.query.starts_with(reason.phrase()));
    let (code, display) = match declared {
        _ if draft.action == CLAIMED => ("6", "Other"),
        Some(Reason::PublicInterest) => ("1", "Access made in the public interest"),
        Some(Reason::Law) => ("2", "Access required by statute"),
        Some(Reason::VitalInterest | Reason::Consent) | None => ("5", "Access made in an Emergency"),
    };
    json!({ "system": REASON, "code": code, "display": display })
}

/// The notification: which alert, and the number of its entry.
pub(super) fn message(draft: &Draft, id: &str) -> Value {
    let (_, display) = kind(draft);
    json!([{ "url": MESSAGE, "valueString": format!("Alert: {display} {id}") }])
}

/// The person, the organisation and the professional.
pub(super) fn agents(draft: &Draft, patient: Option<&ResourceId>, who: &Value) -> Value {
    let person = patient.map(|patient| json!({ "reference": format!("Patient/{}", patient.as_str()) }));
    let organisation = (!draft.organisation.is_empty())
        .then(|| json!({ "reference": draft.organisation, "display": draft.organisation_name }));
    let named = [person, organisation].into_iter().flatten();
    let mut agents: Vec<Value> = named.map(|who| json!({ "who": who, "requestor": false })).collect();
    let role = json!([{ "text": crate::words::role(&draft.role) }]);
    agents.push(json!({ "role": role, "who": who, "requestor": false }));
    Value::Array(agents)
}

/// What the alert is about: its own entry of the log, and nothing else.
pub(super) fn entities(id: &str) -> Value {
    json!([{ "what": { "identifier": { "value": id } } }])
}
