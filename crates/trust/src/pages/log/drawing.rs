//! The drawing of the log page: what is looked for, what was found, and how far back was looked.
//!
//! On paper the form is left out and what was looked for stands in words. It decides nothing.

use super::{Found, FoundEntry, LogQuestion};
use jiff::Timestamp;
use kit::components::{
    Button, ButtonVariant, Cell, Checkboxes, Choice, Column, Details, ErrorSummary, Field, Input, Link, Select, Table,
    Width, text,
};
use kit::{Markup, html};

/// The deeds that can be looked for, by their words in the log.
const DEEDS: [&str; 23] = [
    "Read",
    "Search",
    "History",
    "Create",
    "Update",
    "Delete",
    "Export",
    "Import",
    record::emergency::DECLARED,
    record::claim::CLAIMED,
    crate::passkey::GIVEN,
    crate::alarms::MANY,
    record::locks::LOCKED,
    record::locks::LIFTED,
    record::locks::WITHHELD,
    record::simulate::SIMULATED,
    "Ask",
    "Answer",
    "Decide",
    "OpenCase",
    "DecideCase",
    "SignIn",
    "IssueToken",
];

/// A deed in words: "searched".
pub(super) fn deed(action: &str) -> &str {
    match action {
        "Read" => "read",
        "Search" => "searched",
        "History" => "read earlier versions of",
        "Create" => "added to",
        "Update" => "changed",
        "Delete" => "removed some of",
        "Export" => "took a copy of",
        "Import" => "brought in",
        record::emergency::DECLARED => "declared an emergency to open the record",
        record::claim::CLAIMED => "said that they care for the person, to open the record",
        crate::passkey::GIVEN => "gave a code to sign in to the record",
        record::locks::LOCKED => "locked",
        record::locks::LIFTED => "unlocked",
        record::locks::WITHHELD => "decided what the person is shown of the record",
        record::holdings::COUNTED => "counted the entries of the record",
        record::simulate::SIMULATED => "asked who may see the record",
        "Ask" => "asked about a look in",
        "Answer" => "answered a question about",
        "Decide" => "decided about a look in",
        "OpenCase" => "wrote down a rights request about the record",
        "ReadCase" => "read a rights request about the record",
        "NoteCase" => "worked on a rights request about the record",
        "ExtendCase" => "extended a rights request about the record",
        "DecideCase" => "answered a rights request about the record",
        "ChooseMail" => "chose about e-mail, for the record",
        record::told_later::DEFERRED => "asked that the person be told later of opening the record",
        "Breach" => "worked on a suspected breach that concerns the record",
        crate::alarms::MANY => "declared too many emergencies",
        "SignIn" => "signed in",
        "SignOut" => "signed out",
        "IssueToken" => "was given an access token",
        "RevokeToken" => "lost an access token",
        other => other,
    }
}

/// What stands on the page.
pub(crate) fn content(question: &LogQuestion, found: &Found) -> Markup {
    html! {
        @if let Some(problem) = &found.problem {
            (ErrorSummary { errors: vec![Link::new("#nhs_number", problem.clone())] })
        }
        h1 class="nhsuk-heading-xl" { "Who looked at records" }
        p { "Each access to a record is here. What you look up is logged as well, and the person sees that you did." }
        div class="cw-noprint" { (form(question, found)) }
        p { (asked(question)) " " (limits(found)) }
        @if found.entries.is_empty() {
            p { "Nothing in the log fits." }
        } @else {
            (table(found))
        }
        @if let Some(older) = found.older { (older_form(question, older)) }
    }
}

/// "Looked through 1,234 entries, back to 22 November 2026, 10am."
fn limits(found: &Found) -> String {
    let Some(back_to) = found.back_to_ms.map(at) else { return "No entry was looked through.".to_owned() };
    let entries = kit::format::plural(found.looked, "entry", "entries");
    let rest = if found.older.is_some() { " Older ones were not looked at." } else { "" };
    format!("Looked through {entries}, back to {back_to}.{rest}")
}

/// What was looked for, in words for paper.
fn asked(question: &LogQuestion) -> String {
    let said = [
        ("record", &question.person),
        ("who", &question.staff),
        ("organisation", &question.organisation),
        ("from", &question.from),
        ("to", &question.to),
        ("outcome", &question.outcome),
        ("request", &question.request),
    ];
    let mut parts: Vec<String> =
        said.iter().filter(|(_, is)| !is.trim().is_empty()).map(|(what, is)| format!("{what} {}", is.trim())).collect();
    if !question.deed.is_empty() {
        parts.push(format!("deed \u{201c}{}\u{201d}", deed(&question.deed)));
    }
    if !question.emergency.is_empty() {
        parts.push("in an emergency".to_owned());
    }
    if parts.is_empty() { "Everything.".to_owned() } else { format!("Looked for: {}.", parts.join(", ")) }
}

