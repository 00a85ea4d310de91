//! Days and moments of the made-up years, as plain numbers, written as FHIR dates.
//!
//! A `Day` counts from 1 January 1970, so that adding weeks is an addition that cannot fail. A `Moment` is local time in
//! England and is written with the offset of that day (summer time from the last Sunday of March to the last of October).
//! It refuses to know what day it is: that comes in with the options. Next: `life`.

use std::fmt;

/// A day, counted from 1 January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i32);

/// A minute of a day, in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// The day.
    pub(crate) day: Day,
    /// Minutes since local midnight.
    pub(crate) minute: i32,
}

/// Days of an average year, in hundredths, for ages and spans that need no birthday.
const YEAR_DAYS: f64 = 365.25;

impl Day {
    /// The day of a year, month and day of the Gregorian calendar.
    pub(crate) fn ymd(year: i32, month: i32, day: i32) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let shifted = (month + 9) % 12;
        let of_year = (153 * shifted + 2) / 5 + day - 1;
        Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    /// Year, month and day of the Gregorian calendar.
    pub(crate) fn parts(self) -> (i32, i32, i32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        (year + era * 400 + i32::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
    }

    /// This day so many days later (or earlier).
    pub(crate) fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// This day so many years earlier, near enough.
    pub(crate) fn years_before(self, years: f64) -> Self {
        Self(self.0 - whole(years * YEAR_DAYS))
    }

    /// The years between two days.
    pub(crate) fn years_since(self, earlier: Self) -> f64 {
        f64::from(self.0 - earlier.0) / YEAR_DAYS
    }

    /// Completed years of life on this day of somebody born on `born`.
    pub(crate) fn age(self, born: Self) -> i32 {
        let ((y, m, d), (by, bm, bd)) = (self.parts(), born.parts());
        y - by - i32::from((m, d) < (bm, bd))
    }

    /// The same day of the month in another year (28 February stands for the 29th).
    pub(crate) fn in_year(self, year: i32) -> Self {
        let (_, month, day) = self.parts();
        Self::ymd(year, month, if month == 2 { day.min(28) } else { day })
    }

    /// Monday is 0, Sunday is 6.
    pub(crate) fn weekday(self) -> i32 {
        (self.0 + 3).rem_euclid(7)
    }

    /// This day, or the Monday after it when it falls on a weekend.
    pub(crate) fn working(self) -> Self {
        match self.weekday() {
            5 => self.plus(2),
            6 => self.plus(1),
            _ => self,
        }
    }

    /// A minute of this day.
    pub(crate) fn at(self, hour: i32, minute: i32) -> Moment {
        Moment { day: self, minute: hour * 60 + minute }
    }

    fn summer_time(self) -> bool {
        let (year, _, _) = self.parts();
        let last_sunday = |month| {
            let end = Self::ymd(year, month, 31);
            end.plus(-((end.weekday() + 1) % 7))
        };
        self >= last_sunday(3) && self < last_sunday(10)
    }
}

impl Moment {
    /// The local moment of a timestamp.
    pub(crate) fn of(timestamp: jiff::Timestamp) -> Self {
        let minutes = i32::try_from(timestamp.as_second().div_euclid(60)).unwrap_or(i32::MAX);
        let day = Day(minutes.div_euclid(1_440));
        let utc = Self { day, minute: minutes.rem_euclid(1_440) };
        if day.summer_time() { utc.plus(60) } else { utc }
    }

    /// This moment so many minutes later (or earlier).
    pub(crate) fn plus(self, minutes: i32) -> Self {
        let all = self.minute + minutes;
        Self { day: self.day.plus(all.div_euclid(1_440)), minute: all.rem_euclid(1_440) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = if self.day.summer_time() { "+01:00" } else { "+00:00" };
        write!(f, "{}T{:02}:{:02}:00{zone}", self.day, self.minute / 60, self.minute % 60)
    }
}

/// The nearest whole number; made-up quantities are far from the limits of the type.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the type's range just before")]
pub(crate) fn whole(value: f64) -> i32 {
    value.round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_and_dates_agree_over_two_centuries() {
        for number in -30_000..40_000 {
            let (year, month, day) = Day(number).parts();

            assert_eq!(Day::ymd(year, month, day), Day(number));
        }
        assert_eq!(Day::ymd(1970, 1, 1), Day(0));
        assert_eq!(Day::ymd(2026, 11, 22).weekday(), 6);
    }

    #[test]
    fn summer_time_begins_and_ends_on_last_sundays() {
        let noon = |y, m, d| Day::ymd(y, m, d).at(12, 5).to_string();

        assert_eq!(noon(2026, 3, 28), "2026-03-28T12:05:00+00:00");
        assert_eq!(noon(2026, 3, 29), "2026-03-29T12:05:00+01:00");
        assert_eq!(noon(2026, 10, 25), "2026-10-25T12:05:00+00:00");
    }

    #[test]
    fn an_age_changes_on_the_birthday() {
        let born = Day::ymd(1944, 6, 10);

        assert_eq!(Day::ymd(2026, 6, 9).age(born), 81);
        assert_eq!(Day::ymd(2026, 6, 10).age(born), 82);
    }
}
