//! The made-up town as the year in the log needs it: who lives and works there, and what is written when.
//!
//! Resources of the last twelve months are laid on a calendar and come into the record at their time; everything older is there
//! from the first day. What the town does not have is added here: staff who live in it, people in the public eye.

use fhir::date::FhirDateTime;
use gate::Role;
use serde_json::{Value, json};
use std::collections::HashMap;
use testkit::year::Chance;

pub const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Sunday 22 November 2026, midnight UTC: the end of the year.
pub const END_MS: i64 = testkit::NOW_MS - 10 * 60 * 60 * 1_000;
/// Saturday 22 November 2025, midnight UTC.
pub const BEGIN_MS: i64 = END_MS - DAYS * DAY_MS;
pub const DAYS: i64 = 365;
/// How many people the town has.
const PEOPLE: usize = 1_000;
/// How many people are in the public eye.
const FLAGGED: usize = 8;
/// Reports stand for their measurements; the others make no relationship, and nothing of the year rests on them.
const LEFT_OUT: [&str; 10] = [
    "Observation",
    "Slot",
    "Schedule",
    "Immunization",
    "AllergyIntolerance",
    "MedicationStatement",
    "Flag",
    "Procedure",
    "RelatedPerson",
    "CarePlan",
];
/// What is older than this when the year begins makes no relationship that lasts.
const BEFORE_MS: i64 = 120 * DAY_MS;

/// Somebody who lives in the town.
#[derive(Debug)]
pub struct Person {
    pub id: String,
    pub family: String,
    pub home: String,
    pub practice: String,
    pub pharmacy: Option<String>,
    pub born: String,
    pub died_ms: Option<i64>,
    pub is_flagged: bool,
}

impl Person {
    pub fn is_alive(&self, at_ms: i64) -> bool {
        self.died_ms.is_none_or(|died| at_ms < died)
    }
}

/// Somebody who works in the town.
#[derive(Debug)]
pub struct Staff {
    pub id: String,
    pub name: String,
    pub family: String,
    pub title: String,
    pub organisation: String,
    pub role: Role,
    /// Which of the people she is, where she lives in the town.
    pub own: Option<usize>,
}

/// A resource that belongs to the year.
#[derive(Debug)]
pub struct Thing {
    pub kind: &'static str,
    pub person: usize,
    /// The organisation whose system it comes from.
    pub source: String,
    pub from_ms: i64,
    pub until_ms: Option<i64>,
    pub json: Value,
}

impl Thing {
    pub fn class(&self) -> &str {
        self.json["class"]["code"].as_str().unwrap_or_default()
    }

    /// The professional who is named first.
    pub fn professional(&self) -> Option<String> {
        let text = self.json.to_string();
        let (_, rest) = text.split_once("\"Practitioner/")?;
        rest.split('"').next().map(str::to_owned)
    }

    /// The same with other members, such as while it was not finished.
    pub fn with(&self, members: &[(&str, Value)]) -> Value {
        let mut json = self.json.clone();
        for (name, value) in members {
            json[*name] = value.clone();
        }
        json
    }
}

/// The town.
pub struct Locality {
    pub people: Vec<Person>,
    pub staff: Vec<Staff>,
    /// What is there from the first day.
    pub before: Vec<Value>,
    /// What the year brings, by its beginning.
    pub things: Vec<Thing>,
}

