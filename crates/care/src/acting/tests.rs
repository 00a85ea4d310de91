//! What the forms of a grant mean, and what the pages say of it.

use super::rules::{ASKS, Case, Wrong, begun, checked, wanted};
use super::{pages, steps};
use crate::person::Person;
use fhir::ResourceId;
use gate::Role;
use jiff::civil::Date;
use kit::form::{Mistake, Sent};
use record::granting::{About, Basis, Granted, Spoken};
use record::research_contact::ResearchContact;

const TODAY: Date = Date::constant(2026, 11, 22);
const NOW_MS: i64 = 1_795_341_600_000;

fn case(born: Date, role: Role) -> Case {
    let about = About { born: Some(born), numbers: vec!["9990000026".to_owned()], ..About::default() };
    let patient = ResourceId::parse("sam").unwrap();
    Case {
        patient,
        person: Person::sample(),
        about,
        grants: Vec::new(),
        research: None,
        role,
        today: TODAY,
        now_ms: NOW_MS,
    }
}

fn child() -> Case {
    case(Date::constant(2019, 5, 3), Role::Receptionist)
}

fn adult() -> Case {
    case(Date::constant(1944, 5, 3), Role::Receptionist)
}

/// The details of a mother, with some fields changed.
fn sent(changes: &[(&str, &str)]) -> Sent {
    let usual = [
        ("basis", "parental"),
        ("name", "Robin Vale"),
        ("nhs_number", "999 000 0018"),
        ("born-day", "4"),
        ("born-month", "3"),
        ("born-year", "1990"),
        ("relationship", "MTH"),
        ("sees", "all"),
        ("from-day", "22"),
        ("from-month", "11"),
        ("from-year", "2026"),
        ("evidence", "BRTH"),
        ("seen-day", "20"),
        ("seen-month", "11"),
        ("seen-year", "2026"),
    ];
    let kept = usual.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let pairs = kept.chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Sent::from(pairs.collect::<Vec<_>>())
}

fn mistakes(case: &Case, changes: &[(&str, &str)]) -> Vec<Mistake> {
    match wanted(&sent(changes), case) {
        Ok(_) => Vec::new(),
        Err(Wrong::Basis(mistakes) | Wrong::Details(_, mistakes)) => mistakes,
    }
}

#[test]
fn a_parent_acts_until_the_day_before_the_16th_birthday_whatever_else_is_sent() {
    let found = wanted(&sent(&[("until-day", "1"), ("until-month", "1"), ("until-year", "2060")]), &child());
    let Ok(found) = found else { panic!("the form is right") };

    assert_eq!(found.grant.terms.until, Date::constant(2035, 5, 2));
    assert_eq!(
        steps::read_back(&child(), &found),
        "From 22 November 2026 to 2 May 2035, Robin Vale (mother) may act for ASHWORTH, Edith (Mrs), by parental responsibility, and sees the whole record, without copies."
    );
}

#[test]
fn every_mistake_stands_at_its_field() {
    let cases: &[(&str, &str, &str)] = &[
        ("basis", "", "basis"),
        ("basis", "consent", "basis"),
        ("name", " ", "name"),
        ("nhs_number", "999 000 0001", "nhs_number"),
        ("nhs_number", "9990000026", "nhs_number"),
        ("born-year", "", "born"),
        ("born-year", "2030", "born"),
        ("relationship", "KING", "relationship"),
        ("sees", "", "sees"),
        ("from-day", "21", "from"),
        ("from-year", "2036", "from"),
        ("evidence", "order", "evidence"),
        ("seen-day", "23", "seen"),
        ("seen-month", "1", "seen"),
    ];

    for (field, value, at) in cases {
        let found = mistakes(&child(), &[(field, value)]);
        assert_eq!(found.iter().map(|one| one.field).collect::<Vec<_>>(), [*at], "{field}={value}: {found:?}");
    }
    assert!(mistakes(&child(), &[]).is_empty());
}

#[test]
fn a_power_of_attorney_needs_its_registration_and_an_order_its_last_day() {
    let power = |more: &[(&'static str, &'static str)]| {
        let until = [("basis", "attorney"), ("evidence", "lpa-online"), ("until-day", "1"), ("until-month", "2")];
        let all: Vec<_> = until.iter().chain(&[("until-year", "2031")]).chain(more).copied().collect();
        mistakes(&adult(), &all).iter().map(|one| one.field).collect::<Vec<_>>()
    };
    assert_eq!(power(&[]), ["registered", "reference"]);
    assert_eq!(power(&[("registered", "no"), ("reference", "7000-1234-5678")]), ["registered"]);
    assert_eq!(power(&[("registered", "yes"), ("reference", "<script>")]), ["reference"]);
    assert!(power(&[("registered", "yes"), ("reference", "7000-1234-5678")]).is_empty());

    let order = [("basis", "court"), ("evidence", "order")];
    assert_eq!(mistakes(&adult(), &order).iter().map(|one| one.field).collect::<Vec<_>>(), ["until"]);
}

