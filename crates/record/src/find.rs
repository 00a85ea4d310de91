//! From an NHS number to the record that bears it, for those who may read anybody's log.
//!
//! A privacy officer gets a letter with a number on it. She learns which record that is and nothing of what is in it: no name, no
//! date of birth, no entry. The look-up stands in that person's log; the number itself stands in none.

use crate::Record;
use crate::error::RecordError;
use crate::locks::reach_everybodys_log;
use crate::log::Subject;
use crate::logbook::{Outcome, draft, nothing_there};
use crate::numbered;
use fhir::{NhsNumber, ResourceId, ResourceType};
use gate::{Action, Permit};
use store::Visibility;

impl Record {
    /// The records that bear an NHS number: none, one, or two where there are more.
    ///
    /// # Errors
    /// 404 when the permit does not reach everybody's log; when the store cannot be read or the log not written.
    pub fn people_with_number(&self, permit: &Permit, number: &NhsNumber) -> Result<Vec<ResourceId>, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Search)?;
        let rule = reach_everybodys_log(permit)?;
        let found = numbered::rows_with(&inner.store, &Visibility::everything(), number.as_str())?;
        let mut entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
        entry.rule = rule;
        entry.kinds.push(ResourceType::AUDIT_EVENT.code());
        entry.subjects = found.iter().map(|row| Subject { part: row.rid.part().number(), relation: 0 }).collect();
        if found.is_empty() {
            nothing_there(&mut entry);
        }
        inner.log_read(entry)?;
        Ok(found.into_iter().map(|row| row.id).collect())
    }
}
