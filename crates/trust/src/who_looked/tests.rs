//! What a person is told about who looked.

use super::*;
use crate::tests::{MRS_A, NOW_MS, Server, daughter, doctor, doctor_looked, id, mrs_a, officer};
use fhir::ResourceType;
use gate::{Action, RelationKind};

fn told_to_mrs_a(server: &Server) -> WhoLooked {
    who_looked(&server.trust, &server.permit(&mrs_a(), Action::Read), &id("mrs-a"), None).unwrap()
}

#[test]
fn a_look_is_told_in_welsh_too() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);

    let permit = server.permit(&mrs_a(), Action::Read);
    let told = who_looked_in(&server.trust, &permit, &id("mrs-a"), None, Language::Welsh).unwrap();

    let look = &told.episodes[0].looks[0];
    assert!(look.sentence.starts_with("Gwelodd Dr A. Khan (Elm Surgery) eich "), "{}", look.sentence);
    assert!(look.sentence.ends_with(". Y rheswm: rydych chi wedi cofrestru yno."), "{}", look.sentence);
    assert_eq!((look.role.as_str(), look.purpose.as_str()), ("meddyg teulu neu nyrs practis", "gofal uniongyrchol"));
    assert!(look.rule.starts_with("Gall meddygon teulu a nyrsys practis"), "{}", look.rule);
}

#[test]
fn a_look_is_told_as_a_sentence_with_its_reason() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);

    let looked = told_to_mrs_a(&server);

    let look = &looked.episodes[0].looks[0];
    assert_eq!(look.sentence, "Dr A. Khan (Elm Surgery) saw your test results because you are registered there.");
    assert_eq!((look.role.as_str(), look.purpose.as_str()), ("GP or practice nurse", "direct care"));
    assert_eq!(look.rule, "GPs and practice nurses who care for a person may see that person's record.");
}

#[test]
fn a_real_look_is_told_with_the_relationship_that_allowed_it() {
    let server = Server::with_everybody();
    let record = server.trust.record();
    record.read(&server.permit(&doctor(), Action::Read), ResourceType::OBSERVATION, &id("hba1c")).unwrap();

    let looked = told_to_mrs_a(&server);

    let sentences: Vec<&str> =
        looked.episodes.iter().flat_map(|episode| &episode.looks).map(|look| look.sentence.as_str()).collect();
    assert_eq!(sentences, ["Dr A. Khan (Elm Surgery) saw your test results because you are registered there."]);
}

#[test]
fn looks_of_one_day_and_organisation_are_one_episode() {
    let server = Server::with_everybody();
    let later = Draft { at_ms: NOW_MS + 60_000, kinds: vec![ResourceType::CONDITION.code()], ..doctor_looked() };
    let nurse = Draft { who: "Practitioner/nurse".into(), name: "Nurse B. Obi".into(), ..doctor_looked() };
    let next_day = Draft { at_ms: NOW_MS + 24 * 3_600_000, ..doctor_looked() };
    server.log(vec![doctor_looked(), later, nurse, next_day]);

    let looked = told_to_mrs_a(&server);

    let people: Vec<usize> = looked.episodes.iter().map(|episode| episode.looks.len()).collect();
    assert_eq!(people, [1, 2]);
    let doctor = looked.episodes[1].looks.iter().find(|look| look.name == "Dr A. Khan").unwrap();
    assert_eq!((doctor.times, doctor.first_ms, doctor.last_ms), (2, NOW_MS, NOW_MS + 60_000));
    assert_eq!(doctor.kinds, ["health problems", "test results"]);
}

#[test]
fn machines_stand_apart_from_people() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);

    let looked = told_to_mrs_a(&server);

    assert_eq!(
        looked.machines[0].sentence,
        "Demo locality (a computer system) changed your test results and name and contact details because it runs a service that keeps your \
         record up to date."
    );
    assert!(looked.episodes.iter().flat_map(|episode| &episode.looks).all(|look| look.name != "Demo locality"));
}

#[test]
fn the_persons_own_accesses_are_only_counted() {
    let server = Server::with_everybody();
    let own = Draft { who: "Patient/mrs-a".into(), role: Role::Citizen.name().into(), ..doctor_looked() };
    server.log(vec![own.clone(), own]);

    let looked = told_to_mrs_a(&server);

    assert_eq!(looked.own.times, 2);
    assert!(looked.episodes.is_empty());
}

#[test]
fn somebody_who_acts_for_the_person_is_told_as_such() {
    let server = Server::with_everybody();
    let proxy = Draft {
        who: "Patient/daughter".into(),
        name: "Susan Archer".into(),
        role: Role::Citizen.name().into(),
        organisation_name: String::new(),
        rule: "citizen-own-record".into(),
        ..doctor_looked()
    };
    server.log(vec![proxy]);

    let looked = told_to_mrs_a(&server);

    let look = &looked.episodes[0].looks[0];
    assert_eq!(look.sentence, "Susan Archer saw your test results because they act for you.");
}

