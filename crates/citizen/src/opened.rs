//! How much of the record that is open may be seen: one's own as a whole, that of another as far as her grants reach.
//!
//! Pages ask here before they say that nothing is recorded, before they offer a way, and for the words in which a grant is told.
//! It keeps nothing back itself: the record does.

use crate::visit::Place;
use fhir::ResourceType;
use gate::DataKind;
use gate::consent::{Reach, sensitive};

/// The kinds of data that a grant can be limited to, in the order of the form.
pub(crate) const PARTS: &[DataKind] = &[
    DataKind::Appointments,
    DataKind::Medicines,
    DataKind::Alerts,
    DataKind::Problems,
    DataKind::Results,
    DataKind::Contacts,
    DataKind::Documents,
    DataKind::Plans,
    DataKind::Requests,
    DataKind::Clinical,
    DataKind::Audit,
];

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
        let parts: Vec<String> = self.reaches.iter().filter(chosen).map(told).collect();
        (!self.is_whole()).then(|| parts.join("; and "))
    }
}

/// How far a grant reaches, in words.
pub(crate) fn told(reach: &Reach) -> String {
    // The log could tell of what is left out.
    let opened: Vec<DataKind> =
        PARTS.iter().copied().filter(|part| *part != DataKind::Audit || reach.without == 0).collect();
    let all = |part: &&DataKind| part.types().intersection(reach.types) == part.types();
    let some = |part: &&DataKind| !all(part) && !part.types().intersection(reach.types).is_empty();
    let mut parts: Vec<String> = opened.iter().filter(all).map(|part| part.phrase().to_owned()).collect();
    parts.extend(opened.iter().filter(some).map(|part| format!("some {}", part.phrase())));
    let is_everything = opened.iter().all(|part| all(&part));
    let what = if is_everything { "the whole record".to_owned() } else { parts.join(", ") };
    match reach.without {
        0 => what,
        left if left == sensitive() => format!("{what}, but nothing that is marked as sensitive"),
        _ => format!("{what}, but not all that is marked as sensitive"),
    }
}
