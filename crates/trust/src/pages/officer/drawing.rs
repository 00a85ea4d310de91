//! The drawing of the workbench: two lists, and one page a question or look.
//!
//! What is decided folds at the end. On paper a decision is one sheet: what it was about, why it stood there, what was said.

use super::told_later::TOLD_LATER;
use super::{HOME, Mistake, Queue};
use crate::alarms::Alarm;
use crate::cases::{Case, WORDS_MAX};
use crate::reconcile::run::{Decision, Finding, Progress};
use crate::words;
use jiff::Timestamp;
use kit::components::{
    Button, ButtonVariant, Cell, Colour, Column, Details, ErrorSummary, Field, InsetText, Link, Pagination,
    SummaryList, SummaryRow, Table, Tag, Textarea, WarningCallout, text,
};
use kit::format::{count, date, moment, plural};
use kit::{Markup, Render, html};

/// The title of the first page.
pub(super) const TITLE: &str = "Questions and looks to check";
/// What to do where no answer was written.
const ANSWER: &str = "Write an answer";
/// What to do where nothing was written about a look.
const FOUND: &str = "Write what you found";
/// How many looks one page of the list shows, and how many closed ones.
const SHOWN_MAX: usize = 100;
/// So many of all looks are worth an officer's time at least: one in a hundred ...
const WORTH_ONE_IN: u64 = 100;
/// ... and in a small place this many.
const WORTH_MIN: u64 = 20;

/// The two lists.
pub(crate) fn queue(queue: &Queue) -> Markup {
    let (answered, asked): (Vec<&Case>, Vec<&Case>) = queue.cases.iter().partition(|case| case.answer.is_some());
    let (closed, open): (Vec<&Finding>, Vec<&Finding>) =
        queue.findings.iter().partition(|finding| finding.decision.is_some());
    html! {
        h1 class="nhsuk-heading-xl" { (TITLE) }
        p class="nhsuk-body-l" { (checked(&queue.progress)) }
        @for alarm in &queue.alarms { (many_emergencies(alarm)) }
        @if queue.behind > 0 {
            (InsetText(html! { p { (count(queue.behind)) " entries of the log are not checked yet. Open this page again to go on." } }))
        }
        @if queue.to_decide > 0 {
            (InsetText(html! { p { (deferred(queue.to_decide)) ": " a class="nhsuk-link" href=(TOLD_LATER) { "decide whether telling waits" } "." } }))
        }
        h2 class="nhsuk-heading-l" { "Questions that people asked" }
        @if asked.is_empty() { (nothing("No question waits for an answer.")) }
        @else { (cases_table("Open questions, those due first at the top", &asked, queue.now_ms)) }
        @if !answered.is_empty() {
            (Details::new(format!("Answered questions ({})", answered.len()), cases_table("Answered questions", &answered, queue.now_ms).render()))
        }
        h2 class="nhsuk-heading-l" { "Looks that nothing explains" }
        @if open.is_empty() && closed.is_empty() { (nothing("The record explains every look so far.")) }
        @else if open.is_empty() { (nothing("No look waits to be checked.")) }
        @else { (open_looks(queue, &open)) }
        @if !closed.is_empty() {
            (Details::new(format!("Closed looks ({})", closed.len()), closed_looks(&closed, queue.now_ms)))
        }
        p { "Everything else stands in " a class="nhsuk-link" href="/log" { "the whole log" } ". What you open here is in the log too, and the person sees it." }
    }
}

/// Somebody has declared more emergencies than one person can treat.
fn many_emergencies(alarm: &Alarm) -> Markup {
    let place = if alarm.organisation.is_empty() { String::new() } else { format!(", {}", alarm.organisation) };
    let at = Timestamp::from_millisecond(alarm.at_ms).map(moment).unwrap_or_default();
    html! {
        (WarningCallout {
            heading: "Many emergencies by one person".to_owned(),
            content: html! {
                p { strong { (alarm.name) (place) } " has declared more emergencies than one person can usually treat: " (at) ", " (plural(u64::from(alarm.refused), "emergency", "emergencies")) " refused since. Ring them or their organisation now, and look in " a class="nhsuk-link" href="/log" { "the whole log" } " for emergencies under that name." }
            },
        })
    }
}

