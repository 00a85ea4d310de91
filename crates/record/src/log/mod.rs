//! The access log: who looked at what, why, and by which rule, in a file that only grows and whose keeper cannot bend it.
//!
//! Every access is a [`Draft`] that becomes an [`Entry`] with the next sequence number, and a leaf of a hash tree whose signed
//! checkpoints are given away and cosigned by other localities (docs/decisions/0009-log-tree.md). Reads are *ordered*: in the
//! file before an answer leaves, on the disk within 100 ms. Writes, exports and administration are *strict*: on the disk before
//! the change is. This module knows no policy; crate `trust` turns entries into AuditEvents and into sentences, crate `proof`
//! knows the tree and how others check it.
//!
//! * [`entry`]: what an entry says; `leaf`: what of it is hashed
//! * `codec`: the bytes of the file
//! * `file`: appending, reading back, the index by person; `flush`: bringing it to the disk and publishing checkpoints
//! * `keys`, `checkpoints`: what lies beside the file
//! * `proofs`: tiles, consistency, the proof of an entry
//! * [`witness`]: cosigning the checkpoints of others
//! * [`usage`]: how much the log was used, about nobody
//! * [`verify`]: the check of everything, from the files alone

mod checkpoints;
mod codec;
pub mod entry;
mod file;
mod flush;
mod keys;
mod leaf;
mod proofs;
#[cfg(test)]
mod tests;
pub mod usage;
pub mod verify;
pub mod witness;

pub use entry::{Draft, Entry, Subject, Target};
pub use file::{Durability, Log, LogError, Options};
pub use usage::{Month, Usage};
pub use verify::{Finding, Report};
pub use witness::{Refused, Seen, Witness};
