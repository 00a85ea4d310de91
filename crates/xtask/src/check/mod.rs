//! `cargo xtask test`: everything that must hold before a change lands, in one command.
//!
//! The steps run one after another and go on after a failure, so that one run tells everything
//! that is wrong; what a failing step said is shown at once, and a table at the end says where the time went.
//! The last line is `N passed, N failed`: tests, doc tests, rules of the house and journeys, and one
//! failure for each step without tests of its own.
//!
//! - [`steps`]: what is run, in which order, with which budget
//! - [`counts`]: how many tests a program says it ran

mod counts;
mod steps;

use std::time::Instant;

use anyhow::Context as _;

use crate::process;
use crate::workspace::Workspace;
use steps::Step;

/// What part of the check is asked for.
pub(crate) struct Scope {
    is_fast: bool,
    area: Option<String>,
}

impl Scope {
    /// Everything, or without what takes long, or one crate, or the journeys alone.
    pub(crate) fn new(fast: bool, area: Option<String>) -> Self {
        Self { is_fast: fast, area }
    }

    /// Cargo's words for the crates of this scope.
    fn crates(&self) -> Vec<&str> {
        match &self.area {
            Some(area) => vec!["--package", area],
            None => vec!["--workspace"],
        }
    }
}

/// What a step found.
#[derive(Default)]
struct Report {
    passed: u32,
    failed: u32,
    output: String,
}

impl Report {
    /// A step without tests of its own: it holds, or it counts as one failure.
    fn of(outcome: process::Outcome) -> Self {
        Self { passed: 0, failed: u32::from(!outcome.success), output: outcome.output }
    }

    /// A step that counted its tests itself; a program that failed without a failing test is a failure too.
    fn counted(outcome: process::Outcome, count: counts::Count) -> Self {
        let failed = if outcome.success { count.failed } else { count.failed.max(1) };
        Self { passed: count.passed, failed, output: outcome.output }
    }
}

/// One line of the table at the end.
struct Line {
    name: &'static str,
    seconds: f64,
    budget_seconds: u32,
    passed: u32,
    failed: u32,
}

/// Runs the steps of this scope; `true` when nothing failed.
pub(crate) fn run(workspace: &Workspace, scope: &Scope) -> anyhow::Result<bool> {
    let lines: Vec<Line> = steps::of(scope).into_iter().map(|step| take(workspace, scope, &step)).collect();
    print_table(&lines);
    let passed: u32 = lines.iter().map(|line| line.passed).sum();
    let failed: u32 = lines.iter().map(|line| line.failed).sum();
    println!("\n{passed} passed, {failed} failed");
    Ok(failed == 0)
}

/// Runs one step, says how it went and shows what it said when it failed.
fn take(workspace: &Workspace, scope: &Scope, step: &Step) -> Line {
    println!("{} ...", step.name);
    let start = Instant::now();
    let report = (step.run)(workspace, scope).unwrap_or_else(|error| Report {
        passed: 0,
        failed: 1,
        output: format!("{error:#}\n"),
    });
    let seconds = start.elapsed().as_secs_f64();
    if report.failed > 0 {
        println!("---- {} failed ----\n{}\n---- end of {} ----", step.name, report.output.trim_end(), step.name);
    } else {
        println!("  ok, {seconds:.1} s");
    }
    Line { name: step.name, seconds, budget_seconds: step.budget_seconds, passed: report.passed, failed: report.failed }
}

fn print_table(lines: &[Line]) {
    println!("\n{:<34} {:>9} {:>8} {:>8} {:>8}", "step", "seconds", "budget", "passed", "failed");
    for line in lines {
        let over = if line.seconds > f64::from(line.budget_seconds) { "  over budget" } else { "" };
        println!(
            "{:<34} {:>9.1} {:>8} {:>8} {:>8}{over}",
            line.name, line.seconds, line.budget_seconds, line.passed, line.failed
        );
    }
    let seconds: f64 = lines.iter().map(|line| line.seconds).sum();
    let budget: u32 = lines.iter().map(|line| line.budget_seconds).sum();
    println!("{:<34} {seconds:>9.1} {budget:>8}", "together");
}

/// `cargo xtask lint`: clippy as the check runs it, its words passed on as they come.
pub(crate) fn lint(workspace: &Workspace) -> anyhow::Result<bool> {
    let mut command =
        workspace.cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]);
    Ok(command.status().context("while running clippy")?.success())
}

/// Runs tests with leave to rewrite what they compare with, then shows what that changed.
pub(crate) fn rewrite(workspace: &Workspace, packages: &[&str]) -> anyhow::Result<bool> {
    let which = if packages.is_empty() { &["--workspace"][..] } else { packages };
    let tests = workspace
        .cargo(&["test", "--locked", "--all-targets"])
        .args(which)
        .env("INSTA_UPDATE", "always")
        .env(steps::REWRITE, "1")
        .status()
        .context("while running the tests that write proofs")?;
    let changed =
        process::capture(std::process::Command::new("git").current_dir(workspace.root()).args(["diff", "--stat"]))?;
    println!("what stands changed in the repository now (read it before you commit it):\n{}", changed.output);
    Ok(tests.success())
}
