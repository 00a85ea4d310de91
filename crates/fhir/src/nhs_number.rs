//! The NHS number: ten digits of which the last checks the others (modulus 11).
//!
//! Input is forgiven its spaces and hyphens, nothing else. Refused: a wrong check digit, a remainder that has no check
//! digit, and ten equal digits, which pass the arithmetic but stand for "unknown" in old systems. `Debug` is masked so
//! that no log line tells who somebody is; `Display` is the whole number in the 3-3-4 form that people read.

use std::fmt;

/// Input longer than this is not looked at: ten digits with a separator after each have room.
const INPUT_BYTES_MAX: usize = 24;

/// A number with the right check digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NhsNumber([u8; 10]);

/// Why a text is not an NHS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NhsNumberError {
    /// Not ten digits.
    #[error("an NHS number has 10 digits")]
    Length,
    /// A character that is not a digit, space or hyphen.
    #[error("an NHS number has only digits, spaces and hyphens")]
    Character,
    /// One digit ten times.
    #[error("ten equal digits are not an NHS number")]
    Placeholder,
    /// The last digit does not fit the others.
    #[error("this is not an NHS number: check the digits")]
    CheckDigit,
}

impl NhsNumber {
    /// Where FHIR identifiers keep NHS numbers.
    pub const SYSTEM: &'static str = "https://fhir.nhs.uk/Id/nhs-number";

    /// Takes a number as people write it: `943 476 5919`, `943-476-5919` or `9434765919`.
    ///
    /// # Errors
    /// When it is not ten digits with the right check digit, or one digit ten times.
    pub fn parse(text: &str) -> Result<NhsNumber, NhsNumberError> {
        let text = text.trim();
        if text.len() > INPUT_BYTES_MAX {
            return Err(NhsNumberError::Length);
        }
        let mut digits = [0; 10];
        let mut count = 0;
        for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
            if !byte.is_ascii_digit() {
                return Err(NhsNumberError::Character);
            }
            *digits.get_mut(count).ok_or(NhsNumberError::Length)? = byte;
            count += 1;
        }
        if count < digits.len() { Err(NhsNumberError::Length) } else { NhsNumber::check(digits) }
    }

    /// The number that begins with these nine digits, where one exists; for those who make synthetic people.
    pub fn from_first_nine(nine: u32) -> Option<NhsNumber> {
        let text = format!("{nine:09}");
        let check = check_digit(text.bytes())?;
        NhsNumber::parse(&format!("{text}{check}")).ok()
    }

    fn check(digits: [u8; 10]) -> Result<NhsNumber, NhsNumberError> {
        let [first, .., last] = digits;
        if digits.iter().all(|digit| *digit == first) {
            return Err(NhsNumberError::Placeholder);
        }
        match check_digit(digits.iter().copied()) {
            Some(check) if check == last - b'0' => Ok(NhsNumber(digits)),
            _ => Err(NhsNumberError::CheckDigit),
        }
    }

    /// The ten digits without spaces, as identifiers carry them.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it is in the range 999 000 0000 to 999 999 9999, which is never issued to a person.
    pub fn is_test(&self) -> bool {
        self.0.starts_with(b"999")
    }
}

/// The check digit for the first nine digits (in ASCII); none where the arithmetic gives 10.
fn check_digit(digits: impl Iterator<Item = u8>) -> Option<u8> {
    let sum: u32 = (2..=10).rev().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        check => u8::try_from(check).ok(),
    }
}

impl fmt::Display for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.as_str();
        let (area, rest) = digits.split_at_checked(3).unwrap_or((digits, ""));
        let (middle, end) = rest.split_at_checked(3).unwrap_or((rest, ""));
        write!(f, "{area} {middle} {end}")
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(*** *** ****)")
    }
}

impl std::str::FromStr for NhsNumber {
    type Err = NhsNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        NhsNumber::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_numbers_are_taken_in_every_way_people_write_them() {
        for text in ["9434765919", "943 476 5919", "943-476-5919", "  943 476 5919 ", "9876543210", "9999999468"] {
            let number = NhsNumber::parse(text);
            assert!(number.is_ok(), "{text}: {number:?}");
        }
        assert_eq!(NhsNumber::parse("9434765919").unwrap().to_string(), "943 476 5919");
    }

    #[test]
    fn traps_are_refused() {
        let cases = [
            ("0000000000", NhsNumberError::Placeholder),
            ("1111111111", NhsNumberError::Placeholder),
            ("9999999999", NhsNumberError::Placeholder),
            ("9000000019", NhsNumberError::CheckDigit),
            ("9000000012", NhsNumberError::CheckDigit),
            ("9912003072", NhsNumberError::CheckDigit),
            ("9111111124", NhsNumberError::CheckDigit),
            ("9222222228", NhsNumberError::CheckDigit),
            ("943476591", NhsNumberError::Length),
            ("94347659190", NhsNumberError::Length),
            ("", NhsNumberError::Length),
            ("943476591O", NhsNumberError::Character),
            ("943476591９", NhsNumberError::Character),
            ("943/476/5919", NhsNumberError::Character),
        ];
        for (text, why) in cases {
            assert_eq!(NhsNumber::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn debug_does_not_tell_the_number() {
        let number = NhsNumber::parse("9434765919").unwrap();

        assert!(!format!("{number:?}").contains(|c: char| c.is_ascii_digit()));
    }

    #[test]
    fn the_shared_vectors_agree() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/reference/nhs-number/vectors.csv");
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: the shared vectors are not at hand");
            return;
        };

        for line in text.lines().skip(1) {
            let Some((input, rest)) = line.trim_start_matches('"').split_once(',') else { continue };
            let input = input.trim_end_matches('"');
            let is_valid = rest.starts_with("valid");
            assert_eq!(NhsNumber::parse(input).is_ok(), is_valid, "{line}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(nine in 0u32..1_000_000_000, place in 0usize..10, by in 1u8..10) {
            let Some(number) = NhsNumber::from_first_nine(nine) else { return Ok(()) };
            let mut digits = number.0;
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            let text = String::from_utf8(digits.to_vec()).unwrap();
            prop_assert!(NhsNumber::parse(&text).is_err());
        }

        #[test]
        fn what_is_displayed_reads_back(nine in 0u32..1_000_000_000) {
            let Some(number) = NhsNumber::from_first_nine(nine) else { return Ok(()) };
            prop_assert_eq!(NhsNumber::parse(&number.to_string()), Ok(number));
            prop_assert_eq!(NhsNumber::parse(number.as_str()), Ok(number));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = NhsNumber::parse(&text);
        }
    }
}
