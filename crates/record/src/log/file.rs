//! Appending to the log file and reading back from it.
//!
//! One process owns the file (an exclusive lock). An append is one `write`; a failed one is cut off again, and when even that
//! fails the log refuses everything: an access that cannot be logged does not happen. A torn last frame after a power cut
//! was never answered for and is cut off at the next start; a whole frame that does not fit the chain is damage.

use super::codec::{self, HASH_BYTES, Hash, Payload, Words};
use super::entry::{Draft, Entry};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// Longest time that an ordered entry stays off the disk.
const FLUSH_EVERY: Duration = Duration::from_millis(100);

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
    /// A whole frame does not fit the chain.
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
    fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
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
    inner: Arc<Inner>,
    flusher: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    head: PathBuf,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    words: Words,
    /// Byte offset of each entry's frame; entry `n` stands at place `n - 1`.
    offsets: Vec<u64>,
    /// Sequence numbers by person, oldest first.
    by_part: HashMap<u32, Vec<u32>>,
    /// When each asker last did something, with the role: for figures of use.
    last_act: HashMap<String, (String, i64)>,
    hash: Hash,
    length: u64,
    buffer: Vec<u8>,
    dirty: bool,
    stopped: bool,
    closing: bool,
}

/// The file that holds the entries.
pub(super) const FILE: &str = "access.log";
/// The file that says how far the log had come at the last flush, so that a cut end shows.
pub(super) const HEAD: &str = "head";

impl Log {
    /// Opens or begins the log in folder `dir`.
    ///
    /// # Errors
    /// When it is in use, cannot be read, or is damaged.
    pub fn open(dir: &Path) -> Result<Self, LogError> {
        std::fs::create_dir_all(dir).map_err(LogError::io("opened"))?;
        let path = dir.join(FILE);
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(path).map_err(LogError::io("opened"))?;
        file.try_lock().map_err(|_| LogError::InUse)?;
        let state = load(&mut file)?;
        let inner = Arc::new(Inner { file, head: dir.join(HEAD), state: Mutex::new(state), wake: Condvar::new() });
        let worker = Arc::clone(&inner);
        let flusher = std::thread::Builder::new()
            .name("log-flush".to_owned())
            .spawn(move || worker.flush_until_closed())
            .map_err(LogError::io("opened"))?;
        Ok(Self { inner, flusher: Some(flusher) })
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
        self.inner.entry(sequence)
    }

    /// How many different askers with this role did something since `since_ms`.
    #[must_use]
    pub fn active_since(&self, role: &str, since_ms: i64) -> u64 {
        let Ok(state) = self.inner.lock() else { return 0 };
        let active = state.last_act.values().filter(|(known, at_ms)| known == role && *at_ms >= since_ms).count();
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
    fn lock(&self) -> Result<MutexGuard<'_, State>, LogError> {
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
        let mut hash = state.hash;
        let mut placed = Vec::with_capacity(drafts.len());
        let mut sequence = u64::try_from(state.offsets.len()).unwrap_or(u64::MAX);
        for mut draft in drafts {
            draft.settle();
            sequence += 1;
            let at = state.length + u64::try_from(buffer.len()).unwrap_or(0);
            hash = codec::put_entry(&mut buffer, &mut state.words, sequence, &draft, hash);
            placed.push((at, draft));
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
        state.hash = hash;
        state.buffer = buffer;
        for (at, draft) in placed {
            state.place(at, draft);
        }
        // Waking the flusher costs more than the append: only the first entry after a flush does it.
        if !std::mem::replace(&mut state.dirty, true) {
            self.wake.notify_one();
        }
        Ok(sequence)
    }

    fn entry(&self, sequence: u64) -> Result<Option<Entry>, LogError> {
        let state = self.lock()?;
        let place = sequence.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let Some(&from) = place.and_then(|place| state.offsets.get(place)) else { return Ok(None) };
        let until = place.and_then(|place| state.offsets.get(place + 1)).copied().unwrap_or(state.length);
        let mut bytes = vec![0; usize::try_from(until - from).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, from).map_err(LogError::io("read"))?;
        let mut rest = bytes.as_slice();
        while let Some(frame) = codec::take_frame(&mut rest) {
            if let Some(Payload::Entry(entry)) = codec::read_payload(frame.payload, &state.words) {
                return Ok(Some(*entry));
            }
        }
        Err(LogError::Damaged { offset: from, what: "the entry cannot be read" })
    }

    /// Brings ordered entries to the disk, and notes how far the log has come.
    fn flush_until_closed(&self) {
        loop {
            let Ok(mut state) = self.state.lock() else { return };
            while !state.dirty && !state.closing {
                let Ok(woken) = self.wake.wait(state) else { return };
                state = woken;
            }
            if !state.closing {
                let Ok((woken, _)) = self.wake.wait_timeout_while(state, FLUSH_EVERY, |state| !state.closing) else {
                    return;
                };
                state = woken;
            }
            let (length, hash, closing) = (state.length, state.hash, state.closing);
            let count = u64::try_from(state.offsets.len()).unwrap_or(0);
            state.dirty = false;
            drop(state);
            let flushed = self.file.sync_data().and_then(|()| write_head(&self.head, count, length, &hash));
            if flushed.is_err()
                && let Ok(mut state) = self.state.lock()
            {
                // What the disk did not take must not be served on: an access that is not logged does not happen.
                state.stopped = true;
            }
            if closing {
                return;
            }
        }
    }
}

impl State {
    fn place(&mut self, offset: u64, draft: Draft) {
        self.offsets.push(offset);
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
}

fn write_head(path: &Path, count: u64, length: u64, hash: &Hash) -> std::io::Result<()> {
    let mut bytes = Vec::with_capacity(16 + HASH_BYTES);
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(hash);
    std::fs::write(path, bytes)
}

/// Reads the whole file, checks its chain, and builds the index; cuts off a torn last frame.
fn load(file: &mut File) -> Result<State, LogError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(LogError::io("read"))?;
    let mut state = State::default();
    let mut rest = bytes.as_slice();
    while let Some(frame) = codec::take_frame(&mut rest) {
        let hash = codec::chain(&state.hash, frame.payload);
        if hash != frame.hash {
            return Err(LogError::Damaged { offset: state.length, what: "the hash does not fit the entry" });
        }
        match codec::read_payload(frame.payload, &state.words) {
            Some(Payload::Word(word)) => state.words.learn(word),
            Some(Payload::Entry(entry)) => {
                let at = state.length;
                state.place(at, entry.draft);
            }
            None => return Err(LogError::Damaged { offset: state.length, what: "the entry cannot be read" }),
        }
        state.hash = hash;
        state.length += u64::try_from(frame.length).unwrap_or(0);
    }
    if !rest.is_empty() {
        file.set_len(state.length).map_err(LogError::io("opened"))?;
    }
    Ok(state)
}
