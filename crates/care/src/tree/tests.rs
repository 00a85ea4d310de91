//! Words out of trees, on the shapes that real records have.

use fhir::json::parse;

use super::*;

#[test]
fn a_concept_says_its_text_else_its_display_else_its_code() {
    for (json, says) in [
        (r#"{"c":{"text":"Asthma","coding":[{"display":"Asthma (disorder)"}]}}"#, Some("Asthma")),
        (r#"{"c":{"coding":[{"code":"1"},{"display":"Asthma (disorder)"}]}}"#, Some("Asthma (disorder)")),
        (r#"{"c":[{"coding":[{"code":"195967001"}]}]}"#, Some("195967001")),
        (r#"{"c":{}}"#, None),
        (r#"{}"#, None),
    ] {
        let tree = parse(json.as_bytes()).unwrap();
        assert_eq!(concept(tree.get("c")).as_deref(), says, "{json}");
    }
}

#[test]
fn a_quantity_keeps_its_decimals_and_loses_units_that_are_none() {
    for (json, says) in [
        (r#"{"value":5.0,"unit":"mmol/L"}"#, Some("5.0 mmol/L")),
        (r#"{"value":5,"comparator":"<","unit":"mg/L"}"#, Some("<5 mg/L")),
        (r#"{"value":3,"unit":"{score}"}"#, Some("3")),
        (r#"{"unit":"mg/L"}"#, None),
    ] {
        let tree = parse(json.as_bytes()).unwrap();
        assert_eq!(quantity(&tree).as_deref(), says, "{json}");
    }
}

#[test]
fn the_official_name_is_taken_and_a_maiden_name_only_when_there_is_no_other() {
    let both = r#"{"name":[{"use":"maiden","family":"Williams","given":["Emily"]},{"use":"official","family":"Brown","given":["Emily","Suzanne"],"prefix":["Ms"]}]}"#;
    assert_eq!(name(&parse(both.as_bytes()).unwrap()).as_deref(), Some("BROWN, Emily Suzanne (Ms)"));
    let maiden = r#"{"name":[{"use":"maiden","family":"Williams"}]}"#;
    assert_eq!(name(&parse(maiden.as_bytes()).unwrap()).as_deref(), Some("WILLIAMS"));
    assert_eq!(name(&parse(b"{}").unwrap()), None);
}

#[test]
fn a_period_is_placed_by_its_start_and_dates_keep_their_precision() {
    let tree = parse(br#"{"performedPeriod":{"start":"2015-01-14T16:30:49-05:00"},"onsetDateTime":"2019"}"#).unwrap();

    assert_eq!(when(&tree, &["performedDateTime", "performedPeriod"]).unwrap().words, "14 January 2015");
    assert_eq!(when(&tree, &["onsetDateTime"]).unwrap().words, "2019");
    assert_eq!(when(&tree, &["abatementDateTime"]), None);
}
