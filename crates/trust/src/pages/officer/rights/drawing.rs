//! The drawing of rights requests: the list, the form for a letter, and one case.
//!
//! On paper a decided case is the sheet that goes to the person: what was asked, what was decided and why, and where to complain.
//! Notes and a health professional's opinion stay off that sheet.

use super::super::drawing::{nothing, said, way_to_the_log};
use super::copy::{Held, copy};
use super::{Letter, Mistake, RIGHTS, Step};
use crate::rights::drawing::{decided, entry};
use crate::rights::{Answer, Came, Decided, Exemption, Right, RightsCase};
use kit::components::{
    Button, ButtonVariant, Card, Cell, Choice, Colour, Column, DateInput, Details, ErrorSummary, Field, Input,
    InsetText, Link, Radios, Select, SummaryList, SummaryRow, Table, Tag, Textarea, Width, text,
};
use kit::format::{date, plural};
use kit::{Markup, Render, html};

/// The title of the list.
pub(super) const TITLE: &str = "Rights requests";
/// The title of the form for a letter.
pub(super) const RECORD: &str = "Write down a request";

/// The list.
pub(crate) fn list(cases: &[RightsCase], now_ms: i64) -> Markup {
    let (decided, open): (Vec<&RightsCase>, Vec<&RightsCase>) = cases.iter().partition(|case| case.decision.is_some());
    html! {
        h1 class="nhsuk-heading-xl" { (TITLE) }
        p class="nhsuk-body-l" { "What people asked for about their own data: a copy, a correction, a removal, a restriction, an objection." }
        p { "The law gives one calendar month from the day of receipt, and two more where a request is complex, if the person is told why within the first." }
        p { (Button::link(format!("{RIGHTS}/record"), RECORD).variant(ButtonVariant::Secondary)) }
        h2 class="nhsuk-heading-l" { "Open" }
        @if open.is_empty() { (nothing("No request waits.")) }
        @else { (table("Open requests, those due first at the top", &open, now_ms)) }
        @if !decided.is_empty() {
            (Details::new(format!("Answered requests ({})", decided.len()), table("Answered requests", &decided, now_ms).render()))
        }
    }
}

fn table(caption: &str, cases: &[&RightsCase], now_ms: i64) -> Table {
    let columns = ["Request", "Received", "Answer by", "State"].map(Column::new).to_vec();
    let row = |case: &&RightsCase| {
        let words = format!("{} {}", case.right.title(), case.id);
        let link = html! { a class="nhsuk-link" href={ (RIGHTS) "/" (case.id) } { (words) } };
        let (received, due) = (date(case.received()), date(case.due()));
        vec![Cell::of(link), received.into(), due.into(), Cell::of(state(case, now_ms).render())]
    };
    Table::responsive(caption, columns, cases.iter().map(row).collect())
}

fn state(case: &RightsCase, now_ms: i64) -> Tag {
    if let Some(decision) = &case.decision {
        return Tag::new(decision.answer.phrase()).colour(Colour::Green);
    }
    let left = case.days_left(now_ms);
    let days = plural(left.unsigned_abs(), "day", "days");
    match left {
        ..0 => Tag::new(format!("Overdue by {days}")).colour(Colour::Red),
        0 => Tag::new("Due today").colour(Colour::Red),
        1..=7 => Tag::new(format!("{days} left")).colour(Colour::Orange),
        _ => Tag::new(format!("{days} left")).colour(Colour::Blue),
    }
}

/// What is wrong with a field.
pub(in super::super) fn says(mistakes: &[Mistake], field: &str) -> Option<String> {
    mistakes.iter().find(|(name, _)| *name == field).map(|(_, says)| says.clone())
}

/// What is wrong, above a form; nothing when nothing is.
pub(in super::super) fn summary(mistakes: &[Mistake]) -> Markup {
    let link = |(field, says): &Mistake| Link::new(format!("#{field}"), says.clone());
    html! { @if !mistakes.is_empty() { (ErrorSummary { errors: mistakes.iter().map(link).collect() }) } }
}

/// The form for a request that came otherwise than online.
pub(crate) fn letter(letter: &Letter, mistakes: &[Mistake]) -> Markup {
    let field = |name: &'static str, label: &str| Field { error: says(mistakes, name), ..Field::new(name, label) };
    let choice =
        |value: &str, words: &str, chosen: &str| Choice { is_chosen: value == chosen, ..Choice::new(value, words) };
    let number = Field {
        hint: Some(text("10 digits. You learn which record it is, not whose; the look-up is in that person's log.")),
        ..field("nhs_number", "NHS number")
    };
    let number = Input { inputmode: Some("numeric"), ..Input::unremembered(number, &letter.nhs_number, Width::Ten) };
    let rights = Right::ALL.map(|right| choice(right.word(), right.title(), &letter.right).into());
    let ways = Came::RECORDED.map(|came| choice(came.word(), came.phrase(), &letter.came).into());
    let received = DateInput {
        field: Field {
            hint: Some(text("The day on which it came, or on which it was clear who asks. The clock counts from it.")),
            error: says(mistakes, "received-day"),
            ..Field::new("received", "Received on")
        },
        values: [letter.day.clone(), letter.month.clone(), letter.year.clone()],
        ..DateInput::default()
    };
    let hint = "In their words. Leave out what names other people.";
    let wish = Field { hint: Some(text(hint)), ..field("wish", "What the person wants") };
    html! {
        (summary(mistakes))
        h1 class="nhsuk-heading-xl" { (RECORD) }
        form method="post" action={ (RIGHTS) "/record" } novalidate autocomplete="off" {
            (number)
            (Radios { field: field("right", "What is it?"), items: rights.to_vec(), ..Radios::default() })
            (Radios { field: field("came", "How did it come?"), items: ways.to_vec(), ..Radios::default() })
            (received)
            (Textarea { field: wish, value: letter.wish.clone(), rows: Some(5) })
            (Button { once: Some(true), ..Button::new("Open a case") })
        }
    }
}

