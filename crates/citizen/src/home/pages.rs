//! The drawing of a person's home page: greeting, what can be done here, next appointments, who looked last.
//!
//! It draws what `rules` has put together and decides nothing.

use super::rules::{Home, WHO_LOOKED};
use crate::my_record::entry;
use crate::rights::locked;
use crate::visit::{Whose, switches};
use jiff::Timestamp;
use kit::components::{Card, Nothing, RecordHeading};
use kit::format::moment;
use kit::{Markup, html};
use trust::notices::Kind;
use trust::{Look, Notice};

/// The home page.
pub(super) fn home(home: &Home, whose: &Whose) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { @if whose.is_own { "Hello, " (whose.name) } @else { "Home of " (whose.name) } }
        @if !whose.is_own {
            p class="nhsuk-body-l" { "You act for " (whose.name) ". Everything you open is written down, and " (whose.name) " can see it." }
        }
        (locked(&home.locks))
        (notices(home, whose))
        h2 class="nhsuk-heading-l" { "What you can do here" }
        ul class="nhsuk-grid-row nhsuk-card-group" {
            @for (href, heading, says) in tasks(home, whose) {
                li class="nhsuk-grid-column-one-half nhsuk-card-group__item" { (Card { level: Some(3), ..Card::link(href, heading).description(says) }) }
            }
        }
        (switches(whose))
        div class="cw-record" {
            @if home.opens(APPOINTMENTS) { (appointments(home, whose)) }
            @if home.is_proven && home.opens(WHO_LOOKED) { (looked(home)) }
            @if !home.messages.is_empty() {
                (RecordHeading {
                    id: "messages".into(),
                    title: "Messages to you".into(),
                    entries: home.messages.iter().map(entry).collect(),
                    is_wide: true,
                    ..RecordHeading::default()
                })
            }
        }
    }
}

/// What the person who has the record open can do.
fn tasks(home: &Home, whose: &Whose) -> impl Iterator<Item = Task> {
    let tasks = if home.is_proven { TASKS } else { TASKS_OF_THE_UNPROVEN };
    let is_whole = whose.opened.is_whole();
    let told = move |task: &Task| if task.0 == RECORD && !is_whole { THE_PART } else { *task };
    tasks.iter().filter(|(href, ..)| home.opens(href)).map(told)
}

/// Where it leads, what it is called, what it says.
type Task = (&'static str, &'static str, &'static str);

const RECORD: &str = "/my/record";
const THE_PART: Task = (RECORD, "See what you were let see", "The parts of the record that are open to you");

const APPOINTMENTS: &str = "/my/record/appointments";

/// What the person should know of accesses without looking for it; nothing when there is nothing.
fn notices(home: &Home, whose: &Whose) -> Markup {
    html! {
        @if !home.notices.is_empty() {
            section class="cw-heading nhsuk-u-margin-bottom-5" aria-labelledby="notices" {
                div class="cw-heading__top" {
                    h2 class="cw-heading__title" id="notices" { "For you to know" }
                    a class="cw-heading__all" href="/my/who-looked" { "Read why" span class="nhsuk-u-visually-hidden" { " each of them looked" } }
                }
                ul class="cw-entries" { @for notice in &home.notices { li { (noticed(notice, whose)) } } }
            }
        }
    }
}

fn noticed(notice: &Notice, whose: &Whose) -> Markup {
    let who = if notice.organisation.is_empty() {
        notice.name.clone()
    } else {
        format!("{} ({})", notice.name, notice.organisation)
    };
    let her = if whose.is_own { "you" } else { whose.name.as_str() };
    let says = match notice.kind {
        Kind::Emergency => format!("{who} opened {} record in an emergency.", whose.possessive()),
        Kind::FirstLook => {
            format!("{} looked at {} record for the first time.", notice.organisation, whose.possessive())
        }
        Kind::Grant => format!("{who} recorded that somebody may act for {her}."),
        Kind::ActingEnded => format!("{who} ended that somebody may act for {her}."),
        Kind::Unexplained => {
            format!("{who} looked, and nothing in the record says why. The privacy officer checks it; you can ask too.")
        }
    };
    html! {
        span class="cw-entry__what" { (says) }
        @if matches!(notice.kind, Kind::Grant | Kind::ActingEnded) {
            div class="cw-entry__value" { a class="nhsuk-link" href="/my/people" { "See who may act" } }
        }
        div class="cw-entry__source" { (Timestamp::from_millisecond(notice.at_ms).map(moment).unwrap_or_default()) }
    }
}

/// What really can be done, and where.
const TASKS: &[Task] = &[
    ("/my/record/results", "See test results", "Blood tests and others, what they show, and how they change"),
    ("/my/record/medicines", "Check medicines", "What you take, how much, and what it is for"),
    ("/my/record/documents", "Read letters and plans", "Hospital summaries, clinic letters, care plans"),
    (RECORD, "See the whole record", "All parts of the record, and a copy to keep"),
    (WHO_LOOKED, "See who looked", "Each person, when, what they saw, and why"),
    ("/my/choices", "Choose what is shared", "Who may see your record, and what you hide from whom"),
    ("/my/rights", "Use your rights", "Ask for a copy or a correction, or object to a use of your data"),
    ("/my/people", "See who acts for you", "People who may act for you, letting somebody, and stopping it"),
];

/// The same for somebody who has not proven well enough who she is.
const TASKS_OF_THE_UNPROVEN: &[Task] = &[
    (APPOINTMENTS, "See your appointments", "When, where and with whom"),
    ("/account/prove", "Prove who you are", "Needed to see your record and who looked at it"),
];

fn appointments(home: &Home, whose: &Whose) -> RecordHeading {
    let none = if whose.is_own {
        "You have no appointments coming up. To book one, call your GP practice."
    } else {
        "No appointments are coming up. To book one, call the GP practice."
    };
    let none = Nothing::NoneRecorded(none.to_owned());
    RecordHeading {
        id: "next".into(),
        title: "Next appointments".into(),
        entries: home.appointments.iter().map(entry).collect(),
        nothing: home.appointments.is_empty().then_some(none),
        all: Some(kit::components::Link::new(APPOINTMENTS, "View all")),
        ..RecordHeading::default()
    }
}

fn looked(home: &Home) -> Markup {
    html! {
        section class="cw-heading" aria-labelledby="looked" {
            div class="cw-heading__top" {
                h2 class="cw-heading__title" id="looked" { "Who looked last" }
                a class="cw-heading__all" href="/my/who-looked" { "View all" span class="nhsuk-u-visually-hidden" { " people who looked" } }
            }
            @if home.looked.is_empty() { p class="cw-nothing" { "Nobody but you has looked at this record yet." } }
            @else { ul class="cw-entries" { @for look in &home.looked { li { (line(look)) } } } }
        }
    }
}

fn line(look: &Look) -> Markup {
    html! {
        span class="cw-entry__what" { (look.name) }
        div class="cw-entry__value" { (look.sentence) }
        div class="cw-entry__source" { (Timestamp::from_millisecond(look.last_ms).map(moment).unwrap_or_default()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(home: &Home, whose: &Whose) -> String {
        super::home(home, whose).into_string().replace("><", ">\n<")
    }

    #[test]
    fn home_with_something_of_everything() {
        insta::assert_snapshot!(drawn(&Home::sample(), &Whose::sample()));
    }

    #[test]
    fn home_of_somebody_one_acts_for_where_nothing_happened_yet() {
        insta::assert_snapshot!(drawn(&Home::sample_empty(), &Whose::sample_acting()));
    }
}
