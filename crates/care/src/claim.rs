//! The page on which a professional says that she cares for somebody of whom the record does not know it.
//!
//! It shows whose record it is, says who will find it, and asks how it came; nothing of the record is on it. It is offered on
//! every record in the same words, so that the offer says nothing of whether a relationship is known.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use gate::Action;
use kit::components::{Button, ErrorSummary, Field, Link, Textarea, WarningCallout, text};
use kit::layout::State;
use kit::{Markup, Page, PageError, html};
use record::claim::{CLAIM_MS, EXPLANATION_LETTERS_MAX, may_claim};
use serde::Deserialize;
use trust::{Kind, SignedIn};

use crate::emergency::{pages::person, wrong_explanation};
use crate::find::pages::today;
use crate::summary::pages::way_back_to;

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ClaimForm {
    /// How it comes that the professional cares for the person, in her words.
    #[serde(default)]
    pub explanation: String,
}

/// `GET /care/people/{id}/claim`
pub async fn ask(reader: SignedIn, Path(id): Path<String>) -> Response {
    show(&reader, &id, &ClaimForm::default(), None).await
}

/// `POST /care/people/{id}/claim`
pub async fn declare(reader: SignedIn, Path(id): Path<String>, Form(form): Form<ClaimForm>) -> Response {
    let explanation = form.explanation.trim().to_owned();
    let missing = "Enter how you come to care for this person, so that it can be checked later";
    if let Some(wrong) = wrong_explanation(&explanation, missing) {
        return show(&reader, &id, &form, Some(&wrong)).await;
    }
    let claimed = async {
        let patient = crate::resource_id(&id)?;
        // Only somebody whom the reader may identify can be named: a hidden person is like one who does not exist.
        person(&reader, &id).await?;
        let permit = reader.permit(Action::Read)?;
        reader.take_turn(Kind::Claim)?;
        crate::ask(&reader, move |record| record.claim_relationship(&permit, &patient, &explanation)).await
    };
    match claimed.await {
        Ok(_) => Redirect::to(&format!("/care/people/{id}")).into_response(),
        Err(error) => error.respond(reader.trust.site()),
    }
}

async fn show(reader: &SignedIn, id: &str, form: &ClaimForm, wrong: Option<&str>) -> Response {
    let site = reader.trust.site();
    let person = async {
        // Who may never do this is told so before filling in a form.
        if !may_claim(&reader.permit(Action::Read)?) {
            let sentence = "Only professionals who give care can say that they care for somebody.";
            return Err(PageError::Forbidden(sentence.to_owned()));
        }
        person(reader, id).await
    };
    let person = match person.await {
        Ok(person) => person,
        Err(error) => return error.respond(site),
    };
    let page = Page {
        person: Some(person.banner(today(reader), "open the record to see them", Vec::new())),
        way_back: way_back_to(id),
        state: if wrong.is_none() { State::Fine } else { State::HasErrors },
        ..Page::new("Say that you care for this person", content(id, form, wrong))
    };
    let status = if wrong.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    crate::in_area(page, reader).respond_with(status, site)
}

/// What stands in the page.
#[must_use]
pub fn content(id: &str, form: &ClaimForm, wrong: Option<&str>) -> Markup {
    let hours = CLAIM_MS / 3_600_000;
    let hint = format!("In {EXPLANATION_LETTERS_MAX} characters or fewer. The person can read this.");
    let explanation = Textarea {
        field: Field {
            hint: Some(text(&hint)),
            error: wrong.map(str::to_owned),
            ..Field::new("explanation", "How do you come to care for this person?")
        },
        value: form.explanation.clone(),
        rows: Some(3),
    };
    let warning = WarningCallout {
        heading: "Important".to_owned(),
        content: html! {
            p { "This opens the record for " (hours) " hours, without what is marked as more private and without what the person has asked not to share. The person can see it, and the privacy officer checks every case." }
            p { "Use it when you care for the person and nobody has written that down yet: a referral by telephone, a visit that was not booked." }
        },
    };
    html! {
        @if let Some(wrong) = wrong { (ErrorSummary { errors: vec![Link::new("#explanation", wrong)] }) }
        h1 class="nhsuk-heading-l" { "Say that you care for this person" }
        (warning)
        form action={ "/care/people/" (id) "/claim" } method="post" novalidate autocomplete="off" {
            (explanation)
            (Button { once: Some(true), ..Button::new("Open the record") })
            " "
            a class="nhsuk-link" href={ "/care/people/" (id) } { "Go back without opening it" }
        }
    }
}
