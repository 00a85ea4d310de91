//! From values to lists: under which names a value is posted. `spans` is the other side, from tests to lists.
//!
//! Both must agree on one thing: whatever satisfies a test is found in one of the spans of that test. They may give
//! more; the matcher decides. A reference to the patient of the own part is not posted: the range of the part answers it.

use crate::fid::Fid;
use crate::names::Rid;
use crate::posting::{List, Place, Table};
use crate::vector::{Group, GroupReference, Groups};
use crate::wire::{ordered, stable_hash};
use fhir::ResourceType;
use fhir::search::{ParamId, Quantity, Span, Target, Token, Value, fold, fold_code};

pub(crate) const DAY_MS: i64 = 86_400_000;
/// Dates are kept by length: class `k` holds spans of up to `2^k` days, so that a span's end bounds its start.
pub(crate) const DATE_CLASS_LAST: u8 = 20;
/// Spans without an end, by their first day.
pub(crate) const DATE_OPEN_END: u8 = 0xFE;
/// Spans without a start.
pub(crate) const DATE_OPEN_START: u8 = 0xFF;

/// The parameters of a type's events: what happened, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventParams {
    pub(crate) code: ParamId,
    pub(crate) date: ParamId,
}

/// Builds the sixteen bytes of a list's name.
#[derive(Clone, Copy)]
struct Name {
    bytes: [u8; 16],
    used: usize,
}

impl Name {
    fn of(param: ParamId) -> Self {
        Self { bytes: [0; 16], used: 0 }.then(&param.0.to_be_bytes())
    }

    fn then(mut self, more: &[u8]) -> Self {
        for (place, byte) in self.bytes.iter_mut().skip(self.used).zip(more) {
            *place = *byte;
        }
        self.used = (self.used + more.len()).min(self.bytes.len());
        self
    }

    /// The same with the unused bytes at their highest: the end of all lists that begin so.
    fn topmost(mut self) -> Self {
        self.bytes.iter_mut().skip(self.used).for_each(|byte| *byte = u8::MAX);
        self
    }

    fn list(self, table: Table) -> List {
        List { table, name: self.bytes }
    }
}

/// Four bytes of a system's hash; zero for no system.
fn system_name(system: Option<&str>) -> [u8; 4] {
    let hash = system.map_or(0, |system| stable_hash(system.as_bytes()) | 1);
    let [a, b, c, d, ..] = hash.to_le_bytes();
    [a, b, c, d]
}

pub(crate) fn token_list(param: ParamId, system: Option<&str>, code: &str) -> List {
    let code = stable_hash(fold_code(code).as_bytes()).to_be_bytes();
    Name::of(param).then(&code).then(&system_name(system)).list(Table::Token)
}

/// All lists of a code, whatever its system.
pub(crate) fn token_lists(param: ParamId, code: &str) -> (List, List) {
    let name = Name::of(param).then(&stable_hash(fold_code(code).as_bytes()).to_be_bytes());
    (name.list(Table::Token), name.topmost().list(Table::Token))
}

pub(crate) fn uri_list(param: ParamId, uri: &str) -> List {
    Name::of(param).then(&stable_hash(uri.as_bytes()).to_be_bytes()).list(Table::Token)
}

/// The first and the last place of strings that start with a folded text.
pub(crate) fn text_places(param: ParamId, folded: &str) -> ((List, u32), (List, u32)) {
    let (head, sub) = folded.as_bytes().split_at_checked(14).unwrap_or((folded.as_bytes(), &[]));
    let name = Name::of(param).then(head);
    let mut low = [0; 4];
    let mut high = [u8::MAX; 4];
    low.iter_mut().zip(sub).for_each(|(place, byte)| *place = *byte);
    high.iter_mut().zip(sub).for_each(|(place, byte)| *place = *byte);
    let first = (name.list(Table::Text), u32::from_be_bytes(low));
    (first, (name.topmost().list(Table::Text), u32::from_be_bytes(high)))
}

pub(crate) fn date_list(param: ParamId, class: u8) -> List {
    Name::of(param).then(&[class]).list(Table::Date)
}

/// The day of a moment as a number that keeps the order.
pub(crate) fn day(at_ms: i64) -> u32 {
    const MIDDLE: i64 = 1 << 31;
    u32::try_from((at_ms.div_euclid(DAY_MS) + MIDDLE).clamp(0, i64::from(u32::MAX))).unwrap_or(0)
}

fn date_place(span: Span) -> (u8, u32) {
    if span.from_ms == i64::MIN {
        return (DATE_OPEN_START, 0);
    }
    let class = (0..=DATE_CLASS_LAST).find(|class| span.until_ms.saturating_sub(span.from_ms) <= DAY_MS << class);
    (class.unwrap_or(DATE_OPEN_END), day(span.from_ms))
}

/// Which of a quantity's numbers a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Magnitudes<'u> {
    /// Plain numbers.
    Number,
    /// As written, where a canonical form exists too.
    WrittenWithCanonical,
    /// As written, where there is no other form.
    WrittenOnly,
    /// In this canonical unit.
    Canonical(&'u str),
}

pub(crate) fn quantity_list(param: ParamId, of: Magnitudes<'_>) -> List {
    let name = Name::of(param);
    let name = match of {
        Magnitudes::Number => name.then(&[0]),
        Magnitudes::WrittenWithCanonical => name.then(&[1]),
        Magnitudes::WrittenOnly => name.then(&[2]),
        Magnitudes::Canonical(unit) => {
            let [a, b, c, d, e, f, ..] = stable_hash(unit.as_bytes()).to_le_bytes();
            name.then(&[3]).then(&[a, b, c, d, e, f])
        }
    };
    name.list(Table::Quantity)
}

