//! What somebody else would see of a person's record: now, and after a choice that she is thinking about.
//!
//! The person asks with a permit for her own record; the other reader is a real permit too, as the rules would give it. Nothing
//! is guessed: the same filter decides as when that reader asks. Only she gets to know the answer, and that she asked is logged.

use crate::acting::whole_part;
use crate::choices::Trial;
use crate::error::RecordError;
use crate::logbook::{Outcome, draft};
use crate::read::Resource;
use crate::view::{Bound, View, rule};
use crate::{Inner, Record};
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit, Relation};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{KindSet, Part, Parts, Visibility};

/// How many examples of what changes are given.
pub const EXAMPLES_MAX: usize = 5;

/// A choice that is thought about: a Consent as it would be stored, and one that it would replace or end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Thought<'t> {
    /// The Consent that would be added.
    pub add: Option<&'t fhir::Json<'t>>,
    /// The Consent that would be no more.
    pub end: Option<&'t ResourceId>,
}

/// What another reader sees of the record, before and after.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// For each type that the person has entries of: how many there are, how many the reader sees now, and would see then.
    pub kinds: BTreeMap<ResourceType, Counts>,
    /// Some entries that the reader sees now and would no longer, newest first.
    pub hidden: Vec<Resource>,
    /// Some entries that the reader does not see now and would, newest first.
    pub shown: Vec<Resource>,
}

/// How many entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// There are.
    pub there: u64,
    /// The reader sees now.
    pub now: u64,
    /// The reader would see then.
    pub then: u64,
}

impl Preview {
    /// The counts of all types together.
    #[must_use]
    pub fn all(&self) -> Counts {
        self.kinds.values().fold(Counts::default(), |all, one| Counts {
            there: all.there + one.there,
            now: all.now + one.now,
            then: all.then + one.then,
        })
    }
}

impl Record {
    /// What the holder of `reader` would see of the record of the holder of `own`, if they cared for her.
    ///
    /// # Errors
    /// 404 when `own` reaches no record of the asker's own.
    pub fn preview(&self, own: &Permit, reader: &Permit, thought: &Thought<'_>) -> Result<Preview, RecordError> {
        let inner = &self.inner;
        inner.require(own, Action::Search)?;
        let part = whole_part(inner, own.asker())?.ok_or_else(RecordError::not_found)?;
        let hers = View::of(inner, own)?;
        let now = visibility(inner, reader, part, Trial::default())?;
        let directive = thought.add.and_then(gate::consent::Directive::parse);
        let then = visibility(inner, reader, part, Trial { add: directive, end: thought.end.cloned() })?;
        let mut rows = inner.store.read(|store| store.rows_in(part, KindSet::ALL))?;
        rows.retain(|row| hers.visibility.sees(row.rid, row.labels));
        rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.updated_ms, row.rid)));
        let mut preview = Preview::default();
        for row in rows {
            let (sees, would) = (now.sees(row.rid, row.labels), then.sees(row.rid, row.labels));
            let counts = preview.kinds.entry(row.kind).or_default();
            counts.there += 1;
            counts.now += u64::from(sees);
            counts.then += u64::from(would);
            let examples = match (sees, would) {
                (true, false) => &mut preview.hidden,
                (false, true) => &mut preview.shown,
                _ => continue,
            };
            if examples.len() < EXAMPLES_MAX {
                examples.push(Resource::of(row));
            }
        }
        let mut entry = draft(own, inner.clock.now_ms(), Outcome::Allowed);
        entry.query = format!("preview for {}", reader.role());
        entry.subjects.extend(hers.subject(part));
        entry.kinds = preview.kinds.keys().map(|kind| kind.code()).collect();
        inner.log_read(entry)?;
        Ok(preview)
    }
}

/// What the reader sees of this one person as somebody who cares for her.
fn visibility(inner: &Inner, reader: &Permit, part: Part, trial: Trial) -> Result<Visibility, RecordError> {
    let of_one = |relation: Relation| match relation {
        Relation::Anyone | Relation::Related => Some(Parts::one(part)),
        Relation::Own | Relation::Nobody => None,
    };
    let bound = Bound::of(inner, reader)?;
    let of = |scope: gate::Scope<'_>| Some(rule(&scope, bound.within(of_one(scope.relation)?)));
    let rules = reader.scopes().filter_map(of).collect();
    Ok(Visibility { rules, withheld: Arc::new(inner.choices.tried(inner, reader, part, trial)?) })
}
