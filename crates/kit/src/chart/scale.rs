//! Scales: where a number or a day lies on the page, and which ticks are easy to read.
//!
//! Number ticks are 1, 2, 2.5 or 5 times a power of ten; time ticks are days, months or years on round dates. Nothing here draws.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::format;

/// A straight line from data to the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    from: f64,
    per_unit: f64,
    at: f64,
}

impl Scale {
    pub(super) fn new(data: (f64, f64), page: (f64, f64)) -> Self {
        let width = if (data.1 - data.0).abs() < f64::EPSILON { 1.0 } else { data.1 - data.0 };
        Self { from: data.0, per_unit: (page.1 - page.0) / width, at: page.0 }
    }

    pub(super) fn place(&self, value: f64) -> f64 {
        self.at + (value - self.from) * self.per_unit
    }
}

/// Days since a fixed day, for drawing.
pub(super) fn days(date: Date) -> f64 {
    let since = Date::constant(2000, 1, 1).until(date).map(|span| span.get_days()).unwrap_or_default();
    f64::from(since)
}

/// About `wanted` round numbers that enclose the data, and how many decimals they need.
pub(super) fn nice(low: f64, high: f64, wanted: f64) -> (Vec<f64>, usize) {
    let spread = if high - low > f64::EPSILON { high - low } else { high.abs().max(1.0) * 0.2 };
    let rough = spread / wanted;
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough * 0.999).unwrap_or(10.0);
    let step = factor * power;
    let mut ticks = Vec::new();
    let mut tick = (low / step).floor() * step;
    while tick < high + step * 0.999 && ticks.len() < 20 {
        ticks.push(tick);
        tick += step;
    }
    let decimals = (0..6).find(|places| {
        let scaled = step * 10f64.powi(*places);
        (scaled - scaled.round()).abs() < 1e-6
    });
    (ticks, usize::try_from(decimals.unwrap_or(6)).unwrap_or_default())
}

/// Round days between two, at most `most` of them, each with its label.
pub(super) fn time(from: Date, until: Date, most: usize) -> Vec<(Date, String)> {
    let span = days(until) - days(from);
    if span < 45.0 {
        let steps = [1, 2, 7, 14];
        return first_that_fits(steps.map(|step| day_ticks(from, until, step)), most);
    }
    let steps = [1, 2, 3, 6, 12, 24, 60, 120];
    first_that_fits(steps.map(|step| month_ticks(from, until, step)), most)
}

fn first_that_fits<const N: usize>(candidates: [Vec<(Date, String)>; N], most: usize) -> Vec<(Date, String)> {
    let mut last = Vec::new();
    for ticks in candidates {
        if ticks.len() <= most {
            return ticks;
        }
        last = ticks;
    }
    last
}

fn day_ticks(from: Date, until: Date, step: i32) -> Vec<(Date, String)> {
    let label =
        |day: Date| format::short_date(day).rsplit_once(' ').map(|(start, _)| start.to_owned()).unwrap_or_default();
    walk(from, until, |day| day.checked_add(step.days()).ok()).into_iter().map(|day| (day, label(day))).collect()
}

fn month_ticks(from: Date, until: Date, step: i32) -> Vec<(Date, String)> {
    let months = i32::from(from.year()) * 12 + i32::from(from.month()) - 1;
    let first = months.div_euclid(step) * step;
    let at = |months: i32| {
        let year = i16::try_from(months.div_euclid(12)).ok()?;
        let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
        Date::new(year, month, 1).ok()
    };
    let Some(start) = at(first) else { return Vec::new() };
    let days = walk(start, until, |day| day.checked_add(step.months()).ok());
    let label = |day: Date| {
        let short = format::short_date(day);
        if step >= 12 {
            day.year().to_string()
        } else {
            short.split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
        }
    };
    days.into_iter().filter(|day| *day >= from).map(|day| (day, label(day))).collect()
}

/// Days from one to another; bounded, so that a wrong date cannot make a page without end.
fn walk(from: Date, until: Date, next: impl Fn(Date) -> Option<Date>) -> Vec<Date> {
    std::iter::successors(Some(from), |day| next(*day)).take_while(|day| *day <= until).take(2_000).collect()
}
