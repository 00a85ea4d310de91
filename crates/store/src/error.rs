//! What can go wrong in the store, said so that the caller can act on it.
//!
//! `NotThere` and hidden are not told apart anywhere: a reader who may not see a resource gets `None`, not an error.

use crate::names::Version;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The queue of writes is full; try again shortly.
    #[error("too many writes are waiting")]
    Busy,
    /// No space left on the disk; reads go on, and writes again once there is space.
    #[error("the disk is full")]
    DiskFull,
    /// The disk or the database refused.
    #[error("the database failed: {0}")]
    Io(String),
    /// The question would look at more rows than one question may.
    #[error("the search would examine more than {0} resources; narrow it down")]
    TooCostly(u64),
    /// A page of a history would look at more changes than one question may, those that are hidden included.
    #[error("this page of the history would examine more than {0} changes; ask for less of it")]
    HistoryTooLong(u64),
    /// If-None-Exist or a create with an id: there is one already.
    #[error("the resource is there already")]
    Exists,
    /// If-Match or an update of something that is not there.
    #[error("there is no such resource")]
    NotThere,
    /// If-Match with another version than the current one.
    #[error("the current version is {0}")]
    OtherVersion(Version),
    /// A page key that this store did not make for this question.
    #[error("the page key does not belong to this search")]
    PageKey,
    /// No more place for resources of this type in this part, or for patients.
    #[error("the store has no place left for this kind of resource")]
    Full,
    /// The log of accesses refused the entries of this group.
    #[error("the access log could not be written: {0}")]
    Log(String),
    /// The data folder was made by a newer version of the program.
    #[error("the data folder has layout {found}, this program knows up to {known}")]
    Newer {
        /// Layout of the folder.
        found: u32,
        /// Newest layout that we know.
        known: u32,
    },
    /// Another program has the data folder open.
    #[error("the data folder is in use by another program")]
    InUse,
    /// Something that we wrote cannot be read back.
    #[error("the store is damaged: {0}")]
    Damaged(&'static str),
    /// The writer has stopped.
    #[error("the store is closed")]
    Closed,
}
