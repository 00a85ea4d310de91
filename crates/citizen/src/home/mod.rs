//! Home: what can be done here, what comes next, and who looked last.
//!
//! Only what really works is offered. It reads appointments, messages and the log of the person, nothing else.
//! `rules` asks, `pages` draws.

mod pages;
mod rules;

pub use rules::Home;

use crate::visit::{Place, answer_also_unproven};
use axum::response::Response;
use trust::{Guest, Routes, SignedIn};

/// The routes of home.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/my", Guest::SignedIn, show)
}

async fn show(signed_in: SignedIn) -> Response {
    answer_also_unproven(signed_in, move |visit| {
        let whose = visit.whose()?;
        Ok(visit.page(Place::Home, &whose, "Home", pages::home(&rules::home(visit)?, &whose)))
    })
    .await
}
