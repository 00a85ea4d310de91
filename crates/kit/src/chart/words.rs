//! What a chart says in words: for those who do not see it, and for those who want the point at once.
//!
//! The sentence is made from the data alone: how many, from when to when, the latest and how it stands, when it crossed a limit, the
//! lowest and the highest. It never explains a value: that is for a professional.

use super::{Point, Range, Series, Standing, Trend};
use crate::format;

/// A standing in a word.
pub(super) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Within => "",
        Standing::Low => "low",
        Standing::High => "high",
        Standing::Critical => "critical",
    }
}

/// "20 to 48", "under 48", "over 20".
pub(super) fn range(range: &Range) -> String {
    match (range.low, range.high) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (None, Some(high)) => format!("up to {high}"),
        (Some(low), None) => format!("from {low}"),
        (None, None) => String::new(),
    }
}

/// The range of a measurement and how it stands: "20 to 48: high".
pub(super) fn judgement(trend: &Trend, point: &Point) -> String {
    let range = trend.range_on(point.on).map(range).unwrap_or_default();
    match (range.as_str(), standing(trend.standing(point))) {
        (_, "") => range,
        ("", word) => word.to_owned(),
        (_, word) => format!("{range}: {word}"),
    }
}

/// The sentence of a trend.
pub(super) fn sentence(trend: &Trend) -> String {
    let said = trend.series.iter().filter_map(|series| line(trend, series));
    said.collect::<Vec<_>>().join(" ")
}

fn line(trend: &Trend, series: &Series) -> Option<String> {
    let mut points: Vec<&Point> = series.points.iter().collect();
    points.sort_by_key(|point| point.on);
    let (first, last) = (points.first()?, points.last()?);
    let name = if series.name.is_empty() { String::new() } else { format!("{}: ", series.name) };
    let unit = if trend.unit.is_empty() { String::new() } else { format!(" {}", trend.unit) };
    let latest = format!("{}{unit} on {}{}", last.written(), format::date(last.on), against(trend, last));
    if points.len() == 1 {
        return Some(format!("{name}1 result: {latest}."));
    }
    let crossing = crossing(trend, &points).map(|text| format!(" {text}")).unwrap_or_default();
    let by_value = |a: &&&Point, b: &&&Point| a.value.total_cmp(&b.value);
    let lowest = points.iter().min_by(by_value)?;
    let highest = points.iter().max_by(by_value)?;
    let since = format::date(first.on);
    Some(format!(
        "{name}{} results since {since}. Latest {latest}.{crossing} Lowest {}, highest {}.",
        points.len(),
        lowest.written(),
        highest.written()
    ))
}

fn against(trend: &Trend, point: &Point) -> String {
    let range = trend.range_on(point.on).map(range).filter(|range| !range.is_empty());
    let range = range.map(|range| format!(" ({range})")).unwrap_or_default();
    match trend.standing(point) {
        Standing::Within if range.is_empty() => String::new(),
        Standing::Within => format!(", within the reference range{range}"),
        Standing::Low => format!(", below the reference range{range}"),
        Standing::High => format!(", above the reference range{range}"),
        Standing::Critical => format!(", critical{range}"),
    }
}

/// When the run of values outside the range, which still lasts, began; or when it ended.
fn crossing(trend: &Trend, points: &[&Point]) -> Option<String> {
    let outside = |point: &&Point| trend.standing(point) != Standing::Within;
    let last = points.last()?;
    let before = points.iter().rev().skip(1);
    if outside(last) {
        let run = points.iter().rev().take_while(|point| outside(point)).last()?;
        let has_inside_before = points.iter().any(|point| !outside(point) && point.on < run.on);
        return has_inside_before.then(|| format!("Outside the range since {}.", format::date(run.on)));
    }
    let was_outside = before.take(1).any(outside);
    was_outside.then(|| format!("Back within the range on {}.", format::date(last.on)))
}
