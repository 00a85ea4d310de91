//! Registration: the Patient as the national and practice systems hold it.
//!
//! Identity, the verified NHS number, home, telephone, ethnic category, language and the registered practice. It refuses
//! to hold anything clinical. Next: `problems`.

use crate::calendar::Day;
use crate::codes::NHS_NUMBER;
use crate::discretion;
use crate::life::Life;
use crate::places;
use crate::population::{Part, Person, Sex};
use crate::shape::{coded, link, with};
use serde_json::{Value, json};

const UK_CORE: &str = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-";

/// Writes the Patient, and the RelatedPerson of a partner or mother.
pub(crate) fn write(life: &mut Life<'_>) {
    let person = life.person;
    let mut body = json!({
        "extension": extensions(person),
        "identifier": [identifier(person)],
        "active": person.died.is_none(),
        "name": [{
            "use": "official",
            "text": format!("{} {}", person.prefix(life.town.today), person.name()),
            "family": person.family,
            "given": [person.given],
            "prefix": [person.prefix(life.town.today)],
        }],
        "telecom": telecom(person, life.town.today),
        "gender": person.sex.code(),
        "birthDate": person.born.to_string(),
        "address": [{ "use": "home", "line": person.home.lines, "city": "Kelderby", "postalCode": person.home.postcode, "country": "GBR" }],
        "communication": [communication(person)],
        "generalPractitioner": [life.practice().link()],
        "managingOrganization": life.practice().link(),
    });
    if let Some(day) = person.died {
        body = with(body, "deceasedDateTime", json!(day.to_string()));
    }
    let contacts: Vec<Value> = contact(life).into_iter().chain(employer(person)).collect();
    if !contacts.is_empty() {
        body = with(body, "contact", json!(contacts));
    }
    life.pen.mark(discretion::of_person(person)).write_as("Patient", &person.id, &body);
    related(life);
}

fn identifier(person: &Person) -> Value {
    json!({
        "extension": [{
            "url": format!("{UK_CORE}NHSNumberVerificationStatus"),
            "valueCodeableConcept": coded(
                "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland", "01", "Number present and verified"),
        }],
        "use": "official",
        "system": NHS_NUMBER,
        "value": person.nhs_number,
    })
}

fn extensions(person: &Person) -> Value {
    let mut all = vec![json!({
        "url": format!("{UK_CORE}EthnicCategory"),
        "valueCodeableConcept":
            coded("https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland", person.ethnic, ethnic_words(person.ethnic)),
    })];
    if !matches!(person.language, "en") {
        all.push(json!({ "url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", "valueBoolean": true }));
    }
    if let Some(pharmacy) = discretion::pharmacy(person).filter(|_| person.died.is_none()) {
        all.push(json!({ "url": format!("{UK_CORE}NominatedPharmacy"), "valueReference": pharmacy.link() }));
    }
    if let Some(day) = person.died {
        all.push(json!({
            "url": format!("{UK_CORE}DeathNotificationStatus"),
            "extension": [
                { "url": "deathNotificationStatus", "valueCodeableConcept": coded(
                    "https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus", "2", "Formal - death notice received from Registrar of Deaths") },
                { "url": "systemEffectiveDate", "valueDateTime": day.plus(6).to_string() },
            ],
        }));
    }
    Value::Array(all)
}

fn telecom(person: &Person, today: Day) -> Value {
    let last = person.number % 1_000;
    let mut ways = vec![json!({ "system": "phone", "value": format!("01632 960{last:03}"), "use": "home" })];
    if (13..88).contains(&person.age_on(today)) && person.care_home.is_none() {
        let mail = format!("{}.{}{}@example.com", person.given, person.family, person.number).to_lowercase();
        ways.push(json!({ "system": "phone", "value": format!("07700 900{last:03}"), "use": "mobile" }));
        ways.push(json!({ "system": "email", "value": mail, "use": "home" }));
    }
    Value::Array(ways)
}

fn communication(person: &Person) -> Value {
    json!({
        "language": coded("urn:ietf:bcp:47", person.language, language_words(person.language)),
        "preferred": true,
    })
}

/// Who to call: the partner, the mother of a child, or the daughter of Mrs A.
fn contact(life: &Life<'_>) -> Option<Value> {
    let (other, role, words) = next_of_kin(life)?;
    Some(json!({
        "relationship": [coded("http://terminology.hl7.org/CodeSystem/v3-RoleCode", role, words)],
        "name": { "text": other.name(), "family": other.family, "given": [other.given] },
        "telecom": telecom(other, life.town.today),
        "gender": other.sex.code(),
    }))
}

/// The employer, where the person wants her colleagues to keep out of her record.
fn employer(person: &Person) -> Option<Value> {
    discretion::works_at_the_hospital(person).then(|| {
        json!({
            "relationship": [coded("http://terminology.hl7.org/CodeSystem/v2-0131", "E", "Employer")],
            "organization": places::HOSPITAL.link(),
        })
    })
}

fn next_of_kin<'t>(life: &Life<'t>) -> Option<(&'t Person, &'static str, &'static str)> {
    let people = life.town.people();
    if life.person.part == Part::MrsA {
        return people.iter().find(|p| p.part == Part::Daughter).map(|p| (p, "DAU", "natural daughter"));
    }
    if let Some(mother) = life.person.mother.and_then(|place| people.get(place)) {
        return Some((mother, "MTH", "mother"));
    }
    let partner = life.person.partner.and_then(|place| people.get(place)).filter(|p| p.died.is_none())?;
    Some(if partner.sex == Sex::Female { (partner, "WIFE", "wife") } else { (partner, "HUSB", "husband") })
}

fn related(life: &mut Life<'_>) {
    let Some((other, role, words)) = next_of_kin(life) else { return };
    let body = json!({
        "identifier": [{ "system": NHS_NUMBER, "value": other.nhs_number }],
        "active": true,
        "patient": life.subject(),
        "relationship": [coded("http://terminology.hl7.org/CodeSystem/v3-RoleCode", role, words)],
        "name": [{ "use": "official", "text": other.name(), "family": other.family, "given": [other.given] }],
        "telecom": telecom(other, life.town.today),
        "gender": other.sex.code(),
    });
    let reference = life.pen.write("RelatedPerson", &body);
    life.kin = Some(link(&reference, &other.name()));
}

fn ethnic_words(code: &str) -> &'static str {
    match code {
        "A" => "White - British",
        "B" => "White - Irish",
        "C" => "White - Any other White background",
        "D" => "Mixed - White and Black Caribbean",
        "E" => "Mixed - White and Black African",
        "F" => "Mixed - White and Asian",
        "H" => "Asian or Asian British - Indian",
        "J" => "Asian or Asian British - Pakistani",
        "K" => "Asian or Asian British - Bangladeshi",
        "M" => "Black or Black British - Caribbean",
        "N" => "Black or Black British - African",
        "R" => "Other Ethnic Groups - Chinese",
        "S" => "Other Ethnic Groups - Any other ethnic group",
        _ => "Not stated",
    }
}

fn language_words(code: &str) -> &'static str {
    match code {
        "pl" => "Polish",
        "ro" => "Romanian",
        "gu" => "Gujarati",
        "pa" => "Punjabi",
        "ur" => "Urdu",
        "bn" => "Bengali",
        "fr" => "French",
        "so" => "Somali",
        "zh" => "Chinese",
        "ar" => "Arabic",
        "bfi" => "British Sign Language",
        _ => "English",
    }
}
