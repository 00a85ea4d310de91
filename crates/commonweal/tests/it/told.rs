//! What the log tells a person, who acts for her and her apps: nothing that names what is hidden from her, nobody else.

use crate::client::{app, token};
use crate::house::{FORM, House};
use fhir::ResourceId;
use gate::{Action, Purpose, Role};
use record::Against;
use record::locks::Wanted;
use testkit::{citizen, clinician, officer, proxy, service};

const GRANT: &str = r#"{"resourceType":"Consent","id":"grant","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/ada"},"policyRule":{"text":"proxy"},"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/ben"}}]}}"#;
const HIDDEN: &str =
    r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"NOPAT"}]},"#;
/// The id of the letter that is read; nothing else is called so.
const LETTER: &str = "letter-xyzzy";

/// A house in which Ada's doctor has read a letter in every way that names it.
fn house(security: &str) -> House {
    let letter = format!(
        r#"{{"resourceType":"DocumentReference","id":"{LETTER}",{security}"status":"current","subject":{{"reference":"Patient/ada"}},"content":[{{"attachment":{{"contentType":"text/plain","data":"VmVy"}}}}]}}"#
    );
    let people = vec![
        ("ada", citizen("ada")),
        ("ben", proxy("ben", "ada")),
        ("khan", clinician("khan", "elm")),
        ("officer", officer(Role::PrivacyOfficer, Purpose::Audit)),
    ];
    let house = House::of(
        people,
        &[
            r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#,
            r#"{"resourceType":"Patient","id":"ada","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Ahmed"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
            r#"{"resourceType":"Patient","id":"ben","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}],"name":[{"family":"Bell"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
            GRANT,
            &letter,
        ],
    );
    let doctor = token(&house.world, &clinician("khan", "elm"));
    for request in [
        format!("GET /fhir/DocumentReference/{LETTER}"),
        format!("GET /fhir/DocumentReference/{LETTER}/_history"),
        format!("GET /fhir/DocumentReference?_id={LETTER}"),
    ] {
        let seen = house.client.send(Some(&doctor), &request, "");
        assert!(seen.status.is_success() && seen.body.contains(LETTER), "{request}: {}", seen.body);
    }
    house
}

/// Everything that tells Ada, who acts for her and her app of the log, by its name.
fn told(house: &House) -> Vec<(&'static str, String)> {
    let app = token(&house.world, &app("ada"));
    let events = house.client.send(Some(&app), "GET /fhir/AuditEvent?patient=ada&_count=500", "").body;
    let asked = house.post("ada", "/my/rights/ask", "right=access&wish=Everything");
    assert_eq!(asked.status, 303);
    let list = house.get("ada", "/my/rights").body;
    let case = list.split("/my/rights/").find_map(|rest| {
        let id: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        (id.len() == 8).then_some(id)
    });
    let case = case.unwrap();
    let decided =
        house.post("officer", &format!("/privacy-officer/rights/{case}"), "step=decide&answer=met&words=Here+it+is");
    assert_eq!(decided.status, 303, "{}", decided.body);
    vec![
        ("her app's AuditEvents", decoded(&events)),
        ("who looked", house.get("ada", "/my/who-looked").body),
        ("her proofs", house.get("ada", "/my/who-looked/proofs").body),
        ("who looked, for who acts for her", house.get("ben", "/my/who-looked").body),
        ("the proofs, for who acts for her", house.get("ben", "/my/who-looked/proofs").body),
        ("the whole log", house.post("ada", "/log", "person=ada").body),
        ("the whole log, for who acts for her", house.post("ben", "/log", "person=ada").body),
        ("her copy to read", house.get("ada", &format!("/my/rights/{case}/copy")).body),
        ("her copy for machines", decoded(&house.get("ada", &format!("/my/rights/{case}/download")).body)),
    ]
}

