//! The register of data uses, for everybody: what data of many people are used for beyond their own care.
//!
//! Entries are made by the jobs themselves. Small numbers of people are not told and others are rounded, as on the page about
//! the log.

use super::transparency::told_count;
use crate::state::Trust;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use kit::components::{Colour, SummaryList, SummaryRow, Tag};
use kit::format::{date, day};
use kit::headers::Privacy;
use kit::layout::{Link, WayBack};
use kit::{Markup, Page, PageError, Render, html};
use record::uses::{DataUse, Output, Way};

/// The heading of the page.
const TITLE: &str = "What data are used for beyond care";

/// `GET /transparency/uses`
pub(super) async fn show(State(trust): State<Trust>) -> Response {
    let Ok(uses) = trust.record().uses() else { return PageError::Busy.respond(trust.site()) };
    let way_back = WayBack::Trail(vec![Link::new("/", "Home"), Link::new("/transparency", "How the log is watched")]);
    let content = content(&uses, trust.record().now_ms());
    Page { privacy: Privacy::Public, way_back, ..Page::new(TITLE, content) }.respond(trust.site())
}

fn content(uses: &[DataUse], now_ms: i64) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (TITLE) }
        p class="nhsuk-body-l" { "Records are there for people\u{2019}s own care. This is the list of everything else that data of many people are used for: planning and research." }
        p { "Each entry is written by the job itself, before any data leave. People who have opted out are left out of every use, unless its entry says why not." }
        @if uses.is_empty() { p class="cw-nothing" { "There has been no such use so far." } }
        @for one in uses { (entry(one, now_ms)) }
        h2 class="nhsuk-heading-l" { "Your own data" }
        p { "Sign in and open " a class="nhsuk-link" href="/my/choices#beyond-care" { "Choices about sharing" } ": it says which of these your data are part of, and how to opt out." }
    }
}

fn entry(one: &DataUse, now_ms: i64) -> Markup {
    let tag = if one.lasts(now_ms) {
        Tag::new("In use").colour(Colour::Green)
    } else {
        Tag::new("Ended").colour(Colour::Grey)
    };
    let row = |what: &str, says: String| SummaryRow::new(what, &says);
    let types = if one.types.is_empty() { "nothing so far".to_owned() } else { one.types.join(", ") };
    html! {
        h2 class="nhsuk-heading-m" { (one.title) " " (tag) }
        (SummaryList::new(vec![
            row("Who uses the data", one.by.clone()),
            row("What for", one.purpose().map_or_else(String::new, |purpose| purpose.phrase().to_owned())),
            row("Legal basis", one.basis.clone()),
            row("Opt-outs", opt_outs(one)),
            row("Kinds of data", types),
            row("How many people", one.people.map_or_else(|| people_of(one).to_owned(), told_count)),
            row("What went out", outputs(one)),
            row("When", format!("since {}, until {}", written(one.begun_ms), written(one.until_ms))),
        ]).render())
    }
}

fn people_of(one: &DataUse) -> &'static str {
    match one.way {
        Way::Files => "nobody so far",
        Way::Token => "a connected system may ask about people who have not opted out; each access is logged",
    }
}

/// Each copy that was made, with small numbers kept back like those of people.
fn outputs(one: &DataUse) -> String {
    let told = |output: &Output| {
        let (at, entries) = (written(output.at_ms), told_count(output.entries));
        format!("{at}: files with {entries} entries of {} people", told_count(output.people))
    };
    match one.way {
        Way::Token => "answers to a connected system; no files".to_owned(),
        Way::Files if one.outputs.is_empty() => "nothing so far".to_owned(),
        Way::Files => one.outputs.iter().map(told).collect::<Vec<_>>().join("; "),
    }
}

fn opt_outs(one: &DataUse) -> String {
    match &one.exemption {
        None => "Applied: people who have opted out, and people about whom that is not known, are left out".to_owned(),
        Some((exemption, why)) => format!("Not applied: {}. {why}", exemption.phrase()),
    }
}

fn written(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map(|at| date(day(at))).unwrap_or_default()
}
