//! The privacy officer's workbench: looks that nothing explains, and questions that people asked, overdue first.
//!
//! She sees reasons and never the record, nor any name of a person in care. Opening and deciding are in the log of the person
//! concerned; the answer to a question is shown to who asked. `drawing` draws.

pub(super) mod breaches;
#[cfg(test)]
mod colleagues;
mod drawing;
pub(super) mod locks;
pub(super) mod processing;
pub(super) mod rights;
pub(super) mod simulate;
#[cfg(test)]
mod tests;
pub(super) mod told_later;

use crate::alarms::Alarm;
use crate::cases::{Case, WORDS_MAX};
use crate::person::rule_for_log;
use crate::reconcile::run::{Decision, Finding, Progress};
use crate::requests::{SignedIn, page_error};
use crate::state::{Trust, TrustError};
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::ResourceId;
use fhir::issue::IssueCode;
use gate::{Action, Permit, Rule};
use kit::components::{InsetText, NavigationItem};
use kit::headers::{Privacy, secure};
use kit::layout::{Link, State as PageState, WayBack};
use kit::{Markup, Page, PageError, html};
use record::error::{RecordError, Refusal};
use record::log::Subject;
use record::told_later::ToldLater;
use serde::Deserialize;

/// Where it begins.
pub(super) const HOME: &str = "/privacy-officer";

/// What the officer writes.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Words {
    #[serde(default)]
    words: String,
}

/// What waits for her.
pub(crate) struct Queue {
    pub(crate) progress: Progress,
    /// Entries of the log that are not checked yet.
    pub(crate) behind: u64,
    pub(crate) findings: Vec<Finding>,
    pub(crate) cases: Vec<Case>,
    /// Who has declared too many emergencies.
    pub(crate) alarms: Vec<Alarm>,
    /// Emergencies of which nobody has decided yet whether the person is told later.
    pub(crate) to_decide: usize,
    /// Which page of the open looks is asked for, from 1.
    pub(crate) page: usize,
    pub(crate) now_ms: i64,
}

/// Which part of the list is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    page: String,
}

/// Why what she wrote was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    Empty,
    TooLong,
}

/// One visit of somebody who may read anybody's log.
struct Desk {
    trust: Trust,
    officer: SignedIn,
    permit: Permit,
}

impl Desk {
    fn open(trust: &Trust, officer: SignedIn) -> Result<Desk, PageError> {
        let permit = officer.permit(Action::Search)?;
        if leave(&permit).is_none() {
            let sentence = "These pages are for privacy officers.";
            return Err(PageError::Forbidden(sentence.to_owned()));
        }
        Ok(Desk { trust: trust.clone(), officer, permit })
    }

    fn rule(&self) -> Result<&Rule, TrustError> {
        Ok(leave(&self.permit).ok_or_else(RecordError::not_found)?)
    }

    /// Notes that the officer opened something about a person.
    fn note(&self, part: u32) -> Result<(), TrustError> {
        self.trust.note_log_read(&self.permit, self.rule()?, Some(Subject { part, relation: 0 }), 1)
    }

    fn queue(&self, page: usize) -> Result<Queue, TrustError> {
        let progress = self.trust.reconcile_accesses(self.permit.request())?;
        let (mut findings, mut cases) = (self.trust.findings()?, self.trust.questions()?);
        findings.retain(|finding| !self.did(finding.entry));
        cases.retain(|case| !self.did(case.entry));
        self.trust.note_log_read(&self.permit, self.rule()?, None, findings.len() + cases.len())?;
        let behind = self.trust.record().log().count().saturating_sub(progress.until);
        // What this very visit has written is no backlog.
        let behind = if behind > 1_000 { behind } else { 0 };
        let now_ms = self.trust.record().now_ms();
        let is_open = |one: &&ToldLater| one.decision().is_none() && now_ms < one.ends_ms();
        let to_decide = self.told_later()?.iter().filter(is_open).count();
        let mut alarms = self.trust.alarms()?;
        alarms.retain(|alarm| alarm.who != self.permit.who().as_str());
        Ok(Queue { progress, behind, findings, cases, alarms, to_decide, page, now_ms })
    }

    /// Whether an entry of the log is something that this officer did herself: that is for another one to judge.
    fn did(&self, entry: u64) -> bool {
        let found = self.trust.record().log().entry(entry).ok().flatten();
        found.is_none_or(|found| found.draft.who == self.permit.who().as_str())
    }

    fn not_of_her_own(&self, entry: u64) -> Result<(), TrustError> {
        if !self.did(entry) {
            return Ok(());
        }
        let sentence =
            "This is about something that you did. Another privacy officer or the Caldicott guardian decides it.";
        Err(RecordError::new(Refusal::Forbidden, IssueCode::Forbidden, sentence).into())
    }

    fn case(&self, key: &str) -> Result<Case, TrustError> {
        let case = self.trust.question(key)?.ok_or_else(RecordError::not_found)?;
        self.not_of_her_own(case.entry)?;
        self.note(case.part)?;
        Ok(case)
    }

