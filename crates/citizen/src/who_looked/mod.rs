//! Who looked at my record: every look by day and organisation, people and machines apart, each with reason and rule.
//!
//! The view model and its words are crate `trust`'s; this draws them and leads through older entries. Reading the list is
//! itself in the list, and so is taking the entries away with their proofs. Each look of a person can be asked about: the question
//! is opened with a clock, and its state and answer stand on the same page. `?lang=cy` tells it in Welsh. `pages` and `questions` draw.

mod pages;
mod questions;
mod say;

use crate::visit::{Place, answer, heading};
use axum::extract::{Form, Query};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gate::Action;
use kit::headers::{Privacy, secure};
use kit::{Language, PageError};
use record::Refusal;
use serde::Deserialize;
use trust::{Guest, Routes, SignedIn, TrustError, proofs, who_looked_in};

/// The routes of who looked.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/my/who-looked", Guest::SignedIn, show).post("/my/who-looked/ask", Guest::SignedIn, ask).get(
        "/my/who-looked/proofs",
        Guest::SignedIn,
        download,
    )
}

/// Where an earlier page ended.
#[derive(Debug, Default, Deserialize)]
struct From {
    before: Option<u64>,
    /// The tag of the language to be told in: `cy` for Welsh, anything else for English.
    #[serde(default)]
    lang: String,
}

impl From {
    fn language(&self) -> Language {
        if self.lang == Language::Welsh.tag() { Language::Welsh } else { Language::English }
    }
}

async fn show(signed_in: SignedIn, Query(from): Query<From>) -> Response {
    answer(signed_in, move |visit| {
        let whose = visit.whose()?;
        visit.require(Place::WhoLooked, &whose)?;
        let language = from.language();
        let told_in = if language == Language::Welsh { gate::Language::Welsh } else { gate::Language::English };
        let trust = &visit.signed_in.trust;
        let looked = who_looked_in(trust, &visit.permit, &visit.patient, from.before, told_in);
        let looked = looked.map_err(|error| visit.error(&error))?;
        let asked = visit.signed_in.trust.questions_of(&visit.permit, &visit.patient);
        let asked = asked.map_err(|error| visit.error(&error))?;
        let content = pages::who_looked(&looked, &asked, &whose, from.before, language);
        if language == Language::English {
            return Ok(visit.page(Place::WhoLooked, &whose, heading(Place::WhoLooked), content));
        }
        let title = pages::title(&whose, say::Say(language));
        Ok(visit.page_in(language, Place::WhoLooked, &whose, (&title, content)))
    })
    .await
}

/// The entries with their proofs, as a file to keep.
async fn download(signed_in: SignedIn, Query(from): Query<From>) -> Response {
    answer(signed_in, move |visit| {
        let permit = visit.signed_in.permit(Action::Export)?;
        let taken = proofs(&visit.signed_in.trust, &permit, &visit.patient, from.before);
        let mut answer = taken.map_err(|error| visit.error(&error))?.text.into_response();
        secure(answer.headers_mut(), Privacy::Personal);
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        let name = "attachment; filename=\"who-looked.tlog-proof\"";
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
        Ok(answer)
    })
    .await
}

/// A question about a look.
#[derive(Debug, Default, Deserialize)]
struct Question {
    /// Number of the look's entry in the log.
    #[serde(default)]
    entry: String,
    /// What she wants to know.
    #[serde(default)]
    question: String,
}

async fn ask(signed_in: SignedIn, Form(form): Form<Question>) -> Response {
    answer(signed_in, move |visit| {
        // What is no number is no entry of hers either.
        let entry = form.entry.trim().parse().unwrap_or(0);
        let trust = &visit.signed_in.trust;
        match trust.ask_about(&visit.permit, &visit.patient, entry, &form.question) {
            Ok(_) => Ok(back_to_questions()),
            Err(TrustError::Record(error)) if error.refusal == Refusal::Unprocessable => Err(PageError::BadRequest),
            Err(error) => Err(visit.error(&error)),
        }
    })
    .await
}

/// 303: the browser follows with GET, and going back does not ask again.
fn back_to_questions() -> Response {
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, "/my/who-looked#questions")]).into_response();
    secure(answer.headers_mut(), Privacy::Personal);
    answer
}
