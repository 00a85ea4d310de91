//! SMART scopes of access tokens: `system/Observation.rs`, `patient/*.read`.
//!
//! A scope only narrows what the role may do. Version 2 (`.cruds`, letters in that order) and version 1 (`.read`, `.write`,
//! `.*`) are understood. What is not understood is refused as a whole, never read as less: `?param=value` constraints, unknown
//! types, letters out of order. `openid`, `fhirUser`, `launch` and `offline_access` belong to sign-in and are refused here.

use crate::kinds::TypeSet;
use crate::words::{Action, Relation};
use fhir::ResourceType;

/// More scopes than any real token carries.
pub const SCOPES_MAX: usize = 200;

/// What somebody may see whose identity was not proven well enough for a record.
const UNPROVEN: &str =
    "patient/Patient.rs patient/Appointment.rs user/Organization.rs user/Practitioner.rs user/Location.rs";

/// Why a list of scopes was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ScopeError {
    /// No scope at all: such a token could do nothing.
    #[error("a token needs at least one scope, for example system/*.rs")]
    Empty,
    /// Too many scopes.
    #[error("a token carries at most {SCOPES_MAX} scopes")]
    TooMany,
    /// Not of the form context/Type.letters.
    #[error("'{0}' is not a scope: write it as system/Observation.rs, with patient, user or system before the slash")]
    Form(String),
    /// A type that R4 does not have.
    #[error("'{0}' names a resource type that FHIR R4 does not have")]
    UnknownType(String),
    /// Permission letters that are not understood.
    #[error("'{0}' must end in some of the letters c, r, u, d, s in that order, or in read, write or *")]
    Letters(String),
    /// A scope limited by search parameters.
    #[error("'{0}' limits the scope by a search parameter, which is not supported")]
    Constraint(String),
}

/// The scopes of one token, ready to narrow a permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmartScopes {
    text: String,
    /// For each action, types of any record, and types of the launch patient's record.
    allowed: Vec<Reach>,
    is_of_session: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Reach {
    any: TypeSet,
    own: TypeSet,
}

impl SmartScopes {
    /// Parses a list of scopes separated by spaces.
    ///
    /// # Errors
    /// When any of them is not understood.
    pub fn parse(text: &str) -> Result<SmartScopes, ScopeError> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        if words.is_empty() {
            return Err(ScopeError::Empty);
        }
        if words.len() > SCOPES_MAX {
            return Err(ScopeError::TooMany);
        }
        let mut allowed = vec![Reach::default(); Action::ALL.len()];
        for word in &words {
            let one = OneScope::parse(word)?;
            for (action, reach) in Action::ALL.iter().zip(&mut allowed) {
                one.widen(*action, reach);
            }
        }
        Ok(SmartScopes { text: words.join(" "), allowed, is_of_session: false })
    }

    /// The scopes of a session in the browser of somebody whose identity was not proven well enough for a record: her own name and
    /// address, her appointments, and the directory.
    #[must_use]
    pub fn of_an_unproven_person() -> SmartScopes {
        // Should the list not be understood, nothing is allowed at all.
        let allowed = SmartScopes::parse(UNPROVEN).map(|scopes| scopes.allowed).unwrap_or_default();
        SmartScopes { text: UNPROVEN.to_owned(), allowed, is_of_session: true }
    }

    /// Whether a person in the browser has them, and no token.
    #[must_use]
    pub const fn is_of_session(&self) -> bool {
        self.is_of_session
    }

    /// The scopes as they were asked for, separated by single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The types that these scopes let through for an action on records that stand so to the asker.
    #[must_use]
    pub fn types(&self, action: Action, relation: Relation) -> TypeSet {
        let reach = self.allowed.get(usize::from(action.code())).copied().unwrap_or_default();
        match relation {
            Relation::Own => reach.any.union(reach.own),
            Relation::Related | Relation::Anyone | Relation::Nobody => reach.any,
        }
    }
}

struct OneScope {
    types: TypeSet,
    only_own: bool,
    letters: Letters,
}

/// The five permissions of SMART 2, as bits in the order c r u d s.
#[derive(Clone, Copy)]
struct Letters(u8);

const C: u8 = 1;
const R: u8 = 2;
const U: u8 = 4;
const D: u8 = 8;
const S: u8 = 16;

impl OneScope {
    fn parse(word: &str) -> Result<OneScope, ScopeError> {
        if word.contains('?') {
            return Err(ScopeError::Constraint(word.to_owned()));
        }
        let form = || ScopeError::Form(word.to_owned());
        let (context, rest) = word.split_once('/').ok_or_else(form)?;
        let (name, letters) = rest.split_once('.').ok_or_else(form)?;
        let only_own = match context {
            "patient" => true,
            "user" | "system" => false,
            _ => return Err(form()),
        };
        let types = match name {
            "*" => TypeSet::all(),
            name => {
                TypeSet::EMPTY.with(ResourceType::parse(name).ok_or_else(|| ScopeError::UnknownType(word.to_owned()))?)
            }
        };
        let letters = Letters::parse(letters).ok_or_else(|| ScopeError::Letters(word.to_owned()))?;
        Ok(OneScope { types, only_own, letters })
    }

