//! What a log sends to a witness: the old size, the proof that nothing before it changed, and the new checkpoint, as C2SP
//! tlog-witness writes it. What a witness then remembers is not here: it has to be kept on a disk.

use crate::note::Note;
use crate::tree::Hash;
use crate::{ProofError, decimal};
use std::fmt;

/// Most lines of a proof in a request.
const PATH_LINES_MAX: usize = 63;

/// The body of `add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The size that the witness cosigned last, as far as the log knows.
    pub old: u64,
    /// From there to the new checkpoint.
    pub path: Vec<Hash>,
    /// The new checkpoint, signed by the log.
    pub checkpoint: Note,
}

impl Request {
    /// Reads a body.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        const BAD: ProofError = ProofError::Unreadable("this is no add-checkpoint request");
        let (head, note) = text.split_once("\n\n").ok_or(BAD)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?)).ok_or(BAD)?;
        let path: Option<Vec<Hash>> = lines.map(Hash::parse).collect();
        let path = path.filter(|path| path.len() <= PATH_LINES_MAX).ok_or(BAD)?;
        Ok(Self { old, path, checkpoint: Note::parse(note)? })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_read_and_written_again() {
        let text = "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

        let request = Request::parse(text).unwrap();

        assert_eq!((request.old, request.path.len()), (20_852_014, 2));
        assert_eq!(request.to_string(), text);
        assert!(Request::parse(&text.replace("old 2", "old 02")).is_err());
        assert!(Request::parse(&text.replace("PlRN", "!!!!")).is_err());
    }
}
