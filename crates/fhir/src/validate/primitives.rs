//! The form of each primitive type, as FHIR R4 gives it; hand-written checks instead of regular expressions.
//!
//! A value of the wrong JSON kind is `invalid` (a boolean in quotes), one of the right kind but wrong form is `value`. Codes
//! are then held against the required value set, XHTML against the rules of narrative.

use super::narrative::{self, Narrative};
use super::{Pass, quoted};
use crate::IssueCode;
use crate::date::{DateError, FhirDateTime, Time};
use crate::definitions::{Primitive, Property};
use crate::json::Json;
use crate::resource_id::is_id;

/// FHIR's limit for a string: one mebibyte.
const TEXT_BYTES_MAX: usize = 1 << 20;

impl<'r> Pass<'r> {
    /// A primitive value at the present place.
    pub(super) fn primitive(&mut self, value: &'r Json<'r>, kind: Primitive, property: &'static Property) {
        let wrong = match (kind, value) {
            (Primitive::Boolean, Json::Bool(_)) => None,
            (Primitive::Decimal, Json::Number(_)) => None,
            (Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt, Json::Number(text)) => {
                integer(kind, text)
            }
            (Primitive::Boolean, other) => return self.wrong_kind("true or false, without quotes", other),
            (Primitive::Decimal | Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt, other) => {
                return self.wrong_kind("a number, without quotes", other);
            }
            (_, Json::Text(text)) => return self.text(text, kind, property),
            (_, other) => return self.wrong_kind("a string", other),
        };
        if let Some(sentence) = wrong {
            self.error(IssueCode::Value, sentence);
        }
    }

    fn wrong_kind(&mut self, wanted: &str, found: &Json<'_>) {
        let code = if matches!(found, Json::Object(_)) { IssueCode::Structure } else { IssueCode::Invalid };
        self.error(code, format!("This must be {wanted}; it is {}.", found.kind()));
    }

    fn text(&mut self, text: &'r str, kind: Primitive, property: &'static Property) {
        if let Some(sentence) = form(kind, text) {
            self.error(IssueCode::Value, sentence);
            return;
        }
        match kind {
            Primitive::Code => self.code(text, property),
            Primitive::Xhtml => match narrative::check(text) {
                Ok(Narrative::Full) => {}
                Ok(Narrative::Empty) => self.warn(IssueCode::Invariant, "txt-2: the narrative says nothing."),
                Err(sentence) => {
                    self.error(IssueCode::Invalid, format!("The narrative is not safe to show: {sentence}"))
                }
            },
            Primitive::Canonical | Primitive::Uri | Primitive::Url => self.mention(text),
            _ => {}
        }
    }
}

/// What is wrong with the form of a text, as a sentence.
fn form(kind: Primitive, text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("A string must not be empty: leave the element out.".to_owned());
    }
    let date = |result: Result<FhirDateTime, DateError>| {
        result.err().map(|why| format!("{} is not a date here: {why}.", quoted(text)))
    };
    let unless =
        |is_right: bool, rule: &str| (!is_right).then(|| format!("{} has not the right form: {rule}.", quoted(text)));
    match kind {
        Primitive::Date => date(FhirDateTime::parse_date(text)),
        Primitive::DateTime => date(FhirDateTime::parse(text)),
        Primitive::Instant => date(FhirDateTime::parse_instant(text)),
        Primitive::Time => unless(Time::parse(text).is_ok(), "a time is written 10:00:00, without a zone"),
        Primitive::Id => unless(is_id(text), "an id is 1 to 64 letters, digits, hyphens and full stops"),
        Primitive::Code => unless(is_code(text), "a code has no spaces at its ends and no two together"),
        Primitive::Oid => unless(is_oid(text), "an OID is written urn:oid:1.2.3"),
        Primitive::Uuid => {
            unless(is_uuid(text), "a UUID is written urn:uuid: and 32 small hexadecimal digits in five groups")
        }
        Primitive::Uri | Primitive::Url | Primitive::Canonical => {
            unless(!text.bytes().any(|byte| byte <= b' '), "a uri has no spaces")
        }
        Primitive::Base64Binary => unless(is_base64(text), "base64 has letters, digits, + and / in groups of four"),
        _ => prose(text),
    }
}

