//! Bundles, put together by writing the stored bytes one after another.
//!
//! Nothing is parsed and nothing is built up as a tree: the frame is written round what the record gave out.

use super::answer::instant;
use super::asked::{Wishes, query_of};
use super::subset::Subset;
use fhir::issue::{Issue, outcome};
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use record::{Answer, HistoryEntry, Resource};

/// The parameter that carries the token of a page.
pub(super) const PAGE: &str = "_page";

/// A Bundle that is being written.
pub(super) struct Bundle {
    out: Vec<u8>,
    entries: usize,
}

/// Where a Bundle came from and where it goes on.
pub(super) struct Links<'l> {
    /// The path below `/fhir`.
    pub(super) path: &'l str,
    /// The parameters that counted.
    pub(super) parameters: &'l [(String, String)],
    /// The token of this page.
    pub(super) page: Option<&'l str>,
    /// The token of the next.
    pub(super) next: Option<&'l str>,
}

/// A resource as an entry needs it.
#[derive(Clone, Copy)]
pub(super) struct Body<'r> {
    pub(super) kind: ResourceType,
    pub(super) id: &'r ResourceId,
    pub(super) bytes: &'r [u8],
}

impl<'r> Body<'r> {
    fn of(resource: &'r Resource) -> Self {
        Self { kind: resource.kind, id: &resource.id, bytes: &resource.body }
    }
}

impl Bundle {
    /// Begins a Bundle of a type, with its links.
    pub(super) fn begin(kind: &str, total: Option<u64>, wishes: &Wishes, links: &Links<'_>) -> Self {
        let mut bundle = Self::plain(kind);
        if let Some(total) = total {
            bundle.text(&format!(",\"total\":{total}"));
        }
        bundle.text(",\"link\":[");
        bundle.link("self", &links.url(wishes, links.page));
        if let Some(next) = links.next {
            bundle.text(",");
            bundle.link("next", &links.url(wishes, Some(next)));
        }
        bundle.text("]");
        bundle
    }

    /// Begins a Bundle of a type, without links.
    pub(super) fn plain(kind: &str) -> Self {
        let mut bundle = Self { out: Vec::with_capacity(16 * 1024), entries: 0 };
        bundle.text(&format!("{{\"resourceType\":\"Bundle\",\"type\":\"{kind}\""));
        bundle
    }

    /// The answer to a search: matches, what was included with them, and what was passed over.
    pub(super) fn searchset(wishes: &Wishes, links: &Links<'_>, subset: &Subset, answer: &Answer) -> Vec<u8> {
        let mut bundle = Self::begin("searchset", answer.total, wishes, links);
        for resource in &answer.matches {
            bundle.found(wishes, subset, Body::of(resource), "match");
        }
        for resource in &answer.includes {
            bundle.found(wishes, &Subset::Whole, Body::of(resource), "include");
        }
        if !answer.warnings.is_empty() {
            bundle.outcome(&answer.warnings);
        }
        bundle.end()
    }

    /// An entry with a resource that was found.
    pub(super) fn found(&mut self, wishes: &Wishes, subset: &Subset, resource: Body<'_>, mode: &str) {
        let Body { kind, id, bytes } = resource;
        self.open();
        self.full_url(&wishes.url(kind, id));
        self.text(",\"resource\":");
        subset.write(kind, bytes, &mut self.out);
        self.text(&format!(",\"search\":{{\"mode\":\"{mode}\"}}"));
        self.close();
    }

    /// An entry with a step of a history.
    pub(super) fn step(&mut self, wishes: &Wishes, step: &HistoryEntry) {
        let name = format!("{}/{}", step.kind.name(), step.id.as_str());
        // A deleted resource comes back only by a PUT to its id, so that whatever follows version 1 was a PUT or a DELETE.
        let (method, url, status) = match (&step.body, step.version.number()) {
            (None, _) => ("DELETE", name.as_str(), "204 No Content"),
            (Some(_), 1) => ("POST", step.kind.name(), "201 Created"),
            (Some(_), _) => ("PUT", name.as_str(), "200 OK"),
        };
        self.open();
        self.full_url(&wishes.url(step.kind, &step.id));
        if let Some(body) = &step.body {
            self.text(",\"resource\":");
            self.out.extend_from_slice(body);
        }
        self.text(&format!(",\"request\":{{\"method\":\"{method}\",\"url\":\"{url}\"}}"));
        let (version, at) = (step.version.number(), instant(step.updated_ms));
        self.text(&format!(
            ",\"response\":{{\"status\":\"{status}\",\"etag\":\"W/\\\"{version}\\\"\",\"lastModified\":\"{at}\"}}"
        ));
        self.close();
    }

    /// An entry with the answer to one request of a batch or transaction.
    pub(super) fn response(&mut self, resource: Option<&[u8]>, response: &Json<'_>) {
        self.open();
        if let Some(resource) = resource {
            self.text("\"resource\":");
            self.out.extend_from_slice(resource);
            self.text(",");
        }
        self.text("\"response\":");
        response.write(&mut self.out);
        self.close();
    }

    fn outcome(&mut self, issues: &[Issue]) {
        self.open();
        self.text("\"resource\":");
        self.out.extend_from_slice(&outcome(issues));
        self.text(",\"search\":{\"mode\":\"outcome\"}");
        self.close();
    }

    /// The bytes.
    pub(super) fn end(mut self) -> Vec<u8> {
        if self.entries > 0 {
            self.text("]");
        }
        self.text("}");
        self.out
    }

    fn open(&mut self) {
        self.text(if self.entries == 0 { ",\"entry\":[{" } else { ",{" });
        self.entries += 1;
    }

    fn close(&mut self) {
        self.text("}");
    }

    fn full_url(&mut self, url: &str) {
        self.text("\"fullUrl\":");
        Json::from(url).write(&mut self.out);
    }

    fn link(&mut self, relation: &str, url: &str) {
        self.text(&format!("{{\"relation\":\"{relation}\",\"url\":"));
        Json::from(url).write(&mut self.out);
        self.text("}");
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}

impl Links<'_> {
    fn url(&self, wishes: &Wishes, page: Option<&str>) -> String {
        let page = page.map(|token| (PAGE.to_owned(), token.to_owned()));
        let query = query_of(self.parameters.iter().chain(&page));
        let sign = if query.is_empty() { "" } else { "?" };
        format!("{}/{}{sign}{query}", wishes.base, self.path)
    }
}
