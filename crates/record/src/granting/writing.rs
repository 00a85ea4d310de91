//! The Consent of a grant, in the shape of the national Validated Relationships service.
//!
//! What that shape has no place for stands in extensions of our own: the holder's date of birth, what she is to the person, and what
//! was seen and asked at the practice. No text of any document is kept.

use super::{Basis, Checked, EVIDENCE, EndReason, Holder, LEGAL_BASIS, NewGrant, OTHER, Spoken, Terms};
use crate::grants::{STATUS_REASON, STATUS_REASONS};
use crate::relations::BIRTH_DATE;
use fhir::{NhsNumber, OdsCode, ResourceId};
use gate::Asker;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) const GRANTOR: &str = "https://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.grantor";
/// The extension of a Consent with what was seen and asked at a practice.
pub(super) const CHECK: &str = "urn:commonweal:grant-check";
/// The extension of a Consent's performer that says what she is to the person.
pub(super) const RELATIONSHIP: &str = "urn:commonweal:relationship";
const ROLE_CODES: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
const CONSENT_ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// The practice that records a grant, and the person for whom.
pub(super) struct Practice<'a> {
    /// The person's id.
    pub(super) patient: &'a ResourceId,
    /// Her NHS number.
    pub(super) number: Option<&'a str>,
    /// The practice's code in the national directory.
    pub(super) ods: Option<OdsCode>,
    /// Who records it.
    pub(super) asker: &'a Asker,
}

impl NewGrant {
    /// The Consent of a person who lets somebody act for her.
    #[must_use]
    pub fn by_herself(&self, patient: &ResourceId, display: &str, at: Timestamp) -> Value {
        let herself = json!({ "reference": format!("Patient/{}", patient.as_str()), "display": display });
        let mut consent = self.consent(&herself, ("ROLE_ACTIVATED", "Role activated"), at);
        extend(&mut consent, json!({ "url": GRANTOR, "valueReference": herself }));
        consent
    }

    /// The Consent of a grant that a practice records.
    pub(super) fn by_practice(&self, practice: &Practice<'_>, checked: &Checked, at: Timestamp) -> Value {
        let mut patient = json!({ "reference": format!("Patient/{}", practice.patient.as_str()), "type": "Patient" });
        if let Some(number) = practice.number {
            put(&mut patient, "identifier", nhs_number(number));
        }
        let mut consent = self.consent(&patient, ("ROLE_CREATED", "Role created"), at);
        extend(&mut consent, json!({ "url": GRANTOR, "valueReference": grantor(practice) }));
        extend(&mut consent, check(checked, practice.asker));
        let with = match checked.spoken {
            Spoken::Alone => patient,
            Spoken::CouldNot => self.holder.link("RelatedPerson"),
        };
        let verified = json!([{ "verified": true, "verifiedWith": with, "verificationDate": at.to_string() }]);
        put(&mut consent, "verification", verified);
        let mut performer = self.holder.link("RelatedPerson");
        extend(&mut performer, json!({ "url": RELATIONSHIP, "valueCodeableConcept": relationship(checked) }));
        put(&mut consent, "performer", json!([performer]));
        if let Some(reference) = &checked.reference {
            let power = "Lasting power of attorney, by its reference of the Office of the Public Guardian";
            let source = json!({ "type": "Contract", "identifier": { "value": reference }, "display": power });
            put(&mut consent, "sourceReference", source);
        }
        consent
    }

    fn consent(&self, patient: &Value, (reason, display): (&str, &str), at: Timestamp) -> Value {
        let reason = coded(STATUS_REASONS, reason, display);
        json!({
            "resourceType": "Consent",
            "extension": [{
                "url": STATUS_REASON,
                "valueCodeableConcept": reason,
            }],
            "status": "active",
            "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent"),
            "category": [coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "INFA", "information access")],
            "patient": patient,
            "dateTime": at.to_string(),
            "performer": [self.holder.link("Patient")],
            "policyRule": self.basis.concept(),
            "provision": provision(&self.holder, &self.terms),
        })
    }
}

impl Basis {
    fn concept(self) -> Value {
        self.code().map_or_else(|| json!({ "text": self.phrase() }), |code| coded(LEGAL_BASIS, code, self.phrase()))
    }
}

