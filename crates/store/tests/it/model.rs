//! A model of the store for its tests: small random databases, random questions, and the answer by brute force.
//!
//! The model keeps documents in a list and filters them with `fhir::search::matches`, the definition. It knows no
//! index, no plan and no vector, so where it and the store agree, the store is right.

use fhir::search::{
    Approximate, Condition, Entry, ParamId, Prefix, Quantity, Span, SystemTest, Target, Test, Token, Value, date_is,
    matches, param,
};
use fhir::{Json, ResourceId, ResourceType};
use std::borrow::Cow;
use store::{Labels, Part, Prepared};

pub const PATIENT: ResourceType = ResourceType::PATIENT;
pub const OBSERVATION: ResourceType = ResourceType::OBSERVATION;
pub const ENCOUNTER: ResourceType = ResourceType::ENCOUNTER;
pub const ORGANIZATION: ResourceType = ResourceType::ORGANIZATION;
pub const KINDS: [ResourceType; 4] = [PATIENT, OBSERVATION, ENCOUNTER, ORGANIZATION];

/// A small generator of numbers, so that a failing case is one seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    pub fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    pub fn place(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll(sides.try_into().unwrap())).unwrap()
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.place(of.len())]
    }
}

pub fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

pub fn param_of(kind: ResourceType, code: &str) -> ParamId {
    param(kind, code).unwrap_or_else(|| panic!("{kind}.{code}")).id
}

/// What the model knows of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub kind: ResourceType,
    pub id: ResourceId,
    pub subjects: Vec<ResourceId>,
    pub labels: Labels,
    pub entries: Vec<Entry<'static>>,
    pub content: u64,
}

impl Document {
    pub fn prepared(&self) -> Prepared {
        let text = format!(
            r#"{{"resourceType":"{}","id":"{}","text":"{}"}}"#,
            self.kind.name(),
            self.id,
            "content ".repeat(usize::try_from(self.content % 40).unwrap()) + &self.content.to_string()
        );
        let json: Json<'_> = fhir::json::parse(text.as_bytes()).unwrap();
        let prepared = Prepared::new(self.id.clone(), &json, &self.entries, self.subjects.clone()).unwrap();
        prepared.labelled(self.labels, Vec::new())
    }

    pub fn name(&self) -> String {
        format!("{}/{}", self.kind.name(), self.id)
    }

    fn values(&self, param: ParamId) -> impl Iterator<Item = &Value<'static>> {
        self.entries.iter().filter(move |entry| entry.param == param).map(|entry| &entry.value)
    }

    fn points_at(&self, param: ParamId, target: &Document) -> bool {
        self.values(param).any(|value| match value {
            Value::Reference(Target::Local(kind, id)) => *kind == target.kind && *id == target.id,
            _ => false,
        })
    }
}

/// Whether a document satisfies a condition, seeing only what is in `all`.
pub fn holds(condition: &Condition, document: &Document, all: &[Document]) -> bool {
    match condition {
        Condition::Any { param, tests } => {
            document.values(*param).any(|value| tests.iter().any(|test| matches(test, value)))
        }
        Condition::NoneOf { param, tests } => {
            !document.values(*param).any(|value| tests.iter().any(|test| matches(test, value)))
        }
        Condition::Missing { param, missing } => (document.values(*param).count() == 0) == *missing,
        Condition::Id(ids) => ids.contains(&document.id),
        Condition::LastUpdated(tests) => {
            let span = Span { from_ms: UPDATED_MS, until_ms: UPDATED_MS + 1 };
            tests.iter().any(|(prefix, asked)| date_is(*prefix, *asked, span))
        }
        Condition::Chain { param, target, inner } => all
            .iter()
            .filter(|other| other.kind == *target && document.points_at(*param, other))
            .any(|other| inner.iter().all(|condition| holds(condition, other, all))),
        Condition::Has { source, via, inner } => all
            .iter()
            .filter(|other| other.kind == *source && other.points_at(*via, document))
            .any(|other| inner.iter().all(|condition| holds(condition, other, all))),
        Condition::AnyOf(conditions) => conditions.iter().any(|condition| holds(condition, document, all)),
        Condition::Compartment { kind, id, params } => {
            let test = Test::Reference { kind: Some(*kind), id: id.clone() };
            params.iter().any(|param| document.values(*param).any(|value| matches(&test, value)))
        }
    }
}

/// The time of all writes of the model.
pub const UPDATED_MS: i64 = 1_700_000_000_000;

const SYSTEMS: [Option<&str>; 3] = [None, Some("http://loinc.org"), Some("urn:x")];
const CODES: [&str; 5] = ["8302-2", "Final", "final", "amb", "a-rather-long-identifier-value-000017"];
const WORDS: [&str; 6] = ["Smith", "smith-Jones", "O'Neil", "Chloé", "Ann", "A very long name indeed that goes on"];
const DAY: i64 = 86_400_000;

