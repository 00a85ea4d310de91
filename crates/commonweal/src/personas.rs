//! The personas of the demo locality: from what `synthetic` tells to whom one can sign in as.
//!
//! They are kept with the record, so that `serve --demo` and `token --as` find the same people later.

use anyhow::{Context, anyhow};
use fhir::{Reference, ResourceId};
use gate::{AgentId, Asker, Organisation, Role};
use record::Record;
use serde::{Deserialize, Serialize};
use std::path::Path;
use trust::{ActsFor, Persona};

const KIND: &str = "demo";
const KEY: &str = "personas";

/// A persona as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    name: String,
    title: String,
    about: String,
    role: String,
    organisation: Option<(String, String)>,
    acts_as: Vec<String>,
    patient: Option<String>,
    acts_for: Vec<(String, String)>,
}

/// Keeps the personas with the record.
pub fn keep(record: &Record, folder: &Path, personas: &[synthetic::Persona]) -> anyhow::Result<()> {
    let kept: Vec<Kept> = personas.iter().map(of_synthetic).collect();
    let bytes = serde_json::to_vec(&kept).context("while writing down the personas")?;
    std::fs::write(folder.join(FILE), &bytes).context("while writing down the personas")?;
    record.keep(KIND, KEY, &bytes, None).map_err(|error| anyhow!("{error}"))
}

/// The personas that are kept with the record; none outside a demo.
pub fn kept(record: &Record) -> anyhow::Result<Vec<Persona>> {
    let Some(bytes) = record.kept(KIND, KEY).map_err(|error| anyhow!("{error}"))? else { return Ok(Vec::new()) };
    understood(&bytes)
}

/// The file beside the record in which a running server's personas can be read.
const FILE: &str = "personas.json";

/// The personas of a record that another process has open.
pub fn beside(folder: &Path) -> anyhow::Result<Vec<Persona>> {
    let Ok(bytes) = std::fs::read(folder.join(FILE)) else { return Ok(Vec::new()) };
    understood(&bytes)
}

fn understood(bytes: &[u8]) -> anyhow::Result<Vec<Persona>> {
    let kept: Vec<Kept> = serde_json::from_slice(bytes).context("while reading the personas")?;
    kept.into_iter().map(Kept::persona).collect()
}

/// One line a persona, for the terminal.
pub fn told(personas: &[Persona]) -> Vec<String> {
    personas.iter().map(|one| format!("{:<16} {}: {}", one.id, one.asker.display, one.about)).collect()
}

fn of_synthetic(persona: &synthetic::Persona) -> Kept {
    let references = [&persona.organisation, &persona.practitioner, &persona.practitioner_role];
    Kept {
        id: persona.id.to_owned(),
        name: persona.name.clone(),
        title: persona.title.to_owned(),
        about: persona.about.clone(),
        role: persona.role.to_owned(),
        organisation: persona.organisation.clone().zip(persona.organisation_name.map(str::to_owned)),
        acts_as: references.into_iter().flatten().cloned().collect(),
        patient: persona.patient.clone(),
        acts_for: persona.acts_for.clone(),
    }
}

impl Kept {
    fn persona(self) -> anyhow::Result<Persona> {
        let wrong = || anyhow!("the kept persona {} is not understood", self.id);
        let role = Role::parse(&self.role).ok_or_else(wrong)?;
        let who =
            self.acts_as.iter().find(|reference| reference.starts_with("Practitioner/")).or(self.patient.as_ref());
        let who = who.and_then(|reference| AgentId::parse(reference)).ok_or_else(wrong)?;
        let mut asker = Asker::new(who, &self.name, role);
        if let Some((reference, name)) = &self.organisation {
            asker.organisation = Some(Organisation { id: id_of(reference).ok_or_else(wrong)?, name: name.clone() });
        }
        asker.acts_as.clone_from(&self.acts_as);
        asker.patient = self.patient.as_deref().and_then(id_of);
        let acts_for = self.acts_for.iter().map(|(reference, name)| {
            id_of(reference).map(|patient| ActsFor { patient, name: name.clone() }).ok_or_else(wrong)
        });
        let acts_for = acts_for.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Persona { id: self.id, title: self.title, about: self.about, asker, acts_for })
    }
}

fn id_of(reference: &str) -> Option<ResourceId> {
    match Reference::parse(reference).ok()? {
        Reference::Local { id, .. } => Some(id),
        _ => None,
    }
}
