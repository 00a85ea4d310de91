//! Which crate may use which: the table in `ARCHITECTURE.md` against the manifests.
//!
//! The table is the law and this reads it, so that the picture that newcomers get cannot grow old.
//! A row is `| ring | crate | may use | charter |`; `everything` in the third column means every crate.
//! Rules about single words in source files are in [`super::words`].

use super::{Finding, House};
use crate::workspace::Package;

/// Where the table is.
const TABLE: &str = "ARCHITECTURE.md";

/// Rooms that exist for tests and may be used by the tests of any crate.
const FOR_TESTS: [&str; 2] = ["testkit", "synthetic"];

/// Rings up to this one may also use their own ring, where the row says so; above it areas stand side by side.
const SPINE_RING_LAST: u32 = 2;

/// Engines and who alone may name them.
const ENGINES: [(&[&str], &[&str]); 4] = [
    (&["rusqlite", "libsqlite3-sys", "tokio-postgres", "postgres", "sqlx", "duckdb"], &["store"]),
    (&["datafusion", "parquet", "arrow"], &["tables"]),
    (&["cedar-policy", "cedar-policy-core"], &["gate"]),
    (&["clap", "toml", "config", "figment"], &["commonweal", "xtask"]),
];

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
struct Room {
    ring: u32,
    name: String,
    /// The rooms it may use; `None` for every room.
    uses: Option<Vec<String>>,
}

/// Reads the rows `| ring | `crate` | may use | charter |`; other tables of the page have no ring number.
fn table(text: &str) -> Vec<Room> {
    text.lines().filter_map(room).collect()
}

fn room(line: &str) -> Option<Room> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let ring = cells.next()?.split_whitespace().next()?.parse().ok()?;
    let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?.to_owned();
    let uses = cells.next()?;
    let listed = || uses.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    Some(Room { ring, name, uses: if uses == "everything" { None } else { Some(listed()) } })
}

fn rooms(house: &House) -> Vec<Room> {
    house.text(TABLE).map(table).unwrap_or_default()
}

/// The rooms of this workspace that a crate uses, with whether only its tests do.
fn used<'a>(house: &'a House, package: &'a Package) -> impl Iterator<Item = (&'a str, bool)> {
    let is_ours = |name: &str| house.packages.iter().any(|package| package.name == name);
    let ours = package.dependencies.iter().filter(move |dependency| is_ours(&dependency.name));
    ours.map(|dependency| (dependency.name.as_str(), dependency.only_tests))
}

/// The table has a row for every crate, and no row for a crate that is not there.
pub(super) fn the_table_is_complete(house: &House) -> Vec<Finding> {
    let rooms = rooms(house);
    let missing = house.packages.iter().filter(|package| !rooms.iter().any(|room| room.name == package.name));
    let empty = rooms.iter().filter(|room| !house.packages.iter().any(|package| package.name == room.name));
    missing
        .map(|package| Finding::at(TABLE, format!("no row for the crate `{}`", package.name)))
        .chain(empty.map(|room| Finding::at(TABLE, format!("a row for `{}`, but no such crate", room.name))))
        .collect()
}

/// What a crate uses stands in its row; its tests may use the test rooms too.
pub(super) fn crates_use_what_their_row_allows(house: &House) -> Vec<Finding> {
    let rooms = rooms(house);
    let mut findings = Vec::new();
    for package in &house.packages {
        let Some(Some(allowed)) = rooms.iter().find(|room| room.name == package.name).map(|room| &room.uses) else {
            continue;
        };
        for (name, only_tests) in used(house, package) {
            let for_tests = only_tests && FOR_TESTS.contains(&name);
            if !for_tests && !allowed.iter().any(|allowed| allowed == name) {
                findings
                    .push(Finding::at(format!("crates/{}/Cargo.toml", package.name), format!("may not use `{name}`")));
            }
        }
    }
    findings
}

/// The rows themselves only allow rings above; within a ring only the spine, so that areas never import one another.
pub(super) fn rings_look_up(house: &House) -> Vec<Finding> {
    let rooms = rooms(house);
    let ring = |name: &str| rooms.iter().find(|room| room.name == name).map(|room| room.ring);
    let mut findings = Vec::new();
    for room in &rooms {
        let (own, Some(uses)) = (room.ring, &room.uses) else { continue };
        for name in uses {
            let allowed = ring(name).is_some_and(|theirs| theirs < own || (theirs == own && own <= SPINE_RING_LAST));
            if !allowed {
                findings.push(Finding::at(TABLE, format!("`{}` of ring {own} may not use `{name}`", room.name)));
            }
        }
    }
    findings
}

/// Only `store` names a database driver, only `tables` a query engine, only `gate` Cedar, only the binaries a command line.
pub(super) fn engines_have_one_owner(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &house.packages {
        for (engines, owners) in ENGINES {
            let named = package.dependencies.iter().filter(|dependency| engines.contains(&dependency.name.as_str()));
            if owners.contains(&package.name.as_str()) {
                continue;
            }
            findings.extend(named.map(|dependency| {
                let place = format!("crates/{}/Cargo.toml", package.name);
                Finding::at(place, format!("only {} may name `{}`", owners.join(" and "), dependency.name))
            }));
        }
    }
    findings
}

