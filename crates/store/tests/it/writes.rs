//! Versions, histories, moves between patients, expectations, settings, and what happens when things fail.

use crate::model::{OBSERVATION, PATIENT, id, param_of};
use fhir::ResourceType;
use fhir::search::{Entry, Target, Value};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use store::{
    Change, Expect, Found, HistoryAnswer, HistoryOf, KindSet, Labels, Lane, Limits, Options, PageRequest, Parts,
    Prepared, Relation, Rule, Sequence, Store, StoreError, Version, Visibility, Written,
};

/// A store whose clock stands still until it is moved.
struct World {
    store: Store,
    clock: Arc<AtomicI64>,
    dir: tempfile::TempDir,
}

fn world() -> World {
    world_with(Limits::default())
}

fn world_with(limits: Limits) -> World {
    let clock = Arc::new(AtomicI64::new(1_000));
    let hand = Arc::clone(&clock);
    let dir = tempfile::tempdir().unwrap();
    let options = Options { limits, ..Options::new(Arc::new(move || hand.load(Ordering::Relaxed))) };
    let store = Store::open(dir.path(), options).unwrap();
    World { store, clock, dir }
}

fn resource(kind: ResourceType, name: &str, subjects: &[&str], content: &str) -> Prepared {
    let text = format!(r#"{{"resourceType":"{}","id":"{name}","text":"{content}"}}"#, kind.name());
    let json = fhir::json::parse(text.as_bytes()).unwrap();
    let subject = |subject: &&str| {
        (kind != PATIENT).then(|| Entry {
            param: param_of(kind, "subject"),
            value: Value::Reference(Target::Local(PATIENT, id(subject))),
        })
    };
    let entries: Vec<_> = subjects.iter().filter_map(subject).collect();
    Prepared::new(id(name), &json, &entries, subjects.iter().map(|subject| id(subject)).collect()).unwrap()
}

impl World {
    fn put(&self, resource: Prepared, expect: Expect) -> Result<Written, StoreError> {
        self.store.write(Lane::People, move |writer| writer.put(resource, expect))
    }

    fn delete(&self, kind: ResourceType, name: &str) -> Result<Written, StoreError> {
        let name = id(name);
        self.store.write(Lane::People, move |writer| writer.delete(kind, &name, Expect::Any))
    }

    fn get(&self, visibility: &Visibility, kind: ResourceType, name: &str) -> Option<Found> {
        self.store.read(|reader| reader.get(visibility, kind, &id(name))).unwrap()
    }

    fn history(&self, visibility: &Visibility, of: &HistoryOf) -> Vec<(u32, Change, Option<String>)> {
        let mut page = PageRequest::first(2);
        let mut all = Vec::new();
        loop {
            let answer = self.store.read(|reader| reader.history(visibility, of, None, &page)).unwrap();
            all.extend(answer.entries.into_iter().map(|entry| {
                (entry.version.number(), entry.change, entry.body.map(|body| String::from_utf8(body).unwrap()))
            }));
            match answer.next {
                Some(next) => page.after = Some(next),
                None => return all,
            }
        }
    }

    fn only(&self, patient: &str) -> Visibility {
        let part = self.store.read(|reader| reader.part_of(&id(patient))).unwrap().unwrap();
        Visibility::of(vec![Rule { parts: Parts::one(part), kinds: KindSet::ALL, labels: Labels::NONE }])
    }
}

fn version(number: u32) -> Version {
    Version::new(number).unwrap()
}

#[test]
fn every_version_is_kept_and_a_deletion_is_one() {
    let world = world();
    let all = Visibility::everything();

    world.put(resource(OBSERVATION, "o", &["p"], "one"), Expect::Absent).unwrap();
    world.clock.store(2_000, Ordering::Relaxed);
    world.put(resource(OBSERVATION, "o", &["p"], "two"), Expect::Version(version(1))).unwrap();
    world.delete(OBSERVATION, "o").unwrap();
    let again = world.put(resource(OBSERVATION, "o", &["p"], "four"), Expect::Absent).unwrap();

    assert_eq!((again.version, again.created), (version(4), true));
    let history = world.history(&all, &HistoryOf::Instance(OBSERVATION, id("o")));
    let steps: Vec<_> = history.iter().map(|(version, change, _)| (*version, *change)).collect();
    assert_eq!(steps, [(4, Change::Create), (3, Change::Delete), (2, Change::Update), (1, Change::Create)]);
    let first = r#"{"resourceType":"Observation","id":"o","meta":{"versionId":"1","lastUpdated":"1970-01-01T00:00:01.000Z"},"text":"one"}"#;
    assert_eq!(history[3].2.as_deref(), Some(first));
    assert_eq!(world.history(&all, &HistoryOf::Type(OBSERVATION)), history);
    assert_eq!(world.history(&all, &HistoryOf::System), history);
    let third = world.store.read(|reader| reader.version(&all, (OBSERVATION, &id("o")), version(3))).unwrap();
    assert_eq!(third, Some(Found::Gone { version: version(3), updated_ms: 2_000 }));
}

#[test]
fn what_was_expected_is_compared_inside_the_writer() {
    let world = world();
    world.put(resource(PATIENT, "p", &["p"], "one"), Expect::Absent).unwrap();

    let put = |expect| world.put(resource(PATIENT, "p", &["p"], "two"), expect);

    assert_eq!(put(Expect::Absent), Err(StoreError::Exists));
    assert_eq!(put(Expect::Version(version(7))), Err(StoreError::OtherVersion(version(1))));
    let missing = world.put(resource(PATIENT, "q", &["q"], "one"), Expect::Version(version(1)));
    assert_eq!(missing, Err(StoreError::NotThere));
    assert_eq!(world.delete(PATIENT, "q"), Err(StoreError::NotThere));
}

#[test]
fn a_resource_that_goes_to_another_patient_takes_its_history_but_not_to_strangers() {
    let world = world();
    world.put(resource(OBSERVATION, "o", &["a"], "misfiled"), Expect::Any).unwrap();
    world.put(resource(OBSERVATION, "o", &["b"], "right"), Expect::Any).unwrap();
    let of = HistoryOf::Instance(OBSERVATION, id("o"));

    assert_eq!(world.history(&Visibility::everything(), &of).len(), 2);
    assert_eq!(world.history(&Visibility::everything(), &HistoryOf::System).len(), 2);
    assert_eq!(world.history(&world.only("a"), &of), []);
    let seen_by_b: Vec<u32> = world.history(&world.only("b"), &of).iter().map(|(version, ..)| *version).collect();
    assert_eq!(seen_by_b, [2]);
    assert!(world.get(&world.only("a"), OBSERVATION, "o").is_none());
}

#[test]
fn a_resource_of_two_patients_is_for_those_who_may_see_both() {
    let world = world();
    world.put(resource(OBSERVATION, "o", &["a", "b"], "both"), Expect::Any).unwrap();
    let both = Visibility::of([world.only("a").rules, world.only("b").rules].concat());

    assert!(world.get(&world.only("a"), OBSERVATION, "o").is_none());
    assert!(world.get(&world.only("b"), OBSERVATION, "o").is_none());
    assert!(world.get(&both, OBSERVATION, "o").is_some());
    world.delete(OBSERVATION, "o").unwrap();
    assert!(world.get(&world.only("a"), OBSERVATION, "o").is_none());
    assert!(matches!(world.get(&both, OBSERVATION, "o"), Some(Found::Gone { .. })));
}

#[test]
fn sealing_a_resource_hides_what_was_open_before() {
    let world = world();
    world.put(resource(OBSERVATION, "o", &["a"], "open"), Expect::Any).unwrap();
    let sealed = resource(OBSERVATION, "o", &["a"], "sealed").labelled(Labels::from_bits(1), Vec::new());
    world.put(sealed, Expect::Any).unwrap();

    let reader = world.only("a");

    assert!(world.get(&reader, OBSERVATION, "o").is_none());
    assert_eq!(world.history(&reader, &HistoryOf::Instance(OBSERVATION, id("o"))), []);
    assert_eq!(world.history(&reader, &HistoryOf::System), []);
    let first = world.store.read(|store| store.version(&reader, (OBSERVATION, &id("o")), version(1))).unwrap();
    assert_eq!(first, None);
}

/// A feed of `hidden` changes that "a" does not see, over one that she does.
fn feed(hidden: usize, changes_max: u64) -> (World, Visibility) {
    let world = world_with(Limits { changes_max, ..Limits::default() });
    world.put(resource(OBSERVATION, "own", &["a"], "own"), Expect::Any).unwrap();
    for number in 0..hidden {
        world.put(resource(OBSERVATION, &format!("o{number}"), &["b"], "other"), Expect::Any).unwrap();
    }
    let reader = world.only("a");
    (world, reader)
}

fn page_of(world: &World, reader: &Visibility, of: &HistoryOf) -> Result<HistoryAnswer, StoreError> {
    world.store.read(|store| store.history(reader, of, None, &PageRequest::first(50)))
}

#[test]
fn a_history_examines_so_many_changes_and_not_one_more_whatever_it_found() {
    let of = [HistoryOf::System, HistoryOf::Type(OBSERVATION)];

    let (at_limit, reader) = feed(4, 5);
    let answers = of.clone().map(|of| page_of(&at_limit, &reader, &of).unwrap());
    assert_eq!(answers.map(|answer| (answer.entries.len(), answer.next)), [(1, None), (1, None)]);

    let (past_limit, reader) = feed(5, 5);
    let answers = of.map(|of| page_of(&past_limit, &reader, &of));
    assert_eq!(answers, [Err(StoreError::HistoryTooLong(5)), Err(StoreError::HistoryTooLong(5))]);
    let nothing = page_of(&past_limit, &Visibility::nothing(), &HistoryOf::System);
    assert_eq!(nothing, Err(StoreError::HistoryTooLong(5)));
}

#[test]
fn a_page_of_a_history_is_never_cut_short_by_what_is_hidden() {
    let (world, reader) = feed(5, 5);
    world.put(resource(OBSERVATION, "newest", &["a"], "own"), Expect::Any).unwrap();

    let one = world.store.read(|store| store.history(&reader, &HistoryOf::System, None, &PageRequest::first(1)));
    let page = page_of(&world, &reader, &HistoryOf::System);

    assert_eq!(one, Err(StoreError::HistoryTooLong(5)));
    assert_eq!(page, Err(StoreError::HistoryTooLong(5)));
}

#[test]
fn a_history_of_a_type_passes_over_other_types_but_not_without_end() {
    // Each change that is examined counts as much as twenty that are passed over.
    let of_patients = |others: usize| {
        let world = world_with(Limits { changes_max: 2, ..Limits::default() });
        world.put(resource(PATIENT, "a", &["a"], "one"), Expect::Any).unwrap();
        for number in 0..others {
            world.put(resource(OBSERVATION, &format!("o{number}"), &["a"], "own"), Expect::Any).unwrap();
        }
        page_of(&world, &world.only("a"), &HistoryOf::Type(PATIENT)).map(|answer| answer.entries.len())
    };

    assert_eq!(of_patients(20), Ok(1));
    assert_eq!(of_patients(21), Err(StoreError::HistoryTooLong(2)));
}

#[test]
fn time_never_goes_back() {
    let world = world();
    world.put(resource(PATIENT, "a", &["a"], "one"), Expect::Any).unwrap();
    world.clock.store(10, Ordering::Relaxed);

    let later = world.put(resource(PATIENT, "b", &["b"], "one"), Expect::Any).unwrap();

    assert_eq!(later.updated_ms, 1_000);
}

#[test]
fn relations_are_told_both_ways_and_their_change_is_noticed() {
    let world = world();
    let epoch = || world.store.read(|reader| Ok(reader.relation_epoch())).unwrap();
    let relation = Relation { actor: 42, kind: 3, from_ms: 0, until_ms: 5_000 };
    let before = epoch();

    let registered = resource(PATIENT, "a", &["a"], "one").labelled(Labels::NONE, vec![relation]);
    world.put(registered, Expect::Any).unwrap();

    let part = world.store.read(|reader| reader.part_of(&id("a"))).unwrap().unwrap();
    assert!(epoch() > before);
    assert_eq!(world.store.read(|reader| reader.relations(42, 4_999)).unwrap(), [(part, 3)]);
    assert_eq!(world.store.read(|reader| reader.relations(42, 5_000)).unwrap(), []);
    assert_eq!(world.store.read(|reader| reader.relations_of(part, 1)).unwrap(), [relation]);
    let between = epoch();
    world.put(resource(PATIENT, "a", &["a"], "two"), Expect::Any).unwrap();
    assert!(epoch() > between);
    assert_eq!(world.store.read(|reader| reader.relations_of(part, 1)).unwrap(), []);
}

#[test]
fn a_request_that_fails_or_panics_leaves_nothing_and_the_next_goes_on() {
    let world = world();
    let failing: Result<(), StoreError> = world.store.write(Lane::People, |writer| {
        writer.put(resource(PATIENT, "a", &["a"], "one"), Expect::Any)?;
        writer.note(Box::from(*b"never"));
        Err(StoreError::Exists)
    });
    let panicking: Result<(), StoreError> = world.store.write(Lane::People, |writer| {
        writer.put(resource(PATIENT, "a", &["a"], "one"), Expect::Any)?;
        panic!("a mistake in a request")
    });

    assert_eq!(failing, Err(StoreError::Exists));
    assert_eq!(panicking, Err(StoreError::Closed));
    assert!(world.get(&Visibility::everything(), PATIENT, "a").is_none());
    let written = world.put(resource(PATIENT, "a", &["a"], "one"), Expect::Absent).unwrap();
    assert_eq!(written.version, Version::FIRST);
    let feed = world.store.read(|reader| reader.changes(Sequence(0), 10)).unwrap();
    assert_eq!(feed.len(), 1);
}

#[test]
fn nothing_is_written_that_the_access_log_refused() {
    let log = Arc::new(Mutex::new((Vec::new(), true)));
    let hook = Arc::clone(&log);
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::new(Arc::new(|| 0));
    options.before_commit = Box::new(move |entries| {
        let (written, works) = &mut *hook.lock().unwrap();
        written.extend(entries.iter().map(|entry| entry.to_vec()));
        if *works { Ok(()) } else { Err("no paper".to_owned()) }
    });
    let store = Store::open(dir.path(), options).unwrap();
    let put = |name: &'static str| {
        store.write(Lane::People, move |writer| {
            writer.note(Box::from(name.as_bytes()));
            writer.put(resource(PATIENT, name, &[name], "one"), Expect::Absent)
        })
    };

    put("a").unwrap();
    log.lock().unwrap().1 = false;
    let refused = put("b");
    log.lock().unwrap().1 = true;
    put("c").unwrap();

    assert_eq!(refused, Err(StoreError::Log("no paper".to_owned())));
    let there =
        |name| store.read(|reader| reader.get(&Visibility::everything(), PATIENT, &id(name))).unwrap().is_some();
    assert_eq!(["a", "b", "c"].map(there), [true, false, true]);
    assert_eq!(log.lock().unwrap().0, [b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]);
    assert_eq!(store.read(|reader| reader.counts()).unwrap()[0].resources, 2);
}

