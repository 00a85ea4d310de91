//! The small words of the store: which resource, in whose record, with which labels, in which version.
//!
//! A [`Rid`] packs type, part and sequence into one integer, so that a type is one range of keys and a patient's
//! resources of one type are one range within it. Labels are only bits here: their meaning belongs to `gate`.
//! Nothing in this file reads or writes. See `visibility` for who may see what.

use fhir::ResourceType;

/// One patient's share of the store. [`Part::SHARED`] holds what is in no patient's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part(u32);

impl Part {
    /// Resources that are in no patient's compartment: organisations, practitioners, value sets.
    pub const SHARED: Self = Self(0);
    /// The last part that a [`Rid`] can name: 30 bits, about a thousand million people.
    pub const LAST: Self = Self((1 << PART_BITS) - 1);

    /// The part with this number, when a [`Rid`] can hold it.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        (number <= Self::LAST.0).then_some(Self(number))
    }

    /// Its number, for bitmaps.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

const PART_BITS: u32 = 30;
const SEQUENCE_BITS: u32 = 25;

/// A resource of this store: type, part and sequence within both. It outlives updates and deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rid(i64);

impl Rid {
    /// The last sequence number that fits.
    pub(crate) const SEQUENCE_LAST: u32 = (1 << SEQUENCE_BITS) - 1;

    /// Packs the three; a sequence beyond 25 bits has no place.
    pub(crate) fn pack(kind: ResourceType, part: Part, sequence: u32) -> Option<Self> {
        (sequence <= Self::SEQUENCE_LAST).then(|| Self::packed(kind, part, sequence))
    }

    fn packed(kind: ResourceType, part: Part, sequence: u32) -> Self {
        let kind = i64::from(kind.code()) << (PART_BITS + SEQUENCE_BITS);
        let part = i64::from(part.0) << SEQUENCE_BITS;
        Self(kind | part | i64::from(sequence))
    }

    /// A key that no resource has: keys are never negative.
    pub(crate) const NONE: Self = Self(-1);

    /// The key as the engine keeps it.
    pub(crate) fn key(self) -> i64 {
        self.0
    }

    /// From the engine's key; trusts what the engine kept.
    pub(crate) fn from_key(key: i64) -> Self {
        Self(key)
    }

    /// The code of its type.
    #[must_use]
    pub fn kind_code(self) -> u8 {
        u8::try_from((self.0 >> (PART_BITS + SEQUENCE_BITS)) & 0xFF).unwrap_or(u8::MAX)
    }

    /// Its type.
    #[must_use]
    pub fn kind(self) -> Option<ResourceType> {
        ResourceType::from_code(self.kind_code())
    }

    /// The part that it lies in.
    #[must_use]
    pub fn part(self) -> Part {
        Part(u32::try_from((self.0 >> SEQUENCE_BITS) & i64::from(Part::LAST.0)).unwrap_or(0))
    }

    /// The key right after.
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Its place among the resources of the same type and part.
    pub(crate) fn sequence(self) -> u32 {
        u32::try_from(self.0 & i64::from(Self::SEQUENCE_LAST)).unwrap_or(0)
    }
}

/// A closed range of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RidRange {
    /// First key inside.
    pub(crate) first: Rid,
    /// Last key inside.
    pub(crate) last: Rid,
}

impl RidRange {
    /// All resources of a type.
    pub(crate) fn of_kind(kind: ResourceType) -> Self {
        Self { first: Rid::packed(kind, Part::SHARED, 0), last: Rid::packed(kind, Part::LAST, Rid::SEQUENCE_LAST) }
    }

    /// A part's resources of a type.
    pub(crate) fn of_part(kind: ResourceType, part: Part) -> Self {
        Self { first: Rid::packed(kind, part, 0), last: Rid::packed(kind, part, Rid::SEQUENCE_LAST) }
    }

    /// Whether the key lies inside.
    pub(crate) fn contains(self, rid: Rid) -> bool {
        self.first <= rid && rid <= self.last
    }
}

/// A set of label classes, as bits. What a bit means is `gate`'s business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Labels(u32);

impl Labels {
    /// No label: ordinary.
    pub const NONE: Self = Self(0);
    /// Every label class, for a reader who may see all of them.
    pub const ALL: Self = Self(u32::MAX);
    /// The resource is in more than one patient's compartment. The store sets it itself.
    pub const MULTI: Self = Self(1 << 31);

    /// From bits.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// As bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every class of this set is in the other; [`Labels::MULTI`] does not count.
    #[must_use]
    pub const fn within(self, allowed: Self) -> bool {
        self.0 & !allowed.0 & !Self::MULTI.0 == 0
    }

    /// Whether the two sets have a class in common; [`Labels::MULTI`] does not count.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 & !Self::MULTI.0 != 0
    }

    /// Whether the resource is in several patients' compartments.
    #[must_use]
    pub const fn is_multi(self) -> bool {
        self.0 & Self::MULTI.0 != 0
    }
}

/// The version of a resource: 1, 2, 3 ... A deletion counts as a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(u32);

impl Version {
    /// The first.
    pub const FIRST: Self = Self(1);

    /// From a number as clients write it; 0 is no version.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// From the text of a versionId or ETag: digits without a leading zero.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        plain.then(|| text.parse().ok()).flatten().and_then(Self::new)
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The one after.
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A place in the change feed; grows with every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub i64);

/// Which queue a write waits in: people come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Somebody waits for the answer.
    People,
    /// Imports and walkers; yields at every batch.
    Bulk,
}
