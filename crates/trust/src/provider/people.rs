//! Who somebody is here, of whom a provider has said who she is there.
//!
//! A member of the public is the one Patient with her verified NHS number and date of birth; an unknown number and another date of birth
//! are the same answer, and nobody signs in as somebody who has died. A member of staff is the Practitioner with her national number,
//! in each organisation for which both the provider and our directory give her a role, as the configuration translates it. The record
//! is asked under a rule of its own, for this purpose alone, and logs it.

use super::claims::{National, NationalRole};
use super::roles::{KnownRole, role_of};
use super::{Provider, Verified};
use crate::state::{Trust, TrustError};
use fhir::json::Json;
use fhir::{NhsNumber, OdsCode, ResourceId, ResourceType};
use gate::{Action, AgentId, Asker, Organisation, Permit, Purpose, RequestId, Role, ScopeError, SmartScopes};
use record::error::{RecordError, Refusal};
use record::{Resource, Search};
use std::sync::Arc;

/// How many national roles of one person are looked at.
const ROLES_MAX: usize = 50;
/// How many codes a page repeats to somebody who has no role.
const SHOWN_MAX: usize = 5;
/// The national numbers of staff.
pub(crate) const STAFF_NUMBER: &str = "https://fhir.nhs.uk/Id/sds-user-id";

/// Somebody who can be signed in.
#[derive(Clone, Debug)]
pub(crate) struct Somebody {
    /// Who she is to the rules.
    pub(crate) asker: Arc<Asker>,
}

/// Why nobody is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoMatch {
    /// Nobody here fits what the provider says.
    #[error("nobody here fits")]
    Nobody,
    /// She is known, and none of the roles that the provider says she has is a role here: as `code at organisation`.
    #[error("no role here")]
    NoRole(Vec<String>),
    /// She has a role, and our directory does not say that she works in these organisations, by their ODS codes.
    #[error("not in the directory")]
    NotThere(Vec<String>),
    /// The record could not be asked.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl From<RecordError> for NoMatch {
    fn from(error: RecordError) -> Self {
        NoMatch::Trust(error.into())
    }
}

/// Asks the record for people, for sign-in alone.
struct Directory<'t> {
    trust: &'t Trust,
    search: Permit,
    read: Permit,
}

impl<'t> Directory<'t> {
    fn of(trust: &'t Trust, request: &RequestId) -> Result<Self, TrustError> {
        let kinds = ["Patient", "Practitioner", "PractitionerRole", "Organization"];
        let scopes = kinds.map(|kind| format!("system/{kind}.rs")).join(" ");
        let scopes = SmartScopes::parse(&scopes).map_err(|_: ScopeError| RecordError::not_found())?;
        let who = AgentId::parse("service/sign-in").ok_or_else(RecordError::not_found)?;
        let asker = Arc::new(Asker::service(who, "Sign-in", scopes));
        let search = trust.permit(&asker, Purpose::SignIn, Action::Search, request)?;
        let read = trust.permit(&asker, Purpose::SignIn, Action::Read, request)?;
        Ok(Self { trust, search, read })
    }

    fn found(&self, kind: ResourceType, params: &[(&str, &str)]) -> Result<Vec<Resource>, RecordError> {
        Ok(self.trust.record().search(&self.search, &Search::of(kind, params))?.matches)
    }

