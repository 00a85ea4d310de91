//! The drawing of who acts for me: who may, the form, the question whether it is freely wanted, and where help is.
//!
//! Next to a grant stands how to end it. No page says whether a number is anybody's. It decides nothing.

use super::rules::{COPIES, DISCREET, Form, Grant, People, WHOLE, Wanted};
use crate::opened::PARTS;
use crate::visit::{Mistake, Whose, error_summary, open_record, says, switches};
use fhir::ResourceId;
use kit::components::{
    Button, ButtonVariant, Checkboxes, Choice, ChoiceItem, DateInput, Field, Input, Label, Notification,
    NotificationVariant, Radios, Size, SummaryList, SummaryRow, Width, text,
};
use kit::format::{capital, date, nhs_number_text, written_day};
use kit::{Markup, Render, html};

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
    let since = written_day(&grant.since).map(|day| format!("Since {day}"));
    let until = written_day(&grant.until).map(|day| format!("until {day} at the latest"));
    let times = [since, until].into_iter().flatten().collect::<Vec<_>>().join(", ");
    html! {
        span class="cw-entry__what" { (grant.who) }
        @if !is_now { " " span class="cw-entry__flag" { "Ended" } }
        @if let Some(basis) = &grant.basis { div class="cw-entry__value" { "Reason: " (basis) "." } }
        @if let Some(giver) = &grant.giver { div class="cw-entry__value" { "Given by: " (giver) "." } }
        @if let (true, Some(sees)) = (is_now, &grant.sees) {
            div class="cw-entry__value" { "They see: " (sees) ". " @if !grant.copies { "They may take no copy." } }
        }
        @if is_now && grant.sees.is_none() { div class="cw-entry__value" { "It opens nothing: it has limits that cannot be kept here." } }
        @if is_now && grant.is_of_parent { div class="cw-entry__value" { "Ends by itself on the 16th birthday." } }
        div class="cw-entry__source" { (times) }
        @if is_now && (whose.is_own || grant.is_mine) { (stop_form(grant, whose)) }
    }
}

fn stop_form(grant: &Grant, whose: &Whose) -> Markup {
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
pub(super) fn form(form: &Form, mistakes: &[Mistake]) -> Markup {
    let field = |name: &str, label: &str, hint: &str| Field {
        error: says(mistakes, name),
        hint: Some(text(hint)),
        ..Field::new(name, label)
    };
    let number = field("nhs_number", "Their NHS number", "10 digits, as on a letter from the NHS. Ask them for it.");
    let number = Input { inputmode: Some("numeric"), ..Input::unremembered(number, &form.nhs_number, Width::Ten) };
    let day = |field: Field, values: [&String; 3]| DateInput {
        wrong: mistakes.iter().find(|one| one.field == field.name).map(|one| one.parts).unwrap_or_default(),
        values: values.map(Clone::clone),
        field,
        ..DateInput::default()
    };
    let born = field("born", "Their date of birth", "For example, 15 3 1984");
    let until = field(
        "until",
        "Last day on which they may act for you",
        "A year from today at the latest. You can stop it before.",
    );
    html! {
        (error_summary(mistakes))
        h1 class="nhsuk-heading-xl" { (ADD) }
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            form method="post" action="/my/people/check" novalidate autocomplete="off" {
                (Input::unremembered(field("name", "Their name", "As you call them"), &form.name, Width::Twenty))
                (number)
                (day(born, [&form.born_day, &form.born_month, &form.born_year]))
                (sees(form, mistakes))
                (rest(form))
                (day(until, [&form.until_day, &form.until_month, &form.until_year]))
                (Button::new("Continue"))
            }
            p { a class="nhsuk-link" href="/my/people" { "Go back and change nothing" } }
        } }
    }
}

/// What they may see: everything, or what is ticked.
fn sees(form: &Form, mistakes: &[Mistake]) -> Markup {
    let tick = |value: &str, says: String| Choice { is_chosen: form.sees(value), ..Choice::new(value, says) };
    let parts = PARTS.iter().map(|part| tick(part.name(), capital(part.phrase())).into());
    let whole = Choice { is_exclusive: true, ..tick(WHOLE, "The whole record".to_owned()) };
    let field = Field {
        label: Label::new("What may they see?").size(Size::S),
        hint: Some(text("They see your name, address and contact details in any case.")),
        error: says(mistakes, "sees"),
        ..Field::new("sees", "")
    };
    let items = parts.chain([ChoiceItem::Divider("or".into()), whole.into()]).collect();
    Checkboxes { field, items, is_small: true, ..Checkboxes::default() }.render()
}

fn rest(form: &Form) -> Markup {
    let tick = |value: &str, says: &str, hint: &str, is_chosen: bool| {
        Choice { hint: Some(text(hint)), is_chosen, ..Choice::new(value, says) }.into()
    };
    let items = vec![
        tick(
            DISCREET,
            "Leave out whatever is marked as sensitive",
            "Such as mental or sexual health. Who looked is left out too.",
            form.is_discreet(),
        ),
        tick(COPIES, "They may take a copy", "A file with what they may see. You cannot take it back.", form.copies()),
    ];
    let field = Field { label: Label::new("Anything else?").size(Size::S), ..Field::new("terms", "") };
    Checkboxes { field, items, is_small: true, ..Checkboxes::default() }.render()
}

/// The question before a grant is given.
pub(super) fn check(wanted: &Wanted, form: &Form, mistakes: &[Mistake]) -> Markup {
    let number = nhs_number_text(wanted.number.as_str());
    let rows = vec![
        SummaryRow::new("Who", &wanted.name),
        SummaryRow::new("NHS number", &number),
        SummaryRow::new("Date of birth", &date(wanted.born)),
        SummaryRow::new("What they see", &capital(&wanted.told())),
        SummaryRow::new("Copies", if wanted.copies { "They may take a copy" } else { "They may take none" }),
        SummaryRow::new("Until", &date(wanted.until)),
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
            @for (name, value) in hidden(form) { input type="hidden" name=(name) value=(value); }
            (Radios { field, items, ..Radios::default() })
            (Button { once: Some(true), ..Button::new("Continue") })
        }
        p { a class="nhsuk-link" href="/my/people" { "Go back and change nothing" } }
    }
}

fn hidden(form: &Form) -> impl Iterator<Item = (&'static str, &str)> {
    let fields = [
        ("name", &form.name),
        ("nhs_number", &form.nhs_number),
        ("born-day", &form.born_day),
        ("born-month", &form.born_month),
        ("born-year", &form.born_year),
        ("until-day", &form.until_day),
        ("until-month", &form.until_month),
        ("until-year", &form.until_year),
    ];
    let fields = fields.into_iter().map(|(name, value)| (name, value.as_str()));
    let sees = form.sees.iter().map(|value| ("sees", value.as_str()));
    let terms = form.terms.iter().map(|value| ("terms", value.as_str()));
    fields.chain(sees).chain(terms)
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
pub(super) fn stopped(whose: &Whose, grant: &Grant) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (STOPPED) }
        p class="nhsuk-body-l" { (grant.who) " can no longer open the record of " (whose.name) ". " (whose.name) " can see that it has ended." }
        (switches(whose))
    }
}
