//! `commonweal import`: files into the record, on all cores, with progress and a report of what was refused.
//!
//! One thread reads lines, as many as there are cores check and index them, one stores them in batches. A broken-off import
//! is run again: what is there already is passed over.

mod pipeline;
mod report;

use crate::commands::Import;
use crate::wiring;
use anyhow::Context;
use gate::{Action, Gate, Permit};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use record::{ImportReport, Record, Strictness};
use report::Refusals;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The exit code when something was refused.
const REFUSED: u8 = 4;

/// Runs the command.
pub fn run(arguments: &Import) -> anyhow::Result<ExitCode> {
    let gate = wiring::gate()?;
    let record = wiring::record(&arguments.folder, wiring::Behaviour::default())?;
    let report = arguments.report.clone().unwrap_or_else(|| arguments.folder.data.join("refused.ndjson"));
    let strictness = if arguments.strict { Strictness::Strict } else { Strictness::Faithful };
    let outcome = import(&gate, &record, &arguments.paths, (report, strictness))?;
    println!("{}", outcome.sentence());
    Ok(if outcome.refused() == 0 { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// What an import came to.
#[derive(Debug)]
pub struct Outcome {
    /// Stored, by kind of outcome.
    pub stored: ImportReport,
    refusals: Refusals,
    took: Duration,
}

impl Outcome {
    /// How many resources were refused.
    pub fn refused(&self) -> u64 {
        self.refusals.count() + self.stored.refused
    }

    fn taken(&self) -> u64 {
        self.stored.created + self.stored.replaced + self.stored.same
    }

    /// The closing line.
    pub fn sentence(&self) -> String {
        let seconds = self.took.as_secs_f64();
        let rate = if seconds > 0.0 { format!("{:.0}", to_f64(self.taken()) / seconds) } else { "-".to_owned() };
        let ImportReport { created, replaced, same, .. } = self.stored;
        let mut sentence = format!(
            "{} in ({created} new, {replaced} changed, {same} unchanged), {} refused, in {seconds:.1} s ({rate} resources/s). All of it is searchable.",
            self.taken(),
            self.refused()
        );
        if let Some(path) = self.refusals.written_to() {
            sentence.push_str(&format!("\nWhat was refused and why: {}", path.display()));
        }
        if let Some((resources, path)) = self.refusals.findings() {
            sentence.push_str(&format!(
                "\n{resources} were kept as they came although they break FHIR R4: {}",
                path.display()
            ));
        }
        sentence
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
/// A count as a number to divide by.
pub fn to_f64(count: u64) -> f64 {
    count as f64
}

/// Imports everything below `paths`.
pub fn import(
    gate: &Gate,
    record: &Record,
    paths: &[PathBuf],
    (report, strictness): (PathBuf, Strictness),
) -> anyhow::Result<Outcome> {
    let sources = exchange::files::find(paths)?;
    let bytes = sources.iter().map(|source| source.bytes).sum();
    let progress = progress(bytes);
    let started = Instant::now();
    let permit: Permit = wiring::command_permit(gate, record, "import", Action::Import)?;
    let mut refusals = Refusals::to(report, strictness);
    let stored = pipeline::run(record, &permit, sources, &progress, &mut refusals).context("while importing")?;
    progress.finish_and_clear();
    refusals.finish()?;
    Ok(Outcome { stored, refusals, took: started.elapsed() })
}

/// A bar on a terminal; elsewhere nothing, so that logs stay readable.
fn progress(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    bar.set_draw_target(if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(4)
    } else {
        ProgressDrawTarget::hidden()
    });
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left") {
        bar.set_style(style);
    }
    bar
}
