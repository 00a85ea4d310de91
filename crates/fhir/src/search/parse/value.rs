//! The right side of a parameter: alternatives, prefixes, escapes, and a test of the parameter's kind for each.
//!
//! Commas part alternatives, `$` the parts of a composite, `|` system and code; a backslash before one of them, or before
//! itself, makes it plain text. R4, 3.1.1.3.

use super::super::params::Param;
use super::super::quantity::{UCUM, approximate, canonical_range};
use super::super::text::fold;
use super::super::values::target_of;
use super::super::{ParamKind, Prefix, Span, SystemTest, Target, Test};
use super::{ALTERNATIVES_MAX, Refusal, key};
use crate::date::FhirDateTime;
use crate::issue::IssueCode;
use crate::{ResourceId, ResourceType};

/// Reads all alternatives of a parameter.
pub(super) fn tests(param: &Param, modifier: Option<&str>, text: &str) -> Result<Vec<Test>, Refusal> {
    alternatives(param.code, text)?.map(|alternative| test(param, modifier, alternative)).collect()
}

/// The alternatives, still escaped.
pub(super) fn alternatives<'t>(code: &str, text: &'t str) -> Result<impl Iterator<Item = &'t str> + use<'t>, Refusal> {
    let parts = cut(text, ',');
    if parts.len() > ALTERNATIVES_MAX {
        let sentence = format!("`{code}` has {} alternatives; at most {ALTERNATIVES_MAX} are taken.", parts.len());
        return Err(Refusal::wrong(IssueCode::TooCostly, sentence));
    }
    if parts.iter().any(|part| part.is_empty()) {
        return Err(Refusal::value(format!(
            "`{code}` has an empty alternative: two commas in a row, or one at an end."
        )));
    }
    Ok(parts.into_iter())
}

/// `true` or `false`
pub(super) fn boolean(name: &str, text: &str) -> Result<bool, Refusal> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::value(format!("`{name}` is `true` or `false`, not `{}`.", shown(text)))),
    }
}

/// `_lastUpdated`
pub(super) fn last_updated(text: &str) -> Result<Vec<(Prefix, Span)>, Refusal> {
    alternatives("_lastUpdated", text)?.map(|alternative| date_value("_lastUpdated", alternative)).collect()
}

/// What a client sent, short enough to say back.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 40;
    let start: String = text.chars().take(SHOWN_MAX).collect();
    if start.len() < text.len() { format!("{start}..") } else { start }
}

fn test(param: &Param, modifier: Option<&str>, text: &str) -> Result<Test, Refusal> {
    match param.kind {
        ParamKind::Token => token_test(param, modifier, text),
        ParamKind::String => string_test(param, modifier, text),
        ParamKind::Reference => reference_test(param, modifier, text),
        ParamKind::Uri => uri_test(param, modifier, text),
        _ if modifier.is_some() => Err(no_modifier(param, modifier, "`missing`")),
        ParamKind::Date => date_value(param.code, text).map(|(prefix, span)| Test::Date(prefix, span)),
        ParamKind::Number => number_test(param, text),
        ParamKind::Quantity => quantity_test(param, text),
        ParamKind::Composite => composite_test(param, text),
        ParamKind::Special => near_test(param, text),
    }
}

/// How far `near` reaches where no distance is said, kilometres: as far as one would go to a service.
const NEAR_KM: f64 = 10.0;
/// Kilometres of the units in which a distance may be said (UCUM).
const UNITS_KM: [(&str, f64); 4] = [("km", 1.0), ("m", 0.001), ("[mi_us]", 1.609_347_219), ("[mi_i]", 1.609_344)];

/// `latitude|longitude`, `latitude|longitude|distance`, `latitude|longitude|distance|units`
fn near_test(param: &Param, text: &str) -> Result<Test, Refusal> {
    let refuse = || {
        let units = UNITS_KM.map(|(unit, _)| unit).join("`, `");
        Refusal::value(format!(
            "`{}` is written `latitude|longitude|distance|units` in degrees, such as `51.5|-0.12|5|km`; units are `{units}`. This is `{}`.",
            param.code,
            shown(text)
        ))
    };
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let parts = cut(text, '|');
    let (latitude, longitude, distance_km) = match parts.as_slice() {
        [north, east] => (number(north), number(east), Some(NEAR_KM)),
        [north, east, distance] => (number(north), number(east), number(distance)),
        [north, east, distance, unit] => {
            let unit_km = UNITS_KM.iter().find(|(known, _)| known == unit).map(|(_, km)| km);
            (number(north), number(east), number(distance).zip(unit_km).map(|(distance, km)| distance * km))
        }
        _ => return Err(refuse()),
    };
    match (latitude, longitude, distance_km) {
        (Some(latitude), Some(longitude), Some(distance_km))
            if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && distance_km >= 0.0 =>
        {
            Ok(Test::Near { latitude, longitude, distance_km })
        }
        _ => Err(refuse()),
    }
}

