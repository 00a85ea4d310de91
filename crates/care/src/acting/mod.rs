//! Who may act for somebody, as her practice records it: parental responsibility, a power of attorney, an order of a court, a decision
//! in her best interest, or her own wish at the desk.
//!
//! For reception and GPs of the practice where the person is registered, and nobody else: which grants stand, a new one in three steps
//! with the check that nobody is pressed, and an end with its reason; also whether the person may be asked about research, which she says
//! herself. It shows nothing of the record, looks nobody up by what is typed, and
//! changes nothing on a form that is wrong. What can stand is for [`record::granting`] (`docs/decisions/0010-grants.md`).
//!
//! | module | holds |
//! |---|---|
//! | `rules` | what a form means |
//! | `pages` | the list, and ending a grant |
//! | `steps` | the three steps to a new one |

mod pages;
mod rules;
mod steps;
#[cfg(test)]
mod tests;

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit, Purpose};
use kit::components::Link;
use kit::form::{Mistake, Sent};
use kit::headers::{Privacy, secure};
use kit::layout::{State, WayBack};
use kit::{Markup, Page, PageError};
use record::granting::{About, EndReason, Granted};
use serde::Deserialize;
use trust::{Guest, Routes, SignedIn};

use crate::find::pages::today;
use crate::person::Person;
pub(crate) use pages::HEADING;
use rules::Case;

/// For how long after proving who one is one may record and end grants.
const FRESH_MS: i64 = 15 * 60 * 1_000;

/// What a form sends.
type Pairs = Form<Vec<(String, String)>>;

/// The routes of grants.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/care/people/{id}/acting", Guest::SignedIn, show)
        .get("/care/people/{id}/acting/new", Guest::SignedIn, begin)
        .post("/care/people/{id}/acting/details", Guest::SignedIn, details)
        .post("/care/people/{id}/acting/check", Guest::SignedIn, check)
        .post("/care/people/{id}/acting/record", Guest::SignedIn, keep)
        .post("/care/people/{id}/acting/ending", Guest::SignedIn, ending)
        .post("/care/people/{id}/acting/end", Guest::SignedIn, end)
}

/// Leave for grants; who may never have it is told so.
pub(crate) fn leave(reader: &SignedIn, action: Action) -> Result<Permit, PageError> {
    let says = || {
        let sentence = "Who may act for somebody is recorded by reception, GPs and practice nurses of the practice where that person is registered.";
        PageError::Forbidden(sentence.to_owned())
    };
    let permit = reader.permit_for(Purpose::Administration, action).map_err(|_| says())?;
    if permit.allows(ResourceType::CONSENT, action) { Ok(permit) } else { Err(says()) }
}

