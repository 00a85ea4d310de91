//! The examples of the profile in short, and the rule that the more specific choice wins.

use super::*;
use crate::labels::CONFIDENTIALITY;
use crate::words::Action;
use fhir::ResourceType;

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
fn what_is_permitted_for_care_alone_is_no_more_in_an_emergency_of_which_the_consent_speaks() {
    let (normal, restricted) = (coded("v3-Confidentiality", &["N"]), coded("v3-Confidentiality", &["R"]));
    let inner = format!(
        r#"{{"type":"permit","purpose":{},"securityLabel":{restricted},"actor":[{{"reference":{{"reference":"Group/g"}}}}]}}"#,
        coded("v3-ActReason", &["BTG"])
    );
    let one = [consent(&format!(
        r#"{{"type":"permit","purpose":{},"securityLabel":{normal},"provision":[{inner}]}}"#,
        treat()
    ))];
    let (r, v) = (crate::Label::Restricted.bit(), crate::Label::VeryRestricted.bit());
    let in_emergency = |names: &[&str], labels| !withheld(&one, Purpose::BreakGlass, names, labels);

    assert!(in_emergency(&["Practitioner/y"], 0) && !in_emergency(&["Practitioner/y"], r));
    assert!(in_emergency(&["Group/g"], 0) && in_emergency(&["Group/g"], r) && !in_emergency(&["Group/g"], v));
    assert!(withheld(&one, Purpose::DirectCare, &["Group/g"], r), "a permission for emergencies is for nothing else");
}

