//! The drawing of the three steps to a new grant: what it rests on, the details, and the check that nobody is pressed.
//!
//! What was typed goes from step to step in the form itself, never in an address. Only the questions that the ground needs are asked. It
//! decides nothing.

use super::rules::{ASKS, Case, Wanted};
use kit::components::{
    Button, Choice, Details, Field, Input, InsetText, Label, Radios, Select, Size, SummaryList, SummaryRow,
    WarningCallout, Width, text,
};
use kit::form::{Mistake, Sent, error_summary, says};
use kit::format::{capital, date, nhs_number_text};
use kit::{Markup, html};
use record::granting::{Basis, Named, RELATIONSHIPS};
use trust::granting::{day_field, holder_fields, reach_fields};

/// The heading of the first step.
pub(super) const NEW: &str = "Record who may act";
/// The heading of the second step.
pub(super) const DETAILS: &str = "Who may act, for what and how long";
/// The heading of the third step.
pub(super) const CHECK: &str = "Check before it holds";
/// The heading where nothing was recorded.
pub(super) const STOPPED: &str = "Nothing was recorded";

/// The first step: what it rests on.
pub(super) fn basis(case: &Case, mistakes: &[Mistake]) -> Markup {
    let wrong = |basis: Basis| case.about.wrong_basis(basis, case.role, case.today);
    let items = Basis::ALL.into_iter().filter(|basis| wrong(*basis).is_none()).map(|basis| {
        let (says, hint) = words(basis);
        Choice { hint: Some(text(hint)), ..Choice::new(basis.word(), says) }.into()
    });
    let field = Field {
        label: Label::new("What does it rest on?").size(Size::M),
        error: says(mistakes, "basis"),
        ..Field::new("basis", "")
    };
    let others: Vec<_> = Basis::ALL.into_iter().filter_map(|basis| Some((words(basis).0, wrong(basis)?))).collect();
    html! {
        (error_summary(mistakes))
        h1 class="nhsuk-heading-l" { (NEW) }
        @if let Some(sentence) = case.about.wrong_person(case.role) { (InsetText(html! { p { (sentence) } })) }
        @else {
            form method="post" action=(address(case, "details")) novalidate {
                (Radios { field, items: items.collect(), ..Radios::default() })
                (Button::new("Continue"))
            }
            @if !others.is_empty() {
                (Details::new("What else there is, and why not here", html! {
                    dl { @for (what, why) in &others { dt { strong { (what) } } dd { (why) "." } } }
                }))
            }
        }
        (nothing_yet(case))
    }
}

fn words(basis: Basis) -> (&'static str, &'static str) {
    match basis {
        Basis::Parental => ("Parental responsibility", "For a child under 16. It ends by itself on the 16th birthday."),
        Basis::Consent => {
            ("The person wants it", "They can also do it themselves online, under \u{201c}Who acts for me\u{201d}.")
        }
        Basis::Attorney => {
            ("Lasting power of attorney for health and welfare", "One for property and money alone is not enough.")
        }
        Basis::Court => {
            ("An order of a court", "A deputy for personal welfare, whom the Court of Protection has appointed.")
        }
        Basis::BestInterest => (
            "A best interest decision",
            "The person cannot decide, nobody else has the power to, and the decision is written down.",
        ),
    }
}

fn address(case: &Case, step: &str) -> String {
    format!("/care/people/{}/acting/{step}", case.patient.as_str())
}

fn nothing_yet(case: &Case) -> Markup {
    let list = format!("/care/people/{}/acting", case.patient.as_str());
    html! { p { a class="nhsuk-link" href=(list) { "Go back and change nothing" } } }
}

