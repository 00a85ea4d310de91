//! All of one person: `$everything`, and searches inside a compartment (`Patient/1/Observation`, `Patient/1/*`).

use super::answer::json;
use super::asked::{Asked, id_of, kind_of};
use super::bundle::{Bundle, Links, PAGE};
use super::failure::Failure;
use super::history::Wanted;
use super::many::{Place, answer_search, with_form};
use super::payload::Form;
use super::subset::Subset;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use fhir::issue::IssueCode;
use fhir::search::compartment_params;
use fhir::{ResourceId, ResourceType};
use gate::Action;
use record::{Answer, Everything};

/// `GET /Patient/id/$everything`
pub(super) async fn everything(asked: Asked, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_of(&id)?;
    let path = format!("Patient/{}/$everything", id.as_str());
    answer_everything(&asked, id, &path, |answer| answer).await
}

/// `GET /Type/id/Type?..`, `GET /Patient/id/*`
pub(super) async fn compartment(
    asked: Asked,
    Path((owner, id, inner)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let (owner, id) = (kind_of(&owner)?, id_of(&id)?);
    if inner == "*" && owner == ResourceType::PATIENT {
        let path = format!("Patient/{}/*", id.as_str());
        return answer_everything(&asked, id, &path, without_includes).await;
    }
    let place = place(owner, id, &inner)?;
    let parameters = asked.wishes.parameters.clone();
    answer_search(&asked, place, parameters).await
}

/// `POST /Type/id/Type/_search`
pub(super) async fn compartment_form(
    asked: Asked,
    Path((owner, id, inner)): Path<(String, String, String)>,
    Form(form): Form,
) -> Result<Response, Failure> {
    let place = place(kind_of(&owner)?, id_of(&id)?, &inner)?;
    answer_search(&asked, place, with_form(&asked, form)).await
}

fn place(owner: ResourceType, id: ResourceId, inner: &str) -> Result<Place, Failure> {
    if inner.starts_with('$') {
        let shown: String = inner.chars().take(40).collect();
        let sentence = format!("{owner} has no operation `{shown}`. Patient has `$everything`.");
        return Err(Failure::new(StatusCode::NOT_FOUND, IssueCode::NotSupported, sentence));
    }
    if !ResourceType::all().any(|kind| !compartment_params(owner, kind).is_empty()) {
        let sentence =
            format!("{owner} has no compartment. Patient, Encounter, Practitioner, RelatedPerson and Device have.");
        return Err(Failure::new(StatusCode::NOT_FOUND, IssueCode::NotSupported, sentence));
    }
    Ok(Place { kind: kind_of(inner)?, compartment: Some((owner, id)) })
}

/// What others' records and directories hold is no part of the compartment.
fn without_includes(answer: Answer) -> Answer {
    Answer { includes: Vec::new(), ..answer }
}

async fn answer_everything(
    asked: &Asked,
    patient: ResourceId,
    path: &str,
    narrow: fn(Answer) -> Answer,
) -> Result<Response, Failure> {
    let Wanted { since_ms, count, page, others } = Wanted::read(asked, &["_type"])?;
    let names = others.iter().flat_map(|(_, names)| names.split(',')).filter(|name| !name.is_empty());
    let kinds = names.map(kind_of).collect::<Result<Vec<_>, _>>()?;
    let question = Everything { patient, since_ms, kinds, count, page: page.clone() };
    let found = asked.work(Action::Search, move |record, permit| Ok(record.everything(permit, &question)?));
    let answer = narrow(found.await?);
    let parameters: Vec<_> = asked.wishes.parameters.iter().filter(|(name, _)| name != PAGE).cloned().collect();
    let links = Links { path, parameters: &parameters, page: page.as_deref(), next: answer.next.as_deref() };
    Ok(json(StatusCode::OK, &asked.wishes, Bundle::searchset(&asked.wishes, &links, &Subset::Whole, &answer)))
}
