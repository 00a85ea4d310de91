//! The pages that belong to trust itself: sign-in, sign-out, and the privacy officer's log.

mod log;
mod sign_in;

use crate::routes::{Guest, Routes};
use crate::state::Trust;

#[cfg(test)]
pub(crate) use log::content as log_content;
pub use log::{Found, FoundEntry, LogQuestion};
pub use sign_in::Choice;

/// The routes of these pages.
pub(crate) fn routes(trust: Trust) -> Routes {
    Routes::new()
        .get("/sign-in", Guest::Anybody, sign_in::show)
        .post("/sign-in", Guest::Anybody, sign_in::enter)
        .post("/sign-out", Guest::Anybody, sign_in::leave)
        .get("/log", Guest::SignedIn, log::show)
        .post("/log", Guest::SignedIn, log::find)
        .with_state(trust)
}
