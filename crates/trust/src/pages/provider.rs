//! To a sign-in service and back: the addresses that the browser visits on the way.
//!
//! What waits for the answer stands under a short-lived cookie that the browser sends back with the provider's redirect (`SameSite=Lax`);
//! the session's own cookie is `SameSite=Strict`, which a browser does not send within that chain. So the last step is a page of ours that
//! goes on by itself: the next request comes from this site, with the cookie. Every failure is in the log, by a word that names nobody.

use super::sign_in::{From, begin, with_cookie};
use crate::limits::Kind;
use crate::provider::{
    At, Failure, NoMatch, Pending, Provider, Returned, Somebody, WAITS_MS_MAX, Wanted, Whom, lock, person_of, secret,
    staff_of, take,
};
use crate::requests::{MaybeSignedIn, Visit, see_other};
use crate::return_to::ReturnTo;
use crate::secret::SecretHash;
use crate::sessions::{Session, Transport, Way, sent_cookie};
use crate::state::{Trust, entry_about};
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gate::{AgentId, Asker, Purpose, RequestId, Role};
use kit::components::{Button, ButtonVariant};
use kit::headers::{Privacy, secure};
use kit::{Markup, Page, PageError, html};
use record::log::Draft;
use serde::Deserialize;
use std::sync::Arc;

/// How many may be on the way from the provider to their first page.
const RETURNED_MAX: usize = 10_000;

/// What the browser brings back.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    iss: String,
}

/// Which of one's roles.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    role: usize,
}

/// `GET /sign-in/with/{provider}`: to the provider. A link, not a form: no page of ours may send a form elsewhere.
pub(super) async fn go(
    visit: Visit,
    visitor: MaybeSignedIn,
    Path(id): Path<String>,
    Query(from): Query<From>,
) -> Response {
    let trust = &visit.trust;
    let Some(provider) = trust.provider(&id) else { return PageError::NotFound.respond(trust.site()) };
    let back = from.back().map(|back| back.as_str().to_owned());
    let proven = from.proves();
    let is_of = |session: &Session| session.way == Way::Provider(id.clone());
    let again = visitor.session.filter(|session| is_of(session) && (from.confirms() || proven));
    let confirms = again.map(|session| session.asker.who.clone());
    let may_confirm = confirms.as_ref().map_or(Ok(()), |who| trust.check_of(Kind::Confirm, who));
    if let Err(too_often) = may_confirm.and_then(|()| trust.take(Kind::Begun, visit.source)) {
        return PageError::from(too_often).respond(trust.site());
    }
    let wanted = Wanted { back, confirms, proven };
    let (ours, name) = (trust.clone(), provider.name.clone());
    let sent = tokio::task::spawn_blocking(move || at(&ours, &id).map(|at| at.begin(wanted))).await;
    match sent {
        Ok(Some(Ok((url, secret)))) => with_cookie(see_other(&url), waiting(trust, &secret, "; Max-Age=600")),
        Ok(Some(Err(failure))) => failed(&visit, (&failure, &name)),
        _ => PageError::Busy.respond(trust.site()),
    }
}

/// The provider with everything that it takes to ask it.
fn at<'t>(trust: &'t Trust, id: &str) -> Option<At<'t>> {
    let (doors, provider) = (trust.doors()?, trust.provider(id)?);
    Some(At { doors, provider, desk: trust.desk(), record: trust.record() })
}

pub(super) fn in_plain(trust: &Trust, title: &str, content: Markup) -> Response {
    Page { privacy: Privacy::Personal, ..Page::new(title, content) }.respond(trust.site())
}

