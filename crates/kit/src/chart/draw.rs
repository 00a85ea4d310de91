//! The drawing of a trend: an SVG without script or inline style, in one of two widths that the style sheet switches.
//!
//! Colours come from classes, shapes carry the same meaning, and each mark has its value as a tooltip. A screen reader hears the title
//! and the sentence; the table is beside the drawing.

use std::fmt::Write as _;

use jiff::civil::Date;
use maud::{Markup, html};

use super::labels::{Area, Label, Places};
use super::scale::{self, Scale, days};
use super::{Comparator, Point, Range, Series, Standing, Trend};
use crate::format;

/// The size of a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canvas {
    name: &'static str,
    width: f64,
    height: f64,
    time_ticks: usize,
}

pub(super) const WIDE: Canvas = Canvas { name: "wide", width: 620.0, height: 230.0, time_ticks: 7 };
pub(super) const NARROW: Canvas = Canvas { name: "narrow", width: 340.0, height: 210.0, time_ticks: 4 };

const LEFT: f64 = 44.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 28.0;

/// Everything that is needed to place a mark.
struct Plot<'a> {
    trend: &'a Trend,
    canvas: Canvas,
    from: Date,
    until: Date,
    x: Scale,
    y: Scale,
    levels: Vec<f64>,
    decimals: usize,
}

/// Draws a trend; nothing when there is nothing to draw.
pub(super) fn svg(trend: &Trend, canvas: Canvas) -> Markup {
    let Some(plot) = Plot::of(trend, canvas) else { return html! {} };
    let (title, desc) = (format!("{}-{}-title", trend.id, canvas.name), format!("{}-{}-desc", trend.id, canvas.name));
    html! {
        svg class={ "cw-chart__" (canvas.name) } role="img" aria-labelledby={ (title) " " (desc) } xmlns="http://www.w3.org/2000/svg"
            viewBox={ "0 0 " (canvas.width) " " (canvas.height) } width=(canvas.width) height=(canvas.height) {
            title id=(title) { (trend.title) }
            desc id=(desc) { (trend.sentence()) }
            (plot.bands()) (plot.levels()) (plot.times())
            @for (place, series) in trend.series.iter().enumerate() { (plot.line(place, series)) }
            @for series in &trend.series { (plot.marks(series)) }
            @for label in plot.labels() {
                text class="cw-strong" x=(short(label.x())) y=(short(label.y())) text-anchor="middle" { (label.text) }
            }
        }
    }
}

impl<'a> Plot<'a> {
    fn of(trend: &'a Trend, canvas: Canvas) -> Option<Self> {
        let points = || trend.series.iter().flat_map(|series| &series.points);
        let (first, last) = (points().map(|point| point.on).min()?, points().map(|point| point.on).max()?);
        let margin = ((days(last) - days(first)) * 0.03).max(1.0);
        let padded = if first == last { 15.0 } else { margin };
        let limits = trend.ranges.iter().flat_map(|range| range.low.into_iter().chain(range.high));
        let values = || points().map(|point| point.value).chain(limits.clone()).filter(|value| value.is_finite());
        let low = values().min_by(f64::total_cmp)?;
        let high = values().max_by(f64::total_cmp)?;
        let (levels, decimals) = scale::nice(low, high, 4.0);
        let (bottom, top) = (levels.first().copied()?, levels.last().copied()?);
        Some(Self {
            trend,
            canvas,
            from: first,
            until: last,
            x: Scale::new((days(first) - padded, days(last) + padded), (LEFT, canvas.width - RIGHT)),
            y: Scale::new((bottom, top), (canvas.height - BOTTOM, TOP)),
            levels,
            decimals,
        })
    }

    fn bands(&self) -> Markup {
        let mut ranges: Vec<&Range> = self.trend.ranges.iter().collect();
        ranges.sort_by_key(|range| range.from);
        let edges = (LEFT, self.canvas.width - RIGHT);
        let starts = ranges
            .iter()
            .map(|range| range.from.map_or(edges.0, |from| self.x.place(days(from)).clamp(edges.0, edges.1)));
        let starts: Vec<f64> = starts.collect();
        let ends = starts.iter().skip(1).copied().chain([edges.1]);
        let bands = ranges.iter().zip(starts.iter().copied()).zip(ends);
        html! { @for ((range, start), end) in bands { (self.band(range, start, end)) } }
    }

    fn band(&self, range: &Range, start: f64, end: f64) -> Markup {
        let top = range.high.map_or(TOP, |high| self.y.place(high));
        let bottom = range.low.map_or(self.canvas.height - BOTTOM, |low| self.y.place(low));
        html! {
            rect class="cw-band" x=(short(start)) y=(short(top)) width=(short((end - start).max(0.0))) height=(short((bottom - top).max(0.0))) {}
            @for limit in range.low.into_iter().chain(range.high) {
                line class="cw-limit" x1=(short(start)) x2=(short(end)) y1=(short(self.y.place(limit))) y2=(short(self.y.place(limit))) {}
            }
        }
    }

    fn levels(&self) -> Markup {
        let right = self.canvas.width - RIGHT;
        html! {
            @for level in &self.levels {
                @let y = self.y.place(*level);
                line class="cw-grid" x1=(LEFT) x2=(right) y1=(short(y)) y2=(short(y)) {}
                text x=(LEFT - 6.0) y=(short(y + 4.5)) text-anchor="end" { (format!("{level:.*}", self.decimals)) }
            }
        }
    }

