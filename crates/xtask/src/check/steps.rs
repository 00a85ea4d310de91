//! The steps of the check, in order, each with the seconds that it may take on two quiet cores
//! from an empty target folder.
//!
//! All steps build with the same flags and the same features, so that one does not throw away what another built.
//! A new step is a function here and a row in [`STEPS`]; how reports are shown is the business of the parent.

use std::process::Command;

use super::{Report, Scope, counts};
use crate::leaks::{self, mutants};
use crate::process::{self, Outcome, Tool};
use crate::workspace::Workspace;
use crate::{journeys, setup, tidy, widens};

/// Tests that own a checked-in proof write it, instead of comparing with it, when this is set.
pub(super) const REWRITE: &str = "UPDATE_EXPECT";

/// What tests and commands generate and the repository keeps.
const GENERATED: [&str; 3] = ["policies/matrix.txt", "definitions", ":(glob)crates/**/*.snap"];

/// One step of the check.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) budget_seconds: u32,
    pub(super) run: fn(&Workspace, &Scope) -> anyhow::Result<Report>,
    /// When the step is part of a run.
    when: When,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// In every run but that of the journeys alone.
    Code,
    /// Only when the whole workspace is checked.
    Whole,
    /// Only when the whole workspace is checked and nobody is in a hurry.
    Unhurried,
    /// When journeys are walked.
    Journeys,
    /// Always.
    Always,
}

const STEPS: [Step; 15] = [
    Step { name: "set up", budget_seconds: 120, run: set_up, when: When::Always },
    Step { name: "format", budget_seconds: 10, run: format, when: When::Code },
    Step { name: "spelling", budget_seconds: 5, run: spelling, when: When::Whole },
    Step { name: "format of TOML", budget_seconds: 5, run: toml, when: When::Whole },
    Step { name: "rules of the house", budget_seconds: 5, run: house, when: When::Code },
    Step { name: "what the last change of policy opened", budget_seconds: 5, run: opened, when: When::Whole },
    Step { name: "licences, bans, sources", budget_seconds: 10, run: dependencies, when: When::Whole },
    Step { name: "lints", budget_seconds: 320, run: lints, when: When::Code },
    Step { name: "documentation", budget_seconds: 60, run: documentation, when: When::Code },
    Step { name: "build tests", budget_seconds: 420, run: build_tests, when: When::Code },
    Step { name: "tests", budget_seconds: 420, run: tests, when: When::Code },
    Step { name: "doc tests", budget_seconds: 100, run: doc_tests, when: When::Whole },
    Step { name: "checked-in proofs are current", budget_seconds: 5, run: proofs, when: When::Whole },
    Step { name: "programs that leak are caught", budget_seconds: 720, run: leaking, when: When::Unhurried },
    Step { name: "journeys", budget_seconds: 420, run: walk, when: When::Journeys },
];

/// The steps that belong to this scope.
pub(super) fn of(scope: &Scope) -> Vec<Step> {
    let only_journeys = scope.area.as_deref() == Some("browser");
    let belongs = |step: &Step| match step.when {
        When::Always => true,
        When::Code => !only_journeys,
        When::Whole => scope.area.is_none(),
        When::Unhurried => scope.area.is_none() && !scope.is_fast,
        When::Journeys => only_journeys || (scope.area.is_none() && !scope.is_fast),
    };
    STEPS.into_iter().filter(belongs).collect()
}

/// Cargo with plain output, for keeping.
fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = workspace.cargo(arguments);
    command.env("CARGO_TERM_COLOR", "never");
    command
}

fn set_up(workspace: &Workspace, scope: &Scope) -> anyhow::Result<Report> {
    setup::tools(workspace)?;
    setup::node_packages(workspace)?;
    if !scope.is_fast && scope.area.as_deref().is_none_or(|area| area == "browser") {
        setup::browser()?;
    }
    Ok(Report::of(process::capture(&mut cargo(workspace, &["fetch", "--locked"]))?))
}

fn format(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    Ok(Report::of(process::capture(&mut cargo(
        workspace,
        &["fmt", "--all", "--", "--check", "--files-with-diff", "--color", "never"],
    ))?))
}

fn spelling(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    let mut typos = setup::tools(workspace)?.command(Tool::Typos);
    typos.current_dir(workspace.root()).args(["--color", "never", "--format", "brief"]);
    Ok(Report::of(process::capture(&mut typos)?))
}

fn toml(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    let mut taplo = setup::tools(workspace)?.command(Tool::Taplo);
    taplo.current_dir(workspace.root()).args(["fmt", "--check", "--diff", "--colors", "never"]);
    Ok(Report::of(process::capture(&mut taplo)?))
}

fn house(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    let report = tidy::report(&tidy::House::read(workspace)?);
    Ok(Report { passed: report.kept, failed: report.broken, output: report.text })
}

/// For whoever reads the run: a change that opens something is no failure, but is never unseen.
fn opened(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    widens::tell_last_change(workspace)?;
    Ok(Report::default())
}

