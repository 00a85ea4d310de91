//! The pages of a record: all headings on one screen, one heading in full, one test over time and as a file.
//!
//! Addresses hold the id of the record, never a name or number, and no page may be kept by a browser. Without a script, on a phone and on
//! paper they say the same.

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use gate::{Action, Purpose, RelationKind};
use jiff::Timestamp;
use jiff::civil::Date;
use kit::components::{Cell, Column, Details, Entry, InsetText, Link, RecordHeading, Size, Table};
use kit::headers::{Privacy, secure};
use kit::layout::WayBack;
use kit::{Markup, Page, PageError, PreEscaped, Render, format, html};
use record::claim::may_claim;
use trust::SignedIn;

use super::results::{CHARTS_MAX, Test};
use super::{Claim, Emergency, Heading, Summary, Under, gather};
use crate::acting;
use crate::find::pages::today;

/// How many tests the one screen lists.
const TESTS_SHOWN: usize = 12;

/// `GET /care/people/{id}`
pub async fn show(reader: SignedIn, Path(id): Path<String>) -> Response {
    answer(&reader, &id, &Heading::ALL, |summary, today| Some(record_page(summary, today))).await
}

/// `GET /care/people/{id}/{heading}`
pub async fn heading(reader: SignedIn, Path((id, slug)): Path<(String, String)>) -> Response {
    let Some(heading) = Heading::of_slug(&slug) else { return PageError::NotFound.respond(reader.trust.site()) };
    let wanted = with_warnings(heading);
    answer(&reader, &id, &wanted, |summary, today| heading_page(summary, heading, today)).await
}

/// `GET /care/people/{id}/results/{test}`
pub async fn test(reader: SignedIn, Path((id, slug)): Path<(String, String)>) -> Response {
    let wanted = with_warnings(Heading::Results);
    answer(&reader, &id, &wanted, |summary, today| test_page(summary, &slug, today)).await
}

/// `GET /care/people/{id}/results/{test}/values.csv`
pub async fn test_file(reader: SignedIn, Path((id, slug)): Path<(String, String)>) -> Response {
    let summary = match load(&reader, &id, &[Heading::Results]).await {
        Ok(summary) => summary,
        Err(error) => return error.respond(reader.trust.site()),
    };
    let Some(trend) = summary.tests.iter().find(|test| test.slug == slug).and_then(|test| test.trend(None)) else {
        return PageError::NotFound.respond(reader.trust.site());
    };
    let disposition = format!("attachment; filename=\"{slug}.csv\"");
    let mut file =
        ([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)], trend.csv())
            .into_response();
    secure(file.headers_mut(), Privacy::Personal);
    file
}

/// A heading is never shown without the warnings of the banner.
pub(super) fn with_warnings(heading: Heading) -> Vec<Heading> {
    let warnings = [Heading::Alerts, Heading::Allergies].into_iter().filter(|warning| *warning != heading);
    std::iter::once(heading).chain(warnings).collect()
}

async fn load(reader: &SignedIn, id: &str, wanted: &[Heading]) -> Result<Summary, PageError> {
    let id = crate::resource_id(id)?;
    let permits = crate::permits(reader, &id)?;
    let wanted = wanted.to_vec();
    let may_keep = acting::leave(reader, Action::Create).is_ok();
    crate::ask(reader, move |record| {
        let gathered = gather::read(record, &permits, &id, &wanted)?;
        let in_words = |until_ms: i64| Timestamp::from_millisecond(until_ms).ok().map(format::moment);
        let claim = match permits.claimed_until.and_then(in_words) {
            Some(until) => Claim::HoldsUntil(until),
            None if may_claim(&permits.search) => Claim::CouldBeMade,
            None => Claim::NotForThisReader,
        };
        let emergency = match permits.emergency_until.and_then(in_words) {
            Some(until) => Emergency::LastsUntil(until),
            None if permits.search.could(Purpose::BreakGlass, Action::Read) => Emergency::CouldBeDeclared,
            None => Emergency::NotForThisReader,
        };
        let relation = if may_keep { record.relation_to(&permits.search, &id)? } else { None };
        let keeps_grants = relation == Some(RelationKind::RegisteredPractice);
        Ok(Summary { emergency, claim, keeps_grants, ..gathered.summary(&permits.search, record.now_ms())? })
    })
    .await
}

async fn answer(
    reader: &SignedIn,
    id: &str,
    wanted: &[Heading],
    draw: impl FnOnce(&Summary, Date) -> Option<Page>,
) -> Response {
    let site = reader.trust.site();
    match load(reader, id, wanted).await {
        Ok(summary) => match draw(&summary, today(reader)) {
            Some(page) => crate::in_area(page, reader).respond(site),
            None => PageError::NotFound.respond(site),
        },
        Err(error) => error.respond(site),
    }
}

