//! The page that offers every way to sign in; sign-in as a made-up person of the demo, with one click; sign-out.
//!
//! Without personas, a form that is sent as one all the same is refused. What services elsewhere do is in `super::provider`.

use crate::personas::Persona;
use crate::provider::{Provider, Whom};
use crate::requests::{MaybeSignedIn, Visit, see_other};
use crate::return_to::ReturnTo;
use crate::sessions::{Level, Session, Way};
use crate::state::Trust;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use gate::{Asker, Role};
use kit::components::{Button, ButtonVariant, InsetText};
use kit::headers::Privacy;
use kit::{Markup, Page, PageError, html};
use record::error::RecordError;
use serde::Deserialize;
use std::sync::Arc;

/// The form: who, and for whom.
#[derive(Debug, Deserialize)]
pub struct Choice {
    /// The persona's id.
    pub persona: String,
    /// The person for whom the persona acts, if not for herself.
    pub acting_for: Option<String>,
    /// The page to go on to, if not where the role begins.
    pub back: Option<String>,
}

/// The page that somebody came from, in the query of sign-in or in the form of a confirmation.
#[derive(Debug, Default, Deserialize)]
pub(super) struct From {
    back: Option<String>,
    #[serde(default)]
    prove: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    made: String,
    #[serde(default)]
    removed: String,
}

impl From {
    pub(super) fn back(&self) -> Option<ReturnTo> {
        self.back.as_deref().and_then(ReturnTo::parse)
    }

    /// Whether she wants to prove who she is: only ways that are enough for a record.
    pub(super) fn proves(&self) -> bool {
        self.prove == "yes"
    }

    /// Whether she has just made a passkey.
    pub(super) fn has_made(&self) -> bool {
        self.made == "yes"
    }

    /// Whether she has just removed the passkey with which she had signed in.
    pub(super) fn has_removed(&self) -> bool {
        self.removed == "yes"
    }

    /// Whether she wants to confirm that it is still her.
    pub(super) fn confirms(&self) -> bool {
        self.again == "yes"
    }
}

/// `GET /sign-in`
pub(super) async fn show(State(trust): State<Trust>, visitor: MaybeSignedIn, Query(from): Query<From>) -> Response {
    let back = from.back();
    let content = html! {
        h1 class="nhsuk-heading-xl" { "Sign in" }
        @if let Some(asker) = &visitor.asker {
            (InsetText(html! { p { "You are signed in as " (asker.display) ". Choosing somebody else signs you out first." } }))
        }
        (providers(&trust, back.as_ref()))
        @if trust.passkeys().is_some() { (passkey(back.as_ref())) }
        @if !trust.personas().is_empty() { (choices(trust.personas(), back.as_ref())) }
        @else if trust.doors().is_none() { (no_way()) }
    };
    Page { privacy: Privacy::Personal, ..Page::new("Sign in", content) }.respond(trust.site())
}

fn no_way() -> Markup {
    html! {
        p { "Nobody can sign in to pages here yet: whoever runs this server has not said with which services. The file " code { "sign-in.toml" } " in the data folder names them; " code { "commonweal serve --help" } " explains it." }
        p { "Connected systems use access tokens. Whoever runs this server issues them with " code { "commonweal token" } "." }
    }
}

/// The services elsewhere. Links, not forms: no page of ours may send a form to another site.
fn providers(trust: &Trust, back: Option<&ReturnTo>) -> Markup {
    let groups = [("For your own record", Whom::Citizens), ("For people who work here", Whom::Staff)];
    let all = trust.doors().map(|doors| doors.providers.as_slice()).unwrap_or_default();
    let href = |provider: &Provider| {
        let page = format!("/sign-in/with/{}", provider.id);
        back.map_or_else(|| page.clone(), |back| back.by_way_of(&page))
    };
    html! {
        @for (heading, whom) in groups {
            @if all.iter().any(|provider| provider.whom == whom) {
                h2 class="nhsuk-heading-l" { (heading) }
                @for provider in all.iter().filter(|provider| provider.whom == whom) {
                    p { (Button::link(href(provider), format!("Sign in with {}", provider.name)).variant(ButtonVariant::Brand)) }
                }
            }
        }
        @if !all.is_empty() {
            p class="nhsuk-body-s" { "Signing out here does not sign you out there: on a device that others use, do both, or close the browser." }
        }
    }
}

/// Passkeys, for everybody who has one.
fn passkey(back: Option<&ReturnTo>) -> Markup {
    let page = "/passkey/sign-in";
    let href = back.map_or_else(|| page.to_owned(), |back| back.by_way_of(page));
    html! {
        h2 class="nhsuk-heading-l" { "With a passkey" }
        p { (Button::link(href, "Sign in with your passkey").variant(ButtonVariant::Brand)) }
        p { "No passkey yet, or lost it? Ask in your practice for a code, then " a href="/passkey/new" { "make a passkey" } "." }
    }
}

/// Whether a persona with this role stands in a group.
type Belongs = fn(Role) -> bool;

