//! Giving a code for a passkey: by a person in the practice who has checked who stands before her.
//!
//! Reception gives codes to people of its own practice, an administrator to staff of the directory; nobody to herself. Given again, a code
//! is the recovery of somebody who cannot get in: it ends all her sessions and, if her device is gone, her passkeys. Who gave it and what
//! was checked stands in the log, with her devices, and, for a recovery, with the privacy officer.

use super::officer;
use crate::limits::Kind;
use crate::passkey::{Account, CodeText, GIVEN, Given, Kept, LIFE_MS, Passkeys, Recovery, RecoveryOf, end, issue};
use crate::provider::STAFF_NUMBER;
use crate::requests::{SignedIn, page_error};
use crate::sessions::Way;
use crate::state::{TrustError, entry_about};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use fhir::{NhsNumber, ResourceType};
use gate::{Action, AgentId, Asker, Role};
use jiff::Timestamp;
use jiff::civil::Date;
use kit::components::{
    Button, ButtonVariant, Cell, Column, DateInput, ErrorSummary, Field, Input, InsetText, Link, Select, SummaryList,
    SummaryRow, Table, Width, text,
};
use kit::format::moment;
use kit::headers::Privacy;
use kit::layout::State as PageState;
use kit::{Markup, Page, PageError, Render, html, typed};
use record::error::RecordError;
use record::log::{Draft, Subject};
use record::{Resource, Search};
use serde::Deserialize;
use std::sync::Arc;

/// For how long after proving who one is one may give codes.
const FRESH_MS: i64 = 15 * 60 * 1_000;
/// What may be checked, by its word in the form.
const CHECKS: [(&str, &str); 5] = [
    ("passport", "a passport"),
    ("licence", "a driving licence"),
    ("other-photo", "another document with a photo"),
    ("known", "known to me in person for two years or more"),
    ("vouched", "somebody known to us vouched in person"),
];

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    number: String,
    #[serde(default, rename = "born-day")]
    day: String,
    #[serde(default, rename = "born-month")]
    month: String,
    #[serde(default, rename = "born-year")]
    year: String,
    #[serde(default)]
    checked: String,
    #[serde(default)]
    remove: String,
}

/// Whom somebody gives codes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Citizens,
    Staff,
}