fn token(dice: &mut Dice) -> Token<'static> {
    Token {
        system: dice.pick(&SYSTEMS).map(Cow::Borrowed),
        code: (!dice.one_in(8)).then(|| Cow::Borrowed(*dice.pick(&CODES))),
        text: dice.one_in(2).then(|| Cow::Borrowed(*dice.pick(&WORDS))),
        of_type: dice.one_in(5).then(|| (Cow::Borrowed("http://types"), Cow::Borrowed(*dice.pick(&["MR", "NI"])))),
    }
}

fn span(dice: &mut Dice) -> Span {
    let from_ms = (dice.roll(40).cast_signed() - 20) * DAY + if dice.one_in(3) { 3_723_500 } else { 0 };
    let length = *dice.pick(&[1, 1000, DAY, 30 * DAY, 365 * DAY, 40_000 * DAY]);
    match dice.roll(12) {
        0 => Span { from_ms, until_ms: i64::MAX },
        1 => Span { from_ms: i64::MIN, until_ms: from_ms },
        2 => Span { from_ms: i64::MIN, until_ms: i64::MAX },
        _ => Span { from_ms, until_ms: from_ms + length },
    }
}

fn number(dice: &mut Dice) -> f64 {
    (f64::from(u32::try_from(dice.roll(9)).unwrap()) - 3.0) * *dice.pick(&[1.0, 0.5, 100.0, 1.001])
}

fn quantity(dice: &mut Dice) -> Quantity<'static> {
    let value = number(dice);
    let code = dice.pick(&[None, Some("kg"), Some("g"), Some("mm[Hg]")]).map(Cow::Borrowed);
    let canonical = match code.as_deref() {
        Some("kg") => Some((value * 1000.0, "g".to_owned())),
        Some("g") => Some((value, "g".to_owned())),
        _ => None,
    };
    let unit = if dice.one_in(2) { code.clone() } else { dice.one_in(2).then_some(Cow::Borrowed("kg")) };
    let system = code.as_ref().filter(|_| !dice.one_in(4)).map(|_| Cow::Borrowed("http://unitsofmeasure.org"));
    Quantity { value, system, code, unit, canonical }
}

fn target(dice: &mut Dice, kinds: &[ResourceType]) -> Target<'static> {
    match dice.roll(8) {
        0 => Target::Url(Cow::Borrowed(*dice.pick(&["http://a/b", "http://a/b|1", "urn:uuid:c"]))),
        1 => Target::Identifier(token(dice)),
        _ => {
            let kind = *dice.pick(kinds);
            Target::Local(kind, some_id(dice, kind))
        }
    }
}

/// An id of a type; the pools are small so that resources meet.
pub fn some_id(dice: &mut Dice, kind: ResourceType) -> ResourceId {
    let number = dice.roll(if kind == OBSERVATION { 14 } else { 5 });
    let letter = kind.name().chars().next().unwrap().to_ascii_lowercase();
    if number.is_multiple_of(2) {
        id(&format!("{letter}{number}"))
    } else {
        id(&format!("00000000-0000-4000-8000-{:012x}", number))
    }
}

/// The parameters that the model uses, with how their values are made.
fn value(dice: &mut Dice, kind: ResourceType, code: &str) -> Value<'static> {
    match (kind, code) {
        (_, "code" | "status" | "category" | "identifier" | "gender" | "_tag" | "type") => Value::Token(token(dice)),
        (_, "date" | "birthdate") => Value::Date(span(dice)),
        (_, "name" | "family" | "value-string") => Value::Text(Cow::Borrowed(*dice.pick(&WORDS))),
        (_, "value-quantity") => Value::Quantity(quantity(dice)),
        // The store goes by values, not by definitions: any parameter will do for numbers.
        (_, "method") => Value::Number(number(dice)),
        (_, "_profile") => Value::Uri(Cow::Borrowed(*dice.pick(&["http://p/a", "http://p/a/b", "http://q"]))),
        (_, "encounter") => Value::Reference(target(dice, &[ENCOUNTER])),
        (_, "performer" | "general-practitioner" | "service-provider") => {
            Value::Reference(target(dice, &[ORGANIZATION, PATIENT]))
        }
        (_, "code-value-quantity") => {
            Value::Composite(vec![Value::Token(token(dice)), Value::Quantity(quantity(dice))])
        }
        (_, "based-on") => {
            Value::Composite(vec![Value::Token(token(dice)), Value::Reference(target(dice, &[PATIENT]))])
        }
        _ => panic!("no values for {code}"),
    }
}

const OF_PATIENT: [&str; 8] =
    ["gender", "birthdate", "name", "family", "identifier", "general-practitioner", "_tag", "_profile"];
