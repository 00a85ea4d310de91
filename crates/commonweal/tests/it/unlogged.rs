//! A log that takes no more entries: no answer with anybody's data leaves, and no request can make another's reads disappear.
//!
//! The log salts every entry, so it takes none while the machine gives no random numbers; in a test that is easy to bring about.

use crate::client::{Client, Seen, token};
use commonweal::serve::Face;
use gate::{Action, Permit, Purpose, RequestId, Role};
use record::{Answering, Ids, RandomnessError, RecordError, SeededIds};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::{Person, World, citizen, clinician, machinery, officer};
use trust::Persona;

const ELM: &str = r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#;
const ADA: &str = r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#;
const BEN: &str = r#"{"resourceType":"Patient","id":"ben","name":[{"family":"Bell"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#;
const FINDING: &str = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Ahmedfinding"},"subject":{"reference":"Patient/ada"}}"#;

const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"a","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"code":{"text":"Ahmedallergy"},"patient":{"reference":"Patient/ada"}}"#;

/// Random numbers, unless they are stopped.
struct Tap {
    ids: SeededIds,
    is_shut: AtomicBool,
}

impl Ids for Tap {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        if self.is_shut.load(Ordering::SeqCst) { Err(RandomnessError) } else { self.ids.fill(bytes) }
    }
}

struct House {
    world: World,
    tap: Arc<Tap>,
}

impl House {
    fn new() -> Self {
        let tap = Arc::new(Tap { ids: SeededIds::from_seed(7), is_shut: AtomicBool::new(false) });
        let given = Arc::clone(&tap);
        let world = World::with_ids(move || given.clone());
        [ELM, ADA, BEN, FINDING, ALLERGY].iter().for_each(|resource| world.put(resource));
        Self { world, tap }
    }

    fn log_takes_entries(&self, takes: bool) {
        self.tap.is_shut.store(!takes, Ordering::SeqCst);
    }

    /// Leave to read as part of an answer.
    fn leave(&self, answering: &Answering) -> Permit {
        let Person { asker, purpose } = machinery();
        self.world.gate().permit(&asker, purpose, Action::Read, answering.request().clone()).unwrap()
    }

    fn read(&self, permit: &Permit, patient: &str) -> Result<(), RecordError> {
        let id = fhir::ResourceId::parse(patient).unwrap();
        self.world.record().read(permit, fhir::ResourceType::PATIENT, &id).map(drop)
    }

    /// How often the log says that a person was read.
    fn looks_at(&self, patient: &str) -> usize {
        let permit = self.world.leave(&officer(Role::PrivacyOfficer, Purpose::Audit), Action::Read);
        let (record, id) = (self.world.record(), fhir::ResourceId::parse(patient).unwrap());
        let part = record.person_number(&permit, &id).unwrap().unwrap();
        let entries = record.log().of_part(part, None, 50).into_iter();
        entries.filter(|number| record.log().entry(*number).unwrap().unwrap().draft.action == "Read").count()
    }
}

/// Somebody with a session of the pages, and its cookie.
fn signed_in(client: &Client, persona: &str) -> String {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = client.ask("POST", "/sign-in", &form, &format!("persona={persona}"));
    let cookie = answer.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.clone());
    cookie.unwrap().split(';').next().unwrap().to_owned()
}

#[test]
fn no_answer_with_a_persons_data_leaves_while_the_log_takes_no_entry() {
    let house = House::new();
    let persona = |id: &str, person: Person| {
        let asker = person.asker.as_ref().clone();
        Persona { id: id.to_owned(), title: id.to_owned(), about: String::new(), asker, acts_for: vec![] }
    };
    let face = Face::demo(vec![persona("khan", clinician("khan", "elm")), persona("ada", citizen("ada"))]);
    let client = Client::over(commonweal::serve::routes(house.world.record(), &house.world.gate(), face).into_router());
    let bearer = format!("Bearer {}", token(&house.world, &clinician("khan", "elm")));
    let (khan, ada) = (signed_in(&client, "khan"), signed_in(&client, "ada"));
    let batch =
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/ada"}}]}"#;
    let api = |method, path, body| {
        let headers =
            [("authorization", bearer.as_str()), ("x-request-id", "r-1"), ("content-type", "application/fhir+json")];
        client.ask(method, path, &headers, body)
    };
    let page = |cookie: &str, path| client.ask("GET", path, &[("cookie", cookie), ("x-request-id", "r-1")], "");
    let asked = || -> Vec<Seen> {
        let of_the_api = [
            "/fhir/Patient/ada",
            "/fhir/Patient/ada/_history/1",
            "/fhir/Patient/ada/_history",
            "/fhir/_history",
            "/fhir/Patient?_id=ada",
            "/fhir/Observation?patient=ada&_include=Observation:subject",
            "/fhir/Patient/ada/$everything",
        ];
        let answers = of_the_api.map(|path| api("GET", path, "")).into_iter();
        let answers = answers.chain([api("POST", "/fhir", batch)]);
        answers.chain([page(&khan, "/care/people/ada"), page(&ada, "/my/record/allergies")]).collect()
    };

    let names_her = |seen: &Seen| seen.body.to_lowercase().contains("ahmed");

    house.log_takes_entries(false);
    for seen in asked() {
        assert_eq!(seen.status.as_u16(), 503, "{seen:?}");
        assert!(!names_her(&seen), "{seen:?}");
    }

    house.log_takes_entries(true);
    for seen in asked() {
        assert!(seen.status.is_success() && names_her(&seen), "{seen:?}");
    }
}

#[test]
fn requests_with_the_same_id_are_logged_each_for_itself() {
    let house = House::new();
    let same = RequestId::parse("same").unwrap();
    let (one, other) = (house.world.record().answering(&same), house.world.record().answering(&same));
    house.read(&house.leave(&one), "ada").unwrap();
    house.read(&house.leave(&other), "ben").unwrap();

    house.log_takes_entries(false);
    assert!(one.finish().is_err(), "its answer must not leave");
    house.log_takes_entries(true);
    assert_eq!(house.looks_at("ben"), 0, "the other is not over");
    other.finish().unwrap();

    assert_eq!((house.looks_at("ada"), house.looks_at("ben")), (0, 1));
}

#[test]
fn what_a_dropped_request_read_is_logged_as_soon_as_the_log_takes_entries_and_nothing_is_shown_before() {
    let house = House::new();
    let record = house.world.record();
    let dropped = record.answering(&RequestId::parse("dropped").unwrap());
    house.read(&house.leave(&dropped), "ada").unwrap();

    house.log_takes_entries(false);
    drop(dropped);
    let later = record.answering(&RequestId::parse("later").unwrap());
    assert!(house.read(&house.leave(&later), "ben").is_err());
    assert!(later.finish().is_err());
    house.log_takes_entries(true);
    assert_eq!(house.looks_at("ada"), 0);
    record.answering(&RequestId::parse("last").unwrap()).finish().unwrap();

    assert_eq!(house.looks_at("ada"), 1);
}
