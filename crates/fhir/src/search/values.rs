//! How an element of a FHIR type becomes values of a search parameter.
//!
//! The type is known before the walk (choice types are spelled out by `paths`), so nothing is guessed from the shape of
//! the JSON. An element that is not of its type gives nothing: saying so is the work of validation. R4, 3.1.1.4.

use super::quantity::{UCUM, canonical};
use super::{ParamKind, Quantity, Span, Target, Token, Value};
use crate::date::{FhirDateTime, span_of_period};
use crate::{Json, Reference, ResourceId, ResourceType};
use std::borrow::Cow;

/// The way from an element to values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// `code`, with the system of its required value set where that has just one.
    Code(Option<&'static str>),
    /// string, id, uri and so on as a token without a system
    Plain,
    /// Coding
    Coding,
    /// CodeableConcept
    CodeableConcept,
    /// Identifier
    Identifier,
    /// ContactPoint
    ContactPoint,
    /// boolean
    Boolean,
    /// date, dateTime, instant
    Moment,
    /// Period
    Period,
    /// Timing
    Timing,
    /// string, markdown, code as words
    Text,
    /// HumanName: every part and the whole
    HumanName,
    /// Address: every part and the whole
    Address,
    /// CodeableConcept as words
    ConceptWords,
    /// integer, decimal
    Number,
    /// Range as two numbers
    NumberRange,
    /// Quantity, Age, Duration, Count, Distance
    Quantity,
    /// Money
    Money,
    /// Range as two quantities
    QuantityRange,
    /// Reference, only of one type where the expression says `resolve() is`
    Reference(Option<ResourceType>),
    /// canonical, uri or url as a reference
    Canonical,
    /// A whole resource in a Bundle, as a reference to it
    Resource,
    /// uri, url, canonical, oid, uuid
    Uri,
    /// Location.position
    Position,
}

impl Reading {
    /// The reading of a FHIR type for a kind of parameter; `None` where the two do not go together.
    pub(super) fn of(kind: ParamKind, fhir_type: &str) -> Option<Self> {
        match kind {
            ParamKind::Token => token_reading(fhir_type),
            ParamKind::Date => match fhir_type {
                "date" | "dateTime" | "instant" => Some(Self::Moment),
                "Period" => Some(Self::Period),
                "Timing" => Some(Self::Timing),
                _ => None,
            },
            ParamKind::String => match fhir_type {
                "string" | "markdown" | "code" | "uri" | "url" | "id" | "xhtml" => Some(Self::Text),
                "HumanName" => Some(Self::HumanName),
                "Address" => Some(Self::Address),
                "CodeableConcept" => Some(Self::ConceptWords),
                _ => None,
            },
            ParamKind::Number => match fhir_type {
                "integer" | "positiveInt" | "unsignedInt" | "decimal" => Some(Self::Number),
                "Range" => Some(Self::NumberRange),
                _ => None,
            },
            ParamKind::Quantity => match fhir_type {
                "Quantity" | "SimpleQuantity" | "Age" | "Duration" | "Count" | "Distance" | "MoneyQuantity" => {
                    Some(Self::Quantity)
                }
                "Money" => Some(Self::Money),
                "Range" => Some(Self::QuantityRange),
                _ => None,
            },
            ParamKind::Reference => match fhir_type {
                "Reference" => Some(Self::Reference(None)),
                "canonical" | "uri" | "url" => Some(Self::Canonical),
                "Resource" => Some(Self::Resource),
                _ => None,
            },
            ParamKind::Uri => matches!(fhir_type, "uri" | "url" | "canonical" | "oid" | "uuid").then_some(Self::Uri),
            // Of R4's special parameters only `near` has an element.
            ParamKind::Special => {
                matches!(fhir_type, "BackboneElement" | "Location.position").then_some(Self::Position)
            }
            ParamKind::Composite => None,
        }
    }

    /// The reading with what the element's definition and the expression add: a code's system, a reference's only type.
    pub(super) fn refined(self, system: Option<&'static str>, only: Option<ResourceType>) -> Self {
        match self {
            Self::Code(None) => Self::Code(system),
            Self::Reference(None) => Self::Reference(only),
            other => other,
        }
    }

