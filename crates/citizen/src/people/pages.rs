//! The drawing of who acts for me: who may, the form, the question whether it is freely wanted, and where help is.
//!
//! Next to a grant stands how to end it. No page says whether a number is anybody's. It decides nothing.

use super::rules::{ASKS, Grant, OF_COURT, People};
use crate::visit::{Mistake, Whose, error_summary, open_record, says, switches};
use fhir::ResourceId;
use kit::components::{
    Button, ButtonVariant, Choice, Field, Label, Notification, NotificationVariant, Radios, Size, SummaryList,
    SummaryRow, text,
};
use kit::form::Sent;
use kit::format::{capital, date, nhs_number_text, written_day};
use kit::{Markup, Render, html};
use record::granting::{Granted, NewGrant};
use trust::granting::{day_field, holder_fields, reach_fields};

/// The heading of the form.
pub(super) const ADD: &str = "Let somebody act for me";
/// The heading of the question before a grant is given.
pub(super) const CHECK: &str = "Check before you decide";
/// The heading of the way out.
pub(super) const HELP: &str = "Nothing has changed";
/// The heading of the list of people one acts for.
pub(super) const OTHERS: &str = "Records of others";
/// The heading after somebody has stopped acting for another.
pub(super) const STOPPED: &str = "You have stopped acting for somebody";

/// The page.
pub(super) fn people(people: &People, whose: &Whose, done: &str) -> Markup {
    html! {
        (done_banner(done))
        h1 class="nhsuk-heading-xl" { @if whose.is_own { "Who acts for me" } @else { "Who acts for " (whose.name) } }
        p class="nhsuk-body-l" { "Whoever acts for " (if whose.is_own { "you" } else { whose.name.as_str() }) " sees what they were let see, and changes nothing. Each look is in Who looked." }
        h2 class="nhsuk-heading-l" { "Now" }
        @if people.now.is_empty() { p class="cw-nothing" { "Nobody." } }
        @else { ul class="cw-entries" { @for grant in &people.now { li { (grant_line(grant, whose, true)) } } } }
        @if whose.is_own { p class="nhsuk-u-margin-top-5" { (Button::link("/my/people/add", ADD)) } }
        @if !people.past.is_empty() {
            h2 class="nhsuk-heading-l" { "Before" }
            ul class="cw-entries" { @for grant in &people.past { li { (grant_line(grant, whose, false)) } } }
        }
        @if whose.acts_for_others || !whose.is_own {
            h2 class="nhsuk-heading-l" { "Records that you can open" }
            @if whose.is_own { p { "To stop acting for somebody, open their record and come to this page there." } }
            (switches(whose))
        }
    }
}

/// The records that the one who is signed in can open.
pub(super) fn others(others: &[(ResourceId, String)], whose: &Whose) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (OTHERS) }
        @if others.is_empty() { p class="cw-nothing" { "Nobody else lets you act for them now." } }
        @else { p { "You act for these people. What you open is written down, and they can see it." } }
        @for (patient, name) in others { (open_record(Some(patient), &format!("Open the record of {name}"))) }
        @if !whose.is_own { (open_record(None, "Go back to your own record")) }
    }
}

fn done_banner(done: &str) -> Markup {
    let says = match done {
        "given" => {
            "Your wish is written down. If the number and the date of birth are right, that person can act for you when they next sign in."
        }
        "ended" => "That person can no longer act for you.",
        _ => return Markup::default(),
    };
    Notification { variant: NotificationVariant::Success, text: says.to_owned(), content: None }.render()
}

fn grant_line(grant: &Grant, whose: &Whose, is_now: bool) -> Markup {
    let Grant { granted, is_mine } = grant;
    let since = written_day(&granted.since).map(|day| format!("Since {day}"));
    let until = written_day(&granted.until).map(|day| format!("until {day} at the latest"));
    let times = [since, until].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let sees = granted.reach.as_ref();
    html! {
        span class="cw-entry__what" { (granted.who) }
        @if let Some(relationship) = &granted.relationship { ", " (relationship) }
        @if !is_now { " " span class="cw-entry__flag" { "Ended" } }
        @if let Some(basis) = &granted.basis_words { div class="cw-entry__value" { "Reason: " (basis) "." } }
        @if let Some(giver) = &granted.giver { div class="cw-entry__value" { "Given by: " (giver) "." } }
        @if let Some(recorded) = recorded(granted) { div class="cw-entry__value" { (recorded) } }
        @if let (true, Some(sees)) = (is_now, sees) {
            div class="cw-entry__value" { "They see: " (sees.told()) ". " @if !sees.copies { "They may take no copy." } }
        }
        @if is_now && sees.is_none() { div class="cw-entry__value" { "It opens nothing: it has limits that cannot be kept here." } }
        @if is_now && granted.is_of_parent() { div class="cw-entry__value" { "Ends by itself on the 16th birthday." } }
        div class="cw-entry__source" { (times) }
        @if is_now && whose.is_own && granted.is_of_court() { p class="nhsuk-u-margin-top-2" { (OF_COURT) } }
        @else if is_now && (whose.is_own || *is_mine) { (stop_form(granted, whose)) }
    }
}