/// AuditEvents with their queries readable.
fn decoded(json: &str) -> String {
    use base64::Engine;
    let queries = json.split("\"query\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let bytes = queries.filter_map(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    let queries: Vec<String> = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect();
    format!("{json}\n{}", queries.join("\n"))
}

/// Which of `told` contain `word`.
fn those_with(told: &[(&'static str, String)], word: &str) -> Vec<&'static str> {
    told.iter().filter(|(_, text)| text.contains(word)).map(|(name, _)| *name).collect()
}

#[test]
fn that_her_doctor_read_a_letter_is_told_and_names_it_only_while_she_sees_it() {
    let open = told(&house(""));
    let naming = those_with(&open, LETTER);
    for name in ["her app's AuditEvents", "her proofs", "the proofs, for who acts for her", "her copy for machines"] {
        assert!(naming.contains(&name), "{name} of {naming:?}");
    }

    let hidden = told(&house(HIDDEN));

    assert_eq!(those_with(&hidden, LETTER), Vec::<&str>::new());
    let who = those_with(&hidden, "khan");
    for name in ["her app's AuditEvents", "who looked", "her proofs", "who looked, for who acts for her"] {
        assert!(who.contains(&name), "{name} still tells that he looked: {who:?}");
    }
    let proofs = &hidden.iter().find(|(name, _)| *name == "her proofs").unwrap().1;
    assert!(proofs.contains("khan") && !proofs.contains(LETTER));
}

#[test]
fn what_is_withheld_from_her_is_not_named_by_her_log() {
    let house = house("");
    let leave = house.world.leave(&officer(Role::PrivacyOfficer, Purpose::Audit), Action::Update);
    let entry = format!("DocumentReference/{LETTER}");
    let wanted =
        Wanted { entry: Some(&entry), against: Against::Herself, reason: "It names who told us.", until_ms: None };
    house.world.record().lock(&leave, &ResourceId::parse("ada").unwrap(), &wanted).unwrap();

    assert_eq!(those_with(&told(&house), LETTER), Vec::<&str>::new());
}

#[test]
fn that_somebody_may_act_is_told_to_who_acts_for_her_only_while_he_sees_the_grant() {
    let second = GRANT.replace(r#""grant""#, r#""second""#).replace("Patient/ben", "Patient/cy");
    let person = |id: &str| format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{id}"}}]}}"#);
    let resources = [person("ada"), person("ben"), person("cy"), GRANT.to_owned(), second];
    let house = House::of(
        vec![("ada", citizen("ada")), ("ben", proxy("ben", "ada"))],
        &resources.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let told = |who: &str| house.get(who, "/my").body.matches("recorded that somebody may act").count();
    assert_eq!((told("ada"), told("ben")), (2, 2));

    house.world.lock("ada", Some("Consent/second"), Against::Others).unwrap();

    assert_eq!((told("ada"), told("ben")), (2, 1), "she is always told who may act for her");
}

#[test]
fn the_proofs_that_she_takes_still_hold_where_their_details_are_left_out() {
    let house = house(HIDDEN);
    let proofs = house.get("ada", "/my/who-looked/proofs").body;

    let checked = proof::Receipt::parse_all(&proofs).unwrap();

    assert!(checked.len() > 3);
    let key = house.world.record().log().key();
    assert!(checked.iter().all(|receipt| receipt.check(key, &[]).is_ok()));
}

#[test]
fn a_system_that_asked_for_two_people_tells_neither_of_them_of_the_other() {
    let house = house("");
    let system = token(&house.world, &service("system/*.rs"));
    let number = "https://fhir.nhs.uk/Id/nhs-number|";
    let ask = format!("GET /fhir/Patient?identifier={number}9990000018,{number}9990000026");
    let ask = ask.replace('|', "%7C");
    assert!(house.client.send(Some(&system), &ask, "").body.contains("Bell"));
    // One request that reads both and then one of them: her entry has the words of the search.
    let batch = r#"{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient?identifier=9990000018,9990000026"}},{"request":{"method":"GET","url":"Patient/ben"}}]}"#;
    assert!(house.client.send(Some(&system), "POST /fhir", batch).status.is_success());
    // One that is about her alone, and still names somebody else.
    let gone = "GET /fhir/Patient?identifier=9990000018,9990000034";
    assert!(house.client.send(Some(&system), gone, "").status.is_success());

    let told = told(&house);

    for number in ["9990000026", "9990000034"] {
        assert_eq!(those_with(&told, number), Vec::<&str>::new(), "{number}");
    }
    assert!(those_with(&told, "Patient?identifier").contains(&"her app's AuditEvents"));
    let cookie = house.signed_in("officer");
    let entry = house.world.record().log();
    let asked = (1..=entry.count()).filter_map(|number| entry.entry(number).unwrap());
    assert!(asked.into_iter().any(|entry| entry.draft.query.contains("9990000026")), "the log holds it whole");
    let page = house.client.ask("POST", "/log", &[("cookie", &cookie), ("content-type", FORM)], "person=ada");
    assert!(page.body.contains("khan"), "the officer reads the whole log");
}
