//! `_summary` and `_elements`: a part of a resource, cut out of the stored bytes.
//!
//! Mandatory elements stay, as do `id` and `meta`, which is tagged SUBSETTED so that nobody takes the part for the whole. Which
//! elements belong to a summary is what the definitions say, also within backbone elements; a data type goes whole.
//! FHIR R4, 3.1.1.5.8 and 3.1.1.5.9.

use super::scan;
use fhir::ResourceType;
use fhir::definitions::{Content, Property, Shape, definitions};
use fhir::search::Summary;

const TAG: &[u8] = br#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

/// Which part of a resource is wished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subset {
    /// All of it.
    Whole,
    /// What the definitions call its summary.
    Summary,
    /// The narrative.
    Text,
    /// All but the narrative.
    Data,
    /// These elements.
    Elements(Vec<String>),
}

impl Subset {
    /// The part that a query wishes: `_elements` before `_summary`.
    pub(super) fn of(summary: Summary, elements: &[String]) -> Self {
        match summary {
            _ if !elements.is_empty() => Self::Elements(elements.to_vec()),
            Summary::True => Self::Summary,
            Summary::Text => Self::Text,
            Summary::Data => Self::Data,
            Summary::False | Summary::Count => Self::Whole,
        }
    }

    /// Appends the wished part of a resource.
    pub(super) fn write(&self, kind: ResourceType, body: &[u8], out: &mut Vec<u8>) {
        match definitions().shape(kind.name()) {
            Some(shape) if *self != Self::Whole => self.write_object(shape, body, out),
            _ => out.extend_from_slice(body),
        }
    }

    fn write_object(&self, shape: &Shape, body: &[u8], out: &mut Vec<u8>) {
        let is_resource = !shape.name.contains('.');
        let start = out.len();
        for (name, value) in scan::members(body) {
            let plain = std::str::from_utf8(name.strip_prefix(b"_").unwrap_or(name)).unwrap_or_default();
            let property = shape.property(plain);
            let is_kept = is_resource && matches!(plain, "resourceType" | "id" | "meta");
            if !is_kept && !property.is_some_and(|property| self.keeps(shape, property, plain)) {
                continue;
            }
            out.push(if out.len() == start { b'{' } else { b',' });
            out.push(b'"');
            out.extend_from_slice(name);
            out.extend_from_slice(b"\":");
            match property {
                _ if is_resource && plain == "meta" => write_tagged(value, out),
                Some(property) if *self == Self::Summary => self.write_inner(property, value, out),
                _ => out.extend_from_slice(value),
            }
        }
        out.extend_from_slice(if out.len() == start { b"{}" } else { b"}" });
    }

    fn keeps(&self, shape: &Shape, property: &Property, name: &str) -> bool {
        let Some(element) = definitions().element_of(property) else { return false };
        let is_mandatory = element.min > 0;
        match self {
            Self::Whole => true,
            Self::Summary => element.is_summary() || (is_mandatory && shape.name.contains('.')),
            Self::Text => is_mandatory || name == "text",
            Self::Data => name != "text",
            Self::Elements(wanted) => {
                is_mandatory || wanted.iter().any(|wish| *wish == name || *wish == element.name())
            }
        }
    }

    /// A backbone element has a summary of its own; any other value goes whole.
    fn write_inner(&self, property: &Property, value: &[u8], out: &mut Vec<u8>) {
        let shape = match property.content {
            Content::Shape(id) => definitions().shape_of(id).filter(|shape| shape.name.contains('.')),
            _ => None,
        };
        let Some(shape) = shape else { return out.extend_from_slice(value) };
        if !scan::is_array(value) {
            return self.write_object(shape, value, out);
        }
        out.push(b'[');
        for (place, item) in scan::items(value).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            if scan::is_object(item) { self.write_object(shape, item, out) } else { out.extend_from_slice(item) }
        }
        out.push(b']');
    }
}

/// `meta` with the tag added.
fn write_tagged(meta: &[u8], out: &mut Vec<u8>) {
    let mut is_tagged = false;
    for (place, (name, value)) in scan::members(meta).enumerate() {
        out.extend_from_slice(if place == 0 { b"{\"" } else { b",\"" });
        out.extend_from_slice(name);
        out.extend_from_slice(b"\":");
        match value.strip_suffix(b"]") {
            Some(tags) if name == b"tag" => {
                is_tagged = true;
                out.extend_from_slice(tags);
                out.push(b',');
                out.extend_from_slice(TAG);
                out.push(b']');
            }
            _ => out.extend_from_slice(value),
        }
    }
    if !is_tagged {
        out.extend_from_slice(if scan::members(meta).next().is_none() { b"{\"tag\":[" } else { b",\"tag\":[" });
        out.extend_from_slice(TAG);
        out.push(b']');
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::Subset;
    use fhir::ResourceType;

    const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"1"},"text":{"div":"x"},"name":[{"family":"A"}],"birthDate":"1980","_birthDate":{"id":"b"},"photo":[{"title":"x"}]}"#;

    fn cut(subset: &Subset, kind: ResourceType, body: &str) -> String {
        let mut out = Vec::new();
        subset.write(kind, body.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn names(text: &str) -> Vec<String> {
        let tree = fhir::json::parse(text.as_bytes()).unwrap();
        tree.members().iter().map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn a_summary_leaves_out_narrative_and_pictures() {
        let summary = cut(&Subset::Summary, ResourceType::PATIENT, PATIENT);

        assert_eq!(names(&summary), ["resourceType", "id", "meta", "name", "birthDate", "_birthDate"]);
        assert!(summary.contains(r#""meta":{"versionId":"1","tag":[{"system":"#));
        assert!(summary.contains("SUBSETTED"));
    }

    #[test]
    fn chosen_elements_come_with_what_is_mandatory() {
        let observation = r#"{"resourceType":"Observation","id":"o","meta":{"tag":[{"code":"t"}]},"status":"final","code":{"text":"c"},"valueString":"v","issued":"x"}"#;

        let cut = cut(&Subset::Elements(vec!["value".to_owned()]), ResourceType::OBSERVATION, observation);

        assert_eq!(names(&cut), ["resourceType", "id", "meta", "status", "code", "valueString"]);
        assert!(cut.contains(r#""tag":[{"code":"t"},{"system""#));
    }

    #[test]
    fn narrative_alone_and_all_but_narrative() {
        assert_eq!(names(&cut(&Subset::Text, ResourceType::PATIENT, PATIENT)), ["resourceType", "id", "meta", "text"]);
        assert!(!names(&cut(&Subset::Data, ResourceType::PATIENT, PATIENT)).contains(&"text".to_owned()));
        assert_eq!(cut(&Subset::Whole, ResourceType::PATIENT, PATIENT), PATIENT);
    }
}