pub(super) fn nothing(words: &str) -> Markup {
    html! { p class="cw-nothing nhsuk-u-margin-bottom-4" { (words) } }
}

/// "2 emergencies of which the person is to be told later"
fn deferred(number: usize) -> String {
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    format!("{} of which the person is to be told later", plural(number, "emergency", "emergencies"))
}

/// "Of 1,234 looks by staff, the record explains 1,200 (97 %)."
fn checked(progress: &Progress) -> String {
    let Some(percent) = (progress.explained * 100).checked_div(progress.looks) else {
        return "No member of staff has looked at a record yet.".to_owned();
    };
    let (looks, explained) = (plural(progress.looks, "look", "looks"), count(progress.explained));
    format!("Of {looks} by staff, the record explains {explained} ({percent} %).")
}

fn cases_table(caption: &str, cases: &[&Case], now_ms: i64) -> Table {
    let columns = ["Question about", "Asked", "State"].map(Column::new).to_vec();
    let row = |case: &&Case| {
        let link = Link::new(format!("{HOME}/questions/{}", case.key()), looked(case));
        let about = html! { a class="nhsuk-link" href=(link.href) { (link.text) } };
        vec![Cell::of(about), at(case.asked_ms).into(), Cell::of(state(case, now_ms).render())]
    };
    Table::responsive(caption, columns, cases.iter().map(row).collect())
}

/// "Dr A. Khan, Elm Surgery, 22 November 2026, 10am"
fn looked(case: &Case) -> String {
    let look = &case.look;
    who_when(&look.name, &look.organisation, look.at_ms)
}

fn who_when(name: &str, organisation: &str, at_ms: i64) -> String {
    let organisation = if organisation.is_empty() { String::new() } else { format!(", {organisation}") };
    format!("{name}{organisation}, {}", at(at_ms))
}

fn state(case: &Case, now_ms: i64) -> Tag {
    if case.answer.is_some() {
        return Tag::new("Answered").colour(Colour::Green);
    }
    let left = case.days_left(now_ms);
    let days = |days: i64| plural(days.unsigned_abs(), "day", "days");
    match left {
        ..0 => Tag::new(format!("Overdue by {}", days(left))).colour(Colour::Red),
        0 => Tag::new("Due today").colour(Colour::Red),
        1..=7 => Tag::new(format!("{} left", days(left))).colour(Colour::Orange),
        _ => Tag::new(format!("{} left", days(left))).colour(Colour::Blue),
    }
}

/// By when a look in an emergency is to be reviewed; nothing for other looks.
fn review(finding: &Finding, now_ms: i64) -> Option<Tag> {
    if !finding.is_emergency() {
        return None;
    }
    Some(match &finding.decision {
        Some(decision) if decision.at_ms <= finding.review_by_ms() => {
            Tag::new("Emergency, reviewed").colour(Colour::Green)
        }
        Some(_) => Tag::new("Emergency, reviewed late").colour(Colour::Yellow),
        None if finding.review_by_ms() < now_ms => Tag::new("Emergency, overdue").colour(Colour::Red),
        None => Tag::new(format!("Emergency, review by {}", date(crate::rights::day(finding.review_by_ms()))))
            .colour(Colour::Orange),
    })
}

