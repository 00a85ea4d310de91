//! The drawing of my record: everyday words first, the professional's words and the source under them.
//!
//! Lists are lists, one fact after another, so that they read well on a phone, aloud and on paper. It decides nothing.

use super::documents::Document;
use super::facts::{self, Fact};
use super::results::{Measured, Test};
use super::rules::{Overview, ResultsView, SectionView, Shown};
use super::sections::Section;
use crate::visit::Whose;
use kit::chart::Standing;
use kit::components::{Card, Colour, Entry, Nothing, RecordHeading, SummaryList, SummaryRow, Tag};
use kit::format::{plural, written, written_day};
use kit::{Markup, html};

/// The front page of the record.
pub(super) fn overview(overview: &Overview, whose: &Whose) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { @if whose.is_own { "My record" } @else { "The record of " (whose.name) } }
        p class="nhsuk-body-l" { "This is what your GP practice, hospital and care teams have written down, in everyday words." }
        (incomplete())
        ul class="nhsuk-grid-row nhsuk-card-group" {
            @for (section, count) in &overview.sections {
                li class="nhsuk-grid-column-one-half nhsuk-card-group__item" { (section_card(*section, *count)) }
            }
        }
        @if whose.opened.copies {
            h2 class="nhsuk-heading-l" { "Take a copy" }
            p { "You can keep a copy of everything above as a file. Other health apps can read it. Keep it safe: whoever has the file can read it too." }
            p { a class="nhsuk-link" href="/my/record/download" download { "Download " (whose.possessive()) " record (JSON file)" } }
        }
    }
}

fn section_card(section: Section, count: Option<usize>) -> Card {
    let number = count.map(|count| u64::try_from(count).unwrap_or(u64::MAX));
    let says = match (section, number) {
        (_, None) => "Not shown online. Ask your GP practice.".to_owned(),
        (_, Some(0)) => format!("{}. None recorded.", section.says()),
        (Section::Results, Some(number)) => format!("{}. {}.", section.says(), plural(number, "test", "tests")),
        (_, Some(number)) => format!("{}. {}.", section.says(), plural(number, "entry", "entries")),
    };
    Card::link(format!("/my/record/{}", section.slug()), section.title()).description(says)
}

/// What stands on every page of the record: it may not be whole, and why.
fn incomplete() -> Markup {
    html! {
        p class="cw-quiet" { "Some things may be missing here: what was only on paper, and what a professional keeps off the online record. Your GP practice can tell you more." }
    }
}

/// One section.
pub(super) fn section(view: &SectionView, whose: &Whose) -> Markup {
    let section = view.section;
    html! {
        h1 class="nhsuk-heading-xl" { (section.title()) }
        (about(section.says(), whose))
        @if section == Section::Choices {
            p { "To change something, go to " a class="nhsuk-link" href="/my/choices" { "Choices about sharing" } " or " a class="nhsuk-link" href="/my/people" { "Who acts for me" } "." }
        }
        @if let Some(why) = not_shown(view.shown, whose) { (why) }
        @else if view.groups.is_empty() { (Nothing::NoneRecorded(section.none().to_owned())) }
        div class="cw-record" {
            @for (place, group) in view.groups.iter().enumerate() {
                (RecordHeading {
                    id: format!("group-{place}"),
                    title: group.heading.unwrap_or_else(|| section.title()).to_owned(),
                    count: u64::try_from(group.facts.len()).ok(),
                    entries: group.facts.iter().map(|fact| entry_with_choice(fact, whose)).collect(),
                    is_wide: true,
                    is_alert: section == Section::Allergies,
                    ..RecordHeading::default()
                })
            }
        }
        (incomplete())
    }
}

fn about(says: &str, whose: &Whose) -> Markup {
    html! {
        p class="nhsuk-body-l" { (says) ". Newest first." }
        @if !whose.is_own { p { "\u{201c}You\u{201d} on this page is " (whose.name) "." } }
    }
}

/// Why a part of the record is not shown; none when it is.
fn not_shown(shown: Shown, whose: &Whose) -> Option<Nothing> {
    let why = match shown {
        Shown::Online => return None,
        Shown::NotOnline => {
            "This part of the record is not shown online. Your GP practice can tell you more.".to_owned()
        }
        Shown::NotGranted => format!("This part is not among what {} let you see.", whose.name),
    };
    Some(Nothing::NotPermitted(why))
}

/// One fact as an entry.
pub(crate) fn entry(fact: &Fact) -> Entry {
    let what = match &fact.href {
        Some(href) => html! { a class="nhsuk-link" href=(href) { (fact.what) } },
        None => html! { (fact.what) },
    };
    let official =
        fact.official.as_ref().map(|official| html! { span class="cw-quiet" { "In your record: " (official) } });
    let when = written(&fact.when).unwrap_or_default();
    let when = if when.is_empty() || fact.when_is.is_empty() { when } else { format!("{} {when}", fact.when_is) };
    Entry {
        what,
        flag: fact.flag.clone(),
        details: fact.details.iter().map(|detail| html! { (detail) }).chain(official).collect(),
        when,
        source: fact.source.clone(),
    }
}

