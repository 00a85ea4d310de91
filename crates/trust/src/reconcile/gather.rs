//! The thin part of reconciliation that asks: looks and events from the log, people and staff through the door.
//!
//! The platform asks as a system of its own, under a rule of its own, for names, addresses and appointments and nothing
//! else; each question is in the log of the person. No officer sees what is read here, only the reasons that follow.

use super::context::Step;
use super::facts::{Access, Appointment, Event, EventKind, Facts, PersonFacts, StaffFacts};
use crate::state::{Trust, TrustError};
use fhir::json::Json;
use fhir::{Reference, ResourceId, ResourceType};
use gate::{Action, AgentId, Asker, Permit, Purpose, RelationKind, RequestId, Role, ScopeError, SmartScopes};
use record::error::{RecordError, Refusal};
use record::log::Draft;
use record::{Resource, Search};
use std::collections::{HashMap, hash_map};
use std::sync::Arc;

/// Entries of one member of staff about one person belong to one look while the pauses are no longer than this.
const LOOK_MS: i64 = 30 * 60 * 1_000;
/// An entry about more people than this is a list, not a look at anybody; a write about more is no occasion for one.
pub(super) const SUBJECTS_MAX: usize = 10;
/// The security tag of people in the public eye, in HL7's ActCode list.
const IN_THE_PUBLIC_EYE: &str = "CEL";

/// Looks of staff and what was written, from steps in the order of the log.
pub(super) fn story_of<'s>(steps: impl IntoIterator<Item = &'s Step>) -> (Vec<Access>, Vec<Event>) {
    let (mut looks, mut events) = (Vec::new(), Vec::new());
    let mut open: HashMap<(&str, &str, u32), (usize, i64)> = HashMap::new();
    for step in steps {
        events.extend(events_of(step));
        for subject in step.subjects.iter().filter(|_| step.is_look) {
            let relation = subject.relation.checked_sub(1).and_then(RelationKind::from_code);
            let key = (step.who.as_ref(), step.organisation.as_ref(), subject.part);
            let known = open.get(&key).filter(|(_, last_ms)| step.at_ms - last_ms <= LOOK_MS).map(|(place, _)| *place);
            let place = known.unwrap_or(looks.len());
            open.insert(key, (place, step.at_ms));
            match looks.get_mut(place) {
                Some(look) => {
                    let look: &mut Access = look;
                    look.relation = look.relation.or(relation);
                }
                None => looks.push(Access {
                    entry: step.sequence,
                    at_ms: step.at_ms,
                    staff: Arc::clone(&step.who),
                    organisation: Arc::clone(&step.organisation),
                    part: subject.part,
                    relation,
                }),
            }
        }
    }
    (looks, events)
}

/// Whether an entry is a look at a record by somebody who cares for people or books for them.
pub(super) fn is_look_of_staff(draft: &Draft) -> bool {
    let is_staff = Role::parse(&draft.role).is_some_and(Role::is_staff);
    is_staff && matches!(draft.action.as_str(), "Read" | "Search" | "History" | "Export")
}

/// Whether an entry wrote into a record.
pub(super) fn is_write(draft: &Draft) -> bool {
    matches!(draft.action.as_str(), "Create" | "Update" | "Import")
}

fn events_of(step: &Step) -> impl Iterator<Item = Event> + '_ {
    let event = |(subject, kind): (&record::log::Subject, EventKind)| Event {
        at_ms: step.at_ms,
        part: subject.part,
        kind,
        by: Arc::clone(&step.who),
        organisation: Arc::clone(&step.organisation),
    };
    step.subjects.iter().flat_map(|subject| step.written.iter().map(move |kind| (subject, *kind))).map(event)
}

/// What sort of thing a resource type is; none for what is no occasion to look.
pub(super) fn event_kind(code: u8) -> Option<EventKind> {
    Some(match ResourceType::from_code(code)?.name() {
        "Encounter" | "EpisodeOfCare" => EventKind::Encounter,
        "Appointment" => EventKind::Booking,
        "ServiceRequest" => EventKind::Referral,
        "Observation" | "DiagnosticReport" => EventKind::Result,
        "Communication" => EventKind::Message,
        "Task" => EventKind::Task,
        "Patient" | "Person" | "RelatedPerson" | "Consent" | "AuditEvent" | "Binary" | "Provenance" => return None,
        _ => EventKind::Note,
    })
}

