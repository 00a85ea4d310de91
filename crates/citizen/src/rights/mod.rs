//! My rights: asking for a copy, a correction, a removal, a restriction, or objecting; and what became of it.
//!
//! The cases, their clocks and their answers are crate `trust`'s; here they are opened and read. Somebody else's case and one that
//! does not exist are the same page. `pages` draws.

mod copy;
mod pages;

pub(crate) use pages::locked;

use crate::visit::{Done, Mistake, Place, Visit, answer, heading, see_other};
use axum::extract::{Form, Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kit::PageError;
use kit::headers::{Privacy, secure};
use record::Refusal;
use serde::Deserialize;
use trust::rights::{Came, Opening, Right, RightsCase};
use trust::{Guest, Routes, SignedIn, TrustError};

/// The routes of my rights.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/my/rights", Guest::SignedIn, show)
        .post("/my/rights/ask", Guest::SignedIn, ask)
        .get("/my/rights/{case}", Guest::SignedIn, case)
        .get("/my/rights/{case}/copy", Guest::SignedIn, read_copy)
        .get("/my/rights/{case}/download", Guest::SignedIn, download)
}

/// What is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// The word of a right.
    #[serde(default)]
    pub(crate) right: String,
    /// In the person's words.
    #[serde(default)]
    pub(crate) wish: String,
}

async fn show(signed_in: SignedIn, Query(done): Query<Done>) -> Response {
    answer(signed_in, move |visit| {
        let whose = visit.whose()?;
        visit.require(Place::Rights, &whose)?;
        let cases = visit.signed_in.trust.rights_cases_of(&visit.permit, &visit.patient);
        let cases = cases.map_err(|error| visit.error(&error))?;
        let content = pages::rights(&cases, &whose, done.done == "asked", (&Asked::default(), &[]));
        Ok(visit.page(Place::Rights, &whose, heading(Place::Rights), content))
    })
    .await
}

async fn ask(signed_in: SignedIn, Form(asked): Form<Asked>) -> Response {
    answer(signed_in, move |visit| {
        let trust = &visit.signed_in.trust;
        let mut mistakes = Vec::new();
        let right = Right::parse(&asked.right);
        if right.is_none() {
            mistakes.push(Mistake::at("right", "Choose what you want"));
        }
        if asked.wish.trim().is_empty() {
            mistakes.push(Mistake::at("wish", "Say what you want in your own words"));
        }
        if let Some(right) = right.filter(|_| mistakes.is_empty()) {
            let opening = Opening { right, came: Came::Online, received_ms: visit.now_ms(), wish: asked.wish.clone() };
            match trust.open_rights_case(&visit.permit, &visit.patient, &opening) {
                Ok(_) => return Ok(see_other("/my/rights?done=asked")),
                Err(TrustError::Record(error)) if error.refusal == Refusal::Unprocessable => {
                    mistakes.push(Mistake::at("wish", error.to_string()));
                }
                Err(error) => return Err(visit.error(&error)),
            }
        }
        let whose = visit.whose()?;
        let cases = trust.rights_cases_of(&visit.permit, &visit.patient).map_err(|error| visit.error(&error))?;
        let content = pages::rights(&cases, &whose, false, (&asked, &mistakes));
        Ok(visit.form(Place::Rights, &whose, heading(Place::Rights), (content, &mistakes)))
    })
    .await
}

/// The person's cases, if the one that is named is among them.
fn cases_with(visit: &Visit, is_named: impl Fn(&RightsCase) -> bool) -> Result<Vec<RightsCase>, PageError> {
    let cases = visit.signed_in.trust.rights_cases_of(&visit.permit, &visit.patient);
    let cases = cases.map_err(|error| visit.error(&error))?;
    if cases.iter().any(is_named) { Ok(cases) } else { Err(PageError::NotFound) }
}

/// The copy to read; absent until the officer has answered that there is one.
async fn read_copy(signed_in: SignedIn, Path(id): Path<String>) -> Response {
    answer(signed_in, move |visit| {
        let cases = cases_with(visit, |case| case.id == id && copy::is_ready(case))?;
        let whose = visit.whose()?;
        let content = pages::copy(&copy::to_read(visit, cases)?, &whose);
        Ok(visit.page(Place::Rights, &whose, pages::COPY, content))
    })
    .await
}

/// The copy as a file.
async fn download(signed_in: SignedIn, Path(id): Path<String>) -> Response {
    answer(signed_in, move |visit| {
        let cases = cases_with(visit, |case| case.id == id && copy::is_ready(case))?;
        let mut answer = copy::for_machines(visit, &cases)?.into_response();
        secure(answer.headers_mut(), Privacy::Personal);
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let name = "attachment; filename=\"copy-of-my-data.json\"";
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
        Ok(answer)
    })
    .await
}

async fn case(signed_in: SignedIn, Path(id): Path<String>) -> Response {
    answer(signed_in, move |visit| {
        let cases = cases_with(visit, |case| case.id == id)?;
        let case = cases.iter().find(|case| case.id == id).ok_or(PageError::NotFound)?;
        let whose = visit.whose()?;
        Ok(visit.page(Place::Rights, &whose, pages::ONE, pages::case(case, &whose)))
    })
    .await
}
