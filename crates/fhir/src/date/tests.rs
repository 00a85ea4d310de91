//! Dates that are taken, dates that are refused, and the time that each covers.

use super::*;
use proptest::prelude::*;

fn span(text: &str) -> (String, String) {
    let Span { from_ms, until_ms } = FhirDateTime::parse_search(text).unwrap().span();
    (format_instant(from_ms), format_instant(until_ms))
}

#[test]
fn the_text_is_kept() {
    for text in [
        "2020",
        "2020-05",
        "2020-02-29",
        "0001-01-01",
        "2020-05-03T10:00:00Z",
        "2020-05-03T10:00:00+00:00",
        "2020-05-03T10:00:00-00:00",
        "2020-05-03T10:00:00.120-05:30",
        "2016-12-31T23:59:60Z",
        "9999-12-31T23:59:59.999999999Z",
    ] {
        assert_eq!(FhirDateTime::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn a_precision_covers_its_time() {
    let cases = [
        ("2020", "2020-01-01T00:00:00.000Z", "2021-01-01T00:00:00.000Z"),
        ("9999", "9999-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"),
        ("2020-02", "2020-02-01T00:00:00.000Z", "2020-03-01T00:00:00.000Z"),
        ("2020-12-31", "2020-12-31T00:00:00.000Z", "2021-01-01T00:00:00.000Z"),
        ("2020-05-03T10:00", "2020-05-03T10:00:00.000Z", "2020-05-03T10:01:00.000Z"),
        ("2020-05-03T10:00:00+01:00", "2020-05-03T09:00:00.000Z", "2020-05-03T09:00:01.000Z"),
        ("2020-05-03T10:00:00.1Z", "2020-05-03T10:00:00.100Z", "2020-05-03T10:00:00.200Z"),
        ("2020-05-03T10:00:00.1239Z", "2020-05-03T10:00:00.123Z", "2020-05-03T10:00:00.124Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z", "2017-01-01T00:00:01.000Z"),
    ];
    for (text, from, until) in cases {
        assert_eq!(span(text), (from.to_owned(), until.to_owned()), "{text}");
    }
}

#[test]
fn days_and_times_that_do_not_exist_are_refused() {
    let cases = [
        ("2021-02-29", DateError::Calendar),
        ("1900-02-29", DateError::Calendar),
        ("2020-13", DateError::Calendar),
        ("2020-00", DateError::Calendar),
        ("2020-04-31", DateError::Calendar),
        ("0000", DateError::Calendar),
        ("2020-05-03T24:00:00Z", DateError::Clock),
        ("2020-05-03T10:60:00Z", DateError::Clock),
        ("2020-05-03T10:00:61Z", DateError::Clock),
        ("2020-05-03T10:00:00+14:01", DateError::Clock),
        ("2020-05-03T10:00:00", DateError::Zone),
        ("2020-05-03T10:00", DateError::Form),
        ("2020-05-03T10:00Z", DateError::Form),
        ("2020-05-03T10Z", DateError::Form),
        ("2020-05T10:00:00Z", DateError::Form),
        ("2020-5-3", DateError::Form),
        ("20200503", DateError::Form),
        ("03/05/2020", DateError::Form),
        ("2020-05-03 10:00:00Z", DateError::Form),
        ("2020-05-03T10:00:00.Z", DateError::Form),
        ("2020-05-03T10:00:00z", DateError::Form),
        ("", DateError::Form),
        (" 2020", DateError::Form),
        ("+020", DateError::Form),
    ];
    for (text, why) in cases {
        assert_eq!(FhirDateTime::parse(text), Err(why), "{text}");
    }
}

#[test]
fn a_date_has_no_time_and_an_instant_has_one() {
    assert!(FhirDateTime::parse_date("2020-05").is_ok());
    assert_eq!(FhirDateTime::parse_date("2020-05-03T10:00:00Z"), Err(DateError::Precision));
    assert!(FhirDateTime::parse_instant("2020-05-03T10:00:00.5Z").is_ok());
    assert_eq!(FhirDateTime::parse_instant("2020-05-03"), Err(DateError::Precision));
    assert!(Time::parse("10:00:00.25").is_ok() && Time::parse("10:00").is_err() && Time::parse("10:00:00Z").is_err());
}

#[test]
fn an_instant_is_written_with_milliseconds() {
    assert_eq!(format_instant(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(format_instant(1_795_341_600_000), "2026-11-22T10:00:00.000Z");
    assert_eq!(format_instant(-1), "1969-12-31T23:59:59.999Z");
    assert_eq!(format_instant(i64::MIN), "0001-01-01T00:00:00.000Z");
    assert_eq!(format_instant(i64::MAX), "9999-12-31T23:59:59.999Z");
}

proptest! {
    #[test]
    fn every_millisecond_reads_back(ms in -62_135_596_800_000i64..253_402_300_800_000) {
        let text = format_instant(ms);
        prop_assert_eq!(FhirDateTime::parse_instant(&text).unwrap().to_ms(), ms);
    }

    #[test]
    fn the_calendar_agrees_with_itself(days in -719_162i64..2_932_897) {
        let (year, month, day) = civil_from_days(days).unwrap();
        prop_assert!((1..=days_in_month(year, month)).contains(&day));
        prop_assert_eq!(days_from_civil(year, month, day), days);
    }

    #[test]
    fn what_is_taken_is_kept(text in "[0-9]{4}(-[01][0-9](-[0-3][0-9](T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9]))?)?)?") {
        if let Ok(date) = FhirDateTime::parse(&text) {
            prop_assert_eq!(date.to_string(), text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = FhirDateTime::parse(&text);
    }
}
