//! The page that interrupts before a record is opened in an emergency.
//!
//! It shows whose record it is, says who will be told, and asks why; nothing of the record is on it.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use gate::{Action, Purpose};
use kit::components::{
    Button, Checkboxes, Choice, ChoiceItem, ErrorSummary, Field, Link, Radios, Textarea, WarningCallout, text,
};
use kit::layout::State;
use kit::{Markup, Page, PageError, html};
use record::emergency::{EMERGENCY_MS, EXPLANATION_LETTERS_MAX, Reason};
use record::told_later::DECIDE_DAYS;
use std::sync::Arc;
use trust::requests::page_error;
use trust::{Kind, SignedIn};

use super::{EmergencyForm, Mistakes, read};
use crate::find::pages::today;
use crate::person::Person;
use crate::summary::pages::way_back_to;

/// How long ago somebody may have proven who she is who declares an emergency.
const PROVEN_MS_MAX: i64 = 5 * 60 * 1_000;

/// `GET /care/people/{id}/emergency`
pub async fn ask(reader: SignedIn, Path(id): Path<String>) -> Response {
    if let Some(first) = reader.to_confirm(PROVEN_MS_MAX, &place(&id)) {
        return first;
    }
    // What was written before she had to confirm who she is.
    let form = reader.held(&place(&id)).unwrap_or_default();
    show(&reader, &id, &form, &Mistakes::default()).await
}

fn place(id: &str) -> String {
    format!("/care/people/{id}/emergency")
}

/// `POST /care/people/{id}/emergency`
pub async fn declare(reader: SignedIn, Path(id): Path<String>, Form(form): Form<EmergencyForm>) -> Response {
    let emergency = match read(&form) {
        Ok(emergency) => emergency,
        Err(mistakes) => return show(&reader, &id, &form, &mistakes).await,
    };
    if let Some(first) = reader.to_confirm(PROVEN_MS_MAX, &place(&id)) {
        reader.hold(&place(&id), &form);
        return first;
    }
    let declared = async {
        let patient = crate::resource_id(&id)?;
        // Only somebody whom the reader may identify can be named: a hidden person is like one who does not exist.
        person(&reader, &id).await?;
        let permit = reader.permit_for(Purpose::BreakGlass, Action::Read)?;
        if let Err(wait) = reader.take_turn(Kind::Emergency) {
            alarm(&reader).await?;
            return Err(wait);
        }
        crate::ask(&reader, move |record| record.declare_emergency(&permit, &patient, &emergency)).await
    };
    match declared.await {
        Ok(_) => Redirect::to(&format!("/care/people/{id}")).into_response(),
        Err(error) => error.respond(reader.trust.site()),
    }
}

/// Tells the privacy officer at once of somebody who declares too many.
async fn alarm(reader: &SignedIn) -> Result<(), PageError> {
    let (trust, asker) = (reader.trust.clone(), Arc::clone(&reader.asker));
    let told = trust::blocking(move || trust.alarm_of_emergencies(&asker));
    let internal = || PageError::Internal(reader.request.as_str().to_owned());
    told.await.ok_or_else(internal)?.map_err(|error| page_error(&error, &reader.request))
}

/// The person as this reader may identify her.
pub(crate) async fn person(reader: &SignedIn, id: &str) -> Result<Person, PageError> {
    let patient = crate::resource_id(id)?;
    let permit = reader.permit(Action::Read)?;
    crate::ask(reader, move |record| {
        Ok(Person::of(&record.read(&permit, fhir::ResourceType::PATIENT, &patient)?.tree()?))
    })
    .await
}

