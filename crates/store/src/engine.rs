//! What the store asks of a database engine: rows by key, ranges of rows, blocks of postings, and little else.
//!
//! SQLite implements it today and PostgreSQL can tomorrow; planner, matcher, paging and writer know only this. A visit
//! that breaks ends the scan. Nothing here knows who may see what, so nothing here is reachable from outside the crate.

use crate::answers::{Change, FeedEntry, Kept};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::names::{Labels, Part, Rid, RidRange, Sequence, Version};
use crate::packing::Encoding;
use crate::posting::Table;
use crate::prepared::Relation;
use crate::visibility::Visibility;
use fhir::{ResourceId, ResourceType};
use std::ops::ControlFlow;

/// Who has an id: alive or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ident {
    pub(crate) rid: Rid,
    pub(crate) gone: bool,
}

/// The current version of a resource, as the engine keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowView<'a> {
    pub(crate) rid: Rid,
    pub(crate) fid: Fid<'a>,
    pub(crate) version: Version,
    pub(crate) updated_ms: i64,
    pub(crate) labels: Labels,
    pub(crate) encoding: Encoding,
    pub(crate) vector: &'a [u8],
    pub(crate) body: &'a [u8],
}

/// An older version, or a deletion. `was` is the key it had then: another one when the resource moved since.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VersionView<'a> {
    pub(crate) rid: Rid,
    pub(crate) was: Rid,
    pub(crate) fid: Fid<'a>,
    pub(crate) version: Version,
    pub(crate) updated_ms: i64,
    pub(crate) change: Change,
    pub(crate) labels: Labels,
    pub(crate) encoding: Encoding,
    pub(crate) body: &'a [u8],
}

/// A relation as kept: whose part, because of which resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeptRelation {
    pub(crate) part: Part,
    pub(crate) rid: Rid,
    pub(crate) relation: Relation,
}

/// Which relations to list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RelationsOf {
    Actor(u64),
    Part(Part),
    Rid(Rid),
}

/// Ends or continues a scan.
pub(crate) type Visited = Result<ControlFlow<()>, StoreError>;
/// What a scan calls for each row.
pub(crate) type VisitRow<'v> = dyn FnMut(RowView<'_>) -> Visited + 'v;
/// What a scan calls for each version.
pub(crate) type VisitVersion<'v> = dyn FnMut(VersionView<'_>) -> Visited + 'v;
/// What a scan calls for each block: key and data.
pub(crate) type VisitBlock<'v> = dyn FnMut(&[u8], &[u8]) -> Visited + 'v;
type Done = Result<(), StoreError>;

