//! The drawing of my rights: what was asked and where it stands, the form, and one request with its answer.
//!
//! On paper one request is a sheet to keep. It decides nothing.

use super::Asked;
use crate::visit::{Mistake, Whose, error_summary, says};
use kit::components::{
    Button, Choice, Colour, Field, InsetText, Notification, NotificationVariant, Radios, SummaryList, SummaryRow, Tag,
    Textarea, text,
};
use kit::format::date;
use kit::{Markup, Render, html};
use trust::rights::drawing::decided;
use trust::rights::{Right, RightsCase};

/// The heading of one request.
pub(super) const ONE: &str = "Your request";

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
