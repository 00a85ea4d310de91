//! Making a passkey with a code, and signing in with it.
//!
//! The browser's part is `kit`'s small script: it reads what it is told from the page, asks for the passkey, and sends the answer as a
//! form; without it the page says what is missing. What waits for the answer stands under a short-lived cookie and is taken once.

use super::provider::{choice, enter, hold_anew, in_plain, not_signed_in, note, the_one};
use super::sign_in::{From, with_cookie};
use crate::limits::Kind;
use crate::passkey::{Account, Kept, Leave, Making, PASSKEYS_MAX, Passkeys, account_id, end, find, still_good};
use crate::provider::{NoMatch, Returned, Somebody, WAITS_MS_MAX, known_here, secret};
use crate::requests::{SignedIn, Visit, page_error, see_other};
use crate::sessions::{Session, Transport, Way, device, sent_cookie};
use crate::state::{Trust, TrustError, entry_about};
use axum::extract::{Form, Query};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use gate::{AgentId, Asker};
use kit::components::{Button, ErrorSummary, Field, Input, Link, Width, text};
use kit::headers::Privacy;
use kit::layout::State as PageState;
use kit::{Markup, Page, PageError, html};
use record::error::RecordError;
use record::log::Draft;
use record::new_resource_id;
use serde::Deserialize;
use std::sync::Arc;

/// For how long after proving who one is one may add a passkey.
const FRESH_MS: i64 = 5 * 60 * 1_000;

/// The code that somebody typed, or what her browser answers.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    code: String,
    #[serde(default)]
    answer: String,
}

/// One of somebody's passkeys.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    passkey: String,
}

/// Passkeys, or the page of a place that has none.
fn passkeys(trust: &Trust) -> Result<Arc<Passkeys>, PageError> {
    trust.passkeys().cloned().ok_or(PageError::NotFound)
}

fn answered(trust: &Trust, answer: Result<Response, PageError>) -> Response {
    answer.unwrap_or_else(|error| error.respond(trust.site()))
}

/// `GET /passkey/new`
pub(super) async fn new(visit: Visit) -> Response {
    answered(&visit.trust, passkeys(&visit.trust).map(|_| question(&visit.trust, None)))
}

fn question(trust: &Trust, wrong: Option<&str>) -> Response {
    let field = Field {
        hint: Some(text("12 letters and digits, such as ABCD-2345-WXYZ. Small letters are fine too.")),
        error: wrong.map(str::to_owned),
        ..Field::new("code", "The code on your slip")
    };
    let content = html! {
        @if let Some(wrong) = wrong { (ErrorSummary { errors: vec![Link::new("#code", wrong)] }) }
        h1 class="nhsuk-heading-l" { "Make a passkey" }
        p { "With a passkey you sign in with what unlocks your device: your face, your finger or its PIN. Nothing of that leaves the device." }
        p { "You need the code that somebody in your practice gave you. It is good for once, and for a day." }
        form method="post" action="/passkey/new" novalidate autocomplete="off" {
            (Input::unremembered(field, "", Width::Twenty))
            (Button::new("Continue"))
        }
    };
    let state = if wrong.is_some() { PageState::HasErrors } else { PageState::Fine };
    let page = Page { privacy: Privacy::Personal, state, ..Page::new("Make a passkey", content) };
    page.respond_with(if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, trust.site())
}

/// `POST /passkey/new`: the code.
pub(super) async fn with_code(visit: Visit, Form(sent): Form<Sent>) -> Response {
    visit.answer(move |visit| answered(&visit.trust, begin_with(visit, &sent.code))).await
}

fn begin_with(visit: &Visit, typed: &str) -> Result<Response, PageError> {
    let trust = &visit.trust;
    passkeys(trust)?;
    // A code might be guessed: past the limit even a good one has to wait.
    trust.check(Kind::Code, visit.source)?;
    let found = find(trust.record(), typed).map_err(|_| PageError::Busy)?;
    let known = match &found {
        Some((who, _)) => here(visit, who)?,
        None => Vec::new(),
    };
    let (Some((who, key)), Some(somebody)) = (found, known.first()) else {
        trust.take(Kind::Code, visit.source)?;
        note(visit, "no such code")?;
        let sentence = "This code is not good: it was used, is older than a day, or was typed wrongly. Check it, or ask for another";
        return Ok(question(trust, Some(sentence)));
    };
    making(visit, (&who, &somebody.asker.display, Leave::Code(key)))
}

/// Who somebody is here now, once for each of her roles.
fn here(visit: &Visit, who: &AgentId) -> Result<Vec<Somebody>, PageError> {
    let passkeys = passkeys(&visit.trust)?;
    match known_here(&visit.trust, (who, &passkeys.roles), &visit.request) {
        Ok(people) => Ok(people),
        Err(NoMatch::Trust(error)) => Err(page_error(&error, &visit.request)),
        Err(_) => Ok(Vec::new()),
    }
}

