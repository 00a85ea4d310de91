//! Area 1 of the framework: the data that care professionals need.
//!
//! A professional finds a person, sees the shared record on one screen under the headings of the record standard, and sees what is
//! missing: nothing recorded, not permitted and not available are different things and are told apart. Every look goes
//! through the one door `record`, which filters and logs it; nothing here decides what may be seen.
//!
//! | module | holds |
//! |---|---|
//! | [`find`] | finding a person by NHS number, or by name and date of birth |
//! | [`acting`] | who may act for somebody, as her practice records it |
//! | [`claim`] | saying that one cares for somebody |
//! | [`emergency`] | opening a record in an emergency |
//! | [`summary`] | the record on one screen, a heading in full, a test over time, a document |
//! | [`person`] | who a Patient resource is about, in words, and the banner |
//! | [`tree`] | words out of FHIR trees |

pub mod acting;
pub mod claim;
pub mod emergency;
pub mod find;
pub mod person;
pub mod summary;
pub mod tree;

use fhir::ResourceId;
use gate::{Action, Permit, Purpose};
use kit::components::NavigationItem;
use kit::{Page, PageError};
use record::{Record, RecordError};
use trust::{Guest, Routes, SignedIn, usual_purpose};

/// The routes of this area; the binary wraps them in `trust::Trust::protect`.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/care", Guest::SignedIn, find::pages::ask)
        .post("/care/find", Guest::SignedIn, find::pages::answer)
        .get("/care/find", Guest::SignedIn, find::pages::ask)
        .get("/care/people/{id}", Guest::SignedIn, summary::pages::show)
        .get("/care/people/{id}/emergency", Guest::SignedIn, emergency::pages::ask)
        .post("/care/people/{id}/emergency", Guest::SignedIn, emergency::pages::declare)
        .get("/care/people/{id}/claim", Guest::SignedIn, claim::ask)
        .post("/care/people/{id}/claim", Guest::SignedIn, claim::declare)
        .get("/care/people/{id}/results/{test}", Guest::SignedIn, summary::pages::test)
        .get("/care/people/{id}/results/{test}/values.csv", Guest::SignedIn, summary::pages::test_file)
        .get("/care/people/{id}/documents/{document}", Guest::SignedIn, summary::document::show)
        .get("/care/people/{id}/{heading}", Guest::SignedIn, summary::pages::heading)
        .merge(acting::routes())
}

/// Puts the header of this area on a page.
fn in_area(page: Page, reader: &SignedIn) -> Page {
    page.signed_in(reader.account(), vec![NavigationItem::new("/care", "Find a person").current()])
}

/// The id in an address; a wrong one is a page that does not exist.
fn resource_id(text: &str) -> Result<ResourceId, PageError> {
    ResourceId::parse(text).map_err(|_| PageError::NotFound)
}

/// Leave to read and to search the record of a person, both for one request: for the emergency that the reader has declared for
/// her while it lasts, else for what the role usually does, with the relationship that the reader has claimed if she has.
fn permits(reader: &SignedIn, patient: &ResourceId) -> Result<Permits, PageError> {
    let emergency_until = reader.emergency_until(patient)?;
    let in_emergency = emergency_until.map(|_| reader.in_emergency_of(patient));
    let claimed_until = if emergency_until.is_some() { None } else { reader.claim_until(patient)? };
    let claiming = claimed_until.map(|_| reader.who_claims(patient));
    let (reader, purpose) = match (&in_emergency, &claiming) {
        (Some(reader), _) => (reader, Purpose::BreakGlass),
        (None, claiming) => (claiming.as_ref().unwrap_or(reader), usual_purpose(reader.asker.role)),
    };
    let permit = |action: Action| reader.permit_for(purpose, action);
    Ok(Permits { read: permit(Action::Read)?, search: permit(Action::Search)?, emergency_until, claimed_until })
}

/// What a page of a record needs leave for.
pub struct Permits {
    /// To read one entry whose id is known.
    pub read: Permit,
    /// To look for entries.
    pub search: Permit,
    /// Until when they are for a declared emergency, milliseconds since 1970 UTC; none when they are not.
    pub emergency_until: Option<i64>,
    /// Until when the reader's claim to care for the person holds, milliseconds since 1970 UTC; none without one.
    pub claimed_until: Option<i64>,
}

/// Asks the record on a thread that may wait for the disk.
async fn ask<T, F>(reader: &SignedIn, question: F) -> Result<T, PageError>
where
    T: Send + 'static,
    F: FnOnce(&Record) -> Result<T, RecordError> + Send + 'static,
{
    let record = reader.trust.record().clone();
    match trust::blocking(move || question(&record)).await {
        Some(answer) => answer.map_err(|error| trust::requests::page_error(&error.into(), &reader.request)),
        None => Err(PageError::Internal(reader.request.as_str().to_owned())),
    }
}
