//! Resources of a type: search by GET and POST, create, and the conditional forms of create, update and delete.

use super::answer::{deleted, json, written};
use super::asked::{Asked, kind_of};
use super::audit;
use super::bundle::{Bundle, Links, PAGE};
use super::failure::Failure;
use super::payload::{Form, ResourceBody};
use super::single::refuse_if_none_match;
use super::subset::Subset;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use fhir::issue::IssueCode;
use fhir::search::{Condition, Query, Test};
use fhir::{ResourceId, ResourceType};
use gate::Action;
use record::{Change, Question, Search, pairs};

/// Where a search looks.
pub(super) struct Place {
    pub(super) kind: ResourceType,
    pub(super) compartment: Option<(ResourceType, ResourceId)>,
}

/// `GET /Type?..`
pub(super) async fn search(asked: Asked, Path(kind): Path<String>) -> Result<Response, Failure> {
    let place = Place { kind: kind_of(&kind)?, compartment: None };
    let parameters = asked.wishes.parameters.clone();
    answer_search(&asked, place, parameters).await
}

/// `POST /Type/_search`: parameters in the form, and in the URL too.
pub(super) async fn search_form(asked: Asked, Path(kind): Path<String>, Form(form): Form) -> Result<Response, Failure> {
    let place = Place { kind: kind_of(&kind)?, compartment: None };
    answer_search(&asked, place, with_form(&asked, form)).await
}

/// The parameters of the URL, then those of the form.
pub(super) fn with_form(asked: &Asked, form: Vec<(String, String)>) -> Vec<(String, String)> {
    asked.wishes.parameters.iter().cloned().chain(form).collect()
}

/// Searches and frames what was found.
pub(super) async fn answer_search(
    asked: &Asked,
    place: Place,
    mut parameters: Vec<(String, String)>,
) -> Result<Response, Failure> {
    let page = parameters.iter().rfind(|(name, _)| name == PAGE).map(|(_, token)| token.clone());
    parameters.retain(|(name, _)| name != PAGE);
    own_references(&asked.wishes.base, &mut parameters);
    let path = match &place.compartment {
        None => place.kind.name().to_owned(),
        Some((owner, id)) => format!("{}/{}/{}", owner.name(), id.as_str(), place.kind.name()),
    };
    let Place { kind, compartment } = place;
    let search = Search { kind, params: parameters, handling: asked.wishes.handling, compartment, page: page.clone() };
    let question = Question::read(search)?;
    let subset = Subset::of(question.query().summary, &question.query().elements);
    let used = question.used().to_vec();
    let frame = |next: Option<&str>, fill: &dyn Fn(&Links<'_>) -> Vec<u8>| {
        let links = Links { path: &path, parameters: &used, page: page.as_deref(), next };
        json(StatusCode::OK, &asked.wishes, fill(&links))
    };
    if let Some(patient) = audit::whose_log(&question) {
        let found = audit::search(asked, question, patient, page.as_deref()).await?;
        return Ok(frame(found.next.as_deref(), &|links| audit::framed(&asked.wishes, links, &subset, &found)));
    }
    let answer = if is_about_one(question.query()) {
        asked.record().answer(&asked.permit(Action::Search)?, &question)?
    } else {
        asked.work(Action::Search, move |record, permit| Ok(record.answer(permit, &question)?)).await?
    };
    Ok(frame(answer.next.as_deref(), &|links| Bundle::searchset(&asked.wishes, links, &subset, &answer)))
}

/// Whether a search looks at one person's entries, or at few by their names: it is over before a thread of its own would have
/// begun, which costs more than the search itself.
fn is_about_one(query: &Query) -> bool {
    let narrows = |condition: &Condition| match condition {
        Condition::Id(_) | Condition::Compartment { .. } => true,
        Condition::Any { param, tests } => {
            let code = fhir::search::by_id(*param).map(|param| param.code);
            matches!(code, Some("patient" | "subject"))
                && tests.iter().all(|test| matches!(test, Test::Reference { .. }))
        }
        _ => false,
    };
    let reaches_far = |condition: &Condition| {
        matches!(condition, Condition::Chain { .. } | Condition::Has { .. } | Condition::AnyOf(_))
    };
    let conditions = &query.conditions;
    conditions.iter().any(narrows) && !conditions.iter().any(reaches_far)
}

/// `http://this.server/fhir/Patient/1` in a value is `Patient/1`: the record knows no addresses.
fn own_references(base: &str, parameters: &mut [(String, String)]) {
    for (_, value) in parameters.iter_mut().filter(|(_, value)| value.contains(base)) {
        let own =
            |part: &str| part.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')).unwrap_or(part).to_owned();
        *value = value.split(',').map(own).collect::<Vec<_>>().join(",");
    }
}

/// `POST /Type`, only when nothing matches If-None-Exist where that is said.
pub(super) async fn create(
    asked: Asked,
    Path(kind): Path<String>,
    ResourceBody(body): ResourceBody,
) -> Result<Response, Failure> {
    let kind = kind_of(&kind)?;
    refuse_if_none_match(&asked)?;
    let criteria = asked.header("if-none-exist").map(|text| {
        let mut criteria = pairs(text.trim_start_matches('?'));
        own_references(&asked.wishes.base, &mut criteria);
        criteria
    });
    let change = Change { if_match: None, criteria };
    let done = asked.work(Action::Create, move |record, permit| Ok(record.create(permit, kind, &body, change)?));
    Ok(written(&asked, &done.await?))
}

/// `PUT /Type?criteria`
pub(super) async fn update(
    asked: Asked,
    Path(kind): Path<String>,
    ResourceBody(body): ResourceBody,
) -> Result<Response, Failure> {
    let kind = kind_of(&kind)?;
    let change = Change { if_match: asked.if_match()?, criteria: Some(criteria(&asked)?) };
    let done =
        asked.work(Action::Update, move |record, permit| Ok(record.conditional_update(permit, kind, &body, change)?));
    Ok(written(&asked, &done.await?))
}

/// `DELETE /Type?criteria`
pub(super) async fn delete(asked: Asked, Path(kind): Path<String>) -> Result<Response, Failure> {
    let kind = kind_of(&kind)?;
    let criteria = criteria(&asked)?;
    let done = asked.work(Action::Delete, move |record, permit| Ok(record.conditional_delete(permit, kind, criteria)?));
    Ok(deleted(&asked, done.await?))
}

fn criteria(asked: &Asked) -> Result<Vec<(String, String)>, Failure> {
    let mut criteria = asked.wishes.parameters.clone();
    own_references(&asked.wishes.base, &mut criteria);
    if criteria.is_empty() {
        let sentence = "Say which resource: put its id in the path, or search parameters after `?`.";
        return Err(Failure::new(StatusCode::PRECONDITION_FAILED, IssueCode::Required, sentence));
    }
    Ok(criteria)
}
