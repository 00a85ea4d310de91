//! The pages of suspected breaches: the list with its clocks, one that is written down, and each with its tasks.
//!
//! Whom a breach concerns is told by numbers of the log, never by name; that they were found stands in the log of each of them.
//! `drawing` draws.

mod drawing;

use super::rights::{Mistake, too_long_or_empty};
use super::{Desk, to, visit};
use crate::breaches::{Breach, Task, subjects};
use crate::requests::SignedIn;
use crate::rights::Said;
use crate::state::{Trust, TrustError};
use axum::extract::{Form, Path, State};
use axum::response::Response;
use fhir::issue::IssueCode;
use jiff::civil::Date;
use kit::Page;
use kit::layout::{Link, WayBack};
use record::error::{RecordError, Refusal};
use record::log::Draft;
use serde::Deserialize;

/// Where the list is.
pub(super) const BREACHES: &str = "/privacy-officer/breaches";
const HOUR_MS: i64 = 3_600_000;

/// A breach as it is written down.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub(crate) what: String,
    /// How many hours ago somebody became aware.
    pub(crate) hours: String,
}

/// A step.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Step {
    /// The word of a task, or `concerned`.
    pub(crate) step: String,
    pub(crate) words: String,
    pub(crate) staff: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

impl Desk {
    fn breaches_page(&self, report: &Report, mistakes: &[Mistake]) -> Result<Response, TrustError> {
        let breaches = self.trust.breaches()?;
        self.trust.note_log_read(&self.permit, self.rule()?, None, breaches.len())?;
        let content = drawing::list(&breaches, self.trust.record().now_ms(), (report, mistakes));
        Ok(self.with_mistakes(self.page_at(BREACHES, drawing::TITLE, content), mistakes))
    }

    fn breach_page(&self, breach: &Breach, step: &Step, mistakes: &[Mistake]) -> Result<Response, TrustError> {
        Ok(self.with_mistakes(self.breach_view(breach, step, mistakes)?, mistakes))
    }

    fn breach_view(&self, breach: &Breach, step: &Step, mistakes: &[Mistake]) -> Result<Page, TrustError> {
        self.trust.note_log_read(&self.permit, self.rule()?, None, 1)?;
        let content = drawing::one(breach, self.trust.record().now_ms(), (step, mistakes));
        let page = self.page_at(BREACHES, "A suspected breach", content);
        let way_back = WayBack::Trail(vec![Link::new(BREACHES, drawing::TITLE)]);
        Ok(Page { way_back, ..page })
    }

    fn breach(&self, id: &str) -> Result<Breach, TrustError> {
        Ok(self.trust.breach(id)?.ok_or_else(RecordError::not_found)?)
    }

    /// The entry of the log of a step, in the logs of those whom the breach concerns.
    fn breach_entry(&self, breach: &Breach) -> Result<Draft, TrustError> {
        let entry = self.trust.deed(&self.permit, self.rule()?, 0, "Breach");
        Ok(Draft { subjects: subjects(breach), kinds: Vec::new(), ..entry })
    }

    fn report(&self, report: &Report) -> Result<Response, TrustError> {
        let hours: Option<i64> = report.hours.trim().parse().ok().filter(|hours| (0..=24 * 365).contains(hours));
        let mut mistakes: Vec<Mistake> = Vec::new();
        if let Some(sentence) = too_long_or_empty(&report.what, "Write what happened, as far as it is known") {
            mistakes.push(("what", sentence));
        }
        let Some(hours) = hours.filter(|_| mistakes.is_empty()) else {
            if hours.is_none() {
                mistakes.push(("hours", "Write how many hours ago somebody became aware, such as 0 or 5".to_owned()));
            }
            return self.breaches_page(report, &mistakes);
        };
        let breach = Breach {
            id: self.trust.new_breach_reference()?,
            what: report.what.trim().to_owned(),
            aware_ms: self.trust.record().now_ms().saturating_sub(hours.saturating_mul(HOUR_MS)),
            by: self.permit.asker().display.clone(),
            concerned: None,
            done: Vec::new(),
        };
        if !self.trust.change_breach(None, &breach, &self.breach_entry(&breach)?)? {
            return Err(RecordError::new(Refusal::Unavailable, IssueCode::Transient, "Try again.").into());
        }
        Ok(to(&format!("{BREACHES}/{}", breach.id)))
    }

