//! Sizes, heads and names of files.
//!
//! A limit that is never checked is a wish; these are the limits of the house style.
//! The length of functions is clippy's `too_many_lines`, which sees them as the compiler does.

use std::collections::BTreeMap;

use super::{Finding, House};

/// The most lines that a Rust file may have, its tests not counted.
const LINES_MAX: usize = 600;

/// The most bytes that a file may have: the repository is cloned by everybody, for ever.
const BYTES_MAX: u64 = 500_000;

/// The fewest characters of a head: less is no sentence.
const HEAD_CHARACTERS_MIN: usize = 30;

/// The most lines of a head; crate heads have a map of their modules.
const HEAD_LINES_MAX: usize = 40;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = ["utils", "util", "helpers", "helper", "common", "manager", "misc", "stuff"];

/// Larger files that are worth it, each with its reason.
const LARGE_FILES: [(&str, &str); 2] =
    [("definitions/", "generated from the FHIR package, compiled into the binary"), ("Cargo.lock", "written by Cargo")];

/// Whether a Rust file holds tests only.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.contains("/benches/")
}

/// Every Rust file starts with `//!` prose, at least a sentence and at most 40 lines.
pub(super) fn heads(house: &House) -> Vec<Finding> {
    house.sources().filter_map(|(path, text)| head(path, text)).collect()
}

fn head(path: &str, text: &str) -> Option<Finding> {
    let head = || text.lines().map_while(|line| line.strip_prefix("//!"));
    let characters: usize = head().map(|line| line.trim().chars().count()).sum();
    let lines = head().count();
    if characters < HEAD_CHARACTERS_MIN {
        return Some(Finding::on_line(path, 0, "begin with `//!`: what it is for, what it refuses, where to go next"));
    }
    (lines > HEAD_LINES_MAX)
        .then(|| Finding::on_line(path, 0, format!("a head of {lines} lines, over {HEAD_LINES_MAX}")))
}

/// No file but a test is longer than 600 lines; a test module at the end of a file does not count.
pub(super) fn lengths(house: &House) -> Vec<Finding> {
    let too_long = |(path, text): (&str, &str)| {
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        (!is_test(path) && lines > LINES_MAX)
            .then(|| Finding::at(path, format!("{lines} lines, over {LINES_MAX}: cut it by idea")))
    };
    house.sources().filter_map(too_long).collect()
}

/// No file or folder of sources is called `utils`, `helpers`, `common` or the like.
pub(super) fn names(house: &House) -> Vec<Finding> {
    let says_nothing = |(path, _): (&str, &str)| {
        let parts = path.trim_end_matches(".rs").split('/');
        let empty = parts.flat_map(|part| part.split('_')).find(|word| EMPTY_NAMES.contains(word))?;
        Some(Finding::at(path, format!("`{empty}` says nothing: name the file for its one idea")))
    };
    house.sources().filter_map(says_nothing).collect()
}

/// No file is larger than 500 kB but the few that are listed with a reason.
pub(super) fn sizes(house: &House) -> Vec<Finding> {
    let large = house.files.iter().filter(|file| file.size > BYTES_MAX);
    large
        .filter(|file| !LARGE_FILES.iter().any(|(prefix, _)| file.path.starts_with(prefix)))
        .map(|file| Finding::at(&file.path, format!("{} bytes, over {BYTES_MAX}", file.size)))
        .collect()
}

/// A snapshot that a test wrote anew has been read and accepted, or thrown away.
pub(super) fn no_snapshot_waits(house: &House) -> Vec<Finding> {
    let waits = |path: &str| path.ends_with(".snap.new") || path.ends_with(".pending-snap");
    let waiting = house.files.iter().filter(|file| waits(&file.path));
    waiting.map(|file| Finding::at(&file.path, "accept it with `cargo xtask snapshots` or delete it")).collect()
}

/// A crate links at most one binary for its tests in `tests/`: more tests are modules of it.
pub(super) fn one_integration_binary(house: &House) -> Vec<Finding> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (path, _) in house.sources() {
        let Some((name, rest)) = path.strip_prefix("crates/").and_then(|path| path.split_once("/tests/")) else {
            continue;
        };
        let is_binary = !rest.contains('/') || (rest.ends_with("/main.rs") && rest.matches('/').count() == 1);
        if name.contains('/') || !is_binary {
            continue;
        }
        if let Some(other) = first.insert(name, path) {
            findings.push(Finding::at(path, format!("a second test binary beside {other}: make it a module")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "//! Keeps what was found and gives it back.\n\nuse std::fmt;\n";

    #[test]
    fn a_file_without_a_head_is_found() {
        let house = House::of(&[
            ("crates/a/src/lib.rs", HEAD),
            ("crates/a/src/bare.rs", "fn main() {}\n"),
            ("crates/a/src/short.rs", "//! Tests.\n"),
        ]);

        let places: Vec<String> = heads(&house).into_iter().map(|finding| finding.place).collect();

        assert_eq!(places, ["crates/a/src/bare.rs:1", "crates/a/src/short.rs:1"]);
    }

    #[test]
    fn a_head_does_not_become_a_book() {
        assert!(head("crates/a/src/lib.rs", &"//! line\n".repeat(41)).is_some());
        assert!(head("crates/a/src/lib.rs", &"//! line\n".repeat(40)).is_none());
    }

    #[test]
    fn six_hundred_lines_are_the_limit_without_the_tests() {
        let at_limit = format!("{}#[cfg(test)]\n{}", "a\n".repeat(600), "b\n".repeat(300));
        let over = "a\n".repeat(601);
        let house = House::of(&[
            ("crates/a/src/limit.rs", &at_limit),
            ("crates/a/src/over.rs", &over),
            ("crates/a/src/over/tests.rs", &over),
        ]);

        assert_eq!(lengths(&house), [Finding::at("crates/a/src/over.rs", "601 lines, over 600: cut it by idea")]);
    }

    #[test]
    fn names_that_say_nothing_are_found() {
        let house = House::of(&[
            ("crates/a/src/utils.rs", ""),
            ("crates/a/src/date_helpers.rs", ""),
            ("crates/a/src/date.rs", ""),
        ]);

        assert_eq!(names(&house).len(), 2);
    }

    #[test]
    fn a_large_file_is_found() {
        let large = "x".repeat(500_001);
        let house = House::of(&[("docs/large.md", &large), ("definitions/elements.tsv", &large)]);

        assert_eq!(sizes(&house).len(), 1);
    }

    #[test]
    fn a_snapshot_that_waits_is_found() {
        let house = House::of(&[("crates/a/src/.a.rs.pending-snap", ""), ("crates/a/src/snapshots/a.snap", "")]);

        assert_eq!(no_snapshot_waits(&house).len(), 1);
    }

    #[test]
    fn a_second_test_binary_of_a_crate_is_found() {
        let house = House::of(&[
            ("crates/commonweal/tests/it/main.rs", HEAD),
            ("crates/commonweal/tests/it/import.rs", HEAD),
            ("crates/kit/tests/fixtures.rs", HEAD),
            ("crates/commonweal/tests/search.rs", HEAD),
        ]);

        assert_eq!(one_integration_binary(&house).len(), 1);
    }
}
