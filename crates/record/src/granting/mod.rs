//! Grants to act for somebody, in the shape of the national Validated Relationships service: what they rest on, to whom they are, how
//! far and how long they reach, and what a practice must have seen and asked before it records one.
//!
//! The holder is named by NHS number and date of birth and never looked up (`docs/decisions/0010-grants.md`). How far a grant reaches
//! once it is there is read by [`gate::consent::Reach`], whom it lets in by [`crate::relations`].
//!
//! | module | holds |
//! |---|---|
//! | `rules` | for whom a ground can stand, and until when |
//! | `writing` | the Consent of a grant, and of its end |
//! | `reading` | a grant out of a Consent |
//! | `desk` | what a practice sees, records and ends |

mod desk;
mod reading;
mod rules;
#[cfg(test)]
mod tests;
mod writing;

pub use desk::AtPractice;
pub use reading::Granted;
pub use rules::{About, last_day_as_child};

use fhir::NhsNumber;
use fhir::json::Json;
use gate::DataKind;
use gate::consent::{Reach, sensitive};
use jiff::civil::Date;

/// The code system of grounds of the national service.
pub(crate) const LEGAL_BASIS: &str = "https://fhir.nhs.uk/England/CodeSystem/England-NHSProxyLegalBasis";

/// What a grant rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The person herself wants it.
    Consent,
    /// Parental responsibility for a child under 16 (Children Act 1989, section 3).
    Parental,
    /// A registered lasting power of attorney for health and welfare (Mental Capacity Act 2005, section 9).
    Attorney,
    /// An order of a court: a personal welfare deputy (Mental Capacity Act 2005, section 16).
    Court,
    /// A decision in the best interest of somebody who cannot decide (Mental Capacity Act 2005, section 4).
    BestInterest,
}

impl Basis {
    /// Every ground, in the order in which staff are asked.
    pub const ALL: [Self; 5] = [Self::Parental, Self::Consent, Self::Attorney, Self::Court, Self::BestInterest];

    /// Its word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Parental => "parental",
            Self::Attorney => "attorney",
            Self::Court => "court",
            Self::BestInterest => "best-interest",
        }
    }

    /// The ground that a form names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.word() == word)
    }

    /// As people say it, and as it is displayed in the Consent.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Consent => "Consent of the patient",
            Self::Parental => "Parental responsibility",
            Self::Attorney => "Lasting power of attorney for health and welfare",
            Self::Court => "Court appointed personal welfare deputy",
            Self::BestInterest => "Best interest decision",
        }
    }

    /// The national code; none where none is published that we know.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Consent => Some("consent-of-the-patient"),
            Self::Parental => Some("parental-responsibility"),
            Self::Court => Some("court-appointed-personal-welfare-deputy"),
            Self::BestInterest => Some("best-interest"),
            Self::Attorney => None,
        }
    }

    /// The ground that a Consent names: by its code, or in the words that we write where there is no code.
    #[must_use]
    pub fn of(consent: &Json<'_>) -> Option<Self> {
        let rule = consent.get("policyRule")?;
        let codings = rule.get("coding").map(Json::items).unwrap_or_default();
        let has = |code: &str| codings.iter().any(|coding| coding.get("code").and_then(Json::text) == Some(code));
        let says = rule.get("text").and_then(Json::text);
        let is_it = |basis: &Self| basis.code().map_or_else(|| says == Some(basis.phrase()), has);
        Self::ALL.into_iter().find(is_it)
    }
}

/// A member of the public as somebody has named her.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// The name, as it was typed.
    pub name: String,
    /// The NHS number.
    pub number: NhsNumber,
    /// The date of birth.
    pub born: Date,
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Holder(masked)")
    }
}

/// How far a grant reaches, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Which kinds of data; none for the whole record.
    pub parts: Option<Vec<DataKind>>,
    /// Whether copies may be taken.
    pub copies: bool,
    /// Whether what is marked as sensitive is left out.
    pub is_discreet: bool,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl Terms {
    /// How far it reaches, in words.
    #[must_use]
    pub fn told(&self) -> String {
        let types = |parts: &Vec<DataKind>| {
            parts.iter().fold(gate::TypeSet::EMPTY, |all: gate::TypeSet, part| all.union(part.types()))
        };
        let reach = Reach {
            types: self.parts.as_ref().map_or_else(gate::TypeSet::all, types),
            without: if self.is_discreet { sensitive() } else { 0 },
            copies: self.copies,
        };
        reach.told()
    }
}

