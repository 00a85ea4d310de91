//! The calendar's arithmetic: days since 1970 to and from year, month and day, in the proleptic Gregorian calendar.
//!
//! The year is taken to begin in March, so that the leap day is its last, and 400 years to be one round of 146,097 days.
//! Years outside 1 to 9999 have no answer. Zones and precision are the business of `date.rs`.

use super::FhirDateTime;

/// Milliseconds of a second.
pub const MS_PER_SECOND: i64 = 1000;
/// Milliseconds of a minute.
pub const MS_PER_MINUTE: i64 = 60 * MS_PER_SECOND;
/// Milliseconds of a day.
pub const MS_PER_DAY: i64 = 24 * 60 * MS_PER_MINUTE;
const DAYS_PER_ROUND: i64 = 146_097;
/// Days from 1 March of year 0 to 1 January 1970.
const DAYS_BEFORE_1970: i64 = 719_468;

/// Days since 1 January 1970 of a day of the calendar.
pub fn days_from_civil(year: u16, month: u8, day: u8) -> i64 {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let round = year.div_euclid(400);
    let year = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    round * DAYS_PER_ROUND + year * 365 + year / 4 - year / 100 + of_year - DAYS_BEFORE_1970
}

/// The day of the calendar that is `days` after 1 January 1970.
pub fn civil_from_days(days: i64) -> Option<(u16, u8, u8)> {
    let days = days.checked_add(DAYS_BEFORE_1970)?;
    let round = days.div_euclid(DAYS_PER_ROUND);
    let of_round = days.rem_euclid(DAYS_PER_ROUND);
    let year = (of_round - of_round / 1460 + of_round / 36_524 - of_round / 146_096) / 365;
    let of_year = of_round - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = u16::try_from(year + round * 400 + later).ok()?;
    if !(1..=9999).contains(&year) {
        return None;
    }
    Some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

/// Days of a month; 0 for a month that does not exist.
pub fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

/// The instant `ms` milliseconds after 1970 began: `2026-11-22T10:00:00.000Z`. Beyond the years 1 to 9999 it is the nearer end.
pub fn format_instant(ms: i64) -> String {
    let ends = if ms < 0 { "0001-01-01T00:00:00.000Z" } else { "9999-12-31T23:59:59.999Z" };
    FhirDateTime::from_ms(ms).map_or_else(|| ends.to_owned(), |instant| instant.to_string())
}
