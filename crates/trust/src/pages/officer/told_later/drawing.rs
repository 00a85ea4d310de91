//! The drawing of emergencies of which the person is told later: what waits to be decided first, what was told since last.
//!
//! No name of a person in care stands here; on paper the forms stay away.

use super::{TITLE, TOLD_LATER};
use jiff::Timestamp;
use kit::components::Link as Anchor;
use kit::components::{
    Button, ButtonVariant, Colour, Details, ErrorSummary, Field, SummaryList, SummaryRow, Tag, Textarea, text,
};
use kit::format::moment;
use kit::{Markup, Render, html};
use record::told_later::{DECIDE_DAYS, Decision, HELD_DAYS, ToldLater};

/// The lists.
pub(super) fn list(waiting: &[ToldLater], over: &[ToldLater], wrong: Option<(&str, &str)>) -> Markup {
    let since = html! { @for one in over { (facts(one, false)) } };
    html! {
        @if let Some((id, sentence)) = wrong {
            (ErrorSummary { errors: vec![Anchor::new(format!("#words-{id}"), sentence.to_owned())] })
        }
        h1 class="nhsuk-heading-xl" { (TITLE) }
        p class="nhsuk-body-l" { "Emergencies of which the person is not told yet, because a professional said that telling would put somebody at risk of harm." }
        p { "Confirm only for serious harm. What nobody confirms within " (DECIDE_DAYS) " days is told then; what is confirmed is told " (HELD_DAYS) " days after the emergency, and nobody can prolong it. The log holds all of it." }
        @if waiting.is_empty() { p class="cw-nothing nhsuk-u-margin-bottom-4" { "Nobody waits to be told." } }
        @for one in waiting { (entry(one, wrong.filter(|(id, _)| *id == one.id).map(|(_, sentence)| sentence))) }
        @if !over.is_empty() { (Details::new(format!("Told since ({})", over.len()), since)) }
    }
}

fn facts(one: &ToldLater, is_waiting: bool) -> Markup {
    let tag = match one.decision() {
        _ if !is_waiting => Tag::new("Told").colour(Colour::Grey),
        None => Tag::new("To decide").colour(Colour::Red),
        Some(_) => Tag::new("Confirmed").colour(Colour::Blue),
    };
    let organisation = if one.organisation.is_empty() { String::new() } else { format!(", {}", one.organisation) };
    let when = if is_waiting { "The person is told on" } else { "The person was told on" };
    let mut rows = vec![SummaryRow::new("Why telling waits", &one.why), SummaryRow::new(when, &at(one.ends_ms()))];
    rows.extend(one.decisions.iter().map(|said| SummaryRow::new(step(said), &said_by(said))));
    html! {
        h2 class="nhsuk-heading-m" { (one.name) (organisation) ", " (at(one.from_ms)) " " (tag) }
        (SummaryList::new(rows).render())
    }
}

fn step(said: &Decision) -> &'static str {
    if said.is_confirmed { "Confirmed" } else { "Ended" }
}

fn said_by(said: &Decision) -> String {
    format!("{}, {}: {}", said.by, at(said.at_ms), said.words)
}

fn entry(one: &ToldLater, wrong: Option<&str>) -> Markup {
    let why = Textarea {
        field: Field {
            id: Some(format!("words-{}", one.id)),
            hint: Some(text("Kept for officers. The person will read that it was decided, and when, not why.")),
            error: wrong.map(str::to_owned),
            ..Field::new("words", "Why do you decide so?")
        },
        rows: Some(3),
        ..Textarea::default()
    };
    let button = |step: &str, says: &str, variant| Button {
        name: Some("step".to_owned()),
        value: Some(step.to_owned()),
        ..Button::new(says).variant(variant)
    };
    html! {
        (facts(one, true))
        form class="cw-noprint" method="post" action={ (TOLD_LATER) "/" (one.id) } {
            (why)
            div class="nhsuk-button-group" {
                @if one.decision().is_none() { (button("confirm", "Confirm: go on waiting", ButtonVariant::Primary)) }
                (button("tell", "Tell the person now", ButtonVariant::Secondary))
            }
        }
    }
}

fn at(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map(moment).unwrap_or_default()
}