fn form(question: &LogQuestion, found: &Found) -> Markup {
    let input = |name: &str, label: &str, hint: &str, value: &str| {
        let field = Field { hint: (!hint.is_empty()).then(|| text(hint)), ..Field::new(name, label) };
        Input::unremembered(field, value, Width::Twenty)
    };
    let day = |name: &str, label: &str, value: &str| Input {
        kind: Some("date"),
        width: Some(Width::Ten),
        ..input(name, label, "", value)
    };
    let mut number = input("nhs_number", "NHS number", "10 digits; or look by the record\u{2019}s id below", "");
    number.field.error.clone_from(&found.problem);
    let select = |name: &str, label: &str, items: Vec<(String, String)>, value: &str| Select {
        field: Field::new(name, label),
        items,
        value: Some(value.to_owned()),
    };
    let any = || std::iter::once((String::new(), "Any".to_owned()));
    let deeds = any().chain(DEEDS.iter().map(|word| ((*word).to_owned(), deed(word).to_owned()))).collect();
    let outcomes = [("allowed", "Allowed"), ("refused", "Refused by a rule"), ("absent", "Nothing there for them")];
    let outcomes = any().chain(outcomes.map(|(value, words)| (value.to_owned(), words.to_owned()))).collect();
    let is_chosen = !question.emergency.is_empty();
    let emergency = Choice { is_chosen, ..Choice::new("yes", "Only what was done in an emergency") };
    let more = html! {
        (input("person", "Record id", "As in Patient/ID", &question.person))
        (select("outcome", "How it ended", outcomes, &question.outcome))
        (input("request", "Request", "The reference that an error page shows", &question.request))
    };
    let has_more = [&question.person, &question.outcome, &question.request].iter().any(|one| !one.is_empty());
    html! {
        form method="post" action="/log" novalidate autocomplete="off" {
            div class="nhsuk-grid-row" {
                div class="nhsuk-grid-column-one-half" {
                    (number)
                    (input("staff", "Who looked", "A part of the name", &question.staff))
                    (input("organisation", "Organisation", "A part of the name", &question.organisation))
                }
                div class="nhsuk-grid-column-one-half" {
                    (day("from", "From", &question.from))
                    (day("to", "To", &question.to))
                    (select("deed", "What was done", deeds, &question.deed))
                }
            }
            (Checkboxes { field: Field::new("emergency", ""), items: vec![emergency.into()], ..Checkboxes::default() })
            (Details { is_open: has_more, ..Details::new("More ways to narrow", more) })
            (Button::new("Search the log"))
        }
    }
}

fn older_form(question: &LogQuestion, older: u64) -> Markup {
    let older = older.to_string();
    let fields = [
        ("person", &question.person),
        ("staff", &question.staff),
        ("organisation", &question.organisation),
        ("deed", &question.deed),
        ("outcome", &question.outcome),
        ("emergency", &question.emergency),
        ("from", &question.from),
        ("to", &question.to),
        ("request", &question.request),
        ("before", &older),
    ];
    html! {
        form method="post" action="/log" class="cw-noprint" {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            (Button::new("Show older entries").variant(ButtonVariant::Secondary))
        }
    }
}

fn table(found: &Found) -> Table {
    let columns = ["When", "Who", "What", "Why", "Outcome"].map(Column::new).to_vec();
    let row = |entry: &FoundEntry| {
        let people = kit::format::plural(u64::try_from(entry.people).unwrap_or(0), "person", "people");
        let what = format!("{} ({people})", entry.what);
        let what = html! { (what) @if !entry.entry.is_empty() { br; span class="nhsuk-body-s" { (entry.entry) } } };
        let why = html! { (entry.purpose) br; span class="nhsuk-body-s" { (entry.rule) } };
        let when = html! { (at(entry.at_ms)) br; span class="nhsuk-body-s" { "Entry " (entry.sequence) } };
        vec![Cell::of(when), entry.who.clone().into(), Cell::of(what), Cell::of(why), entry.outcome.clone().into()]
    };
    Table::responsive("Entries of the log, newest first", columns, found.entries.iter().map(row).collect())
}

fn at(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(kit::format::moment).unwrap_or_default()
}
