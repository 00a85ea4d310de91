//! My record: what is held about me, in everyday words, with where it came from.
//!
//! One page lists the sections; each section is a page, newest first; a test has a page with its trend, a document a page
//! with its text; and the whole record can be taken away as a file. Nothing is left out in silence: "nothing recorded" and
//! "not shown online" are different sentences.
//!
//! | module | holds |
//! |---|---|
//! | [`sections`] | which sections there are and which resource types feed them |
//! | [`facts`] | one entry, read from a resource |
//! | [`results`] | tests: the latest value, what it means, the trend |
//! | [`documents`] | one document with its text |
//! | `pages` | the drawing |

pub mod documents;
pub mod facts;
mod pages;
pub mod results;
pub(crate) mod rules;
pub mod sections;

pub(crate) use pages::entry;
pub use rules::{Group, Overview, ResultsView, SectionView, Shown};
pub(crate) use rules::{is_ahead, trees};

use crate::visit::{Place, Visit, answer, answer_also_unproven};
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fhir::ResourceType;
use kit::PageError;
use kit::headers::{Privacy, secure};
use trust::{Guest, Routes, SignedIn};

/// The routes of my record.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/my/record", Guest::SignedIn, overview)
        .get("/my/record/download", Guest::SignedIn, download)
        .get("/my/record/results/{test}", Guest::SignedIn, test)
        .get("/my/record/documents/{id}", Guest::SignedIn, document)
        .get("/my/record/{section}", Guest::SignedIn, section)
}

async fn overview(signed_in: SignedIn) -> Response {
    answer(signed_in, move |visit| {
        let whose = visit.whose()?;
        let overview = rules::overview(visit)?;
        Ok(visit.page(Place::Record, &whose, "My record", pages::overview(&overview, &whose)))
    })
    .await
}

async fn section(signed_in: SignedIn, Path(slug): Path<String>) -> Response {
    let section = sections::Section::parse(&slug);
    let page = move |visit: &Visit| {
        let section = section.ok_or(PageError::NotFound)?;
        let whose = visit.whose()?;
        let content = if section == sections::Section::Results {
            pages::results(&rules::results(visit)?, &whose)
        } else {
            pages::section(&rules::section(visit, section)?, &whose)
        };
        Ok(visit.page(Place::Record, &whose, section.title(), content))
    };
    if section == Some(sections::Section::Appointments) {
        return answer_also_unproven(signed_in, page).await;
    }
    answer(signed_in, page).await
}

async fn test(signed_in: SignedIn, Path(slug): Path<String>) -> Response {
    answer(signed_in, move |visit| {
        let whose = visit.whose()?;
        let test = rules::test(visit, &slug)?.ok_or(PageError::NotFound)?;
        Ok(visit.page(Place::Record, &whose, "Test result", pages::test(&test)))
    })
    .await
}

async fn document(signed_in: SignedIn, Path(id): Path<String>) -> Response {
    answer(signed_in, move |visit| {
        let resource = visit.one(ResourceType::DOCUMENT_REFERENCE, &id)?;
        let tree = resource.tree().map_err(|error| visit.error(&error.into()))?;
        let document = documents::Document::of(&tree);
        let whose = visit.whose()?;
        Ok(visit.page(Place::Record, &whose, "Document", pages::document(&document)))
    })
    .await
}

/// The whole record as a FHIR Bundle to keep.
async fn download(signed_in: SignedIn) -> Response {
    answer(signed_in, move |visit| {
        let bundle = rules::everything(visit)?;
        let mut answer = bundle.into_response();
        secure(answer.headers_mut(), Privacy::Personal);
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
        headers
            .insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"my-record.json\""));
        Ok(answer)
    })
    .await
}
