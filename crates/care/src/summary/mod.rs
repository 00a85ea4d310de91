//! The shared record on one screen, under the headings of the record standard.
//!
//! One read of the person and one of everything under the headings give the page: two entries in the log, however many headings. What is
//! not there is told in three ways: nothing recorded, not permitted, not available. An entry always says which organisation holds it.
//!
//! | file | holds |
//! |---|---|
//! | `headings` | the headings, their types, and what each says when empty |
//! | `gather` | reading the record |
//! | `entries` | from resources to entries, heading by heading |
//! | `medicines`, `results` | the two headings that need more than a list |
//! | `document` | one document as text |
//! | `source` | which organisation holds an entry |
//! | `pages` | routes and drawing |

pub mod document;
pub mod entries;
pub mod gather;
pub mod headings;
mod medicines;
pub mod pages;
pub mod results;
pub mod source;

#[cfg(test)]
mod tests;

pub use headings::Heading;

use kit::components::{Entry, Nothing};

use crate::person::Person;
use results::Test;

/// An entry with its place in time.
#[derive(Debug, Clone, Default)]
pub struct Dated {
    /// Milliseconds since 1970 UTC; the smallest when no date is recorded.
    pub ms: i64,
    /// Whether it holds now; entries that hold come before those that are over.
    pub is_current: bool,
    /// The entry.
    pub entry: Entry,
}

/// What stands under one heading.
#[derive(Debug, Clone)]
pub struct Under {
    /// The heading.
    pub heading: Heading,
    /// Its entries, newest first.
    pub entries: Vec<Dated>,
    /// Why there are none, or not all.
    pub nothing: Option<Nothing>,
}

/// A record as a professional sees it.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Whose record.
    pub person: Person,
    /// The headings in order.
    pub under: Vec<Under>,
    /// Tests with their values over time, the most important first.
    pub tests: Vec<Test>,
    /// What the banner warns of.
    pub alerts: Vec<String>,
    /// What the banner says of allergies.
    pub allergies: String,
    /// When it was put together, in words.
    pub as_at: String,
    /// Whether there is more than one page can hold.
    pub is_cut: bool,
    /// Whether an emergency opens it, or could.
    pub emergency: Emergency,
    /// Whether the reader's own claim to care for the person opens it, or could.
    pub claim: Claim,
    /// Whether this reader records who may act for the person.
    pub keeps_grants: bool,
}

/// How a record and a claim to care for the person stand to each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Claim {
    /// This reader can never make one, or needs none now.
    #[default]
    NotForThisReader,
    /// One could be made; said on every record alike, so that it tells nothing.
    CouldBeMade,
    /// One was made; until when, in words.
    HoldsUntil(String),
}

/// How a record and an emergency stand to each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Emergency {
    /// This reader can never declare one.
    #[default]
    NotForThisReader,
    /// One could be declared; said on every record alike, so that it tells nothing.
    CouldBeDeclared,
    /// One was declared; until when, in words.
    LastsUntil(String),
}

impl Summary {
    /// What stands under a heading.
    #[must_use]
    pub fn under(&self, heading: Heading) -> Option<&Under> {
        self.under.iter().find(|under| under.heading == heading)
    }
}
