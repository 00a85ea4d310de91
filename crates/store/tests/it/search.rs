//! The main claim: an answer under a visibility is the answer of a store in which there is only what is visible.
//!
//! Random databases, random histories of writes, random questions and readers; the expected answer is made by
//! filtering a list with `fhir::search::matches`. A failing case prints its seed.

use crate::model::{
    Dice, Document, KINDS, OBSERVATION, PATIENT, codes_of, conditions, document, holds, id, param_of, parts,
};
use fhir::search::{Condition, Include, Query, SortBy, SortKey, Target, Value};
use fhir::{ResourceId, ResourceType};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{
    Denial, Expect, KindSet, Labels, Lane, Limits, Matcher, Options, PageRequest, Part, Parts, Row, Rule, SearchAnswer,
    Store, StoreError, Visibility, Withheld, Withholding,
};

fn open(dir: &tempfile::TempDir, limits: Limits) -> Store {
    let clock = Arc::new(|| crate::model::UPDATED_MS);
    Store::open(dir.path(), Options { limits, readers: 2, ..Options::new(clock) }).unwrap()
}

fn name(row: &Row) -> String {
    format!("{}/{}", row.kind.name(), row.id)
}

/// A store with its model: everything that was done to the one was done to the other.
struct World {
    store: Store,
    documents: Vec<Document>,
    _dir: tempfile::TempDir,
}

impl World {
    fn random(dice: &mut Dice) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // Small bounds, so that small databases meet them.
        let gathered_max = *dice.pick(&[0, 4, 250_000]);
        let store = open(&dir, Limits { gathered_max, ..Limits::default() });
        let mut world = Self { store, documents: Vec::new(), _dir: dir };
        world.import(dice);
        for _ in 0..dice.roll(3) {
            world.write(dice);
        }
        if dice.one_in(3) {
            world.import(dice);
        }
        world
    }

    fn import(&mut self, dice: &mut Dice) {
        let batch: Vec<Document> = (0..dice.roll(30)).map(|_| document(dice)).collect();
        self.store.import(batch.iter().map(Document::prepared).collect()).unwrap();
        batch.into_iter().for_each(|document| self.put(document));
    }

    fn put(&mut self, document: Document) {
        self.documents.retain(|other| other.kind != document.kind || other.id != document.id);
        self.documents.push(document);
    }

    /// A request of several writes that search in between; some requests fail and must leave nothing.
    fn write(&mut self, dice: &mut Dice) {
        let puts: Vec<Document> = (0..dice.roll(6)).map(|_| document(dice)).collect();
        let deletes: Vec<_> = (0..dice.roll(3)).map(|_| document(dice)).map(|gone| (gone.kind, gone.id)).collect();
        let fails = dice.one_in(4);
        let prepared: Vec<_> = puts.iter().map(Document::prepared).collect();
        let gone = deletes.clone();
        let outcome = self.store.write(Lane::People, move |writer| {
            for resource in prepared {
                let (kind, id) = (resource.kind, resource.id.clone());
                writer.put(resource, Expect::Any)?;
                let query = query(kind, vec![Condition::Id(vec![id])]);
                let found = writer.search(&Visibility::everything(), &query, &PageRequest::first(5))?;
                assert_eq!(found.matches.len(), 1);
            }
            for (kind, id) in gone {
                match writer.delete(kind, &id, Expect::Any) {
                    Ok(_) | Err(StoreError::NotThere) => {}
                    Err(error) => return Err(error),
                }
            }
            if fails { Err(StoreError::Busy) } else { Ok(()) }
        });
        assert_eq!(outcome.is_err(), fails);
        if !fails {
            puts.into_iter().for_each(|document| self.put(document));
            self.documents.retain(|document| !deletes.contains(&(document.kind, document.id.clone())));
        }
    }

    fn part_of(&self, patient: &ResourceId) -> Part {
        self.store.read(|reader| reader.part_of(patient)).unwrap().unwrap()
    }

    fn visible(&self, visibility: &Visibility) -> Vec<Document> {
        let admits = |document: &Document, part: Part| {
            visibility.rules.iter().any(|rule| {
                let in_parts = match &rule.parts {
                    Parts::Everyone => true,
                    Parts::Shared => part == Part::SHARED,
                    Parts::These(parts) => parts.contains(part.number()),
                };
                in_parts && rule.kinds.contains(document.kind) && document.labels.within(rule.labels)
            })
        };
        let passes = |matcher: &Matcher, document: &Document| {
            let labels = document.labels.bits();
            matcher.kinds.contains(document.kind)
                && (matcher.any.bits() == 0 || labels & matcher.any.bits() != 0)
                && labels & matcher.none.bits() == 0
        };
        let withholds = |document: &Document, part: Part| {
            let denials =
                visibility.withheld.0.get(&part.number()).map(|one| one.denials.as_slice()).unwrap_or_default();
            denials.iter().any(|denial| {
                passes(&denial.what, document) && !denial.unless.iter().any(|matcher| passes(matcher, document))
            })
        };
        let is_visible = |document: &&Document| {
            let mut parts = parts(document, &|id| self.part_of(id)).into_iter();
            parts.all(|part| admits(document, part) && !withholds(document, part))
        };
        self.documents.iter().filter(is_visible).cloned().collect()
    }

    fn search(&self, visibility: &Visibility, query: &Query, page: &PageRequest) -> SearchAnswer {
        self.store.read(|reader| reader.search(visibility, query, page)).unwrap()
    }
}