/// A grant that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// What it rests on.
    pub basis: Basis,
    /// To whom it is.
    pub holder: Holder,
    /// How far and how long.
    pub terms: Terms,
}

/// A word of a list with its phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its word in forms; the code of its list where it has one.
    pub word: &'static str,
    /// As people say it.
    pub phrase: &'static str,
}

const fn named(word: &'static str, phrase: &'static str) -> Named {
    Named { word, phrase }
}

/// Somebody who is nothing of HL7's list to the person.
const OTHER: &str = "other";

/// What the holder can be to the person: codes of HL7's list of roles.
pub const RELATIONSHIPS: [Named; 11] = [
    named("MTH", "mother"),
    named("FTH", "father"),
    named("GUARD", "guardian"),
    named("GRPRN", "grandparent"),
    named("SPS", "husband, wife or civil partner"),
    named("DOMPART", "partner"),
    named("CHILD", "son or daughter"),
    named("SIB", "brother or sister"),
    named("FAMMEMB", "other relative"),
    named("FRND", "friend"),
    named(OTHER, "none of these, such as a deputy by profession"),
];

/// The code system of evidence in the forms of the national service.
pub(crate) const EVIDENCE: &str = "https://fhir.nhs.uk/CodeSystem/Proxy-Placeholder-EvidenceOfResponsibility";

const OF_PARENTS: &[Named] = &[
    named("BRTH", "birth certificate"),
    named("ADPT", "adoption certificate"),
    named("PRNA", "parental responsibility agreement"),
    named("SPRNA", "parental responsibility agreement of a step-parent"),
    named("PORD", "parental responsibility order"),
    named("SGORD", "special guardianship order"),
    named("OTHCOURT", "other order of a court"),
];
const OF_CONSENT: &[Named] = &[
    named("photo", "the person, with a passport or another document with a photo"),
    named("known", "the person, known to me for two years or more"),
];
const OF_ATTORNEYS: &[Named] = &[
    named("lpa-online", "the power of attorney in the online service of the Office of the Public Guardian"),
    named("lpa-paper", "the registered power of attorney on paper, stamped or certified on each page"),
];
const OF_COURTS: &[Named] = &[named("order", "the sealed order of the Court of Protection")];
const OF_DECISIONS: &[Named] = &[named("decision", "the written record of the decision, with who was asked")];

impl Basis {
    /// What can be seen as evidence of it.
    #[must_use]
    pub const fn evidence(self) -> &'static [Named] {
        match self {
            Self::Consent => OF_CONSENT,
            Self::Parental => OF_PARENTS,
            Self::Attorney => OF_ATTORNEYS,
            Self::Court => OF_COURTS,
            Self::BestInterest => OF_DECISIONS,
        }
    }
}

/// What somebody at a practice has seen and asked before she records a grant. There is no word for a worry that the person is
/// pressed: with one, nothing is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What the holder is to the person.
    pub relationship: Named,
    /// What was seen as evidence.
    pub evidence: Named,
    /// On which day.
    pub seen: Date,
    /// The reference of the Office of the Public Guardian, for a power of attorney.
    pub reference: Option<String>,
    /// Whether the person was asked.
    pub spoken: Spoken,
}

/// Whether the person was asked without the holder in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// She was, alone, and agrees or does not object.
    Alone,
    /// She cannot speak for herself: too young, or not able to.
    CouldNot,
}

/// Why a practice ends a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The person asked for it.
    Person,
    /// Its holder asked for it.
    Holder,
    /// What it rested on has come to its end: an order, a power.
    GroundEnded,
    /// Somebody could be harmed by it.
    Safety,
    /// It should never have been recorded.
    Mistake,
}

impl EndReason {
    /// Every reason, in the order in which staff are asked.
    pub const ALL: [Self; 5] = [Self::Person, Self::Holder, Self::GroundEnded, Self::Safety, Self::Mistake];

    /// Its word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Holder => "holder",
            Self::GroundEnded => "ground",
            Self::Safety => "safety",
            Self::Mistake => "mistake",
        }
    }

    /// The reason that a form names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// As it is asked.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Person => "The person asked for it",
            Self::Holder => "Whoever acts asked for it",
            Self::GroundEnded => "What it rested on has ended, such as a court order or a power of attorney",
            Self::Safety => "Somebody could be harmed by it",
            Self::Mistake => "It was recorded by mistake",
        }
    }
}
