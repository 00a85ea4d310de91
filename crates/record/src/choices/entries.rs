//! One person's entries, looked at one by one for rules that are about single entries.
//!
//! Only people who have made such a choice are held here. What cannot be told of an entry counts for a refusal and against a
//! permission: an entry without a date is in every refused stretch of time and in no permitted one.

use crate::error::RecordError;
use fhir::date::span_of;
use fhir::json::Json;
use fhir::search::Span;
use fhir::{ResourceId, ResourceType};
use gate::consent::{Effect, Rule, Tie};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store::{Found, KindSet, Part, Rid, Row, Store, Visibility};

/// Members that say when something happened, the best first.
const DATES: [&str; 17] = [
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveInstant",
    "performedDateTime",
    "performedPeriod",
    "occurrenceDateTime",
    "occurrencePeriod",
    "onsetDateTime",
    "onsetPeriod",
    "period",
    "start",
    "authoredOn",
    "date",
    "whenHandedOver",
    "recordedDate",
    "issued",
    "created",
];
/// Members that say who wrote an entry or stands for it.
const AUTHORS: [&str; 9] =
    ["author", "performer", "recorder", "asserter", "requester", "informationSource", "source", "sender", "attester"];

/// How a reference to somebody in a role begins.
const ROLE: &str = "PractitionerRole/";

/// What the rules need to know of one person's entries.
pub(super) struct Entries {
    known: Arc<HashSet<Rid>>,
    facts: Vec<Facts>,
}

struct Facts {
    rid: Rid,
    name: String,
    codes: Vec<(Option<String>, String)>,
    refers_to: Vec<String>,
    authors: Vec<String>,
    when: Option<Span>,
}

impl Entries {
    /// Looks at every entry of the person.
    pub(super) fn read(store: &Store, part: Part) -> Result<Self, RecordError> {
        let (mut facts, mut roles) = (Vec::new(), HashMap::new());
        for row in &store.read(|reader| reader.rows_in(part, KindSet::ALL))? {
            let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
            let mut one = Facts::of(row, &tree);
            one.add_who_stands_behind(store, &mut roles)?;
            facts.push(one);
        }
        let known = Arc::new(facts.iter().map(|facts| facts.rid).collect());
        Ok(Self { known, facts })
    }

    /// The entries that were looked at.
    pub(super) fn known(&self) -> Arc<HashSet<Rid>> {
        Arc::clone(&self.known)
    }

    /// The entries that a rule is about, as far as codes, names and times go.
    pub(super) fn about(&self, rule: &Rule) -> Arc<HashSet<Rid>> {
        Arc::new(self.facts.iter().filter(|facts| facts.fit(rule)).map(|facts| facts.rid).collect())
    }
}

impl Facts {
    fn of(row: &Row, tree: &Json<'_>) -> Self {
        let (mut codes, mut refers_to) = (Vec::new(), Vec::new());
        collect(tree, &mut codes, &mut refers_to);
        let mut authors = Vec::new();
        for author in AUTHORS.iter().filter_map(|member| tree.get(member)) {
            collect(author, &mut Vec::new(), &mut authors);
        }
        let when = DATES.iter().find_map(|member| tree.get(member)).and_then(span_of);
        let name = format!("{}/{}", row.kind.name(), row.id.as_str());
        Self { rid: row.rid, name, codes, refers_to, authors, when }
    }

    /// Who wrote as somebody in a role wrote as that professional, and for that organisation.
    fn add_who_stands_behind(
        &mut self,
        store: &Store,
        roles: &mut HashMap<String, Vec<String>>,
    ) -> Result<(), RecordError> {
        for place in 0..self.authors.len() {
            let Some(role) = self.authors.get(place).filter(|author| author.starts_with(ROLE)).cloned() else {
                continue;
            };
            let named = match roles.entry(role) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let named = behind(store, unknown.key())?;
                    unknown.insert(named)
                }
            };
            self.authors.extend(named.iter().cloned());
        }
        Ok(())
    }

    fn fit(&self, rule: &Rule) -> bool {
        let data = &rule.data;
        let has_code = |(system, code): &(Option<String>, String)| {
            self.codes.iter().any(|(own_system, own)| own == code && (system.is_none() || own_system == system))
        };
        let is_tied = |entry: &gate::consent::Entry| {
            let refers = || self.refers_to.contains(&entry.reference);
            match entry.tie {
                Tie::Instance => self.name == entry.reference,
                Tie::Related => self.name == entry.reference || refers(),
                Tie::Dependents => refers(),
                Tie::AuthoredBy => self.authors.contains(&entry.reference),
            }
        };
        let is_then = |period: &Span| match self.when {
            Some(when) => when.from_ms < period.until_ms && period.from_ms < when.until_ms,
            None => rule.effect == Effect::Deny,
        };
        data.codes.as_ref().is_none_or(|codes| codes.iter().any(has_code))
            && data.entries.as_ref().is_none_or(|entries| entries.iter().any(is_tied))
            && data.period.as_ref().is_none_or(is_then)
    }
}

/// The professional and the organisation of a PractitionerRole, as references.
fn behind(store: &Store, role: &str) -> Result<Vec<String>, RecordError> {
    let id = role.strip_prefix(ROLE).and_then(|id| ResourceId::parse(id).ok());
    let Some((id, kind)) = id.zip(ResourceType::parse("PractitionerRole")) else { return Ok(Vec::new()) };
    let found = store.read(|reader| reader.get(&Visibility::everything(), kind, &id))?;
    let Some(Found::Here(row)) = found else { return Ok(Vec::new()) };
    let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
    let named = |member: &str| tree.at(&[member, "reference"]).and_then(Json::text).map(without_version);
    Ok(["practitioner", "organization"].into_iter().filter_map(named).collect())
}

/// Every coding and every reference anywhere below `json`.
fn collect(json: &Json<'_>, codes: &mut Vec<(Option<String>, String)>, references: &mut Vec<String>) {
    for item in if matches!(json, Json::Array(_)) { json.items() } else { &[] } {
        collect(item, codes, references);
    }
    let text = |member: &str| json.get(member).and_then(Json::text).map(str::to_owned);
    if let Some(code) = text("code") {
        codes.push((text("system"), code));
    }
    references.extend(text("reference").map(|reference| without_version(&reference)));
    for (_, value) in json.members() {
        collect(value, codes, references);
    }
}

fn without_version(reference: &str) -> String {
    reference.split("/_history/").next().unwrap_or(reference).to_owned()
}
