//! Entries of the log as FHIR AuditEvents, in the shape of IHE's Basic Audit Log Patterns (minimal); [`mod@kind`] has the table.
//!
//! Rendered when asked for and kept nowhere: the log is the truth. One AuditEvent speaks of one person; an access that touched
//! three people gives three. What a search found is never told, only that it was asked; `told` says what of an entry is for whom.

mod alert;
mod condition;
mod kind;

use crate::person::rule_for_log;
use crate::state::{Trust, TrustError};
use crate::told::{Told, told};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fhir::search::Condition;
use fhir::{ResourceId, ResourceType};
use gate::{Permit, Purpose, Role};
use jiff::Timestamp;
use kind::Kind;
use record::error::RecordError;
use record::log::{Draft, Entry, Subject};
use serde_json::{Value, json};

const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ROLE_CLASS: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleClass";
const SNOMED: &str = "http://snomed.info/sct";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

/// Which AuditEvents about a person are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What must hold for each.
    pub conditions: Vec<Condition>,
    /// How many at most.
    pub count: usize,
    /// Only those older than this place, from an earlier page.
    pub before: Option<u64>,
}

/// A page of AuditEvents, newest first.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// The events: their ids and their JSON.
    pub events: Vec<(ResourceId, Vec<u8>)>,
    /// Where the next page begins; none when there is no more.
    pub older: Option<u64>,
    /// How many there are about the person; none when conditions leave out some.
    pub total: Option<u64>,
}

/// The AuditEvents about a person; that they were read is itself logged.
///
/// One call looks at no more than [`crate::person::ENTRIES_MAX`] entries, so a page may hold fewer than wanted and still have
/// a next one.
///
/// # Errors
/// Not found when the permit does not reach this person's log, or there is no such person; 400 for a condition on what an
/// AuditEvent refers to.
pub fn audit_events(
    trust: &Trust,
    permit: &Permit,
    patient: &ResourceId,
    wanted: &Wanted,
) -> Result<Events, TrustError> {
    let log = trust.person_log(permit, patient, wanted.before)?;
    let (whose, older) = (Whose { patient, part: log.part }, log.older);
    let mut found = Events { total: wanted.conditions.is_empty().then_some(log.total), ..Events::default() };
    let mut entries = log.entries.into_iter().peekable();
    while found.events.len() < wanted.count && entries.peek().is_some() {
        // No more than may still be shown: what an entry names is asked of the record.
        let next: Vec<Entry> = entries.by_ref().take(wanted.count - found.events.len()).collect();
        for Told { entry, .. } in told(trust, permit, patient, next)? {
            let body = audit_event(&entry, Some(whose), &trust.site().name).to_string().into_bytes();
            if condition::all_hold(&wanted.conditions, &body)? {
                let id = ResourceId::parse(&id(&entry, Some(whose))).map_err(|_| RecordError::not_found())?;
                found.events.push((id, body));
            }
            found.older = Some(entry.sequence).filter(|_| entries.peek().is_some() || older.is_some());
        }
    }
    Ok(found)
}

/// The AuditEvent with this id; none when it is not of a form that the log gives. That it was read is itself logged.
///
/// # Errors
/// Not found when there is no such entry, or the permit does not reach that person's log.
pub fn audit_event_by_id(trust: &Trust, permit: &Permit, id: &ResourceId) -> Result<Option<Vec<u8>>, TrustError> {
    let numbers = id.as_str().strip_prefix("log-").and_then(|rest| rest.split_once('-'));
    let Some((sequence, part)) = numbers.and_then(|(entry, part)| Some((entry.parse().ok()?, part.parse().ok()?)))
    else {
        return Ok(None);
    };
    let patient = trust.record().person_of(permit, part)?.ok_or_else(RecordError::not_found)?;
    let rule = rule_for_log(permit, &patient).ok_or_else(RecordError::not_found)?;
    let entry = trust.record().log().entry(sequence).map_err(RecordError::from)?;
    let entry = entry.filter(|entry| entry.draft.subjects.iter().any(|subject| subject.part == part));
    let hidden = trust.hidden_from(permit, part)?;
    let entry = entry.filter(|entry| !hidden.contains(&entry.sequence)).ok_or_else(RecordError::not_found)?;
    trust.note_log_read(permit, rule, Some(Subject { part, relation: 0 }), 1)?;
    let told = told(trust, permit, &patient, vec![entry])?.pop().ok_or_else(RecordError::not_found)?;
    let whose = Whose { patient: &patient, part };
    Ok(Some(audit_event(&told.entry, Some(whose), &trust.site().name).to_string().into_bytes()))
}

