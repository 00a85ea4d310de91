//! The drawing of choices: what is shared, what was chosen, the questions, and what a choice would change.
//!
//! Plain words, one calm sentence about safety, and always a way back that changes nothing. It decides nothing.

use super::beyond_care;
use super::choice::{Named, listed};
use super::mail;
use super::rules::{Effect, Form, Made, Overview, Question, Way};
use crate::visit::{Mistake, Whose, error_summary, says};
use kit::components::{
    Button, ButtonVariant, Cell, Choice, Column, Details, Field, InsetText, Label, Notification, NotificationVariant,
    Radios, Select, Size, Table, text,
};
use kit::format::{capital, count, date, day, plural, written_day};
use kit::{Markup, Render, html};

/// The heading of the page before a choice is made.
pub(super) const PREVIEW: &str = "What this choice changes";
/// The heading of the page before a choice is ended.
pub(super) const STOP: &str = "What changes if you stop this choice";

/// The page of choices.
pub(super) fn overview(overview: &Overview, whose: &Whose, done: &str) -> Markup {
    html! {
        (done_banner(done))
        h1 class="nhsuk-heading-xl" { "Choices about sharing" }
        @if !whose.is_own { (InsetText(html! { p { "You act for " (whose.name) ". You can see these choices. Only " (whose.name) " can change them." } })) }
        h2 class="nhsuk-heading-l" { "Who may see " (whose.possessive()) " record now" }
        (shared(overview, whose))
        h2 class="nhsuk-heading-l" id="made" { "Choices made" }
        @if overview.made.is_empty() { p class="cw-nothing" { "No choices so far: the record is shared as it says above." } }
        @else { ul class="cw-entries" { @for made in &overview.made { li { (made_line(made, whose)) } } } }
        @if whose.is_own { (ways()) }
        @if let Some(beyond) = &overview.beyond { (beyond_care::section(beyond)) }
        @if let Some(mail) = &overview.mail { (mail::section(mail)) }
        @if !overview.ended.is_empty() {
            h2 class="nhsuk-heading-l" { "Choices that have ended" }
            ul class="cw-entries" { @for made in &overview.ended { li { (made_line(made, whose)) } } }
        }
    }
}

fn done_banner(done: &str) -> Markup {
    let says = match done {
        "made" => "Your choice is saved. It holds from now on.",
        "mail-asked" => "A code is on its way to you.",
        "mail-on" => "E-mail has begun.",
        "mail-off" => "E-mail has stopped.",
        "ended" => "Your choice has ended. What it hid is shared again.",
        "taken-back" => "Your answer is taken back. Nobody asks you about research.",
        _ => return Markup::default(),
    };
    Notification { variant: NotificationVariant::Success, text: says.to_owned(), content: None }.render()
}

fn shared(overview: &Overview, whose: &Whose) -> Markup {
    let practices = listed(overview.practices.iter().map(|practice| practice.name.clone()).collect());
    let (you, are, say) =
        if whose.is_own { ("you", "you are", "say") } else { (whose.name.as_str(), "the person is", "says") };
    html! {
        @if overview.made.is_empty() { p { "This is how records are shared here." } }
        @else { p { "This is how records are shared here. What has been " a class="nhsuk-link" href="#made" { "chosen otherwise" } " comes first." } }
        ul class="nhsuk-list nhsuk-list--bullet" {
            li { strong { "The GP practice" } @if !practices.is_empty() { " (" (practices) ")" } ": professionals there, because " (are) " registered there." }
            li { strong { "Hospitals and A&E" } ": professionals who treat " (you) ", from the day it begins or is planned until some weeks after." }
            li { strong { "Pharmacies, care homes, ambulance and others" } ": only professionals who care for " (you) ", while they do." }
            li { strong { "Receptionists" } ": names and appointments, no health record." }
            li { strong { "People who act for " (you) } ": see " a class="nhsuk-link" href="/my/people" { "Who acts for me" } "." }
            li { strong { "Who asks " (you) " to take part in research" } ": nobody, unless " (you) " " (say) " below that the GP practice may." }
            li { strong { "Planning and research" } ": only uses in the " a class="nhsuk-link" href="/transparency/uses" { "public register" } ", and none of them when " (you) " opted out." }
        }
        p { "Nobody else sees it. Each look is written down: see " a class="nhsuk-link" href="/my/who-looked" { "Who looked" } "." }
        p { "Who gives care can always find name, date of birth and NHS number, so that nobody is taken for somebody else." }
    }
}

