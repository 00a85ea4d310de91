//! The policy simulator: could somebody see a person's record, or an entry of it, for a purpose, and why or why not?
//!
//! The reader is made of a role, an organisation and, if wanted, a professional; the gate gives the permit that such a person would
//! get, and the record puts it through its own filter. The officer reads sentences, never an entry. `drawing` draws.

mod drawing;

use super::rights::Mistake;
use super::{Desk, visit};
use crate::requests::SignedIn;
use crate::state::{Trust, TrustError};
use axum::extract::{Form, State};
use axum::response::Response;
use fhir::json::Json;
use fhir::{NhsNumber, Reference, ResourceId, ResourceType};
use gate::{Action, AgentId, Asker, Denied, Organisation, Purpose, Role};
use record::Search;
use record::error::Refusal;
use record::simulate::{Asked, Simulated};
use serde::Deserialize;
use std::sync::Arc;

/// Where the page is.
pub(super) const SIMULATOR: &str = "/privacy-officer/simulator";
/// How many organisations of the directory are offered.
const ORGANISATIONS_COUNT: &str = "250";

/// A question.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Question {
    pub(crate) nhs_number: String,
    /// `Type/id`; empty for the record in general.
    pub(crate) entry: String,
    pub(crate) role: String,
    /// `Organization/id`; empty for none.
    pub(crate) organisation: String,
    /// `Practitioner/id`, as in the log; empty for anybody who works there.
    pub(crate) professional: String,
    pub(crate) purpose: String,
}

/// An answer.
pub(crate) struct Answer {
    /// "A health or care professional of Elm Surgery, for direct care"
    pub(crate) reader: String,
    /// What the record says, or why the rules give such a reader no leave at all.
    pub(crate) outcome: Result<Simulated, Denied>,
}

/// The roles that can be asked about: those of staff.
pub(crate) fn roles() -> impl Iterator<Item = Role> {
    Role::ALL.iter().copied().filter(|role| !role.is_public() && !role.is_machine())
}

impl Desk {
    fn simulator_page(
        &self,
        question: &Question,
        answer: Option<&Answer>,
        mistakes: &[Mistake],
    ) -> Result<Response, TrustError> {
        let organisations = self.organisations()?;
        let content = drawing::simulator((question, answer), &organisations, self.trust.gate(), mistakes);
        Ok(self.with_mistakes(self.page_at(SIMULATOR, drawing::TITLE, content), mistakes))
    }

    /// The organisations of the directory: reference and name.
    fn organisations(&self) -> Result<Vec<(String, String)>, TrustError> {
        let Some(kind) = ResourceType::parse("Organization") else { return Ok(Vec::new()) };
        let search = Search::of(kind, &[("_count", ORGANISATIONS_COUNT), ("_sort", "name")]);
        let mut organisations = Vec::new();
        for found in self.trust.record().search(&self.permit, &search)?.matches {
            let tree = found.tree()?;
            let name = tree.get("name").and_then(Json::text).unwrap_or_default().to_owned();
            organisations.push((found.reference(), name));
        }
        Ok(organisations)
    }

    fn simulate(&self, question: &Question) -> Result<Response, TrustError> {
        let (number, role, purpose) = match question.read() {
            Ok(read) => read,
            Err(mistakes) => return self.simulator_page(question, None, &mistakes),
        };
        let patient = match self.one_with(&number)? {
            Ok(patient) => patient,
            Err(sentence) => return self.simulator_page(question, None, &[("nhs_number", sentence.to_owned())]),
        };
        let Some(asker) = question.asker(role, &self.organisations()?) else {
            let sentence = "Name the professional as in the log, such as Practitioner/abc".to_owned();
            return self.simulator_page(question, None, &[("professional", sentence)]);
        };
        let of = asker.organisation.as_ref().map(|one| format!(" of {}", one.name)).unwrap_or_default();
        let reader = format!("{}{of}, for {}", role.phrase(), purpose.phrase());
        let gate = self.trust.gate();
        let permit = match gate.permit(&Arc::new(asker), purpose, Action::Read, self.permit.request().clone()) {
            Ok(permit) => permit,
            Err(denied) => {
                let answer = Answer { reader, outcome: Err(denied) };
                return self.simulator_page(question, Some(&answer), &[]);
            }
        };
        let entry = Some(question.entry.trim()).filter(|entry| !entry.is_empty());
        match self.trust.record().simulate(&self.permit, &permit, &Asked { patient: &patient, entry }) {
            Ok(outcome) => self.simulator_page(question, Some(&Answer { reader, outcome: Ok(outcome) }), &[]),
            Err(error) if error.refusal == Refusal::Unprocessable => {
                self.simulator_page(question, None, &[("entry", error.to_string())])
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Question {
    fn read(&self) -> Result<(NhsNumber, Role, Purpose), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let number = NhsNumber::parse(&self.nhs_number);
        let role = roles().find(|role| role.name() == self.role);
        let purpose = Purpose::parse(&self.purpose);
        if number.is_err() {
            mistakes.push(("nhs_number", "Enter the 10 digits of the NHS number".to_owned()));
        }
        if role.is_none() {
            mistakes.push(("role", "Choose a role".to_owned()));
        }
        if purpose.is_none() {
            mistakes.push(("purpose", "Choose a purpose".to_owned()));
        }
        match (number, role, purpose) {
            (Ok(number), Some(role), Some(purpose)) => Ok((number, role, purpose)),
            _ => Err(mistakes),
        }
    }

    /// Such a reader, as sign-in would describe her; none when the professional is not named as one.
    fn asker(&self, role: Role, organisations: &[(String, String)]) -> Option<Asker> {
        let professional = self.professional.trim();
        let who = if professional.is_empty() { "Practitioner/somebody" } else { professional };
        let is_professional = matches!(
            Reference::parse(who).ok()?,
            Reference::Local { kind, .. } if kind.name() == "Practitioner"
        );
        let mut asker = Asker::new(AgentId::parse(who).filter(|_| is_professional)?, "somebody", role);
        if let Some((reference, name)) = organisations.iter().find(|(reference, _)| *reference == self.organisation) {
            let id = ResourceId::parse(reference.strip_prefix("Organization/")?).ok()?;
            asker.organisation = Some(Organisation { id, name: name.clone() });
            asker.acts_as.push(reference.clone());
        }
        asker.acts_as.push(who.to_owned());
        Some(asker)
    }
}

/// `GET /privacy-officer/simulator`
pub(crate) async fn show(State(trust): State<Trust>, officer: SignedIn) -> Response {
    visit(trust, officer, |desk| desk.simulator_page(&Question::default(), None, &[])).await
}

/// `POST /privacy-officer/simulator`
pub(crate) async fn ask(State(trust): State<Trust>, officer: SignedIn, Form(question): Form<Question>) -> Response {
    visit(trust, officer, move |desk| desk.simulate(&question)).await
}

#[cfg(test)]
mod tests;
