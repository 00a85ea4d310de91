//! `cargo xtask leaks`: many more cases of the main promise, and proof that its tests can fail.
//!
//! The promise is tested in `crates/commonweal/tests/it/non_interference`. Here it is run for as many cases as one likes
//! ([`property`]), or against programs that leak on purpose ([`mutants`]), each of which some test must catch.
//! Nothing here decides what may be seen, and the working tree is never changed.

mod copy;
pub(crate) mod mutants;
mod property;

use crate::workspace::Workspace;
use std::process::Command;

/// The variable with the number of worlds that the property is tried on.
const WORLDS: &str = "COMMONWEAL_LEAKS_WORLDS";
/// Where the random worlds begin, unless somebody says otherwise.
pub(crate) const SEED_USUAL: u64 = 1;
/// The variable with the seed of the property.
const SEED: &str = "COMMONWEAL_LEAKS_SEED";

/// `cargo xtask leaks`
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many cases: a world with a reader and a question each; rounded up to whole runs of 2,000
    #[arg(long, default_value_t = 100_000)]
    cases: u32,
    /// Where the random worlds begin; the same seed gives the same worlds
    #[arg(long, default_value_t = SEED_USUAL)]
    seed: u64,
    /// Instead: build a copy of the program with a leak in each of twelve places, and see each caught
    #[arg(long)]
    mutants: bool,
}

/// Runs the command; true when nothing leaked, or when every leak was caught.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<bool> {
    if options.mutants {
        return Ok(mutants::wake_each(workspace, options.seed, &mut |line| println!("{line}"))?.broken == 0);
    }
    property::run(workspace, options.cases, options.seed)
}

/// The integration tests of the program with these arguments to the test runner.
fn integration_tests(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = workspace.cargo(&["test", "--locked", "--quiet", "--package", "commonweal", "--test", "it"]);
    command.args(arguments).env("CARGO_TERM_COLOR", "never");
    command
}

/// The names of the tests that failed, as the test runner tells them.
fn failed(output: &str) -> Vec<String> {
    let mut names: Vec<String> = output.lines().filter_map(|line| name_of_failed(line.trim())).collect();
    names.sort();
    names.dedup();
    names
}

fn name_of_failed(line: &str) -> Option<String> {
    let name = line.strip_prefix("---- ")?.strip_suffix(" stdout ----")?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_told_by_their_heads() {
        let output =
            "running 2 tests\n---- a::b stdout ----\nthread panicked\n---- a::b stdout ----\n---- c stdout ----\n";

        assert_eq!(failed(output), ["a::b", "c"]);
        assert!(failed("test result: ok. 2 passed; 0 failed").is_empty());
    }
}
