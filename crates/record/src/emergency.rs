//! Opening a record in an emergency: for one person, for some minutes, with a reason, and never silently.
//!
//! The declaration is kept and logged in one commit before anything is shown, so that the person and the privacy officer find
//! it whatever happens next. It gives the professional the relationship that the record does not know of, for the purpose
//! `BreakGlass` alone; what the rules allow for that purpose they still decide. It ends by the clock.

use crate::declared::{self, Declaration, explained};
use crate::error::{RecordError, Refusal};
use crate::{Inner, Record, told_later};
use fhir::ResourceId;
use fhir::issue::IssueCode;
use gate::{Action, Asker, Permit, Purpose, RelationKind};
use serde::{Deserialize, Serialize};
use store::Part;

pub use crate::declared::EXPLANATION_LETTERS_MAX;

/// For how long a declared emergency opens a record.
pub const EMERGENCY_MS: i64 = 30 * 60 * 1000;
/// The word of a declaration in the log.
pub const DECLARED: &str = "BreakGlass";

const EMERGENCY: Declaration =
    Declaration { kept_as: "emergency", word: DECLARED, lasts_ms: EMERGENCY_MS, relation: RelationKind::Emergency };

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

/// An emergency, as the professional declares it.
#[derive(Clone, Debug)]
pub struct Emergency {
    /// Why.
    pub reason: Reason,
    /// What has happened.
    pub explanation: String,
    /// Why telling the person now would put somebody at risk of harm; none to tell her at once.
    pub told_later: Option<String>,
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
        emergency: &Emergency,
    ) -> Result<i64, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Read)?;
        if permit.purpose() != Purpose::BreakGlass {
            return Err(RecordError::new(Refusal::Forbidden, IssueCode::Forbidden, "This is not for an emergency."));
        }
        let explanation = explained(&emergency.explanation, "what has happened")?;
        if let Some(why) = &emergency.told_later {
            let why = explained(why, "why telling the person now would put somebody at risk")?;
            // First: at no moment may the person be told what she is to be told later.
            told_later::begin(inner, permit, (declared::part_of(inner, patient)?, why))?;
        }
        EMERGENCY.declare(self, permit, patient, format!("{}: {explanation}", emergency.reason.phrase()))
    }

    /// Until when the asker's declared emergency for a person lasts; none when there is none or it is over.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn emergency_until(&self, asker: &Asker, patient: &ResourceId) -> Result<Option<i64>, RecordError> {
        EMERGENCY.until(&self.inner, asker, patient)
    }
}

/// The person whose record a declared emergency opens now.
pub(crate) fn part(inner: &Inner, asker: &Asker) -> Result<Option<Part>, RecordError> {
    EMERGENCY.part(inner, asker, asker.emergency.as_ref())
}