#[test]
fn settings_are_found_by_how_their_keys_begin() {
    let world = world();
    for key in ["1-1", "1-2", "10-1", "2-1", "1"] {
        let keep = |writer: &mut store::Writer<'_>| writer.keep("look", key.as_bytes(), b"v");
        world.store.write::<_, StoreError>(Lane::People, keep).unwrap();
    }

    let under = |beginning: &str| {
        let kept = world.store.read(|reader| reader.kept_under("look", beginning.as_bytes())).unwrap();
        kept.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(under("1-"), ["1-1", "1-2"]);
    assert_eq!(under("1"), ["1", "1-1", "1-2", "10-1"]);
    assert_eq!(under("3"), Vec::<String>::new());
}

#[test]
fn settings_are_kept_and_forgotten() {
    let world = world();
    let keep = |writer: &mut store::Writer<'_>| writer.keep("token", b"k", b"v");
    world.store.write::<_, StoreError>(Lane::People, keep).unwrap();

    assert_eq!(world.store.read(|reader| reader.kept("token", b"k")).unwrap(), Some(b"v".to_vec()));
    assert_eq!(world.store.read(|reader| reader.kept_all("token")).unwrap().len(), 1);
    let forget = |writer: &mut store::Writer<'_>| writer.forget("token", b"k");
    assert!(world.store.write::<_, StoreError>(Lane::People, forget).unwrap());
    assert_eq!(world.store.read(|reader| reader.kept("token", b"k")).unwrap(), None);
}

#[test]
fn a_folder_is_opened_once_and_keeps_everything_for_the_next_time() {
    let world = world();
    world.put(resource(PATIENT, "a", &["a"], "one"), Expect::Any).unwrap();

    let second = Store::open(world.dir.path(), Options::new(Arc::new(|| 0)));

    assert!(matches!(second, Err(StoreError::InUse)));
    drop(world.store);
    let store = Store::open(world.dir.path(), Options::new(Arc::new(|| 0))).unwrap();
    let found = store.read(|reader| reader.get(&Visibility::everything(), PATIENT, &id("a"))).unwrap();
    assert!(matches!(found, Some(Found::Here(_))));
}

#[test]
fn many_writers_at_once_all_get_their_answer() {
    let world = world();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let world = &world;
            scope.spawn(move || {
                for number in 0..10 {
                    let name = format!("x{thread}-{number}");
                    let written = world.put(resource(PATIENT, &name, &[&name], "one"), Expect::Absent).unwrap();
                    assert!(written.created);
                }
            });
        }
    });

    assert_eq!(world.store.read(|reader| reader.counts()).unwrap()[0].resources, 160);
    assert_eq!(world.store.damage().unwrap(), None);
}