/// `string`, `markdown` and `xhtml`
fn prose(text: &str) -> Option<String> {
    if text.len() > TEXT_BYTES_MAX {
        return Some("A string holds at most 1 MiB.".to_owned());
    }
    if text.bytes().any(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        return Some("A string holds no control characters but tab and line ends.".to_owned());
    }
    let is_blank = text.bytes().next().is_some_and(|first| first.is_ascii_whitespace()) && text.trim().is_empty();
    is_blank.then(|| "A string must say something: leave the element out.".to_owned())
}

fn integer(kind: Primitive, text: &str) -> Option<String> {
    let least = match kind {
        Primitive::PositiveInt => 1,
        Primitive::UnsignedInt => 0,
        _ => i32::MIN,
    };
    match text.parse::<i32>() {
        Ok(number) if number >= least && text != "-0" => None,
        _ => Some(format!("{} is not right: a whole number from {least} to {} belongs here.", quoted(text), i32::MAX)),
    }
}

fn is_code(text: &str) -> bool {
    text.split([' ', '\t', '\n', '\r']).all(|word| !word.is_empty())
}

fn is_oid(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("urn:oid:") else { return false };
    let is_arc = |arc: &str| {
        !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
    };
    let Some((root, arcs)) = rest.split_once('.') else { return false };
    matches!(root, "0" | "1" | "2") && arcs.split('.').all(is_arc)
}

fn is_uuid(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("urn:uuid:") else { return false };
    let groups = rest.split('-').map(str::len);
    groups.eq([8, 4, 4, 4, 12]) && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

fn is_base64(text: &str) -> bool {
    let bytes = || text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let count = bytes().count();
    let padding = bytes().rev().take_while(|byte| *byte == b'=').count();
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    count > 0 && count.is_multiple_of(4) && padding <= 2 && bytes().take(count - padding).all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_primitive_takes_its_form_and_nothing_else() {
        let cases = [
            (Primitive::Code, "a b", "a  b"),
            (Primitive::Code, "a", " a"),
            (Primitive::Oid, "urn:oid:1.2.0.33", "urn:oid:1.02"),
            (Primitive::Oid, "urn:oid:2.16", "1.2.3"),
            (
                Primitive::Uuid,
                "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
                "urn:uuid:C757873D-ec9a-4326-a141-556f43239520",
            ),
            (Primitive::Uri, "urn:x", "http://a b"),
            (Primitive::Base64Binary, "QUJD", "QUJ"),
            (Primitive::Base64Binary, "QUJD\nQUI=", "QU=I"),
            (Primitive::Time, "10:00:00", "10:00"),
            (Primitive::Date, "2020-02", "2020-2"),
            (Primitive::DateTime, "2020-02-01T10:00:00Z", "2020-02-01T10:00"),
            (Primitive::Instant, "2020-02-01T10:00:00Z", "2020-02-01"),
            (Primitive::Id, "a-1", "a_1"),
            (Primitive::String, "a\tb", "a\u{1}b"),
            (Primitive::Markdown, "*a*", "  "),
        ];
        for (kind, good, bad) in cases {
            assert_eq!(form(kind, good), None, "{kind:?} {good:?}");
            assert!(form(kind, bad).is_some() && form(kind, "").is_some(), "{kind:?} {bad:?}");
        }
    }

    #[test]
    fn whole_numbers_stay_in_their_range() {
        assert_eq!(integer(Primitive::PositiveInt, "1"), None);
        assert_eq!(integer(Primitive::UnsignedInt, "0"), None);
        assert_eq!(integer(Primitive::Integer, "-2147483648"), None);
        for (kind, bad) in [
            (Primitive::PositiveInt, "0"),
            (Primitive::UnsignedInt, "-1"),
            (Primitive::Integer, "2147483648"),
            (Primitive::Integer, "1.0"),
            (Primitive::Integer, "1e3"),
            (Primitive::Integer, "-0"),
        ] {
            assert!(integer(kind, bad).is_some(), "{bad}");
        }
    }
}
