//! Who a Patient resource is about: the words that identify a person in a list of matches and in the banner of a record.
//!
//! What identifies is shown as recorded, with what is missing said: "not recorded" is not the same as empty. The NHS number is
//! shown only when it passes its check. Where next: [`crate::find`], [`crate::summary`].

use fhir::NhsNumber;
use fhir::json::Json;
use jiff::civil::Date;
use kit::components::{PersonBanner, PersonFact};
use kit::{Markup, format, html};

use crate::tree;

/// The alerts that a banner has room for; the record below holds all of them.
const BANNER_ALERTS_MAX: usize = 5;

/// A person as a professional identifies them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The id of the Patient resource.
    pub id: String,
    /// "ASHWORTH, Edith (Mrs)".
    pub name: String,
    /// The date of birth.
    pub born: Option<Date>,
    /// The date of birth in words, at whatever precision it has.
    pub born_words: String,
    /// The sex that is recorded.
    pub sex: String,
    /// The NHS number, ten digits.
    pub nhs_number: Option<String>,
    /// The home address.
    pub address: String,
    /// The practice where the person is registered.
    pub practice: String,
    /// When the person died, in words; empty when only the fact is known.
    pub died: Option<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("id", &self.id).finish_non_exhaustive()
    }
}

const NOT_RECORDED: &str = "not recorded";
/// What stands for an address that is not there because it is not for this reader, or was never written down: the two look alike.
const PROTECTED: &str = "protected: ask the person where to reach her";
/// The confidentiality of a person whose whereabouts are protected.
const RESTRICTED: (&str, &str) = ("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R");

impl Person {
    /// Reads a Patient resource.
    #[must_use]
    pub fn of(patient: &Json<'_>) -> Self {
        let born = tree::text(patient, "birthDate");
        let died = patient
            .get("deceasedDateTime")
            .and_then(Json::text)
            .map(|day| format::written_day(day).unwrap_or_default());
        let missing = if is_restricted(patient) { PROTECTED } else { NOT_RECORDED };
        let is_dead = patient.get("deceasedBoolean").and_then(Json::as_bool).unwrap_or(false);
        Self {
            id: tree::text(patient, "id").unwrap_or_default(),
            name: tree::name(patient).unwrap_or_else(|| "Name not recorded".into()),
            born: born.as_deref().and_then(|born| born.parse().ok()),
            born_words: born.as_deref().and_then(format::written).unwrap_or_else(|| NOT_RECORDED.into()),
            sex: sex(patient),
            nhs_number: nhs_number(patient),
            address: tree::address(patient).unwrap_or_else(|| missing.into()),
            practice: tree::text_at(patient, &["generalPractitioner", "display"]).unwrap_or_else(|| missing.into()),
            died: died.or_else(|| is_dead.then(String::new)),
        }
    }

    /// One for tests.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            id: "mrs-a".into(),
            name: "ASHWORTH, Edith (Mrs)".into(),
            born: Some(Date::constant(1944, 5, 3)),
            born_words: "3 May 1944".into(),
            sex: "Female".into(),
            nhs_number: Some("9990000018".into()),
            address: "Moorview Care Home, 4 Hill Lane, Kelderby KB1 4QT".into(),
            practice: "Riverside Surgery".into(),
            died: None,
        }
    }

    /// "3 May 1944 (82 years)"; the age at death for somebody who died is not told here.
    #[must_use]
    pub fn born_and_age(&self, today: Date) -> String {
        let age = self.born.filter(|_| self.died.is_none()).and_then(|born| format::age(born, today));
        age.map_or_else(|| self.born_words.clone(), |age| format!("{} ({age})", self.born_words))
    }

    /// The NHS number, 3-3-4, or that there is none.
    #[must_use]
    pub fn nhs_number_words(&self) -> Markup {
        self.nhs_number.as_deref().map_or_else(|| html! { (NOT_RECORDED) }, format::nhs_number)
    }

    /// The banner of this person's record.
    #[must_use]
    pub fn banner(&self, today: Date, allergies: &str, alerts: Vec<String>) -> PersonBanner {
        let more = alerts.len().saturating_sub(BANNER_ALERTS_MAX);
        let mut shown: Vec<String> = alerts.into_iter().take(BANNER_ALERTS_MAX).collect();
        if more > 0 {
            shown.push(format!("{more} more below"));
        }
        let state = self
            .died
            .as_ref()
            .map(|day| if day.is_empty() { "This person has died".to_owned() } else { format!("Died {day}") });
        PersonBanner {
            name: self.name.clone(),
            facts: vec![
                PersonFact::new("Born", html! { (self.born_and_age(today)) }),
                PersonFact::new("Sex", html! { (self.sex) }),
                PersonFact::new("NHS number", self.nhs_number_words()),
                PersonFact::new("Allergies", html! { (allergies) }),
            ],
            more: vec![
                PersonFact::new("Address", html! { (self.address) }),
                PersonFact::new("GP practice", html! { (self.practice) }),
            ],
            alerts: shown,
            state,
        }
    }
}

fn sex(patient: &Json<'_>) -> String {
    match patient.get("gender").and_then(Json::text) {
        Some("female") => "Female",
        Some("male") => "Male",
        Some("other") => "Other",
        Some("unknown") => "Not known",
        _ => "Not recorded",
    }
    .into()
}

fn nhs_number(patient: &Json<'_>) -> Option<String> {
    let identifiers = patient.get("identifier").map(Json::items).unwrap_or_default();
    let numbers = identifiers.iter().filter(|identifier| tree::is(identifier, "system", &[NhsNumber::SYSTEM]));
    let current = numbers.filter(|identifier| !tree::is(identifier, "use", &["old"]));
    let parsed = current.filter_map(|identifier| NhsNumber::parse(identifier.get("value")?.text()?).ok());
    parsed.map(|number| number.as_str().to_owned()).next()
}

fn is_restricted(patient: &Json<'_>) -> bool {
    let is = |tag: &Json<'_>, member: &str, value: &str| tag.get(member).and_then(Json::text) == Some(value);
    let tags = patient.at(&["meta", "security"]).map(Json::items).unwrap_or_default();
    tags.iter().any(|tag| is(tag, "system", RESTRICTED.0) && is(tag, "code", RESTRICTED.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_not_shown_says_that_it_is_protected() {
        let patient = format!(
            r#"{{"resourceType":"Patient","meta":{{"security":[{{"system":"{}","code":"{}"}}]}},"name":[{{"family":"Dale"}}]}}"#,
            RESTRICTED.0, RESTRICTED.1
        );

        let person = Person::of(&fhir::json::parse(patient.as_bytes()).unwrap());

        assert_eq!((person.address.as_str(), person.practice.as_str()), (PROTECTED, PROTECTED));
    }
}
