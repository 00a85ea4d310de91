//! The kinds of work that are measured, made from what the server itself holds.
//!
//! Requests are spread over many people, so that no cache of one page makes a figure pretty.
//! Their number is bounded; the driver goes round.

use serde_json::{Value, json};

use super::load::Driver;
use crate::http::{Request, escape};

/// How many people the requests are spread over.
const PEOPLE_MAX: usize = 300;

/// How many people's observations are looked through for codes and ids.
const LOOKED_THROUGH_MAX: usize = 60;

/// Where NHS numbers are.
const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// Body height: a code that many people have.
const COMMON_CODE: &str = "http://loinc.org|8302-2";

/// One kind of work.
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) clients: usize,
    pub(super) requests: Vec<Request>,
}

/// What the server holds, as far as requests are made from it.
pub(super) struct Material {
    people: Vec<String>,
    nhs_numbers: Vec<String>,
    /// Observations by id.
    observations: Vec<String>,
    /// Pairs of person and code.
    codes: Vec<(String, String)>,
}

impl Material {
    /// Asks the server for people and some of their observations.
    pub(super) fn collect(driver: &Driver<'_>) -> anyhow::Result<Self> {
        let mut material = Self { people: vec![], nhs_numbers: vec![], observations: vec![], codes: vec![] };
        let mut next = Some("/fhir/Patient?_count=100&_total=none".to_owned());
        while let Some(path) = next.filter(|_| material.people.len() < PEOPLE_MAX) {
            let page = driver.json(&path)?;
            for person in entries(&page) {
                material.add_person(person);
            }
            next = next_page(&page);
        }
        for person in material.people.clone().iter().take(LOOKED_THROUGH_MAX) {
            let page = driver.json(&format!("/fhir/Observation?patient={person}&_count=50&_total=none"))?;
            for observation in entries(&page) {
                material.add_observation(person, observation);
            }
        }
        Ok(material)
    }

    fn add_person(&mut self, person: &Value) {
        self.people.extend(text(person, "/id"));
        let identifiers = person.get("identifier").and_then(Value::as_array).into_iter().flatten();
        let numbers = identifiers.filter(|identifier| text(identifier, "/system").as_deref() == Some(NHS_NUMBER));
        self.nhs_numbers.extend(numbers.filter_map(|identifier| text(identifier, "/value")));
    }

    fn add_observation(&mut self, person: &str, observation: &Value) {
        self.observations.extend(text(observation, "/id"));
        if let (Some(system), Some(code)) =
            (text(observation, "/code/coding/0/system"), text(observation, "/code/coding/0/code"))
        {
            let pair = (person.to_owned(), format!("{system}|{code}"));
            if !self.codes.contains(&pair) {
                self.codes.push(pair);
            }
        }
    }
}

/// All current resources, by a count of each type that the CapabilityStatement names.
pub(super) fn count(driver: &Driver<'_>) -> anyhow::Result<u64> {
    let statement = driver.json("/fhir/metadata")?;
    let types = statement.pointer("/rest/0/resource").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut sum = 0;
    for kind in types.iter().filter_map(|resource| text(resource, "/type")) {
        let answer = driver.json(&format!("/fhir/{kind}?_summary=count"))?;
        sum += answer.get("total").and_then(Value::as_u64).unwrap_or(0);
    }
    Ok(sum)
}

