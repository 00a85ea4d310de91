//! The privacy officer's pages for rights requests: the list, one that came by letter, and each case with its steps.
//!
//! She sees what was asked and decided, never the record. Every step is a form of its own and stands in the person's log; a case
//! that is decided takes no further step. `rights/drawing` draws, the sheet of a decision included.

mod copy;
pub(super) mod drawing;

use super::{Desk, to, visit};
use crate::cases::WORDS_MAX;
use crate::requests::SignedIn;
use crate::rights::{Answer, Came, Decided, Exemption, Opening, Right, RightsCase, Said};
use crate::state::{Trust, TrustError};
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fhir::{NhsNumber, ResourceId};
use gate::Action;
use jiff::civil::Date;
use kit::layout::{Link, State as PageState, WayBack};
use kit::{Markup, Page};
use record::error::{RecordError, Refusal};
use record::locks::Wanted;
use record::{Against, Lock};
use serde::Deserialize;

/// Where the list is.
pub(super) const RIGHTS: &str = "/privacy-officer/rights";

/// What is wrong with a field, and what to do.
pub(super) type Mistake = (&'static str, String);

/// A request that came by letter, telephone or in person.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Letter {
    #[serde(default)]
    pub(crate) nhs_number: String,
    #[serde(default)]
    pub(crate) right: String,
    #[serde(default)]
    pub(crate) came: String,
    #[serde(default, rename = "received-day")]
    pub(crate) day: String,
    #[serde(default, rename = "received-month")]
    pub(crate) month: String,
    #[serde(default, rename = "received-year")]
    pub(crate) year: String,
    #[serde(default)]
    pub(crate) wish: String,
}

/// A step in a case.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Step {
    /// `note`, `extend`, `decide`, or `withhold` in a subject access case.
    #[serde(default)]
    pub(crate) step: String,
    #[serde(default)]
    pub(crate) words: String,
    #[serde(default)]
    pub(crate) answer: String,
    #[serde(default)]
    pub(crate) exemption: String,
    #[serde(default)]
    pub(crate) opinion: String,
    /// `Type/id` of what is withheld.
    #[serde(default)]
    pub(crate) entry: String,
}

impl Desk {
    fn rights_page(&self, title: &str, content: Markup) -> Page {
        let page = self.page_at(RIGHTS, title, content);
        if title == drawing::TITLE {
            return page;
        }
        Page { way_back: WayBack::Trail(vec![Link::new(RIGHTS, drawing::TITLE)]), ..page }
    }

    pub(super) fn with_mistakes(&self, page: Page, mistakes: &[Mistake]) -> Response {
        if mistakes.is_empty() {
            return page.respond(self.trust.site());
        }
        let page = Page { state: PageState::HasErrors, ..page };
        page.respond_with(StatusCode::UNPROCESSABLE_ENTITY, self.trust.site())
    }

    fn rights_list(&self) -> Result<Response, TrustError> {
        let cases = self.trust.rights_cases()?;
        self.trust.note_log_read(&self.permit, self.rule()?, None, cases.len())?;
        let now_ms = self.trust.record().now_ms();
        Ok(self.with_mistakes(self.rights_page(drawing::TITLE, drawing::list(&cases, now_ms)), &[]))
    }

    fn letter_page(&self, letter: &Letter, mistakes: &[Mistake]) -> Response {
        self.with_mistakes(self.rights_page(drawing::RECORD, drawing::letter(letter, mistakes)), mistakes)
    }

    /// Writes down a request that came otherwise than online.
    fn record(&self, letter: &Letter) -> Result<Response, TrustError> {
        let (number, opening) = match letter.read(self.trust.record().now_ms()) {
            Ok(read) => read,
            Err(mistakes) => return Ok(self.letter_page(letter, &mistakes)),
        };
        let patient = match self.one_with(&number)? {
            Ok(patient) => patient,
            Err(sentence) => return Ok(self.letter_page(letter, &[("nhs_number", sentence.to_owned())])),
        };
        match self.trust.open_rights_case(&self.permit, &patient, &opening) {
            Ok(case) => Ok(to(&format!("{RIGHTS}/{}", case.id))),
            Err(TrustError::Record(error)) if error.refusal == Refusal::Unprocessable => {
                Ok(self.letter_page(letter, &[("wish", error.to_string())]))
            }
            Err(error) => Err(error),
        }
    }