/// `GET /sign-in/from/{provider}`: back from the provider.
pub(super) async fn come(visit: Visit, Path(id): Path<String>, Query(back): Query<Back>) -> Response {
    let Visit { trust, request, headers, .. } = &visit;
    let Some(provider) = trust.provider(&id).cloned() else { return PageError::NotFound.respond(trust.site()) };
    let now_ms = trust.record().now_ms();
    let pending = sent_cookie(headers, cookie_name(trust)).and_then(|secret| take(trust.desk(), secret, now_ms));
    let gone = waiting(trust, "", "; Max-Age=0");
    let Some(pending) = pending.filter(|pending| pending.provider == id) else {
        return with_cookie(failed(&visit, (&Failure::Late, &provider.name)), gone);
    };
    // A provider that says who it is (RFC 9207) has to be the one that was asked.
    if !back.iss.is_empty() && back.iss != provider.issuer {
        return with_cookie(failed(&visit, (&Failure::State, &provider.name)), gone);
    }
    if !back.error.is_empty() || back.code.is_empty() {
        return with_cookie(failed(&visit, (&Failure::Refused, &provider.name)), gone);
    }
    let (ours, asks, confirms) = (trust.clone(), request.clone(), pending.confirms.clone());
    let found = tokio::task::spawn_blocking(move || finished(&ours, &asks, (&pending, &back))).await;
    if let (Some(who), Ok(Found::Failed(_) | Found::Nobody(_))) = (&confirms, &found)
        && let Err(too_often) = trust.take_of(Kind::Confirm, who)
    {
        return with_cookie(PageError::from(too_often).respond(trust.site()), gone);
    }
    match found {
        Ok(Found::Somebody(returned)) => {
            trust.forgive(Kind::Begun, visit.source);
            go_on(trust, returned)
        }
        Ok(Found::Failed(failure)) => with_cookie(failed(&visit, (&failure, &provider.name)), gone),
        Ok(Found::Nobody(no_match)) => with_cookie(unmatched(&visit, (&no_match, &provider)), gone),
        Err(_) => PageError::Busy.respond(trust.site()),
    }
}

/// What came of an answer.
enum Found {
    Somebody(Returned),
    Failed(Failure),
    Nobody(NoMatch),
}

fn finished(trust: &Trust, request: &RequestId, (pending, back): (&Pending, &Back)) -> Found {
    let Some(at) = at(trust, &pending.provider) else { return Found::Failed(Failure::Late) };
    let verified = match at.finish(pending, (&back.state, &back.code)) {
        Ok(verified) => verified,
        Err(failure) => return Found::Failed(failure),
    };
    let people = match at.provider.whom {
        Whom::Citizens => person_of(trust, &verified, request).map(|one| vec![one]),
        Whom::Staff => staff_of(trust, (at.provider, &verified.claims), request),
    };
    match people {
        Ok(people) => Found::Somebody(Returned {
            people,
            way: Way::Provider(pending.provider.clone()),
            level: verified.level,
            authenticated_ms: verified.authenticated_ms,
            back: pending.back.clone(),
            confirms: pending.confirms.is_some(),
            until_ms: trust.record().now_ms().saturating_add(WAITS_MS_MAX),
        }),
        Err(no_match) => Found::Nobody(no_match),
    }
}

/// The page that goes on by itself, and holds who has come back under the same short-lived cookie.
fn go_on(trust: &Trust, returned: Returned) -> Response {
    let Ok(secret) = secret(trust.record().ids()) else { return PageError::Busy.respond(trust.site()) };
    hold(trust, &secret, returned);
    let content = html! {
        h1 class="nhsuk-heading-l" { "You are back" }
        p { "The page goes on by itself. If it does not: " a href=(DONE) { "go on" } "." }
    };
    let mut answer = in_plain(trust, "You are back", content);
    let headers = answer.headers_mut();
    headers.insert(header::REFRESH, HeaderValue::from_static("0; url=/sign-in/done"));
    // The address of this page holds the code: it is told to nobody, not even to ourselves.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    with_cookie(answer, waiting(trust, &secret, "; Max-Age=600"))
}

const DONE: &str = "/sign-in/done";

fn hold(trust: &Trust, secret: &str, returned: Returned) {
    let (mut all, now_ms) = (lock(&trust.desk().returned), trust.record().now_ms());
    all.retain(|_, one| now_ms < one.until_ms);
    if all.len() >= RETURNED_MAX {
        all.clear();
    }
    all.insert(SecretHash::of(secret).key(), returned);
}

/// Who has come back under the cookie of these headers; taken, so that it is used once.
fn returned(trust: &Trust, headers: &HeaderMap) -> Option<(String, Returned)> {
    let secret = sent_cookie(headers, cookie_name(trust))?;
    let returned = lock(&trust.desk().returned).remove(&SecretHash::of(secret).key())?;
    (trust.record().now_ms() < returned.until_ms).then(|| (secret.to_owned(), returned))
}

/// `GET /sign-in/done`: from a page of our own, so with all our cookies.
pub(super) async fn done(visit: Visit) -> Response {
    visit.answer(signed_in).await
}

fn signed_in(visit: &Visit) -> Response {
    let Visit { trust, request, headers, .. } = visit;
    let Some((secret, returned)) = returned(trust, headers) else {
        return failed(visit, (&Failure::Late, "the sign-in service"));
    };
    match the_one(trust, headers, (&returned, request)) {
        Some(one) => enter(trust, headers, (&one.asker, &returned)),
        None => {
            let page = choice(trust, &returned);
            hold(trust, &secret, returned);
            page
        }
    }
}

