//! The table of prefixes, and the rules that a reader of R4 could get wrong.

use super::*;
use proptest::prelude::*;

fn span(from_ms: i64, until_ms: i64) -> Span {
    Span { from_ms, until_ms }
}

fn hundred() -> Approximate {
    Approximate { value: 100.0, low: 99.5, high: 100.5 }
}

#[test]
fn a_date_equals_only_a_question_that_holds_it_whole() {
    let year = span(100, 200);

    assert!(date_is(Prefix::Eq, year, span(100, 200)) && date_is(Prefix::Eq, year, span(150, 160)));
    assert!(!date_is(Prefix::Eq, year, span(50, 150)) && date_is(Prefix::Ne, year, span(50, 150)));
}

#[test]
fn a_period_that_reaches_beyond_is_greater_and_one_that_begins_before_is_less() {
    let asked = span(100, 200);
    let around = span(50, 250);

    assert!(date_is(Prefix::Gt, asked, around) && date_is(Prefix::Lt, asked, around));
    assert!(!date_is(Prefix::Sa, asked, around) && !date_is(Prefix::Eb, asked, around));
    assert!(date_is(Prefix::Sa, asked, span(200, 201)) && date_is(Prefix::Eb, asked, span(99, 100)));
}

#[test]
fn a_number_is_compared_with_its_precision_only_for_equality() {
    assert!(number_is(Prefix::Eq, hundred(), 100.4) && !number_is(Prefix::Eq, hundred(), 100.5));
    assert!(number_is(Prefix::Gt, hundred(), 100.4) && !number_is(Prefix::Gt, hundred(), 100.0));
    assert!(number_is(Prefix::Ap, hundred(), 109.0) && !number_is(Prefix::Ap, hundred(), 111.0));
}

#[test]
fn codes_ignore_case_and_systems_do_not() {
    let token = Token { system: Some("http://S".into()), code: Some("AMB".into()), ..Token::default() };

    assert!(token_is(&token, &SystemTest::Is("http://S".into()), Some("amb")));
    assert!(!token_is(&token, &SystemTest::Is("http://s".into()), Some("AMB")));
    assert!(!token_is(&token, &SystemTest::None, Some("AMB")));
    assert!(token_is(&token, &SystemTest::Is("http://S".into()), None));
}

#[test]
fn a_canonical_without_a_version_is_any_version() {
    let value = Value::Reference(Target::Url("http://q|2".into()));

    assert!(matches(&Test::ReferenceUrl("http://q".into()), &value));
    assert!(matches(&Test::ReferenceUrl("http://q|2".into()), &value));
    assert!(!matches(&Test::ReferenceUrl("http://q|1".into()), &value));
}

#[test]
fn below_is_a_start_and_above_ends_at_a_slash() {
    let value = Value::Uri("http://a/b".into());

    assert!(matches(&Test::UriBelow("http://a/".into()), &value));
    assert!(matches(&Test::UriAbove("http://a/b/c".into()), &value));
    assert!(!matches(&Test::UriAbove("http://a/bc".into()), &value));
}

#[test]
fn different_units_of_one_dimension_compare() {
    let value = |value, code: &'static str, canonical: (f64, &str)| {
        Value::Quantity(Quantity {
            value,
            system: Some("http://unitsofmeasure.org".into()),
            code: Some(code.into()),
            unit: None,
            canonical: Some((canonical.0, canonical.1.to_owned())),
        })
    };
    let metres = Test::Quantity {
        prefix: Prefix::Gt,
        number: hundred(),
        unit: Some(("http://unitsofmeasure.org".into(), "cm".into())),
        canonical: Some((Approximate { value: 1.0, low: 0.995, high: 1.005 }, "m".into())),
    };

    assert!(matches(&metres, &value(2.0, "m", (2.0, "m"))));
    assert!(!matches(&metres, &value(2000.0, "g", (2000.0, "g"))));
}

proptest! {
    #[test]
    fn every_date_is_equal_or_not_equal(a in -50_i64..50, b in 1_i64..50, c in -50_i64..50, d in 1_i64..50) {
        let (asked, value) = (span(a, a + b), span(c, c + d));
        prop_assert_ne!(date_is(Prefix::Eq, asked, value), date_is(Prefix::Ne, asked, value));
        prop_assert!(!date_is(Prefix::Sa, asked, value) || date_is(Prefix::Gt, asked, value));
        prop_assert!(!date_is(Prefix::Eb, asked, value) || date_is(Prefix::Lt, asked, value));
        prop_assert!(date_is(Prefix::Ge, asked, value) || date_is(Prefix::Lt, asked, value));
        prop_assert!(!date_is(Prefix::Eq, asked, value) || date_is(Prefix::Ap, asked, value));
    }
}

/// Whether a place in Leeds is found by `near`.
fn leeds_is_near(text: &str) -> Result<bool, Vec<crate::Issue>> {
    let location = br#"{"resourceType":"Location","id":"leeds","position":{"latitude":53.7997,"longitude":-1.5492}}"#;
    let tree = crate::json::parse(location).unwrap();
    let kind = crate::ResourceType::parse("Location").unwrap();
    let near = [("near".to_owned(), text.to_owned())];
    let query = super::super::parse(kind, &near, super::super::Handling::Strict)?.query;
    let [super::super::Condition::Any { param, tests }] = query.conditions.as_slice() else { panic!("one condition") };
    let values = super::super::extract(kind, &tree);
    let of_param = values.iter().filter(|entry| entry.param == *param);
    Ok(of_param.into_iter().any(|entry| tests.iter().any(|test| matches(test, &entry.value))))
}

#[test]
fn a_place_is_near_within_the_distance_and_not_beyond_it() {
    // York lies 35.4 km from Leeds.
    assert!(leeds_is_near("53.9600|-1.0873|36|km").unwrap());
    assert!(!leeds_is_near("53.9600|-1.0873|35|km").unwrap());
    assert!(leeds_is_near("53.9600|-1.0873|36000|m").unwrap());
    assert!(leeds_is_near("53.9600|-1.0873|22.1|[mi_us]").unwrap());
    assert!(leeds_is_near("53.80|-1.55").unwrap());
    assert!(!leeds_is_near("-53.80|-1.55|100").unwrap());
}

#[test]
fn a_point_that_is_none_is_refused_with_the_form_that_is_wanted() {
    for text in
        ["53.8", "53.8|", "91|0|1|km", "53.8|181|1|km", "53.8|-1.5|far|km", "53.8|-1.5|1|leagues", "53.8|-1.5|-1|km"]
    {
        let issues = leeds_is_near(text).unwrap_err();
        assert!(issues[0].diagnostics.contains("latitude|longitude|distance|units"), "{text}: {issues:?}");
    }
}
