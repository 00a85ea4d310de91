//! A record is opened in an emergency: for one person, for a while, with a reason, and everybody concerned finds it.

use crate::client::{Seen, token};
use crate::house::{FORM, House};
use gate::{Action, Purpose, Role};
use testkit::{Person, citizen, clinician, officer, receptionist};

fn personas() -> Vec<(&'static str, Person)> {
    vec![
        ("stray", clinician("stray", "nowhere")),
        ("desk", receptionist("desk", "nowhere")),
        ("ada", citizen("ada")),
        ("officer", officer(Role::PrivacyOfficer, Purpose::Audit)),
    ]
}

/// A house with these resources besides its own.
fn house_with(extra: &[&str]) -> House {
    let resources = [
        r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery"}"#,
        r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"birthDate":"1950-03-04","generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        r#"{"resourceType":"Patient","id":"bob","name":[{"family":"Bell"}],"birthDate":"1950-03-04"}"#,
        r#"{"resourceType":"Condition","id":"hers","code":{"text":"Verdigris"},"subject":{"reference":"Patient/ada"}}"#,
        r#"{"resourceType":"Condition","id":"his","code":{"text":"Ochre"},"subject":{"reference":"Patient/bob"}}"#,
    ];
    House::of(personas(), &resources.into_iter().chain(extra.iter().copied()).collect::<Vec<_>>())
}

fn declare(house: &House, persona: &str, patient: &str, form: &str) -> Seen {
    house.post(persona, &format!("/care/people/{patient}/emergency"), form)
}

const COLLAPSED: &str = "reason=vital-interest&explanation=Found+collapsed+in+the+street";

const DISSENT: &str = r#"{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"privacy"}],"patient":{"reference":"Patient/ada"},"policy":[{"uri":"urn:p"}],"provision":{"type":"deny"}}"#;

#[test]
fn a_declared_emergency_opens_one_record_for_half_an_hour() {
    let house = house_with(&[DISSENT]);
    assert!(!house.shows("stray", "ada", "Verdigris"));

    let declared = declare(&house, "stray", "ada", COLLAPSED);

    assert_eq!(declared.status, 303);
    assert!(house.shows("stray", "ada", "Verdigris"));
    assert!(house.shows("stray", "ada", "Open in an emergency until"));
    assert!(!house.shows("stray", "bob", "Ochre"), "it is for one person");
    house.world.clock().advance(record::emergency::EMERGENCY_MS);
    assert!(!house.shows("stray", "ada", "Verdigris"), "it ends by itself");
}

#[test]
fn an_emergency_on_a_page_opens_nothing_to_the_same_professionals_other_requests() {
    let house = house_with(&[]);
    declare(&house, "stray", "ada", COLLAPSED);

    let token = token(&house.world, &clinician("stray", "nowhere"));
    assert_eq!(house.client.send(Some(&token), "GET /fhir/Condition/hers", "").status, 404);
}

#[test]
fn without_a_reason_and_what_has_happened_nothing_opens() {
    let house = house_with(&[]);

    for form in ["", "reason=vital-interest&explanation=+", "reason=curious&explanation=x"] {
        assert_eq!(declare(&house, "stray", "ada", form).status, 422, "{form}");
    }

    assert!(!house.shows("stray", "ada", "Verdigris"));
}

#[test]
fn only_professionals_may_declare_one_and_only_for_somebody_who_exists() {
    let house = house_with(&[]);

    assert_eq!(declare(&house, "desk", "ada", COLLAPSED).status, declare(&house, "desk", "nobody", COLLAPSED).status);
    assert_eq!(declare(&house, "stray", "nobody", COLLAPSED).status, 404);
    for persona in ["desk", "ada", "officer"] {
        assert!(declare(&house, persona, "bob", COLLAPSED).status.is_client_error(), "{persona}");
        assert!(!house.shows(persona, "bob", "Ochre"), "{persona}");
    }
}

