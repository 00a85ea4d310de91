//! The record of processing activities (UK GDPR article 30), as page and as file, with the facts for a data protection impact
//! assessment (article 35).
//!
//! It is made of the rules that decide about each access, the register of data uses and what the program does: nobody has to
//! keep it up to date by hand. What only the people of a locality know is left for them to add, and said so.

use super::{Desk, visit};
use crate::requests::SignedIn;
use crate::state::{Trust, TrustError};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use gate::{Action, DataKind, Gate, Purpose, Question, Relation, Role, Rule};
use jiff::Timestamp;
use kit::components::{Cell, Column, InsetText, Table};
use kit::csv::line;
use kit::format::{capital, date, day};
use kit::headers::{Privacy, secure};
use kit::{Markup, html};
use record::uses::DataUse;
use std::sync::Arc;

/// Where it is.
pub(super) const PROCESSING: &str = "/privacy-officer/processing";
/// The title of the page.
pub(super) const TITLE: &str = "Record of processing";

/// One purpose for which one rule lets people use data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    rule: Arc<Rule>,
    purpose: Purpose,
    roles: Vec<Role>,
    relations: Vec<Relation>,
    actions: Vec<Action>,
    kinds: Vec<DataKind>,
}

/// Risks of a record that many share, and what the program does about each, as a data protection impact assessment asks.
const RISKS: [(&str, &str); 8] = [
    (
        "Somebody looks who has no reason to",
        "A look needs a role, a purpose and a relationship with the person, or an emergency declared with a reason. Each look is logged, the person sees it, and looks that nothing explains come before a privacy officer.",
    ),
    (
        "More is shown than is needed",
        "Rules are by role and kind of data. Sensitive, sealed and legally protected entries need more than usual, and people can refuse more.",
    ),
    (
        "An answer tells of what it does not show",
        "Hidden and absent entries get the same answer, in counts, sorting, includes and history too. A test compares answers over records with and without what is hidden.",
    ),
    (
        "The log is changed to hide a look",
        "The log is a hash tree with signed checkpoints that other localities sign as well. Anybody can check an entry against them.",
    ),
    (
        "Data are used beyond care without leave",
        "Such a use stands in the public register before data leave, for planning or research, with its legal basis and its end. Opt-outs hold unless the entry says in public why not.",
    ),
    (
        "Somebody acts for a person against her will",
        "A grant is limited in kind and time, ends by itself, is visible to both, and can be ended by the person at once.",
    ),
    (
        "Data are lost or changed unseen",
        "What was acknowledged is on the disk. Each version is kept, with who changed it and when.",
    ),
    (
        "Somebody signs in as somebody else",
        "Sign-in by a national provider or a passkey, no passwords. Failures are slowed down; a record opens only to somebody whose identity is proven.",
    ),
];

/// What article 30 asks and the program cannot know.
const FOR_YOU: [&str; 4] = [
    "the name and contact details of the controller, of the data protection officer and of joint controllers",
    "processors outside the program, such as who hosts the server and sends e-mail",
    "how long records are kept: the program deletes nothing by itself, so the retention schedule of your organisations decides",
    "how the server\u{2019}s disk is encrypted, backed up and locked away",
];

/// Every activity, by purpose and then in the order of the rules.
pub(crate) fn activities(gate: &Gate) -> Vec<Activity> {
    let mut found: Vec<Activity> = Vec::new();
    for (question, rule) in Role::ALL.iter().flat_map(|role| gate.permitted(*role)) {
        let is_it = |known: &Activity| known.purpose == question.purpose && known.rule.id == rule.id;
        let place = found.iter().position(is_it).unwrap_or_else(|| {
            found.push(Activity::of(Arc::clone(rule), question.purpose));
            found.len() - 1
        });
        if let Some(activity) = found.get_mut(place) {
            activity.add(&question);
        }
    }
    found.sort_by_key(|one| {
        let purpose = Purpose::ALL.iter().position(|purpose| *purpose == one.purpose);
        (purpose, gate.rules().iter().position(|rule| rule.id == one.rule.id))
    });
    found
}

impl Activity {
    fn of(rule: Arc<Rule>, purpose: Purpose) -> Self {
        Self { rule, purpose, roles: vec![], relations: vec![], actions: vec![], kinds: vec![] }
    }

    fn add(&mut self, question: &Question) {
        add(&mut self.roles, question.role);
        add(&mut self.relations, question.relation);
        add(&mut self.actions, question.action);
        add(&mut self.kinds, question.kind);
    }

    fn whose(&self) -> String {
        joined(&self.relations, Relation::phrase)
    }

    fn who(&self) -> String {
        joined(&self.roles, Role::phrase)
    }

    fn what(&self) -> String {
        joined(&self.kinds, DataKind::phrase)
    }

    fn how(&self) -> String {
        joined(&self.actions, Action::phrase)
    }
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

fn joined<T: Copy>(all: &[T], phrase: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|one| phrase(*one)).collect::<Vec<_>>().join(", ")
}

/// `GET /privacy-officer/processing`
pub(in crate::pages) async fn show(State(trust): State<Trust>, officer: SignedIn) -> Response {
    visit(trust, officer, |desk| {
        let uses = read(desk)?;
        Ok(desk.respond(&desk.page_at(PROCESSING, TITLE, content(&activities(desk.trust.gate()), &uses)), None))
    })
    .await
}

