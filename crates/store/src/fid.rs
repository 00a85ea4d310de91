//! A FHIR id as a key: sixteen bytes when it is a UUID in its canonical form, its text otherwise.
//!
//! Most ids are UUIDs, and every row, identity and reference has one, so this halves their space.
//! A key never stands alone: the engine and the vector keep the two forms apart by type.

use fhir::ResourceId;

/// The key form of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fid<'a> {
    /// A lowercase UUID with hyphens.
    Uuid([u8; 16]),
    /// Anything else.
    Text(&'a str),
}

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const UUID_LENGTH: usize = 36;

impl<'a> Fid<'a> {
    /// The key of an id.
    pub(crate) fn of(id: &'a ResourceId) -> Self {
        let text = id.as_str();
        uuid(text.as_bytes()).map_or(Self::Text(text), Self::Uuid)
    }

    /// The id of a key.
    pub(crate) fn id(self) -> Option<ResourceId> {
        match self {
            Self::Text(text) => ResourceId::parse(text).ok(),
            Self::Uuid(bytes) => {
                std::str::from_utf8(&uuid_text(bytes)).ok().and_then(|text| ResourceId::parse(text).ok())
            }
        }
    }
}

/// The bytes of a canonical UUID.
fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != UUID_LENGTH || HYPHENS.iter().any(|place| text.get(*place) != Some(&b'-')) {
        return None;
    }
    let mut digits =
        text.iter().enumerate().filter(|(place, _)| !HYPHENS.contains(place)).map(|(_, digit)| nibble(*digit));
    let mut bytes = [0_u8; 16];
    for byte in &mut bytes {
        *byte = (digits.next()?? << 4) | digits.next()??;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn uuid_text(bytes: [u8; 16]) -> [u8; UUID_LENGTH] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; UUID_LENGTH];
    let places = text.iter_mut().enumerate().filter(|(place, _)| !HYPHENS.contains(place)).map(|(_, place)| place);
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    for (place, nibble) in places.zip(nibbles) {
        *place = DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_comes_back_as_it_was(text in "[A-Za-z0-9.-]{1,64}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
            let id = ResourceId::parse(&text).unwrap();

            prop_assert_eq!(Fid::of(&id).id(), Some(id.clone()));
        }
    }

    #[test]
    fn only_the_canonical_form_is_packed() {
        let form = |text: &str| matches!(Fid::of(&ResourceId::parse(text).unwrap()), Fid::Uuid(_));

        assert!(form("0b8a6ef0-07c8-48ca-804d-1e64f6e44b95"));
        assert!(!form("0B8A6EF0-07c8-48ca-804d-1e64f6e44b95"));
        assert!(!form("0b8a6ef0-07c8-48ca-804d1-e64f6e44b95"));
    }
}
