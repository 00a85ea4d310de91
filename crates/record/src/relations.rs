//! Who has a care relationship with whom, read from the record itself.
//!
//! A registration, an open encounter, an appointment, a referral, a caseload, a residence or a proxy grant is written in the
//! person's own resources. When such a resource is stored, the relationships that it makes are stored with it, in the same
//! transaction, each with the time that it lasts; when it changes or goes, so do they. Nothing here decides what a
//! relationship allows: that is for crate `gate`.

use crate::numbered::{nhs_number, numbers_of};
use fhir::date::span_of;
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
/// The kind number of a grant that rests on parental responsibility: it ends on the child's 16th birthday as well.
pub const PARENT: u8 = 201;
/// The kind number under which a person asks that, where she works, only those see her record who are named in her care. It is
/// no relationship: it takes those away that somebody has through the organisation alone.
pub const AMONG_COLLEAGUES: u8 = 202;
/// The code of that wish among the security tags of a Patient, in [`gate::LABEL_SYSTEM`].
pub const STAFF: &str = "staff";
/// HL7's code for an employer among a person's contacts (`v2-0131`).
const EMPLOYER: &str = "E";
/// Under this the wish is kept where no employer is named: it holds at every organisation.
const EVERY_ORGANISATION: &str = "Organization";

/// The extension of a grant's actor that says when the person whom the number means was born, so that a number with a slip in
/// it lets nobody in.
pub const BIRTH_DATE: &str = "urn:commonweal:birth-date";

/// The extension of a Patient that names the pharmacy which she chose for her prescriptions (UK Core, as the national
/// Personal Demographics Service sends it).
pub const NOMINATED_PHARMACY: &str = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy";

/// Whether a kind number is that of a grant to act for somebody.
#[must_use]
pub const fn is_grant(kind: u8) -> bool {
    matches!(kind, PROXY | PARENT)
}

/// The number under which relationships of `reference` (for example `Organization/elm`) are kept.
#[must_use]
pub fn actor(reference: &str) -> u64 {
    store::stable_hash(reference.as_bytes())
}

/// The number under which grants to a person are kept whom a connected system names by NHS number alone.
#[must_use]
pub(crate) fn actor_by_number_alone(nhs_number: &str) -> u64 {
    actor(&format!("{}|{nhs_number}", fhir::NhsNumber::SYSTEM))
}

/// The number under which grants to a person who is named by NHS number and date of birth are kept.
#[must_use]
pub fn actor_by_number(nhs_number: &str, born: &str) -> u64 {
    actor(&format!("{}|{nhs_number}|{born}", fhir::NhsNumber::SYSTEM))
}

/// The numbers under which grants to the person of a Patient resource are kept.
#[must_use]
pub(crate) fn actors_of_person(reference: &str, patient: Option<&Json<'_>>) -> Vec<u64> {
    let born = patient.and_then(|patient| patient.get("birthDate")).and_then(Json::text);
    let by_number = patient.map(numbers_of).unwrap_or_default().into_iter();
    let by_number = by_number.filter_map(|number| Some(actor_by_number(number, born?)));
    std::iter::once(actor(reference)).chain(by_number).collect()
}

/// Whether a child of whom this is the Patient resource is under 16; unknown is no.
#[must_use]
pub(crate) fn is_under_16(patient: &Json<'_>, now_ms: i64) -> bool {
    let sixteenth = |born: &str| {
        let year: u16 = born.get(..4)?.parse().ok()?;
        let day = format!("{:04}{}", year + 16, born.get(4..)?);
        Some(fhir::date::FhirDateTime::parse_date(&day).ok()?.span().from_ms)
    };
    patient.get("birthDate").and_then(Json::text).and_then(sixteenth).is_some_and(|end_ms| now_ms < end_ms)
}

