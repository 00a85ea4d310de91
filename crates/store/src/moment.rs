//! `meta.lastUpdated` as text: milliseconds since 1970 as an instant in UTC.
//!
//! The store writes this for every resource that it gives out, so it does the sum itself and allocates nothing.

use std::io::Write;

const DAY_MS: i64 = 86_400_000;

/// Appends `2026-11-22T17:48:43.123Z`.
pub(crate) fn write_instant(out: &mut Vec<u8>, at_ms: i64) {
    let (year, month, day) = civil(at_ms.div_euclid(DAY_MS));
    let within = at_ms.rem_euclid(DAY_MS);
    let (seconds, millis) = (within / 1000, within % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z");
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// Counts from 0000-03-01, so that the leap day is the last of its year and months follow a straight line.
fn civil(day: i64) -> (i64, i64, i64) {
    const FROM_MARCH_0000: i64 = 719_468;
    const FOUR_CENTURIES: i64 = 146_097;
    let shifted = day + FROM_MARCH_0000;
    let era = shifted.div_euclid(FOUR_CENTURIES);
    let of_era = shifted.rem_euclid(FOUR_CENTURIES);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn instants_read_as_jiff_writes_them(at_ms in -60_000_000_000_000_i64..250_000_000_000_000) {
            let mut out = Vec::new();
            write_instant(&mut out, at_ms);
            let stamp = jiff::Timestamp::from_millisecond(at_ms).unwrap();

            prop_assert_eq!(String::from_utf8(out).unwrap(), format!("{stamp:.3}"));
        }
    }
}