/// As whom somebody goes on, if that is not for her to choose.
pub(super) fn the_one(
    trust: &Trust,
    headers: &HeaderMap,
    (returned, request): (&Returned, &RequestId),
) -> Option<Somebody> {
    let now = trust.session(headers, request).ok().flatten();
    let is_same = |one: &&Somebody| {
        now.as_ref()
            .is_some_and(|now| (&one.asker.organisation, one.asker.role) == (&now.asker.organisation, now.asker.role))
    };
    let chosen = match returned.people.as_slice() {
        [one] => Some(one),
        // Whoever confirms keeps the role in which she works already.
        people if returned.confirms => people.iter().find(is_same),
        _ => None,
    };
    chosen.cloned()
}

/// Holds somebody until she has chosen; gives the cookie under which she waits.
pub(super) fn hold_anew(trust: &Trust, returned: Returned) -> Option<HeaderValue> {
    let secret = secret(trust.record().ids()).ok()?;
    hold(trust, &secret, returned);
    Some(waiting(trust, &secret, "; Max-Age=600"))
}

/// `POST /sign-in/role`: in which of her roles a member of staff works now.
pub(super) async fn choose(visit: Visit, Form(chosen): Form<Chosen>) -> Response {
    visit.answer(move |visit| chosen_by(visit, &chosen)).await
}

fn chosen_by(visit: &Visit, chosen: &Chosen) -> Response {
    let Visit { trust, headers, .. } = visit;
    let Some((secret, returned)) = returned(trust, headers) else {
        return failed(visit, (&Failure::Late, "the sign-in service"));
    };
    match returned.people.get(chosen.role).cloned() {
        Some(one) => enter(trust, headers, (&one.asker, &returned)),
        None => {
            let page = choice(trust, &returned);
            hold(trust, &secret, returned);
            page
        }
    }
}

pub(super) fn enter(trust: &Trust, headers: &HeaderMap, (asker, returned): (&Arc<Asker>, &Returned)) -> Response {
    let cookie = if returned.confirms {
        trust.sessions().confirm(trust.record(), headers, (asker, returned.level))
    } else {
        let way = returned.way.clone();
        // A provider that does not say when is not believed that it was now.
        begin(trust, headers, (asker, way, returned.level), returned.authenticated_ms.unwrap_or(0)).map(Some)
    };
    let to = returned.back.as_deref().and_then(ReturnTo::parse);
    let to = to.as_ref().map_or_else(|| trust.home(asker.role), ReturnTo::as_str);
    let answer = match cookie {
        Ok(Some(cookie)) => with_cookie(see_other(to), cookie),
        Ok(None) => PageError::SignInFirst.respond(trust.site()),
        Err(_) => PageError::Busy.respond(trust.site()),
    };
    with_cookie(answer, waiting(trust, "", "; Max-Age=0"))
}

pub(super) fn choice(trust: &Trust, returned: &Returned) -> Response {
    let content = html! {
        h1 class="nhsuk-heading-l" { "In which role do you work now?" }
        p { "What you see, and what people read about you in their list of who looked, depends on it. To change it, sign out and sign in again." }
        @for (number, one) in returned.people.iter().enumerate() {
            form method="post" action="/sign-in/role" {
                input type="hidden" name="role" value=(number);
                @let place = one.asker.organisation.as_ref().map_or("", |organisation| organisation.name.as_str());
                (Button::new(format!("{}, {place}", first_upper(one.asker.role.phrase()))).variant(ButtonVariant::Secondary))
            }
        }
    };
    in_plain(trust, "In which role do you work now?", content)
}

