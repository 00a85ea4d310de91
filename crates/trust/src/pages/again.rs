//! Confirming who one is, before something that needs it: an emergency, above all.
//!
//! A page in between that says why, lets the same person confirm by the way she signed in, and leads back to what she was doing.
//! Somebody else's proof ends the session instead of confirming it.

use super::sign_in::{From, with_cookie};
use crate::requests::{SignedIn, see_other};
use crate::sessions::{Level, Way};
use axum::extract::{Form, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use kit::components::Button;
use kit::headers::Privacy;
use kit::{Markup, Page, PageError, html};

/// `GET /sign-in/again`
pub(super) async fn show(person: SignedIn, Query(from): Query<From>) -> Response {
    let content = html! {
        div.nhsuk-grid-row { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-l" { "Confirm that it is you" }
            p { "You signed in some time ago. What you are about to do needs to be certainly you: somebody else may be at this device by now." }
            p { "You come back to what you were doing; what you have written is kept for 10 minutes." }
            (ways(&person, &from))
        } }
    };
    let page = Page { privacy: Privacy::Personal, ..Page::new("Confirm that it is you", content) };
    page.signed_in(person.account(), Vec::new()).respond(person.trust.site())
}

fn ways(person: &SignedIn, from: &From) -> Markup {
    let name = &person.asker.display;
    html! {
        @if let Way::Persona(_) = &person.session.way {
            form method="post" action="/sign-in/again" {
                @if let Some(back) = from.back() { input type="hidden" name="back" value=(back.as_str()); }
                (Button::new(format!("Confirm that I am {name}")))
            }
        }
        @if let Way::Provider(id) = &person.session.way {
            @if let Some(provider) = person.trust.provider(id) {
                @let page = format!("/sign-in/with/{id}?again=yes");
                @let href = from.back().map_or_else(|| page.clone(), |back| format!("{page}&{}", back.by_way_of("").trim_start_matches('?')));
                (Button::link(href, format!("Confirm with {}", provider.name)))
            }
        }
        @if let Way::Passkey(_) = person.session.way {
            @let page = "/passkey/sign-in?again=yes";
            @let href = from.back().map_or_else(|| page.to_owned(), |back| format!("{page}&{}", back.by_way_of("").trim_start_matches('?')));
            (Button::link(href, "Confirm with your passkey"))
        }
        p { "Are you not " (name) "? Sign out at the top of the page." }
    }
}

/// `POST /sign-in/again`: a made-up person confirms with one click, as she signed in.
pub(super) async fn confirm(person: SignedIn, headers: HeaderMap, Form(from): Form<From>) -> Response {
    person.answer(move |person| confirmed(person, &headers, &from)).await
}

fn confirmed(person: &SignedIn, headers: &HeaderMap, from: &From) -> Response {
    let trust = &person.trust;
    let Way::Persona(_) = &person.session.way else {
        let sentence = "Confirm who you are by the way you signed in: go back and choose it there.";
        return PageError::Forbidden(sentence.to_owned()).respond(trust.site());
    };
    let back = from.back();
    let to = back.as_ref().map_or_else(|| trust.home(person.asker.role), |back| back.as_str());
    match trust.sessions().confirm(trust.record(), headers, (&person.asker, Level::PERSONA)) {
        Ok(Some(cookie)) => with_cookie(see_other(to), cookie),
        Ok(None) => PageError::SignInFirst.respond(trust.site()),
        Err(_) => PageError::Busy.respond(trust.site()),
    }
}
