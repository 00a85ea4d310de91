//! Quantities in canonical units, and the implied precision of numbers.
//!
//! UCUM's tables come from the crate `octofhir-ucum`; not one factor is written here. A unit that UCUM does not know, or
//! that no factor converts (pH, decibel), has no canonical form and compares as written. R4, 3.1.1.4.11.

use super::Approximate;
use octofhir_ucum::get_canonical_units;
use std::cell::RefCell;
use std::collections::HashMap;

/// The system of UCUM codes.
pub const UCUM: &str = "http://unitsofmeasure.org";

/// Longest unit that is looked up: UCUM expressions of real records are far shorter.
const UNIT_LENGTH_MAX: usize = 64;

/// Most units that one thread remembers; past it the memory starts afresh.
const UNITS_REMEMBERED_MAX: usize = 1024;

/// Significant digits of a canonical number: what is left of an `f64` after a conversion, so that 1 m is 100 cm.
const CANONICAL_DIGITS: i32 = 12;

/// How a value in a unit becomes one in the canonical unit: `value * factor + offset`.
#[derive(Clone, Debug)]
struct Conversion {
    unit: String,
    factor: f64,
    offset: f64,
}

thread_local! {
    /// A memory of a pure function: a record repeats the same few dozen units, and UCUM takes a microsecond for each.
    static CONVERSIONS: RefCell<HashMap<Box<str>, Option<Conversion>>> = RefCell::new(HashMap::new());
}

/// A value and its UCUM unit in canonical units, where there are such.
#[must_use]
pub fn canonical(value: f64, unit: &str) -> Option<(f64, String)> {
    with_conversion(unit, |conversion| (conversion.apply(value), conversion.unit.clone()))
}

/// A number with its precision and its UCUM unit in canonical units.
#[must_use]
pub fn canonical_range(number: Approximate, unit: &str) -> Option<(Approximate, String)> {
    with_conversion(unit, |conversion| {
        let range = Approximate {
            value: conversion.apply(number.value),
            low: conversion.apply(number.low),
            high: conversion.apply(number.high),
        };
        (range, conversion.unit.clone())
    })
}

/// Reads a number as asked, with half a unit of its last digit to either side: `100` is 99.5 to 100.5, `1.0e2` 95 to 105.
#[must_use]
pub fn approximate(text: &str) -> Option<Approximate> {
    if !is_number(text) {
        return None;
    }
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let half = 0.5 * 10_f64.powi(exponent.saturating_sub(i32::try_from(decimals).ok()?));
    Some(Approximate { value, low: value - half, high: value + half })
}

/// The form of FHIR's decimal, with the plus sign that clients like to send.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts_with_digit = unsigned.starts_with(|first: char| first.is_ascii_digit());
    starts_with_digit
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'))
}

impl Conversion {
    fn of(unit: &str) -> Option<Self> {
        let found = get_canonical_units(unit).ok()?;
        Some(Self { unit: found.unit, factor: found.factor.to_f64(), offset: found.offset.to_f64() })
    }

    fn apply(&self, value: f64) -> f64 {
        rounded(value.mul_add(self.factor, self.offset))
    }
}

fn with_conversion<T>(unit: &str, then: impl FnOnce(&Conversion) -> T) -> Option<T> {
    if unit.len() > UNIT_LENGTH_MAX {
        return None;
    }
    CONVERSIONS.with_borrow_mut(|known| {
        if let Some(conversion) = known.get(unit) {
            return conversion.as_ref().map(then);
        }
        if known.len() >= UNITS_REMEMBERED_MAX {
            known.clear();
        }
        known.entry(unit.into()).or_insert_with(|| Conversion::of(unit)).as_ref().map(then)
    })
}

/// Cuts to the digits that a conversion can be trusted with.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let magnitude = value.abs().log10().floor();
    let scale = 10_f64.powf(f64::from(CANONICAL_DIGITS - 1) - magnitude);
    let cut = (value * scale).round() / scale;
    if cut.is_finite() { cut } else { value }
}

#[cfg(test)]
mod tests {
    use super::{approximate, canonical, canonical_range};
    use proptest::prelude::*;

    #[test]
    fn the_same_amount_is_the_same_whatever_the_unit() {
        assert_eq!(canonical(1.0, "m"), canonical(100.0, "cm"));
        assert_eq!(canonical(0.5, "g/L"), canonical(50.0, "mg/dL"));
        assert_eq!(canonical(37.0, "Cel"), canonical(98.6, "[degF]"));
    }

    #[test]
    fn a_unit_without_a_factor_has_no_canonical_form() {
        assert_eq!(canonical(7.4, "[pH]"), None);
        assert_eq!(canonical(1.0, "tablets please"), None);
        assert_eq!(canonical(1.0, &"m".repeat(65)), None);
    }

    #[test]
    fn a_number_stands_for_half_a_digit_to_either_side() {
        let hundred = approximate("100").expect("a number");
        assert_eq!((hundred.low, hundred.high), (99.5, 100.5));

        let exact = approximate("100.00").expect("a number");
        assert_eq!((exact.low, exact.high), (99.995, 100.005));

        let rough = approximate("1.0e2").expect("a number");
        assert_eq!((rough.value, rough.low, rough.high), (100.0, 95.0, 105.0));
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["abc", "", "NaN", "inf", "1e999", ".5", "5mg", "0x10"] {
            assert!(approximate(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_canonical_range_keeps_its_value_inside(value in 0.001_f64..1e6) {
            let number = approximate(&format!("{value:.3}")).expect("a number");
            let (range, _) = canonical_range(number, "mg/dL").expect("a unit");
            prop_assert!(range.low < range.value && range.value < range.high);
        }
    }
}
