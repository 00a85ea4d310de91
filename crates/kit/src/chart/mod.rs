//! A trend: measurements over time with the reference range they are judged by.
//!
//! One value gives everything that a reader may need: a drawing for a wide and one for a narrow screen, a sentence that says what the
//! drawing shows, the table behind it and a file to take away. Marks differ in shape as well as colour; a value that the
//! laboratory gave as "less than" is drawn open. Nothing is smoothed, joined over a change of unit, or left out.
//! Where next: `draw` (the SVG), `labels` (where writing finds room), `scale` (ticks), `words` (the sentence).

mod draw;
mod labels;
mod scale;
mod words;

use jiff::civil::Date;
use maud::{Markup, Render, html};

use crate::components::{Cell, Column, Details, Table};
use crate::format;

/// How a value relates to its reference range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// Inside, or not judged.
    #[default]
    Within,
    /// Under the lower limit.
    Low,
    /// Over the upper limit.
    High,
    /// So far out that somebody must act.
    Critical,
}

/// Whether the number is the value or a limit of measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comparator {
    /// The value itself.
    #[default]
    Exact,
    /// Less than the number.
    Below,
    /// More than the number.
    Above,
}

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The day.
    pub on: Date,
    /// The number, for drawing.
    pub value: f64,
    /// The number as it was recorded.
    pub text: String,
    /// Whether it is exact.
    pub comparator: Comparator,
    /// What the laboratory said of it; judged by the range when `None`.
    pub judged: Option<Standing>,
    /// Who measured it.
    pub source: String,
}

impl Point {
    /// An exact measurement.
    pub fn new(on: Date, value: f64, text: impl Into<String>) -> Self {
        Self { on, value, text: text.into(), comparator: Comparator::Exact, judged: None, source: String::new() }
    }

    pub(crate) fn written(&self) -> String {
        match self.comparator {
            Comparator::Exact => self.text.clone(),
            Comparator::Below => format!("<{}", self.text),
            Comparator::Above => format!(">{}", self.text),
        }
    }
}

/// The reference range in force from a day on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The day; `None` for always.
    pub from: Option<Date>,
    /// The lower limit.
    pub low: Option<f64>,
    /// The upper limit.
    pub high: Option<f64>,
}

/// Measurements that belong to one line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// Its name, when there are two: "Systolic".
    pub name: String,
    /// The measurements, in any order.
    pub points: Vec<Point>,
}

/// A trend.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trend {
    /// The start of the ids in the drawing: different for each chart of a page.
    pub id: String,
    /// What is measured.
    pub title: String,
    /// In which unit.
    pub unit: String,
    /// One line, or two that are measured together.
    pub series: Vec<Series>,
    /// The reference ranges, in any order; none when the values are not judged.
    pub ranges: Vec<Range>,
    /// Where the values can be fetched as a file.
    pub download: Option<String>,
}

impl Trend {
    /// One for tests and the gallery: HbA1c over five years with two high and one critical value.
    pub fn sample() -> Self {
        let point =
            |year, month, day, value: f64| Point::new(Date::constant(year, month, day), value, format!("{value}"));
        let mut points = vec![
            point(2021, 5, 3, 40.0),
            point(2022, 4, 11, 41.0),
            point(2023, 5, 2, 44.0),
            point(2024, 6, 19, 47.0),
            point(2024, 10, 8, 50.0),
            point(2025, 4, 15, 61.0),
            point(2026, 5, 14, 53.0),
        ];
        if let Some(worst) = points.iter_mut().find(|point| point.value > 60.0) {
            worst.judged = Some(Standing::Critical);
        }
        Self {
            id: "hba1c".into(),
            title: "HbA1c".into(),
            unit: "mmol/mol".into(),
            series: vec![Series { name: String::new(), points }],
            ranges: vec![Range { from: None, low: Some(20.0), high: Some(48.0) }],
            download: Some("#hba1c.csv".into()),
        }
    }

    /// Two lines measured together.
    pub fn sample_pair() -> Self {
        let point = |year, month, value: f64| Point::new(Date::constant(year, month, 9), value, format!("{value}"));
        let series = |name: &str, values: [f64; 4]| Series {
            name: name.into(),
            points: values
                .into_iter()
                .zip([(2025, 1), (2025, 6), (2026, 1), (2026, 8)])
                .map(|(value, (year, month))| point(year, month, value))
                .collect(),
        };
        Self {
            id: "bp".into(),
            title: "Blood pressure".into(),
            unit: "mmHg".into(),
            series: vec![
                series("Systolic", [152.0, 148.0, 139.0, 134.0]),
                series("Diastolic", [92.0, 90.0, 84.0, 79.0]),
            ],
            ranges: Vec::new(),
            download: None,
        }
    }