/// What is wrong with the form: the field, and a sentence.
type Mistake = (&'static str, String);

/// Whether somebody may give codes, and to whom.
fn to_whom(giver: &SignedIn) -> Result<(Arc<Passkeys>, To), PageError> {
    let passkeys = giver.trust.passkeys().cloned().ok_or(PageError::NotFound)?;
    match giver.asker.role {
        Role::Receptionist => Ok((passkeys, To::Citizens)),
        Role::Administrator => Ok((passkeys, To::Staff)),
        _ => {
            let sentence = "Codes for passkeys are given by reception, to people of the practice, and by administrators, to staff.";
            Err(PageError::Forbidden(sentence.to_owned()))
        }
    }
}

/// `GET /passkey/codes`
pub(super) async fn show(giver: SignedIn) -> Response {
    match to_whom(&giver) {
        Ok((_, to)) => match giver.to_confirm(FRESH_MS, "/passkey/codes") {
            Some(confirm) => confirm,
            None => form(&giver, to, (&Asked::default(), None)),
        },
        Err(error) => error.respond(giver.trust.site()),
    }
}

/// `POST /passkey/codes`
pub(super) async fn give(giver: SignedIn, Form(asked): Form<Asked>) -> Response {
    giver.answer(move |giver| giving(giver, &asked)).await
}

fn giving(giver: &SignedIn, asked: &Asked) -> Response {
    let (passkeys, to) = match to_whom(giver) {
        Ok(allowed) => allowed,
        Err(error) => return error.respond(giver.trust.site()),
    };
    if let Some(confirm) = giver.to_confirm(FRESH_MS, "/passkey/codes") {
        return confirm;
    }
    let Some((_, checked)) = CHECKS.iter().find(|(word, _)| *word == asked.checked) else {
        return form(giver, to, (asked, Some(("checked", "Say what you have checked".to_owned()))));
    };
    let found = match found(giver, to, asked) {
        Ok(Ok(found)) => found,
        Ok(Err(mistake)) => return form(giver, to, (asked, Some(mistake))),
        Err(error) => return error.respond(giver.trust.site()),
    };
    let removes = asked.remove == "yes";
    match given(giver, &passkeys, (&found, checked, removes)) {
        Ok((code, given)) => slip(giver, (&found.name, &code), &given),
        Err(error) => page_error(&error, &giver.request).respond(giver.trust.site()),
    }
}

/// Somebody for whom a code can be given.
struct Found {
    who: AgentId,
    name: String,
    of: RecoveryOf,
    /// As the log names her: a code for a member of the public is an access to her record.
    subject: Option<Subject>,
}

/// The one person whom the form means, under the giver's own permit.
fn found(giver: &SignedIn, to: To, asked: &Asked) -> Result<Result<Found, Mistake>, PageError> {
    let permit = giver.permit(Action::Search)?;
    let (kind, of) = match to {
        To::Citizens => (ResourceType::PATIENT, RecoveryOf::Citizen),
        To::Staff => (ResourceType::PRACTITIONER, RecoveryOf::Staff),
    };
    let params = match wanted(to, asked, kit::format::day(now(giver))) {
        Ok(params) => params,
        Err(mistake) => return Ok(Err(mistake)),
    };
    giver.has_turn(Kind::LookUp)?;
    let wrong = |error: RecordError| page_error(&TrustError::Record(error), &giver.request);
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut matches = giver.trust.record().search(&permit, &Search::of(kind, &params)).map_err(wrong)?.matches;
    let one = matches.pop().filter(|_| matches.is_empty());
    let Some((who, resource)) = one.and_then(|one| Some((AgentId::parse(&one.reference())?, one))) else {
        giver.take_turn(Kind::LookUp)?;
        return Ok(Err((
            "number",
            "Nobody here fits that, or not in your practice. Check it with the person".to_owned(),
        )));
    };
    if who == giver.asker.who {
        return Ok(Err(("number", "Somebody else has to give you a code".to_owned())));
    }
    let name = called(&resource).map_err(wrong)?;
    let subject = giver.trust.record().subject_of(&permit, &resource).map_err(wrong)?;
    Ok(Ok(Found { who, name, of, subject }))
}

/// What is looked for, as parameters of a search.
fn wanted(to: To, asked: &Asked, today: Date) -> Result<Vec<(&'static str, String)>, Mistake> {
    let mut params = vec![("_count", "2".to_owned())];
    match to {
        To::Citizens => {
            let number = typed::nhs_number(&asked.number).map_err(|says| ("number", says))?;
            let born = typed::birthday([&asked.day, &asked.month, &asked.year], today);
            let born = born.map_err(|mistake| ("born", mistake.says))?;
            params.push(("identifier", format!("{}|{}", NhsNumber::SYSTEM, number.as_str())));
            params.push(("birthdate", born.to_string()));
        }
        To::Staff => {
            let compact = |letter: &char| !letter.is_whitespace() && *letter != '-';
            let number: String = asked.number.chars().filter(compact).collect();
            if !(1..=20).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(("number", "Staff number must have 1 to 20 letters and digits".to_owned()));
            }
            params.push(("identifier", format!("{STAFF_NUMBER}|{number}")));
        }
    }
    Ok(params)
}

fn now(giver: &SignedIn) -> Timestamp {
    Timestamp::from_millisecond(giver.trust.record().now_ms()).unwrap_or_default()
}

fn called(resource: &Resource) -> Result<String, RecordError> {
    let tree = resource.tree()?;
    Ok(crate::provider::name_of(&tree).unwrap_or_else(|| resource.reference()))
}

/// Gives the code, ends what has to end, and writes down who did it.
fn given(
    giver: &SignedIn,
    passkeys: &Passkeys,
    (found, checked, removes): (&Found, &str, bool),
) -> Result<(CodeText, Given), TrustError> {
    let (record, now_ms) = (giver.trust.record(), giver.trust.record().now_ms());
    let _one_at_a_time = passkeys.lock_accounts();
    let mut account = Account::of(record, &found.who)?;
    let given = Given {
        at_ms: now_ms,
        by: giver.asker.display.clone(),
        place: giver.asker.organisation.as_ref().map(|one| one.name.clone()).unwrap_or_default(),
        checked: checked.to_owned(),
        was_recovery: !account.passkeys.is_empty(),
        removed: removes && !account.passkeys.is_empty(),
    };
    let entry = Draft {
        action: GIVEN.to_owned(),
        outcome: "allowed".to_owned(),
        request: giver.request.as_str().to_owned(),
        query: found.who.as_str().to_owned(),
        subjects: found.subject.into_iter().collect(),
        count: 1,
        ..entry_about(&giver.asker, now_ms)
    };
    // What was begun before, by whomever, ends here: with an earlier code, or in a session that a thief may have.
    passkeys.forget_makings(&found.who);
    if let Some(before) = account.code.take() {
        end(record, &before, None)?;
    }
    let code = issue(record, &found.who, &entry)?;
    account.code = Some(code.key());
    if given.removed {
        account.passkeys.clear();
    }
    account.was_given(given.clone());
    account.keep(record, None)?;
    if given.was_recovery {
        Recovery { of: found.of, given: given.clone(), by_id: giver.asker.who.as_str().to_owned() }.keep(record)?;
        let she = Asker::new(
            found.who.clone(),
            &found.name,
            if found.of == RecoveryOf::Citizen { Role::Citizen } else { giver.asker.role },
        );
        giver.trust.sessions().end_those_of(record, &she, None)?;
    }
    Ok((code, given))
}

