//! The readers: a bounded number of connections, each with its own decompressor, each reading one snapshot at a time.

use crate::error::StoreError;
use crate::packing::{Dictionaries, Unpacker};
use crate::sqlite::{Command, Sqlite, Use};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A connection with what it needs to read bodies.
pub(crate) struct Connection {
    pub(crate) sqlite: Sqlite,
    pub(crate) unpacker: RefCell<Unpacker>,
}

struct State {
    idle: Vec<Connection>,
    open: usize,
}

/// The connections that read.
pub(crate) struct Pool {
    file: PathBuf,
    most: usize,
    packs: Arc<Dictionaries>,
    state: Mutex<State>,
    returned: Condvar,
}

impl Pool {
    pub(crate) fn new(file: &Path, most: usize, packs: Arc<Dictionaries>) -> Self {
        let state = Mutex::new(State { idle: Vec::new(), open: 0 });
        Self { file: file.to_owned(), most: most.max(1), packs, state, returned: Condvar::new() }
    }

    /// Runs `f` in a snapshot; waits while all connections are busy.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let loan = Loan { pool: self, connection: Some(self.take()?) };
        let Some(connection) = loan.connection.as_ref() else { return Err(StoreError::Closed) };
        connection.sqlite.command(Command::Begin)?;
        // The first read fixes the snapshot. Words of the dictionary are asked for after it, so none can be missing.
        crate::engine::Reads::last_change(&connection.sqlite)?;
        let answer = f(connection);
        connection.sqlite.command(Command::Commit)?;
        answer
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(connection);
            }
            if state.open < self.most {
                state.open += 1;
                drop(state);
                return self.open().inspect_err(|_| self.forget());
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let sqlite = Sqlite::open(&self.file, Use::Read)?;
        Ok(Connection { sqlite, unpacker: RefCell::new(Unpacker::new(Arc::clone(&self.packs))) })
    }

    fn forget(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).open -= 1;
        self.returned.notify_one();
    }

    fn give_back(&self, connection: Connection) {
        if connection.sqlite.is_in_transaction() && connection.sqlite.command(Command::Rollback).is_err() {
            return self.forget();
        }
        self.state.lock().unwrap_or_else(PoisonError::into_inner).idle.push(connection);
        self.returned.notify_one();
    }
}

/// Gives the connection back even when the reader panics.
struct Loan<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.give_back(connection);
        }
    }
}
