//! `cargo xtask bench`: the figures of `docs/benchmarks.md`, from the outside.
//!
//! A release build imports the shared sets into fresh folders and serves them; every request goes through
//! HTTP with a token, a permit and the access log, as anybody's would.
//! What counts on a shared machine is the server's own processor time a request, so that is measured beside
//! requests a second.
//! Nothing is compared with other programs here, and no figure is better than the machine that made it.
//!
//! - [`load`]: a bounded number of clients, each sending its next request when the last is answered
//! - [`pages`]: the professional's pages, as a browser asks for them
//! - [`work`]: the kinds of work, made from what the server holds
//! - [`grow`]: a set ten times as large, with new ids
//! - [`report`]: the tables

mod grow;
mod load;
mod pages;
mod report;
mod work;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::server::{Import, Program};
use crate::workspace::Workspace;
use load::Measured;

/// Where the figures are kept.
const PAGE: &str = "docs/benchmarks.md";

/// `cargo xtask bench`
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder of the shared data, with `synthea/uk-100` and `synthea/uk-1k`
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Only the small set, uk-100
    #[arg(long)]
    quick: bool,
    /// Also ten times uk-1k, with new ids: some minutes and some gigabytes
    #[arg(long)]
    grow: bool,
    /// Only the pages, over the demo locality
    #[arg(long)]
    pages: bool,
    /// How long each kind of work is measured
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// More for `commonweal serve`, such as --audit-strict
    #[arg(long = "serve-with", allow_hyphen_values = true)]
    serve_with: Vec<String>,
    /// A built program to measure, instead of building this one
    #[arg(long)]
    program: Option<PathBuf>,
    /// Write the tables into docs/benchmarks.md
    #[arg(long)]
    write: bool,
}

/// What is imported and measured.
struct Set<'a> {
    name: &'a str,
    paths: &'a [PathBuf],
    /// How many resources it has, where that is known; else the server is asked.
    resources: Option<u64>,
}

/// One set of data and all that was measured with it.
pub(crate) struct Run {
    name: String,
    resources: u64,
    import: Import,
    disk_bytes: u64,
    start: Duration,
    resident_bytes: u64,
    resident_bytes_max: u64,
    work: Vec<(String, Measured)>,
}

/// Measures, prints the tables, and writes them where asked.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<bool> {
    let program = built(workspace, options)?;
    let shown = pages::measure(&program, Duration::from_secs(options.seconds))?;
    println!("{shown}");
    if options.write {
        report::write(&workspace.root().join(PAGE), report::PAGES, &shown)?;
    }
    if options.pages {
        return Ok(true);
    }
    let scratch = tempfile::tempdir().context("while making a folder for the data")?;
    let empty = Program::new(program.clone(), scratch.path().join("empty")).serve(&[])?.started_in();
    println!("start on an empty folder: {:.3} s", empty.as_secs_f64());

    let sets = options.data.join("synthea");
    if !sets.is_dir() {
        println!("skipped: {} is not there; give --data", sets.display());
        return Ok(true);
    }
    let names = if options.quick { &["uk-100"][..] } else { &["uk-100", "uk-1k"][..] };
    let mut runs = Vec::new();
    for name in names {
        let program = Program::new(program.clone(), scratch.path().join(name));
        runs.push(measure(&program, &Set { name, paths: &[sets.join(name)], resources: None }, options)?);
    }
    if options.grow && !options.quick {
        let source = Program::new(program.clone(), scratch.path().join("source"));
        let (grown, resources) = grow::ten_times(&source, &sets.join("uk-1k"), &scratch.path().join("ndjson"))?;
        let program = Program::new(program, scratch.path().join("ten-times-uk-1k"));
        let set = Set { name: "ten times uk-1k", paths: &[grown], resources: Some(resources) };
        runs.push(measure(&program, &set, options)?);
    }
    let text = report::tables(empty, &runs, options.seconds);
    println!("\n{text}");
    if options.write {
        report::write(&workspace.root().join(PAGE), report::FIGURES, &text)?;
    }
    Ok(true)
}

/// The release build of the program.
fn built(workspace: &Workspace, options: &Options) -> anyhow::Result<PathBuf> {
    if let Some(program) = &options.program {
        return Ok(program.clone());
    }
    let build = workspace.cargo(&["build", "--release", "--locked", "--package", "commonweal"]).status()?;
    ensure!(build.success(), "commonweal does not build");
    Ok(workspace.target().join("release/commonweal"))
}

/// Imports one set into a fresh folder, serves it and does every kind of work.
fn measure(program: &Program, set: &Set<'_>, options: &Options) -> anyhow::Result<Run> {
    let name = set.name;
    println!("{name}: importing");
    let import = program.import(set.paths)?;
    ensure!(import.outcome.success, "the import of {name} failed:\n{}", import.outcome.output);
    let token = program.token()?;
    let disk_bytes = program.bytes_on_disk();
    let server = program.serve(&options.serve_with)?;
    let start = server.started_in();
    let driver = load::Driver::new(&server, Some(token), Duration::from_secs(options.seconds));
    let material = work::Material::collect(&driver)?;
    let resources = set.resources.map_or_else(|| work::count(&driver), Ok)?;
    let mut done = Vec::new();
    for kind in work::kinds(&material) {
        let measured = driver.run(&kind.requests, kind.clients)?;
        println!("{name}: {}: {measured}", kind.name);
        ensure!(measured.unexpected == 0, "{}: {} answers were no success", kind.name, measured.unexpected);
        done.push((kind.name, measured));
    }
    let usage = server.usage();
    Ok(Run {
        name: name.to_owned(),
        resources,
        import,
        disk_bytes,
        start,
        resident_bytes: usage.resident_bytes,
        resident_bytes_max: usage.resident_bytes_max,
        work: done,
    })
}

/// A folder that is there and empty.
fn fresh_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("while making {}", path.display()))
}
