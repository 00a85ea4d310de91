//! The program `commonweal`. See the library of the same name for what it does.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 4 something was refused or a check found something.

use clap::Parser;
use commonweal::commands::{Arguments, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("commonweal: {error:#}");
            ExitCode::FAILURE
        }
    }
}