/// The second step: to whom, how far, how long, on what evidence.
pub(super) fn details(case: &Case, basis: Basis, sent: &Sent, mistakes: &[Mistake]) -> Markup {
    html! {
        (error_summary(mistakes))
        h1 class="nhsuk-heading-l" { (DETAILS) }
        p class="nhsuk-body-l" { (words(basis).0) }
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            form method="post" action=(address(case, "check")) novalidate autocomplete="off" {
                input type="hidden" name="basis" value=(basis.word());
                (holder_fields(sent, &ASKS, mistakes))
                (relationship(sent, mistakes))
                (reach_fields(sent, &ASKS, mistakes))
                (day_field(sent, "from", ("First day", "Today or later"), mistakes))
                (last_day(case, basis, sent, mistakes))
                @if basis == Basis::Attorney { (power(sent, mistakes)) }
                (evidence(basis, sent, mistakes))
                (day_field(sent, "seen", ("Day on which you saw it", "You, and not a colleague. No copy of it is kept here."), mistakes))
                (Button::new("Continue"))
            }
            (nothing_yet(case))
        } }
    }
}

fn relationship(sent: &Sent, mistakes: &[Mistake]) -> Markup {
    let choose = (String::new(), "Choose one".to_owned());
    let named = RELATIONSHIPS.iter().map(|one| (one.word.to_owned(), capital(one.phrase)));
    let field =
        Field { error: says(mistakes, "relationship"), ..Field::new("relationship", "What are they to the person?") };
    let value = Some(sent.one("relationship").to_owned());
    html! { (Select { field, items: std::iter::once(choose).chain(named).collect(), value }) }
}

fn last_day(case: &Case, basis: Basis, sent: &Sent, mistakes: &[Mistake]) -> Markup {
    let latest = case.about.latest(basis, case.today).map(date).unwrap_or_default();
    let hint = match basis {
        Basis::Parental => {
            return html! { (InsetText(html! { p { "Last day: " strong { (latest) } ", the day before the 16th birthday. It ends by itself." } })) };
        }
        Basis::Court => ("Last day of the order", "As it stands in the order."),
        Basis::Attorney => ("Last day", "Within five years: then the practice looks at it again."),
        Basis::Consent | Basis::BestInterest => ("Last day", "Within a year of the first day. It can be ended before."),
    };
    day_field(sent, "until", hint, mistakes)
}

fn power(sent: &Sent, mistakes: &[Mistake]) -> Markup {
    let choice = |value: &str, says: &str| {
        Choice { is_chosen: sent.has("registered", value), ..Choice::new(value, says) }.into()
    };
    let registered = Field {
        label: Label::new("Is it registered with the Office of the Public Guardian?").size(Size::S),
        error: says(mistakes, "registered"),
        ..Field::new("registered", "")
    };
    let reference = Field {
        hint: Some(text("As it stands on the power of attorney, such as 7000-1234-5678")),
        error: says(mistakes, "reference"),
        ..Field::new("reference", "Its reference")
    };
    html! {
        (Radios { field: registered, items: vec![choice("yes", "Yes"), choice("no", "No, or not yet")], ..Radios::default() })
        (Input::unremembered(reference, sent.one("reference"), Width::Twenty))
    }
}

fn evidence(basis: Basis, sent: &Sent, mistakes: &[Mistake]) -> Markup {
    let item = |one: &Named| {
        Choice { is_chosen: sent.has("evidence", one.word), ..Choice::new(one.word, capital(one.phrase)) }.into()
    };
    let field = Field {
        label: Label::new("What have you seen?").size(Size::S),
        error: says(mistakes, "evidence"),
        ..Field::new("evidence", "")
    };
    html! { (Radios { field, items: basis.evidence().iter().map(item).collect(), ..Radios::default() }) }
}

/// The third step: what will hold, read back, and the questions that must be answered first.
pub(super) fn check(case: &Case, wanted: &Wanted, sent: &Sent, mistakes: &[Mistake]) -> Markup {
    html! {
        (error_summary(mistakes))
        h1 class="nhsuk-heading-l" { (CHECK) }
        p class="nhsuk-body-l" { (read_back(case, wanted)) }
        (SummaryList::new(rows(wanted)))
        p { "Nobody is told whether a number is anybody\u{2019}s. If the number and the date of birth do not belong together, nobody is let in." }
        form method="post" action=(address(case, "record")) novalidate {
            (sent.hidden_but(&["spoken", "concern"]))
            (questions(sent, mistakes))
            (Button { once: Some(true), ..Button::new("Record it") })
        }
        (nothing_yet(case))
    }
}

