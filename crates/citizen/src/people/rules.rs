//! Grants: read from Consents, asked for in a form, given and ended.
//!
//! A grant that a person gives lasts a year at most, and is for the whole record or for the kinds of data that are ticked; for looking, or
//! for copies too. It never looks anybody up. Next: `pages`.

use crate::choices::ended_by;
use crate::my_record::facts::text;
use crate::visit::{Mistake, Visit, Whose, name_of};
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Purpose};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use kit::PageError;
use kit::form::{Sent, date};
use record::granting::{Basis, Granted, NewGrant, Terms};
use record::{Change, Resource};
use std::sync::Arc;
use trust::granting::{self, Asks};

/// A grant as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What the Consent says.
    pub granted: Granted,
    /// Whether it is the signed-in person's own.
    pub is_mine: bool,
}

impl Grant {
    /// Reads a Consent; none when it lets nobody act.
    #[must_use]
    pub fn of(tree: &Json<'_>) -> Option<Grant> {
        Granted::of(tree).map(|granted| Grant { granted, is_mine: false })
    }
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Grants in force.
    pub now: Vec<Grant>,
    /// Grants that have ended.
    pub past: Vec<Grant>,
}

/// What is said to somebody who wants to end what a court has ordered.
pub(super) const OF_COURT: &str = "A court has ordered that this person acts, so it cannot be stopped here. Your GP practice can tell you more, and the Office of the Public Guardian looks into worries about deputies: 0300 456 0300.";

/// What the fields of a person's own form are called.
pub(super) const ASKS: Asks = Asks {
    name: ("Their name", "As you call them"),
    number: ("Their NHS number", "10 digits, as on a letter from the NHS. Ask them for it."),
    born: ("Their date of birth", "For example, 15 3 1984"),
    sees: ("What may they see?", "They see your name, address and contact details in any case."),
    own_number: "This is your own NHS number: enter that of the other person",
};

pub(super) fn people(visit: &Visit) -> Result<People, PageError> {
    let mut people = People::default();
    for resource in visit.all("Consent")? {
        let tree = tree(visit, &resource)?;
        let Some(grant) = Grant::of(&tree) else { continue };
        let is_mine = visit.signed_in.trust.record().is_grant_to(&visit.signed_in.asker, &tree);
        let grant = Grant { is_mine: is_mine.map_err(|error| visit.error(&error.into()))?, ..grant };
        if grant.granted.stands_at(visit.now_ms()) { people.now.push(grant) } else { people.past.push(grant) }
    }
    people.now.sort_by(|one, other| other.granted.since.cmp(&one.granted.since));
    people.past.sort_by(|one, other| other.granted.since.cmp(&one.granted.since));
    Ok(people)
}

/// The people whose records the one who is signed in may open, with their names.
pub(super) fn others(visit: &Visit) -> Result<Vec<(ResourceId, String)>, PageError> {
    let (signed_in, failed) = (&visit.signed_in, |error: record::RecordError| visit.error(&error.into()));
    let record = signed_in.trust.record();
    let mut others = Vec::new();
    for patient in record.acts_for(&signed_in.asker).map_err(failed)? {
        if patient == visit.patient {
            continue;
        }
        let acting = Arc::new(signed_in.asker.with_record_of(patient.clone()));
        let permit = signed_in.trust.permit(&acting, Purpose::OwnRecord, Action::Read, &signed_in.request);
        let permit = permit.map_err(|error| visit.error(&error))?;
        let person = record.read(&permit, ResourceType::PATIENT, &patient).map_err(failed)?;
        let name = name_of(&tree(visit, &person)?).unwrap_or_else(|| "Somebody without a name".to_owned());
        others.push((patient, name));
    }
    others.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(others)
}

/// The empty form, with a year as the time.
pub(super) fn empty_form(visit: &Visit) -> Sent {
    let latest = today(visit).and_then(year_after);
    latest.map_or_else(Sent::default, |latest| Sent::default().with_day("until", latest))
}