/// The platform's own asker: it may do what its rule and these scopes say, and no more.
fn asker() -> Result<Arc<Asker>, TrustError> {
    let kinds = ["AuditEvent", "Patient", "Person", "Appointment", "Practitioner", "PractitionerRole"];
    let scopes = kinds.map(|kind| format!("system/{kind}.rs")).join(" ");
    let scopes = SmartScopes::parse(&scopes).map_err(|_: ScopeError| RecordError::not_found())?;
    let who = AgentId::parse("service/reconciliation").ok_or_else(RecordError::not_found)?;
    Ok(Arc::new(Asker::service(who, "The check of accesses", scopes)))
}

/// Asks the record for what reconciliation needs to know.
pub(super) struct Gatherer<'t> {
    trust: &'t Trust,
    read: Permit,
    search: Permit,
}

impl<'t> Gatherer<'t> {
    /// With leave of the platform's own rule.
    pub(super) fn new(trust: &'t Trust, request: &RequestId) -> Result<Self, TrustError> {
        let asker = asker()?;
        let read = trust.permit(&asker, Purpose::Audit, Action::Read, request)?;
        let search = trust.permit(&asker, Purpose::Audit, Action::Search, request)?;
        Ok(Self { trust, read, search })
    }

    /// Leave to search, which is also leave to read the log.
    pub(super) fn permit(&self) -> &Permit {
        &self.search
    }

    /// What is known of the people and the staff of these looks.
    pub(super) fn facts(&self, looks: &[&Access]) -> Result<Facts, TrustError> {
        let mut facts = Facts::default();
        let earliest_ms = looks.iter().map(|look| look.at_ms).min().unwrap_or(0);
        for look in looks {
            if let hash_map::Entry::Vacant(place) = facts.people.entry(look.part) {
                place.insert(self.person(look.part, earliest_ms)?);
            }
            if !facts.staff.contains_key(&look.staff) {
                facts.staff.insert(Arc::clone(&look.staff), self.staff(&look.staff)?);
            }
        }
        Ok(facts)
    }

    fn person(&self, part: u32, earliest_ms: i64) -> Result<PersonFacts, TrustError> {
        let Some(id) = self.trust.record().person_of(&self.search, part)? else { return Ok(PersonFacts::default()) };
        let Some(patient) = self.one(ResourceType::PATIENT, &id)? else { return Ok(PersonFacts::default()) };
        let tree = patient.tree()?;
        let reference = format!("Patient/{}", id.as_str());
        let mut person = PersonFacts {
            surnames: surnames(&tree),
            homes: homes(&tree),
            died_ms: died_ms(&tree, patient.updated_ms),
            is_flagged: is_flagged(&tree),
            works_for: self.works_for(&reference)?,
            appointments: Vec::new(),
        };
        let since = jiff::Timestamp::from_millisecond(earliest_ms.saturating_sub(8 * 24 * 3_600_000));
        let since = format!("ge{}", kit::format::day(since.unwrap_or(jiff::Timestamp::UNIX_EPOCH)));
        for found in self.found("Appointment", &[("patient", &reference), ("date", &since), ("_count", "100")])? {
            person.appointments.extend(appointment(&found.tree()?));
        }
        Ok(person)
    }

    /// A professional's names and home; her home is also that of the Patient whom she is, where a Person links the two.
    fn staff(&self, reference: &str) -> Result<StaffFacts, TrustError> {
        let mut staff = StaffFacts::default();
        if let Some((kind, id)) = local(reference)
            && let Some(practitioner) = self.one(kind, &id)?
        {
            let tree = practitioner.tree()?;
            staff = StaffFacts { surnames: surnames(&tree), homes: homes(&tree) };
        }
        for (kind, id) in self.linked(reference)? {
            if kind == ResourceType::PATIENT
                && let Some(patient) = self.one(kind, &id)?
            {
                let tree = patient.tree()?;
                staff.surnames.extend(surnames(&tree));
                staff.homes.extend(homes(&tree));
            }
        }
        Ok(staff)
    }

