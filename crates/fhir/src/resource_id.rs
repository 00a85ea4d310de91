//! The logical id of a resource: 1 to 64 of `A-Z a-z 0-9 - .`, as FHIR R4 says.
//!
//! Parsed once at the edge; an id that exists is right. Nothing here says whether a resource with that id exists.

use std::fmt;

/// The most characters of an id.
pub const RESOURCE_ID_LENGTH_MAX: usize = 64;

/// The logical id of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(Box<str>);

/// The text is not a FHIR id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 64 letters, digits, hyphens and full stops")]
pub struct ResourceIdError;

impl ResourceId {
    /// Takes an id.
    ///
    /// # Errors
    /// When the text is empty, longer than 64 or has another character.
    pub fn parse(text: &str) -> Result<ResourceId, ResourceIdError> {
        if is_id(text) { Ok(ResourceId(text.into())) } else { Err(ResourceIdError) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` has the form of an id.
pub fn is_id(text: &str) -> bool {
    (1..=RESOURCE_ID_LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for ResourceId {
    type Err = ResourceIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ResourceId::parse(text)
    }
}

impl AsRef<str> for ResourceId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_1_to_64_letters_digits_hyphens_and_full_stops() {
        for good in ["1", "a.B-9", &"x".repeat(64)] {
            assert_eq!(ResourceId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a_b", "a/b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(ResourceId::parse(bad), Err(ResourceIdError), "{bad:?}");
        }
    }
}
