//! Each template explains and each sign speaks, over stories of a few looks.

use super::*;
use gate::RelationKind;
use std::sync::Arc;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Monday 2 November 2026, 10:00 in London.
const MONDAY_MS: i64 = 1_793_613_600_000;
const DOCTOR: &str = "Practitioner/khan";
const ELM: &str = "Organization/elm";
const HER: u32 = 7;

fn look(at_ms: i64, relation: Option<RelationKind>) -> Access {
    Access { entry: 1, at_ms, staff: DOCTOR.into(), organisation: ELM.into(), part: HER, relation }
}

fn registered(at_ms: i64) -> Access {
    look(at_ms, Some(RelationKind::RegisteredPractice))
}

fn event(kind: EventKind, at_ms: i64, by: &str, organisation: &str) -> Event {
    Event { at_ms, part: HER, kind, by: by.into(), organisation: organisation.into() }
}

fn person(person: PersonFacts) -> Facts {
    let staff = StaffFacts { surnames: vec!["khan".into()], homes: vec!["3elmrow ke11aa".into()] };
    Facts { people: [(HER, person)].into(), staff: [(Arc::from(DOCTOR), staff)].into() }
}

fn verdict(look: Access, events: &[Event], facts: &Facts) -> Verdict {
    reconcile(&[look], events, facts).remove(0)
}

fn explained(look: Access, events: &[Event], facts: &Facts) -> (Template, Strength) {
    let verdict = verdict(look, events, facts);
    assert!(verdict.is_explained() && verdict.score == 0, "{verdict:?}");
    verdict.explanation.map(|one| (one.template, one.strength)).unwrap()
}

#[test]
fn each_relationship_explains_a_look() {
    let told = |relation| explained(look(MONDAY_MS, Some(relation)), &[], &Facts::default());

    assert_eq!(told(RelationKind::RegisteredPractice), (Template::Registration, Strength::Broad));
    assert_eq!(told(RelationKind::OpenEncounter), (Template::Encounter, Strength::Circle));
    assert_eq!(told(RelationKind::Appointment), (Template::Appointment, Strength::Circle));
    assert_eq!(told(RelationKind::Referral), (Template::Referral, Strength::Circle));
    assert_eq!(told(RelationKind::Caseload), (Template::Caseload, Strength::Circle));
    assert_eq!(told(RelationKind::Residence), (Template::Residence, Strength::Circle));
    assert_eq!(told(RelationKind::NominatedPharmacy), (Template::Pharmacy, Strength::Broad));
}

#[test]
fn what_happened_in_the_record_is_a_better_reason_than_a_registration() {
    let told = |kind, days, organisation| {
        let happened = event(kind, MONDAY_MS - days * DAY_MS, "service/labs", organisation);
        explained(registered(MONDAY_MS), &[happened], &Facts::default()).0
    };

    assert_eq!(told(EventKind::Result, 13, ""), Template::Result);
    assert_eq!(told(EventKind::Message, 6, ""), Template::Message);
    assert_eq!(told(EventKind::Task, 27, ""), Template::Task);
    assert_eq!(told(EventKind::Note, 1, ELM), Template::CareTeam);
    assert_eq!(told(EventKind::Booking, 1, ELM), Template::Appointment);
    assert_eq!(told(EventKind::Result, 15, ""), Template::Registration);
    assert_eq!(told(EventKind::Note, 1, "Organization/other"), Template::Registration);
}

#[test]
fn her_own_appointment_and_her_own_writing_are_personal() {
    let with = |with: &str| Appointment { at_ms: MONDAY_MS + HOUR_MS, with: vec![with.into()] };
    let booked = |one: Appointment| person(PersonFacts { appointments: vec![one], ..PersonFacts::default() });
    let wrote = [event(EventKind::Note, MONDAY_MS, DOCTOR, ELM)];

    assert_eq!(explained(look(MONDAY_MS, None), &[], &booked(with(DOCTOR))).1, Strength::Personal);
    assert_eq!(explained(look(MONDAY_MS, None), &[], &booked(with(ELM))).1, Strength::Circle);
    assert_eq!(explained(look(MONDAY_MS, None), &wrote, &Facts::default()).1, Strength::Personal);
}

#[test]
fn who_is_looked_up_before_care_begins_is_explained_by_that_care() {
    let looks = [
        look(MONDAY_MS, None),
        Access { entry: 2, at_ms: MONDAY_MS + HOUR_MS, ..look(0, Some(RelationKind::OpenEncounter)) },
    ];

    let verdicts = reconcile(&looks, &[], &Facts::default());

    assert!(verdicts.iter().all(Verdict::is_explained), "{verdicts:?}");
}

#[test]
fn a_look_without_any_reason_is_told_as_that() {
    let verdict = verdict(look(MONDAY_MS, None), &[], &Facts::default());

    assert!(!verdict.is_explained());
    assert_eq!((verdict.score, verdict.reasons()), (20, vec!["Nothing in the record says why they looked."]));
}

#[test]
fn each_fact_about_the_two_people_is_a_sign_where_the_reason_is_broad() {
    let sign = |facts: PersonFacts| verdict(registered(MONDAY_MS), &[], &person(facts)).signs;

    assert_eq!(sign(PersonFacts { surnames: vec!["khan".into()], ..PersonFacts::default() }), [Sign::SameSurname]);
    assert_eq!(
        sign(PersonFacts { homes: vec!["3elmrow ke11aa".into()], ..PersonFacts::default() }),
        [Sign::SameAddress]
    );
    assert_eq!(sign(PersonFacts { is_flagged: true, ..PersonFacts::default() }), [Sign::Flagged]);
    assert_eq!(sign(PersonFacts { works_for: vec![ELM.into()], ..PersonFacts::default() }), [Sign::Colleague]);
    let died = |days: i64| PersonFacts { died_ms: Some(MONDAY_MS - days * DAY_MS), ..PersonFacts::default() };
    assert_eq!((sign(died(29)), sign(died(27))), (vec![Sign::Deceased], vec![]));
}