/// Every crate takes its lints from the workspace and names no version of its own.
pub(super) fn manifests_inherit(house: &House) -> Vec<Finding> {
    let manifests = house.texts().filter(|(path, _)| path.starts_with("crates/") && path.ends_with("/Cargo.toml"));
    manifests.flat_map(|(path, text)| manifest(path, text)).collect()
}

fn manifest(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.contains("[lints]\nworkspace = true") {
        findings.push(Finding::at(path, "takes no lints from the workspace: add `[lints]` with `workspace = true`"));
    }
    let mut in_dependencies = false;
    for (index, line) in text.lines().enumerate() {
        if let Some(section) = line.strip_prefix('[') {
            in_dependencies = section.trim_end_matches(']').ends_with("dependencies");
        } else if in_dependencies && line.contains('=') && !line.starts_with('#') && !line.contains("workspace = true")
        {
            findings.push(Finding::on_line(path, index, "sets a version or path: move it to the root manifest"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: &str = "# House\n\n| ring | crate | may use | charter |\n|---|---|---|---|\n\
        | 0 words | `fhir` | nothing | trees |\n| 1 spine | `gate` | `fhir` | permits |\n\
        | 1 | `store` | `fhir` | rows |\n| 1 | `record` | `fhir`, `gate`, `store` | the door |\n\
        | 3 areas | `care` | `fhir`, `record` | pages |\n| 3 | `citizen` | `fhir`, `record` | pages |\n\
        | 4 | `commonweal` | everything | the binary |\n";

    fn house(packages: &[(&str, &[&str], &[&str])]) -> House {
        House::of(&[(TABLE, HOUSE)]).with_packages(packages)
    }

    #[test]
    fn the_table_is_read_as_it_is_written() {
        let rooms = table(HOUSE);

        assert_eq!(rooms.len(), 7);
        let record = rooms.iter().find(|room| room.name == "record").unwrap();
        assert_eq!(record.ring, 1);
        assert_eq!(record.uses.as_ref().unwrap(), &["fhir", "gate", "store"]);
        assert_eq!(rooms.last().unwrap().uses, None);
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let house = House::of(&[(TABLE, "| 0 | `fhir` | nothing | trees |\n")]).with_packages(&[("gate", &[], &[])]);

        assert_eq!(the_table_is_complete(&house).len(), 2);
    }

    #[test]
    fn an_area_that_reaches_for_the_store_is_found() {
        let house = house(&[("care", &["fhir", "store", "serde"], &[]), ("store", &[], &[]), ("fhir", &[], &[])]);

        let findings = crates_use_what_their_row_allows(&house);

        assert_eq!(findings, [Finding::at("crates/care/Cargo.toml", "may not use `store`")]);
    }

    #[test]
    fn tests_may_use_the_test_rooms_and_nothing_else_more() {
        let packages: &[(&str, &[&str], &[&str])] = &[
            ("care", &["fhir"], &["testkit", "citizen"]),
            ("testkit", &[], &[]),
            ("citizen", &[], &[]),
            ("fhir", &[], &[]),
        ];

        let findings = crates_use_what_their_row_allows(&house(packages));

        assert_eq!(findings, [Finding::at("crates/care/Cargo.toml", "may not use `citizen`")]);
    }

    #[test]
    fn the_binary_may_use_everything() {
        let house = house(&[("commonweal", &["care", "store"], &[]), ("care", &[], &[]), ("store", &[], &[])]);

        assert!(crates_use_what_their_row_allows(&house).is_empty());
    }

    #[test]
    fn a_row_that_lets_areas_import_one_another_is_found() {
        let text = HOUSE.replace("| `citizen` | `fhir`, `record` |", "| `citizen` | `care` |");

        assert!(rings_look_up(&House::of(&[(TABLE, HOUSE)])).is_empty());
        assert_eq!(rings_look_up(&House::of(&[(TABLE, &text)])).len(), 1);
    }

    #[test]
    fn a_row_that_looks_down_is_found() {
        let text = HOUSE.replace("| `fhir` | nothing |", "| `fhir` | `gate` |");

        assert_eq!(rings_look_up(&House::of(&[(TABLE, &text)])).len(), 1);
    }

    #[test]
    fn a_database_driver_outside_the_store_is_found() {
        let house = house(&[("record", &["rusqlite"], &[]), ("store", &["rusqlite"], &[])]);

        let findings = engines_have_one_owner(&house);

        assert_eq!(findings, [Finding::at("crates/record/Cargo.toml", "only store may name `rusqlite`")]);
    }

    #[test]
    fn a_manifest_with_a_version_of_its_own_is_found() {
        let good = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n\n[dependencies]\nbytes.workspace = true\n";
        let bad = good.replace("bytes.workspace = true", "bytes = \"1\"");

        assert!(manifest("crates/a/Cargo.toml", good).is_empty());
        assert_eq!(manifest("crates/a/Cargo.toml", &bad).len(), 1);
        assert_eq!(manifest("crates/a/Cargo.toml", "[package]\n").len(), 1);
    }
}
