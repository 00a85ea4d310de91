//! The embedded engine: SQLite with a write-ahead log, every commit synced. The only place that speaks SQL.
//!
//! One connection writes, a bounded pool of others read snapshots. Statements are prepared once a connection. An error
//! of the database becomes `StoreError::DiskFull` or `StoreError::Io`; nothing here decides what is read or why.

mod net;
mod reads;
mod writes;

use crate::error::StoreError;
use crate::fid::Fid;
use net::Net;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use std::path::Path;

/// The layout that this program makes and knows.
const LAYOUT: u32 = 1;
/// Bytes of a page. Rows are some hundred bytes, blocks of postings below a quarter of a page.
const PAGE_BYTES: u32 = 4096;
/// Pages in the log before they go to the main file.
const CHECKPOINT_PAGES: u32 = 4_000;
/// The log file is cut back to this when it is empty.
const LOG_BYTES_KEPT: u32 = 32 * 1024 * 1024;
const STATEMENTS_KEPT: usize = 64;

/// What a connection is for; decides its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// The writer: a large cache, so that a batch of an import stays in memory.
    Write,
    /// One of the readers: a small one; the operating system keeps the pages.
    Read,
}

/// A connection.
pub(crate) struct Sqlite {
    connection: Connection,
    net: Net,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged("SQLite finds its file damaged")
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            _ => Self::Io(error.to_string()),
        }
    }
}

impl ToSql for Fid<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Uuid(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// An id from a column.
fn fid(value: ValueRef<'_>) -> Result<Fid<'_>, StoreError> {
    let damaged = || StoreError::Damaged("an id cannot be read");
    match value {
        ValueRef::Blob(bytes) => bytes.try_into().map(Fid::Uuid).map_err(|_| damaged()),
        ValueRef::Text(text) => std::str::from_utf8(text).map(Fid::Text).map_err(|_| damaged()),
        _ => Err(damaged()),
    }
}

impl Sqlite {
    /// Opens the database file for one use; the writer makes it where it is missing.
    pub(crate) fn open(file: &Path, usage: Use) -> Result<Self, StoreError> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if usage == Use::Write {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let mut connection = Connection::open_with_flags(file, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        if usage == Use::Write {
            connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        }
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
        // Kibibytes, when negative.
        connection.pragma_update(None, "cache_size", if usage == Use::Write { -49_152 } else { -3_072 })?;
        let net = Net::spread(&connection, usage)?;
        connection.pragma_update(None, "query_only", usage == Use::Read)?;
        if usage == Use::Read {
            net::close(&mut connection, usage)?;
        }
        Ok(Self { connection, net })
    }

    /// Makes the tables, or refuses those of a newer program. From then on the layout cannot be changed.
    pub(crate) fn lay_out(&mut self) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let made = self.lay_out_inside();
        self.connection.execute_batch(if made.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        made?;
        Ok(net::close(&mut self.connection, Use::Write)?)
    }

    fn lay_out_inside(&self) -> Result<(), StoreError> {
        self.connection.execute_batch(include_str!("sqlite/schema.sql"))?;
        self.connection.execute("INSERT OR IGNORE INTO meta VALUES('layout', ?1)", [LAYOUT])?;
        let found = self.connection.query_row("SELECT value FROM meta WHERE key='layout'", [], |row| row.get(0))?;
        if found > LAYOUT { Err(StoreError::Newer { found, known: LAYOUT }) } else { Ok(()) }
    }

    /// Runs a transaction or savepoint command.
    pub(crate) fn command(&self, command: Command) -> Result<(), StoreError> {
        let sql = match command {
            Command::Begin => "BEGIN",
            Command::BeginWrite => "BEGIN IMMEDIATE",
            Command::Commit => "COMMIT",
            Command::Rollback => "ROLLBACK",
            Command::Savepoint => "SAVEPOINT request",
            Command::Release => "RELEASE request",
            Command::RollbackTo => "ROLLBACK TO request",
        };
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Whether a transaction is open.
    pub(crate) fn is_in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// The words and dictionaries that were written.
    pub(crate) fn words(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut statement = self.connection.prepare("SELECT word FROM dict ORDER BY id")?;
        let words = statement.query_map([], |row| row.get(0))?;
        Ok(words.collect::<Result<_, _>>()?)
    }

    pub(crate) fn packs(&self) -> Result<Vec<(u32, u8, Vec<u8>)>, StoreError> {
        let mut statement = self.connection.prepare("SELECT id, typ, bytes FROM pack ORDER BY id")?;
        let packs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(packs.collect::<Result<_, _>>()?)
    }

    /// Looks at every page and index; `None` when all is well.
    pub(crate) fn damage(&self) -> Result<Option<String>, StoreError> {
        let verdict: String = self.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok((verdict != "ok").then_some(verdict))
    }

    /// Moves the log into the main file as far as readers allow.
    pub(crate) fn checkpoint(&self) -> Result<(), StoreError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// Bytes that each table takes, for `examples/measure`.
    pub(crate) fn sizes(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let mut statement =
            self.connection.prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC")?;
        let sizes = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(sizes.collect::<Result<_, _>>()?)
    }
}

/// The commands of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Begin,
    BeginWrite,
    Commit,
    Rollback,
    Savepoint,
    Release,
    RollbackTo,
}