#[test]
fn an_appointment_with_this_doctor_outweighs_every_sign() {
    let facts = PersonFacts {
        surnames: vec!["khan".into()],
        homes: vec!["3elmrow ke11aa".into()],
        is_flagged: true,
        appointments: vec![Appointment { at_ms: MONDAY_MS, with: vec![DOCTOR.into()] }],
        ..PersonFacts::default()
    };

    assert!(verdict(registered(MONDAY_MS), &[], &person(facts)).is_explained());
}

#[test]
fn an_open_contact_outweighs_a_surname_and_not_an_address() {
    let open = || look(MONDAY_MS, Some(RelationKind::OpenEncounter));
    let same = |facts: PersonFacts| verdict(open(), &[], &person(facts)).is_explained();

    assert!(same(PersonFacts { surnames: vec!["khan".into()], ..PersonFacts::default() }));
    assert!(!same(PersonFacts { homes: vec!["3elmrow ke11aa".into()], ..PersonFacts::default() }));
}

fn many(people: u32, step: u32, pause_ms: i64, relation: RelationKind) -> Vec<Verdict> {
    let one = |number: u32| Access {
        entry: u64::from(number),
        part: 100 + number * step,
        ..look(MONDAY_MS + i64::from(number) * pause_ms, Some(relation))
    };
    let looks: Vec<Access> = (0..people).map(one).collect();
    reconcile(&looks, &[], &Facts::default())
}

#[test]
fn many_people_in_an_hour_are_a_sweep_unless_they_are_in_care() {
    let swept = |people, pause_ms, relation| {
        many(people, 2, pause_ms, relation).iter().filter(|one| one.signs.contains(&Sign::Sweep)).count()
    };

    assert_eq!(swept(13, HOUR_MS / 20, RelationKind::RegisteredPractice), 13);
    assert_eq!(swept(12, HOUR_MS / 20, RelationKind::RegisteredPractice), 0);
    assert_eq!(swept(13, HOUR_MS / 4, RelationKind::RegisteredPractice), 0);
    assert_eq!(swept(13, HOUR_MS / 20, RelationKind::Residence), 0);
}

#[test]
fn people_in_the_order_of_their_numbers_are_a_sequence() {
    let in_a_row = |people, step| {
        let verdicts = many(people, step, HOUR_MS / 30, RelationKind::RegisteredPractice);
        verdicts.iter().filter(|one| one.signs == [Sign::Sequence]).count()
    };

    assert_eq!((in_a_row(4, 1), in_a_row(3, 1), in_a_row(4, 2)), (4, 0, 0));
}

#[test]
fn a_look_at_night_by_somebody_who_works_by_day_is_off_shift() {
    let one = |day: i64, hour: i64| {
        let at_ms = MONDAY_MS + day * 7 * DAY_MS + hour * HOUR_MS;
        Access { part: u32::try_from(day * 10 + hour).unwrap() * 3, ..registered(at_ms) }
    };
    let mut looks: Vec<Access> = (0..40).flat_map(|day| (0..5).map(move |hour| one(day, hour))).collect();
    looks.push(one(1, 16));

    let verdicts = reconcile(&looks, &[], &Facts::default());

    let off: Vec<usize> = (0..looks.len()).filter(|place| !verdicts[*place].is_explained()).collect();
    assert_eq!((off, verdicts.last().unwrap().signs.as_slice()), (vec![looks.len() - 1], [Sign::OffShift].as_slice()));
}

#[test]
fn somebody_who_left_the_practice_is_a_former_patient_there() {
    let looks = [registered(MONDAY_MS - 90 * DAY_MS), Access { entry: 2, ..look(MONDAY_MS, None) }];

    let verdicts = reconcile(&looks, &[], &Facts::default());

    assert!(verdicts[0].is_explained());
    assert_eq!(verdicts[1].signs, [Sign::FormerPatient]);
}

#[test]
fn three_days_without_a_reason_are_coming_back() {
    let on = |days: &[i64]| {
        let looks: Vec<Access> = days.iter().map(|day| look(MONDAY_MS + day * DAY_MS, None)).collect();
        reconcile(&looks, &[], &Facts::default()).iter().all(|one| one.signs == [Sign::CameBack])
    };

    assert!(on(&[0, 5, 20]));
    assert!(!on(&[0, 5]));
    assert!(!on(&[0, 50, 110]));
}

#[test]
fn signs_and_templates_have_codes_of_their_own_and_are_found_again_by_them() {
    for sign in Sign::ALL {
        assert_eq!(Sign::parse(sign.code()), Some(sign));
        assert!(sign.sentence().ends_with('.') && sign.weight() > 0);
    }
    for template in Template::ALL {
        assert_eq!(Template::parse(template.code()), Some(template));
    }
}

#[test]
fn a_self_claimed_relationship_is_checked_whatever_else_speaks_for_it() {
    let verdicts = reconcile(&[look(MONDAY_MS, Some(RelationKind::SelfClaimed))], &[], &Facts::default());

    assert!(!verdicts[0].is_explained());
    assert_eq!(verdicts[0].signs, [Sign::SelfClaimed]);
}

#[test]
fn a_declared_emergency_is_checked_whatever_else_speaks_for_it() {
    let verdicts = reconcile(&[look(MONDAY_MS, Some(RelationKind::Emergency))], &[], &Facts::default());

    assert!(!verdicts[0].is_explained());
    assert_eq!(verdicts[0].signs, [Sign::Emergency]);
}
