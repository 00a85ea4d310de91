//! Results: every test with its values over time, the latest of each in a table, and the important ones as charts.
//!
//! Values are grouped by code and unit, so that two units are never joined in one line. How a value stands is what the laboratory said;
//! only where it said nothing is the reference range applied. Where next: `kit::chart`.

use std::collections::BTreeMap;

use fhir::json::Json;
use jiff::civil::Date;
use kit::chart::{Comparator, Point, Range, Series, Standing, Trend};

use super::source::Sources;
use crate::tree;

/// How many charts the one screen draws; all tests have a page of their own.
pub const CHARTS_MAX: usize = 4;
/// The most values that one chart draws: more cannot be told apart, and the table has them all.
pub const CHART_POINTS_MAX: usize = 60;

/// Codes that are charted first, in this order: the ones that long-term conditions are followed by.
const FIRST: [&[&str]; 10] = [
    &["59261-8", "4548-4", "999791000000106"],
    &["85354-9", "55284-4", "75367002"],
    &["62238-1", "33914-3", "98979-8", "1020291000000106"],
    &["2093-3", "1005671000000105"],
    &["1104051000000101", "1104051000000109", "445551004", "NEWS2"],
    &["2160-0", "14682-9", "1000731000000107"],
    &["2823-3", "6298-4", "1000651000000109"],
    &["718-7", "1022431000000105"],
    &["29463-7", "27113001"],
    &["1988-5", "1001371000000100"],
];

/// One value of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// Milliseconds since 1970 UTC.
    pub ms: i64,
    /// The day.
    pub on: Option<Date>,
    /// The day in words.
    pub when: String,
    /// The value in words, with its unit.
    pub says: String,
    /// "High", "Low", "Critical", or nothing.
    pub flag: Option<String>,
    /// The reference range in words.
    pub range: String,
    /// Who holds it.
    pub source: String,
    points: Vec<(String, Point)>,
    limits: Option<Range>,
}

/// A test with its values, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Its name in an address: a code, or its words in lower case.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The unit that all its values have; empty when there is none.
    pub unit: String,
    /// The values, newest first.
    pub values: Vec<Value>,
    rank: usize,
}

