//! Reading a record for one screen, and putting it under its headings.
//!
//! Two reads: the person, and everything under the headings. If the second cannot be done now, the headings say "not available"; what the
//! reader's role or lack of a care relationship keeps back, they say as "not permitted", with the rule's own words. Leave is
//! decided in `gate`; this only tells what it decided.

use std::collections::BTreeSet;

use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit, Relation};
use jiff::Timestamp;
use kit::components::Nothing;
use record::error::Refusal;
use record::{Everything, Record, RecordError, Resource, Search};

use super::source::{self, Sources};
use super::{Claim, Dated, Emergency, Heading, Summary, Under, entries, medicines, results};
use crate::Permits;
use crate::person::Person;
use crate::tree;

/// How many resources one read asks for.
const PAGE_RESOURCES: u32 = 1_000;
/// How many reads one screen may take; beyond that the page says that there is more.
const PAGES_MAX: usize = 6;

/// How many organisations are looked up by name for one screen.
const SENDERS_MAX: usize = 100;

/// What was read of one person.
pub struct Gathered {
    patient: Resource,
    rest: Result<Rest, Away>,
}

struct Rest {
    resources: Vec<Resource>,
    is_cut: bool,
    is_related: bool,
}

/// The record could not be asked just now.
struct Away;

/// Reads a person's record.
///
/// # Errors
/// When there is no such person for this reader, or the person could not be read.
pub fn read(record: &Record, permits: &Permits, id: &ResourceId, wanted: &[Heading]) -> Result<Gathered, RecordError> {
    let patient = record.read(&permits.read, ResourceType::PATIENT, id)?;
    let rest = match everything(record, &permits.search, id, types(wanted)) {
        Ok((mut resources, is_cut)) => {
            let is_related = !resources.is_empty() || record.relation_to(&permits.search, id)?.is_some();
            resources.extend(senders(record, &permits.search, &resources)?);
            Ok(Rest { resources, is_cut, is_related })
        }
        Err(error) if matches!(error.refusal, Refusal::Unavailable | Refusal::NoRoom | Refusal::Internal) => Err(Away),
        Err(error) => return Err(error),
    };
    Ok(Gathered { patient, rest })
}

fn types(wanted: &[Heading]) -> Vec<ResourceType> {
    let mut types: Vec<ResourceType> = wanted.iter().flat_map(|heading| heading.types()).collect();
    if !wanted.contains(&Heading::Contacts) {
        types.extend(ResourceType::parse("Encounter"));
    }
    types
}

/// Everything of these types, page by page; whether more was left.
fn everything(
    record: &Record,
    permit: &Permit,
    id: &ResourceId,
    kinds: Vec<ResourceType>,
) -> Result<(Vec<Resource>, bool), RecordError> {
    let mut question = Everything { patient: id.clone(), since_ms: None, kinds, count: PAGE_RESOURCES, page: None };
    let mut resources = Vec::new();
    for _ in 0..PAGES_MAX {
        let answer = record.everything(permit, &question)?;
        let of_the_person = |resource: &Resource| resource.kind != ResourceType::PATIENT;
        resources.extend(answer.matches.into_iter().chain(answer.includes).filter(of_the_person));
        match answer.next {
            Some(next) => question.page = Some(next),
            None => return Ok((resources, false)),
        }
    }
    Ok((resources, true))
}

/// The organisations whose systems sent the entries: the directory knows their names by their codes.
fn senders(record: &Record, permit: &Permit, resources: &[Resource]) -> Result<Vec<Resource>, RecordError> {
    let mut codes = BTreeSet::new();
    for resource in resources {
        codes.extend(source::code(&resource.tree()?));
    }
    let Some(kind) = ResourceType::parse("Organization").filter(|_| !codes.is_empty()) else { return Ok(Vec::new()) };
    let wanted: Vec<String> = codes.into_iter().take(SENDERS_MAX).collect();
    let search = Search::of(kind, &[("identifier", &wanted.join(",")), ("_count", "100")]);
    Ok(record.search(permit, &search)?.matches)
}

