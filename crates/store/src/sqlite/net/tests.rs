//! Tries to go round the door, on the connection itself.

use super::super::{Sqlite, Use};
use crate::engine::{Reads, RowView, VersionView, Writes};
use crate::fid::Fid;
use crate::names::{Labels, Part, Rid, RidRange, Version};
use crate::visibility::{KindSet, Parts, Rule, Visibility};
use crate::{Change, StoreError};
use fhir::ResourceType;
use std::ops::ControlFlow;
use tempfile::TempDir;

fn observation(part: u32, sequence: u32) -> Rid {
    let kind = ResourceType::parse("Observation").unwrap();
    Rid::pack(kind, Part::from_number(part).unwrap(), sequence).unwrap()
}

fn put(sqlite: &Sqlite, rid: Rid, labels: Labels) {
    let id = format!("o{}", rid.key());
    let fid = Fid::Text(&id);
    let (vector, body, updated_ms) = (b"v".as_slice(), b"secret".as_slice(), 0);
    let version = Version::FIRST.next();
    sqlite.put_row(RowView { rid, fid, version, updated_ms, labels, encoding: 0, vector, body }).unwrap();
    let (version, change) = (Version::FIRST, Change::Create);
    let older = VersionView { rid, was: rid, fid, version, updated_ms, change, labels, encoding: 0, body };
    sqlite.put_version(older).unwrap();
}

/// Three people with one observation each, one more that is in the records of the first and the second.
fn world(folder: &TempDir) -> (Sqlite, Sqlite) {
    let file = folder.path().join("record.sqlite");
    let mut writer = Sqlite::open(&file, Use::Write).unwrap();
    writer.lay_out().unwrap();
    (1..=3).for_each(|part| put(&writer, observation(part, 1), Labels::NONE));
    let shared = observation(1, 2);
    put(&writer, shared, Labels::MULTI);
    let parts = [1, 2].map(|part| Part::from_number(part).unwrap());
    for version in [Version::FIRST, Version::FIRST.next()] {
        writer.put_parts_of_version(shared, version, &parts).unwrap();
    }
    (writer, Sqlite::open(&file, Use::Read).unwrap())
}

fn of(parts: &[u32]) -> Visibility {
    let parts = Parts::These(std::sync::Arc::new(parts.iter().copied().collect()));
    Visibility::of(vec![Rule { parts, kinds: KindSet::ALL, labels: Labels::ALL }])
}

fn rows(sqlite: &Sqlite) -> Result<Vec<Rid>, StoreError> {
    let mut found = Vec::new();
    let all = RidRange { first: Rid::from_key(0), last: Rid::from_key(i64::MAX) };
    sqlite.rows(all, &mut |row| {
        found.push(row.rid);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

fn versions(sqlite: &Sqlite, rid: Rid) -> usize {
    let mut found = 0;
    let mut count = |_: VersionView<'_>| {
        found += 1;
        Ok(ControlFlow::Continue(()))
    };
    sqlite.versions(rid, None, &mut count).unwrap();
    found
}

#[test]
fn a_connection_shows_what_the_question_may_see_and_nothing_without_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let (_writer, reader) = world(&folder);

    assert_eq!(rows(&reader).unwrap(), []);
    reader.ask(&of(&[1, 3]), u64::MAX);
    assert_eq!(rows(&reader).unwrap(), [observation(1, 1), observation(3, 1)]);
    assert_eq!(versions(&reader, observation(2, 1)), 0);
    assert_eq!(versions(&reader, observation(3, 1)), 1);
    reader.answered();
    assert_eq!(rows(&reader).unwrap(), []);
}

#[test]
fn what_is_in_two_records_is_shown_to_those_who_may_see_both() {
    let folder = tempfile::tempdir().unwrap();
    let (_writer, reader) = world(&folder);

    reader.ask(&of(&[1, 2]), u64::MAX);

    assert_eq!(rows(&reader).unwrap(), [observation(1, 1), observation(1, 2), observation(2, 1)]);
    assert_eq!(versions(&reader, observation(1, 2)), 1);
    reader.ask(&of(&[1, 3]), u64::MAX);
    assert_eq!(versions(&reader, observation(1, 2)), 0);
}

#[test]
fn a_question_with_too_much_hidden_on_its_way_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let (_writer, reader) = world(&folder);

    reader.ask(&of(&[3]), 2);
    assert!(rows(&reader).is_err());
    assert!(reader.answered());
    reader.ask(&of(&[3]), 4);
    assert_eq!(rows(&reader).unwrap(), [observation(3, 1)]);
    assert!(!reader.answered());
}

#[test]
fn every_way_round_the_views_is_refused_when_the_statement_is_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let (_writer, reader) = world(&folder);
    reader.ask(&Visibility::everything(), u64::MAX);

    let content = ["fid", "t", "lbl", "enc", "body"];
    let columns = content.iter().flat_map(|column| [("res", *column), ("ver", *column)]).chain([("res", "sv")]);
    let mut ways: Vec<String> = Vec::new();
    for (table, column) in columns {
        ways.push(format!("SELECT {column} FROM {table}"));
        ways.push(format!("SELECT count({column}) FROM {table}"));
        ways.push(format!("SELECT 1 FROM part WHERE EXISTS (SELECT 1 FROM {table} WHERE {column} IS NOT NULL)"));
        ways.push(format!("SELECT rid FROM seen_res UNION SELECT {column} FROM {table}"));
        ways.push(format!("WITH w AS (SELECT {column} c FROM {table}) SELECT c FROM w"));
        ways.push(format!("SELECT seen_res.rid FROM seen_res JOIN {table} b USING (rid) ORDER BY b.{column}"));
        ways.push(format!("SELECT max({column}) OVER () FROM main.{table}"));
    }
    let others = [
        "SELECT * FROM res",
        "SELECT count(*) FROM res",
        "SELECT count(*) FROM ver",
        "CREATE TEMP VIEW mine AS SELECT * FROM res",
        "DROP VIEW seen_res",
        "CREATE TEMP TABLE mine(a)",
        "CREATE TABLE mine(a)",
        "ATTACH 'other.sqlite' AS other",
        "PRAGMA query_only = 0",
        "PRAGMA writable_schema = 1",
        "INSERT INTO part(fid) VALUES('p')",
        "UPDATE res SET lbl = 0",
        "DELETE FROM chg",
        "ANALYZE",
    ];
    ways.extend(others.map(str::to_owned));

    let open: Vec<String> = ways.into_iter().filter(|sql| reader.connection.prepare(sql).is_ok()).collect();

    assert_eq!(open, Vec::<String>::new());
}

#[test]
fn the_writer_cannot_change_the_layout_or_open_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _reader) = world(&folder);

    for sql in ["DROP TABLE res", "ALTER TABLE res RENAME TO r", "ATTACH 'o.sqlite' AS o", "DROP VIEW seen_res"] {
        assert!(writer.connection.prepare(sql).is_err(), "{sql}");
    }
}
