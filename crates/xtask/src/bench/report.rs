//! The figures as tables, for the screen and for `docs/benchmarks.md`.
//!
//! The page keeps its prose; only what stands between its two marks is written anew.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::Run;

/// Where figures begin in the page, and where they end.
pub(super) type Marks = (&'static str, &'static str);

/// The figures of the API.
pub(super) const FIGURES: Marks =
    ("<!-- figures: written by `cargo xtask bench --write` -->", "<!-- end of figures -->");

/// The figures of the pages.
pub(super) const PAGES: Marks =
    ("<!-- pages: written by `cargo xtask bench --pages --write` -->", "<!-- end of pages -->");

/// All tables.
pub(super) fn tables(empty: Duration, runs: &[Run], seconds: u64) -> String {
    let mut text = String::new();
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let cores = processor.lines().filter(|line| line.starts_with("processor")).count();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let _ = writeln!(text, "Measured on {cores} cores ({model}), {seconds} s a row, release build.");
    let _ = writeln!(text, "Start on an empty folder: {:.3} s.\n", empty.as_secs_f64());
    text.push_str(&sets(runs));
    for run in runs {
        let _ = writeln!(text, "\n### {}, through HTTP with permits and the access log\n", run.name);
        text.push_str(&work(run));
    }
    for pair in runs.windows(2) {
        text.push_str(&growth(pair));
    }
    text
}

/// One column a set.
fn sets(runs: &[Run]) -> String {
    type Figure = fn(&Run) -> String;
    let rows: [(&str, Figure); 9] = [
        ("resources", |run| run.resources.to_string()),
        ("import, resources a second", |run| format!("{:.0}", each(run) / run.import.took.as_secs_f64())),
        ("import, us of processor a resource", |run| format!("{:.0}", run.import.cpu_seconds * 1e6 / each(run))),
        ("import, MB of memory at most", |run| megabytes(run.import.resident_bytes_max)),
        ("disk, bytes a resource", |run| format!("{:.0}", run.disk_bytes as f64 / each(run))),
        ("start, s", |run| format!("{:.3}", run.start.as_secs_f64())),
        ("server after the work below, MB of memory", |run| megabytes(run.resident_bytes)),
        ("server, MB of memory at most", |run| megabytes(run.resident_bytes_max)),
        ("import, s", |run| format!("{:.1}", run.import.took.as_secs_f64())),
    ];
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let mut text = format!("| measure | {} |\n|---|{}\n", names.join(" | "), "---:|".repeat(runs.len()));
    for (name, figure) in rows {
        let figures: Vec<String> = runs.iter().map(figure).collect();
        let _ = writeln!(text, "| {name} | {} |", figures.join(" | "));
    }
    text
}

/// One row a kind of work.
fn work(run: &Run) -> String {
    let mut text =
        "| work | clients | a second | median ms | 99 % ms | bytes an answer | us of the server's processor each |\n"
            .to_owned();
    text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
    for (name, done) in &run.work {
        let _ = writeln!(
            text,
            "| {name} | {} | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} |",
            done.clients, done.per_second, done.median_ms, done.slow_ms, done.answer_bytes, done.cpu_us
        );
    }
    text
}

/// Processor time of each kind of work, a larger set against a smaller one. Other people have other answers: where they are
/// longer, the work is more.
fn growth(runs: &[Run]) -> String {
    let [first, .., last] = runs else { return String::new() };
    let mut text = format!("\n### Growth from {} to {}\n\n", first.name, last.name);
    text.push_str("| work | us there | us here | ratio | ratio of the answers' lengths |\n|---|---:|---:|---:|---:|\n");
    for ((name, small), (_, large)) in first.work.iter().zip(&last.work) {
        let ratio = large.cpu_us / small.cpu_us.max(1.0);
        let longer = large.answer_bytes / small.answer_bytes.max(1.0);
        let _ = writeln!(text, "| {name} | {:.0} | {:.0} | {ratio:.2} | {longer:.2} |", small.cpu_us, large.cpu_us);
    }
    text
}

/// Resources as a divisor.
fn each(run: &Run) -> f64 {
    run.resources.max(1) as f64
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0}", bytes as f64 / 1e6)
}

/// Puts the tables between the marks of the page.
pub(super) fn write(page: &Path, marks: Marks, tables: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| format!("while reading {}", page.display()))?;
    let renewed = between_marks(&text, marks, tables).with_context(|| format!("{} has no marks", page.display()))?;
    std::fs::write(page, renewed).with_context(|| format!("while writing {}", page.display()))
}

fn between_marks(text: &str, (begin, end): Marks, tables: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{tables}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_written_anew() {
        let (begin, end) = FIGURES;
        let page = format!("Why.\n{begin}\nold\n{end}\nWhat it means.\n");

        let renewed = between_marks(&page, FIGURES, "| new |\n").unwrap();

        assert_eq!(renewed, format!("Why.\n{begin}\n\n| new |\n\n{end}\nWhat it means.\n"));
        assert!(between_marks("no marks", FIGURES, "| new |").is_none());
    }
}
