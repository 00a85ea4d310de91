//! The reconciliation of accesses from outside: how good it is over a year, and that its reasons come from the record.
//!
//! One binary for all, since linking costs more than running them.

#![expect(clippy::unwrap_used, reason = "a test stops where its world cannot be made")]

mod check_of_accesses;
mod reasons_from_the_record;
mod year_in_the_log;