/// The relationships that `resource` makes between its patient and others.
#[must_use]
pub fn of(kind: ResourceType, resource: &Json<'_>) -> Vec<Relation> {
    let mut found = Found { relations: Vec::new() };
    match kind.name() {
        "Patient" => {
            found.add_all(RelationKind::RegisteredPractice.code(), &paths(resource, &["generalPractitioner"]), ALWAYS);
            nominated_pharmacy(resource, &mut found);
            among_colleagues(resource, &mut found);
        }
        "Encounter" => encounter(resource, &mut found),
        "Appointment" => appointment(resource, &mut found),
        "ServiceRequest" if is(resource, "status", &["active", "on-hold"]) => {
            found.add_all(RelationKind::Referral.code(), &paths(resource, &["performer"]), ALWAYS);
        }
        "CareTeam" if is(resource, "status", &["active", "proposed"]) || resource.get("status").is_none() => {
            care_team(resource, &mut found);
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

/// Counts the changes of how [`of`] reads a resource: add one when you make one, and what was read before is read anew.
pub(crate) const READING: u32 = 2;

/// From and until, milliseconds since 1970 UTC.
type Lasting = (i64, i64);
const ALWAYS: Lasting = (i64::MIN, i64::MAX);
const NEVER: Lasting = (i64::MAX, i64::MIN);

/// The time that both cover.
fn both((from_ms, until_ms): Lasting, (other_from_ms, other_until_ms): Lasting) -> Lasting {
    (from_ms.max(other_from_ms), until_ms.min(other_until_ms))
}

struct Found {
    relations: Vec<Relation>,
}

impl Found {
    fn add_all(&mut self, kind: u8, references: &[&str], (from_ms, until_ms): Lasting) {
        for reference in references {
            let Ok(Reference::Local { kind: target, id, .. }) = Reference::parse(reference) else { continue };
            if target == ResourceType::PATIENT && !is_grant(kind) {
                continue;
            }
            let actor = actor(&format!("{}/{}", target.name(), id.as_str()));
            self.add(Relation { actor, kind, from_ms, until_ms });
        }
    }

    fn add(&mut self, relation: Relation) {
        if relation.from_ms < relation.until_ms && !self.relations.contains(&relation) {
            self.relations.push(relation);
        }
    }
}

/// The pharmacy that a person chose: by reference, or by its code in the national directory of organisations.
fn nominated_pharmacy(patient: &Json<'_>, found: &mut Found) {
    let extensions = patient.get("extension").map(Json::items).unwrap_or_default();
    let kind = RelationKind::NominatedPharmacy.code();
    for chosen in extensions.iter().filter(|one| is(one, "url", &[NOMINATED_PHARMACY])) {
        let Some(pharmacy) = chosen.get("valueReference") else { continue };
        found.add_all(kind, &paths(chosen, &["valueReference"]), ALWAYS);
        if pharmacy.get("reference").is_none()
            && let Some(code) = pharmacy.get("identifier").and_then(ods_code)
        {
            let (from_ms, until_ms) = ALWAYS;
            found.add(Relation { actor: actor_by_code(code), kind, from_ms, until_ms });
        }
    }
}

/// Somebody who is in care where she works, and is tagged so, with her employer among her contacts.
fn among_colleagues(patient: &Json<'_>, found: &mut Found) {
    let tags = patient.at(&["meta", "security"]).map(Json::items).unwrap_or_default();
    if !tags.iter().any(|tag| is(tag, "system", &[gate::LABEL_SYSTEM]) && is(tag, "code", &[STAFF])) {
        return;
    }
    let contacts = patient.get("contact").map(Json::items).unwrap_or_default();
    let is_employer = |contact: &&Json<'_>| {
        let relationships = contact.get("relationship").map(Json::items).unwrap_or_default();
        let codings = relationships.iter().flat_map(|one| one.get("coding").map(Json::items).unwrap_or_default());
        codings.into_iter().any(|coding| is(coding, "code", &[EMPLOYER]))
    };
    let employers: Vec<&str> =
        contacts.iter().filter(is_employer).flat_map(|contact| paths(contact, &["organization"])).collect();
    let before = found.relations.len();
    found.add_all(AMONG_COLLEAGUES, &employers, ALWAYS);
    if found.relations.len() == before {
        let (from_ms, until_ms) = ALWAYS;
        found.add(Relation { actor: actor(EVERY_ORGANISATION), kind: AMONG_COLLEAGUES, from_ms, until_ms });
    }
}

/// The number under which the wish of those is kept who named no employer.
#[must_use]
pub(crate) fn actor_of_every_organisation() -> u64 {
    actor(EVERY_ORGANISATION)
}

/// Whether a reference names a professional, and not an organisation, a place or a team of them.
#[must_use]
pub(crate) fn names_a_professional(reference: &str) -> bool {
    ["Practitioner/", "PractitionerRole/"].iter().any(|kind| reference.starts_with(kind))
}

fn ods_code<'j>(identifier: &'j Json<'_>) -> Option<&'j str> {
    let is_ods = identifier.get("system").and_then(Json::text) == Some(fhir::OdsCode::SYSTEM);
    identifier.get("value").and_then(Json::text).filter(|_| is_ods)
}

/// The number under which relationships with an organisation that is named by its code are kept.
fn actor_by_code(code: &str) -> u64 {
    actor(&format!("{}|{code}", fhir::OdsCode::SYSTEM))
}

/// The numbers of an Organization besides that of its reference: those of its codes.
#[must_use]
pub(crate) fn actors_of_organisation(organisation: &Json<'_>) -> Vec<u64> {
    let identifiers = organisation.get("identifier").map(Json::items).unwrap_or_default();
    identifiers.iter().filter_map(ods_code).map(actor_by_code).collect()
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
    let kind = RelationKind::OpenEncounter.code();
    found.add_all(kind, &paths(resource, &["serviceProvider"]), (from, until));
    for one in resource.get("participant").map(Json::items).unwrap_or_default() {
        let (since, left) = period(one.get("period"));
        let there = both((from, until), (since, left.saturating_add(AFTER_ENCOUNTER_MS)));
        found.add_all(kind, &paths(one, &["individual"]), there);
    }
}

/// A team and its members, each for as long as she is in it.
fn care_team(resource: &Json<'_>, found: &mut Found) {
    let (kind, lasting) = (RelationKind::Caseload.code(), period(resource.get("period")));
    found.add_all(kind, &paths(resource, &["managingOrganization"]), lasting);
    for one in resource.get("participant").map(Json::items).unwrap_or_default() {
        found.add_all(kind, &paths(one, &["member"]), both(lasting, period(one.get("period"))));
    }
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
    let bases = resource.at(&["policyRule", "coding"]).map(Json::items).unwrap_or_default();
    let is_parent = bases.iter().any(|basis| is(basis, "code", &["parental-responsibility"]));
    let kind = if is_parent { PARENT } else { PROXY };
    let (from_ms, until_ms) = period(provision.get("period"));
    found.add_all(kind, &paths(provision, &["actor", "reference"]), (from_ms, until_ms));
    for holder in holders_by_number(provision) {
        found.add(Relation { actor: holder.actor(), kind, from_ms, until_ms });
    }
}

/// Somebody whom a grant names by number.
struct Holder<'j> {
    number: &'j str,
    /// The date of birth that must fit as well; none where the number is alone.
    born: Option<&'j str>,
}

impl Holder<'_> {
    fn actor(&self) -> u64 {
        self.born.map_or_else(|| actor_by_number_alone(self.number), |born| actor_by_number(self.number, born))
    }
}

