//! How sure the platform is of who somebody is, and by which way they came.
//!
//! Two scales, as the national services use them: how well the identity was proven once (NHS login's P0, P5, P9), and how strong
//! the sign-in itself was (AAL1 to AAL3 of NIST SP 800-63B, which CIS2 uses). They are ordered: a demand names the least.

use serde::{Deserialize, Serialize};

/// How well it was proven once who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Identity {
    /// Nothing but an address that answers.
    P0,
    /// Details that match a person's in the national index.
    P5,
    /// A photo or a meeting compared with a document: enough for a health record.
    P9,
}

/// How strong a sign-in was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Strength {
    /// One factor.
    Aal1,
    /// Two factors.
    Aal2,
    /// Two factors, one of them a device that cannot be copied.
    Aal3,
}

/// How sure the platform is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Of the identity.
    pub identity: Identity,
    /// Of the sign-in.
    pub strength: Strength,
}

impl Level {
    /// What a made-up person of the demo has: everything, for there is nobody to be unsure of.
    pub const PERSONA: Level = Level { identity: Identity::P9, strength: Strength::Aal3 };
}

/// By which way somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// As the made-up person with this id; demo only.
    Persona(String),
    /// By the sign-in service with this id.
    Provider(String),
    /// With the passkey of this name that was made here.
    Passkey(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_as_they_are_demanded() {
        assert!(Identity::P0 < Identity::P5 && Identity::P5 < Identity::P9);
        assert!(Strength::Aal1 < Strength::Aal2 && Strength::Aal2 < Strength::Aal3);
    }
}
