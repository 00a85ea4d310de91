//! The log of one person: whether it may be read, where it is, and the note that it was read.
//!
//! The log names a person by the record's own number. Reading the log of a person is itself an access, and is in her log.

use crate::state::{Trust, TrustError, entry_about};
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit, Relation, Rule};
use record::error::RecordError;
use record::log::{Draft, Entry, Subject, Target};

/// How many entries one question reads at most.
pub const ENTRIES_MAX: usize = 500;
/// How far back the log is looked through for what no index holds.
pub(crate) const SCAN_MAX: u64 = 100_000;

/// A stretch of the log of one person.
pub(crate) struct PersonLog {
    /// The record's number of the person.
    pub(crate) part: u32,
    /// Entries, newest first.
    pub(crate) entries: Vec<Entry>,
    /// Where to go on for older ones.
    pub(crate) older: Option<u64>,
}

impl Trust {
    /// The entries about a person, newest first, older than `before` if given; that they were read is logged first.
    pub(crate) fn person_log(
        &self,
        permit: &Permit,
        patient: &ResourceId,
        before: Option<u64>,
    ) -> Result<PersonLog, TrustError> {
        let rule = rule_for_log(permit, patient).ok_or_else(RecordError::not_found)?;
        let part = self.person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        let log = self.record().log();
        let numbers = log.of_part(part, before, ENTRIES_MAX);
        let older = numbers.last().copied().filter(|_| numbers.len() == ENTRIES_MAX);
        let mut entries = Vec::with_capacity(numbers.len());
        for number in numbers {
            entries.extend(log.entry(number).map_err(RecordError::from)?);
        }
        self.note_log_read(permit, rule, Some(Subject { part, relation: 0 }), entries.len())?;
        Ok(PersonLog { part, entries, older })
    }

    /// Logs that the log was read.
    pub(crate) fn note_log_read(
        &self,
        permit: &Permit,
        rule: &Rule,
        subject: Option<Subject>,
        count: usize,
    ) -> Result<(), TrustError> {
        self.record().log_event(Draft {
            action: permit.action().name().to_owned(),
            purpose: permit.purpose().name().to_owned(),
            rule: rule.id.to_string(),
            request: permit.request().as_str().to_owned(),
            kinds: vec![ResourceType::AUDIT_EVENT.code()],
            subjects: subject.into_iter().collect(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            ..entry_about(permit.asker(), self.record().now_ms())
        })?;
        Ok(())
    }

    /// The record's number of a person, from what the log says of her: it never changes, so it is remembered.
    ///
    /// The asker's own record is read once for it (which logs the number); for others the log is looked through for an
    /// entry about that very Patient.
    fn person_number(&self, permit: &Permit, patient: &ResourceId) -> Result<Option<u32>, TrustError> {
        if let Some(part) = self.remembered_number(patient) {
            return Ok(Some(part));
        }
        if permit.asker().patient.as_ref() == Some(patient) && permit.allows(ResourceType::PATIENT, Action::Read) {
            self.record().read(&permit.for_action(Action::Read)?, ResourceType::PATIENT, patient)?;
        }
        let log = self.record().log();
        let newest = log.count();
        for number in (newest.saturating_sub(SCAN_MAX) + 1..=newest).rev() {
            let Some(entry) = log.entry(number).map_err(RecordError::from)? else { continue };
            if let Some(part) = number_told(&entry.draft, patient) {
                self.remember_number(patient, part);
                return Ok(Some(part));
            }
        }
        Ok(None)
    }
}

/// The number of the person, if the entry is about her Patient resource alone.
fn number_told(draft: &Draft, patient: &ResourceId) -> Option<u32> {
    let Target { kind, id, .. } = draft.target.as_ref()?;
    let is_hers = *kind == ResourceType::PATIENT.code() && id == patient.as_str();
    match draft.subjects.as_slice() {
        [only] if is_hers => Some(only.part),
        _ => None,
    }
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