/// Those whom a provision names by number only.
fn holders_by_number<'j>(provision: &'j Json<'_>) -> Vec<Holder<'j>> {
    let actors = provision.get("actor").map(Json::items).unwrap_or_default();
    let named = |reference: &'j Json<'_>| {
        if reference.get("reference").is_some() {
            return None;
        }
        let number = nhs_number(reference.get("identifier")?)?;
        let extensions = reference.get("extension").map(Json::items).unwrap_or_default();
        let born = match extensions.iter().find(|extension| is(extension, "url", &[BIRTH_DATE])) {
            Some(extension) => Some(extension.get("valueDate")?.text()?),
            None => None,
        };
        Some(Holder { number, born })
    };
    actors.iter().filter_map(|actor| actor.get("reference")).filter_map(named).collect()
}

/// The numbers under which those are kept whom a grant in force names by NHS number alone.
#[must_use]
pub(crate) fn by_number_alone(kind: ResourceType, resource: &Json<'_>) -> Vec<u64> {
    if kind != ResourceType::CONSENT || !of(kind, resource).iter().any(|relation| is_grant(relation.kind)) {
        return Vec::new();
    }
    let holders = resource.get("provision").map(holders_by_number).unwrap_or_default();
    holders.iter().filter(|holder| holder.born.is_none()).map(Holder::actor).collect()
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
    span_of(value?).map(|span| (span.from_ms, span.until_ms))
}

/// The time of a Period: for ever where none is said, and never where an end of it cannot be read.
fn period(value: Option<&Json<'_>>) -> Lasting {
    let Some(period) = value else { return ALWAYS };
    let is_readable = |end: &str| period.get(end).is_none_or(|end| span_of(end).is_some());
    if is_readable("start") && is_readable("end") { date(value).unwrap_or(ALWAYS) } else { NEVER }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(period: &str) -> Vec<i64> {
        let team = format!(
            r#"{{"resourceType":"CareTeam","status":"active","period":{period},"participant":[{{"member":{{"reference":"Practitioner/p"}}}}]}}"#
        );
        let team = fhir::json::parse(team.as_bytes()).unwrap();
        let kind = ResourceType::parse("CareTeam").unwrap();
        of(kind, &team).iter().map(|relation| relation.until_ms).collect()
    }

    #[test]
    fn a_time_that_cannot_be_read_relates_nobody_and_one_that_is_not_said_has_no_end() {
        assert_eq!(until("{}"), [i64::MAX]);
        assert_eq!(until(r#"{"start":"2026-01-01"}"#), [i64::MAX]);
        assert_eq!(until(r#"{"start":"2026-01-01","end":"1970-01-01"}"#), [] as [i64; 0], "it ends before it begins");
        assert_eq!(until(r#"{"start":"2026-01-01","end":"2026-13-45"}"#), [] as [i64; 0]);
        assert_eq!(until(r#"{"start":"soon"}"#), [] as [i64; 0]);
    }
}
