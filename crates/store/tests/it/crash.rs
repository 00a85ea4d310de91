//! Killed at any moment: what was acknowledged is there, what was half done is not, and nobody repairs anything.
//!
//! The test runs itself as a child process that writes and says what was acknowledged, kills it (SIGKILL) at a random
//! moment, opens the store again and compares. `COMMONWEAL_KILLS` sets the number of rounds.

use crate::model::{OBSERVATION, PATIENT, id, param_of};
use fhir::ResourceType;
use fhir::search::{Condition, Entry, Query, Summary, Test, Token, Total, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use store::{Expect, Found, ImportOutcome, Lane, Options, PageRequest, Prepared, Store, StoreError, Visibility};

/// Where the child finds the folder of its store.
const FOLDER: &str = "COMMONWEAL_CRASH_FOLDER";
const ROUND: &str = "COMMONWEAL_CRASH_ROUND";
/// Resources that a transaction or an import writes together.
const TOGETHER: u64 = 40;

#[expect(clippy::disallowed_methods, reason = "the test hands its child a folder through the environment")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn open(folder: &Path) -> Store {
    Store::open(folder, Options::new(Arc::new(|| crate::model::UPDATED_MS))).unwrap()
}

fn resource(kind: ResourceType, name: &str, group: &str, content: u64) -> Prepared {
    let text =
        format!(r#"{{"resourceType":"{}","id":"{name}","text":"{group} {content} {}"}}"#, kind.name(), "x".repeat(300));
    let json = fhir::json::parse(text.as_bytes()).unwrap();
    let code = |text: &str| Token { code: Some(Cow::Owned(text.to_owned())), ..Token::default() };
    let entries = [
        Entry { param: param_of(kind, "_tag"), value: Value::Token(code(group)) },
        Entry { param: param_of(kind, "identifier"), value: Value::Token(code(&format!("content-{content}"))) },
    ];
    Prepared::new(id(name), &json, &entries, vec![id("somebody")]).unwrap()
}

/// The child: writes without end, a line for each acknowledgement.
#[test]
fn writes_until_it_is_killed() {
    let Some(folder) = setting(FOLDER) else { return };
    let round = setting(ROUND).unwrap_or_default();
    let store = open(Path::new(&folder));
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0_u64.. {
                let name = format!("single-{}", number % 50);
                let content = number + round.parse::<u64>().unwrap_or(0) * 1_000_000;
                let prepared = resource(PATIENT, &name, "single", content);
                let written = store.write(Lane::People, move |writer| writer.put(prepared, Expect::Any)).unwrap();
                say(format!("put {name} {content} {}", written.version));
            }
        });
        scope.spawn(|| {
            for number in 0_u64.. {
                let group = format!("transaction-{round}-{number}");
                let all: Vec<_> = (0..TOGETHER)
                    .map(|place| resource(OBSERVATION, &format!("t{round}-{number}-{place}"), &group, place))
                    .collect();
                let done: Result<(), StoreError> = store.write(Lane::People, move |writer| {
                    all.into_iter().try_for_each(|resource| writer.put(resource, Expect::Absent).map(drop))
                });
                done.unwrap();
                say(format!("group {group}"));
            }
        });
        scope.spawn(|| {
            for number in 0_u64.. {
                let group = format!("import-{round}-{number}");
                let batch = (0..TOGETHER)
                    .map(|place| resource(OBSERVATION, &format!("i{round}-{number}-{place}"), &group, place));
                store.import(batch.collect()).unwrap();
                say(format!("group {group}"));
            }
        });
    });
}

/// What the children acknowledged.
#[derive(Default)]
struct Acknowledged {
    singles: BTreeMap<String, (u64, u32)>,
    groups: Vec<String>,
}

impl Acknowledged {
    fn line(&mut self, line: &str) {
        // The test harness writes its own words to the same stream, before the first line of ours.
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(place) = words.iter().position(|word| *word == "put" || *word == "group") {
            match words[place..] {
                ["put", name, content, version] => {
                    self.singles.insert(name.to_owned(), (content.parse().unwrap(), version.parse().unwrap()));
                }
                ["group", group] => self.groups.push(group.to_owned()),
                _ => {}
            }
        }
    }
}

