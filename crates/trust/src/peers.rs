//! The other localities that watch over this log, and over whose logs this one watches.
//!
//! A peer is written as one line: its address, the key of its log and the key of its witness. Where the lines are kept is the
//! binary's business; they are read anew each time, so that a new peer needs no restart.

use proof::{KeyKind, ProofError, Verifier};
use std::fmt;

/// Another locality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where it is reached, without a slash at the end.
    pub url: String,
    /// The key of its log, which this one cosigns.
    pub log: Verifier,
    /// The key of its witness, whose cosignatures count here.
    pub witness: Verifier,
}

impl Peer {
    /// Reads `URL LOG-KEY WITNESS-KEY`.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn parse(line: &str) -> Result<Self, ProofError> {
        let mut words = line.split_whitespace();
        let (Some(url), Some(log), Some(witness), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(ProofError::Unreadable("a peer is written as: address, key of its log, key of its witness"));
        };
        let (log, witness) = (Verifier::parse(log)?, Verifier::parse(witness)?);
        if !url.starts_with("http://") {
            return Err(ProofError::Unreadable("a peer's address begins with http://; TLS is a proxy's business"));
        }
        if log.kind() != KeyKind::Log || witness.kind() != KeyKind::Witness {
            return Err(ProofError::Unreadable("first the key of the peer's log, then the key of its witness"));
        }
        Ok(Self { url: url.trim_end_matches('/').to_owned(), log, witness })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.url, self.log, self.witness)
    }
}

/// Where the peers are written down.
pub trait Peers: Send + Sync {
    /// The peers now.
    fn now(&self) -> Vec<Peer>;
}

/// No peers at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Peers for Nobody {
    fn now(&self) -> Vec<Peer> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proof::Signer;

    fn key(kind: KeyKind) -> Verifier {
        Signer::from_seed("ashdale.example/log", kind, &[1; 32]).unwrap().verifier().clone()
    }

    #[test]
    fn a_line_is_read_and_written_again() {
        let line = format!("http://ashdale.example/ {} {}", key(KeyKind::Log), key(KeyKind::Witness));

        let peer = Peer::parse(&line).unwrap();

        assert_eq!(peer.to_string(), line.replace("example/ ", "example "));
    }

    #[test]
    fn a_line_that_is_none_says_what_is_wrong() {
        let (log, witness) = (key(KeyKind::Log), key(KeyKind::Witness));
        for (line, word) in [
            ("http://a.example".to_owned(), "a peer is written as"),
            (format!("http://a.example {witness} {log}"), "first the key of the peer's log"),
            (format!("https://a.example {log} {witness}"), "begins with http://"),
            (format!("http://a.example {log}x {witness}"), "key"),
        ] {
            assert!(Peer::parse(&line).unwrap_err().to_string().contains(word), "{line}");
        }
    }
}
