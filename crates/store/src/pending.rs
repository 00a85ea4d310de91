//! Postings of the writer's transaction that are not in their blocks yet.
//!
//! A group of requests opens each block once, at its end, unless a request searches before: then what is pending is
//! applied first. A request that fails takes its postings back; what earlier requests left pending survives, even when
//! it was applied inside the failed request's savepoint.

use crate::engine::Writes;
use crate::error::StoreError;
use crate::index::{PostingChange, apply};
use std::cell::RefCell;

#[derive(Default)]
struct Changes {
    /// Of requests that ended well.
    earlier: Vec<PostingChange>,
    /// Of the request that runs.
    own: Vec<PostingChange>,
    /// Of earlier requests, applied during this one.
    applied: Vec<PostingChange>,
}

/// The postings that wait.
pub(crate) struct Pending<'a> {
    engine: &'a dyn Writes,
    changes: RefCell<Changes>,
}

impl<'a> Pending<'a> {
    pub(crate) fn new(engine: &'a dyn Writes) -> Self {
        Self { engine, changes: RefCell::default() }
    }

    /// Adds changes of the running request.
    pub(crate) fn extend(&self, more: impl IntoIterator<Item = PostingChange>) {
        self.changes.borrow_mut().own.extend(more);
    }

    /// Applies everything.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        let mut changes = self.changes.borrow_mut();
        let earlier = std::mem::take(&mut changes.earlier);
        let own = std::mem::take(&mut changes.own);
        changes.applied.extend_from_slice(&earlier);
        drop(changes);
        apply(self.engine, earlier.into_iter().chain(own).collect())
    }

    /// The running request ended well.
    pub(crate) fn keep(&self) {
        let mut changes = self.changes.borrow_mut();
        let own = std::mem::take(&mut changes.own);
        changes.earlier.extend(own);
        changes.applied.clear();
    }

    /// The running request was rolled back.
    pub(crate) fn take_back(&self) {
        let mut changes = self.changes.borrow_mut();
        changes.own.clear();
        let mut earlier = std::mem::take(&mut changes.applied);
        earlier.append(&mut changes.earlier);
        changes.earlier = earlier;
    }
}
