//! What requests mean, and what is said of those that mean nothing.

use crate::search::tests::{query, refusal};
use crate::search::*;
use crate::{ResourceId, ResourceType};

fn only_tests(request: &str) -> Vec<Test> {
    match query(request).conditions.pop() {
        Some(Condition::Any { tests, .. } | Condition::NoneOf { tests, .. }) => tests,
        other => panic!("{request}: {other:?}"),
    }
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

#[test]
fn an_unknown_parameter_is_refused_with_the_nearest_name() {
    let said = refusal("Patient?birthDate=2020");

    assert_eq!(said, "Patient has no search parameter `birthDate`. Did you mean `birthdate`?");
    assert!(refusal("Patient?_cuont=1").contains("`_count`"));
    assert!(refusal("Patient?nonsense=1").contains("/fhir/metadata"));
}

#[test]
fn lenient_handling_passes_over_the_unknown_but_not_the_wrong() {
    let lenient =
        |name: &str, value: &str| parse(ResourceType::PATIENT, &[(name.into(), value.into())], Handling::Lenient);

    let parsed = lenient("nonsense", "1").expect("passed over");
    assert!(parsed.used.is_empty());
    assert!(parsed.warnings[0].diagnostics.ends_with("It was passed over."));
    assert!(lenient("birthdate", "notadate").is_err());
    assert!(lenient("_filter", "name eq x").is_err());
}

#[test]
fn every_mistake_is_told_at_once() {
    assert_eq!(refusal("Patient?birthdate=notadate&gendr=male&_count=x").lines().count(), 3);
}

#[test]
fn values_that_cannot_be_read_are_refused() {
    for (request, word) in [
        ("Patient?birthdate=notadate", "is a date such as"),
        ("Patient?birthdate=2020-02-30", "is a date such as"),
        ("Patient?birthdate=", "has no value"),
        ("Patient?gender=male,,female", "empty alternative"),
        ("Patient?name=%27%27", "needs a letter"),
        ("Patient?gender:missing=perhaps", "`true` or `false`"),
        ("Patient?gender:exact=male", "no modifier `:exact`"),
        ("Patient?birthdate:exact=2020", "no modifier"),
        ("Patient?identifier=a|b|c", "is written"),
        ("Patient?_id=not/an/id", "1 to 64"),
        ("Observation?value-quantity=abc", "is written `5.4`"),
        ("Observation?value-quantity=5|mg", "is written `5.4`"),
        ("Observation?code-value-quantity=8480-6", "code$value-quantity"),
        ("Observation?subject:Medication=1", "never refers to Medication"),
        ("Observation?subject:Patient=Group/1", "wants the id of a Patient"),
        ("RiskAssessment?probability=high", "is a number"),
        ("Patient?_summary=yes", "`_summary` is"),
        ("Patient?_sort=nonsense", "no search parameter"),
        ("Observation?_sort=code-value-quantity", "has no order"),
        ("Location?near=1|2|3|leagues", "`latitude|longitude|distance|units` in degrees"),
        ("Patient?_text=cough", "not supported"),
    ] {
        let request = request.replace("%27", "'");
        assert!(refusal(&request).contains(word), "{request}: {}", refusal(&request));
    }
}

#[test]
fn a_backslash_keeps_a_sign_in_the_value() {
    let Some(Test::Token { system, code }) = only_tests(r"Patient?identifier=a\|b|c\,d\$e\\f").pop() else {
        panic!("a token")
    };

    assert_eq!((system, code.as_deref()), (SystemTest::Is("a|b".into()), Some(r"c,d$e\f")));
}

#[test]
fn commas_are_alternatives_and_repetitions_are_conditions() {
    assert_eq!(only_tests("Patient?gender=male,female").len(), 2);
    assert_eq!(query("Patient?name=a&name=b").conditions.len(), 2);
}

#[test]
fn tokens_say_system_and_code_or_either() {
    let token = |value: &str| only_tests(&format!("Observation?code={value}")).remove(0);
    let test = |system, code: Option<&str>| Test::Token { system, code: code.map(str::to_owned) };

    assert_eq!(token("a"), test(SystemTest::Any, Some("a")));
    assert_eq!(token("|a"), test(SystemTest::None, Some("a")));
    assert_eq!(token("s|a"), test(SystemTest::Is("s".into()), Some("a")));
    assert_eq!(token("s|"), test(SystemTest::Is("s".into()), None));
}

#[test]
fn a_date_without_seconds_or_zone_is_a_minute() {
    let Some(Test::Date(prefix, span)) = only_tests("Observation?date=ge1970-01-01T01:00").pop() else {
        panic!("a date")
    };

    assert_eq!((prefix, span), (Prefix::Ge, Span { from_ms: 3_600_000, until_ms: 3_660_000 }));
    assert_eq!(
        only_tests("Observation?date=2020-01-01T00:00:00 01:00"),
        only_tests("Observation?date=2020-01-01T00:00:00+01:00")
    );
}

#[test]
fn a_bare_id_is_of_the_only_type_there_can_be() {
    let of = |request| only_tests(request).remove(0);

    assert_eq!(of("Observation?patient=1"), Test::Reference { kind: Some(ResourceType::PATIENT), id: id("1") });
    assert_eq!(of("Observation?subject=1"), Test::Reference { kind: None, id: id("1") });
    assert_eq!(of("Observation?subject:Patient=1"), of("Observation?subject=Patient/1"));
    assert_eq!(
        of("Observation?subject=http://a.example/Patient/1"),
        Test::ReferenceUrl("http://a.example/Patient/1".into())
    );
}

#[test]
fn a_quantity_in_ucum_units_is_canonical_too() {
    let Some(Test::Quantity { canonical: Some((number, unit)), .. }) =
        only_tests("Observation?value-quantity=5.0|http://unitsofmeasure.org|cm").pop()
    else {
        panic!("a canonical quantity")
    };

    assert_eq!((number.value, unit.as_str()), (0.05, "m"));
}

#[test]
fn a_chain_goes_to_every_type_that_knows_the_rest() {
    let Some(Condition::AnyOf(steps)) = query("Observation?subject.name=x").conditions.pop() else { panic!("several") };
    let targets: Vec<_> = steps
        .iter()
        .map(|step| match step {
            Condition::Chain { target, .. } => *target,
            other => panic!("{other:?}"),
        })
        .collect();

    assert!(targets.contains(&ResourceType::PATIENT) && targets.contains(&ResourceType::LOCATION));
    assert!(!targets.contains(&ResourceType::GROUP));
}

#[test]
fn chains_and_has_may_be_deep_but_not_endless() {
    query("Observation?encounter.service-provider.name=x");
    query("Patient?_has:Observation:patient:_has:Provenance:target:agent=Practitioner/1");
    query("Patient?_has:Observation:patient:encounter.class=AMB");

    let deep = format!("Organization?{}name=x", "partof.".repeat(CHAIN_DEPTH_MAX + 1));
    assert!(refusal(&deep).contains("at most 4 steps"));
    assert!(refusal("Patient?gender.name=x").contains("not a reference"));
    assert!(refusal("Patient?_has:Observation:patient=x").contains("incomplete"));
    assert!(refusal("Patient?_has:Observation:encounter:code=x").contains("never refers to Patient"));
}

#[test]
fn wishes_about_the_answer_are_read_and_bounded() {
    let read = query(
        "Patient?_sort=-birthdate,family&_count=99999999999&_elements=name,id&_total=accurate&_summary=text&_format=json",
    );

    assert_eq!(read.sort.iter().map(|key| key.descending).collect::<Vec<_>>(), [true, false]);
    assert_eq!((read.count, read.total, read.summary), (Some(COUNT_MAX), Total::Accurate, Summary::Text));
    assert_eq!(read.elements, ["name", "id"]);
    assert!(read.conditions.is_empty());
}

#[test]
fn includes_name_their_source() {
    let read = query(
        "Encounter?_include=Encounter:subject:Patient&_include:iterate=Patient:organization&_include=*&_revinclude=Observation:encounter",
    );

    assert_eq!(read.includes.len(), 3);
    assert_eq!(read.includes[0].target, Some(ResourceType::PATIENT));
    assert!(read.includes[1].iterate && read.includes[2].param.is_none());
    assert_eq!(read.revincludes[0].source, ResourceType::OBSERVATION);
    for (request, word) in [
        ("Encounter?_include=Patient:organization", "_include:iterate"),
        ("Encounter?_include=Encounter:subject:Location", "never refers to Location"),
        ("Encounter?_revinclude=*", "no bound"),
        ("Encounter?_include=Encounter", "incomplete"),
    ] {
        assert!(refusal(request).contains(word), "{request}: {}", refusal(request));
    }
}

#[test]
fn there_are_limits_to_what_one_request_may_ask() {
    let many = vec![("name".to_owned(), "x".to_owned()); PARAMETERS_MAX + 1];
    assert!(parse(ResourceType::PATIENT, &many, Handling::Strict).is_err());
    assert!(parse(ResourceType::PATIENT, &many[1..], Handling::Strict).is_ok());

    let alternatives = |count: usize| format!("Patient?gender={}", vec!["male"; count].join(","));
    assert_eq!(only_tests(&alternatives(ALTERNATIVES_MAX)).len(), ALTERNATIVES_MAX);
    assert!(refusal(&alternatives(ALTERNATIVES_MAX + 1)).contains("at most"));
}

proptest::proptest! {
    #[test]
    fn no_request_makes_it_panic(name in "[a-z_:.-]{0,20}", value in proptest::prelude::any::<String>()) {
        let _ = parse(ResourceType::OBSERVATION, &[(name, value.clone())], Handling::Strict);
        for code in ["code", "date", "value-quantity", "subject", "code-value-quantity", "_id", "_include", "_sort", "_has:Provenance:target:agent"] {
            let _ = parse(ResourceType::OBSERVATION, &[(code.to_owned(), value.clone())], Handling::Strict);
        }
    }
}
