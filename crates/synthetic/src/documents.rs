//! Documents: letters, summaries and plans as a DocumentReference with the text inside.
//!
//! The text is a small HTML page, held in the attachment, so that it opens without another server; the type is the code
//! that the national record locator uses where it has one. It refuses scripts and styles. Next: `hospital`, `care_home`.

use crate::calendar::Moment;
use crate::codes::{Concept, LOINC};
use crate::discretion;
use crate::life::Life;
use crate::places::Organisation;
use crate::shape::{base64, coded, escaped, period, sct};
use serde_json::{Value, json};

/// What kind of document it is.
pub(crate) enum Kind {
    /// A plan with a SNOMED CT type of the record locator.
    Plan(&'static Concept),
    /// A discharge summary.
    Discharge,
    /// A letter from a clinic.
    ClinicLetter,
}

/// A document to be written.
pub(crate) struct Document<'d> {
    /// What kind.
    pub(crate) kind: Kind,
    /// The title.
    pub(crate) title: &'d str,
    /// Headings with their text.
    pub(crate) sections: &'d [(&'d str, String)],
    /// When it was written.
    pub(crate) written: Moment,
    /// Who wrote it.
    pub(crate) author: Value,
    /// Who holds it.
    pub(crate) custodian: &'static Organisation,
    /// The encounter that it is about.
    pub(crate) encounter: Option<&'d str>,
}

/// Writes a document and gives its reference.
pub(crate) fn write(life: &mut Life<'_>, document: &Document<'_>) -> String {
    let html = page(life, document);
    let (kind, category) = match document.kind {
        Kind::Plan(concept) => (sct(concept), ("18776-5", "Plan of care note")),
        Kind::Discharge => (loinc("18842-5", "Discharge summary"), ("18842-5", "Discharge summary")),
        Kind::ClinicLetter => (loinc("51845-6", "Outpatient Consult note"), ("51845-6", "Outpatient Consult note")),
    };
    let mut body = json!({
        "status": "current",
        "docStatus": "final",
        "type": kind,
        "category": [coded(LOINC, category.0, category.1)],
        "subject": life.subject(),
        "date": document.written.to_string(),
        "author": [document.author],
        "custodian": document.custodian.link(),
        "description": document.title,
        "content": [{ "attachment": {
            "contentType": "text/html",
            "language": "en-GB",
            "data": base64(html.as_bytes()),
            "size": html.len(),
            "title": document.title,
            "creation": document.written.to_string(),
        } }],
    });
    if let (Some(encounter), Some(object)) = (document.encounter, body.as_object_mut()) {
        object.insert(
            "context".to_owned(),
            json!({ "encounter": [{ "reference": encounter }], "period": period(document.written, None) }),
        );
    }
    life.pen.write_for(document.custodian.ods);
    if matches!(document.kind, Kind::ClinicLetter) {
        life.pen.mark(discretion::of_letter(life.person));
    }
    let reference = life.pen.write("DocumentReference", &body);
    life.pen.write_for(life.practice().ods);
    reference
}

fn loinc(code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": LOINC, "code": code, "display": display }], "text": display })
}

fn page(life: &Life<'_>, document: &Document<'_>) -> String {
    let mut html = String::with_capacity(900);
    html.push_str("<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>");
    html.push_str(&escaped(document.title));
    html.push_str("</title></head><body><h1>");
    html.push_str(&escaped(document.title));
    html.push_str("</h1><p>");
    html.push_str(&escaped(&format!(
        "{}, born {}. {}.",
        life.person.name(),
        life.person.born,
        document.custodian.name
    )));
    html.push_str("</p>");
    for (heading, text) in document.sections {
        html.push_str("<h2>");
        html.push_str(&escaped(heading));
        html.push_str("</h2><p>");
        html.push_str(&escaped(text));
        html.push_str("</p>");
    }
    html.push_str("</body></html>");
    html
}
