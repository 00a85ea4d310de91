//! What a reader may see, as a set of rules over parts, types and labels.
//!
//! The store knows no policy. `record` turns a permit into a [`Visibility`] and gives it to every read; a resource is
//! there for the reader when some rule admits it, and otherwise it is not there at all: not in a count, an include, a
//! chain, a page key or a history. A resource in several patients' compartments must be admitted for each of them.

use crate::names::{Labels, Part, Rid};
use fhir::ResourceType;
use roaring::RoaringBitmap;
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

/// What a reader may see: whatever some rule admits.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Visibility {
    /// The rules; none of them means nothing is visible.
    pub rules: Vec<Rule>,
}

impl Visibility {
    /// All there is: for the machinery itself, and for those who are responsible for the store.
    #[must_use]
    pub fn everything() -> Self {
        Self { rules: vec![Rule { parts: Parts::Everyone, kinds: KindSet::ALL, labels: Labels::ALL }] }
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
        self.sees_in(rid.kind_code(), rid.part(), labels)
    }

    pub(crate) fn sees_in(&self, kind: u8, part: Part, labels: Labels) -> bool {
        self.rules.iter().any(|rule| rule.admits(kind, part, labels))
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
        let visibility = Visibility { rules: vec![rule] };

        assert!(visibility.sees(rid(3), Labels::from_bits(0b01)));
        assert!(!visibility.sees(rid(3), Labels::from_bits(0b11)));
    }

    #[test]
    fn rules_do_not_lend_their_labels_to_each_other() {
        let own = Rule { parts: Parts::Shared, kinds: KindSet::ALL, labels: Labels::ALL };
        let others = Rule { parts: Parts::Everyone, kinds: KindSet::ALL, labels: Labels::NONE };
        let visibility = Visibility { rules: vec![own, others] };

        assert!(!visibility.sees(rid(3), Labels::from_bits(1)));
        assert!(visibility.sees(rid(0), Labels::from_bits(1)));
    }

    #[test]
    fn few_parts_are_told_so_that_a_search_stays_inside_them() {
        let kind = rid(7).kind().unwrap();
        let one = Rule { parts: Parts::one(rid(7).part()), kinds: KindSet::ALL, labels: Labels::ALL };

        assert_eq!(Visibility { rules: vec![one] }.only_parts(kind, 8), Some(vec![rid(7).part()]));
        assert_eq!(Visibility::everything().only_parts(kind, 8), None);
        assert_eq!(Visibility::nothing().only_parts(kind, 8), Some(vec![]));
    }
}