    /// The active resource with this reference.
    fn named(&self, reference: &str) -> Result<Option<Resource>, RecordError> {
        let Some((kind, id)) = reference.split_once('/') else { return Ok(None) };
        let (Some(kind), Ok(id)) = (ResourceType::parse(kind), ResourceId::parse(id)) else { return Ok(None) };
        match self.trust.record().read(&self.read, kind, &id) {
            Ok(found) if is_active(&found)? => Ok(Some(found)),
            Ok(_) => Ok(None),
            Err(error) if matches!(error.refusal, Refusal::NotFound | Refusal::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The one active resource with an identifier; none when there are several, for then it is not certain who is meant.
    fn one(&self, kind: ResourceType, system: &str, value: &str) -> Result<Option<Resource>, RecordError> {
        only(self.found(kind, &[("identifier", &format!("{system}|{value}")), ("_count", "2")])?)
    }
}

fn only(mut found: Vec<Resource>) -> Result<Option<Resource>, RecordError> {
    match (found.pop(), found.is_empty()) {
        (Some(resource), true) if is_active(&resource)? => Ok(Some(resource)),
        _ => Ok(None),
    }
}

/// A resource that does not say that it is out of use.
fn is_active(resource: &Resource) -> Result<bool, RecordError> {
    Ok(resource.tree()?.get("active").and_then(Json::as_bool) != Some(false))
}

/// The member of the public whom a provider has named.
pub(crate) fn person_of(trust: &Trust, verified: &Verified, request: &RequestId) -> Result<Somebody, NoMatch> {
    let number = verified.claims.nhs_number.as_deref().and_then(|text| NhsNumber::parse(text).ok());
    let (Some(number), Some(birthdate)) = (number, verified.birthdate.as_deref().filter(|text| is_date(text))) else {
        return Err(NoMatch::Nobody);
    };
    let identifier = format!("{}|{}", NhsNumber::SYSTEM, number.as_str());
    let directory = Directory::of(trust, request)?;
    let params = [("identifier", identifier.as_str()), ("birthdate", birthdate), ("_count", "2")];
    let patient = only(directory.found(ResourceType::PATIENT, &params)?)?.ok_or(NoMatch::Nobody)?;
    citizen(&patient)?.ok_or(NoMatch::Nobody)
}

/// Somebody's own way in to her record; none for somebody who has died.
fn citizen(patient: &Resource) -> Result<Option<Somebody>, RecordError> {
    let tree = patient.tree()?;
    let has_died =
        tree.get("deceasedDateTime").is_some() || tree.get("deceasedBoolean").and_then(Json::as_bool) == Some(true);
    let Some(who) = AgentId::parse(&patient.reference()).filter(|_| !has_died) else { return Ok(None) };
    let name = name_of(&tree).unwrap_or_else(|| "A member of the public".to_owned());
    let asker = Asker { patient: Some(patient.id.clone()), ..Asker::new(who, &name, Role::Citizen) };
    Ok(Some(Somebody { asker: Arc::new(asker) }))
}

/// Who has this id here, once for each role in which she works: a member of the public in her own record, a member of staff in the
/// roles that these lines name for the codes of her active PractitionerRoles.
pub(crate) fn known_here(
    trust: &Trust,
    (who, roles): (&AgentId, &[KnownRole]),
    request: &RequestId,
) -> Result<Vec<Somebody>, NoMatch> {
    let directory = Directory::of(trust, request)?;
    let resource = directory.named(who.as_str())?.ok_or(NoMatch::Nobody)?;
    match resource.kind {
        ResourceType::PATIENT => Ok(vec![citizen(&resource)?.ok_or(NoMatch::Nobody)?]),
        ResourceType::PRACTITIONER => staff_by_directory(&directory, (&resource, roles)),
        _ => Err(NoMatch::Nobody),
    }
}

fn staff_by_directory(
    directory: &Directory<'_>,
    (practitioner, roles): (&Resource, &[KnownRole]),
) -> Result<Vec<Somebody>, NoMatch> {
    let mut people: Vec<Somebody> = Vec::new();
    let params = [("practitioner", practitioner.reference()), ("_count", "50".to_owned())];
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for found in directory.found(ResourceType::PRACTITIONER_ROLE, &params)? {
        if !is_active(&found)? {
            continue;
        }
        let (codes, reference) = job(&found.tree()?);
        let Some(organisation) = reference.map(|one| directory.named(&one)).transpose()?.flatten() else { continue };
        let org_code = identifier_of(&organisation.tree()?, OdsCode::SYSTEM).unwrap_or_default();
        let national = codes.into_iter().map(|role_code| NationalRole { role_code, org_code: org_code.clone() });
        for role in national.filter_map(|national| role_of(roles, &national)) {
            let Some(asker) = working(directory, (practitioner, &organisation), role)? else { continue };
            let known = |one: &Somebody| one.asker.role == asker.role && one.asker.organisation == asker.organisation;
            if !people.iter().any(known) {
                people.push(Somebody { asker: Arc::new(asker) });
            }
        }
    }
    if people.is_empty() { Err(NoMatch::NoRole(Vec::new())) } else { Ok(people) }
}

/// The codes of a PractitionerRole, and the reference of its organisation.
fn job(tree: &Json<'_>) -> (Vec<String>, Option<String>) {
    let concepts = tree.get("code").map(Json::items).unwrap_or_default();
    let codings = concepts.iter().flat_map(|concept| concept.get("coding").map(Json::items).unwrap_or_default());
    let codes = codings.filter_map(|coding| coding.get("code").and_then(Json::text)).map(str::to_owned).collect();
    let organisation = tree.get("organization").and_then(|one| one.get("reference")).and_then(Json::text);
    (codes, organisation.map(str::to_owned))
}

/// The value of an identifier of one system.
fn identifier_of(tree: &Json<'_>, system: &str) -> Option<String> {
    let all = tree.get("identifier").map(Json::items).unwrap_or_default();
    let one = all.iter().find(|one| one.get("system").and_then(Json::text) == Some(system))?;
    one.get("value").and_then(Json::text).map(str::to_owned)
}

/// A whole date, as a search must not get a year alone.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// The member of staff whom a provider has named, once for each role that she can work in here.
pub(crate) fn staff_of(
    trust: &Trust,
    (provider, claims): (&Provider, &National),
    request: &RequestId,
) -> Result<Vec<Somebody>, NoMatch> {
    let number = claims.nhsid_useruid.as_deref().or(claims.uid.as_deref()).filter(|text| is_word(text));
    let number = number.ok_or(NoMatch::Nobody)?;
    let directory = Directory::of(trust, request)?;
    let found = directory.one(ResourceType::PRACTITIONER, STAFF_NUMBER, number)?;
    let practitioner = found.ok_or(NoMatch::Nobody)?;
    let (mut roles, mut unknown, mut elsewhere) = (Vec::<Somebody>::new(), Vec::new(), Vec::new());
    for national in claims.nhsid_nrbac_roles.iter().take(ROLES_MAX) {
        let code = national.org_code.as_str();
        let Some(role) = role_of(&provider.roles, national) else {
            unknown.push(format!("{} at {}", shown(&national.role_code), shown(code)));
            continue;
        };
        let organisation = match is_word(code) {
            true => directory.one(ResourceType::ORGANIZATION, OdsCode::SYSTEM, code)?,
            false => None,
        };
        let asker = match organisation {
            Some(organisation) => working(&directory, (&practitioner, &organisation), role)?,
            None => None,
        };
        let Some(asker) = asker else {
            elsewhere.push(shown(code));
            continue;
        };
        let known = |one: &Somebody| one.asker.role == asker.role && one.asker.organisation == asker.organisation;
        if !roles.iter().any(known) {
            roles.push(Somebody { asker: Arc::new(asker) });
        }
    }
    match (roles.is_empty(), elsewhere.is_empty()) {
        (false, _) => Ok(roles),
        (true, false) => Err(NoMatch::NotThere(few(elsewhere))),
        (true, true) => Err(NoMatch::NoRole(few(unknown))),
    }
}

/// The first few, each once.
fn few(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words.dedup();
    words.truncate(SHOWN_MAX);
    words
}

/// A code as a page may repeat it: only what codes are made of.
fn shown(code: &str) -> String {
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, ':' | '-');
    code.chars().filter(is_plain).take(40).collect()
}

/// She in an organisation, if the directory says that she works there.
fn working(
    directory: &Directory<'_>,
    (practitioner, organisation): (&Resource, &Resource),
    role: Role,
) -> Result<Option<Asker>, NoMatch> {
    let (her, there) = (practitioner.reference(), organisation.reference());
    let params = [("practitioner", her.as_str()), ("organization", there.as_str()), ("_count", "20")];
    let mut acts_as = vec![there.clone(), her.clone()];
    for found in directory.found(ResourceType::PRACTITIONER_ROLE, &params)? {
        if is_active(&found)? {
            acts_as.push(found.reference());
        }
    }
    if acts_as.len() == 2 {
        return Ok(None);
    }
    let Some(who) = AgentId::parse(&her) else { return Ok(None) };
    let name = name_of(&practitioner.tree()?).unwrap_or_else(|| "A member of staff".to_owned());
    let called = organisation.tree()?.get("name").and_then(Json::text).unwrap_or(there.as_str()).to_owned();
    let organisation = Some(Organisation { id: organisation.id.clone(), name: called });
    Ok(Some(Asker { organisation, acts_as, ..Asker::new(who, &name, role) }))
}

/// Whether a member of staff who signed in some time ago still works here, in one of the roles of that time.
pub(crate) fn still_works_here(trust: &Trust, asker: &Asker, request: &RequestId) -> Result<bool, TrustError> {
    let directory = Directory::of(trust, request)?;
    let roles: Vec<&str> =
        asker.acts_as.iter().map(String::as_str).filter(|one| one.starts_with("PractitionerRole/")).collect();
    for reference in roles {
        if directory.named(reference)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A code that may stand in a search: letters and digits.
fn is_word(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A name as people say it.
pub(crate) fn name_of(tree: &Json<'_>) -> Option<String> {
    let name = tree.get("name")?.items().first()?;
    if let Some(text) = name.get("text").and_then(Json::text) {
        return Some(text.to_owned());
    }
    let words = |member: &str| name.get(member).map(Json::items).unwrap_or_default().iter().filter_map(Json::text);
    let family = name.get("family").and_then(Json::text);
    let parts: Vec<&str> = words("prefix").chain(words("given")).chain(family).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
