//! How long a request may take: calendar months, as UK GDPR article 12(3) counts them.
//!
//! The time ends on the same day of the month in which it ends, on that month's last day where it has no such day, and on the next
//! working day where that is a weekend or a bank holiday of England and Wales. Bank holidays are computed; those that are
//! proclaimed once (a coronation) are not known here, which makes a deadline a day too early, never too late.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Months in which a request must be answered.
pub const MONTHS: i8 = 1;
/// Months from the day of receipt when the time was extended by two.
pub const MONTHS_EXTENDED: i8 = 3;

/// The last day of a time of so many months that begins on the day of receipt.
#[must_use]
pub fn due(received: Date, months: i8) -> Date {
    next_working_day(received.saturating_add(i64::from(months).months()))
}

/// The day itself when people work on it, else the next one on which they do.
#[must_use]
pub fn next_working_day(mut day: Date) -> Date {
    while !is_working_day(day) {
        day = day.saturating_add(1.day());
    }
    day
}

/// Whether people work on this day in England and Wales.
#[must_use]
pub fn is_working_day(day: Date) -> bool {
    !is_weekend(day) && !bank_holidays(day.year()).contains(&Some(day))
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn bank_holidays(year: i16) -> [Option<Date>; 8] {
    let on = |month, day| Date::new(year, month, day).ok();
    let weekday = |day: Date| (!is_weekend(day)).then_some(day);
    // One at a weekend is kept on the next weekday that is none already.
    let later = |day: Date| (0..4).map(|days| day.saturating_add(days.days())).find_map(weekday);
    let christmas = on(12, 25).and_then(later);
    let boxing = on(12, 26).and_then(|day| {
        let mut days = (0..5).map(|days| day.saturating_add(days.days()));
        days.find(|day| !is_weekend(*day) && Some(*day) != christmas)
    });
    let easter = easter(year);
    [
        on(1, 1).and_then(later),
        easter.map(|sunday| sunday.saturating_sub(2.days())),
        easter.map(|sunday| sunday.saturating_add(1.day())),
        on(5, 1).and_then(|may| may.nth_weekday_of_month(1, Weekday::Monday).ok()),
        on(5, 1).and_then(|may| may.nth_weekday_of_month(-1, Weekday::Monday).ok()),
        on(8, 1).and_then(|august| august.nth_weekday_of_month(-1, Weekday::Monday).ok()),
        christmas,
        boxing,
    ]
}

/// Easter Sunday of the Gregorian calendar, by the method that Butcher printed in 1876.
fn easter(year: i16) -> Option<Date> {
    let year_wide = i32::from(year);
    let (golden, century, rest) = (year_wide % 19, year_wide / 100, year_wide % 100);
    let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let week = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 22 * week) / 451;
    let days = moon + week - 7 * late + 114;
    Date::new(year, i8::try_from(days / 31).ok()?, i8::try_from(days % 31 + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_ends_on_the_same_day_of_the_next() {
        assert_eq!(due(date(2026, 9, 3), MONTHS), date(2026, 10, 5), "3 October 2026 is a Saturday");
        assert_eq!(due(date(2026, 11, 23), MONTHS), date(2026, 12, 23));
        assert_eq!(due(date(2026, 11, 23), MONTHS_EXTENDED), date(2027, 2, 23));
    }

    #[test]
    fn a_month_without_such_a_day_ends_on_its_last() {
        assert_eq!(due(date(2027, 12, 31), 2), date(2028, 2, 29));
        assert_eq!(due(date(2026, 8, 31), MONTHS), date(2026, 9, 30));
        assert_eq!(due(date(2027, 1, 31), MONTHS), date(2027, 3, 1), "28 February 2027 is a Sunday");
    }

    #[test]
    fn weekends_and_bank_holidays_move_the_end_to_the_next_working_day() {
        // Christmas 2026 is a Friday, and Boxing Day is kept on Monday the 28th.
        assert_eq!(due(date(2026, 11, 25), MONTHS), date(2026, 12, 29));
        // Good Friday 2027 is 26 March, Easter Monday the 29th.
        assert_eq!(due(date(2027, 2, 26), MONTHS), date(2027, 3, 30));
        // New Year 2028 is a Saturday and kept on Monday the 3rd.
        assert_eq!(due(date(2027, 12, 1), MONTHS), date(2028, 1, 4));
    }

    #[test]
    fn bank_holidays_are_those_that_are_published() {
        let told = |year| bank_holidays(year).map(|day| day.map(|day| day.to_string()).unwrap_or_default());

        assert_eq!(
            told(2026),
            [
                "2026-01-01",
                "2026-04-03",
                "2026-04-06",
                "2026-05-04",
                "2026-05-25",
                "2026-08-31",
                "2026-12-25",
                "2026-12-28"
            ]
        );
        assert_eq!(
            told(2027),
            [
                "2027-01-01",
                "2027-03-26",
                "2027-03-29",
                "2027-05-03",
                "2027-05-31",
                "2027-08-30",
                "2027-12-27",
                "2027-12-28"
            ]
        );
    }

    #[test]
    fn the_end_is_always_a_working_day_and_never_before_the_month_is_over() {
        let mut day = date(2026, 1, 1);
        for _ in 0..2_000 {
            let end = due(day, MONTHS);
            assert!(is_working_day(end) && end >= day.saturating_add(1.month()), "{day}");
            assert!(end <= day.saturating_add(1.month()).saturating_add(5.days()), "{day}");
            day = day.tomorrow().unwrap();
        }
    }
}
