//! From the record to the sections: what is asked for, how it is grouped, and what is said when there is nothing.
//!
//! It asks within the person's own record only and names no HTTP. What the permit does not show is told as "not shown
//! online", which is another sentence than "nothing recorded". Next: `pages`.

use super::facts::{self, Fact};
use super::results::{self, Test};
use super::sections::Section;
use crate::visit::{Place, Visit};
use fhir::ResourceType;
use fhir::json::Json;
use gate::Action;
use kit::PageError;
use record::error::RecordError;
use record::{Everything, Resource};

/// How far a section can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It may be seen.
    Online,
    /// It may be there, but not online.
    NotOnline,
    /// It may be there, but is not for whoever acts for the person.
    NotGranted,
}

/// One section with its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionView {
    /// Which.
    pub section: Section,
    /// Groups of entries, each newest first; empty groups are left out.
    pub groups: Vec<Group>,
    /// Whether it may be seen.
    pub shown: Shown,
}

/// Entries that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their heading; none when there is one group only.
    pub heading: Option<&'static str>,
    /// The entries.
    pub facts: Vec<Fact>,
}

/// The front page of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Each section with how many entries it has; nothing when it is not shown online.
    pub sections: Vec<(Section, Option<usize>)>,
}

/// The results page.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultsView {
    /// The tests, the one with the newest value first.
    pub tests: Vec<Test>,
    /// Whether they may be seen.
    pub shown: Shown,
}

/// The front page.
pub(crate) fn overview(visit: &Visit) -> Result<Overview, PageError> {
    let mut sections = Vec::new();
    for section in Section::ALL.into_iter().filter(|section| is_granted(visit, *section)) {
        let count = match section {
            _ if is_hidden(visit, section) => None,
            Section::Results => Some(results(visit)?.tests.len()),
            _ => Some(self::section(visit, section)?.groups.iter().map(|group| group.facts.len()).sum()),
        };
        sections.push((section, count));
    }
    Ok(Overview { sections })
}

fn is_hidden(visit: &Visit, section: Section) -> bool {
    !section.kinds().iter().any(|kind| visit.shows(kind))
}

fn shown(visit: &Visit, section: Section) -> Shown {
    match section {
        _ if !is_granted(visit, section) => Shown::NotGranted,
        _ if is_hidden(visit, section) => Shown::NotOnline,
        _ => Shown::Online,
    }
}

/// Whether the grant of whoever acts for the person reaches anything of it.
fn is_granted(visit: &Visit, section: Section) -> bool {
    let shows = |kind: &&str| ResourceType::parse(kind).is_some_and(|kind| visit.opened.shows(kind));
    if section == Section::Choices {
        return visit.opened.opens(Place::Choices);
    }
    section.kinds().iter().any(shows)
}

/// One section.
pub(crate) fn section(visit: &Visit, section: Section) -> Result<SectionView, PageError> {
    let mut found = Vec::new();
    for kind in section.kinds() {
        found.push(visit.all(kind)?);
    }
    let trees = |place: usize| -> Result<Vec<Json<'_>>, PageError> {
        let resources = found.get(place).map(Vec::as_slice).unwrap_or_default();
        trees(visit, resources)
    };
    let mut groups = match section {
        Section::Results => Vec::new(),
        Section::Medicines => medicines(&trees(0)?, &trees(1)?),
        Section::Conditions => conditions(&trees(0)?),
        Section::Allergies => vec![group(None, trees(0)?.iter().map(facts::allergy))],
        Section::Vaccinations => vec![group(None, trees(0)?.iter().map(facts::vaccination))],
        Section::Appointments => appointments(&trees(0)?, visit.now_ms()),
        Section::Visits => vec![group(None, trees(0)?.iter().map(facts::visit))],
        Section::Procedures => vec![group(None, trees(0)?.iter().map(facts::procedure))],
        Section::Documents => vec![group(None, trees(0)?.iter().map(facts::document))],
        Section::Support => support([&trees(0)?, &trees(1)?, &trees(2)?, &trees(3)?]),
        Section::Choices => vec![group(None, trees(0)?.iter().map(facts::choice))],
    };
    groups.retain(|group| !group.facts.is_empty());
    Ok(SectionView { section, groups, shown: shown(visit, section) })
}

/// The trees of resources, without what was entered by mistake.
pub(crate) fn trees<'r>(visit: &Visit, resources: &'r [Resource]) -> Result<Vec<Json<'r>>, PageError> {
    let mut trees = Vec::with_capacity(resources.len());
    for resource in resources {
        let tree = resource.tree().map_err(|error| visit.error(&error.into()))?;
        if !facts::is_mistake(&tree) {
            trees.push(tree);
        }
    }
    Ok(trees)
}

fn group(heading: Option<&'static str>, facts: impl Iterator<Item = Fact>) -> Group {
    let mut facts: Vec<Fact> = facts.collect();
    facts::newest_first(&mut facts);
    Group { heading, facts }
}

