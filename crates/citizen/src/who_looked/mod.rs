//! Who looked at my record: every look by day and organisation, people and machines apart, each with reason and rule.
//!
//! The view model and its words are crate `trust`'s; this draws them and leads through older entries. Reading the list is
//! itself in the list, and so is taking the entries away with their proofs. `pages` draws.

mod pages;

use crate::visit::{Place, answer, heading};
use axum::extract::Query;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use gate::Action;
use kit::headers::{Privacy, secure};
use serde::Deserialize;
use trust::{Guest, Routes, SignedIn, proofs, who_looked};

/// The routes of who looked.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/my/who-looked", Guest::SignedIn, show).get("/my/who-looked/proofs", Guest::SignedIn, download)
}

/// Where an earlier page ended.
#[derive(Debug, Default, Deserialize)]
struct From {
    before: Option<u64>,
}

async fn show(signed_in: SignedIn, Query(from): Query<From>) -> Response {
    answer(signed_in, |visit| {
        let whose = visit.whose()?;
        let looked = who_looked(&visit.signed_in.trust, &visit.permit, &visit.patient, from.before);
        let looked = looked.map_err(|error| visit.error(&error))?;
        let title = heading(Place::WhoLooked);
        Ok(visit.page(Place::WhoLooked, &whose, title, pages::who_looked(&looked, &whose, from.before)))
    })
}

/// The entries with their proofs, as a file to keep.
async fn download(signed_in: SignedIn, Query(from): Query<From>) -> Response {
    answer(signed_in, |visit| {
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
}
