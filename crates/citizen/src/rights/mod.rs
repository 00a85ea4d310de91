//! My rights: asking for a copy, a correction, a removal, a restriction, or objecting; and what became of it.
//!
//! The cases, their clocks and their answers are crate `trust`'s; here they are opened and read. Somebody else's case and one that
//! does not exist are the same page. `pages` draws.

mod pages;

use crate::visit::{Done, Mistake, Place, answer, heading, see_other};
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use kit::PageError;
use record::Refusal;
use serde::Deserialize;
use trust::rights::{Came, Opening, Right};
use trust::{Guest, Routes, SignedIn, TrustError};

/// The routes of my rights.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/my/rights", Guest::SignedIn, show).post("/my/rights/ask", Guest::SignedIn, ask).get(
        "/my/rights/{case}",
        Guest::SignedIn,
        case,
    )
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
    answer(signed_in, |visit| {
        let whose = visit.whose()?;
        let cases = visit.signed_in.trust.rights_cases_of(&visit.permit, &visit.patient);
        let cases = cases.map_err(|error| visit.error(&error))?;
        let content = pages::rights(&cases, &whose, done.done == "asked", (&Asked::default(), &[]));
        Ok(visit.page(Place::Rights, &whose, heading(Place::Rights), content))
    })
}

async fn ask(signed_in: SignedIn, Form(asked): Form<Asked>) -> Response {
    answer(signed_in, |visit| {
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
}

async fn case(signed_in: SignedIn, Path(id): Path<String>) -> Response {
    answer(signed_in, |visit| {
        let cases = visit.signed_in.trust.rights_cases_of(&visit.permit, &visit.patient);
        let cases = cases.map_err(|error| visit.error(&error))?;
        let case = cases.iter().find(|case| case.id == id).ok_or(PageError::NotFound)?;
        let whose = visit.whose()?;
        Ok(visit.page(Place::Rights, &whose, pages::ONE, pages::case(case, &whose)))
    })
}
