//! The drawing of questions about looks: the form under each look, and the list of what was asked with state and answer.
//!
//! One question a look: where one was asked, its state stands in the place of the form. On paper the forms are left out.

use jiff::Timestamp;
use kit::components::{Button, ButtonVariant, Colour, Details, Field, InsetText, Tag, Textarea, text};
use kit::format::{date, moment, plural};
use kit::{Markup, Render, html};
use trust::cases::ANSWER_DAYS;
use trust::{Case, Look};

/// "28 days"
pub(super) fn answer_time() -> String {
    plural(answer_days(), "day", "days")
}

/// How many days the privacy officer has.
pub(super) fn answer_days() -> u64 {
    ANSWER_DAYS.unsigned_abs()
}

/// What was asked, newest first; nothing when nothing was.
pub(super) fn list(asked: &[Case]) -> Markup {
    html! {
        @if !asked.is_empty() {
            section class="cw-heading cw-record__wide nhsuk-u-margin-bottom-4" aria-labelledby="questions" {
                div class="cw-heading__top" {
                    h2 class="cw-heading__title" id="questions" { "Questions about looks" }
                    span class="cw-heading__count" { (plural(u64::try_from(asked.len()).unwrap_or(0), "question", "questions")) }
                }
                ul class="cw-entries" { @for case in asked { li { (one(case)) } } }
            }
        }
    }
}

fn one(case: &Case) -> Markup {
    let look = &case.look;
    let organisation = if look.organisation.is_empty() { String::new() } else { format!(" ({})", look.organisation) };
    html! {
        p class="nhsuk-u-margin-bottom-2" {
            strong { "Why did " (look.name) (organisation) " look on " (at(look.at_ms)) "?" } " " (state(case))
        }
        @if !case.question.is_empty() { (said(&case.question)) }
        div class="cw-entry__source" {
            "Asked " (at(case.asked_ms)) @if case.is_by_proxy { " by somebody who acts for you" }
            @if case.answer.is_none() { ". The privacy officer must answer by " (date(case.due())) "." }
        }
        @if let Some(answer) = &case.answer {
            (InsetText(html! { (said(&answer.words)) p class="nhsuk-body-s" { (answer.by) ", privacy officer, " (at(answer.at_ms)) } }))
        }
    }
}

fn state(case: &Case) -> Tag {
    if case.answer.is_some() {
        Tag::new("Answered").colour(Colour::Green)
    } else {
        Tag::new("Asked").colour(Colour::Blue)
    }
}

/// Under a look: the way to ask, or what became of the question.
pub(super) fn about(look: &Look, asked: &[Case]) -> Markup {
    let Some(newest) = look.entries.first() else { return html! {} };
    if asked.iter().any(|case| look.entries.contains(&case.entry)) {
        return html! { p class="cw-noprint" { "You asked about this look. " a class="nhsuk-link" href="#questions" { "See your question" } } };
    }
    let field = Field {
        id: Some(format!("question-{newest}")),
        hint: Some(text("If you like, say what seems wrong. You can leave this empty.")),
        ..Field::new("question", "Your question")
    };
    let form = html! {
        form method="post" action="/my/who-looked/ask" {
            input type="hidden" name="entry" value=(newest);
            p { "The privacy officer finds out why " (look.name) " looked and answers you within " (answer_time()) "." }
            (Textarea { field, rows: Some(3), ..Textarea::default() })
            (Button { once: Some(true), ..Button::new("Send the question").variant(ButtonVariant::Secondary) })
        }
    };
    html! { div class="cw-noprint" { (Details::new(format!("Ask about this look by {}", look.name), form).render()) } }
}

fn said(words: &str) -> Markup {
    html! { @for line in words.lines().filter(|line| !line.trim().is_empty()) { p class="nhsuk-u-margin-bottom-2" { (line) } } }
}

fn at(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(moment).unwrap_or_default()
}