    /// The one record that bears a number, or what to say instead.
    pub(super) fn one_with(&self, number: &NhsNumber) -> Result<Result<ResourceId, &'static str>, TrustError> {
        let mut people = self.trust.record().people_with_number(&self.permit, number)?;
        Ok(match (people.pop(), people.is_empty()) {
            (Some(patient), true) => Ok(patient),
            (Some(_), false) => {
                Err("More than one record here has this NHS number. Ask for them to be sorted out first")
            }
            (None, _) => Err("No record here has this NHS number. Check the digits"),
        })
    }

    fn rights_case(&self, id: &str) -> Result<RightsCase, TrustError> {
        let case = self.trust.rights_case(id)?.ok_or_else(RecordError::not_found)?;
        self.trust.note_case_read(&self.permit, case.part)?;
        Ok(case)
    }

    fn rights_case_page(&self, case: &RightsCase, step: &Step, mistakes: &[Mistake]) -> Result<Response, TrustError> {
        Ok(self.with_mistakes(self.rights_case_view(case, step, mistakes)?, mistakes))
    }

    fn rights_case_view(&self, case: &RightsCase, step: &Step, mistakes: &[Mistake]) -> Result<Page, TrustError> {
        let now_ms = self.trust.record().now_ms();
        let patient = self.trust.record().person_of(&self.permit, case.part)?;
        let held = self.held(case, patient.as_ref())?;
        let record = patient.map(|patient| patient.as_str().to_owned()).unwrap_or_default();
        let content = drawing::case((case, held.as_ref()), &record, now_ms, (step, mistakes));
        Ok(self.rights_page("A rights request", content))
    }

    /// What the copy for an open subject access case would hold, and what is withheld in it.
    fn held(&self, case: &RightsCase, patient: Option<&ResourceId>) -> Result<Option<copy::Held>, TrustError> {
        let Some(patient) = patient.filter(|_| case.right == Right::Access && case.decision.is_none()) else {
            return Ok(None);
        };
        let permit = self.permit.for_action(Action::Export)?;
        let kinds = self.trust.record().holdings(&permit, patient)?;
        let now_ms = self.trust.record().now_ms();
        let mut withheld = self.trust.record().locks(&self.permit)?;
        let is_hers = |lock: &Lock| lock.part == case.part && lock.against == Against::Herself;
        withheld.retain(|lock| is_hers(lock) && lock.is_in_force(now_ms));
        Ok(Some(copy::Held { kinds, withheld }))
    }

    /// Withholds an entry from the person for whom a copy is made.
    fn withhold(&self, case: &RightsCase, step: &Step) -> Result<Response, TrustError> {
        let patient = self.trust.record().person_of(&self.permit, case.part)?.ok_or_else(RecordError::not_found)?;
        let entry = Some(step.entry.trim());
        let wanted = Wanted { entry, against: Against::Herself, reason: &step.opinion, until_ms: None };
        match self.trust.record().lock(&self.leave_to_lock()?, &patient, &wanted) {
            Ok(_) => Ok(to(&format!("{RIGHTS}/{}", case.id))),
            Err(error) if error.refusal == Refusal::Unprocessable => {
                self.rights_case_page(case, step, &[("withhold-entry", error.to_string())])
            }
            Err(error) => Err(error.into()),
        }
    }

    fn rights_step(&self, id: &str, step: &Step) -> Result<Response, TrustError> {
        let was = self.rights_case(id)?;
        let mut case = was.clone();
        let said = Said {
            at_ms: self.trust.record().now_ms(),
            by: self.permit.asker().display.clone(),
            words: step.words.trim().to_owned(),
        };
        if case.decision.is_none() && case.right == Right::Access && step.step == "withhold" {
            return self.withhold(&case, step);
        }
        if !step.comes_too_late(&case) {
            let name = match step.read(&mut case, said) {
                Ok(name) => name,
                Err(mistakes) => return self.rights_case_page(&was, step, &mistakes),
            };
            if self.trust.change_rights_case(&self.permit, (Some(&was), &case), name)? {
                return Ok(to(&format!("{RIGHTS}/{}", case.id)));
            }
            case = self.rights_case(id)?;
        }
        if step.said_in(&case).is_some_and(|said| self.is_sent_again(&said.by, &said.words, &step.words)) {
            return Ok(to(&format!("{RIGHTS}/{}", case.id)));
        }
        Ok(self.meanwhile(self.rights_case_view(&case, &Step::default(), &[])?, &step.words))
    }
}

impl Letter {
    fn read(&self, now_ms: i64) -> Result<(NhsNumber, Opening), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let number = NhsNumber::parse(&self.nhs_number);
        let right = Right::parse(&self.right);
        let came = Came::parse(&self.came);
        let received = self.received(now_ms);
        if number.is_err() {
            mistakes.push(("nhs_number", "Enter the 10 digits of the NHS number".to_owned()));
        }
        if right.is_none() {
            mistakes.push(("right", "Choose what the person wants".to_owned()));
        }
        if came.is_none() {
            mistakes.push(("came", "Choose how the request came".to_owned()));
        }
        if received.is_none() {
            mistakes.push(("received-day", "Enter the day on which it was received, today or before".to_owned()));
        }
        if let Some(sentence) = too_long_or_empty(&self.wish, "Write what the person wants, in their words") {
            mistakes.push(("wish", sentence));
        }
        match (number, right, came, received) {
            (Ok(number), Some(right), Some(came), Some(received_ms)) if mistakes.is_empty() => {
                Ok((number, Opening { right, came, received_ms, wish: self.wish.clone() }))
            }
            _ => Err(mistakes),
        }
    }

    /// Noon of the day that was typed, in UTC: the same day in London.
    fn received(&self, now_ms: i64) -> Option<i64> {
        let (day, month) = (self.day.trim().parse().ok()?, self.month.trim().parse().ok()?);
        let date = Date::new(self.year.trim().parse().ok()?, month, day).ok()?;
        let noon = jiff::tz::Offset::UTC.to_timestamp(date.at(12, 0, 0, 0)).ok()?;
        let oldest = crate::rights::day(now_ms).saturating_sub(jiff::ToSpan::years(5));
        (date <= crate::rights::day(now_ms) && date >= oldest).then_some(noon.as_millisecond())
    }
}

