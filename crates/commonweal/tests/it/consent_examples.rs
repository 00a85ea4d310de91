//! Every example of IHE's Privacy Consent on FHIR, in our own words: who then sees what, at read, at search and in every count.
//!
//! The profile has 23 examples, and one more in an earlier version. Their files are theirs; here are the same rules about a record
//! of our own. Each example says what each reader sees and why; a rule that was not enforced would show an entry too many.

use gate::{Purpose, consent};
use record::Search;
use record::emergency::{Emergency, Reason};
use record::log::Draft;
use record::uses::{Exemption, NewUse, Way, declare};
use std::sync::Arc;
use testkit::{NOW_MS, Person, World, citizen, clinician, receptionist, service};

/// The record of Rhian: what it is called here, and its text. Each entry differs in one respect that a Consent may name.
const ENTRIES: [(&str, &str); 13] = [
    (
        "Appointment/slot",
        r#""status":"booked","start":"2022-05-01T09:00:00Z","end":"2022-05-01T09:10:00Z","participant":[{"actor":{"reference":"Patient/rhian"},"status":"accepted"}]"#,
    ),
    (
        "Encounter/visit",
        r#""status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/rhian"},"period":{"start":"2022-05-01"}"#,
    ),
    (
        "Observation/coded",
        r#""effectiveDateTime":"2019-11-01",AUTHOR(lewis),"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"7200002"}]}"#,
    ),
    (
        "Observation/drinks",
        r#""effectiveDateTime":"2022-06-01",AUTHOR(lewis),VISIT,TAGS(ActCode|ETHUD,Confidentiality|R)"#,
    ),
    ("Observation/harm", r#""effectiveDateTime":"2019-07-01",AUTHOR(lewis),TAGS(ActCode|SDV,Confidentiality|R)"#),
    ("Observation/mood", r#""effectiveDateTime":"2019-06-01",AUTHOR(bowen),TAGS(ActCode|PSY,Confidentiality|R)"#),
    ("Observation/note", r#""effectiveDateTime":"2019-09-01",AUTHOR(lewis),TAGS(Confidentiality|R)"#),
    ("Observation/pulse", r#""effectiveDateTime":"2022-05-01",AUTHOR(bowen),VISIT"#),
    // By Dr Bowen in her role.
    (
        "Observation/review",
        r#""effectiveDateTime":"2019-12-01","performer":[{"reference":"PractitionerRole/bowen-glan"}]"#,
    ),
    ("Observation/secret", r#""effectiveDateTime":"2019-10-01",AUTHOR(lewis),TAGS(Confidentiality|V)"#),
    ("Observation/sugar", r#""effectiveDateTime":"2019-05-01",AUTHOR(lewis),TAGS(Confidentiality|N)"#),
    ("Observation/swab", r#""effectiveDateTime":"2019-08-01",AUTHOR(lewis),TAGS(ActCode|SEX,Confidentiality|R)"#),
    // The record of her mother Mair: no choice of Rhian's is about it.
    (
        "Appointment/hers",
        r#""status":"booked","start":"2022-05-01T09:00:00Z","end":"2022-05-01T09:10:00Z","participant":[{"actor":{"reference":"Patient/mair"},"status":"accepted"}]"#,
    ),
];

/// All that rules show to those who care for her, without any Consent; very restricted entries are not among them.
const CARE: &str = "slot visit coded drinks harm mood note pulse review sugar swab hers";
/// All that rules show in an emergency: of Rhian, for whom it is declared.
const EMERGENCY: &str = "slot visit coded drinks harm mood note pulse review secret sugar swab";
/// All that rules show to a use beyond care: what is marked in no way.
const BEYOND: &str = NORMAL;
/// The part of it that is about her mother.
const ONLY_HERS: &str = "hers";
/// What is marked in no way, neither by a tag nor by its codes.
const NORMAL: &str = "slot visit pulse review sugar hers";

/// What an example says, and what each reader sees under it.
struct Example {
    /// What it is an example of.
    about: &'static str,
    provision: &'static str,
    /// Dr Bowen, whom the examples name, at the practice.
    named: &'static str,
    /// Dr Pryce of the same practice, whom none names.
    other: &'static str,
    /// Whether its receptionist sees the appointment.
    desk: bool,
    /// Dr Bowen in an emergency, where rules would show anything; the group of those who may declare one has her as its member.
    named_in_emergency: &'static str,
    /// Dr Pryce in an emergency.
    other_in_emergency: &'static str,
    /// Research that a law requires, for which nobody was asked.
    research: &'static str,
    /// Planning that a law requires.
    planning: &'static str,
    /// A study of the laboratory, for those who have agreed to it by name.
    study: &'static str,
}

const CARE_PURPOSES: &str = r#""purpose":[ACT(TREAT),ACT(HPAYMT),ACT(HOPERAT)]"#;

/// Consent to care and its administration, with nothing hidden from those who care: the others are variations of it.
const TREAT: Example = Example {
    about: "basic: treatment, payment and operations are permitted; use beyond care is not among them",
    provision: r#""type":"permit",CARE_PURPOSES"#,
    named: CARE,
    other: CARE,
    desk: true,
    // It does not speak of emergencies.
    named_in_emergency: EMERGENCY,
    other_in_emergency: EMERGENCY,
    research: ONLY_HERS,
    planning: ONLY_HERS,
    // She has not agreed to the study by name, and her opt-out is not known.
    study: "",
};

const BASIC: [Example; 6] = [
    TREAT,
    Example { about: "basic, with a signature in ink: what was signed how does not matter to what it says", ..TREAT },
    Example {
        about: "basic, until the end of 2022: what is over binds nobody",
        provision: r#""type":"permit",CARE_PURPOSES,"period":{"end":"2022-12-31"}"#,
        research: BEYOND,
        planning: BEYOND,
        ..TREAT
    },
    Example {
        about: "basic, given by the mother of a child: it is about the child's record, not about the mother's",
        ..TREAT
    },
    Example {
        about: "basic: treatment, payment and operations are refused; an emergency and research are not spoken of",
        provision: r#""type":"deny",CARE_PURPOSES"#,
        named: ONLY_HERS,
        other: ONLY_HERS,
        desk: false,
        research: BEYOND,
        planning: BEYOND,
        ..TREAT
    },
    Example {
        about: "basic: any research is permitted; care is not spoken of, and planning is no research",
        provision: r#""type":"permit","purpose":[ACT(HRESCH)]"#,
        research: BEYOND,
        ..TREAT
    },
];

const INTERMEDIATE: [Example; 10] = [
    Example {
        about: "intermediate: only what happened in 2022",
        provision: r#""type":"permit",CARE_PURPOSES,"dataPeriod":{"start":"2022-01","end":"2022-12"}"#,
        named: "slot visit drinks pulse hers",
        other: "slot visit drinks pulse hers",
        ..TREAT
    },
    Example {
        about: "intermediate: all but what happened in 2022",
        provision: r#""type":"permit",CARE_PURPOSES,"provision":[{"type":"deny","dataPeriod":{"start":"2022-01","end":"2022-12"}}]"#,
        named: "coded harm mood note review sugar swab hers",
        other: "coded harm mood note review sugar swab hers",
        desk: false,
        ..TREAT
    },
    Example {
        about: "intermediate: only what Dr Bowen wrote",
        provision: r#""type":"permit",CARE_PURPOSES,"data":[DATA(authoredby|Practitioner/bowen)]"#,
        named: "mood pulse review hers",
        other: "mood pulse review hers",
        desk: false,
        ..TREAT
    },
    Example {
        about: "intermediate: all but what Dr Bowen wrote; she herself is no exception",
        provision: r#""type":"permit",CARE_PURPOSES,"provision":[{"type":"deny","data":[DATA(authoredby|Practitioner/bowen)]}]"#,
        named: "slot visit coded drinks harm note sugar swab hers",
        other: "slot visit coded drinks harm note sugar swab hers",
        ..TREAT
    },
    Example {
        about: "intermediate: only what belongs to one visit, and the visit",
        provision: r#""type":"permit",CARE_PURPOSES,"data":[DATA(related|Encounter/visit)]"#,
        named: "visit drinks pulse hers",
        other: "visit drinks pulse hers",
        desk: false,
        ..TREAT
    },
    Example {
        about: "intermediate: all but what belongs to one visit, and the visit",
        provision: r#""type":"permit",CARE_PURPOSES,"provision":[{"type":"deny","data":[DATA(related|Encounter/visit)]}]"#,
        named: "slot coded harm mood note review sugar swab hers",
        other: "slot coded harm mood note review sugar swab hers",
        ..TREAT
    },
    Example {
        about: "intermediate: only these entries",
        provision: r#""type":"permit",CARE_PURPOSES,"data":[DATA(instance|Encounter/visit),DATA(instance|Observation/pulse),DATA(instance|Observation/harm)]"#,
        named: "visit harm pulse hers",
        other: "visit harm pulse hers",
        desk: false,
        ..TREAT
    },
    Example {
        about: "intermediate: all but this entry",
        provision: r#""type":"permit",CARE_PURPOSES,"provision":[{"type":"deny","data":[DATA(instance|Observation/drinks)]}]"#,
        named: "slot visit coded harm mood note pulse review sugar swab hers",
        other: "slot visit coded harm mood note pulse review sugar swab hers",
        ..TREAT
    },
    Example {
        about: "intermediate: one project of one laboratory is permitted, no other use beyond care; care is not spoken of",
        provision: r#""type":"permit","purpose":[{"system":"urn:example:studies","code":"heart"}],ACTOR(Organization/lab)"#,
        study: "slot visit pulse review sugar",
        ..TREAT
    },
    Example {
        about: "intermediate: nobody, but those who are trusted with emergencies, in one",
        provision: r#""type":"deny","provision":[{"type":"permit","purpose":[ACT(BTG)],ACTOR(Group/trusted)}]"#,
        named: ONLY_HERS,
        other: ONLY_HERS,
        desk: false,
        other_in_emergency: "",
        ..TREAT
    },
];

/// Only what is normal. An entry about a sensitive topic is not, whether somebody has tagged it or its codes tell.
const ONLY_NORMAL: Example = Example {
    about: "advanced: only what is normal",
    provision: r#""type":"permit",CARE_PURPOSES,"securityLabel":[TAG(Confidentiality|N)]"#,
    named: NORMAL,
    other: NORMAL,
    ..TREAT
};

const ADVANCED: [Example; 8] = [
    ONLY_NORMAL,
    Example {
        about: "advanced: what is normal and what is restricted",
        provision: r#""type":"permit",CARE_PURPOSES,"securityLabel":[TAG(Confidentiality|N),TAG(Confidentiality|R)]"#,
        ..TREAT
    },
    Example {
        about: "advanced: what is normal, and once more not what is restricted",
        provision: r#""type":"permit",CARE_PURPOSES,"securityLabel":[TAG(Confidentiality|N)],"provision":[{"type":"deny","securityLabel":[TAG(Confidentiality|R)]}]"#,
        ..ONLY_NORMAL
    },
    Example {
        about: "advanced: what is normal, and for Dr Bowen what is restricted",
        provision: r#""type":"permit",CARE_PURPOSES,"securityLabel":[TAG(Confidentiality|N)],"provision":[{"type":"permit","securityLabel":[TAG(Confidentiality|R)],ACTOR(Practitioner/bowen)}]"#,
        named: CARE,
        ..ONLY_NORMAL
    },
    Example {
        about: "advanced: what is normal, and for Dr Bowen mental health",
        provision: r#""type":"permit",CARE_PURPOSES,"securityLabel":[TAG(Confidentiality|N)],"provision":[{"type":"permit","securityLabel":[TAG(ActCode|PSY)],ACTOR(Practitioner/bowen)}]"#,
        named: "slot visit mood pulse review sugar hers",
        ..ONLY_NORMAL
    },
    Example {
        about: "advanced: what is normal, and for Dr Bowen mental health and abuse",
        provision: r#""type":"permit",CARE_PURPOSES,"securityLabel":[TAG(Confidentiality|N)],"provision":[{"type":"permit","securityLabel":[TAG(ActCode|PSY),TAG(ActCode|SDV)],ACTOR(Practitioner/bowen)}]"#,
        named: "slot visit harm mood pulse review sugar hers",
        ..ONLY_NORMAL
    },
    Example {
        about: "advanced, in an earlier version: what is normal, and for Dr Bowen mental and sexual health",
        provision: r#""type":"permit",CARE_PURPOSES,"securityLabel":[TAG(Confidentiality|N)],"provision":[{"type":"permit","securityLabel":[TAG(ActCode|PSY),TAG(ActCode|SEX)],ACTOR(Practitioner/bowen)}]"#,
        named: "slot visit mood pulse review sugar swab hers",
        ..ONLY_NORMAL
    },
    Example {
        about: "advanced: what is normal, and in an emergency what is restricted for those who are trusted with emergencies",
        provision: r#""type":"permit",CARE_PURPOSES,"securityLabel":[TAG(Confidentiality|N)],"provision":[{"type":"permit","purpose":[ACT(BTG)],"securityLabel":[TAG(Confidentiality|R)],ACTOR(Group/trusted)}]"#,
        named_in_emergency: "slot visit coded drinks harm mood note pulse review sugar swab",
        other_in_emergency: "slot visit pulse review sugar",
        ..ONLY_NORMAL
    },
];

/// Writes out what is written in short above: `NAME(arguments)`.
fn written_out(text: &str) -> String {
    let hl7 = |list: &str| format!("http://terminology.hl7.org/CodeSystem/v3-{list}");
    let coding = |system: &str, code: &str| format!(r#"{{"system":"{system}","code":"{code}"}}"#);
    let tag = |tag: &str| {
        let (list, code) = tag.split_once('|').unwrap();
        coding(&hl7(list), code)
    };
    let of = |short: &str, arguments: &str| match short {
        "ACT" => coding(&hl7("ActReason"), arguments),
        "TAG" => tag(arguments),
        "TAGS" => {
            let tags: Vec<String> = arguments.split(',').map(tag).collect();
            format!(r#""meta":{{"security":[{}]}}"#, tags.join(","))
        }
        "AUTHOR" => format!(r#""performer":[{{"reference":"Practitioner/{arguments}"}}]"#),
        "ACTOR" => format!(
            r#""actor":[{{"role":{{"coding":[{}]}},"reference":{{"reference":"{arguments}"}}}}]"#,
            coding(&hl7("ParticipationType"), "IRCP")
        ),
        _ => {
            assert_eq!(short, "DATA", "nothing else is written in short");
            let (meaning, reference) = arguments.split_once('|').unwrap();
            format!(r#"{{"meaning":"{meaning}","reference":{{"reference":"{reference}"}}}}"#)
        }
    };
    let text =
        text.replace("CARE_PURPOSES", CARE_PURPOSES).replace("VISIT", r#""encounter":{"reference":"Encounter/visit"}"#);
    let (mut written, mut rest) = (String::new(), text.as_str());
    while let Some((before, after)) = rest.split_once('(') {
        let (arguments, after) = after.split_once(')').unwrap();
        let name = before.rsplit(|letter: char| !letter.is_ascii_uppercase()).next().unwrap();
        written.push_str(before.strip_suffix(name).unwrap());
        written.push_str(&of(name, arguments));
        rest = after;
    }
    written + rest
}

fn world() -> World {
    let world = World::new();
    for (id, name) in [("rhian", "Rhian"), ("mair", "Mair")] {
        world.put(&format!(
            r#"{{"resourceType":"Patient","id":"{id}","name":[{{"text":"{name}"}}],"generalPractitioner":[{{"reference":"Organization/glan"}}]}}"#
        ));
    }
    for id in ["bowen", "lewis", "pryce"] {
        world.put(&format!(r#"{{"resourceType":"Practitioner","id":"{id}"}}"#));
    }
    for id in ["glan", "away", "lab"] {
        world.put(&format!(r#"{{"resourceType":"Organization","id":"{id}","name":"{id}"}}"#));
    }
    world.put(
        r#"{"resourceType":"PractitionerRole","id":"bowen-glan","practitioner":{"reference":"Practitioner/bowen"},"organization":{"reference":"Organization/glan"}}"#,
    );
    world.put(
        r#"{"resourceType":"Group","id":"trusted","type":"practitioner","actual":true,"member":[{"entity":{"reference":"Practitioner/bowen"}}]}"#,
    );
    for (name, members) in ENTRIES {
        let (kind, id) = name.split_once('/').unwrap();
        let observation = if kind == "Observation" {
            format!(r#""status":"final","code":{{"text":"{id}"}},"subject":{{"reference":"Patient/rhian"}},"#)
        } else {
            String::new()
        };
        world.put(&format!(r#"{{"resourceType":"{kind}","id":"{id}",{observation}{}}}"#, written_out(members)));
    }
    world
}

/// Stores the Consent of an example in Rhian's record; who gave it is not what it is about.
fn consent_of(world: &World, example: &Example) {
    let giver = if example.about.contains("mother") { "mair" } else { "rhian" };
    let source = if example.about.contains("ink") {
        r#""sourceAttachment":{"contentType":"image/png","data":"AAAA"},"#
    } else {
        ""
    };
    world.put(&format!(
        r#"{{"resourceType":"Consent","id":"choice","status":"active","scope":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}}]}},"category":[{{"coding":[{{"system":"http://loinc.org","code":"59284-0"}}]}}],"patient":{{"reference":"Patient/rhian"}},"dateTime":"2022-06-13","performer":[{{"reference":"Patient/{giver}"}}],"organization":[{{"reference":"Organization/glan"}}],{source}"policy":[{{"uri":"urn:example:policy"}}],"provision":{{{}}}}}"#,
        written_out(example.provision)
    ));
}

/// The short names of what `reader` sees, after every way of asking has said the same.
fn seen(world: &World, reader: &Person) -> Vec<&'static str> {
    let mut seen: Vec<&str> = Vec::new();
    for kind in ["Appointment", "Encounter", "Observation"] {
        let found = world.found(reader, kind, &[("_sort", "_id")]).unwrap_or_default();
        let total = |params: &[(&str, &str)]| {
            let permit = world.leave(reader, gate::Action::Search);
            let search = Search::of(fhir::ResourceType::parse(kind).unwrap(), params);
            world.record().search(&permit, &search).map_or(Some(0), |answer| answer.total)
        };
        let counted = u64::try_from(found.len()).ok();
        assert_eq!(total(&[("_summary", "count")]), counted, "{kind}, {reader:?}");
        assert_eq!(total(&[("_total", "accurate"), ("_count", "1")]), counted, "{kind}, {reader:?}");
        let own: Vec<&str> = ENTRIES.iter().map(|(name, _)| *name).filter(|name| name.starts_with(kind)).collect();
        for name in &own {
            assert_eq!(world.read(reader, name).is_ok(), found.contains(&(*name).to_owned()), "{name}, {reader:?}");
        }
        assert!(found.iter().all(|name| own.contains(&name.as_str())), "{found:?}");
        seen.extend(own.iter().filter(|name| found.contains(&(**name).to_owned())).map(|name| short(name)));
    }
    seen.sort_unstable();
    seen
}

fn short(name: &'static str) -> &'static str {
    name.split_once('/').unwrap().1
}

fn sorted(names: &'static str) -> Vec<&'static str> {
    let mut names: Vec<&str> = names.split_whitespace().collect();
    names.sort_unstable();
    names
}

/// A doctor of another organisation in an emergency that she has declared for Rhian.
fn in_emergency(world: &World, doctor: &str) -> Person {
    let mut doctor = clinician(doctor, "away");
    doctor.purpose = Purpose::BreakGlass;
    let patient = fhir::ResourceId::parse("rhian").unwrap();
    let explanation = "She is unconscious.".to_owned();
    let emergency = Emergency { reason: Reason::VitalInterest, explanation, told_later: None };
    let permit = world.leave(&doctor, gate::Action::Read);
    world.record().declare_emergency(&permit, &patient, &emergency).unwrap();
    Arc::make_mut(&mut doctor.asker).emergency = Some(patient);
    doctor
}

/// A use of many people's data that stands in the register.
fn used(world: &World, purpose: Purpose, exemption: Exemption) -> Person {
    let new = NewUse {
        title: "Hearts".into(),
        by: "A laboratory".into(),
        purpose,
        basis: "a law".into(),
        exemption: Some((exemption, "a reason".into())),
        way: Way::Token,
        until_ms: NOW_MS + 1_000,
    };
    let scopes = service("system/*.rs").asker.scopes.clone().unwrap();
    let asker = declare(world.record(), new, &Draft::default()).unwrap().asker(scopes).unwrap();
    Person { asker: Arc::new(asker), purpose }
}

fn study(world: &World, project: Option<&str>) -> Person {
    let project = project.map(|code| consent::project("urn:example:studies", code));
    used(world, Purpose::Research, Exemption::Consent { study: "Organization/lab".into(), project })
}

/// Everybody's view, by name.
fn views(world: &World) -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("Dr Bowen", seen(world, &clinician("bowen", "glan"))),
        ("Dr Pryce", seen(world, &clinician("pryce", "glan"))),
        ("the receptionist", seen(world, &receptionist("desk", "glan"))),
        ("Dr Bowen in an emergency", seen(world, &in_emergency(world, "bowen"))),
        ("Dr Pryce in an emergency", seen(world, &in_emergency(world, "pryce"))),
        ("research", seen(world, &used(world, Purpose::Research, Exemption::Law))),
        ("planning", seen(world, &used(world, Purpose::Planning, Exemption::Law))),
        ("the study", seen(world, &study(world, Some("heart")))),
        ("another study of the laboratory", seen(world, &study(world, Some("lungs")))),
        ("a study without a name", seen(world, &study(world, None))),
        ("Rhian herself", seen(world, &citizen("rhian"))),
    ]
}

/// What the example says that everybody sees.
fn expected(example: &Example) -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("Dr Bowen", sorted(example.named)),
        ("Dr Pryce", sorted(example.other)),
        ("the receptionist", sorted(if example.desk { "slot hers" } else { ONLY_HERS })),
        ("Dr Bowen in an emergency", sorted(example.named_in_emergency)),
        ("Dr Pryce in an emergency", sorted(example.other_in_emergency)),
        ("research", sorted(example.research)),
        ("planning", sorted(example.planning)),
        ("the study", sorted(example.study)),
        ("another study of the laboratory", Vec::new()),
        ("a study without a name", Vec::new()),
        ("Rhian herself", sorted(EMERGENCY)),
    ]
}

fn enforced(examples: &[Example]) {
    let without = views(&world());
    for example in examples {
        let world = world();
        consent_of(&world, example);
        let views = views(&world);
        assert_eq!(views, expected(example), "{}", example.about);
        let binds_nobody = example.about.contains("over binds nobody");
        assert_eq!(views == without, binds_nobody, "{}: would it be noticed if it was not enforced?", example.about);
    }
}

#[test]
fn without_a_consent_rules_alone_say_who_sees_what() {
    let over = BASIC.iter().find(|example| example.about.contains("over binds nobody")).unwrap();

    assert_eq!(views(&world()), expected(over));
}

#[test]
fn there_are_twenty_four_examples() {
    assert_eq!(BASIC.len() + INTERMEDIATE.len() + ADVANCED.len(), 24);
}

#[test]
fn the_basic_examples_are_enforced_at_read_at_search_and_in_every_count() {
    enforced(&BASIC);
}

#[test]
fn the_intermediate_examples_are_enforced_at_read_at_search_and_in_every_count() {
    enforced(&INTERMEDIATE);
}

#[test]
fn the_advanced_examples_are_enforced_at_read_at_search_and_in_every_count() {
    enforced(&ADVANCED);
}
