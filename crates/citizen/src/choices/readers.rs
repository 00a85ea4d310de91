//! Whom a choice is previewed for: a doctor in A&E, the practice, a pharmacist, and whoever the choice names.
//!
//! Each is a permit as the rules would give it to somebody who works there and cares for the person: nothing is guessed. Whoever
//! the choice names is taken to have a role that sees the most. For research there is the reader that a registered use has.
//! It shows nothing: `rules` asks for the effect.

use super::choice::{Choice, Named, Whom};
use super::options;
use crate::my_record::facts::{concept, text};
use crate::visit::Visit;
use gate::{Action, AgentId, Asker, Permit, Purpose, Role, SmartScopes};
use kit::PageError;
use record::Search;
use std::sync::Arc;

/// Somebody who might read.
pub(super) struct Reader {
    /// Who that is, in words: "your GP practice, Elm Surgery".
    pub(super) who: String,
    /// Leave as the rules would give it.
    pub(super) permit: Permit,
}

/// How many organisations of the directory are looked through.
const DIRECTORY_COUNT: &str = "250";

/// Who the effect of a choice is told for.
pub(super) fn readers(visit: &Visit, choice: Option<&Choice>) -> Result<Vec<Reader>, PageError> {
    let seen = options::named(visit, "Organization/")?;
    let mut readers = Vec::new();
    let hospital = of_kind(visit, &seen, "hospital")?;
    readers.extend(reader(visit, ("a doctor or nurse in A&E", Role::EmergencyClinician), hospital.as_ref()));
    for practice in options::practices(visit)? {
        readers.extend(reader(visit, ("your GP practice", Role::Gp), Some(&practice)));
    }
    let pharmacy = of_kind(visit, &seen, "pharmacy")?;
    readers.extend(reader(visit, ("a pharmacist", Role::Pharmacist), pharmacy.as_ref()));
    if let Some(Choice { whom: Whom::One(one), .. }) = choice
        && !readers.iter().any(|reader| reader.permit.asker().acts_as.contains(&one.reference))
    {
        let is_person = one.reference.starts_with("Practitioner/");
        readers.extend(reader(visit, (if is_person { "the professional" } else { "staff" }, Role::Gp), Some(one)));
    }
    readers.extend(research(visit));
    Ok(readers)
}

/// A use for research as the public register may have one; opt-outs are applied to it like to every other.
fn research(visit: &Visit) -> Option<Reader> {
    let scopes = SmartScopes::parse("system/*.rs").ok()?;
    let asker = Asker::service(AgentId::parse("service/research")?, "research", scopes);
    let (gate, request) = (visit.signed_in.trust.gate(), visit.signed_in.request.clone());
    let permit = gate.permit(&Arc::new(asker), Purpose::Research, Action::Search, request).ok()?;
    Some(Reader { who: "research that stands in the public register".to_owned(), permit })
}

/// Whether the rules let any professional open in an emergency what a choice hides.
pub(super) fn emergencies_open(visit: &Visit) -> bool {
    let Some(id) = AgentId::parse("Practitioner/somebody") else { return false };
    let gate = visit.signed_in.trust.gate();
    let opens = |role: &Role| {
        let asker = Arc::new(Asker::new(id.clone(), "somebody", *role));
        gate.permit(&asker, Purpose::BreakGlass, Action::Search, visit.signed_in.request.clone()).is_ok()
    };
    Role::ALL.iter().any(opens)
}

/// A professional who works at, or is, what is named; of no organisation in particular when nothing is.
fn reader(visit: &Visit, (who, role): (&str, Role), at: Option<&Named>) -> Option<Reader> {
    let person = at.filter(|at| at.reference.starts_with("Practitioner/"));
    let id = AgentId::parse(person.map_or("Practitioner/somebody", |person| &person.reference))?;
    let mut asker = Asker::new(id, who, role);
    asker.acts_as = at.map(|at| at.reference.clone()).into_iter().collect();
    let request = visit.signed_in.request.clone();
    let gate = visit.signed_in.trust.gate();
    let permit = gate.permit(&Arc::new(asker), Purpose::DirectCare, Action::Search, request).ok()?;
    let who = at.map_or_else(|| who.to_owned(), |at| format!("{who}, {}", at.name));
    Some(Reader { who, permit })
}

/// An organisation of a kind: one that the record names, else the first of the directory.
fn of_kind(visit: &Visit, seen: &[Named], kind: &str) -> Result<Option<Named>, PageError> {
    let Some(organization) = fhir::ResourceType::parse("Organization") else { return Ok(None) };
    let search = Search::of(organization, &[("_count", DIRECTORY_COUNT)]);
    let found = visit.signed_in.trust.record().search(&visit.permit, &search).map_err(|e| visit.error(&e.into()))?;
    let mut first = None;
    for resource in &found.matches {
        let tree = resource.tree().map_err(|error| visit.error(&error.into()))?;
        let is_kind = tree.get("type").and_then(concept).is_some_and(|words| words.to_lowercase().contains(kind));
        let Some(name) = text(&tree, &["name"]).filter(|_| is_kind) else { continue };
        let named = Named { reference: resource.reference(), name: name.to_owned() };
        if seen.iter().any(|seen| seen.reference == named.reference) {
            return Ok(Some(named));
        }
        first.get_or_insert(named);
    }
    Ok(first)
}
