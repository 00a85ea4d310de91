//! One person's entries, looked at one by one for rules that are about single entries.
//!
//! Only people who have made such a choice are held here. What cannot be told of an entry counts for a refusal and against a
//! permission: an entry without a date is in every refused stretch of time and in no permitted one.

use crate::error::RecordError;
use fhir::date::span_of;
use fhir::json::Json;
use fhir::search::Span;
use gate::consent::{Effect, Rule, Tie};
use std::collections::HashSet;
use std::sync::Arc;
use store::{KindSet, Part, Rid, Row, Store};

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
        let mut facts = Vec::new();
        for row in &store.read(|reader| reader.rows_in(part, KindSet::ALL))? {
            let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
            facts.push(Facts::of(row, &tree));
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