const OF_OBSERVATION: [&str; 13] = [
    "code",
    "status",
    "category",
    "date",
    "value-string",
    "value-quantity",
    "method",
    "encounter",
    "performer",
    "_tag",
    "_profile",
    "code-value-quantity",
    "based-on",
];
const OF_ENCOUNTER: [&str; 5] = ["status", "date", "type", "service-provider", "_tag"];
const OF_ORGANIZATION: [&str; 3] = ["name", "identifier", "type"];

pub fn codes_of(kind: ResourceType) -> &'static [&'static str] {
    match kind {
        PATIENT => &OF_PATIENT,
        OBSERVATION => &OF_OBSERVATION,
        ENCOUNTER => &OF_ENCOUNTER,
        _ => &OF_ORGANIZATION,
    }
}

/// A random resource.
pub fn document(dice: &mut Dice) -> Document {
    let kind = *dice.pick(&[PATIENT, OBSERVATION, OBSERVATION, OBSERVATION, ENCOUNTER, ORGANIZATION]);
    let own = some_id(dice, kind);
    let mut subjects = Vec::new();
    let mut entries = Vec::new();
    match kind {
        PATIENT => subjects.push(own.clone()),
        OBSERVATION | ENCOUNTER => {
            for _ in 0..*dice.pick(&[0, 1, 1, 1, 1, 2]) {
                subjects.push(some_id(dice, PATIENT));
            }
        }
        _ => {}
    }
    for subject in subjects.iter().filter(|_| kind != PATIENT) {
        for code in ["patient", "subject"] {
            let value = Value::Reference(Target::Local(PATIENT, subject.clone()));
            entries.push(Entry { param: param_of(kind, code), value });
        }
    }
    for code in codes_of(kind) {
        for _ in 0..*dice.pick(&[0, 1, 1, 2]) {
            entries.push(Entry { param: param_of(kind, code), value: value(dice, kind, code) });
        }
    }
    // Some values belong to several parameters, as in real resources.
    if kind == OBSERVATION {
        let also: Vec<_> = entries.iter().filter(|entry| entry.param == param_of(kind, "code")).cloned().collect();
        entries.extend(also.into_iter().map(|entry| Entry { param: param_of(kind, "combo-code"), ..entry }));
    }
    let labels = Labels::from_bits(*dice.pick(&[0, 0, 0, 1, 2, 3]));
    Document { kind, id: own, subjects, labels, entries, content: dice.roll(1000) }
}

fn approximate(dice: &mut Dice) -> Approximate {
    let value = number(dice);
    Approximate { value, low: value - 0.5, high: value + 0.5 }
}

fn prefix(dice: &mut Dice) -> Prefix {
    use Prefix::{Ap, Eb, Eq, Ge, Gt, Le, Lt, Ne, Sa};
    *dice.pick(&[Eq, Eq, Ne, Gt, Lt, Ge, Le, Sa, Eb, Ap])
}

fn system_test(dice: &mut Dice) -> SystemTest {
    match dice.roll(3) {
        0 => SystemTest::Any,
        1 => SystemTest::None,
        _ => SystemTest::Is("http://loinc.org".to_owned()),
    }
}

fn token_test(dice: &mut Dice) -> Test {
    let code = (!dice.one_in(6)).then(|| dice.pick(&CODES).to_uppercase());
    Test::Token { system: system_test(dice), code }
}

fn quantity_test(dice: &mut Dice) -> Test {
    let number = approximate(dice);
    let unit = match dice.roll(3) {
        0 => None,
        1 => Some((String::new(), "kg".to_owned())),
        _ => Some(("http://unitsofmeasure.org".to_owned(), dice.pick(&["kg", "mm[Hg]"]).to_string())),
    };
    let canonical = unit.as_ref().filter(|(_, code)| code == "kg").map(|_| {
        let times = |x: f64| x * 1000.0;
        (Approximate { value: times(number.value), low: times(number.low), high: times(number.high) }, "g".to_owned())
    });
    Test::Quantity { prefix: prefix(dice), number, unit, canonical }
}

fn reference_test(dice: &mut Dice) -> Test {
    let kind = *dice.pick(&KINDS);
    match dice.roll(8) {
        0 => Test::ReferenceUrl((*dice.pick(&["http://a/b", "http://a/b|1", "http://a/b|2"])).to_owned()),
        1 => Test::ReferenceIdentifier { system: system_test(dice), code: Some((*dice.pick(&CODES)).to_owned()) },
        2 => Test::Reference { kind: None, id: some_id(dice, kind) },
        _ => Test::Reference { kind: Some(kind), id: some_id(dice, kind) },
    }
}

