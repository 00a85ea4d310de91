//! What a professional declares about one person to open her record: kept and logged in one commit, and over by the clock.
//!
//! The declaration is on disk and in the log before anything is shown, so that the person and the privacy officer find it
//! whatever happens next. What it opens, the rules decide. [`crate::emergency`] and [`crate::claim`] are its two kinds.

use crate::error::{RecordError, Refusal};
use crate::log::{Draft, Subject};
use crate::{Inner, Record};
use fhir::issue::IssueCode;
use fhir::{ResourceId, ResourceType};
use gate::{Asker, Permit, RelationKind};
use serde::{Deserialize, Serialize};
use store::Part;

/// The longest explanation that is kept, in letters.
pub const EXPLANATION_LETTERS_MAX: usize = 500;

/// A kind of declaration.
pub(crate) struct Declaration {
    /// Under which kind of thing it is kept.
    pub(crate) kept_as: &'static str,
    /// Its word in the log.
    pub(crate) word: &'static str,
    /// How long it holds, milliseconds.
    pub(crate) lasts_ms: i64,
    /// The relationship that it stands for.
    pub(crate) relation: RelationKind,
}

#[derive(Serialize, Deserialize)]
struct Declared {
    until_ms: i64,
}

/// An explanation without blanks around it.
///
/// # Errors
/// 422 when there is none or it is too long; `says` is the sentence up to what must be told.
pub(crate) fn explained<'e>(explanation: &'e str, wanted: &str) -> Result<&'e str, RecordError> {
    let explanation = explanation.trim();
    if explanation.is_empty() || explanation.chars().count() > EXPLANATION_LETTERS_MAX {
        let sentence = format!("Say in 1 to {EXPLANATION_LETTERS_MAX} letters {wanted}.");
        return Err(RecordError::new(Refusal::Unprocessable, IssueCode::Required, sentence));
    }
    Ok(explanation)
}

/// The part of the store that is a person's, whose record is here now.
///
/// # Errors
/// 404 when there is no such person.
pub(crate) fn part_of(inner: &Inner, patient: &ResourceId) -> Result<Part, RecordError> {
    let here = inner.store.read(|reader| {
        let everything = store::Visibility::everything();
        Ok(match reader.get(&everything, ResourceType::PATIENT, patient)? {
            Some(store::Found::Here(row)) => Some(row.rid.part()),
            _ => None,
        })
    })?;
    here.ok_or_else(RecordError::not_found)
}

impl Declaration {
    /// Keeps and logs it; gives until when it holds, milliseconds since 1970 UTC.
    pub(crate) fn declare(
        &self,
        record: &Record,
        permit: &Permit,
        patient: &ResourceId,
        why: String,
    ) -> Result<i64, RecordError> {
        let inner = &record.inner;
        let part = part_of(inner, patient)?;
        let now_ms = inner.clock.now_ms();
        let until_ms = now_ms.saturating_add(self.lasts_ms);
        let entry = Draft {
            action: self.word.to_owned(),
            purpose: permit.purpose().name().to_owned(),
            rule: permit.rule().map(|rule| rule.id.as_str().to_owned()).unwrap_or_default(),
            subjects: vec![Subject { part: part.number(), relation: self.relation.code() + 1 }],
            query: why,
            ..Draft::about(permit.asker(), now_ms).in_request(permit.request())
        };
        let declared = serde_json::to_vec(&Declared { until_ms }).map_err(|_| crate::read::damaged())?;
        record.keep(self.kept_as, &key(permit.asker(), patient), &declared, Some(&entry))?;
        Ok(until_ms)
    }

    /// The person of whom it was declared, while it holds.
    pub(crate) fn part(
        &self,
        inner: &Inner,
        asker: &Asker,
        patient: Option<&ResourceId>,
    ) -> Result<Option<Part>, RecordError> {
        let Some(patient) = patient else { return Ok(None) };
        if self.until(inner, asker, patient)?.is_none() {
            return Ok(None);
        }
        Ok(inner.store.read(|reader| reader.part_of(patient))?)
    }

    /// Until when it holds, milliseconds since 1970 UTC; none when there is none or it is over.
    pub(crate) fn until(&self, inner: &Inner, asker: &Asker, patient: &ResourceId) -> Result<Option<i64>, RecordError> {
        let kept = inner.store.read(|reader| reader.kept(self.kept_as, key(asker, patient).as_bytes()))?;
        let declared: Option<Declared> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let now_ms = inner.clock.now_ms();
        Ok(declared.map(|declared| declared.until_ms).filter(|until_ms| now_ms < *until_ms))
    }
}

fn key(asker: &Asker, patient: &ResourceId) -> String {
    format!("{}|{}", asker.who.as_str(), patient.as_str())
}
