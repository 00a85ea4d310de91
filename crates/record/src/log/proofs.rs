//! What an open log proves: tiles of its tree, consistency between two sizes, and the proof of one entry.

use super::file::{Log, LogError};
use super::leaf::texts;
use proof::{Hash, Receipt, TileName, tree};

impl Log {
    /// The bytes of a tile of the published tree; `None` when there is no such tile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tile(&self, name: &TileName) -> Result<Option<Vec<u8>>, LogError> {
        let published = self.published_size()?;
        let state = self.inner.lock()?;
        let mut nodes = state.rows.nodes(|start, count| self.inner.leaves(&state, start, count));
        let hashes = nodes.tile(name, published)?;
        Ok((!hashes.is_empty()).then(|| hashes.iter().flat_map(|hash| hash.0).collect()))
    }

    /// The proof that the log of `new` entries begins with that of `old` ones.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, LogError> {
        let state = self.inner.lock()?;
        if new > state.rows.size() {
            return Ok(Vec::new());
        }
        tree::consistency(&mut state.rows.nodes(|start, count| self.inner.leaves(&state, start, count)), old, new)
    }

    /// The proof of entry `sequence`: shown whole, or only as far as it concerns the person `part`. `None` when there is no such
    /// entry, or it does not concern that person.
    ///
    /// # Errors
    /// When the file cannot be read, or a checkpoint that covers the entry cannot be made.
    pub fn receipt(&self, sequence: u64, part: Option<u32>) -> Result<Option<Receipt>, LogError> {
        let Some(frame) = self.inner.frame(sequence)? else { return Ok(None) };
        let only = match part {
            None => None,
            Some(part) => {
                let subjects = &frame.entry.draft.subjects;
                let Some(place) = subjects.iter().position(|subject| subject.part == part) else { return Ok(None) };
                Some(place)
            }
        };
        let Some((size, checkpoint)) = self.checkpoint_over(sequence)? else { return Ok(None) };
        let index = sequence - 1;
        let state = self.inner.lock()?;
        let mut nodes = state.rows.nodes(|start, count| self.inner.leaves(&state, start, count));
        let path = tree::inclusion(&mut nodes, index, size)?;
        Ok(Some(Receipt { entry: texts(&frame.entry).disclose(frame.salt, only), index, path, checkpoint }))
    }

    fn published_size(&self) -> Result<u64, LogError> {
        Ok(self.inner.published.lock().map_err(|_| LogError::Stopped)?.size())
    }
}
