//! The drawing of my rights: what was asked and where it stands, the form, and one request with its answer.
//!
//! On paper one request is a sheet to keep. It decides nothing.

use super::Asked;
use super::copy::{ABOUT, Copy, NOT_IN_IT, is_ready};
use crate::my_record::entry;
use crate::my_record::results::{Measured, Test};
use crate::visit::{Mistake, Whose, error_summary, says};
use kit::components::{
    Button, Choice, Colour, Entry, Field, InsetText, Notification, NotificationVariant, Radios, RecordHeading,
    SummaryList, SummaryRow, Tag, Textarea, text,
};
use kit::format::{date, moment, written_day};
use kit::{Markup, Render, html};
use record::Lock;
use trust::WhoLooked;
use trust::rights::drawing::decided;
use trust::rights::{Right, RightsCase};

/// The heading of one request.
pub(super) const ONE: &str = "Your request";
/// The heading of a copy.
pub(super) const COPY: &str = "Copy of your data";

/// That a record is closed to others, for the person herself; nothing when it is not.
pub(crate) fn locked(locks: &[Lock]) -> Markup {
    let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).map(moment).unwrap_or_default();
    html! {
        @for lock in locks {
            (InsetText(html! {
                p { strong { @if lock.entry.is_some() { "One entry of your record is closed" } @else { "Your record is closed" } " to everybody but you" } " since " (at(lock.since_ms)) @if let Some(until) = lock.until_ms { ", until " (at(until)) } "." }
                @if lock.entry.is_none() { p { "Whoever acts for you cannot open it either. In an emergency a professional still can, with a reason, and you see it." } }
                p { (lock.by) " wrote: " (lock.reason) }
            }))
        }
    }
}

/// The page.
pub(super) fn rights(
    cases: &[RightsCase],
    whose: &Whose,
    is_asked: bool,
    (asked, mistakes): (&Asked, &[Mistake]),
) -> Markup {
    html! {
        @if is_asked {
            (Notification { variant: NotificationVariant::Success, text: "Your request is written down. The privacy officer answers it.".into(), content: None })
        }
        (error_summary(mistakes))
        h1 class="nhsuk-heading-xl" { @if whose.is_own { "My rights" } @else { "The rights of " (whose.name) } }
        p class="nhsuk-body-l" { "You can ask for a copy, for a correction, or that something is not done with your data. You get an answer within one calendar month." }
        @if !whose.is_own { p { "\u{201c}You\u{201d} on this page is " (whose.name) ". It will be written down that you asked for them." } }
        @if !cases.is_empty() {
            h2 class="nhsuk-heading-l" { "What you asked for" }
            ul class="cw-entries nhsuk-u-margin-bottom-6" { @for case in cases { li { (line(case)) } } }
        }
        (form(asked, mistakes))
        p { "It costs nothing. If a request is complex, the privacy officer may take two more months and must tell you why within the first." }
    }
}

fn line(case: &RightsCase) -> Markup {
    html! {
        span class="cw-entry__what" { a class="nhsuk-link" href={ "/my/rights/" (case.id) } { (case.right.phrase()) span class="nhsuk-u-visually-hidden" { ", request " (case.id) } } } " " (state(case))
        div class="cw-entry__source" {
            "Asked on " (date(case.received()))
            @if case.decision.is_none() { ". To be answered by " (date(case.due())) "." }
        }
    }
}

fn state(case: &RightsCase) -> Tag {
    match (&case.decision, &case.extension) {
        (Some(decision), _) => Tag::new(decision.answer.phrase()).colour(Colour::Green),
        (None, Some(_)) => Tag::new("Takes longer").colour(Colour::Orange),
        (None, None) => Tag::new("Asked").colour(Colour::Blue),
    }
}

fn form(asked: &Asked, mistakes: &[Mistake]) -> Markup {
    let choice = |right: Right| Choice {
        hint: Some(text(right.hint())),
        is_chosen: right.word() == asked.right,
        ..Choice::new(right.word(), right.phrase())
    };
    let right = Field { error: says(mistakes, "right"), ..Field::new("right", "What do you want?") };
    let wish = Field {
        hint: Some(text("In your own words. Say which entry, letter or use you mean.")),
        error: says(mistakes, "wish"),
        ..Field::new("wish", "Say more about it")
    };
    html! {
        h2 class="nhsuk-heading-l" { "Ask for something" }
        form method="post" action="/my/rights/ask" novalidate class="cw-noprint" {
            (Radios { field: right, items: Right::ALL.map(|right| choice(right).into()).to_vec(), ..Radios::default() })
            (Textarea { field: wish, value: asked.wish.clone(), rows: Some(5) })
            (Button { once: Some(true), ..Button::new("Send the request") })
        }
    }
}

