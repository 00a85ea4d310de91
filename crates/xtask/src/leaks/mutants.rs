//! Twelve programs that leak on purpose, each in one place: whether a test catches each, and whether the second net holds it.
//!
//! A mutant is a table row: texts of the sources and what stands there instead. All are built into one copy of the program, each
//! asleep until a variable names it, so that one build serves all, and so that the same build with none awake shows that the
//! tests fail for the leak alone. Those inside the store are tried with the second net cut, and again with it spread. A text that is not found exactly once is an error: change the row with the source.

use super::copy::Copy;
use super::{SEED, WORLDS, failed, integration_tests};
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context as _, bail, ensure};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// The variable that wakes one mutant in the copy.
const AWAKE: &str = "COMMONWEAL_LEAK";
/// The variable that cuts the second net in the copy: what SQLite itself keeps back.
const CUT: &str = "COMMONWEAL_NET_CUT";
/// Stands in a replacement for the condition that the mutant is awake.
const LEAKS: &str = "LEAKS";
/// The tests that must catch them, those about what readers may not see: first the main promise, over random worlds.
const RANDOM: &[&str] = &["non_interference"];
/// Those of cases with a name, for what no random world has.
const NAMED: &[&str] = &["disclosure", "consent", "relationships"];
/// Worlds of the property for each mutant, as in the usual run.
const WORLDS_EACH: u32 = 80;

/// One way to leak.
struct Mutant {
    /// What forgets to filter.
    name: &'static str,
    edits: &'static [Edit],
}