#[test]
fn who_may_act_already_is_not_recorded_twice() {
    let consent = br#"{"resourceType":"Consent","id":"g","status":"active","policyRule":{"text":"x"},"provision":{"type":"permit","actor":[{"reference":{"type":"Patient","display":"Robin Vale","identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}}]}}"#;
    let granted = Granted::of(&fhir::json::parse(consent).unwrap()).unwrap();
    let case = Case { grants: vec![granted], ..child() };

    let found = mistakes(&case, &[]);
    assert!(found.len() == 1 && found[0].says.contains("Robin Vale may act for this person already"), "{found:?}");
}

#[test]
fn with_a_worry_nothing_is_recorded_and_without_an_answer_the_question_is_asked_again() {
    let case = child();
    let Ok(wanted) = wanted(&sent(&[]), &case) else { panic!("the form is right") };
    let answered = |spoken: &'static str, concern: &'static str| {
        checked(&sent(&[("spoken", spoken), ("concern", concern)]), &case, &wanted)
    };

    assert_eq!(answered("yes", "no").unwrap().unwrap().spoken, Spoken::Alone);
    assert_eq!(answered("could-not", "no").unwrap().unwrap().spoken, Spoken::CouldNot);
    for spoken in ["yes", "could-not", "no", ""] {
        assert_eq!(answered(spoken, "yes"), Ok(None), "{spoken}");
    }
    let fields = |found: Result<(), Vec<Mistake>>| {
        found.err().unwrap_or_default().iter().map(|one| one.field).collect::<Vec<_>>()
    };
    assert_eq!(fields(answered("no", "no").map(drop)), ["spoken"]);
    assert_eq!(fields(answered("", "").map(drop)), ["spoken", "concern"]);
}

#[test]
fn the_steps_ask_only_what_the_ground_needs_and_keep_what_was_typed() {
    let (child, adult) = (child(), adult());
    let first = steps::basis(&child, &[]).into_string();
    assert!(first.contains("value=\"parental\"") && !first.contains("value=\"court\""), "{first}");
    assert!(first.contains("This person is under 16"), "why the others are not there");

    let form = begun(sent(&[("name", "<b>")]), Basis::Parental, &child);
    let parental = steps::details(&child, Basis::Parental, &form, &[]).into_string();
    assert!(parental.contains("2 May 2035") && !parental.contains("name=\"until-day\""), "{parental}");
    assert!(parental.contains("value=\"&lt;b&gt;\"") && !parental.contains("name=\"registered\""));
    let power = steps::details(&adult, Basis::Attorney, &form, &[]).into_string();
    assert!(power.contains("name=\"registered\"") && power.contains("name=\"until-day\""));
    assert!(parental.contains(ASKS.number.1), "it says that nobody is looked up");
}

#[test]
fn the_list_says_whether_the_person_may_be_asked_about_research_and_not_to_ask_where_nothing_is_said() {
    let said = |may_be_asked| {
        let since = "2026-11-20T10:00:00Z".to_owned();
        let research = Some(ResearchContact { may_be_asked, is_active: true, since });
        pages::list(&Case { research, ..adult() }, "").into_string()
    };

    assert!(pages::list(&adult(), "").into_string().contains("do not ask."));
    assert!(said(true).contains("They may be asked, said on 20 November 2026."), "{}", said(true));
    assert!(said(false).contains("They do not want to be asked, said on 20 November 2026."));
}

#[test]
fn the_list_tells_a_grant_and_offers_an_end_only_while_it_stands() {
    let consent = fhir::json::parse(include_bytes!("samples/consent.json")).unwrap();
    let standing = Case { grants: Granted::of(&consent).into_iter().collect(), ..child() };
    let list = pages::list(&standing, "recorded").into_string();
    for part in [
        "Robin Vale, mother",
        "Parental responsibility",
        "birth certificate",
        "Ms Tina Rudd, Elm Surgery",
        "End that Robin Vale may act",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }

    let grown = Case { grants: standing.grants.clone(), ..adult() };
    let list = pages::list(&grown, "").into_string();
    assert!(
        list.contains("Nobody.") && list.contains("Ended") && !list.contains("End that"),
        "16 was long ago: {list}"
    );
    let hidden = Case { about: About { is_protected: true, ..About::default() }, ..adult() };
    assert!(!pages::list(&hidden, "").into_string().contains("Record a new one"));
}
