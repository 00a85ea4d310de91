//! Parts of a record on a page: a heading with its entries, the states in which there are none, and a line of time.
//!
//! A heading is never a blank card: "nothing recorded", "you may not see it" and "it cannot be reached now" are different things
//! and look different, in words first. What an entry means is decided elsewhere.

use maud::{Markup, Render, html};

use super::{Link, classes};

/// Why a heading shows nothing, or not all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nothing {
    /// The record holds nothing under this heading.
    NoneRecorded(String),
    /// Something may be there, and this reader may not see it.
    NotPermitted(String),
    /// The source cannot be reached.
    NotAvailable(String),
}

impl Render for Nothing {
    fn render(&self) -> Markup {
        let (class, lead, sentence) = match self {
            Self::NoneRecorded(sentence) => ("", "None recorded.", sentence),
            Self::NotPermitted(sentence) => ("cw-nothing--withheld", "Not permitted.", sentence),
            Self::NotAvailable(sentence) => ("cw-nothing--away", "Not available.", sentence),
        };
        html! { p class=(classes(["cw-nothing", class])) { strong { (lead) } " " (sentence) } }
    }
}

/// One entry of a record.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// What it is.
    pub what: Markup,
    /// A word that must be seen, such as "Severe" or "High".
    pub flag: Option<String>,
    /// Values and details.
    pub details: Vec<Markup>,
    /// When, in words.
    pub when: String,
    /// Which organisation holds it.
    pub source: String,
}

impl Render for Entry {
    fn render(&self) -> Markup {
        html! {
            span class="cw-entry__what" { (self.what) }
            @if let Some(flag) = &self.flag { " " span class="cw-entry__flag" { (flag) } }
            @for detail in &self.details { div class="cw-entry__value" { (detail) } }
            div class="cw-entry__source" {
                (self.when)
                @if !self.when.is_empty() && !self.source.is_empty() { " \u{b7} " }
                (self.source)
            }
        }
    }
}

/// One heading of a record.
#[derive(Debug, Clone, Default)]
pub struct RecordHeading {
    /// The id that links lead to.
    pub id: String,
    /// Its name.
    pub title: String,
    /// How many entries there are, when known.
    pub count: Option<u64>,
    /// The entries that are shown, newest first.
    pub entries: Vec<Entry>,
    /// Why there are none, or not all.
    pub nothing: Option<Nothing>,
    /// Where all of them are.
    pub all: Option<Link>,
    /// Charts or tables before the entries.
    pub before: Option<Markup>,
    /// Whether it takes the whole width.
    pub is_wide: bool,
    /// Whether it is about danger.
    pub is_alert: bool,
}

impl RecordHeading {
    /// Samples of each state, for tests and the gallery.
    pub fn samples() -> Vec<Self> {
        let entry = Entry {
            what: html! { "Penicillin" },
            flag: Some("Severe".into()),
            details: vec![html! { "Anaphylaxis" }],
            when: "12 March 2019".into(),
            source: "Riverside Surgery".into(),
        };
        let heading = |id: &str, title: &str, nothing| Self {
            id: id.into(),
            title: title.into(),
            nothing: Some(nothing),
            ..Self::default()
        };
        vec![
            Self {
                id: "allergies".into(),
                title: "Allergies and adverse reactions".into(),
                count: Some(3),
                entries: vec![entry],
                all: Some(Link::new("#", "View all 3")),
                is_alert: true,
                ..Self::default()
            },
            heading("problems", "Problems", Nothing::NoneRecorded("No organisation has recorded a problem.".into())),
            heading("documents", "Documents", Nothing::NotPermitted("Your role does not see documents.".into())),
            heading("plans", "Plans", Nothing::NotAvailable("Northdale did not answer at 5:48pm.".into())),
        ]
    }
}

impl Render for RecordHeading {
    fn render(&self) -> Markup {
        let alert = if self.is_alert { "cw-heading--alert" } else { "" };
        let wide = if self.is_wide { "cw-record__wide" } else { "" };
        html! {
            section class=(classes(["cw-heading", alert, wide])) aria-labelledby=(self.id) {
                div class="cw-heading__top" {
                    h2 class="cw-heading__title" id=(self.id) {
                        (self.title)
                        @if let Some(count) = self.count { " " span class="cw-heading__count" { "(" (count) ")" } }
                    }
                    @if let Some(all) = &self.all {
                        a class="cw-heading__all" href=(all.href) { (all.text) span class="nhsuk-u-visually-hidden" { " " (self.title) } }
                    }
                }
                @if let Some(before) = &self.before { (before) }
                @if !self.entries.is_empty() { ul class="cw-entries" { @for entry in &self.entries { li { (entry) } } } }
                @if let Some(nothing) = &self.nothing { (nothing) }
            }
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, Default)]
pub struct TimelineEvent {
    /// When, in words.
    pub when: String,
    /// What.
    pub what: String,
    /// More about it.
    pub content: Markup,
}

/// What happened, newest first.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// The events.
    pub events: Vec<TimelineEvent>,
}

impl Timeline {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let event = |when: &str, what: &str| TimelineEvent {
            when: when.into(),
            what: what.into(),
            content: html! { p { "Ashdale Royal Hospital" } },
        };
        Self {
            events: vec![event("22 November 2026", "Emergency department visit"), event("14 May 2026", "Blood test")],
        }
    }
}

impl Render for Timeline {
    fn render(&self) -> Markup {
        html! {
            ol class="cw-timeline" {
                @for event in &self.events {
                    li { p class="cw-timeline__when" { (event.when) } h3 class="cw-timeline__what" { (event.what) } (event.content) }
                }
            }
        }
    }
}
