//! The privacy officer's log: who did what, found by person, by staff or by request.
//!
//! What is looked for goes in the form's body, never in the address. Reading the log is itself logged, in the log of the person
//! it was about. The record itself is not shown here, nor any name of a person in care.

use super::officer::navigation;
use crate::person::{ENTRIES_MAX, SCAN_MAX, rule_for_log};
use crate::requests::{SignedIn, page_error};
use crate::state::{Trust, TrustError};
use crate::words;
use axum::extract::{Form, State};
use axum::response::Response;
use fhir::ResourceId;
use gate::{Action, Permit};
use jiff::Timestamp;
use kit::components::{Button, Cell, Column, Field, Input, Table, Width, text};
use kit::{Markup, Page, PageError, html};
use record::error::RecordError;
use record::log::{Draft, Entry};
use serde::Deserialize;

/// Entries on one page.
const PAGE_ENTRIES_MAX: usize = 100;

/// What is looked for; empty fields do not narrow.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LogQuestion {
    /// A person's record id.
    #[serde(default)]
    pub person: String,
    /// A part of the name, or the id, of who did something.
    #[serde(default)]
    pub staff: String,
    /// A request's id.
    #[serde(default)]
    pub request: String,
    /// Only entries before this number.
    #[serde(default)]
    pub before: String,
}

/// One entry as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEntry {
    /// Its number in the log.
    pub sequence: u64,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who: name, role, organisation as they were.
    pub who: String,
    /// What was done with which kinds of data.
    pub what: String,
    /// What for.
    pub purpose: String,
    /// The rule.
    pub rule: String,
    /// How it ended, and by which way it came.
    pub outcome: String,
    /// How many people were concerned.
    pub people: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The entries, newest first.
    pub entries: Vec<FoundEntry>,
    /// Where to go on for older ones.
    pub older: Option<u64>,
}

/// `GET /log`
pub(super) async fn show(State(trust): State<Trust>, officer: SignedIn) -> Response {
    answer(&trust, &officer, &LogQuestion::default())
}

/// `POST /log`
pub(super) async fn find(State(trust): State<Trust>, officer: SignedIn, Form(question): Form<LogQuestion>) -> Response {
    answer(&trust, &officer, &question)
}

fn answer(trust: &Trust, officer: &SignedIn, question: &LogQuestion) -> Response {
    let found = officer
        .permit(Action::Search)
        .and_then(|permit| look(trust, &permit, question).map_err(|error| page_error(&error, &officer.request)));
    match found {
        Ok(found) => page(officer, question, &found).respond(trust.site()),
        Err(PageError::NotFound) => page(officer, question, &Found::default()).respond(trust.site()),
        Err(error) => error.respond(trust.site()),
    }
}

/// Looks through the log; that it was read is logged first.
fn look(trust: &Trust, permit: &Permit, question: &LogQuestion) -> Result<Found, TrustError> {
    let before: Option<u64> = question.before.trim().parse().ok();
    let person = question.person.trim();
    let entries = if person.is_empty() {
        everything(trust, permit, before, question)?
    } else {
        let person = person.strip_prefix("Patient/").unwrap_or(person);
        let patient = ResourceId::parse(person).map_err(|_| RecordError::not_found())?;
        trust.person_log(permit, &patient, before)?.entries
    };
    let mut found = Found::default();
    for entry in entries.iter().filter(|entry| question.matches(&entry.draft)) {
        if found.entries.len() == PAGE_ENTRIES_MAX {
            break;
        }
        found.entries.push(FoundEntry::of(trust, entry));
    }
    let is_full = found.entries.len() == PAGE_ENTRIES_MAX || entries.len() >= ENTRIES_MAX;
    found.older = found.entries.last().map(|entry| entry.sequence).filter(|_| is_full);
    Ok(found)
}

/// Entries about anybody, newest first, until the page is full.
fn everything(
    trust: &Trust,
    permit: &Permit,
    before: Option<u64>,
    question: &LogQuestion,
) -> Result<Vec<Entry>, TrustError> {
    // Only somebody who may read anybody's log gets here: the id is nobody's.
    let nobody = ResourceId::parse("nobody").map_err(|_| RecordError::not_found())?;
    let rule = rule_for_log(permit, &nobody).ok_or_else(RecordError::not_found)?;
    let log = trust.record().log();
    let newest = before.map_or_else(|| log.count(), |before| before.saturating_sub(1).min(log.count()));
    let mut entries = Vec::new();
    for number in (newest.saturating_sub(SCAN_MAX) + 1..=newest).rev() {
        if entries.len() == PAGE_ENTRIES_MAX {
            break;
        }
        let entry = log.entry(number).map_err(RecordError::from)?;
        entries.extend(entry.filter(|entry| question.matches(&entry.draft)));
    }
    trust.note_log_read(permit, rule, None, entries.len())?;
    Ok(entries)
}

impl LogQuestion {
    fn matches(&self, draft: &Draft) -> bool {
        let staff = self.staff.trim().to_lowercase();
        let request = self.request.trim();
        let is_staff =
            staff.is_empty() || draft.name.to_lowercase().contains(&staff) || draft.who.to_lowercase() == staff;
        is_staff && (request.is_empty() || draft.request == request)
    }
}

