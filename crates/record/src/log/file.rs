//! Appending to the log file and reading back from it.
//!
//! One process owns the file (an exclusive lock). An append is one `write`; a failed one is cut off again, and when even that
//! fails the log refuses everything: an access that cannot be logged does not happen. A torn last frame after a power cut
//! was never answered for and is cut off at the next start; a whole frame that is not what it was is damage, and so is an end
//! that lies before what a checkpoint has noted.

use super::checkpoints::{self, Published};
use super::codec::{self, FORMAT, Frame, LEAF_BYTES, Reader, Step, Words};
use super::entry::{Draft, Entry};
use super::keys::Keys;
use super::usage::{Counts, Month, Usage};
use super::witness::Witness;
use crate::clock::{Clock, Ids};
use gate::Role;
use proof::{Checkpoint, Hash, Rows, Salt, Signer, Verifier};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// What a log needs besides its folder.
#[derive(Clone)]
pub struct Options {
    /// What time it is, for when a checkpoint is due.
    pub clock: Arc<dyn Clock>,
    /// Where salts and keys come from.
    pub ids: Arc<dyn Ids>,
    /// The log's name, which a new log keeps for ever; an old one must already have it.
    pub origin: Option<String>,
}

/// When an entry must be on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// In the file before the answer, on the disk within 100 ms.
    Ordered,
    /// On the disk before the answer.
    Strict,
}

/// The log could not be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Another process has it.
    #[error("the access log is in use by another process")]
    InUse,
    /// The file system said no.
    #[error("the access log could not be {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is of an earlier release.
    #[error(
        "the access log is of an earlier release, whose entries prove nothing to others. Move its folder away to begin a new one"
    )]
    OldFormat,
    /// A key is missing or not the right one.
    #[error("the access log: {0}")]
    Key(String),
    /// The machine gave no random numbers.
    #[error("the access log got no random numbers")]
    Randomness,
    /// A whole frame is not what it was, or entries are missing.
    #[error("the access log is damaged at byte {offset}: {what}. `commonweal audit verify` tells more")]
    Damaged {
        /// Where.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// An earlier failure left the log unable to go on.
    #[error("the access log stopped after a failed write; nothing is served until a restart")]
    Stopped,
}

impl LogError {
    pub(super) fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }

    /// True when the disk is full: the client may try again later.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull)
    }
}

/// The access log of one record.
#[derive(Debug)]
pub struct Log {
    pub(super) inner: Arc<Inner>,
    witness: Witness,
    flusher: Option<std::thread::JoinHandle<()>>,
}

pub(super) struct Inner {
    pub file: File,
    pub dir: PathBuf,
    pub signer: Signer,
    pub clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    pub state: Mutex<State>,
    pub wake: Condvar,
    /// Never taken by whoever holds `state`; the other way round is fine.
    pub published: Mutex<Published>,
    pub news: Condvar,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Log({})", self.dir.display())
    }
}

#[derive(Debug, Default)]
pub(super) struct State {
    words: Words,
    /// Byte offset of each entry's frame; entry `n` stands at place `n - 1`.
    offsets: Vec<u64>,
    /// Sequence numbers by person, oldest first.
    by_part: HashMap<u32, Vec<u32>>,
    /// When each asker last did something, with the role: for figures of use.
    last_act: HashMap<String, (String, i64)>,
    usage: Counts,
    /// The tree over the entries.
    pub rows: Rows,
    length: u64,
    buffer: Vec<u8>,
    pub dirty: bool,
    pub stopped: bool,
    pub closing: bool,
}

/// Bytes of an entry's salt.
const SALT_BYTES: usize = 16;
/// The file that holds the entries.
pub(super) const FILE: &str = "access.log";

impl Log {
    /// Opens or begins the log in folder `dir`.
    ///
    /// # Errors
    /// When it is in use, cannot be read, or is damaged.
    pub fn open(dir: &Path, options: Options) -> Result<Self, LogError> {
        std::fs::create_dir_all(dir).map_err(LogError::io("opened"))?;
        let path = dir.join(FILE);
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(path).map_err(LogError::io("opened"))?;
        file.try_lock().map_err(|_| LogError::InUse)?;
        let Options { clock, ids, origin } = options;
        let published = Published::open(dir, clock.now_ms())?;
        let state = load(&mut file, &noted(dir, &published))?;
        let Keys { log: signer, witness } = Keys::open(dir, state.rows.size() == 0, origin.as_deref(), ids.as_ref())?;
        let inner = Arc::new(Inner {
            file,
            dir: dir.to_owned(),
            signer,
            clock,
            ids,
            state: Mutex::new(state),
            wake: Condvar::new(),
            published: Mutex::new(published),
            news: Condvar::new(),
        });
        inner.flush()?;
        inner.publish(true)?;
        let worker = Arc::clone(&inner);
        let flusher = std::thread::Builder::new()
            .name("log-flush".to_owned())
            .spawn(move || worker.flush_until_closed())
            .map_err(LogError::io("opened"))?;
        Ok(Self { inner, witness: Witness::open(dir, witness)?, flusher: Some(flusher) })
    }

