//! The locality as a whole: the same for the same seed, valid FHIR, every reference resolves, codes from the right lists,
//! and plausible for England. The bounds below are wide enough for chance and narrow enough to catch a mistake.

#![expect(clippy::unwrap_used, reason = "a test stops where its town cannot be made")]

use fhir::json::{Json, parse};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use synthetic::{Locality, Options, Resource, locality};

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");

fn town(people: usize) -> Locality {
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    locality(&Options { people, ..Options::at(now) })
}

fn references<'j>(json: &'j Json<'j>, found: &mut Vec<&'j str>) {
    match json {
        Json::Object(members) => {
            for (key, value) in members {
                match (key.as_ref(), value.text()) {
                    ("reference", Some(text)) => found.push(text),
                    _ => references(value, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn codings<'j>(json: &'j Json<'j>, found: &mut BTreeSet<(String, String)>) {
    match json {
        Json::Object(members) => {
            if let (Some(system), Some(code)) =
                (json.get("system").and_then(Json::text), json.get("code").and_then(Json::text))
            {
                found.insert((system.to_owned(), code.to_owned()));
            }
            members.iter().for_each(|(_, value)| codings(value, found));
        }
        Json::Array(items) => items.iter().for_each(|item| codings(item, found)),
        _ => {}
    }
}

fn text_of(resource: &Resource, path: &[&str]) -> Option<String> {
    let json = parse(&resource.json).unwrap();
    json.at(path).and_then(Json::text).map(str::to_owned)
}

#[test]
fn the_same_seed_makes_the_same_town_and_another_seed_another() {
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let options = Options { people: 60, ..Options::at(now) };

    let first: Vec<Resource> = locality(&options).resources().collect();
    let again: Vec<Resource> = locality(&options).resources().collect();
    let other: Vec<Resource> = locality(&Options { seed: 99, ..options }).resources().collect();

    assert!(first == again);
    assert!(first != other);
}

#[test]
fn every_resource_of_two_hundred_people_is_valid() {
    let town = town(200);
    let mut wrong: BTreeMap<String, usize> = BTreeMap::new();

    let mut count = 0;
    for resource in town.resources() {
        count += 1;
        let json = parse(&resource.json).unwrap();
        for issue in fhir::validate(&json) {
            if issue.severity == fhir::issue::Severity::Error {
                *wrong
                    .entry(format!("{} {:?}: {}", resource.kind, issue.expression, issue.diagnostics))
                    .or_default() += 1;
            }
        }
    }

    assert!(wrong.is_empty(), "of {count}: {wrong:#?}");
}

#[test]
fn every_id_is_used_once_and_every_reference_resolves() {
    let all: Vec<Resource> = town(300).resources().collect();

    let ids: HashSet<String> = all.iter().map(|r| format!("{}/{}", r.kind, r.id)).collect();
    let mut dangling = BTreeSet::new();
    for resource in &all {
        let json = parse(&resource.json).unwrap();
        let mut found = Vec::new();
        references(&json, &mut found);
        dangling.extend(found.into_iter().filter(|r| !ids.contains(*r)).map(|r| format!("{} -> {r}", resource.id)));
    }

    assert_eq!(ids.len(), all.len());
    assert!(dangling.is_empty(), "{dangling:#?}");
}

#[test]
fn snomed_codes_are_of_the_global_patient_set_or_the_named_table() {
    let Ok(file) = std::fs::File::open(format!("{SHARED}/data/terminology/snomed-gps-20200930.csv.zst")) else {
        println!("skipped: the shared data are not here");
        return;
    };
    let list = String::from_utf8(zstd::decode_all(file).unwrap()).unwrap();
    let known: HashSet<&str> =
        list.lines().filter_map(|line| line.split(',').next()).chain(synthetic::UK_CODES.iter().copied()).collect();

    let mut found = BTreeSet::new();
    for resource in town(400).resources() {
        codings(&parse(&resource.json).unwrap(), &mut found);
    }
    let unknown: Vec<&String> = found
        .iter()
        .filter(|(system, _)| system == "http://snomed.info/sct")
        .map(|(_, code)| code)
        .filter(|c| !known.contains(c.as_str()))
        .collect();

    assert!(found.len() > 150, "{}", found.len());
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn nhs_numbers_are_valid_of_the_999_range_and_given_once() {
    let patients: Vec<Resource> = town(1_000).resources().filter(|r| r.kind == "Patient").collect();

    let numbers: HashSet<String> = patients.iter().filter_map(|p| text_of(p, &["identifier", "value"])).collect();

    assert_eq!(numbers.len(), patients.len());
    assert!(numbers.iter().all(|n| n.starts_with("999") && fhir::NhsNumber::parse(n).is_ok()));
}

#[test]
fn every_practitioner_has_a_role_in_an_organisation() {
    let shared = town(4).shared();

    let practitioners = shared.iter().filter(|r| r.kind == "Practitioner").count();
    let roles: HashSet<String> = shared
        .iter()
        .filter(|r| r.kind == "PractitionerRole")
        .filter_map(|r| text_of(r, &["practitioner", "reference"]))
        .collect();

    assert_eq!(roles.len(), practitioners);
}

/// Conditions by SNOMED CT code, with the per cent of living people between which their share must lie.
const PREVALENCE: &[(&str, f64, f64)] = &[
    ("59621000", 11.0, 18.5),
    ("44054006", 4.5, 9.0),
    ("195967001", 4.5, 9.0),
    ("13645005", 1.0, 3.5),
    ("433144002", 2.5, 7.0),
    ("414545008", 2.0, 5.5),
    ("49436004", 1.2, 4.0),
    ("35489007", 8.0, 15.0),
    ("52448006", 0.5, 2.6),
    ("40930008", 2.5, 6.0),
];

#[test]
fn the_town_is_plausible_for_england() {
    let town = town(1_000);
    let (mut women, mut counted, mut children, mut old) = (0, 0, 0, 0);
    let mut conditions: HashMap<String, HashSet<String>> = HashMap::new();
    let (mut contacts, mut resources, mut most) = (0_u32, 0, 0);

    for n in 0..town.people() {
        let record = town.person(n);
        let patient = parse(&record[0].json).unwrap();
        resources += record.len();
        most = most.max(record.len());
        let born: i32 =
            patient.get("birthDate").and_then(Json::text).unwrap().split('-').next().unwrap().parse().unwrap();
        if patient.get("deceasedDateTime").is_some() {
            continue;
        }
        counted += 1;
        women += u32::from(patient.get("gender").and_then(Json::text) == Some("female"));
        children += u32::from(2026 - born < 15);
        old += u32::from(2026 - born > 75);
        for resource in &record {
            let json = parse(&resource.json).unwrap();
            match resource.kind {
                "Condition" => {
                    let code = json.at(&["code", "coding", "code"]).and_then(Json::text).unwrap().to_owned();
                    conditions.entry(code).or_default().insert(record[0].id.clone());
                }
                "Encounter" => {
                    let at = json.at(&["serviceProvider", "reference"]).and_then(Json::text).unwrap_or("");
                    contacts += u32::from(
                        ![
                            "Organization/org-hospital",
                            "Organization/org-community",
                            "Organization/org-ambulance",
                            "Organization/org-social-care",
                        ]
                        .contains(&at),
                    );
                }
                _ => {}
            }
        }
    }

    let per_cent = |part: u32| f64::from(part) * 100.0 / f64::from(counted);
    let a_year = f64::from(contacts) / f64::from(counted) / 3.0;
    println!(
        "{resources} resources, at most {most} a person; women {:.1} %, under 15 {:.1} %, over 75 {:.1} %; {a_year:.2} GP contacts a year",
        per_cent(women),
        per_cent(children),
        per_cent(old)
    );
    assert!((48.0..54.0).contains(&per_cent(women)));
    assert!((14.0..20.0).contains(&per_cent(children)));
    assert!((5.5..10.5).contains(&per_cent(old)));
    assert!((5.0..6.3).contains(&a_year), "{a_year}");
    assert!(most < 420, "{most}");
    for (code, low, high) in PREVALENCE {
        let share = per_cent(u32::try_from(conditions.get(*code).map_or(0, HashSet::len)).unwrap());
        println!("{code}: {share:.1} %");
        assert!((*low..*high).contains(&share), "{code}: {share:.1} %");
    }
}

#[test]
fn no_one_is_prescribed_what_their_record_warns_of() {
    let town = town(600);

    for n in 0..town.people() {
        let record = town.person(n);
        let says = |kinds: &[&str], needle: &str| {
            record.iter().any(|r| kinds.contains(&r.kind) && String::from_utf8_lossy(&r.json).contains(needle))
        };
        let takes = |name: &str| says(&["MedicationRequest", "MedicationStatement"], name);
        let allergic = |code: &str| says(&["AllergyIntolerance"], code);
        let who = &record[0].id;
        assert!(!(allergic("\"91936005\"") && takes("Amoxicillin")), "{who}: penicillin");
        assert!(!(allergic("\"293586001\"") && (takes("Aspirin") || takes("Naproxen"))), "{who}: aspirin");
        assert!(!(takes("Apixaban") && (takes("Warfarin") || takes("Naproxen"))), "{who}: bleeding");
        assert!(!(says(&["Condition"], "Chronic kidney disease") && takes("Naproxen")), "{who}: kidneys");
        assert!(!(says(&["Condition"], "\"195967001\"") && takes("Propranolol")), "{who}: asthma");
    }
}

#[test]
fn the_story_has_the_facts_that_it_needs() {
    let town = town(50);
    let mrs_a = town.person(0);
    let daughter = &town.person(1)[0];
    let has = |kind: &str, needle: &str| {
        mrs_a.iter().any(|r| r.kind == kind && String::from_utf8_lossy(&r.json).contains(needle))
    };

    let open: Vec<&Resource> = mrs_a
        .iter()
        .filter(|r| r.kind == "Encounter" && text_of(r, &["status"]).as_deref() == Some("in-progress"))
        .collect();

    assert_eq!(mrs_a[0].id, "mrs-a");
    assert_eq!(open.len(), 1);
    assert_eq!(text_of(open[0], &["serviceProvider", "reference"]).as_deref(), Some("Organization/org-hospital"));
    assert!(has("AllergyIntolerance", "Allergy to penicillin"));
    assert!(has("DocumentReference", "1382601000000107"));
    assert!(has("EpisodeOfCare", "Organization/org-rowan-house"));
    assert!(has("Consent", "Patient/daughter"));
    assert!(mrs_a.iter().filter(|r| r.kind == "MedicationStatement").count() >= 8);
    assert!(!has("MedicationRequest", "Amoxicillin"));
    let score = |r: &&Resource| {
        String::from_utf8_lossy(&r.json).contains("1104051000000101")
            && String::from_utf8_lossy(&r.json).contains("\"value\":7,")
    };
    assert_eq!(mrs_a.iter().filter(score).count(), 2);
    assert_ne!(
        text_of(&mrs_a[0], &["generalPractitioner", "reference"]),
        text_of(daughter, &["generalPractitioner", "reference"])
    );
}

#[test]
fn one_can_sign_in_as_people_of_every_kind_who_are_all_in_the_record() {
    let town = town(600);
    let ids: HashSet<String> = town.resources().map(|r| format!("{}/{}", r.kind, r.id)).collect();

    let personas = town.personas();

    assert_eq!(personas.len(), 23);
    let parent = personas.iter().find(|persona| persona.id == "parent").unwrap();
    assert!(parent.acts_for.is_empty() && parent.about.contains("NHS number 999"), "{}", parent.about);
    for persona in personas {
        for reference in [persona.organisation, persona.practitioner, persona.practitioner_role, persona.patient]
            .into_iter()
            .flatten()
        {
            assert!(ids.contains(&reference), "{reference}");
        }
    }
}

/// The codes of the security tags of a resource.
fn tags(resource: &Resource) -> Vec<String> {
    let json = parse(&resource.json).unwrap();
    let tags = json.at(&["meta", "security"]).map(Json::items).unwrap_or_default();
    tags.iter().filter_map(|tag| tag.get("code")?.text().map(str::to_owned)).collect()
}

#[test]
fn some_people_and_entries_are_more_private_than_usual_and_nobody_of_the_story_is() {
    let town = town(600);
    let story = ["mrs-a", "daughter", "mrs-b", "citizen"];
    let mut marked: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for resource in town.resources() {
        for tag in tags(&resource) {
            assert!(!story.iter().any(|id| resource.id.starts_with(id)), "{} {}", resource.kind, resource.id);
            *marked.entry((resource.kind, tag)).or_default() += 1;
        }
    }

    let told: Vec<(&str, &str)> = marked.keys().map(|(kind, tag)| (*kind, tag.as_str())).collect();
    let all = [("Condition", "NODSCLCDS"), ("DocumentReference", "NOPAT"), ("Patient", "R"), ("Patient", "staff")];
    assert_eq!(told, all, "{marked:?}");
}

#[test]
fn most_people_chose_a_pharmacy_that_is_there() {
    let town = town(200);
    let resources: Vec<Resource> = town.resources().collect();
    let there: HashSet<String> = resources.iter().map(|one| format!("{}/{}", one.kind, one.id)).collect();
    let mut chosen = 0;
    for patient in resources.iter().filter(|one| one.kind == "Patient") {
        let json = parse(&patient.json).unwrap();
        let extensions = json.get("extension").map(Json::items).unwrap_or_default();
        let is_pharmacy =
            |one: &&Json<'_>| one.get("url").and_then(Json::text).is_some_and(|url| url.ends_with("NominatedPharmacy"));
        if let Some(named) =
            extensions.iter().find(is_pharmacy).and_then(|one| one.at(&["valueReference", "reference"])?.text())
        {
            assert!(there.contains(named), "{named}");
            chosen += 1;
        }
    }
    assert!((100..160).contains(&chosen), "{chosen}");
}
