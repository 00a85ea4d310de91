//! Home: what can be done here, what comes next, and who looked last.
//!
//! Only what really works is offered. It reads appointments, messages and the log of the person, nothing else.
//! `rules` asks, `pages` draws.

mod pages;
mod rules;

pub use rules::Home;

use crate::visit::{Place, Visit};
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use trust::SignedIn;

/// The routes of home.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/my", get(show))
}

async fn show(signed_in: SignedIn) -> Response {
    let visit = match Visit::begin(signed_in) {
        Ok(visit) => visit,
        Err(refusal) => return refusal,
    };
    match visit.whose().and_then(|whose| Ok((rules::home(&visit)?, whose))) {
        Ok((home, whose)) => visit.page(Place::Home, &whose, "Home", pages::home(&home, &whose)),
        Err(error) => visit.fail(&error),
    }
}
