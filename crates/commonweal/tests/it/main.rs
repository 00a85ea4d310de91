//! The one integration test binary: whole requests through the same router as the program, and the program itself.
//!
//! * `client`: sends requests to the router, without a socket
//! * `non_interference`: an answer does not depend on what its reader may not see
//! * `relationships`: who may see whom, and why
//! * `program`: the commands: import, export, token, audit, and being killed

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod client;
mod consent;
mod non_interference;
mod program;
mod relationships;
