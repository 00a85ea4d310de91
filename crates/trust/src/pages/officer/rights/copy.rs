//! The part of a subject access case that is about the copy: how much it holds, and what is withheld from the person.
//!
//! The officer sees kinds and numbers. An entry is withheld by its name in the log, with the opinion of a health professional; it is
//! closed to the person everywhere, not in the copy alone.

use super::drawing::says;
use super::{Mistake, RIGHTS, Step};
use crate::pages::officer::drawing::{at, said};
use crate::rights::RightsCase;
use crate::words::data_word;
use fhir::ResourceType;
use kit::components::{
    Button, ButtonVariant, Cell, Column, Details, Field, Input, SummaryList, SummaryRow, Table, Textarea, Width, text,
};
use kit::{Markup, Render, html};
use record::Lock;
use std::collections::BTreeMap;

/// What the copy holds.
pub(crate) struct Held {
    /// By kind.
    pub(crate) kinds: BTreeMap<ResourceType, record::holdings::Held>,
    /// What is withheld, with the opinion behind it.
    pub(crate) withheld: Vec<Lock>,
}

/// The part of the page.
pub(super) fn copy(case: &RightsCase, held: &Held, (step, mistakes): (&Step, &[Mistake])) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "The copy" }
        p { "When you answer \u{201c}Done as asked\u{201d} or \u{201c}Done in part\u{201d}, the person finds the copy on her page of this request, to read, print and download. It is made when she takes it, with what is held that day. You see kinds and numbers, not entries. For somebody who is not online, her practice prints her record and you send the log." }
        (table(held))
        @if !held.withheld.is_empty() {
            h3 class="nhsuk-heading-s" { "Withheld from the person" }
            @for lock in &held.withheld {
                (SummaryList::new(vec![
                    SummaryRow::new("Entry", lock.entry.as_deref().unwrap_or_default()),
                    SummaryRow::of("Opinion", said(&lock.reason)),
                    SummaryRow::new("Since", &format!("{}, by {}", at(lock.since_ms), lock.by)),
                ]))
            }
            p { "To show one again, open it on " a class="nhsuk-link" href="/privacy-officer/locks" { "Locks" } "." }
        }
        div class="cw-noprint" {
            (Details { is_open: step.step == "withhold", ..Details::new("Withhold an entry", form(case, (step, mistakes))) })
        }
    }
}

fn table(held: &Held) -> Table {
    let mut words: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (kind, count) in &held.kinds {
        let sum = words.entry(data_word(*kind)).or_default();
        *sum = (sum.0 + count.told, sum.1 + count.withheld);
    }
    let columns = vec![Column::new("Kind"), Column::numeric("In the copy"), Column::numeric("Withheld")];
    let row = |(word, (told, withheld)): (&str, (u64, u64))| -> Vec<Cell> {
        vec![word.into(), kit::format::count(told).into(), kit::format::count(withheld).into()]
    };
    Table::responsive("What is held about the person", columns, words.into_iter().map(row).collect())
}

fn form(case: &RightsCase, (step, mistakes): (&Step, &[Mistake])) -> Markup {
    let is_this = step.step == "withhold";
    let entry = Input {
        field: Field {
            id: Some("withhold-entry".to_owned()),
            hint: Some(text("Its name in the log, such as DocumentReference/abc")),
            error: says(mistakes, "withhold-entry"),
            ..Field::new("entry", "Which entry")
        },
        value: Some(step.entry.clone()).filter(|_| is_this),
        width: Some(Width::Thirty),
        autocomplete: Some("off"),
        spellcheck: Some(false),
        ..Input::default()
    };
    let opinion = Field {
        id: Some("withhold-opinion".to_owned()),
        hint: Some(text(
            "Who thinks that knowing it would be likely to cause serious harm, when they said so, and why. For officers only.",
        )),
        ..Field::new("opinion", "The health professional\u{2019}s opinion")
    };
    let value = if is_this { step.opinion.clone() } else { String::new() };
    html! {
        form method="post" action={ (RIGHTS) "/" (case.id) } novalidate {
            input type="hidden" name="step" value="withhold";
            (entry)
            (Textarea { field: opinion, value, rows: Some(3) }.render())
            (Button { once: Some(true), ..Button::new("Withhold this entry").variant(ButtonVariant::Secondary) })
        }
    }
}