fn token_test(param: &Param, modifier: Option<&str>, text: &str) -> Result<Test, Refusal> {
    match modifier {
        None => {
            let (system, code) = token(param, text)?;
            Ok(Test::Token { system, code })
        }
        Some("text") => words(param, text).map(Test::TokenText),
        Some("of-type") => match cut(text, '|').as_slice() {
            [system, code, value] if !value.is_empty() => {
                Ok(Test::OfType { system: plain(system), code: plain(code), value: plain(value) })
            }
            _ => Err(Refusal::value(format!("`{}:of-type` is written `system|type|value`.", param.code))),
        },
        other => Err(no_modifier(param, other, "`not`, `missing`, `text`, `of-type`")),
    }
}

/// `code`, `|code`, `system|code`, `system|`
fn token(param: &Param, text: &str) -> Result<(SystemTest, Option<String>), Refusal> {
    match cut(text, '|').as_slice() {
        [code] => Ok((SystemTest::Any, Some(plain(code)))),
        ["", code] if !code.is_empty() => Ok((SystemTest::None, Some(plain(code)))),
        [system, ""] if !system.is_empty() => Ok((SystemTest::Is(plain(system)), None)),
        [system, code] if !system.is_empty() => Ok((SystemTest::Is(plain(system)), Some(plain(code)))),
        _ => {
            let sentence = format!(
                "`{}` is written `code`, `system|code`, `|code` or `system|`, not `{}`.",
                param.code,
                shown(text)
            );
            Err(Refusal::value(sentence))
        }
    }
}

fn string_test(param: &Param, modifier: Option<&str>, text: &str) -> Result<Test, Refusal> {
    match modifier {
        None => words(param, text).map(Test::Starts),
        Some("contains") => words(param, text).map(Test::Contains),
        Some("exact") => Ok(Test::Exact(plain(text))),
        other => Err(no_modifier(param, other, "`exact`, `contains`, `missing`")),
    }
}

/// Folded words; nothing but punctuation would match everything.
fn words(param: &Param, text: &str) -> Result<String, Refusal> {
    let folded = fold(&plain(text));
    if folded.is_empty() {
        return Err(Refusal::value(format!("`{}` needs a letter or digit to search for.", param.code)));
    }
    Ok(folded)
}

fn reference_test(param: &Param, modifier: Option<&str>, text: &str) -> Result<Test, Refusal> {
    match modifier {
        Some("identifier") => {
            let (system, code) = token(param, text)?;
            Ok(Test::ReferenceIdentifier { system, code })
        }
        None => reference(param, plain(text)),
        Some(name) => {
            let Some(kind) = ResourceType::parse(name) else {
                return Err(no_modifier(param, modifier, "`identifier`, `missing`, a resource type"));
            };
            if !param.targets.is_empty() && !param.targets.contains(&kind) {
                return Err(key::not_a_target(param, kind));
            }
            match reference(param, plain(text))? {
                Test::Reference { kind: said, id } if said.is_none_or(|said| said == kind) => {
                    Ok(Test::Reference { kind: Some(kind), id })
                }
                Test::Reference { kind: Some(_), id } if !is_typed(text) => {
                    Ok(Test::Reference { kind: Some(kind), id })
                }
                _ => Err(Refusal::value(format!(
                    "`{}:{name}` wants the id of a {name}, not `{}`.",
                    param.code,
                    shown(text)
                ))),
            }
        }
    }
}

fn is_typed(text: &str) -> bool {
    text.contains('/')
}

/// `id`, `Type/id`, a url or a canonical. A bare id is of the only type that the reference can have.
fn reference(param: &Param, text: String) -> Result<Test, Refusal> {
    if let Ok(id) = ResourceId::parse(&text) {
        let kind = match param.targets.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        return Ok(Test::Reference { kind, id });
    }
    match target_of(&text) {
        Some(Target::Local(kind, id)) => Ok(Test::Reference { kind: Some(kind), id }),
        Some(_) => Ok(Test::ReferenceUrl(text)),
        None => Err(Refusal::value(format!(
            "`{}` is written `Type/id`, `id` or a url, not `{}`.",
            param.code,
            shown(&text)
        ))),
    }
}