fn today(visit: &Visit) -> Option<Date> {
    Timestamp::from_millisecond(visit.now_ms()).ok().map(kit::format::day)
}

fn year_after(day: Date) -> Option<Date> {
    day.checked_add(Span::new().years(1)).ok()
}

/// What the form means, or every mistake in it. Whether anybody has the number is not asked.
pub(super) fn read(visit: &Visit, form: &Sent) -> Result<Result<NewGrant, Vec<Mistake>>, PageError> {
    let Some((today, latest)) = today(visit).and_then(|today| Some((today, year_after(today)?))) else {
        return Err(PageError::BadRequest);
    };
    let mut mistakes = Vec::new();
    let holder = granting::holder(form, &ASKS, (&own_numbers(visit)?, today), &mut mistakes);
    let until = date(form, "until", "Last day").and_then(|until| {
        if until < today {
            return Err(Mistake::at("until", "Last day must be today or later"));
        }
        let says = || format!("Last day must be within a year: {} at the latest", kit::format::date(latest));
        if until > latest { Err(Mistake::at("until", says())) } else { Ok(until) }
    });
    let ticked = granting::ticked(form);
    Ok(match (holder, until, ticked) {
        (Some(holder), Ok(until), Ok(ticked)) => {
            let granting::Ticked { parts, copies, is_discreet } = ticked;
            let terms = Terms { parts, copies, is_discreet, from: today, until };
            Ok(NewGrant { basis: Basis::Consent, holder, terms })
        }
        (_, until, ticked) => {
            mistakes.extend(until.err().into_iter().chain(ticked.err()));
            Err(mistakes)
        }
    })
}

fn own_numbers(visit: &Visit) -> Result<Vec<String>, PageError> {
    let patient = visit.one(ResourceType::PATIENT, visit.patient.as_str())?;
    let tree = tree(visit, &patient)?;
    let identifiers = tree.get("identifier").map(Json::items).unwrap_or_default();
    Ok(identifiers.iter().filter_map(|one| text(one, &["value"])).map(str::to_owned).collect())
}

/// Gives the grant.
pub(super) fn grant(visit: &Visit, wanted: &NewGrant) -> Result<(), PageError> {
    let permit = visit.signed_in.permit(Action::Create)?;
    let at = Timestamp::from_millisecond(visit.now_ms()).unwrap_or_default();
    let consent = wanted.by_herself(&visit.patient, &visit.signed_in.asker.display, at).to_string().into_bytes();
    let made = visit.signed_in.trust.record().create(&permit, ResourceType::CONSENT, &consent, Change::default());
    made.map(drop).map_err(|error| visit.error(&error.into()))
}

/// Ends a grant: any of one's own record, or the one by which one acts for somebody.
pub(super) fn stop(visit: &Visit, whose: &Whose, id: &str) -> Result<Granted, PageError> {
    let consent = visit.one(ResourceType::CONSENT, id)?;
    let grant = Granted::of(&tree(visit, &consent)?).filter(|grant| grant.is_active).ok_or(PageError::NotFound)?;
    if whose.is_own {
        if grant.is_of_court() {
            return Err(PageError::Forbidden(OF_COURT.to_owned()));
        }
        let patch = record::grants::ended(&tree(visit, &consent)?, "Ended by the person whose record it is");
        ended_by(visit, &consent, patch.as_bytes())?;
    } else {
        let permit = visit.signed_in.permit(Action::Update)?;
        let given_up = visit.signed_in.trust.record().give_up(&permit, &consent.id);
        given_up.map_err(|error| visit.error(&error.into()))?;
    }
    Ok(grant)
}

fn tree<'r>(visit: &Visit, resource: &'r Resource) -> Result<Json<'r>, PageError> {
    resource.tree().map_err(|error| visit.error(&error.into()))
}