    fn finding(&self, key: &str) -> Result<Finding, TrustError> {
        let finding = self.trust.finding(key)?.ok_or_else(RecordError::not_found)?;
        self.not_of_her_own(finding.entry)?;
        self.note(finding.part)?;
        Ok(finding)
    }

    /// The record's id, by which the log is searched.
    fn record_id(&self, part: u32) -> Result<String, TrustError> {
        let patient = self.trust.record().person_of(&self.permit, part)?;
        Ok(patient.map(|patient| patient.as_str().to_owned()).unwrap_or_default())
    }

    fn decision(&self, words: &str) -> Decision {
        let by = self.permit.asker().display.clone();
        Decision { at_ms: self.trust.record().now_ms(), by, words: words.to_owned() }
    }

    fn page(&self, title: &str, content: Markup) -> Page {
        self.page_at(HOME, title, content)
    }

    /// A page under one of the places of the navigation.
    fn page_at(&self, place: &str, title: &str, content: Markup) -> Page {
        let page = Page::new(title, content).signed_in(self.officer.account(), navigation(place));
        let is_home = title == drawing::TITLE;
        let trail = WayBack::Trail(vec![Link::new(HOME, drawing::TITLE)]);
        Page { privacy: Privacy::Personal, way_back: if is_home { WayBack::None } else { trail }, ..page }
    }

    fn respond(&self, page: &Page, mistake: Option<Mistake>) -> Response {
        let status = if mistake.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        page.respond_with(status, self.trust.site())
    }

    fn case_view(&self, case: &Case, mistake: Option<Mistake>) -> Result<Page, TrustError> {
        let now_ms = self.trust.record().now_ms();
        let content = drawing::case(case, &self.record_id(case.part)?, now_ms, mistake);
        Ok(with_state(self.page("A question about a look", content), mistake))
    }

    fn case_page(&self, case: &Case, mistake: Option<Mistake>) -> Result<Response, TrustError> {
        Ok(self.respond(&self.case_view(case, mistake)?, mistake))
    }

    fn finding_view(&self, finding: &Finding, mistake: Option<Mistake>) -> Result<Page, TrustError> {
        let content = drawing::finding(finding, &self.record_id(finding.part)?, mistake);
        Ok(with_state(self.page("A look to check", content), mistake))
    }

    fn finding_page(&self, finding: &Finding, mistake: Option<Mistake>) -> Result<Response, TrustError> {
        Ok(self.respond(&self.finding_view(finding, mistake)?, mistake))
    }

    fn answer(&self, key: &str, words: &Words) -> Result<Response, TrustError> {
        let was = self.case(key)?;
        let mut case = was.clone();
        if case.answer.is_none() {
            match written(words) {
                Err(mistake) => return self.case_page(&case, Some(mistake)),
                Ok(words) => case.answer = Some(self.decision(words)),
            }
            let entry = self.trust.deed(&self.permit, self.rule()?, case.part, "Answer");
            if self.trust.change_case(Some(&was), &case, &entry)? {
                return Ok(to(&format!("{HOME}/questions/{}", case.key())));
            }
            case = self.case(key)?;
        }
        if case.answer.as_ref().is_some_and(|answer| self.is_sent_again(&answer.by, &answer.words, &words.words)) {
            return Ok(to(&format!("{HOME}/questions/{}", case.key())));
        }
        Ok(self.meanwhile(self.case_view(&case, None)?, &words.words))
    }

    fn close(&self, key: &str, words: &Words) -> Result<Response, TrustError> {
        let was = self.finding(key)?;
        let mut finding = was.clone();
        if finding.decision.is_none() {
            match written(words) {
                Err(mistake) => return self.finding_page(&finding, Some(mistake)),
                Ok(words) => finding.decision = Some(self.decision(words)),
            }
            let entry = self.trust.deed(&self.permit, self.rule()?, finding.part, "Decide");
            if self.trust.change_finding(Some(&was), &finding, Some(&entry))? {
                return Ok(to(&format!("{HOME}/looks/{}", finding.key())));
            }
            finding = self.finding(key)?;
        }
        let is_again = |decision: &Decision| self.is_sent_again(&decision.by, &decision.words, &words.words);
        if finding.decision.as_ref().is_some_and(is_again) {
            return Ok(to(&format!("{HOME}/looks/{}", finding.key())));
        }
        Ok(self.meanwhile(self.finding_view(&finding, None)?, &words.words))
    }

    /// Whether a form is what this officer has sent already: her browser has sent it twice.
    fn is_sent_again(&self, by: &str, kept: &str, sent: &str) -> bool {
        by == self.permit.asker().display && kept == sent.trim()
    }