fn query(kind: ResourceType, conditions: Vec<Condition>) -> Query {
    Query { conditions, ..Query::of(kind) }
}

fn visibility(dice: &mut Dice, world: &World) -> Visibility {
    if dice.one_in(3) {
        return Visibility::everything();
    }
    let rules = (0..=dice.roll(3)).map(|_| {
        let parts = match dice.roll(4) {
            0 => Parts::Everyone,
            1 => Parts::Shared,
            _ => {
                let some = |dice: &mut Dice| {
                    world.store.read(|reader| reader.part_of(&crate::model::some_id(dice, PATIENT))).unwrap()
                };
                let chosen: Vec<Part> = (0..=dice.roll(3)).filter_map(|_| some(dice)).collect();
                Parts::These(Arc::new(chosen.into_iter().map(Part::number).collect()))
            }
        };
        let kinds =
            if dice.one_in(2) { KindSet::ALL } else { [*dice.pick(&KINDS), *dice.pick(&KINDS)].into_iter().collect() };
        Rule { parts, kinds, labels: Labels::from_bits(*dice.pick(&[0, 1, 3, 3])) }
    });
    let rules = rules.collect();
    let withheld = Arc::new(if dice.one_in(2) { Withheld::default() } else { withheld(dice, world) });
    Visibility { rules, withheld }
}

/// Of some patients, entries of some types or labels are withheld, but for some others.
fn withheld(dice: &mut Dice, world: &World) -> Withheld {
    let matcher = |dice: &mut Dice| Matcher {
        any: Labels::from_bits(*dice.pick(&[0, 0, 1, 2])),
        none: Labels::from_bits(*dice.pick(&[0, 0, 1])),
        ..Matcher::of(if dice.one_in(3) { KindSet::ALL } else { [*dice.pick(&KINDS)].into_iter().collect() })
    };
    let mut withheld = Withheld::default();
    for _ in 0..=dice.roll(4) {
        let patient = crate::model::some_id(dice, PATIENT);
        let Some(part) = world.store.read(|reader| reader.part_of(&patient)).unwrap() else { continue };
        let denials = (0..=dice.roll(2)).map(|_| {
            let (what, some) = (matcher(dice), dice.roll(2));
            Denial { what, unless: (0..some).map(|_| matcher(dice)).collect() }
        });
        withheld.0.insert(part.number(), Withholding { denials: denials.collect(), known: None });
    }
    withheld
}

fn names(documents: &[Document], kind: ResourceType, conditions: &[Condition]) -> BTreeSet<String> {
    let of_kind = documents.iter().filter(|document| document.kind == kind);
    of_kind
        .filter(|document| conditions.iter().all(|condition| holds(condition, document, documents)))
        .map(Document::name)
        .collect()
}

/// Follows the pages to the end.
fn all_pages(world: &World, visibility: &Visibility, query: &Query, count: usize) -> (Vec<String>, Vec<Option<u64>>) {
    let mut page = PageRequest::first(count);
    let (mut found, mut totals) = (Vec::new(), Vec::new());
    loop {
        let answer = world.search(visibility, query, &page);
        assert!(answer.matches.len() <= count);
        found.extend(answer.matches.iter().map(name));
        totals.push(answer.total);
        match answer.next {
            Some(next) => {
                assert_eq!(answer.matches.len(), count);
                page.after = Some(next);
            }
            None => return (found, totals),
        }
    }
}