/// The leading bits of a number: about seven decimal digits.
pub(crate) fn magnitude(number: f64) -> u32 {
    u32::try_from(ordered(number) >> 32).unwrap_or(0)
}

fn reference_name(param: ParamId, fid: Fid<'_>) -> Name {
    let hash = match fid {
        Fid::Uuid(bytes) => stable_hash(&bytes),
        Fid::Text(text) => stable_hash(text.as_bytes()),
    };
    Name::of(param).then(&hash.to_be_bytes())
}

pub(crate) fn reference_list(param: ParamId, kind: ResourceType, fid: Fid<'_>) -> List {
    reference_name(param, fid).then(&[kind.code()]).list(Table::Reference)
}

/// All lists of references to an id, whatever the type.
pub(crate) fn reference_lists(param: ParamId, fid: Fid<'_>) -> (List, List) {
    let name = reference_name(param, fid);
    (name.list(Table::Reference), name.topmost().list(Table::Reference))
}

/// References to a url; a canonical is found by what stands before its version.
pub(crate) fn url_list(param: ParamId, url: &str) -> List {
    let base = url.split_once('|').map_or(url, |(base, _)| base);
    let hash = stable_hash(base.as_bytes()).to_be_bytes();
    Name::of(param).then(&hash).then(&[u8::MAX]).list(Table::Reference)
}

/// Events of a code, apart by whether they last longer than a day: the short ones are found by either end.
pub(crate) fn event_list(kind: ResourceType, code: &str, is_long: bool) -> List {
    let code = stable_hash(fold_code(code).as_bytes()).to_be_bytes();
    Name { bytes: [0; 16], used: 0 }.then(&[kind.code(), u8::from(is_long), 0]).then(&code).list(Table::Event)
}

/// All places under which a resource's values are posted.
pub(crate) fn places(rid: Rid, groups: Groups<'_>, event: Option<EventParams>, out: &mut Vec<Place>) {
    let start = out.len();
    let mut push = |list: List, sub: u32| out.push(Place { list, sub, rid });
    for group in groups {
        if let Some(GroupReference::Local(kind, fid)) = group.reference() {
            group.params().for_each(|param| push(reference_list(param, kind, fid), 0));
        } else if let Some(first) = group.first_component(groups) {
            // A composite is found by its first component, whatever the others are.
            if let Some(Value::Token(token)) = first.plain_value(None) {
                group.params().for_each(|param| token_places(param, &token, &mut push));
            }
        } else if let Some(value) = group.plain_value(None) {
            group.params().for_each(|param| value_places(param, &value, &mut push));
        }
    }
    if let (Some(event), Some(kind)) = (event, rid.kind()) {
        event_places(kind, event, groups, &mut push);
    }
    if let Some(own) = out.get_mut(start..) {
        own.sort_unstable();
    }
    let mut before = None;
    let mut place = 0;
    out.retain(|posting| {
        place += 1;
        place <= start || before.replace(*posting) != Some(*posting)
    });
}

fn value_places(param: ParamId, value: &Value<'_>, push: &mut impl FnMut(List, u32)) {
    match value {
        Value::Token(token) | Value::Reference(Target::Identifier(token)) => token_places(param, token, push),
        Value::Text(text) => {
            let ((list, sub), _) = text_places(param, &fold(text));
            push(list, sub);
        }
        Value::Date(span) => {
            let (class, sub) = date_place(*span);
            push(date_list(param, class), sub);
        }
        Value::Number(number) => push(quantity_list(param, Magnitudes::Number), magnitude(*number)),
        Value::Quantity(quantity) => quantity_places(param, quantity, push),
        Value::Uri(uri) => push(uri_list(param, uri), 0),
        Value::Reference(Target::Url(url)) => push(url_list(param, url), 0),
        Value::Reference(Target::Local(..)) | Value::Composite(_) => {}
    }
}

fn token_places(param: ParamId, token: &Token<'_>, push: &mut impl FnMut(List, u32)) {
    if let Some(code) = &token.code {
        push(token_list(param, token.system.as_deref(), code), 0);
    }
}

fn quantity_places(param: ParamId, quantity: &Quantity<'_>, push: &mut impl FnMut(List, u32)) {
    let written = match &quantity.canonical {
        None => Magnitudes::WrittenOnly,
        Some((value, unit)) => {
            push(quantity_list(param, Magnitudes::Canonical(unit)), magnitude(*value));
            Magnitudes::WrittenWithCanonical
        }
    };
    push(quantity_list(param, written), magnitude(quantity.value));
}

/// Every code with every day on which the event began.
fn event_places(kind: ResourceType, event: EventParams, groups: Groups<'_>, push: &mut impl FnMut(List, u32)) {
    let values = |param: ParamId| groups.filter(move |group: &Group<'_>| group.has(param));
    for dated in values(event.date) {
        let Some(Value::Date(span)) = dated.plain_value(None) else { continue };
        for coded in values(event.code) {
            if let Some(Value::Token(Token { code: Some(code), .. })) = coded.plain_value(None) {
                let is_long = span.until_ms.saturating_sub(span.from_ms) > DAY_MS;
                push(event_list(kind, &code, is_long), day(span.from_ms));
            }
        }
    }
}
