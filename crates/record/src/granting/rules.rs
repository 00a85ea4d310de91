//! For whom a ground can stand, and until when: ages, ends, and who must decide.
//!
//! The pages ask here before they show what will hold, and the record asks again before it stores it.

use super::{Basis, Checked, NewGrant, Spoken};
use fhir::NhsNumber;
use fhir::json::Json;
use gate::{Label, Role};
use jiff::Span;
use jiff::civil::Date;

/// From this age on people decide for themselves, and nobody acts by parental responsibility alone.
const ADULT_YEARS: i16 = 16;
/// From this age on somebody can have made a lasting power of attorney.
const DONOR_YEARS: i16 = 18;
/// From this age on a child is asked, unless a GP or practice nurse decides that she cannot be.
const ASKED_YEARS: i16 = 11;

/// What of the person decides which grants can be recorded for her.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The date of birth, where all of it is known.
    pub born: Option<Date>,
    /// Her NHS numbers.
    pub numbers: Vec<String>,
    /// Whether where she lives is protected.
    pub is_protected: bool,
    /// Whether she has died.
    pub has_died: bool,
}

fn years_after(day: Date, years: i16) -> Option<Date> {
    day.checked_add(Span::new().years(years)).ok()
}

/// The last day on which somebody born on that day is under 16.
#[must_use]
pub fn last_day_as_child(born: Date) -> Option<Date> {
    years_after(born, ADULT_YEARS)?.yesterday().ok()
}

impl About {
    /// Reads a Patient.
    #[must_use]
    pub fn of(patient: &Json<'_>) -> Self {
        let identifiers = patient.get("identifier").map(Json::items).unwrap_or_default();
        let is_nhs = |one: &&Json<'_>| one.get("system").and_then(Json::text) == Some(NhsNumber::SYSTEM);
        let numbers = identifiers.iter().filter(is_nhs).filter_map(|one| one.get("value").and_then(Json::text));
        let has_died = patient.get("deceasedDateTime").is_some()
            || patient.get("deceasedBoolean").and_then(Json::as_bool) == Some(true);
        Self {
            born: patient.get("birthDate").and_then(Json::text).and_then(|born| born.parse().ok()),
            numbers: numbers.map(str::to_owned).collect(),
            is_protected: gate::labels_of(patient) & Label::Restricted.bit() != 0,
            has_died,
        }
    }

    /// Whether she is at least so old; unknown where all of her date of birth is not.
    fn is_at_least(&self, years: i16, today: Date) -> Option<bool> {
        let birthday = years_after(self.born?, years)?;
        Some(birthday <= today)
    }

    /// Why nothing can be recorded for her by this role, whatever it rests on.
    #[must_use]
    pub fn wrong_person(&self, role: Role) -> Option<&'static str> {
        if self.has_died {
            return Some("This person has died: nobody acts for them here any more.");
        }
        let sentence = "Where this person lives is protected, because somebody could be looking for them. A GP or practice nurse decides with the safeguarding lead who may act for them, and records it.";
        (self.is_protected && role != Role::Gp).then_some(sentence)
    }

    /// Why this ground cannot stand for her, or is not for this role to record.
    #[must_use]
    pub fn wrong_basis(&self, basis: Basis, role: Role, today: Date) -> Option<&'static str> {
        let is_adult = self.is_at_least(ADULT_YEARS, today);
        match basis {
            Basis::Parental if is_adult == Some(true) => {
                Some("Parental responsibility lets nobody act for somebody of 16 or over: choose what else it rests on")
            }
            Basis::Parental if is_adult.is_none() => Some(
                "The whole date of birth must be recorded first: parental responsibility ends on the 16th birthday",
            ),
            Basis::Consent | Basis::Court | Basis::BestInterest if is_adult == Some(false) => {
                Some("This person is under 16: choose parental responsibility")
            }
            Basis::Attorney if self.is_at_least(DONOR_YEARS, today) == Some(false) => {
                Some("Nobody under 18 can have made a lasting power of attorney")
            }
            Basis::BestInterest if role != Role::Gp => {
                Some("A GP or practice nurse who takes part in a best interest decision records it")
            }
            _ => None,
        }
    }

    /// The last day on which a grant on this ground can hold that begins on that day.
    #[must_use]
    pub fn latest(&self, basis: Basis, from: Date) -> Option<Date> {
        match basis {
            Basis::Parental => last_day_as_child(self.born?),
            Basis::Consent | Basis::BestInterest => years_after(from, 1),
            Basis::Attorney => years_after(from, 5),
            Basis::Court => years_after(from, 10),
        }
    }

    /// Why a grant cannot be recorded with the person asked in this way, or not asked.
    #[must_use]
    pub fn wrong_asking(&self, basis: Basis, spoken: Spoken, role: Role, today: Date) -> Option<&'static str> {
        match (basis, spoken) {
            (_, Spoken::Alone) => None,
            (Basis::Consent, Spoken::CouldNot) => {
                Some("Somebody who lets another act can be asked: speak with them alone first")
            }
            (Basis::Parental, Spoken::CouldNot)
                if role != Role::Gp && self.is_at_least(ASKED_YEARS, today) != Some(false) =>
            {
                Some("From 11 on a child is asked. If this child cannot be, a GP or practice nurse records it")
            }
            _ => None,
        }
    }

    /// The first thing that keeps a grant from being recorded.
    pub(super) fn wrong(
        &self,
        grant: &NewGrant,
        checked: &Checked,
        (role, today): (Role, Date),
    ) -> Option<&'static str> {
        let NewGrant { basis, holder, terms } = grant;
        let latest = self.latest(*basis, terms.from);
        let is_in_time =
            today <= terms.from && terms.from <= terms.until && latest.is_some_and(|last| terms.until <= last);
        let is_known = basis.evidence().contains(&checked.evidence) && checked.seen <= today;
        let is_registered = *basis != Basis::Attorney || checked.reference.is_some();
        let own = self.numbers.iter().any(|number| number == holder.number.as_str());
        let rules = [
            (!is_in_time).then_some("The days do not fit what it rests on."),
            (!is_known || !is_registered).then_some("The evidence does not fit what it rests on."),
            own.then_some("Nobody acts for themselves."),
        ];
        self.wrong_person(role)
            .or_else(|| self.wrong_basis(*basis, role, today))
            .or_else(|| self.wrong_asking(*basis, checked.spoken, role, today))
            .or_else(|| rules.into_iter().flatten().next())
    }
}
