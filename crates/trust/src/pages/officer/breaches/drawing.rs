//! The drawing of suspected breaches: clocks, tasks, and whom it concerns.
//!
//! On paper one breach is the record that article 33(5) asks to be kept: facts, effects, what was done, and why.

use super::super::drawing::{at, nothing, said};
use super::super::rights::Mistake;
use super::super::rights::drawing::{says, summary};
use super::{BREACHES, Report, Step};
use crate::breaches::{Breach, Concerned, LOOKED_MAX, Task};
use crate::rights::drawing::entry;
use kit::components::{
    Button, ButtonVariant, Card, Cell, Colour, Column, Details, Field, Input, SummaryList, SummaryRow, Table, Tag,
    Textarea, Width, text,
};
use kit::format::{count, plural};
use kit::{Markup, Render, html};

/// The title.
pub(super) const TITLE: &str = "Suspected breaches";
const HOUR_MS: i64 = 3_600_000;

/// The list.
pub(crate) fn list(breaches: &[Breach], now_ms: i64, (report, mistakes): (&Report, &[Mistake])) -> Markup {
    let (closed, open): (Vec<&Breach>, Vec<&Breach>) = breaches.iter().partition(|breach| breach.is_closed());
    html! {
        (summary(mistakes))
        h1 class="nhsuk-heading-xl" { (TITLE) }
        p class="nhsuk-body-l" { "A breach that may do harm to people must be told to the Information Commissioner within 72 hours of becoming aware of it, nights and weekends included." }
        h2 class="nhsuk-heading-l" { "Open" }
        @if open.is_empty() { (nothing("No suspected breach is open.")) }
        @else { (table("Open, the first clock first", &open, now_ms)) }
        @if !closed.is_empty() {
            (Details::new(format!("Closed ({})", closed.len()), table("Closed", &closed, now_ms).render()))
        }
        div class="cw-noprint" { (Card::new("Write down a suspected breach", form(report, mistakes))) }
    }
}

fn table(caption: &str, breaches: &[&Breach], now_ms: i64) -> Table {
    let columns = ["Breach", "Aware since", "Clock", "Done"].map(Column::new).to_vec();
    let row = |breach: &&Breach| {
        let link = html! { a class="nhsuk-link" href={ (BREACHES) "/" (breach.id) } { "Breach " (breach.id) } };
        let done = format!("{} of {}", breach.done.len(), Task::ALL.len());
        vec![Cell::of(link), at(breach.aware_ms).into(), Cell::of(clock(breach, now_ms).render()), done.into()]
    };
    Table::responsive(caption, columns, breaches.iter().map(row).collect())
}

fn clock(breach: &Breach, now_ms: i64) -> Tag {
    if let Some(said) = breach.done_for(Task::TellRegulator) {
        let late = said.at_ms > breach.tell_by_ms();
        let colour = if late { Colour::Yellow } else { Colour::Green };
        return Tag::new(if late { "Decided late" } else { "Decided in time" }).colour(colour);
    }
    let left = breach.tell_by_ms() - now_ms;
    let hours = plural((left / HOUR_MS).unsigned_abs(), "hour", "hours");
    match left {
        ..0 => Tag::new(format!("Overdue by {hours}")).colour(Colour::Red),
        left if left < 24 * HOUR_MS => Tag::new(format!("{hours} left")).colour(Colour::Red),
        _ => Tag::new(format!("{hours} left")).colour(Colour::Orange),
    }
}

fn form(report: &Report, mistakes: &[Mistake]) -> Markup {
    let what = Field {
        hint: Some(text("As far as it is known. Leave out names of people in care.")),
        error: says(mistakes, "what"),
        ..Field::new("what", "What happened")
    };
    let hours = Input {
        field: Field {
            hint: Some(text("0 for just now. The 72 hours count from then.")),
            error: says(mistakes, "hours"),
            ..Field::new("hours", "How many hours ago did somebody here become aware?")
        },
        value: Some(report.hours.clone()).filter(|hours| !hours.is_empty()),
        inputmode: Some("numeric"),
        width: Some(Width::Four),
        ..Input::default()
    };
    html! {
        form method="post" action=(BREACHES) novalidate autocomplete="off" {
            (Textarea { field: what, value: report.what.clone(), rows: Some(4) })
            (hours)
            (Button { once: Some(true), ..Button::new("Start the clock") })
        }
    }
}