/// A page of the open looks, how far down it is worth going, and the way to the rest.
fn open_looks(queue: &Queue, open: &[&Finding]) -> Markup {
    let pages = open.len().div_ceil(SHOWN_MAX).max(1);
    let page = queue.page.clamp(1, pages);
    let from = (page - 1) * SHOWN_MAX;
    let shown = open.get(from..).unwrap_or_default();
    let shown = shown.get(..SHOWN_MAX).unwrap_or(shown);
    let (first, last) = (from + 1, from + shown.len());
    let caption = if pages == 1 {
        "Open looks, the highest number first".to_owned()
    } else {
        format!("Open looks {first} to {last} of {}, the highest number first", count_of(open.len()))
    };
    let neighbour = |page: usize| {
        let last = (page * SHOWN_MAX).min(open.len());
        Link::new(format!("{HOME}?page={page}"), format!("Looks {} to {last}", (page - 1) * SHOWN_MAX + 1))
    };
    let pagination = Pagination {
        previous: (page > 1).then(|| neighbour(page - 1)),
        next: (page < pages).then(|| neighbour(page + 1)),
        pages: Vec::new(),
    };
    html! {
        p { "A high number means: look here first. It accuses nobody." }
        @if let Some(worth) = worth(queue.progress.looks, open.len()) { p { (worth) } }
        (findings_table(&caption, shown, queue.now_ms))
        @if pages > 1 { (pagination) }
    }
}

/// How far down the list it is worth going, where it is longer than that.
fn worth(looks: u64, open: usize) -> Option<String> {
    let worth = (looks / WORTH_ONE_IN).max(WORTH_MIN);
    let open = u64::try_from(open).unwrap_or(u64::MAX);
    (worth < open).then(|| {
        format!(
            "Begin with the first {}: that is about one in a hundred of all looks by staff. The other {} wait below them, and few of those are more than a mistake.",
            count(worth),
            count(open - worth)
        )
    })
}

fn count_of(number: usize) -> String {
    count(u64::try_from(number).unwrap_or(u64::MAX))
}

/// The closed looks that fit.
fn closed_looks(closed: &[&Finding], now_ms: i64) -> Markup {
    let shown = closed.get(..SHOWN_MAX).unwrap_or(closed);
    let more = closed.len() - shown.len();
    html! {
        (findings_table("Closed looks", shown, now_ms))
        @if more > 0 { p { (count_of(more)) " more stand in the whole log, each with the decision." } }
    }
}

fn findings_table(caption: &str, findings: &[&Finding], now_ms: i64) -> Table {
    let columns =
        vec![Column::new("Look"), Column::new("Why it is here"), Column::new("Review"), Column::numeric("Number")];
    let row = |finding: &&Finding| {
        let who = who_when(&finding.name, &finding.organisation, finding.at_ms);
        let link = html! { a class="nhsuk-link" href={ (HOME) "/looks/" (finding.key()) } { (who) } };
        let review = Cell::of(html! { @if let Some(tag) = review(finding, now_ms) { (tag) } });
        vec![Cell::of(link), finding.reasons.join(" ").into(), review, finding.score.to_string().into()]
    };
    Table::responsive(caption, columns, findings.iter().map(row).collect())
}

/// One question.
pub(crate) fn case(case: &Case, record: &str, now_ms: i64, mistake: Option<Mistake>) -> Markup {
    let asked_by = if case.is_by_proxy { "Somebody who acts for the person" } else { "The person whose record it is" };
    let question = if case.question.is_empty() { "Nothing more was said." } else { case.question.as_str() };
    let look = &case.look;
    let rows = vec![
        SummaryRow::of("State", html! { (state(case, now_ms)) }),
        SummaryRow::new("Answer by", &date(case.due())),
        SummaryRow::new("Asked", &at(case.asked_ms)),
        SummaryRow::new("Asked by", asked_by),
        SummaryRow::of("The question", said(question)),
    ];
    let about = vec![
        SummaryRow::new("Who looked", &who(&look.name, &look.role, &look.organisation)),
        SummaryRow::new("When", &at(look.at_ms)),
        SummaryRow::new("What they saw", &look.kinds),
        SummaryRow::new("What the person was told", &format!("Because {}.", look.because)),
        SummaryRow::new("Entry in the log", &case.entry.to_string()),
    ];
    html! {
        (problem(mistake, ANSWER))
        h1 class="nhsuk-heading-xl" { "A question about a look" }
        (SummaryList::new(rows))
        h2 class="nhsuk-heading-m" { "The look" }
        (SummaryList::new(about))
        (ways_to_the_log(&look.name, record))
        @if let Some(answer) = &case.answer {
            (decided("The answer", answer))
        } @else {
            (form(
                &format!("{HOME}/questions/{}", case.key()),
                ("Your answer", "The person reads this. Say in plain words what you found and what was done."),
                "Send the answer",
                mistake.map(|mistake| mistake.sentence(ANSWER)),
            ))
        }
    }
}

