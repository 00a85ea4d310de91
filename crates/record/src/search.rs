//! Search: parsed, filtered before anything is counted, logged, with page tokens that only the same reader can open.

use crate::error::{RecordError, Refusal};
use crate::log::Draft;
use crate::logbook::{Outcome, draft};
use crate::read::{Resource, page_of};
use crate::view::View;
use crate::whereabouts;
use crate::{Inner, Record};
use fhir::ResourceType;
use fhir::issue::{Issue, IssueCode};
use fhir::search::{Condition, Handling, Query, Summary};
use gate::{Action, Permit};
use store::{PageKey, PageRequest};

/// How many matches a page holds when nothing is said.
pub const COUNT_DEFAULT: u32 = 50;

/// A search as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The type searched.
    pub kind: ResourceType,
    /// Names and values, as in the URL, decoded.
    pub params: Vec<(String, String)>,
    /// What to do about parameters that are not known.
    pub handling: Handling,
    /// `Patient/[id]/Type`: only what is in this compartment.
    pub compartment: Option<(ResourceType, fhir::ResourceId)>,
    /// Token of the page, none for the first.
    pub page: Option<String>,
}

impl Search {
    /// A strict search of `kind`.
    #[must_use]
    pub fn of(kind: ResourceType, params: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            kind,
            params: params.iter().map(owned).collect(),
            handling: Handling::Strict,
            compartment: None,
            page: None,
        }
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The matches, in order.
    pub matches: Vec<Resource>,
    /// What was included with them.
    pub includes: Vec<Resource>,
    /// How many match in all, for this reader.
    pub total: Option<u64>,
    /// Token of the next page.
    pub next: Option<String>,
    /// What was passed over, when lenient.
    pub warnings: Vec<Issue>,
}

/// A search that is understood.
#[derive(Clone, Debug)]
pub struct Question {
    search: Search,
    query: Query,
    used: Vec<(String, String)>,
    warnings: Vec<Issue>,
}

impl Question {
    /// Understands a search.
    ///
    /// # Errors
    /// 400 with the parameter that is wrong; 404 for a compartment that has no such type.
    pub fn read(search: Search) -> Result<Self, RecordError> {
        let parsed = fhir::search::parse(search.kind, &search.params, search.handling)
            .map_err(|issues| RecordError::of(Refusal::BadRequest, issues))?;
        let mut query = parsed.query;
        if let Some((kind, id)) = &search.compartment {
            let params = fhir::search::compartment_params(*kind, search.kind).to_vec();
            if params.is_empty() && *kind != search.kind {
                let sentence = format!("{} is in no compartment of {}.", search.kind.name(), kind.name());
                return Err(RecordError::new(Refusal::NotFound, IssueCode::NotFound, sentence));
            }
            query.conditions.push(Condition::Compartment { kind: *kind, id: id.clone(), params });
        }
        Ok(Self { search, query, used: parsed.used, warnings: parsed.warnings })
    }

    /// What is searched for, its compartment among the conditions.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The parameters that count.
    #[must_use]
    pub fn used(&self) -> &[(String, String)] {
        &self.used
    }

    /// The same question from the page of this token on.
    #[must_use]
    pub fn at_page(mut self, page: Option<String>) -> Self {
        self.search.page = page;
        self
    }
}

impl Record {
    /// Searches.
    ///
    /// # Errors
    /// 400 with the parameter that is wrong, or when the search would cost too much.
    pub fn search(&self, permit: &Permit, search: &Search) -> Result<Answer, RecordError> {
        self.answer(permit, &Question::read(search.clone())?)
    }

    /// Answers a search that is understood already.
    ///
    /// # Errors
    /// 400 for a page token of something else, or when the search would cost too much.
    pub fn answer(&self, permit: &Permit, question: &Question) -> Result<Answer, RecordError> {
        let inner = &self.inner;
        let Ready { view, context, request, entry } = Ready::of(inner, permit, question)?;
        let found = inner.store.read(|reader| reader.search(&view.visibility, &question.query, &request))?;
        let answer = inner.answer_many(&view, entry, found, &context)?;
        Ok(Answer { warnings: question.warnings.clone(), ..answer })
    }
}

/// All that a search needs but the store.
pub(crate) struct Ready {
    pub(crate) view: View,
    /// What the token of its next page is bound to.
    pub(crate) context: String,
    pub(crate) request: PageRequest,
    /// Its entry of the log, without what was found.
    pub(crate) entry: Draft,
}

impl Ready {
    pub(crate) fn of(inner: &Inner, permit: &Permit, question: &Question) -> Result<Self, RecordError> {
        let Question { search, query, .. } = question;
        inner.require(permit, Action::Search)?;
        let is_about_identity = whereabouts::is_about_identity(query);
        let view = if is_about_identity { View::of_identity(inner, permit) } else { View::of(inner, permit) }?;
        let context = context(permit, search);
        let after = search.page.as_deref().map(|token| inner.open_page(&context, token)).transpose()?;
        let count = if query.summary == Summary::Count { 0 } else { query.count.unwrap_or(COUNT_DEFAULT) };
        let mut entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
        entry.query = asked(search);
        entry.kinds.push(search.kind.code());
        Ok(Self { view, context, request: page_of(after, count), entry })
    }
}

/// What a page token is bound to: the reader and the question.
fn context(permit: &Permit, search: &Search) -> String {
    format!("{}|{}|{:?}|{}", permit.who(), search.kind.name(), search.compartment, asked(search))
}

/// The question as it stands in the log.
fn asked(search: &Search) -> String {
    let pairs: Vec<String> = search.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}?{}", search.kind.name(), pairs.join("&"))
}

impl Inner {
    pub(crate) fn seal_page(&self, context: &str, key: &PageKey) -> Result<String, RecordError> {
        Ok(self.sealer.seal(self.ids.as_ref(), context.as_bytes(), &key.0)?)
    }

    pub(crate) fn open_page(&self, context: &str, token: &str) -> Result<PageKey, RecordError> {
        let opened = self.sealer.open(context.as_bytes(), token);
        opened.map(PageKey).ok_or_else(|| {
            let sentence =
                "This page link was made for somebody else or another search. Start again from the first page.";
            RecordError::bad_request(IssueCode::Value, sentence)
        })
    }
}