/// The page that makes one.
fn making(visit: &Visit, (who, name, leave): (&AgentId, &str, Leave)) -> Result<Response, PageError> {
    let trust = &visit.trust;
    let (passkeys, record) = (passkeys(trust)?, trust.record());
    let account = Account::of(record, who).map_err(|_| PageError::Busy)?;
    has_room(&account)?;
    let waits = secret(record.ids()).map_err(|_| PageError::Busy)?;
    let told = passkeys.begin_making((&waits, record.now_ms()), (who, name, leave), &account);
    let told = told.ok().and_then(|told| serde_json::to_string(&told.public_key).ok()).ok_or(PageError::Busy)?;
    let content = html! {
        h1 class="nhsuk-heading-l" { "Make a passkey" }
        p { "For " strong { (name) } ". If that is not you, stop here and tell whoever gave you the code." }
        p { "Use a device that is yours alone: whoever can unlock it can sign in as you." }
        (ceremony(("/passkey/made", "make"), &told, "Make a passkey on this device"))
    };
    Ok(with_cookie(in_plain(trust, "Make a passkey", content), waiting(trust, &waits, "; Max-Age=600")))
}

fn has_room(account: &Account) -> Result<(), PageError> {
    if account.passkeys.len() < PASSKEYS_MAX {
        return Ok(());
    }
    let sentence = format!("There are {PASSKEYS_MAX} passkeys already. Remove one under Your devices first.");
    Err(PageError::Forbidden(sentence))
}

/// The form that the script fills in.
fn ceremony((action, kind): (&str, &str), told: &str, button: &str) -> Markup {
    html! {
        form method="post" action=(action) data-passkey=(kind) data-passkey-told=(told) hidden {
            input type="hidden" name="answer" value="";
            div role="alert" { p class="nhsuk-error-message" data-passkey-wrong hidden { "No passkey was used. Try again; if this device has none of yours, use the one that has, or ask in your practice for a new code." } }
            (Button::new(button))
        }
        p data-passkey-missing { "Passkeys need JavaScript and a browser that knows them; this one has not got both. Use another device, or ask in your practice." }
    }
}

/// `POST /passkey/made`: what the browser has made.
pub(super) async fn made(visit: Visit, Form(sent): Form<Sent>) -> Response {
    let kept = move |visit: &Visit| {
        let answer = answered(&visit.trust, keep_made(visit, &sent.answer));
        with_cookie(answer, waiting(&visit.trust, "", "; Max-Age=0"))
    };
    visit.answer(kept).await
}

fn keep_made(visit: &Visit, answer: &str) -> Result<Response, PageError> {
    let (trust, record) = (&visit.trust, visit.trust.record());
    let (passkeys, now_ms) = (passkeys(trust)?, record.now_ms());
    let making =
        sent_cookie(&visit.headers, cookie_name(trust)).and_then(|secret| passkeys.take_making(secret, now_ms));
    let Some(making) = making else { return again(visit, "nothing waited", "/passkey/new") };
    let Some(passkey) = passkeys.made(&making, answer) else { return again(visit, "no good passkey", "/passkey/new") };
    let busy = |_: RecordError| PageError::Busy;
    let _one_at_a_time = passkeys.lock_accounts();
    if let Some(why) = over_meanwhile(visit, &making)? {
        return again(visit, why, "/passkey/new");
    }
    let mut account = Account::of(record, &making.who).map_err(busy)?;
    has_room(&account)?;
    let id = new_resource_id(record.ids()).map_err(|_| PageError::Busy)?.as_str().to_owned();
    account.passkeys.push(Kept { id, passkey, device: device(&visit.headers), made_ms: now_ms, used_ms: now_ms });
    account.code = account.code.filter(|code| making.leave.code() != Some(code));
    let who = here(visit, &making.who)?.first().map(|one| Arc::clone(&one.asker)).ok_or(PageError::NotFound)?;
    // The code ends first: should the other write fail, it was used for nothing, and never twice.
    if let Some(code) = making.leave.code() {
        end(record, code, None).map_err(busy)?;
    }
    account.keep(record, Some(&entry(&who, now_ms, "MakePasskey"))).map_err(busy)?;
    Ok(see_other(if making.leave.code().is_some() {
        "/passkey/sign-in?made=yes"
    } else {
        "/account/devices?done=made"
    }))
}

