//! FHIR dates and times, with the precision and the zone that they were written with.
//!
//! `2020`, `2020-05` and `2020-05-03T10:00:00+01:00` are different claims; none is made into another silently. What is
//! wrong is refused: month ends, year 0, hour 24, a time without a zone. A leap second (`23:59:60`) is accepted and counts as the
//! first second of the next minute, as Unix time does. For search, [`FhirDateTime::span`] says which milliseconds the text
//! covers; a date without a zone is taken as UTC. No clock is read here.

mod civil;

pub use civil::{days_from_civil, format_instant};

use crate::json::Json;
use crate::search::Span;
use civil::{MS_PER_DAY, MS_PER_MINUTE, MS_PER_SECOND, civil_from_days, days_in_month};
use std::fmt;

/// The furthest that a zone may be from UTC, in minutes: 14 hours.
const ZONE_MINUTES_MAX: i16 = 14 * 60;
/// Digits of a second's fraction that we take; more are refused.
const FRACTION_DIGITS_MAX: usize = 18;

/// How much of the date and time was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// `2020`
    Year,
    /// `2020-05`
    Month,
    /// `2020-05-03`
    Day,
    /// `2020-05-03T10:00`, only in search.
    Minute,
    /// `2020-05-03T10:00:00Z`
    Second,
    /// `2020-05-03T10:00:00.0Z`, with any number of digits.
    Fraction,
}

/// Why a text is no FHIR date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not the shape of a date or time.
    #[error("write a date as 2020, 2020-05 or 2020-05-03, and a time as 2020-05-03T10:00:00Z or with +01:00")]
    Form,
    /// A year, month or day that is not in the calendar.
    #[error("this day is not in the calendar")]
    Calendar,
    /// An hour, minute or second that no clock shows.
    #[error("this time is not on the clock")]
    Clock,
    /// A time without a zone.
    #[error("a time needs its zone: Z or an offset such as +01:00")]
    Zone,
    /// More was written than the type takes, or less.
    #[error("this type takes another precision")]
    Precision,
}

/// A date or a point in time, as precise as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FhirDateTime {
    year: u16,
    month: u8,
    day: u8,
    time: Option<Time>,
    zone: Option<Zone>,
    precision: Precision,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    /// The digits after the point as a whole number, and how many there were.
    fraction: u64,
    fraction_digits: u8,
    has_seconds: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Zone {
    Utc,
    Offset { minutes: i16, is_negative: bool },
}

/// The time that a `date`, `dateTime`, `instant` or Period covers; none when it says none that can be read. An end that a Period
/// does not say is open.
#[must_use]
pub fn span_of(value: &Json<'_>) -> Option<Span> {
    let moment = |value: &Json<'_>| Some(FhirDateTime::parse(value.text()?).ok()?.span());
    if value.text().is_some() { moment(value) } else { span_of_period(value, moment) }
}

/// The time that a Period covers, its ends read by `moment`.
pub(crate) fn span_of_period(period: &Json<'_>, moment: impl Fn(&Json<'_>) -> Option<Span>) -> Option<Span> {
    let (start, end) = (period.get("start").and_then(&moment), period.get("end").and_then(&moment));
    let span = Span {
        from_ms: start.map_or(i64::MIN, |start| start.from_ms),
        until_ms: end.map_or(i64::MAX, |end| end.until_ms),
    };
    (start.is_some() || end.is_some()).then_some(span)
}

impl FhirDateTime {
    /// Takes a FHIR `dateTime`: a year, month or day, or a second with a zone.
    ///
    /// # Errors
    /// When the text has another form, or says a day or time that does not exist.
    pub fn parse(text: &str) -> Result<FhirDateTime, DateError> {
        let parsed = FhirDateTime::parse_search(text)?;
        match parsed.time {
            Some(time) if !time.has_seconds => Err(DateError::Form),
            Some(_) if parsed.zone.is_none() => Err(DateError::Zone),
            _ => Ok(parsed),
        }
    }

    /// Takes a FHIR `date`: a year, month or day.
    ///
    /// # Errors
    /// As [`FhirDateTime::parse`], and when there is a time.
    pub fn parse_date(text: &str) -> Result<FhirDateTime, DateError> {
        let parsed = FhirDateTime::parse_search(text)?;
        if parsed.time.is_none() { Ok(parsed) } else { Err(DateError::Precision) }
    }

