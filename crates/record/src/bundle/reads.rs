//! The reads of a transaction that changes something.
//!
//! They are made on the writer, after the changes and before the commit: a read that fails takes everything back, as FHIR asks
//! (a server answers every entry of a transaction or rejects all of it), and whoever sends it again makes nothing twice. They see
//! what the asker might see when the transaction began, and hold the writer for seconds at most. Their entries of the log go with
//! the commit, one a person.

use super::budget::Budget;
use super::step::{Step, Target, at_entry};
use super::{EntryAnswer, Permits};
use crate::Record;
use crate::answering::looks;
use crate::clock::{Clock, Ids};
use crate::error::RecordError;
use crate::log::Draft;
use crate::logbook::{Outcome, draft, note};
use crate::read::{many, one, view_of_one, with_parts};
use crate::seal::Sealer;
use crate::search::{Answer, Question, Ready, Search};
use crate::view::View;
use fhir::{ResourceId, ResourceType};
use std::sync::Arc;
use store::{StoreError, Version, Writer};

/// The reads, with all that they need on the writer's thread.
pub(super) struct Reads {
    readings: Vec<Reading>,
    sealer: Arc<Sealer>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

struct Reading {
    index: usize,
    of: Of,
}

enum Of {
    One { view: Box<View>, entry: Box<Draft>, name: (ResourceType, ResourceId), version: Option<Version> },
    Many { search: Box<Search>, question: Box<Question>, ready: Box<Ready> },
}

/// Why nothing of a transaction was done, with the entry of a read that found nothing.
pub(super) struct Failed {
    pub(super) error: RecordError,
    pub(super) look: Option<Box<Draft>>,
}

impl From<RecordError> for Failed {
    fn from(error: RecordError) -> Self {
        Self { error, look: None }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        RecordError::from(error).into()
    }
}

impl Reads {
    /// Gets leave for the reads and works out what they may see.
    pub(super) fn ready(record: &Record, permits: Permits<'_>, steps: Vec<Step>) -> Result<Self, RecordError> {
        let ready = |step: Step| {
            let index = step.index;
            Reading::ready(record, permits, step).map_err(|error| at_entry(error, index))
        };
        let inner = &record.inner;
        Ok(Self {
            readings: steps.into_iter().map(ready).collect::<Result<_, _>>()?,
            sealer: Arc::clone(&inner.sealer),
            ids: Arc::clone(&inner.ids),
            clock: Arc::clone(&inner.clock),
        })
    }

    /// Reads; every answer with its place in the Bundle.
    pub(super) fn on(self, writer: &mut Writer<'_>, mut budget: Budget) -> Result<Vec<(usize, EntryAnswer)>, Failed> {
        budget.hold_the_writer(self.clock.now_ms());
        let seal = |context: &str, key: &store::PageKey| {
            self.sealer.seal(self.ids.as_ref(), context.as_bytes(), &key.0).map_err(RecordError::from)
        };
        let (mut answers, mut seen) = (Vec::new(), Vec::new());
        for Reading { index, of } in self.readings {
            budget.check(self.clock.now_ms()).map_err(|error| at_entry(error, index))?;
            let (answer, entry) = of.read(writer, &seal).map_err(|failed| failed.at(index))?;
            budget.spend(&answer);
            seen.push(entry);
            answers.push((index, answer));
        }
        looks(seen).iter().for_each(|look| writer.note(note(look)));
        Ok(answers)
    }
}

impl Failed {
    fn at(self, index: usize) -> Self {
        Self { error: at_entry(self.error, index), ..self }
    }
}

impl Reading {
    fn ready(record: &Record, permits: Permits<'_>, step: Step) -> Result<Self, RecordError> {
        let inner = &record.inner;
        let permit = permits(step.method.action(&step.target))?;
        let entry = || Box::new(draft(&permit, inner.clock.now_ms(), Outcome::Allowed));
        let of = match step.target {
            Target::One(kind, id) => Of::One {
                view: Box::new(view_of_one(inner, &permit, kind)?),
                entry: entry(),
                name: (kind, id),
                version: None,
            },
            Target::Version(kind, id, version) => Of::One {
                view: Box::new(View::of(inner, &permit)?),
                entry: entry(),
                name: (kind, id),
                version: Some(version),
            },
            Target::Many(kind) => {
                let search = Search { params: step.criteria.unwrap_or_default(), ..Search::of(kind, &[]) };
                let question = Question::read(search.clone())?;
                let ready = Box::new(Ready::of(inner, &permit, &question)?);
                Of::Many { search: Box::new(search), question: Box::new(question), ready }
            }
        };
        Ok(Self { index: step.index, of })
    }
}

/// Makes the token of a next page.
type Seal<'s> = &'s dyn Fn(&str, &store::PageKey) -> Result<String, RecordError>;

impl Of {
    fn read(self, writer: &Writer<'_>, seal: Seal<'_>) -> Result<(EntryAnswer, Draft), Failed> {
        match self {
            Self::One { view, mut entry, name: (kind, id), version } => {
                let found = match version {
                    None => writer.get(&view.visibility, kind, &id)?,
                    Some(version) => writer.version(&view.visibility, (kind, &id), version)?,
                };
                let found = with_parts(writer, found)?;
                match one(&mut entry, &view, (kind, &id), found) {
                    Ok(resource) => Ok((EntryAnswer::Read(Box::new(resource)), *entry)),
                    Err(error) => Err(Failed { error, look: Some(entry) }),
                }
            }
            Self::Many { search, question, ready } => {
                let Ready { view, context, request, mut entry } = *ready;
                let found = writer.search(&view.visibility, question.query(), &request)?;
                let next = found.next.as_ref().map(|key| seal(&context, key)).transpose()?;
                let answer = Answer { next, ..many(&mut entry, &view, found)? };
                Ok((EntryAnswer::Found(search, Box::new(answer)), entry))
            }
        }
    }
}