fn page(giver: &SignedIn, title: &str, content: Markup) -> Page {
    let page = Page { privacy: Privacy::Personal, ..Page::new(title, content) };
    page.signed_in(giver.account(), Vec::new())
}

fn form(giver: &SignedIn, to: To, (asked, wrong): (&Asked, Option<Mistake>)) -> Response {
    let says = |name: &str| wrong.as_ref().filter(|(field, _)| *field == name).map(|(_, sentence)| sentence.clone());
    let (label, hint) = match to {
        To::Citizens => ("NHS number", "10 digits. Only people of your own practice are found."),
        To::Staff => ("Staff number", "The national number of the member of staff, as the directory has it."),
    };
    let number = Field { hint: Some(text(hint)), error: says("number"), ..Field::new("number", label) };
    let born = DateInput {
        field: Field {
            hint: Some(text("For example, 15 3 1984")),
            error: says("born"),
            ..Field::new("born", "Date of birth")
        },
        values: [asked.day.clone(), asked.month.clone(), asked.year.clone()],
        ..DateInput::default()
    };
    let choose = ("", "Choose what you have checked");
    let checks = Select {
        field: Field { error: says("checked"), ..Field::new("checked", "How do you know that it is this person?") },
        items: std::iter::once(choose).chain(CHECKS).map(|(word, text)| (word.to_owned(), text.to_owned())).collect(),
        value: Some(asked.checked.clone()),
    };
    let gone = Select {
        field: Field::new("remove", "Passkeys that this person has already"),
        items: [
            ("no", "keep working: the devices are at hand"),
            ("yes", "stop working now: a device was lost, stolen or passed on"),
        ]
        .map(|(word, text)| (word.to_owned(), text.to_owned()))
        .to_vec(),
        value: Some(asked.remove.clone()),
    };
    let content = html! {
        div.nhsuk-grid-row { div class="nhsuk-grid-column-two-thirds" {
            @if let Some((field, sentence)) = &wrong { (ErrorSummary { errors: vec![Link::new(anchor(field), sentence.clone())] }) }
            h1 class="nhsuk-heading-l" { "Give a code for a passkey" }
            p { "Only to somebody who stands before you, and whom you have checked. Whoever has the code can sign in as this person." }
            form method="post" action="/passkey/codes" novalidate autocomplete="off" {
                (Input::unremembered(number, &asked.number, Width::Twenty))
                @if to == To::Citizens { (born) }
                (checks) (gone)
                (Button::new("Give a code"))
            }
            (InsetText(html! { p { "It is written down that you gave the code and what you checked. The person sees it, and if there was a passkey before, the privacy officer does too." } }))
        } }
    };
    let state = if wrong.is_some() { PageState::HasErrors } else { PageState::Fine };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Page { state, ..page(giver, "Give a code for a passkey", content) }.respond_with(status, giver.trust.site())
}

fn anchor(field: &str) -> String {
    if field == "born" { format!("#{}", DateInput::new("born", "").error_id()) } else { format!("#{field}") }
}

/// The page that is printed and handed over.
fn slip(giver: &SignedIn, (name, code): (&str, &CodeText), given: &Given) -> Response {
    let until = Timestamp::from_millisecond(given.at_ms.saturating_add(LIFE_MS)).map(moment).unwrap_or_default();
    let address = giver.trust.doors().map(|doors| doors.address.as_str()).unwrap_or_default();
    let content = html! {
        div.nhsuk-grid-row { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-l" { "Code for " (name) }
            p class="nhsuk-heading-xl" { span class="nhsuk-u-nowrap" { (code.reveal()) } }
            ol {
                li { "On a device that is yours alone, open " strong { (address) "/passkey/new" } "." }
                li { "Type the code. It is good for once, until " (until) "." }
                li { "Make a passkey, and sign in with it." }
            }
            @if given.was_recovery {
                p { "Everybody who was signed in as " (name) " is signed out now." @if given.removed { " The passkeys from before do not work any more." } }
            }
            p { "Print this page or write the code down: it is not shown again. Hand it over, and keep no copy." }
            p { button class="nhsuk-link" type="button" data-print hidden { "Print this page" } }
        } }
    };
    page(giver, "Code for a passkey", content).respond(giver.trust.site())
}

