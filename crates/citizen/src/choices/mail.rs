//! E-mail when there is something to know: the person gives an address, types the code that comes, and can stop at any time.
//!
//! An e-mail says only that there is something to read and where to sign in. Nobody but the person herself chooses, and the
//! page is the same whether the address is anybody's or not.

use super::hers;
use crate::visit::{Mistake, Place, Visit, Whose, answer, error_summary, says, see_other};
use axum::extract::Form as Sent;
use axum::response::Response;
use kit::components::{Button, ButtonVariant, Field, Input, text};
use kit::{Markup, PageError, html};
use record::error::Refusal;
use serde::Deserialize;
use trust::mail::{Address, CODES_MAX, MailChoice};
use trust::{SignedIn, TrustError};

/// The heading of the page that asks again.
const TITLE: &str = "E-mail when there is something to know";

/// What the person typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    address: String,
    #[serde(default)]
    code: String,
}

/// What the page shows of e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mail {
    /// None is sent from here.
    NotHere,
    /// The person's choice; none when she wants none.
    Choice(Option<MailChoice>),
}

pub(super) fn mail(visit: &Visit, whose: &Whose) -> Result<Option<Mail>, PageError> {
    if !whose.is_own {
        return Ok(None);
    }
    let trust = &visit.signed_in.trust;
    if !trust.has_mail() {
        return Ok(Some(Mail::NotHere));
    }
    let choice = trust.mail_choice(&visit.permit, &visit.patient).map_err(|error| visit.error(&error))?;
    Ok(Some(Mail::Choice(choice)))
}

/// `POST /my/choices/mail`
pub(super) async fn ask(signed_in: SignedIn, Sent(typed): Sent<Typed>) -> Response {
    answer(signed_in, move |visit| {
        let whose = ready(visit)?;
        let Some(address) = Address::parse(&typed.address) else {
            let mistake = Mistake::at("address", "Enter an e-mail address, such as name@example.org");
            return again(visit, &whose, &typed, mistake);
        };
        match visit.signed_in.trust.ask_for_mail(&visit.permit, &visit.patient, &address) {
            Err(TrustError::Record(error)) if error.refusal == Refusal::Unprocessable => {
                let sentence = format!("{CODES_MAX} codes were sent today, and no more are. Try again tomorrow");
                again(visit, &whose, &typed, Mistake::at("address", &sentence))
            }
            asked => done(visit, asked, "/my/choices?done=mail-asked#mail"),
        }
    })
    .await
}

/// `POST /my/choices/mail/confirm`
pub(super) async fn confirm(signed_in: SignedIn, Sent(typed): Sent<Typed>) -> Response {
    answer(signed_in, move |visit| {
        let whose = ready(visit)?;
        match visit.signed_in.trust.confirm_mail(&visit.permit, &visit.patient, &typed.code) {
            Ok(true) => Ok(see_other("/my/choices?done=mail-on#mail")),
            Ok(false) => {
                let sentence =
                    "Enter the code from the e-mail. After 5 wrong codes or a day, stop and ask for a new one";
                again(visit, &whose, &typed, Mistake::at("code", sentence))
            }
            Err(error) => Err(visit.error(&error)),
        }
    })
    .await
}

/// `POST /my/choices/mail/stop`
pub(super) async fn stop(signed_in: SignedIn) -> Response {
    answer(signed_in, move |visit| {
        ready(visit)?;
        let stopped = visit.signed_in.trust.stop_mail(&visit.permit, &visit.patient);
        done(visit, stopped, "/my/choices?done=mail-off#mail")
    })
    .await
}

/// Only the person herself, and only where e-mail is sent.
fn ready(visit: &Visit) -> Result<Whose, PageError> {
    let whose = hers(visit)?;
    if visit.signed_in.trust.has_mail() { Ok(whose) } else { Err(PageError::NotFound) }
}

fn done(visit: &Visit, outcome: Result<(), TrustError>, to: &'static str) -> Result<Response, PageError> {
    outcome.map(|()| see_other(to)).map_err(|error| visit.error(&error))
}

fn again(visit: &Visit, whose: &Whose, typed: &Typed, mistake: Mistake) -> Result<Response, PageError> {
    let choice =
        visit.signed_in.trust.mail_choice(&visit.permit, &visit.patient).map_err(|error| visit.error(&error))?;
    let mistakes = [mistake];
    let content = html! {
        (error_summary(&mistakes))
        h1 class="nhsuk-heading-xl" { (TITLE) }
        (forms(choice.as_ref(), typed, &mistakes))
        p { a class="nhsuk-link" href="/my/choices" { "Go back and change nothing" } }
    };
    Ok(visit.form(Place::Choices, whose, TITLE, (content, &mistakes)))
}

/// The section of the page of choices.
pub(super) fn section(mail: &Mail) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" id="mail" { (TITLE) }
        @match mail {
            Mail::NotHere => p class="cw-nothing" { "No e-mail is sent from here. What you should know stands on your home page." },
            Mail::Choice(choice) => {
                p { "We can tell you by e-mail when somebody opened your record in an emergency, an organisation looked for the first time, or a look has no reason that we know of. The e-mail says only that there is something to read, nothing about you." }
                (forms(choice.as_ref(), &Typed::default(), &[]))
            }
        }
    }
}

fn forms(choice: Option<&MailChoice>, typed: &Typed, mistakes: &[Mistake]) -> Markup {
    let field = |name: &'static str, label: &str, hint: &str| Field {
        hint: Some(text(hint)),
        error: says(mistakes, name),
        ..Field::new(name, label)
    };
    let address = Input {
        value: Some(typed.address.clone()),
        kind: Some("email"),
        autocomplete: Some("email"),
        field: field("address", "Your e-mail address", "An address that only you read"),
        ..Input::default()
    };
    let code = Input {
        inputmode: Some("numeric"),
        autocomplete: Some("one-time-code"),
        field: field("code", "The code from the e-mail", "6 digits. It can take some minutes to come"),
        ..Input::default()
    };
    let stop = html! {
        form method="post" action="/my/choices/mail/stop" class="cw-noprint" {
            (Button::new("Stop e-mail").variant(ButtonVariant::Secondary))
        }
    };
    html! {
        @match choice {
            None => form method="post" action="/my/choices/mail" novalidate class="cw-noprint" { (address) (Button::new("Send me a code")) },
            Some(choice) if choice.is_confirmed => {
                p { "E-mail goes to " strong { (choice.address.as_str()) } "." }
                (trouble(choice))
                (stop)
            }
            Some(choice) => {
                p { "A code is on its way to " strong { (choice.address.as_str()) } ". E-mail begins when you have typed it here." }
                (trouble(choice))
                form method="post" action="/my/choices/mail/confirm" novalidate class="cw-noprint" { (code) (Button::new("Begin e-mail")) }
                (stop)
            }
        }
    }
}

fn trouble(choice: &MailChoice) -> Markup {
    html! {
        @if let Some(at) = choice.trouble_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
            p { "An e-mail could not be delivered (" (kit::format::moment(at)) "). Check the address: stop, and begin again." }
        }
    }
}
