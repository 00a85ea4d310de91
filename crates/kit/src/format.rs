//! Dates, times, ages and numbers as the NHS content guide writes them.
//!
//! Written dates keep the precision that they came with: a year stays a year. Instants are shown in the time of the place,
//! Europe/London. Nothing here reads a clock: "today" is a parameter.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use maud::{Markup, html};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month_name(month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|place| MONTHS.get(place)).copied().unwrap_or_default()
}

/// "22 November 2026".
pub fn date(date: Date) -> String {
    format!("{} {} {}", date.day(), month_name(date.month()), date.year())
}

/// "22 Nov 2026", for tables and axes.
pub fn short_date(date: Date) -> String {
    let month: String = month_name(date.month()).chars().take(3).collect();
    format!("{} {month} {}", date.day(), date.year())
}

/// "5:48pm", "9am", "midday", "midnight".
pub fn time(time: Time) -> String {
    match (time.hour(), time.minute()) {
        (0, 0) => return "midnight".into(),
        (12, 0) => return "midday".into(),
        _ => {}
    }
    let half = if time.hour() < 12 { "am" } else { "pm" };
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    if time.minute() == 0 { format!("{hour}{half}") } else { format!("{hour}:{:02}{half}", time.minute()) }
}

/// The calendar day of an instant in London.
pub fn day(instant: Timestamp) -> Date {
    instant.to_zoned(london()).date()
}

/// The date and time of an instant in London.
pub fn local(instant: Timestamp) -> DateTime {
    instant.to_zoned(london()).datetime()
}

/// "22 November 2026, 5:48pm", in London.
pub fn moment(instant: Timestamp) -> String {
    let local = local(instant);
    format!("{}, {}", date(local.date()), time(local.time()))
}

fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// A date as it was written down - "2026", "2026-11", "2026-11-22" or an instant with a zone - in words; `None` when it is none of these.
pub fn written(text: &str) -> Option<String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(moment(instant));
    }
    let mut parts = text.splitn(3, '-');
    let year: i16 = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let Some(month) = parts.next() else { return Some(year.to_string()) };
    let month: i8 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    let Some(day) = parts.next() else { return Some(format!("{} {year}", month_name(month))) };
    Date::new(year, month, day.parse().ok()?).ok().map(date)
}

/// Only the day of a written date, in words: an instant loses its time.
pub fn written_day(text: &str) -> Option<String> {
    match text.parse::<Timestamp>() {
        Ok(instant) => Some(date(day(instant))),
        Err(_) => written(text),
    }
}

/// The age on a day: days in the first four weeks, weeks in the first year, months in the second, years from then on.
pub fn age(born: Date, on: Date) -> Option<String> {
    let count = |unit: Unit| born.until((unit, on)).ok();
    let days = count(Unit::Day)?.get_days();
    let years = count(Unit::Year)?.get_years();
    let (number, word) = match (days, years) {
        (..0, _) => return None,
        (0..28, _) => (days, "day"),
        (_, 0) => (days / 7, "week"),
        (_, 1) => (count(Unit::Month)?.get_months(), "month"),
        _ => (i32::from(years), "year"),
    };
    Some(format!("{number} {word}{}", if number == 1 { "" } else { "s" }))
}

/// An NHS number as people read it aloud, 3-3-4, kept on one line; other text is given back as it is.
pub fn nhs_number(digits: &str) -> Markup {
    html! { span class="cw-nowrap" { (nhs_number_text(digits)) } }
}

/// An NHS number in text, 3-3-4.
pub fn nhs_number_text(digits: &str) -> String {
    let Some((first, rest)) = digits.split_at_checked(3).filter(|_| digits.len() == 10) else {
        return digits.to_owned();
    };
    rest.split_at_checked(3).map_or_else(|| digits.to_owned(), |(middle, last)| format!("{first} {middle} {last}"))
}

/// "1,234".
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "1 person", "2 people": the right word for a number.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Words with a capital letter at the beginning.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