/// Why a ceremony is over that was begun with good leave: its code was used or another given, or its session has ended, as with a
/// recovery. Asked while no account changes.
fn over_meanwhile(visit: &Visit, making: &Making) -> Result<Option<&'static str>, PageError> {
    match &making.leave {
        Leave::Code(code) => {
            let whose = still_good(visit.trust.record(), code).map_err(|_| PageError::Busy)?;
            Ok((whose.as_ref() != Some(&making.who)).then_some("the code is used"))
        }
        Leave::Session(id) => {
            let session = visit.trust.session(&visit.headers, &visit.request);
            let session = session.map_err(|error| page_error(&error, &visit.request))?;
            let is_it = |session: Session| session.id == *id && session.asker.who == making.who;
            Ok((!session.is_some_and(is_it)).then_some("the session is over"))
        }
    }
}

fn entry(who: &Asker, now_ms: i64, action: &str) -> Draft {
    Draft { action: action.to_owned(), ..entry_about(who, now_ms) }
}

/// Says that it did not work, and where to begin again.
fn again(visit: &Visit, word: &str, from: &str) -> Result<Response, PageError> {
    note(visit, word)?;
    let content = html! {
        h1 class="nhsuk-heading-l" { "That did not work" }
        p { "It took longer than 10 minutes, was begun in another browser, or what the device answered is not good. Nothing was changed." }
        p { a href=(from) { "Begin again" } }
    };
    Ok(not_signed_in(&visit.trust, content))
}

/// `GET /passkey/sign-in`
pub(super) async fn ask(visit: Visit, Query(from): Query<From>) -> Response {
    visit.answer(move |visit| answered(&visit.trust, asked(visit, &from))).await
}

fn asked(visit: &Visit, from: &From) -> Result<Response, PageError> {
    let (trust, record) = (&visit.trust, visit.trust.record());
    let passkeys = passkeys(trust)?;
    let session = trust.session(&visit.headers, &visit.request).map_err(|error| page_error(&error, &visit.request))?;
    let is_again = |session: &Session| from.confirms() && matches!(session.way, Way::Passkey(_));
    let confirms = session.filter(is_again).map(|session| session.asker.who.clone());
    if let Some(who) = &confirms {
        trust.check_of(Kind::Confirm, who)?;
    }
    trust.take(Kind::Begun, visit.source)?;
    let waits = secret(record.ids()).map_err(|_| PageError::Busy)?;
    let back = from.back().map(|back| back.as_str().to_owned());
    let title = if confirms.is_some() { "Confirm that it is you" } else { "Sign in with your passkey" };
    let told = passkeys.begin_asking((&waits, record.now_ms()), (back, confirms));
    let told = told.ok().and_then(|told| serde_json::to_string(&told.public_key).ok()).ok_or(PageError::Busy)?;
    let content = html! {
        h1 class="nhsuk-heading-l" { (title) }
        @if from.has_made() { p { "Your passkey is made. Use it now to sign in." } }
        @if from.has_removed() { p { "That passkey signs nobody in any more. You had signed in with it, so you are signed out here." } }
        p { "Your device asks for your face, your finger or its PIN." }
        (ceremony(("/passkey/sign-in", "use"), &told, "Use your passkey"))
        p { "No passkey yet, or lost it? Ask in your practice for a code, then " a href="/passkey/new" { "make a passkey" } "." }
    };
    Ok(with_cookie(in_plain(trust, title, content), waiting(trust, &waits, "; Max-Age=600")))
}

/// `POST /passkey/sign-in`
pub(super) async fn used(visit: Visit, Form(sent): Form<Sent>) -> Response {
    let used = move |visit: &Visit| {
        let answer = answered(&visit.trust, signed_in(visit, &sent.answer));
        with_cookie(answer, waiting(&visit.trust, "", "; Max-Age=0"))
    };
    visit.answer(used).await
}

fn signed_in(visit: &Visit, answer: &str) -> Result<Response, PageError> {
    let (trust, record) = (&visit.trust, visit.trust.record());
    let (passkeys, now_ms) = (passkeys(trust)?, record.now_ms());
    let asking =
        sent_cookie(&visit.headers, cookie_name(trust)).and_then(|secret| passkeys.take_asking(secret, now_ms));
    let Some(asking) = asking else { return again(visit, "nothing waited", "/passkey/sign-in") };
    let (back, confirms) = (asking.back.clone(), asking.confirms.clone());
    let Some((who, with)) = checked(visit, &passkeys, (asking, answer))? else {
        if let Some(who) = &confirms {
            trust.take_of(Kind::Confirm, who)?;
        }
        return again(visit, "no good passkey", "/passkey/sign-in");
    };
    trust.forgive(Kind::Begun, visit.source);
    let people = here(visit, &who)?;
    if people.is_empty() {
        note(visit, "no role here")?;
        let content = html! {
            h1 class="nhsuk-heading-l" { "You have no role here" }
            p { "Your passkey is good, but the record or directory here has no place for you any more. If you work here, ask your administrator to check your role in the directory; else ask in your GP practice." }
            p { a href="/sign-in" { "Back to sign in" } }
        };
        return Ok(not_signed_in(trust, content));
    }
    let until_ms = now_ms.saturating_add(WAITS_MS_MAX);
    let (level, way, authenticated_ms) = (crate::passkey::LEVEL, Way::Passkey(with), Some(now_ms));
    let returned = Returned { people, way, level, authenticated_ms, back, confirms: confirms.is_some(), until_ms };
    match the_one(trust, &visit.headers, (&returned, &visit.request)) {
        Some(one) => Ok(enter(trust, &visit.headers, (&one.asker, &returned))),
        None => {
            let page = choice(trust, &returned);
            let held = hold_anew(trust, returned).ok_or(PageError::Busy)?;
            Ok(with_cookie(page, held))
        }
    }
}