/// A text in a file and what stands there in the mutant.
struct Edit {
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

const ANSWER: &str = "crates/store/src/search/answer.rs";
const INCLUDE: &str = "crates/store/src/search/include.rs";
const MATCHER: &str = "crates/store/src/search/matcher.rs";
const PLAN: &str = "crates/store/src/search/plan.rs";
const HISTORY: &str = "crates/store/src/history.rs";
const EVERYTHING: &str = "crates/store/src/everything.rs";
const EXPORT: &str = "crates/record/src/export.rs";
const WRITE: &str = "crates/record/src/write.rs";
const VIEW: &str = "crates/record/src/view.rs";

const MUTANTS: [Mutant; 12] = [
    Mutant {
        name: "chain",
        edits: &[
            Edit {
                file: MATCHER,
                from: "holds = self.session.sees_row(self.visibility, &view)? && self.all(",
                to: "holds = (LEAKS || self.session.sees_row(self.visibility, &view)?) && self.all(",
            },
            Edit {
                file: PLAN,
                from: "matching_rows(self.session, self.visibility, (target, inner), &mut |row| {",
                to: "let all = Visibility::everything();
                     let seen = if LEAKS { &all } else { self.visibility };
                     matching_rows(self.session, seen, (target, inner), &mut |row| {",
            },
        ],
    },
    Mutant {
        name: "_has",
        edits: &[
            Edit {
                file: MATCHER,
                from: "matching_rows(session, visibility, (source, inner), &mut |row| {",
                to: "let all = Visibility::everything();
                     let seen = if LEAKS { &all } else { visibility };
                     matching_rows(session, seen, (source, inner), &mut |row| {",
            },
            Edit {
                file: MATCHER,
                from: "any_match(self.session, self.visibility, (has.source, &conditions))",
                to: "let all = Visibility::everything();
                     any_match(self.session, if LEAKS { &all } else { self.visibility }, (has.source, &conditions))",
            },
        ],
    },
    Mutant {
        name: "include",
        edits: &[Edit {
            file: INCLUDE,
            from: "self.add(target)?;",
            to: "let own = self.visibility;
                 if LEAKS { self.visibility = Box::leak(Box::new(Visibility::everything())); }
                 self.add(target)?;
                 self.visibility = own;",
        }],
    },
    Mutant {
        name: "revinclude",
        edits: &[Edit {
            file: INCLUDE,
            from: "self.add(source)?;",
            to: "let own = self.visibility;
                 if LEAKS { self.visibility = Box::leak(Box::new(Visibility::everything())); }
                 self.add(source)?;
                 self.visibility = own;",
        }],
    },
    Mutant {
        name: "sort",
        edits: &[Edit {
            file: ANSWER,
            from: "self.matches(candidates, None, &mut |row, _| {",
            to: "let all = Visibility::everything();
                 let open = Run {
                     session: self.session,
                     visibility: if LEAKS { &all } else { self.visibility },
                     matcher: Matcher::new(self.session, self.visibility, &query.conditions)?,
                     total: self.total,
                     count: self.count,
                     after: self.after.clone(),
                 };
                 open.matches(candidates, None, &mut |row, _| {",
        }],
    },
    Mutant {
        name: "count",
        edits: &[Edit {
            file: ANSWER,
            from: "if !self.session.sees_row(self.visibility, &row)? {",
            to: "let is_only_counted = self.total == Wanted::Exactly && self.count == 0;
                 if !(LEAKS && is_only_counted) && !self.session.sees_row(self.visibility, &row)? {",
        }],
    },
    Mutant {
        name: "history",
        edits: &[Edit {
            file: HISTORY,
            from: "let before = page.after.as_ref().map(read_key).transpose()?;",
            to: "let before = page.after.as_ref().map(read_key).transpose()?;
                 let all = Visibility::everything();
                 let visibility = if LEAKS { &all } else { visibility };",
        }],
    },
    Mutant {
        name: "everything",
        edits: &[Edit {
            file: EVERYTHING,
            from: "let walk = Walk { session, visibility, part, kinds, since_ms, count: page.count.max(1) };",
            to: "let all = Visibility::everything();
                 let visibility = if LEAKS { &all } else { visibility };
                 let walk = Walk { session, visibility, part, kinds, since_ms, count: page.count.max(1) };",
        }],
    },
    Mutant {
        name: "export",
        edits: &[Edit {
            file: EXPORT,
            from: "let found = inner.store.read(|reader| reader.search(&view.visibility, &query, &page))?;",
            to: "let all = store::Visibility::everything();
                 let shown = if LEAKS { &all } else { &view.visibility };
                 let found = inner.store.read(|reader| reader.search(shown, &query, &page))?;",
        }],
    },
    Mutant {
        name: "conditional create",
        edits: &[Edit {
            file: WRITE,
            from: "let mut found = writer.search(&self.finding, query.query(), &two)?.matches;",
            to: "let all = Visibility::everything();
                 let finding = if LEAKS { &all } else { &self.finding };
                 let mut found = writer.search(finding, query.query(), &two)?.matches;",
        }],
    },
    Mutant {
        name: "limits of a grant",
        edits: &[Edit {
            file: VIEW,
            from: "let kinds = rule.kinds.and(KindSet::from_words(reach.types.words()));",
            to: "if LEAKS { return rule; }
                 let kinds = rule.kinds.and(KindSet::from_words(reach.types.words()));",
        }],
    },
    Mutant {
        name: "put",
        edits: &[Edit {
            file: WRITE,
            from: "if current.is_none() && expect != Expect::Absent && !self.view.sees_all_of(kind) {",
            to: "if !LEAKS && current.is_none() && expect != Expect::Absent && !self.view.sees_all_of(kind) {",
        }],
    },
];

/// The second net in the copy, which can be cut there.
const NET: Edit = Edit {
    file: "crates/store/src/sqlite/net.rs",
    from: "let sees = self.visibility.sees_in(rid, part, labels);",
    to: "let sees = LEAKS || self.visibility.sees_in(rid, part, labels);",
};

impl Mutant {
    /// Whether it forgets what the store was asked for; others ask the store for too much.
    fn is_inside_the_store(&self) -> bool {
        self.edits.iter().all(|edit| edit.file.starts_with("crates/store/"))
    }

    /// The Rust expression that is true when this one is awake.
    fn condition(&self) -> String {
        format!("std::env::var_os(\"{AWAKE}\").is_some_and(|leak| leak == \"{}\")", self.name)
    }
}

/// What came of waking each.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Leaks that a test noticed, and leaks inside the store that the second net held.
    pub(crate) kept: u32,
    /// Leaks that no test noticed or that went past the second net.
    pub(crate) broken: u32,
}

impl Findings {
    fn count(&mut self, is_kept: bool) {
        if is_kept {
            self.kept += 1;
        } else {
            self.broken += 1;
        }
    }
}

/// Builds them and sees whether each is caught; `tell` gets a line for each as soon as it is known.
pub(crate) fn wake_each(workspace: &Workspace, seed: u64, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Findings> {
    let started = Instant::now();
    let copy = Copy::make(workspace, mutated(workspace.root())?)?;
    tell(&format!("building the program with {} leaks asleep ...", MUTANTS.len()));
    let built = process::capture(&mut copy.turn(integration_tests(workspace, &["--no-run"])))?;
    ensure!(built.success, "the copy could not be built:\n{}", built.output);
    tell(&format!("built in {} s", started.elapsed().as_secs()));
    let asleep = Guarded { workspace, copy: &copy, seed, awake: "none", net: Net::Cut };
    let fails = asleep.fails(&[RANDOM, NAMED])?;
    ensure!(fails.is_empty(), "with no leak awake these fail already: {}", fails.join(", "));
    tell(&format!("{:20} nothing fails, as it must be", "(none awake)"));
    let mut findings = Findings::default();
    for mutant in &MUTANTS {
        let awake = Guarded { awake: mutant.name, ..asleep };
        let by = awake.fails(&[RANDOM, NAMED])?;
        findings.count(!by.is_empty());
        let told =
            if by.is_empty() { "SURVIVED: no test noticed".to_owned() } else { by.join("\n                     ") };
        tell(&format!("{:20} {told}", mutant.name));
        if mutant.is_inside_the_store() && !by.is_empty() {
            // With the net spread the first test that noticed the leak must find nothing.
            let first: Vec<&str> = by.iter().take(1).map(String::as_str).collect();
            let past = Guarded { net: Net::Spread, ..awake }.fails(&[&first])?;
            findings.count(past.is_empty());
            let told = if past.is_empty() { "held".to_owned() } else { format!("PASSED: {}", past.join(", ")) };
            tell(&format!("{:20} the second net: {told}", ""));
        }
    }
    let all = findings.kept + findings.broken;
    tell(&format!("{} of {all} leaks caught or held, in {} s", findings.kept, started.elapsed().as_secs()));
    Ok(findings)
}

/// Whether the second net is there while a mutant is awake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Net {
    Spread,
    Cut,
}

/// The copy with one leak awake.
#[derive(Clone, Copy)]
struct Guarded<'a> {
    workspace: &'a Workspace,
    copy: &'a Copy,
    seed: u64,
    awake: &'a str,
    net: Net,
}

impl Guarded<'_> {
    /// The tests that fail, of the first of these groups in which any does; a group has words that its tests' names hold.
    fn fails(&self, groups: &[&[&str]]) -> anyhow::Result<Vec<String>> {
        for group in groups {
            let failing = self.failing(group)?;
            if !failing.is_empty() {
                return Ok(failing);
            }
        }
        Ok(Vec::new())
    }

    fn failing(&self, tests: &[&str]) -> anyhow::Result<Vec<String>> {
        let mut arguments = vec!["--no-fail-fast", "--"];
        arguments.extend(tests);
        let mut command = self.copy.turn(integration_tests(self.workspace, &arguments));
        command
            .env(AWAKE, self.awake)
            .env(WORLDS, WORLDS_EACH.to_string())
            .env(SEED, self.seed.to_string())
            .env_remove(CUT);
        if self.net == Net::Cut {
            command.env(CUT, "yes");
        }
        let outcome = process::capture(&mut command)?;
        let failed = failed(&outcome.output);
        if outcome.success != failed.is_empty() {
            bail!("the tests did not run to their end:\n{}", outcome.output);
        }
        Ok(failed)
    }
}

/// The changed sources by path, with every mutant in them.
fn mutated(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut changed: BTreeMap<String, String> = BTreeMap::new();
    let of_mutants = MUTANTS.iter().flat_map(|mutant| mutant.edits.iter().map(move |edit| (edit, mutant.condition())));
    for (edit, condition) in of_mutants.chain([(&NET, format!("std::env::var_os(\"{CUT}\").is_some()"))]) {
        let text = match changed.get(edit.file) {
            Some(text) => text.clone(),
            None => {
                std::fs::read_to_string(root.join(edit.file)).with_context(|| format!("while reading {}", edit.file))?
            }
        };
        let times = text.matches(edit.from).count();
        ensure!(times == 1, "{} has {times} times, not once: {}", edit.file, edit.from);
        changed.insert(edit.file.to_owned(), text.replace(edit.from, &edit.to.replace(LEAKS, &condition)));
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_fits_the_sources_exactly_once() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");

        let changed = mutated(&root).unwrap();

        let awake = format!("var_os(\"{AWAKE}\")");
        let places: usize = changed.values().map(|text| text.matches(&awake).count()).sum();
        assert_eq!(places, MUTANTS.iter().map(|mutant| mutant.edits.len()).sum::<usize>());
    }
}
