//! Grants that a practice records: who can, for whom, until when, and that leave for them opens nothing else.

use gate::{Action, Purpose, Role};
use jiff::civil::Date;
use record::granting::{Basis, Checked, EndReason, Granted, Holder, NewGrant, RELATIONSHIPS, Spoken, Terms};
use record::{Change, Refusal};
use testkit::{Person, World, citizen, clinician, machinery, officer, proxy, receptionist};

const TODAY: Date = Date::constant(2026, 11, 22);
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Sam is 16 in ten days, and registered at Elm.
const SAM: &str = r#"{"resourceType":"Patient","id":"sam","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}],"name":[{"family":"Vale"}],"birthDate":"2010-12-02","generalPractitioner":[{"reference":"Organization/elm"}]}"#;
const ADA: &str = r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"birthDate":"1944-05-03","generalPractitioner":[{"reference":"Organization/elm"}]}"#;
/// Robin has no relationship with anybody but by grants.
const ROBIN: &str = r#"{"resourceType":"Patient","id":"robin","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Vale"}],"birthDate":"1990-03-04"}"#;
/// She agrees to sharing: a choice that no label marks as private.
const CHOICE: &str = r#"{"resourceType":"Consent","id":"choice","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"privacy"}],"patient":{"reference":"Patient/ada"},"policy":[{"uri":"urn:p"}],"provision":{"type":"permit"}}"#;

fn world() -> World {
    let world = World::new();
    for resource in [
        r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"A81001"}]}"#,
        SAM,
        ADA,
        ROBIN,
        r#"{"resourceType":"Observation","id":"weight","status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/sam"}}"#,
        r#"{"resourceType":"Observation","id":"hers","status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/ada"}}"#,
        CHOICE,
    ] {
        world.put(resource);
    }
    world
}

fn gp(practitioner: &str, organisation: &str) -> Person {
    Person { purpose: Purpose::Administration, ..clinician(practitioner, organisation) }
}

fn id(text: &str) -> fhir::ResourceId {
    fhir::ResourceId::parse(text).unwrap()
}

fn wanted(basis: Basis, until: Date) -> (NewGrant, Checked) {
    let number = fhir::NhsNumber::parse("9990000018").unwrap();
    let holder = Holder { name: "Robin Vale".to_owned(), number, born: Date::constant(1990, 3, 4) };
    let terms = Terms { parts: None, copies: false, is_discreet: false, from: TODAY, until };
    let (relationship, evidence) = (RELATIONSHIPS[0], *basis.evidence().first().unwrap());
    let reference = (basis == Basis::Attorney).then(|| "7000-1234-5678".to_owned());
    let checked = Checked { relationship, evidence, seen: TODAY, reference, spoken: Spoken::Alone };
    (NewGrant { basis, holder, terms }, checked)
}

fn parental() -> (NewGrant, Checked) {
    wanted(Basis::Parental, Date::constant(2026, 12, 1))
}

/// How it ended when `who` recorded it for the person: none where it is recorded.
fn record(world: &World, who: &Person, patient: &str, (grant, checked): &(NewGrant, Checked)) -> Option<Refusal> {
    let Ok(permit) = world.permit(who, Action::Create) else { return Some(Refusal::Forbidden) };
    world.record().record_grant(&permit, &id(patient), (grant, checked), TODAY).err().map(|error| error.refusal)
}

fn grants(world: &World, who: &Person, patient: &str) -> Result<Vec<Granted>, Refusal> {
    let Ok(permit) = world.permit(who, Action::Search) else { return Err(Refusal::Forbidden) };
    world.record().grants_at_practice(&permit, &id(patient)).map(|told| told.grants).map_err(|error| error.refusal)
}

