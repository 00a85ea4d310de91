//! Ways to data that no question of the API takes: copies for taking away, and what a change tells about what is there.
//!
//! `non_interference` asks at random; here each way is a sentence. `cargo xtask leaks --mutants` shows that they can fail.

use crate::client::{Client, token};
use fhir::ResourceType;
use gate::Action;
use record::Resource;
use testkit::{Person, World, citizen, clinician};

fn world() -> World {
    let world = World::new();
    for resource in [
        r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#,
        r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        r#"{"resourceType":"Patient","id":"ben","name":[{"family":"Bell"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        r#"{"resourceType":"Observation","id":"hers","status":"final","code":{"text":"weight"},"subject":{"reference":"Patient/ada"}}"#,
        r#"{"resourceType":"Observation","id":"his","status":"final","code":{"text":"weight"},"subject":{"reference":"Patient/ben"}}"#,
        r#"{"resourceType":"Observation","id":"sealed","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]},"status":"final","code":{"coding":[{"system":"urn:c","code":"sealed"}]},"subject":{"reference":"Patient/ada"}}"#,
    ] {
        world.put(resource);
    }
    world
}

/// What a copy of one type has for `reader`.
fn exported(world: &World, reader: &Person, kind: ResourceType) -> Vec<String> {
    let mut names = Vec::new();
    let permit = world.leave(reader, Action::Export);
    let count = world.record().export(&permit, kind, &mut |resource: &Resource| {
        names.push(resource.reference());
        Ok(())
    });
    assert_eq!(count.unwrap().count, u64::try_from(names.len()).unwrap());
    names
}

#[test]
fn a_copy_holds_what_its_reader_may_see_and_nothing_of_anybody_else() {
    let world = world();
    let observations = ResourceType::parse("Observation").unwrap();

    assert_eq!(exported(&world, &citizen("ada"), observations), ["Observation/hers", "Observation/sealed"]);
    assert_eq!(exported(&world, &citizen("ben"), ResourceType::PATIENT), ["Patient/ben"]);
}

#[test]
fn creating_what_is_not_there_yet_does_not_tell_that_a_hidden_one_is() {
    let world = world();
    let doctor = clinician("khan", "elm");
    let client = Client::of(&world);
    let bearer = format!("Bearer {}", token(&world, &doctor));
    let create = |code: &str| {
        let body = format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"system":"urn:c","code":"{code}"}}]}},"subject":{{"reference":"Patient/ada"}}}}"#
        );
        let condition = format!("patient=Patient/ada&code=urn:c|{code}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/fhir+json"),
            ("if-none-exist", condition.as_str()),
        ];
        client.ask("POST", "/fhir/Observation", &headers, &body).status.as_u16()
    };

    // One that is hidden from her doctor counts as one that never was; what he made himself is found.
    assert_eq!((create("sealed"), create("sealed")), (201, 200));
    assert_eq!((create("unheard-of"), create("unheard-of")), (201, 200));
}