    /// Takes a FHIR `instant`: a second or finer, with a zone.
    ///
    /// # Errors
    /// As [`FhirDateTime::parse`], and when there is no time.
    pub fn parse_instant(text: &str) -> Result<FhirDateTime, DateError> {
        let parsed = FhirDateTime::parse(text)?;
        if parsed.time.is_some() { Ok(parsed) } else { Err(DateError::Precision) }
    }

    /// Takes what search takes: a `dateTime`, which may also end at the minute and lack its zone.
    ///
    /// # Errors
    /// When the text has another form, or says a day or time that does not exist.
    pub fn parse_search(text: &str) -> Result<FhirDateTime, DateError> {
        let (date, clock) = match text.split_once('T') {
            Some((date, clock)) => (date, Some(clock)),
            None => (text, None),
        };
        let mut parsed = parse_calendar(date)?;
        if let Some(clock) = clock {
            if parsed.precision != Precision::Day {
                return Err(DateError::Form);
            }
            let (clock, zone) = split_zone(clock)?;
            let time = Time::parse_clock(clock)?;
            parsed.zone = zone;
            parsed.precision = time.precision();
            parsed.time = Some(time);
        }
        Ok(parsed)
    }

    /// The point in time `ms` milliseconds after 1970 began, in UTC; within the years 1 to 9999.
    pub fn from_ms(ms: i64) -> Option<FhirDateTime> {
        let (year, month, day) = civil_from_days(ms.div_euclid(MS_PER_DAY))?;
        let of_day = ms.rem_euclid(MS_PER_DAY);
        let part = |unit: i64, of: i64| u8::try_from(of_day / unit % of).ok();
        let time = Time {
            hour: part(60 * MS_PER_MINUTE, 24)?,
            minute: part(MS_PER_MINUTE, 60)?,
            second: part(MS_PER_SECOND, 60)?,
            fraction: u64::try_from(of_day % MS_PER_SECOND).ok()?,
            fraction_digits: 3,
            has_seconds: true,
        };
        Some(FhirDateTime { year, month, day, time: Some(time), zone: Some(Zone::Utc), precision: Precision::Fraction })
    }

    /// How much was written.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The year, 1 to 9999.
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The month, 1 to 12, where written.
    pub fn month(&self) -> Option<u8> {
        (self.precision >= Precision::Month).then_some(self.month)
    }

    /// The day of the month, where written.
    pub fn day(&self) -> Option<u8> {
        (self.precision >= Precision::Day).then_some(self.day)
    }

    /// The time of day as written, in its own zone.
    pub fn time(&self) -> Option<Time> {
        self.time
    }

    /// Minutes east of UTC, where a zone was written.
    pub fn offset_minutes(&self) -> Option<i16> {
        self.zone.map(|zone| match zone {
            Zone::Utc => 0,
            Zone::Offset { minutes, is_negative } => {
                if is_negative {
                    -minutes
                } else {
                    minutes
                }
            }
        })
    }

    /// The first millisecond, since 1970 in UTC. Digits beyond the millisecond are left out.
    pub fn to_ms(&self) -> i64 {
        let days = days_from_civil(self.year, self.month, self.day) * MS_PER_DAY;
        let time = self.time.map_or(0, |time| time.ms_of_day());
        days + time - i64::from(self.offset_minutes().unwrap_or(0)) * MS_PER_MINUTE
    }

    /// The milliseconds that the text covers: a year all of the year, a fraction its last digit, at least one.
    pub fn span(&self) -> Span {
        let from_ms = self.to_ms();
        let length = match self.precision {
            Precision::Year => (days_from_civil(self.year + 1, 1, 1) - days_from_civil(self.year, 1, 1)) * MS_PER_DAY,
            Precision::Month => i64::from(days_in_month(self.year, self.month)) * MS_PER_DAY,
            Precision::Day => MS_PER_DAY,
            Precision::Minute => MS_PER_MINUTE,
            Precision::Second => MS_PER_SECOND,
            Precision::Fraction => match self.time.map_or(3, |time| time.fraction_digits) {
                1 => 100,
                2 => 10,
                _ => 1,
            },
        };
        Span { from_ms, until_ms: from_ms + length }
    }
}

fn parse_calendar(text: &str) -> Result<FhirDateTime, DateError> {
    let mut parts = text.split('-');
    let year = number(parts.next().unwrap_or_default(), 4)?;
    let (month, day) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return Err(DateError::Form);
    }
    let precision = match (month, day) {
        (None, _) => Precision::Year,
        (Some(_), None) => Precision::Month,
        (Some(_), Some(_)) => Precision::Day,
    };
    let small = |part: Option<&str>| part.map_or(Ok(1), |part| number(part, 2)).map(|n| u8::try_from(n).unwrap_or(0));
    let (month, day) = (small(month)?, small(day)?);
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return Err(DateError::Calendar);
    }
    Ok(FhirDateTime { year, month, day, time: None, zone: None, precision })
}