fn uri_test(param: &Param, modifier: Option<&str>, text: &str) -> Result<Test, Refusal> {
    match modifier {
        None => Ok(Test::Uri(plain(text))),
        Some("below") => Ok(Test::UriBelow(plain(text))),
        Some("above") => Ok(Test::UriAbove(plain(text))),
        other => Err(no_modifier(param, other, "`below`, `above`, `missing`")),
    }
}

/// A plus sign that a client forgot to encode comes as a space.
fn date_value(code: &str, text: &str) -> Result<(Prefix, Span), Refusal> {
    let (prefix, rest) = prefixed(text);
    let moment = FhirDateTime::parse_search(&rest.replace(' ', "+")).map_err(|_| {
        let sentence = format!(
            "`{code}` is a date such as `2024`, `2024-05`, `2024-05-31`, `ge2024-05-31T09:00:00Z`, not `{}`.",
            shown(text)
        );
        Refusal::value(sentence)
    })?;
    Ok((prefix, moment.span()))
}

fn number_test(param: &Param, text: &str) -> Result<Test, Refusal> {
    let (prefix, rest) = prefixed(text);
    let number = approximate(rest).ok_or_else(|| {
        Refusal::value(format!("`{}` is a number such as `100`, `5.40` or `gt0.8`, not `{}`.", param.code, shown(text)))
    })?;
    Ok(Test::Number(prefix, number))
}

/// `number`, `number|system|code`, `number||unit`
fn quantity_test(param: &Param, text: &str) -> Result<Test, Refusal> {
    let refuse = || {
        let sentence =
            format!("`{}` is written `5.4`, `gt5.4||mg` or `5.4|{UCUM}|mg`, not `{}`.", param.code, shown(text));
        Refusal::value(sentence)
    };
    let parts = cut(text, '|');
    let (number, unit) = match parts.as_slice() {
        [number] => (number, None),
        [number, system, code] if !code.is_empty() => (number, Some((plain(system), plain(code)))),
        _ => return Err(refuse()),
    };
    let (prefix, rest) = prefixed(number);
    let number = approximate(rest).ok_or_else(refuse)?;
    let canonical = match &unit {
        Some((system, code)) if system == UCUM => canonical_range(number, code),
        _ => None,
    };
    Ok(Test::Quantity { prefix, number, unit, canonical })
}

fn composite_test(param: &Param, text: &str) -> Result<Test, Refusal> {
    let parts = cut(text, '$');
    let components: Vec<&Param> =
        param.components.iter().filter_map(|component| super::super::params::by_id(component.param)).collect();
    if parts.len() != components.len() {
        let names: Vec<&str> = components.iter().map(|component| component.code).collect();
        return Err(Refusal::value(format!(
            "`{}` has {} parts with `$` between them: {}.",
            param.code,
            names.len(),
            names.join("$")
        )));
    }
    let tests = components.into_iter().zip(parts).map(|(component, part)| test(component, None, part));
    tests.collect::<Result<_, _>>().map(Test::Composite)
}

fn no_modifier(param: &Param, modifier: Option<&str>, offered: &str) -> Refusal {
    let modifier = modifier.unwrap_or_default();
    Refusal::not_supported(format!("`{}` has no modifier `:{}`; it takes {offered}.", param.code, shown(modifier)))
}

/// The prefix, where letters stand before the number or date.
fn prefixed(text: &str) -> (Prefix, &str) {
    const PREFIXES: [(&str, Prefix); 9] = [
        ("eq", Prefix::Eq),
        ("ne", Prefix::Ne),
        ("gt", Prefix::Gt),
        ("lt", Prefix::Lt),
        ("ge", Prefix::Ge),
        ("le", Prefix::Le),
        ("sa", Prefix::Sa),
        ("eb", Prefix::Eb),
        ("ap", Prefix::Ap),
    ];
    let found = PREFIXES.iter().find_map(|(name, prefix)| text.strip_prefix(name).map(|rest| (*prefix, rest)));
    found.unwrap_or((Prefix::Eq, text))
}

/// Cuts at a sign that no backslash stands before.
fn cut(text: &str, sign: char) -> Vec<&str> {
    let mut is_escaped = false;
    let at = |letter: char| {
        let is_cut = letter == sign && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        is_cut
    };
    text.split(at).collect()
}

/// Takes the escapes out.
fn plain(text: &str) -> String {
    let mut letters = text.chars();
    let mut out = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push(letters.next().unwrap_or('\\')),
            other => out.push(other),
        }
    }
    out
}