/// The town of a seed.
pub fn locality(seed: u64, chance: &mut Chance) -> Locality {
    let now = jiff::Timestamp::from_millisecond(END_MS + DAY_MS / 2).unwrap();
    let options = synthetic::Options { people: PEOPLE, seed, now };
    let made: Vec<Value> = synthetic::locality(&options)
        .resources()
        .filter(|resource| !LEFT_OUT.contains(&resource.kind))
        .map(|resource| serde_json::from_slice(&resource.json).unwrap())
        .collect();
    let mut town = Locality { people: Vec::new(), staff: Vec::new(), before: Vec::new(), things: Vec::new() };
    let codes: HashMap<String, String> = made.iter().filter(|one| is(one, "Organization")).map(code).collect();
    for patient in made.iter().filter(|one| is(one, "Patient")) {
        town.people.push(person(patient));
    }
    for role in made.iter().filter(|one| is(one, "PractitionerRole")) {
        let id = text(role, &["practitioner", "reference"]).replace("Practitioner/", "");
        let practitioner = made.iter().find(|one| is(one, "Practitioner") && one["id"] == id.as_str()).unwrap();
        town.staff.extend(staff(id, role, practitioner));
    }
    flag(&mut town.people, chance);
    settle(&mut town, chance);
    let numbers: HashMap<String, usize> =
        town.people.iter().enumerate().map(|(place, one)| (format!("Patient/{}", one.id), place)).collect();
    for resource in made {
        town.take(resource, &numbers, &codes);
    }
    town.things.sort_by_key(|thing| thing.from_ms);
    town
}

impl Locality {
    /// Lays a resource on the calendar, or among those that are there from the first day.
    fn take(&mut self, resource: Value, numbers: &HashMap<String, usize>, codes: &HashMap<String, String>) {
        let kind = resource["resourceType"].as_str().unwrap_or_default().to_owned();
        if kind == "Patient" {
            let person = &self.people[numbers[&format!("Patient/{}", text(&resource, &["id"]))]];
            self.before.push(on_the_first_day(resource, person));
            return;
        }
        let Some((kind, from, until)) = CALENDAR.iter().find(|(name, ..)| *name == kind) else {
            self.before.push(resource);
            return;
        };
        let from_ms = time(&text(&resource, from)).unwrap_or(BEGIN_MS - 1);
        let lasts = matches!(*kind, "CareTeam" | "EpisodeOfCare");
        if !(BEGIN_MS..END_MS).contains(&from_ms) {
            if lasts || (BEGIN_MS - BEFORE_MS..BEGIN_MS).contains(&from_ms) {
                self.before.push(resource);
            }
            return;
        }
        let until_ms = time(&text(&resource, until));
        let whole = resource.to_string();
        let person = whole.split('"').find_map(|word| numbers.get(word)).copied();
        let source = text(&resource, &["meta", "source"]);
        let source = source.rsplit('/').next().and_then(|code| codes.get(code)).cloned().unwrap_or_default();
        let Some(person) = person else { return };
        self.things.push(Thing { kind, person, source, from_ms, until_ms, json: resource });
    }

    /// Those who do a job in an organisation.
    pub fn team(&self, organisation: &str, titles: &[&str]) -> Vec<usize> {
        let does = |one: &Staff| one.organisation == organisation && titles.contains(&one.title.as_str());
        (0..self.staff.len()).filter(|place| does(&self.staff[*place])).collect()
    }

    /// The member of staff with this id.
    pub fn staff_with(&self, id: &str) -> Option<usize> {
        self.staff.iter().position(|one| one.id == id)
    }
}

/// What is written when: type, where its beginning stands, where its end.
const CALENDAR: [(&str, &[&str], &[&str]); 11] = [
    ("Encounter", &["period", "start"], &["period", "end"]),
    ("Appointment", &["created"], &["start"]),
    ("ServiceRequest", &["authoredOn"], &[]),
    ("MedicationRequest", &["authoredOn"], &[]),
    ("DiagnosticReport", &["issued"], &[]),
    ("DocumentReference", &["date"], &[]),
    ("Condition", &["recordedDate"], &[]),
    ("Communication", &["sent"], &[]),
    ("Task", &["authoredOn"], &[]),
    ("CareTeam", &["period", "start"], &[]),
    ("EpisodeOfCare", &["period", "start"], &[]),
];

fn is(resource: &Value, kind: &str) -> bool {
    resource["resourceType"] == kind
}

fn text(resource: &Value, path: &[&str]) -> String {
    path.iter().fold(resource, |json, name| &json[*name]).as_str().unwrap_or_default().to_owned()
}

/// A time; ten in the morning where only the day is known.
pub fn time(text: &str) -> Option<i64> {
    let from_ms = FhirDateTime::parse(text).ok()?.span().from_ms;
    Some(if text.len() == "2026-11-22".len() { from_ms + 10 * 60 * 60 * 1_000 } else { from_ms })
}