/// The kinds of work, reads first, so that writes do not disturb them.
pub(super) fn kinds(material: &Material) -> Vec<Kind> {
    let people = || material.people.iter();
    let reads = material.observations.iter().map(|id| format!("/fhir/Observation/{id}"));
    let newest = material.codes.iter().map(|(person, code)| {
        format!("/fhir/Observation?patient={person}&code={}&_sort=-date&_count=20", escape(code))
    });
    let since = people()
        .map(|person| format!("/fhir/Observation?patient={person}&category=vital-signs&date=ge2010-01-01&_count=20"));
    let numbers = material.nhs_numbers.iter();
    let identified =
        numbers.map(|number| format!("/fhir/Patient?identifier={}", escape(&format!("{NHS_NUMBER}|{number}"))));
    let counted = [format!("/fhir/Observation?code={}&_summary=count", escape(COMMON_CODE))];
    let everything = people().map(|person| format!("/fhir/Patient/{person}/$everything?_count=100"));
    vec![
        kind("read by id", 2, reads),
        kind("patient, code, newest first", 2, newest),
        kind("patient, category, since a date", 2, since),
        kind("patient by NHS number", 2, identified),
        kind("count of a code, everybody", 2, counted.into_iter()),
        kind("$everything, page of 100", 2, everything),
        Kind { name: "create, one client".to_owned(), clients: 1, requests: creations(material) },
        Kind { name: "create, 64 clients".to_owned(), clients: 64, requests: creations(material) },
    ]
}

fn kind(name: &str, clients: usize, paths: impl Iterator<Item = String>) -> Kind {
    Kind { name: name.to_owned(), clients, requests: paths.map(Request::get).collect() }
}

/// A blood pressure for each person.
fn creations(material: &Material) -> Vec<Request> {
    let body = |person: &String| {
        let part = |code: &str, value: u32| {
            json!({
                "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
                "valueQuantity": { "value": value, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" }
            })
        };
        let category = "http://terminology.hl7.org/CodeSystem/observation-category";
        json!({
            "resourceType": "Observation",
            "status": "final",
            "category": [{ "coding": [{ "system": category, "code": "vital-signs" }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": "85354-9" }], "text": "Blood pressure" },
            "subject": { "reference": format!("Patient/{person}") },
            "effectiveDateTime": "2026-03-02T09:30:00Z",
            "component": [part("8480-6", 128), part("8462-4", 76)]
        })
    };
    let request = |person| Request {
        method: "POST",
        path: "/fhir/Observation".to_owned(),
        body: Some(body(person).to_string().into_bytes()),
        headers: "Prefer: return=minimal\r\n".to_owned(),
    };
    material.people.iter().map(request).collect()
}

/// The path of the page after this one.
pub(super) fn next_page(page: &Value) -> Option<String> {
    let links = page.get("link")?.as_array()?;
    let next = links.iter().find(|link| link.get("relation").and_then(Value::as_str) == Some("next"))?;
    let url = text(next, "/url")?;
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).map(str::to_owned)
}

pub(super) fn entries(page: &Value) -> impl Iterator<Item = &Value> {
    let entries = page.get("entry").and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| entry.get("resource"))
}

pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn material() -> Material {
        let mut material = Material { people: vec![], nhs_numbers: vec![], observations: vec![], codes: vec![] };
        material.add_person(&json!({ "id": "a", "identifier": [{ "system": NHS_NUMBER, "value": "9990000018" }] }));
        let code = json!({ "coding": [{ "system": "http://loinc.org", "code": "8302-2" }] });
        material.add_observation("a", &json!({ "id": "o1", "code": code }));
        material.add_observation("a", &json!({ "id": "o2", "code": code }));
        material
    }

    #[test]
    fn the_next_page_is_asked_of_the_same_server() {
        let page = json!({ "link": [{ "relation": "next", "url": "http://127.0.0.1:1/fhir/Patient?x=1" }] });

        assert_eq!(next_page(&page).as_deref(), Some("/fhir/Patient?x=1"));
        assert_eq!(next_page(&json!({})), None);
    }

    #[test]
    fn every_kind_of_work_has_requests_to_send() {
        for kind in kinds(&material()) {
            assert!(!kind.requests.is_empty(), "{}", kind.name);
        }
    }

    #[test]
    fn a_persons_code_is_asked_for_once() {
        assert_eq!(material().codes, [("a".to_owned(), "http://loinc.org|8302-2".to_owned())]);
        assert_eq!(material().observations, ["o1", "o2"]);
    }
}
