//! The recurring shapes of FHIR resources: codings, references, quantities, periods; and the pen that writes them down.
//!
//! A resource is written once, as the bytes that are imported: type, id and meta first, then the body. The pen numbers
//! resources within their owner, so that ids say whose they are and never change for a seed. It refuses to know medicine.
//! Next: `life`, which holds a pen for each person.

use crate::Resource;
use crate::calendar::{Day, Moment};
use crate::codes::{ACT_CODE, Concept, SNOMED, UCUM};
use crate::discretion::Mark;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the address of a source system begins; the ODS code of the organisation that wrote the entry follows.
const SOURCE: &str = "https://kelderby.example/source/";

/// A codeable concept of SNOMED CT.
pub(crate) fn sct(concept: &Concept) -> Value {
    json!({ "coding": [{ "system": SNOMED, "code": concept.code, "display": concept.term }], "text": concept.text })
}

/// A codeable concept of some other system.
pub(crate) fn coded(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }] })
}

/// A reference with words for a reader.
pub(crate) fn link(to: &str, display: &str) -> Value {
    json!({ "reference": to, "display": display })
}

/// A quantity in UCUM units; `text` keeps the decimals that a laboratory would report.
pub(crate) fn quantity(value: f64, decimals: usize, unit: &str, ucum: &str) -> Value {
    json!({ "value": number(value, decimals), "unit": unit, "system": UCUM, "code": ucum })
}

/// A number rounded to so many decimals, without a decimal point where there are none.
pub(crate) fn number(value: f64, decimals: usize) -> Value {
    if decimals == 0 {
        return json!(crate::calendar::whole(value));
    }
    let scale = if decimals == 1 { 10.0 } else { 100.0 };
    json!((value * scale).round() / scale)
}

/// A class of encounter.
pub(crate) fn class(code: &str, display: &str) -> Value {
    json!({ "system": ACT_CODE, "code": code, "display": display })
}

/// A period from one moment to another, or open.
pub(crate) fn period(start: Moment, end: Option<Moment>) -> Value {
    match end {
        Some(end) => json!({ "start": start.to_string(), "end": end.to_string() }),
        None => json!({ "start": start.to_string() }),
    }
}

/// A period of days, or open.
pub(crate) fn days(start: Day, end: Option<Day>) -> Value {
    match end {
        Some(end) => json!({ "start": start.to_string(), "end": end.to_string() }),
        None => json!({ "start": start.to_string() }),
    }
}

/// Adds a member to a JSON object; on anything else it does nothing.
pub(crate) fn with(mut body: Value, key: &str, value: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
    body
}

/// Text made safe inside HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Bytes in base 64, for the attachments of documents.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |index: u32| ALPHABET.get(usize::try_from(index & 63).unwrap_or(0)).map_or('A', |b| char::from(*b));
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut three = [0_u8; 3];
        for (place, byte) in three.iter_mut().zip(chunk) {
            *place = *byte;
        }
        let word = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        out.push(letter(word >> 18));
        out.push(letter(word >> 12));
        out.push(if chunk.len() > 1 { letter(word >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { letter(word) } else { '=' });
    }
    out
}

/// Writes resources and numbers them within one owner (a person, or the town).
#[derive(Debug)]
pub(crate) struct Pen {
    owner: String,
    source: String,
    counts: BTreeMap<&'static str, u32>,
    marks: Vec<Mark>,
    made: Vec<Resource>,
}

impl Pen {
    /// A pen for an owner; the ODS code is the source of what it writes until another is set.
    pub(crate) fn new(owner: &str, source: &str) -> Self {
        Self {
            owner: owner.to_owned(),
            source: source.to_owned(),
            counts: BTreeMap::new(),
            marks: Vec::new(),
            made: Vec::new(),
        }
    }

    /// Names the organisation that writes from now on.
    pub(crate) fn write_for(&mut self, ods: &str) -> &mut Self {
        ods.clone_into(&mut self.source);
        self
    }

    /// Puts security tags on what is written next, and on nothing after it.
    pub(crate) fn mark(&mut self, marks: Vec<Mark>) -> &mut Self {
        self.marks = marks;
        self
    }

    /// Writes a resource with the next number of its type and gives its reference.
    pub(crate) fn write(&mut self, kind: &'static str, body: &Value) -> String {
        let id = self.next_id(kind);
        self.write_as(kind, &id, body)
    }

    /// The id that the next resource of this type will have.
    fn next_id(&mut self, kind: &'static str) -> String {
        let count = self.counts.entry(kind).or_insert(0);
        *count += 1;
        format!("{}-{}-{count}", self.owner, kind.to_ascii_lowercase())
    }

    /// Writes a resource under a given id and gives its reference.
    pub(crate) fn write_as(&mut self, kind: &'static str, id: &str, body: &Value) -> String {
        let mut bytes = Vec::with_capacity(768);
        bytes.extend_from_slice(b"{\"resourceType\":\"");
        bytes.extend_from_slice(kind.as_bytes());
        bytes.extend_from_slice(b"\",\"id\":\"");
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(b"\",\"meta\":{\"source\":\"");
        bytes.extend_from_slice(SOURCE.as_bytes());
        bytes.extend_from_slice(self.source.as_bytes());
        bytes.push(b'"');
        if let Some(profile) = profile(kind) {
            bytes.extend_from_slice(b",\"profile\":[\"");
            bytes.extend_from_slice(profile.as_bytes());
            bytes.extend_from_slice(b"\"]");
        }
        let marks = std::mem::take(&mut self.marks);
        if !marks.is_empty() {
            let tags: Vec<Value> =
                marks.iter().map(|(system, code)| json!({ "system": system, "code": code })).collect();
            bytes.extend_from_slice(b",\"security\":");
            bytes.extend_from_slice(Value::Array(tags).to_string().as_bytes());
        }
        bytes.extend_from_slice(b"},");
        let rest = body.to_string();
        bytes.extend_from_slice(rest.trim_start_matches('{').as_bytes());
        self.made.push(Resource { kind, id: id.to_owned(), json: bytes });
        format!("{kind}/{id}")
    }

    /// Everything that was written.
    pub(crate) fn finish(self) -> Vec<Resource> {
        self.made
    }
}

/// The UK Core profile of a type, where there is one.
fn profile(kind: &str) -> Option<String> {
    const UK_CORE: &[&str] = &[
        "AllergyIntolerance",
        "Appointment",
        "CarePlan",
        "CareTeam",
        "Communication",
        "Condition",
        "Consent",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "EpisodeOfCare",
        "Flag",
        "HealthcareService",
        "Immunization",
        "Location",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "Procedure",
        "RelatedPerson",
        "Schedule",
        "ServiceRequest",
        "Slot",
        "Task",
    ];
    UK_CORE.contains(&kind).then(|| format!("https://fhir.hl7.org.uk/StructureDefinition/UKCore-{kind}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_pads_as_the_standard_says() {
        let encoded: Vec<String> = ["", "f", "fo", "foo", "foob"].iter().map(|t| super::base64(t.as_bytes())).collect();

        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