/// One case.
pub(crate) fn case(
    (case, held): (&RightsCase, Option<&Held>),
    record: &str,
    now_ms: i64,
    (step, mistakes): (&Step, &[Mistake]),
) -> Markup {
    html! {
        (summary(mistakes))
        h1 class="nhsuk-heading-xl" { (case.right.title()) }
        (facts(case, now_ms))
        @if !record.is_empty() { (way_to_the_log("person", record, "Who looked at this record")) }
        @if !case.notes.is_empty() {
            div class="cw-noprint" { h2 class="nhsuk-heading-m" { "Notes" } @for note in &case.notes { (entry(note)) } }
        }
        @match &case.decision {
            Some(decision) => { (decided(decision)) (opinion(decision)) },
            None => { @if let Some(held) = held { (copy(case, held, (step, mistakes))) } (steps(case, now_ms, (step, mistakes))) },
        }
    }
}

fn facts(case: &RightsCase, now_ms: i64) -> SummaryList {
    let asked_by = match (case.came, case.is_by_proxy) {
        (Came::Online, true) => "Online, by somebody who acts for the person",
        (came, _) => came.phrase(),
    };
    let mut rows = vec![
        SummaryRow::new("Reference", &case.id),
        SummaryRow::of("State", html! { (state(case, now_ms)) }),
        SummaryRow::new("Received", &date(case.received())),
        SummaryRow::new("Answer by", &date(case.due())),
        SummaryRow::new("Law", case.right.law()),
        SummaryRow::new("How it came", asked_by),
        SummaryRow::of("What is wanted", said(&case.wish)),
    ];
    if let Some(extension) = &case.extension {
        rows.push(SummaryRow::of("Extended by two months because", said(&extension.words)));
    }
    SummaryList::new(rows)
}

fn opinion(decision: &Decided) -> Markup {
    html! {
        @if !decision.opinion.is_empty() {
            div class="cw-noprint" {
                h2 class="nhsuk-heading-m" { "The health professional\u{2019}s opinion" }
                p { "For officers only: it is not shown to the person and not printed." }
                (InsetText(said(&decision.opinion)))
            }
        }
    }
}

/// The forms of an open case.
fn steps(case: &RightsCase, now_ms: i64, (step, mistakes): (&Step, &[Mistake])) -> Markup {
    let words = |name: &str, id: &'static str, (label, hint): (&str, &str)| {
        let field = Field {
            id: Some(id.to_owned()),
            hint: Some(text(hint)),
            error: says(mistakes, id),
            ..Field::new("words", label)
        };
        let value = if step.step == name { step.words.clone() } else { String::new() };
        Textarea { field, value, rows: Some(4) }
    };
    let form = |name: &str, fields: Markup, button: Button| {
        html! {
            form method="post" action={ (RIGHTS) "/" (case.id) } class="cw-noprint" novalidate {
                input type="hidden" name="step" value=(name);
                (fields) (Button { once: Some(true), ..button })
            }
        }
    };
    let note = words(
        "note",
        "note-words",
        ("A note", "For officers: whom you asked and what you found. The person does not see it."),
    );
    let extend = words(
        "extend",
        "extend-words",
        ("Why more time is needed", "The person reads this. Say what makes the request complex."),
    );
    let extend_by = date(crate::rights::clock::due(case.received(), crate::rights::clock::MONTHS_EXTENDED));
    html! {
        (form("decide", decide(case.right, (step, mistakes), &words("decide", "decide-words", ("What the person is told", "In plain words: what was found and what was done."))), Button::new("Send the answer")))
        (form("note", note.render(), Button::new("Keep the note").variant(ButtonVariant::Secondary)))
        @if case.may_extend(now_ms) {
            (Card::new("More time", html! {
                p { "Only where the request is complex or there are several, once, and told within the first month. The answer would be due by " (extend_by) "." }
                (form("extend", extend.render(), Button::new("Take two more months").variant(ButtonVariant::Secondary)))
            }))
        }
    }
}

fn decide(right: Right, (step, mistakes): (&Step, &[Mistake]), words: &Textarea) -> Markup {
    let choice = |answer: Answer| Choice {
        is_chosen: answer.word() == step.answer,
        ..Choice::new(answer.word(), answer.phrase())
    };
    let field = |name: &'static str, label: &str| Field { error: says(mistakes, name), ..Field::new(name, label) };
    let none = (String::new(), "No reason: all of it is done".to_owned());
    let reason = |reason: &Exemption| (reason.word().to_owned(), reason.sentence().to_owned());
    let reasons = Select {
        field: Field { hint: Some(text("Only where something is refused")), ..field("exemption", "Why not all of it") },
        items: std::iter::once(none).chain(Exemption::of(right).iter().map(reason)).collect(),
        value: Some(step.exemption.clone()),
    };
    let opinion = Field {
        hint: Some(text(
            "Only for serious harm: who, when, and what they think. The law asks for the opinion of the health professional who cares for the person; it is kept for officers only.",
        )),
        ..field("opinion", "A health professional\u{2019}s opinion")
    };
    let has_opinion = Exemption::of(right).contains(&Exemption::SeriousHarm);
    html! {
        h2 class="nhsuk-heading-m" { "Answer the request" }
        (Radios { field: field("answer", "What became of it?"), items: Answer::ALL.map(|answer| choice(answer).into()).to_vec(), ..Radios::default() })
        (reasons)
        @if has_opinion { (Textarea { field: opinion, value: step.opinion.clone(), rows: Some(3) }) }
        (words)
    }
}
