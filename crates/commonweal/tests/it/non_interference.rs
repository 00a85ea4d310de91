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
    /// The day in October on which it was, for a result.
    day: Option<u8>,
    /// Whether it is about a sensitive topic.
    topic: bool,
}

/// What a person has refused.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Choice {
    /// Nothing.
    Nothing,
    /// Any use by anybody.
    Everything,
    /// Any use but by her practice.
    AllButPractice,
    /// Use by the hospital.
    Hospital,
    /// Use of a sensitive topic.
    Topic,
    /// Use of one entry, by number.
    OneEntry(u8),
    /// Use of what was before the middle of October.
    Earlier,
    /// Use of anything but results with one code.
    AllButCode(u8),
}

/// One person: which practice, whether she is in hospital, and what she has refused.
#[derive(Clone, Debug)]
struct Resident {
    practice: &'static str,
    in_hospital: bool,
    choice: Choice,
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        3 => Just(Choice::Nothing),
        1 => Just(Choice::Everything),
        1 => Just(Choice::AllButPractice),
        1 => Just(Choice::Hospital),
        1 => Just(Choice::Topic),
        2 => (0..14_u8).prop_map(Choice::OneEntry),
        1 => Just(Choice::Earlier),
        1 => (0..3_u8).prop_map(Choice::AllButCode),
    ]
}

fn resident() -> impl Strategy<Value = Resident> {
    (prop::sample::select(vec!["elm", "oak"]), any::<bool>(), choice())
        .prop_map(|(practice, in_hospital, choice)| Resident { practice, in_hospital, choice })
}

#[derive(Clone, Debug)]
struct Result_ {
    person: usize,
    code: u8,
    day: u8,
    value: u8,
    restricted: bool,
    topic: bool,
}

fn result(people: usize) -> impl Strategy<Value = Result_> {
    let marks = (prop::bool::weighted(0.2), prop::bool::weighted(0.3));
    (0..people, 0..3_u8, 1..28_u8, 0..100_u8, marks).prop_map(|(person, code, day, value, (restricted, topic))| {
        Result_ { person, code, day, value, restricted, topic }
    })
}

prop_compose! {
    fn locality()(residents in prop::collection::vec(resident(), 2..5))
        (results in prop::collection::vec(result(residents.len()), 0..14), residents in Just(residents))
        -> (Vec<Resident>, Vec<Made>) {
        let mut made = vec![organisation("elm"), organisation("oak"), organisation("royal")];
        for (number, resident) in residents.iter().enumerate() {
            made.push(patient(number, resident));
            if resident.in_hospital {
                made.push(visit(number));
            }
        }
        made.extend(results.iter().enumerate().map(|(number, result)| observation(number, result)));
        made.extend(residents.iter().enumerate().filter_map(|(number, resident)| consent(number, resident)));
        (residents, made)
    }
}