#[test]
fn what_is_about_a_sensitive_topic_is_restricted_though_nobody_has_tagged_it() {
    let normal = [consent(&format!(r#"{{"type":"permit","securityLabel":{}}}"#, coded("v3-Confidentiality", &["N"])))];
    let not_restricted =
        [consent(&format!(r#"{{"type":"deny","securityLabel":{}}}"#, coded("v3-Confidentiality", &["R"])))];
    let hiv = crate::Label::Sensitive.bit() | crate::Topic::Hiv.bit();

    for one in [&normal, &not_restricted] {
        assert!(withheld(one, Purpose::DirectCare, &[], hiv));
        assert!(!withheld(one, Purpose::DirectCare, &[], crate::Label::HiddenOnline.bit()));
    }
}

#[test]
fn a_purpose_of_a_list_of_somebodys_own_permits_whoever_asks_under_it_and_nobody_else() {
    let heart = r#"[{"system":"urn:example:studies","code":"TREAT"}]"#;
    let lab = r#"[{"reference":{"reference":"Organization/lab"}}]"#;
    let one = [consent(&format!(r#"{{"type":"permit","purpose":{heart},"actor":{lab}}}"#))];
    let project = project("urn:example:studies", "TREAT");

    assert!(!withheld(&one, Purpose::Research, &["Organization/lab", &project], 0));
    assert!(withheld(&one, Purpose::Research, &["Organization/lab"], 0));
    assert!(withheld(&one, Purpose::Research, &[&project], 0));
    assert!(!withheld(&one, Purpose::DirectCare, &[], 0), "it says nothing of care, whatever the code looks like");
    let refusal = [consent(&format!(r#"{{"type":"deny","purpose":{heart}}}"#))];
    assert!(withheld(&refusal, Purpose::Research, &[], 0) && withheld(&refusal, Purpose::DirectCare, &[], 0));
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

/// How far a grant with this provision, to a person, reaches.
fn reach(limits: &str) -> Option<Reach> {
    let text = format!(
        r#"{{"resourceType":"Consent","id":"c","status":"active","scope":{{"coding":[{{"code":"patient-privacy"}}]}},
           "provision":{{"type":"permit","actor":[{{"reference":{{"reference":"Patient/ben"}}}}]{limits}}}}}"#
    );
    Reach::of(&fhir::json::parse(text.as_bytes()).unwrap())
}

fn types(names: &[&str]) -> TypeSet {
    names.iter().filter_map(|name| ResourceType::parse(name)).collect()
}

#[test]
fn a_grant_without_limits_reaches_the_whole_record() {
    assert_eq!(reach(""), Some(Reach::whole()));
    assert_eq!(
        reach(&format!(r#","action":[{{"coding":{}}}]"#, coded("consentaction", &["access", "collect"]))),
        Some(Reach::whole())
    );
}

#[test]
fn a_grant_reaches_the_types_that_it_names_and_no_further() {
    let class = coded("resource-types", &["Observation", "Condition"]);
    let kept = reach(&format!(r#","class":{class}"#)).unwrap();
    assert_eq!((kept.types, kept.without, kept.copies), (types(&["Condition", "Observation"]), 0, true));

    let but = format!(
        r#","class":{class},"provision":[{{"type":"deny","class":{}}}]"#,
        coded("resource-types", &["Condition"])
    );
    assert_eq!(reach(&but).unwrap().types, types(&["Observation"]));
    assert_eq!(reach(&format!(r#","class":{}"#, coded("resource-types", &["Nonsense"]))), None);
}

#[test]
fn looking_is_not_copying() {
    let action = |codes: &[&str]| reach(&format!(r#","action":[{{"coding":{}}}]"#, coded("consentaction", codes)));

    assert_eq!(action(&["access"]).map(|reach| reach.copies), Some(false));
    assert_eq!(action(&["collect"]), None, "copies without looking are not to be had");
    assert_eq!(action(&["correct"]), None);
}

#[test]
fn a_grant_without_what_is_restricted_leaves_out_whatever_is_marked_in_any_way() {
    let security = |code: &str| format!(r#"[{{"system":"{CONFIDENTIALITY}","code":"{code}"}}]"#);
    let but = reach(&format!(r#","provision":[{{"type":"deny","securityLabel":{}}}]"#, security("R"))).unwrap();
    let up_to = reach(&format!(r#","securityLabel":{}"#, security("N"))).unwrap();

    assert_eq!((but.without, up_to.without), (sensitive(), sensitive()));
    assert_eq!(reach(&format!(r#","securityLabel":{}"#, security("V"))), Some(Reach::whole()));
    assert_eq!(reach(&format!(r#","securityLabel":{}"#, coded("v3-ActCode", &["HIV"]))), None, "only what is marked");
}

#[test]
fn a_grant_with_a_limit_that_cannot_be_kept_opens_nothing() {
    for limit in [
        r#""code":[{"coding":[{"code":"1"}]}]"#,
        r#""data":[{"meaning":"instance","reference":{"reference":"Condition/1"}}]"#,
        r#""dataPeriod":{"start":"2026"}"#,
        r#""provision":[{"type":"deny","dataPeriod":{"start":"2026"}}]"#,
        r#""provision":[{"type":"deny"}]"#,
        r#""purpose":[{"code":"HRESCH"}]"#,
    ] {
        assert_eq!(reach(&format!(",{limit}")), None, "{limit}");
    }
    assert_eq!(reach(r#","purpose":[{"code":"FAMRQT"}]"#), Some(Reach::whole()));
}

#[test]
fn several_grants_reach_what_each_reaches_and_copies_only_where_one_lets_them_be_taken() {
    let look = Reach { types: types(&["Observation"]), without: 0, copies: false };
    let copy = Reach { types: types(&["Condition"]), without: 0, copies: true };
    let sees = |reaches: &[Reach], kind: &str| {
        reaches.iter().any(|reach| reach.types.contains(ResourceType::parse(kind).unwrap()))
    };

    let looking = Reach::together(&[look, copy], Action::Read);
    let taken = Reach::together(&[look, copy], Action::Export);

    assert!(["Observation", "Condition", "Patient", "Consent"].iter().all(|kind| sees(&looking, kind)));
    assert!(
        looking
            .iter()
            .filter(|reach| reach.types.contains(ResourceType::CONSENT))
            .all(|reach| reach.without == sensitive())
    );
    assert!(["Condition", "Patient"].iter().all(|kind| sees(&taken, kind)));
    assert!(!["Observation", "Consent"].iter().any(|kind| sees(&taken, kind)));
    assert_eq!(Reach::together(&[look], Action::Export), [], "where nothing may be copied, not even who she is");
    assert_eq!(Reach::together(&[look, Reach::whole()], Action::Read), [Reach::whole()]);
}