/// Whose passkey has answered, and its name, if the answer is good.
fn checked(
    visit: &Visit,
    passkeys: &Passkeys,
    (asking, answer): (crate::passkey::Asking, &str),
) -> Result<Option<(AgentId, String)>, PageError> {
    let (record, busy) = (visit.trust.record(), |_: RecordError| PageError::Busy);
    let Some((id, answer)) = passkeys.answering(answer) else { return Ok(None) };
    let _one_at_a_time = passkeys.lock_accounts();
    let Some(mut account) = Account::with_id(record, id).map_err(busy)? else { return Ok(None) };
    let Some(who) = AgentId::parse(&account.who).filter(|who| account_id(who) == id) else { return Ok(None) };
    let Some(with) = passkeys.used(asking, &answer, &mut account, record.now_ms()) else { return Ok(None) };
    account.keep(record, None).map_err(busy)?;
    Ok(Some((who, with)))
}

/// `GET /account/passkeys/add`: another one, for somebody who has just proven who she is.
pub(super) async fn add(person: SignedIn, visit: Visit) -> Response {
    if let Some(confirm) = person.to_confirm(FRESH_MS, "/account/passkeys/add") {
        return confirm;
    }
    let (level, enough) = (person.session.level, crate::passkey::LEVEL);
    let is_persona = matches!(person.session.way, Way::Persona(_));
    if is_persona || level.identity < enough.identity || level.strength < enough.strength {
        let sentence = "A passkey opens your record, so it has to be proven first who you are, with two factors.";
        return PageError::Forbidden(sentence.to_owned()).respond(person.trust.site());
    }
    let leave = Leave::Session(person.session.id.clone());
    let made =
        move |visit: &Visit| answered(&visit.trust, making(visit, (&person.asker.who, &person.asker.display, leave)));
    visit.answer(made).await
}

/// `POST /account/passkeys/remove`
pub(super) async fn remove(person: SignedIn, Form(which): Form<Which>) -> Response {
    if let Some(confirm) = person.to_confirm(FRESH_MS, "/account/devices") {
        return confirm;
    }
    let is_here = matches!(&person.session.way, Way::Passkey(with) if *with == which.passkey);
    let to = if is_here { "/passkey/sign-in?removed=yes" } else { "/account/devices?done=removed" };
    let gone =
        move |person: &SignedIn| answered(&person.trust, removed(person, &which.passkey).map(|()| see_other(to)));
    person.answer(gone).await
}

/// Removes a passkey, and ends what was begun with it: whoever has it may be somebody else.
fn removed(person: &SignedIn, id: &str) -> Result<(), PageError> {
    let (passkeys, record) = (passkeys(&person.trust)?, person.trust.record());
    let wrong = |error| page_error(&TrustError::Record(error), &person.request);
    let _one_at_a_time = passkeys.lock_accounts();
    let mut account = Account::of(record, &person.asker.who).map_err(wrong)?;
    let before = account.passkeys.len();
    account.passkeys.retain(|kept| kept.id != id);
    if account.passkeys.len() == before {
        return Err(PageError::NotFound);
    }
    // The sessions end first: should the other write fail, she tries again.
    let end = || person.trust.sessions().end_begun_with(record, &person.asker, id).map(drop).map_err(wrong);
    end()?;
    account.keep(record, Some(&entry(&person.asker, record.now_ms(), "RemovePasskey"))).map_err(wrong)?;
    // A sign-in that was under way meanwhile.
    end()
}

fn cookie_name(trust: &Trust) -> &'static str {
    match trust.sessions().transport() {
        Transport::Http => "commonweal-passkey",
        Transport::Https => "__Host-commonweal-passkey",
    }
}

/// The cookie of a ceremony under way: for requests from our own pages alone, and for ten minutes.
fn waiting(trust: &Trust, value: &str, end: &str) -> HeaderValue {
    let secure = if trust.sessions().transport() == Transport::Https { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}", cookie_name(trust));
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