/// Reading, in one snapshot.
///
/// Rows and versions come only as far as the question that is being answered may see them ([`Reads::ask`]); what says merely
/// that there is one ([`Reads::current_version`], [`Reads::change_before`]) comes always.
pub(crate) trait Reads {
    /// The question that follows is answered for this visibility. It is given up when more than `hidden_max` rows on its way
    /// are hidden.
    fn ask(&self, visibility: &Visibility, hidden_max: u64);
    /// The question is answered; gives whether it was given up.
    fn answered(&self) -> bool;
    fn ident(&self, kind: ResourceType, id: Fid<'_>) -> Result<Option<Ident>, StoreError>;
    /// Calls `visit` when the row is there.
    fn row(&self, rid: Rid, visit: &mut VisitRow<'_>) -> Done;
    /// The rows of some keys, in their order; keys without a row are passed over.
    fn rows_of(&self, rids: &[Rid], visit: &mut VisitRow<'_>) -> Done;
    /// All rows of a range, by key.
    fn rows(&self, range: RidRange, visit: &mut VisitRow<'_>) -> Done;
    /// Versions of a resource before the given one, newest first; not the current one.
    fn versions(&self, rid: Rid, before: Option<Version>, visit: &mut VisitVersion<'_>) -> Done;
    /// One version of a resource; not the current one.
    fn version_at(&self, rid: Rid, version: Version, visit: &mut VisitVersion<'_>) -> Done;
    /// Versions of all resources after the given one, by key and version; not the current ones.
    fn versions_after(&self, after: Option<(Rid, Version)>, most: usize, visit: &mut VisitVersion<'_>) -> Done;
    /// The current version of a resource, also of one that is not seen.
    fn current_version(&self, rid: Rid) -> Result<Option<Version>, StoreError>;
    /// What was done last to a resource before a version, or before the current one; also when it is not seen.
    fn change_before(&self, rid: Rid, before: Option<Version>) -> Result<Option<(Version, Change)>, StoreError>;
    /// Changes from a place on (oldest first) or before it (newest first).
    fn changes_after(&self, after: Sequence, most: usize) -> Result<Vec<FeedEntry>, StoreError>;
    fn changes_before(&self, before: Sequence, most: usize) -> Result<Vec<FeedEntry>, StoreError>;
    /// Where a resource that had this key went.
    fn moved(&self, was: Rid) -> Result<Option<Rid>, StoreError>;
    fn parts_of_version(&self, rid: Rid, version: Version) -> Result<Vec<Part>, StoreError>;
    /// Resources of which some version is in several compartments, this part's among them.
    fn multi_in(&self, part: Part) -> Result<Vec<Rid>, StoreError>;
    fn part_of(&self, patient: Fid<'_>) -> Result<Option<Part>, StoreError>;
    fn patient_of(&self, part: Part) -> Result<Option<ResourceId>, StoreError>;
    /// The block that begins at the key, or else the last one before it, in the order of keys.
    fn block_before(&self, table: Table, key: &[u8], visit: &mut VisitBlock<'_>) -> Done;
    /// Blocks whose keys lie between the two, both included.
    fn blocks(&self, table: Table, between: (&[u8], &[u8]), visit: &mut VisitBlock<'_>) -> Done;
    /// How many blocks lie between the two keys, and their bytes; counts no further than `most` blocks.
    fn blocks_size(&self, table: Table, between: (&[u8], &[u8]), most: usize) -> Result<(usize, usize), StoreError>;
    fn relations(&self, of: RelationsOf) -> Result<Vec<KeptRelation>, StoreError>;
    fn tally(&self) -> Result<Vec<(u8, i64)>, StoreError>;
    fn kept(&self, kind: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    fn kept_all(&self, kind: &str) -> Result<Vec<Kept>, StoreError>;
    /// What is kept under keys that begin so, by key; nothing else is looked at.
    fn kept_under(&self, kind: &str, beginning: &[u8]) -> Result<Vec<Kept>, StoreError>;
    /// The highest key that a type ever had in a part, moved and deleted ones included.
    fn last_in(&self, range: RidRange) -> Result<Option<Rid>, StoreError>;
    /// The newest change: its place and time.
    fn last_change(&self) -> Result<Option<(Sequence, i64)>, StoreError>;
}

/// Writing, inside a transaction.
pub(crate) trait Writes: Reads {
    fn put_ident(&self, kind: ResourceType, id: Fid<'_>, ident: Ident) -> Done;
    fn add_part(&self, patient: Fid<'_>) -> Result<Part, StoreError>;
    /// Inserts or replaces the current version.
    fn put_row(&self, row: RowView<'_>) -> Done;
    fn drop_row(&self, rid: Rid) -> Done;
    fn put_version(&self, version: VersionView<'_>) -> Done;
    /// Gives a version that is not the current one other labels.
    fn relabel_version(&self, rid: Rid, version: Version, labels: Labels) -> Done;
    fn put_change(&self, entry: FeedEntry) -> Done;
    /// Takes the history, the parts and the relations of a resource along to its new key.
    fn move_history(&self, was: Rid, now: Rid) -> Done;
    fn put_parts_of_version(&self, rid: Rid, version: Version, parts: &[Part]) -> Done;
    fn put_block(&self, table: Table, key: &[u8], data: &[u8]) -> Done;
    fn drop_block(&self, table: Table, key: &[u8]) -> Done;
    fn put_relations(&self, part: Part, rid: Rid, relations: &[Relation]) -> Done;
    fn add_tally(&self, kind: u8, more: i64) -> Done;
    fn keep(&self, kind: &str, key: &[u8], value: &[u8]) -> Done;
    fn forget(&self, kind: &str, key: &[u8]) -> Result<bool, StoreError>;
    fn put_word(&self, number: u32, word: &[u8]) -> Done;
    fn put_pack(&self, number: Encoding, kind: u8, bytes: &[u8]) -> Done;
}
