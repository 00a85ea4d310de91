//! What goes into a vector comes out of it, in either form.

use super::*;
use crate::dictionary::Dictionary;
use fhir::ResourceType;
use fhir::search::{ParamId, Quantity, Span, Target, Token, Value};
use proptest::prelude::*;
use std::borrow::Cow;

fn text() -> impl Strategy<Value = Cow<'static, str>> {
    "[a-zé|/ ]{0,30}".prop_map(Cow::Owned)
}

fn token() -> impl Strategy<Value = Token<'static>> {
    let maybe = || proptest::option::of(text());
    let of_type = proptest::option::of((text(), text()));
    (maybe(), maybe(), maybe(), of_type).prop_map(|(system, code, text, of_type)| Token { system, code, text, of_type })
}

fn quantity() -> impl Strategy<Value = Quantity<'static>> {
    let maybe = || proptest::option::of("[a-c]{1,2}".prop_map(Cow::Owned));
    let canonical = proptest::option::of((-9_i32..9, "[a-c]{1,2}"));
    (-9_i32..9, maybe(), maybe(), maybe(), canonical).prop_map(|(value, system, code, unit, canonical)| Quantity {
        value: f64::from(value),
        system,
        code,
        unit,
        canonical: canonical.map(|(value, unit)| (f64::from(value), unit)),
    })
}

fn span() -> impl Strategy<Value = Span> {
    let moment =
        || prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), (-99_i64..99).prop_map(|second| second * 1000)];
    (moment(), moment()).prop_map(|(from_ms, until_ms)| Span { from_ms, until_ms })
}

fn target() -> impl Strategy<Value = Target<'static>> {
    let id = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[a-c]";
    let kind = prop_oneof![Just(ResourceType::PATIENT), Just(ResourceType::ORGANIZATION)];
    prop_oneof![
        (kind, id).prop_map(|(kind, id)| Target::Local(kind, ResourceId::parse(&id).unwrap())),
        text().prop_map(Target::Url),
        token().prop_map(Target::Identifier),
    ]
}

fn plain() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        token().prop_map(Value::Token),
        text().prop_map(Value::Text),
        span().prop_map(Value::Date),
        any::<i32>().prop_map(|number| Value::Number(f64::from(number) / 8.0)),
        quantity().prop_map(Value::Quantity),
        target().prop_map(Value::Reference),
        text().prop_map(Value::Uri),
    ]
}

fn entries() -> impl Strategy<Value = Vec<Entry<'static>>> {
    let value = prop_oneof![4 => plain(), 1 => (plain(), plain()).prop_map(|(a, b)| Value::Composite(vec![a, b]))];
    let entry = (0_u16..300, value).prop_map(|(param, value)| Entry { param: ParamId(param), value });
    proptest::collection::vec(entry, 0..40)
}

/// All entries of a vector, in an order of their own.
fn read(groups: Groups<'_>, own: &ResourceId) -> Vec<String> {
    let of_group = |group: Group<'_>| {
        let value = group.value(Some(own), groups);
        group.params().map(|param| format!("{param:?} {value:?}")).collect::<Vec<_>>()
    };
    let mut all: Vec<String> = groups.flat_map(of_group).collect();
    all.sort();
    all
}

proptest! {
    #[test]
    fn every_entry_comes_back(entries in entries()) {
        let own = ResourceId::parse("a").unwrap();
        let vector = SearchVector::of(&entries, Some(&own));
        let mut expected: Vec<String> =
            entries.iter().map(|entry| format!("{:?} {:?}", entry.param, Some(&entry.value))).collect();
        expected.sort();
        expected.dedup();

        prop_assert_eq!(read(vector.groups(), &own), expected.clone());

        let dictionary = Dictionary::load(Vec::new());
        let word = |group: Group<'_>| dictionary.number(group.bytes);
        let stored: Vec<Vec<u8>> = (0..4).map(|_| vector.stored(word)).collect();
        let words = dictionary.words();
        for stored in stored {
            prop_assert_eq!(read(Groups::new(&stored, &words), &own), expected.clone());
            prop_assert_eq!(SearchVector::restored(&stored, &words), vector.clone());
        }
    }

    #[test]
    fn a_damaged_vector_ends_early(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let groups = Groups::new(&bytes, Words::none());
        for group in groups {
            let _ = (group.value(None, groups), group.reference(), group.params().count(), group.leans_on_row());
        }
    }
}

#[test]
fn a_reference_to_the_own_patient_takes_one_byte_and_common_groups_two() {
    let own = ResourceId::parse("00000000-0000-4000-8000-000000000001").unwrap();
    let value = Value::Reference(Target::Local(ResourceType::PATIENT, own.clone()));
    let entries = [Entry { param: ParamId(3), value: value.clone() }, Entry { param: ParamId(4), value }];
    let vector = SearchVector::of(&entries, Some(&own));

    // A length, a count, two parameters and the value.
    assert_eq!(vector.0.len(), 5);
    let dictionary = Dictionary::load(Vec::new());
    let last = (0..3).map(|_| vector.stored(|group| dictionary.number(group.bytes))).last().unwrap();
    assert_eq!(last.len(), 1);
}