/// "From 22 November 2026 to 2 May 2032 Robin Vale (mother) may act for VALE, Sam, by parental responsibility, and sees the whole record."
pub(super) fn read_back(case: &Case, wanted: &Wanted) -> String {
    let terms = &wanted.grant.terms;
    let by = match wanted.grant.basis {
        Basis::Parental => "by parental responsibility",
        Basis::Consent => "because the person wants it",
        Basis::Attorney => "by a lasting power of attorney",
        Basis::Court => "by order of a court",
        Basis::BestInterest => "by a best interest decision",
    };
    let copies = if terms.copies { "with copies" } else { "without copies" };
    format!(
        "From {} to {}, {} ({}) may act for {}, {by}, and sees {}, {copies}.",
        date(terms.from),
        date(terms.until),
        wanted.grant.holder.name,
        wanted.relationship.phrase,
        case.person.name,
        terms.told()
    )
}

fn rows(wanted: &Wanted) -> Vec<SummaryRow> {
    let holder = &wanted.grant.holder;
    let seen = format!("{}, seen on {}", capital(wanted.evidence.phrase), date(wanted.seen));
    let mut rows = vec![
        SummaryRow::new("Who will act", &holder.name),
        SummaryRow::new("NHS number", &nhs_number_text(holder.number.as_str())),
        SummaryRow::new("Date of birth", &date(holder.born)),
        SummaryRow::new("Rests on", wanted.grant.basis.phrase()),
        SummaryRow::new("Evidence", &seen),
    ];
    rows.extend(wanted.reference.as_ref().map(|reference| SummaryRow::new("Reference", reference)));
    rows
}

fn questions(sent: &Sent, mistakes: &[Mistake]) -> Markup {
    let choice = |field: &str, value: &str, says: &str| {
        Choice { is_chosen: sent.has(field, value), ..Choice::new(value, says) }.into()
    };
    let spoken = Field {
        label: Label::new("Have you spoken with the person alone?").size(Size::M),
        hint: Some(text("Without whoever will act in the room, and in words that the person understands.")),
        error: says(mistakes, "spoken"),
        ..Field::new("spoken", "")
    };
    let concern = Field {
        label: Label::new("Does anything worry you: pressure, fear, a quarrel over the person?").size(Size::M),
        hint: Some(text("Somebody who answers for the person, hurries you, or wants to see what was said here.")),
        error: says(mistakes, "concern"),
        ..Field::new("concern", "")
    };
    let asked = vec![
        choice("spoken", "yes", "Yes, and the person agrees or does not object"),
        choice("spoken", "could-not", "The person cannot speak for themselves: too young, or not able to"),
        choice("spoken", "no", "No"),
    ];
    let worried = vec![choice("concern", "no", "No"), choice("concern", "yes", "Yes, or I am not sure")];
    html! {
        (Radios { field: spoken, items: asked, ..Radios::default() })
        (Radios { field: concern, items: worried, ..Radios::default() })
    }
}

/// Where somebody is worried: nothing was recorded, and whom to tell.
pub(super) fn stopped(case: &Case) -> Markup {
    let callout = WarningCallout {
        heading: "What to do now".to_owned(),
        content: html! {
            p { "Tell the safeguarding lead of your practice today, and nobody else. If somebody is in danger now, call 999." }
            p { "To whoever asks, say only that the practice needs more time. Do not say what worries you, nor write it where they could read it." }
        },
    };
    html! {
        h1 class="nhsuk-heading-l" { (STOPPED) }
        p class="nhsuk-body-l" { "Nobody new can open this record, and nothing of what you typed was kept." }
        (callout)
        (nothing_yet(case))
    }
}
