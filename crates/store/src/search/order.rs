//! Sort keys and page keys.
//!
//! A sort key is a byte string whose order is the order asked for: per key, missing values last whichever way, the
//! smallest value of a resource when ascending, the largest when descending. The resource's own key comes after, so the
//! order is total and a page key says exactly where the next page begins, whatever was written since.

use crate::answers::PageKey;
use crate::engine::RowView;
use crate::error::StoreError;
use crate::names::Rid;
use crate::session::Session;
use crate::vector::GroupReference;
use crate::wire::{Wire, ordered, ordered_signed, put_bytes, put_varint};
use fhir::search::{ParamId, Quantity, SortBy, SortKey, Target, Token, Value, fold};

/// Where a resource stands in an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) key: Vec<u8>,
    pub(super) rid: Rid,
}

/// What a page key says: after which position, and the total that the first page found.
pub(super) struct Resume {
    pub(super) after: Position,
    pub(super) total: Option<u64>,
}

impl Resume {
    pub(super) fn write(&self) -> PageKey {
        let mut out = Vec::with_capacity(self.after.key.len() + 20);
        put_varint(&mut out, self.total.map_or(0, |total| total.saturating_add(1)));
        put_varint(&mut out, self.after.rid.key().cast_unsigned());
        put_bytes(&mut out, &self.after.key);
        PageKey(out)
    }

    pub(super) fn read(key: &PageKey) -> Result<Self, StoreError> {
        let mut wire = Wire(&key.0);
        let mut parts = || {
            let total = wire.varint()?.checked_sub(1);
            let rid = Rid::from_key(wire.varint()?.cast_signed());
            let key = wire.bytes()?.to_vec();
            wire.is_empty().then_some(Self { after: Position { key, rid }, total })
        };
        parts().ok_or(StoreError::PageKey)
    }
}

/// The position of a row.
pub(super) fn position(session: &Session<'_>, sort: &[SortKey], row: &RowView<'_>) -> Result<Position, StoreError> {
    let mut key = Vec::new();
    for by in sort {
        let value = match &by.by {
            SortBy::Id => row.fid.id().map(|id| id.as_str().as_bytes().to_vec()),
            SortBy::LastUpdated => Some(ordered_signed(row.updated_ms).to_be_bytes().to_vec()),
            SortBy::Param(param) => extreme(session, *param, by.descending, row)?,
        };
        push(&mut key, value.as_deref(), by.descending);
    }
    Ok(Position { key, rid: row.rid })
}

/// The smallest or largest value of a parameter.
fn extreme(
    session: &Session<'_>,
    param: ParamId,
    descending: bool,
    row: &RowView<'_>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut best: Option<Vec<u8>> = None;
    for group in session.groups(row.vector).filter(|group| group.has(param)) {
        let value = if group.reference() == Some(GroupReference::OwnPatient) {
            let own = session.engine.patient_of(row.rid.part())?;
            group.plain_value(own.as_ref()).as_ref().and_then(sortable)
        } else {
            group.plain_value(None).as_ref().and_then(sortable)
        };
        let Some(value) = value else { continue };
        let is_better = best.as_ref().is_none_or(|best| if descending { value > *best } else { value < *best });
        if is_better {
            best = Some(value);
        }
    }
    Ok(best)
}

/// Bytes in the order of the values.
fn sortable(value: &Value<'_>) -> Option<Vec<u8>> {
    Some(match value {
        Value::Date(span) => ordered_signed(span.from_ms).to_be_bytes().to_vec(),
        Value::Number(number) => ordered(*number).to_be_bytes().to_vec(),
        Value::Quantity(quantity) => quantity_key(quantity),
        Value::Text(text) => fold(text).into_bytes(),
        Value::Uri(uri) => uri.as_bytes().to_vec(),
        Value::Token(token) | Value::Reference(Target::Identifier(token)) => token_key(token)?,
        Value::Reference(Target::Local(kind, id)) => format!("{}/{id}", kind.name()).into_bytes(),
        Value::Reference(Target::Url(url)) => url.as_bytes().to_vec(),
        Value::Composite(_) => return None,
    })
}

fn quantity_key(quantity: &Quantity<'_>) -> Vec<u8> {
    let value = quantity.canonical.as_ref().map_or(quantity.value, |(value, _)| *value);
    ordered(value).to_be_bytes().to_vec()
}

fn token_key(token: &Token<'_>) -> Option<Vec<u8>> {
    token.code.as_deref().or(token.text.as_deref()).map(|text| text.to_lowercase().into_bytes())
}

/// Appends one key: a byte for missing, then the bytes with an end that sorts before everything.
fn push(key: &mut Vec<u8>, value: Option<&[u8]>, descending: bool) {
    let Some(value) = value else {
        key.push(1);
        return;
    };
    key.push(0);
    let start = key.len();
    for byte in value {
        key.push(*byte);
        if *byte == 0 {
            key.push(u8::MAX);
        }
    }
    key.extend_from_slice(&[0, 0]);
    if descending {
        key.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
    }
}
