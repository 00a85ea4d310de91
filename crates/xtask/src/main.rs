//! The developer's commands, `cargo xtask --help`.
//!
//! Everything that a contributor or the continuous check does to this repository is a
//! subcommand here, in Rust: there is no Makefile and no folder of scripts.
//! This file only reads the command line; each command has a module of its own.
//!
//! - [`check`]: `test`, the whole check with its timing table
//! - [`tidy`]: the rules of the house that no other tool knows
//! - [`setup`]: what a machine must have, and how it is brought there
//! - [`journeys`]: people's ways through the pages in a real browser
//! - [`mod@bench`]: the figures of `docs/benchmarks.md`
//! - [`mod@leaks`]: many cases of the promise that nothing hidden is felt, and programs that break it
//! - [`mod@widens`]: which access a change of policy adds
//! - [`definitions`]: tables made from the official FHIR package

mod bench;
mod check;
mod cli;
mod definitions;
mod http;
mod journeys;
mod leaks;
mod process;
mod server;
mod setup;
mod tidy;
mod widens;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