proptest! {
    #[test]
    fn an_answer_is_what_filtering_the_visible_gives(seed in 1_u64..) {
        let dice = &mut Dice(seed);
        let world = World::random(dice);
        prop_assert_eq!(world.store.damage().unwrap(), None);

        for _ in 0..12 {
            let visibility = visibility(dice, &world);
            let visible = world.visible(&visibility);
            for _ in 0..6 {
                let kind = *dice.pick(&KINDS);
                let query = query(kind, conditions(dice, kind, 2));
                let expected = names(&visible, kind, &query.conditions);

                let (found, totals) = all_pages(&world, &visibility, &query, 1 + dice.place(20));

                prop_assert_eq!(found.len(), expected.len(), "{:#?} {:?} {:?}", &query, &found, &expected);
                prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected.clone());
                prop_assert!(totals.iter().all(|total| *total == Some(expected.len() as u64)), "{:?}", totals);
                let count = world.search(&visibility, &query, &PageRequest::first(0));
                prop_assert_eq!((count.total, count.matches.len()), (Some(expected.len() as u64), 0));
            }
        }
    }

    #[test]
    fn any_sort_pages_in_order_without_repeats(seed in 1_u64..) {
        let dice = &mut Dice(seed);
        let world = World::random(dice);

        for _ in 0..12 {
            let visibility = visibility(dice, &world);
            let visible = world.visible(&visibility);
            let kind = *dice.pick(&KINDS);
            let code = *dice.pick(codes_of(kind));
            let descending = dice.one_in(2);
            let by = if dice.one_in(6) { SortBy::Id } else { SortBy::Param(param_of(kind, code)) };
            let query = Query { sort: vec![SortKey { by: by.clone(), descending }], ..query(kind, Vec::new()) };
            let expected = names(&visible, kind, &[]);

            let (found, _) = all_pages(&world, &visibility, &query, 1 + dice.place(6));

            prop_assert_eq!(found.len(), expected.len());
            prop_assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected);
            let documents: BTreeMap<String, &Document> = visible.iter().map(|document| (document.name(), document)).collect();
            let keys: Vec<Option<SortValue>> = found.iter().map(|name| sort_value(documents[name], &by, descending)).collect();
            for pair in keys.windows(2) {
                let in_order = match (&pair[0], &pair[1]) {
                    (Some(first), Some(second)) => if descending { first >= second } else { first <= second },
                    (None, Some(_)) => false,
                    (_, None) => true,
                };
                prop_assert!(in_order, "{:?} {:?} {:?}", code, descending, keys);
            }
        }
    }

    #[test]
    fn includes_are_what_is_visible_and_pointed_at(seed in 1_u64..) {
        let dice = &mut Dice(seed);
        let world = World::random(dice);

        for _ in 0..12 {
            let visibility = visibility(dice, &world);
            let visible = world.visible(&visibility);
            let forward = *dice.pick(&["subject", "encounter", "performer"]);
            let is_forward = dice.one_in(2);
            let target = dice.one_in(3).then_some(PATIENT);
            let include = Include { source: OBSERVATION, param: Some(param_of(OBSERVATION, forward)), target, iterate: false };
            let kind = if is_forward { OBSERVATION } else { *dice.pick(&KINDS) };
            let mut query = query(kind, conditions(dice, kind, 0));
            if is_forward { query.includes.push(include.clone()) } else { query.revincludes.push(include.clone()) }

            let answer = world.search(&visibility, &query, &PageRequest::first(100));

            let matched = names(&visible, kind, &query.conditions);
            let mut expected = BTreeSet::new();
            for source in visible.iter().filter(|document| document.kind == OBSERVATION) {
                for entry in source.entries.iter().filter(|entry| Some(entry.param) == include.param) {
                    let Value::Reference(Target::Local(kind, id)) = &entry.value else { continue };
                    let target = format!("{}/{id}", kind.name());
                    let is_there = visible.iter().any(|document| document.name() == target);
                    if !is_there || include.target.is_some_and(|asked| asked != *kind) {
                        continue;
                    }
                    let (from, to) = if is_forward { (source.name(), target) } else { (target, source.name()) };
                    if matched.contains(&from) && !matched.contains(&to) {
                        expected.insert(to);
                    }
                }
            }
            let found: Vec<String> = answer.includes.iter().map(name).collect();
            prop_assert_eq!(found.len(), expected.len(), "{:?} {:?} {:?} {:?}", query, matched, found, expected);
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }

    #[test]
    fn everything_is_all_that_is_visible_of_a_patient(seed in 1_u64..) {
        let dice = &mut Dice(seed);
        let world = World::random(dice);

        for _ in 0..8 {
            let visibility = visibility(dice, &world);
            let visible = world.visible(&visibility);
            let patient = crate::model::some_id(dice, PATIENT);
            let count = 1 + dice.place(5);
            let mut page = PageRequest::first(count);
            let mut found = Vec::new();
            let is_there = visible.iter().any(|document| document.kind == PATIENT && document.id == patient);
            while let Some(answer) = world.store.read(|reader| reader.everything(&visibility, &patient, (KindSet::ALL, None), &page)).unwrap() {
                found.extend(answer.matches.iter().map(name));
                for row in &answer.includes {
                    prop_assert!(visible.iter().any(|document| document.name() == name(row)));
                }
                match answer.next {
                    Some(next) => page.after = Some(next),
                    None => break,
                }
            }

            let expected: BTreeSet<String> = visible.iter()
                .filter(|document| is_there && document.subjects.contains(&patient))
                .map(Document::name).collect();
            prop_assert_eq!(found.len(), expected.len(), "{:?} {:?}", &found, &expected);
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }
}

/// A value in the order that FHIR asks of a sort.
#[derive(Debug, PartialEq, PartialOrd)]
enum SortValue {
    Text(String),
    Moment(i64),
    Number(f64),
}

fn sort_value(document: &Document, by: &SortBy, descending: bool) -> Option<SortValue> {
    let values: Vec<SortValue> = match by {
        SortBy::Id => vec![SortValue::Text(document.id.to_string())],
        SortBy::LastUpdated => Vec::new(),
        SortBy::Param(param) => {
            let own = document.entries.iter().filter(|entry| entry.param == *param);
            own.filter_map(|entry| one_sort_value(&entry.value)).collect()
        }
    };
    let better = |a: &SortValue, b: &SortValue| if descending { a > b } else { a < b };
    values.into_iter().reduce(|best, next| if better(&next, &best) { next } else { best })
}

fn one_sort_value(value: &Value<'_>) -> Option<SortValue> {
    Some(match value {
        Value::Token(token) | Value::Reference(Target::Identifier(token)) => {
            SortValue::Text(token.code.as_deref().or(token.text.as_deref())?.to_lowercase())
        }
        Value::Text(text) => SortValue::Text(fhir::search::fold(text)),
        Value::Uri(uri) => SortValue::Text(uri.to_string()),
        Value::Date(span) => SortValue::Moment(span.from_ms),
        Value::Number(number) => SortValue::Number(*number),
        Value::Quantity(quantity) => {
            SortValue::Number(quantity.canonical.as_ref().map_or(quantity.value, |(value, _)| *value))
        }
        Value::Reference(Target::Local(kind, id)) => SortValue::Text(format!("{}/{id}", kind.name())),
        Value::Reference(Target::Url(url)) => SortValue::Text(url.to_string()),
        Value::Composite(_) => return None,
    })
}

#[test]
fn a_page_key_of_something_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir, Limits::default());
    let page = PageRequest { after: Some(store::PageKey(vec![1, 2, 3])), count: 5 };

    let answer = store.read(|reader| reader.search(&Visibility::everything(), &query(PATIENT, Vec::new()), &page));

    assert_eq!(answer, Err(StoreError::PageKey));
}

#[test]
fn a_search_that_would_examine_too_much_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir, Limits { examined_max: 10, ..Limits::default() });
    let mut dice = Dice(7);
    let batch = (0..20).map(|number| Document { kind: PATIENT, id: id(&format!("n{number}")), ..document(&mut dice) });
    store
        .import(batch.map(|document| Document { subjects: vec![document.id.clone()], ..document }.prepared()).collect())
        .unwrap();
    let missing = Condition::Missing { param: param_of(PATIENT, "identifier"), missing: true };

    let sorted = Query { sort: vec![SortKey { by: SortBy::Id, descending: false }], ..query(PATIENT, vec![missing]) };
    let answer = store.read(|reader| reader.search(&Visibility::everything(), &sorted, &PageRequest::first(5)));

    assert_eq!(answer, Err(StoreError::TooCostly(10)));
}