    fn breach_step(&self, id: &str, step: &Step) -> Result<Response, TrustError> {
        let was = self.breach(id)?;
        match Task::ALL.into_iter().find(|task| task.word() == step.step) {
            None => match step.days() {
                Ok((from, until)) => {
                    // The search takes a while: what was done in the breach meanwhile stays.
                    let concerned = self.trust.concerned(&step.staff, from, until)?;
                    let was = self.breach(id)?;
                    self.keep_step(&was, &Breach { concerned: Some(concerned), ..was.clone() }, &step.staff)
                }
                Err(mistakes) => self.breach_page(&was, step, &mistakes),
            },
            Some(task) if was.done_for(task).is_none() => {
                if let Some(sentence) = too_long_or_empty(&step.words, "Write what was done, or why not") {
                    return self.breach_page(&was, step, &[(task.word(), sentence)]);
                }
                let (at_ms, by) = (self.trust.record().now_ms(), self.permit.asker().display.clone());
                let mut breach = was.clone();
                breach.done.push((task, Said { at_ms, by, words: step.words.trim().to_owned() }));
                self.keep_step(&was, &breach, &step.words)
            }
            Some(task)
                if was.done_for(task).is_some_and(|done| self.is_sent_again(&done.by, &done.words, &step.words)) =>
            {
                Ok(to(&format!("{BREACHES}/{}", was.id)))
            }
            Some(_) => Ok(self.meanwhile(self.breach_view(&was, &Step::default(), &[])?, &step.words)),
        }
    }

    /// Keeps a breach after a step, or shows what a colleague has made of it meanwhile.
    fn keep_step(&self, was: &Breach, breach: &Breach, words: &str) -> Result<Response, TrustError> {
        if self.trust.change_breach(Some(was), breach, &self.breach_entry(breach)?)? {
            return Ok(to(&format!("{BREACHES}/{}", breach.id)));
        }
        Ok(self.meanwhile(self.breach_view(&self.breach(&breach.id)?, &Step::default(), &[])?, words))
    }
}

impl Step {
    fn days(&self) -> Result<(Date, Date), Vec<Mistake>> {
        let mut mistakes: Vec<Mistake> = Vec::new();
        let (from, until): (Option<Date>, Option<Date>) = (self.from.trim().parse().ok(), self.to.trim().parse().ok());
        if self.staff.trim().is_empty() {
            mistakes.push(("staff", "Write who looked: the name as in the log, or its id".to_owned()));
        }
        if from.is_none() {
            mistakes.push(("from", "Enter the first day".to_owned()));
        }
        if until.is_none() {
            mistakes.push(("to", "Enter the last day".to_owned()));
        }
        match (from, until) {
            (Some(from), Some(until)) if mistakes.is_empty() => Ok((from, until)),
            _ => Err(mistakes),
        }
    }
}

/// `GET /privacy-officer/breaches`
pub(crate) async fn list(State(trust): State<Trust>, officer: SignedIn) -> Response {
    visit(trust, officer, |desk| desk.breaches_page(&Report::default(), &[])).await
}

/// `POST /privacy-officer/breaches`
pub(crate) async fn report(State(trust): State<Trust>, officer: SignedIn, Form(report): Form<Report>) -> Response {
    visit(trust, officer, move |desk| desk.report(&report)).await
}

/// `GET /privacy-officer/breaches/{case}`
pub(crate) async fn one(State(trust): State<Trust>, officer: SignedIn, Path(id): Path<String>) -> Response {
    visit(trust, officer, move |desk| desk.breach_page(&desk.breach(&id)?, &Step::default(), &[])).await
}

/// `POST /privacy-officer/breaches/{case}`
pub(crate) async fn step(
    State(trust): State<Trust>,
    officer: SignedIn,
    Path(id): Path<String>,
    Form(step): Form<Step>,
) -> Response {
    visit(trust, officer, move |desk| desk.breach_step(&id, &step)).await
}

#[cfg(test)]
mod tests;
