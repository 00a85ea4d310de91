//! The main promise: an answer does not depend on what its reader may not see.
//!
//! A random record, a random reader and random requests; the answer over the whole record must equal, byte for byte, the answer
//! over a record that holds only what that reader may see. What may be seen is worked out here by a small model of its own,
//! from the resources as they are made, not by asking the code that is tested.

use crate::client::{Client, Seen, people, token};
use gate::Role;
use proptest::prelude::*;
use testkit::{Person, World};

/// Worlds times requests: 2,000 cases.
const WORLDS: u32 = 80;
const REQUESTS: usize = 25;

/// A made-up resource with what the model must know of it.
#[derive(Clone, Debug)]
struct Made {
    json: String,
    kind: &'static str,
    /// Whose record it is in; none for the directory.
    person: Option<usize>,
    restricted: bool,
}

/// One person: which practice, and whether she is in hospital.
#[derive(Clone, Debug)]
struct Resident {
    practice: &'static str,
    in_hospital: bool,
}

fn resident() -> impl Strategy<Value = Resident> {
    (prop::sample::select(vec!["elm", "oak"]), any::<bool>())
        .prop_map(|(practice, in_hospital)| Resident { practice, in_hospital })
}

#[derive(Clone, Debug)]
struct Result_ {
    person: usize,
    code: u8,
    day: u8,
    value: u8,
    restricted: bool,
}

fn result(people: usize) -> impl Strategy<Value = Result_> {
    (0..people, 0..3_u8, 1..28_u8, 0..100_u8, prop::bool::weighted(0.2))
        .prop_map(|(person, code, day, value, restricted)| Result_ { person, code, day, value, restricted })
}

prop_compose! {
    fn locality()(residents in prop::collection::vec(resident(), 2..5))
        (results in prop::collection::vec(result(residents.len()), 0..14), residents in Just(residents)) -> Vec<Made> {
        let mut made = vec![organisation("elm"), organisation("oak"), organisation("royal")];
        for (number, resident) in residents.iter().enumerate() {
            made.push(patient(number, resident));
            if resident.in_hospital {
                made.push(visit(number));
            }
        }
        made.extend(results.iter().enumerate().map(|(number, result)| observation(number, result)));
        made
    }
}

fn organisation(id: &str) -> Made {
    let json = format!(r#"{{"resourceType":"Organization","id":"{id}","name":"{id} health"}}"#);
    Made { json, kind: "Organization", person: None, restricted: false }
}

fn patient(number: usize, resident: &Resident) -> Made {
    let (practice, month) = (resident.practice, number + 1);
    let json = format!(
        r#"{{"resourceType":"Patient","id":"p{number}","name":[{{"family":"Fam{number}"}}],"gender":"female","birthDate":"1980-0{month}-01","generalPractitioner":[{{"reference":"Organization/{practice}"}}]}}"#
    );
    Made { json, kind: "Patient", person: Some(number), restricted: false }
}

fn visit(number: usize) -> Made {
    let json = format!(
        r#"{{"resourceType":"Encounter","id":"e{number}","status":"in-progress","class":{{"code":"EMER"}},"subject":{{"reference":"Patient/p{number}"}},"serviceProvider":{{"reference":"Organization/royal"}},"period":{{"start":"2026-11-22T08:00:00Z"}}}}"#
    );
    Made { json, kind: "Encounter", person: Some(number), restricted: false }
}

fn observation(number: usize, result: &Result_) -> Made {
    let Result_ { person, code, day, value, restricted } = result;
    let security = if *restricted {
        r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]},"#
    } else {
        ""
    };
    let json = format!(
        r#"{{"resourceType":"Observation","id":"o{number}",{security}"status":"final","code":{{"coding":[{{"system":"urn:c","code":"c{code}"}}]}},"subject":{{"reference":"Patient/p{person}"}},"effectiveDateTime":"2026-10-{day:02}","valueQuantity":{{"value":{value},"unit":"mmol/mol"}}}}"#
    );
    Made { json, kind: "Observation", person: Some(*person), restricted: *restricted }
}

/// The model: what this reader may see, from the policies' plain sentences.
fn may_see(reader: &Person, made: &Made, all: &[Made]) -> bool {
    let Some(person) = made.person else { return true };
    let asker = &reader.asker;
    let own = asker.patient.as_ref().is_some_and(|own| own.as_str() == format!("p{person}"));
    let named = |text: &str| asker.acts_as.iter().any(|name| text.contains(&format!("\"{name}\"")));
    let related = all.iter().any(|other| {
        other.person == Some(person) && matches!(other.kind, "Patient" | "Encounter") && named(&other.json)
    });
    match asker.role {
        Role::Citizen => own,
        Role::Clinician => made.kind == "Patient" || (related && !made.restricted),
        Role::Receptionist => related && made.kind == "Patient",
        _ => false,
    }
}