/// `GET /privacy-officer/recoveries`
pub(super) async fn recoveries(State(trust): State<crate::Trust>, officer: SignedIn) -> Response {
    let all = Recovery::all(trust.record()).map_err(|error| page_error(&error.into(), &officer.request));
    let all = all.and_then(|all| officer::oversees(&officer, all.len()).map(|()| all));
    match all {
        Ok(all) => {
            let navigation = officer::navigation("/privacy-officer/recoveries");
            let page = Page { privacy: Privacy::Personal, ..Page::new("Recoveries of passkeys", list(&all)) };
            page.signed_in(officer.account(), navigation).respond(trust.site())
        }
        Err(error) => error.respond(trust.site()),
    }
}

fn list(all: &[Recovery]) -> Markup {
    let columns = ["When", "For", "Given by", "What was checked", "Passkeys before"].map(Column::new).to_vec();
    let row = |one: &Recovery| {
        let given = &one.given;
        let for_whom = if one.of == RecoveryOf::Citizen { "a member of the public" } else { "a member of staff" };
        vec![
            Cell::from(Timestamp::from_millisecond(given.at_ms).map(moment).unwrap_or_default().as_str()),
            Cell::from(for_whom),
            Cell::from(
                if given.place.is_empty() { given.by.clone() } else { format!("{}, {}", given.by, given.place) }
                    .as_str(),
            ),
            Cell::from(given.checked.as_str()),
            Cell::from(if given.removed { "removed" } else { "kept" }),
        ]
    };
    html! {
        h1 class="nhsuk-heading-l" { "Recoveries of passkeys" }
        p { "Somebody could not get in any more, and a person in the practice gave her a code. Whoever gives many, or without a reason, may be giving records away: ask her, and look in " a href="/log" { "the log" } " for codes that were given." }
        @if all.is_empty() { p { "There were none." } }
        @else { (Table::responsive("The newest first", columns, all.iter().map(row).collect())) }
    }
}

/// On the page of one's devices: her passkeys, who gave codes for them, and the way to give codes for whoever may.
pub(super) fn of_passkeys(person: &SignedIn) -> Result<Markup, RecordError> {
    if person.trust.passkeys().is_none() {
        return Ok(html! {});
    }
    let account = Account::of(person.trust.record(), &person.asker.who)?;
    Ok(html! {
        h2 class="nhsuk-heading-m" { "Your passkeys" }
        @if account.passkeys.is_empty() { p { "You have none." } }
        @for kept in &account.passkeys { (passkey(kept, &person.session.way)) }
        p { a href="/account/passkeys/add" { "Add a passkey" } " on this device. Without any, ask in your practice for a code." }
        @if !account.given.is_empty() {
            h3 class="nhsuk-heading-s" { "Codes that were given for you" }
            ul { @for one in account.given.iter().rev() { li { (told(one)) } } }
            p { "If you did not ask for one of these, tell your practice, or the privacy officer." }
        }
        @if matches!(person.asker.role, Role::Receptionist | Role::Administrator) {
            h2 class="nhsuk-heading-m" { "Passkeys of others" }
            p { a href="/passkey/codes" { "Give a code for a passkey" } " to somebody who stands before you." }
        }
    })
}

fn at(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(moment).unwrap_or_default()
}

fn passkey(kept: &Kept, way: &Way) -> Markup {
    let is_here = matches!(way, Way::Passkey(with) if *with == kept.id);
    let rows = vec![SummaryRow::new("Made", &at(kept.made_ms)), SummaryRow::new("Last used", &at(kept.used_ms))];
    html! {
        div class="nhsuk-card" { div class="nhsuk-card__content" {
            h3 class="nhsuk-card__heading nhsuk-heading-s" { "Made with " (kept.device) @if is_here { " (you signed in with it here)" } }
            (SummaryList::new(rows).render())
            p { "Removing it signs out every device that was signed in with it" @if is_here { ", this one too" } "." }
            form method="post" action="/account/passkeys/remove" {
                input type="hidden" name="passkey" value=(kept.id);
                (Button::new("Remove this passkey").variant(ButtonVariant::Secondary).small())
            }
        } }
    }
}

/// `3 May 2026, 10:00am: Ms R. Bell, Elm Surgery, who checked a passport.`
fn told(given: &Given) -> String {
    let place = if given.place.is_empty() { String::new() } else { format!(", {}", given.place) };
    let recovery = if given.was_recovery { " You were signed out everywhere." } else { "" };
    let removed = if given.removed { " Your passkeys from before were removed." } else { "" };
    format!("{}: {}{place}, who checked {}.{recovery}{removed}", at(given.at_ms), given.by, given.checked)
}