impl Gathered {
    /// The record under its headings.
    ///
    /// # Errors
    /// When a stored resource cannot be read.
    pub fn summary(&self, permit: &Permit, now_ms: i64) -> Result<Summary, RecordError> {
        let patient = self.patient.tree()?;
        let as_at = kit::format::moment(Timestamp::from_millisecond(now_ms).unwrap_or_default());
        let person = Person::of(&patient);
        let Ok(rest) = &self.rest else { return Ok(away(person, as_at)) };
        let trees: Vec<Json<'_>> = rest.resources.iter().map(Resource::tree).collect::<Result<_, _>>()?;
        let reach = |heading: Heading| reach(permit, heading, rest.is_related);
        Ok(Summary { is_cut: rest.is_cut, ..arrange(&patient, &trees, &reach, (now_ms, as_at)) })
    }

    /// A document of this person as an entry, with the name of who holds it where that is known.
    ///
    /// # Errors
    /// When a stored resource cannot be read.
    pub fn document(&self, document: &Json<'_>) -> Result<Dated, RecordError> {
        let rest = self.rest.as_ref().map(|rest| rest.resources.as_slice()).unwrap_or_default();
        let trees: Vec<Json<'_>> = rest.iter().map(Resource::tree).collect::<Result<_, _>>()?;
        Ok(entries::document(document, &Sources::of(trees.iter().chain([document]))))
    }
}

/// Why a reader does not see a heading, or a part of it; `None` when all of it may be seen.
fn reach(permit: &Permit, heading: Heading, is_related: bool) -> Option<String> {
    let types = heading.types();
    let reaches = |kind: ResourceType| {
        let mut scopes = permit.scopes().filter(|scope| scope.types.contains(kind));
        scopes.any(|scope| {
            matches!(scope.relation, Relation::Anyone) || (is_related && matches!(scope.relation, Relation::Related))
        })
    };
    let refused: Vec<ResourceType> = types.into_iter().filter(|kind| !reaches(*kind)).collect();
    let first = refused.first()?;
    if permit.allows(*first, Action::Search) && !is_related {
        let owner = permit
            .organisation()
            .map_or_else(|| "You have".to_owned(), |organisation| format!("You and {} have", organisation.name));
        return Some(format!(
            "{owner} no care relationship with this person now, so this part of the record is not shown."
        ));
    }
    let reason = permit.refusal(*first, Action::Search);
    let mut sentence = reason.reason().to_owned();
    if let Some(letter) = sentence.get_mut(..1) {
        letter.make_ascii_uppercase();
    }
    Some(format!("{sentence}."))
}

/// Nothing but the person could be read.
fn away(person: Person, as_at: String) -> Summary {
    let nothing = || {
        Some(Nothing::NotAvailable(format!(
            "The record could not be asked at {as_at}. Load the page again in a moment."
        )))
    };
    let under = Heading::ALL.map(|heading| Under { heading, entries: Vec::new(), nothing: nothing() }).to_vec();
    Summary {
        person,
        under,
        tests: Vec::new(),
        alerts: vec!["Alerts and allergies are not available now".into()],
        allergies: "not available now".into(),
        as_at,
        is_cut: false,
        emergency: Emergency::default(),
        claim: Claim::default(),
        keeps_grants: false,
    }
}

