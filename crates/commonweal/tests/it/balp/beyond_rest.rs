//! Copies that leave, what a choice keeps back, records opened by one's own word: AuditEvents that are no interactions of REST.

use super::events::{events, everything_happens, house, privacy_officer};
use super::shared;
use crate::client::token;
use crate::house::House;
use gate::Role;
use record::emergency::Reason;
use record::kept_back::BY_CHOICE;
use serde_json::Value;
use testkit::{Person, citizen, clinician, professional};

/// The events of entries with this word or rule, as a reader gets them.
fn of(house: &House, reader: &Person, word: &str) -> Vec<Value> {
    let found = events(house, reader).into_iter().filter(|(draft, _)| draft.action == word || draft.rule == word);
    found.map(|(_, event)| event).collect()
}

fn codes(event: &Value, list: &str) -> Vec<String> {
    let code =
        |one: &Value| one["type"]["coding"][0]["code"].as_str().or(one["type"]["code"].as_str()).map(str::to_owned);
    event[list].as_array().unwrap().iter().filter_map(code).collect()
}

#[test]
fn a_copy_that_leaves_names_who_took_it_and_who_spoke_for_the_person() {
    let house = house();
    everything_happens(&house);

    let copies = of(&house, &privacy_officer(), "Export");

    let hers: Vec<&Value> =
        copies.iter().filter(|event| event["agent"][2]["who"]["reference"] == "Patient/ada").collect();
    assert!(!hers.is_empty() && hers.len() < copies.len(), "her own copies and that of a command");
    for event in &copies {
        let is_hers = hers.contains(&event);
        let expected = ["110152", "110153", "IRCP", "159541003", "429577009"];
        assert_eq!(codes(event, "agent"), &expected[..if is_hers { 5 } else { 4 }]);
        assert_eq!(event["purposeOfEvent"][0]["coding"][0]["code"], if is_hers { "PATRQT" } else { "HOPERAT" });
    }
}

#[test]
fn what_a_choice_kept_back_is_told_to_the_person_and_to_nobody_else_and_is_not_felt() {
    let (house, refused) = (house(), clinician("reed", "elm"));
    let bearer = token(&house.world, &refused);
    let get = |path: &str| house.client.send(Some(&bearer), &format!("GET /fhir/{path}"), "");

    let (kept_back, never) = (get("Observation/weight"), get("Observation/never"));

    assert_eq!((kept_back.status, kept_back.headers), (never.status, never.headers));
    assert_eq!(kept_back.body.replace("weight", "never"), never.body);
    let last = house.world.record().log().count();
    let [hers, nobodys] =
        [last - 1, last].map(|number| house.world.record().log().entry(number).unwrap().unwrap().draft);
    assert_eq!((hers.outcome.as_str(), nobodys.outcome.as_str()), ("absent", "absent"), "public counts do not tell");
    assert_eq!((hers.subjects.len(), nobodys.subjects.len()), (1, 0));
    for reader in [privacy_officer(), citizen("ada")] {
        let [event] = of(&house, &reader, BY_CHOICE).try_into().unwrap();
        assert_eq!((event["outcome"].as_str(), event["action"].as_str()), (Some("8"), Some("E")));
        assert!(event["outcomeDesc"].as_str().unwrap().contains("has chosen not to share"));
        assert!(!event.to_string().contains("Observation"), "neither the entry nor its kind");
    }
    let told = house.get("ada", "/my/who-looked").body;
    assert!(told.contains("was not shown some of your test results because you chose not to share that"), "{told}");
    let searched = house.post("officer", "/log", "nhs_number=9990000018&outcome=absent").body;
    assert!(searched.contains("What a person has chosen not to share is kept back."), "{searched}");
}

#[test]
fn what_a_lock_or_a_missing_relationship_closes_is_not_told_as_a_choice() {
    let house = house();
    let asks = |person: &Person| {
        house.client.send(Some(&token(&house.world, person)), "GET /fhir/Observation/weight", "").status.as_u16()
    };

    assert_eq!(asks(&clinician("stray", "nowhere")), 404);
    house.world.lock("ada", None, record::Against::Others).unwrap();
    assert_eq!([asks(&clinician("khan", "elm")), asks(&clinician("reed", "elm"))], [404, 404]);

    assert!(of(&house, &privacy_officer(), BY_CHOICE).is_empty());
}

#[test]
fn a_record_opened_by_ones_own_word_is_an_alert_in_englands_shape_without_what_was_written() {
    let house = house();
    let home = professional(Role::CareHomeStaff, "home", "nowhere");
    assert!(home.asker.organisation.is_some());
    house.post("home", "/care/people/ada/claim", "explanation=Xanthic+words");
    for reason in Reason::ALL {
        let form = format!("reason={}&explanation=Xanthic+words", reason.word());
        assert_eq!(house.post("stray", "/care/people/ada/emergency", &form).status, 303);
    }

    let mut pairs = Vec::new();
    for reader in [privacy_officer(), citizen("ada")] {
        let alerts = events(&house, &reader);
        let declared = ["BreakGlass", "ClaimRelationship"];
        let alerts =
            alerts.iter().filter(|(draft, _)| declared.contains(&draft.action.as_str())).map(|(_, event)| event);
        for event in alerts {
            assert!(!event.to_string().contains("Xanthic"), "{event:#}");
            assert!(event.get("meta").is_none(), "the national profile asks for numbers that the log has not");
            assert_eq!(event["agent"][0]["who"]["reference"], "Patient/ada");
            assert_eq!(event["agent"][1]["who"]["reference"], "Organization/nowhere");
            pairs.push((event["type"]["code"].to_string(), event["subtype"][0]["code"].to_string()));
            like_the_national_example(event);
        }
    }
    let pairs: Vec<String> = pairs.iter().map(|(kind, why)| format!("{kind}{why}").replace('"', "")).collect();
    // Newest first; a self-claimed relationship is never 15, an access alert never 24 or 26.
    let each = ["21", "22", "25", "25", "16"];
    assert_eq!(pairs, [each, each].concat());
}

/// Whether an alert has every member of the example that the national service publishes, from the same code systems.
fn like_the_national_example(event: &Value) {
    let Some(path) = shared("uk/scr/uat/send_alert/spine_error/1-invalidValue.request.json") else { return };
    let example: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for name in example.as_object().unwrap().keys() {
        assert!(event.get(name).is_some(), "{name}");
    }
    assert_eq!(event["extension"][0]["url"], example["extension"][0]["url"]);
    for at in ["/type/system", "/subtype/0/system"] {
        assert_eq!(event.pointer(at), example.pointer(at));
    }
    for list in ["agent", "entity", "subtype"] {
        assert_eq!(event[list].as_array().unwrap().len(), example[list].as_array().unwrap().len(), "{list}");
    }
    assert!(event["agent"].as_array().unwrap().iter().all(|agent| agent["requestor"] == false));
    assert!(event["agent"][2]["role"][0]["text"].is_string());
    assert!(event["entity"][0]["what"]["identifier"]["value"].is_string());
}
