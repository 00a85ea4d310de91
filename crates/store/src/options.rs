//! How a store is opened: its clock, its hook before every commit, and its limits.

use crate::names::Labels;
use crate::prepared::Relation;
use crate::visibility::KindSet;
use fhir::ResourceType;
use fhir::json::Json;
use std::sync::Arc;

/// Tells the time in milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Called with what the requests of a group noted, in order, before the group is committed. An error fails the group.
pub type BeforeCommit = Box<dyn FnMut(&[Box<[u8]>]) -> Result<(), String> + Send>;

/// The bounds of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most resources that one search examines. Over it: `StoreError::TooCostly`.
    pub examined_max: u64,
    /// How many resources are examined for a total that nobody insisted on.
    pub counted_max: u64,
    /// The most included resources on a page.
    pub includes_max: usize,
    /// The most rounds of `:iterate`.
    pub iterate_max: usize,
    /// The most changes that one page of a history examines, seen or not. Over it: `StoreError::HistoryTooLong`.
    pub changes_max: u64,
    /// The most entries that are gathered from posting lists before the plan walks ranges instead.
    pub gathered_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            examined_max: 1_000_000,
            counted_max: 20_000,
            includes_max: 5_000,
            iterate_max: 8,
            changes_max: 100_000,
            gathered_max: 250_000,
        }
    }
}

/// What is worked out of a resource when it is stored, besides its index. A store that was filled by other rules is gone through anew
/// when it is opened.
#[derive(Clone, Copy)]
pub struct Derivation {
    /// Another number whenever the rules would give some resource other labels or relationships.
    pub rules: u64,
    /// The labels of a resource.
    pub labels_of: fn(&Json<'_>) -> Labels,
    /// The relationships that a resource makes between its person and others.
    pub relations_of: fn(ResourceType, &Json<'_>) -> Vec<Relation>,
}

/// How to open a store.
pub struct Options {
    /// The time.
    pub clock: Clock,
    /// The hook of the access log.
    pub before_commit: BeforeCommit,
    /// How many readers at the same time; more wait.
    pub readers: usize,
    /// How many writes may wait in each lane.
    pub queue: usize,
    /// The bounds of one question.
    pub limits: Limits,
    /// Types whose every change moves [`crate::Store::watched_epoch()`].
    pub watched: KindSet,
    /// What gives labels and relationships; without it they stay as they were stored.
    pub derivation: Option<Derivation>,
}

impl Options {
    /// The usual ones, with this clock and no log.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let (limits, watched) = (Limits::default(), KindSet::NONE);
        let before_commit = Box::new(|_: &[Box<[u8]>]| Ok(()));
        Self { clock, before_commit, readers: 8, queue: 4_096, limits, watched, derivation: None }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("readers", &self.readers)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