fn first_upper(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// `GET /sign-in/keys`: the public halves of our keys, for providers.
pub(super) async fn keys(State(trust): State<Trust>) -> Response {
    let providers = trust.doors().map(|doors| doors.providers.as_slice()).unwrap_or_default();
    let mut keys: Vec<serde_json::Value> = Vec::new();
    for key in providers.iter().map(|provider| provider.key.public()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let head = [(header::CONTENT_TYPE, "application/jwk-set+json")];
    let mut answer = (head, serde_json::json!({ "keys": keys }).to_string()).into_response();
    secure(answer.headers_mut(), Privacy::Public);
    answer
}

fn cookie_name(trust: &Trust) -> &'static str {
    match trust.sessions().transport() {
        Transport::Http => "commonweal-sign-in",
        Transport::Https => "__Host-commonweal-sign-in",
    }
}

/// The cookie of a sign-in under way: sent when the provider sends the browser back, and for ten minutes.
fn waiting(trust: &Trust, value: &str, end: &str) -> HeaderValue {
    let secure = if trust.sessions().transport() == Transport::Https { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{end}", cookie_name(trust));
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Says that nobody was signed in, and notes it.
fn failed(visit: &Visit, (failure, name): (&Failure, &str)) -> Response {
    let trust = &visit.trust;
    if let Err(answer) = note(visit, failure.word()) {
        return answer.respond(trust.site());
    }
    let says = match failure {
        Failure::Late => "It took longer than 10 minutes, or was begun in another browser. Begin again.",
        Failure::Refused => "Nothing was changed. Begin again, or choose another way.",
        Failure::Level => {
            "You have to sign in with two factors, such as a password and a code, or a smartcard. Begin again."
        }
        Failure::Provider(_) | Failure::Record(_) => {
            "The other service does not answer as it should. Try again in some minutes."
        }
        Failure::State | Failure::Token(_) => {
            "What came back from there does not fit what was asked. Begin again; if it happens twice, tell whoever runs this server."
        }
    };
    let content = html! {
        h1 class="nhsuk-heading-l" { "You are not signed in" }
        p { "Signing in with " (name) " did not work. " (says) }
        p { a href="/sign-in" { "Sign in" } }
    };
    not_signed_in(trust, content)
}

/// The same page whoever it is: it does not tell whether a number is known here.
fn unmatched(visit: &Visit, (no_match, provider): (&NoMatch, &Provider)) -> Response {
    let trust = &visit.trust;
    let word = match no_match {
        NoMatch::Nobody => "nobody here fits",
        NoMatch::NoRole(_) => "no role here",
        NoMatch::NotThere(_) => "not in the directory",
        NoMatch::Trust(_) => return PageError::Busy.respond(trust.site()),
    };
    if let Err(answer) = note(visit, word) {
        return answer.respond(trust.site());
    }
    let content = match provider.whom {
        Whom::Citizens => html! {
            h1 class="nhsuk-heading-l" { "We could not find your record" }
            p { "You signed in with " (provider.name) ", but what it says about you does not fit anybody who has a record here." }
            p { "Ask your GP practice to check your name, date of birth and NHS number. If you live elsewhere, your record is kept there." }
            p { a href="/sign-in" { "Back to sign in" } }
        },
        Whom::Staff => html! {
            h1 class="nhsuk-heading-l" { "You have no role here" }
            p { "You signed in with " (provider.name) ". " (why_no_role(no_match, provider)) }
            p { a href="/sign-in" { "Back to sign in" } }
        },
    };
    not_signed_in(trust, content)
}

/// What is missing for a member of staff, and who can mend it.
fn why_no_role(no_match: &NoMatch, provider: &Provider) -> String {
    let of = |codes: &[String]| codes.join(", ");
    match no_match {
        NoMatch::NoRole(roles) if roles.is_empty() => {
            "It says no role of yours. Ask the registration authority of your organisation to check your roles."
                .to_owned()
        }
        NoMatch::NoRole(roles) => format!(
            "Of the roles that it says you have, none is a role here: {}. Ask the registration authority of your organisation to check them, or whoever runs this server to add the one you need.",
            of(roles)
        ),
        NoMatch::NotThere(places) => format!(
            "You have a role there, but the directory here does not say that you work at {}. Ask whoever runs this server to check its directory.",
            of(places)
        ),
        NoMatch::Nobody | NoMatch::Trust(_) => format!(
            "The directory here does not know the staff number that {} says. Ask whoever runs this server to add you to its directory.",
            provider.name
        ),
    }
}

pub(super) fn not_signed_in(trust: &Trust, content: Markup) -> Response {
    let page = Page { privacy: Privacy::Personal, ..Page::new("You are not signed in", content) };
    page.respond_with(StatusCode::FORBIDDEN, trust.site())
}

/// Counts a sign-in that failed, and writes an entry about it: by a word, and about nobody. Past the limit nothing is written, so that
/// nobody fills the log.
pub(super) fn note(visit: &Visit, word: &str) -> Result<(), PageError> {
    visit.trust.take(Kind::Failed, visit.source)?;
    let record = visit.trust.record();
    let who = AgentId::parse("service/sign-in").ok_or(PageError::Busy)?;
    let nobody = Asker::new(who, "Sign-in", Role::ServiceAccount);
    let entry = Draft {
        action: "SignInFailed".to_owned(),
        purpose: Purpose::SignIn.name().to_owned(),
        outcome: "refused".to_owned(),
        request: visit.request.as_str().to_owned(),
        query: word.to_owned(),
        ..entry_about(&nobody, record.now_ms())
    };
    record.log_event(entry).map_err(|_| PageError::Busy)?;
    Ok(())
}
