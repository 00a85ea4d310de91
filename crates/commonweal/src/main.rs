//! The binary: commands, configuration, wiring.
//!
//! One program, its roles as subcommands: `serve demo import export token audit`. It is the only place that reads
//! configuration, the clock and the command line; everything below gets what it needs as values. Exit codes: 0 done,
//! 1 failed, 2 wrong usage, 4 something was refused or a check found something, 75 try again later.

mod audit;
mod clock;
mod commands;
mod demo;
mod export;
mod import;
mod serve;
mod token;
mod wiring;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let commands::Arguments { command } = commands::Arguments::parse();
    match commands::run(command) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("commonweal: {error:#}");
            ExitCode::FAILURE
        }
    }
}
