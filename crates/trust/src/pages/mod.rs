//! The pages that belong to trust itself: sign-in, sign-out, one's account, the privacy officer's log and workbench; and, for everybody, what the log proves.

mod account;
mod again;
mod check;
mod codes;
mod log;
mod officer;
mod passkey;
mod provider;
mod sign_in;
mod tiles;
mod transparency;
mod uses;

use crate::routes::{Guest, Routes};
use crate::state::Trust;

#[cfg(test)]
pub(crate) use log::content as log_content;
pub use log::{Found, FoundEntry, LogQuestion};
pub use sign_in::Choice;
pub use transparency::{Transparency, told_count};

/// The routes of these pages.
pub(crate) fn routes(trust: Trust) -> Routes {
    Routes::new()
        .get("/sign-in", Guest::Anybody, sign_in::show)
        .post("/sign-in", Guest::Anybody, sign_in::enter)
        .post("/sign-out", Guest::Anybody, sign_in::leave)
        .get("/sign-in/again", Guest::SignedIn, again::show)
        .post("/sign-in/again", Guest::SignedIn, again::confirm)
        .get("/sign-in/with/{provider}", Guest::Anybody, provider::go)
        .get("/sign-in/from/{provider}", Guest::Anybody, provider::come)
        .get("/sign-in/done", Guest::Anybody, provider::done)
        .post("/sign-in/role", Guest::Anybody, provider::choose)
        .get("/sign-in/keys", Guest::Anybody, provider::keys)
        .get("/passkey/new", Guest::Anybody, passkey::new)
        .post("/passkey/new", Guest::Anybody, passkey::with_code)
        .post("/passkey/made", Guest::Anybody, passkey::made)
        .get("/passkey/sign-in", Guest::Anybody, passkey::ask)
        .post("/passkey/sign-in", Guest::Anybody, passkey::used)
        .get("/passkey/codes", Guest::SignedIn, codes::show)
        .post("/passkey/codes", Guest::SignedIn, codes::give)
        .get("/account/passkeys/add", Guest::SignedIn, passkey::add)
        .post("/account/passkeys/remove", Guest::SignedIn, passkey::remove)
        .get("/privacy-officer/recoveries", Guest::SignedIn, codes::recoveries)
        .get("/account/devices", Guest::SignedIn, account::devices)
        .post("/account/devices/end", Guest::SignedIn, account::end)
        .post("/account/devices/end-all", Guest::SignedIn, account::end_all)
        .post("/account/record", Guest::SignedIn, account::open_record)
        .get("/account/prove", Guest::SignedIn, account::prove)
        .get("/log", Guest::SignedIn, log::show)
        .post("/log", Guest::SignedIn, log::find)
        .get("/log/check", Guest::Anybody, check::show)
        .post("/log/check", Guest::Anybody, check::check)
        .get("/log/checkpoint", Guest::Anybody, tiles::checkpoint)
        .get("/log/keys", Guest::Anybody, tiles::keys)
        .get("/log/tile/{*path}", Guest::Anybody, tiles::tile)
        .post("/log/add-checkpoint", Guest::Anybody, tiles::add_checkpoint)
        .get("/transparency", Guest::Anybody, transparency::show)
        .get("/transparency/uses", Guest::Anybody, uses::show)
        .get("/privacy-officer", Guest::SignedIn, officer::queue)
        .get("/privacy-officer/questions/{case}", Guest::SignedIn, officer::case)
        .post("/privacy-officer/questions/{case}", Guest::SignedIn, officer::answer)
        .get("/privacy-officer/looks/{finding}", Guest::SignedIn, officer::finding)
        .post("/privacy-officer/looks/{finding}", Guest::SignedIn, officer::close)
        .get("/privacy-officer/rights", Guest::SignedIn, officer::rights::list)
        .get("/privacy-officer/rights/record", Guest::SignedIn, officer::rights::letter)
        .post("/privacy-officer/rights/record", Guest::SignedIn, officer::rights::record)
        .get("/privacy-officer/rights/{case}", Guest::SignedIn, officer::rights::case)
        .post("/privacy-officer/rights/{case}", Guest::SignedIn, officer::rights::step)
        .get("/privacy-officer/locks", Guest::SignedIn, officer::locks::show)
        .post("/privacy-officer/locks", Guest::SignedIn, officer::locks::lock)
        .post("/privacy-officer/locks/{lock}", Guest::SignedIn, officer::locks::lift)
        .get("/privacy-officer/simulator", Guest::SignedIn, officer::simulate::show)
        .post("/privacy-officer/simulator", Guest::SignedIn, officer::simulate::ask)
        .get("/privacy-officer/breaches", Guest::SignedIn, officer::breaches::list)
        .post("/privacy-officer/breaches", Guest::SignedIn, officer::breaches::report)
        .get("/privacy-officer/breaches/{case}", Guest::SignedIn, officer::breaches::one)
        .post("/privacy-officer/breaches/{case}", Guest::SignedIn, officer::breaches::step)
        .get("/privacy-officer/processing", Guest::SignedIn, officer::processing::show)
        .get("/privacy-officer/processing.csv", Guest::SignedIn, officer::processing::file)
        .get("/privacy-officer/told-later", Guest::SignedIn, officer::told_later::show)
        .post("/privacy-officer/told-later/{told}", Guest::SignedIn, officer::told_later::decide)
        .with_state(trust)
}
