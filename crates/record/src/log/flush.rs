//! The thread that brings ordered entries to the disk, notes the head, and publishes a checkpoint each minute or each thousand
//! entries, whichever comes first.
//!
//! What the disk does not take must not be served on: a flush that fails stops the log.

use super::checkpoints::{HEAD, Published, replace};
use super::file::{Inner, Log, LogError};
use proof::note::NoteSignature;
use proof::{Checkpoint, Note};
use std::sync::MutexGuard;
use std::time::Duration;

/// Longest time that an ordered entry stays off the disk.
const FLUSH_EVERY: Duration = Duration::from_millis(100);
/// How often it is looked whether a checkpoint is due, while there is something to publish.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A checkpoint is published after this time at the latest, milliseconds.
const PUBLISH_EVERY_MS: i64 = 60_000;
/// And after this many entries at the latest.
const PUBLISH_ENTRIES: u64 = 1_000;

impl Inner {
    fn published(&self) -> Result<MutexGuard<'_, Published>, LogError> {
        self.published.lock().map_err(|_| LogError::Stopped)
    }

    /// The tree head now.
    fn checkpoint(&self) -> Result<Checkpoint, LogError> {
        let state = self.lock()?;
        let origin = self.signer.verifier().name().to_owned();
        Ok(Checkpoint { origin, size: state.rows.size(), root: state.rows.root() })
    }

    /// Brings everything to the disk and notes how far the log has come.
    pub(super) fn flush(&self) -> Result<(), LogError> {
        let head = self.checkpoint()?.sign(&self.signer);
        self.file.sync_data().map_err(LogError::io("brought to the disk"))?;
        replace(&self.dir.join(HEAD), &head.to_string(), false)
    }

    /// Publishes a checkpoint if there is something new and it is due, or `now`.
    pub(super) fn publish(&self, now: bool) -> Result<(), LogError> {
        let mut published = self.published()?;
        let (now_ms, checkpoint) = (self.clock.now_ms(), self.checkpoint()?);
        let new = checkpoint.size.saturating_sub(published.size());
        let is_due = now || new >= PUBLISH_ENTRIES || now_ms - published.at_ms >= PUBLISH_EVERY_MS;
        if new == 0 || !is_due {
            return Ok(());
        }
        // First the entries, then what speaks of them: after a power cut the log must still be what it has shown.
        self.file.sync_data().map_err(LogError::io("brought to the disk"))?;
        let note = checkpoint.sign(&self.signer);
        published.keep(checkpoint.size, note, now_ms)?;
        self.news.notify_all();
        Ok(())
    }

    /// What the thread does until the log is closed.
    pub(super) fn flush_until_closed(&self) {
        while let Some(is_closing) = self.next_turn() {
            let done = self.turn(is_closing);
            if done.is_err()
                && let Ok(mut state) = self.state.lock()
            {
                state.stopped = true;
            }
            if is_closing {
                return;
            }
        }
    }

    fn turn(&self, is_closing: bool) -> Result<(), LogError> {
        let is_dirty = std::mem::take(&mut self.lock()?.dirty);
        if is_dirty {
            self.flush()?;
        }
        self.publish(is_closing)
    }

    /// Waits until there is something to do; says whether the log is closing, `None` when it is broken.
    fn next_turn(&self) -> Option<bool> {
        let published = self.published().ok()?.size();
        let mut state = self.state.lock().ok()?;
        while !state.dirty && !state.closing {
            if state.rows.size() == published {
                state = self.wake.wait(state).ok()?;
            } else {
                let (woken, waited) = self.wake.wait_timeout(state, LOOK_EVERY).ok()?;
                state = woken;
                if waited.timed_out() {
                    return Some(state.closing);
                }
            }
        }
        if !state.closing {
            let (woken, _) = self.wake.wait_timeout_while(state, FLUSH_EVERY, |state| !state.closing).ok()?;
            state = woken;
        }
        Some(state.closing)
    }
}

impl Log {
    /// The newest published checkpoint, with the cosignatures it has.
    #[must_use]
    pub fn latest_checkpoint(&self) -> Option<Note> {
        self.inner.published().ok()?.latest.as_ref().map(|(_, note)| note.clone())
    }

    /// The newest published checkpoints, at most `most`, newest first.
    #[must_use]
    pub fn checkpoints(&self, most: usize) -> Vec<Note> {
        self.inner.published().map(|published| published.newest(most)).unwrap_or_default()
    }

    /// Waits, `at_most` so long, for a published checkpoint of more than `size` entries.
    #[must_use]
    pub fn wait_for_checkpoint(&self, size: u64, at_most: Duration) -> Option<Note> {
        let published = self.inner.published().ok()?;
        let is_old = |published: &mut Published| published.size() <= size;
        let (published, _) = self.inner.news.wait_timeout_while(published, at_most, is_old).ok()?;
        published.latest.as_ref().filter(|(known, _)| *known > size).map(|(_, note)| note.clone())
    }

    /// Adds cosignatures to a published checkpoint; false when it is not kept any more. The caller has checked them.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub fn add_cosignatures(&self, size: u64, lines: Vec<NoteSignature>) -> Result<bool, LogError> {
        self.inner.published()?.cosign(size, lines)
    }

    /// The checkpoint with which to prove entry `sequence`: the newest that a witness cosigned, else the newest, else a new one.
    pub(super) fn checkpoint_over(&self, sequence: u64) -> Result<Option<(u64, Note)>, LogError> {
        let covers = |kept: &Option<(u64, Note)>| kept.clone().filter(|(size, _)| *size >= sequence);
        let found = |published: &Published| covers(&published.cosigned).or_else(|| covers(&published.latest));
        if let Some(found) = found(&*self.inner.published()?) {
            return Ok(Some(found));
        }
        self.inner.publish(true)?;
        Ok(found(&*self.inner.published()?))
    }
}
