//! The binary: commands, configuration, wiring.
//!
//! One program, its roles as subcommands: `serve demo import export token opt-out audit`. It is the only place that reads
//! configuration, the clock and the command line; everything below gets what it needs as values. It is a library too, so that
//! the integration tests drive the same wiring as the program.
//!
//! | module | holds |
//! |---|---|
//! | [`commands`] | the command line |
//! | [`serve`], [`front`] | every router merged; the public pages |
//! | [`demo`], [`personas`] | the made-up locality and whom one can sign in as |
//! | [`mod@import`], [`export`], [`token`], [`audit`] | the other commands |
//! | [`opt_out`], [`data_use`] | national data opt-outs as files; what a copy or token is wanted for |
//! | [`folder`] | whether the data folder can be used, and what to do if not |
//! | [`peers`] | the other localities, and the thread that asks them for their signatures |
//! | [`checking`] | the thread that compares new accesses with the record |
//! | [`mod@mail`] | by which server e-mail goes out, and the thread that sends it |
//! | [`wiring`], [`clock`] | the record and its rules put together; the one real clock |

pub mod audit;
pub mod checking;
pub mod clock;
pub mod commands;
pub mod data_use;
pub mod demo;
pub mod export;
pub mod folder;
pub mod front;
pub mod import;
pub mod mail;
pub mod opt_out;
pub mod passkey_code;
pub mod peers;
pub mod personas;
pub mod serve;
pub mod sign_in;
pub mod token;
pub mod wiring;
