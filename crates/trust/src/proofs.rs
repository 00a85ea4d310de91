//! The entries about a person with their proofs, for that person to keep.
//!
//! Each entry shows its facts and the person's own part; other people in it stay hashes, and so do its details where these name what
//! the reader does not see or somebody else. Taking the file is an access of its own
//! and is logged first, as an export.

use crate::person::{rule_for_log, told_numbers};
use crate::state::{Trust, TrustError};
use crate::told::{Told, told};
use fhir::ResourceId;
use gate::Permit;
use record::error::RecordError;
use record::log::Subject;
use std::fmt::Write;

/// How many entries one file holds at most: about two megabytes.
pub const PROOFS_MAX: usize = 1_000;

/// A file of proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proofs {
    /// The file: a preface for people, then one proof after the other, newest first.
    pub text: String,
    /// How many.
    pub count: usize,
    /// Where to go on for older ones.
    pub older: Option<u64>,
}

/// The entries about `patient` with their proofs, newest first, older than `before` if given.
///
/// # Errors
/// Not found when the permit does not reach this person's log, or there is no such person.
pub fn proofs(trust: &Trust, permit: &Permit, patient: &ResourceId, before: Option<u64>) -> Result<Proofs, TrustError> {
    let rule = rule_for_log(permit, patient).ok_or_else(RecordError::not_found)?;
    let part = trust.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
    let log = trust.record().log();
    let hidden = trust.hidden_from(permit, part)?;
    let numbers = told_numbers(log, (part, before), (PROOFS_MAX, &hidden));
    trust.note_log_read(permit, rule, Some(Subject { part, relation: 0 }), numbers.len())?;
    let older = numbers.last().copied().filter(|_| numbers.len() == PROOFS_MAX);
    let mut text = preface(log.key(), part, numbers.len());
    if let Some(older) = older {
        let _ = writeln!(text, "There are entries older than number {older}; they are not in this file.");
    }
    // Writing to a text cannot fail.
    let mut count = 0;
    let mut entries = Vec::with_capacity(numbers.len());
    for number in numbers {
        entries.extend(log.entry(number).map_err(RecordError::from)?);
    }
    for Told { entry, is_whole } in told(trust, permit, patient, entries)? {
        if let Some(mut receipt) = log.receipt(entry.sequence, Some(part)).map_err(RecordError::from)? {
            count += 1;
            if !is_whole {
                receipt.entry = receipt.entry.without_details();
            }
            let _ = write!(text, "\n{receipt}");
        }
    }
    Ok(Proofs { text, count, older })
}

fn preface(key: &proof::Verifier, part: u32, count: usize) -> String {
    format!(
        "The {count} newest entries of the access log about one person, each with its proof.\n\
         In this log that person is number {part}; other people are not shown.\n\
         Anybody can check this file without trusting who made it: with the log's key below, on the page /log/check of any\n\
         locality, or with `commonweal audit check-proof FILE --key KEY`. Get the key from somewhere else than from here.\n\
         Key: {key}\n"
    )
}