fn organisation(id: &str) -> Made {
    let json = format!(r#"{{"resourceType":"Organization","id":"{id}","name":"{id} health"}}"#);
    Made { json, kind: "Organization", person: None, restricted: false, day: None, topic: false }
}

fn patient(number: usize, resident: &Resident) -> Made {
    let (practice, month) = (resident.practice, number + 1);
    // A relationship is known to both sides. Where the visit that makes one may be refused, she names the hospital as well,
    // so that the record without the visit is one with the same relationships.
    let is_named = resident.in_hospital && resident.choice != Choice::Nothing;
    let hospital = if is_named { r#",{"reference":"Organization/royal"}"# } else { "" };
    let json = format!(
        r#"{{"resourceType":"Patient","id":"p{number}","name":[{{"family":"Fam{number}"}}],"gender":"female","birthDate":"1980-0{month}-01","generalPractitioner":[{{"reference":"Organization/{practice}"}}{hospital}]}}"#
    );
    Made { json, kind: "Patient", person: Some(number), restricted: false, day: None, topic: false }
}

fn visit(number: usize) -> Made {
    let json = format!(
        r#"{{"resourceType":"Encounter","id":"e{number}","status":"in-progress","class":{{"code":"EMER"}},"subject":{{"reference":"Patient/p{number}"}},"serviceProvider":{{"reference":"Organization/royal"}},"period":{{"start":"2026-11-22T08:00:00Z"}}}}"#
    );
    Made { json, kind: "Encounter", person: Some(number), restricted: false, day: None, topic: false }
}

fn observation(number: usize, result: &Result_) -> Made {
    let Result_ { person, code, day, value, restricted, topic } = result;
    let tags = [(*restricted, "v3-Confidentiality", "V"), (*topic, "v3-ActCode", "HIV")].into_iter();
    let tags = tags.filter(|(is_there, ..)| *is_there).map(|(_, system, code)| {
        format!(r#"{{"system":"http://terminology.hl7.org/CodeSystem/{system}","code":"{code}"}}"#)
    });
    let tags = tags.collect::<Vec<_>>().join(",");
    let security = if tags.is_empty() { tags } else { format!(r#""meta":{{"security":[{tags}]}},"#) };
    let json = format!(
        r#"{{"resourceType":"Observation","id":"o{number}",{security}"status":"final","code":{{"coding":[{{"system":"urn:c","code":"c{code}"}}]}},"subject":{{"reference":"Patient/p{person}"}},"effectiveDateTime":"2026-10-{day:02}","valueQuantity":{{"value":{value},"unit":"mmol/mol"}}}}"#
    );
    Made { json, kind: "Observation", person: Some(*person), restricted: *restricted, day: Some(*day), topic: *topic }
}

/// The Consent that says what a person has refused.
fn consent(number: usize, resident: &Resident) -> Option<Made> {
    let actor = |reference: &str| {
        format!(r#""actor":[{{"role":{{"text":"reader"}},"reference":{{"reference":"{reference}"}}}}]"#)
    };
    let but = |rest: &str| format!(r#""type":"deny","provision":[{{"type":"permit",{rest}}}]"#);
    let provision = match resident.choice {
        Choice::Nothing => return None,
        Choice::Everything => r#""type":"deny""#.to_owned(),
        Choice::AllButPractice => but(&actor(&format!("Organization/{}", resident.practice))),
        Choice::Hospital => format!(r#""type":"deny",{}"#, actor("Organization/royal")),
        Choice::Topic => {
            let system = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
            format!(r#""type":"deny","securityLabel":[{{"system":"{system}","code":"HIV"}}]"#)
        }
        Choice::OneEntry(entry) => {
            let data = format!(r#"[{{"meaning":"instance","reference":{{"reference":"Observation/o{entry}"}}}}]"#);
            format!(r#""type":"deny","data":{data}"#)
        }
        Choice::Earlier => r#""type":"deny","dataPeriod":{"end":"2026-10-14"}"#.to_owned(),
        Choice::AllButCode(code) => but(&format!(r#""code":[{{"coding":[{{"system":"urn:c","code":"c{code}"}}]}}]"#)),
    };
    let scope =
        r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]}"#;
    let category = r#"[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}]"#;
    let json = format!(
        r#"{{"resourceType":"Consent","id":"c{number}","status":"active","scope":{scope},"category":{category},"patient":{{"reference":"Patient/p{number}"}},"policy":[{{"uri":"urn:p"}}],"provision":{{{provision}}}}}"#
    );
    // What somebody refuses is for herself alone.
    Some(Made { json, kind: "Consent", person: Some(number), restricted: true, day: None, topic: false })
}

/// The model: whether the person refuses the use of this entry by this reader.
fn refuses(residents: &[Resident], reader: &Person, person: usize, made: &Made) -> bool {
    let Some(resident) = residents.get(person) else { return false };
    let acts_as = |name: &str| reader.asker.acts_as.contains(&format!("Organization/{name}"));
    // Who somebody is stays visible; what has no date cannot be told to be later.
    made.kind != "Patient"
        && match resident.choice {
            Choice::Nothing => false,
            Choice::Everything => true,
            Choice::AllButPractice => !acts_as(resident.practice),
            Choice::Hospital => acts_as("royal"),
            Choice::Topic => made.topic,
            Choice::OneEntry(entry) => made.json.contains(&format!(r#""id":"o{entry}","#)),
            Choice::Earlier => made.kind == "Observation" && made.day.is_some_and(|day| day <= 14),
            Choice::AllButCode(code) => !made.json.contains(&format!(r#""code":"c{code}""#)),
        }
}

/// The model: what this reader may see, from the policies' plain sentences and what people have refused.
fn may_see(reader: &Person, made: &Made, (residents, all): (&[Resident], &[Made])) -> bool {
    let Some(person) = made.person else { return true };
    let asker = &reader.asker;
    let own = asker.patient.as_ref().is_some_and(|own| own.as_str() == format!("p{person}"));
    let named = |text: &str| asker.acts_as.iter().any(|name| text.contains(&format!("\"{name}\"")));
    let related = all.iter().any(|other| {
        other.person == Some(person) && matches!(other.kind, "Patient" | "Encounter") && named(&other.json)
    });
    match asker.role {
        Role::Citizen => own,
        Role::Clinician => {
            made.kind == "Patient" || (related && !made.restricted && !refuses(residents, reader, person, made))
        }
        Role::Receptionist => related && made.kind == "Patient",
        _ => false,
    }
}

/// Requests that touch every way to data: reads, searches, chains, includes, sorts, counts, pages, histories, everything.
fn request() -> impl Strategy<Value = String> {
    let forms = vec![
        "Patient/pN",
        "Consent/cN",
        "Consent",
        "Consent?patient=pN&_summary=count",
        "Patient?_has:Consent:patient:status=active",
        "Observation?_security=HIV&_summary=count",
        "Encounter?_summary=count",
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
            .replace("cN", &format!("c{person}"))
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
        (residents, all) in locality(),
        reader in 0..6_usize,
        requests in prop::collection::vec(request(), REQUESTS),
    ) {
        let (name, reader) = &people()[reader];
        let whole = world_of(&all.iter().collect::<Vec<_>>());
        let visible: Vec<&Made> = all.iter().filter(|made| may_see(reader, made, (&residents, &all))).collect();
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