    fn times(&self) -> Markup {
        let floor = self.canvas.height - BOTTOM;
        let mut ticks = scale::time(self.from, self.until, self.canvas.time_ticks);
        if ticks.is_empty() || self.from == self.until {
            ticks = vec![(self.from, format::short_date(self.from))];
        }
        html! {
            line class="cw-axis" x1=(LEFT) x2=(self.canvas.width - RIGHT) y1=(floor) y2=(floor) {}
            @for (day, label) in ticks {
                @let x = self.x.place(days(day));
                line class="cw-axis" x1=(short(x)) x2=(short(x)) y1=(floor) y2=(floor + 5.0) {}
                text x=(short(x)) y=(floor + 19.0) text-anchor="middle" { (label) }
            }
        }
    }

    fn line(&self, place: usize, series: &Series) -> Markup {
        let mut points: Vec<&Point> = series.points.iter().filter(|point| point.value.is_finite()).collect();
        points.sort_by_key(|point| point.on);
        let mut path = String::new();
        for point in &points {
            let step = if path.is_empty() { 'M' } else { 'L' };
            let (x, y) = self.at(point);
            // Writing to a string cannot fail.
            let _ = write!(path, "{step}{} {}", short(x), short(y));
        }
        let dashes = (place > 0).then_some("2 4");
        html! {
            @if points.len() > 1 { path class="cw-line" d=(path) stroke-dasharray=[dashes] {} }
        }
    }

    fn marks(&self, series: &Series) -> Markup {
        html! { @for point in series.points.iter().filter(|point| point.value.is_finite()) { (self.mark(point)) } }
    }

    fn mark(&self, point: &Point) -> Markup {
        let (x, y) = self.at(point);
        let standing = self.trend.standing(point);
        let says = format!("{}: {} {}", format::date(point.on), point.written(), self.trend.unit);
        html! {
            g {
                title { (says.trim()) }
                (shape(standing, point.comparator, (x, y)))
            }
        }
    }

    /// The names of the lines and the critical values, newest first, each where there is room.
    fn labels(&self) -> Vec<Label> {
        let drawn = |series: &'a Series| series.points.iter().filter(|point| point.value.is_finite());
        let all = || self.trend.series.iter().flat_map(drawn);
        let mut places = Places::new(self.frame(), all().map(|point| self.at(point)));
        let named = self.trend.series.iter().filter(|series| !series.name.is_empty());
        let names = named.filter_map(|series| Some((series.name.clone(), drawn(series).max_by_key(|point| point.on)?)));
        let mut critical: Vec<&Point> =
            all().filter(|point| self.trend.standing(point) == Standing::Critical).collect();
        critical.sort_by_key(|point| std::cmp::Reverse(point.on));
        let values = critical.into_iter().map(|point| (point.written(), point));
        names.chain(values).filter_map(|(text, point)| places.place(&text, self.at(point))).collect()
    }

    /// Where labels may stand: the drawing without its axes.
    fn frame(&self) -> Area {
        Area { left: LEFT, top: 0.0, right: self.canvas.width, bottom: self.canvas.height - BOTTOM }
    }

    fn at(&self, point: &Point) -> (f64, f64) {
        (self.x.place(days(point.on)), self.y.place(point.value))
    }
}

/// A circle inside the range, a triangle that points the way out, a square when critical; open when the value is only a limit.
fn shape(standing: Standing, comparator: Comparator, (x, y): (f64, f64)) -> Markup {
    let open = if comparator == Comparator::Exact { "" } else { " cw-mark--open" };
    let triangle = |up: f64| {
        let (tip, base) = (y - 7.0 * up, y + 5.0 * up);
        format!("{},{} {},{} {},{}", short(x), short(tip), short(x - 6.5), short(base), short(x + 6.5), short(base))
    };
    html! {
        @match standing {
            Standing::Within => circle class={ "cw-mark" (open) } cx=(short(x)) cy=(short(y)) r="4.5" {},
            Standing::High => polygon class={ "cw-mark cw-mark--out" (open) } points=(triangle(1.0)) {},
            Standing::Low => polygon class={ "cw-mark cw-mark--out" (open) } points=(triangle(-1.0)) {},
            Standing::Critical => rect class={ "cw-mark cw-mark--critical" (open) } x=(short(x - 6.0)) y=(short(y - 6.0)) width="12" height="12" {},
        }
    }
}

/// A mark for the key.
pub(super) fn key_mark(standing: Standing) -> Markup {
    html! { svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" { (shape(standing, Comparator::Exact, (8.0, 8.0))) } }
}

/// An open mark for the key.
pub(super) fn key_open() -> Markup {
    html! {
        svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false" { (shape(Standing::Within, Comparator::Below, (8.0, 8.0))) }
    }
}

/// A piece of the band for the key.
pub(super) fn key_band() -> Markup {
    html! {
        svg width="24" height="16" viewBox="0 0 24 16" aria-hidden="true" focusable="false" {
            rect class="cw-band" x="0" y="1" width="24" height="14" {}
            line class="cw-limit" x1="0" x2="24" y1="1" y2="1" {}
            line class="cw-limit" x1="0" x2="24" y1="15" y2="15" {}
        }
    }
}

/// One decimal is finer than any screen.
fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// The frame of a drawing, its marks and its labels.
#[cfg(test)]
pub(super) type LaidOut = (Area, Vec<(f64, f64)>, Vec<Label>);

/// How a drawing is laid out, for the law that labels never overlap.
#[cfg(test)]
pub(super) fn laid_out(trend: &Trend, canvas: Canvas) -> Option<LaidOut> {
    let plot = Plot::of(trend, canvas)?;
    let points = trend.series.iter().flat_map(|series| &series.points).filter(|point| point.value.is_finite());
    Some((plot.frame(), points.map(|point| plot.at(point)).collect(), plot.labels()))
}
