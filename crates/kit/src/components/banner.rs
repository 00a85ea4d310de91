//! Whose record is open: a banner that stays on the screen and heads every printed sheet, so that nobody reads or writes in the wrong one.
//!
//! It takes text that is ready to read. On a phone it scrolls with the page, because a sticky banner would fill the screen; on paper it is
//! the head of a table, which browsers repeat on each sheet (see `theme/_print.scss`).

use maud::{Markup, Render, html};

/// One fact of the banner.
#[derive(Debug, Clone)]
pub struct PersonFact {
    /// Its name, such as "NHS number".
    pub name: String,
    /// What it is.
    pub value: Markup,
}

impl PersonFact {
    /// A fact.
    pub fn new(name: impl Into<String>, value: Markup) -> Self {
        Self { name: name.into(), value }
    }
}

/// The banner.
#[derive(Debug, Clone, Default)]
pub struct PersonBanner {
    /// The name, family name first and in capitals: "ASHWORTH, Edith (Mrs)".
    pub name: String,
    /// What identifies the person: born, sex, NHS number.
    pub facts: Vec<PersonFact>,
    /// Facts that fold away: address, GP practice.
    pub more: Vec<PersonFact>,
    /// What must be known before anything is done.
    pub alerts: Vec<String>,
    /// A strip in words over the banner, such as "Died 3 May 2026".
    pub state: Option<String>,
}

impl PersonBanner {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self {
            name: "ASHWORTH, Edith (Mrs)".into(),
            facts: vec![
                PersonFact::new("Born", html! { "3 May 1944 (82 years)" }),
                PersonFact::new("Sex", html! { "Female" }),
                PersonFact::new("NHS number", crate::format::nhs_number("9990001234")),
            ],
            more: vec![
                PersonFact::new("Address", html! { "Moorview Care Home, 4 Hill Lane, Ashdale AS1 4QT" }),
                PersonFact::new("GP practice", html! { "Riverside Surgery" }),
            ],
            alerts: vec!["Allergy: penicillin (severe)".into(), "ReSPECT plan in place".into()],
            state: None,
        }
    }

    fn facts(facts: &[PersonFact]) -> Markup {
        html! {
            dl class="cw-person__facts" { @for fact in facts { div { dt { (fact.name) } dd { (fact.value) } } } }
        }
    }
}

impl Render for PersonBanner {
    fn render(&self) -> Markup {
        html! {
            section class="cw-person" aria-label="Person whose record is open" {
                @if let Some(state) = &self.state { div class="cw-person__state" { div class="nhsuk-width-container" { p { (state) } } } }
                div class="cw-person__inner nhsuk-width-container" {
                    p class="cw-person__name" { (self.name) }
                    (Self::facts(&self.facts))
                    @if !self.more.is_empty() { (Self::facts(&self.more)) }
                    @if !self.alerts.is_empty() {
                        ul class="cw-person__alerts" aria-label="Alerts" { @for alert in &self.alerts { li { span class="cw-alert" { (alert) } } } }
                    }
                }
            }
        }
    }
}
