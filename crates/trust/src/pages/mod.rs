//! The pages that belong to trust itself: sign-in, sign-out, and the privacy officer's log.

mod log;
mod sign_in;

use crate::state::Trust;
use axum::Router;
use axum::routing::{get, post};

#[cfg(test)]
pub(crate) use log::content as log_content;
pub use log::{Found, FoundEntry, LogQuestion};
pub use sign_in::Choice;

/// The routes of these pages.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(trust: Trust) -> Router<S> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/log", get(log::show).post(log::find))
        .with_state(trust)
}
