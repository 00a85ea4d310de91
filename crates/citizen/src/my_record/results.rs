//! Test results: the same test over time, what it shows, and how the latest stands against its range.
//!
//! Observations of one code are one test; blood pressure is a pair. The standing is the laboratory's own word, else the
//! comparison with the range that came with the value. It refuses to interpret: "higher than the usual range" is said, what
//! that means for a person is for the team that asked for the test. Next: `pages`.

use super::facts::{codes, concept, source, text};
use crate::words::{self, Plain};
use fhir::json::Json;
use jiff::Timestamp;
use jiff::civil::Date;
use kit::chart::{Comparator, Point, Range, Series, Standing, Trend};

/// One value of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// When, as written.
    pub when: String,
    /// The value in words: "53", "138/84", "Alert".
    pub shown: String,
    /// The numbers, for drawing: one, or two for a pair.
    pub numbers: Vec<f64>,
    /// The unit.
    pub unit: String,
    /// How it stands, if it can be said.
    pub standing: Option<Standing>,
    /// The limits of the range that came with it.
    pub range: (Option<f64>, Option<f64>),
    /// Whether the number is exact.
    pub comparator: Comparator,
    /// Which organisation measured it.
    pub source: String,
}

/// A test with all its values, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The word in the address: the code of the test.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What the record calls it, when that differs.
    pub official: Option<String>,
    /// What it shows.
    pub says: Option<String>,
    /// The values.
    pub values: Vec<Measured>,
}

/// The tests of many observations, the one with the newest value first.
pub(crate) fn tests<'j>(observations: impl Iterator<Item = &'j Json<'j>>) -> Vec<Test> {
    let mut tests: Vec<Test> = Vec::new();
    for tree in observations {
        let Some((slug, measured)) = slug(tree).zip(measured(tree)) else { continue };
        match tests.iter_mut().find(|test| test.slug == slug) {
            Some(test) => test.values.push(measured),
            None => tests.push(new_test(tree, slug, measured)),
        }
    }
    for test in &mut tests {
        test.values.sort_by(|a, b| b.when.cmp(&a.when));
    }
    let newest = |test: &Test| test.values.first().map(|value| value.when.clone()).unwrap_or_default();
    tests.sort_by(|a, b| newest(b).cmp(&newest(a)).then_with(|| a.name.cmp(&b.name)));
    tests
}