/// One breach.
pub(crate) fn one(breach: &Breach, now_ms: i64, (step, mistakes): (&Step, &[Mistake])) -> Markup {
    let rows = vec![
        SummaryRow::new("Reference", &breach.id),
        SummaryRow::of("Clock", html! { (clock(breach, now_ms)) }),
        SummaryRow::new("Aware since", &at(breach.aware_ms)),
        SummaryRow::new("Tell the Information Commissioner by", &at(breach.tell_by_ms())),
        SummaryRow::new("Written down by", &breach.by),
        SummaryRow::of("What happened", said(&breach.what)),
    ];
    html! {
        (summary(mistakes))
        h1 class="nhsuk-heading-xl" { "A suspected breach" }
        (SummaryList::new(rows))
        h2 class="nhsuk-heading-l" { "Whom it concerns" }
        @match &breach.concerned {
            None => (nothing("Nobody was looked for yet.")),
            Some(concerned) => (people(concerned)),
        }
        div class="cw-noprint" { (Details { is_open: step.step == "concerned", ..Details::new("Find them in the log", search(breach, (step, mistakes))) }) }
        h2 class="nhsuk-heading-l" { "What is done" }
        @for task in Task::ALL { (task_of(breach, task, (step, mistakes))) }
        p { "The Information Commissioner is told at ico.org.uk, or by telephone 0303 123 1113. This program tells nobody by itself." }
    }
}

fn people(concerned: &Concerned) -> Markup {
    let number = u64::try_from(concerned.people.len()).unwrap_or(u64::MAX);
    let numbers: Vec<String> = concerned.people.iter().map(ToString::to_string).collect();
    let rows = vec![
        SummaryRow::new("Who looked", &concerned.staff),
        SummaryRow::new("Between", &format!("{} and {}", written(&concerned.from), written(&concerned.to))),
        SummaryRow::new("At how many people", &plural(number, "person", "people")),
        SummaryRow::new("In how many entries", &count(concerned.entries)),
    ];
    html! {
        (SummaryList::new(rows))
        @if !concerned.is_whole { p { strong { "These are not all." } " Only the last " (count(LOOKED_MAX)) " entries or so many people are looked through: narrow the days." } }
        @if number > 0 { (Details { opens_on_paper: true, ..Details::new("Their numbers in the log", html! { p { (numbers.join(", ")) } }) }) }
    }
}

fn written(day: &str) -> String {
    kit::format::written(day).unwrap_or_else(|| day.to_owned())
}

fn search(breach: &Breach, (step, mistakes): (&Step, &[Mistake])) -> Markup {
    let input = |name: &'static str, label: &str, value: &str, kind: Option<&'static str>| Input {
        field: Field { error: says(mistakes, name), ..Field::new(name, label) },
        value: Some(value.to_owned()).filter(|value| !value.is_empty()),
        width: Some(Width::Twenty),
        autocomplete: Some("off"),
        kind,
        ..Input::default()
    };
    html! {
        p { "Everybody at whose record one member of staff, or system, looked between two days. That they were found stands in the log of each of them." }
        form method="post" action={ (BREACHES) "/" (breach.id) } novalidate autocomplete="off" {
            input type="hidden" name="step" value="concerned";
            (input("staff", "Who looked", &step.staff, None))
            (input("from", "From", &step.from, Some("date")))
            (input("to", "To", &step.to, Some("date")))
            (Button { once: Some(true), ..Button::new("Find whom it concerns").variant(ButtonVariant::Secondary) })
        }
    }
}

fn task_of(breach: &Breach, task: Task, (step, mistakes): (&Step, &[Mistake])) -> Markup {
    let is_this = step.step == task.word();
    html! {
        h3 class="nhsuk-heading-m" { (task.phrase()) " " @if breach.done_for(task).is_some() { (Tag::new("Done").colour(Colour::Green)) } @else { (Tag::new("To do").colour(Colour::Blue)) } }
        @if let Some(said) = breach.done_for(task) { (entry(said)) } @else {
            @let field = Field { id: Some(task.word().to_owned()), error: says(mistakes, task.word()), ..Field::new("words", format!("What was done: {}", task.phrase().to_lowercase()).as_str()) };
            form method="post" action={ (BREACHES) "/" (breach.id) } class="cw-noprint" novalidate {
                input type="hidden" name="step" value=(task.word());
                (Textarea { field, value: if is_this { step.words.clone() } else { String::new() }, rows: Some(2) })
                (Button { once: Some(true), ..Button::new(format!("Done: {}", short(task))).variant(ButtonVariant::Secondary).small() })
            }
        }
    }
}

fn short(task: Task) -> &'static str {
    match task {
        Task::Contain => "stopped",
        Task::Assess => "assessed",
        Task::TellRegulator => "decided about the Commissioner",
        Task::TellPeople => "decided about the people",
        Task::Learn => "learned from",
    }
}
