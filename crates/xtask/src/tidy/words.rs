//! What may not be written anywhere in the repository, and what only few may write.
//!
//! The forbidden words are put together from halves here, so that this file does not break its own rules.
//! Spelling is the business of typos.

use super::{Finding, House};

/// Marks of work put off; an issue is the place for it.
const MARKS: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK:")];

/// Starts of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/tmp/ba", "sh"),
];

/// Addresses of package registries: they are set on a machine, never in the project.
const REGISTRIES: [&str; 8] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("registry.npm", "js"),
    concat!("deb.deb", "ian"),
    concat!("proxy.go", "lang"),
    concat!("repo.ma", "ven"),
    concat!("docker", ".io"),
];

/// Ways in which a test is taken out of the run.
const SWITCHES: [&str; 3] = [concat!("#[ign", "ore"), concat!(".sk", "ip("), concat!("test.to", "do(")];

/// Files that other tools write and that name registries by their nature.
const WRITTEN_BY_TOOLS: [&str; 2] = ["Cargo.lock", "package-lock.json"];

/// Lines in which one of these words stands, in the files for which `applies` says yes.
fn lines_with(house: &House, words: &[&str], applies: impl Fn(&str) -> bool, what: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in house.texts().filter(|(path, _)| applies(path)) {
        for (index, line) in text.lines().enumerate() {
            findings.extend(
                words
                    .iter()
                    .filter(|word| begins_in(line, word))
                    .map(|word| Finding::on_line(path, index, format!("`{word}`: {what}"))),
            );
        }
    }
    findings
}

/// Whether the word stands in the line, not in the middle of a longer name or path.
fn begins_in(line: &str, word: &str) -> bool {
    let goes_on = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let needs_edge = word.starts_with('/');
    let mut places = line.match_indices(word).filter_map(|(at, _)| line.get(..at));
    places.any(|before| !needs_edge || !before.ends_with(goes_on))
}

fn is_ours(path: &str) -> bool {
    !WRITTEN_BY_TOOLS.contains(&path) && !path.starts_with("definitions/") && !path.starts_with("LICENSE")
}

/// No marks of work put off.
pub(super) fn nothing_for_later(house: &House) -> Vec<Finding> {
    lines_with(house, &MARKS, |path| is_ours(path) && !path.ends_with(".md"), "do it now or write an issue")
}

/// No path of one machine, no registry.
pub(super) fn no_machine(house: &House) -> Vec<Finding> {
    let mut findings = lines_with(house, &MACHINE_PATHS, is_ours, "a path of one machine");
    findings.extend(lines_with(house, &REGISTRIES, is_ours, "an address of a package registry"));
    findings
}

/// No test is ignored or skipped: it is mended or deleted.
pub(super) fn no_test_is_switched_off(house: &House) -> Vec<Finding> {
    let rust = |path: &str| path.ends_with(".rs");
    let journeys = |path: &str| path.starts_with("browser/");
    let [ignored, skipped @ ..] = SWITCHES;
    let mut findings = lines_with(house, &[ignored], rust, "mend the test or delete it");
    findings.extend(lines_with(house, &skipped, journeys, "mend the journey or delete it"));
    findings
}

/// Libraries are told what to do; they do not look around for it. Their tests and examples may.
pub(super) fn one_reader_of_configuration(house: &House) -> Vec<Finding> {
    let is_reader = |path: &str| path.starts_with("crates/commonweal/") || path.starts_with("crates/xtask/");
    let is_library = |path: &str| path.contains("/src/") && !path.ends_with("/tests.rs") && !is_reader(path);
    let mut findings = Vec::new();
    for (path, text) in house.sources().filter(|(path, _)| is_library(path)) {
        let code = text.lines().take_while(|line| *line != "#[cfg(test)]").enumerate();
        let reading = code.filter(|(_, line)| line.contains("env::var") || line.contains("env::args"));
        findings.extend(reading.map(|(index, _)| Finding::on_line(path, index, "only the binary reads configuration")));
    }
    findings
}

/// The one file that may add a route in axum's own way.
const MAKER_OF_ROUTES: &str = "crates/trust/src/routes.rs";

/// A route that is in no table would be tried by nobody: `trust::Routes` keeps the table.
pub(super) fn routes_stand_in_a_table(house: &House) -> Vec<Finding> {
    let ways = [".route(", ".route_service(", ".nest(", ".nest_service(", ".fallback_service("];
    let is_served = |path: &str| path.contains("/src/") && !path.ends_with("/tests.rs") && !path.contains("/tests/");
    let mut findings = Vec::new();
    for (path, text) in house.sources().filter(|(path, _)| is_served(path) && *path != MAKER_OF_ROUTES) {
        // The developer's commands are no part of the program, and this file names the ways.
        let code = text.lines().take_while(|line| *line != "#[cfg(test)]" && !path.starts_with("crates/xtask/"));
        let adding = code.enumerate().filter(|(_, line)| ways.iter().any(|way| line.contains(way)));
        findings.extend(adding.map(|(index, _)| Finding::on_line(path, index, "add it with trust::Routes")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(path: &str, line: &str, rule: fn(&House) -> Vec<Finding>) -> usize {
        rule(&House::of(&[(path, line)])).len()
    }

    #[test]
    fn marks_of_work_put_off_are_found() {
        let line = format!("// {}: later\n", concat!("TO", "DO"));

        assert_eq!(found_in("crates/a/src/lib.rs", &line, nothing_for_later), 1);
        assert_eq!(found_in("crates/a/src/lib.rs", "// done\n", nothing_for_later), 0);
    }

    #[test]
    fn paths_of_a_machine_and_registries_are_found() {
        assert_eq!(found_in("README.md", concat!("see /ho", "me/ada/notes\n"), no_machine), 1);
        assert_eq!(found_in("a.snap", concat!("source: crates/citizen/src/ho", "me/pages.rs\n"), no_machine), 0);
        assert_eq!(found_in("README.md", concat!("from pypi", ".org\n"), no_machine), 1);
        assert_eq!(found_in("Cargo.lock", concat!("source = crates", ".io\n"), no_machine), 0);
    }

    #[test]
    fn a_test_that_is_switched_off_is_found() {
        assert_eq!(found_in("crates/a/src/tests.rs", concat!("#[ign", "ore]\n"), no_test_is_switched_off), 1);
        assert_eq!(found_in("browser/a.test.js", concat!("test.sk", "ip('a')\n"), no_test_is_switched_off), 1);
    }

    #[test]
    fn a_library_that_reads_the_environment_is_found() {
        let line = "let home = std::env::var(\"HOME\");\n";

        assert_eq!(found_in("crates/store/src/lib.rs", line, one_reader_of_configuration), 1);
        assert_eq!(found_in("crates/commonweal/src/main.rs", line, one_reader_of_configuration), 0);
        assert_eq!(
            found_in("crates/store/src/lib.rs", &format!("#[cfg(test)]\n{line}"), one_reader_of_configuration),
            0
        );
    }

    #[test]
    fn a_route_outside_the_table_is_found() {
        let line = "    Router::new().route(\"/secret\", get(secret))\n";

        assert_eq!(found_in("crates/care/src/lib.rs", line, routes_stand_in_a_table), 1);
        assert_eq!(found_in(MAKER_OF_ROUTES, line, routes_stand_in_a_table), 0);
        assert_eq!(found_in("crates/care/src/tests.rs", line, routes_stand_in_a_table), 0);
    }
}