    /// The organisations for which a person in care works, where a Person links her to a Practitioner.
    fn works_for(&self, patient: &str) -> Result<Vec<Arc<str>>, TrustError> {
        let mut organisations = Vec::new();
        for (kind, id) in self.linked(patient)? {
            if kind.name() != "Practitioner" {
                continue;
            }
            let practitioner = format!("Practitioner/{}", id.as_str());
            for role in self.found("PractitionerRole", &[("practitioner", &practitioner)])? {
                let tree = role.tree()?;
                organisations.extend(tree.at(&["organization", "reference"]).and_then(Json::text).map(Arc::from));
            }
        }
        Ok(organisations)
    }

    /// What the same human being is elsewhere in the record, by Person resources.
    fn linked(&self, reference: &str) -> Result<Vec<(ResourceType, ResourceId)>, TrustError> {
        let mut linked = Vec::new();
        for person in self.found("Person", &[("link", reference)])? {
            let tree = person.tree()?;
            let links = tree.get("link").map(Json::items).unwrap_or_default();
            let targets = links.iter().filter_map(|link| link.at(&["target", "reference"])?.text());
            linked.extend(targets.filter(|target| *target != reference).filter_map(local));
        }
        Ok(linked)
    }

    fn one(&self, kind: ResourceType, id: &ResourceId) -> Result<Option<Resource>, TrustError> {
        match self.trust.record().read(&self.read, kind, id) {
            Ok(resource) => Ok(Some(resource)),
            Err(error) if matches!(error.refusal, Refusal::NotFound | Refusal::Gone) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn found(&self, kind: &str, params: &[(&str, &str)]) -> Result<Vec<Resource>, TrustError> {
        let Some(kind) = ResourceType::parse(kind) else { return Ok(Vec::new()) };
        Ok(self.trust.record().search(&self.search, &Search::of(kind, params))?.matches)
    }
}

fn local(reference: &str) -> Option<(ResourceType, ResourceId)> {
    match Reference::parse(reference).ok()? {
        Reference::Local { kind, id, .. } => Some((kind, id)),
        _ => None,
    }
}

fn items<'j>(tree: &'j Json<'j>, member: &str) -> &'j [Json<'j>] {
    tree.get(member).map(Json::items).unwrap_or_default()
}

fn surnames(tree: &Json<'_>) -> Vec<String> {
    let names = items(tree, "name").iter().filter_map(|name| name.get("family")?.text());
    names.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

/// First line and postcode of every address that is not an old one; without a line it is no home.
fn homes(tree: &Json<'_>) -> Vec<String> {
    let is_old = |address: &&Json<'_>| address.get("use").and_then(Json::text) == Some("old");
    let home = |address: &Json<'_>| {
        let line = plain(items(address, "line").first()?.text()?);
        let postcode = plain(address.get("postalCode")?.text()?);
        (!line.is_empty() && !postcode.is_empty()).then(|| format!("{line} {postcode}"))
    };
    items(tree, "address").iter().filter(|address| !is_old(address)).filter_map(home).collect()
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// When somebody died; where only that is known, when the record learned of it at the latest.
fn died_ms(tree: &Json<'_>, updated_ms: i64) -> Option<i64> {
    if let Some(text) = tree.get("deceasedDateTime").and_then(Json::text) {
        return Some(fhir::date::FhirDateTime::parse(text).map_or(updated_ms, |date| date.span().from_ms));
    }
    tree.get("deceasedBoolean").and_then(Json::as_bool).filter(|is_dead| *is_dead).map(|_| updated_ms)
}

fn is_flagged(tree: &Json<'_>) -> bool {
    let tags = tree.get("meta").map(|meta| items(meta, "security")).unwrap_or_default();
    tags.iter().any(|tag| tag.get("code").and_then(Json::text) == Some(IN_THE_PUBLIC_EYE))
}

fn appointment(tree: &Json<'_>) -> Option<Appointment> {
    let start = fhir::date::FhirDateTime::parse(tree.get("start")?.text()?).ok()?;
    let actors = items(tree, "participant").iter().filter_map(|one| one.at(&["actor", "reference"])?.text());
    let status = tree.get("status").and_then(Json::text).unwrap_or_default();
    let is_real = !matches!(status, "cancelled" | "entered-in-error" | "noshow");
    is_real.then(|| Appointment { at_ms: start.span().from_ms, with: actors.map(Arc::from).collect() })
}
