//! The templates: what in the record makes a look one that was to be expected.
//!
//! A reason can be personal (she had the appointment with this doctor), of the circle (an open contact with the hospital, a
//! resident of the home), or broad (registered with the practice, with ten thousand others). The strongest that holds is
//! told, since only a strong one stands against signs of suspicion.

use super::facts::{Access, Event, EventKind, Facts};
use super::story::Story;
use gate::RelationKind;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// An appointment is prepared this long before it ...
const BEFORE_APPOINTMENT_MS: i64 = 3 * DAY_MS;
/// ... and followed up this long after it.
const AFTER_APPOINTMENT_MS: i64 = 7 * DAY_MS;
/// Who writes into a record looks at it within this time before or after.
const AROUND_WRITING_MS: i64 = 2 * DAY_MS;
/// A booking is made within this time of looking somebody up.
const AROUND_BOOKING_MS: i64 = DAY_MS;
/// A result is read within this time.
const AFTER_RESULT_MS: i64 = 14 * DAY_MS;
/// A message is read within this time.
const AFTER_MESSAGE_MS: i64 = 7 * DAY_MS;
/// A task is done within this time.
const AFTER_TASK_MS: i64 = 28 * DAY_MS;
/// Somebody is looked up by name this long before her care relationship begins.
const BEFORE_RELATION_MS: i64 = DAY_MS;

/// How much a reason says about this very look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// It holds for thousands of people.
    Broad,
    /// It holds for the people whom a team has in its care now.
    Circle,
    /// It names this member of staff.
    Personal,
}

/// Why a look was to be expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Template {
    /// An appointment, or one that was just booked.
    Appointment,
    /// A contact.
    Encounter,
    /// A referral.
    Referral,
    /// A result that arrived.
    Result,
    /// A message that came.
    Message,
    /// A task.
    Task,
    /// Somebody else of the same team wrote into the record.
    CareTeam,
    /// On the caseload.
    Caseload,
    /// Lives there.
    Residence,
    /// Registered with the practice.
    Registration,
    /// The pharmacy that the person chose.
    Pharmacy,
}

impl Template {
    /// Every template.
    pub const ALL: [Template; 11] = [
        Template::Appointment,
        Template::Encounter,
        Template::Referral,
        Template::Result,
        Template::Message,
        Template::Task,
        Template::CareTeam,
        Template::Caseload,
        Template::Residence,
        Template::Registration,
        Template::Pharmacy,
    ];

    /// The template with this code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Template> {
        Template::ALL.into_iter().find(|template| template.code() == code)
    }

    /// Its code, as it is kept.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Template::Appointment => "appointment",
            Template::Encounter => "encounter",
            Template::Referral => "referral",
            Template::Result => "result",
            Template::Message => "message",
            Template::Task => "task",
            Template::CareTeam => "care-team",
            Template::Caseload => "caseload",
            Template::Residence => "residence",
            Template::Registration => "registration",
            Template::Pharmacy => "pharmacy",
        }
    }

    /// The reason as a whole sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Template::Appointment => "There was an appointment.",
            Template::Encounter => "There was a contact.",
            Template::Referral => "There was a referral.",
            Template::Result => "A result had arrived.",
            Template::Message => "A message had come.",
            Template::Task => "There was a task to do.",
            Template::CareTeam => "Somebody of the same team had just written into the record.",
            Template::Caseload => "The person is on their caseload.",
            Template::Residence => "The person lives there.",
            Template::Registration => "The person is registered there.",
            Template::Pharmacy => "The person chose this pharmacy.",
        }
    }
}

/// A reason, and how much it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Explanation {
    /// The reason.
    pub template: Template,
    /// How much it says.
    pub strength: Strength,
}

const fn because(template: Template, strength: Strength) -> Explanation {
    Explanation { template, strength }
}