#[test]
fn an_import_with_other_labels_renews_the_index_without_a_new_version() {
    let world = world();
    let plain = || resource(OBSERVATION, "o", &["a"], "one");
    world.store.import(vec![plain()]).unwrap();

    let outcomes = world.store.import(vec![plain().labelled(Labels::from_bits(1), Vec::new())]).unwrap();

    assert_eq!(outcomes, [store::ImportOutcome::Same]);
    assert!(world.get(&world.only("a"), OBSERVATION, "o").is_none());
    let Some(Found::Here(row)) = world.get(&Visibility::everything(), OBSERVATION, "o") else { panic!("it is there") };
    assert_eq!(row.version, Version::FIRST);
}

#[test]
fn other_definitions_rebuild_the_index_before_anybody_asks() {
    let World { store, dir, .. } = world();
    let text = br#"{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"}}"#;
    let json = fhir::json::parse(text).unwrap();
    let with_old_definitions = Prepared::new(id("o"), &json, &[], vec![id("p")]).unwrap();
    store.import(vec![with_old_definitions]).unwrap();
    let params = [("status".to_owned(), "final".to_owned()), ("patient".to_owned(), "p".to_owned())];
    let query = fhir::search::parse(OBSERVATION, &params, fhir::search::Handling::Strict).unwrap().query;
    let total = |store: &Store| {
        let page = PageRequest::first(5);
        store.read(|reader| reader.search(&Visibility::everything(), &query, &page)).unwrap().total
    };
    assert_eq!(total(&store), Some(0));
    let mark = |writer: &mut store::Writer<'_>| writer.keep("store", b"definitions", b"others");
    store.write::<_, StoreError>(Lane::People, mark).unwrap();
    drop(store);

    let store = Store::open(dir.path(), Options::new(Arc::new(|| 0))).unwrap();

    assert_eq!(total(&store), Some(1));
}