#[test]
fn an_attempt_that_gave_nothing_is_no_look() {
    let server = Server::with_everybody();
    let absent = Draft { outcome: "absent".into(), ..doctor_looked() };
    let refused = Draft { outcome: "refused".into(), ..doctor_looked() };
    server.log(vec![absent, refused]);

    assert!(told_to_mrs_a(&server).episodes.is_empty());
}

#[test]
fn what_her_choice_kept_back_is_told_as_not_shown_and_is_no_look_to_be_asked_about() {
    let server = Server::with_everybody();
    let rule = record::kept_back::BY_CHOICE.to_owned();
    server.log(vec![Draft { outcome: "absent".into(), rule, ..doctor_looked() }]);

    let english = told_to_mrs_a(&server);
    let permit = server.permit(&mrs_a(), Action::Read);
    let welsh = who_looked_in(&server.trust, &permit, &id("mrs-a"), None, Language::Welsh).unwrap();

    let look = &english.episodes[0].looks[0];
    let told = "Dr A. Khan (Elm Surgery) was not shown some of your test results because you chose not to share that.";
    assert_eq!(look.sentence, told);
    assert_eq!(look.rule, "What a person has chosen not to share is kept back.");
    assert!(look.entries.is_empty());
    assert!(recent_people(&english, 5).is_empty(), "she did not look");
    let sentence = &welsh.episodes[0].looks[0].sentence;
    assert!(
        sentence.starts_with("Ni ddangoswyd rhywfaint o'ch canlyniadau profion i Dr A. Khan (Elm Surgery)"),
        "{sentence}"
    );
}

#[test]
fn a_person_reads_her_own_log_and_nobody_elses() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);
    let ask = |permit: &Permit| who_looked(&server.trust, permit, &id("mrs-a"), None);

    assert!(ask(&server.permit(&mrs_a(), Action::Read)).is_ok());
    assert!(ask(&server.permit(&officer(), Action::Read)).is_ok());
    assert!(ask(&server.permit(&daughter(), Action::Read)).is_err());
    assert!(ask(&server.permit(&doctor(), Action::Read)).is_err());
}

#[test]
fn that_somebody_read_the_log_is_in_the_log() {
    let server = Server::with_everybody();
    who_looked(&server.trust, &server.permit(&officer(), Action::Read), &id("mrs-a"), None).unwrap();

    let looked = told_to_mrs_a(&server);

    let look = &looked.episodes[0].looks[0];
    assert_eq!(
        look.sentence,
        "Ms R. Patel saw your list of who looked because they check that records are used properly."
    );
}

#[test]
fn the_last_three_people_are_different_people_newest_first() {
    let server = Server::with_everybody();
    let look = |n: i64, who: &str| Draft { at_ms: NOW_MS + n, who: who.into(), name: who.into(), ..doctor_looked() };
    server.log(vec![look(1, "a"), look(2, "b"), look(3, "c"), look(4, "a"), look(5, "d")]);
    let looked = told_to_mrs_a(&server);

    let names: Vec<&str> = recent_people(&looked, 3).iter().map(|look| look.name.as_str()).collect();

    assert_eq!(names, ["d", "a", "c"]);
}

#[test]
fn every_relationship_and_every_rule_gives_a_reason() {
    let server = Server::with_everybody();
    let gate = server.trust.gate();

    for kind in RelationKind::ALL {
        let subject = Subject { part: MRS_A, relation: kind.code() + 1 };
        assert_eq!(words::because(gate, &doctor_looked(), subject), kind.phrase());
    }
    for rule in gate.rules() {
        let draft = Draft { rule: rule.id.to_string(), ..doctor_looked() };
        assert_eq!(words::because(gate, &draft, Subject { part: MRS_A, relation: 0 }), rule.because);
    }
}

#[test]
fn long_logs_come_in_stretches() {
    let server = Server::with_everybody();
    let many = crate::person::ENTRIES_MAX + 20;
    server.log(vec![doctor_looked(); many]);
    let permit = server.permit(&officer(), Action::Read);

    let first = who_looked(&server.trust, &permit, &id("mrs-a"), None).unwrap();
    let rest = who_looked(&server.trust, &permit, &id("mrs-a"), first.older).unwrap();

    assert_eq!(first.episodes[0].looks[0].times, 500);
    assert_eq!((rest.episodes[0].looks[0].times, rest.older), (20, None));
}

#[test]
fn the_samples_read_well() {
    let sample = WhoLooked::sample();

    assert_eq!(sample.episodes.len(), 2);
    assert_eq!(
        sample.episodes[0].looks[0].sentence,
        "Dr Priya Nair (Ashdale Royal Hospital) saw your allergies, health problems and medicines because you were in their \
         care at the time."
    );
}
