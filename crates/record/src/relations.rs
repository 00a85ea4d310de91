//! Who has a care relationship with whom, read from the record itself.
//!
//! A registration, an open encounter, an appointment, a referral, a caseload, a residence or a proxy grant is written in the
//! person's own resources. When such a resource is stored, the relationships that it makes are stored with it, in the same
//! transaction, each with the time that it lasts; when it changes or goes, so do they. Nothing here decides what a
//! relationship allows: that is for crate `gate`.

use fhir::json::Json;
use fhir::{Reference, ResourceType};
use gate::RelationKind;
use store::Relation;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A professional may look into the record for this long after an encounter has ended: letters, results, follow-up.
pub const AFTER_ENCOUNTER_MS: i64 = 30 * DAY_MS;
/// ... this long before an appointment, to prepare it.
pub const BEFORE_APPOINTMENT_MS: i64 = 14 * DAY_MS;
/// ... and this long after it.
pub const AFTER_APPOINTMENT_MS: i64 = 7 * DAY_MS;

/// The kind number of a proxy grant. It makes nobody a professional with a care relationship: it lets a person choose, at
/// sign-in, for whom she acts.
pub const PROXY: u8 = 200;

/// The number under which relationships of `reference` (for example `Organization/elm`) are kept.
#[must_use]
pub fn actor(reference: &str) -> u64 {
    store::stable_hash(reference.as_bytes())
}

/// The relationships that `resource` makes between its patient and others.
#[must_use]
pub fn of(kind: ResourceType, resource: &Json<'_>) -> Vec<Relation> {
    let mut found = Found { relations: Vec::new() };
    match kind.name() {
        "Patient" => {
            found.add_all(RelationKind::RegisteredPractice.code(), &paths(resource, &["generalPractitioner"]), ALWAYS)
        }
        "Encounter" => encounter(resource, &mut found),
        "Appointment" => appointment(resource, &mut found),
        "ServiceRequest" if is(resource, "status", &["active", "on-hold"]) => {
            found.add_all(RelationKind::Referral.code(), &paths(resource, &["performer"]), ALWAYS);
        }
        "CareTeam" if is(resource, "status", &["active", "proposed"]) || resource.get("status").is_none() => {
            let actors = paths(resource, &["participant", "member"])
                .into_iter()
                .chain(paths(resource, &["managingOrganization"]));
            found.add_all(RelationKind::Caseload.code(), &actors.collect::<Vec<_>>(), period(resource.get("period")));
        }
        "EpisodeOfCare" if is(resource, "status", &["active", "onhold", "planned"]) => {
            let actors =
                paths(resource, &["managingOrganization"]).into_iter().chain(paths(resource, &["careManager"]));
            found.add_all(RelationKind::Residence.code(), &actors.collect::<Vec<_>>(), period(resource.get("period")));
        }
        "Consent" => proxy(resource, &mut found),
        _ => {}
    }
    found.relations
}

/// From and until, milliseconds since 1970 UTC.
type Lasting = (i64, i64);
const ALWAYS: Lasting = (i64::MIN, i64::MAX);

struct Found {
    relations: Vec<Relation>,
}

impl Found {
    fn add_all(&mut self, kind: u8, references: &[&str], (from_ms, until_ms): Lasting) {
        for reference in references {
            let Ok(Reference::Local { kind: target, id, .. }) = Reference::parse(reference) else { continue };
            if target == ResourceType::PATIENT && kind != PROXY {
                continue;
            }
            let actor = actor(&format!("{}/{}", target.name(), id.as_str()));
            let relation = Relation { actor, kind, from_ms, until_ms };
            if !self.relations.contains(&relation) {
                self.relations.push(relation);
            }
        }
    }
}

/// An open encounter, or one that ended not long ago.
fn encounter(resource: &Json<'_>, found: &mut Found) {
    let (from, ended) = period(resource.get("period"));
    let open = is(resource, "status", &["planned", "arrived", "triaged", "in-progress", "onleave"]);
    let until = match (open, ended) {
        (true, _) => i64::MAX,
        (false, i64::MAX) => return,
        (false, ended) => ended.saturating_add(AFTER_ENCOUNTER_MS),
    };
    if is(resource, "status", &["cancelled", "entered-in-error"]) {
        return;
    }
    let actors =
        paths(resource, &["serviceProvider"]).into_iter().chain(paths(resource, &["participant", "individual"]));
    found.add_all(RelationKind::OpenEncounter.code(), &actors.collect::<Vec<_>>(), (from, until));
}

fn appointment(resource: &Json<'_>, found: &mut Found) {
    if !is(resource, "status", &["proposed", "pending", "booked", "arrived", "fulfilled", "checked-in", "waitlist"]) {
        return;
    }
    let Some(start) = date(resource.get("start")) else { return };
    let end = date(resource.get("end")).unwrap_or(start);
    let lasting = (start.0.saturating_sub(BEFORE_APPOINTMENT_MS), end.1.saturating_add(AFTER_APPOINTMENT_MS));
    found.add_all(RelationKind::Appointment.code(), &paths(resource, &["participant", "actor"]), lasting);
}

/// A proxy grant in the shape of the national Validated Relationships service: an active, permitting privacy consent whose
/// provision names who may act and for how long.
fn proxy(resource: &Json<'_>, found: &mut Found) {
    let permits = resource.at(&["provision", "type"]).and_then(Json::text).is_none_or(|kind| kind == "permit");
    if !is(resource, "status", &["active"]) || !permits {
        return;
    }
    let Some(provision) = resource.get("provision") else { return };
    found.add_all(PROXY, &paths(provision, &["actor", "reference"]), period(provision.get("period")));
}

fn is(resource: &Json<'_>, member: &str, values: &[&str]) -> bool {
    resource.get(member).and_then(Json::text).is_some_and(|text| values.contains(&text))
}

/// Every `reference` text found at `path` below `resource`, through lists.
fn paths<'a>(resource: &'a Json<'a>, path: &[&str]) -> Vec<&'a str> {
    let mut here = vec![resource];
    for part in path {
        here = here.into_iter().filter_map(|json| json.get(part)).flat_map(Json::items).collect();
    }
    here.into_iter().filter_map(|json| json.get("reference")).filter_map(Json::text).collect()
}

fn date(value: Option<&Json<'_>>) -> Option<Lasting> {
    let span = fhir::date::FhirDateTime::parse(value?.text()?).ok()?.span();
    Some((span.from_ms, span.until_ms))
}

fn period(value: Option<&Json<'_>>) -> Lasting {
    let start = value.and_then(|period| date(period.get("start"))).map_or(i64::MIN, |start| start.0);
    let end = value.and_then(|period| date(period.get("end"))).map_or(i64::MAX, |end| end.1);
    (start, end)
}
