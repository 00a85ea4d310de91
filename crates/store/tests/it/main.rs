//! The store from outside: searches against brute force, writes and their failures, a full disk, sudden death.
//!
//! | module | idea |
//! |---|---|
//! | `model` | small random databases and questions, and the answer by filtering a list |
//! | `search` | answers under a visibility equal those of the model |
//! | `writes` | versions, histories, moves, relations, failures |
//! | `synthea` | the published questions over real shapes |
//! | `crash`, `full_disk` | killed at any moment; no space left |

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise; the helpers of tests too"
)]

mod crash;
mod full_disk;
mod model;
mod search;
mod synthea;
mod writes;
