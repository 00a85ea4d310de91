//! An asker as it is kept with the record, with a token or a session.
//!
//! Names and organisation are kept as they were, for the log. Rights are not kept: relationships, grants and choices are looked up
//! at each request under the references that are kept here.

use fhir::ResourceId;
use gate::{AgentId, Asker, Organisation, Role};
use serde::{Deserialize, Serialize};

/// Who somebody is, without scopes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptAsker {
    who: String,
    name: String,
    role: String,
    organisation: Option<(String, String)>,
    patient: Option<String>,
    acts_as: Vec<String>,
}

impl KeptAsker {
    /// What is kept of an asker.
    pub(crate) fn of(asker: &Asker) -> KeptAsker {
        KeptAsker {
            who: asker.who.as_str().to_owned(),
            name: asker.display.clone(),
            role: asker.role.name().to_owned(),
            organisation: asker.organisation.as_ref().map(|one| (one.id.as_str().to_owned(), one.name.clone())),
            patient: asker.patient.as_ref().map(|id| id.as_str().to_owned()),
            acts_as: asker.acts_as.clone(),
        }
    }

    /// The asker; none when a role or id is not understood any more.
    pub(crate) fn asker(self) -> Option<Asker> {
        let organisation = match self.organisation {
            Some((id, name)) => Some(Organisation { id: ResourceId::parse(&id).ok()?, name }),
            None => None,
        };
        let patient = match self.patient {
            Some(id) => Some(ResourceId::parse(&id).ok()?),
            None => None,
        };
        let (who, role) = (AgentId::parse(&self.who)?, Role::parse(&self.role)?);
        Some(Asker { organisation, patient, acts_as: self.acts_as, ..Asker::new(who, &self.name, role) })
    }
}
