//! A request as the handlers see it: who asks, under which address, with which parameters, and what form the answer should have.
//!
//! Everything is read once, at the door; a header or parameter that cannot be honoured is refused there.

use super::failure::Failure;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use fhir::issue::IssueCode;
use fhir::search::Handling;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit};
use record::{Record, Version, version_of};
use std::sync::Arc;
use trust::{Bearer, TrustError};

/// One request.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) bearer: Bearer,
    pub(crate) wishes: Arc<Wishes>,
    pub(crate) headers: Arc<HeaderMap>,
}

/// What the client wishes of the answer.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    /// The address of `/fhir` as this client sees it.
    pub(crate) base: String,
    /// The parameters in the URL, decoded, without those that are about form.
    pub(crate) parameters: Vec<(String, String)>,
    /// `_pretty`
    pub(crate) layout: Layout,
    /// `Prefer: return=`
    pub(crate) returning: Returning,
    /// `Prefer: handling=`
    pub(crate) handling: Handling,
}

/// `_pretty`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As stored.
    Compact,
    /// For people.
    Pretty,
}

/// `Prefer: return=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returning {
    /// Not said.
    Usual,
    /// Only the headers.
    Minimal,
    /// The resource.
    Representation,
    /// What there is to say about it.
    Outcome,
}

impl Asked {
    pub(crate) fn record(&self) -> &Record {
        self.bearer.trust.record()
    }

    /// Leave for one action. Where looking is refused, it finds nothing: refused and absent look the same. A change that the
    /// asker may never make is refused in words, which say nothing of what is there.
    pub(crate) fn permit(&self, action: Action) -> Result<Permit, TrustError> {
        match action {
            Action::Read | Action::Search | Action::History => Ok(self.bearer.permit_or_nothing(action)),
            _ => self.bearer.permit(action),
        }
    }

    /// The text of a header, where it is there and readable.
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// If-Match
    pub(crate) fn if_match(&self) -> Result<Option<Version>, Failure> {
        match self.header(header::IF_MATCH) {
            None | Some("*") => Ok(None),
            Some(tag) => version_of(tag).map(Some).ok_or_else(|| {
                let sentence = "If-Match must be one version, such as W/\"3\".";
                Failure::bad_request(IssueCode::Value, sentence)
            }),
        }
    }

    /// Does what would block on a thread of its own.
    pub(crate) async fn work<T, F>(&self, action: Action, task: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Record, &Permit) -> Result<T, Failure> + Send + 'static,
    {
        let permit = self.permit(action)?;
        let record = self.record().clone();
        trust::blocking(move || task(&record, &permit)).await.unwrap_or_else(|| Err(Failure::broken()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Asked>().cloned().ok_or_else(Failure::broken)
    }
}

impl Wishes {
    /// The address of a resource.
    pub(crate) fn url(&self, kind: ResourceType, id: &ResourceId) -> String {
        format!("{}/{}/{}", self.base, kind.name(), id.as_str())
    }
}

/// The type that a path names.
pub(crate) fn kind_of(name: &str) -> Result<ResourceType, Failure> {
    ResourceType::parse(name).ok_or_else(|| {
        let hint = match fhir::search::nearest(name, ResourceType::all().map(ResourceType::name)) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "/fhir/metadata lists the types.".to_owned(),
        };
        let shown: String = name.chars().take(64).collect();
        Failure::new(
            StatusCode::NOT_FOUND,
            IssueCode::NotSupported,
            format!("There is no resource type `{shown}` in FHIR R4. {hint}"),
        )
    })
}

/// The id that a path names. A text that can be no id names nothing that is there.
pub(crate) fn id_of(text: &str) -> Result<ResourceId, Failure> {
    ResourceId::parse(text).map_err(|_| Failure::not_found())
}

/// Names and values as a query. What FHIR uses between parts of a value stays readable.
pub(crate) fn query_of<'p>(parameters: impl IntoIterator<Item = &'p (String, String)>) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b':')
        .remove(b'/')
        .remove(b',')
        .remove(b'$')
        .remove(b'*');
    let one = |(name, value): &(String, String)| {
        format!("{}={}", utf8_percent_encode(name, PLAIN), utf8_percent_encode(value, PLAIN))
    };
    parameters.into_iter().map(one).collect::<Vec<_>>().join("&")
}
