//! Who looked at my record: every look by day and organisation, people and machines apart, each with reason and rule.
//!
//! The view model and its words are crate `trust`'s; this draws them and leads through older entries. Reading the list is
//! itself in the list. `pages` draws.

mod pages;

use crate::visit::{Place, answer, heading};
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use trust::{Guest, Routes, SignedIn, who_looked};

/// The routes of who looked.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/my/who-looked", Guest::SignedIn, show)
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