fn made_line(made: &Made, whose: &Whose) -> Markup {
    let ended = made.ended_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).map(|at| date(day(at)));
    html! {
        span class="cw-entry__what" { (made.says) }
        div class="cw-entry__source" {
            @if let Some(since) = written_day(&made.since) { "Made on " (since) }
            @if let Some(ended) = &ended { ". Ended on " (ended) }
        }
        @if ended.is_none() && whose.is_own {
            form method="post" action="/my/choices/stop" class="cw-noprint nhsuk-u-margin-top-2" {
                input type="hidden" name="id" value=(made.id);
                button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small nhsuk-u-margin-bottom-0" type="submit" {
                    "Stop this choice" span class="nhsuk-u-visually-hidden" { ": " (made.says) }
                }
            }
        }
    }
}

fn ways() -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { "Make a choice" }
        p { "You see what a choice changes before it is saved, and you can stop it at any time." }
        ul class="nhsuk-list" {
            @for way in Way::ALL { li { a class="nhsuk-link" href={ "/my/choices/add/" (way.slug()) } { (title(way)) } } }
        }
    }
}

/// The heading of a way to choose.
pub(super) fn title(way: Way) -> &'static str {
    match way {
        Way::Practice => "Share with nobody but my GP practice",
        Way::Topic => "Hide a topic",
        Way::Entry => "Hide one entry",
        Way::Organisation => "Hide my record from an organisation",
        Way::Professional => "Hide my record from a professional",
        Way::Research => "Say whether I may be asked about research",
    }
}

/// The question of a way to choose.
pub(super) fn question(question: &Question, (form, mistakes): (&Form, &[Mistake])) -> Markup {
    let way = question.way;
    let practices = listed(question.practices.iter().map(|practice| practice.name.clone()).collect());
    html! {
        (error_summary(mistakes))
        h1 class="nhsuk-heading-xl" { (title(way)) }
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            @if way != Way::Practice && question.options.is_empty() {
                p class="cw-nothing" { "Your record names none to choose from." }
            } @else {
                form method="post" action="/my/choices/preview" novalidate {
                    input type="hidden" name="way" value=(way.slug());
                    (what_field(question, form, mistakes))
                    @if matches!(way, Way::Topic | Way::Entry) && !practices.is_empty() { (from_field(&practices, form, mistakes)) }
                    (Button::new("See what this changes"))
                }
            }
            p { a class="nhsuk-link" href="/my/choices" { "Go back and change nothing" } }
        } }
    }
}

fn what_field(question: &Question, form: &Form, mistakes: &[Mistake]) -> Markup {
    let field = |label: &str, hint: &str| Field {
        error: says(mistakes, "what"),
        hint: (!hint.is_empty()).then(|| text(hint)),
        label: Label::new(label).size(Size::M),
        ..Field::new("what", label)
    };
    let names = |named: &Named| (named.reference.clone(), named.name.clone());
    let radios = |field: Field| {
        let radio = |named: &Named| Choice {
            is_chosen: form.what == named.reference,
            ..Choice::new(&named.reference, &named.name)
        };
        Radios { field, items: question.options.iter().map(|named| radio(named).into()).collect(), ..Radios::default() }
            .render()
    };
    match question.way {
        Way::Practice => html! {
            @if let Some(error) = says(mistakes, "what") { p id="what" class="nhsuk-error-message" { (error) } }
            p { "Your practice goes on seeing your whole record. Hospitals, A&E, pharmacies and others see your name and no more." }
        },
        Way::Topic => radios(field(
            "Which topic?",
            "A topic is known by the codes in an entry. Free text that only mentions it may stay visible.",
        )),
        Way::Research => radios(field(
            "May you be asked to take part in research?",
            "You can say no each time you are asked. It changes nothing about your care.",
        )),
        Way::Professional => radios(field("Which professional?", "Those whom your record names.")),
        Way::Organisation => radios(field("Which organisation?", "Those that your record names.")),
        Way::Entry => {
            let first = std::iter::once((String::new(), "Choose an entry".to_owned()));
            let items = first.chain(question.options.iter().map(names)).collect();
            let field = field(
                "Which entry?",
                "Newest first. What is tied to it, such as the letter about it, is hidden with it.",
            );
            Select { field, items, value: Some(form.what.clone()) }.render()
        }
    }
}

fn from_field(practices: &str, form: &Form, mistakes: &[Mistake]) -> Markup {
    let is_chosen = |from: &str| form.from == from;
    let items = vec![
        Choice {
            is_chosen: is_chosen("practice"),
            ..Choice::new("practice", format!("Everybody but my GP practice, {practices}"))
        }
        .into(),
        Choice { is_chosen: is_chosen("everybody"), ..Choice::new("everybody", "Everybody, also my GP practice") }
            .into(),
    ];
    let field = Field {
        label: Label::new("Hide it from whom?").size(Size::M),
        error: says(mistakes, "from"),
        ..Field::new("from", "")
    };
    Radios { field, items, ..Radios::default() }.render()
}