fn tagged(kind: ResourceType, group: &str) -> Query {
    let test = Test::Token { system: fhir::search::SystemTest::Any, code: Some(group.to_owned()) };
    Query {
        kind,
        conditions: vec![Condition::Any { param: param_of(kind, "_tag"), tests: vec![test] }],
        sort: Vec::new(),
        count: None,
        summary: Summary::False,
        elements: Vec::new(),
        total: Total::Accurate,
        includes: Vec::new(),
        revincludes: Vec::new(),
    }
}

fn run_child(folder: &Path, round: u64, lifetime: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::writes_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let listener = std::thread::spawn(move || out.lines().map_while(Result::ok).collect::<Vec<String>>());
    std::thread::park_timeout(lifetime);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut lines = listener.join().unwrap();
    // The kill may have cut the last line short.
    if lines.last().is_some_and(|line| line.split_whitespace().count() < 2) {
        lines.pop();
    }
    lines
}

fn check(store: &Store, acknowledged: &Acknowledged) {
    let all = Visibility::everything();
    assert_eq!(store.damage().unwrap(), None);
    for (name, (content, version)) in &acknowledged.singles {
        let found = store.read(|reader| reader.get(&all, PATIENT, &id(name))).unwrap();
        let Some(Found::Here(row)) = found else { panic!("{name} was acknowledged and is not there") };
        assert!(row.version.number() >= *version, "{name} fell back behind version {version}");
        if row.version.number() == *version {
            assert!(String::from_utf8(row.body).unwrap().contains(&format!("single {content} ")));
        }
    }
    for group in &acknowledged.groups {
        assert_eq!(total(store, group), TOGETHER, "{group} was acknowledged");
    }
}

fn total(store: &Store, group: &str) -> u64 {
    let query = tagged(OBSERVATION, group);
    store
        .read(|reader| reader.search(&Visibility::everything(), &query, &PageRequest::first(0)))
        .unwrap()
        .total
        .unwrap()
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_half_done_is_seen() {
    if setting(FOLDER).is_some() {
        return;
    }
    let rounds = setting("COMMONWEAL_KILLS").and_then(|rounds| rounds.parse().ok()).unwrap_or(30);
    let dir = tempfile::tempdir().unwrap();
    let mut dice = crate::model::Dice(0x5EED_1234_5678_9ABC);
    let mut acknowledged = Acknowledged::default();
    for round in 0..rounds {
        let lifetime = Duration::from_millis(40 + dice.roll(400));
        run_child(dir.path(), round, lifetime).iter().for_each(|line| acknowledged.line(line));

        let store = open(dir.path());
        check(&store, &acknowledged);
        // The groups after the last acknowledged ones are whole or not there.
        for kind in ["transaction", "import"] {
            let prefix = format!("{kind}-{round}-");
            let done = acknowledged.groups.iter().filter(|group| group.starts_with(&prefix)).count();
            for next in done..done + 2 {
                let seen = total(&store, &format!("{prefix}{next}"));
                assert!(seen == 0 || seen == TOGETHER, "{prefix}{next} is half done: {seen}");
            }
        }
    }
    assert!(!acknowledged.singles.is_empty());
}

#[test]
fn an_import_that_was_cut_off_is_resumed_by_running_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let batch =
        |count: u64| (0..count).map(|place| resource(OBSERVATION, &format!("r{place}"), "all", place)).collect();
    let store = open(dir.path());
    store.import(batch(30)).unwrap();

    let outcomes = store.import(batch(50)).unwrap();

    let same = outcomes.iter().filter(|outcome| **outcome == ImportOutcome::Same).count();
    let created = outcomes.iter().filter(|outcome| **outcome == ImportOutcome::Created).count();
    assert_eq!((same, created, total(&store, "all")), (30, 20, 50));
}
