//! What home shows: the next appointments, the last messages, the last three people who looked.
//!
//! The list of who looked comes from `trust`, which logs that it was read. Next: `pages`.

use crate::my_record::facts::{self, Fact};
use crate::my_record::{is_ahead, trees};
use crate::visit::{Place, Visit};
use kit::PageError;
use record::Lock;
use trust::{Look, Notice, recent_people, who_looked};

/// How many appointments, messages and people are shown.
const SHOWN_MAX: usize = 3;
/// The page of who looked.
pub(super) const WHO_LOOKED: &str = "/my/who-looked";
/// How many notices are shown.
const NOTICES_MAX: usize = 5;

/// The home page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The next appointments, the first first.
    pub appointments: Vec<Fact>,
    /// The last messages, newest first.
    pub messages: Vec<Fact>,
    /// The last people who looked, newest first.
    pub looked: Vec<Look>,
    /// Whether it is proven who the person is; without that there are appointments only.
    pub is_proven: bool,
    /// What closes the record to others now; for the person herself alone.
    pub locks: Vec<Lock>,
    /// The pages to which the person's grant opens no way.
    pub closed: Vec<&'static str>,
    /// What the person should know of accesses, newest first.
    pub notices: Vec<Notice>,
}

pub(super) fn home(visit: &Visit) -> Result<Home, PageError> {
    let found = visit.all("Appointment")?;
    let ahead = trees(visit, &found)?;
    let mut appointments: Vec<Fact> =
        ahead.iter().filter(|tree| is_ahead(tree, visit.now_ms())).map(facts::appointment).collect();
    facts::newest_first(&mut appointments);
    appointments.reverse();
    appointments.truncate(SHOWN_MAX);
    let closed = closed(visit);
    if !visit.signed_in.is_proven() {
        return Ok(Home {
            closed,
            appointments,
            messages: Vec::new(),
            looked: Vec::new(),
            locks: Vec::new(),
            notices: Vec::new(),
            is_proven: false,
        });
    }
    let looked = if visit.opened.opens(Place::WhoLooked) { looked(visit)? } else { Vec::new() };
    let notices = if visit.opened.opens(Place::WhoLooked) { notices(visit)? } else { Vec::new() };
    Ok(Home {
        appointments,
        messages: messages(visit)?,
        looked,
        locks: locks(visit)?,
        notices,
        is_proven: true,
        closed,
    })
}

fn looked(visit: &Visit) -> Result<Vec<Look>, PageError> {
    let looked = who_looked(&visit.signed_in.trust, &visit.permit, &visit.patient, None);
    let looked = looked.map_err(|error| visit.error(&error))?;
    Ok(recent_people(&looked, SHOWN_MAX).into_iter().cloned().collect())
}

fn notices(visit: &Visit) -> Result<Vec<Notice>, PageError> {
    let notices = visit.signed_in.trust.notices(&visit.permit, &visit.patient);
    Ok(notices.map_err(|error| visit.error(&error))?.into_iter().take(NOTICES_MAX).collect())
}

/// The pages that are not for somebody who acts for the person with a grant to a part.
fn closed(visit: &Visit) -> Vec<&'static str> {
    let ways = [
        ("/my/record/appointments", visit.shows("Appointment")),
        ("/my/record/results", visit.shows("Observation")),
        ("/my/record/medicines", visit.shows("MedicationStatement")),
        ("/my/record/documents", visit.shows("DocumentReference")),
        (WHO_LOOKED, visit.opened.opens(Place::WhoLooked)),
        ("/my/choices", visit.opened.opens(Place::Choices)),
        ("/my/rights", visit.opened.opens(Place::Rights)),
    ];
    ways.into_iter().filter(|(_, is_open)| !is_open).map(|(href, _)| href).collect()
}

fn locks(visit: &Visit) -> Result<Vec<Lock>, PageError> {
    let asker = &visit.signed_in.asker;
    if asker.who.as_str().strip_prefix("Patient/") != Some(visit.patient.as_str()) {
        return Ok(Vec::new());
    }
    let locks = visit.signed_in.trust.record().locks_of(&visit.permit, &visit.patient);
    locks.map_err(|error| visit.error(&error.into()))
}

/// Messages to the person herself; what professionals wrote to each other about her is not among them.
fn messages(visit: &Visit) -> Result<Vec<Fact>, PageError> {
    let found = visit.all("Communication")?;
    let to_me = format!("Patient/{}", visit.patient.as_str());
    let mut messages: Vec<Fact> = trees(visit, &found)?
        .iter()
        .filter(|tree| facts::text(tree, &["recipient", "reference"]) == Some(to_me.as_str()))
        .map(facts::message)
        .collect();
    facts::newest_first(&mut messages);
    messages.truncate(SHOWN_MAX);
    Ok(messages)
}

impl Home {
    /// Whether a page may be opened from here.
    pub(super) fn opens(&self, href: &str) -> bool {
        !self.closed.contains(&href)
    }

    /// One with something of everything.
    #[must_use]
    pub fn sample() -> Self {
        let appointment = Fact {
            what: "Appointment at Elm Surgery".into(),
            details: vec!["With Dr Samir Khan.".into()],
            when: "2026-12-01T08:45:00+00:00".into(),
            source: "Elm Surgery".into(),
            ..Fact::default()
        };
        let message = Fact {
            what: "Your blood test results are back. Nothing needs to change.".into(),
            when: "2026-11-20T09:15:00+00:00".into(),
            source: "Elm Surgery".into(),
            ..Fact::default()
        };
        Self {
            appointments: vec![appointment],
            messages: vec![message],
            looked: vec![Look::sample()],
            locks: Vec::new(),
            notices: vec![Notice::sample()],
            is_proven: true,
            closed: Vec::new(),
        }
    }

    /// One where nothing happened yet.
    #[must_use]
    pub fn sample_empty() -> Self {
        let (appointments, messages, looked) = (Vec::new(), Vec::new(), Vec::new());
        let (locks, notices, closed) = (Vec::new(), Vec::new(), Vec::new());
        Self { appointments, messages, looked, locks, notices, is_proven: true, closed }
    }
}
