//! The drawing of locks: the form, what is closed now with the way to open it, and what was closed before.
//!
//! A lock names its record by the log's number, never by a name.

use super::super::drawing::{at, nothing, said};
use super::super::rights::Mistake;
use super::super::rights::drawing::{says, summary};
use super::{Ask, LOCKS};
use kit::components::{
    Button, ButtonVariant, Card, Choice, Colour, Details, Field, Input, InsetText, Radios, Select, SummaryList,
    SummaryRow, Tag, Textarea, Width, text,
};
use kit::{Markup, Render, html};
use record::{Against, Lock};

/// The title.
pub(super) const TITLE: &str = "Locks";
/// The field in which it is said why a lock is lifted.
pub(super) const LIFT_FIELD: &str = "lift-reason";

/// The page.
pub(crate) fn locks(locks: &[Lock], now_ms: i64, (ask, mistakes): (&Ask, &[Mistake])) -> Markup {
    let (now, before): (Vec<&Lock>, Vec<&Lock>) = locks.iter().partition(|lock| lock.is_in_force(now_ms));
    let lift_wrong = says(mistakes, LIFT_FIELD);
    html! {
        (summary(mistakes))
        h1 class="nhsuk-heading-xl" { (TITLE) }
        p class="nhsuk-body-l" { "Close a record or an entry at once. It holds from the next request on, in pages, searches and the interface." }
        (InsetText(html! { p { "A closed record stays open to the person herself and in a declared emergency. A closed entry stays closed in an emergency too. Staff cannot tell that something is closed; the person reads why." } }))
        (form(ask, mistakes))
        h2 class="nhsuk-heading-l" { "Closed now" }
        @if now.is_empty() { (nothing("Nothing is closed.")) }
        @for (place, lock) in now.iter().enumerate() { (closed(lock, now_ms, place, lift_wrong.as_ref().filter(|_| place == 0))) }
        @if !before.is_empty() {
            (Details::new(format!("Opened again ({})", before.len()), html! { @for lock in &before { (facts(lock, now_ms)) } }))
        }
    }
}

fn form(ask: &Ask, mistakes: &[Mistake]) -> Markup {
    let field = |name: &'static str, label: &str, hint: &str| {
        let hint = (!hint.is_empty()).then(|| text(hint));
        Field { hint, error: says(mistakes, name), ..Field::new(name, label) }
    };
    let choice = |value: &str, words: &str| Choice { is_chosen: ask.what == value, ..Choice::new(value, words) };
    let number = Input {
        inputmode: Some("numeric"),
        ..Input::unremembered(field("nhs_number", "NHS number", "10 digits"), &ask.nhs_number, Width::Ten)
    };
    let what = Radios {
        field: field("what", "What is closed?", ""),
        items: vec![choice("record", "The whole record").into(), choice("entry", "One entry").into()],
        ..Radios::default()
    };
    let entry = field("entry", "Which entry (for one entry only)", "Its name in the log, such as Condition/abc");
    let times = [("", "Until it is opened again"), ("24", "For 1 day"), ("168", "For 7 days"), ("672", "For 28 days")];
    let until = Select {
        field: field("hours", "For how long", ""),
        items: times.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect(),
        value: Some(ask.hours.clone()),
    };
    let reason = field("reason", "Why", "The person reads this.");
    let fields = html! {
        form method="post" action=(LOCKS) novalidate autocomplete="off" {
            (number) (what) (Input::unremembered(entry, &ask.entry, Width::Thirty)) (until)
            (Textarea { field: reason, value: ask.reason.clone(), rows: Some(3) })
            (Button { once: Some(true), ..Button::new("Lock now").variant(ButtonVariant::Warning) })
        }
    };
    html! { div class="cw-noprint" { (Card::new("Lock now", fields)) } }
}

fn facts(lock: &Lock, now_ms: i64) -> SummaryList {
    let what = lock.entry.as_deref().map_or("The whole record".to_owned(), |entry| format!("The entry {entry}"));
    let against = match lock.against {
        Against::Others => "Everybody but the person herself",
        Against::Herself => "The person, where a health professional fears serious harm",
    };
    let until = lock.until_ms.map_or("It is opened again".to_owned(), at);
    let state = if lock.is_in_force(now_ms) {
        Tag::new("Closed").colour(Colour::Red)
    } else {
        Tag::new("Opened again").colour(Colour::Green)
    };
    let mut rows = vec![
        SummaryRow::of("State", html! { (state) }),
        SummaryRow::new("What", &format!("{what} of person {}", lock.part)),
        SummaryRow::new("To whom", against),
        SummaryRow::new("Closed", &format!("{}, by {}", at(lock.since_ms), lock.by)),
        SummaryRow::new("Until", &until),
        SummaryRow::of("Why", said(&lock.reason)),
    ];
    if let Some(lifted) = &lock.lifted {
        rows.push(SummaryRow::new("Opened", &format!("{}, by {}", at(lifted.at_ms), lifted.by)));
        rows.push(SummaryRow::of("Why opened", said(&lifted.reason)));
    }
    SummaryList::new(rows)
}

fn closed(lock: &Lock, now_ms: i64, place: usize, wrong: Option<&String>) -> Markup {
    let id = if place == 0 { "lift-reason".to_owned() } else { format!("lift-reason-{place}") };
    let field = Field {
        id: Some(id),
        error: wrong.cloned(),
        ..Field::new("reason", format!("Why the lock of {} is lifted", at(lock.since_ms)).as_str())
    };
    html! {
        (facts(lock, now_ms))
        form method="post" action={ (LOCKS) "/" (lock.id) } class="cw-noprint nhsuk-u-margin-bottom-6" novalidate {
            (Textarea { field, rows: Some(2), ..Textarea::default() }.render())
            (Button { once: Some(true), ..Button::new("Open it again").variant(ButtonVariant::Secondary) })
        }
    }
}
