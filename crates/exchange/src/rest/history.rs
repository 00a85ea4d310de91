//! Histories: of one resource, of a type, of everything; newest first, in pages.

use super::answer::json;
use super::asked::{Asked, id_of, kind_of};
use super::bundle::{Bundle, Links, PAGE};
use super::failure::Failure;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use fhir::FhirDateTime;
use fhir::issue::IssueCode;
use fhir::search::COUNT_MAX;
use gate::Action;
use record::{COUNT_DEFAULT, History, HistoryQuestion};

/// `GET /Type/id/_history`
pub(super) async fn of_instance(asked: Asked, Path((kind, id)): Path<(String, String)>) -> Result<Response, Failure> {
    let (kind, id) = (kind_of(&kind)?, id_of(&id)?);
    let path = format!("{}/{}/_history", kind.name(), id.as_str());
    answer_history(asked, HistoryQuestion::Instance(kind, id), &path).await
}

/// `GET /Type/_history`
pub(super) async fn of_type(asked: Asked, Path(kind): Path<String>) -> Result<Response, Failure> {
    let kind = kind_of(&kind)?;
    answer_history(asked, HistoryQuestion::Type(kind), &format!("{}/_history", kind.name())).await
}

/// `GET /_history`
pub(super) async fn of_system(asked: Asked) -> Result<Response, Failure> {
    answer_history(asked, HistoryQuestion::System, "_history").await
}

async fn answer_history(asked: Asked, question: HistoryQuestion, path: &str) -> Result<Response, Failure> {
    let Wanted { since_ms, count, page, .. } = Wanted::read(&asked, &[])?;
    let history = History { question, since_ms, count, page: page.clone() };
    let found = asked.work(Action::History, move |record, permit| Ok(record.history(permit, &history)?)).await?;
    let parameters: Vec<_> = asked.wishes.parameters.iter().filter(|(name, _)| name != PAGE).cloned().collect();
    let links = Links { path, parameters: &parameters, page: page.as_deref(), next: found.next.as_deref() };
    let mut bundle = Bundle::begin("history", None, &asked.wishes, &links);
    found.entries.iter().for_each(|step| bundle.step(&asked.wishes, step));
    Ok(json(StatusCode::OK, &asked.wishes, bundle.end()))
}

/// The parameters that pages of histories and of whole records share.
pub(super) struct Wanted {
    pub(super) since_ms: Option<i64>,
    pub(super) count: u32,
    pub(super) page: Option<String>,
    /// Parameters that the caller reads itself.
    pub(super) others: Vec<(String, String)>,
}

impl Wanted {
    /// Reads `_since`, `_count` and `_page`; a parameter that is not among `known` is refused.
    pub(super) fn read(asked: &Asked, known: &[&str]) -> Result<Self, Failure> {
        let mut wanted = Self { since_ms: None, count: COUNT_DEFAULT, page: None, others: Vec::new() };
        let wrong = |sentence: String| Failure::bad_request(IssueCode::Value, sentence);
        for (name, value) in &asked.wishes.parameters {
            match name.as_str() {
                "_since" => {
                    let since = FhirDateTime::parse_search(&value.replace(' ', "+"));
                    let since =
                        since.map_err(|_| wrong("`_since` is a time such as `2026-05-31T09:00:00Z`.".to_owned()))?;
                    wanted.since_ms = Some(since.to_ms());
                }
                "_count" => {
                    let count = value.parse::<u32>().ok().filter(|count| *count > 0);
                    wanted.count =
                        count.ok_or_else(|| wrong("`_count` is a whole number from 1.".to_owned()))?.min(COUNT_MAX);
                }
                PAGE => wanted.page = Some(value.clone()),
                other if known.contains(&other) => wanted.others.push((name.clone(), value.clone())),
                other => {
                    let shown: String = other.chars().take(40).collect();
                    return Err(wrong(format!("`{shown}` is not known here; `_since` and `_count` are.")));
                }
            }
        }
        Ok(wanted)
    }
}
