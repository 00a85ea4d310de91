//! Canonical urls: the name of a definition, with an optional version and a fragment: `url|version#fragment`.
//!
//! Two canonicals name the same definition when their urls are equal; a version narrows it. Nothing is fetched here.

use std::fmt;

/// A canonical url cut into its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Canonical<'a> {
    /// What it names.
    pub url: &'a str,
    /// The business version asked for.
    pub version: Option<&'a str>,
    /// A part of the definition.
    pub fragment: Option<&'a str>,
}

impl<'a> Canonical<'a> {
    /// Cuts `url|version#fragment`. Any text is a canonical; the form of the url is for validation to judge.
    pub fn parse(text: &'a str) -> Canonical<'a> {
        let (rest, fragment) = match text.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (text, None),
        };
        match rest.rsplit_once('|') {
            Some((url, version)) => Canonical { url, version: Some(version), fragment },
            None => Canonical { url: rest, version: None, fragment },
        }
    }

    /// Whether this asks for a definition that `other` is: the same url, and the same version where this says one.
    pub fn admits(&self, other: &Canonical<'_>) -> bool {
        self.url == other.url && (self.version.is_none() || self.version == other.version)
    }
}

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url)?;
        self.version.map_or(Ok(()), |version| write!(f, "|{version}"))?;
        self.fragment.map_or(Ok(()), |fragment| write!(f, "#{fragment}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canonical_is_cut_and_put_together_again() {
        for text in ["http://a/b", "http://a/b|1.0", "http://a/b|1.0#x", "http://a/b#x", "#x", ""] {
            assert_eq!(Canonical::parse(text).to_string(), text);
        }
        assert_eq!(Canonical::parse("http://a|2").version, Some("2"));
    }

    #[test]
    fn without_a_version_every_version_is_admitted() {
        let (any, one, two) = (Canonical::parse("u"), Canonical::parse("u|1"), Canonical::parse("u|2"));

        assert!(any.admits(&one) && one.admits(&one));
        assert!(!one.admits(&two) && !one.admits(&any));
    }
}