/// A choice before it is made.
pub(super) struct Preview {
    /// What it says.
    pub(super) sentence: String,
    /// What it would change.
    pub(super) effects: Vec<Effect>,
    /// Whether the rules let professionals open it in an emergency.
    pub(super) emergencies_open: bool,
}

/// What a choice would change, with the yes and the way back.
pub(super) fn preview(view: &Preview, (way, form): (Way, &Form)) -> Markup {
    let confirm = html! {
        input type="hidden" name="way" value=(way.slug());
        input type="hidden" name="what" value=(form.what);
        input type="hidden" name="from" value=(form.from);
        (Button { once: Some(true), ..Button::new("Save this choice") })
    };
    html! {
        h1 class="nhsuk-heading-xl" { (PREVIEW) }
        p class="nhsuk-body-l" { (view.sentence) }
        @if way == Way::Research { (asking(&form.what)) }
        (effect_lines(&view.effects))
        @if way != Way::Research { (safety(view)) }
        form method="post" action="/my/choices/save" { (confirm) }
        p { a class="nhsuk-link" href="/my/choices" { "Go back and change nothing" } }
    }
}

/// Who could ask, who not, and what it has nothing to do with.
fn asking(answer: &str) -> Markup {
    html! {
        ul class="nhsuk-list nhsuk-list--bullet" {
            @if answer == "yes" {
                li { "Reception, GPs and practice nurses of your GP practice read that you may be asked, and may ask you." }
                li { "No researcher learns who you are or how to reach you. That is for you to tell them, if you take part." }
            } @else {
                li { "Reception, GPs and practice nurses of your GP practice read that you do not want to be asked." }
            }
            li { "Whether your data are used for research is another choice: see " a class="nhsuk-link" href="/my/choices#beyond-care" { "Planning and research" } "." }
        }
        p { "Who sees what of your record stays as it is:" }
    }
}

/// What hiding may mean for one's care.
fn safety(view: &Preview) -> Markup {
    html! {
        (InsetText(html! { p { "Somebody who treats you may then not know something that matters for your safety, such as an allergy. They are not told that anything is hidden; you can tell them yourself." } }))
        @if view.emergencies_open { p { "In an emergency a professional may open what you hide, if they write down why. You see it in Who looked." } }
        @else { p { "It is hidden in an emergency too: nobody can open it but you and whoever acts for you." } }
    }
}

/// What ending a choice would change, with the yes and the way back.
pub(super) fn stop(sentence: &str, effects: &[Effect], id: &str) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (STOP) }
        p class="nhsuk-body-l" { "Your choice now: " (sentence) }
        (effect_lines(effects))
        form method="post" action="/my/choices/end" {
            input type="hidden" name="id" value=(id);
            (Button { once: Some(true), ..Button::new("Stop this choice") }.variant(ButtonVariant::Primary))
        }
        p { a class="nhsuk-link" href="/my/choices" { "Go back and keep it" } }
    }
}

fn effect_lines(effects: &[Effect]) -> Markup {
    let columns = vec![Column::new("Who"), Column::numeric("Sees now"), Column::numeric("Would see")];
    let rows: Vec<Vec<Cell>> = effects
        .iter()
        .map(|effect| vec![capital(&effect.who).into(), count(effect.now).into(), count(effect.then).into()])
        .collect();
    html! {
        ul class="nhsuk-list nhsuk-list--bullet" { @for effect in effects { li { (effect_words(effect)) } } }
        (Table::responsive("Entries of your record that each may see: those who treat you while they do, and research only as the register says", columns, rows))
        @for effect in effects { (examples(effect)) }
    }
}

fn effect_words(effect: &Effect) -> String {
    let entries = |number: u64| plural(number, "entry", "entries");
    match (effect.now.saturating_sub(effect.then), effect.then.saturating_sub(effect.now)) {
        (0, 0) => format!("This changes nothing for {}.", effect.who),
        (hidden, 0) => format!("This hides {} from {}.", entries(hidden), effect.who),
        (_, shown) => format!("This shows {} again to {}.", entries(shown), effect.who),
    }
}

fn examples(effect: &Effect) -> Markup {
    let list =
        |words: &[String]| html! { ul class="nhsuk-list nhsuk-list--bullet" { @for word in words { li { (word) } } } };
    html! {
        @if !effect.hidden.is_empty() { (folded(format!("Some of what would be hidden from {}", effect.who), list(&effect.hidden))) }
        @if !effect.shown.is_empty() { (folded(format!("Some of what would be shown again to {}", effect.who), list(&effect.shown))) }
    }
}

fn folded(summary: String, content: Markup) -> Details {
    Details { opens_on_paper: true, ..Details::new(summary, content) }
}
