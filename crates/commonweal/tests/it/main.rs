//! The one integration test binary: whole requests through the same router as the program, and the program itself.
//!
//! * `acting`: the practice's pages of who may act for somebody
//! * `balp`: AuditEvents against the definitions and samples of IHE
//! * `client`: sends requests to the router, without a socket
//! * `every_route`: every route of the program, tried as nobody and as everybody who must not get in
//! * `non_interference`: an answer does not depend on what its reader may not see
//! * `consent`, `consent_examples`: what people have refused, and every example of IHE's consent profile
//! * `disclosure`: copies and conditional creation tell nothing of what is hidden
//! * `transactions`: who is in the log for one, and that a failed one leaves nothing
//! * `unlogged`: nothing leaves that the log does not take
//! * `whereabouts`: where a protected person lives is not felt
//! * `grants`: who may act for somebody by what her practice recorded
//! * `relationships`: who may see whom, and why
//! * `inbox`: what commands leave for a running server
//! * `limits`: what may be too often, and who is not kept out by it
//! * `localities`: two running programs that watch over one another's logs
//! * `mail`: e-mail that says nothing, and a mail server that is away
//! * `told`: the log tells a person nothing of what is hidden from her, and nothing of anybody else
//! * `public_address`: the API behind a proxy that speaks TLS
//! * `program`: the commands: import, export, token, audit, and being killed

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod acting;
mod balp;
mod claim;
mod client;
mod consent;
mod consent_examples;
mod disclosure;
mod emergency;
mod every_route;
mod grants;
mod house;
mod inbox;
mod limits;
mod localities;
mod locks;
mod mail;
mod national_grants;
mod non_interference;
mod opt_out;
mod program;
mod public_address;
mod relationships;
mod told;
mod transactions;
mod unlogged;
mod whereabouts;