/// The strongest reason for an access, if the record gives any.
pub(super) fn explain(access: &Access, story: &Story<'_>, facts: &Facts) -> Option<Explanation> {
    if matches!(access.relation, Some(RelationKind::Emergency | RelationKind::SelfClaimed)) {
        // What a professional declares explains nothing by itself: somebody checks every one.
        return None;
    }
    let personal = appointment(access, facts, &access.staff).or_else(|| own_deed(access, story));
    if let Some(template) = personal {
        return Some(because(template, Strength::Personal));
    }
    let relation = access.relation.or_else(|| relation_soon_after(access, story));
    if let Some(template) = appointment(access, facts, &access.organisation) {
        return Some(because(template, Strength::Circle));
    }
    let relation = relation?;
    match relation {
        RelationKind::Emergency | RelationKind::SelfClaimed => None,
        RelationKind::OpenEncounter => Some(because(Template::Encounter, Strength::Circle)),
        RelationKind::Appointment => Some(because(Template::Appointment, Strength::Circle)),
        RelationKind::Referral => Some(because(Template::Referral, Strength::Circle)),
        RelationKind::Caseload => Some(because(Template::Caseload, Strength::Circle)),
        RelationKind::Residence => Some(because(Template::Residence, Strength::Circle)),
        RelationKind::RegisteredPractice => match occasion(access, story) {
            Some(template) => Some(because(template, Strength::Circle)),
            None => Some(because(Template::Registration, Strength::Broad)),
        },
        RelationKind::NominatedPharmacy => match occasion(access, story) {
            Some(template) => Some(because(template, Strength::Circle)),
            None => Some(because(Template::Pharmacy, Strength::Broad)),
        },
    }
}

/// An appointment of the person with `with`, around this time.
fn appointment(access: &Access, facts: &Facts, with: &std::sync::Arc<str>) -> Option<Template> {
    let person = facts.people.get(&access.part)?;
    let fits = person.appointments.iter().any(|one| {
        let since = access.at_ms.saturating_sub(one.at_ms);
        (-BEFORE_APPOINTMENT_MS..=AFTER_APPOINTMENT_MS).contains(&since) && one.with.contains(with)
    });
    fits.then_some(Template::Appointment)
}

/// What the member of staff herself wrote into the record about then.
fn own_deed(access: &Access, story: &Story<'_>) -> Option<Template> {
    let range = (access.at_ms - AROUND_WRITING_MS, access.at_ms + AROUND_WRITING_MS);
    story.events_of(access.part, range).find(|event| event.by == access.staff).map(|event| match event.kind {
        EventKind::Booking => Template::Appointment,
        EventKind::Referral => Template::Referral,
        EventKind::Result => Template::Result,
        EventKind::Message => Template::Message,
        EventKind::Task => Template::Task,
        EventKind::Encounter | EventKind::Note => Template::Encounter,
    })
}

/// What happened that calls for a look by somebody of the organisation with which the person is registered.
fn occasion(access: &Access, story: &Story<'_>) -> Option<Template> {
    let range = (access.at_ms - AFTER_TASK_MS, access.at_ms + AROUND_WRITING_MS);
    story.events_of(access.part, range).find_map(|event| occasion_of(event, access))
}

fn occasion_of(event: &Event, access: &Access) -> Option<Template> {
    let since = access.at_ms.saturating_sub(event.at_ms);
    let is_own = !access.organisation.is_empty() && event.organisation == access.organisation;
    match event.kind {
        EventKind::Result if (0..=AFTER_RESULT_MS).contains(&since) => Some(Template::Result),
        EventKind::Message if (0..=AFTER_MESSAGE_MS).contains(&since) => Some(Template::Message),
        EventKind::Task if (0..=AFTER_TASK_MS).contains(&since) => Some(Template::Task),
        EventKind::Booking if is_own && since.abs() <= AROUND_BOOKING_MS => Some(Template::Appointment),
        EventKind::Encounter if since.abs() <= AROUND_WRITING_MS => Some(Template::Encounter),
        EventKind::Referral | EventKind::Note if is_own && since.abs() <= AROUND_WRITING_MS => Some(Template::CareTeam),
        _ => None,
    }
}

/// The relationship that began soon after somebody was looked up by name: who arrives is identified first.
fn relation_soon_after(access: &Access, story: &Story<'_>) -> Option<RelationKind> {
    let soon = access.at_ms..=access.at_ms + BEFORE_RELATION_MS;
    let later = story.looks_like(access).iter().filter(|other| soon.contains(&other.at_ms));
    later.into_iter().find_map(|other| other.relation)
}