/// `GET /privacy-officer/processing.csv`
pub(in crate::pages) async fn file(State(trust): State<Trust>, officer: SignedIn) -> Response {
    visit(trust, officer, |desk| {
        let uses = read(desk)?;
        let disposition = "attachment; filename=\"record-of-processing.csv\"";
        let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, disposition)];
        let mut answer = (headers, csv(&activities(desk.trust.gate()), &uses)).into_response();
        secure(answer.headers_mut(), Privacy::Personal);
        Ok(answer)
    })
    .await
}

/// The register of uses; that the officer read is in the log, about nobody.
fn read(desk: &Desk) -> Result<Vec<DataUse>, TrustError> {
    let uses = desk.trust.record().uses()?;
    desk.trust.note_log_read(&desk.permit, desk.rule()?, None, 0)?;
    Ok(uses)
}

fn content(activities: &[Activity], uses: &[DataUse]) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { (TITLE) }
        p class="nhsuk-body-l" { "What personal data are used for here, by whom and under which law: the record that UK GDPR article 30 asks for, made of the rules that decide about each access." }
        p class="cw-noprint" { a class="nhsuk-link" href={ (PROCESSING) ".csv" } { "Download it as CSV" } ", or print this page." }
        (InsetText(html! {
            p { "Add what the program cannot know:" }
            ul class="nhsuk-list nhsuk-list--bullet" { @for item in FOR_YOU { li { (item) } } }
        }))
        @for purpose in Purpose::ALL {
            @let rows: Vec<Vec<Cell>> = activities.iter().filter(|one| one.purpose == *purpose).map(row).collect();
            @if !rows.is_empty() { (table(*purpose, rows)) }
        }
        h2 class="nhsuk-heading-l" { "Uses beyond care" }
        @if uses.is_empty() { p class="cw-nothing" { "There has been no such use so far." } }
        @else { (Table::responsive("The register of data uses", ["What for", "Who", "Legal basis", "Opt-outs", "Until"].map(Column::new).to_vec(), uses.iter().map(use_row).collect())) }
        h2 class="nhsuk-heading-l" { "Recipients and other countries" }
        p { "Data leave to connected systems and apps with a token, to other localities that ask about a person in their care, and in the copies of the register above. The program itself sends nothing to another country." }
        h2 class="nhsuk-heading-l" { "Risks, and what is done about them" }
        p { "Facts for a data protection impact assessment (article 35). Whether that is enough here, you judge." }
        (Table::responsive("Risks for the people in the record", ["Risk", "What the program does"].map(Column::new).to_vec(), RISKS.iter().map(|(risk, measure)| vec![(*risk).into(), (*measure).into()]).collect()))
    }
}

fn table(purpose: Purpose, rows: Vec<Vec<Cell>>) -> Markup {
    let columns = ["Who", "Whose data", "Kinds of data", "In a sentence", "Legal basis"].map(Column::new).to_vec();
    html! {
        h2 class="nhsuk-heading-l" { "For " (purpose.phrase()) }
        (Table::responsive(format!("Who uses what for {}", purpose.phrase()), columns, rows))
    }
}

fn row(one: &Activity) -> Vec<Cell> {
    let rule = &one.rule;
    vec![
        capital(&one.who()).into(),
        one.whose().into(),
        one.what().into(),
        rule.plain.clone().into(),
        rule.law.clone().into(),
    ]
}

fn use_row(one: &DataUse) -> Vec<Cell> {
    let opt_outs =
        one.exemption.as_ref().map_or("applied".to_owned(), |(why, _)| format!("not applied: {}", why.phrase()));
    vec![one.title.clone().into(), one.by.clone().into(), one.basis.clone().into(), opt_outs.into(), until(one).into()]
}

fn until(one: &DataUse) -> String {
    Timestamp::from_millisecond(one.until_ms).map(|at| date(day(at))).unwrap_or_default()
}

fn csv(activities: &[Activity], uses: &[DataUse]) -> String {
    let mut out =
        line(&["purpose", "who", "whose_data", "kinds_of_data", "what_is_done", "rule", "legal_basis", "until"]);
    for one in activities {
        let (who, whose, what, how) = (one.who(), one.whose(), one.what(), one.how());
        out.push_str(&line(&[one.purpose.phrase(), &who, &whose, &what, &how, &one.rule.plain, &one.rule.law, ""]));
    }
    for one in uses {
        let purpose = one.purpose().map_or("", Purpose::phrase);
        let (types, until) = (one.types.join(", "), until(one));
        out.push_str(&line(&[
            purpose,
            &one.by,
            "many people",
            &types,
            "take a copy of",
            &one.title,
            &one.basis,
            &until,
        ]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use gate::Policies;

    #[test]
    fn every_rule_is_an_activity_with_who_whose_what_and_law() {
        let gate = Gate::load(&Policies::built_in()).unwrap();
        let all = activities(&gate);

        for rule in gate.rules() {
            assert!(all.iter().any(|one| one.rule.id == rule.id), "{}", rule.id);
        }
        for one in &all {
            assert!(
                !one.who().is_empty() && !one.whose().is_empty() && !one.what().is_empty() && !one.how().is_empty()
            );
        }
        let page = content(&all, &[]).into_string();
        assert!(page.contains("For direct care") && page.contains("There has been no such use so far."), "{page}");
        assert_eq!(csv(&all, &[]).lines().count(), all.len() + 1);
    }
}
