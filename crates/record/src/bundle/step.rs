//! From an entry of a Bundle to a request that is understood.

use crate::error::{RecordError, Refusal};
use crate::prepare;
use base64::Engine;
use fhir::issue::{Issue, IssueCode};
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::Action;
use store::Version;

/// The HTTP verb of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read or search.
    Get,
    /// Create.
    Post,
    /// Update.
    Put,
    /// Patch, the operations in a Binary.
    Patch,
    /// Delete.
    Delete,
}

/// What an entry's url names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `Type/id`
    One(ResourceType, ResourceId),
    /// `Type/id/_history/version`
    Version(ResourceType, ResourceId, Version),
    /// `Type`, with or without criteria.
    Many(ResourceType),
}

/// One entry, understood.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its place in the Bundle, counted from 0.
    pub index: usize,
    /// Entry.fullUrl
    pub full_url: Option<String>,
    /// The verb.
    pub method: Method,
    /// What the url names.
    pub target: Target,
    /// Criteria of the url (after `?`), or of ifNoneExist.
    pub criteria: Option<Vec<(String, String)>>,
    /// ifMatch
    pub if_match: Option<Version>,
    /// The resource, or the operations of a patch.
    pub resource: Option<Json<'static>>,
}

impl Method {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "GET" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "PATCH" => Some(Self::Patch),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    /// The leave that an entry needs.
    #[must_use]
    pub fn action(self, target: &Target) -> Action {
        match (self, target) {
            (Self::Get, Target::Many(_)) => Action::Search,
            (Self::Get, _) => Action::Read,
            (Self::Post, _) => Action::Create,
            (Self::Put | Self::Patch, _) => Action::Update,
            (Self::Delete, _) => Action::Delete,
        }
    }
}

/// The entries of a Bundle, bounded.
pub(super) fn entries<'b>(bundle: &'b Json<'b>) -> Result<&'b [Json<'b>], RecordError> {
    let entries = bundle.get("entry").map(Json::items).unwrap_or_default();
    if entries.len() > super::ENTRIES_MAX {
        let sentence = format!(
            "The Bundle has {} entries; at most {} are taken. Send it in pieces.",
            entries.len(),
            super::ENTRIES_MAX
        );
        return Err(RecordError::new(Refusal::TooLarge, IssueCode::TooLong, sentence));
    }
    Ok(entries)
}

/// Names the entry in the first issue that names no place.
pub(super) fn at_entry(mut error: RecordError, index: usize) -> RecordError {
    for issue in &mut error.issues {
        let place = format!("Bundle.entry[{index}]");
        issue.expression = Some(match issue.expression.take() {
            Some(inner) => format!("{place}.resource.ofType({inner})").replace(".ofType(", " / ").replace(')', ""),
            None => place,
        });
    }
    error
}

pub(super) fn not_understood(index: usize) -> RecordError {
    let sentence = "The method does not go with the url: POST names a type, PUT, PATCH and DELETE name a resource or a type with criteria.";
    at_entry(RecordError::bad_request(IssueCode::Value, sentence), index)
}

impl Step {
    /// Understands one entry.
    pub(super) fn parse(index: usize, entry: &Json<'_>) -> Result<Self, RecordError> {
        let wrong = |sentence: &str| at_entry(RecordError::bad_request(IssueCode::Value, sentence), index);
        let request = entry.get("request").ok_or_else(|| wrong("`request` with method and url is missing."))?;
        let text = |member: &str| request.get(member).and_then(Json::text);
        let method = text("method")
            .and_then(Method::parse)
            .ok_or_else(|| wrong("The method must be GET, POST, PUT, PATCH or DELETE."))?;
        let url = text("url").ok_or_else(|| wrong("`request.url` is missing."))?;
        let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
        let target = target(path)
            .ok_or_else(|| wrong("The url must be Type, Type?criteria or Type/id, with a type of FHIR R4."))?;
        let criteria = text("ifNoneExist").or(query).map(|text| pairs(text.trim_start_matches('?')));
        let if_match = match text("ifMatch") {
            None => None,
            Some(tag) => Some(version_of(tag).ok_or_else(|| wrong("ifMatch must be a version such as W/\"3\"."))?),
        };
        let resource = entry.get("resource").map(|resource| resource.clone().into_owned());
        let resource = match (method, resource) {
            (Method::Patch, Some(binary)) => Some(operations(&binary).ok_or_else(|| wrong(PATCH))?),
            (Method::Post | Method::Put | Method::Patch, None) => return Err(wrong("`resource` is missing.")),
            (_, resource) => resource,
        };
        let full_url = entry.get("fullUrl").and_then(Json::text).map(str::to_owned);
        Ok(Self { index, full_url, method, target, criteria, if_match, resource })
    }

    /// Checks that the resource is of the type that the url names.
    pub(super) fn check_kind(&self, kind: ResourceType) -> Result<(), RecordError> {
        let found = self.resource.as_ref().map(prepare::kind_of).transpose()?;
        match found {
            Some(found) if found != kind => {
                let sentence = format!("This is a {}, but the url is for {}.", found.name(), kind.name());
                Err(at_entry(RecordError::bad_request(IssueCode::Value, sentence), self.index))
            }
            _ => Ok(()),
        }
    }
}

const PATCH: &str =
    "The resource of a PATCH must be a Binary of application/json-patch+json with the operations in data.";

/// The operations of a patch, from the Binary that carries them.
fn operations(binary: &Json<'_>) -> Option<Json<'static>> {
    let data = binary.get("data")?.text()?;
    let bytes = base64::prelude::BASE64_STANDARD.decode(data).ok()?;
    fhir::json::parse(&bytes).ok().map(Json::into_owned)
}

fn target(path: &str) -> Option<Target> {
    let mut parts = path.trim_start_matches('/').split('/');
    let kind = ResourceType::parse(parts.next()?)?;
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (None | Some(""), None, ..) => Some(Target::Many(kind)),
        (Some(id), None, ..) => Some(Target::One(kind, ResourceId::parse(id).ok()?)),
        (Some(id), Some("_history"), Some(version), None) => {
            Some(Target::Version(kind, ResourceId::parse(id).ok()?, Version::parse(version)?))
        }
        _ => None,
    }
}

/// The version in an entity tag such as `W/"3"`.
#[must_use]
pub fn version_of(tag: &str) -> Option<Version> {
    Version::parse(tag.trim().trim_start_matches("W/").trim_matches('"'))
}

/// Names and values of a query or form, decoded, in their order.
#[must_use]
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let decode =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            pair.split_once('=').map_or((decode(pair), String::new()), |(name, value)| (decode(name), decode(value)))
        })
        .collect()
}

/// An issue for an entry.
pub(super) fn issue_at(index: usize, refusal: Refusal, code: IssueCode, sentence: &str) -> RecordError {
    RecordError::of(refusal, vec![Issue::error(code, sentence).at(format!("Bundle.entry[{index}]"))])
}
