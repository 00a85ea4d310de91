//! The page of locks: a record or an entry closed at once, what is closed now, and how to open it again.
//!
//! She closes without seeing what she closes: the person by NHS number, an entry by its name in the log. The person reads the
//! reason. What is withheld from the person herself is decided in a subject access case and only listed here.

mod drawing;

use super::rights::{Mistake, too_long_or_empty};
use super::{Desk, to, visit};
use crate::requests::SignedIn;
use crate::state::{Trust, TrustError};
use axum::extract::{Form, Path, State};
use axum::response::Response;
use fhir::NhsNumber;
use gate::{Action, Permit};
use record::Against;
use record::error::Refusal;
use record::locks::Wanted;
use serde::Deserialize;

/// Where the page is.
pub(super) const LOCKS: &str = "/privacy-officer/locks";

const HOUR_MS: i64 = 3_600_000;

/// A lock as it is asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Ask {
    #[serde(default)]
    pub(crate) nhs_number: String,
    /// `record` or `entry`.
    #[serde(default)]
    pub(crate) what: String,
    /// `Type/id`, for an entry.
    #[serde(default)]
    pub(crate) entry: String,
    /// For how many hours; empty for until it is lifted.
    #[serde(default)]
    pub(crate) hours: String,
    #[serde(default)]
    pub(crate) reason: String,
}

/// Why a lock is taken off.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Lift {
    #[serde(default)]
    pub(crate) reason: String,
}

impl Desk {
    /// Leave to lock.
    pub(super) fn leave_to_lock(&self) -> Result<Permit, TrustError> {
        Ok(self.permit.for_action(Action::Update)?)
    }

    fn locks_page(&self, ask: &Ask, mistakes: &[Mistake]) -> Result<Response, TrustError> {
        let record = self.trust.record();
        let locks = record.locks(&self.permit)?;
        self.trust.note_log_read(&self.permit, self.rule()?, None, locks.len())?;
        let content = drawing::locks(&locks, record.now_ms(), (ask, mistakes));
        Ok(self.with_mistakes(self.page_at(LOCKS, drawing::TITLE, content), mistakes))
    }

    fn lock(&self, ask: &Ask) -> Result<Response, TrustError> {
        let number = match ask.read() {
            Ok(number) => number,
            Err(mistakes) => return self.locks_page(ask, &mistakes),
        };
        let patient = match self.one_with(&number)? {
            Ok(patient) => patient,
            Err(sentence) => return self.locks_page(ask, &[("nhs_number", sentence.to_owned())]),
        };
        let hours: Option<i64> = ask.hours.parse().ok();
        let wanted = Wanted {
            entry: (ask.what == "entry").then_some(ask.entry.trim()),
            against: Against::Others,
            reason: &ask.reason,
            until_ms: hours.map(|hours| self.trust.record().now_ms().saturating_add(hours.saturating_mul(HOUR_MS))),
        };
        match self.trust.record().lock(&self.leave_to_lock()?, &patient, &wanted) {
            Ok(_) => Ok(to(LOCKS)),
            Err(error) if error.refusal == Refusal::Unprocessable => {
                let field = if wanted.entry.is_some() { "entry" } else { "reason" };
                self.locks_page(ask, &[(field, error.to_string())])
            }
            Err(error) => Err(error.into()),
        }
    }

    fn lift(&self, id: &str, lift: &Lift) -> Result<Response, TrustError> {
        if let Some(sentence) = too_long_or_empty(&lift.reason, "Write why it is opened again") {
            return self.locks_page(&Ask::default(), &[(drawing::LIFT_FIELD, sentence)]);
        }
        match self.trust.record().lift_lock(&self.leave_to_lock()?, id, &lift.reason) {
            Ok(_) => Ok(to(LOCKS)),
            Err(error) if error.refusal == Refusal::Unprocessable => {
                self.locks_page(&Ask::default(), &[(drawing::LIFT_FIELD, error.to_string())])
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Ask {
    fn read(&self) -> Result<NhsNumber, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let number = NhsNumber::parse(&self.nhs_number);
        if number.is_err() {
            mistakes.push(("nhs_number", "Enter the 10 digits of the NHS number".to_owned()));
        }
        match self.what.as_str() {
            "record" => {}
            "entry" if !self.entry.trim().is_empty() => {}
            "entry" => {
                mistakes.push(("entry", "Enter the entry\u{2019}s name in the log, such as Condition/abc".to_owned()))
            }
            _ => mistakes.push(("what", "Choose whether the whole record or one entry is closed".to_owned())),
        }
        if let Some(sentence) = too_long_or_empty(&self.reason, "Write why it is closed; the person reads it") {
            mistakes.push(("reason", sentence));
        }
        match number {
            Ok(number) if mistakes.is_empty() => Ok(number),
            _ => Err(mistakes),
        }
    }
}

/// `GET /privacy-officer/locks`
pub(crate) async fn show(State(trust): State<Trust>, officer: SignedIn) -> Response {
    visit(trust, officer, |desk| desk.locks_page(&Ask::default(), &[])).await
}

/// `POST /privacy-officer/locks`
pub(crate) async fn lock(State(trust): State<Trust>, officer: SignedIn, Form(ask): Form<Ask>) -> Response {
    visit(trust, officer, move |desk| desk.lock(&ask)).await
}

/// `POST /privacy-officer/locks/{lock}`
pub(crate) async fn lift(
    State(trust): State<Trust>,
    officer: SignedIn,
    Path(id): Path<String>,
    Form(lift): Form<Lift>,
) -> Response {
    visit(trust, officer, move |desk| desk.lift(&id, &lift)).await
}

#[cfg(test)]
mod tests;
