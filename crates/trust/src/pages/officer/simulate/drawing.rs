//! The drawing of the simulator: the question, and the answer in sentences.
//!
//! A yes names its rule; a no names the condition that is not met. It decides nothing.

use super::super::rights::Mistake;
use super::super::rights::drawing::{says, summary};
use super::{Answer, Question, SIMULATOR, roles};
use gate::{Denied, Gate, Language, Purpose};
use kit::components::{
    Button, Cell, Colour, Column, Field, Input, InsetText, Select, SummaryList, SummaryRow, Table, Tag, Width, text,
};
use kit::{Markup, Render, html};
use record::simulate::{Seen, Simulated};

/// The title.
pub(super) const TITLE: &str = "Who could see";

/// The page.
pub(crate) fn simulator(
    (question, answer): (&Question, Option<&Answer>),
    organisations: &[(String, String)],
    gate: &Gate,
    mistakes: &[Mistake],
) -> Markup {
    html! {
        (summary(mistakes))
        h1 class="nhsuk-heading-xl" { (TITLE) }
        p class="nhsuk-body-l" { "Could somebody see a person\u{2019}s record, or one entry of it? The rules and the filter answer themselves, as they are now. You learn yes or no and why, not what is there." }
        @if let Some(answer) = answer { (answered(answer, gate)) }
        div class="cw-noprint" { (form(question, organisations, mistakes)) }
        p { "That you asked is in the person\u{2019}s log." }
    }
}

fn answered(answer: &Answer, gate: &Gate) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { "The answer" }
        (SummaryList::new(vec![SummaryRow::new("Reader", &answer.reader)]))
        @match &answer.outcome {
            Err(denied) => (refused(denied)),
            Ok(simulated) => (told(simulated, gate)),
        }
    }
}

fn refused(denied: &Denied) -> Markup {
    InsetText(html! {
        p { (Tag::new("No").colour(Colour::Red)) " The rules give such a reader no leave at all: " (denied.reason()) "." }
        @if let Some(rule) = denied.rule_plain(Language::English) { p { "The nearest rule: " (rule) } }
    })
    .render()
}

fn told(simulated: &Simulated, gate: &Gate) -> Markup {
    let relation = simulated.relation.map_or_else(
        || "None that the record knows of now.".to_owned(),
        |relation| format!("Yes. The person would be told: \u{201c}{}\u{201d}.", relation.phrase()),
    );
    let row = |(kind, seen): &(gate::DataKind, Seen)| {
        let (tag, why) = sentence(seen, gate);
        vec![kind.phrase().into(), Cell::of(tag.render()), why.into()]
    };
    let columns = ["Kind of data", "Seen", "Why"].map(Column::new).to_vec();
    html! {
        (Table::responsive("What this reader would see", columns, simulated.answers.iter().map(row).collect()))
        (SummaryList::new(vec![
            SummaryRow::new("A relationship of care", &relation),
            SummaryRow::new("The person\u{2019}s own choices", if simulated.has_refused { "Withhold some or all of it from this reader." } else { "Withhold nothing from this reader." }),
            SummaryRow::new("Locks", if simulated.is_locked { "Close some or all of it to this reader." } else { "None." }),
        ]))
    }
}

fn sentence(seen: &Seen, gate: &Gate) -> (Tag, String) {
    let no = || Tag::new("No").colour(Colour::Red);
    match seen {
        Seen::Yes(rule) => {
            let plain = gate.rule(rule).map_or_else(|| rule.clone(), |rule| rule.plain.clone());
            (Tag::new("Yes").colour(Colour::Green), plain)
        }
        Seen::Locked => (no(), "A rule permits it, but a lock closes it.".to_owned()),
        Seen::Refused => {
            (no(), "A rule permits it, but the person has chosen that this reader does not see it.".to_owned())
        }
        Seen::NoRelation => {
            (no(), "The rules permit it only for people with whom the reader has a relationship of care.".to_owned())
        }
        Seen::TooPrivate => (no(), "The entry is marked as more private than the rules permit this reader.".to_owned()),
        Seen::NoRule => (no(), "No rule permits this kind of data for this role and purpose.".to_owned()),
    }
}

fn form(question: &Question, organisations: &[(String, String)], mistakes: &[Mistake]) -> Markup {
    let field = |name: &'static str, label: &str, hint: &str| Field {
        hint: (!hint.is_empty()).then(|| text(hint)),
        error: says(mistakes, name),
        ..Field::new(name, label)
    };
    let none = |words: &str| std::iter::once((String::new(), words.to_owned()));
    let number = Input {
        inputmode: Some("numeric"),
        ..Input::unremembered(field("nhs_number", "Whose record: NHS number", "10 digits"), "", Width::Ten)
    };
    let roles = none("Choose").chain(roles().map(|role| (role.name().to_owned(), role.phrase().to_owned())));
    let purposes = Purpose::ALL.iter().map(|purpose| (purpose.name().to_owned(), purpose.phrase().to_owned()));
    let select = |field: Field, items: Vec<(String, String)>, value: &str| Select {
        field,
        items,
        value: Some(value.to_owned()),
    };
    html! {
        h2 class="nhsuk-heading-l" { "Ask" }
        form method="post" action=(SIMULATOR) novalidate autocomplete="off" {
            (number)
            (Input::unremembered(field("entry", "Which entry", "Its name in the log, such as Condition/abc. Leave it empty for the record in general."), &question.entry, Width::Thirty))
            (select(field("role", "Who: role", ""), roles.collect(), &question.role))
            (select(field("organisation", "Who: organisation", ""), none("No organisation").chain(organisations.iter().cloned()).collect(), &question.organisation))
            (Input::unremembered(field("professional", "Who: one professional", "As in the log, such as Practitioner/abc. Leave it empty for anybody who works there."), &question.professional, Width::Thirty))
            (select(field("purpose", "What for", ""), none("Choose").chain(purposes).collect(), &question.purpose))
            (Button { once: Some(true), ..Button::new("Ask the rules") })
        }
    }
}
