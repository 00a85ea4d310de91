//! What a reader may see, as a set of rules over parts, types and labels.
//!
//! The store knows no policy. `record` turns a permit into a [`Visibility`] and gives it to every read; a resource is
//! there for the reader when some rule admits it, and otherwise it is not there at all: not in a count, an include, a
//! chain, a page key or a history. A resource in several patients' compartments must be admitted for each of them.
//! What rules admit can be withheld again, part by part ([`Withheld`]).

use crate::names::{Labels, Part, Rid};
use fhir::ResourceType;
use roaring::RoaringBitmap;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A set of resource types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct KindSet([u64; 4]);

impl KindSet {
    /// Every type.
    pub const ALL: Self = Self([u64::MAX; 4]);
    /// No type.
    pub const NONE: Self = Self([0; 4]);

    /// The set whose types' codes are the bits of these words, the lowest first.
    #[must_use]
    pub const fn from_words(words: [u64; 4]) -> Self {
        Self(words)
    }

    /// The set with this type as well.
    #[must_use]
    pub fn with(mut self, kind: ResourceType) -> Self {
        let (word, bit) = Self::place(kind.code());
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
        self
    }

    /// What is in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & e, b & f, c & g, d & h])
    }

    /// Whether the type is in the set.
    #[must_use]
    pub fn contains(self, kind: ResourceType) -> bool {
        self.contains_code(kind.code())
    }

    pub(crate) fn contains_code(self, code: u8) -> bool {
        let (word, bit) = Self::place(code);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(code: u8) -> (usize, u64) {
        (usize::from(code >> 6), 1 << (code & 63))
    }
}

impl FromIterator<ResourceType> for KindSet {
    fn from_iter<I: IntoIterator<Item = ResourceType>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

/// Whose parts a rule is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Parts {
    /// Every part, the shared one included.
    Everyone,
    /// Only what is in nobody's record.
    Shared,
    /// These people, by [`Part::number`].
    These(Arc<RoaringBitmap>),
}

impl Parts {
    /// One person.
    #[must_use]
    pub fn one(part: Part) -> Self {
        Self::These(Arc::new(RoaringBitmap::from_iter([part.number()])))
    }

    fn contains(&self, part: Part) -> bool {
        match self {
            Self::Everyone => true,
            Self::Shared => part == Part::SHARED,
            Self::These(parts) => parts.contains(part.number()),
        }
    }
}

/// Admits the resources of some types, in some parts, whose labels are all among the allowed ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// In these parts.
    pub parts: Parts,
    /// Of these types.
    pub kinds: KindSet,
    /// With no label but these.
    pub labels: Labels,
}

impl Rule {
    fn admits(&self, kind: u8, part: Part, labels: Labels) -> bool {
        labels.within(self.labels) && self.kinds.contains_code(kind) && self.parts.contains(part)
    }
}

/// What is taken away again from what the rules admit, by [`Part::number`]; parts that are not here lose nothing.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Withheld(pub HashMap<u32, Withholding>);

/// What is withheld of one part.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Withholding {
    /// A resource is withheld when any of these says so.
    pub denials: Vec<Denial>,
    /// The resources that were looked at one by one, where a test is about single resources; any other is withheld.
    pub known: Option<Arc<HashSet<Rid>>>,
}

/// Withholds what passes one test and none of the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial {
    /// What is withheld ...
    pub what: Matcher,
    /// ... but for this.
    pub unless: Vec<Matcher>,
}

/// A test of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Matcher {
    /// It is of one of these types,
    pub kinds: KindSet,
    /// has one of these labels (where there are any),
    pub any: Labels,
    /// has none of these,
    pub none: Labels,
    /// and is one of these (where said).
    pub rows: Option<Arc<HashSet<Rid>>>,
}

impl Matcher {
    /// Passes every resource of these types.
    #[must_use]
    pub const fn of(kinds: KindSet) -> Self {
        Self { kinds, any: Labels::NONE, none: Labels::NONE, rows: None }
    }

    fn passes(&self, rid: Rid, labels: Labels) -> bool {
        self.kinds.contains_code(rid.kind_code())
            && (self.any == Labels::NONE || labels.meets(self.any))
            && !labels.meets(self.none)
            && self.rows.as_ref().is_none_or(|rows| rows.contains(&rid))
    }
}

impl Withheld {
    fn withholds(&self, part: Part, rid: Rid, labels: Labels) -> bool {
        !self.0.is_empty() && self.0.get(&part.number()).is_some_and(|withholding| withholding.withholds(rid, labels))
    }
}

impl Withholding {
    fn withholds(&self, rid: Rid, labels: Labels) -> bool {
        let denies = |denial: &Denial| {
            denial.what.passes(rid, labels) && !denial.unless.iter().any(|matcher| matcher.passes(rid, labels))
        };
        let is_unknown = |known: &Arc<HashSet<Rid>>| !known.contains(&rid);
        self.denials.iter().any(denies) || self.known.as_ref().is_some_and(is_unknown)
    }
}

/// What a reader may see: whatever some rule admits and nothing withholds.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Visibility {
    /// The rules; none of them means nothing is visible.
    pub rules: Vec<Rule>,
    /// What is withheld all the same.
    pub withheld: Arc<Withheld>,
}

