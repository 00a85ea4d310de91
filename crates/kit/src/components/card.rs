//! Card: a thing that stands on its own, often a link to more; and care cards, which say how urgent it is to get help.
//!
//! In a clickable card the heading is the link, so a screen reader hears one link with one name.

use maud::{Markup, Render, html};

use super::{Action, Size, classes, icon};

/// What a card is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CardVariant {
    /// Any content.
    #[default]
    Basic,
    /// Content with its heading on a coloured tab.
    Feature,
    /// The way to a main part of a service.
    Primary,
    /// The way to something beside it.
    Secondary,
    /// Care that is not urgent.
    NonUrgent,
    /// Urgent care.
    Urgent,
    /// An emergency.
    Emergency,
}

/// A card.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// What it is for.
    pub variant: CardVariant,
    /// Its heading.
    pub heading: String,
    /// The size of the heading.
    pub size: Option<Size>,
    /// The level of the heading; 2 when not given.
    pub level: Option<u8>,
    /// Where the heading leads.
    pub href: Option<String>,
    /// Whether all of the card is the link.
    pub is_clickable: bool,
    /// One sentence.
    pub description: Option<String>,
    /// Any other content.
    pub content: Option<Markup>,
    /// What can be done with it.
    pub actions: Vec<Action>,
}

impl Card {
    /// A card with content.
    pub fn new(heading: impl Into<String>, content: Markup) -> Self {
        Self { heading: heading.into(), content: Some(content), ..Self::default() }
    }

    /// A card that leads somewhere.
    pub fn link(href: impl Into<String>, heading: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            href: Some(href.into()),
            is_clickable: true,
            size: Some(Size::M),
            ..Self::default()
        }
    }

    /// The same with a sentence.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: Some(description.into()), ..self }
    }

    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self::link("#", "Test results").description("Blood tests and other results, newest first")
    }

    fn variant_class(&self) -> &'static str {
        match self.variant {
            CardVariant::Basic => "",
            CardVariant::Feature => "nhsuk-card--feature",
            CardVariant::Primary => "nhsuk-card--primary",
            CardVariant::Secondary => "nhsuk-card--secondary",
            CardVariant::NonUrgent => "nhsuk-card--care nhsuk-card--care--non-urgent",
            CardVariant::Urgent => "nhsuk-card--care nhsuk-card--care--urgent",
            CardVariant::Emergency => "nhsuk-card--care nhsuk-card--care--emergency",
        }
    }

    /// What a care card says before its heading to those who do not see its colour.
    fn urgency(&self) -> Option<&'static str> {
        match self.variant {
            CardVariant::NonUrgent => Some("Non-urgent advice"),
            CardVariant::Urgent => Some("Urgent advice"),
            CardVariant::Emergency => Some("Immediate action required"),
            _ => None,
        }
    }

    fn heading(&self) -> Markup {
        let size = self.size.map(|size| format!("nhsuk-heading-{}", size.suffix())).unwrap_or_default();
        let class = classes(["nhsuk-card__heading", &size]);
        let inner = html! {
            @if let (Some(href), false) = (&self.href, self.variant == CardVariant::Feature) {
                a class="nhsuk-card__link" href=(href) { (self.heading) }
            } @else if let Some(urgency) = self.urgency() {
                span role="text" { span class="nhsuk-u-visually-hidden" { (urgency) ": " } (self.heading) }
            } @else { (self.heading) }
        };
        html! {
            @match self.level.unwrap_or(2) {
                1 => h1 class=(class) { (inner) },
                3 => h3 class=(class) { (inner) },
                4 => h4 class=(class) { (inner) },
                _ => h2 class=(class) { (inner) },
            }
            @if self.urgency().is_some() { span class="nhsuk-card--care__arrow" aria-hidden="true" {} }
        }
    }

    fn actions(&self) -> Markup {
        let about = Some(self.heading.as_str()).filter(|heading| !heading.is_empty());
        html! {
            @match self.actions.as_slice() {
                [] => {},
                [action] => div class="nhsuk-card__actions" { (action.draw(about)) },
                actions => ul class="nhsuk-card__actions" {
                    @for action in actions { li class="nhsuk-card__action" { (action.draw(about)) } }
                },
            }
        }
    }
}

impl Render for Card {
    fn render(&self) -> Markup {
        let clickable = if self.is_clickable { "nhsuk-card--clickable" } else { "" };
        let has_container = self.urgency().is_some() || !self.actions.is_empty();
        html! {
            div class=(classes(["nhsuk-card", clickable, self.variant_class()])) {
                @if has_container {
                    div class="nhsuk-card__heading-container" { @if !self.heading.is_empty() { (self.heading()) } (self.actions()) }
                }
                div class="nhsuk-card__content" {
                    @if !has_container && !self.heading.is_empty() { (self.heading()) }
                    @if let Some(description) = &self.description { p class="nhsuk-card__description" { (description) } }
                    @if let Some(content) = &self.content { (content) }
                    @if self.variant == CardVariant::Primary { (icon("chevron-right-circle")) }
                }
            }
        }
    }
}