/// The person whom an AuditEvent is about.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    /// Her Patient resource.
    pub patient: &'a ResourceId,
    /// Her number in the log.
    pub part: u32,
}

/// One entry as an AuditEvent, as far as it concerns this person (or nobody).
#[must_use]
pub fn audit_event(entry: &Entry, whose: Option<Whose<'_>>, server: &str) -> Value {
    let (draft, id) = (&entry.draft, id(entry, whose));
    let kind = Kind::of(draft);
    let mut event = json!({ "resourceType": "AuditEvent", "id": id });
    let patient = whose.map(|whose| whose.patient);
    let Some(members) = event.as_object_mut() else { return event };
    let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    if let Some(profile) = kind.profile(patient, draft) {
        put("meta", json!({ "profile": [profile] }));
    }
    if kind == Kind::Alert {
        put("extension", alert::message(draft, &id));
    }
    put("type", kind.event_type(draft));
    let subtypes = kind.subtypes(draft);
    if !subtypes.is_empty() {
        put("subtype", Value::Array(subtypes));
    }
    put("action", json!(kind.action()));
    put("recorded", json!(instant(draft.at_ms)));
    let (outcome, described) = kind.outcome(draft);
    put("outcome", json!(outcome));
    if let Some(described) = described {
        put("outcomeDesc", json!(described));
    }
    put("purposeOfEvent", json!([{ "coding": [purpose(&draft.purpose)] }]));
    put(
        "agent",
        if kind == Kind::Alert { alert::agents(draft, patient, &who(draft)) } else { agents(draft, kind, server) },
    );
    let observer = json!({ "display": server });
    let source_type = json!([{ "system": "http://terminology.hl7.org/CodeSystem/security-source-type", "code": "4" }]);
    put("source", json!({ "observer": observer, "type": source_type }));
    put("entity", if kind == Kind::Alert { alert::entities(&id) } else { entities(draft, kind, patient) });
    event
}

/// One access gives one AuditEvent a person, so the person's number is part of the id.
fn id(entry: &Entry, whose: Option<Whose<'_>>) -> String {
    match whose {
        Some(whose) => format!("log-{}-{}", entry.sequence, whose.part),
        None => format!("log-{}", entry.sequence),
    }
}

fn agents(draft: &Draft, kind: Kind, server: &str) -> Value {
    let (client, here) = kind.flow();
    let mut user = json!({
        "type": { "coding": [kind.part()] },
        "role": [{ "text": crate::words::role(&draft.role) }],
        "who": who(draft),
        "name": draft.name,
        "requestor": true,
        "purposeOfUse": [{ "coding": [purpose(&draft.purpose)] }],
    });
    if !draft.rule.is_empty()
        && let Some(members) = user.as_object_mut()
    {
        members.insert("policy".to_owned(), json!([format!("urn:commonweal:rule:{}", draft.rule)]));
    }
    let organisation = if draft.organisation_name.is_empty() { &draft.name } else { &draft.organisation_name };
    let way = json!({ "address": format!("urn:commonweal:way:{}", draft.via), "type": "5" });
    let agent = |coding: Value, who: Value| json!({ "type": { "coding": [coding] }, "who": who, "requestor": false });
    let reached = |mut agent: Value| {
        if let Some(members) = agent.as_object_mut() {
            members.insert("network".to_owned(), way.clone());
        }
        agent
    };
    let asks = reached(agent(client, json!({ "display": organisation })));
    let answers = agent(here, json!({ "display": server }));
    if kind == Kind::Decision {
        let provider = json!({ "system": ROLE_CLASS, "code": "PROV", "display": "healthcare provider" });
        let mut whose = json!({ "display": organisation });
        if let Some(members) = whose.as_object_mut().filter(|_| !draft.organisation.is_empty()) {
            members.insert("reference".to_owned(), json!(draft.organisation));
        }
        return json!([asks, answers, user, agent(provider, whose)]);
    }
    let mut agents = vec![asks, reached(answers), user];
    if kind == Kind::Disclosure {
        let custodian = json!({ "system": SNOMED, "code": "159541003" });
        agents.push(agent(custodian, json!({ "display": server })));
        if Role::parse(&draft.role).is_some_and(Role::is_public) {
            let advocate = json!({ "system": SNOMED, "code": "429577009", "display": "Patient Advocate" });
            agents.push(agent(advocate, who(draft)));
        }
    }
    Value::Array(agents)
}