    /// Appends the values of one element.
    pub(super) fn read<'a>(self, element: &'a Json<'a>, out: &mut Vec<Value<'a>>) {
        match self {
            Self::Code(system) => out.extend(element.text().map(|code| code_token(system, code))),
            Self::Plain => out.extend(element.text().map(|code| code_token(None, code))),
            Self::Coding => out.extend(coding(element).map(Value::Token)),
            Self::CodeableConcept => concept(element, out),
            Self::Identifier => identifier(element, out),
            Self::ContactPoint => out.extend(text_at(element, "value").map(|value| code_token(None, value))),
            Self::Boolean => {
                out.extend(element.as_bool().map(|is| code_token(None, if is { "true" } else { "false" })))
            }
            Self::Moment => out.extend(moment(element).map(Value::Date)),
            Self::Period => out.extend(period(element).map(Value::Date)),
            Self::Timing => out.extend(timing(element).map(Value::Date)),
            Self::Text => out.extend(element.text().map(words)),
            Self::HumanName => parts(element, &NAME_PARTS, NAME_JOINED, out),
            Self::Address => parts(element, &ADDRESS_PARTS, ADDRESS_JOINED, out),
            Self::ConceptWords => concept_words(element, out),
            Self::Number => out.extend(number(element).map(Value::Number)),
            Self::NumberRange => {
                out.extend(ends(element).filter_map(|end| number(end.get("value")?)).map(Value::Number))
            }
            Self::Quantity => out.extend(quantity(element).map(Value::Quantity)),
            Self::Money => out.extend(money(element).map(Value::Quantity)),
            Self::QuantityRange => out.extend(ends(element).filter_map(quantity).map(Value::Quantity)),
            Self::Reference(kind) => reference(element, kind, out),
            Self::Canonical => out.extend(element.text().map(|text| Value::Reference(canonical_target(text)))),
            Self::Resource => out.extend(resource(element).map(Value::Reference)),
            Self::Uri => out.extend(element.text().map(|uri| Value::Uri(Cow::Borrowed(uri)))),
            Self::Position => {
                let degrees = |name: &str| number(element.get(name)?).map(Value::Number);
                let both = degrees("latitude").zip(degrees("longitude"));
                out.extend(both.map(|(north, east)| Value::Composite(vec![north, east])));
            }
        }
    }
}

fn token_reading(fhir_type: &str) -> Option<Reading> {
    match fhir_type {
        "code" => Some(Reading::Code(None)),
        "string" | "id" | "uri" | "url" | "canonical" | "oid" | "uuid" | "markdown" => Some(Reading::Plain),
        "Coding" => Some(Reading::Coding),
        "CodeableConcept" => Some(Reading::CodeableConcept),
        "Identifier" => Some(Reading::Identifier),
        "ContactPoint" => Some(Reading::ContactPoint),
        "boolean" => Some(Reading::Boolean),
        _ => None,
    }
}

fn text_at<'a>(element: &'a Json<'a>, name: &str) -> Option<&'a str> {
    element.get(name).and_then(Json::text)
}

fn cow_at<'a>(element: &'a Json<'a>, name: &str) -> Option<Cow<'a, str>> {
    text_at(element, name).map(Cow::Borrowed)
}

fn items_at<'a>(element: &'a Json<'a>, name: &str) -> &'a [Json<'a>] {
    element.get(name).map_or(&[], Json::items)
}

fn code_token<'a>(system: Option<&'static str>, code: &'a str) -> Value<'a> {
    Value::Token(Token { system: system.map(Cow::Borrowed), code: Some(Cow::Borrowed(code)), ..Token::default() })
}

fn words(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn coding<'a>(element: &'a Json<'a>) -> Option<Token<'a>> {
    let token = Token {
        system: cow_at(element, "system"),
        code: cow_at(element, "code"),
        text: cow_at(element, "display"),
        of_type: None,
    };
    (token.system.is_some() || token.code.is_some() || token.text.is_some()).then_some(token)
}

/// Every coding, and the text where no coding shows the same words.
fn concept<'a>(element: &'a Json<'a>, out: &mut Vec<Value<'a>>) {
    let before = out.len();
    out.extend(items_at(element, "coding").iter().filter_map(coding).map(Value::Token));
    let Some(text) = text_at(element, "text") else { return };
    let is_said = out
        .iter()
        .skip(before)
        .any(|value| matches!(value, Value::Token(token) if token.text.as_deref() == Some(text)));
    if !is_said {
        out.push(Value::Token(Token { text: Some(Cow::Borrowed(text)), ..Token::default() }));
    }
}

fn concept_words<'a>(element: &'a Json<'a>, out: &mut Vec<Value<'a>>) {
    out.extend(text_at(element, "text").map(words));
    out.extend(items_at(element, "coding").iter().filter_map(|coding| text_at(coding, "display")).map(words));
}

/// The identifier once for each coding of its type, or once without.
fn identifier<'a>(element: &'a Json<'a>, out: &mut Vec<Value<'a>>) {
    let Some(token) = identifier_token(element) else { return };
    let kinds = element.get("type").map_or(&[][..], |kind| items_at(kind, "coding"));
    let before = out.len();
    for kind in kinds {
        if let (Some(system), Some(code)) = (cow_at(kind, "system"), cow_at(kind, "code")) {
            out.push(Value::Token(Token { of_type: Some((system, code)), ..token.clone() }));
        }
    }
    if out.len() == before {
        out.push(Value::Token(token));
    }
}

fn identifier_token<'a>(element: &'a Json<'a>) -> Option<Token<'a>> {
    let token = Token {
        system: cow_at(element, "system"),
        code: cow_at(element, "value"),
        text: element.get("type").and_then(|kind| cow_at(kind, "text")),
        of_type: None,
    };
    (token.system.is_some() || token.code.is_some()).then_some(token)
}

