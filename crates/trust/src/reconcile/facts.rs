//! What reconciliation knows: small structs without anything clinical in them.
//!
//! People are the record's numbers, staff and organisations are references, times are milliseconds since 1970 UTC.

use gate::RelationKind;
use std::collections::HashMap;
use std::sync::Arc;

/// One look of a member of staff at one person: what they opened within half an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Number of its first entry in the log.
    pub entry: u64,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who, such as `Practitioner/x`.
    pub staff: Arc<str>,
    /// For whom they acted, such as `Organization/y`; empty for nobody.
    pub organisation: Arc<str>,
    /// Whose record: the log's number of the person.
    pub part: u32,
    /// The care relationship that stood behind it.
    pub relation: Option<RelationKind>,
}

/// Something that was written into a person's record: the log tells that and not what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Whose record.
    pub part: u32,
    /// What sort of thing.
    pub kind: EventKind,
    /// Who wrote it.
    pub by: Arc<str>,
    /// For whom they acted; empty for nobody.
    pub organisation: Arc<str>,
}

/// What sort of thing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A contact began, changed or ended.
    Encounter,
    /// An appointment was booked, moved or cancelled.
    Booking,
    /// A referral.
    Referral,
    /// A result or a report.
    Result,
    /// A message.
    Message,
    /// A task.
    Task,
    /// Anything else.
    Note,
}

/// An appointment that stands in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// When it begins, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// References of professionals, organisations and services that take part.
    pub with: Vec<Arc<str>>,
}

/// What is known of a person whose record was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonFacts {
    /// Family names, in small letters.
    pub surnames: Vec<String>,
    /// Homes: first line and postcode in small letters and digits.
    pub homes: Vec<String>,
    /// When they died, milliseconds since 1970 UTC.
    pub died_ms: Option<i64>,
    /// Whether the record marks them as somebody in the public eye (the security tag `CEL` of their Patient).
    pub is_flagged: bool,
    /// Organisations for which they work.
    pub works_for: Vec<Arc<str>>,
    /// Appointments.
    pub appointments: Vec<Appointment>,
}

/// What is known of a member of staff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaffFacts {
    /// Family names, in small letters.
    pub surnames: Vec<String>,
    /// Homes, written as those of people.
    pub homes: Vec<String>,
}

/// Everything that is known beside the log.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// People by their number.
    pub people: HashMap<u32, PersonFacts>,
    /// Staff by their reference.
    pub staff: HashMap<Arc<str>, StaffFacts>,
}
