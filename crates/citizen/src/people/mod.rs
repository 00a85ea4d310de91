//! Who acts for me: who may, until when; letting somebody, and stopping it.
//!
//! A grant is a Consent in the shape of the national Validated Relationships service. Whom it is to is typed as NHS number and
//! date of birth and never looked up for the person who types it: a page that said whether they fit would tell strangers who is
//! registered here. If they fit nobody, nobody is let in. Here only the person herself gives a grant, her practice may record others
//! (`docs/decisions/0010-grants.md`); she and its holder can end it, but for what a court has ordered.
//!
//! | module | holds |
//! |---|---|
//! | `rules` | grants read and written, the form |
//! | `pages` | the drawing |

mod pages;
mod rules;

pub use rules::{Grant, People};

use crate::visit::{Done, Mistake, Place, Visit, Which, Whose, answer, heading, see_other};
use axum::extract::{Form, Query};
use axum::response::Response;
use kit::PageError;
use kit::form::Sent;
use trust::{Guest, Routes, SignedIn};

/// The routes of who acts for me.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/my/people", Guest::SignedIn, show)
        .get("/my/people/add", Guest::SignedIn, ask)
        .post("/my/people/check", Guest::SignedIn, check)
        .post("/my/people/grant", Guest::SignedIn, grant)
        .post("/my/people/stop", Guest::SignedIn, stop)
        .get("/my/others", Guest::SignedIn, others)
}

async fn show(signed_in: SignedIn, Query(done): Query<Done>) -> Response {
    answer(signed_in, move |visit| {
        let whose = visit.whose()?;
        let content = pages::people(&rules::people(visit)?, &whose, &done.done);
        Ok(visit.page(Place::People, &whose, heading(Place::People), content))
    })
    .await
}

/// The people for whom the one who is signed in may act. Reading their names is in their logs.
async fn others(signed_in: SignedIn) -> Response {
    answer(signed_in, move |visit| {
        let whose = visit.whose()?;
        Ok(visit.page(Place::People, &whose, pages::OTHERS, pages::others(&rules::others(visit)?, &whose)))
    })
    .await
}

async fn ask(signed_in: SignedIn) -> Response {
    answer(signed_in, move |visit| {
        let whose = hers(visit)?;
        let content = pages::form(&rules::empty_form(visit), &[]);
        Ok(visit.page(Place::People, &whose, pages::ADD, content))
    })
    .await
}

/// The form was filled in: what it means, and whether she wants it of her own will.
async fn check(signed_in: SignedIn, Form(form): Form<Vec<(String, String)>>) -> Response {
    let form = Sent::from(form);
    answer(signed_in, move |visit| {
        let whose = hers(visit)?;
        let (title, content, mistakes) = match rules::read(visit, &form)? {
            Ok(wanted) => (pages::CHECK, pages::check(&wanted, &form, &[]), Vec::new()),
            Err(mistakes) => (pages::ADD, pages::form(&form, &mistakes), mistakes),
        };
        Ok(visit.form(Place::People, &whose, title, (content, &mistakes)))
    })
    .await
}

async fn grant(signed_in: SignedIn, Form(form): Form<Vec<(String, String)>>) -> Response {
    let form = Sent::from(form);
    answer(signed_in, move |visit| {
        let whose = hers(visit)?;
        let (title, content, mistakes) = match (rules::read(visit, &form)?, form.one("pressed")) {
            (Ok(wanted), "no") => {
                rules::grant(visit, &wanted)?;
                return Ok(see_other("/my/people?done=given"));
            }
            (Ok(_), "yes") => (pages::HELP, pages::help(), Vec::new()),
            (Ok(wanted), _) => {
                let mistakes = vec![Mistake::at("pressed", "Say whether you decide this freely")];
                (pages::CHECK, pages::check(&wanted, &form, &mistakes), mistakes)
            }
            (Err(mistakes), _) => (pages::ADD, pages::form(&form, &mistakes), mistakes),
        };
        Ok(visit.form(Place::People, &whose, title, (content, &mistakes)))
    })
    .await
}

async fn stop(signed_in: SignedIn, Form(which): Form<Which>) -> Response {
    answer(signed_in, move |visit| {
        let whose = visit.whose()?;
        let ended = rules::stop(visit, &whose, &which.id)?;
        if whose.is_own {
            return Ok(see_other("/my/people?done=ended"));
        }
        // Her record is closed to the holder from now on: this answer needs nothing of it.
        Ok(visit.page(Place::People, &whose, pages::STOPPED, pages::stopped(&whose, &ended)))
    })
    .await
}

/// Only the person herself lets others act for her.
fn hers(visit: &Visit) -> Result<Whose, PageError> {
    let whose = visit.whose()?;
    if whose.is_own {
        return Ok(whose);
    }
    Err(PageError::Forbidden(format!("Only {} can let somebody act for them.", whose.name)))
}