#[test]
fn other_rules_label_and_relate_everything_anew_with_its_history_before_anybody_asks() {
    let World { store, dir, .. } = world();
    let put = |name: &'static str, subjects: &[&str], content: &str| {
        let to_eight = Relation { actor: 8, kind: 1, from_ms: 0, until_ms: 3_000 };
        let resource = resource(OBSERVATION, name, subjects, content).labelled(Labels::NONE, vec![to_eight]);
        store.write(Lane::People, move |writer| writer.put(resource, Expect::Any)).unwrap()
    };
    put("now", &["p"], "plain");
    put("now", &["p"], "secret");
    put("then", &["p"], "secret");
    put("then", &["p"], "plain");
    put("gone", &["p", "q"], "secret");
    let name = id("gone");
    store.write(Lane::People, move |writer| writer.delete(OBSERVATION, &name, Expect::Any)).unwrap();
    put("both", &["p", "q"], "secret");
    put("plain", &["p"], "plain");
    drop(store);
    let open = |rules: u64| {
        let labels_of: fn(&fhir::json::Json<'_>) -> Labels = |json| {
            let is_secret = json.get("text").and_then(fhir::json::Json::text) == Some("secret");
            Labels::from_bits(u32::from(is_secret))
        };
        let relations_of: fn(ResourceType, &fhir::json::Json<'_>) -> Vec<Relation> = |_, json| {
            let is_secret = json.get("text").and_then(fhir::json::Json::text) == Some("secret");
            let to_seven = Relation { actor: 7, kind: 1, from_ms: 0, until_ms: 3_000 };
            if is_secret { vec![to_seven] } else { Vec::new() }
        };
        let derivation = Some(store::Derivation { rules, labels_of, relations_of });
        Store::open(dir.path(), Options { derivation, ..Options::new(Arc::new(|| 2_000)) }).unwrap()
    };

    let world = World { store: open(1), clock: Arc::default(), dir: tempfile::tempdir().unwrap() };

    let without = Visibility::of(vec![Rule { parts: Parts::Everyone, kinds: KindSet::ALL, labels: Labels::NONE }]);
    let seen = |name: &str| world.get(&without, OBSERVATION, name).is_some();
    assert_eq!(["now", "then", "gone", "both", "plain"].map(seen), [false, true, false, false, true]);
    let mut texts: Vec<String> =
        world.history(&without, &HistoryOf::System).into_iter().filter_map(|(.., body)| body).collect();
    texts.sort();
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().all(|text| text.contains("plain")), "{texts:?}");
    let everything = world.history(&Visibility::everything(), &HistoryOf::System);
    assert_eq!(everything.len(), 8);
    let params = [("_id".to_owned(), "now,then,gone,both,plain".to_owned())];
    let query = fhir::search::parse(OBSERVATION, &params, fhir::search::Handling::Strict).unwrap().query;
    let total = |visibility: &Visibility| {
        world.store.read(|reader| reader.search(visibility, &query, &PageRequest::first(5))).unwrap().total
    };
    assert_eq!((total(&without), total(&Visibility::everything())), (Some(2), Some(4)));
    let related = |actor: u64, now_ms: i64| world.store.read(|reader| reader.relations(actor, now_ms)).unwrap().len();
    assert_eq!((related(7, 2_000), related(7, 3_000)), (1, 0), "as the new rules say");
    assert_eq!(related(8, 2_000), 0, "what the old rules said is gone");
}