fn code(organisation: &Value) -> (String, String) {
    (text(&organisation["identifier"][0], &["value"]), text(organisation, &["id"]))
}

fn person(patient: &Value) -> Person {
    let whole = patient.to_string();
    let pharmacy = whole.split('"').find(|word| word.starts_with("Organization/") && word.ends_with("-pharmacy"));
    let address = &patient["address"][0];
    Person {
        id: text(patient, &["id"]),
        family: text(&patient["name"][0], &["family"]).to_lowercase(),
        home: format!("{} {}", address["line"][0], address["postalCode"]),
        practice: text(&patient["generalPractitioner"][0], &["reference"]).replace("Organization/", ""),
        pharmacy: pharmacy.map(|reference| reference.replace("Organization/", "")),
        born: text(patient, &["birthDate"]),
        died_ms: time(&text(patient, &["deceasedDateTime"])),
        is_flagged: false,
    }
}

fn staff(id: String, role: &Value, practitioner: &Value) -> Option<Staff> {
    let title = text(&role["code"][0], &["text"]);
    let known = match title.as_str() {
        "GP" | "Practice nurse" => Role::Gp,
        "Receptionist" => Role::Receptionist,
        "Emergency medicine doctor" | "Emergency nurse" => Role::EmergencyClinician,
        "Hospital consultant" | "Ward nurse" => Role::WardClinician,
        "Care home nurse" => Role::CareHomeStaff,
        "Community nurse" => Role::CommunityClinician,
        "Community pharmacist" => Role::Pharmacist,
        "Paramedic" => Role::Paramedic,
        "Social worker" => Role::SocialWorker,
        "Clinical coder" => Role::ClinicalCoder,
        _ => return None,
    };
    Some(Staff {
        id,
        name: text(&practitioner["name"][0], &["text"]),
        family: text(&practitioner["name"][0], &["family"]).to_lowercase(),
        title,
        organisation: text(role, &["organization", "reference"]).replace("Organization/", ""),
        role: known,
        own: None,
    })
}

/// Puts some people into the public eye.
fn flag(people: &mut [Person], chance: &mut Chance) {
    let mut flagged = 0;
    while flagged < FLAGGED {
        let place = chance.below(people.len());
        if people[place].died_ms.is_none() && !people[place].is_flagged {
            people[place].is_flagged = true;
            flagged += 1;
        }
    }
}

/// Seven in ten of the staff live in the town, under their own name where somebody of working age has it: a Person says so.
fn settle(town: &mut Locality, chance: &mut Chance) {
    let works =
        |one: &Person| ("1962".."2003").contains(&one.born.as_str()) && one.died_ms.is_none() && !one.is_flagged;
    let mut taken = Vec::new();
    for place in 0..town.staff.len() {
        if !chance.percent(70) {
            continue;
        }
        let fits: Vec<usize> =
            (0..town.people.len()).filter(|one| works(&town.people[*one]) && !taken.contains(one)).collect();
        let named: Vec<usize> =
            fits.iter().copied().filter(|one| town.people[*one].family == town.staff[place].family).collect();
        let Some(own) = chance.of(if named.is_empty() { &fits } else { &named }).copied() else { continue };
        taken.push(own);
        town.staff[place].own = Some(own);
        let links = [format!("Patient/{}", town.people[own].id), format!("Practitioner/{}", town.staff[place].id)];
        let links = links.map(|reference| json!({ "target": { "reference": reference } }));
        town.before.push(json!({ "resourceType": "Person", "id": format!("person-{place}"), "link": links }));
    }
}

/// A Patient before anything of the year has happened: alive, if she dies in it.
fn on_the_first_day(mut patient: Value, person: &Person) -> Value {
    if person.is_flagged {
        let tag = json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "CEL" });
        let tags = patient["meta"].as_object_mut().unwrap().entry("security").or_insert_with(|| json!([]));
        tags.as_array_mut().unwrap().push(tag);
    }
    if person.died_ms.is_some_and(|died| died >= BEGIN_MS) {
        patient.as_object_mut().unwrap().remove("deceasedDateTime");
    }
    patient
}