/// Requests that touch every way to data: reads, searches, chains, includes, sorts, counts, pages, histories, everything.
fn request() -> impl Strategy<Value = String> {
    let forms = vec![
        "Patient/pN",
        "Observation/oM",
        "Encounter/eN",
        "Observation/oM/_history",
        "Patient/pN/_history",
        "Observation/oM/_history/1",
        "_history",
        "Observation/_history?_count=3",
        "Patient",
        "Observation",
        "Observation?_count=2",
        "Observation?_summary=count",
        "Observation?_total=accurate&_count=1",
        "Observation?subject=Patient/pN",
        "Observation?patient=pN&code=urn:c|cK",
        "Observation?code=cK",
        "Observation?code=urn:c|cK&_sort=-date",
        "Observation?code:not=cK",
        "Observation?_sort=value-quantity&_count=3",
        "Observation?value-quantity=gt50",
        "Observation?date=ge2026-10-15&_sort=date",
        "Observation?subject:Patient.family=FamN",
        "Observation?patient.general-practitioner=Organization/elm",
        "Observation?patient.organization.name=elm",
        "Patient?_has:Observation:patient:code=cK",
        "Patient?_has:Observation:patient:value-quantity=gt50&_summary=count",
        "Patient?_has:Encounter:patient:status=in-progress",
        "Patient?_revinclude=Observation:patient",
        "Patient?_id=pN&_revinclude=Encounter:patient",
        "Observation?_include=Observation:subject",
        "Observation?code=cK&_include=*",
        "Patient?family=Fam&_sort=-birthdate",
        "Patient?_sort=family&_count=1",
        "Patient?general-practitioner=Organization/oak",
        "Patient/pN/$everything",
        "Patient/pN/$everything?_count=2",
        "Patient/pN/Observation",
        "Patient/pN/Observation?code=cK",
        "Encounter?_include=Encounter:service-provider",
        "Encounter?service-provider=Organization/royal",
        "Organization?_has:Patient:organization:family=FamN",
        "Organization?_revinclude=Encounter:service-provider",
        "Observation?_id=oM,o1,o2",
        "Observation?_lastUpdated=gt2020-01-01&_summary=count",
        "Observation?subject:missing=false&_elements=code",
        "Observation?_security=V",
        "Observation?_security:missing=true",
        "Patient?_lastUpdated=lt2030&_sort=_lastUpdated",
    ];
    (prop::sample::select(forms), 0..5_u8, 0..14_u8, 0..3_u8).prop_map(|(form, person, result, code)| {
        let filled = form
            .replace("pN", &format!("p{person}"))
            .replace("eN", &format!("e{person}"))
            .replace("FamN", &format!("Fam{person}"));
        format!("GET /fhir/{}", filled.replace("oM", &format!("o{result}")).replace("cK", &format!("c{code}")))
    })
}

fn world_of(resources: &[&Made]) -> World {
    let world = World::new();
    resources.iter().for_each(|made| world.put(&made.json));
    world
}

/// Page tokens are sealed with a fresh nonce: that there is one must be equal, not its text. Moments of the answer itself go too.
fn comparable(seen: Seen) -> Seen {
    let mut body = String::new();
    let mut rest = seen.body.as_str();
    while let Some(at) = rest.find("_page=") {
        let (head, tail) = rest.split_at(at + 6);
        body.push_str(head);
        rest = tail.trim_start_matches(|letter: char| letter.is_ascii_hexdigit());
    }
    body.push_str(rest);
    Seen { body, ..seen }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_is_the_same_as_if_what_the_reader_may_not_see_were_not_there(
        all in locality(),
        reader in 0..6_usize,
        requests in prop::collection::vec(request(), REQUESTS),
    ) {
        let (name, reader) = &people()[reader];
        let whole = world_of(&all.iter().collect::<Vec<_>>());
        let visible: Vec<&Made> = all.iter().filter(|made| may_see(reader, made, &all)).collect();
        let less = world_of(&visible);
        let (whole_client, less_client) = (Client::of(&whole), Client::of(&less));
        let (whole_token, less_token) = (token(&whole, reader), token(&less, reader));

        for request in &requests {
            let over_whole = comparable(whole_client.send(Some(&whole_token), request, ""));
            let over_less = comparable(less_client.send(Some(&less_token), request, ""));
            prop_assert_eq!(over_whole, over_less, "{} asks {}", name, request);
        }
    }
}

fn cases() -> u32 {
    WORLDS
}
