//! What is refused, at which place, and that good resources are not.

use super::*;
use crate::json;
use std::path::{Path, PathBuf};

mod corpora;
mod faults;

/// Codes and places of the errors.
fn errors(text: &str) -> Vec<(IssueCode, String)> {
    let tree = json::parse(text.as_bytes()).unwrap();
    let issues = validate(&tree).into_iter().filter(Issue::is_error);
    issues.map(|issue| (issue.code, issue.expression.unwrap_or_default())).collect()
}

fn one(text: &str) -> (IssueCode, String) {
    let all = errors(text);
    assert_eq!(all.len(), 1, "{text}: {all:?}");
    all.into_iter().next().unwrap()
}

fn patient(members: &str) -> String {
    format!(r#"{{"resourceType":"Patient",{members}}}"#)
}

/// A folder of the shared data, where it is at hand.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(folder);
    if !path.exists() {
        println!("skipped: {folder} is not at hand");
        return None;
    }
    Some(path)
}

#[test]
fn a_sibling_carries_extensions_for_a_value_or_in_its_place() {
    let extension = r#"{"extension":[{"url":"http://a.example/x","valueCode":"unknown"}]}"#;

    assert_eq!(errors(&patient(&format!(r#""birthDate":"2020","_birthDate":{extension}"#))), []);
    assert_eq!(errors(&patient(&format!(r#""_birthDate":{extension}"#))), []);
    assert_eq!(errors(&patient(&format!(r#""name":[{{"given":["A",null],"_given":[null,{extension}]}}]"#))), []);
    let observation = format!(r#"{{"resourceType":"Observation","_status":{extension},"code":{{"text":"x"}}}}"#);
    assert_eq!(errors(&observation), []);
}

#[test]
fn a_sibling_that_does_not_line_up_is_refused() {
    let cases = [
        (r#""name":[{"given":["A",null]}]"#, "Patient.name[0].given[1]"),
        (r#""name":[{"given":["A"],"_given":[null,{"id":"x"}]}]"#, "Patient.name[0].given"),
        (r#""name":[{"given":["A"],"_given":[null]}]"#, "Patient.name[0].given"),
        (r#""_birthDate":{}"#, "Patient.birthDate"),
        (r#""_birthDate":{"value":"2020"}"#, "Patient.birthDate.value"),
        (r#""_name":[{"id":"x"}]"#, "Patient._name"),
        (r#""_birthDate":[{"id":"x"}]"#, "Patient.birthDate"),
    ];
    for (members, place) in cases {
        assert_eq!(one(&patient(members)).1, place, "{members}");
    }
}

#[test]
fn null_stands_nowhere_else() {
    for members in [
        r#""birthDate":null"#,
        r#""name":null"#,
        r#""name":[null]"#,
        r#""contact":[{"name":null,"telecom":[{"id":"a"}]}]"#,
    ] {
        assert_eq!(one(&patient(members)).0, IssueCode::Invalid, "{members}");
    }
}

#[test]
fn a_wrong_name_gets_a_hint() {
    let tree = json::parse(br#"{"resourceType":"Patient","BirthDate":"2020","deceased":true}"#).unwrap();

    let sentences: Vec<String> = validate(&tree).into_iter().map(|issue| issue.diagnostics).collect();

    assert!(sentences[0].contains("write \"birthDate\""), "{sentences:?}");
    assert!(sentences[1].contains("ends with the type"), "{sentences:?}");
}

#[test]
fn a_missing_choice_is_named_with_its_types_left_open() {
    let text = r##"{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"}}"##;

    assert_eq!(one(text), (IssueCode::Required, "MedicationRequest.medication[x]".into()));
}

#[test]
fn contained_resources_are_found_mentioned_and_kept_simple() {
    let with = |contained: &str| {
        patient(&format!(r##""managingOrganization":{{"reference":"#o"}},"contained":[{contained}]"##))
    };
    let organisation = |more: &str| with(&format!(r#"{{"resourceType":"Organization","id":"o","name":"A"{more}}}"#));

    assert_eq!(errors(&organisation("")), []);
    assert_eq!(one(&organisation(r#","meta":{"versionId":"1"}"#)).1, "Patient.contained[0].meta.versionId");
    assert_eq!(one(&organisation(r#","meta":{"security":[{"code":"R"}]}"#)).1, "Patient.contained[0].meta.security");
    assert_eq!(one(&organisation(r#","colour":1"#)).1, "Patient.contained[0].colour");
    assert_eq!(
        one(&with(r#"{"resourceType":"Device","id":"o"}"#)),
        (IssueCode::Structure, "Patient.managingOrganization".into())
    );
    let unmentioned = patient(r#""contained":[{"resourceType":"Organization","id":"o","name":"A"}]"#);
    assert_eq!(one(&unmentioned), (IssueCode::Invariant, "Patient.contained[0]".into()));
}

#[test]
fn entries_of_a_bundle_are_checked_in_their_own_scope() {
    let bundle = |resource: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{resource},"request":{{"method":"POST","url":"x"}}}}]}}"#
        )
    };

    assert_eq!(errors(&bundle(r#"{"resourceType":"Patient","gender":"male"}"#)), []);
    assert_eq!(one(&bundle(r#"{"resourceType":"Patient","gender":"m"}"#)).1, "Bundle.entry[0].resource.gender");
    assert_eq!(one(&bundle(r#"{"resourceType":"Patience"}"#)).1, "Bundle.entry[0].resource");
    let stray = bundle(r##"{"resourceType":"Patient","managingOrganization":{"reference":"#o"}}"##);
    assert_eq!(one(&stray).1, "Bundle.entry[0].resource.managingOrganization");
}

#[test]
fn codings_of_a_required_value_set_are_checked_with_their_system() {
    let allergy = |coding: &str| {
        format!(
            r#"{{"resourceType":"AllergyIntolerance","patient":{{"reference":"Patient/1"}},"clinicalStatus":{{"coding":[{coding}]}}}}"#
        )
    };
    let system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";

    assert_eq!(errors(&allergy(&format!(r#"{{"system":"{system}","code":"active"}}"#))), []);
    for coding in [
        format!(r#"{{"system":"{system}","code":"aktiv"}}"#),
        r#"{"system":"http://a.example","code":"active"}"#.into(),
    ] {
        assert_eq!(one(&allergy(&coding)), (IssueCode::CodeInvalid, "AllergyIntolerance.clinicalStatus".into()));
    }
}

#[test]
fn a_period_may_end_on_the_day_it_starts_in_any_zone() {
    let name = |start: &str, end: &str| {
        patient(&format!(r#""name":[{{"text":"A","period":{{"start":"{start}","end":"{end}"}}}}]"#))
    };

    for (start, end) in [
        ("2020", "2020-05-03"),
        ("2020-05-03T23:00:00+14:00", "2020-05-03"),
        ("2020-05-03", "2020-05-02T20:00:00-05:00"),
    ] {
        assert_eq!(errors(&name(start, end)), [], "{start} {end}");
    }
    for (start, end) in
        [("2020-05-03", "2020-05-02"), ("2020-05-03T10:00:00Z", "2020-05-03T10:30:00+01:00"), ("2021", "2020-12")]
    {
        assert_eq!(one(&name(start, end)), (IssueCode::Invariant, "Patient.name[0].period".into()), "{start} {end}");
    }
}

#[test]
fn findings_stop_at_the_limit() {
    let unknown: Vec<String> = (0..ISSUES_MAX + 1).map(|n| format!("\"x{n}\":1")).collect();

    assert_eq!(errors(&patient(&unknown.join(","))).len(), ISSUES_MAX);
}

#[test]
fn what_is_no_resource_is_refused() {
    assert_eq!(one("[]"), (IssueCode::Structure, String::new()));
    assert_eq!(one("1"), (IssueCode::Structure, String::new()));
    assert_eq!(one("{}"), (IssueCode::Required, "resourceType".into()));
    assert_eq!(one(r#"{"resourceType":"DomainResource"}"#), (IssueCode::Structure, "DomainResource".into()));
    assert_eq!(one(r#"{"resourceType":7}"#), (IssueCode::Required, "resourceType".into()));
}