async fn show(reader: &SignedIn, id: &str, form: &EmergencyForm, mistakes: &Mistakes) -> Response {
    let site = reader.trust.site();
    // Who may never do this is told so before filling in a form.
    if let Err(error) = reader.permit_for(Purpose::BreakGlass, Action::Read) {
        return error.respond(site);
    }
    let person = match person(reader, id).await {
        Ok(person) => person,
        Err(error) => return error.respond(site),
    };
    let is_fine = *mistakes == Mistakes::default();
    let content = content(id, form, mistakes);
    let page = Page {
        person: Some(person.banner(today(reader), "open the record to see them", Vec::new())),
        way_back: way_back_to(id),
        state: if is_fine { State::Fine } else { State::HasErrors },
        ..Page::new("Open this record in an emergency", content)
    };
    let status = if is_fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    crate::in_area(page, reader).respond_with(status, site)
}

/// What stands in the page.
#[must_use]
pub fn content(id: &str, form: &EmergencyForm, mistakes: &Mistakes) -> Markup {
    let minutes = EMERGENCY_MS / 60_000;
    let wrong =
        [("reason-1", &mistakes.reason), ("explanation", &mistakes.explanation), ("later_why", &mistakes.later_why)];
    let errors: Vec<Link> = wrong
        .iter()
        .filter_map(|(field, says)| says.as_ref().map(|says| Link::new(format!("#{field}"), says.clone())))
        .collect();
    let items = Reason::ALL.map(|reason| {
        let is_chosen = form.reason == reason.word();
        ChoiceItem::from(Choice { is_chosen, ..Choice::new(reason.word(), sentence(reason)) })
    });
    let reasons = Radios {
        field: Field { error: mistakes.reason.clone(), ..Field::new("reason", "Why do you need to open it now?") },
        items: items.to_vec(),
        ..Radios::default()
    };
    let hint = format!("In {EXPLANATION_LETTERS_MAX} characters or fewer. The person can read this.");
    let explanation = Textarea {
        field: Field {
            hint: Some(text(&hint)),
            error: mistakes.explanation.clone(),
            ..Field::new("explanation", "What has happened?")
        },
        value: form.explanation.clone(),
        rows: Some(3),
    };
    let warning = WarningCallout {
        heading: "Important".to_owned(),
        content: html! {
            p { "This opens the record for " (minutes) " minutes, with what the person has asked not to share. The person is told at once unless you say below why that would put somebody at risk, and the privacy officer checks every case." }
            p { "Do not use it where you can ask the person, or where you care for them already." }
        },
    };
    html! {
        @if !errors.is_empty() { (ErrorSummary { errors }) }
        h1 class="nhsuk-heading-l" { "Open this record in an emergency" }
        (warning)
        form action={ "/care/people/" (id) "/emergency" } method="post" novalidate autocomplete="off" {
            (reasons) (explanation) (later(form, mistakes))
            (Button { once: Some(true), ..Button::new("Open the record") })
            " "
            a class="nhsuk-link" href={ "/care/people/" (id) } { "Go back without opening it" }
        }
    }
}

/// Telling the person later, for somebody's safety; nothing is chosen beforehand.
fn later(form: &EmergencyForm, mistakes: &Mistakes) -> Markup {
    let yes = Choice {
        is_chosen: form.later == "yes",
        ..Choice::new("yes", "Telling the person now would put somebody at risk of harm: tell later")
    };
    let hint = format!(
        "The privacy officer must confirm this within {DECIDE_DAYS} days; otherwise the person is told then. Nothing is left out of the log. What you write into the record she can see."
    );
    let when = Checkboxes {
        field: Field { hint: Some(text(&hint)), ..Field::new("later", "When is the person told?") },
        items: vec![yes.into()],
        ..Checkboxes::default()
    };
    let why = Textarea {
        field: Field {
            hint: Some(text("Only when you have chosen to tell later.")),
            error: mistakes.later_why.clone(),
            ..Field::new("later_why", "Who would be at risk, and how?")
        },
        value: form.later_why.clone(),
        rows: Some(2),
    };
    html! { (when) (why) }
}

fn sentence(reason: Reason) -> String {
    let mut sentence = reason.phrase().to_owned();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}
