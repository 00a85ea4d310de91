//! The queue before the writer: two lanes, bounded. People first, but a waiting import gets its turn now and then.

use crate::error::StoreError;
use crate::names::Lane;
use crate::writer::Writer;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

/// Tells the one who asked how it ended: with the group's commit, or without.
pub(crate) type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A request: runs on the writer thread (or learns why it cannot), says whether it succeeded, and how to tell.
pub(crate) type Job = Box<dyn FnOnce(Result<&mut Writer<'_>, StoreError>) -> (bool, Reply) + Send>;

/// After so many groups of people's writes, a waiting batch gets its turn.
const PEOPLE_FIRST: u32 = 16;

#[derive(Default)]
struct Lanes {
    people: VecDeque<Job>,
    bulk: VecDeque<Job>,
    people_groups: u32,
    is_closed: bool,
}

/// The queue.
pub(crate) struct Queue {
    lanes: Mutex<Lanes>,
    changed: Condvar,
    most: usize,
}

/// What the writer shall do next.
pub(crate) enum Next {
    /// The first request of a group of people's writes; more may follow from [`Queue::another`].
    People(Job),
    /// A batch, alone in its transaction.
    Bulk(Job),
    /// Stop: the store is closed and nothing waits.
    Stop,
}

impl Queue {
    pub(crate) fn new(most: usize) -> Self {
        Self { lanes: Mutex::default(), changed: Condvar::new(), most: most.max(1) }
    }

    /// Waits in line, unless the line is too long.
    pub(crate) fn push(&self, lane: Lane, job: Job) -> Result<(), StoreError> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.is_closed {
            return Err(StoreError::Closed);
        }
        let line = match lane {
            Lane::People => &mut lanes.people,
            Lane::Bulk => &mut lanes.bulk,
        };
        if line.len() >= self.most {
            return Err(StoreError::Busy);
        }
        line.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for the first request of the next group.
    pub(crate) fn next(&self) -> Next {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let bulk_is_due = lanes.people.is_empty() || lanes.people_groups >= PEOPLE_FIRST;
            if let Some(job) = bulk_is_due.then(|| lanes.bulk.pop_front()).flatten() {
                lanes.people_groups = 0;
                return Next::Bulk(job);
            }
            if let Some(job) = lanes.people.pop_front() {
                lanes.people_groups = lanes.people_groups.saturating_add(1);
                return Next::People(job);
            }
            if lanes.is_closed {
                return Next::Stop;
            }
            lanes = self.changed.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Another of people's requests, if one waits already.
    pub(crate) fn another(&self) -> Option<Job> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).people.pop_front()
    }

    /// Lets nobody in any more; what waits is still done.
    pub(crate) fn close(&self) {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        self.changed.notify_all();
    }
}