pub(super) fn page(summary: &Summary, today: Date, title: &str, content: Markup) -> Page {
    let banner = summary.person.banner(today, &summary.allergies, summary.alerts.clone());
    Page { person: Some(banner), ..Page::new(title, content) }
}

/// The record on one screen.
#[must_use]
pub fn record_page(summary: &Summary, today: Date) -> Page {
    let content = html! {
        h1 class="nhsuk-heading-l" { "Shared record" }
        (what_this_is(summary))
        (tools())
        div class="cw-record" {
            @for under in &summary.under { (one_heading(summary, under)) }
        }
    };
    let page = page(summary, today, "Shared record", content);
    Page { way_back: WayBack::Link(Link::new("/care", "Find somebody else")), ..page }
}

/// The constant line of every page of a record: it never tells whether anything is hidden.
const INCOMPLETE: &str =
    "People can limit what is shared, and not every organisation shares; this record may be incomplete.";

/// The constant line: what a shared record can and cannot say.
pub(super) fn what_this_is(summary: &Summary) -> Markup {
    html! {
        @if let Emergency::LastsUntil(until) = &summary.emergency {
            (InsetText(html! { p { strong { "Open in an emergency until " (until) "." } " The person has been told, and the privacy officer will check it." } }))
        }
        @if let Claim::HoldsUntil(until) = &summary.claim {
            (InsetText(html! { p { strong { "You have said that you care for this person; that holds until " (until) "." } " Nothing that is marked as more private is shown. The person can see it, and the privacy officer will check it." } }))
        }
        p class="nhsuk-body-s" {
            "As at " (summary.as_at) ". " (INCOMPLETE)
            @if summary.emergency == Emergency::CouldBeDeclared {
                " " a class="nhsuk-link" href={ "/care/people/" (summary.person.id) "/emergency" } { "Open it in an emergency" }
            }
            @if summary.claim == Claim::CouldBeMade {
                " " a class="nhsuk-link" href={ "/care/people/" (summary.person.id) "/claim" } { "Say that you care for this person" }
            }
            @if summary.keeps_grants {
                " " a class="nhsuk-link" href={ "/care/people/" (summary.person.id) "/acting" } { (acting::HEADING) }
            }
        }
        @if summary.is_cut {
            p class="nhsuk-body-s" { strong { "This record is very large: the oldest entries are not shown on this page." } }
        }
    }
}

fn tools() -> Markup {
    html! {
        ul class="cw-tools" {
            @for heading in Heading::ALL { li { a class="nhsuk-link" href={ "#" (heading.slug()) } { (heading.title()) } } }
            li { button class="nhsuk-link" type="button" data-print hidden { "Print this record" } }
        }
    }
}

fn one_heading(summary: &Summary, under: &Under) -> Markup {
    let heading = under.heading;
    let number = if heading == Heading::Results { summary.tests.len() } else { under.entries.len() };
    let shown: Vec<Entry> = under.entries.iter().take(heading.shown_max()).map(|dated| dated.entry.clone()).collect();
    let count = u64::try_from(number).ok().filter(|number| *number > 0);
    let is_all_shown = heading != Heading::Results && number <= shown.len();
    let address = format!("/care/people/{}/{}", summary.person.id, heading.slug());
    let all =
        count.filter(|_| !is_all_shown).map(|number| Link::new(address, format!("View all {}", format::count(number))));
    RecordHeading {
        id: heading.slug().into(),
        title: heading.title().into(),
        count,
        entries: shown,
        nothing: under.nothing.clone(),
        all,
        before: (heading == Heading::Results && !summary.tests.is_empty()).then(|| results(summary)),
        is_wide: heading == Heading::Results,
        is_alert: matches!(heading, Heading::Alerts | Heading::Allergies),
    }
    .render()
}

/// Charts of the important tests and the latest value of each.
fn results(summary: &Summary) -> Markup {
    let charted = summary.tests.iter().filter(|test| test.is_first_rank()).filter_map(|test| test.trend(None));
    html! {
        div class="cw-charts" { @for trend in charted.take(CHARTS_MAX) { (trend) } }
        (latest(summary, TESTS_SHOWN))
    }
}

