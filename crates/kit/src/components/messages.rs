//! What a page says outside its running text: errors, notices, warnings, advice, confirmations, and text that folds.
//!
//! An error says what happened and how to put it right; a warning is used once on a page at most. See [`super::fields`] for errors
//! beside a field.

use maud::{Markup, Render, html};

use super::{Link, Size, icon};

/// What is wrong with one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorMessage {
    /// What is wrong and how to put it right.
    pub text: String,
    /// The id that the field points to.
    pub id: Option<String>,
}

impl Render for ErrorMessage {
    fn render(&self) -> Markup {
        html! {
            span class="nhsuk-error-message" id=[self.id.as_ref()] { span class="nhsuk-u-visually-hidden" { "Error: " } (self.text) }
        }
    }
}

/// All that is wrong with a form, at the top of the page; each line leads to its field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorSummary {
    /// Lines that lead to `#id` of their field.
    pub errors: Vec<Link>,
}

impl ErrorSummary {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self { errors: vec![Link::new("#born-month", "Date of birth must include a month")] }
    }
}

impl Render for ErrorSummary {
    fn render(&self) -> Markup {
        html! {
            div class="nhsuk-error-summary" data-module="nhsuk-error-summary" {
                div role="alert" {
                    h2 class="nhsuk-error-summary__heading" { "There is a problem" }
                    div class="nhsuk-error-summary__body" {
                        ul class="nhsuk-list nhsuk-error-summary__list" {
                            @for error in &self.errors { li { a href=(error.href) { (error.text) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Text set apart from the rest.
#[derive(Debug, Clone)]
pub struct InsetText(pub Markup);

impl Render for InsetText {
    fn render(&self) -> Markup {
        html! { div class="nhsuk-inset-text" { span class="nhsuk-u-visually-hidden" { "Information: " } (self.0) } }
    }
}

/// Something that must not be overlooked.
#[derive(Debug, Clone, Default)]
pub struct WarningCallout {
    /// Its heading; "Important" when empty.
    pub heading: String,
    /// What it says.
    pub content: Markup,
}

impl Render for WarningCallout {
    fn render(&self) -> Markup {
        html! {
            div class="nhsuk-card nhsuk-card--warning" {
                div class="nhsuk-card__content" {
                    h3 class="nhsuk-card__heading" {
                        @if self.heading.is_empty() || self.heading.starts_with("Important") {
                            (if self.heading.is_empty() { "Important" } else { self.heading.as_str() })
                        } @else {
                            span role="text" { span class="nhsuk-u-visually-hidden" { "Important: " } (self.heading) }
                        }
                    }
                    (self.content)
                }
            }
        }
    }
}

/// Text that folds.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// What stands there when it is folded.
    pub summary: String,
    /// What is folded.
    pub content: Markup,
    /// Whether it starts open.
    pub is_open: bool,
    /// Whether it looks like a card.
    pub is_expander: bool,
    /// Whether it opens for printing.
    pub opens_on_paper: bool,
}

impl Details {
    /// Folded text.
    pub fn new(summary: impl Into<String>, content: Markup) -> Self {
        Self { summary: summary.into(), content, ..Self::default() }
    }
}

impl Render for Details {
    fn render(&self) -> Markup {
        let class = if self.is_expander { "nhsuk-details nhsuk-expander" } else { "nhsuk-details" };
        html! {
            details class=(class) open[self.is_open] data-print-open[self.opens_on_paper] {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { (self.summary) } }
                div class="nhsuk-details__text" { (self.content) }
            }
        }
    }
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotificationVariant {
    /// Something to know.
    #[default]
    Important,
    /// What was asked is done.
    Success,
}

/// A notice at the top of a page.
#[derive(Debug, Clone, Default)]
pub struct Notification {
    /// What it is about.
    pub variant: NotificationVariant,
    /// What it says, as one line.
    pub text: String,
    /// More, under the line.
    pub content: Option<Markup>,
}

impl Render for Notification {
    fn render(&self) -> Markup {
        let (class, role, title) = match self.variant {
            NotificationVariant::Important => ("nhsuk-notification-banner", "region", "Important"),
            NotificationVariant::Success => {
                ("nhsuk-notification-banner nhsuk-notification-banner--success", "alert", "Success")
            }
        };
        html! {
            div class=(class) data-module="nhsuk-notification-banner" role=(role) aria-labelledby="nhsuk-notification-banner-title" {
                div class="nhsuk-notification-banner__header" {
                    h2 class="nhsuk-notification-banner__title" id="nhsuk-notification-banner-title" { (title) }
                }
                div class="nhsuk-notification-banner__content" {
                    @if !self.text.is_empty() { p class="nhsuk-notification-banner__heading" { (self.text) } }
                    @if let Some(content) = &self.content { (content) }
                }
            }
        }
    }
}

/// The confirmation that something is done.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    /// What is done; the page's `h1`.
    pub heading: String,
    /// How large the heading is.
    pub size: Option<Size>,
    /// What comes with it, such as a reference.
    pub content: Markup,
}

impl Render for Panel {
    fn render(&self) -> Markup {
        let size = self.size.map(|size| format!(" nhsuk-panel__heading--{}", size.suffix())).unwrap_or_default();
        html! {
            div class="nhsuk-panel" {
                h1 class={ "nhsuk-panel__heading" (size) } { (self.heading) }
                div class="nhsuk-panel__body" { (self.content) }
            }
        }
    }
}

/// Whether a list says what to do or what not to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Advice {
    /// Do.
    #[default]
    Do,
    /// Don't.
    Dont,
}

/// What to do, or what not to do.
#[derive(Debug, Clone, Default)]
pub struct AdviceList {
    /// Which of the two.
    pub advice: Advice,
    /// One thing a line.
    pub items: Vec<Markup>,
}

impl Render for AdviceList {
    fn render(&self) -> Markup {
        let (heading, mark, prefix) = match self.advice {
            Advice::Do => ("Do", "tick", ""),
            Advice::Dont => ("Don't", "cross", "do not "),
        };
        html! {
            div class="nhsuk-card nhsuk-card--feature" {
                div class="nhsuk-card__content" {
                    h3 class="nhsuk-card__heading" { (heading) }
                    ul class={ "nhsuk-list nhsuk-list--" (mark) } role="list" {
                        @for item in &self.items { li { (icon(mark)) (prefix) (item) } }
                    }
                }
            }
        }
    }
}
