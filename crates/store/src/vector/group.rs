//! One group of a vector: which parameters, which value. Decoding borrows; nothing is copied but ids.

use super::Groups;
use crate::fid::Fid;
use crate::wire::Wire;
use fhir::search::{ParamId, Quantity, Span, Target, Token, Value};
use fhir::{ResourceId, ResourceType};
use std::borrow::Cow;

/// The first byte of a value, and the flags inside some. Part of the layout on disk.
pub(super) mod tag {
    pub(in crate::vector) const TOKEN: u8 = 0;
    pub(in crate::vector) const TEXT: u8 = 1;
    pub(in crate::vector) const DATE: u8 = 2;
    pub(in crate::vector) const NUMBER: u8 = 3;
    pub(in crate::vector) const QUANTITY: u8 = 4;
    pub(in crate::vector) const OWN_PATIENT: u8 = 5;
    pub(in crate::vector) const LOCAL_UUID: u8 = 6;
    pub(in crate::vector) const LOCAL_TEXT: u8 = 7;
    pub(in crate::vector) const URL: u8 = 8;
    pub(in crate::vector) const IDENTIFIER: u8 = 9;
    pub(in crate::vector) const URI: u8 = 10;
    pub(in crate::vector) const COMPOSITE: u8 = 11;

    pub(in crate::vector) const TOKEN_OF_TYPE: u8 = 8;

    pub(in crate::vector) const OPEN_START: u8 = 1;
    pub(in crate::vector) const OPEN_END: u8 = 2;
    pub(in crate::vector) const WHOLE: u8 = 4;

    pub(in crate::vector) const HAS_SYSTEM: u8 = 1;
    pub(in crate::vector) const HAS_CODE: u8 = 2;
    pub(in crate::vector) const HAS_UNIT: u8 = 4;
    pub(in crate::vector) const UNIT_IS_CODE: u8 = 8;
    pub(in crate::vector) const HAS_CANONICAL: u8 = 16;
    pub(in crate::vector) const CANONICAL_SAME_VALUE: u8 = 32;
    pub(in crate::vector) const CANONICAL_SAME_UNIT: u8 = 64;
}

/// A value with its parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group<'a> {
    /// Its number in the dictionary, where it came from there.
    pub(crate) word: Option<u32>,
    pub(crate) bytes: &'a [u8],
}

/// A reference that can lead to a resource of this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum GroupReference<'a> {
    /// The patient in whose part the resource lies.
    OwnPatient,
    /// Another resource.
    Local(ResourceType, Fid<'a>),
}

impl<'a> Group<'a> {
    fn params_and_rest(self) -> (impl Iterator<Item = ParamId>, Wire<'a>) {
        let mut wire = Wire(self.bytes);
        let count = wire.length().unwrap_or(0);
        let mut params = wire;
        // A damaged count ends where the bytes do.
        (0..count).all(|_| wire.varint().is_some());
        let next = move || params.varint().and_then(|param| u16::try_from(param).ok()).map(ParamId);
        (std::iter::from_fn(next).take(count), wire)
    }

    /// The parameters that have this value.
    pub(crate) fn params(self) -> impl Iterator<Item = ParamId> {
        self.params_and_rest().0
    }

    /// Whether a parameter has this value.
    pub(crate) fn has(self, param: ParamId) -> bool {
        self.params().any(|found| found == param)
    }

    fn tagged(self) -> Option<(u8, Wire<'a>)> {
        let (_, mut rest) = self.params_and_rest();
        Some((rest.byte()?, rest))
    }

    /// Whether the value can only be understood beside the rest of its row.
    pub(crate) fn leans_on_row(self) -> bool {
        self.tagged().is_none_or(|(tag, _)| matches!(tag, tag::OWN_PATIENT | tag::COMPOSITE))
    }

    /// Whether other resources are likely to have the very same group.
    pub(crate) fn is_repeatable(self) -> bool {
        match self.tagged() {
            Some((tag::TOKEN | tag::URI | tag::OWN_PATIENT | tag::COMPOSITE | tag::URL, _)) => true,
            Some((tag::LOCAL_UUID | tag::LOCAL_TEXT, mut rest)) => {
                rest.byte().and_then(ResourceType::from_code).is_some_and(|kind| {
                    [
                        ResourceType::ORGANIZATION,
                        ResourceType::PRACTITIONER,
                        ResourceType::PRACTITIONER_ROLE,
                        ResourceType::LOCATION,
                        ResourceType::HEALTHCARE_SERVICE,
                    ]
                    .contains(&kind)
                })
            }
            _ => false,
        }
    }