impl Step {
    /// Whether a colleague has done meanwhile what leaves no place for this step.
    fn comes_too_late(&self, case: &RightsCase) -> bool {
        case.decision.is_some() || (self.step == "extend" && case.extension.is_some())
    }

    /// What stands in the case where this step would put its words.
    fn said_in<'c>(&self, case: &'c RightsCase) -> Option<&'c Said> {
        match self.step.as_str() {
            "decide" => case.decision.as_ref().map(|decided| &decided.said),
            "extend" => case.extension.as_ref(),
            _ => case.notes.last(),
        }
    }

    /// Takes the step into the case; gives its name for the log.
    fn read(&self, case: &mut RightsCase, said: Said) -> Result<&'static str, Vec<Mistake>> {
        match self.step.as_str() {
            "extend" if case.may_extend(said.at_ms) => {
                wordy("extend-words", &self.words, "Write why more time is needed; the person reads it")?;
                case.extension = Some(said);
                Ok("ExtendCase")
            }
            "decide" => {
                case.decision = Some(self.decided(case.right, said)?);
                Ok("DecideCase")
            }
            _ => {
                wordy("note-words", &self.words, "Write a note")?;
                case.notes.push(said);
                Ok("NoteCase")
            }
        }
    }

    fn decided(&self, right: Right, said: Said) -> Result<Decided, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let answer = Answer::parse(&self.answer);
        let exemption = Exemption::parse(right, &self.exemption);
        let needs_reason = answer.is_some_and(Answer::needs_reason);
        let opinion = self.opinion.trim().to_owned();
        if answer.is_none() {
            mistakes.push(("answer", "Choose what became of the request".to_owned()));
        }
        if needs_reason && exemption.is_none() {
            mistakes.push(("exemption", "Choose why not all of it is done".to_owned()));
        }
        let is_for_harm = needs_reason && exemption == Some(Exemption::SeriousHarm);
        let nobody = "Write which health professional thinks so, when they said it and what they said";
        if is_for_harm && let Some(sentence) = too_long_or_empty(&opinion, nobody) {
            mistakes.push(("opinion", sentence));
        }
        if let Some(sentence) = too_long_or_empty(&self.words, "Write what the person is told") {
            mistakes.push(("decide-words", sentence));
        }
        match answer {
            Some(answer) if mistakes.is_empty() => {
                let exemption = exemption.filter(|_| needs_reason);
                Ok(Decided { answer, exemption, opinion: if is_for_harm { opinion } else { String::new() }, said })
            }
            _ => Err(mistakes),
        }
    }
}

/// What to say of words that are missing or too many; none when they are right.
pub(super) fn too_long_or_empty(words: &str, empty: &str) -> Option<String> {
    match words.trim().chars().count() {
        0 => Some(empty.to_owned()),
        long if long > WORDS_MAX => Some(format!("Write at most {WORDS_MAX} characters")),
        _ => None,
    }
}

fn wordy(field: &'static str, words: &str, empty: &str) -> Result<(), Vec<Mistake>> {
    too_long_or_empty(words, empty).map_or(Ok(()), |sentence| Err(vec![(field, sentence)]))
}

/// `GET /privacy-officer/rights`
pub(crate) async fn list(State(trust): State<Trust>, officer: SignedIn) -> Response {
    visit(trust, officer, Desk::rights_list).await
}

/// `GET /privacy-officer/rights/record`
pub(crate) async fn letter(State(trust): State<Trust>, officer: SignedIn) -> Response {
    visit(trust, officer, |desk| Ok(desk.letter_page(&Letter::default(), &[]))).await
}

/// `POST /privacy-officer/rights/record`
pub(crate) async fn record(State(trust): State<Trust>, officer: SignedIn, Form(letter): Form<Letter>) -> Response {
    visit(trust, officer, move |desk| desk.record(&letter)).await
}

/// `GET /privacy-officer/rights/{case}`
pub(crate) async fn case(State(trust): State<Trust>, officer: SignedIn, Path(id): Path<String>) -> Response {
    visit(trust, officer, move |desk| desk.rights_case_page(&desk.rights_case(&id)?, &Step::default(), &[])).await
}

/// `POST /privacy-officer/rights/{case}`
pub(crate) async fn step(
    State(trust): State<Trust>,
    officer: SignedIn,
    Path(id): Path<String>,
    Form(step): Form<Step>,
) -> Response {
    visit(trust, officer, move |desk| desk.rights_step(&id, &step)).await
}

#[cfg(test)]
mod tests;
