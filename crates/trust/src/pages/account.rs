//! A person's own account: the devices on which she is signed in, and how to prove who she is.
//!
//! Everybody who is signed in sees her own sessions and nobody else's. Ending one is in the log; it is over at its next request.

use super::codes::of_passkeys;
use super::sign_in::with_cookie;
use crate::provider::{Provider, level_of};
use crate::requests::{SignedIn, page_error, see_other};
use crate::sessions::{Identity, Session, Strength, Way};
use axum::extract::{Form, Query};
use axum::http::HeaderMap;
use axum::response::Response;
use fhir::ResourceId;
use jiff::Timestamp;
use kit::components::{Button, ButtonVariant, InsetText, SummaryList, SummaryRow};
use kit::format::{moment, plural};
use kit::headers::Privacy;
use kit::layout::{Link, WayBack};
use kit::{Markup, Page, PageError, Render, html};
use record::RecordError;
use serde::Deserialize;

/// A device of the list, or what was just done to it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    session: String,
    #[serde(default)]
    done: String,
}

/// `GET /account/devices`
pub(super) async fn devices(person: SignedIn, Query(which): Query<Which>) -> Response {
    let sessions = match person.trust.sessions().of(person.trust.record(), &person.asker) {
        Ok(sessions) => sessions,
        Err(error) => return page_error(&error.into(), &person.request).respond(person.trust.site()),
    };
    let passkeys = match of_passkeys(&person) {
        Ok(passkeys) => passkeys,
        Err(error) => return page_error(&error.into(), &person.request).respond(person.trust.site()),
    };
    in_account(&person, "Your devices", content(&person, (&sessions, &passkeys), &which.done))
}

/// What was just done.
fn has_done(done: &str) -> Option<&'static str> {
    match done {
        "ended" => Some("That device is signed out."),
        "made" => Some("Your new passkey is made."),
        "removed" => Some("That passkey signs nobody in any more."),
        _ => None,
    }
}

/// A page of somebody's own account.
pub(super) fn in_account(person: &SignedIn, title: &str, content: Markup) -> Response {
    let home = Link::new(person.trust.home(person.asker.role), "Home");
    let page = Page { privacy: Privacy::Personal, way_back: WayBack::Trail(vec![home]), ..Page::new(title, content) };
    page.signed_in(person.account(), Vec::new()).respond(person.trust.site())
}

fn content(person: &SignedIn, (sessions, passkeys): (&[Session], &Markup), done: &str) -> Markup {
    html! {
        h1 class="nhsuk-heading-l" { "Your devices" }
        @if let Some(done) = has_done(done) { (InsetText(html! { p { (done) } })) }
        p { "You are signed in on " (plural(u64::try_from(sessions.len()).unwrap_or(u64::MAX), "device", "devices")) "." @if sessions.len() > 1 { " If you do not know one of them, sign it out." } }
        @for session in sessions { (device(person, session)) }
        (passkeys)
        h2 class="nhsuk-heading-m" { "Sign out everywhere" }
        p { "This signs you out on all devices, this one too. Whoever uses one of them has to sign in again." }
        form method="post" action="/account/devices/end-all" {
            (Button::new("Sign out everywhere").variant(ButtonVariant::Warning))
        }
    }
}

fn device(person: &SignedIn, session: &Session) -> Markup {
    let is_here = session.id == person.session.id;
    let at = |ms: i64| Timestamp::from_millisecond(ms).map(moment).unwrap_or_default();
    let rows = vec![
        SummaryRow::new("Signed in", &at(session.began_ms)),
        SummaryRow::new("Last used", &at(session.seen_ms)),
        SummaryRow::new("How", &how(person, session)),
    ];
    html! {
        div class="nhsuk-card" { div class="nhsuk-card__content" {
            h2 class="nhsuk-card__heading nhsuk-heading-m" { (session.device) @if is_here { " (this device)" } }
            (SummaryList::new(rows).render())
            @if !is_here {
                form method="post" action="/account/devices/end" {
                    input type="hidden" name="session" value=(session.id);
                    (Button::new("Sign out this device").variant(ButtonVariant::Secondary).small())
                }
            }
        } }
    }
}

/// By which way, and how sure that is, in words.
fn how(person: &SignedIn, session: &Session) -> String {
    match &session.way {
        Way::Persona(_) => "As a made-up person of the demo".to_owned(),
        Way::Provider(id) => {
            let name = person.trust.provider(id).map_or(id.as_str(), |provider| provider.name.as_str());
            format!("With {name}, {}", sure(session))
        }
        Way::Passkey(_) => format!("With a passkey, {}", sure(session)),
    }
}