    /// The reference, if the value is one to a resource here.
    pub(crate) fn reference(self) -> Option<GroupReference<'a>> {
        let (tag, mut rest) = self.tagged()?;
        match tag {
            tag::OWN_PATIENT => Some(GroupReference::OwnPatient),
            tag::LOCAL_UUID => {
                let kind = ResourceType::from_code(rest.byte()?)?;
                rest.array().map(|id| GroupReference::Local(kind, Fid::Uuid(id)))
            }
            tag::LOCAL_TEXT => {
                let kind = ResourceType::from_code(rest.byte()?)?;
                rest.text().map(|id| GroupReference::Local(kind, Fid::Text(id)))
            }
            _ => None,
        }
    }

    /// The value. `own` is the patient of the row's part; `siblings` are all groups of the row, for composites.
    pub(crate) fn value(self, own: Option<&ResourceId>, siblings: Groups<'a>) -> Option<Value<'a>> {
        let (tag, mut rest) = self.tagged()?;
        if tag == tag::COMPOSITE {
            let mut parts = Vec::with_capacity(2);
            while !rest.is_empty() {
                let mut walk = siblings;
                let part = walk.nth(rest.length()?)?;
                parts.push(part.plain_value(own)?);
            }
            return Some(Value::Composite(parts));
        }
        self.plain_value(own)
    }

    /// The first component of a composite.
    pub(crate) fn first_component(self, siblings: Groups<'a>) -> Option<Group<'a>> {
        let (tag, mut rest) = self.tagged()?;
        let mut walk = siblings;
        if tag == tag::COMPOSITE { walk.nth(rest.length()?) } else { None }
    }

    /// The value when it is not a composite.
    pub(crate) fn plain_value(self, own: Option<&ResourceId>) -> Option<Value<'a>> {
        let (tag, mut rest) = self.tagged()?;
        let words = |wire: Wire<'a>| std::str::from_utf8(wire.0).ok().map(Cow::Borrowed);
        Some(match tag {
            tag::TOKEN => Value::Token(token(&mut rest)?),
            tag::TEXT => Value::Text(words(rest)?),
            tag::DATE => Value::Date(span(&mut rest)?),
            tag::NUMBER => Value::Number(f64::from_le_bytes(rest.array()?)),
            tag::QUANTITY => Value::Quantity(quantity(&mut rest)?),
            tag::URL => Value::Reference(Target::Url(words(rest)?)),
            tag::IDENTIFIER => Value::Reference(Target::Identifier(token(&mut rest)?)),
            tag::URI => Value::Uri(words(rest)?),
            tag::OWN_PATIENT => Value::Reference(Target::Local(ResourceType::PATIENT, own?.clone())),
            tag::LOCAL_UUID | tag::LOCAL_TEXT => match self.reference()? {
                GroupReference::Local(kind, fid) => Value::Reference(Target::Local(kind, fid.id()?)),
                GroupReference::OwnPatient => return None,
            },
            _ => return None,
        })
    }
}

fn token<'a>(rest: &mut Wire<'a>) -> Option<Token<'a>> {
    let flags = rest.byte()?;
    let mut part = |bit: u8| -> Option<Option<Cow<'a, str>>> {
        if flags & bit == 0 { Some(None) } else { rest.text().map(|text| Some(Cow::Borrowed(text))) }
    };
    let (system, code, text) = (part(1)?, part(2)?, part(4)?);
    let of_type = if flags & tag::TOKEN_OF_TYPE == 0 {
        None
    } else {
        Some((Cow::Borrowed(rest.text()?), Cow::Borrowed(rest.text()?)))
    };
    Some(Token { system, code, text, of_type })
}

fn span(rest: &mut Wire<'_>) -> Option<Span> {
    let flags = rest.byte()?;
    let open_start = flags & tag::OPEN_START != 0;
    let scale = if flags & tag::WHOLE != 0 { 1000 } else { 1 };
    let from_ms = if open_start { i64::MIN } else { crate::wire::unzigzag(rest.varint()?).wrapping_mul(scale) };
    let base = if open_start { 0 } else { from_ms };
    let until_ms =
        if flags & tag::OPEN_END != 0 { i64::MAX } else { base.wrapping_add(crate::wire::unzigzag(rest.varint()?)) };
    Some(Span { from_ms, until_ms })
}

fn quantity<'a>(rest: &mut Wire<'a>) -> Option<Quantity<'a>> {
    let flags = rest.byte()?;
    let value = f64::from_le_bytes(rest.array()?);
    let mut part =
        |bit: u8| -> Option<Option<&'a str>> { if flags & bit == 0 { Some(None) } else { rest.text().map(Some) } };
    let (system, code, unit) = (part(tag::HAS_SYSTEM)?, part(tag::HAS_CODE)?, part(tag::HAS_UNIT)?);
    let unit = if flags & tag::UNIT_IS_CODE != 0 { code } else { unit };
    let canonical = if flags & tag::HAS_CANONICAL == 0 {
        None
    } else {
        let same_value = flags & tag::CANONICAL_SAME_VALUE != 0;
        let number = if same_value { value } else { f64::from_le_bytes(rest.array()?) };
        let unit = if flags & tag::CANONICAL_SAME_UNIT != 0 { code? } else { rest.text()? };
        Some((number, unit.to_owned()))
    };
    let borrowed = |text: Option<&'a str>| text.map(Cow::Borrowed);
    Some(Quantity { value, system: borrowed(system), code: borrowed(code), unit: borrowed(unit), canonical })
}
