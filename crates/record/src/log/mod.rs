//! The access log: who looked at what, why, and by which rule, in a file that only grows.
//!
//! Every access is a [`Draft`] that becomes an [`Entry`] with the next sequence number. Each frame of the file carries the
//! SHA-256 of the frame before it and of itself, so a changed, removed or reordered entry shows ([`verify`]). Reads are
//! *ordered*: in the file before an answer leaves, on the disk within 100 ms. Writes, exports and administration are *strict*:
//! on the disk before the change is. This module knows no FHIR and no policy; crate `trust` turns entries into AuditEvents
//! and into sentences.
//!
//! * [`entry`]: what an entry says
//! * `codec`: the bytes of a frame
//! * `file`: appending, reading back, the index by person
//! * [`verify`]: the check of the whole chain

mod codec;
pub mod entry;
mod file;
#[cfg(test)]
mod tests;
pub mod verify;

pub use entry::{Draft, Entry, Subject, Target};
pub use file::{Durability, Log, LogError};
pub use verify::{Finding, Report};