#[test]
fn a_refusal_that_speaks_of_emergencies_is_kept_to_in_one() {
    let btg = r#"[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"BTG"}]"#;
    let only = r#"[{"role":{"text":"reader"},"reference":{"reference":"Organization/elm"}}]"#;
    let provision = format!(r#"{{"type":"deny","provision":[{{"type":"permit","purpose":{btg},"actor":{only}}}]}}"#);
    let house = house_with(&[&DISSENT.replace(r#"{"type":"deny"}"#, &provision)]);

    declare(&house, "stray", "ada", COLLAPSED);

    assert!(!house.shows("stray", "ada", "Verdigris"));
}

#[test]
fn the_person_and_the_privacy_officer_find_it_with_its_reason() {
    let house = house_with(&[]);
    declare(&house, "stray", "ada", COLLAPSED);
    house.get("stray", "/care/people/ada");

    let looked = house.get("ada", "/my/who-looked").body;
    assert!(looked.contains("declared an emergency"), "{looked}");
    assert!(looked.contains("Found collapsed in the street"), "{looked}");
    let log = house.client.ask("GET", "/log", &[("cookie", &house.signed_in("officer"))], "").body;
    assert!(log.contains("declared an emergency to open the record"), "{log}");
    assert!(log.contains("Found collapsed in the street"), "{log}");
    let queue = house.client.ask("GET", "/privacy-officer", &[("cookie", &house.signed_in("officer"))], "").body;
    assert!(queue.contains("stray"), "{queue}");
    let entries =
        (1..=house.world.record().log().count()).filter_map(|number| house.world.record().log().entry(number).unwrap());
    let declared: Vec<_> = entries.filter(|entry| entry.draft.action == record::emergency::DECLARED).collect();
    assert_eq!(declared.len(), 1);
    assert!(declared[0].draft.query.contains("Found collapsed in the street"));
    assert_eq!(declared[0].draft.subjects.len(), 1);
}

#[test]
fn a_permit_for_care_cannot_declare_an_emergency() {
    let house = house_with(&[]);
    let permit = house.world.leave(&clinician("stray", "nowhere"), Action::Read);
    let ada = fhir::ResourceId::parse("ada").unwrap();

    let (reason, explanation) = (record::emergency::Reason::VitalInterest, "collapsed".to_owned());
    let emergency = record::emergency::Emergency { reason, explanation, told_later: None };
    assert!(house.world.record().declare_emergency(&permit, &ada, &emergency).is_err());
}

const LATER: &str = "reason=vital-interest&explanation=Found+collapsed&later=yes&later_why=He+reads+her+letters";
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Everything by which a person could learn who looked, as she sees it; what differs with each answer is left out.
fn told(house: &House) -> Vec<String> {
    let bearer = format!("Bearer {}", token(&house.world, &citizen("ada")));
    let api = |path: &str| house.client.ask("GET", path, &[("authorization", &bearer)], "").body;
    let pages = ["/my", "/my/who-looked", "/my/who-looked/proofs"].map(|path| house.get("ada", path).body);
    let total = api("/fhir/AuditEvent?patient=ada&_summary=count");
    let searched = api("/fhir/AuditEvent?patient=ada&_count=100");
    pages.into_iter().chain([searched, total]).collect()
}

/// How many entries of the professional the person gets by their numbers.
fn by_number(house: &House) -> usize {
    let bearer = format!("Bearer {}", token(&house.world, &citizen("ada")));
    let get = |number: u64| {
        let path = format!("/fhir/AuditEvent/log-{number}-1");
        house.client.ask("GET", &path, &[("authorization", &bearer)], "").body
    };
    (1..=house.world.record().log().count()).filter(|number| get(*number).contains("stray")).count()
}

fn tells_of_stray(house: &House) -> Vec<bool> {
    told(house).iter().take(4).map(|page| page.contains("stray")).collect()
}

#[test]
fn an_emergency_is_told_at_once_on_the_persons_home() {
    let house = house_with(&[DISSENT]);
    declare(&house, "stray", "ada", COLLAPSED);

    let home = house.get("ada", "/my").body;
    assert!(home.contains("opened your record in an emergency"), "{home}");
}

#[test]
fn an_emergency_that_is_told_later_leaves_no_trace_for_the_person_until_then_and_is_in_the_log_at_once() {
    let house = house_with(&[DISSENT]);
    let quiet = house_with(&[DISSENT]);
    assert_eq!(declare(&house, "stray", "ada", LATER).status, 303);
    assert!(house.shows("stray", "ada", "Verdigris"));

    let entries = |house: &House| house.world.record().log().count_of_part(1);
    assert!(entries(&house) > entries(&quiet));
    assert_eq!((tells_of_stray(&house), tells_of_stray(&quiet)), ([false; 4].into(), [false; 4].into()));
    // Counts as she sees them are those of a record that nobody opened.
    let total = |house: &House| told(house)[4].clone();
    assert_eq!(total(&house), total(&quiet));
    assert_eq!(by_number(&house), 0);
    assert!(house.get("officer", "/privacy-officer/told-later").body.contains("He reads her letters"));

    house.world.clock().advance(7 * DAY_MS);
    assert_eq!(tells_of_stray(&house), [true; 4], "nobody confirmed it: it ends by itself");
    assert!(house.get("ada", "/my").body.contains("opened your record in an emergency"));
    assert!(by_number(&house) > 0);
}

#[test]
fn an_officer_confirms_or_ends_the_waiting_and_the_person_reads_of_that_when_she_is_told() {
    let decide = |house: &House, form: &str| {
        let key = house.world.record().told_later().unwrap()[0].id.clone();
        let path = format!("/privacy-officer/told-later/{key}");
        house.post("officer", &path, form).status
    };
    let house = house_with(&[]);
    declare(&house, "stray", "ada", LATER);
    assert_eq!(decide(&house, "step=confirm&words="), 422);
    assert_eq!(decide(&house, "step=confirm&words=Police+agree"), 303);
    house.world.clock().advance(8 * DAY_MS);
    assert_eq!(tells_of_stray(&house), [false; 4]);
    house.world.clock().advance(20 * DAY_MS);
    assert_eq!(tells_of_stray(&house), [true; 4]);
    assert!(house.get("ada", "/my/who-looked").body.contains("checked a look in"));

    let house = house_with(&[]);
    declare(&house, "stray", "ada", LATER);
    assert_eq!(decide(&house, "step=tell&words=No+risk"), 303);
    assert_eq!(tells_of_stray(&house), [true; 4]);
}

#[test]
fn telling_later_without_a_reason_opens_nothing() {
    let house = house_with(&[]);

    let refused = declare(&house, "stray", "ada", "reason=law&explanation=x&later=yes&later_why=");

    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Enter why telling the person now would put somebody at risk"));
    assert!(house.world.record().told_later().unwrap().is_empty());
}

#[test]
fn an_emergency_is_declared_by_somebody_who_has_just_proven_who_she_is_and_nothing_written_is_lost() {
    let house = house_with(&[]);
    let cookie = house.signed_in("stray");
    let path = "/care/people/ada/emergency";
    let send = |method, path, cookie: &str, form| {
        house.client.ask(method, path, &[("cookie", cookie), ("content-type", FORM)], form)
    };
    let to = |seen: &Seen| {
        let found = seen.headers.iter().find(|(name, _)| name == "location");
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    house.world.clock().advance(5 * 60_000);

    let asked = send("GET", path, &cookie, "");
    let declared = send("POST", path, &cookie, COLLAPSED);

    for seen in [&asked, &declared] {
        assert_eq!((seen.status.as_u16(), to(seen).as_str()), (303, "/sign-in/again?back=/care/people/ada/emergency"));
    }
    assert!(!house.shows("stray", "ada", "Verdigris"));
    let confirmed = send("POST", "/sign-in/again", &cookie, "back=/care/people/ada/emergency");
    assert_eq!(to(&confirmed), path);
    let renewed = confirmed.headers.iter().find(|(name, _)| name == "set-cookie").unwrap().1.clone();
    let renewed = renewed.split(';').next().unwrap();
    assert!(send("GET", path, renewed, "").body.contains("Found collapsed in the street"), "the form waited");
    assert!(!send("GET", path, renewed, "").body.contains("Found collapsed"), "and only once");
    assert_eq!(to(&send("POST", path, renewed, COLLAPSED)), "/care/people/ada");
    assert!(house.shows("stray", "ada", "Verdigris"));
}
