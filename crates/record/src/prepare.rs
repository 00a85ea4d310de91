//! From the bytes of a resource to what the store keeps.
//!
//! One parse serves everything: validation, labels, care relationships, the patients it is about, and every search value. It
//! runs outside the store's writer, on as many cores as there are.

use crate::error::{RecordError, Refusal};
use crate::relations;
use fhir::issue::{Issue, IssueCode};
use fhir::json::Json;
use fhir::search::{ParamId, Target, Value};
use fhir::{Reference, ResourceId, ResourceType};
use store::{Labels, Prepared};

/// Largest resource that is taken, in bytes. A larger one is a mistake, or belongs in a Binary kept elsewhere.
pub const RESOURCE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Parses one resource; the refusal names the place in the text.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json<'_>, RecordError> {
    if bytes.len() > RESOURCE_BYTES_MAX {
        let sentence = format!("The resource has {} bytes; at most {RESOURCE_BYTES_MAX} are taken.", bytes.len());
        return Err(RecordError::new(Refusal::TooLarge, IssueCode::TooLong, sentence));
    }
    fhir::json::parse(bytes).map_err(|error| RecordError::bad_request(IssueCode::Structure, error.to_string()))
}

/// The type that a resource says it is.
pub(crate) fn kind_of(resource: &Json<'_>) -> Result<ResourceType, RecordError> {
    let name = resource.get("resourceType").and_then(Json::text);
    let known = name.and_then(ResourceType::parse);
    known.ok_or_else(|| {
        let sentence = match name {
            Some(name) => format!("`{name}` is not a resource type of FHIR R4."),
            None => "`resourceType` is missing: it must come as a text, for example \"Patient\".".to_owned(),
        };
        RecordError::bad_request(IssueCode::Structure, sentence)
    })
}

/// What is done about findings of the validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Anything that breaks FHIR R4 is refused.
    Strict,
    /// Records of other systems are kept as they are, findings and all; only what is not safe to show is refused.
    Faithful,
}

/// Checks `resource` as `strictness` asks, and works out what the store keeps of it; gives the findings that it was kept with.
pub(crate) fn prepare_found(
    kind: ResourceType,
    id: ResourceId,
    resource: &Json<'_>,
    strictness: Strictness,
) -> Result<(Prepared, Vec<Issue>), RecordError> {
    let mut issues = fhir::validate(resource);
    let refuses = |issue: &Issue| issue.is_error() && (strictness == Strictness::Strict || is_unsafe(issue));
    if issues.iter().any(refuses) {
        return Err(RecordError::of(Refusal::Unprocessable, issues));
    }
    issues.retain(Issue::is_error);
    Ok((index(kind, id, resource)?, issues))
}

/// Narrative is shown in browsers: what is wrong in it is never let in.
fn is_unsafe(issue: &Issue) -> bool {
    issue.expression.as_deref().is_some_and(|place| place.ends_with("text.div"))
}

/// Checks `resource` and works out what the store keeps of it, under `id`.
pub(crate) fn prepare(kind: ResourceType, id: ResourceId, resource: &Json<'_>) -> Result<Prepared, RecordError> {
    prepare_found(kind, id, resource, Strictness::Strict).map(|(prepared, _)| prepared)
}

/// What the store keeps of a resource that has been checked.
fn index(kind: ResourceType, id: ResourceId, resource: &Json<'_>) -> Result<Prepared, RecordError> {
    let entries = fhir::search::extract(kind, resource);
    let whose = whose(kind);
    let by_param = entries.iter().filter(|entry| whose.contains(&entry.param)).filter_map(|entry| match &entry.value {
        Value::Reference(Target::Local(ResourceType::PATIENT, patient)) => Some(patient.clone()),
        _ => None,
    });
    let mut subjects: Vec<ResourceId> = Vec::new();
    for patient in by_param.chain(security_context(resource)) {
        if !subjects.contains(&patient) {
            subjects.push(patient);
        }
    }
    let labels = Labels::from_bits(gate::labels_of(resource));
    let prepared = Prepared::new(id, resource, &entries, subjects).ok_or_else(crate::read::damaged)?;
    Ok(prepared.labelled(labels, relations::of(kind, resource)))
}

/// The parameters that say whose record a resource of this type is in: those of R4's patient compartment. Where that knows the
/// type not (a Task, a Device), the ones that name a patient or subject: what is about a person is in her record.
fn whose(kind: ResourceType) -> Vec<ParamId> {
    let compartment = fhir::search::patient_params(kind);
    if !compartment.is_empty() || kind == ResourceType::PATIENT {
        return compartment.to_vec();
    }
    ["patient", "subject"].iter().filter_map(|code| fhir::search::param(kind, code)).map(|param| param.id).collect()
}

/// The person whose record a Binary belongs to, by `securityContext` (R4, Binary: access is as to what it names).
fn security_context(resource: &Json<'_>) -> Option<ResourceId> {
    let reference = resource.at(&["securityContext", "reference"]).and_then(Json::text)?;
    match Reference::parse(reference).ok()? {
        Reference::Local { kind: ResourceType::PATIENT, id, .. } => Some(id),
        _ => None,
    }
}

/// The references of a prepared resource to local resources, for the check that they are there.
pub(crate) fn targets(kind: ResourceType, resource: &Json<'_>) -> Vec<(ResourceType, ResourceId)> {
    let mut found = Vec::new();
    for entry in fhir::search::extract(kind, resource) {
        if let Value::Reference(Target::Local(kind, id)) = entry.value
            && !found.contains(&(kind, id.clone()))
        {
            found.push((kind, id));
        }
    }
    found
}

/// The id that a resource carries, if it is one.
pub(crate) fn id_of(resource: &Json<'_>) -> Result<Option<ResourceId>, RecordError> {
    let Some(value) = resource.get("id") else { return Ok(None) };
    let id = value.text().and_then(|text| ResourceId::parse(text).ok());
    id.map(Some).ok_or_else(|| {
        let sentence = "An id has 1 to 64 letters, digits, hyphens or dots.";
        let issue = Issue::error(IssueCode::Value, sentence).at(format!("{}.id", kind_name(resource)));
        RecordError::of(Refusal::BadRequest, vec![issue])
    })
}

fn kind_name<'a>(resource: &'a Json<'_>) -> &'a str {
    resource.get("resourceType").and_then(Json::text).unwrap_or("Resource")
}
