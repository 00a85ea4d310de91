//! What resources say for parameters, rule by rule.

use super::*;

/// The values of one parameter of a resource.
fn values(text: &'static str, code: &str) -> Vec<Value<'static>> {
    let (kind, tree) = resource(text);
    let id = param(kind, code).unwrap_or_else(|| panic!("{code}")).id;
    let tree: &'static Json<'static> = Box::leak(Box::new(tree));
    extract(kind, tree).into_iter().filter(|entry| entry.param == id).map(|entry| entry.value).collect()
}

fn token(system: Option<&'static str>, code: Option<&'static str>, text: Option<&'static str>) -> Value<'static> {
    Value::Token(Token {
        system: system.map(Into::into),
        code: code.map(Into::into),
        text: text.map(Into::into),
        of_type: None,
    })
}

#[test]
fn a_code_has_the_system_of_its_required_value_set() {
    let gender = values(r#"{"resourceType":"Patient","gender":"female"}"#, "gender");

    assert_eq!(gender, [token(Some("http://hl7.org/fhir/administrative-gender"), Some("female"), None)]);
}

#[test]
fn a_concept_gives_its_codings_and_its_own_words() {
    let text = r#"{"resourceType":"Condition","code":{"coding":[{"system":"s","code":"a","display":"Asthma"},{"code":"b"}],"text":"Wheeze"}}"#;

    let codes = values(text, "code");

    assert_eq!(
        codes,
        [token(Some("s"), Some("a"), Some("Asthma")), token(None, Some("b"), None), token(None, None, Some("Wheeze")),]
    );
}

#[test]
fn telephones_and_emails_are_told_apart() {
    let text =
        r#"{"resourceType":"Patient","telecom":[{"system":"phone","value":"1"},{"system":"email","value":"a@b"}]}"#;

    assert_eq!(values(text, "phone"), [token(None, Some("1"), None)]);
    assert_eq!(values(text, "email"), [token(None, Some("a@b"), None)]);
    assert_eq!(values(text, "telecom").len(), 2);
}

#[test]
fn death_is_told_of_everybody() {
    let deceased = |text| values(text, "deceased");

    assert_eq!(deceased(r#"{"resourceType":"Patient"}"#), [token(None, Some("false"), None)]);
    assert_eq!(deceased(r#"{"resourceType":"Patient","deceasedBoolean":false}"#), [token(None, Some("false"), None)]);
    assert_eq!(deceased(r#"{"resourceType":"Patient","deceasedBoolean":true}"#), [token(None, Some("true"), None)]);
    assert_eq!(deceased(r#"{"resourceType":"Patient","deceasedDateTime":"2020"}"#), [token(None, Some("true"), None)]);
}

#[test]
fn a_patient_is_a_subject_only_when_the_subject_is_a_patient() {
    let patient = |text| values(text, "patient");

    assert_eq!(patient(r#"{"resourceType":"Observation","subject":{"reference":"Group/1"}}"#), []);
    assert_eq!(patient(r#"{"resourceType":"Observation","subject":{"reference":"Patient/1"}}"#).len(), 1);
    assert_eq!(
        patient(r#"{"resourceType":"Observation","subject":{"reference":"urn:uuid:1","type":"Patient"}}"#).len(),
        1
    );
    assert_eq!(patient(r##"{"resourceType":"Observation","subject":{"reference":"#p"}}"##), []);
}

#[test]
fn a_reference_is_found_by_its_identifier_too() {
    let text = r#"{"resourceType":"Observation","subject":{"identifier":{"system":"nhs","value":"9"}}}"#;

    let Some(Value::Reference(Target::Identifier(found))) = values(text, "subject").pop() else {
        panic!("an identifier")
    };
    assert_eq!((found.system.as_deref(), found.code.as_deref()), (Some("nhs"), Some("9")));
}

#[test]
fn a_choice_is_read_by_the_type_it_has() {
    let age = r#"{"resourceType":"Condition","onsetAge":{"value":5,"system":"http://unitsofmeasure.org","code":"a"}}"#;
    let day = r#"{"resourceType":"Condition","onsetDateTime":"2020-05-01"}"#;

    assert_eq!((values(age, "onset-age").len(), values(age, "onset-date").len()), (1, 0));
    assert_eq!((values(day, "onset-age").len(), values(day, "onset-date").len()), (0, 1));
}

#[test]
fn a_period_without_an_end_goes_on_for_ever() {
    let text = r#"{"resourceType":"Encounter","period":{"start":"1970-01-01T00:00:01Z"}}"#;

    assert_eq!(values(text, "date"), [Value::Date(Span { from_ms: 1000, until_ms: i64::MAX })]);
}

#[test]
fn a_composite_joins_values_of_the_same_element_only() {
    let text = r#"{"resourceType":"Observation","component":[
        {"code":{"coding":[{"code":"sys"}]},"valueQuantity":{"value":140}},
        {"code":{"coding":[{"code":"dia"}]},"valueQuantity":{"value":80}}]}"#;

    let pairs = values(text, "component-code-value-quantity");

    let shown: Vec<_> = pairs
        .iter()
        .map(|pair| match pair {
            Value::Composite(parts) => match parts.as_slice() {
                [Value::Token(code), Value::Quantity(quantity)] => (code.code.as_deref(), quantity.value),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(shown, [(Some("sys"), 140.0), (Some("dia"), 80.0)]);
}

#[test]
fn a_composite_may_reach_back_to_its_resource() {
    let text = r#"{"resourceType":"MolecularSequence","coordinateSystem":0,"referenceSeq":{"chromosome":{"coding":[{"code":"7"}]}},
        "variant":[{"start":5,"end":6}]}"#;

    assert_eq!(values(text, "chromosome-variant-coordinate").len(), 1);
}

#[test]
fn names_are_found_by_every_part_and_by_the_whole() {
    let text = r#"{"resourceType":"Patient","name":[{"family":"Lovelace","given":["Ada","King"],"prefix":["Lady"]}]}"#;

    let names = values(text, "name");

    for expected in ["Lovelace", "Ada", "King", "Lady", "Ada King Lovelace"] {
        assert!(names.contains(&Value::Text(expected.into())), "{expected}");
    }
}

#[test]
fn an_identifier_is_found_by_its_type() {
    let text =
        r#"{"resourceType":"Patient","identifier":[{"type":{"coding":[{"system":"t","code":"MR"}]},"value":"1"}]}"#;

    let Some(Value::Token(found)) = values(text, "identifier").pop() else { panic!("a token") };
    assert_eq!(found.of_type, Some(("t".into(), "MR".into())));
}

#[test]
fn a_bundle_is_found_by_its_first_resource() {
    let text = r#"{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","id":"c"}},{"resource":{"resourceType":"Patient","id":"p"}}]}"#;

    assert_eq!(values(text, "composition").len(), 1);
}

#[test]
fn labels_and_profiles_are_of_every_type() {
    let text = r#"{"resourceType":"Group","meta":{"profile":["http://p"],"tag":[{"code":"t"}],"security":[{"code":"R"}],"source":"http://s"}}"#;

    for code in ["_profile", "_tag", "_security", "_source"] {
        assert_eq!(values(text, code).len(), 1, "{code}");
    }
}

#[test]
fn money_and_ranges_are_quantities() {
    let money = r#"{"resourceType":"Invoice","totalGross":{"value":1.50,"currency":"GBP"}}"#;
    let range = r#"{"resourceType":"Condition","onsetRange":{"low":{"value":1},"high":{"value":2}}}"#;

    let Some(Value::Quantity(found)) = values(money, "totalgross").pop() else { panic!("a quantity") };
    assert_eq!((found.value, found.code.as_deref()), (1.5, Some("GBP")));
    assert_eq!(values(range, "onset-age").len(), 2);
}
