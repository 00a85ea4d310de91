//! Emergencies of which the person is told later: a second person confirms the reason, or ends the waiting.
//!
//! Opening and deciding are in the log of the person concerned; she reads of them when she is told of the rest. Why telling
//! waits is for officers alone: whoever reads over her shoulder must not learn what was said of them. Nobody judges what she
//! asked for herself.

mod drawing;
#[cfg(test)]
mod tests;

use super::rights::too_long_or_empty;
use super::{Desk, to, visit};
use crate::requests::SignedIn;
use crate::state::{Trust, TrustError};
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kit::Page;
use kit::layout::State as PageState;
use record::error::RecordError;
use record::told_later::{Decision, ToldLater};
use serde::Deserialize;

/// Where it is.
pub(super) const TOLD_LATER: &str = "/privacy-officer/told-later";
/// The heading, and the name in the navigation.
pub(super) const TITLE: &str = "Told later";

/// What the officer decides.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Decided {
    #[serde(default)]
    words: String,
    /// `confirm` to go on waiting, `tell` to tell the person now.
    #[serde(default)]
    step: String,
}

impl Desk {
    /// Those that are for this officer to judge.
    pub(super) fn told_later(&self) -> Result<Vec<ToldLater>, TrustError> {
        let mut all = self.trust.record().told_later()?;
        all.retain(|one| !one.is_by(&self.permit));
        Ok(all)
    }

    /// The page; `wrong` is the one whose form was not understood, and why.
    fn told_later_page(&self, wrong: Option<(&str, &str)>) -> Result<Response, TrustError> {
        let (page, status) = match wrong {
            Some(_) => {
                (Page { state: PageState::HasErrors, ..self.told_later_view(wrong)? }, StatusCode::UNPROCESSABLE_ENTITY)
            }
            None => (self.told_later_view(None)?, StatusCode::OK),
        };
        Ok(page.respond_with(status, self.trust.site()))
    }

    fn told_later_view(&self, wrong: Option<(&str, &str)>) -> Result<Page, TrustError> {
        let (all, now_ms) = (self.told_later()?, self.trust.record().now_ms());
        let (waiting, over): (Vec<ToldLater>, _) = all.into_iter().partition(|one| now_ms < one.ends_ms());
        for one in &waiting {
            let entry = self.trust.deed(&self.permit, self.rule()?, one.part, self.permit.action().name());
            self.trust.record().note_told_later(one, entry)?;
        }
        Ok(self.page_at(TOLD_LATER, TITLE, drawing::list(&waiting, &over, wrong)))
    }

    fn decide_telling(&self, id: &str, decided: &Decided) -> Result<Response, TrustError> {
        let now_ms = self.trust.record().now_ms();
        let one = self.told_later()?.into_iter().find(|one| one.id == id).ok_or_else(RecordError::not_found)?;
        let is_by_a_colleague = one.decision().is_some_and(|decision| decision.by != self.permit.asker().display);
        // What is told stays told: nothing can be taken back from the person.
        let is_over = now_ms >= one.ends_ms();
        if is_by_a_colleague && (is_over || decided.step == "confirm") {
            return Ok(self.meanwhile(self.told_later_view(None)?, &decided.words));
        }
        if is_over {
            return Err(RecordError::not_found().into());
        }
        if let Some(sentence) = too_long_or_empty(&decided.words, "Write why you decide so") {
            return self.told_later_page(Some((id, &sentence)));
        }
        let is_confirmed = match decided.step.as_str() {
            "confirm" if one.decision().is_none() => true,
            "tell" => false,
            _ => return self.told_later_page(Some((id, "Press one of the buttons below"))),
        };
        let (by, words) = (self.permit.asker().display.clone(), decided.words.trim().to_owned());
        let entry = self.trust.deed(&self.permit, self.rule()?, one.part, "Decide");
        let decision = Decision { at_ms: now_ms, by, words, is_confirmed };
        if !self.trust.record().decide_told_later(&one, decision, entry)? {
            return Ok(self.meanwhile(self.told_later_view(None)?, &decided.words));
        }
        Ok(to(TOLD_LATER))
    }
}

/// `GET /privacy-officer/told-later`
pub(crate) async fn show(State(trust): State<Trust>, officer: SignedIn) -> Response {
    visit(trust, officer, |desk| desk.told_later_page(None)).await
}

/// `POST /privacy-officer/told-later/{told}`
pub(crate) async fn decide(
    State(trust): State<Trust>,
    officer: SignedIn,
    Path(id): Path<String>,
    Form(decided): Form<Decided>,
) -> Response {
    visit(trust, officer, move |desk| desk.decide_telling(&id, &decided)).await
}