/// A person is referred to; a system has only its name.
fn who(draft: &Draft) -> Value {
    match fhir::Reference::parse(&draft.who) {
        Ok(fhir::Reference::Local { .. }) => json!({ "reference": draft.who, "display": draft.name }),
        _ => json!({ "identifier": { "value": draft.who }, "display": draft.name }),
    }
}

fn entities(draft: &Draft, kind: Kind, patient: Option<&ResourceId>) -> Value {
    let mut entities = Vec::new();
    let data = json!({ "system": ENTITY_TYPE, "code": "2", "display": "System Object" });
    let role = |code: &str, display: &str| json!({ "system": OBJECT_ROLE, "code": code, "display": display });
    match kind {
        // What was kept back is told by no more than that it was: the pattern has room for nothing else.
        Kind::Decision => entities.push(json!({
            "what": { "display": "Choices of the person about sharing" },
            "type": { "system": "http://hl7.org/fhir/resource-types", "code": "Consent" },
        })),
        Kind::Query => {
            let query = STANDARD.encode(asked(draft));
            entities.push(json!({ "type": data, "role": role("24", "Query"), "query": query }));
        }
        _ => entities.push(json!({ "what": what(draft), "type": data, "role": role("4", "Domain Resource") })),
    }
    if let Some(patient) = patient {
        entities.push(json!({
            "what": { "reference": format!("Patient/{}", patient.as_str()) },
            "type": { "system": ENTITY_TYPE, "code": "1", "display": "Person" },
            "role": role("1", "Patient"),
        }));
    }
    if !draft.request.is_empty() && kind != Kind::Decision {
        let system = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";
        let what = json!({ "identifier": { "value": draft.request } });
        entities.push(json!({ "what": what, "type": { "system": system, "code": "XrequestId" } }));
    }
    Value::Array(entities)
}

/// The one resource that was touched; else the kinds of data in words.
fn what(draft: &Draft) -> Value {
    let target = draft.target.as_ref();
    let reference = target.and_then(|one| Some(format!("{}/{}", ResourceType::from_code(one.kind)?.name(), one.id)));
    match reference {
        Some(reference) => json!({ "reference": reference }),
        None => json!({ "display": kinds_named(draft) }),
    }
}

fn asked(draft: &Draft) -> String {
    if draft.query.is_empty() { kinds_named(draft) } else { draft.query.clone() }
}

fn kinds_named(draft: &Draft) -> String {
    let names: Vec<&str> =
        draft.kinds.iter().filter_map(|code| ResourceType::from_code(*code)).map(ResourceType::name).collect();
    if names.is_empty() { draft.action.clone() } else { names.join(", ") }
}

fn purpose(name: &str) -> Value {
    let code = match Purpose::parse(name) {
        Some(Purpose::DirectCare) => "TREAT",
        Some(Purpose::OwnRecord) => "PATRQT",
        Some(Purpose::Administration | Purpose::SignIn) | None => "HOPERAT",
        Some(Purpose::Audit) => "HCOMPL",
        Some(Purpose::Planning) => "POPHLTH",
        Some(Purpose::Research) => "HRESCH",
        Some(Purpose::Safeguarding) => "PATSFTY",
        Some(Purpose::BreakGlass) => "BTG",
    };
    json!({ "system": ACT_REASON, "code": code })
}

fn instant(at_ms: i64) -> String {
    let instant = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{instant:.3}")
}

#[cfg(test)]
mod tests;
