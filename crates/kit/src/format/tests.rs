//! Tests of dates, ages and numbers in words: what people read, at the edges of days, months and years.

use jiff::civil::{date as civil, time as clock};

use super::*;

#[test]
fn dates_are_written_as_the_content_guide_says() {
    assert_eq!(date(civil(2026, 11, 2)), "2 November 2026");
    assert_eq!(short_date(civil(2026, 9, 30)), "30 Sep 2026");
}

#[test]
fn a_written_date_keeps_its_precision() {
    assert_eq!(written("2026").as_deref(), Some("2026"));
    assert_eq!(written("2026-11").as_deref(), Some("November 2026"));
    assert_eq!(written("2026-11-22").as_deref(), Some("22 November 2026"));
    assert_eq!(written("2026-06-22T16:48:00Z").as_deref(), Some("22 June 2026, 5:48pm"));
    assert_eq!(written_day("2026-06-22T23:48:00Z").as_deref(), Some("23 June 2026"));
    assert_eq!(written("soon"), None);
    assert_eq!(written("2026-13"), None);
    assert_eq!(written("2026-02-30"), None);
}

#[test]
fn times_use_the_twelve_hour_clock_without_needless_zeros() {
    for (at, words) in [
        (clock(0, 0, 0, 0), "midnight"),
        (clock(0, 5, 0, 0), "12:05am"),
        (clock(9, 0, 0, 0), "9am"),
        (clock(12, 0, 0, 0), "midday"),
        (clock(12, 30, 0, 0), "12:30pm"),
        (clock(17, 48, 0, 0), "5:48pm"),
    ] {
        assert_eq!(time(at), words);
    }
}

#[test]
fn an_age_is_told_in_the_unit_that_matters() {
    let born = civil(2024, 2, 29);
    for (on, words) in [
        (civil(2024, 2, 29), Some("0 days")),
        (civil(2024, 3, 1), Some("1 day")),
        (civil(2024, 3, 27), Some("27 days")),
        (civil(2024, 3, 28), Some("4 weeks")),
        (civil(2025, 2, 27), Some("52 weeks")),
        (civil(2025, 2, 28), Some("52 weeks")),
        (civil(2025, 6, 1), Some("15 months")),
        (civil(2026, 3, 1), Some("2 years")),
        (civil(2024, 1, 1), None),
    ] {
        assert_eq!(age(born, on).as_deref(), words, "on {on}");
    }
}

#[test]
fn an_nhs_number_is_grouped_and_anything_else_left_alone() {
    assert_eq!(nhs_number_text("9990001234"), "999 000 1234");
    assert_eq!(nhs_number_text("12345"), "12345");
    assert_eq!(nhs_number_text("ééééé"), "ééééé");
}

#[test]
fn large_numbers_have_commas() {
    assert_eq!(count(999), "999");
    assert_eq!(count(1_234_567), "1,234,567");
    assert_eq!(plural(1, "person", "people"), "1 person");
}
