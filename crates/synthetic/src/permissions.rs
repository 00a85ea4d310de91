//! Permissions: who may act for a person, and to what a person objects.
//!
//! A proxy is a Consent in the shape of the national Validated Relationships service (R4-valid: the role of the actor is
//! given); an objection is a Consent that denies a purpose or sharing. The national data opt-out is not here: its rules
//! forbid holding it against the record. It refuses to decide anything: `gate` does. Next: `diary`.

use crate::calendar::Day;
use crate::codes::{ACT_CODE, NHS_NUMBER, ODS, PARTICIPATION};
use crate::life::Life;
use crate::population::{Part, Person};
use crate::shape::{coded, days, link};
use crate::story;
use serde_json::{Value, json};

const ENGLAND: &str = "https://fhir.nhs.uk/England";

/// Writes proxies and objections.
pub(crate) fn write(life: &mut Life<'_>) {
    proxies(life);
    objections(life);
}

fn proxies(life: &mut Life<'_>) {
    let people = life.town.people();
    if life.plays(Part::MrsA) {
        if let Some(daughter) = people.iter().find(|p| p.part == Part::Daughter) {
            proxy(life, daughter, ("consent-of-the-patient", "Consent of the patient"), life.end.plus(-402));
        }
        return;
    }
    let mother = life.person.mother.and_then(|place| people.get(place)).filter(|m| m.died.is_none());
    if let Some(mother) = mother
        && life.age() < 13
        && life.chance.happens(300)
        && story::parent_and_child(people, life.end).is_none_or(|(_, child)| child.id != life.person.id)
    {
        let since = life.end.plus(-life.chance.between(10, 600)).max(life.person.born.plus(10)).min(life.end);
        proxy(life, mother, ("parental-responsibility", "Parental responsibility"), since);
    }
}

/// A Consent that lets somebody act for the person.
fn proxy(life: &mut Life<'_>, who: &Person, basis: (&str, &str), since: Day) {
    let identifier = json!({ "system": NHS_NUMBER, "value": who.nhs_number });
    let mut actor = link(&who.reference(), &who.name());
    if let Some(object) = actor.as_object_mut() {
        object.insert("type".to_owned(), json!("Patient"));
        object.insert("identifier".to_owned(), identifier.clone());
    }
    let mut performer = life.kin.clone().unwrap_or_else(|| actor.clone());
    if let Some(object) = performer.as_object_mut() {
        object.insert("identifier".to_owned(), identifier);
    }
    let body = json!({
        "extension": [
            {
                "url": format!("{ENGLAND}/StructureDefinition/Extension-England-Consent-Status-Reason"),
                "valueCodeableConcept":
                    coded(&format!("{ENGLAND}/CodeSystem/England-ConsentStatusReason"), "ROLE_ACTIVATED", "Role activated"),
            },
            {
                "url": "https://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.grantor",
                "valueReference": { "identifier": { "system": ODS, "value": life.practice().ods }, "display": life.practice().name },
            },
        ],
        "status": "active",
        "scope": scope(),
        "category": [coded(ACT_CODE, "INFA", "information access")],
        "patient": subject(life),
        "dateTime": since.at(14, 30).to_string(),
        "performer": [performer],
        "policyRule": coded(&format!("{ENGLAND}/CodeSystem/England-NHSProxyLegalBasis"), basis.0, basis.1),
        "provision": {
            "type": "permit",
            "period": { "start": since.to_string(), "end": since.plus(1_826).to_string() },
            "actor": [{ "role": coded(PARTICIPATION, "IRCP", "information recipient"), "reference": actor }],
        },
    });
    life.pen.write("Consent", &body);
}

fn scope() -> Value {
    coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent")
}

fn subject(life: &Life<'_>) -> Value {
    json!({
        "reference": life.person.reference(),
        "type": "Patient",
        "identifier": { "system": NHS_NUMBER, "value": life.person.nhs_number },
        "display": life.person.name(),
    })
}

fn objections(life: &mut Life<'_>) {
    if life.age() < 16 {
        return;
    }
    let since = life.end.plus(-life.chance.between(30, 1_500));
    let to_research = life.chance.happens(52);
    let to_sharing = life.chance.happens(7);
    if life.plays(Part::MrsB) || (to_research && life.plays(Part::Nobody)) {
        object_to(life, since, Some(("HRESCH", "healthcare research")));
    }
    if to_sharing && life.plays(Part::Nobody) {
        object_to(life, since, None);
    }
}

/// A Consent that denies a purpose, or sharing beyond the registered practice.
fn object_to(life: &mut Life<'_>, since: Day, purpose: Option<(&str, &str)>) {
    let mut provision = json!({ "type": "deny", "period": days(since, None) });
    let limit = match purpose {
        Some((code, display)) => {
            let system = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
            ("purpose", json!([{ "system": system, "code": code, "display": display }]))
        }
        None => {
            let role = coded(PARTICIPATION, "IRCP", "information recipient");
            let practice =
                json!({ "type": "permit", "actor": [{ "role": role, "reference": life.practice().link() }] });
            ("provision", json!([practice]))
        }
    };
    if let Some(object) = provision.as_object_mut() {
        object.insert(limit.0.to_owned(), limit.1);
    }
    let body = json!({
        "status": "active",
        "scope": scope(),
        "category": [coded(ACT_CODE, "IDSCL", "information disclosure")],
        "patient": subject(life),
        "dateTime": since.at(12, 0).to_string(),
        "performer": [life.subject()],
        "organization": [life.practice().link()],
        "policyRule": coded(ACT_CODE, "OPTOUT", "opt-out"),
        "provision": provision,
    });
    life.pen.write("Consent", &body);
}
