//! The command line of `cargo xtask`: the names, their help and where each leads.
//!
//! A command answers `true` when all is well and `false` when it found something wrong and has
//! said so; an error means that the command itself could not be carried out.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::{bench, check, definitions, journeys, leaks, process::Tool, setup, tidy, widens, workspace::Workspace};

/// Developer commands of Commonweal.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What a developer can ask for.
#[derive(Subcommand)]
enum Command {
    /// Set up what is missing, then check everything; ends with `N passed, N failed`
    Test {
        /// Leave out the browser journeys and the programs that leak on purpose
        #[arg(long)]
        fast: bool,
        /// Only this crate (`store`, `care`, ...), or `browser` for the journeys alone
        area: Option<String>,
    },
    /// Check the rules of the house: the rooms table, sizes, heads, words
    Tidy,
    /// Bring Rust and TOML files into the house format
    Fmt {
        /// Change nothing, only say what would change
        #[arg(long)]
        check: bool,
    },
    /// Clippy over the whole workspace, warnings denied
    Lint,
    /// Rewrite every snapshot and checked-in proof from the code as it is, and show what changed
    Snapshots,
    /// Rewrite `policies/matrix.txt`: every role, kind of data and action
    Matrix,
    /// Say in sentences which access `policies/matrix.txt` gives that an earlier revision did not
    Widens {
        /// The revision to compare with
        #[arg(long, default_value = "HEAD")]
        against: String,
    },
    /// Make the tables under `definitions/` from the official FHIR R4 package
    Definitions {
        /// The package, `hl7.fhir.r4.core-4.0.1.tgz`
        package: PathBuf,
        /// Where the tables go
        #[arg(long, default_value = "definitions")]
        out: PathBuf,
    },
    /// Make the demo locality and serve every face of it, in a quick debug build
    Demo {
        /// Passed on to `commonweal demo`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Walk the journeys of `browser/` in Chromium, with axe on every page
    Browser {
        /// Also renew the README's pictures under `docs/pictures/`
        #[arg(long)]
        pictures: bool,
        /// Only journeys whose file name contains this
        journey: Option<String>,
    },
    /// Measure import, reads, searches and writes through HTTP on a release build
    Bench(bench::Options),
    /// Ask many random readers whether anything hidden is felt; `--mutants` proves that a leak would be noticed
    Leaks(leaks::Options),
    /// Say what this machine lacks, each with the line that installs it
    Doctor,
}

/// Reads the command line and does what it asks.
pub(crate) fn run() -> anyhow::Result<bool> {
    let cli = Cli::parse();
    let workspace = Workspace::find()?;
    match cli.command {
        Command::Test { fast, area } => check::run(&workspace, &check::Scope::new(fast, area)),
        Command::Tidy => tidy::run(&workspace),
        Command::Fmt { check } => format(&workspace, check),
        Command::Lint => check::lint(&workspace),
        Command::Snapshots => check::rewrite(&workspace, &[]),
        Command::Matrix => check::rewrite(&workspace, &["--package", "gate"]),
        Command::Widens { against } => widens::run(&workspace, &against),
        Command::Definitions { package, out } => definitions::run(&package, &out).map(|()| true),
        Command::Demo { arguments } => demo(&workspace, &arguments),
        Command::Browser { pictures, journey } => {
            journeys::run_alone(&workspace, &journeys::Walk { pictures, only: journey })
        }
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Leaks(options) => leaks::run(&workspace, &options),
        Command::Doctor => setup::doctor(&workspace),
    }
}

/// `rustfmt` and `taplo`, writing or only checking.
fn format(workspace: &Workspace, check: bool) -> anyhow::Result<bool> {
    let tools = setup::tools(workspace)?;
    let mut rust = workspace.cargo(&["fmt", "--all"]);
    let mut toml = tools.command(Tool::Taplo);
    toml.current_dir(workspace.root()).args(["fmt"]);
    if check {
        rust.arg("--check");
        toml.arg("--check");
    }
    let rust = rust.status().context("while running cargo fmt")?.success();
    let toml = toml.status().context("while running taplo")?.success();
    Ok(rust && toml)
}

/// `commonweal demo`, built as the tests build it.
fn demo(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<bool> {
    setup::node_packages(workspace)?;
    let status = workspace
        .cargo(&["run", "--locked", "--package", "commonweal", "--", "demo"])
        .args(arguments)
        .status()
        .context("while running the demo")?;
    Ok(status.success())
}
