//! How far a log has come: its origin, its size and the root of its tree, in the words of C2SP tlog-checkpoint.

use crate::note::{KeyKind, Note, Signer, Verifier, is_key_name};
use crate::tree::Hash;
use crate::{ProofError, decimal};
use std::fmt;

/// A tree head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the name of its key.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over all of them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a note. Extension lines are refused: nobody could check them.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        const BAD: ProofError = ProofError::Unreadable("this is no checkpoint of a log");
        let mut lines = text.strip_suffix('\n').ok_or(BAD)?.split('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(BAD);
        };
        let (size, root) = (decimal(size).ok_or(BAD)?, Hash::parse(root).ok_or(BAD)?);
        let read = Self { origin: origin.to_owned(), size, root };
        if is_key_name(origin) && read.to_string() == text { Ok(read) } else { Err(BAD) }
    }

    /// The checkpoint in a note that its own log signed with `key`.
    ///
    /// # Errors
    /// When it is no checkpoint, or of another log, or not signed by it.
    pub fn signed(note: &Note, key: &Verifier) -> Result<Self, ProofError> {
        let checkpoint = Self::parse(&note.text)?;
        if key.kind() != KeyKind::Log || key.name() != checkpoint.origin {
            return Err(ProofError::Untrue("the checkpoint is of another log than the key"));
        }
        match note.signed_by(key) {
            Some(_) => Ok(checkpoint),
            None => Err(ProofError::Untrue("the checkpoint is not signed with the log's key")),
        }
    }

    /// The note that says so.
    #[must_use]
    pub fn sign(&self, signer: &Signer) -> Note {
        let text = self.to_string();
        Note { signatures: vec![signer.sign(&text)], text }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_is_read_and_written_again() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();

        assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(checkpoint.to_string(), TEXT);
    }

    #[test]
    fn what_is_not_exactly_a_checkpoint_is_refused() {
        let sized = |size: &str| TEXT.replace("20852163", size);
        let texts = [
            sized("020852163"),
            sized("-1"),
            sized(""),
            sized("99999999999999999999"),
            format!("{TEXT}extension\n"),
            TEXT.trim().to_owned(),
        ];
        for text in texts {
            assert!(Checkpoint::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_log_can_only_sign_for_itself() {
        let signer = Signer::from_seed("other.example/log", KeyKind::Log, &[1; 32]).unwrap();
        let note = Checkpoint::parse(TEXT).unwrap().sign(&signer);

        assert!(Checkpoint::signed(&note, signer.verifier()).is_err());
    }
}