/// "Recorded by Ms Tina Rudd, who saw on 20 November 2026: birth certificate."
fn recorded(granted: &Granted) -> Option<String> {
    let by = granted.recorded_by.as_ref()?;
    let seen = granted.seen.as_deref().and_then(written_day).zip(granted.evidence.as_ref());
    let seen = seen.map(|(day, evidence)| format!(", who saw on {day}: {evidence}")).unwrap_or_default();
    Some(format!("Recorded by {by}{seen}."))
}

fn stop_form(grant: &Granted, whose: &Whose) -> Markup {
    let words = if whose.is_own {
        format!("Stop {} acting for me", grant.who)
    } else {
        format!("Stop acting for {}", whose.name)
    };
    html! {
        form method="post" action="/my/people/stop" class="cw-noprint nhsuk-u-margin-top-2" {
            input type="hidden" name="id" value=(grant.id);
            (Button { classes: "nhsuk-u-margin-bottom-0", ..Button::new(words).variant(ButtonVariant::Secondary).small() })
        }
    }
}

/// The form.
pub(super) fn form(form: &Sent, mistakes: &[Mistake]) -> Markup {
    let until = ("Last day on which they may act for you", "A year from today at the latest. You can stop it before.");
    html! {
        (error_summary(mistakes))
        h1 class="nhsuk-heading-xl" { (ADD) }
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            form method="post" action="/my/people/check" novalidate autocomplete="off" {
                (holder_fields(form, &ASKS, mistakes))
                (reach_fields(form, &ASKS, mistakes))
                (day_field(form, "until", until, mistakes))
                (Button::new("Continue"))
            }
            p { a class="nhsuk-link" href="/my/people" { "Go back and change nothing" } }
        } }
    }
}

/// The question before a grant is given.
pub(super) fn check(wanted: &NewGrant, form: &Sent, mistakes: &[Mistake]) -> Markup {
    let number = nhs_number_text(wanted.holder.number.as_str());
    let rows = vec![
        SummaryRow::new("Who", &wanted.holder.name),
        SummaryRow::new("NHS number", &number),
        SummaryRow::new("Date of birth", &date(wanted.holder.born)),
        SummaryRow::new("What they see", &capital(&wanted.terms.told())),
        SummaryRow::new("Copies", if wanted.terms.copies { "They may take a copy" } else { "They may take none" }),
        SummaryRow::new("Until", &date(wanted.terms.until)),
    ];
    let field = Field {
        label: Label::new("Is anybody with you or pressing you to do this?").size(Size::M),
        hint: Some(text("Nobody may make you share your record.")),
        error: says(mistakes, "pressed"),
        ..Field::new("pressed", "")
    };
    let items =
        vec![Choice::new("no", "No, I decide this freely").into(), Choice::new("yes", "Yes, or I am not sure").into()];
    html! {
        (error_summary(mistakes))
        h1 class="nhsuk-heading-xl" { (CHECK) }
        (SummaryList::new(rows))
        p { "We do not say whether a number is anybody\u{2019}s. If the number and the date of birth do not belong together, nobody is let in." }
        form method="post" action="/my/people/grant" novalidate {
            (form.hidden_but(&["pressed"]))
            (Radios { field, items, ..Radios::default() })
            (Button { once: Some(true), ..Button::new("Continue") })
        }
        p { a class="nhsuk-link" href="/my/people" { "Go back and change nothing" } }
    }
}

/// The way out: nothing was changed, and here is help.
pub(super) fn help() -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (HELP) }
        p class="nhsuk-body-l" { "Nobody new can see your record. Nothing was kept of what you typed." }
        p { "If you are in danger now, call 999. If you cannot speak, press 55 when asked." }
        p { "You can talk to somebody at your GP practice alone, or call the National Domestic Abuse Helpline, free, at any hour: 0808 2000 247." }
        p { a class="nhsuk-link" href="/my" { "Go to Home" } }
    }
}

/// After somebody has stopped acting for another.
pub(super) fn stopped(whose: &Whose, grant: &Granted) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (STOPPED) }
        p class="nhsuk-body-l" { (grant.who) " can no longer open the record of " (whose.name) ". " (whose.name) " can see that it has ended." }
        (switches(whose))
    }
}
