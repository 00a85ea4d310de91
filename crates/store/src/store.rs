//! The store as a whole: opening it, and its three ways in - read, write, import.

use crate::answers::ImportOutcome;
use crate::dictionary::Dictionary;
use crate::engine::Reads;
use crate::error::StoreError;
use crate::group::WriterThread;
use crate::names::Lane;
use crate::options::Options;
use crate::packing::{Dictionaries, FIRST_DICTIONARY, Packer};
use crate::pool::Pool;
use crate::prepared::Prepared;
use crate::queue::{Job, Queue, Reply};
use crate::reader::Reader;
use crate::reindex;
use crate::shared::{Shared, events};
use crate::sqlite::{Sqlite, Use};
use crate::writer::Writer;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

mod training;

/// The file of the database inside the data folder.
const DATABASE: &str = "record.sqlite";
/// Locked while the store is open, so that two programs never share it.
const LOCK: &str = "record.lock";

/// An open store. Share it in an `Arc`; dropping the last one waits for the writer.
pub struct Store {
    shared: Arc<Shared>,
    pool: Pool,
    queue: Arc<Queue>,
    writer: Mutex<Option<JoinHandle<()>>>,
    next_pack: AtomicU32,
    file: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens the store in a folder, making what is missing.
    ///
    /// # Errors
    /// When the folder cannot be used, is in use, or was made by a newer program.
    pub fn open(dir: &Path, options: Options) -> Result<Self, StoreError> {
        let lock = lock(dir)?;
        let file = dir.join(DATABASE);
        let mut sqlite = Sqlite::open(&file, Use::Write)?;
        sqlite.lay_out()?;
        let packs = Arc::new(Dictionaries::default());
        let mut next_pack = FIRST_DICTIONARY;
        for (number, kind, bytes) in sqlite.packs()? {
            packs.add(number, kind, &bytes)?;
            next_pack = next_pack.max(number.saturating_add(1));
        }
        let shared = Arc::new(Shared {
            dictionary: Arc::new(Dictionary::load(sqlite.words()?)),
            packs: Arc::clone(&packs),
            events: events(),
            limits: options.limits,
            relation_epoch: AtomicU64::new(1),
            watched: options.watched,
            watched_epoch: AtomicU64::new(1),
        });
        reindex::settle(&sqlite, &shared, options.derivation)?;
        let pool = Pool::new(&file, options.readers, packs);
        let queue = Arc::new(Queue::new(options.queue));
        let mut thread = WriterThread::new(sqlite, Arc::clone(&shared), (options.clock, options.before_commit))?;
        let jobs = Arc::clone(&queue);
        let writer = std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || thread.run(&jobs));
        let writer = writer.map_err(|error| StoreError::Io(error.to_string()))?;
        Ok(Self {
            shared,
            pool,
            queue,
            writer: Mutex::new(Some(writer)),
            next_pack: AtomicU32::new(next_pack),
            file,
            _lock: lock,
        })
    }

    /// A number that moves, before a change is acknowledged, with every change of a type that the options watch.
    #[must_use]
    pub fn watched_epoch(&self) -> u64 {
        self.shared.watched_epoch.load(Ordering::Acquire)
    }

    /// Reads in one consistent snapshot, on a connection of the pool.
    ///
    /// # Errors
    /// What `f` returns, and when no snapshot can be had.
    pub fn read<T>(&self, f: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.pool.read(|connection| f(&Reader::new(&connection.sqlite, &self.shared, &connection.unpacker)))
    }

    /// Runs `f` on the writer thread in a savepoint of the next group; returns once the group is durable.
    ///
    /// # Errors
    /// What `f` returns (nothing of it stays), and `StoreError` when the queue is full or the commit fails.
    pub fn write<T, E>(
        &self,
        lane: Lane,
        f: impl FnOnce(&mut Writer<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (tell, told) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |writer| {
            let answer = writer.map_err(E::from).and_then(f);
            let is_done = answer.is_ok();
            let reply: Reply = Box::new(move |committed| {
                // The one who asked may have gone; the write stands all the same.
                let _ = tell.send(answer.and_then(|answer| committed.map(|()| answer).map_err(E::from)));
            });
            (is_done, reply)
        });
        self.queue.push(lane, job).map_err(E::from)?;
        told.recv().map_err(|_| E::from(StoreError::Closed))?
    }

    /// Writes a batch (best 10-20 thousand) in one transaction; searchable and durable when it returns.
    ///
    /// # Errors
    /// When the commit fails: then nothing of the batch is there.
    pub fn import(&self, batch: Vec<Prepared>) -> Result<Vec<ImportOutcome>, StoreError> {
        self.import_with(batch, |_, _| Ok(()))
    }

    /// The same, with something to write in the same transaction once the outcomes are known: a note for the log.
    ///
    /// # Errors
    /// When the commit or `then` fails: then nothing of the batch is there.
    pub fn import_with(
        &self,
        mut batch: Vec<Prepared>,
        then: impl FnOnce(&mut Writer<'_>, &[ImportOutcome]) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        self.train(&batch)?;
        self.seal(&mut batch);
        self.write(Lane::Bulk, move |writer| {
            let outcomes = writer.import(batch)?;
            then(writer, &outcomes)?;
            Ok(outcomes)
        })
    }

    /// A compressor for one thread that prepares resources.
    #[must_use]
    pub fn packer(&self) -> Packer {
        Packer::new(Arc::clone(&self.shared.packs), Arc::clone(&self.shared.dictionary))
    }

    /// Looks at every page, row and index; `None` when all is well, else what is not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn damage(&self) -> Result<Option<String>, StoreError> {
        self.pool.read(|connection| connection.sqlite.damage())
    }

    /// Bytes that each table takes, largest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sizes(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.pool.read(|connection| connection.sqlite.sizes())
    }

    /// Bytes of the files on disk.
    #[must_use]
    pub fn bytes_on_disk(&self) -> u64 {
        let log = PathBuf::from(format!("{}-wal", self.file.display()));
        [&self.file, &log].iter().filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum()
    }

    /// When the newest change was made.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_updated_ms(&self) -> Result<Option<i64>, StoreError> {
        self.pool.read(|connection| Ok(connection.sqlite.last_change()?.map(|(_, updated_ms)| updated_ms)))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // A writer that panicked has nothing left to say.
            let _ = writer.join();
        }
    }
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let io = |error: std::io::Error| StoreError::Io(format!("{}: {error}", dir.display()));
    std::fs::create_dir_all(dir).map_err(io)?;
    let lock = File::options().create(true).truncate(false).write(true).open(dir.join(LOCK)).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}
