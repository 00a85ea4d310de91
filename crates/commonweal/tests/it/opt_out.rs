//! Opt-outs hold for every use beyond care, everywhere, as if the people who opted out were not there.
//!
//! The law is tested through the record's door with rules of its own: a researcher who may see anybody, and one who may see those
//! she cares for. Answers over a record must equal, byte for byte, the answers over one that holds only the people whose data may
//! be used. Then the commands, with files, beside a server and without.

use crate::program::{Server, commonweal, text};
use fhir::{NhsNumber, ResourceId, ResourceType};
use gate::{Action, Gate, Permit, Policies, Purpose, RequestId, Role};
use proptest::prelude::*;
use record::log::Draft;
use record::opt_out::file::{asking, set_of};
use record::opt_out::{take_answer, take_objections};
use record::uses::{Exemption, NewUse, Receipt, Way, declare};
use record::{History, HistoryQuestion, Keeper, Search};
use std::sync::{Arc, LazyLock};
use testkit::{NOW_MS, Person, World, citizen, clinician, officer, service};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The beginning of the day of `NOW_MS`.
const TODAY_MS: i64 = NOW_MS - 10 * 60 * 60 * 1_000;

const RULES: &str = r#"
@id("researcher-anyone") @plain("p") @plain_cy("p") @because("b") @because_cy("b") @law("l") @law_cy("l")
permit (principal == Commonweal::Role::"Administrator", action, resource)
when { context.purpose == Commonweal::Purpose::"Research" && context.relation == Commonweal::Relation::"Anyone" };
@id("researcher-related") @plain("p") @plain_cy("p") @because("b") @because_cy("b") @law("l") @law_cy("l")
permit (principal == Commonweal::Role::"Gp", action, resource)
when { context.purpose == Commonweal::Purpose::"Planning" && context.relation == Commonweal::Relation::"Related" };
"#;

static RESEARCH: LazyLock<Gate> =
    LazyLock::new(|| Gate::load(&Policies::from_files([("test.cedar".to_owned(), RULES.to_owned())])).unwrap());

fn researcher() -> Person {
    officer(Role::Administrator, Purpose::Research)
}

fn planner() -> Person {
    Person { purpose: Purpose::Planning, ..clinician("khan", "elm") }
}

fn leave(person: &Person, action: Action) -> Permit {
    RESEARCH.permit(&person.asker, person.purpose, action, RequestId::parse("test").unwrap()).unwrap()
}

fn number(person: usize) -> NhsNumber {
    let nines = (0_u32..).map(|step| 999_000_000 + step);
    nines.filter_map(NhsNumber::from_first_nine).nth(person).unwrap()
}

fn patient(person: usize, has_number: bool) -> String {
    let number = number(person);
    let identifier = if has_number {
        format!(r#""identifier":[{{"system":"{}","value":"{}"}}],"#, NhsNumber::SYSTEM, number.as_str())
    } else {
        String::new()
    };
    format!(
        r#"{{"resourceType":"Patient","id":"p{person}",{identifier}"name":[{{"family":"Fam{person}"}}],"birthDate":"1980-01-0{}","generalPractitioner":[{{"reference":"Organization/elm"}}]}}"#,
        person + 1
    )
}

fn coded(person: usize, code: &str, day: u8) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"t{person}-{day}","status":"final","code":{{"coding":[{{"system":"http://snomed.info/sct","code":"{code}"}}]}},"subject":{{"reference":"Patient/p{person}"}},"effectiveDateTime":"2021-05-{day:02}"}}"#
    )
}

