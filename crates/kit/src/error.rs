//! What a page says when it cannot do what was asked: what happened, in plain words, and a way onward.
//!
//! Refused and absent look the same to somebody who may not know of a record: use [`PageError::NotFound`] for both. `Forbidden`
//! is for a whole area that a role does not have. Nothing technical is shown; the request id leads the support team to the log.
//! Where next: [`crate::layout::Page`].

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::components::Link;
use crate::headers::Privacy;
use crate::layout::{Page, Site};

/// Why a page cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// What was sent cannot be understood.
    #[error("the request cannot be understood")]
    BadRequest,
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignInFirst,
    /// It is not proven well enough who somebody is.
    #[error("not proven well enough who this is")]
    ProveFirst,
    /// The role has no way into this area; the sentence says why.
    #[error("not permitted: {0}")]
    Forbidden(String),
    /// There is no such page, or not for this person.
    #[error("no such page")]
    NotFound,
    /// Something is wrong on our side; the id finds it in the log.
    #[error("internal error, request {0}")]
    Internal(String),
    /// Somebody tried something too often: what, and how many seconds to wait.
    #[error("too often, {1} s to wait: {0}")]
    TooOften(String, u64),
    /// Too much to do: try again soon.
    #[error("busy")]
    Busy,
}

impl PageError {
    /// The status that goes with it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::SignInFirst => StatusCode::UNAUTHORIZED,
            Self::ProveFirst | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooOften(..) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The page, with the site's home as the way onward.
    pub fn page(&self, site: &Site) -> Page {
        let onward = match self {
            Self::SignInFirst => Link::new("/sign-in", "Sign in"),
            Self::ProveFirst => Link::new("/account/prove", "How to prove who you are"),
            _ => Link::new(&site.home, format!("Go to the {} home page", site.name)),
        };
        self.page_onward(&onward)
    }

    /// The page with another way onward.
    pub fn page_onward(&self, onward: &Link) -> Page {
        let title = self.title();
        let content = html! {
            div.nhsuk-grid-row {
                div class="nhsuk-grid-column-two-thirds" {
                    h1 class="nhsuk-heading-l" { (title) }
                    (self.says())
                    p { a href=(onward.href) { (onward.text) } }
                }
            }
        };
        Page { privacy: Privacy::Personal, ..Page::new(title, content) }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::BadRequest => "We could not read what was sent",
            Self::SignInFirst => "Sign in to see this page",
            Self::ProveFirst => "Prove who you are to see this page",
            Self::Forbidden(_) => "You cannot use this part of the service",
            Self::NotFound => "Page not found",
            Self::Internal(_) => "Sorry, there is a problem with the service",
            Self::TooOften(..) => "Wait before you try again",
            Self::Busy => "The service is busy",
        }
    }

    fn says(&self) -> Markup {
        match self {
            Self::BadRequest => html! { p { "Go back and try again. Nothing was changed." } },
            Self::SignInFirst => {
                html! { p { "The page belongs to somebody who is signed in, or you were signed out." } }
            }
            Self::ProveFirst => html! {
                p { "A health record is shown only to somebody of whom it is proven who they are, with a photo or in person. The way you signed in has not done that yet." }
                p { "You can still see your " a href="/my" { "home page" } " and your " a href="/my/record/appointments" { "appointments" } "." }
            },
            Self::Forbidden(sentence) => html! { p { (sentence) } },
            Self::NotFound => html! {
                p { "If you typed the address, check it is correct. If you followed a link, the page may have moved." }
                p { "A record that you may not see looks the same as one that does not exist." }
            },
            Self::Internal(request) => html! {
                p { "Try again in a few minutes. If you were sending something, check whether it arrived before you send it again." }
                p { "Tell the support team this reference if it happens again: " code { (request) } }
            },
            Self::TooOften(sentence, wait_s) => {
                let wait = crate::format::plural(*wait_s, "second", "seconds");
                html! { p { (sentence) } p { "Wait " (wait) ", then try again. Nothing was changed." } }
            }
            Self::Busy => {
                html! { p { "Too many people are using it at the moment. Wait a few seconds and load the page again." } }
            }
        }
    }

    /// The answer within a site's shell.
    pub fn respond(&self, site: &Site) -> Response {
        let mut answer = self.page(site).respond_with(self.status(), site);
        let wait_s = match self {
            Self::Busy => Some(2),
            Self::TooOften(_, wait_s) => Some(*wait_s),
            _ => None,
        };
        if let Some(wait_s) = wait_s {
            answer.headers_mut().insert("retry-after", HeaderValue::from(wait_s));
        }
        answer
    }

    /// One of each, for tests and the gallery.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::BadRequest,
            Self::SignInFirst,
            Self::ProveFirst,
            Self::Forbidden(
                "Reception staff can see names, addresses and appointments, and no clinical entries.".into(),
            ),
            Self::NotFound,
            Self::Internal("7f3c9a".into()),
            Self::TooOften("Too many attempts to sign in from where you are have failed.".into(), 20),
            Self::Busy,
        ]
    }
}

impl IntoResponse for PageError {
    /// In a plain shell; use [`PageError::respond`] where the site is known.
    fn into_response(self) -> Response {
        self.respond(&Site::default())
    }
}
