//! How much the answers of one Bundle may hold together.
//!
//! It is asked before an entry is begun and pays for what the entry came to, so that the last one may go over by what one search
//! gives. Entries are answered one after another on a thread that nobody can stop from outside; so time is part of it.

use super::EntryAnswer;
use crate::error::{RecordError, Refusal};
use crate::read::Resource;
use fhir::issue::IssueCode;

/// Most resources that the reads and searches of one Bundle give: twenty of the largest pages.
pub(super) const RESOURCES_MAX: usize = 20_000;
/// Most bytes of resources in all answers of one Bundle: twice what a client may send in one, since what is written is told back.
pub(super) const BYTES_MAX: usize = 128 * 1024 * 1024;
/// No entry is begun after so many milliseconds; the whole answer should leave before whoever asked stops waiting.
pub(super) const MS_MAX: i64 = 45_000;

/// So many milliseconds the reads of a transaction may hold the writer, for which everybody else waits.
pub(super) const WRITER_MS_MAX: i64 = 5_000;

/// What is left for the entries to come.
pub(super) struct Budget {
    resources: usize,
    bytes: usize,
    until_ms: i64,
}

impl Budget {
    /// The whole budget, for a Bundle that begins now (milliseconds since 1970 UTC).
    pub(super) fn from(now_ms: i64) -> Self {
        Self { resources: RESOURCES_MAX, bytes: BYTES_MAX, until_ms: now_ms.saturating_add(MS_MAX) }
    }

    /// The whole budget, for changes that are made in one go and in their own time.
    pub(super) fn of_changes() -> Self {
        Self { until_ms: i64::MAX, ..Self::from(0) }
    }

    /// From now on (milliseconds since 1970 UTC) the entries are reads on the writer.
    pub(super) fn hold_the_writer(&mut self, now_ms: i64) {
        self.until_ms = now_ms.saturating_add(WRITER_MS_MAX);
    }

    /// Whether another entry may begin.
    pub(super) fn check(&self, now_ms: i64) -> Result<(), RecordError> {
        if self.resources > 0 && self.bytes > 0 && now_ms <= self.until_ms {
            return Ok(());
        }
        let sentence = format!(
            "The entries before this one used up what one Bundle may take: {RESOURCES_MAX} resources found, {BYTES_MAX} bytes, {} seconds ({} for the reads of a transaction that changes something). This entry was not begun. Send it in another Bundle, or ask with a smaller `_count` or `_summary=count`.",
            MS_MAX / 1_000,
            WRITER_MS_MAX / 1_000
        );
        Err(RecordError::new(Refusal::TooCostly, IssueCode::TooCostly, sentence))
    }

    /// Pays for an answer.
    pub(super) fn spend(&mut self, answer: &EntryAnswer) {
        let (resources, bytes) = match answer {
            EntryAnswer::Written(done) => (0, done.resource.body.len()),
            EntryAnswer::Read(resource) => (1, resource.body.len()),
            EntryAnswer::Found(_, answer) => {
                let all = || answer.matches.iter().chain(&answer.includes);
                (all().count(), all().map(size).fold(0, usize::saturating_add))
            }
            EntryAnswer::Deleted(_) | EntryAnswer::Failed(_) => (0, 0),
        };
        self.resources = self.resources.saturating_sub(resources);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

fn size(resource: &Resource) -> usize {
    resource.body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_entry_is_begun_when_its_time_or_its_bytes_are_over() {
        let mut budget = Budget::from(1_000);

        assert!(budget.check(1_000 + MS_MAX).is_ok());
        assert_eq!(budget.check(1_001 + MS_MAX).map_err(|error| error.refusal), Err(Refusal::TooCostly));
        budget.hold_the_writer(500_000);
        assert!(budget.check(500_000 + WRITER_MS_MAX).is_ok());
        assert!(budget.check(500_001 + WRITER_MS_MAX).is_err());
        budget.bytes = 1;
        assert!(budget.check(500_000).is_ok());
        budget.bytes = 0;
        assert_eq!(budget.check(500_000).map_err(|error| error.refusal), Err(Refusal::TooCostly));
    }
}
