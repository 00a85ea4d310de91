//! What a test means: whether one value of a resource satisfies one alternative of a condition.
//!
//! This is the only definition. The store keeps values in a form of its own and may answer faster, but must answer
//! the same; its tests compare with this. Nothing here looks at more than one value: `:not`, `:missing`, AND and OR are
//! of [`Condition`](super::Condition). R4, 3.1.1.4.
//!
//! - Codes and identifier values compare without case ([`fold_code`]); systems, uris and `:exact` strings exactly.
//! - Strings compare after [`fold`]; the tests `Starts`, `Contains` and `TokenText` carry folded text already.
//! - `eq` on a date: the value lies inside the question. `gt` and `lt` reach beyond it, `sa` and `eb` lie wholly outside.
//! - `eq` on a number: inside the implied precision. The other prefixes compare with the number as written.

use super::text::{fold, fold_code};
use super::{Approximate, Prefix, Quantity, Span, SystemTest, Target, Test, Token, Value};

/// Whether the value satisfies the test. A test of another kind than the value is never satisfied.
#[must_use]
pub fn matches(test: &Test, value: &Value<'_>) -> bool {
    match (test, value) {
        (Test::Token { system, code }, Value::Token(token)) => token_is(token, system, code.as_deref()),
        (Test::TokenText(text), Value::Token(token)) => words_contain(token, text),
        (Test::OfType { system, code, value }, Value::Token(token)) => is_of_type(token, (system, code), value),
        (Test::Starts(start), Value::Text(text)) => fold(text).starts_with(start.as_str()),
        (Test::Exact(exact), Value::Text(text)) => text == exact,
        (Test::Contains(part), Value::Text(text)) => fold(text).contains(part.as_str()),
        (Test::Date(prefix, asked), Value::Date(span)) => date_is(*prefix, *asked, *span),
        (Test::Number(prefix, asked), Value::Number(number)) => number_is(*prefix, *asked, *number),
        (Test::Quantity { prefix, number, unit, canonical }, Value::Quantity(quantity)) => {
            let unit = unit.as_ref().map(|(system, code)| (system.as_str(), code.as_str()));
            quantity_is(*prefix, (*number, unit), canonical.as_ref(), quantity)
        }
        (_, Value::Reference(target)) => reference_is(test, target),
        (_, Value::Uri(uri)) => uri_is(test, uri),
        (Test::Composite(tests), Value::Composite(values)) => {
            tests.len() == values.len() && tests.iter().zip(values).all(|(test, value)| matches(test, value))
        }
        (Test::Near { latitude, longitude, distance_km }, Value::Composite(position)) => match position.as_slice() {
            [Value::Number(north), Value::Number(east)] => {
                distance_between((*latitude, *longitude), (*north, *east)) <= *distance_km
            }
            _ => false,
        },
        _ => false,
    }
}

/// The distance of two points given as degrees north and east, kilometres, on a sphere of the earth's mean radius: the
/// haversine formula, which is right to half a per cent of an ellipsoid.
fn distance_between((north, east): (f64, f64), (other_north, other_east): (f64, f64)) -> f64 {
    const EARTH_KM: f64 = 6_371.008_8;
    let half_sine = |one: f64, other: f64| ((other - one).to_radians() / 2.0).sin();
    let (up, along) = (half_sine(north, other_north), half_sine(east, other_east));
    let chord = up.mul_add(up, north.to_radians().cos() * other_north.to_radians().cos() * along * along);
    2.0 * EARTH_KM * chord.sqrt().min(1.0).asin()
}

/// Whether a token has the system and the code asked for.
#[must_use]
pub fn token_is(token: &Token<'_>, system: &SystemTest, code: Option<&str>) -> bool {
    let system_fits = match system {
        SystemTest::Any => true,
        SystemTest::None => token.system.is_none(),
        SystemTest::Is(asked) => token.system.as_deref() == Some(asked.as_str()),
    };
    let code_fits =
        code.is_none_or(|asked| token.code.as_deref().is_some_and(|code| fold_code(code) == fold_code(asked)));
    system_fits && code_fits
}

/// `:text`: the display, text or type of the token holds the words.
fn words_contain(token: &Token<'_>, folded: &str) -> bool {
    token.text.as_deref().is_some_and(|text| fold(text).contains(folded))
}