fn sure(session: &Session) -> String {
    if !session.asker.role.is_public() {
        let strength = match session.level.strength {
            Strength::Aal1 => "one factor",
            Strength::Aal2 => "two factors",
            Strength::Aal3 => "two factors, one of them a smartcard or key",
        };
        return format!("with {strength}");
    }
    match session.level.identity {
        Identity::P0 => "without proof of who you are".to_owned(),
        Identity::P5 => "with details that match yours".to_owned(),
        Identity::P9 => "with proof of who you are".to_owned(),
    }
}

/// `POST /account/devices/end`
pub(super) async fn end(person: SignedIn, Form(which): Form<Which>) -> Response {
    person.answer(move |person| ended(person, Some(&which.session), "/account/devices?done=ended")).await
}

/// `POST /account/devices/end-all`
pub(super) async fn end_all(person: SignedIn) -> Response {
    person.answer(|person| ended(person, None, "/")).await
}

fn ended(person: &SignedIn, session: Option<&str>, to: &str) -> Response {
    let trust = &person.trust;
    match trust.sessions().end_those_of(trust.record(), &person.asker, session) {
        Ok(_) => see_other(to),
        Err(error) => page_error(&error.into(), &person.request).respond(trust.site()),
    }
}

/// Whose record to open.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Whose {
    /// A person for whom one may act; nothing for one's own record.
    #[serde(default)]
    patient: String,
}

/// `POST /account/record`: one's own record, or that of somebody for whom one may act now.
pub(super) async fn open_record(person: SignedIn, headers: HeaderMap, Form(whose): Form<Whose>) -> Response {
    person.answer(move |person| opened(person, &headers, &whose)).await
}

fn opened(person: &SignedIn, headers: &HeaderMap, whose: &Whose) -> Response {
    let trust = &person.trust;
    if !whose.patient.is_empty() && !person.is_proven() {
        // Appointments of one's own are for everybody who signs in; those of somebody else are not.
        return PageError::ProveFirst.respond(trust.site());
    }
    let failed = |error: RecordError| page_error(&error.into(), &person.request).respond(trust.site());
    let people = match trust.record().acts_for(&person.asker) {
        Ok(people) => people,
        Err(error) => return failed(error),
    };
    let own = person.asker.who.as_str().strip_prefix("Patient/").map(ResourceId::parse);
    let wanted = match own {
        Some(Ok(own)) if whose.patient.is_empty() => Some(own),
        // Somebody who never let her and somebody who is nobody are the same.
        Some(Ok(_)) => people.into_iter().find(|patient| patient.as_str() == whose.patient),
        _ => None,
    };
    let Some(patient) = wanted else { return PageError::NotFound.respond(trust.site()) };
    match trust.sessions().open_record(trust.record(), headers, (&person.asker.who, patient)) {
        Ok(Some(cookie)) => with_cookie(see_other(trust.home(person.asker.role)), cookie),
        Ok(None) => see_other("/sign-in"),
        Err(error) => failed(error),
    }
}

/// The service by which somebody signed in, if it can prove who she is.
fn proving(person: &SignedIn) -> Option<&Provider> {
    let Way::Provider(id) = &person.session.way else { return None };
    let proves = |vector: &String| level_of(vector).is_some_and(|level| level.identity >= Identity::P9);
    person.trust.provider(id).filter(|provider| provider.vectors.iter().any(proves))
}

/// `GET /account/prove`
pub(super) async fn prove(person: SignedIn) -> Response {
    let content = html! {
        div.nhsuk-grid-row { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-l" { "Prove who you are" }
            @if person.is_proven() {
                p { "It is proven who you are: you can see your record. " a href=(person.trust.home(person.asker.role)) { "Go to your home page" } "." }
            } @else {
                p { "A health record is shown only to somebody of whom it is proven who they are: by a photo that is compared with a document, or in person." }
                @if let Some(provider) = proving(&person) {
                    p { (Button::link(format!("/sign-in/with/{}?prove=yes", provider.id), format!("Prove who you are with {}", provider.name))) }
                }
                p { "Your GP practice can check who you are at the desk: bring a passport, a driving licence, or somebody who has known you for two years." }
            }
        } }
    };
    in_account(&person, "Prove who you are", content)
}