fn conditions(trees: &[Json<'_>]) -> Vec<Group> {
    let (past, now): (Vec<&Json<'_>>, Vec<&Json<'_>>) = trees.iter().partition(|tree| facts::is_past_condition(tree));
    vec![
        group(Some("What you have now"), now.into_iter().map(facts::condition)),
        group(Some("What has passed"), past.into_iter().map(facts::condition)),
    ]
}

/// What is taken, from statements; where a source has none, from prescriptions that are active.
fn medicines(statements: &[Json<'_>], prescriptions: &[Json<'_>]) -> Vec<Group> {
    let is_active =
        |tree: &&Json<'_>| matches!(facts::text(tree, &["status"]), Some("active" | "intended" | "on-hold"));
    let stated: Vec<String> = statements.iter().map(facts::medicine_name).collect();
    let alone: Vec<&Json<'_>> =
        prescriptions.iter().filter(|tree| !stated.contains(&facts::medicine_name(tree))).collect();
    let now = statements.iter().filter(is_active).chain(alone.iter().copied().filter(is_active));
    let past =
        statements.iter().filter(|tree| !is_active(tree)).chain(alone.iter().copied().filter(|tree| !is_active(tree)));
    vec![
        group(Some("What you take now"), now.map(facts::medicine)),
        group(Some("Short courses and what you took before"), past.map(facts::medicine)),
    ]
}

fn appointments(trees: &[Json<'_>], now_ms: i64) -> Vec<Group> {
    let is_ahead = |tree: &&Json<'_>| is_ahead(tree, now_ms);
    let mut ahead = group(Some("Coming up"), trees.iter().filter(is_ahead).map(facts::appointment));
    ahead.facts.reverse();
    vec![ahead, group(Some("Past"), trees.iter().filter(|tree| !is_ahead(tree)).map(facts::appointment))]
}

/// Whether an appointment is booked and still to come.
pub(crate) fn is_ahead(tree: &Json<'_>, now_ms: i64) -> bool {
    let start = facts::text(tree, &["start"]).and_then(|start| start.parse::<jiff::Timestamp>().ok());
    let kept =
        !matches!(facts::text(tree, &["status"]), Some("cancelled" | "noshow" | "fulfilled" | "entered-in-error"));
    kept && start.is_some_and(|start| start.as_millisecond() >= now_ms)
}

fn support([plans, teams, stays, flags]: [&[Json<'_>]; 4]) -> Vec<Group> {
    vec![
        group(Some("What staff should know"), flags.iter().map(facts::support)),
        group(Some("Care plans"), plans.iter().map(facts::support)),
        group(Some("Teams that support you"), teams.iter().chain(stays).map(facts::support)),
    ]
}

/// All tests.
pub(crate) fn results(visit: &Visit) -> Result<ResultsView, PageError> {
    let found = visit.all("Observation")?;
    let trees = trees(visit, &found)?;
    Ok(ResultsView { tests: results::tests(trees.iter()), shown: shown(visit, Section::Results) })
}

/// One test.
pub(crate) fn test(visit: &Visit, slug: &str) -> Result<Option<Test>, PageError> {
    Ok(results(visit)?.tests.into_iter().find(|test| test.slug == slug))
}

/// How many entries one part of the copy holds.
const COPY_COUNT: u32 = 500;

/// The whole record as one Bundle, put together from the bytes as they are.
pub(crate) fn everything(visit: &Visit) -> Result<Vec<u8>, PageError> {
    let failed = |error: RecordError| visit.error(&error.into());
    let record = visit.signed_in.trust.record();
    let permit = visit.signed_in.permit(Action::Export)?;
    let mut question =
        Everything { patient: visit.patient.clone(), since_ms: None, kinds: Vec::new(), count: COPY_COUNT, page: None };
    let mut bundle = b"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[".to_vec();
    let mut first = true;
    loop {
        let answer = record.everything(&permit, &question).map_err(failed)?;
        for resource in answer.matches.iter().chain(&answer.includes) {
            if !std::mem::take(&mut first) {
                bundle.push(b',');
            }
            bundle.extend_from_slice(b"{\"resource\":");
            bundle.extend_from_slice(&resource.body);
            bundle.push(b'}');
        }
        question.page = answer.next;
        if question.page.is_none() {
            bundle.extend_from_slice(b"]}");
            return Ok(bundle);
        }
    }
}

impl SectionView {
    /// One for tests: conditions of now and of the past.
    #[must_use]
    pub fn sample() -> Self {
        let now = Fact {
            what: "High blood pressure".into(),
            official: Some("Essential hypertension".into()),
            details: vec!["Your heart has to push blood round your body harder than it should.".into()],
            when: "2019-03".into(),
            when_is: "Since",
            source: "Elm Surgery".into(),
            ..Fact::default()
        };
        let past = Fact {
            what: "Broken wrist".into(),
            flag: Some("Severe".into()),
            when: "2024-01-12".into(),
            when_is: "Since",
            source: "Kelderby General Hospital".into(),
            href: Some("#".into()),
            ..Fact::default()
        };
        let groups = vec![
            Group { heading: Some("What you have now"), facts: vec![now] },
            Group { heading: Some("What has passed"), facts: vec![past] },
        ];
        Self { section: Section::Conditions, groups, shown: Shown::Online }
    }

    /// One without entries, that may be seen or not.
    #[must_use]
    pub fn sample_empty(shown: Shown) -> Self {
        Self { section: Section::Allergies, groups: Vec::new(), shown }
    }
}

impl Overview {
    /// One for tests, with a section that is not shown online.
    #[must_use]
    pub fn sample() -> Self {
        let count = |section| match section {
            Section::Choices => None,
            Section::Allergies => Some(0),
            Section::Conditions => Some(1),
            _ => Some(12),
        };
        Self { sections: Section::ALL.into_iter().map(|section| (section, count(section))).collect() }
    }
}