    /// The page as it stands now, for an officer whose form came after something else was done; what she wrote is not kept.
    fn meanwhile(&self, page: Page, words: &str) -> Response {
        let said = html! {
            p { strong { "A colleague, or you in another window, has answered meanwhile." } " What you sent is not kept. This page shows what stands now." }
            @if !words.trim().is_empty() { p { "You wrote: \u{201c}" (words.trim()) "\u{201d}" } }
        };
        let content = html! { div role="alert" { (InsetText(said)) } (page.content) };
        Page { content, state: PageState::HasErrors, ..page }.respond_with(StatusCode::CONFLICT, self.trust.site())
    }
}

/// The pages between which the officer walks.
pub(super) fn navigation(current: &str) -> Vec<NavigationItem> {
    let item = |(href, text): (&str, &str)| {
        let item = NavigationItem::new(href, text);
        if href == current { item.current() } else { item }
    };
    [
        (HOME, drawing::TITLE),
        (rights::RIGHTS, "Rights requests"),
        (locks::LOCKS, "Locks"),
        (simulate::SIMULATOR, "Who could see"),
        (breaches::BREACHES, "Breaches"),
        (told_later::TOLD_LATER, told_later::TITLE),
        ("/privacy-officer/recoveries", "Recoveries"),
        (processing::PROCESSING, processing::TITLE),
        ("/log", "The whole log"),
    ]
    .map(item)
    .into()
}

/// Notes that an officer sees this many things that are about nobody in particular; refuses whoever is none.
pub(super) fn oversees(officer: &SignedIn, count: usize) -> Result<(), PageError> {
    let desk = Desk::open(&officer.trust, officer.clone())?;
    let noted = desk.rule().and_then(|rule| desk.trust.note_log_read(&desk.permit, rule, None, count));
    noted.map_err(|error| page_error(&error, &officer.request))
}

/// The rule under which a permit may read anybody's log.
fn leave(permit: &Permit) -> Option<&Rule> {
    rule_for_log(permit, &ResourceId::parse("nobody").ok()?)
}

fn with_state(page: Page, mistake: Option<Mistake>) -> Page {
    if mistake.is_some() { Page { state: PageState::HasErrors, ..page } } else { page }
}

fn written(words: &Words) -> Result<&str, Mistake> {
    let words = words.words.trim();
    match words.chars().count() {
        0 => Err(Mistake::Empty),
        long if long > WORDS_MAX => Err(Mistake::TooLong),
        _ => Ok(words),
    }
}

/// 303: the browser follows with GET, and going back does not send the form again.
fn to(path: &str) -> Response {
    let mut answer = StatusCode::SEE_OTHER.into_response();
    secure(answer.headers_mut(), Privacy::Personal);
    if let Ok(path) = HeaderValue::try_from(path) {
        answer.headers_mut().insert(header::LOCATION, path);
    }
    answer
}

/// Answers a visit, on a thread that may wait: a check of many accesses takes a while.
async fn visit(
    trust: Trust,
    officer: SignedIn,
    work: impl FnOnce(&Desk) -> Result<Response, TrustError> + Send + 'static,
) -> Response {
    let answered = move |officer: &SignedIn| {
        let desk = Desk::open(&trust, officer.clone());
        let answer = desk.and_then(|desk| work(&desk).map_err(|error| page_error(&error, &officer.request)));
        answer.unwrap_or_else(|error: PageError| error.respond(officer.trust.site()))
    };
    officer.answer(answered).await
}

/// `GET /privacy-officer`
pub(super) async fn queue(State(trust): State<Trust>, officer: SignedIn, Query(part): Query<Part>) -> Response {
    visit(trust, officer, move |desk| {
        // What is no number is the first page: an old or mistyped address still shows the list.
        let queue = desk.queue(part.page.parse().unwrap_or(1))?;
        Ok(desk.respond(&desk.page(drawing::TITLE, drawing::queue(&queue)), None))
    })
    .await
}

/// `GET /privacy-officer/questions/{case}`
pub(super) async fn case(State(trust): State<Trust>, officer: SignedIn, Path(key): Path<String>) -> Response {
    visit(trust, officer, move |desk| desk.case_page(&desk.case(&key)?, None)).await
}

/// `POST /privacy-officer/questions/{case}`
pub(super) async fn answer(
    State(trust): State<Trust>,
    officer: SignedIn,
    Path(key): Path<String>,
    Form(words): Form<Words>,
) -> Response {
    visit(trust, officer, move |desk| desk.answer(&key, &words)).await
}

/// `GET /privacy-officer/looks/{finding}`
pub(super) async fn finding(State(trust): State<Trust>, officer: SignedIn, Path(key): Path<String>) -> Response {
    visit(trust, officer, move |desk| desk.finding_page(&desk.finding(&key)?, None)).await
}

/// `POST /privacy-officer/looks/{finding}`
pub(super) async fn close(
    State(trust): State<Trust>,
    officer: SignedIn,
    Path(key): Path<String>,
    Form(words): Form<Words>,
) -> Response {
    visit(trust, officer, move |desk| desk.close(&key, &words)).await
}
