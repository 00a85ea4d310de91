//! A choice about sharing: from what a person chooses to a Consent, and from a Consent to a sentence.
//!
//! The Consent has the shape of IHE's Privacy Consent on FHIR: a provision that denies, with what it is about and for whom, and
//! an exception inside it where somebody is to go on seeing. It reads Consents of any origin; it never enforces one.

use crate::my_record::facts::{concept, display, text};
use fhir::ResourceId;
use fhir::json::Json;
use gate::{TOPIC_SYSTEM, Topic};
use serde_json::{Value, json};

/// The policy that choices made on these pages stand under.
const POLICY: &str = "urn:commonweal:policy:choices-of-the-person";

/// Something that is named by a reference and by words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// `Organization/1`
    pub reference: String,
    /// What people call it.
    pub name: String,
}

/// What is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// All of the record.
    Everything,
    /// Entries about a sensitive topic.
    Topic(Topic),
    /// One entry, and what is tied to it.
    Entry(Named),
}

/// From whom it is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everybody else.
    Everybody,
    /// Everybody but these organisations.
    EverybodyBut(Vec<Named>),
    /// This organisation or professional.
    One(Named),
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is hidden.
    pub what: What,
    /// From whom.
    pub whom: Whom,
}

impl Choice {
    /// The Consent of the person, without an id; `at` is the time as FHIR writes it.
    #[must_use]
    pub fn consent(&self, patient: &ResourceId, at: &str) -> Value {
        let person = json!({ "reference": format!("Patient/{}", patient.as_str()) });
        json!({
            "resourceType": "Consent",
            "status": "active",
            "scope": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy" }] },
            "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
            "patient": person,
            "dateTime": at,
            "performer": [person],
            "policy": [{ "uri": POLICY }],
            "provision": self.provision(),
        })
    }

    fn provision(&self) -> Value {
        let mut provision = json!({ "type": "deny" });
        let Some(members) = provision.as_object_mut() else { return provision };
        match &self.what {
            What::Everything => {}
            What::Topic(topic) => {
                let label = json!({ "system": TOPIC_SYSTEM, "code": topic.name(), "display": topic.phrase() });
                members.insert("securityLabel".into(), json!([label]));
            }
            What::Entry(entry) => {
                let reference = json!({ "reference": entry.reference, "display": entry.name });
                members.insert("data".into(), json!([{ "meaning": "related", "reference": reference }]));
            }
        }
        match &self.whom {
            Whom::Everybody => {}
            Whom::EverybodyBut(those) => {
                let exception = json!({ "type": "permit", "actor": those.iter().map(actor).collect::<Vec<_>>() });
                members.insert("provision".into(), json!([exception]));
            }
            Whom::One(one) => {
                members.insert("actor".into(), json!([actor(one)]));
            }
        }
        provision
    }

    /// Whether a Consent says just this.
    #[must_use]
    pub fn is_in(&self, consent: &Json<'_>) -> bool {
        let said =
            consent.get("provision").map(Json::to_vec).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        said.is_some_and(|said| without_words(said) == without_words(self.provision()))
    }
}

fn actor(named: &Named) -> Value {
    let coding = json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP" });
    json!({ "role": { "coding": [coding] }, "reference": { "reference": named.reference, "display": named.name } })
}

/// The same without the words that are only for people: a name may have changed since.
fn without_words(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, _)| name != "display");
            Value::Object(kept.map(|(name, value)| (name, without_words(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_words).collect()),
        other => other,
    }
}

/// What a Consent that limits sharing says, in a sentence; none for one that does not.
#[must_use]
pub fn told(consent: &Json<'_>) -> Option<String> {
    if !gate::consent::is_a_limit(consent) {
        return None;
    }
    let provision = consent.get("provision")?;
    if text(provision, &["type"]) != Some("deny") {
        return Some("Some of the record is shared only as an agreement says that is kept in it.".to_owned());
    }
    let (what, is) = what_words(provision);
    let purposes = items(provision, "purpose");
    if !purposes.is_empty() {
        return Some(format!("{what} {is} not shared for {}.", listed(purposes.iter().map(purpose_words).collect())));
    }
    let from = names_of(provision);
    let exceptions = items(provision, "provision");
    let exceptions =
        exceptions.iter().filter(|inner| text(inner, &["type"]) == Some("permit")).flat_map(names_of).collect();
    Some(match (from.is_empty(), listed(exceptions)) {
        (false, _) => format!("{what} {is} hidden from {}.", listed(from)),
        (true, but) if but.is_empty() => format!("{what} {is} hidden from everybody else."),
        (true, but) => format!("{what} {is} hidden from everybody but {but}."),
    })
}

