//! Which organisation holds an entry: from its performer, custodian or encounter, else from the system that it came from.
//!
//! Names come from what was read anyway - organisations in the answer and the words beside references. An entry whose source cannot be
//! named says so; it is never left blank.

use std::collections::HashMap;

use fhir::json::Json;

use crate::tree;

/// Members that may name the organisation, the most telling first.
const NAMED_IN: [&str; 11] = [
    "performer",
    "custodian",
    "serviceProvider",
    "managingOrganization",
    "requester",
    "recorder",
    "asserter",
    "informationSource",
    "author",
    "actor",
    "participant",
];

/// What is known of organisations.
#[derive(Debug, Default)]
pub struct Sources {
    by_reference: HashMap<String, String>,
    by_ods: HashMap<String, String>,
    by_encounter: HashMap<String, String>,
}

impl Sources {
    /// Learns from everything that was read.
    #[must_use]
    pub fn of<'t, 'j: 't>(resources: impl Iterator<Item = &'t Json<'j>> + Clone) -> Self {
        let mut sources = Self::default();
        for resource in resources.clone() {
            sources.learn(resource);
        }
        for encounter in resources.filter(|resource| tree::is(resource, "resourceType", &["Encounter"])) {
            if let (Some(id), Some(name)) = (tree::text(encounter, "id"), sources.provider(encounter)) {
                sources.by_encounter.insert(format!("Encounter/{id}"), name);
            }
        }
        sources
    }

    fn learn(&mut self, resource: &Json<'_>) {
        if tree::is(resource, "resourceType", &["Organization"])
            && let (Some(id), Some(name)) = (tree::text(resource, "id"), tree::text(resource, "name"))
        {
            for identifier in resource.get("identifier").map(Json::items).unwrap_or_default() {
                if let Some(ods) = tree::text(identifier, "value") {
                    self.by_ods.insert(ods, name.clone());
                }
            }
            self.by_reference.insert(format!("Organization/{id}"), name);
        }
        for key in NAMED_IN.into_iter().chain(["generalPractitioner"]) {
            for reference in references(resource, key) {
                self.learn_reference(reference);
            }
        }
    }

    fn learn_reference(&mut self, reference: &Json<'_>) {
        let Some(target) = tree::text(reference, "reference").filter(|target| target.starts_with("Organization/"))
        else {
            return;
        };
        let Some(name) = tree::text(reference, "display") else { return };
        if let Some(ods) = tree::text_at(reference, &["identifier", "value"]) {
            self.by_ods.entry(ods).or_insert_with(|| name.clone());
        }
        self.by_reference.entry(target).or_insert(name);
    }

    fn named(&self, reference: &Json<'_>) -> Option<String> {
        let target = tree::text(reference, "reference").filter(|target| target.starts_with("Organization/"))?;
        self.by_reference.get(&target).cloned()
    }

    fn provider(&self, encounter: &Json<'_>) -> Option<String> {
        encounter.get("serviceProvider").and_then(|provider| self.named(provider))
    }

    /// The name of the organisation that holds an entry.
    #[must_use]
    pub fn name(&self, resource: &Json<'_>) -> String {
        let named =
            || NAMED_IN.iter().flat_map(|key| references(resource, key)).find_map(|reference| self.named(reference));
        let encounter = || {
            let target = tree::text_at(resource, &["encounter", "reference"])
                .or_else(|| tree::text_at(resource, &["context", "encounter", "reference"]))
                .or_else(|| tree::text_at(resource, &["context", "reference"]))?;
            self.by_encounter.get(&target).cloned()
        };
        named().or_else(encounter).or_else(|| self.system(resource)).unwrap_or_else(|| author(resource))
    }

    /// The organisation whose system sent the entry.
    fn system(&self, resource: &Json<'_>) -> Option<String> {
        let code = code(resource)?;
        Some(self.by_ods.get(&code).cloned().unwrap_or_else(|| format!("Organisation {code}")))
    }
}

/// The code of the organisation whose system sent the entry: the last part of `meta.source`.
#[must_use]
pub fn code(resource: &Json<'_>) -> Option<String> {
    let source = tree::text_at(resource, &["meta", "source"])?;
    let code = source.rsplit(['/', ':']).next().unwrap_or(&source).split('#').next().unwrap_or_default();
    (!code.is_empty()).then(|| code.to_owned())
}

/// The references under a member, whether it holds them itself or in an `actor`, `individual` or `member` of its items.
fn references<'t, 'j>(resource: &'t Json<'j>, key: &str) -> impl Iterator<Item = &'t Json<'j>> {
    let items = resource.get(key).map(Json::items).unwrap_or_default();
    items.iter().map(|item| item.get("actor").or_else(|| item.get("individual")).unwrap_or(item))
}

/// The person who wrote it, where no organisation is named.
fn author(resource: &Json<'_>) -> String {
    let names = NAMED_IN.iter().flat_map(|key| references(resource, key));
    let not_the_patient = |reference: &&Json<'_>| {
        !tree::text(reference, "reference").is_some_and(|target| target.starts_with("Patient/"))
    };
    let named = names.filter(not_the_patient).find_map(|reference| tree::text(reference, "display"));
    named.unwrap_or_else(|| "Source not recorded".into())
}