/// The address of a test: its first code that is safe in one.
fn slug(tree: &Json<'_>) -> Option<String> {
    let safe = |code: &&str| {
        !code.is_empty() && code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    tree.get("code").and_then(|code| codes(code).find(safe).map(str::to_owned))
}

fn new_test(tree: &Json<'_>, slug: String, measured: Measured) -> Test {
    let code = tree.get("code");
    let official = code.and_then(concept).unwrap_or("Test").to_owned();
    let plain: Option<Plain> = code.and_then(|code| codes(code).find_map(words::test));
    let name = plain.map_or_else(|| official.clone(), |plain| plain.name.to_owned());
    let official = Some(official).filter(|official| *official != name);
    Test { slug, name, official, says: plain.map(|plain| plain.says.to_owned()), values: vec![measured] }
}

fn measured(tree: &Json<'_>) -> Option<Measured> {
    let when = text(tree, &["effectiveDateTime"]).or_else(|| text(tree, &["effectivePeriod", "start"]))?.to_owned();
    let base = Measured {
        when,
        shown: String::new(),
        numbers: Vec::new(),
        unit: String::new(),
        standing: judged(tree),
        range: range(tree),
        comparator: Comparator::Exact,
        source: source(tree),
    };
    if let Some(quantity) = tree.get("valueQuantity") {
        return Some(of_quantity(quantity, base));
    }
    let parts: Vec<&Json<'_>> = tree
        .get("component")
        .map(Json::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|part| part.get("valueQuantity"))
        .collect();
    if !parts.is_empty() {
        return Some(of_parts(&parts, base));
    }
    let words = tree.get("valueCodeableConcept").and_then(concept).or_else(|| text(tree, &["valueString"]));
    let yes = tree.get("valueBoolean").and_then(Json::as_bool).map(|yes| if yes { "Yes" } else { "No" });
    Some(Measured { shown: words.or(yes)?.to_owned(), ..base })
}

fn of_quantity(quantity: &Json<'_>, base: Measured) -> Measured {
    let number = quantity.get("value").and_then(Json::number).unwrap_or_default();
    let (comparator, sign) = match text(quantity, &["comparator"]) {
        Some("<" | "<=") => (Comparator::Below, "less than "),
        Some(">" | ">=") => (Comparator::Above, "more than "),
        _ => (Comparator::Exact, ""),
    };
    let value: Option<f64> = number.parse().ok();
    let standing = base.standing.or_else(|| value.and_then(|value| compared(value, base.range)));
    Measured {
        shown: format!("{sign}{}", short(number)),
        numbers: value.into_iter().collect(),
        unit: unit(quantity),
        standing,
        comparator,
        ..base
    }
}

/// A value made of several, such as blood pressure: the larger first, as it is said.
fn of_parts(parts: &[&Json<'_>], base: Measured) -> Measured {
    let values: Vec<(&str, f64)> = parts
        .iter()
        .filter_map(|part| part.get("value").and_then(Json::number))
        .filter_map(|number| Some((number, number.parse().ok()?)))
        .collect();
    let shown: Vec<String> = values.iter().map(|(number, _)| short(number)).collect();
    let unit = parts.first().map(|part| unit(part)).unwrap_or_default();
    Measured { shown: shown.join("/"), numbers: values.into_iter().map(|(_, value)| value).collect(), unit, ..base }
}

/// The unit as people write it; a score has none.
fn unit(quantity: &Json<'_>) -> String {
    let code = text(quantity, &["code"]).unwrap_or_default();
    let unit = match code {
        "Cel" => "\u{b0}C",
        "umol/L" => "\u{b5}mol/L",
        "10*9/L" => "billion per litre",
        "{ScoreOf}" | "{score}" | "1" => "",
        _ => text(quantity, &["unit"]).unwrap_or(code),
    };
    if unit.starts_with('{') { String::new() } else { unit.to_owned() }
}

/// At most 2 decimals: some systems send 15.
fn short(number: &str) -> String {
    match number.split_once('.') {
        Some((whole, decimals)) if decimals.len() > 2 => {
            number.parse::<f64>().map_or_else(|_| format!("{whole}.{decimals}"), |value| format!("{value:.1}"))
        }
        _ => number.to_owned(),
    }
}

fn judged(tree: &Json<'_>) -> Option<Standing> {
    match text(tree, &["interpretation", "coding", "code"])? {
        "L" | "LU" => Some(Standing::Low),
        "H" | "HU" => Some(Standing::High),
        "LL" | "HH" | "AA" => Some(Standing::Critical),
        "N" => Some(Standing::Within),
        _ => None,
    }
}

fn range(tree: &Json<'_>) -> (Option<f64>, Option<f64>) {
    let limit = |which: &str| tree.at(&["referenceRange", which, "value"]).and_then(Json::number)?.parse().ok();
    (limit("low"), limit("high"))
}

fn compared(value: f64, range: (Option<f64>, Option<f64>)) -> Option<Standing> {
    match range {
        (None, None) => None,
        (Some(low), _) if value < low => Some(Standing::Low),
        (_, Some(high)) if value > high => Some(Standing::High),
        _ => Some(Standing::Within),
    }
}

impl Measured {
    /// The value with its unit.
    #[must_use]
    pub fn with_unit(&self) -> String {
        let space = if self.unit.is_empty() || self.unit.starts_with(['%', '\u{b0}']) { "" } else { " " };
        format!("{}{space}{}", self.shown, self.unit)
    }

    /// The usual range in words.
    #[must_use]
    pub fn range_words(&self) -> Option<String> {
        match self.range {
            (Some(low), Some(high)) => Some(format!("{low} to {high}")),
            (Some(low), None) => Some(format!("{low} or more")),
            (None, Some(high)) => Some(format!("{high} or less")),
            (None, None) => None,
        }
    }

    /// How it stands, in a few words.
    #[must_use]
    pub fn standing_words(&self) -> Option<&'static str> {
        self.standing.map(|standing| match standing {
            Standing::Within => "In the usual range",
            Standing::Low => "Lower than usual",
            Standing::High => "Higher than usual",
            Standing::Critical => "Far from usual",
        })
    }

    /// What the latest value means, as far as a page may say it.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        match self.standing {
            Some(Standing::Within) => "Your latest result is in the usual range.",
            Some(Standing::Low) => {
                "Your latest result is lower than the usual range. That does not always mean that something is wrong. \
                 The team that asked for the test looks at it and tells you if anything needs to be done."
            }
            Some(Standing::High) => {
                "Your latest result is higher than the usual range. That does not always mean that something is wrong. \
                 The team that asked for the test looks at it and tells you if anything needs to be done."
            }
            Some(Standing::Critical) => {
                "Your latest result is far from the usual range. If your care team has not talked to you about it, call your \
                 GP practice today, or 111 when it is closed."
            }
            None => {
                "There is no usual range with this result. Your care team looks at it together with all they know of you."
            }
        }
    }
}

impl Test {
    /// The trend, when there are numbers to draw.
    #[must_use]
    pub fn trend(&self) -> Option<Trend> {
        let width =
            self.values.iter().map(|value| value.numbers.len()).max().filter(|width| (1..=2).contains(width))?;
        let names: &[&str] = if width == 2 { &["Higher number", "Lower number"] } else { &[""] };
        let points = |place: usize| {
            self.values.iter().rev().filter_map(move |value| point(value, place)).collect::<Vec<Point>>()
        };
        let series: Vec<Series> = names
            .iter()
            .enumerate()
            .map(|(place, name)| Series { name: (*name).to_owned(), points: points(place) })
            .collect();
        let (low, high) = self.values.first().map(|value| value.range).unwrap_or_default();
        let ranges = if width == 1 && (low.is_some() || high.is_some()) {
            vec![Range { from: None, low, high }]
        } else {
            Vec::new()
        };
        let unit = self.values.first().map(|value| value.unit.clone()).unwrap_or_default();
        Some(Trend { id: format!("t{}", self.slug), title: self.name.clone(), unit, series, ranges, download: None })
    }

