//! One document of a record, as text.
//!
//! The document is read first, under the reader's own permit: one that is hidden, unknown, made in error or about somebody else is
//! a page that does not exist, and nothing else of the person is read for it. What of it can be shown is decided in
//! [`kit::document`]: its bytes never reach the browser as they came.

use axum::extract::Path;
use axum::response::Response;
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use jiff::civil::Date;
use kit::document::DocumentText;
use kit::{Page, PageError, html};
use record::RecordError;
use trust::SignedIn;

use super::pages::{back_to_record, page, what_this_is, with_warnings};
use super::{Dated, Heading, Summary, entries, gather};
use crate::find::pages::today;
use crate::tree;

/// A document that was opened.
pub struct Opened {
    /// Its title.
    pub title: String,
    /// Under which heading it stands.
    pub heading: Heading,
    /// Its date, source and state.
    pub dated: Dated,
    /// What stands in it.
    pub text: DocumentText,
}

/// `GET /care/people/{id}/documents/{document}`
pub async fn show(reader: SignedIn, Path((id, document)): Path<(String, String)>) -> Response {
    let site = reader.trust.site();
    match open(&reader, &id, &document).await {
        Ok((summary, opened)) => {
            crate::in_area(document_page(&summary, &opened, today(&reader)), &reader).respond(site)
        }
        Err(error) => error.respond(site),
    }
}

async fn open(reader: &SignedIn, id: &str, document: &str) -> Result<(Summary, Opened), PageError> {
    let (id, document) = (crate::resource_id(id)?, crate::resource_id(document)?);
    let permits = crate::permits(reader, &id)?;
    crate::ask(reader, move |record| {
        let resource = record.read(&permits.read, ResourceType::DOCUMENT_REFERENCE, &document)?;
        let tree = resource.tree()?;
        if entries::is_error(&tree) || !is_about(&tree, &id) {
            return Err(RecordError::not_found());
        }
        let gathered = gather::read(record, &permits, &id, &with_warnings(Heading::Documents))?;
        let summary = gathered.summary(&permits.search, record.now_ms())?;
        Ok((summary, Opened::of(&tree, gathered.document(&tree)?)))
    })
    .await
}

fn is_about(tree: &Json<'_>, id: &ResourceId) -> bool {
    let subject = tree::text_at(tree, &["subject", "reference"]);
    subject.is_some_and(|subject| subject.strip_prefix("Patient/") == Some(id.as_str()))
}

impl Opened {
    /// A DocumentReference with its entry.
    #[must_use]
    pub fn of(tree: &Json<'_>, dated: Dated) -> Self {
        let title = entries::document_title(tree).unwrap_or_else(|| "Document".into());
        let attachment = |member| tree.at(&["content", "attachment", member]).and_then(Json::text);
        let text = DocumentText::of(attachment("contentType"), attachment("data"), &title);
        let heading = if entries::is_plan_document(tree) { Heading::Plans } else { Heading::Documents };
        Self { title, heading, dated, text }
    }
}

/// The page of a document.
#[must_use]
pub fn document_page(summary: &Summary, opened: &Opened, today: Date) -> Page {
    let entry = &opened.dated.entry;
    let holder = if entry.source.is_empty() { "the organisation that wrote it" } else { entry.source.as_str() };
    let content = html! {
        h1 class="nhsuk-heading-l" { (opened.title) }
        (what_this_is(summary))
        p class="cw-entry__source" { (entry.when) " \u{b7} " (holder) }
        @if let Some(flag) = &entry.flag { p { strong class="cw-entry__flag" { (flag) } } }
        @for detail in &entry.details { p { (detail) } }
        div class="nhsuk-u-reading-width" {
            @if let Some(kind) = &opened.text.not_shown {
                p { "This document is a file of the kind " (kind) ". It cannot be shown on this page; " (holder) " can send it." }
            }
            (opened.text)
        }
    };
    let page = page(summary, today, &opened.title, content);
    Page { way_back: back_to_record(summary, Some(opened.heading)), ..page }
}
