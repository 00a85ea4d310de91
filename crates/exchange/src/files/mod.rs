//! Files of resources: finding them, opening them, cutting them into resources.
//!
//! A path may be a folder, an NDJSON file or a JSON file with one resource or one Bundle; each plain, gzip or Zstandard.
//! [`find()`] lists what is there, [`read()`] gives the resources of one file with the line that each stood on. Nothing here
//! validates or stores: that is the record's work. Specification: Bulk Data (NDJSON), FHIR R4 section 2.36 (Bundle).
//!
//! * `find`: which files, in which order
//! * `read`: from bytes to lines
//! * `bundle`: from a Bundle to resources with ids and resolved references

mod bundle;
mod find;
mod read;
#[cfg(test)]
mod tests;

pub use bundle::{BundleError, resources_of};
pub use find::{FindError, Source, find};
pub use read::{LINE_BYTES_MAX, Piece, read};
