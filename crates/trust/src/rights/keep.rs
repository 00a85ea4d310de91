//! Opening and keeping cases, each step with its strict entry in the log of the person.
//!
//! Whoever may read a person's log may open a case about her record and see it; for everybody else she and her cases are absent.

use super::{Came, OPEN_MAX, Right, RightsCase};
use crate::cases::WORDS_MAX;
use crate::person::rule_for_log;
use crate::state::{Trust, TrustError};
use fhir::ResourceId;
use fhir::issue::IssueCode;
use gate::Permit;
use record::error::{RecordError, Refusal};
use record::log::Draft;

/// Under which kind cases are kept.
const KIND: &str = "rights-case";

/// A case as it is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What is asked for.
    pub right: Right,
    /// By which way it came; online when the person herself asks.
    pub came: Came,
    /// When it was received, milliseconds since 1970 UTC; now when the person herself asks.
    pub received_ms: i64,
    /// What is wanted.
    pub wish: String,
}

impl Trust {
    /// Opens a case about the record of `patient`.
    ///
    /// # Errors
    /// Not found when the permit does not reach this person's log; 422 when the wish is empty or too long or too many are open.
    pub fn open_rights_case(
        &self,
        permit: &Permit,
        patient: &ResourceId,
        opening: &Opening,
    ) -> Result<RightsCase, TrustError> {
        rule_for_log(permit, patient).ok_or_else(RecordError::not_found)?;
        let part = self.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        let wish = opening.wish.trim().to_owned();
        let open = self.rights_cases_about(part)?.iter().filter(|case| case.decision.is_none()).count();
        if wish.is_empty() || wish.chars().count() > WORDS_MAX || open >= OPEN_MAX {
            let sentence =
                format!("Say in 1 to {WORDS_MAX} characters what you want; {OPEN_MAX} requests may be open at once.");
            return Err(RecordError::new(Refusal::Unprocessable, IssueCode::TooLong, sentence).into());
        }
        let now_ms = self.record().now_ms();
        let is_citizen = permit.role().is_public();
        let case = RightsCase {
            id: self.new_reference(KIND)?,
            part,
            right: opening.right,
            is_by_proxy: is_citizen && permit.who().as_str().strip_prefix("Patient/") != Some(patient.as_str()),
            came: if is_citizen { Came::Online } else { opening.came },
            wish,
            received_ms: if is_citizen { now_ms } else { opening.received_ms.min(now_ms) },
            extension: None,
            notes: Vec::new(),
            decision: None,
        };
        if !self.change_rights_case(permit, (None, &case), "OpenCase")? {
            return Err(RecordError::new(Refusal::Unavailable, IssueCode::Transient, "Try again.").into());
        }
        Ok(case)
    }

    /// The cases about the record of `patient`, newest first.
    ///
    /// # Errors
    /// Not found when the permit does not reach this person's log.
    pub fn rights_cases_of(&self, permit: &Permit, patient: &ResourceId) -> Result<Vec<RightsCase>, TrustError> {
        rule_for_log(permit, patient).ok_or_else(RecordError::not_found)?;
        let part = self.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        self.rights_cases_about(part)
    }

    fn rights_cases_about(&self, part: u32) -> Result<Vec<RightsCase>, TrustError> {
        let mut cases: Vec<RightsCase> = self.all_kept_json(KIND)?;
        cases.retain(|case| case.part == part);
        cases.sort_by(|one, other| (other.received_ms, &one.id).cmp(&(one.received_ms, &other.id)));
        Ok(cases)
    }

    /// Every case: open ones first, those that are due first first.
    pub(crate) fn rights_cases(&self) -> Result<Vec<RightsCase>, TrustError> {
        let mut cases: Vec<RightsCase> = self.all_kept_json(KIND)?;
        cases.sort_by(|one, other| {
            let order = |case: &RightsCase| (case.decision.is_some(), case.due(), case.received_ms);
            (order(one), &one.id).cmp(&(order(other), &other.id))
        });
        Ok(cases)
    }

    /// The case with this reference.
    pub(crate) fn rights_case(&self, id: &str) -> Result<Option<RightsCase>, TrustError> {
        self.kept_json((KIND, id))
    }

    /// Keeps a case after a step in the place of what it was, with the step's entry in the log of the person; false when that has
    /// changed meanwhile.
    pub(crate) fn change_rights_case(
        &self,
        permit: &Permit,
        (was, case): (Option<&RightsCase>, &RightsCase),
        step: &str,
    ) -> Result<bool, TrustError> {
        let entry = self.case_step(permit, case.part, step)?;
        self.change_json((KIND, &case.id), was, Some(case), Some(&entry))
    }

    /// Notes that a case was opened to be read.
    pub(crate) fn note_case_read(&self, permit: &Permit, part: u32) -> Result<(), TrustError> {
        let entry = self.case_step(permit, part, "ReadCase")?;
        Ok(self.record().log_look(entry)?)
    }

    fn case_step(&self, permit: &Permit, part: u32, step: &str) -> Result<Draft, TrustError> {
        let patient = self.record().person_of(permit, part)?.ok_or_else(RecordError::not_found)?;
        let rule = rule_for_log(permit, &patient).ok_or_else(RecordError::not_found)?;
        // Nothing of the record was opened: no kind of data is told.
        Ok(Draft { kinds: Vec::new(), ..self.deed(permit, rule, part, step) })
    }

    /// Eight letters and digits that mean nothing and that nothing of this kind has yet.
    pub(crate) fn new_reference(&self, kind: &str) -> Result<String, TrustError> {
        loop {
            let id = record::new_resource_id(self.record().ids()).map_err(RecordError::from)?;
            let reference: String = id.as_str().chars().take(8).collect::<String>().to_uppercase();
            if self.record().kept(kind, &reference)?.is_none() {
                return Ok(reference);
            }
        }
    }
}
