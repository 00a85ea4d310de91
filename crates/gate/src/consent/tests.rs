//! The examples of the profile in short, and the rule that the more specific choice wins.

use super::*;

fn consent(provision: &str) -> Directive {
    let text = format!(
        r#"{{"resourceType":"Consent","id":"c","status":"active","scope":{{"coding":[{{"code":"patient-privacy"}}]}},
           "provision":{provision}}}"#
    );
    Directive::parse(&fhir::json::parse(text.as_bytes()).unwrap()).unwrap()
}

/// What is refused to a reader, as (types, labels) decide: whether an entry with these labels is withheld.
fn withheld(directives: &[Directive], purpose: Purpose, names: &[&str], labels: u32) -> bool {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let about = |rule: &Rule| rule.data.labels.is_none_or(|test| test.holds(labels));
    denials(directives, &Reader { purpose, names: &names, now_ms: 1_000 })
        .iter()
        .any(|denial| about(denial.rule) && !denial.unless.iter().any(|permit| about(permit)))
}

fn coded(system: &str, codes: &[&str]) -> String {
    let codings: Vec<String> = codes
        .iter()
        .map(|code| format!(r#"{{"system":"http://terminology.hl7.org/CodeSystem/{system}","code":"{code}"}}"#))
        .collect();
    format!("[{}]", codings.join(","))
}

fn treat() -> String {
    coded("v3-ActReason", &["TREAT", "HPAYMT", "HOPERAT"])
}

#[test]
fn consent_to_treatment_leaves_care_alone_and_refuses_research() {
    let one = [consent(&format!(r#"{{"type":"permit","purpose":{}}}"#, treat()))];

    assert!(!withheld(&one, Purpose::DirectCare, &[], 0));
    assert!(!withheld(&one, Purpose::Administration, &[], 0));
    assert!(withheld(&one, Purpose::Research, &[], 0));
    assert!(!withheld(&one, Purpose::OwnRecord, &[], 0));
}

#[test]
fn consent_to_research_alone_does_not_end_care() {
    let purpose = coded("v3-ActReason", &["HRESCH"]);
    let actor = r#"[{"reference":{"reference":"Organization/lab"}}]"#;
    let one = [consent(&format!(r#"{{"type":"permit","purpose":{purpose},"actor":{actor}}}"#))];

    assert!(!withheld(&one, Purpose::DirectCare, &[], 0));
    assert!(!withheld(&one, Purpose::Research, &["Organization/lab"], 0));
    assert!(withheld(&one, Purpose::Research, &["Organization/other"], 0));
}

#[test]
fn what_has_ended_binds_nobody() {
    let one = [consent(r#"{"type":"deny","period":{"end":"1969-12-30"}}"#)];

    assert!(!withheld(&one, Purpose::DirectCare, &[], 0));
}

#[test]
fn normal_for_all_and_restricted_for_one_named_doctor() {
    let (normal, restricted) = (coded("v3-Confidentiality", &["N"]), coded("v3-Confidentiality", &["R"]));
    let inner = format!(
        r#"{{"type":"permit","securityLabel":{restricted},"actor":[{{"reference":{{"reference":"Practitioner/x"}}}}]}}"#
    );
    let one = [consent(&format!(
        r#"{{"type":"permit","purpose":{},"securityLabel":{normal},"provision":[{inner}]}}"#,
        treat()
    ))];
    let (r, v) = (crate::Label::Restricted.bit(), crate::Label::VeryRestricted.bit());

    assert!(!withheld(&one, Purpose::DirectCare, &[], 0));
    assert!(withheld(&one, Purpose::DirectCare, &["Practitioner/y"], r));
    assert!(!withheld(&one, Purpose::DirectCare, &["Practitioner/x"], r));
    assert!(withheld(&one, Purpose::DirectCare, &["Practitioner/x"], v));
}

#[test]
fn break_glass_only_opens_for_those_who_are_named_and_in_an_emergency() {
    let btg = coded("v3-ActReason", &["BTG"]);
    let inner = format!(r#"{{"type":"permit","purpose":{btg},"actor":[{{"reference":{{"reference":"Group/g"}}}}]}}"#);
    let one = [consent(&format!(r#"{{"type":"deny","provision":[{inner}]}}"#))];

    assert!(withheld(&one, Purpose::DirectCare, &["Group/g"], 0));
    assert!(!withheld(&one, Purpose::BreakGlass, &["Group/g"], 0));
    assert!(withheld(&one, Purpose::BreakGlass, &["Practitioner/y"], 0));
}

#[test]
fn a_refusal_that_says_nothing_of_emergencies_gives_way_to_them() {
    let one = [consent(r#"{"type":"deny"}"#)];

    assert!(withheld(&one, Purpose::DirectCare, &[], 0));
    assert!(!withheld(&one, Purpose::BreakGlass, &[], 0));
}

#[test]
fn the_more_specific_choice_wins_and_at_equal_specificity_the_refusal() {
    let everybody_not = consent(r#"{"type":"deny"}"#);
    let practice = |kind: &str| {
        consent(&format!(r#"{{"type":"{kind}","actor":[{{"reference":{{"reference":"Organization/elm"}}}}]}}"#))
    };
    let topic_not = consent(&format!(r#"{{"type":"deny","securityLabel":{}}}"#, coded("v3-ActCode", &["HIV"])));
    let (elm, hiv) = (["Organization/elm"], crate::Topic::Hiv.bit());

    assert!(!withheld(&[everybody_not.clone(), practice("permit")], Purpose::DirectCare, &elm, 0));
    assert!(withheld(&[practice("deny"), practice("permit")], Purpose::DirectCare, &elm, 0));
    // About data the one is more specific, about people the other: neither wins, so the refusal does.
    assert!(withheld(&[topic_not.clone(), practice("permit")], Purpose::DirectCare, &elm, hiv));
    assert!(!withheld(&[topic_not], Purpose::DirectCare, &elm, 0));
}

#[test]
fn what_is_not_understood_widens_a_refusal_and_voids_a_permission() {
    let odd = coded("v3-ActReason", &["NOSUCH"]);
    let label = coded("v3-ActCode", &["NOSUCH"]);

    assert!(withheld(&[consent(&format!(r#"{{"type":"deny","purpose":{odd}}}"#))], Purpose::DirectCare, &[], 0));
    assert!(withheld(
        &[consent(&format!(r#"{{"type":"deny","securityLabel":{label}}}"#))],
        Purpose::DirectCare,
        &[],
        0
    ));
    assert!(withheld(
        &[consent(r#"{"type":"deny","actor":[{"reference":{"display":"Bob"}}]}"#)],
        Purpose::DirectCare,
        &[],
        0
    ));
    for odd in [r#""code":[{"text":"that time"}]"#, r#""data":[{"meaning":"instance","reference":{"display":"it"}}]"#] {
        let refusal = consent(&format!(r#"{{"type":"deny",{odd}}}"#));
        assert!(!refusal.rules[0].data.needs_entries(), "it holds for everything: {odd}");
        let permission = consent(&format!(r#"{{"type":"deny","provision":[{{"type":"permit",{odd}}}]}}"#));
        assert!(permission.rules[1].data.needs_entries(), "it holds for nothing: {odd}");
    }
    let refused = r#"{"type":"deny","provision":[{"type":"permit","actor":[{"reference":{"display":"Bob"}}]}]}"#;
    assert!(withheld(&[consent(refused)], Purpose::DirectCare, &[], 0));
}

#[test]
fn a_grant_to_act_for_somebody_and_a_withdrawn_consent_are_no_directives() {
    let with = |status: &str, actor: &str| {
        let text = format!(
            r#"{{"resourceType":"Consent","id":"c","status":"{status}","scope":{{"coding":[{{"code":"patient-privacy"}}]}},
               "provision":{{"type":"permit","actor":[{{"reference":{{"reference":"{actor}"}}}}]}}}}"#
        );
        is_directive(&fhir::json::parse(text.as_bytes()).unwrap())
    };

    assert!(with("active", "Practitioner/x"));
    assert!(!with("inactive", "Practitioner/x"));
    assert!(!with("active", "Patient/daughter"));
    assert!(!with("active", "RelatedPerson/daughter"));
}
