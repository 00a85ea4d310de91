//! Batch and transaction: a Bundle of requests, answered by a Bundle of answers in the same order.
//!
//! What a transaction means is the record's business; here its answers get their status, location and version.

use super::answer::{instant, json};
use super::asked::{Asked, Returning, Wishes};
use super::bundle::{Bundle, Links};
use super::failure::{Failure, status};
use super::payload::BundleBody;
use super::subset::Subset;
use axum::http::StatusCode;
use axum::response::Response;
use fhir::Json;
use fhir::issue::{Issue, IssueCode, outcome};
use gate::Action;
use record::error::Refusal;
use record::{EntryAnswer, RecordError, Resource, Written};
use trust::TrustError;

/// `POST /`
pub(super) async fn bundle(asked: Asked, BundleBody(body): BundleBody) -> Result<Response, Failure> {
    let wishes = asked.wishes.clone();
    let task = move || answer_bundle(&asked, &body);
    let answer = trust::blocking(task).await.unwrap_or_else(|| Err(Failure::broken()))?;
    Ok(json(StatusCode::OK, &wishes, answer))
}

fn answer_bundle(asked: &Asked, body: &[u8]) -> Result<Vec<u8>, Failure> {
    let tree = fhir::json::parse(body)
        .map_err(|error| Failure { status: StatusCode::BAD_REQUEST, issues: vec![Issue::from(&error)] })?;
    let text = |name: &str| tree.get(name).and_then(Json::text);
    let permits = |action: Action| asked.permit(action).map_err(refused);
    let (kind, answers) = match (text("resourceType"), text("type")) {
        (Some("Bundle"), Some("transaction")) => ("transaction-response", asked.record().transaction(&permits, &tree)?),
        (Some("Bundle"), Some("batch")) => ("batch-response", asked.record().batch(&permits, &tree)?),
        _ => {
            let sentence =
                "Here a Bundle is taken whose type is `batch` or `transaction`. One resource goes to /fhir/Type.";
            return Err(Failure::bad_request(IssueCode::Value, sentence));
        }
    };
    let mut bundle = Bundle::plain(kind);
    // One after another they go over into the answer, so that nothing is held twice for long.
    for answer in answers {
        add(&mut bundle, &asked.wishes, &answer);
    }
    Ok(bundle.end())
}

fn refused(error: TrustError) -> RecordError {
    match error {
        TrustError::Denied(denied) => RecordError::new(Refusal::Forbidden, IssueCode::Forbidden, denied.to_string()),
        TrustError::Record(error) => error,
    }
}

fn add(bundle: &mut Bundle, wishes: &Wishes, answer: &EntryAnswer) {
    match answer {
        EntryAnswer::Written(done) => {
            let body = (wishes.returning == Returning::Representation).then_some(done.resource.body.as_slice());
            bundle.response(body, &written(wishes, done));
        }
        EntryAnswer::Read(resource) => {
            bundle.response(Some(&resource.body), &versioned("200 OK", resource));
        }
        EntryAnswer::Found(search, answer) => {
            let links = Links {
                path: search.kind.name(),
                parameters: &search.params,
                page: None,
                next: answer.next.as_deref(),
            };
            let found = Bundle::searchset(wishes, &links, &Subset::Whole, answer);
            bundle.response(Some(&found), &Json::from([("status", Json::from("200 OK"))]));
        }
        EntryAnswer::Deleted(deleted) => {
            let mut response = Json::from([("status", Json::from("204 No Content"))]);
            if let Some(deleted) = deleted {
                response.set("etag", Json::from(tag(deleted.version.number())));
            }
            bundle.response(None, &response);
        }
        EntryAnswer::Failed(error) => {
            let mut response = Json::from([("status", Json::from(status_line(status(error.refusal))))]);
            set_outcome(&mut response, &error.issues);
            bundle.response(None, &response);
        }
    }
}

fn written(wishes: &Wishes, done: &Written) -> Json<'static> {
    let resource = &done.resource;
    let mut response = versioned(if done.created { "201 Created" } else { "200 OK" }, resource);
    let url = wishes.url(resource.kind, &resource.id);
    response.set("location", Json::from(format!("{url}/_history/{}", resource.version.number())));
    if !done.warnings.is_empty() || wishes.returning == Returning::Outcome {
        set_outcome(&mut response, &done.warnings);
    }
    response
}

fn versioned(status: &'static str, resource: &Resource) -> Json<'static> {
    Json::from([
        ("status", Json::from(status)),
        ("etag", Json::from(tag(resource.version.number()))),
        ("lastModified", Json::from(instant(resource.updated_ms))),
    ])
}

fn set_outcome(response: &mut Json<'static>, issues: &[Issue]) {
    if let Ok(tree) = fhir::json::parse(&outcome(issues)) {
        response.set("outcome", tree.into_owned());
    }
}

fn tag(version: u32) -> String {
    format!("W/\"{version}\"")
}

fn status_line(status: StatusCode) -> String {
    status.to_string()
}
