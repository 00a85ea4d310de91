//! The log of one person: whether it may be read, where it is, and the note that it was read.
//!
//! The log names a person by the record's own number. Reading the log of a person is itself an access, and is in her log.

use crate::state::{Trust, TrustError, entry_about};
use fhir::{ResourceId, ResourceType};
use gate::{Permit, Relation, Rule};
use record::error::RecordError;
use record::log::{Draft, Entry, Log, Subject};
use std::collections::BTreeSet;

/// How many entries one question reads at most.
pub const ENTRIES_MAX: usize = 500;
/// How far back the log is looked through for what no index holds.
pub(crate) const SCAN_MAX: u64 = 100_000;

/// A stretch of the log of one person.
pub(crate) struct PersonLog {
    /// The record's number of the person.
    pub(crate) part: u32,
    /// Entries, newest first, whole: what shows more of them than who, when, why and kinds of data asks `crate::told` first.
    pub(crate) entries: Vec<Entry>,
    /// Where to go on for older ones.
    pub(crate) older: Option<u64>,
    /// How many entries there are about her in all.
    pub(crate) total: u64,
}

impl Trust {
    /// At most [`ENTRIES_MAX`] entries about a person, newest first, older than `before` if given; that they were read is
    /// logged first.
    pub(crate) fn person_log(
        &self,
        permit: &Permit,
        patient: &ResourceId,
        before: Option<u64>,
    ) -> Result<PersonLog, TrustError> {
        let rule = rule_for_log(permit, patient).ok_or_else(RecordError::not_found)?;
        let part = self.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        let log = self.record().log();
        let hidden = self.hidden_from(permit, part)?;
        let numbers = told_numbers(log, (part, before), (ENTRIES_MAX, &hidden));
        let total = log.count_of_part(part).saturating_sub(u64::try_from(hidden.len()).unwrap_or(0));
        let older = numbers.last().copied().filter(|_| numbers.len() == ENTRIES_MAX);
        let mut entries = Vec::with_capacity(numbers.len());
        for number in numbers {
            entries.extend(log.entry(number).map_err(RecordError::from)?);
        }
        self.note_log_read(permit, rule, Some(Subject { part, relation: 0 }), entries.len())?;
        Ok(PersonLog { part, entries, older, total })
    }

    /// Numbers of the entries about a person of which the holder of `permit` is not told now: none for who may read
    /// anybody's log.
    pub(crate) fn hidden_from(&self, permit: &Permit, part: u32) -> Result<BTreeSet<u64>, TrustError> {
        if reads_every_log(permit) {
            return Ok(BTreeSet::new());
        }
        Ok(self.record().not_told_yet(part)?)
    }

    /// Logs that the log was read.
    pub(crate) fn note_log_read(
        &self,
        permit: &Permit,
        rule: &Rule,
        subject: Option<Subject>,
        count: usize,
    ) -> Result<(), TrustError> {
        self.record().log_look(Draft {
            action: permit.action().name().to_owned(),
            purpose: permit.purpose().name().to_owned(),
            rule: rule.id.to_string(),
            kinds: vec![ResourceType::AUDIT_EVENT.code()],
            subjects: subject.into_iter().collect(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            ..entry_about(permit.asker(), self.record().now_ms()).in_request(permit.request())
        })?;
        Ok(())
    }
}

/// Numbers of the entries about a person, newest first, as many as if those that are hidden had never been.
pub(crate) fn told_numbers(
    log: &Log,
    (part, before): (u32, Option<u64>),
    (most, hidden): (usize, &BTreeSet<u64>),
) -> Vec<u64> {
    let mut numbers = log.of_part(part, before, most.saturating_add(hidden.len()));
    numbers.retain(|number| !hidden.contains(number));
    numbers.truncate(most);
    numbers
}

/// Whether this permit reaches anybody's log.
pub(crate) fn reads_every_log(permit: &Permit) -> bool {
    rule_for_every_log(permit).is_some()
}

/// The rule under which this permit may read anybody's log.
pub(crate) fn rule_for_every_log(permit: &Permit) -> Option<&Rule> {
    let mut scopes = permit.scopes().filter(|scope| scope.types.contains(ResourceType::AUDIT_EVENT));
    scopes.find(|scope| scope.relation == Relation::Anyone).map(|scope| scope.rule)
}

/// The rule under which this permit may read the log of this person.
pub(crate) fn rule_for_log<'p>(permit: &'p Permit, patient: &ResourceId) -> Option<&'p Rule> {
    let is_own = permit.asker().patient.as_ref() == Some(patient);
    let reaches = |relation: Relation| match relation {
        Relation::Anyone => true,
        Relation::Own => is_own,
        Relation::Related | Relation::Nobody => false,
    };
    let mut scopes = permit.scopes().filter(|scope| scope.types.contains(ResourceType::AUDIT_EVENT));
    scopes.find(|scope| reaches(scope.relation)).map(|scope| scope.rule)
}