    fn widen(&self, action: Action, reach: &mut Reach) {
        if !self.letters.allow(action) {
            return;
        }
        let types = if self.only_own { &mut reach.own } else { &mut reach.any };
        *types = types.union(self.types);
    }
}

impl Letters {
    fn parse(text: &str) -> Option<Letters> {
        match text {
            "read" => return Some(Letters(R | S)),
            "write" => return Some(Letters(C | U | D)),
            "*" => return Some(Letters(C | R | U | D | S)),
            _ => {}
        }
        let mut bits = 0;
        for letter in text.chars() {
            let bit = match letter {
                'c' => C,
                'r' => R,
                'u' => U,
                'd' => D,
                's' => S,
                _ => return None,
            };
            if bit <= bits {
                return None; // out of order, or twice
            }
            bits |= bit;
        }
        (bits != 0).then_some(Letters(bits))
    }

    /// Whether the letters are enough for an action. Bulk actions need every letter that their single steps would need.
    fn allow(self, action: Action) -> bool {
        let needed = match action {
            Action::Read | Action::History => R,
            Action::Search => S,
            Action::Create => C,
            Action::Update => U,
            Action::Delete => D,
            Action::Export => R | S,
            Action::Import => C | U,
        };
        self.0 & needed == needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lets_through(scopes: &str, action: Action, relation: Relation, resource: &str) -> bool {
        let scopes = SmartScopes::parse(scopes).unwrap();
        scopes.types(action, relation).contains(ResourceType::parse(resource).unwrap())
    }

    #[test]
    fn somebody_who_is_not_proven_sees_her_appointments_and_no_entry_of_her_record() {
        let scopes = SmartScopes::of_an_unproven_person();
        let own = scopes.types(Action::Search, Relation::Own);

        assert!(own.contains(ResourceType::PATIENT) && own.contains(ResourceType::APPOINTMENT));
        assert!(!own.contains(ResourceType::OBSERVATION) && !own.contains(ResourceType::AUDIT_EVENT));
        assert!(!scopes.types(Action::Create, Relation::Own).contains(ResourceType::CONSENT));
        assert!(!scopes.types(Action::Search, Relation::Related).contains(ResourceType::PATIENT));
        assert!(scopes.is_of_session() && !SmartScopes::parse(scopes.as_str()).unwrap().is_of_session());
    }

    #[test]
    fn a_scope_lets_through_its_type_and_its_letters_only() {
        assert!(lets_through("system/Observation.rs", Action::Read, Relation::Anyone, "Observation"));
        assert!(lets_through("system/Observation.rs", Action::Search, Relation::Anyone, "Observation"));
        assert!(!lets_through("system/Observation.rs", Action::Create, Relation::Anyone, "Observation"));
        assert!(!lets_through("system/Observation.rs", Action::Read, Relation::Anyone, "Condition"));
    }

    #[test]
    fn version_one_words_mean_letters_of_version_two() {
        assert!(lets_through("system/*.read", Action::Search, Relation::Anyone, "Condition"));
        assert!(!lets_through("system/*.read", Action::Create, Relation::Anyone, "Condition"));
        assert!(lets_through("system/*.write", Action::Delete, Relation::Anyone, "Condition"));
        assert!(lets_through("system/*.*", Action::Export, Relation::Anyone, "Condition"));
    }

    #[test]
    fn a_patient_scope_reaches_the_persons_own_record_only() {
        assert!(lets_through("patient/*.rs", Action::Read, Relation::Own, "Condition"));
        assert!(!lets_through("patient/*.rs", Action::Read, Relation::Related, "Condition"));
        assert!(!lets_through("patient/*.rs", Action::Read, Relation::Anyone, "Condition"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let refused = |text: &str| SmartScopes::parse(text).unwrap_err();

        assert_eq!(refused(" "), ScopeError::Empty);
        assert_eq!(refused("system/Observation"), ScopeError::Form("system/Observation".into()));
        assert_eq!(refused("world/Observation.r"), ScopeError::Form("world/Observation.r".into()));
        assert_eq!(refused("system/Observations.r"), ScopeError::UnknownType("system/Observations.r".into()));
        assert!(matches!(refused("system/Observation.sr"), ScopeError::Letters(_)));
        assert!(matches!(refused("system/Observation.rr"), ScopeError::Letters(_)));
        assert!(matches!(refused("system/Observation."), ScopeError::Letters(_)));
        assert!(matches!(refused("system/Observation.rs?category=lab"), ScopeError::Constraint(_)));
        assert!(matches!(refused("openid"), ScopeError::Form(_)));
        assert_eq!(refused(&"system/*.r ".repeat(SCOPES_MAX + 1)), ScopeError::TooMany);
    }
}
