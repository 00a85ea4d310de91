//! The shell of every page: header, navigation, banner, way back, main, footer, and the answer that carries it.
//!
//! A page is a plain value: fill in what differs from the defaults and call [`Page::respond`]. The shell shows who is signed
//! in, never decides what they may see. The NHS logo is not drawn: the service names itself in text.
//! Where next: [`crate::components`] for what goes inside, [`crate::error`] for pages that say no.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, Render, html};

use crate::assets;
use crate::components::{BackLink, Breadcrumb, Footer, Header, PersonBanner, SkipLink};
use crate::headers::{Privacy, secure};
use crate::language::Language;

pub use crate::components::{Account, Link, NavigationItem};

/// What is the same on every page of this locality.
#[derive(Debug, Clone)]
pub struct Site {
    /// Name of the service, in the header and in every title.
    pub name: String,
    /// Who runs it, in the header under the name.
    pub organisation: String,
    /// Where the name in the header leads.
    pub home: String,
    /// Whether the people here are real.
    pub people: People,
    /// Links at the foot of every page.
    pub footer: Vec<Link>,
}

/// Whether the records are of real people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum People {
    /// Real people: no strip.
    #[default]
    Real,
    /// Made-up people: a strip on every page says so.
    MadeUp,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            name: "Commonweal".into(),
            organisation: String::new(),
            home: "/".into(),
            people: People::Real,
            footer: Vec::new(),
        }
    }
}

impl Site {
    /// A site for tests and the gallery.
    pub fn sample() -> Self {
        Self {
            organisation: "Ashdale health and care".into(),
            people: People::MadeUp,
            footer: vec![
                Link::new("/accessibility", "Accessibility statement"),
                Link::new("/privacy", "Privacy"),
                Link::new("/about", "About this service"),
            ],
            ..Self::default()
        }
    }
}

/// How one gets back from a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum WayBack {
    /// A page at the top of its area.
    #[default]
    None,
    /// One step back in a flow.
    Link(Link),
    /// The places above this page, the nearest last.
    Trail(Vec<Link>),
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// What the page is about: the first part of the document's title; never holds a person's name or number, for titles stay in histories.
    pub title: String,
    /// The language of the page.
    pub language: Language,
    /// Links of the area under the header.
    pub navigation: Vec<NavigationItem>,
    /// Who is signed in.
    pub account: Option<Account>,
    /// How one gets back.
    pub way_back: WayBack,
    /// Whose record is open.
    pub person: Option<PersonBanner>,
    /// Whether the page answers a form with mistakes: the title says so first.
    pub state: State,
    /// Whether anything of the page may be kept by a cache.
    pub privacy: Privacy,
    /// What stands in `<main>`, its `h1` included.
    pub content: Markup,
}

/// Whether the page answers a form that cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// As asked.
    #[default]
    Fine,
    /// There are mistakes to put right.
    HasErrors,
}

impl Page {
    /// A page with a title and its content; the rest is set by field.
    pub fn new(title: impl Into<String>, content: Markup) -> Self {
        Self { title: title.into(), content, ..Self::default() }
    }

    /// A page that names who is signed in, in the navigation of an area.
    #[must_use]
    pub fn signed_in(mut self, account: Account, navigation: Vec<NavigationItem>) -> Self {
        self.account = Some(account);
        self.navigation = navigation;
        self
    }

    /// The whole document.
    pub fn render(&self, site: &Site) -> Markup {
        let words = self.language.words();
        let prefix = if self.state == State::HasErrors { words.error } else { "" };
        html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    title { (prefix) (self.title) " - " (site.name) }
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="theme-color" content="#1d4f5c";
                    meta name="robots" content="noindex";
                    link rel="icon" href=(assets::ICON_SVG) type="image/svg+xml";
                    link rel="stylesheet" href=(assets::SITE_CSS);
                    script type="module" src=(assets::START_JS) {}
                    script defer src=(assets::HTMX_JS) {}
                }
                body { (self.body(site)) }
            }
        }
    }

    fn body(&self, site: &Site) -> Markup {
        let words = self.language.words();
        let header = Header {
            name: site.name.clone(),
            organisation: site.organisation.clone(),
            home: site.home.clone(),
            account: self.account.clone(),
            navigation: self.navigation.clone(),
            language: self.language,
        };
        html! {
            (SkipLink::new(words.skip))
            @if site.people == People::MadeUp {
                section.cw-strip aria-label=(words.demo_label) { div.nhsuk-width-container { p { (words.demo) } } }
            }
            (header)
            div.cw-sheet {
                @if let Some(person) = &self.person { (person) }
                div class="cw-sheet__body" {
                    div class="nhsuk-width-container" {
                        (self.back())
                        main.nhsuk-main-wrapper #maincontent { (self.content) }
                    }
                }
            }
            (Footer { links: site.footer.clone(), language: self.language, ..Footer::default() })
        }
    }

    fn back(&self) -> Markup {
        match &self.way_back {
            WayBack::None => html! {},
            WayBack::Link(link) => {
                html! { nav aria-label=(self.language.words().back) { (BackLink::to(&link.href, &link.text)) } }
            }
            WayBack::Trail(links) => Breadcrumb { links: links.clone(), language: self.language }.render(),
        }
    }

    /// The answer to a request.
    pub fn respond(&self, site: &Site) -> Response {
        self.respond_with(StatusCode::OK, site)
    }

    /// The answer with another status, such as 422 for a form with mistakes.
    pub fn respond_with(&self, status: StatusCode, site: &Site) -> Response {
        let mut answer = (status, axum::response::Html(self.render(site).into_string())).into_response();
        secure(answer.headers_mut(), self.privacy);
        answer
    }
}

#[cfg(test)]
mod tests;