/// Puts trees under their headings. `reach` says why a heading is kept back, if it is.
#[must_use]
pub fn arrange(
    patient: &Json<'_>,
    trees: &[Json<'_>],
    reach: &impl Fn(Heading) -> Option<String>,
    (now_ms, as_at): (i64, String),
) -> Summary {
    let sources = Sources::of(trees.iter().chain([patient]));
    let sorted = Sorted::of(trees, &sources, now_ms);
    let allergies_are_seen = reach(Heading::Allergies).is_none();
    let (allergies, mut alerts) = sorted.warnings(allergies_are_seen);
    if reach(Heading::Alerts).is_some() {
        alerts.clear();
    }
    let tests = results::tests(&sorted.of_types(&["Observation"]), &sources);
    let under = Heading::ALL.map(|heading| {
        let entries = sorted.under(heading);
        let is_empty = entries.is_empty() && (heading != Heading::Results || tests.is_empty());
        let nothing = match reach(heading) {
            Some(sentence) => Some(Nothing::NotPermitted(sentence)),
            None => is_empty.then(|| Nothing::NoneRecorded(heading.none_recorded().into())),
        };
        Under { heading, entries, nothing }
    });
    Summary {
        person: Person::of(patient),
        under: under.to_vec(),
        tests,
        alerts,
        allergies,
        as_at,
        is_cut: false,
        emergency: Emergency::default(),
        claim: Claim::default(),
        keeps_grants: false,
    }
}

/// The trees of a record that were not made in error.
struct Sorted<'t, 'j> {
    trees: Vec<&'t Json<'j>>,
    sources: &'t Sources,
    now_ms: i64,
}

impl<'t, 'j> Sorted<'t, 'j> {
    fn of(trees: &'t [Json<'j>], sources: &'t Sources, now_ms: i64) -> Self {
        Self { trees: trees.iter().filter(|tree| !entries::is_error(tree)).collect(), sources, now_ms }
    }

    fn of_types(&self, names: &[&str]) -> Vec<&'t Json<'j>> {
        self.trees.iter().filter(|tree| tree::is(tree, "resourceType", names)).copied().collect()
    }

    /// What the banner says of allergies, and its alerts: allergies that hold, then flags that hold.
    fn warnings(&self, allergies_are_seen: bool) -> (String, Vec<String>) {
        let recorded = self.of_types(&["AllergyIntolerance"]);
        let holding: Vec<&Json<'_>> =
            recorded.iter().filter(|tree| entries::is_active_allergy(tree)).copied().collect();
        let real: Vec<String> = holding
            .iter()
            .filter(|tree| !entries::says_no_allergy(tree))
            .filter_map(|tree| tree::concept(tree.get("code")))
            .collect();
        let says = match (allergies_are_seen, real.len(), holding.len()) {
            (false, ..) => "not permitted".to_owned(),
            (_, 0, 0) => "none recorded".to_owned(),
            (_, 0, _) => "no known allergies".to_owned(),
            (_, number, _) => format!("{number} recorded"),
        };
        let flags = self.of_types(&["Flag"]).into_iter().filter(|tree| tree::is(tree, "status", &["active"]));
        let flags = flags.filter_map(|tree| tree::concept(tree.get("code")));
        (says, real.into_iter().chain(flags).collect())
    }

    fn under(&self, heading: Heading) -> Vec<Dated> {
        let sources = self.sources;
        let each = |names: &[&str], make: &dyn Fn(&Json<'_>) -> Dated| -> Vec<Dated> {
            self.of_types(names).into_iter().map(make).collect()
        };
        let documents = |are_plans: bool| -> Vec<Dated> {
            let found = self
                .of_types(&["DocumentReference"])
                .into_iter()
                .filter(|tree| entries::is_plan_document(tree) == are_plans);
            found.map(|tree| entries::document(tree, sources)).collect()
        };
        let mut all = match heading {
            Heading::Alerts => each(&["Flag"], &|tree| entries::alert(tree, sources)),
            Heading::Allergies => each(&["AllergyIntolerance"], &|tree| entries::allergy(tree, sources)),
            Heading::Medicines => {
                medicines::entries(&self.of_types(&["MedicationStatement", "MedicationRequest"]), sources)
            }
            Heading::Problems => each(&["Condition"], &|tree| entries::problem(tree, sources)),
            Heading::Results => self
                .of_types(&["DiagnosticReport"])
                .into_iter()
                .filter_map(|tree| entries::report(tree, sources))
                .collect(),
            Heading::Contacts => {
                let mut contacts = each(&["Encounter"], &|tree| entries::contact(tree, sources));
                contacts.extend(each(&["Appointment"], &|tree| entries::appointment(tree, sources, self.now_ms)));
                contacts
            }
            Heading::Immunisations => each(&["Immunization"], &|tree| entries::immunisation(tree, sources)),
            Heading::Procedures => each(&["Procedure"], &|tree| entries::procedure(tree, sources)),
            Heading::Plans => {
                let mut plans = each(&["CarePlan"], &|tree| entries::plan(tree, sources));
                plans.extend(documents(true));
                plans
            }
            Heading::Documents => documents(false),
        };
        entries::sort(&mut all);
        all
    }
}
