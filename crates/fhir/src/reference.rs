//! What `Reference.reference` says: a resource here, one inside the same resource, or something elsewhere.
//!
//! [`Reference::parse`] looks at the form only and refuses relative urls that cannot name a resource. Whether the target
//! exists is for the store; whether its type is allowed is for validation.

use crate::{ResourceId, ResourceType, resource_id::is_id};
use std::fmt;

/// A literal reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference<'a> {
    /// `Patient/1` or `Patient/1/_history/2`
    Local {
        /// The type.
        kind: ResourceType,
        /// The id.
        id: ResourceId,
        /// The version, where one is meant.
        version: Option<&'a str>,
    },
    /// `#id`; empty for `#`, the resource that contains this one.
    Contained(&'a str),
    /// An absolute url.
    Url(&'a str),
    /// `urn:uuid:...` or `urn:oid:...`
    Urn(&'a str),
    /// `Patient?identifier=...`, only in transactions: found by a search when the transaction runs.
    Conditional {
        /// The type.
        kind: ResourceType,
        /// What follows the question mark.
        query: &'a str,
    },
}

/// Why a text is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing, or white space.
    #[error("a reference must not be empty or hold spaces")]
    Blank,
    /// `Patients/1`
    #[error("a relative reference starts with a resource type: Patient/1")]
    Kind,
    /// `Patient/a_b`
    #[error("the id in a relative reference is 1 to 64 letters, digits, hyphens and full stops")]
    Id,
    /// `Patient/1/x`
    #[error("a relative reference has the form Type/id or Type/id/_history/version")]
    Form,
}

impl<'a> Reference<'a> {
    /// Takes a literal reference.
    ///
    /// # Errors
    /// When it is blank, or a relative url that is not `Type/id`, `Type/id/_history/version` or `Type?query`.
    pub fn parse(text: &'a str) -> Result<Reference<'a>, ReferenceError> {
        if text.is_empty() || text.bytes().any(|byte| byte.is_ascii_whitespace()) {
            return Err(ReferenceError::Blank);
        }
        if let Some(id) = text.strip_prefix('#') {
            return if id.is_empty() || is_id(id) { Ok(Reference::Contained(id)) } else { Err(ReferenceError::Id) };
        }
        if text.starts_with("urn:") {
            return Ok(Reference::Urn(text));
        }
        if let Some((kind, query)) = text.split_once('?')
            && let Some(kind) = ResourceType::parse(kind)
        {
            return Ok(Reference::Conditional { kind, query });
        }
        if has_scheme(text) { Ok(Reference::Url(text)) } else { Reference::relative(text) }
    }

    fn relative(text: &'a str) -> Result<Reference<'a>, ReferenceError> {
        let mut parts = text.split('/');
        let kind = parts.next().and_then(ResourceType::parse).ok_or(ReferenceError::Kind)?;
        let id = ResourceId::parse(parts.next().ok_or(ReferenceError::Form)?).map_err(|_| ReferenceError::Id)?;
        let version = match (parts.next(), parts.next(), parts.next()) {
            (None, None, None) => None,
            (Some("_history"), Some(version), None) if is_id(version) => Some(version),
            _ => return Err(ReferenceError::Form),
        };
        Ok(Reference::Local { kind, id, version })
    }

    /// The resource type that the text itself names, for any form: the `Patient` of `https://a.example/fhir/Patient/1`.
    pub fn kind(&self) -> Option<ResourceType> {
        match self {
            Reference::Local { kind, .. } | Reference::Conditional { kind, .. } => Some(*kind),
            Reference::Url(url) => {
                let mut parts = url.split("/_history/").next()?.rsplit('/');
                parts.next().filter(|id| is_id(id))?;
                parts.next().and_then(ResourceType::parse)
            }
            Reference::Contained(_) | Reference::Urn(_) => None,
        }
    }
}

/// Whether the text begins with a url scheme: `http:`, `mailto:`.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

impl fmt::Display for Reference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Local { kind, id, version: None } => write!(f, "{kind}/{id}"),
            Reference::Local { kind, id, version: Some(version) } => write!(f, "{kind}/{id}/_history/{version}"),
            Reference::Contained(id) => write!(f, "#{id}"),
            Reference::Url(text) | Reference::Urn(text) => f.write_str(text),
            Reference::Conditional { kind, query } => write!(f, "{kind}?{query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_and_writes_back() {
        let forms = [
            "Patient/1",
            "Patient/1/_history/2",
            "#med",
            "#",
            "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a",
            "https://a.example/fhir/Patient/1",
            "Patient?identifier=a|b",
        ];
        for text in forms {
            assert_eq!(Reference::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_cannot_name_a_resource_is_refused() {
        let cases = [
            ("", ReferenceError::Blank),
            ("Patient/ 1", ReferenceError::Blank),
            ("Patients/1", ReferenceError::Kind),
            ("patient/1", ReferenceError::Kind),
            ("/Patient/1", ReferenceError::Kind),
            ("Patient", ReferenceError::Form),
            ("Patient/", ReferenceError::Id),
            ("Patient/a_b", ReferenceError::Id),
            ("Patient/1/2", ReferenceError::Form),
            ("Patient/1/_history", ReferenceError::Form),
            ("#a b", ReferenceError::Blank),
        ];
        for (text, why) in cases {
            assert_eq!(Reference::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_type_in_an_absolute_url_is_seen() {
        let kind = |text| Reference::parse(text).ok().and_then(|reference| reference.kind());

        assert_eq!(kind("https://a.example/fhir/Patient/1/_history/3"), Some(ResourceType::PATIENT));
        assert_eq!(kind("https://a.example/page"), None);
        assert_eq!(kind("Group?name=x"), Some(ResourceType::GROUP));
    }
}
