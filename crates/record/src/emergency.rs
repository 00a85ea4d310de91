//! Opening a record in an emergency: for one person, for some minutes, with a reason, and never silently.
//!
//! The declaration is kept and logged in one commit before anything is shown, so that the person and the privacy officer find
//! it whatever happens next. It gives the professional the relationship that the record does not know of, for the purpose
//! `BreakGlass` alone; what the rules allow for that purpose they still decide. It ends by the clock.

use crate::error::{RecordError, Refusal};
use crate::log::{Draft, Subject};
use crate::{Inner, Record};
use fhir::issue::IssueCode;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Asker, Permit, Purpose, RelationKind};
use serde::{Deserialize, Serialize};
use store::Part;

/// For how long a declared emergency opens a record.
pub const EMERGENCY_MS: i64 = 30 * 60 * 1000;
/// The longest explanation that is kept, in letters.
pub const EXPLANATION_LETTERS_MAX: usize = 500;
/// The word of a declaration in the log.
pub const DECLARED: &str = "BreakGlass";

const KIND: &str = "emergency";

/// Why somebody must open a record that they may not open otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// The person asks for it or agrees.
    Consent,
    /// To protect the person's life or health when she cannot be asked.
    VitalInterest,
    /// A law or a court requires it.
    Law,
    /// To protect others from serious harm.
    PublicInterest,
}

impl Reason {
    /// Every reason, in the order in which people are asked.
    pub const ALL: [Self; 4] = [Self::VitalInterest, Self::Consent, Self::Law, Self::PublicInterest];

    /// Its word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::VitalInterest => "vital-interest",
            Self::Law => "law",
            Self::PublicInterest => "public-interest",
        }
    }

    /// The reason that a form names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// As people say it.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Consent => "the person has agreed",
            Self::VitalInterest => "the person's life or health is at risk and she cannot be asked",
            Self::Law => "a law or a court requires it",
            Self::PublicInterest => "somebody else is at risk of serious harm",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Declared {
    until_ms: i64,
}

impl Record {
    /// Declares an emergency for a person; gives until when it opens her record, milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// 403 when the permit is for another purpose, 404 when there is no such person, 422 without an explanation.
    pub fn declare_emergency(
        &self,
        permit: &Permit,
        patient: &ResourceId,
        (reason, explanation): (Reason, &str),
    ) -> Result<i64, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Read)?;
        if permit.purpose() != Purpose::BreakGlass {
            return Err(RecordError::new(Refusal::Forbidden, IssueCode::Forbidden, "This is not for an emergency."));
        }
        let explanation = explanation.trim();
        if explanation.is_empty() || explanation.chars().count() > EXPLANATION_LETTERS_MAX {
            let sentence = format!("Say in 1 to {EXPLANATION_LETTERS_MAX} letters what has happened.");
            return Err(RecordError::new(Refusal::Unprocessable, IssueCode::Required, sentence));
        }
        let here = inner.store.read(|reader| {
            let everything = store::Visibility::everything();
            Ok(match reader.get(&everything, ResourceType::PATIENT, patient)? {
                Some(store::Found::Here(row)) => Some(row.rid.part()),
                _ => None,
            })
        })?;
        let part = here.ok_or_else(RecordError::not_found)?;
        let now_ms = inner.clock.now_ms();
        let until_ms = now_ms.saturating_add(EMERGENCY_MS);
        let rule = permit.rule().map(|rule| rule.id.as_str().to_owned()).unwrap_or_default();
        let entry = Draft {
            action: DECLARED.to_owned(),
            purpose: permit.purpose().name().to_owned(),
            rule,
            request: permit.request().as_str().to_owned(),
            subjects: vec![Subject { part: part.number(), relation: RelationKind::Emergency.code() + 1 }],
            query: format!("{}: {explanation}", reason.phrase()),
            ..Draft::about(permit.asker(), now_ms)
        };
        let declared = serde_json::to_vec(&Declared { until_ms }).map_err(|_| crate::read::damaged())?;
        self.keep(KIND, &key(permit.asker(), patient), &declared, Some(&entry))?;
        Ok(until_ms)
    }

    /// Until when the asker's declared emergency for a person lasts; none when there is none or it is over.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn emergency_until(&self, asker: &Asker, patient: &ResourceId) -> Result<Option<i64>, RecordError> {
        until(&self.inner, asker, patient)
    }
}

/// The person whose record a declared emergency opens now.
pub(crate) fn part(inner: &Inner, asker: &Asker) -> Result<Option<Part>, RecordError> {
    let Some(patient) = &asker.emergency else { return Ok(None) };
    if until(inner, asker, patient)?.is_none() {
        return Ok(None);
    }
    Ok(inner.store.read(|reader| reader.part_of(patient))?)
}

fn until(inner: &Inner, asker: &Asker, patient: &ResourceId) -> Result<Option<i64>, RecordError> {
    let kept = inner.store.read(|reader| reader.kept(KIND, key(asker, patient).as_bytes()))?;
    let declared: Option<Declared> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let now_ms = inner.clock.now_ms();
    Ok(declared.map(|declared| declared.until_ms).filter(|until_ms| now_ms < *until_ms))
}

fn key(asker: &Asker, patient: &ResourceId) -> String {
    format!("{}|{}", asker.who.as_str(), patient.as_str())
}