/// Advisories need a download that a check without network cannot make; `deny.toml` is ready for them.
fn dependencies(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    let mut deny = setup::tools(workspace)?.command(Tool::Deny);
    deny.current_dir(workspace.root())
        .args(["--color", "never", "--log-level", "error", "--offline", "--locked", "--workspace"])
        .args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    println!("  advisories: skipped: offline");
    Ok(Report::of(process::capture(&mut deny)?))
}

fn lints(workspace: &Workspace, scope: &Scope) -> anyhow::Result<Report> {
    let mut clippy = cargo(workspace, &["clippy", "--locked", "--all-targets", "--quiet"]);
    clippy.args(scope.crates()).args(["--", "--deny", "warnings"]);
    Ok(Report::of(process::capture(&mut clippy)?))
}

fn documentation(workspace: &Workspace, scope: &Scope) -> anyhow::Result<Report> {
    let mut doc = cargo(workspace, &["doc", "--locked", "--no-deps", "--document-private-items", "--quiet"]);
    // Private items are always documented, so links to them lead somewhere.
    doc.args(scope.crates()).env("RUSTDOCFLAGS", "--deny warnings --allow rustdoc::private_intra_doc_links");
    Ok(Report::of(process::capture(&mut doc)?))
}

/// nextest with the profile of the check.
fn nextest(workspace: &Workspace, scope: &Scope, arguments: &[&str]) -> anyhow::Result<Outcome> {
    let mut command = setup::tools(workspace)?.command(Tool::Nextest);
    command
        .current_dir(workspace.root())
        .args(["nextest", "run", "--locked", "--profile", "ci", "--color", "never", "--cargo-quiet"])
        .args(scope.crates())
        .args(arguments)
        .env("INSTA_UPDATE", "no")
        .env("INSTA_FORCE_PASS", "0");
    process::capture(&mut command)
}

fn build_tests(workspace: &Workspace, scope: &Scope) -> anyhow::Result<Report> {
    Ok(Report::of(nextest(workspace, scope, &["--no-run"])?))
}

fn tests(workspace: &Workspace, scope: &Scope) -> anyhow::Result<Report> {
    let outcome = nextest(workspace, scope, &["--no-tests", "pass"])?;
    if let Some(summary) = outcome.output.lines().find(|line| line.trim_start().starts_with("Summary [")) {
        println!("  {}", summary.trim());
    }
    let count = counts::nextest(&outcome.output);
    Ok(Report::counted(outcome, count))
}

/// Over the whole workspace, for the same features as the tests; crates without doc tests switch them off.
fn doc_tests(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    let outcome = process::capture(&mut cargo(workspace, &["test", "--doc", "--workspace", "--locked", "--quiet"]))?;
    let count = counts::cargo_test(&outcome.output);
    Ok(Report::counted(outcome, count))
}

/// Tests compare their proofs; a test that wrote one anew instead is found here.
fn proofs(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    let mut git = Command::new("git");
    git.current_dir(workspace.root()).args(["diff", "--exit-code", "--stat", "HEAD", "--"]).args(GENERATED);
    let mut outcome = process::capture(&mut git)?;
    outcome.output.push_str("read what changed, and commit it with what changed it\n");
    Ok(Report::of(outcome))
}

/// Tests of what is hidden must be able to fail: each leak that is built into a copy has to be noticed.
fn leaking(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    let mut output = String::new();
    let findings = mutants::wake_each(workspace, leaks::SEED_USUAL, &mut |line| {
        output.push_str(line);
        output.push('\n');
    })?;
    Ok(Report { passed: findings.kept, failed: findings.broken, output })
}

fn walk(workspace: &Workspace, _: &Scope) -> anyhow::Result<Report> {
    // The same selection as the tests, so that nothing is built twice.
    let built =
        process::capture(&mut cargo(workspace, &["build", "--locked", "--workspace", "--bins", "--tests", "--quiet"]))?;
    if !built.success {
        return Ok(Report::of(built));
    }
    let outcome = journeys::walk(workspace, &journeys::Walk::default())?;
    let count = counts::node(&outcome.output);
    Ok(Report::counted(outcome, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fast: bool, area: Option<&str>) -> Vec<&'static str> {
        of(&Scope::new(fast, area.map(str::to_owned))).iter().map(|step| step.name).collect()
    }

    #[test]
    fn a_fast_run_leaves_out_the_journeys_and_the_programs_that_leak_only() {
        let all = names(false, None);

        assert_eq!(all.len(), STEPS.len());
        let left_out: Vec<_> = all.iter().filter(|name| !names(true, None).contains(name)).collect();
        assert_eq!(left_out, [&"programs that leak are caught", &"journeys"]);
    }

    #[test]
    fn one_crate_is_checked_without_what_concerns_the_whole() {
        let steps = names(false, Some("store"));

        assert!(steps.contains(&"lints") && steps.contains(&"tests"));
        assert!(!steps.contains(&"journeys") && !steps.contains(&"spelling"));
    }

    #[test]
    fn the_journeys_can_be_walked_alone() {
        assert_eq!(names(false, Some("browser")), ["set up", "journeys"]);
    }
}
