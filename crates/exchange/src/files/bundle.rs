//! From a Bundle file to resources that can be stored one by one.
//!
//! Entries name each other by `fullUrl` (often `urn:uuid:...`). A resource without an id gets one from its fullUrl, so that
//! importing the same file again finds the same resources; every reference to a fullUrl of the Bundle becomes `Type/id`.

use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use std::borrow::Cow;
use std::collections::HashMap;

/// Why a Bundle cannot be imported.
#[derive(Debug, thiserror::Error)]
#[error("{element}: {what}")]
pub struct BundleError {
    /// The element, as a FHIRPath.
    pub element: String,
    /// What is wrong, as a sentence.
    pub what: String,
}

/// The resources of `bundle`, ready to be stored, each with its entry's number counted from 0.
///
/// # Errors
/// One for each entry that has no resource of a known type or no way to tell its id.
pub fn resources_of(mut bundle: Json<'_>) -> Vec<Result<Json<'static>, BundleError>> {
    let entries: Vec<Json<'static>> = match bundle.remove("entry") {
        Some(Json::Array(entries)) => entries.into_iter().map(Json::into_owned).collect(),
        Some(entry) => vec![entry.into_owned()],
        None => Vec::new(),
    };
    let mut names: HashMap<String, String> = HashMap::new();
    let mut found = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let full_url = entry.get("fullUrl").and_then(Json::text).map(str::to_owned);
        let identified = identify(index, &entry, full_url.as_deref());
        if let (Ok((name, _)), Some(full_url)) = (&identified, full_url) {
            names.insert(full_url, name.clone());
        }
        found.push(identified);
    }
    let resolve = |outcome: Result<(String, Json<'static>), BundleError>| {
        outcome.map(|(_, mut resource)| {
            record::point_references(&mut resource, &names);
            resource
        })
    };
    found.into_iter().map(resolve).collect()
}

fn identify(
    index: usize,
    entry: &Json<'static>,
    full_url: Option<&str>,
) -> Result<(String, Json<'static>), BundleError> {
    let wrong = |what: &str| BundleError { element: format!("Bundle.entry[{index}]"), what: what.to_owned() };
    let mut resource = entry.get("resource").cloned().ok_or_else(|| wrong("there is no resource in this entry"))?;
    let kind = resource.get("resourceType").and_then(Json::text).and_then(ResourceType::parse);
    let kind = kind.ok_or_else(|| wrong("resourceType is missing or not one of FHIR R4"))?;
    if let Some(id) = resource.get("id").and_then(Json::text) {
        return Ok((format!("{}/{id}", kind.name()), resource));
    }
    let last = full_url.and_then(|url| url.rsplit(['/', ':']).next());
    let id = last.and_then(|text| ResourceId::parse(text).ok()).ok_or_else(|| {
        wrong("the resource has no id and no fullUrl to take one from, so it could not be found again: give it an id")
    })?;
    if let Json::Object(members) = &mut resource {
        let after_type = members.iter().position(|(key, _)| key == "resourceType").map_or(0, |at| at + 1);
        members.insert(after_type, (Cow::Borrowed("id"), Json::Text(Cow::Owned(id.as_str().to_owned()))));
    }
    Ok((format!("{}/{}", kind.name(), id.as_str()), resource))
}