fn what_words(provision: &Json<'_>) -> (String, &'static str) {
    let topics: Vec<String> = items(provision, "securityLabel")
        .iter()
        .filter_map(|label| {
            let known = text(label, &["code"]).and_then(Topic::parse).map(Topic::phrase);
            known.or_else(|| text(label, &["display"])).map(str::to_owned)
        })
        .collect();
    let entries: Vec<String> = items(provision, "data")
        .iter()
        .filter_map(|data| display(data, &["reference"]).map(|name| format!("\u{201c}{name}\u{201d}")))
        .collect();
    let is_narrow =
        ["securityLabel", "data", "class", "code", "dataPeriod"].iter().any(|name| provision.get(name).is_some());
    match (topics.is_empty(), entries.is_empty()) {
        (false, _) => (format!("What is about {}", listed(topics)), "is"),
        (_, false) => (format!("The entry {}, with what is tied to it,", listed(entries)), "is"),
        _ if is_narrow => ("A part of the record".to_owned(), "is"),
        _ => ("The whole record".to_owned(), "is"),
    }
}

fn purpose_words(purpose: &Json<'_>) -> String {
    match text(purpose, &["code"]) {
        Some("HRESCH") => "research".to_owned(),
        Some("TREAT") => "care".to_owned(),
        code => text(purpose, &["display"]).or(code).unwrap_or("some purposes").to_owned(),
    }
}

fn names_of(provision: &Json<'_>) -> Vec<String> {
    let name = |actor: &Json<'_>| {
        let named = display(actor, &["reference"]).or_else(|| actor.get("role").and_then(concept));
        named.unwrap_or("somebody who is named in it").to_owned()
    };
    items(provision, "actor").iter().map(name).collect()
}

fn items<'j>(tree: &'j Json<'j>, name: &str) -> &'j [Json<'j>] {
    tree.get(name).map(Json::items).unwrap_or_default()
}

/// "one", "one and two", "one, two and three".
pub(crate) fn listed(mut words: Vec<String>) -> String {
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(reference: &str, name: &str) -> Named {
        Named { reference: reference.into(), name: name.into() }
    }

    fn samples() -> Vec<(Choice, &'static str)> {
        let elm = named("Organization/elm", "Elm Surgery");
        let but_elm = Whom::EverybodyBut(vec![elm.clone()]);
        let entry = What::Entry(named("Condition/1", "High blood pressure, May 2019"));
        vec![
            (
                Choice { what: What::Everything, whom: but_elm.clone() },
                "The whole record is hidden from everybody but Elm Surgery.",
            ),
            (
                Choice { what: What::Topic(Topic::Alcohol), whom: Whom::Everybody },
                "What is about alcohol is hidden from everybody else.",
            ),
            (
                Choice { what: entry, whom: but_elm },
                "The entry \u{201c}High blood pressure, May 2019\u{201d}, with what is tied to it, is hidden from everybody but Elm Surgery.",
            ),
            (Choice { what: What::Everything, whom: Whom::One(elm) }, "The whole record is hidden from Elm Surgery."),
            (
                Choice { what: What::Everything, whom: Whom::One(named("Practitioner/khan", "Dr Samir Khan")) },
                "The whole record is hidden from Dr Samir Khan.",
            ),
        ]
    }

    #[test]
    fn a_choice_is_a_consent_that_says_the_same_in_words() {
        let patient = ResourceId::parse("anne").unwrap();
        for (choice, sentence) in samples() {
            let bytes = choice.consent(&patient, "2026-11-22T10:00:00Z").to_string().into_bytes();
            let tree = fhir::json::parse(&bytes).unwrap();

            assert_eq!(told(&tree).as_deref(), Some(sentence));
            for (other, _) in samples() {
                assert_eq!(other.is_in(&tree), other == choice, "{other:?} in {choice:?}");
            }
        }
    }

    #[test]
    fn an_objection_to_research_is_told_as_that() {
        let consent = br#"{"resourceType":"Consent","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"provision":{"type":"deny","purpose":[{"code":"HRESCH"}]}}"#;

        assert_eq!(
            told(&fhir::json::parse(consent).unwrap()).as_deref(),
            Some("The whole record is not shared for research.")
        );
    }
}
