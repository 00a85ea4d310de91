//! Entries to groups: equal values once, with all their parameters; composites as places of their components.

use super::group::tag;
use super::put_id;
use crate::fid::Fid;
use crate::wire::{put_bytes, put_length, put_varint, zigzag};
use fhir::search::{Entry, ParamId, Quantity, Span, Target, Token, Value};
use fhir::{ResourceId, ResourceType};

/// How many groups back an equal value is looked for; further back it is written again, which costs only space.
const LOOK_BACK: usize = 96;

struct Shared<'e> {
    params: Vec<ParamId>,
    value: &'e Value<'e>,
}

/// Encodes all entries.
pub(super) fn encode(entries: &[Entry<'_>], subject: Option<&ResourceId>) -> Vec<u8> {
    let groups = share(entries);
    let mut out = Vec::with_capacity(groups.len() * 24);
    let mut group = Vec::with_capacity(64);
    for place in 0..groups.len() {
        let Some(shared) = groups.get(place) else { break };
        group.clear();
        put_length(&mut group, shared.params.len());
        shared.params.iter().for_each(|param| put_varint(&mut group, u64::from(param.0)));
        put_value(&mut group, shared.value, subject, &groups);
        super::put_inline(&mut out, &group);
    }
    out
}

/// Gathers the entries by value; every component of a composite gets a group, if one without a parameter.
fn share<'e>(entries: &'e [Entry<'e>]) -> Vec<Shared<'e>> {
    let mut groups: Vec<Shared<'e>> = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Value::Composite(parts) = &entry.value {
            parts.iter().for_each(|part| add(&mut groups, part, None));
        }
        add(&mut groups, &entry.value, Some(entry.param));
    }
    groups
}

fn add<'e>(groups: &mut Vec<Shared<'e>>, value: &'e Value<'e>, param: Option<ParamId>) {
    if let Some(known) = place_of(groups, value).and_then(|place| groups.get_mut(place)) {
        known.params.extend(param.filter(|param| !known.params.contains(param)));
    } else {
        groups.push(Shared { params: param.into_iter().collect(), value });
    }
}

fn place_of(groups: &[Shared<'_>], value: &Value<'_>) -> Option<usize> {
    let start = groups.len().saturating_sub(LOOK_BACK);
    groups.iter().skip(start).position(|group| group.value == value).map(|place| place + start)
}

/// The group of a component. Encoding happens when all groups are known, so it is looked for among all of them.
fn component_place(groups: &[Shared<'_>], value: &Value<'_>) -> usize {
    groups.iter().position(|group| group.value == value).unwrap_or(usize::MAX)
}

fn put_value(out: &mut Vec<u8>, value: &Value<'_>, subject: Option<&ResourceId>, groups: &[Shared<'_>]) {
    match value {
        Value::Token(token) => {
            out.push(tag::TOKEN);
            put_token(out, token);
        }
        Value::Text(text) => {
            out.push(tag::TEXT);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Date(span) => put_span(out, *span),
        Value::Number(number) => {
            out.push(tag::NUMBER);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::Quantity(quantity) => {
            out.push(tag::QUANTITY);
            put_quantity(out, quantity);
        }
        Value::Reference(target) => put_target(out, target, subject),
        Value::Uri(uri) => {
            out.push(tag::URI);
            out.extend_from_slice(uri.as_bytes());
        }
        Value::Composite(parts) => {
            out.push(tag::COMPOSITE);
            parts.iter().for_each(|part| put_length(out, component_place(groups, part)));
        }
    }
}

fn put_target(out: &mut Vec<u8>, target: &Target<'_>, subject: Option<&ResourceId>) {
    match target {
        Target::Local(ResourceType::PATIENT, id) if Some(id) == subject => out.push(tag::OWN_PATIENT),
        Target::Local(kind, id) => {
            let fid = Fid::of(id);
            out.push(if matches!(fid, Fid::Uuid(_)) { tag::LOCAL_UUID } else { tag::LOCAL_TEXT });
            out.push(kind.code());
            put_id(out, fid);
        }
        Target::Url(url) => {
            out.push(tag::URL);
            out.extend_from_slice(url.as_bytes());
        }
        Target::Identifier(token) => {
            out.push(tag::IDENTIFIER);
            put_token(out, token);
        }
    }
}

/// Which of the parts of a token follow.
fn put_token(out: &mut Vec<u8>, token: &Token<'_>) {
    let parts = [&token.system, &token.code, &token.text];
    let mut flags = 0_u8;
    for (bit, _) in parts.iter().enumerate().filter(|(_, part)| part.is_some()) {
        flags |= 1 << bit;
    }
    if token.of_type.is_some() {
        flags |= tag::TOKEN_OF_TYPE;
    }
    out.push(flags);
    parts.into_iter().flatten().for_each(|part| put_bytes(out, part.as_bytes()));
    if let Some((system, code)) = &token.of_type {
        put_bytes(out, system.as_bytes());
        put_bytes(out, code.as_bytes());
    }
}

/// The usual span starts on a whole second; that saves two bytes of its start.
fn put_span(out: &mut Vec<u8>, span: Span) {
    out.push(tag::DATE);
    let open_start = span.from_ms == i64::MIN;
    let open_end = span.until_ms == i64::MAX;
    let whole = !open_start && span.from_ms % 1000 == 0;
    out.push(flags(&[(open_start, tag::OPEN_START), (open_end, tag::OPEN_END), (whole, tag::WHOLE)]));
    if !open_start {
        put_varint(out, zigzag(if whole { span.from_ms / 1000 } else { span.from_ms }));
    }
    if !open_end {
        let base = if open_start { 0 } else { span.from_ms };
        put_varint(out, zigzag(span.until_ms.wrapping_sub(base)));
    }
}

/// The bits of what is there.
fn flags(bits: &[(bool, u8)]) -> u8 {
    bits.iter().filter(|(there, _)| *there).fold(0, |sum, (_, bit)| sum | bit)
}

fn put_quantity(out: &mut Vec<u8>, quantity: &Quantity<'_>) {
    let unit_is_code = quantity.unit.is_some() && quantity.unit == quantity.code;
    let canonical = quantity.canonical.as_ref();
    let same_value = canonical.is_some_and(|(value, _)| value.to_bits() == quantity.value.to_bits());
    let same_unit = canonical.is_some_and(|(_, unit)| quantity.code.as_deref() == Some(unit.as_str()));
    let there = [
        (quantity.system.is_some(), tag::HAS_SYSTEM),
        (quantity.code.is_some(), tag::HAS_CODE),
        (quantity.unit.is_some() && !unit_is_code, tag::HAS_UNIT),
        (unit_is_code, tag::UNIT_IS_CODE),
        (canonical.is_some(), tag::HAS_CANONICAL),
        (same_value, tag::CANONICAL_SAME_VALUE),
        (same_unit, tag::CANONICAL_SAME_UNIT),
    ];
    out.push(flags(&there));
    out.extend_from_slice(&quantity.value.to_le_bytes());
    quantity.system.iter().for_each(|system| put_bytes(out, system.as_bytes()));
    quantity.code.iter().for_each(|code| put_bytes(out, code.as_bytes()));
    quantity.unit.iter().filter(|_| !unit_is_code).for_each(|unit| put_bytes(out, unit.as_bytes()));
    if let Some((value, unit)) = canonical {
        if !same_value {
            out.extend_from_slice(&value.to_le_bytes());
        }
        if !same_unit {
            put_bytes(out, unit.as_bytes());
        }
    }
}
