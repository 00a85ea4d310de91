//! Where somebody goes on after signing in or confirming who they are: a page of our own, never another site.
//!
//! The address comes from a query or a form, so anybody can write it. Only a path of this server is taken; what a browser might
//! read as another host is not. Sign-in and sign-out are no place to go on to.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Longest address, in bytes.
const BYTES_MAX: usize = 512;
/// What is written as %XX when an address stands in a query.
const IN_A_QUERY: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'&').add(b'+').add(b'%').add(b'?').add(b'=');

/// A path of this server, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Parses an address; none unless it is certainly our own.
    #[must_use]
    pub fn parse(text: &str) -> Option<ReturnTo> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`' | b'#');
        let is_path = text.starts_with('/') && !text.starts_with("//");
        let is_own = is_path && text.len() <= BYTES_MAX && text.bytes().all(plain);
        let is_sign_in = ["/sign-in", "/sign-out", "/passkey/sign-in", "/passkey/new", "/passkey/made"]
            .iter()
            .any(|place| text.starts_with(place));
        (is_own && !is_sign_in).then(|| ReturnTo(text.to_owned()))
    }

    /// The path with its query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A page of sign-in that leads back here, such as `/sign-in?back=...`.
    #[must_use]
    pub fn by_way_of(&self, page: &str) -> String {
        format!("{page}?back={}", utf8_percent_encode(&self.0, IN_A_QUERY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_ours_is_taken_and_written_into_a_query() {
        let back = ReturnTo::parse("/care/people/a/results?test=1&page=2").unwrap();

        assert_eq!(back.as_str(), "/care/people/a/results?test=1&page=2");
        assert_eq!(back.by_way_of("/sign-in"), "/sign-in?back=/care/people/a/results%3Ftest%3D1%26page%3D2");
    }

    #[test]
    fn nothing_that_may_lead_elsewhere_is_taken() {
        for address in [
            "https://elsewhere.example/",
            "//elsewhere.example",
            "/\\elsewhere.example",
            "\\\\elsewhere.example",
            "/a\\b",
            "javascript:alert(1)",
            "",
            "my",
            "/a\r\nset-cookie: x",
            "/\t/elsewhere.example",
            "/sign-out",
            "/sign-in?back=/my",
            "/passkey/sign-in?again=yes",
        ] {
            assert_eq!(ReturnTo::parse(address), None, "{address}");
        }
        assert_eq!(ReturnTo::parse(&format!("/{}", "a".repeat(512))), None);
    }
}