    /// Whether another process has the log in folder `dir` open.
    pub(crate) fn is_in_use(dir: &Path) -> bool {
        File::open(dir.join(FILE)).is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
    }

    /// Appends `drafts` in order; gives the sequence number of the last one.
    ///
    /// # Errors
    /// When they could not be written (or, if strict, not be brought to the disk). Then none of them is in the log.
    pub fn append(&self, drafts: Vec<Draft>, durability: Durability) -> Result<u64, LogError> {
        self.inner.append(drafts, durability)
    }

    /// How many entries there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.inner.lock().map_or(0, |state| u64::try_from(state.offsets.len()).unwrap_or(0))
    }

    /// The entry with this sequence number.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn entry(&self, sequence: u64) -> Result<Option<Entry>, LogError> {
        Ok(self.inner.frame(sequence)?.map(|frame| frame.entry))
    }

    /// The log's public key; its name is the log's origin.
    #[must_use]
    pub fn key(&self) -> &Verifier {
        self.inner.signer.verifier()
    }

    /// The witness that this record is for other logs.
    #[must_use]
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// How many accesses there were in a month, by role, way and outcome.
    #[must_use]
    pub fn usage(&self, month: Month) -> Vec<Usage> {
        self.inner.lock().map(|state| state.usage.of(month)).unwrap_or_default()
    }

    /// How many different askers, whose last role counts, did something since `since_ms`.
    #[must_use]
    pub fn active_since(&self, counts: impl Fn(Role) -> bool, since_ms: i64) -> u64 {
        let Ok(state) = self.inner.lock() else { return 0 };
        let is_counted = |role: &str| Role::parse(role).is_some_and(&counts);
        let active = state.last_act.values().filter(|(role, at_ms)| *at_ms >= since_ms && is_counted(role)).count();
        u64::try_from(active).unwrap_or(0)
    }

    /// The sequence numbers that touched the person `part`, newest first, at most `limit`, older than `before` if given.
    #[must_use]
    pub fn of_part(&self, part: u32, before: Option<u64>, limit: usize) -> Vec<u64> {
        let Ok(state) = self.inner.lock() else { return Vec::new() };
        let Some(list) = state.by_part.get(&part) else { return Vec::new() };
        let newest_first = list.iter().rev().map(|sequence| u64::from(*sequence));
        newest_first.filter(|sequence| before.is_none_or(|before| *sequence < before)).take(limit).collect()
    }

    /// How many entries touched the person `part`.
    #[must_use]
    pub fn count_of_part(&self, part: u32) -> u64 {
        let Ok(state) = self.inner.lock() else { return 0 };
        state.by_part.get(&part).map_or(0, |list| u64::try_from(list.len()).unwrap_or(u64::MAX))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Ok(mut state) = self.inner.state.lock() {
            state.closing = true;
        }
        self.inner.wake.notify_all();
        if let Some(flusher) = self.flusher.take() {
            // A panic of the flusher has nothing more to tell: its last flush is repeated by the next start's check.
            let _ = flusher.join();
        }
    }
}

impl Inner {
    pub(super) fn lock(&self) -> Result<MutexGuard<'_, State>, LogError> {
        self.state.lock().map_err(|_| LogError::Stopped)
    }

    fn append(&self, drafts: Vec<Draft>, durability: Durability) -> Result<u64, LogError> {
        let mut state = self.lock()?;
        if state.stopped {
            return Err(LogError::Stopped);
        }
        let mut buffer = std::mem::take(&mut state.buffer);
        buffer.clear();
        let known_words = state.words.len();
        let mut placed = Vec::with_capacity(drafts.len());
        let mut sequence = state.rows.size();
        let mut salts = vec![0; drafts.len() * SALT_BYTES];
        self.ids.fill(&mut salts).map_err(|_| LogError::Randomness)?;
        for (mut draft, salt) in drafts.into_iter().zip(salts.chunks_exact(SALT_BYTES)) {
            draft.settle();
            sequence += 1;
            let at = state.length + u64::try_from(buffer.len()).unwrap_or(0);
            let salt = Salt(salt.try_into().map_err(|_| LogError::Randomness)?);
            let entry = Entry { sequence, draft };
            let leaf = codec::put_entry(&mut buffer, &mut state.words, &entry, salt);
            placed.push((at, entry.draft, leaf));
        }
        let written = (&self.file).write_all(&buffer).and_then(|()| match durability {
            Durability::Strict => self.file.sync_data(),
            Durability::Ordered => Ok(()),
        });
        if let Err(source) = written {
            state.words.forget_after(known_words);
            state.stopped = self.file.set_len(state.length).is_err();
            return Err(LogError::Io { doing: "written", source });
        }
        state.length += u64::try_from(buffer.len()).unwrap_or(0);
        state.buffer = buffer;
        for (at, draft, leaf) in placed {
            state.place(at, draft, leaf);
        }
        // Waking the flusher costs more than the append: only the first entry after a flush does it.
        if !std::mem::replace(&mut state.dirty, true) {
            self.wake.notify_one();
        }
        Ok(sequence)
    }

    /// The frame of an entry, as it is in the file now.
    pub(super) fn frame(&self, sequence: u64) -> Result<Option<Frame>, LogError> {
        let state = self.lock()?;
        let Some((from, until)) = sequence.checked_sub(1).and_then(|place| state.span(place, 1)) else {
            return Ok(None);
        };
        let bytes = self.bytes(from, until)?;
        const CHANGED: &str = "the entry is not what it was when it was written";
        let frame = codec::read_frame(&bytes, &state.words, sequence);
        frame.map(Some).ok_or(LogError::Damaged { offset: from, what: CHANGED })
    }

    /// The leaves of `count` entries from place `start`, as they are in the file.
    pub(super) fn leaves(&self, state: &State, start: u64, count: u64) -> Result<Vec<Hash>, LogError> {
        const MISSING: LogError = LogError::Damaged { offset: 0, what: "an entry is missing" };
        let (from, until) = state.span(start, count).ok_or(MISSING)?;
        let bytes = self.bytes(from, until)?;
        let leaf = |place: u64| {
            let end = usize::try_from(state.span(place, 1)?.1 - from).ok()?;
            let leaf = bytes.get(end.checked_sub(LEAF_BYTES)?..end)?;
            Some(Hash(leaf.try_into().ok()?))
        };
        (start..start + count).map(|place| leaf(place).ok_or(MISSING)).collect()
    }

    fn bytes(&self, from: u64, until: u64) -> Result<Vec<u8>, LogError> {
        let mut bytes = vec![0; usize::try_from(until - from).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, from).map_err(LogError::io("read"))?;
        Ok(bytes)
    }
}