fn moment(element: &Json<'_>) -> Option<Span> {
    FhirDateTime::parse_search(element.text()?).ok().map(|moment| moment.span())
}

fn period(element: &Json<'_>) -> Option<Span> {
    span_of_period(element, moment)
}

/// From the first event or the start of the bounds to the last event or the end of the bounds.
fn timing(element: &Json<'_>) -> Option<Span> {
    let events = items_at(element, "event").iter().filter_map(moment);
    let bounds = element.at(&["repeat", "boundsPeriod"]).and_then(period);
    events.chain(bounds).reduce(|one, other| Span {
        from_ms: one.from_ms.min(other.from_ms),
        until_ms: one.until_ms.max(other.until_ms),
    })
}

const NAME_PARTS: [&str; 5] = ["family", "given", "prefix", "suffix", "text"];
const NAME_JOINED: &[&str] = &["given", "family"];
const ADDRESS_PARTS: [&str; 7] = ["line", "city", "district", "state", "postalCode", "country", "text"];
const ADDRESS_JOINED: &[&str] = &["line", "city", "district", "state", "postalCode", "country"];

/// Every part by itself, then the parts in reading order, so that "Ada Love" finds Ada Lovelace.
fn parts<'a>(element: &'a Json<'a>, names: &[&str], joined: &[&str], out: &mut Vec<Value<'a>>) {
    let texts = |name: &str| items_at(element, name).iter().filter_map(Json::text);
    let before = out.len();
    for name in names {
        out.extend(texts(name).map(words));
    }
    if out.len() > before + 1 {
        let whole: Vec<&str> = joined.iter().flat_map(|name| texts(name)).collect();
        if whole.len() > 1 {
            out.push(Value::Text(Cow::Owned(whole.join(" "))));
        }
    }
}

fn number(element: &Json<'_>) -> Option<f64> {
    element.number()?.parse().ok()
}

fn ends<'a>(range: &'a Json<'a>) -> impl Iterator<Item = &'a Json<'a>> {
    ["low", "high"].into_iter().filter_map(|end| range.get(end))
}

fn quantity<'a>(element: &'a Json<'a>) -> Option<Quantity<'a>> {
    let value = number(element.get("value")?)?;
    let (system, code) = (text_at(element, "system"), text_at(element, "code"));
    let canonical = if system == Some(UCUM) { code.and_then(|code| canonical(value, code)) } else { None };
    Some(Quantity {
        value,
        system: system.map(Cow::Borrowed),
        code: code.map(Cow::Borrowed),
        unit: cow_at(element, "unit"),
        canonical,
    })
}

/// Money's currency is a code of ISO 4217.
fn money<'a>(element: &'a Json<'a>) -> Option<Quantity<'a>> {
    let value = number(element.get("value")?)?;
    let currency = cow_at(element, "currency");
    let system = currency.as_ref().map(|_| Cow::Borrowed("urn:iso:std:iso:4217"));
    Some(Quantity { value, system, code: currency.clone(), unit: currency, canonical: None })
}

/// The reference and, beside it, its identifier. References into the resource itself are not searched.
fn reference<'a>(element: &'a Json<'a>, only: Option<ResourceType>, out: &mut Vec<Value<'a>>) {
    let target = text_at(element, "reference").and_then(target_of);
    if !only.is_none_or(|kind| points_at(element, target.as_ref(), kind)) {
        return;
    }
    out.extend(target.map(Value::Reference));
    let identifier = element.get("identifier").and_then(identifier_token);
    out.extend(identifier.map(|token| Value::Reference(Target::Identifier(token))));
}

/// What a reference's text names.
pub(super) fn target_of(text: &str) -> Option<Target<'_>> {
    match Reference::parse(text).ok()? {
        Reference::Local { kind, id, .. } => Some(Target::Local(kind, id)),
        Reference::Contained(_) | Reference::Conditional { .. } => None,
        Reference::Url(url) | Reference::Urn(url) => Some(Target::Url(Cow::Borrowed(url))),
    }
}

/// `resolve() is Type`, told from the reference itself: by its type, its path or `Reference.type`.
fn points_at(element: &Json<'_>, target: Option<&Target<'_>>, kind: ResourceType) -> bool {
    let in_path = match target {
        Some(Target::Local(found, _)) => return *found == kind,
        Some(Target::Url(url)) => url.rsplit('/').any(|segment| segment == kind.name()),
        _ => false,
    };
    in_path || text_at(element, "type") == Some(kind.name())
}

fn canonical_target(text: &str) -> Target<'_> {
    match target_of(text) {
        Some(Target::Local(kind, id)) => Target::Local(kind, id),
        _ => Target::Url(Cow::Borrowed(text)),
    }
}

fn resource<'a>(element: &'a Json<'a>) -> Option<Target<'a>> {
    let kind = ResourceType::parse(text_at(element, "resourceType")?)?;
    Some(Target::Local(kind, ResourceId::parse(text_at(element, "id")?).ok()?))
}
