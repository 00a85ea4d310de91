//! Whether a person may be asked to take part in research: her answer, as a Consent of hers.
//!
//! Without an answer nobody asks. The practice where she is registered reads the answer ([`crate::granting::AtPractice`]) and may ask
//! her; nobody else is told of it, and no researcher sees who she is, whatever it says. It neither opens nor closes anything of her
//! record: use of her data for research is another choice, and this Consent is no directive ([`gate::consent::is_directive`]).

use fhir::ResourceId;
use fhir::json::Json;
use serde_json::{Value, json};

/// The code system of choices that FHIR and HL7 have no code for.
const CHOICES: &str = "urn:commonweal:choice";
/// Being asked to take part in research.
const ASKED: &str = "asked-about-research";
/// The policy that answers are given under.
const POLICY: &str = "urn:commonweal:policy:choices-of-the-person";

/// An answer of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResearchContact {
    /// Whether she may be asked.
    pub may_be_asked: bool,
    /// Whether it holds, or was ended.
    pub is_active: bool,
    /// When she said so, as it is written.
    pub since: String,
}

impl ResearchContact {
    /// Reads a Consent; none when it is about something else.
    #[must_use]
    pub fn of(consent: &Json<'_>) -> Option<Self> {
        let text = |path: &[&str]| consent.at(path).and_then(Json::text);
        let categories = consent.get("category").map(Json::items).unwrap_or_default();
        let codings = categories.iter().flat_map(|one| one.get("coding").map(Json::items).unwrap_or_default());
        let is_it = |coding: &Json<'_>| {
            let says = |member: &str| coding.get(member).and_then(Json::text);
            says("system") == Some(CHOICES) && says("code") == Some(ASKED)
        };
        codings.into_iter().any(is_it).then(|| Self {
            may_be_asked: text(&["provision", "type"]) == Some("permit"),
            is_active: text(&["status"]) == Some("active"),
            since: text(&["dateTime"]).unwrap_or_default().to_owned(),
        })
    }

    /// What holds of several answers: the objection wins.
    #[must_use]
    pub fn in_force(answers: impl IntoIterator<Item = Self>) -> Option<Self> {
        answers.into_iter().filter(|answer| answer.is_active).min_by_key(|answer| answer.may_be_asked)
    }
}

/// The Consent of a person who may be asked, or not; `at` is the time as FHIR writes it.
#[must_use]
pub fn consent(may_be_asked: bool, patient: &ResourceId, at: &str) -> Value {
    let person = json!({ "reference": format!("Patient/{}", patient.as_str()) });
    let asked = json!({ "system": CHOICES, "code": ASKED, "display": "Being asked to take part in research" });
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research" }] },
        "category": [{ "coding": [asked] }],
        "patient": person,
        "dateTime": at,
        "performer": [person],
        "policy": [{ "uri": POLICY }],
        "provision": { "type": if may_be_asked { "permit" } else { "deny" } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &Value) -> Option<ResearchContact> {
        let bytes = answer.to_string().into_bytes();
        let tree = fhir::json::parse(&bytes).unwrap();
        let errors: Vec<_> = fhir::validate(&tree).into_iter().filter(fhir::issue::Issue::is_error).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert!(!gate::consent::is_directive(&tree) && !gate::consent::is_a_limit(&tree), "it closes nothing");
        assert!(!gate::consent::is_grant(&tree), "it opens nothing");
        ResearchContact::of(&tree)
    }

    #[test]
    fn an_answer_is_a_consent_that_says_the_same_and_neither_opens_nor_closes_anything() {
        let patient = ResourceId::parse("anne").unwrap();
        for may_be_asked in [true, false] {
            let answer = read(&consent(may_be_asked, &patient, "2026-11-23T10:00:00Z")).unwrap();
            assert_eq!((answer.may_be_asked, answer.is_active), (may_be_asked, true));
            assert_eq!(answer.since, "2026-11-23T10:00:00Z");
        }
    }

    #[test]
    fn of_two_answers_in_force_the_objection_holds_and_one_that_ended_says_nothing() {
        let answer = |may_be_asked, is_active| ResearchContact { may_be_asked, is_active, since: String::new() };

        assert_eq!(ResearchContact::in_force([answer(true, true), answer(false, true)]), Some(answer(false, true)));
        assert_eq!(ResearchContact::in_force([answer(true, true), answer(false, false)]), Some(answer(true, true)));
        assert_eq!(ResearchContact::in_force([answer(true, false)]), None);
    }
}
