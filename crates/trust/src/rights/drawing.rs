//! The drawing of what officers and people both read: a decision with its reason, law and where to complain.
//!
//! It stands on the person's page, on the officer's and on the sheet of paper that goes by post, in the same words.

use super::{Decided, Said};
use jiff::Timestamp;
use kit::components::InsetText;
use kit::{Markup, Render, html};

/// What somebody wrote, with name and time.
pub(crate) fn entry(said: &Said) -> Markup {
    let lines = said.words.lines().filter(|line| !line.trim().is_empty());
    let at = Timestamp::from_millisecond(said.at_ms).map(kit::format::moment).unwrap_or_default();
    InsetText(html! { @for line in lines { p { (line) } } p class="nhsuk-body-s" { (said.by) ", " (at) } }).render()
}

/// The decision as the person gets it.
#[must_use]
pub fn decided(decision: &Decided) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "The answer: " (decision.answer.phrase().to_lowercase()) }
        (entry(&decision.said))
        @if let Some(reason) = decision.exemption {
            p { strong { "Why not all of it: " } (reason.sentence()) " (" (reason.law()) ".)" }
        }
        @if decision.answer.needs_reason() {
            p { "You can ask us to look at this again. You can complain to the Information Commissioner\u{2019}s Office, ico.org.uk, telephone 0303 123 1113, and you can go to court." }
        }
    }
}
