//! What a log can prove to somebody who does not trust whoever keeps it.
//!
//! The hash tree of RFC 6962, checkpoints and cosignatures as C2SP writes them (signed-note, tlog-checkpoint,
//! tlog-cosignature, tlog-tiles, tlog-witness, tlog-proof), and how an entry of the access log is committed to so that one
//! part of it can be shown without the others. It does no input or output and depends on nothing of the server: whoever
//! checks a proof needs this crate and the log's key, and no record.
//!
//! | module | holds |
//! |---|---|
//! | [`tree`] | hashes, roots, inclusion and consistency, and their checks |
//! | [`rows`] | the tree while it grows, and its tiles |
//! | [`note`] | keys, signed notes, cosignatures |
//! | [`checkpoint`] | how far a log has come, signed |
//! | [`entry`] | the commitment to an entry, and what of it is shown |
//! | [`receipt`] | the file that proves an entry |
//! | [`witness`] | what a log sends to a witness |

pub mod checkpoint;
pub mod entry;
pub mod note;
pub mod receipt;
pub mod rows;
pub mod tree;
pub mod witness;

pub use checkpoint::Checkpoint;
pub use entry::{Disclosed, Part, Salt};
pub use note::{KeyKind, Note, Signer, Verifier};
pub use receipt::{Checked, Receipt};
pub use rows::{Rows, TileName};
pub use tree::Hash;

/// A text that is not what it should be, or a proof that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text cannot be read.
    #[error("{0}")]
    Unreadable(&'static str),
    /// The text can be read, and what it claims is not so.
    #[error("{0}")]
    Untrue(&'static str),
}

/// Reads a decimal number as the formats write it: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}