/// A random test of the kind that a parameter takes.
fn test(dice: &mut Dice, kind: ResourceType, code: &str) -> Test {
    match value(dice, kind, code) {
        Value::Token(_) => match dice.roll(8) {
            0 => Test::TokenText(fhir::search::fold(WORDS[dice.place(6)])),
            1 => Test::OfType {
                system: "http://types".to_owned(),
                code: "MR".to_owned(),
                value: (*dice.pick(&CODES)).to_owned(),
            },
            _ => token_test(dice),
        },
        Value::Text(_) => {
            let word = *dice.pick(&WORDS);
            let start: String = word.chars().take(1 + dice.place(20)).collect();
            match dice.roll(3) {
                0 => Test::Exact(word.to_owned()),
                1 => Test::Contains(fhir::search::fold(&start)),
                _ => Test::Starts(fhir::search::fold(&start)),
            }
        }
        Value::Date(_) => Test::Date(prefix(dice), span(dice)),
        Value::Number(_) => Test::Number(prefix(dice), approximate(dice)),
        Value::Quantity(_) => quantity_test(dice),
        Value::Reference(_) => reference_test(dice),
        Value::Uri(uri) => match dice.roll(3) {
            0 => Test::UriBelow(uri.into_owned()),
            1 => Test::UriAbove(uri.into_owned()),
            _ => Test::Uri(uri.into_owned()),
        },
        Value::Composite(parts) => {
            let second = match parts[1] {
                Value::Quantity(_) => quantity_test(dice),
                _ => reference_test(dice),
            };
            Test::Composite(vec![token_test(dice), second])
        }
    }
}

fn tests(dice: &mut Dice, kind: ResourceType, code: &str) -> Vec<Test> {
    (0..=dice.roll(2)).map(|_| test(dice, kind, code)).collect()
}

/// A random condition on a type; `depth` bounds chains.
pub fn condition(dice: &mut Dice, kind: ResourceType, depth: u32) -> Condition {
    let code = *dice.pick(codes_of(kind));
    let refers = matches!(kind, OBSERVATION | ENCOUNTER);
    match dice.roll(14) {
        0 => Condition::NoneOf { param: param_of(kind, code), tests: tests(dice, kind, code) },
        1 => Condition::Missing { param: param_of(kind, code), missing: dice.one_in(2) },
        2 => Condition::Id((0..3).map(|_| some_id(dice, kind)).collect()),
        3 | 4 if refers => {
            let test = Test::Reference { kind: Some(PATIENT), id: some_id(dice, PATIENT) };
            Condition::Any { param: param_of(kind, "patient"), tests: vec![test] }
        }
        5 if refers && depth > 0 => Condition::Chain {
            param: param_of(kind, "subject"),
            target: PATIENT,
            inner: conditions(dice, PATIENT, depth - 1),
        },
        6 if kind == OBSERVATION && depth > 0 => Condition::Chain {
            param: param_of(kind, "encounter"),
            target: ENCOUNTER,
            inner: conditions(dice, ENCOUNTER, depth - 1),
        },
        5..=7 if kind == PATIENT && depth > 0 => Condition::Has {
            source: OBSERVATION,
            via: param_of(OBSERVATION, if dice.one_in(2) { "subject" } else { "performer" }),
            inner: conditions(dice, OBSERVATION, depth - 1),
        },
        7 if kind == ENCOUNTER && depth > 0 => Condition::Has {
            source: OBSERVATION,
            via: param_of(OBSERVATION, "encounter"),
            inner: conditions(dice, OBSERVATION, depth - 1),
        },
        8 if refers => Condition::Compartment {
            kind: PATIENT,
            id: some_id(dice, PATIENT),
            params: vec![param_of(kind, "subject"), param_of(kind, "patient")],
        },
        9 if depth > 0 => Condition::AnyOf(conditions(dice, kind, depth - 1)),
        10 => {
            Condition::LastUpdated(vec![(prefix(dice), Span { from_ms: UPDATED_MS - DAY, until_ms: UPDATED_MS + DAY })])
        }
        _ => Condition::Any { param: param_of(kind, code), tests: tests(dice, kind, code) },
    }
}

pub fn conditions(dice: &mut Dice, kind: ResourceType, depth: u32) -> Vec<Condition> {
    let mut all: Vec<_> = (0..*dice.pick(&[1, 1, 2, 3])).map(|_| condition(dice, kind, depth)).collect();
    // Code and date together, for the event index.
    if kind == OBSERVATION && dice.one_in(5) {
        for code in ["code", "date"] {
            all.push(Condition::Any { param: param_of(kind, code), tests: vec![test(dice, kind, code)] });
        }
    }
    all
}

/// The parts of a document, by the numbers that the store gave.
pub fn parts(document: &Document, part_of: &dyn Fn(&ResourceId) -> Part) -> Vec<Part> {
    if document.subjects.is_empty() { vec![Part::SHARED] } else { document.subjects.iter().map(part_of).collect() }
}
