//! The made-up people of the demo locality, whom anybody may sign in as with one click.
//!
//! Personas exist only when the binary hands some over, which it does for `demo` and `serve --demo`. Without them the page says
//! so and the sign-in is refused: there is no hidden way in.

use fhir::ResourceId;
use gate::Asker;
use std::sync::Arc;

/// Somebody to sign in as.
#[derive(Clone, Debug)]
pub struct Persona {
    /// The word to sign in with, such as `ae-doctor`.
    pub id: String,
    /// What they are, in a few words: "Emergency doctor".
    pub title: String,
    /// One sentence of their story.
    pub about: String,
    /// Who they are to the rules.
    pub asker: Asker,
    /// Other people for whom they may act.
    pub acts_for: Vec<ActsFor>,
}

/// A person for whom a persona may act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActsFor {
    /// Whose record.
    pub patient: ResourceId,
    /// Her name.
    pub name: String,
}

impl Persona {
    /// The asker that signing in makes: for the persona's own record, or for a person for whom she acts.
    #[must_use]
    pub fn sign_in(&self, acting_for: Option<&str>) -> Option<Arc<Asker>> {
        let Some(wanted) = acting_for else { return Some(Arc::new(self.asker.clone())) };
        let person = self.acts_for.iter().find(|person| person.patient.as_str() == wanted)?;
        Some(Arc::new(self.asker.with_record_of(person.patient.clone())))
    }
}