/// One request.
pub(super) fn case(case: &RightsCase, whose: &Whose) -> Markup {
    let rows = vec![
        SummaryRow::new("Reference", &case.id),
        SummaryRow::of("State", html! { (state(case)) }),
        SummaryRow::new("Received", &date(case.received())),
        SummaryRow::new("To be answered by", &date(case.due())),
        SummaryRow::new("How it came", case.came.phrase()),
        SummaryRow::new("Law", case.right.law()),
        SummaryRow::of("What was asked for", lines(&case.wish)),
    ];
    html! {
        h1 class="nhsuk-heading-xl" { (case.right.phrase()) }
        @if !whose.is_own { p { "A request about the data of " (whose.name) "." } }
        (SummaryList::new(rows))
        @if let Some(extension) = &case.extension {
            h2 class="nhsuk-heading-m" { "Why it takes longer" }
            (InsetText(lines(&extension.words)).render())
        }
        @if let Some(decision) = &case.decision { (decided(decision)) }
        @if is_ready(case) {
            div class="cw-noprint" {
                h2 class="nhsuk-heading-m" { "Your copy" }
                p { "It is made when you take it, with everything that is held that day." }
                ul class="nhsuk-list" {
                    li { a class="nhsuk-link" href={ "/my/rights/" (case.id) "/copy" } { "Read or print the copy" } }
                    li { a class="nhsuk-link" href={ "/my/rights/" (case.id) "/download" } download { "Download the copy (JSON file)" } }
                }
            }
        }
    }
}

/// The copy to read and print.
pub(super) fn copy(copy: &Copy, whose: &Whose) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (COPY) }
        p class="nhsuk-body-l" { "Everything that is held about " (if whose.is_own { "you" } else { whose.name.as_str() }) " here, as it is today." }
        p class="cw-noprint" { "Print this page to keep it on paper. Whoever has it can read it too." }
        h2 class="nhsuk-heading-l" { "About your data" }
        (SummaryList::new(ABOUT.iter().map(|(what, says)| SummaryRow::new(*what, says)).collect()))
        h2 class="nhsuk-heading-l" { "What is not in this copy" }
        ul class="nhsuk-list nhsuk-list--bullet" { @for line in NOT_IN_IT { li { (line) } } }
        h2 class="nhsuk-heading-l" { "Your record" }
        div class="cw-record" {
            (RecordHeading { id: "tests".into(), title: "Test results".into(), entries: copy.tests.iter().map(test).collect(), is_wide: true, ..RecordHeading::default() })
            @for (number, view) in copy.sections.iter().enumerate() {
                @for (place, group) in view.groups.iter().enumerate() {
                    (RecordHeading {
                        id: format!("section-{number}-{place}"),
                        title: group.heading.map_or_else(|| view.section.title().to_owned(), |heading| format!("{}: {heading}", view.section.title())),
                        entries: group.facts.iter().map(entry).collect(),
                        is_wide: true,
                        ..RecordHeading::default()
                    })
                }
            }
        }
        h2 class="nhsuk-heading-l" { "Who looked" }
        ul class="cw-entries" { @for looked in &copy.looked { (looks(looked)) } }
        @if !copy.asked.is_empty() {
            h2 class="nhsuk-heading-l" { "Questions about looks" }
            ul class="cw-entries" { @for case in &copy.asked { li {
                span class="cw-entry__what" { "About a look by " (case.look.name) }
                div class="cw-entry__value" { (case.question) }
                @if let Some(answer) = &case.answer { div class="cw-entry__value" { "Answer: " (answer.words) } }
            } } }
        }
        h2 class="nhsuk-heading-l" { "What was asked for" }
        ul class="cw-entries" { @for case in &copy.requests { li {
            span class="cw-entry__what" { (case.right.phrase()) ", request " (case.id) }
            div class="cw-entry__value" { (case.wish) }
            @if let Some(decision) = &case.decision { div class="cw-entry__value" { (decision.answer.phrase()) ": " (decision.said.words) } }
            div class="cw-entry__source" { "Received " (date(case.received())) }
        } } }
    }
}

fn test(test: &Test) -> Entry {
    let value = |value: &Measured| format!("{}: {}", written_day(&value.when).unwrap_or_default(), value.with_unit());
    Entry {
        what: html! { (test.name) },
        details: test.values.iter().map(|one| html! { (value(one)) }).collect(),
        ..Entry::default()
    }
}

fn looks(looked: &WhoLooked) -> Markup {
    let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).map(moment).unwrap_or_default();
    html! {
        @for episode in &looked.episodes { @for look in &episode.looks { li {
            div class="cw-entry__value" { (look.sentence) }
            div class="cw-entry__source" { (at(look.last_ms)) ", " (look.times) " times, for " (look.purpose) }
        } } }
        @for machine in &looked.machines { li {
            div class="cw-entry__value" { (machine.sentence) }
            div class="cw-entry__source" { (at(machine.last_ms)) ", " (machine.times) " times, for " (machine.purpose) }
        } }
    }
}

fn lines(words: &str) -> Markup {
    html! { @for line in words.lines().filter(|line| !line.trim().is_empty()) { p class="nhsuk-u-margin-bottom-2" { (line) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_are_open_and_answered() {
        let cases = [RightsCase::sample(), RightsCase::sample_decided()];
        let drawn = rights(&cases, &Whose::sample(), true, (&Asked::default(), &[]));
        insta::assert_snapshot!(drawn.into_string().replace("><", ">\n<"));
    }

    #[test]
    fn one_that_is_refused_in_part_says_why_and_where_to_complain() {
        let drawn = case(&RightsCase::sample_decided(), &Whose::sample()).into_string();

        for words in ["done in part", "Why not all of it", "articles 5(1)(d) and 16", "Information Commissioner"] {
            assert!(drawn.contains(words), "{words}: {drawn}");
        }
    }
}
