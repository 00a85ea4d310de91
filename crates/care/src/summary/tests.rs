//! The one screen, from a record of sample resources: what it says, in which order, and the three ways of saying nothing.

use fhir::json::{Json, parse};
use jiff::civil::{Date, date};
use kit::{Page, Render, Site};

use super::pages::{heading_page, readable, record_page, test_page};
use super::*;

const RECORD: &str = include_str!("samples/record.ndjson");
/// 22 November 2026, 17:48 in London.
const NOW_MS: i64 = 1_795_369_680_000;

fn today() -> Date {
    date(2026, 11, 22)
}

fn trees() -> Vec<Json<'static>> {
    RECORD.lines().map(|line| parse(line.as_bytes()).unwrap().into_owned()).collect()
}

fn summary_of(trees: &[Json<'_>], reach: impl Fn(Heading) -> Option<String>) -> Summary {
    let (patient, rest) = trees.split_first().unwrap();
    gather::arrange(patient, rest, &reach, (NOW_MS, "22 November 2026, 5:48pm".into()))
}

fn summary() -> Summary {
    summary_of(&trees(), |_| None)
}

fn html(page: &Page) -> String {
    page.render(&Site::sample()).into_string()
}

fn said(heading: Heading) -> Vec<String> {
    let summary = summary();
    let strip = |html: String| {
        let mut out = String::new();
        let mut is_tag = false;
        for letter in html.chars() {
            match letter {
                '<' => is_tag = true,
                '>' => is_tag = false,
                _ if !is_tag => out.push(letter),
                _ => {}
            }
            if letter == '>' && !out.ends_with('|') {
                out.push('|');
            }
        }
        out.split('|').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ")
    };
    summary.under(heading).unwrap().entries.iter().map(|dated| strip(dated.entry.render().into_string())).collect()
}

#[test]
fn the_one_screen_is_as_it_was_looked_at() {
    let page = record_page(&summary(), today());

    insta::assert_snapshot!("record", readable(&page.content));
}

#[test]
fn what_holds_now_comes_first_and_each_entry_says_who_holds_it() {
    let lines = Heading::ALL.map(|heading| format!("{heading:?}\n  {}", said(heading).join("\n  ")));

    insta::assert_snapshot!("entries", lines.join("\n"));
}

#[test]
fn an_entry_made_in_error_is_never_shown() {
    assert!(!html(&record_page(&summary(), today())).contains("Must not be shown"));
}

#[test]
fn the_banner_warns_of_allergies_before_anything_else() {
    let summary = summary();

    assert_eq!(summary.alerts, ["Penicillin allergy", "Has a ReSPECT plan: do not attempt CPR"]);
    assert_eq!(summary.allergies, "1 recorded");
    let banner = summary.person.banner(today(), &summary.allergies, summary.alerts.clone()).render().into_string();
    assert!(banner.contains("ASHWORTH, Edith (Mrs)"));
    assert!(banner.contains("3 May 1944 (82 years)"));
    assert!(banner.contains("999 000 0018"));
}

#[test]
fn nothing_recorded_not_permitted_and_not_available_are_told_apart() {
    let trees = trees();
    let only_patient = trees.get(..1).unwrap();
    let reach =
        |heading: Heading| (heading == Heading::Documents).then(|| "Your role does not see documents.".to_owned());
    let page = html(&record_page(&summary_of(only_patient, reach), today()));

    assert!(
        page.contains(
            "<strong>None recorded.</strong> This does not mean that there are no allergies: ask the person."
        )
    );
    assert!(page.contains("<strong>Not permitted.</strong> Your role does not see documents."));
    assert!(!page.contains("<strong>Not available.</strong>"));
}

#[test]
fn no_known_allergy_is_told_and_is_no_alert() {
    let json = r#"{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"code":"716186003"}],"text":"No known allergy"}}"#;
    let trees = [parse(br#"{"resourceType":"Patient","id":"b"}"#).unwrap(), parse(json.as_bytes()).unwrap()];
    let summary = summary_of(&trees, |_| None);

    assert_eq!(summary.allergies, "no known allergies");
    assert!(summary.alerts.is_empty());
}

#[test]
fn somebody_who_may_not_see_allergies_is_not_told_that_there_are_none() {
    let trees = trees();
    let summary =
        summary_of(&trees, |heading| (heading == Heading::Allergies).then(|| "Not for your role.".to_owned()));

    assert_eq!(summary.allergies, "not permitted");
}

#[test]
fn a_test_over_time_has_its_chart_its_table_and_its_file() {
    let page = html(&test_page(&summary(), "62238-1", today()).unwrap());

    assert!(page.contains("Latest 48 mL/min/1.73m2 on 14 October 2026, below the reference range (from 60)"));
    assert!(page.contains("href=\"/care/people/mrs-a/results/62238-1/values.csv\""));
    assert!(page.contains("3 values, newest first"));
    assert!(test_page(&summary(), "no-such-test", today()).is_none());
}

#[test]
fn a_blood_pressure_is_one_value_and_two_lines() {
    let summary = summary();
    let test = summary.tests.iter().find(|test| test.name == "Blood pressure").unwrap();

    assert_eq!(test.values[0].says, "104/62 mmHg");
    assert_eq!(test.trend(None).unwrap().series.len(), 2);
}

#[test]
fn two_units_of_one_test_are_never_one_line() {
    let observation = |unit: &str, day: &str| {
        format!(
            r#"{{"resourceType":"Observation","code":{{"coding":[{{"code":"4548-4"}}],"text":"HbA1c"}},"effectiveDateTime":"{day}","valueQuantity":{{"value":6.5,"unit":"{unit}"}}}}"#
        )
    };
    let texts = [
        r#"{"resourceType":"Patient","id":"b"}"#.to_owned(),
        observation("%", "2020-01-01"),
        observation("mmol/mol", "2021-01-01"),
    ];
    let trees: Vec<Json<'_>> = texts.iter().map(|text| parse(text.as_bytes()).unwrap()).collect();
    let slugs: Vec<String> = summary_of(&trees, |_| None).tests.iter().map(|test| test.slug.clone()).collect();

    assert_eq!(slugs, ["4548-4--mmol-mol", "4548-4--"]);
}

#[test]
fn every_heading_has_a_page_with_the_banner_and_no_name_in_an_address() {
    let summary = summary();
    for heading in Heading::ALL {
        let page = html(&heading_page(&summary, heading, today()).unwrap());
        assert!(page.contains("cw-person__name"), "{heading:?}");
        let addresses = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        assert!(
            addresses
                .clone()
                .all(|address| !address.to_lowercase().contains("ashworth") && !address.contains("999000")),
            "{heading:?}"
        );
        assert!(!page.contains(" style="), "{heading:?}");
        assert_eq!(Heading::of_slug(heading.slug()), Some(heading));
    }
}

#[test]
fn pages_are_small_enough_for_a_slow_line() {
    let size = html(&record_page(&summary(), today())).len();

    assert!(size < 120_000, "the record page is {size} bytes");
}
