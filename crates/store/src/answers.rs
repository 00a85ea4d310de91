//! What the store is asked and what it answers, beside the words of `fhir::search`.

use crate::names::{Labels, Part, Rid, Sequence, Version};
use fhir::{ResourceId, ResourceType};

/// A version of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which resource.
    pub rid: Rid,
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// Which version.
    pub version: Version,
    /// `meta.lastUpdated`, milliseconds since 1970.
    pub updated_ms: i64,
    /// Its label classes.
    pub labels: Labels,
    /// The JSON as served.
    pub body: Vec<u8>,
}

/// A resource asked for by id. Unknown and hidden are both `None` around this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is there.
    Here(Row),
    /// It was deleted.
    Gone {
        /// The version that the deletion made.
        version: Version,
        /// When.
        updated_ms: i64,
    },
}

/// Where a page begins and how long it may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// The key that the page before ended with.
    pub after: Option<PageKey>,
    /// The most matches on the page; 0 asks for the count alone.
    pub count: usize,
}

impl PageRequest {
    /// The first page.
    #[must_use]
    pub fn first(count: usize) -> Self {
        Self { after: None, count }
    }
}

/// Where a page ended. Opaque; `exchange` seals it before it leaves the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageKey(pub Vec<u8>);

/// The answer to a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchAnswer {
    /// What was asked for, in order.
    pub matches: Vec<Row>,
    /// What `_include` and `_revinclude` add, without those that are matches; each once.
    pub includes: Vec<Row>,
    /// How many match in all, where that is known exactly.
    pub total: Option<u64>,
    /// The next page, if there is one.
    pub next: Option<PageKey>,
    /// The patients whose parts the answer shows something of, in order, without the shared part.
    pub parts_touched: Vec<Part>,
}

/// Whose history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryOf {
    /// One resource.
    Instance(ResourceType, ResourceId),
    /// All of a type.
    Type(ResourceType),
    /// Everything.
    System,
}

/// What happened to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Created, or created again after a deletion.
    Create,
    /// Updated.
    Update,
    /// Deleted.
    Delete,
}

/// One version in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Which resource.
    pub rid: Rid,
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// Which version.
    pub version: Version,
    /// When.
    pub updated_ms: i64,
    /// What happened.
    pub change: Change,
    /// The JSON as served; `None` for a deletion.
    pub body: Option<Vec<u8>>,
}

/// A page of a history, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryAnswer {
    /// The versions.
    pub entries: Vec<HistoryEntry>,
    /// The next page, if there is one.
    pub next: Option<PageKey>,
}

/// One change in the feed, oldest first. It names no content: read the resource under a visibility for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its place in the feed.
    pub sequence: Sequence,
    /// When.
    pub updated_ms: i64,
    /// Which resource.
    pub rid: Rid,
    /// Which version.
    pub version: Version,
    /// What happened.
    pub change: Change,
}

/// What a write finds before it: If-Match, If-None-Match, or nothing special.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// No such resource, or a deleted one.
    Absent,
    /// Whatever is there.
    Any,
    /// Exactly this version.
    Version(Version),
}

/// What a write did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Which resource.
    pub rid: Rid,
    /// Its new version.
    pub version: Version,
    /// Its `meta.lastUpdated`.
    pub updated_ms: i64,
    /// Whether it was not there before.
    pub created: bool,
    /// The JSON as served; empty after a deletion.
    pub body: Vec<u8>,
}

/// What an import did with a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// New.
    Created,
    /// There already with the same content: no new version.
    Same,
    /// There already with other content: a new version.
    Replaced,
    /// Not taken, and why.
    Refused(String),
}

/// How many current resources of a type there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The type.
    pub kind: ResourceType,
    /// How many.
    pub resources: u64,
}

/// A kept setting: key and value.
pub type Kept = (Vec<u8>, Vec<u8>);