fn is_of_type(token: &Token<'_>, (system, code): (&str, &str), value: &str) -> bool {
    let typed = token.of_type.as_ref();
    typed.is_some_and(|(of_system, of_code)| of_system == system && fold_code(of_code) == fold_code(code))
        && token.code.as_deref().is_some_and(|found| fold_code(found) == fold_code(value))
}

/// Whether the span of a value stands to the span asked for as the prefix says (R4, table of 3.1.1.4.5).
///
/// `ap` is an overlap with the question widened by its own length on both sides: about a day, a month, a year.
#[must_use]
pub fn date_is(prefix: Prefix, asked: Span, span: Span) -> bool {
    let inside = asked.from_ms <= span.from_ms && span.until_ms <= asked.until_ms;
    match prefix {
        Prefix::Eq => inside,
        Prefix::Ne => !inside,
        Prefix::Gt => span.until_ms > asked.until_ms,
        Prefix::Lt => span.from_ms < asked.from_ms,
        Prefix::Ge => inside || span.until_ms > asked.until_ms,
        Prefix::Le => inside || span.from_ms < asked.from_ms,
        Prefix::Sa => span.from_ms >= asked.until_ms,
        Prefix::Eb => span.until_ms <= asked.from_ms,
        Prefix::Ap => {
            let length = asked.until_ms.saturating_sub(asked.from_ms);
            span.from_ms < asked.until_ms.saturating_add(length) && span.until_ms > asked.from_ms.saturating_sub(length)
        }
    }
}

/// Whether a number stands to the number asked for as the prefix says.
#[must_use]
pub fn number_is(prefix: Prefix, asked: Approximate, number: f64) -> bool {
    let inside = asked.low <= number && number < asked.high;
    match prefix {
        Prefix::Eq => inside,
        Prefix::Ne => !inside,
        Prefix::Gt | Prefix::Sa => number > asked.value,
        Prefix::Lt | Prefix::Eb => number < asked.value,
        Prefix::Ge => number >= asked.value,
        Prefix::Le => number <= asked.value,
        Prefix::Ap => inside || (number - asked.value).abs() <= (asked.value / 10.0).abs(),
    }
}

/// Whether a quantity has the number and unit asked for: by canonical unit where both have one, else as written.
fn quantity_is(
    prefix: Prefix,
    (number, unit): (Approximate, Option<(&str, &str)>),
    canonical: Option<&(Approximate, String)>,
    quantity: &Quantity<'_>,
) -> bool {
    if let (Some((asked, asked_unit)), Some((value, value_unit))) = (canonical, &quantity.canonical) {
        return asked_unit == value_unit && number_is(prefix, *asked, *value);
    }
    unit.is_none_or(|unit| has_unit(quantity, unit)) && number_is(prefix, number, quantity.value)
}

fn has_unit(quantity: &Quantity<'_>, (system, code): (&str, &str)) -> bool {
    if system.is_empty() {
        quantity.code.as_deref() == Some(code) || quantity.unit.as_deref() == Some(code)
    } else {
        quantity.system.as_deref() == Some(system) && quantity.code.as_deref() == Some(code)
    }
}

fn reference_is(test: &Test, target: &Target<'_>) -> bool {
    match (test, target) {
        (Test::Reference { kind, id }, Target::Local(target_kind, target_id)) => {
            id == target_id && kind.is_none_or(|kind| kind == *target_kind)
        }
        (Test::ReferenceUrl(asked), Target::Url(url)) => url_is(asked, url),
        (Test::ReferenceIdentifier { system, code }, Target::Identifier(token)) => {
            token_is(token, system, code.as_deref())
        }
        _ => false,
    }
}

/// A canonical asked for without a version is any version of it.
fn url_is(asked: &str, url: &str) -> bool {
    asked == url || (!asked.contains('|') && url.split_once('|').is_some_and(|(base, _)| base == asked))
}

fn uri_is(test: &Test, uri: &str) -> bool {
    match test {
        Test::Uri(asked) => uri == asked,
        Test::UriBelow(asked) => uri.starts_with(asked.as_str()),
        Test::UriAbove(asked) => {
            asked.strip_prefix(uri).is_some_and(|rest| rest.is_empty() || uri.ends_with('/') || rest.starts_with('/'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