/// All tests in a set of Observations, the important first, then those with the newest values.
#[must_use]
pub fn tests(observations: &[&Json<'_>], sources: &Sources) -> Vec<Test> {
    let mut by_test: BTreeMap<(String, String), Test> = BTreeMap::new();
    for observation in observations {
        let Some((test, value)) = value(observation, sources) else { continue };
        let key = (test.slug.clone(), test.unit.clone());
        by_test.entry(key).or_insert(test).values.push(value);
    }
    let mut tests: Vec<Test> = by_test.into_values().collect();
    for test in &mut tests {
        test.values.sort_by_key(|value| std::cmp::Reverse(value.ms));
    }
    distinguish(&mut tests);
    tests.sort_by_key(|test| (test.rank, std::cmp::Reverse(test.values.first().map(|value| value.ms))));
    tests
}

/// Gives tests with one code and several units addresses of their own.
fn distinguish(tests: &mut [Test]) {
    let slugs: Vec<String> = tests.iter().map(|test| test.slug.clone()).collect();
    for test in tests.iter_mut() {
        if slugs.iter().filter(|slug| **slug == test.slug).count() > 1 {
            test.slug = format!("{}--{}", test.slug, slug(&test.unit));
        }
    }
}

fn slug(text: &str) -> String {
    let kept = text
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect::<String>();
    kept.trim_matches('-').to_owned()
}

fn value(observation: &Json<'_>, sources: &Sources) -> Option<(Test, Value)> {
    let name = tree::concept(observation.get("code"))?;
    let when = tree::when(observation, &["effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued"])?;
    let measured = measured(observation)?;
    let codings = observation.at(&["code"]).and_then(|code| code.get("coding")).map(Json::items).unwrap_or_default();
    let codes: Vec<&str> = codings.iter().filter_map(|coding| coding.get("code")?.text()).collect();
    let rank = FIRST.iter().position(|wanted| codes.iter().any(|code| wanted.contains(code))).unwrap_or(FIRST.len());
    let on = when.written.get(..10).and_then(|day| day.parse::<Date>().ok());
    let limits = limits(observation);
    let points = on.map(|on| points(&measured, on, &sources.name(observation))).unwrap_or_default();
    let judged = judged(observation);
    let points = points.into_iter().map(|(name, point)| (name, Point { judged, ..point })).collect();
    let value = Value {
        ms: when.ms,
        on,
        when: when.words,
        says: measured.says,
        flag: flag(observation, judged),
        range: range_words(observation, limits.as_ref()),
        source: sources.name(observation),
        points,
        limits: limits.map(|limits| Range { from: on, ..limits }),
    };
    let slug = codes.first().map_or_else(|| slug(&name), |code| slug(code));
    Some((Test { slug, name, unit: measured.unit, values: Vec::new(), rank }, value))
}

struct Measured {
    says: String,
    unit: String,
    numbers: Vec<(String, Json<'static>)>,
}

/// What was measured, in words and in numbers.
fn measured(observation: &Json<'_>) -> Option<Measured> {
    if let Some(quantity) = observation.get("valueQuantity") {
        let says = tree::quantity(quantity)?;
        let unit = tree::unit(quantity).unwrap_or_default();
        return Some(Measured { says, unit, numbers: vec![(String::new(), quantity.clone().into_owned())] });
    }
    let words =
        tree::concept(observation.get("valueCodeableConcept")).or_else(|| tree::text(observation, "valueString"));
    let words = words.or_else(|| observation.get("valueInteger").and_then(Json::number).map(str::to_owned));
    let words = words.or_else(|| {
        observation.get("valueBoolean").and_then(Json::as_bool).map(|yes| if yes { "Yes" } else { "No" }.to_owned())
    });
    if let Some(says) = words {
        return Some(Measured { says, unit: String::new(), numbers: Vec::new() });
    }
    let parts = components(observation);
    if !parts.is_empty() {
        return Some(parts_measured(&parts));
    }
    let absent = tree::concept(observation.get("dataAbsentReason"))?;
    Some(Measured { says: format!("No value: {absent}"), unit: String::new(), numbers: Vec::new() })
}

type Parts<'t, 'j> = Vec<(String, &'t Json<'j>)>;

fn components<'t, 'j>(observation: &'t Json<'j>) -> Parts<'t, 'j> {
    let parts = observation.get("component").map(Json::items).unwrap_or_default();
    parts.iter().filter_map(|part| Some((part_name(part)?, part))).collect()
}

fn part_name(part: &Json<'_>) -> Option<String> {
    if tree::has_code(part.get("code"), &["8480-6", "271649006"]) {
        return Some("Systolic".into());
    }
    if tree::has_code(part.get("code"), &["8462-4", "271650006"]) {
        return Some("Diastolic".into());
    }
    tree::concept(part.get("code"))
}

/// Two numbers in one unit are said as one, such as a blood pressure; more are said one by one.
fn parts_measured(parts: &Parts<'_, '_>) -> Measured {
    let quantities: Vec<(String, &Json<'_>)> =
        parts.iter().filter_map(|(name, part)| Some((name.clone(), part.get("valueQuantity")?))).collect();
    let number = |quantity: &Json<'_>| quantity.get("value").and_then(Json::number).map(str::to_owned);
    if let [(first_name, first), (_, second)] = quantities.as_slice()
        && first_name == "Systolic"
        && let (Some(high), Some(low)) = (number(first), number(second))
    {
        let unit = tree::unit(first).unwrap_or_default();
        let numbers =
            quantities.iter().map(|(name, quantity)| (name.clone(), (*quantity).clone().into_owned())).collect();
        return Measured { says: format!("{high}/{low} {unit}"), unit, numbers };
    }
    let says = parts.iter().filter_map(|(name, part)| {
        let value = part
            .get("valueQuantity")
            .and_then(tree::quantity)
            .or_else(|| tree::concept(part.get("valueCodeableConcept")))?;
        Some(format!("{name}: {value}"))
    });
    Measured { says: says.collect::<Vec<_>>().join("; "), unit: String::new(), numbers: Vec::new() }
}

fn points(measured: &Measured, on: Date, source: &str) -> Vec<(String, Point)> {
    let point = |(name, quantity): &(String, Json<'static>)| {
        let text = quantity.get("value")?.number()?;
        let comparator = match quantity.get("comparator").and_then(Json::text) {
            Some("<" | "<=") => Comparator::Below,
            Some(">" | ">=") => Comparator::Above,
            _ => Comparator::Exact,
        };
        let point = Point { comparator, source: source.to_owned(), ..Point::new(on, text.parse().ok()?, text) };
        Some((name.clone(), point))
    };
    measured.numbers.iter().filter_map(point).collect()
}

/// The first reference range for the normal.
fn limits(observation: &Json<'_>) -> Option<Range> {
    let range = observation.get("referenceRange")?.items().first()?;
    let limit = |key: &str| range.get(key)?.get("value")?.number()?.parse::<f64>().ok();
    let (low, high) = (limit("low"), limit("high"));
    (low.is_some() || high.is_some()).then_some(Range { from: None, low, high })
}

fn range_words(observation: &Json<'_>, limits: Option<&Range>) -> String {
    match limits {
        Some(Range { low: Some(low), high: Some(high), .. }) => format!("{low} to {high}"),
        Some(Range { low: Some(low), .. }) => format!("{low} or more"),
        Some(Range { high: Some(high), .. }) => format!("up to {high}"),
        _ => tree::text_at(observation, &["referenceRange", "text"]).unwrap_or_default(),
    }
}

fn judged(observation: &Json<'_>) -> Option<Standing> {
    let interpretation = observation.get("interpretation");
    let says = |codes: &[&str]| tree::has_code(interpretation, codes);
    match () {
        () if says(&["HH", "LL", "AA", "HU", "LU"]) => Some(Standing::Critical),
        () if says(&["H", "HX"]) => Some(Standing::High),
        () if says(&["L", "LX"]) => Some(Standing::Low),
        () if says(&["N"]) => Some(Standing::Within),
        () => None,
    }
}

fn flag(observation: &Json<'_>, judged: Option<Standing>) -> Option<String> {
    match judged {
        Some(Standing::Critical) => Some("Critical".into()),
        Some(Standing::High) => Some("High".into()),
        Some(Standing::Low) => Some("Low".into()),
        Some(Standing::Within) => None,
        None => tree::concept(observation.get("interpretation"))
            .filter(|_| tree::has_code(observation.get("interpretation"), &["A", "POS"])),
    }
}

impl Test {
    /// The chart of this test; `None` when there are fewer than two numbers.
    #[must_use]
    pub fn trend(&self, download: Option<String>) -> Option<Trend> {
        let mut series: Vec<Series> = Vec::new();
        for (name, point) in self.values.iter().take(CHART_POINTS_MAX).rev().flat_map(|value| &value.points) {
            match series.iter_mut().find(|series| series.name == *name) {
                Some(series) => series.points.push(point.clone()),
                None => series.push(Series { name: name.clone(), points: vec![point.clone()] }),
            }
        }
        let is_enough = series.iter().any(|series| series.points.len() > 1);
        is_enough.then(|| Trend {
            id: format!("chart-{}", self.slug),
            title: self.name.clone(),
            unit: self.unit.clone(),
            series,
            ranges: self.ranges(),
            download,
        })
    }

    /// The reference ranges over time: one for each change.
    fn ranges(&self) -> Vec<Range> {
        let mut ranges: Vec<Range> = Vec::new();
        for range in self.values.iter().rev().filter_map(|value| value.limits) {
            let is_same = ranges.last().is_some_and(|last| (last.low, last.high) == (range.low, range.high));
            if !is_same {
                ranges.push(range);
            }
        }
        if let Some(first) = ranges.first_mut() {
            first.from = None;
        }
        ranges
    }

    /// Whether the newest value is the kind that a chart should show first.
    #[must_use]
    pub fn is_first_rank(&self) -> bool {
        self.rank < FIRST.len()
    }
}
