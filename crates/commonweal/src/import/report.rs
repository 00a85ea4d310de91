//! What was refused and why: a line of JSON each, and the first few on the screen; and what was kept although it breaks FHIR R4.

use anyhow::Context;
use fhir::issue::Issue;
use record::Strictness;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// How many refusals are shown on the screen.
const SHOWN_MAX: u64 = 10;

/// The report being written. The file is made with the first refusal, and replaces one of an earlier run.
#[derive(Debug)]
pub struct Refusals {
    path: PathBuf,
    strictness: Strictness,
    file: Option<BufWriter<File>>,
    count: u64,
    kept: u64,
    kinds: BTreeMap<(String, String), Finding>,
}

/// One kind of finding: how often, and where first.
#[derive(Debug)]
struct Finding {
    code: &'static str,
    count: u64,
    first: (PathBuf, u64),
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
    pub fn to(path: PathBuf, strictness: Strictness) -> Self {
        Self { path, strictness, file: None, count: 0, kept: 0, kinds: BTreeMap::new() }
    }

    /// What is done about findings.
    pub fn strictness(&self) -> Strictness {
        self.strictness
    }

    /// How many resources were kept with findings, and where their kinds stand; none if there are none.
    pub fn findings(&self) -> Option<(u64, PathBuf)> {
        (self.kept > 0).then(|| (self.kept, self.findings_path()))
    }

    fn findings_path(&self) -> PathBuf {
        let mut name = self.path.file_stem().unwrap_or_default().to_owned();
        name.push(".findings.ndjson");
        self.path.with_file_name(name)
    }

    /// Adds what was kept although it breaks a rule. The report counts kinds: a feed in an older form breaks the same rule
    /// in every line.
    pub fn find(&mut self, found: Refusal) {
        self.kept += 1;
        for issue in found.issues {
            let element = without_numbers(issue.expression.as_deref().unwrap_or(""));
            let (code, first) = (issue.code.code(), (found.file.clone(), found.line));
            let kind = self.kinds.entry((element, issue.diagnostics)).or_insert(Finding { code, count: 0, first });
            kind.count += 1;
        }
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
        self.write_findings()?;
        match &mut self.file {
            Some(file) => file.flush().context("while writing the report of refusals"),
            None => {
                // A report that is not there need not be removed.
                let _ = std::fs::remove_file(&self.path);
                Ok(())
            }
        }
    }

    fn write_findings(&self) -> anyhow::Result<()> {
        let path = self.findings_path();
        if self.kinds.is_empty() {
            // Findings of an earlier run that are not there need not be removed.
            let _ = std::fs::remove_file(&path);
            return Ok(());
        }
        let write = || -> std::io::Result<()> {
            let mut file = BufWriter::new(File::create(&path)?);
            for ((element, reason), Finding { code, count, first }) in &self.kinds {
                let (file_name, line) = (first.0.display().to_string(), first.1);
                let text = serde_json::json!({
                    "element": element, "code": code, "reason": reason, "count": count, "file": file_name, "line": line,
                });
                writeln!(file, "{text}")?;
            }
            file.flush()
        };
        write().with_context(|| format!("while writing the findings {}", path.display()))
    }
}

/// A FHIRPath without its indexes, so that the same fault in other places is the same kind.
fn without_numbers(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        inside = (inside || letter == '[') && letter != ']';
        if !inside && letter != ']' {
            plain.push(letter);
        }
    }
    plain
}