fn result(place: usize, (person, value, other): (usize, u8, Option<usize>)) -> String {
    let focus = other.map(|other| format!(r#","focus":[{{"reference":"Patient/p{other}"}}]"#)).unwrap_or_default();
    format!(
        r#"{{"resourceType":"Observation","id":"o{place}","status":"final","code":{{"coding":[{{"system":"urn:c","code":"c{}"}}]}},"subject":{{"reference":"Patient/p{person}"}}{focus},"valueQuantity":{{"value":{value}}}}}"#,
        value % 3
    )
}

/// What one person has said, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Nothing,
    OptedOut,
    NeverAsked,
    NoNumber,
    Objects,
    Withdrew,
    ObjectsInAList,
}

impl Said {
    /// The model: whether her data may be used beyond her care.
    fn may_be_used(self) -> bool {
        matches!(self, Self::Nothing | Self::Withdrew)
    }

    fn entries(self, person: usize) -> Vec<String> {
        let (dissent, withdrawn) = (record::opt_out::objections::DISSENT, record::opt_out::objections::WITHDRAWN);
        match self {
            Self::Objects => vec![coded(person, withdrawn, 1), coded(person, dissent, 2)],
            Self::Withdrew => vec![coded(person, dissent, 1), coded(person, withdrawn, 2)],
            _ => Vec::new(),
        }
    }
}

/// Tells the record what the NHS and a practice have answered about these people.
fn tell(keeper: &dyn Keeper, all: &[Said]) {
    let who = |wanted: fn(&Said) -> bool| {
        set_of(
            &all.iter()
                .enumerate()
                .filter(|(_, said)| wanted(said))
                .map(|(person, _)| number(person))
                .collect::<Vec<_>>(),
        )
    };
    let asked = who(|said| !matches!(said, Said::NeverAsked | Said::NoNumber));
    let without = who(|said| !matches!(said, Said::NeverAsked | Said::NoNumber | Said::OptedOut));
    if !asked.is_empty() {
        let files = (asking(&asked), asking(&without));
        let name = "X26HC001-221126-0001.dat";
        take_answer(keeper, (name, TODAY_MS), (files.0.as_bytes(), files.1.as_bytes()), &Draft::default()).unwrap();
    }
    let listed = all.iter().enumerate().filter(|(_, said)| **said == Said::ObjectsInAList);
    let lines: String = listed.map(|(person, _)| format!("{},2024-01-01,objects\n", number(person).as_str())).collect();
    take_objections(keeper, &lines, &Draft::default()).unwrap();
}

const SEARCHES: &[(&str, &[(&str, &str)])] = &[
    ("Patient", &[]),
    ("Patient", &[("_sort", "-birthdate"), ("_count", "2")]),
    ("Patient", &[("_summary", "count")]),
    ("Patient", &[("_has:Observation:patient:code", "c1")]),
    ("Patient", &[("_revinclude", "Observation:patient")]),
    ("Patient", &[("identifier", "https://fhir.nhs.uk/Id/nhs-number|9990000018")]),
    ("Observation", &[]),
    ("Observation", &[("_total", "accurate"), ("_count", "1")]),
    ("Observation", &[("_sort", "value-quantity"), ("_count", "3")]),
    ("Observation", &[("code", "c2"), ("_include", "Observation:subject")]),
    ("Observation", &[("subject:Patient.family", "Fam1")]),
    ("Observation", &[("code:not", "c0"), ("_summary", "count")]),
    ("Organization", &[]),
];

/// Everything that can be asked, as text; what stands in page tokens is random and left out.
fn answers(world: &World, reader: &Person, people: usize) -> Vec<String> {
    let record = world.record();
    let mut told = Vec::new();
    for (kind, params) in SEARCHES {
        let search = Search::of(ResourceType::parse(kind).unwrap(), params);
        let answer = record.search(&leave(reader, Action::Search), &search).unwrap();
        let bodies = |rows: &[record::Resource]| {
            rows.iter().map(|row| String::from_utf8_lossy(&row.body).into_owned()).collect::<Vec<_>>()
        };
        let (matches, includes) = (bodies(&answer.matches), bodies(&answer.includes));
        told.push(format!("{kind} {params:?}: {:?} {} {matches:?} {includes:?}", answer.total, answer.next.is_some()));
    }
    for person in 0..people {
        let id = ResourceId::parse(&format!("p{person}")).unwrap();
        let read = record.read(&leave(reader, Action::Read), ResourceType::PATIENT, &id);
        told.push(format!("{:?}", read.map(|one| one.body).map_err(|error| error.to_string())));
    }
    let history = History { question: HistoryQuestion::System, since_ms: None, count: 50, page: None };
    let history = record.history(&leave(reader, Action::History), &history).unwrap();
    told.push(format!(
        "{:?} {}",
        history.entries.iter().map(|one| &one.body).collect::<Vec<_>>(),
        history.next.is_some()
    ));
    for kind in ["Patient", "Observation"] {
        let mut lines = Vec::new();
        let mut each = |one: &record::Resource| {
            lines.push(one.body.clone());
            Ok(())
        };
        let exported = record.export(&leave(reader, Action::Export), ResourceType::parse(kind).unwrap(), &mut each);
        told.push(format!("{} {lines:?}", exported.unwrap().count));
    }
    told
}

fn world_of(resources: &[String], all: &[Said]) -> World {
    let world = World::new();
    world.put(r#"{"resourceType":"Organization","id":"elm","name":"Elm"}"#);
    resources.iter().for_each(|resource| world.put(resource));
    tell(world.record(), all);
    world
}

fn said() -> impl Strategy<Value = Said> {
    use Said::{NeverAsked, NoNumber, Nothing, Objects, ObjectsInAList, OptedOut, Withdrew};
    prop::sample::select(vec![
        Nothing,
        Nothing,
        Nothing,
        OptedOut,
        OptedOut,
        NeverAsked,
        NoNumber,
        Objects,
        Withdrew,
        ObjectsInAList,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn beyond_care_an_answer_is_the_same_as_if_people_who_opted_out_were_not_there(
        all in prop::collection::vec(said(), 1..6),
        results in prop::collection::vec((0..6_usize, any::<u8>(), prop::option::weighted(0.2, 0..6_usize)), 0..12),
    ) {
        let mut whole = Vec::new();
        let mut less = Vec::new();
        for (person, said) in all.iter().enumerate() {
            let hers: Vec<String> = std::iter::once(patient(person, *said != Said::NoNumber)).chain(said.entries(person)).collect();
            less.extend(hers.iter().filter(|_| said.may_be_used()).cloned());
            whole.extend(hers);
        }
        let may = |person: usize| all.get(person).is_some_and(|said| said.may_be_used());
        for (place, of) in results.iter().enumerate().filter(|(_, (person, _, other))| *person < all.len() && other.is_none_or(|other| other < all.len())) {
            whole.push(result(place, *of));
            // All or nothing: what is about two people needs both of them, where the compartments say so.
            less.extend(may(of.0).then(|| result(place, *of)));
        }
        let (whole, less) = (world_of(&whole, &all), world_of(&less, &all));
        for reader in [researcher(), planner()] {
            prop_assert_eq!(answers(&whole, &reader, 6), answers(&less, &reader, 6), "{:?}", reader);
        }
    }
}

/// Whom the researcher finds.
fn found(world: &World) -> Vec<String> {
    let search = Search::of(ResourceType::PATIENT, &[("_sort", "_id")]);
    let answer = world.record().search(&leave(&researcher(), Action::Search), &search).unwrap();
    answer.matches.iter().map(record::Resource::reference).collect()
}

#[test]
fn who_is_not_known_to_be_without_an_opt_out_is_left_out_and_again_when_the_answer_expires() {
    let world = World::new();
    (0..2).for_each(|person| world.put(&patient(person, true)));
    assert!(found(&world).is_empty());

    tell(world.record(), &[Said::Nothing, Said::OptedOut]);
    assert_eq!(found(&world), ["Patient/p0"]);

    world.clock().advance(7 * DAY_MS);
    assert!(found(&world).is_empty());
    assert_eq!(world.record().forget_expired_opt_outs().unwrap(), 1);
}

#[test]
fn an_answer_goes_with_the_number_and_an_objection_counts_from_the_next_request() {
    let world = World::new();
    world.put(&patient(0, true));
    tell(world.record(), &[Said::Nothing, Said::OptedOut]);
    assert_eq!(found(&world), ["Patient/p0"]);

    world.put(&patient(1, true).replace(r#""id":"p1""#, r#""id":"p0""#));
    assert!(found(&world).is_empty(), "the number is now that of somebody who opted out");

    world.put(&patient(0, true));
    assert_eq!(found(&world), ["Patient/p0"]);
    world.put(&coded(0, record::opt_out::objections::DISSENT, 1));
    assert!(found(&world).is_empty());
    world.put(&coded(0, record::opt_out::objections::WITHDRAWN, 2));
    assert_eq!(found(&world), ["Patient/p0"]);
}

#[test]
fn care_and_her_own_eyes_do_not_feel_an_opt_out_and_only_she_is_told_of_it() {
    let world = World::new();
    world.put(&patient(0, true));
    tell(world.record(), &[Said::OptedOut]);

    assert!(world.read(&clinician("khan", "elm"), "Patient/p0").is_ok());
    assert!(world.read(&citizen("p0"), "Patient/p0").is_ok());
    let known = world.record().opt_out_known(&world.leave(&citizen("p0"), Action::Read)).unwrap();
    assert!(known.national.is_some_and(|national| national.has_opted_out));
    let doctor = world.leave(&clinician("khan", "elm"), Action::Read);
    assert!(world.record().opt_out_known(&doctor).is_err());
    let mut proxy = citizen("p1").asker.as_ref().clone();
    proxy.patient = ResourceId::parse("p0").ok();
    let proxy = Person { asker: Arc::new(proxy), purpose: Purpose::OwnRecord };
    assert!(world.record().opt_out_known(&world.leave(&proxy, Action::Read)).is_err());
}

fn new_use(exemption: Option<Exemption>) -> NewUse {
    NewUse {
        title: "Diabetes audit".into(),
        by: "University of Ashdale".into(),
        purpose: Purpose::Research,
        basis: "NHS Act 2006, section 251".into(),
        exemption: exemption.map(|exemption| (exemption, "because the order of 1 May says so".into())),
        way: Way::Files,
        until_ms: NOW_MS + DAY_MS,
    }
}

/// What a declared use finds, by the built-in rules.
fn found_for(world: &World, exemption: Option<Exemption>) -> Vec<String> {
    let scopes = service("system/*.rs").asker.scopes.clone().unwrap();
    let declared = declare(world.record(), new_use(exemption), &Draft::default()).unwrap();
    let person = Person { asker: Arc::new(declared.asker(scopes).unwrap()), purpose: Purpose::Research };
    world.found(&person, "Patient", &[("_sort", "_id")]).unwrap()
}

#[test]
fn an_exemption_stands_in_the_register_or_does_not_hold_and_consent_is_each_persons_own() {
    let world = World::new();
    (0..3).for_each(|person| world.put(&patient(person, true)));
    tell(world.record(), &[Said::Nothing, Said::OptedOut, Said::OptedOut]);
    let consent = r#"{"resourceType":"Consent","id":"yes","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"research"}],"patient":{"reference":"Patient/p1"},"policy":[{"uri":"urn:p"}],"provision":{"type":"permit","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"HRESCH"}],"actor":[{"role":{"text":"reader"},"reference":{"reference":"Group/heart"}}]}}"#;
    world.put(consent);
    let study = |id: &str| Some(Exemption::Consent { study: format!("Group/{id}"), project: None });

    assert_eq!(found_for(&world, None), ["Patient/p0"]);
    assert_eq!(found_for(&world, Some(Exemption::Law)), ["Patient/p0", "Patient/p1", "Patient/p2"]);
    assert_eq!(found_for(&world, study("heart")), ["Patient/p0", "Patient/p1"]);
    assert_eq!(found_for(&world, study("other")), ["Patient/p0"]);
}

#[test]
fn a_use_sees_nothing_for_another_purpose_before_it_is_declared_or_after_it_has_ended() {
    let world = World::new();
    world.put(&patient(0, true));
    tell(world.record(), &[Said::Nothing]);
    let scopes = service("system/*.rs").asker.scopes.clone().unwrap();
    let declared = declare(world.record(), new_use(Some(Exemption::Law)), &Draft::default()).unwrap();
    let asker = Arc::new(declared.asker(scopes).unwrap());
    let find = |purpose| world.found(&Person { asker: Arc::clone(&asker), purpose }, "Patient", &[]);

    assert_eq!(find(Purpose::Research).unwrap().len(), 1);
    assert!(find(Purpose::Planning).is_err());
    assert!(find(Purpose::DirectCare).is_err());
    world.clock().advance(DAY_MS);
    assert!(find(Purpose::Research).is_err());
}

#[test]
fn a_use_without_title_basis_or_end_is_not_declared() {
    let world = World::new();
    let declared =
        |new: NewUse| declare(world.record(), new, &Draft::default()).map(drop).map_err(|error| error.to_string());

    assert!(declared(NewUse { basis: " ".into(), ..new_use(None) }).unwrap_err().contains("legal basis"));
    assert!(declared(NewUse { until_ms: NOW_MS, ..new_use(None) }).unwrap_err().contains("in the future"));
    assert!(declared(NewUse { purpose: Purpose::DirectCare, ..new_use(None) }).is_err());
    assert_eq!(world.record().uses().unwrap(), []);
}

const ELM: &str = r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery"}"#;

#[test]
fn a_preview_says_what_a_registered_use_would_find_of_her_before_and_after_and_nothing_once_she_has_opted_out() {
    let result = coded(0, "c1", 1);
    let people = vec![("p0", citizen("p0"))];
    let house = crate::house::House::of(people, &[ELM, &patient(0, true), &result]);
    let hides_everything_but_from_the_practice = "way=practice";
    let preview = || house.post("p0", "/my/choices/preview", hides_everything_but_from_the_practice).body;
    let changes_nothing = "This changes nothing for research that stands in the public register";
    assert!(preview().contains(changes_nothing), "it is not known whether she has opted out: {}", preview());

    tell(house.world.record(), &[Said::Nothing]);

    assert_eq!(found_for(&house.world, None), ["Patient/p0"]);
    assert!(preview().contains("from research that stands in the public register"), "{}", preview());
    tell(house.world.record(), &[Said::OptedOut]);
    assert!(preview().contains(changes_nothing), "{}", preview());
}

#[test]
fn each_person_finds_whether_her_data_were_part_of_a_use() {
    let world = World::new();
    (0..2).for_each(|person| world.put(&patient(person, true)));
    tell(world.record(), &[Said::Nothing, Said::OptedOut]);
    let scopes = service("system/*.cruds").asker.scopes.clone().unwrap();
    let declared = declare(world.record(), new_use(None), &Draft::default()).unwrap();
    let asker = Person { asker: Arc::new(declared.asker(scopes).unwrap()), purpose: Purpose::Research };
    let permit = world.leave(&asker, Action::Export);
    let exported = world.record().export(&permit, ResourceType::PATIENT, &mut |_| Ok(())).unwrap();
    world.record().use_ran(&permit, &exported.people, &[(ResourceType::PATIENT, exported.count)]).unwrap();
    let outputs = world.record().uses().unwrap().remove(0).outputs;
    let output = outputs.first().map(|output| (output.types.join(","), output.entries, output.people));
    assert_eq!((outputs.len(), output), (1, Some(("Patient".to_owned(), 1, 1))));
    let page = crate::client::Client::of(&world).ask("GET", "/transparency/uses", &[], "").body;
    assert!(page.contains("files with fewer than 5 entries of fewer than 5 people"), "{page}");
    // Who comes later is not concerned.
    world.put(&patient(2, true));

    let receipt = |person: &str| {
        let uses = world.record().uses_about(&world.leave(&citizen(person), Action::Read)).unwrap();
        uses.into_iter().map(|(one, receipt)| (one.people, receipt)).collect::<Vec<_>>()
    };
    assert_eq!(receipt("p0"), [(Some(1), Receipt::PartOf)]);
    assert_eq!(receipt("p1"), [(Some(1), Receipt::LeftOut)]);
    assert_eq!(receipt("p2"), []);
}

#[test]
fn the_commands_ask_take_the_answer_and_export_without_those_who_opted_out() {
    let folder = tempfile::tempdir().unwrap();
    let (data, path) = (folder.path().join("data"), |name: &str| folder.path().join(name).to_str().unwrap().to_owned());
    std::fs::write(
        path("people.ndjson"),
        format!("{}\n{}\n{}\n", patient(0, true), patient(1, true), patient(2, false)),
    )
    .unwrap();
    let data = data.to_str().unwrap();
    let run = |arguments: &[&str]| {
        let out = commonweal(arguments);
        (out.status.success(), text(&out.stdout) + &text(&out.stderr))
    };
    assert!(run(&["import", "--data", data, &path("people.ndjson")]).0);

    let wrong = run(&["opt-out", "ask", "--data", data, "--out", &path("X26HC001-010120-0001.dat")]);
    assert!(!wrong.0 && wrong.1.contains("another day than today"), "{}", wrong.1);
    // What the right name is, the refusal says.
    let name = wrong.1.split("MAILBOX").nth(1).unwrap().split("NNNN").next().unwrap();
    let asked = path(&format!("X26HC001{name}0001.dat"));
    let ask = run(&["opt-out", "ask", "--data", data, "--out", &asked]);
    assert!(ask.0 && ask.1.contains("2 NHS numbers") && ask.1.contains("1 people have no NHS number"), "{}", ask.1);
    let (first, second) = (number(0), number(1));
    assert_eq!(std::fs::read_to_string(&asked).unwrap(), format!("{},\n{},\n", first.as_str(), second.as_str()));

    let today = record::opt_out::file::day_of_name(&format!("X26HC001{name}0001.dat")).unwrap();
    let until = today.saturating_add(jiff::Span::new().days(30)).to_string();
    let words = ["--purpose", "research", "--title", "Audit", "--by", "Ashdale", "--basis", "s251", "--until"];
    let research = [words.as_slice(), &[until.as_str()]].concat();
    let export = |out: &str, more: &[&str]| run(&[&["export", "--data", data, &path(out)], more].concat());
    let people = |out: &str| {
        std::fs::read_to_string(folder.path().join(out).join("Patient.ndjson")).unwrap_or_default().lines().count()
    };
    assert!(export("before", &research).0);
    assert_eq!(people("before"), 0);

    std::fs::write(path("spoilt"), "999\n").unwrap();
    std::fs::write(path("answer"), format!("{},\n", second.as_str())).unwrap();
    let spoilt = run(&["opt-out", "answer", "--data", data, &path("spoilt"), "--asked", &asked]);
    assert!(!spoilt.0 && spoilt.1.contains("line 1") && spoilt.1.contains("Nothing was changed"), "{}", spoilt.1);
    {
        let _server = Server::start(&["serve", "--data", data, "--listen", "127.0.0.1:0"]);
        let answer = run(&["opt-out", "answer", "--data", data, &path("answer"), "--asked", &asked]);
        assert!(answer.0 && answer.1.contains("2 people asked about, 1 of them have opted out"), "{}", answer.1);
        let busy = run(&["opt-out", "ask", "--data", data, "--out", &path("X26HC001-010120-0002.dat")]);
        assert!(!busy.0, "{}", busy.1);
    }
    let after = export("after", &research);
    assert!(after.0 && after.1.contains("Opt-outs were applied"), "{}", after.1);
    assert_eq!(people("after"), 1);
    let all = export("all", &[]);
    assert!(all.0 && all.1.contains("Opt-outs were not applied: this is the whole record"), "{}", all.1);
    assert_eq!(people("all"), 3);
}
