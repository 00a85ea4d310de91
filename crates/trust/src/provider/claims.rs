//! What the national providers say of people, and how sure they are.
//!
//! NHS login says a vector of trust (`vot`): P0, P5 or P9 for how the identity was proven, and C-words for the factors of the
//! sign-in. CIS2 says an authentication assurance level. A claim that is not there is never read as a better one.

use crate::sessions::{Identity, Level, Strength};
use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Claims beyond those of OpenID Connect, in an ID token or from the userinfo endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct National {
    /// Vector of trust (NHS login).
    pub(crate) vot: Option<String>,
    /// The NHS number that the provider verified; never shown (NHS login).
    pub(crate) nhs_number: Option<String>,
    /// The authentication assurance level, 1 to 3, as text or number (CIS2).
    pub(crate) authentication_assurance_level: Option<Value>,
    /// The national number of a member of staff (CIS2).
    pub(crate) nhsid_useruid: Option<String>,
    /// The same under its other name.
    pub(crate) uid: Option<String>,
    /// The national roles of a member of staff (CIS2).
    #[serde(default)]
    pub(crate) nhsid_nrbac_roles: Vec<NationalRole>,
}

impl AdditionalClaims for National {}

/// One national role of a member of staff.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NationalRole {
    /// ODS code of the organisation.
    #[serde(default)]
    pub(crate) org_code: String,
    /// Codes of job, area and role, joined by colons: `S8000:G8000:R8001`.
    #[serde(default)]
    pub(crate) role_code: String,
}

impl National {
    /// What is said here, and there where it is not said here.
    pub(super) fn or(self, other: National) -> National {
        let roles = if self.nhsid_nrbac_roles.is_empty() { other.nhsid_nrbac_roles } else { self.nhsid_nrbac_roles };
        National {
            vot: self.vot.or(other.vot),
            nhs_number: self.nhs_number.or(other.nhs_number),
            authentication_assurance_level: self
                .authentication_assurance_level
                .or(other.authentication_assurance_level),
            nhsid_useruid: self.nhsid_useruid.or(other.nhsid_useruid),
            uid: self.uid.or(other.uid),
            nhsid_nrbac_roles: roles,
        }
    }

    /// How strong a member of staff's sign-in was; one factor unless it is said.
    pub(crate) fn strength(&self) -> Strength {
        let said = match &self.authentication_assurance_level {
            Some(Value::String(text)) => text.parse().ok(),
            Some(Value::Number(number)) => number.as_u64(),
            _ => None,
        };
        match said {
            Some(3) => Strength::Aal3,
            Some(2) => Strength::Aal2,
            _ => Strength::Aal1,
        }
    }
}

/// The level that a vector of trust stands for; none when it is not understood.
#[must_use]
pub fn level_of(vector: &str) -> Option<Level> {
    let mut words = vector.split('.');
    let identity = match words.next()? {
        "P0" => Identity::P0,
        "P5" => Identity::P5,
        "P9" => Identity::P9,
        _ => return None,
    };
    let factors: Vec<&str> = words.collect();
    // A password with a code or a device, or an app that needs a fingerprint, are two factors; a password alone is one.
    let strength = match factors.as_slice() {
        [] | ["Cp"] => Strength::Aal1,
        ["Cp", "Cd" | "Ck"] | ["Cm"] => Strength::Aal2,
        _ => return None,
    };
    Some(Level { identity, strength })
}

/// Whether a vector of trust is among those that were asked for; the order of its words says nothing.
#[must_use]
pub fn accepted(vector: &str, asked: &[String]) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split('.').map(str::to_owned).collect();
        words.sort();
        words
    };
    asked.iter().any(|one| sorted(one) == sorted(vector))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_of_trust_is_read_as_a_level() {
        let level = |vector| level_of(vector).map(|level| (level.identity, level.strength));

        assert_eq!(level("P9.Cp.Cd"), Some((Identity::P9, Strength::Aal2)));
        assert_eq!(level("P5.Cm"), Some((Identity::P5, Strength::Aal2)));
        assert_eq!(level("P9.Cp"), Some((Identity::P9, Strength::Aal1)));
        assert_eq!(level("P10.Cp.Cd"), None);
        assert_eq!(level("P9.Cx"), None);
        assert_eq!(level(""), None);
    }

    #[test]
    fn only_a_vector_that_was_asked_for_is_accepted() {
        let asked = ["P9.Cp.Cd".to_owned(), "P9.Cm".to_owned()];

        assert!(accepted("P9.Cp.Cd", &asked) && accepted("P9.Cd.Cp", &asked));
        assert!(!accepted("P5.Cp.Cd", &asked) && !accepted("P9.Cp", &asked) && !accepted("P9", &asked));
    }

    #[test]
    fn an_assurance_that_is_not_said_is_the_least() {
        let said = |value: Value| National { authentication_assurance_level: Some(value), ..National::default() };

        assert_eq!(National::default().strength(), Strength::Aal1);
        assert_eq!(said(Value::from("3")).strength(), Strength::Aal3);
        assert_eq!(said(Value::from(2)).strength(), Strength::Aal2);
        assert_eq!(said(Value::from("many")).strength(), Strength::Aal1);
    }
}
