//! Finding a person: by NHS number, or by name and date of birth.
//!
//! What is looked for is posted, so that it stands in no address, history or server log. The record logs every match. A list
//! shows enough to tell people apart and is never opened for the reader: even a single match is confirmed by looking at it.

pub mod pages;
pub mod rules;

#[cfg(test)]
mod tests;