    /// The range that a day is judged by.
    pub(crate) fn range_on(&self, day: Date) -> Option<&Range> {
        let in_force = self.ranges.iter().filter(|range| range.from.is_none_or(|from| from <= day));
        in_force.max_by_key(|range| range.from)
    }

    /// How a measurement stands: as the laboratory said, else by the range.
    pub(crate) fn standing(&self, point: &Point) -> Standing {
        if let Some(judged) = point.judged {
            return judged;
        }
        match self.range_on(point.on) {
            Some(Range { low: Some(low), .. }) if point.value < *low => Standing::Low,
            Some(Range { high: Some(high), .. }) if point.value > *high => Standing::High,
            _ => Standing::Within,
        }
    }

    /// All measurements with the name of their line, newest first.
    fn newest_first(&self) -> Vec<(&str, &Point)> {
        let mut all: Vec<_> = self
            .series
            .iter()
            .flat_map(|series| series.points.iter().map(|point| (series.name.as_str(), point)))
            .collect();
        all.sort_by_key(|(_, point)| std::cmp::Reverse(point.on));
        all
    }

    /// What the drawing shows, in a sentence or two.
    pub fn sentence(&self) -> String {
        words::sentence(self)
    }

    /// The measurements as comma-separated values with a line of headings.
    pub fn csv(&self) -> String {
        let mut out = String::from("date,measurement,value,unit,range_low,range_high,standing,source\r\n");
        for (name, point) in self.newest_first() {
            let range = self.range_on(point.on);
            let limit = |limit: Option<f64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
            let measurement = if name.is_empty() { self.title.clone() } else { format!("{} {name}", self.title) };
            let fields = [
                point.on.to_string(),
                measurement,
                point.written(),
                self.unit.clone(),
                limit(range.and_then(|range| range.low)),
                limit(range.and_then(|range| range.high)),
                words::standing(self.standing(point)).to_owned(),
                point.source.clone(),
            ];
            out.push_str(&crate::csv::line(&fields.each_ref().map(String::as_str)));
        }
        out
    }

    fn table(&self) -> Table {
        let has_names = self.series.len() > 1;
        let has_ranges = !self.ranges.is_empty();
        let has_sources = self.newest_first().iter().any(|(_, point)| !point.source.is_empty());
        let mut columns = vec![Column::new("Date")];
        columns.extend(has_names.then(|| Column::new("Measurement")));
        columns.push(Column::numeric(format!("Value ({})", self.unit)));
        columns.extend(has_ranges.then(|| Column::new("Reference range")));
        columns.extend(has_sources.then(|| Column::new("Source")));
        let row = |(name, point): (&str, &Point)| {
            let mut cells = vec![Cell::from(format::date(point.on))];
            cells.extend(has_names.then(|| Cell::from(name)));
            cells.push(Cell::from(point.written()));
            cells.extend(has_ranges.then(|| Cell::from(words::judgement(self, point))));
            cells.extend(has_sources.then(|| Cell::from(point.source.as_str())));
            cells
        };
        let rows = self.newest_first().into_iter().map(row).collect();
        Table {
            is_compact: true,
            caption_size: Some(crate::components::Size::S),
            ..Table::responsive(self.title.clone(), columns, rows)
        }
    }

    fn key(&self) -> Markup {
        let points: Vec<&Point> = self.series.iter().flat_map(|series| &series.points).collect();
        let any = |wanted: &[Standing]| points.iter().any(|point| wanted.contains(&self.standing(point)));
        let censored = points.iter().any(|point| point.comparator != Comparator::Exact);
        html! {
            ul class="cw-chart__key" {
                @if !self.ranges.is_empty() { li { (draw::key_band()) "Reference range" } }
                @if any(&[Standing::Low, Standing::High]) { li { (draw::key_mark(Standing::High)) "Outside the range" } }
                @if any(&[Standing::Critical]) { li { (draw::key_mark(Standing::Critical)) "Critical" } }
                @if censored { li { (draw::key_open()) "Less than or more than the number" } }
            }
        }
    }
}

impl Render for Trend {
    fn render(&self) -> Markup {
        if self.series.iter().all(|series| series.points.is_empty()) {
            return html! {};
        }
        html! {
            figure class="cw-chart" {
                figcaption {
                    p class="cw-chart__title" { (self.title) @if !self.unit.is_empty() { " (" (self.unit) ")" } }
                    p class="cw-chart__says" { (self.sentence()) }
                    (self.key())
                }
                (draw::svg(self, draw::WIDE)) (draw::svg(self, draw::NARROW))
                div class="cw-chart__foot cw-noprint" {
                    (Details::new(format!("{} as a table", self.title), self.table().render()))
                    @if let Some(href) = &self.download { a class="nhsuk-link" href=(href) { "Download " (self.title) " as CSV" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
