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

#[test]
fn an_id_that_a_doctor_does_not_see_answers_alike_whether_it_is_hidden_deleted_or_never_was() {
    let world = world();
    let gone = r#"{"resourceType":"Observation","id":"gone","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]},"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ada"}}"#;
    world.put(gone);
    let (doctor, machine) = (token(&world, &clinician("khan", "elm")), token(&world, &testkit::machinery()));
    let client = Client::of(&world);
    client.send(Some(&machine), "DELETE /fhir/Observation/gone", "");
    let body = |id: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"guess"}},"subject":{{"reference":"Patient/ada"}}}}"#
        )
    };
    let bearer = format!("Bearer {doctor}");
    let ask = |method: &str, path: &str, body: &str, if_match: Option<&str>| {
        let kind = if method == "PATCH" { "application/json-patch+json" } else { "application/fhir+json" };
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", kind)];
        headers.extend(if_match.map(|tag| ("if-match", tag)));
        let seen = client.ask(method, path, &headers, body);
        (seen.status.as_u16(), seen.body)
    };
    let asked = |id: &str, if_match: Option<&str>| {
        let (one, patch) =
            (format!("/fhir/Observation/{id}"), r#"[{"op":"replace","path":"/status","value":"amended"}]"#);
        let put = format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{},"request":{{"method":"PUT","url":"Observation/{id}"}}}}]}}"#,
            body(id)
        );
        [
            ask("PUT", &one, &body(id), if_match),
            ask("PATCH", &one, patch, if_match),
            ask("PUT", "/fhir/Observation?code=none-has-this", &body(id), if_match),
            ask("POST", "/fhir", &put, None),
        ]
    };

    for if_match in [None, Some("W/\"1\""), Some("W/\"2\""), Some("W/\"7\"")] {
        let never = asked("never-was", if_match);
        assert_eq!(never.each_ref().map(|(status, _)| *status), [404; 4], "{if_match:?}: {never:?}");
        assert!(never.iter().any(|(_, body)| body.contains("POST it")), "{never:?}");
        for id in ["sealed", "gone"] {
            assert_eq!(asked(id, if_match), never, "{id} {if_match:?}");
        }
    }
    // What he sees he changes, and whoever sees everything makes what she likes.
    assert_eq!(ask("PUT", "/fhir/Observation/hers", &body("hers"), None).0, 200);
    assert_eq!(client.send(Some(&machine), "PUT /fhir/Observation/gone", &body("gone")).status, 201);
    assert_eq!(client.send(Some(&machine), "PUT /fhir/Observation/never-was", &body("never-was")).status, 201);
}

#[test]
fn a_conditional_update_that_finds_nothing_makes_a_new_one_under_an_id_that_is_given() {
    let world = world();
    let (doctor, client) = (token(&world, &clinician("khan", "elm")), Client::of(&world));
    let body = r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:c","code":"new"}]},"subject":{"reference":"Patient/ada"}}"#;
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{body},"request":{{"method":"PUT","url":"Observation?code=urn:c|new"}}}}]}}"#
    );

    assert_eq!(client.send(Some(&doctor), "PUT /fhir/Observation?code=urn:c|other", body).status, 201);
    let again = client.send(Some(&doctor), "POST /fhir", &bundle);
    assert!(again.body.contains("200 OK"), "{again:?}");
    let other = bundle.replace("urn:c|new", "urn:c|newer");
    assert!(client.send(Some(&doctor), "POST /fhir", &other).body.contains("201 Created"));
}

#[test]
fn whoever_reads_what_is_in_two_records_is_in_the_log_of_both_people() {
    let world = world();
    let both = r#"{"resourceType":"Observation","id":"both","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ada"},"performer":[{"reference":"Patient/ben"}]}"#;
    let officer = testkit::officer(gate::Role::PrivacyOfficer, gate::Purpose::Audit);
    let entries = |patient: &str| {
        let permit = world.leave(&officer, Action::Read);
        let id = fhir::ResourceId::parse(patient).unwrap();
        let part = world.record().person_number(&permit, &id).unwrap().unwrap();
        world.record().log().count_of_part(part)
    };
    let told = |act: &dyn Fn()| {
        let before = [entries("ada"), entries("ben")];
        act();
        [entries("ada") - before[0], entries("ben") - before[1]]
    };
    let doctor = clinician("khan", "elm");

    assert_eq!(told(&|| world.put(both)), [1, 1]);
    assert_eq!(told(&|| drop(world.read(&doctor, "Observation/both").unwrap())), [1, 1]);
    assert_eq!(told(&|| drop(world.found(&doctor, "Observation", &[("_id", "both")]).unwrap())), [1, 1]);
}

#[test]
fn the_condition_of_a_creation_may_name_its_person_by_our_whole_address() {
    let world = world();
    let (doctor, client) = (token(&world, &clinician("khan", "elm")), Client::of(&world));
    let bearer = format!("Bearer {doctor}");
    let body = r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:c","code":"once"}]},"subject":{"reference":"Patient/ada"}}"#;
    let create = || {
        let condition = "subject=http://record.example/fhir/Patient/ada&code=urn:c|once";
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/fhir+json"),
            ("if-none-exist", condition),
        ];
        client.ask("POST", "/fhir/Observation", &headers, body).status.as_u16()
    };

    assert_eq!([create(), create()], [201, 200]);
}