fn choices(personas: &[Persona], back: Option<&ReturnTo>) -> Markup {
    let groups: [(&str, Belongs); 3] = [
        ("People who live here", Role::is_public),
        ("People who work here", Role::is_staff),
        ("People who look after the platform", |role| !role.is_public() && !role.is_staff()),
    ];
    html! {
        p class="nhsuk-body-l" { "Everybody here is made up. Choose whose eyes to look through." }
        @for (heading, belongs) in groups {
            @let members: Vec<&Persona> = personas.iter().filter(|persona| belongs(persona.asker.role)).collect();
            @if !members.is_empty() {
                h2 class="nhsuk-heading-l" { (heading) }
                ul class="nhsuk-grid-row nhsuk-card-group" {
                    @for persona in members { li class="nhsuk-grid-column-one-half nhsuk-card-group__item" { (card(persona, back)) } }
                }
            }
        }
    }
}

fn card(persona: &Persona, back: Option<&ReturnTo>) -> Markup {
    let organisation = persona.asker.organisation.as_ref().map(|organisation| organisation.name.as_str());
    html! {
        div class="nhsuk-card" {
            div class="nhsuk-card__content" {
                h3 class="nhsuk-card__heading nhsuk-heading-m" { (persona.asker.display) }
                p class="nhsuk-body-s" { (persona.title) @if let Some(name) = organisation { ", " (name) } }
                p class="nhsuk-card__description" { (persona.about) }
                (button(persona, (None, back), &format!("Sign in as {}", persona.asker.display)))
                @for person in &persona.acts_for {
                    (button(persona, (Some(person.patient.as_str()), back), &format!("Sign in for {}", person.name)))
                }
            }
        }
    }
}

fn button(persona: &Persona, (acting_for, back): (Option<&str>, Option<&ReturnTo>), text: &str) -> Markup {
    let variant = if acting_for.is_some() { ButtonVariant::Secondary } else { ButtonVariant::default() };
    html! {
        form method="post" action="/sign-in" {
            input type="hidden" name="persona" value=(persona.id);
            @if let Some(patient) = acting_for { input type="hidden" name="acting_for" value=(patient); }
            @if let Some(back) = back { input type="hidden" name="back" value=(back.as_str()); }
            (Button::new(text).variant(variant).small())
        }
    }
}

/// `POST /sign-in`
pub(super) async fn enter(visit: Visit, Form(choice): Form<Choice>) -> Response {
    visit.answer(move |visit| entered(&visit.trust, &visit.headers, &choice)).await
}

fn entered(trust: &Trust, headers: &HeaderMap, choice: &Choice) -> Response {
    if trust.personas().is_empty() {
        let sentence = "This server was started without the made-up people of the demo, so nobody can sign in as one.";
        return PageError::Forbidden(sentence.to_owned()).respond(trust.site());
    }
    let persona = trust.personas().iter().find(|persona| persona.id == choice.persona);
    let acting_for = choice.acting_for.as_deref().filter(|patient| !patient.is_empty());
    let asker =
        persona.and_then(|persona| persona.sign_in(acting_for).or_else(|| granted(trust, persona, acting_for?)));
    let (Some(persona), Some(asker)) = (persona, asker) else {
        return PageError::NotFound.respond(trust.site());
    };
    let to = choice.back.as_deref().and_then(ReturnTo::parse);
    let to = to.as_ref().map_or_else(|| trust.home(asker.role), ReturnTo::as_str);
    match begin(trust, headers, (&asker, Way::Persona(persona.id.clone()), Level::PERSONA), trust.record().now_ms()) {
        Ok(cookie) => with_cookie(see_other(to), cookie),
        Err(_) => PageError::Busy.respond(trust.site()),
    }
}

/// The asker for somebody who has let the persona act for her since the demo was made.
fn granted(trust: &Trust, persona: &Persona, acting_for: &str) -> Option<Arc<Asker>> {
    let people = trust.record().acts_for(&persona.asker).ok()?;
    let patient = people.into_iter().find(|patient| patient.as_str() == acting_for)?;
    Some(Arc::new(persona.asker.with_record_of(patient)))
}

/// Ends the session that these headers carry, if any, and begins another on the same device.
pub(super) fn begin(
    trust: &Trust,
    headers: &HeaderMap,
    (asker, way, level): (&Arc<Asker>, Way, Level),
    authenticated_ms: i64,
) -> Result<HeaderValue, RecordError> {
    trust.sessions().end(trust.record(), headers)?;
    let session = Session { authenticated_ms, ..Session::new(trust.record(), asker, way, level)?.on(headers) };
    trust.sessions().begin(trust.record(), session)
}

/// `POST /sign-out`
pub(super) async fn leave(visit: Visit) -> Response {
    let left = |visit: &Visit| {
        let trust = &visit.trust;
        let answer = match trust.sessions().end(trust.record(), &visit.headers) {
            Ok(()) => see_other("/"),
            // The session is over here already: the cookie goes in any case.
            Err(_) => PageError::Busy.respond(trust.site()),
        };
        with_cookie(answer, trust.sessions().no_cookie())
    };
    visit.answer(left).await
}

/// An answer that sets a cookie.
pub(super) fn with_cookie(mut answer: Response, cookie: HeaderValue) -> Response {
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    answer
}
