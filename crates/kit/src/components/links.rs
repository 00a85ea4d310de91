//! Ways to go: links, action links, back links, breadcrumbs, pages of a list, and the link that skips to the content.
//!
//! A link's text says where it goes when read alone. Nothing here carries a person's name or number in an address.

use maud::{Markup, Render, html};

use super::icon;
use crate::language::Language;

/// Somewhere to go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The address.
    pub href: String,
    /// What it says.
    pub text: String,
}

impl Link {
    /// A link.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into() }
    }

    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self::new("#", "Home")
    }
}

impl Render for Link {
    fn render(&self) -> Markup {
        html! { a class="nhsuk-link" href=(self.href) { (self.text) } }
    }
}

/// A link to the next step of a service, with an arrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionLink(pub Link);

impl ActionLink {
    /// An action link.
    pub fn to(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self(Link::new(href, text))
    }
}

impl Render for ActionLink {
    fn render(&self) -> Markup {
        html! {
            a class="nhsuk-action-link" href=(self.0.href) {
                (icon("arrow-right-circle"))
                span class="nhsuk-action-link__text" { (self.0.text) }
            }
        }
    }
}

/// One step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackLink {
    /// As a link.
    To(Link),
    /// As a button of a form, where going back has to be sent.
    Button(String),
}

impl BackLink {
    /// A back link.
    pub fn to(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self::To(Link::new(href, text))
    }
}

impl Render for BackLink {
    fn render(&self) -> Markup {
        match self {
            Self::To(link) => html! { a class="nhsuk-back-link" href=(link.href) { (link.text) } },
            Self::Button(text) => html! { button class="nhsuk-back-link" type="submit" { (text) } },
        }
    }
}

/// The places above a page, the nearest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breadcrumb {
    /// The places.
    pub links: Vec<Link>,
    /// The language of "Back to".
    pub language: Language,
}

impl Render for Breadcrumb {
    fn render(&self) -> Markup {
        html! {
            nav class="nhsuk-breadcrumb" aria-label="Breadcrumb" {
                ol class="nhsuk-breadcrumb__list" {
                    @for link in &self.links {
                        li class="nhsuk-breadcrumb__list-item" { a class="nhsuk-breadcrumb__link" href=(link.href) { (link.text) } }
                    }
                }
                @if let Some(last) = self.links.last() {
                    a class="nhsuk-back-link" href=(last.href) {
                        span class="nhsuk-u-visually-hidden" { (self.language.words().back_to) " " } (last.text)
                    }
                }
            }
        }
    }
}

/// The first link of a page: past the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipLink {
    /// What it says.
    pub text: String,
}

impl SkipLink {
    /// To `#maincontent`.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

impl Render for SkipLink {
    fn render(&self) -> Markup {
        html! { a class="nhsuk-skip-link" data-module="nhsuk-skip-link" href="#maincontent" { (self.text) } }
    }
}

/// One page of a numbered list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageNumber {
    /// A page that can be gone to.
    Other(u32, String),
    /// The page one is on.
    Current(u32, String),
    /// Pages left out.
    Gap,
}

/// Pages of a list: numbered when the total is known, else only previous and next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pagination {
    /// The page before: its address, and its name when pages have names.
    pub previous: Option<Link>,
    /// The page after.
    pub next: Option<Link>,
    /// Numbered pages.
    pub pages: Vec<PageNumber>,
}

impl Pagination {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let href = |page: u32| format!("#{page}");
        Self {
            previous: Some(Link::new("#1", "")),
            next: Some(Link::new("#3", "")),
            pages: vec![
                PageNumber::Other(1, href(1)),
                PageNumber::Current(2, href(2)),
                PageNumber::Other(3, href(3)),
                PageNumber::Gap,
                PageNumber::Other(9, href(9)),
            ],
        }
    }

    fn numbered(&self) -> Markup {
        html! {
            @if let Some(link) = &self.previous {
                a href=(link.href) class="nhsuk-pagination__previous" rel="prev" {
                    (icon("arrow-left"))
                    span class="nhsuk-pagination__title" { "Previous" span class="nhsuk-u-visually-hidden" { " page" } }
                }
            }
            ul class="nhsuk-pagination__list" {
                @for page in &self.pages {
                    @match page {
                        PageNumber::Gap => li class="nhsuk-pagination__item nhsuk-pagination__item--ellipsis" { "\u{22ef}" },
                        PageNumber::Current(number, href) => li class="nhsuk-pagination__item nhsuk-pagination__item--current" {
                            a class="nhsuk-pagination__link" href=(href) aria-label={ "Page " (number) } aria-current="page" { (number) }
                        },
                        PageNumber::Other(number, href) => li class="nhsuk-pagination__item" {
                            a class="nhsuk-pagination__link" href=(href) aria-label={ "Page " (number) } { (number) }
                        },
                    }
                }
            }
            @if let Some(link) = &self.next {
                a href=(link.href) class="nhsuk-pagination__next" rel="next" {
                    span class="nhsuk-pagination__title" { "Next" span class="nhsuk-u-visually-hidden" { " page" } }
                    (icon("arrow-right"))
                }
            }
        }
    }

    fn neighbours(&self) -> Markup {
        html! {
            ul class="nhsuk-list nhsuk-pagination__list" {
                @if let Some(link) = &self.previous {
                    li class="nhsuk-pagination-item--previous" {
                        a class="nhsuk-pagination__link nhsuk-pagination__link--prev" href=(link.href) rel="prev" {
                            span class="nhsuk-pagination__title" { "Previous" span class="nhsuk-u-visually-hidden" { " page" } }
                            (neighbour_name(&link.text)) (icon("arrow-left"))
                        }
                    }
                }
                @if let Some(link) = &self.next {
                    li class="nhsuk-pagination-item--next" {
                        a class="nhsuk-pagination__link nhsuk-pagination__link--next" href=(link.href) rel="next" {
                            span class="nhsuk-pagination__title" { "Next" span class="nhsuk-u-visually-hidden" { " page" } }
                            (neighbour_name(&link.text)) (icon("arrow-right"))
                        }
                    }
                }
            }
        }
    }
}

fn neighbour_name(name: &str) -> Markup {
    html! {
        @if !name.is_empty() {
            span class="nhsuk-u-visually-hidden" { ":" }
            span class="nhsuk-pagination__page" { (name) }
        }
    }
}

impl Render for Pagination {
    fn render(&self) -> Markup {
        let class =
            if self.pages.is_empty() { "nhsuk-pagination" } else { "nhsuk-pagination nhsuk-pagination--numbered" };
        html! {
            nav class=(class) role="navigation" aria-label="Pagination" {
                @if self.pages.is_empty() { (self.neighbours()) } @else { (self.numbered()) }
            }
        }
    }
}