/// One look.
pub(crate) fn finding(finding: &Finding, record: &str, mistake: Option<Mistake>) -> Markup {
    let kinds = words::listed(&words::data_words(&finding.kinds));
    let reasons =
        html! { ul class="nhsuk-list nhsuk-list--bullet" { @for reason in &finding.reasons { li { (reason) } } } };
    let rows = vec![
        SummaryRow::new("Who looked", &who(&finding.name, words::role(&finding.role), &finding.organisation)),
        SummaryRow::new("When", &at(finding.at_ms)),
        SummaryRow::new("What they opened first", &kinds),
        SummaryRow::of("Why it is here", reasons),
        SummaryRow::new("What speaks for it", finding.template_sentence()),
        SummaryRow::new("Number", &format!("{} of 100", finding.score)),
        SummaryRow::new("Entry in the log", &finding.entry.to_string()),
    ];
    html! {
        (problem(mistake, FOUND))
        h1 class="nhsuk-heading-xl" { "A look to check" }
        (SummaryList::new(rows))
        (ways_to_the_log(&finding.name, record))
        @if let Some(decision) = &finding.decision {
            (decided("What was decided", decision))
        } @else {
            (form(
                &format!("{HOME}/looks/{}", finding.key()),
                ("What you found", "Say whom you asked, what the reason was and what was done."),
                "Close this look",
                mistake.map(|mistake| mistake.sentence(FOUND)),
            ))
        }
    }
}

fn who(name: &str, role: &str, organisation: &str) -> String {
    if organisation.is_empty() { format!("{name}, {role}") } else { format!("{name}, {role} at {organisation}") }
}

/// Words that somebody wrote, line by line.
pub(super) fn said(words: &str) -> Markup {
    html! { @for line in words.lines().filter(|line| !line.trim().is_empty()) { p { (line) } } }
}

fn decided(heading: &str, decision: &Decision) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { (heading) }
        (InsetText(html! { (said(&decision.words)) p class="nhsuk-body-s" { (decision.by) ", " (at(decision.at_ms)) } }))
    }
}

/// What else the log holds: names and ids go in the form's body, never in an address.
fn ways_to_the_log(staff: &str, record: &str) -> Markup {
    html! {
        (way_to_the_log("staff", staff, "What else they looked at"))
        @if !record.is_empty() { (way_to_the_log("person", record, "Who else looked at this record")) }
    }
}

/// A button that searches the log.
pub(super) fn way_to_the_log(name: &str, value: &str, words: &str) -> Markup {
    html! {
        form method="post" action="/log" class="cw-noprint" {
            input type="hidden" name=(name) value=(value);
            (Button::new(words).variant(ButtonVariant::Secondary).small())
        }
    }
}

fn form(action: &str, (label, hint): (&str, &str), button: &str, error: Option<String>) -> Markup {
    let field = Field { hint: Some(text(hint)), error, ..Field::new("words", label) };
    let textarea = Textarea { field, rows: Some(6), ..Textarea::default() };
    html! {
        form method="post" action=(action) class="cw-noprint" novalidate {
            (textarea)
            (Button { once: Some(true), ..Button::new(button) })
        }
    }
}

fn problem(mistake: Option<Mistake>, empty: &str) -> Markup {
    html! { @if let Some(mistake) = mistake { (ErrorSummary { errors: vec![Link::new("#words", mistake.sentence(empty))] }) } }
}

impl Mistake {
    /// What to do; `empty` where nothing was written.
    fn sentence(self, empty: &str) -> String {
        match self {
            Mistake::Empty => empty.to_owned(),
            Mistake::TooLong => format!("Write at most {} characters", count(u64::try_from(WORDS_MAX).unwrap_or(0))),
        }
    }
}

/// "22 November 2026, 10am"
pub(super) fn at(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(moment).unwrap_or_default()
}
