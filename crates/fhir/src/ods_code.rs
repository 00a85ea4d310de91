//! The code of an organisation or site in the Organisation Data Service: `A81001`, `RAE`, `RAE01`.
//!
//! Letters are made capital, since people type them small. Only the form is checked: whether the organisation exists is
//! for the directory to say. The form has no check digit, so nothing catches a mistyped code here.

use std::fmt;

/// The fewest and most characters of a code.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=12;

/// The code of an organisation or site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OdsCode(Box<str>);

/// The text is not an ODS code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an ODS code is 3 to 12 letters and digits")]
pub struct OdsCodeError;

impl OdsCode {
    /// Where FHIR identifiers keep codes of organisations.
    pub const SYSTEM: &'static str = "https://fhir.nhs.uk/Id/ods-organization-code";
    /// Where FHIR identifiers keep codes of sites.
    pub const SITE_SYSTEM: &'static str = "https://fhir.nhs.uk/Id/ods-site-code";

    /// Takes a code in capital or small letters.
    ///
    /// # Errors
    /// When it is not 3 to 12 letters and digits.
    pub fn parse(text: &str) -> Result<OdsCode, OdsCodeError> {
        let text = text.trim();
        if LENGTH.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(OdsCode(text.to_ascii_uppercase().into()))
        } else {
            Err(OdsCodeError)
        }
    }

    /// The code in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OdsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for OdsCode {
    type Err = OdsCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OdsCode::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_in_small_letters_and_kept_in_capitals() {
        assert_eq!(OdsCode::parse(" a81001 ").unwrap().as_str(), "A81001");
    }

    #[test]
    fn what_is_not_letters_and_digits_is_refused() {
        for bad in ["", "RA", "RAE 01", "RAE-1", "ÄBC", "A234567890123"] {
            assert_eq!(OdsCode::parse(bad), Err(OdsCodeError), "{bad}");
        }
    }
}
