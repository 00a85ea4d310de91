//! The bytes of a resource as the store keeps them: everything but its id, versionId and lastUpdated.
//!
//! Those three have columns of their own. Left out of the bytes they cost no space, a body can be compressed before
//! its version is known (outside the writer), and the same content is the same bytes. They are put back at two places
//! when the resource is given out, so every reader gets one and the same text for a version.

use crate::error::StoreError;
use crate::names::Version;
use crate::wire::{Wire, put_length};
use fhir::date::format_instant;
use fhir::json::Json;
use std::borrow::Cow;
use std::io::Write;

/// A resource's JSON with two places left open: inside the quotes of `id`, and at the start of `meta`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    id_at: usize,
    meta_at: usize,
    plain: Vec<u8>,
}

/// What goes into the open places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: Version,
    pub(crate) updated_ms: i64,
}

impl Body {
    /// Of a resource. Whatever id, versionId and lastUpdated it says are left out; all else keeps its order and text.
    #[must_use]
    pub fn of(resource: &Json<'_>) -> Self {
        let mut body = Self { id_at: 0, meta_at: 0, plain: Vec::with_capacity(1024) };
        let members = resource.members();
        let has = |key: &str| members.iter().any(|(name, _)| name == key);
        let (has_id, has_meta) = (has("id"), has("meta"));
        body.plain.push(b'{');
        for (key, value) in members {
            match key.as_ref() {
                "id" => body.open_id(),
                "meta" => body.open_meta(value.members()),
                _ => body.member(key, value),
            }
            if key == "resourceType" && !has_id {
                body.open_id();
            }
            if !has_meta && (key == "id" || (key == "resourceType" && !has_id)) {
                body.open_meta(&[]);
            }
        }
        body.plain.push(b'}');
        body
    }

    fn separate(&mut self) {
        if !matches!(self.plain.last(), None | Some(b'{')) {
            self.plain.push(b',');
        }
    }

    fn member(&mut self, key: &str, value: &Json<'_>) {
        self.separate();
        Json::Text(Cow::Borrowed(key)).write(&mut self.plain);
        self.plain.push(b':');
        value.write(&mut self.plain);
    }

    fn open_id(&mut self) {
        self.separate();
        self.plain.extend_from_slice(b"\"id\":\"");
        self.id_at = self.plain.len();
        self.plain.push(b'"');
    }

    fn open_meta(&mut self, members: &[(Cow<'_, str>, Json<'_>)]) {
        self.separate();
        self.plain.extend_from_slice(b"\"meta\":{");
        self.meta_at = self.plain.len();
        for (key, value) in members.iter().filter(|(key, _)| key != "versionId" && key != "lastUpdated") {
            self.member(key, value);
        }
        self.plain.push(b'}');
    }

    /// Whether this is the same content as a stored body.
    pub(crate) fn is(&self, plain: &[u8], places: (usize, usize)) -> bool {
        self.plain == plain && (self.id_at, self.meta_at) == places
    }

    /// The JSON without the three.
    pub(crate) fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// The JSON as served.
    #[must_use]
    pub(crate) fn render(&self, stamp: Stamp<'_>) -> Option<Vec<u8>> {
        fill(&self.plain, (self.id_at, self.meta_at), stamp)
    }

    /// The head of the stored form: where the places are. The bytes follow, compressed or not.
    pub(crate) fn put_places(&self, out: &mut Vec<u8>) {
        put_length(out, self.id_at);
        put_length(out, self.meta_at);
    }
}

/// Takes the places off the front of a stored body.
pub(crate) fn take_places(stored: &[u8]) -> Result<((usize, usize), &[u8]), StoreError> {
    let mut wire = Wire(stored);
    let mut place = || wire.length().ok_or(StoreError::Damaged("a body has no places"));
    let places = (place()?, place()?);
    Ok((places, wire.0))
}

/// Puts id, version and time back where they belong.
pub(crate) fn fill(plain: &[u8], (id_at, meta_at): (usize, usize), stamp: Stamp<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(plain.len() + stamp.id.len() + 80);
    let (first, second) = (id_at.min(meta_at), id_at.max(meta_at));
    let (head, rest) = plain.split_at_checked(first)?;
    let (middle, tail) = rest.split_at_checked(second.checked_sub(first)?)?;
    let id_is_first = id_at < meta_at;
    out.extend_from_slice(head);
    put_piece(&mut out, id_is_first, stamp, middle);
    out.extend_from_slice(middle);
    put_piece(&mut out, !id_is_first, stamp, tail);
    out.extend_from_slice(tail);
    Some(out)
}

fn put_piece(out: &mut Vec<u8>, is_id: bool, stamp: Stamp<'_>, after: &[u8]) {
    if is_id {
        out.extend_from_slice(stamp.id.as_bytes());
        return;
    }
    // Writing to a vector cannot fail.
    let _ = write!(out, "\"versionId\":\"{}\",\"lastUpdated\":\"", stamp.version);
    out.extend_from_slice(format_instant(stamp.updated_ms).as_bytes());
    out.push(b'"');
    if after.first() != Some(&b'}') {
        out.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(resource: &str) -> String {
        let json = fhir::json::parse(resource.as_bytes()).unwrap();
        let stamp = Stamp { id: "a1", version: Version::FIRST.next(), updated_ms: 0 };
        String::from_utf8(Body::of(&json).render(stamp).unwrap()).unwrap()
    }

    #[test]
    fn id_version_and_time_are_put_where_they_were() {
        let text = r#"{"resourceType":"Patient","meta":{"versionId":"9","profile":["p"]},"active":true,"id":"a1"}"#;

        let expected = r#"{"resourceType":"Patient","meta":{"versionId":"2","lastUpdated":"1970-01-01T00:00:00.000Z","profile":["p"]},"active":true,"id":"a1"}"#;
        assert_eq!(served(text), expected);
    }

    #[test]
    fn a_resource_without_id_or_meta_gets_both() {
        let expected = r#"{"resourceType":"Patient","id":"a1","meta":{"versionId":"2","lastUpdated":"1970-01-01T00:00:00.000Z"},"active":true}"#;

        assert_eq!(served(r#"{"resourceType":"Patient","active":true}"#), expected);
        assert_eq!(served(r#"{"resourceType":"Patient","id":"other","active":true}"#), expected);
    }

    #[test]
    fn the_same_content_is_the_same_bytes_whatever_its_version() {
        let one = fhir::json::parse(br#"{"resourceType":"Patient","id":"a","meta":{"versionId":"1"}}"#).unwrap();
        let two = fhir::json::parse(br#"{"resourceType":"Patient","id":"b","meta":{"lastUpdated":"2020"}}"#).unwrap();

        assert_eq!(Body::of(&one), Body::of(&two));
    }
}