/// The person and her grants, for somebody of the practice where she is registered; everybody else's people are like nobody.
async fn case(reader: &SignedIn, id: &str) -> Result<Case, PageError> {
    let (patient, search) = (crate::resource_id(id)?, leave(reader, Action::Search)?);
    let read = reader.permit_for(Purpose::Administration, Action::Read)?;
    let (role, today, now_ms) = (reader.asker.role, today(reader), reader.trust.record().now_ms());
    crate::ask(reader, move |record| {
        let record::granting::AtPractice { grants, research } = record.grants_at_practice(&search, &patient)?;
        let found = record.read(&read, ResourceType::PATIENT, &patient)?;
        let tree = found.tree()?;
        let (person, about) = (Person::of(&tree), About::of(&tree));
        Ok(Case { patient, person, about, grants, research, role, today, now_ms })
    })
    .await
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
struct Done {
    #[serde(default)]
    done: String,
}

async fn show(reader: SignedIn, Path(id): Path<String>, Query(done): Query<Done>) -> Response {
    let page = case(&reader, &id).await.map(|case| drawn(&case, HEADING, (pages::list(&case, &done.done), &[])));
    answer(&reader, page)
}

async fn begin(reader: SignedIn, Path(id): Path<String>) -> Response {
    let page = case(&reader, &id).await.map(|case| drawn(&case, steps::NEW, (steps::basis(&case, &[]), &[])));
    if let (Ok(_), Some(first)) = (&page, reader.to_confirm(FRESH_MS, &format!("/care/people/{id}/acting/new"))) {
        return first;
    }
    answer(&reader, page)
}

async fn details(reader: SignedIn, Path(id): Path<String>, Form(sent): Pairs) -> Response {
    let sent = Sent::from(sent);
    let page = case(&reader, &id).await.map(|case| match rules::basis(&sent, &case) {
        Ok(basis) => {
            drawn(&case, steps::DETAILS, (steps::details(&case, basis, &rules::begun(sent, basis, &case), &[]), &[]))
        }
        Err(mistakes) => drawn(&case, steps::NEW, (steps::basis(&case, &mistakes), &mistakes)),
    });
    answer(&reader, page)
}

async fn check(reader: SignedIn, Path(id): Path<String>, Form(sent): Pairs) -> Response {
    let sent = Sent::from(sent);
    let page = case(&reader, &id).await.map(|case| match rules::wanted(&sent, &case) {
        Ok(wanted) => drawn(&case, steps::CHECK, (steps::check(&case, &wanted, &sent, &[]), &[])),
        Err(wrong) => again(&case, &sent, &wrong),
    });
    answer(&reader, page)
}

async fn keep(reader: SignedIn, Path(id): Path<String>, Form(sent): Pairs) -> Response {
    let sent = Sent::from(sent);
    let kept = async {
        let case = case(&reader, &id).await?;
        let wanted = match rules::wanted(&sent, &case) {
            Ok(wanted) => wanted,
            Err(wrong) => return Ok(Some(again(&case, &sent, &wrong))),
        };
        let checked = match rules::checked(&sent, &case, &wanted) {
            Ok(Some(checked)) => checked,
            Ok(None) => return Ok(Some(drawn(&case, steps::STOPPED, (steps::stopped(&case), &[])))),
            Err(wrong) => {
                return Ok(Some(drawn(&case, steps::CHECK, (steps::check(&case, &wanted, &sent, &wrong), &wrong))));
            }
        };
        if let Some(first) = reader.to_confirm(FRESH_MS, &format!("/care/people/{id}/acting/new")) {
            return Err(Stop::Elsewhere(first));
        }
        let (permit, day) = (leave(&reader, Action::Create)?, case.today);
        crate::ask(&reader, move |record| record.record_grant(&permit, &case.patient, (&wanted.grant, &checked), day))
            .await?;
        Ok(None)
    };
    finish(&reader, &id, (kept.await, "recorded"))
}

async fn ending(reader: SignedIn, Path(id): Path<String>, Form(sent): Pairs) -> Response {
    let sent = Sent::from(sent);
    let page = case(&reader, &id).await.and_then(|case| {
        let granted = standing(&case, &sent)?;
        Ok(drawn(&case, pages::ENDING, (pages::ending(&case, granted, &[]), &[])))
    });
    answer(&reader, page)
}

async fn end(reader: SignedIn, Path(id): Path<String>, Form(sent): Pairs) -> Response {
    let sent = Sent::from(sent);
    let ended = async {
        let case = case(&reader, &id).await?;
        let granted = standing(&case, &sent)?;
        let Some(why) = EndReason::parse(sent.one("why")) else {
            let wrong = [Mistake::at("why", "Select why this person stops acting")];
            return Ok(Some(drawn(&case, pages::ENDING, (pages::ending(&case, granted, &wrong), &wrong))));
        };
        if let Some(first) = reader.to_confirm(FRESH_MS, &format!("/care/people/{id}/acting")) {
            return Err(Stop::Elsewhere(first));
        }
        let (permit, grant) = (leave(&reader, Action::Update)?, crate::resource_id(&granted.id)?);
        crate::ask(&reader, move |record| record.end_grant(&permit, (&case.patient, &grant), why)).await?;
        Ok(None)
    };
    finish(&reader, &id, (ended.await, "ended"))
}

/// What ends a change before it is made.
enum Stop {
    /// Another page has to be seen first.
    Elsewhere(Response),
    /// It cannot be made.
    Error(PageError),
}

impl From<PageError> for Stop {
    fn from(error: PageError) -> Self {
        Self::Error(error)
    }
}

/// The grant in force that the form names.
fn standing<'c>(case: &'c Case, sent: &Sent) -> Result<&'c Granted, PageError> {
    let named = ResourceId::parse(sent.one("grant")).map_err(|_| PageError::NotFound)?;
    let is_it = |one: &&Granted| one.id == named.as_str() && case.stands(one);
    case.grants.iter().find(is_it).ok_or(PageError::NotFound)
}

fn again(case: &Case, sent: &Sent, wrong: &rules::Wrong) -> Page {
    match wrong {
        rules::Wrong::Basis(mistakes) => drawn(case, steps::NEW, (steps::basis(case, mistakes), mistakes)),
        rules::Wrong::Details(basis, mistakes) => {
            drawn(case, steps::DETAILS, (steps::details(case, *basis, sent, mistakes), mistakes))
        }
    }
}

fn drawn(case: &Case, title: &str, (content, mistakes): (Markup, &[Mistake])) -> Page {
    let record = format!("/care/people/{}", case.patient.as_str());
    let mut trail = vec![Link::new("/care", "Find a person"), Link::new(&record, "Shared record")];
    if title != HEADING {
        trail.push(Link::new(format!("{record}/acting"), HEADING));
    }
    Page {
        person: Some(case.person.banner(case.today, "open the record to see them", Vec::new())),
        way_back: WayBack::Trail(trail),
        state: if mistakes.is_empty() { State::Fine } else { State::HasErrors },
        ..Page::new(title, content)
    }
}

fn answer(reader: &SignedIn, page: Result<Page, PageError>) -> Response {
    match page {
        Ok(page) => {
            let status = if page.state == State::Fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            crate::in_area(page, reader).respond_with(status, reader.trust.site())
        }
        Err(error) => error.respond(reader.trust.site()),
    }
}

/// After a change: back to the list, which says what was done; or the page that was not left.
fn finish(reader: &SignedIn, id: &str, (made, done): (Result<Option<Page>, Stop>, &str)) -> Response {
    match made {
        Ok(Some(page)) => answer(reader, Ok(page)),
        Ok(None) => {
            let to = format!("/care/people/{id}/acting?done={done}");
            let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
            secure(answer.headers_mut(), Privacy::Personal);
            answer
        }
        Err(Stop::Elsewhere(first)) => first,
        Err(Stop::Error(error)) => answer(reader, Err(error)),
    }
}