impl Visibility {
    /// What these rules admit, with nothing withheld.
    #[must_use]
    pub fn of(rules: Vec<Rule>) -> Self {
        Self { rules, withheld: Arc::default() }
    }

    /// All there is: for the machinery itself, and for those who are responsible for the store.
    #[must_use]
    pub fn everything() -> Self {
        Self::of(vec![Rule { parts: Parts::Everyone, kinds: KindSet::ALL, labels: Labels::ALL }])
    }

    /// Nothing at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Whether the reader may see a resource that lies in one part only.
    ///
    /// For one with [`Labels::MULTI`] this answers for the part of the rid alone; the store asks about the others.
    #[must_use]
    pub fn sees(&self, rid: Rid, labels: Labels) -> bool {
        self.sees_in(rid, rid.part(), labels)
    }

    /// Whether the reader may see a resource as far as one of its parts is concerned.
    pub(crate) fn sees_in(&self, rid: Rid, part: Part, labels: Labels) -> bool {
        self.rules.iter().any(|rule| rule.admits(rid.kind_code(), part, labels))
            && !self.withheld.withholds(part, rid, labels)
    }

    /// Whether some resource of the type could be visible.
    #[must_use]
    pub fn sees_some(&self, kind: ResourceType) -> bool {
        self.rules.iter().any(|rule| rule.kinds.contains(kind))
    }

    /// The parts outside of which nothing of the type is visible, in order, when they are at most `most`.
    pub(crate) fn only_parts(&self, kind: ResourceType, most: u64) -> Option<Vec<Part>> {
        let mut only = RoaringBitmap::new();
        for rule in self.rules.iter().filter(|rule| rule.kinds.contains(kind)) {
            match &rule.parts {
                Parts::Everyone => return None,
                Parts::Shared => {
                    only.insert(Part::SHARED.number());
                }
                Parts::These(parts) => only |= parts.as_ref(),
            }
            if only.len() > most {
                return None;
            }
        }
        Some(only.into_iter().filter_map(Part::from_number).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rid(part: u32) -> Rid {
        let Some(kind) = ResourceType::parse("Observation") else { panic!("R4 has observations") };
        let Some(rid) = Part::from_number(part).and_then(|part| Rid::pack(kind, part, 1)) else { panic!("it fits") };
        rid
    }

    #[test]
    fn a_label_that_no_rule_allows_hides_the_resource() {
        let rule = Rule { parts: Parts::Everyone, kinds: KindSet::ALL, labels: Labels::from_bits(0b01) };
        let visibility = Visibility::of(vec![rule]);

        assert!(visibility.sees(rid(3), Labels::from_bits(0b01)));
        assert!(!visibility.sees(rid(3), Labels::from_bits(0b11)));
    }

    #[test]
    fn rules_do_not_lend_their_labels_to_each_other() {
        let own = Rule { parts: Parts::Shared, kinds: KindSet::ALL, labels: Labels::ALL };
        let others = Rule { parts: Parts::Everyone, kinds: KindSet::ALL, labels: Labels::NONE };
        let visibility = Visibility::of(vec![own, others]);

        assert!(!visibility.sees(rid(3), Labels::from_bits(1)));
        assert!(visibility.sees(rid(0), Labels::from_bits(1)));
    }

    #[test]
    fn what_is_withheld_of_one_part_is_there_in_the_others() {
        let not_labelled = Matcher { any: Labels::from_bits(4), ..Matcher::of(KindSet::ALL) };
        let but_one = Matcher { rows: Some(Arc::new(HashSet::from([rid(3)]))), ..Matcher::of(KindSet::ALL) };
        let withholding =
            |unless| Withholding { denials: vec![Denial { what: not_labelled.clone(), unless }], known: None };
        let withheld = |unless| Arc::new(Withheld(HashMap::from([(3, withholding(unless))])));
        let limited = Visibility { withheld: withheld(vec![]), ..Visibility::everything() };
        let excepted = Visibility { withheld: withheld(vec![but_one]), ..Visibility::everything() };

        assert!(limited.sees(rid(3), Labels::NONE));
        assert!(!limited.sees(rid(3), Labels::from_bits(6)));
        assert!(limited.sees(rid(4), Labels::from_bits(6)));
        assert!(excepted.sees(rid(3), Labels::from_bits(6)));
    }

    #[test]
    fn where_single_resources_count_an_unknown_one_is_withheld() {
        let known = Withholding { denials: vec![], known: Some(Arc::new(HashSet::from([rid(3)]))) };
        let withheld = |part| Arc::new(Withheld(HashMap::from([(part, known.clone())])));

        assert!(Visibility { withheld: withheld(3), ..Visibility::everything() }.sees(rid(3), Labels::NONE));
        assert!(!Visibility { withheld: withheld(4), ..Visibility::everything() }.sees(rid(4), Labels::NONE));
    }

    #[test]
    fn few_parts_are_told_so_that_a_search_stays_inside_them() {
        let kind = rid(7).kind().unwrap();
        let one = Rule { parts: Parts::one(rid(7).part()), kinds: KindSet::ALL, labels: Labels::ALL };

        assert_eq!(Visibility::of(vec![one]).only_parts(kind, 8), Some(vec![rid(7).part()]));
        assert_eq!(Visibility::everything().only_parts(kind, 8), None);
        assert_eq!(Visibility::nothing().only_parts(kind, 8), Some(vec![]));
    }
}
