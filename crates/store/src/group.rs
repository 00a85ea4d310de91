//! The writer thread: groups of requests, one transaction and one sync for each group.
//!
//! While a group is being synced the next one gathers in the queue, so nobody waits for company. A request is a
//! savepoint: when it fails, the others of its group do not. When the commit fails, all of the group do, nothing of it
//! stays, and the next group is tried as if nothing had happened; there is no state to repair.

use crate::engine::{Reads, Writes};
use crate::error::StoreError;
use crate::options::{BeforeCommit, Clock};
use crate::packing::{Packer, Unpacker};
use crate::pending::Pending;
use crate::pool::Connection;
use crate::queue::{Job, Next, Queue, Reply};
use crate::reader::Reader;
use crate::shared::Shared;
use crate::sqlite::{Command, Sqlite};
use crate::writer::{Desk, Memory, Writer};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The most requests of a group.
const GROUP_MAX: usize = 256;
/// How long a group gathers at most before it is committed.
const GROUP_TIME: Duration = Duration::from_millis(2);

/// Everything that the writer thread owns.
pub(crate) struct WriterThread {
    connection: Connection,
    shared: Arc<Shared>,
    memory: Memory,
    clock: Clock,
    before_commit: BeforeCommit,
    /// Words that are written already.
    words_written: u32,
}

impl WriterThread {
    pub(crate) fn new(
        sqlite: Sqlite,
        shared: Arc<Shared>,
        (clock, before_commit): (Clock, BeforeCommit),
    ) -> Result<Self, StoreError> {
        let packer = Packer::new(Arc::clone(&shared.packs), Arc::clone(&shared.dictionary));
        let memory = Memory::new(packer, sqlite.last_change()?);
        let unpacker = RefCell::new(Unpacker::new(Arc::clone(&shared.packs)));
        let words_written = shared.dictionary.words().count();
        Ok(Self { connection: Connection { sqlite, unpacker }, shared, memory, clock, before_commit, words_written })
    }

    /// Works until the queue is closed and empty.
    pub(crate) fn run(&mut self, queue: &Queue) {
        loop {
            match queue.next() {
                Next::People(first) => self.group(first, &mut || queue.another()),
                Next::Bulk(batch) => self.group(batch, &mut || None),
                Next::Stop => break,
            }
        }
        // What readers still hold back is moved when the store is opened next.
        let _ = self.connection.sqlite.checkpoint();
    }

    fn group(&mut self, first: Job, another: &mut dyn FnMut() -> Option<Job>) {
        let mut replies: Vec<Reply> = Vec::new();
        let done = self.transaction(first, another, &mut replies);
        if done.is_err() {
            self.forget();
        }
        for reply in replies {
            reply(done.clone());
        }
    }

    fn transaction(
        &mut self,
        first: Job,
        another: &mut dyn FnMut() -> Option<Job>,
        replies: &mut Vec<Reply>,
    ) -> Result<(), StoreError> {
        let began = Instant::now();
        let Self { connection, shared, memory, clock, .. } = self;
        let sqlite = &connection.sqlite;
        if let Err(error) = sqlite.command(Command::BeginWrite) {
            replies.push(first(Err(error.clone())).1);
            return Err(error);
        }
        let pending = Pending::new(sqlite);
        let mut broken = None;
        let mut next = Some(first);
        while let Some(job) = next.take() {
            let reader = Reader::new(sqlite, shared, &connection.unpacker).inside(&pending);
            let desk = Desk { engine: sqlite, reader, shared, pending: &pending };
            let (reply, outcome) = request(desk, memory, clock(), job, sqlite);
            replies.push(reply);
            if let Err(error) = outcome {
                broken = Some(error);
                break;
            }
            if replies.len() < GROUP_MAX && began.elapsed() < GROUP_TIME {
                next = another();
            }
        }
        let settled = match broken {
            Some(error) => Err(error),
            None => pending.settle(),
        };
        drop(pending);
        settled?;
        self.commit()
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let sqlite = &self.connection.sqlite;
        let words = self.shared.dictionary.words();
        for number in self.words_written..words.count() {
            sqlite.put_word(number, words.get(number).unwrap_or_default())?;
        }
        for (kind, more) in self.memory.tally.drain().filter(|(_, more)| *more != 0) {
            sqlite.add_tally(kind, more)?;
        }
        if !self.memory.notes.is_empty() {
            (self.before_commit)(&self.memory.notes).map_err(StoreError::Log)?;
        }
        sqlite.command(Command::Commit)?;
        self.words_written = words.count();
        self.memory.notes.clear();
        if std::mem::take(&mut self.memory.relations_changed) {
            self.shared.relation_epoch.fetch_add(1, Ordering::AcqRel);
        }
        if std::mem::take(&mut self.memory.watched_changed) {
            self.shared.watched_epoch.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }

    /// After a failed commit: roll back, and remember nothing that was not committed.
    fn forget(&mut self) {
        let sqlite = &self.connection.sqlite;
        if sqlite.is_in_transaction() {
            // SQLite has rolled back by itself after some errors; a second time is harmless.
            let _ = sqlite.command(Command::Rollback);
        }
        let packer = Packer::new(Arc::clone(&self.shared.packs), Arc::clone(&self.shared.dictionary));
        // A time given once is not given back: later writes stay later.
        let updated_ms = self.memory.updated_ms;
        self.memory = Memory::new(packer, sqlite.last_change().unwrap_or(None));
        self.memory.updated_ms = updated_ms.max(self.memory.updated_ms);
    }
}

/// Runs one request in its savepoint. The outcome is an error only when the whole transaction is lost.
fn request(
    desk: Desk<'_>,
    memory: &mut Memory,
    clock_ms: i64,
    job: Job,
    sqlite: &Sqlite,
) -> (Reply, Result<(), StoreError>) {
    if let Err(error) = sqlite.command(Command::Savepoint) {
        return (job(Err(error.clone())).1, Err(error));
    }
    let mark = memory.mark();
    let pending = desk.pending;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut writer = Writer::new(desk, memory, clock_ms);
        job(Ok(&mut writer))
    }));
    // A panic drops the request and with it the place where its answer was awaited: the caller is told `Closed`.
    let (is_done, reply) = ran.unwrap_or_else(|_| (false, Box::new(|_| {})));
    let outcome = if is_done {
        pending.keep();
        sqlite.command(Command::Release)
    } else {
        pending.take_back();
        memory.go_back(mark);
        sqlite.command(Command::RollbackTo).and_then(|()| sqlite.command(Command::Release))
    };
    (reply, outcome)
}