/// Exactly `digits` digits.
fn number(text: &str, digits: usize) -> Result<u16, DateError> {
    if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DateError::Form);
    }
    text.parse().map_err(|_| DateError::Form)
}

fn split_zone(text: &str) -> Result<(&str, Option<Zone>), DateError> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Ok((clock, Some(Zone::Utc)));
    }
    let Some(place) = text.find(['+', '-']) else { return Ok((text, None)) };
    let (clock, zone) = text.split_at_checked(place).ok_or(DateError::Form)?;
    let (is_negative, offset) = match zone.strip_prefix('-') {
        Some(offset) => (true, offset),
        None => (false, zone.strip_prefix('+').ok_or(DateError::Form)?),
    };
    let (hours, minutes) = offset.split_once(':').ok_or(DateError::Form)?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    let total = i16::try_from(hours * 60 + minutes).map_err(|_| DateError::Clock)?;
    if minutes > 59 || total > ZONE_MINUTES_MAX {
        return Err(DateError::Clock);
    }
    Ok((clock, Some(Zone::Offset { minutes: total, is_negative })))
}

impl Time {
    /// Takes a FHIR `time`: `10:00:00`, with a fraction if need be, without a zone.
    ///
    /// # Errors
    /// When the text has another form or no clock shows it.
    pub fn parse(text: &str) -> Result<Time, DateError> {
        let time = Time::parse_clock(text)?;
        if time.has_seconds { Ok(time) } else { Err(DateError::Form) }
    }

    fn parse_clock(text: &str) -> Result<Time, DateError> {
        let mut parts = text.split(':');
        let hour = number(parts.next().unwrap_or_default(), 2)?;
        let minute = number(parts.next().ok_or(DateError::Form)?, 2)?;
        let seconds = parts.next();
        if parts.next().is_some() {
            return Err(DateError::Form);
        }
        let (second, fraction) = match seconds.and_then(|text| text.split_once('.')) {
            Some((second, fraction)) => (number(second, 2)?, Some(fraction)),
            None => (seconds.map_or(Ok(0), |text| number(text, 2))?, None),
        };
        if hour > 23 || minute > 59 || second > 60 {
            return Err(DateError::Clock);
        }
        let digits = fraction.map_or(0, str::len);
        let is_number = fraction.is_none_or(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_number || digits > FRACTION_DIGITS_MAX {
            return Err(DateError::Form);
        }
        let small = |number: u16| u8::try_from(number).unwrap_or(u8::MAX);
        Ok(Time {
            hour: small(hour),
            minute: small(minute),
            second: small(second),
            fraction: fraction.and_then(|text| text.parse().ok()).unwrap_or(0),
            fraction_digits: u8::try_from(digits).unwrap_or(u8::MAX),
            has_seconds: seconds.is_some(),
        })
    }

    fn precision(self) -> Precision {
        match (self.has_seconds, self.fraction_digits) {
            (false, _) => Precision::Minute,
            (true, 0) => Precision::Second,
            (true, _) => Precision::Fraction,
        }
    }

    /// The hour, 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// The second, 0 to 60.
    pub fn second(self) -> u8 {
        self.second
    }

    fn ms_of_day(self) -> i64 {
        let scale = 10u64.pow(u32::from(self.fraction_digits));
        let ms = u128::from(self.fraction) * 1000 / u128::from(scale);
        let seconds = (i64::from(self.hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second);
        seconds * MS_PER_SECOND + i64::try_from(ms).unwrap_or(0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)?;
        if self.has_seconds {
            write!(f, ":{:02}", self.second)?;
        }
        if self.fraction_digits > 0 {
            write!(f, ".{:0width$}", self.fraction, width = usize::from(self.fraction_digits))?;
        }
        Ok(())
    }
}

impl fmt::Display for FhirDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        self.month().map_or(Ok(()), |month| write!(f, "-{month:02}"))?;
        self.day().map_or(Ok(()), |day| write!(f, "-{day:02}"))?;
        self.time.map_or(Ok(()), |time| write!(f, "T{time}"))?;
        match self.zone {
            None => Ok(()),
            Some(Zone::Utc) => f.write_str("Z"),
            Some(Zone::Offset { minutes, is_negative }) => {
                let sign = if is_negative { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl std::str::FromStr for FhirDateTime {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        FhirDateTime::parse(text)
    }
}

#[cfg(test)]
mod tests;