/// One fact of one's own record as an entry that can be hidden.
fn entry_with_choice(fact: &Fact, whose: &Whose) -> Entry {
    let mut entry = entry(fact);
    let kind = fact.reference.split('/').next().unwrap_or_default();
    if whose.is_own && facts::ENTRIES.iter().any(|(name, _)| *name == kind) {
        entry.details.push(html! {
            form method="post" action="/my/choices/entry" class="cw-noprint" {
                input type="hidden" name="entry" value=(fact.reference);
                button class="nhsuk-link" type="submit" { "Hide this" span class="nhsuk-u-visually-hidden" { ": " (fact.what) } }
            }
        });
    }
    entry
}

/// All tests.
pub(super) fn results(view: &ResultsView, whose: &Whose) -> Markup {
    let none = Section::Results;
    html! {
        h1 class="nhsuk-heading-xl" { (Section::Results.title()) }
        (about("Each test once, with your latest result", whose))
        @if let Some(why) = not_shown(view.shown, whose) { (why) }
        @else if view.tests.is_empty() { (Nothing::NoneRecorded(none.none().to_owned())) }
        @else {
            div class="cw-record" {
                section class="cw-heading cw-record__wide" aria-labelledby="tests" {
                    div class="cw-heading__top" { h2 class="cw-heading__title" id="tests" { "Your tests " span class="cw-heading__count" { "(" (view.tests.len()) ")" } } }
                    ul class="cw-entries" { @for test in &view.tests { @if let Some(latest) = test.values.first() { li { (test_line(test, latest)) } } } }
                }
            }
        }
        (incomplete())
    }
}

fn test_line(test: &Test, latest: &Measured) -> Markup {
    let number = u64::try_from(test.values.len()).unwrap_or(u64::MAX);
    html! {
        span class="cw-entry__what" { a class="nhsuk-link" href={ "/my/record/results/" (test.slug) } { (test.name) } }
        div class="cw-entry__value" {
            (latest.with_unit())
            @if let Some(words) = latest.standing_words() { " " (standing_tag(latest.standing, words)) }
        }
        @if let Some(range) = latest.range_words() { div class="cw-entry__value" { "Usual range: " (range) } }
        div class="cw-entry__source" {
            (written_day(&latest.when).unwrap_or_default())
            @if !latest.source.is_empty() { " \u{b7} " (latest.source) }
            " \u{b7} " (plural(number, "result", "results"))
        }
    }
}

fn standing_tag(standing: Option<Standing>, words: &str) -> Tag {
    let colour = match standing {
        Some(Standing::Within) => Colour::Green,
        Some(Standing::Low | Standing::High) => Colour::Orange,
        Some(Standing::Critical) => Colour::Red,
        None => Colour::Grey,
    };
    Tag::new(words).colour(colour)
}

/// One test with its trend.
pub(super) fn test(test: &Test) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (test.name) }
        @if let Some(says) = &test.says { p class="nhsuk-body-l" { (says) } }
        @if let Some(latest) = test.values.first() {
            h2 class="nhsuk-heading-l" { "Your latest result" }
            (SummaryList::new(latest_rows(test, latest)))
            p { (latest.meaning()) }
        }
        @if let Some(trend) = test.trend() {
            h2 class="nhsuk-heading-l" { "Over time" }
            (trend)
        } @else {
            h2 class="nhsuk-heading-l" { "All results" }
            ul class="cw-entries" {
                @for value in &test.values {
                    li { span class="cw-entry__what" { (value.with_unit()) } div class="cw-entry__source" { (written(&value.when).unwrap_or_default()) " \u{b7} " (value.source) } }
                }
            }
        }
        (incomplete())
    }
}

fn latest_rows(test: &Test, latest: &Measured) -> Vec<SummaryRow> {
    let value = html! { (latest.with_unit()) @if let Some(words) = latest.standing_words() { " " (standing_tag(latest.standing, words)) } };
    let mut rows = vec![SummaryRow::of("Result", value)];
    rows.extend(latest.range_words().map(|range| SummaryRow::new("Usual range", &range)));
    rows.push(SummaryRow::new("Date", &written(&latest.when).unwrap_or_default()));
    rows.extend((!latest.source.is_empty()).then(|| SummaryRow::new("Where", &latest.source)));
    rows.extend(test.official.as_ref().map(|official| SummaryRow::new("In your record", official)));
    rows
}

/// One document.
pub(super) fn document(document: &Document) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (document.fact.what) }
        p class="cw-quiet" {
            (written(&document.fact.when).unwrap_or_default())
            @if !document.fact.source.is_empty() { " \u{b7} " (document.fact.source) }
        }
        @if let Some(kind) = &document.text.not_shown {
            p { "This document is a file of the kind " (kind) ". It cannot be shown on this page. It is in the copy of the record that you can download, and " (if document.fact.source.is_empty() { "your GP practice" } else { document.fact.source.as_str() }) " can give it to you." }
        }
        (document.text)
    }
}

#[cfg(test)]
mod tests;