impl FoundEntry {
    fn of(trust: &Trust, Entry { sequence, draft }: &Entry) -> FoundEntry {
        let organisation =
            if draft.organisation_name.is_empty() { String::new() } else { format!(", {}", draft.organisation_name) };
        let kinds =
            if draft.kinds.is_empty() { String::new() } else { words::listed(&words::data_words(&draft.kinds)) };
        let is_declared = [record::emergency::DECLARED, record::claim::CLAIMED].contains(&draft.action.as_str());
        let why = if is_declared { format!(": {}", draft.query) } else { String::new() };
        FoundEntry {
            sequence: *sequence,
            at_ms: draft.at_ms,
            who: format!("{}, {}{organisation}", draft.name, words::role(&draft.role)),
            what: format!("{} {kinds}", deed(&draft.action)).trim_end().to_owned() + &why,
            purpose: words::purpose(&draft.purpose).to_owned(),
            rule: trust.gate().rule(&draft.rule).map_or_else(|| draft.rule.clone(), |rule| rule.plain.clone()),
            outcome: format!("{}, by {}", draft.outcome, draft.via),
            people: draft.subjects.len(),
        }
    }

    /// One, for drawing and testing the page.
    #[must_use]
    pub fn sample() -> FoundEntry {
        FoundEntry {
            sequence: 4_711,
            at_ms: 1_795_341_600_000,
            who: "Dr Amir Khan, health or care professional, Elm Surgery".to_owned(),
            what: "searched test results".to_owned(),
            purpose: "direct care".to_owned(),
            rule: "Professionals who care for a person may see that person's record.".to_owned(),
            outcome: "allowed, by page".to_owned(),
            people: 1,
        }
    }
}

impl Found {
    /// One, for drawing and testing the page.
    #[must_use]
    pub fn sample() -> Found {
        Found { entries: vec![FoundEntry::sample()], older: Some(4_711) }
    }
}

fn deed(action: &str) -> &str {
    match action {
        "Read" => "read",
        "Search" => "searched",
        "History" => "read earlier versions of",
        "Create" => "added to",
        "Update" => "changed",
        "Delete" => "removed some of",
        "Export" => "took a copy of",
        "Import" => "brought in",
        record::emergency::DECLARED => "declared an emergency to open the record",
        record::claim::CLAIMED => "said that they care for the person, to open the record",
        record::locks::LOCKED => "locked",
        record::locks::LIFTED => "unlocked",
        record::locks::WITHHELD => "decided what the person is shown of",
        record::holdings::COUNTED => "counted the entries of",
        record::simulate::SIMULATED => "asked who may see",
        "Ask" => "asked about a look in",
        "Answer" => "answered a question about",
        "Decide" => "decided about a look in",
        "OpenCase" => "wrote down a rights request about the record",
        "ReadCase" => "read a rights request about the record",
        "NoteCase" => "worked on a rights request about the record",
        "ExtendCase" => "extended a rights request about the record",
        "DecideCase" => "answered a rights request about the record",
        "SignIn" => "signed in",
        "SignOut" => "signed out",
        "IssueToken" => "was given an access token",
        "RevokeToken" => "lost an access token",
        other => other,
    }
}

fn page(officer: &SignedIn, question: &LogQuestion, found: &Found) -> Page {
    Page::new("Who looked", content(question, found)).signed_in(officer.account(), navigation("/log"))
}

pub(crate) fn content(question: &LogQuestion, found: &Found) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { "Who looked at records" }
        p { "Each access to a record is here. What you look up is logged as well, and the person sees that you did." }
        (form(question))
        @if found.entries.is_empty() {
            p { "Nothing in the log fits." }
        } @else {
            (table(found))
            @if let Some(older) = found.older { (older_form(question, older)) }
        }
    }
}

fn form(question: &LogQuestion) -> Markup {
    let field = |name: &str, label: &str, hint: &str, value: &str| {
        let field = Field { hint: Some(text(hint)), ..Field::new(name, label) };
        Input {
            field,
            value: Some(value.to_owned()),
            width: Some(Width::Twenty),
            spellcheck: Some(false),
            ..Input::default()
        }
    };
    html! {
        form method="post" action="/log" {
            (field("person", "Whose record", "The record's id, as in Patient/ID", &question.person))
            (field("staff", "Who looked", "A part of the name", &question.staff))
            (field("request", "Request", "The reference that an error page shows", &question.request))
            (Button::new("Search the log"))
        }
    }
}

fn older_form(question: &LogQuestion, older: u64) -> Markup {
    html! {
        form method="post" action="/log" {
            input type="hidden" name="person" value=(question.person);
            input type="hidden" name="staff" value=(question.staff);
            input type="hidden" name="request" value=(question.request);
            input type="hidden" name="before" value=(older);
            (Button::new("Show older entries").variant(kit::components::ButtonVariant::Secondary))
        }
    }
}

fn table(found: &Found) -> Table {
    let columns = ["When", "Who", "What", "Why", "Outcome"].map(Column::new).to_vec();
    let row = |entry: &FoundEntry| {
        let when = Timestamp::from_millisecond(entry.at_ms).map(kit::format::moment).unwrap_or_default();
        let people = kit::format::plural(u64::try_from(entry.people).unwrap_or(0), "person", "people");
        let what = format!("{} ({people})", entry.what);
        let why = html! { (entry.purpose) br; span class="nhsuk-body-s" { (entry.rule) } };
        let when = html! { (when) br; span class="nhsuk-body-s" { "Entry " (entry.sequence) } };
        vec![Cell::of(when), entry.who.clone().into(), what.into(), Cell::of(why), entry.outcome.clone().into()]
    };
    Table::responsive("Entries of the log, newest first", columns, found.entries.iter().map(row).collect())
}