fn latest(summary: &Summary, most: usize) -> Markup {
    let columns = ["Test", "Latest", "Reference range", "Date", "Source"].map(Column::new).to_vec();
    let rows = summary.tests.iter().take(most).filter_map(|test| {
        let value = test.values.first()?;
        let link = Cell { href: Some(test_address(summary, test)), ..Cell::from(test.name.as_str()) };
        Some(vec![
            link,
            value_cell(value),
            range_cell(value),
            Cell::from(value.when.as_str()),
            Cell::from(value.source.as_str()),
        ])
    });
    Table {
        is_compact: true,
        caption_size: Some(Size::S),
        ..Table::responsive("Latest of each test", columns, rows.collect())
    }
    .render()
}

fn value_cell(value: &super::results::Value) -> Cell {
    let flag = value.flag.as_ref().map(|flag| html! { " " span class="cw-entry__flag" { (flag) } });
    Cell::of(html! { strong { (value.says) } @if let Some(flag) = flag { (flag) } })
}

fn range_cell(value: &super::results::Value) -> Cell {
    Cell::from(if value.range.is_empty() { "not given" } else { value.range.as_str() })
}

fn test_address(summary: &Summary, test: &Test) -> String {
    format!("/care/people/{}/results/{}", summary.person.id, test.slug)
}

/// One heading in full; `None` when there is no such heading.
#[must_use]
pub fn heading_page(summary: &Summary, heading: Heading, today: Date) -> Option<Page> {
    let under = summary.under(heading)?;
    let entries: Vec<&Entry> = under.entries.iter().map(|dated| &dated.entry).collect();
    let number = u64::try_from(if heading == Heading::Results { summary.tests.len() } else { entries.len() })
        .unwrap_or_default();
    let content = html! {
        h1 class="nhsuk-heading-l" { (heading.title()) }
        (what_this_is(summary))
        @if heading == Heading::Results && !summary.tests.is_empty() {
            p { (format::plural(number, "test", "tests")) ", the ones that long-term conditions are followed by first, then the newest." }
            (latest(summary, usize::MAX))
        } @else if !entries.is_empty() {
            p { (format::plural(number, "entry", "entries")) ", what holds now first, then the newest." }
        }
        @if !entries.is_empty() {
            div class="cw-heading" { ul class="cw-entries" { @for entry in entries { li { (entry) } } } }
        }
        @if let Some(nothing) = &under.nothing { (nothing) }
    };
    let page = page(summary, today, heading.title(), content);
    Some(Page { way_back: back_to_record(summary, None), ..page })
}

/// One test over time; `None` when the record holds no such test.
#[must_use]
pub fn test_page(summary: &Summary, slug: &str, today: Date) -> Option<Page> {
    let test = summary.tests.iter().find(|test| test.slug == slug)?;
    let download = format!("{}/values.csv", test_address(summary, test));
    let columns = ["Date", "Value", "Reference range", "Source"].map(Column::new).to_vec();
    let rows = test.values.iter().map(|value| {
        vec![Cell::from(value.when.as_str()), value_cell(value), range_cell(value), Cell::from(value.source.as_str())]
    });
    let number = u64::try_from(test.values.len()).unwrap_or_default();
    let table = Table {
        caption_size: Some(Size::S),
        ..Table::responsive(
            format!("{}, newest first", format::plural(number, "value", "values")),
            columns,
            rows.collect(),
        )
    };
    let content = html! {
        h1 class="nhsuk-heading-l" { (test.name) }
        (what_this_is(summary))
        @if let Some(trend) = test.trend(Some(download)) { (trend) }
        (table)
        (Details::new("How the values stand", html! {
            p { "\u{201c}High\u{201d}, \u{201c}low\u{201d} and \u{201c}critical\u{201d} are what the laboratory said. Where it said nothing, the chart applies the reference range that came with the value." }
        }))
    };
    let page = page(summary, today, &test.name, content);
    Some(Page { way_back: back_to_record(summary, Some(Heading::Results)), ..page })
}

/// From a page about one person back to her record.
pub(crate) fn way_back_to(id: &str) -> WayBack {
    let record = Link::new(format!("/care/people/{id}"), "Shared record");
    WayBack::Trail(vec![Link::new("/care", "Find a person"), record])
}

pub(super) fn back_to_record(summary: &Summary, heading: Option<Heading>) -> WayBack {
    let record = format!("/care/people/{}", summary.person.id);
    let mut trail = vec![Link::new("/care", "Find a person"), Link::new(&record, "Shared record")];
    trail.extend(heading.map(|heading| Link::new(format!("{record}/{}", heading.slug()), heading.title())));
    WayBack::Trail(trail)
}

/// Markup as a test reads it.
#[must_use]
pub fn readable(markup: &PreEscaped<String>) -> String {
    markup.0.replace("><", ">\n<")
}
