//! How much of the record that is open may be seen: one's own as a whole, that of another as far as her grants reach.
//!
//! Pages ask here before they say that nothing is recorded, before they offer a way, and for the words in which a grant is told.
//! It keeps nothing back itself: the record does.

use crate::visit::Place;
use fhir::ResourceType;
use gate::consent::{PARTS, Reach};

/// What of the open record may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    reaches: Vec<Reach>,
    /// Whether a copy may be taken of anything in it.
    pub(crate) copies: bool,
}

impl Opened {
    /// What may be looked at, and whether anything may be copied.
    pub(crate) fn new(reaches: Vec<Reach>, copies: bool) -> Self {
        Self { reaches, copies }
    }

    /// Everything.
    #[cfg(test)]
    pub(crate) fn whole() -> Self {
        Self::new(vec![Reach::whole()], true)
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.reaches.is_empty()
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.reaches.iter().any(Reach::is_whole)
    }

    /// Whether entries of a type may be seen, be it without those that are marked as sensitive.
    pub(crate) fn shows(&self, kind: ResourceType) -> bool {
        self.reaches.iter().any(|reach| reach.types.contains(kind))
    }

    /// Whether a place of this area is open. A grant that leaves something out does not open what could tell of it.
    pub(crate) fn opens(&self, place: Place) -> bool {
        let all_of = |kind| self.reaches.iter().any(|reach| reach.without == 0 && reach.types.contains(kind));
        match place {
            Place::Home | Place::Record | Place::People => true,
            Place::WhoLooked | Place::Rights => all_of(ResourceType::AUDIT_EVENT),
            Place::Choices => all_of(ResourceType::CONSENT),
        }
    }

    /// What may be seen, where that is not everything.
    pub(crate) fn told(&self) -> Option<String> {
        let chosen = |reach: &&Reach| !PARTS.iter().all(|part| part.types().intersection(reach.types).is_empty());
        let parts: Vec<String> = self.reaches.iter().filter(chosen).map(Reach::told).collect();
        // Whether copies may be taken is no part of what may be seen.
        let sees_all = self.reaches.iter().any(|reach| Reach { copies: true, ..*reach }.is_whole());
        (!sees_all).then(|| parts.join("; and "))
    }
}
