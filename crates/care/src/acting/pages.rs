//! The drawing of who may act for somebody, and of ending a grant.
//!
//! A grant says what it rests on, to whom it is, how far and how long it reaches, who recorded it on what evidence; nothing of the
//! record. It decides nothing.

use super::rules::Case;
use kit::components::{
    Button, ButtonVariant, Choice, Field, InsetText, Label, Notification, NotificationVariant, Radios, Size, text,
};
use kit::form::{Mistake, error_summary, says};
use kit::format::written_day;
use kit::{Markup, Render, html};
use record::granting::{EndReason, Granted};
use record::research_contact::ResearchContact;

/// The heading of the list.
pub(crate) const HEADING: &str = "Who may act for this person";
/// The heading of the question why a grant ends.
pub(super) const ENDING: &str = "End that somebody may act";

/// The list.
pub(super) fn list(case: &Case, done: &str) -> Markup {
    let (now, past): (Vec<&Granted>, Vec<&Granted>) = case.grants.iter().partition(|one| case.stands(one));
    let address = format!("/care/people/{}/acting", case.patient.as_str());
    html! {
        (done_banner(done))
        h1 class="nhsuk-heading-l" { (HEADING) }
        p { "Grants that the person gave and that a practice recorded. You see nothing here of the record, and of what the person chose only whether they may be asked about research." }
        h2 class="nhsuk-heading-m" { "Now" }
        @if now.is_empty() { p class="cw-nothing" { "Nobody." } }
        @else { ul class="cw-entries" { @for granted in now { li { (line(case, granted)) (end_form(&address, granted)) } } } }
        @if let Some(sentence) = case.about.wrong_person(case.role) { (InsetText(html! { p { (sentence) } })) }
        @else { p class="nhsuk-u-margin-top-5 cw-noprint" { (Button::link(format!("{address}/new"), "Record a new one")) } }
        @if !past.is_empty() {
            h2 class="nhsuk-heading-m" { "Ended" }
            ul class="cw-entries" { @for granted in past { li { (line(case, granted)) } } }
        }
        h2 class="nhsuk-heading-m" { "Asking about research" }
        p { (asking(case.research.as_ref())) }
    }
}

/// Whether the practice may ask the person to take part in research, in a sentence.
fn asking(said: Option<&ResearchContact>) -> String {
    let day =
        |said: &ResearchContact| written_day(&said.since).map(|day| format!(", said on {day}")).unwrap_or_default();
    match said {
        None => "The person has not said whether they want to be asked: do not ask.".to_owned(),
        Some(said) if said.may_be_asked => format!("They may be asked{}. Tell no researcher who they are.", day(said)),
        Some(said) => format!("They do not want to be asked{}.", day(said)),
    }
}

fn done_banner(done: &str) -> Markup {
    let says = match done {
        "recorded" => {
            "It is recorded, and the person has a notice of it. If the number and the date of birth are right, it holds from its first day when that person next signs in."
        }
        "ended" => "That person can no longer act. It holds from now on.",
        _ => return Markup::default(),
    };
    Notification { variant: NotificationVariant::Success, text: says.to_owned(), content: None }.render()
}

fn line(case: &Case, granted: &Granted) -> Markup {
    let stands = case.stands(granted);
    let since = written_day(&granted.since).map(|day| format!("From {day}"));
    let until = written_day(&granted.until).map(|day| format!("to {day}"));
    let times = [since, until].into_iter().flatten().collect::<Vec<_>>().join(" ");
    html! {
        span class="cw-entry__what" { (granted.who) @if let Some(relationship) = &granted.relationship { ", " (relationship) } }
        @if !stands { " " span class="cw-entry__flag" { "Ended" } }
        @else if granted.is_to_come(case.now_ms) { " " span class="cw-entry__flag" { "Begins later" } }
        @if let Some(basis) = &granted.basis_words { div class="cw-entry__value" { (basis) "." } }
        @if let Some(reach) = granted.reach.as_ref().filter(|_| stands) {
            div class="cw-entry__value" { "Sees: " (reach.told()) ". " @if reach.copies { "May take a copy." } @else { "May take no copy." } }
        }
        @if stands && granted.is_of_parent() { div class="cw-entry__value" { "Ends by itself on the 16th birthday." } }
        @for sentence in recorded(granted) { div class="cw-entry__value" { (sentence) } }
        @if let Some(why) = &granted.why_ended { div class="cw-entry__value" { (why) "." } }
        div class="cw-entry__source" { (times) }
    }
}

/// Who recorded it, on what evidence, and whether the person was asked.
fn recorded(granted: &Granted) -> Vec<String> {
    let place = granted.giver.as_ref();
    let by = match (&granted.recorded_by, place) {
        (Some(by), Some(place)) => Some(format!("Recorded by {by}, {place}.")),
        (Some(by), None) => Some(format!("Recorded by {by}.")),
        (None, place) => place.map(|place| format!("Given by {place}.")),
    };
    let seen = granted.evidence.as_ref().map(|evidence| {
        let day = granted.seen.as_deref().and_then(written_day).map(|day| format!(" on {day}")).unwrap_or_default();
        format!("Seen{day}: {evidence}.")
    });
    let asked = granted.was_asked.map(|asked| {
        let says = if asked { "The person was asked alone." } else { "The person could not be asked." };
        says.to_owned()
    });
    [by, seen, asked].into_iter().flatten().collect()
}

fn end_form(address: &str, granted: &Granted) -> Markup {
    let words = format!("End that {} may act", granted.who);
    html! {
        form method="post" action={ (address) "/ending" } class="cw-noprint nhsuk-u-margin-top-2" {
            input type="hidden" name="grant" value=(granted.id);
            (Button { classes: "nhsuk-u-margin-bottom-0", ..Button::new(words).variant(ButtonVariant::Secondary).small() })
        }
    }
}

/// The question why a grant ends.
pub(super) fn ending(case: &Case, granted: &Granted, mistakes: &[Mistake]) -> Markup {
    let address = format!("/care/people/{}/acting", case.patient.as_str());
    let field = Field {
        label: Label::new(format!("Why does {} stop acting?", granted.who)).size(Size::M),
        hint: Some(text("If somebody could be harmed, tell the safeguarding lead as well.")),
        error: says(mistakes, "why"),
        ..Field::new("why", "")
    };
    let items = EndReason::ALL.map(|reason| Choice::new(reason.word(), reason.phrase()).into()).to_vec();
    html! {
        (error_summary(mistakes))
        h1 class="nhsuk-heading-l" { (ENDING) }
        p { "From the next page that " (granted.who) " asks for, the record is closed to them. The person has a notice of it." }
        form method="post" action={ (address) "/end" } novalidate {
            input type="hidden" name="grant" value=(granted.id);
            (Radios { field, items, ..Radios::default() })
            (Button { once: Some(true), ..Button::new("End it now").variant(ButtonVariant::Warning) })
        }
        p { a class="nhsuk-link" href=(address) { "Go back and change nothing" } }
    }
}