    /// One for tests.
    #[must_use]
    pub fn sample() -> Self {
        let value = |when: &str, shown: &str| {
            let number: f64 = shown.parse().unwrap_or_default();
            let range = (Some(20.0), Some(42.0));
            Measured {
                when: when.into(),
                shown: shown.into(),
                numbers: vec![number],
                unit: "mmol/mol".into(),
                standing: compared(number, range),
                range,
                comparator: Comparator::Exact,
                source: "Kelderby General Hospital".into(),
            }
        };
        let says = words::test("59261-8").map(|plain| plain.says.to_owned());
        Self {
            slug: "59261-8".into(),
            name: "Blood sugar over 3 months (HbA1c)".into(),
            official: Some("HbA1c".into()),
            says,
            values: vec![
                value("2026-08-10T09:40:00+01:00", "56"),
                value("2025-08-11", "51"),
                value("2024-08-12", "41"),
            ],
        }
    }
}

fn point(value: &Measured, place: usize) -> Option<Point> {
    let number = *value.numbers.get(place)?;
    let text = value.shown.split('/').nth(place).unwrap_or(&value.shown);
    let text = text.trim_start_matches("less than ").trim_start_matches("more than ");
    let judged = if value.numbers.len() == 1 { value.standing } else { None };
    Some(Point {
        comparator: value.comparator,
        judged,
        source: value.source.clone(),
        ..Point::new(day(&value.when)?, number, text)
    })
}

/// The day of a written date or instant, for drawing: a month or year stands for its first day.
pub(crate) fn day(written: &str) -> Option<Date> {
    if let Ok(instant) = written.parse::<Timestamp>() {
        return Some(kit::format::day(instant));
    }
    let mut parts = written.split('T').next()?.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next().map_or(Some(1), |month| month.parse().ok())?;
    let day = parts.next().map_or(Some(1), |day| day.parse().ok())?;
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::json::parse;

    fn observation(when: &str, value: &str) -> String {
        format!(
            r#"{{"code":{{"coding":[{{"code":"59261-8"}}],"text":"HbA1c"}},"effectiveDateTime":"{when}",
            "valueQuantity":{{"value":{value},"unit":"mmol/mol"}},"referenceRange":[{{"high":{{"value":42}}}}],"performer":[{{"display":"Lab"}}]}}"#
        )
    }

    #[test]
    fn values_of_one_code_are_one_test_newest_first() {
        let texts =
            [observation("2024-05-01", "40"), observation("2026-05-01T10:00:00Z", "53.0"), observation("2025", "47")];
        let trees: Vec<Json<'_>> = texts.iter().map(|text| parse(text.as_bytes()).unwrap()).collect();

        let tests = tests(trees.iter());

        assert_eq!(tests.len(), 1);
        let shown: Vec<(&str, Option<Standing>)> =
            tests[0].values.iter().map(|v| (v.shown.as_str(), v.standing)).collect();
        assert_eq!(
            shown,
            [("53.0", Some(Standing::High)), ("47", Some(Standing::High)), ("40", Some(Standing::Within))]
        );
        assert_eq!(tests[0].trend().unwrap().series[0].points.len(), 3);
    }

    #[test]
    fn blood_pressure_is_said_as_a_pair() {
        let tree = parse(
            br#"{"code":{"coding":[{"code":"85354-9"}]},"effectiveDateTime":"2026-05-01","component":[
            {"valueQuantity":{"value":138,"unit":"mmHg"}},{"valueQuantity":{"value":84,"unit":"mmHg"}}]}"#,
        )
        .unwrap();

        let tests = tests(std::iter::once(&tree));

        assert_eq!(tests[0].values[0].with_unit(), "138/84 mmHg");
        assert_eq!(tests[0].trend().unwrap().series.len(), 2);
    }

    #[test]
    fn a_score_has_no_unit_and_a_degree_no_space() {
        let value = |unit: &str, code: &str| {
            let tree = format!(
                r#"{{"code":{{"coding":[{{"code":"x"}}]}},"effectiveDateTime":"2026-05-01","valueQuantity":{{"value":7,"unit":"{unit}","code":"{code}"}}}}"#
            );
            let parsed = parse(tree.as_bytes()).unwrap();
            tests(std::iter::once(&parsed))[0].values[0].with_unit()
        };

        assert_eq!([value("score", "{ScoreOf}"), value("degrees C", "Cel"), value("%", "%")], ["7", "7\u{b0}C", "7%"]);
    }

    #[test]
    fn a_limit_of_measurement_is_said_in_words() {
        let tree = parse(
            br#"{"code":{"coding":[{"code":"1988-5"}]},"effectiveDateTime":"2026-05-01",
            "valueQuantity":{"value":1,"comparator":"<","unit":"mg/L"}}"#,
        )
        .unwrap();

        assert_eq!(tests(std::iter::once(&tree))[0].values[0].with_unit(), "less than 1 mg/L");
    }
}
