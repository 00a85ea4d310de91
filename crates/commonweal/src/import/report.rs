//! What was refused and why: a line of JSON each, and the first few on the screen.

use anyhow::Context;
use fhir::issue::Issue;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// How many refusals are shown on the screen.
const SHOWN_MAX: u64 = 10;

/// The report being written. The file is made with the first refusal, and replaces one of an earlier run.
#[derive(Debug)]
pub struct Refusals {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    count: u64,
}

/// One refused resource.
#[derive(Debug)]
pub struct Refusal {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1; for a Bundle the number of its entry, counted from 0, stands in the element.
    pub line: u64,
    /// What is wrong.
    pub issues: Vec<Issue>,
}

impl Refusals {
    /// A report at `path`.
    pub fn to(path: PathBuf) -> Self {
        Self { path, file: None, count: 0 }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Where they stand, if there are any.
    pub fn written_to(&self) -> Option<&Path> {
        (self.count > 0).then_some(self.path.as_path())
    }

    /// Adds one.
    pub fn add(&mut self, refusal: &Refusal) -> anyhow::Result<()> {
        self.count += 1;
        let place = format!("{}:{}", refusal.file.display(), refusal.line);
        for issue in refusal.issues.iter().filter(|issue| issue.is_error()) {
            let element = issue.expression.as_deref().unwrap_or("");
            if self.count <= SHOWN_MAX {
                eprintln!("refused {place} {element}: {}", issue.diagnostics);
            }
            let line = serde_json::json!({
                "file": refusal.file.display().to_string(),
                "line": refusal.line,
                "element": element,
                "code": issue.code.code(),
                "reason": issue.diagnostics,
            });
            let path = &self.path;
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(BufWriter::new(
                    File::create(path).with_context(|| format!("while making the report {}", path.display()))?,
                )),
            };
            writeln!(file, "{line}").with_context(|| format!("while writing the report {}", path.display()))?;
        }
        if self.count == SHOWN_MAX + 1 {
            eprintln!("... more in {}", self.path.display());
        }
        Ok(())
    }

    /// Brings the report to its file; removes the report of an earlier run when nothing was refused.
    pub fn finish(&mut self) -> anyhow::Result<()> {
        match &mut self.file {
            Some(file) => file.flush().context("while writing the report of refusals"),
            None => {
                // A report that is not there need not be removed.
                let _ = std::fs::remove_file(&self.path);
                Ok(())
            }
        }
    }
}
