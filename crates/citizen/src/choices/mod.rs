//! Choices about sharing: what is shared with whom, what was chosen, and choosing otherwise.
//!
//! A choice is made in three steps: what to hide and from whom, what that would change for each kind of reader, and the yes.
//! Nothing is kept between the steps: the form carries the choice, and each step reads it anew. Everything works without a
//! script, and nothing about a person is in an address.
//!
//! | module | holds |
//! |---|---|
//! | [`beyond_care`] | planning and research: opt-outs, and which uses the data are part of |
//! | [`choice`] | a choice as a Consent, and a Consent as a sentence |
//! | [`mod@mail`] | e-mail when there is something to know |
//! | `options` | what can be chosen among |
//! | `readers` | whom the effect is told for |
//! | `rules` | the page of choices, reading the form, the effect, making and ending |
//! | `pages` | the drawing |

pub mod beyond_care;
pub mod choice;
pub mod mail;
mod options;
mod pages;
mod readers;
mod rules;

pub use choice::told;
use rules::end;
pub(crate) use rules::ended_by;
pub use rules::{Effect, Form, Made, Overview, Question, Way};

use crate::visit::{Done, Mistake, Place, Visit, Which, Whose, answer, heading, see_other};
use axum::extract::{Form as Sent, Path, Query};
use axum::response::Response;
use kit::PageError;
use serde::Deserialize;
use trust::{Guest, Routes, SignedIn};

/// The routes of choices.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/my/choices", Guest::SignedIn, overview)
        .get("/my/choices/add/{way}", Guest::SignedIn, ask)
        .post("/my/choices/entry", Guest::SignedIn, ask_about_entry)
        .post("/my/choices/preview", Guest::SignedIn, preview)
        .post("/my/choices/save", Guest::SignedIn, save)
        .post("/my/choices/stop", Guest::SignedIn, stop)
        .post("/my/choices/end", Guest::SignedIn, end_choice)
        .post("/my/choices/mail", Guest::SignedIn, mail::ask)
        .post("/my/choices/mail/confirm", Guest::SignedIn, mail::confirm)
        .post("/my/choices/mail/stop", Guest::SignedIn, mail::stop)
}

/// The entry that a button stood beside.
#[derive(Debug, Default, Deserialize)]
struct Beside {
    #[serde(default)]
    entry: String,
}

async fn overview(signed_in: SignedIn, Query(done): Query<Done>) -> Response {
    answer(signed_in, move |visit| {
        let whose = visit.whose()?;
        visit.require(Place::Choices, &whose)?;
        let overview = Overview { mail: mail::mail(visit, &whose)?, ..rules::overview(visit)? };
        let content = pages::overview(&overview, &whose, &done.done);
        Ok(visit.page(Place::Choices, &whose, heading(Place::Choices), content))
    })
    .await
}

async fn ask(signed_in: SignedIn, Path(way): Path<String>) -> Response {
    answer(signed_in, move |visit| {
        let whose = hers(visit)?;
        let way = Way::parse(&way).ok_or(PageError::NotFound)?;
        question(visit, &whose, way, (&Form::default(), &[]))
    })
    .await
}

async fn ask_about_entry(signed_in: SignedIn, Sent(beside): Sent<Beside>) -> Response {
    answer(signed_in, move |visit| {
        let form = Form { way: Way::Entry.slug().into(), what: beside.entry, from: String::new() };
        question(visit, &hers(visit)?, Way::Entry, (&form, &[]))
    })
    .await
}

async fn preview(signed_in: SignedIn, Sent(form): Sent<Form>) -> Response {
    answer(signed_in, move |visit| {
        let whose = hers(visit)?;
        let way = Way::parse(&form.way).ok_or(PageError::BadRequest)?;
        match rules::read(visit, way, &form)? {
            Err(mistake) => question(visit, &whose, way, (&form, &[mistake])),
            Ok(wish) => {
                let view = pages::Preview {
                    sentence: rules::sentence(visit, &wish)?,
                    effects: rules::effects(visit, &wish)?,
                    emergencies_open: readers::emergencies_open(visit),
                };
                let content = pages::preview(&view, (way, &form));
                Ok(visit.page(Place::Choices, &whose, pages::PREVIEW, content))
            }
        }
    })
    .await
}

async fn save(signed_in: SignedIn, Sent(form): Sent<Form>) -> Response {
    answer(signed_in, move |visit| {
        let whose = hers(visit)?;
        let way = Way::parse(&form.way).ok_or(PageError::BadRequest)?;
        match rules::read(visit, way, &form)? {
            Err(mistake) => question(visit, &whose, way, (&form, &[mistake])),
            Ok(wish) => rules::save(visit, &wish).map(|()| see_other("/my/choices?done=made")),
        }
    })
    .await
}

async fn stop(signed_in: SignedIn, Sent(which): Sent<Which>) -> Response {
    answer(signed_in, move |visit| {
        let whose = hers(visit)?;
        let (consent, says) = rules::in_force(visit, &which.id)?;
        let effects = rules::effects_of_end(visit, &consent.id)?;
        Ok(visit.page(Place::Choices, &whose, pages::STOP, pages::stop(&says, &effects, consent.id.as_str())))
    })
    .await
}

async fn end_choice(signed_in: SignedIn, Sent(which): Sent<Which>) -> Response {
    answer(signed_in, move |visit| {
        hers(visit)?;
        let (consent, _) = rules::in_force(visit, &which.id)?;
        let is_answer = rules::is_answer(visit, &consent)?;
        let back = if is_answer { "/my/choices?done=taken-back" } else { "/my/choices?done=ended" };
        end(visit, &consent).map(|()| see_other(back))
    })
    .await
}

fn question(visit: &Visit, whose: &Whose, way: Way, said: (&Form, &[Mistake])) -> Result<Response, PageError> {
    let content = pages::question(&rules::question(visit, way)?, said);
    Ok(visit.form(Place::Choices, whose, pages::title(way), (content, said.1)))
}

/// Only the person herself chooses: whoever acts for her is told so.
fn hers(visit: &Visit) -> Result<Whose, PageError> {
    let whose = visit.whose()?;
    if whose.is_own {
        return Ok(whose);
    }
    Err(PageError::Forbidden(format!("Only {} can change these choices. You can see them.", whose.name)))
}