#[test]
fn only_the_practice_where_a_person_is_registered_is_told_whether_she_may_be_asked_about_research() {
    let world = world();
    let told = |who: &Person| -> Result<Option<bool>, Refusal> {
        let permit = world.permit(who, Action::Search).map_err(|_| Refusal::Forbidden)?;
        let told = world.record().grants_at_practice(&permit, &id("ada")).map_err(|error| error.refusal)?;
        assert!(told.grants.is_empty(), "an answer is no grant");
        Ok(told.research.map(|said| said.may_be_asked))
    };
    let desk = receptionist("rudd", "elm");
    assert_eq!(told(&desk), Ok(None), "she has said nothing");

    let answer = |may: bool| record::research_contact::consent(may, &id("ada"), "2026-11-22T09:00:00Z").to_string();
    let yes = answer(true).replacen('{', r#"{"id":"answer","#, 1);
    world.put(&yes);

    assert_eq!(told(&desk), Ok(Some(true)));
    assert_eq!(told(&gp("khan", "elm")), Ok(Some(true)));
    for other in [receptionist("other", "oak"), gp("shah", "oak"), clinician("khan", "elm"), clinician("reed", "royal")]
    {
        assert!(told(&other).is_err(), "{}", other.asker.display);
    }
    for other in [receptionist("rudd", "elm"), clinician("reed", "royal"), citizen("robin")] {
        assert!(world.read(&other, "Consent/answer").is_err(), "{}", other.asker.display);
    }
    assert!(world.read(&clinician("reed", "royal"), "Observation/hers").is_err(), "it opens nothing");

    world.put(&answer(false).replacen('{', r#"{"id":"answer","#, 1));
    assert_eq!(told(&desk), Ok(Some(false)));
    world.put(&yes.replace(r#""active""#, r#""inactive""#));
    assert_eq!(told(&desk), Ok(None), "what was taken back says nothing");
}

fn opens(world: &World, patient: &str, entry: &str) -> bool {
    world.read(&proxy("robin", patient), entry).is_ok()
}

#[test]
fn a_parent_whom_reception_recorded_acts_until_the_very_moment_of_the_16th_birthday() {
    let world = world();
    assert!(!opens(&world, "sam", "Observation/weight"));

    assert_eq!(record(&world, &receptionist("rudd", "elm"), "sam", &parental()), None);

    assert!(opens(&world, "sam", "Observation/weight"));
    assert!(!opens(&world, "ada", "Observation/hers"), "it is for one person");
    // 22 November, 10:00 UTC, to the midnight with which 2 December begins.
    let to_birthday_ms = 10 * DAY_MS - 10 * 60 * 60 * 1_000;
    world.clock().advance(to_birthday_ms - 1);
    assert!(opens(&world, "sam", "Observation/weight"), "the last moment at 15");
    world.clock().advance(1);
    assert!(!opens(&world, "sam", "Observation/weight"), "16");
}

#[test]
fn what_a_court_has_ordered_ends_with_its_last_day() {
    let world = world();
    let order = wanted(Basis::Court, Date::constant(2026, 11, 30));
    assert_eq!(record(&world, &gp("khan", "elm"), "ada", &order), None);
    assert!(opens(&world, "ada", "Observation/hers"));

    world.clock().advance(9 * DAY_MS - 10 * 60 * 60 * 1_000 - 1);
    assert!(opens(&world, "ada", "Observation/hers"));
    world.clock().advance(1);
    assert!(!opens(&world, "ada", "Observation/hers"));
    let known = grants(&world, &gp("khan", "elm"), "ada").unwrap();
    assert!(!known[0].stands_at(world.record().now_ms()));
}

#[test]
fn a_grant_that_the_practice_ends_is_shut_on_the_next_request_and_says_why() {
    let world = world();
    let desk = receptionist("rudd", "elm");
    record(&world, &desk, "sam", &parental());
    let known = grants(&world, &desk, "sam").unwrap();
    assert_eq!(known[0].recorded_by.as_deref(), Some("rudd"));

    let end = |patient: &str, grant: &str, who: &Person| {
        let permit = world.leave(who, Action::Update);
        world.record().end_grant(&permit, (&id(patient), &id(grant)), EndReason::GroundEnded).map_err(|e| e.refusal)
    };
    assert_eq!(end("ada", &known[0].id, &desk), Err(Refusal::NotFound), "not under another person");
    assert_eq!(end("sam", &known[0].id, &receptionist("other", "oak")), Err(Refusal::NotFound));
    assert!(opens(&world, "sam", "Observation/weight"));
    assert_eq!(end("sam", &known[0].id, &desk), Ok(()));

    assert!(!opens(&world, "sam", "Observation/weight"));
    assert_eq!(end("sam", &known[0].id, &desk), Err(Refusal::NotFound), "it ends once");
    let ended = world.read(&machinery(), &format!("Consent/{}", known[0].id)).unwrap();
    let ended = String::from_utf8(ended.body).unwrap();
    assert!(ended.contains("ROLE_DEACTIVATED_END_DATE_REACHED") && ended.contains("\"inactive\""), "{ended}");
    assert_eq!(record(&world, &desk, "sam", &parental()), None, "and can be recorded anew");
}

#[test]
fn only_reception_and_gps_of_the_practice_where_somebody_is_registered_record_and_see_grants() {
    let world = world();
    // A stay gives the hospital a relationship, and still no say in who acts.
    world.put(r#"{"resourceType":"Encounter","id":"stay","status":"in-progress","class":{"code":"EMER"},"subject":{"reference":"Patient/sam"},"serviceProvider":{"reference":"Organization/royal"},"period":{"start":"2026-11-22T08:00:00Z"}}"#);
    record(&world, &receptionist("rudd", "elm"), "ada", &wanted(Basis::Consent, Date::constant(2027, 1, 1)));

    for who in [receptionist("front", "royal"), receptionist("front", "oak"), gp("shah", "oak")] {
        assert_eq!(record(&world, &who, "sam", &parental()), Some(Refusal::NotFound), "{who:?}");
        assert_eq!(grants(&world, &who, "ada").unwrap_err(), Refusal::NotFound, "{who:?}");
        assert_eq!(grants(&world, &who, "nobody").unwrap_err(), Refusal::NotFound, "{who:?}");
    }
    let others = [
        officer(Role::Administrator, Purpose::Administration),
        officer(Role::PrivacyOfficer, Purpose::Audit),
        clinician("khan", "elm"),
        Person { purpose: Purpose::Administration, ..testkit::professional(Role::WardClinician, "ward", "elm") },
        Person { purpose: Purpose::Administration, ..testkit::professional(Role::ClinicalCoder, "coder", "elm") },
        citizen("ada"),
        citizen("robin"),
        proxy("robin", "ada"),
        machinery(),
        Person { purpose: Purpose::Administration, ..machinery() },
    ];
    for who in others {
        assert!(record(&world, &who, "sam", &parental()).is_some(), "{who:?}");
        assert!(grants(&world, &who, "ada").is_err(), "{who:?}");
    }
    assert!(!opens(&world, "sam", "Observation/weight"));
}

#[test]
fn leave_for_grants_shows_no_other_choice_and_opens_no_consent_by_any_other_way() {
    let world = world();
    let grant = wanted(Basis::Consent, Date::constant(2027, 1, 1));
    record(&world, &receptionist("rudd", "elm"), "ada", &grant);
    let body = CHOICE.replace(r#""id":"choice","#, "");

    for who in [receptionist("rudd", "elm"), gp("khan", "elm")] {
        let known = grants(&world, &who, "ada").unwrap();
        assert_eq!(known.len(), 1, "the grant and not the choice");
        assert!(world.found(&who, "Consent", &[]).unwrap().is_empty());
        assert!(world.found(&who, "Consent", &[("patient", "Patient/ada")]).unwrap().is_empty());
        let create = world.leave(&who, Action::Create);
        let made = world.record().create(&create, fhir::ResourceType::CONSENT, body.as_bytes(), Change::default());
        assert_eq!(made.unwrap_err().refusal, Refusal::NotFound);
        let update = world.leave(&who, Action::Update);
        let name = (fhir::ResourceType::CONSENT, &id("choice"));
        let changed = world.record().update(&update, name, CHOICE.as_bytes(), &Change::default());
        assert_eq!(changed.unwrap_err().refusal, Refusal::NotFound);
        let patch = br#"[{"op":"replace","path":"/status","value":"inactive"}]"#;
        let name = (fhir::ResourceType::CONSENT, &id(&known[0].id));
        assert_eq!(
            world.record().patch(&update, name, patch, &Change::default()).unwrap_err().refusal,
            Refusal::NotFound
        );
        let end = world.record().end_grant(&update, (&id("ada"), &id("choice")), EndReason::Mistake);
        assert_eq!(end.unwrap_err().refusal, Refusal::NotFound, "a choice is not the practice's to end");
    }
    assert!(
        world
            .permit(&receptionist("rudd", "elm"), Action::Read)
            .is_ok_and(|permit| { world.record().read(&permit, fhir::ResourceType::CONSENT, &id("choice")).is_err() })
    );
}

#[test]
fn a_number_that_fits_nobody_lets_nobody_in_and_is_answered_alike() {
    let world = world();
    let (mut slip, checked) = parental();
    slip.holder.born = Date::constant(1990, 3, 5);

    assert_eq!(record(&world, &receptionist("rudd", "elm"), "sam", &(slip, checked)), None);

    assert!(!opens(&world, "sam", "Observation/weight"));
}

#[test]
fn the_same_holder_is_recorded_once_and_what_does_not_fit_is_refused() {
    let world = world();
    let desk = receptionist("rudd", "elm");
    assert_eq!(record(&world, &desk, "sam", &parental()), None);
    assert_eq!(record(&world, &desk, "sam", &parental()), Some(Refusal::Conflict));

    let past_16 = wanted(Basis::Parental, Date::constant(2026, 12, 2));
    let refused = Some(Refusal::Unprocessable);
    assert_eq!(record(&world, &gp("khan", "elm"), "sam", &past_16), refused);
    assert_eq!(record(&world, &desk, "ada", &parental()), refused, "ada is no child");
    assert_eq!(record(&world, &desk, "ada", &wanted(Basis::BestInterest, Date::constant(2027, 1, 1))), refused);
    assert_eq!(
        record(&world, &gp("khan", "elm"), "ada", &wanted(Basis::BestInterest, Date::constant(2027, 1, 1))),
        None
    );
}

#[test]
fn for_somebody_who_is_hidden_from_others_a_gp_records_and_reception_does_not() {
    let world = world();
    let tag = r#""id":"ada","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"address":[{"line":["1 Ash Road"]}]"#;
    world.put(&ADA.replace(r#""id":"ada""#, tag));
    let grant = wanted(Basis::Consent, Date::constant(2027, 1, 1));

    assert_eq!(record(&world, &receptionist("rudd", "elm"), "ada", &grant), Some(Refusal::Unprocessable));
    assert_eq!(record(&world, &receptionist("other", "oak"), "ada", &grant), Some(Refusal::NotFound));
    assert_eq!(record(&world, &gp("khan", "elm"), "ada", &grant), None);
    assert!(opens(&world, "ada", "Observation/hers"));
    let patient = world.read(&proxy("robin", "ada"), "Patient/ada");
    assert!(!patient.is_ok_and(|found| String::from_utf8_lossy(&found.body).contains("Ash Road")));
}

#[test]
fn who_recorded_a_grant_and_who_looked_for_grants_is_in_the_persons_log() {
    let world = world();
    record(&world, &receptionist("rudd", "elm"), "sam", &parental());
    grants(&world, &receptionist("rudd", "elm"), "sam").unwrap();

    let permit = world.leave(&citizen("sam"), Action::Search);
    let part = world.record().person_number(&permit, &id("sam")).unwrap().unwrap();
    let log = world.record().log();
    let entries: Vec<_> = log.of_part(part, None, 10).into_iter().filter_map(|one| log.entry(one).unwrap()).collect();
    let told: Vec<_> = entries.iter().map(|one| (one.draft.action.as_str(), one.draft.rule.as_str())).collect();
    assert!(told.contains(&("Create", "receptionist-grants")), "{told:?}");
    assert!(told.contains(&("Search", "receptionist-grants")), "{told:?}");
}
