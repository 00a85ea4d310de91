//! One resource: read, version read, update, patch, delete, and validation without storing.
//!
//! Reads are short and done in place; whatever waits for the disk is done on a thread of its own.

use super::answer::{self, deleted, written};
use super::asked::{Asked, id_of, kind_of};
use super::audit;
use super::failure::Failure;
use super::payload::{PatchBody, ResourceBody};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::Response;
use fhir::issue::{Issue, IssueCode, outcome};
use gate::Action;
use record::{Change, Version};

/// `GET /Type/id`
pub(super) async fn read(asked: Asked, Path((kind, id)): Path<(String, String)>) -> Result<Response, Failure> {
    let (kind, id) = (kind_of(&kind)?, id_of(&id)?);
    let subset = answer::subset_of(&asked.wishes.parameters, kind).map_err(wrong_parameters)?;
    let permit = asked.permit(Action::Read)?;
    if let Some(event) = audit::read(&asked, &permit, kind, &id)? {
        let mut body = Vec::with_capacity(event.len());
        subset.write(kind, &event, &mut body);
        return Ok(answer::json(StatusCode::OK, &asked.wishes, body));
    }
    let resource = asked.record().read(&permit, kind, &id)?;
    Ok(answer::one(&asked, &subset, &resource))
}

/// `GET /Type/id/_history/version`
pub(super) async fn vread(
    asked: Asked,
    Path((kind, id, version)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let (kind, id) = (kind_of(&kind)?, id_of(&id)?);
    let version = Version::parse(&version).ok_or_else(Failure::not_found)?;
    let subset = answer::subset_of(&asked.wishes.parameters, kind).map_err(wrong_parameters)?;
    let resource = asked.record().vread(&asked.permit(Action::Read)?, kind, &id, version)?;
    Ok(answer::one(&asked, &subset, &resource))
}

/// `PUT /Type/id`
pub(super) async fn update(
    asked: Asked,
    Path((kind, id)): Path<(String, String)>,
    ResourceBody(body): ResourceBody,
) -> Result<Response, Failure> {
    let (kind, id) = (kind_of(&kind)?, id_of(&id)?);
    refuse_if_none_match(&asked)?;
    let change = Change { if_match: asked.if_match()?, criteria: None };
    let done =
        asked.work(Action::Update, move |record, permit| Ok(record.update(permit, (kind, &id), &body, &change)?));
    Ok(written(&asked, &done.await?))
}

/// `PATCH /Type/id`
pub(super) async fn patch(
    asked: Asked,
    Path((kind, id)): Path<(String, String)>,
    PatchBody(body): PatchBody,
) -> Result<Response, Failure> {
    let (kind, id) = (kind_of(&kind)?, id_of(&id)?);
    let change = Change { if_match: asked.if_match()?, criteria: None };
    let done =
        asked.work(Action::Update, move |record, permit| Ok(record.patch(permit, (kind, &id), &body, &change)?));
    Ok(written(&asked, &done.await?))
}

/// `DELETE /Type/id`
pub(super) async fn delete(asked: Asked, Path((kind, id)): Path<(String, String)>) -> Result<Response, Failure> {
    let (kind, id) = (kind_of(&kind)?, id_of(&id)?);
    let if_match = asked.if_match()?;
    let done = asked.work(Action::Delete, move |record, permit| Ok(record.delete(permit, (kind, &id), if_match)?));
    Ok(deleted(&asked, Some(done.await?)))
}

/// `POST /Type/$validate`: what a create would say of the resource. Nothing is stored and no record is looked at.
pub(super) async fn validate(
    asked: Asked,
    Path(kind): Path<String>,
    ResourceBody(body): ResourceBody,
) -> Result<Response, Failure> {
    let kind = kind_of(&kind)?;
    // A large resource takes a while.
    let validated = trust::blocking(move || match fhir::json::parse(&body) {
        Err(error) => vec![Issue::from(&error)],
        Ok(tree) if tree.get("resourceType").and_then(fhir::Json::text) != Some(kind.name()) => {
            vec![Issue::error(IssueCode::Value, format!("The resource is not a {kind}, but the URL is for one."))]
        }
        Ok(tree) => fhir::validate(&tree),
    });
    let issues = validated.await.ok_or_else(Failure::broken)?;
    Ok(answer::json(StatusCode::OK, &asked.wishes, outcome(&issues)))
}

/// A condition that would be passed over is refused: the client relies on it.
pub(super) fn refuse_if_none_match(asked: &Asked) -> Result<(), Failure> {
    if asked.header(header::IF_NONE_MATCH).is_none() {
        return Ok(());
    }
    let sentence = "If-None-Match is only for reading. To create what is not there yet, POST with If-None-Exist.";
    Err(Failure::bad_request(IssueCode::NotSupported, sentence))
}

pub(super) fn wrong_parameters(issues: Vec<Issue>) -> Failure {
    Failure { status: StatusCode::BAD_REQUEST, issues }
}
