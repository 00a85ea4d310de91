//! From an NHS number to the record that bears it, for those who may read anybody's log.
//!
//! A privacy officer gets a letter with a number on it. She learns which record that is and nothing of what is in it: no name, no
//! date of birth, no entry. The look-up stands in that person's log; the number itself stands in none.

use crate::Record;
use crate::error::RecordError;
use crate::locks::reach_everybodys_log;
use crate::log::Subject;
use crate::logbook::{Outcome, draft, nothing_there};
use fhir::{NhsNumber, ResourceId, ResourceType};
use gate::{Action, Permit};
use store::{PageRequest, Visibility};

/// How many records with one number are told apart: two are enough to know that there is not one.
const RECORDS_MAX: usize = 2;

impl Record {
    /// The records that bear an NHS number: none, one, or two where there are more.
    ///
    /// # Errors
    /// 404 when the permit does not reach everybody's log; when the store cannot be read or the log not written.
    pub fn people_with_number(&self, permit: &Permit, number: &NhsNumber) -> Result<Vec<ResourceId>, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Search)?;
        let rule = reach_everybodys_log(permit)?;
        let params = [("identifier".to_owned(), format!("{}|{}", NhsNumber::SYSTEM, number.as_str()))];
        let query = fhir::search::parse(ResourceType::PATIENT, &params, fhir::search::Handling::Strict)
            .map_err(|issues| RecordError::of(crate::Refusal::BadRequest, issues))?
            .query;
        let page = PageRequest::first(RECORDS_MAX);
        let found = inner.store.read(|reader| reader.search(&Visibility::everything(), &query, &page))?.matches;
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
