//! The rules of the house that no other tool knows, checked in milliseconds: `cargo xtask tidy`.
//!
//! Each rule is a function that looks at the whole repository and names what breaks it; its
//! sentence is what a contributor reads.
//! Formatting, lints and spelling belong to rustfmt, clippy, taplo and typos, not here; the length of
//! functions and the number of parameters are clippy's (`clippy.toml`).
//!
//! - [`rooms`]: which crate may use which, read from the table in `ARCHITECTURE.md`
//! - [`files`]: sizes, heads and names of files
//! - [`words`]: what may not be written anywhere
//! - [`pages`]: decisions and links in the documents

mod files;
mod pages;
mod rooms;
mod words;

use std::fmt;

use anyhow::Context as _;

use crate::workspace::{Package, Workspace};

/// Everything that rules look at.
pub(crate) struct House {
    packages: Vec<Package>,
    files: Vec<File>,
}

/// One file of the repository.
pub(crate) struct File {
    path: String,
    size: u64,
    /// What it says, unless it is no text.
    text: Option<String>,
}

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    place: String,
    what: String,
}

/// A rule: a sentence that holds everywhere, and the function that looks.
pub(crate) struct Rule {
    sentence: &'static str,
    look: fn(&House) -> Vec<Finding>,
}

/// Every rule, in the order in which they are reported.
const RULES: [Rule; 18] = [
    Rule { sentence: "ARCHITECTURE.md names exactly the crates that are there", look: rooms::the_table_is_complete },
    Rule { sentence: "a crate uses only the rooms that its row allows", look: rooms::crates_use_what_their_row_allows },
    Rule { sentence: "rings look up, never down and never sideways between areas", look: rooms::rings_look_up },
    Rule { sentence: "each engine is named by one crate only", look: rooms::engines_have_one_owner },
    Rule { sentence: "versions and lints are set in the root manifest only", look: rooms::manifests_inherit },
    Rule {
        sentence: "only `commonweal` and the developer commands read the environment",
        look: words::one_reader_of_configuration,
    },
    Rule {
        sentence: "every route is added by `trust::Routes`, which keeps the table that a test walks",
        look: words::routes_stand_in_a_table,
    },
    Rule { sentence: "every Rust file begins with a head that says what it is for", look: files::heads },
    Rule { sentence: "a Rust file has at most 600 lines, tests not counted", look: files::lengths },
    Rule { sentence: "files are named for what they are about", look: files::names },
    Rule { sentence: "no file is larger than 500 kB", look: files::sizes },
    Rule { sentence: "a crate has at most one integration test binary", look: files::one_integration_binary },
    Rule { sentence: "no snapshot waits to be read", look: files::no_snapshot_waits },
    Rule { sentence: "no test is switched off", look: words::no_test_is_switched_off },
    Rule { sentence: "nothing is left for later in a comment", look: words::nothing_for_later },
    Rule {
        sentence: "no path of one machine and no address of a package registry is written down",
        look: words::no_machine,
    },
    Rule { sentence: "decisions are numbered one after another", look: pages::decisions },
    Rule { sentence: "links between the documents lead somewhere", look: pages::links },
];

impl House {
    /// Reads the repository.
    pub(crate) fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let read = |path: String| {
            let bytes = std::fs::read(workspace.root().join(&path)).with_context(|| format!("while reading {path}"))?;
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            anyhow::Ok(File { path, size, text: String::from_utf8(bytes).ok() })
        };
        let files = workspace.files()?.into_iter().map(read).collect::<anyhow::Result<_>>()?;
        Ok(Self { packages: workspace.packages()?, files })
    }

    /// The Rust sources, with what they say.
    fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// All files that are text.
    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
    }

    /// What one file says, by its path.
    fn text(&self, path: &str) -> Option<&str> {
        self.texts().find(|(found, _)| *found == path).map(|(_, text)| text)
    }
}

impl Finding {
    /// A finding about a whole file, crate or table.
    fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }

    /// A finding on one line, counted from 0 as `enumerate` does.
    fn on_line(path: &str, index: usize, what: impl Into<String>) -> Self {
        Self { place: format!("{path}:{}", index.saturating_add(1)), what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// What all rules together found.
pub(crate) struct Report {
    /// Rules that hold.
    pub(crate) kept: u32,
    /// Rules that are broken somewhere.
    pub(crate) broken: u32,
    /// The findings, for people.
    pub(crate) text: String,
}

/// Looks at every rule.
pub(crate) fn report(house: &House) -> Report {
    let mut report = Report { kept: 0, broken: 0, text: String::new() };
    for rule in &RULES {
        let findings = (rule.look)(house);
        if findings.is_empty() {
            report.kept += 1;
            continue;
        }
        report.broken += 1;
        let lines: Vec<String> = findings.iter().map(|finding| format!("    {finding}\n")).collect();
        report.text.push_str(&format!("  broken: {}\n{}", rule.sentence, lines.concat()));
    }
    report
}

/// The command: prints what is broken and how many rules hold.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<bool> {
    let report = report(&House::read(workspace)?);
    print!("{}", report.text);
    println!("tidy: {} rules hold, {} broken", report.kept, report.broken);
    Ok(report.broken == 0)
}

#[cfg(test)]
impl House {
    /// A made-up repository for the tests of the rules.
    fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            size: u64::try_from(text.len()).unwrap(),
            text: Some((*text).to_owned()),
        };
        Self { packages: Vec::new(), files: files.iter().map(file).collect() }
    }

    /// The same with crates: name, what it uses, what its tests use.
    fn with_packages(mut self, packages: &[(&str, &[&str], &[&str])]) -> Self {
        use crate::workspace::Dependency;
        let dependency = |only_tests| move |name: &&str| Dependency { name: (*name).to_owned(), only_tests };
        self.packages = packages
            .iter()
            .map(|(name, uses, tests)| Package {
                name: (*name).to_owned(),
                dependencies: uses.iter().map(dependency(false)).chain(tests.iter().map(dependency(true))).collect(),
            })
            .collect();
        self
    }
}
