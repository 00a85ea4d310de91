//! A professional says that she cares for somebody of whom the record does not know it yet.
//!
//! A referral by telephone, a visit that nobody has written down: without a relationship the record stays closed, and an
//! emergency would be a lie. The claim opens one person's record for a day as a relationship of care would, but nothing that
//! is labelled as more private, and nothing that the person has refused. The person finds it in who looked, and each look
//! under it comes before the privacy officer.

use crate::declared::{Declaration, explained};
use crate::error::{RecordError, Refusal};
use crate::{Inner, Record};
use fhir::issue::IssueCode;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Asker, Label, Permit, Purpose, Relation, RelationKind};
use store::Part;

pub use crate::declared::EXPLANATION_LETTERS_MAX;

/// For how long a claim opens a record.
pub const CLAIM_MS: i64 = 24 * 60 * 60 * 1000;
/// The word of a claim in the log.
pub const CLAIMED: &str = "ClaimRelationship";

const CLAIM: Declaration =
    Declaration { kept_as: "claim", word: CLAIMED, lasts_ms: CLAIM_MS, relation: RelationKind::SelfClaimed };

/// What a claim opens of what is labelled: nothing that is more private than is usual.
pub(crate) const LABELS: u32 = Label::HiddenOnline.bit();

impl Record {
    /// Claims a relationship of care with a person; gives until when it holds, milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// 403 when the asker is no professional who may look anybody up for care, 404 when there is no such person, 422 without an
    /// explanation.
    pub fn claim_relationship(
        &self,
        permit: &Permit,
        patient: &ResourceId,
        explanation: &str,
    ) -> Result<i64, RecordError> {
        self.inner.require(permit, Action::Read)?;
        if !may_claim(permit) {
            let sentence = "Only professionals who give care can say that they care for somebody.";
            return Err(RecordError::new(Refusal::Forbidden, IssueCode::Forbidden, sentence));
        }
        let explanation = explained(explanation, "how you come to care for this person")?;
        CLAIM.declare(self, permit, patient, explanation.to_owned())
    }

    /// Until when the asker's claim to care for a person holds; none when there is none or it is over.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn claim_until(&self, asker: &Asker, patient: &ResourceId) -> Result<Option<i64>, RecordError> {
        CLAIM.until(&self.inner, asker, patient)
    }
}

/// Whether the holder is a professional who may look anybody up for care.
#[must_use]
pub fn may_claim(permit: &Permit) -> bool {
    let identifies = |relation: Relation| relation == Relation::Anyone;
    permit.role().is_professional()
        && permit.purpose() == Purpose::DirectCare
        && permit.scopes().any(|scope| identifies(scope.relation) && scope.types.contains(ResourceType::PATIENT))
}

/// The person whose record a claim opens to the holder of `permit` now: to look, not to change.
pub(crate) fn part(inner: &Inner, permit: &Permit) -> Result<Option<Part>, RecordError> {
    let looks = matches!(permit.action(), Action::Read | Action::Search | Action::History);
    let asker = permit.asker();
    CLAIM.part(inner, asker, asker.claimed.as_ref().filter(|_| looks && may_claim(permit)))
}