impl Holder {
    fn link(&self, kind: &str) -> Value {
        json!({ "type": kind, "identifier": nhs_number(self.number.as_str()), "display": self.name })
    }
}

/// Who may see what, for how long, and whether copies may be taken.
fn provision(holder: &Holder, terms: &Terms) -> Value {
    let mut reference = holder.link("Patient");
    extend(&mut reference, json!({ "url": BIRTH_DATE, "valueDate": holder.born.to_string() }));
    let role = coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient");
    let mut actions = vec![coded(CONSENT_ACTION, "access", "Access")];
    if terms.copies {
        actions.push(coded(CONSENT_ACTION, "collect", "Collect"));
    }
    let mut provision = json!({
        "type": "permit",
        "period": { "start": terms.from.to_string(), "end": terms.until.to_string() },
        "actor": [{ "role": role, "reference": reference }],
        "action": actions,
    });
    if let Some(parts) = &terms.parts {
        let names = parts.iter().flat_map(|part| part.type_names());
        let classes = names.map(|name| json!({ "system": RESOURCE_TYPES, "code": name })).collect();
        put(&mut provision, "class", classes);
    }
    if terms.is_discreet {
        let restricted = json!({ "system": CONFIDENTIALITY, "code": "R", "display": "restricted" });
        put(&mut provision, "provision", json!([{ "type": "deny", "securityLabel": [restricted] }]));
    }
    provision
}

fn grantor(practice: &Practice<'_>) -> Value {
    let mut grantor = json!({ "type": "Organization" });
    if let Some(organisation) = &practice.asker.organisation {
        put(&mut grantor, "reference", json!(format!("Organization/{}", organisation.id.as_str())));
        put(&mut grantor, "display", json!(organisation.name));
    }
    if let Some(ods) = &practice.ods {
        put(&mut grantor, "identifier", json!({ "system": OdsCode::SYSTEM, "value": ods.as_str() }));
    }
    grantor
}

fn check(checked: &Checked, asker: &Asker) -> Value {
    let is_national = Basis::Parental.evidence().contains(&checked.evidence);
    let evidence = if is_national {
        coded(EVIDENCE, checked.evidence.word, checked.evidence.phrase)
    } else {
        json!({ "text": checked.evidence.phrase })
    };
    json!({ "url": CHECK, "extension": [
        { "url": "evidence", "valueCodeableConcept": evidence },
        { "url": "seen", "valueDate": checked.seen.to_string() },
        { "url": "by", "valueReference": { "reference": asker.who.as_str(), "display": asker.display } },
        { "url": "spoken-alone", "valueBoolean": checked.spoken == Spoken::Alone },
        { "url": "concern-of-coercion", "valueBoolean": false },
    ] })
}

fn relationship(checked: &Checked) -> Value {
    let named = checked.relationship;
    if named.word == OTHER { json!({ "text": "other" }) } else { coded(ROLE_CODES, named.word, named.phrase) }
}

fn nhs_number(number: &str) -> Value {
    json!({ "system": NhsNumber::SYSTEM, "value": number })
}

fn coded(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }] })
}

fn put(object: &mut Value, member: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}

fn extend(object: &mut Value, extension: Value) {
    match object.get_mut("extension").and_then(Value::as_array_mut) {
        Some(extensions) => extensions.push(extension),
        None => put(object, "extension", json!([extension])),
    }
}

impl EndReason {
    /// The status that a Consent gets, the national code of the reason with its display, and words.
    pub(super) const fn told(self) -> (&'static str, (&'static str, &'static str), &'static str) {
        let other = ("OTHER", "Other");
        match self {
            Self::Person => ("inactive", other, "Ended by the practice: the person asked for it"),
            Self::Holder => ("inactive", other, "Ended by the practice: whom it let act asked for it"),
            Self::GroundEnded => {
                let reached = ("ROLE_DEACTIVATED_END_DATE_REACHED", "End date reached");
                ("inactive", reached, "Ended by the practice: what it rested on has ended")
            }
            // Whoever reads it could be the one from whom harm comes: no more is said.
            Self::Safety => ("inactive", other, "Ended by the practice"),
            Self::Mistake => ("entered-in-error", other, "Recorded by mistake"),
        }
    }
}