impl State {
    fn place(&mut self, offset: u64, draft: Draft, leaf: Hash) {
        self.offsets.push(offset);
        self.rows.push(leaf);
        self.usage.add(draft.at_ms, [&draft.role, &draft.via, &draft.outcome]);
        let sequence = u32::try_from(self.offsets.len()).unwrap_or(u32::MAX);
        for subject in draft.subjects {
            self.by_part.entry(subject.part).or_default().push(sequence);
        }
        match self.last_act.get_mut(&draft.who) {
            Some((_, last)) => *last = draft.at_ms,
            None => {
                self.last_act.insert(draft.who, (draft.role, draft.at_ms));
            }
        }
    }

    /// The bytes of `count` frames from place `start`.
    fn span(&self, start: u64, count: u64) -> Option<(u64, u64)> {
        let place = |place: u64| self.offsets.get(usize::try_from(place).ok()?).copied();
        let end = start.checked_add(count).filter(|end| *end <= self.rows.size())?;
        Some((place(start)?, place(end).unwrap_or(self.length)))
    }
}

/// What the log must at least hold: the head of the last flush and the newest checkpoint.
fn noted(dir: &Path, published: &Published) -> Vec<Checkpoint> {
    let latest = published.latest.as_ref().and_then(|(_, note)| Checkpoint::parse(&note.text).ok());
    checkpoints::head(dir).into_iter().chain(latest).collect()
}

/// Reads the whole file, checks every entry against its leaf and the tree against what was noted, and builds the index; begins
/// an empty file, and cuts off a torn last frame that no checkpoint speaks of.
fn load(file: &mut File, noted: &[Checkpoint]) -> Result<State, LogError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(LogError::io("read"))?;
    let is_new = FORMAT.starts_with(&bytes) && noted.is_empty();
    if is_new && bytes.len() < FORMAT.len() {
        file.set_len(0).and_then(|()| file.write_all(FORMAT)).map_err(LogError::io("begun"))?;
        bytes = FORMAT.to_vec();
    }
    let damaged = |offset: u64, what: &'static str| LogError::Damaged { offset, what };
    let strange =
        || if noted.is_empty() { LogError::OldFormat } else { damaged(0, "the file does not begin as a log does") };
    let mut reader = Reader::begin(&bytes).ok_or_else(strange)?;
    let mut state = State { length: reader.offset, ..State::default() };
    let is_torn = loop {
        match reader.step() {
            Step::Entry(frame, _) => {
                let at = state.length;
                state.place(at, frame.entry.draft, frame.leaf);
            }
            Step::End => break false,
            Step::Torn => break true,
            Step::Damaged => return Err(damaged(reader.offset, "an entry was changed, or its hash was")),
        }
        state.length = reader.offset;
        let size = state.rows.size();
        let here = noted.iter().filter(|noted| noted.size == size);
        if here.map(|noted| noted.root).any(|root| root != state.rows.root()) {
            return Err(damaged(state.length, "the entries are not those that were noted"));
        }
    };
    if noted.iter().any(|noted| noted.size > state.rows.size()) {
        return Err(damaged(state.length, "entries are missing that were noted"));
    }
    if is_torn {
        file.set_len(state.length).map_err(LogError::io("opened"))?;
    }
    state.words = reader.words;
    Ok(state)
}
