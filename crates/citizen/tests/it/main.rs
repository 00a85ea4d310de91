//! The citizen's pages as whole requests.

#![expect(clippy::unwrap_used, reason = "a test stops where its world cannot be made")]

mod choices;
mod walk;
