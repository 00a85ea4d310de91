//! Whether somebody could see a person's record or one entry of it, and why or why not, for the privacy officer.
//!
//! The reader is a real permit, as the rules give it, put through the same view and filter as when that reader asks. The officer
//! learns yes or no and the reason, never what is there; that she asked stands in the person's log.

use crate::error::{RecordError, Refusal};
use crate::locks::{parsed, reach_everybodys_log};
use crate::log::Subject;
use crate::logbook::{Outcome, draft};
use crate::view::View;
use crate::{Inner, Record};
use fhir::issue::IssueCode;
use fhir::{ResourceId, ResourceType};
use gate::{Action, DataKind, Permit, Relation, RelationKind};
use std::sync::Arc;
use store::{Found, Labels, Part, Visibility, Withheld};

/// The word of such a question in the log.
pub const SIMULATED: &str = "Simulate";

/// About what it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose record.
    pub patient: &'a ResourceId,
    /// One entry, as `Type/id`; none for what a record holds in general.
    pub entry: Option<&'a str>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The relationship of the reader with the person now, as the record has it.
    pub relation: Option<RelationKind>,
    /// For each kind of data that was asked about: yes and by which rule, or why not.
    pub answers: Vec<(DataKind, Seen)>,
    /// Whether choices of the person withhold some or all of her record from this reader.
    pub has_refused: bool,
    /// Whether locks do.
    pub is_locked: bool,
}

/// Whether something would be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// By the rule with this id.
    Yes(String),
    /// A rule permits it, and a lock closes it.
    Locked,
    /// A rule permits it, and the person has refused it.
    Refused,
    /// The rules permit this kind, but not of a person to whom the reader stands so.
    NoRelation,
    /// The rules permit this kind, but no entry that is marked so private.
    TooPrivate,
    /// No rule permits this kind for this role and purpose.
    NoRule,
}

/// Everything that decides about one reader and one person.
struct Reading<'r> {
    permit: &'r Permit,
    view: View,
    locks: Withheld,
    part: Part,
}

impl Record {
    /// Whether the holder of `reader` would see what is asked about; in an emergency, as after declaring one for this person.
    ///
    /// # Errors
    /// 404 when `officer` does not reach everybody's log or there is no such person; 422 when the entry is not in her record.
    pub fn simulate(&self, officer: &Permit, reader: &Permit, asked: &Asked<'_>) -> Result<Simulated, RecordError> {
        let inner = &self.inner;
        inner.require(officer, Action::Search)?;
        let rule = reach_everybodys_log(officer)?;
        let part = inner.store.read(|store| store.part_of(asked.patient))?.ok_or_else(RecordError::not_found)?;
        let view = View::as_if_declared(inner, reader, part)?;
        let locks = inner.choices.locked(inner, reader.purpose(), &crate::choices::names(reader))?;
        let reading = Reading { permit: reader, view, locks, part };
        let answers = match asked.entry {
            None => DataKind::ALL.iter().filter_map(|kind| Some((*kind, reading.kind(*kind)?))).collect(),
            Some(entry) => vec![reading.entry(inner, entry)?],
        };
        let mut entry = draft(officer, inner.clock.now_ms(), Outcome::Allowed);
        SIMULATED.clone_into(&mut entry.action);
        entry.rule = rule;
        entry.query = reader.organisation().map_or_else(
            || reader.role().phrase().to_owned(),
            |organisation| format!("{} of {}", reader.role(), organisation.name),
        );
        entry.subjects.push(Subject { part: part.number(), relation: 0 });
        entry.count = u32::try_from(answers.len()).unwrap_or(u32::MAX);
        inner.log_read(entry)?;
        let is_locked = reading.locks.0.contains_key(&part.number());
        let has_refused = inner.choices.refused(inner, reader, part)?;
        Ok(Simulated { relation: reading.relation(), answers, has_refused, is_locked })
    }
}

impl Reading<'_> {
    fn relation(&self) -> Option<RelationKind> {
        let subject = self.view.subject(self.part)?;
        RelationKind::from_code(subject.relation.checked_sub(1)?)
    }

    /// A usual entry of a kind; none for kinds that are in nobody's record. Choices are told beside it.
    fn kind(&self, kind: DataKind) -> Option<Seen> {
        if matches!(kind, DataKind::Directory | DataKind::Knowledge | DataKind::Audit | DataKind::Administration) {
            return None;
        }
        let resource = kind.types().iter().next()?;
        if !self.admits(resource, Labels::NONE) {
            return Some(self.why_not(resource));
        }
        let denials = self.locks.0.get(&self.part.number()).map(|withholding| withholding.denials.as_slice());
        let shuts = |denial: &store::Denial| denial.what.rows.is_none() && denial.what.kinds.contains(resource);
        if denials.unwrap_or_default().iter().any(shuts) {
            return Some(Seen::Locked);
        }
        let relation = if self.relation().is_some() { Relation::Related } else { Relation::Anyone };
        let rule = self.permit.rule_for(relation, resource);
        Some(Seen::Yes(rule.map(|rule| rule.id.to_string()).unwrap_or_default()))
    }

    fn entry(&self, inner: &Inner, entry: &str) -> Result<(DataKind, Seen), RecordError> {
        let wrong = |sentence: &str| RecordError::new(Refusal::Unprocessable, IssueCode::NotFound, sentence);
        let (kind, id) = parsed(entry).ok_or_else(|| wrong("Name the entry as in the log, such as Condition/abc."))?;
        let found = inner.store.read(|store| store.get(&Visibility::everything(), kind, &id))?;
        let Some(Found::Here(row)) =
            found.filter(|found| matches!(found, Found::Here(row) if row.rid.part() == self.part))
        else {
            return Err(wrong("There is no such entry in this person's record."));
        };
        let data = DataKind::of(kind).ok_or_else(|| wrong("Nobody may use this kind of entry."))?;
        let open = Visibility { withheld: Arc::new(self.locks.clone()), ..Visibility::everything() };
        let seen = if self.view.visibility.sees(row.rid, row.labels) {
            Seen::Yes(self.view.rule_for(row.rid, row.labels).to_owned())
        } else if self.admits(kind, row.labels) {
            if open.sees(row.rid, row.labels) { Seen::Refused } else { Seen::Locked }
        } else if self.admits(kind, Labels::NONE) {
            Seen::TooPrivate
        } else {
            self.why_not(kind)
        };
        Ok((data, seen))
    }

    fn admits(&self, kind: ResourceType, labels: Labels) -> bool {
        self.view.admits(kind, labels, &[Some(self.part)])
    }

    fn why_not(&self, kind: ResourceType) -> Seen {
        let somewhere = |scope: gate::Scope<'_>| scope.types.contains(kind) && scope.relation != Relation::Nobody;
        if self.permit.scopes().any(somewhere) { Seen::NoRelation } else { Seen::NoRule }
    }
}
