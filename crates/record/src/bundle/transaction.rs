//! The one commit of a transaction.
//!
//! Ids are given and references rewritten before anything is stored. When no entry depends on what is in the record (no criteria,
//! no conditional reference) everything is made ready outside the writer, which then only inserts; otherwise the same work is done
//! inside, where nothing can change in between. Whoever is found by a condition has her entry of the log, and the reads come last.

use super::budget::Budget;
use super::reads::{Failed, Reads};
use super::step::{self, Method, Step, Target, at_entry, issue_at};
use super::{EntryAnswer, Permits};
use crate::error::{RecordError, Refusal};
use crate::read::Resource;
use crate::write::{Desk, Put, Written, other_id};
use crate::{Record, clock, numbered};
use fhir::issue::IssueCode;
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::Action;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use store::{Expect, Lane, Writer};

/// fullUrl to `Type/id`.
type Names = HashMap<String, String>;

/// A write of a transaction with the id that it is for.
struct Placed {
    step: Step,
    kind: ResourceType,
    id: ResourceId,
    /// Whether the id was given here, so that nothing can be under it.
    is_new: bool,
    /// What a conditional create found instead.
    found: Option<Resource>,
    /// Made ready, where that could be done outside the writer.
    put: Option<Put>,
}

/// The desks of the actions that the entries need.
struct Desks(Vec<(Action, Desk)>);

impl Desks {
    fn open(record: &Record, permits: Permits<'_>, placed: &[Placed]) -> Result<Self, RecordError> {
        let mut desks: Vec<(Action, Desk)> = Vec::new();
        for one in placed {
            let action = one.step.method.action(&one.step.target);
            if desks.iter().all(|(known, _)| *known != action) {
                desks.push((action, Desk::open(&record.inner, &permits(action)?)?));
            }
        }
        Ok(Self(desks))
    }

    fn of(&self, step: &Step) -> Result<&Desk, RecordError> {
        let action = step.method.action(&step.target);
        self.0.iter().find(|(known, _)| *known == action).map(|(_, desk)| desk).ok_or_else(RecordError::not_found)
    }
}

/// Does the writes and then the reads, all or none; answers each with its place in the Bundle.
pub(super) fn commit(
    record: &Record,
    permits: Permits<'_>,
    steps: Vec<Step>,
    reads: Reads,
) -> Result<Vec<(usize, EntryAnswer)>, RecordError> {
    let mut placed: Vec<Placed> = steps.into_iter().map(|step| place(record, step)).collect::<Result<_, _>>()?;
    placed.sort_by_key(|one| order(one.step.method));
    let desks = Desks::open(record, permits, &placed)?;
    let conditional = placed.iter().any(|one| one.step.criteria.is_some() || depends_on_others(&one.step));
    if !conditional {
        refuse_repeats(&placed)?;
        make_ready(&mut placed)?;
    }
    let done = record.inner.store.write(Lane::People, move |writer| -> Result<_, Failed> {
        if conditional {
            look_up(&desks, writer, &mut placed)?;
            refuse_repeats(&placed)?;
            make_ready(&mut placed)?;
        }
        let (mut answers, mut budget) = (Vec::with_capacity(placed.len()), Budget::of_changes());
        for one in placed {
            let index = one.step.index;
            let answer = budget.check(0).and_then(|()| apply(&desks, writer, one));
            let answer = answer.map_err(|error| at_entry(error, index))?;
            budget.spend(&answer);
            answers.push((index, answer));
        }
        answers.extend(reads.on(writer, budget)?);
        Ok(answers)
    });
    done.map_err(|Failed { error, look }| match look.map(|look| record.inner.log_read(*look)) {
        // That there was nothing is an answer, which leaves only with its entry of the log.
        Some(Err(unlogged)) => unlogged,
        _ => error,
    })
}

/// Deletions first, then creations, then updates (FHIR R4, 3.1.0.11.2).
fn order(method: Method) -> u8 {
    match method {
        Method::Delete => 0,
        Method::Post => 1,
        _ => 2,
    }
}

fn place(record: &Record, step: Step) -> Result<Placed, RecordError> {
    let (kind, named) = match (&step.target, step.method) {
        (Target::Many(kind), Method::Put) => (*kind, own_id(&step)),
        (Target::Many(kind), Method::Post | Method::Delete) => (*kind, None),
        (Target::One(kind, id), Method::Put | Method::Patch | Method::Delete) => (*kind, Some(id.clone())),
        _ => return Err(step::not_understood(step.index)),
    };
    let is_new = named.is_none();
    let id = named.map_or_else(|| clock::new_resource_id(record.inner.ids.as_ref()), Ok)?;
    if step.method != Method::Patch {
        step.check_kind(kind)?;
    }
    Ok(Placed { step, kind, id, is_new, found: None, put: None })
}

/// The id in the body of a conditional update.
fn own_id(step: &Step) -> Option<ResourceId> {
    let own = step.resource.as_ref()?.get("id")?.text()?;
    ResourceId::parse(own).ok()
}

/// Finds what criteria and conditional references mean, in the writer.
fn look_up(desks: &Desks, writer: &mut Writer<'_>, placed: &mut [Placed]) -> Result<(), RecordError> {
    for one in placed.iter_mut() {
        if let Some(criteria) = &one.step.criteria {
            let desk = desks.of(&one.step)?;
            one.found = desk.only_match(writer, one.kind, criteria).map_err(|error| at_entry(error, one.step.index))?;
            if let Some(found) = &one.found {
                if one.step.method == Method::Put && own_id(&one.step).is_some_and(|own| own != found.id) {
                    return Err(at_entry(other_id(), one.step.index));
                }
                one.id = found.id.clone();
                one.is_new = false;
            }
        }
    }
    for one in placed.iter_mut() {
        let (index, desk) = (one.step.index, desks.of(&one.step)?);
        let Some(resource) = one.step.resource.as_mut().filter(|_| one.step.method != Method::Patch) else { continue };
        let (mut failed, mut met) = (None, Vec::new());
        each_reference(resource, &mut |reference| {
            let Some((kind, query)) = conditional_reference(reference) else { return };
            let criteria = step::pairs(query);
            match desk.only_match(writer, kind, &criteria) {
                Ok(Some(found)) => {
                    *reference = Cow::Owned(found.reference());
                    met.push(found);
                }
                Ok(None) => {
                    let sentence = "A conditional reference finds no resource.";
                    failed = Some(issue_at(index, Refusal::PreconditionFailed, IssueCode::NotFound, sentence));
                }
                Err(error) => failed = Some(at_entry(error, index)),
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        met.dedup();
        // What is in nobody's record is named in the resource that refers to it, which has its own entry.
        met.iter().filter(|found| found.is_somebodys()).for_each(|found| desk.note_found(writer, found));
    }
    name_people(desks, writer, placed)
}

/// Fills in whom the resources are about that say so by NHS number alone: a person who is here, or one of this transaction.
fn name_people(desks: &Desks, writer: &Writer<'_>, placed: &mut [Placed]) -> Result<(), RecordError> {
    let patients = placed.iter().filter(|one| one.kind == ResourceType::PATIENT);
    let new: Vec<(String, ResourceId)> = patients
        .filter_map(|one| Some((one.step.resource.as_ref()?, &one.id)))
        .flat_map(|(patient, id)| {
            numbered::numbers_of(patient).into_iter().map(|number| (number.to_owned(), id.clone()))
        })
        .collect();
    for one in placed.iter_mut() {
        let (kind, index, desk) = (one.kind, one.step.index, desks.of(&one.step)?);
        let Some(resource) = one.step.resource.as_mut().filter(|_| one.step.method != Method::Patch) else { continue };
        let find = |number: &str| {
            let here = desk.person_with(writer, kind, number)?;
            let mut others = new.iter().filter(|(other, _)| other == number).map(|(_, id)| id);
            Ok(match (here, others.next(), others.next()) {
                (Some(here), ..) => Some(here),
                (None, Some(new), None) => Some(new.clone()),
                _ => None,
            })
        };
        numbered::fill_in(resource, &find).map_err(|error| at_entry(error, index))?;
    }
    Ok(())
}

fn refuse_repeats(placed: &[Placed]) -> Result<(), RecordError> {
    let mut seen = HashSet::new();
    for one in placed.iter().filter(|one| one.found.is_none() || one.step.method != Method::Post) {
        if !seen.insert((one.kind, one.id.as_str())) {
            let sentence =
                "Another entry of this transaction is for the same resource. Put one of them into a later request.";
            return Err(issue_at(one.step.index, Refusal::BadRequest, IssueCode::Duplicate, sentence));
        }
    }
    Ok(())
}

/// Rewrites references, checks and indexes every resource that will be stored.
fn make_ready(placed: &mut [Placed]) -> Result<(), RecordError> {
    let names: Names = placed
        .iter()
        .filter_map(|one| Some((one.step.full_url.clone()?, format!("{}/{}", one.kind.name(), one.id.as_str()))))
        .collect();
    for one in placed.iter_mut() {
        let is_stored = match one.step.method {
            Method::Post => one.found.is_none(),
            Method::Put => true,
            _ => false,
        };
        let Some(resource) = one.step.resource.as_mut().filter(|_| is_stored) else { continue };
        point_references(resource, &names);
        let expect = match (one.step.method, one.step.if_match) {
            (Method::Post, _) => Expect::Absent,
            (_, Some(version)) => Expect::Version(version),
            (_, None) if one.is_new => Expect::Absent,
            (_, None) => Expect::Any,
        };
        let index = one.step.index;
        one.put = Some(Put::of(one.kind, one.id.clone(), resource, expect).map_err(|error| at_entry(error, index))?);
    }
    Ok(())
}

fn apply(desks: &Desks, writer: &mut Writer<'_>, one: Placed) -> Result<EntryAnswer, RecordError> {
    let desk = desks.of(&one.step)?;
    let Placed { step, kind, id, found, put, .. } = one;
    let written = |written| EntryAnswer::Written(Box::new(written));
    match (step.method, put, found) {
        (_, Some(put), _) => desk.put(writer, put).map(written),
        (Method::Post, None, Some(resource)) => {
            desk.note_found(writer, &resource);
            Ok(written(Written { resource, created: false, changed: false, warnings: Vec::new() }))
        }
        (Method::Patch, ..) => {
            let operations = step.resource.ok_or_else(|| step::not_understood(step.index))?;
            desk.patch(writer, (kind, id), &operations, step.if_match).map(written)
        }
        (Method::Delete, _, found) if step.criteria.is_none() || found.is_some() => {
            desk.delete(writer, (kind, &id), step.if_match).map(|deleted| EntryAnswer::Deleted(Some(deleted)))
        }
        (Method::Delete, ..) => Ok(EntryAnswer::Deleted(None)),
        _ => Err(step::not_understood(step.index)),
    }
}

/// Replaces every reference (and every other text) that is exactly a fullUrl of the Bundle by the `Type/id` it got.
pub fn point_references<S: std::hash::BuildHasher>(resource: &mut Json<'static>, names: &HashMap<String, String, S>) {
    each_reference(resource, &mut |reference| {
        if let Some(name) = names.get(reference.as_ref()) {
            *reference = Cow::Owned(name.clone());
        }
    });
}

/// Gives `each` every `reference`, and every urn that stands alone.
fn each_reference(json: &mut Json<'static>, each: &mut dyn FnMut(&mut Cow<'static, str>)) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| each_reference(item, each)),
        Json::Object(members) => {
            for (key, value) in members {
                match value {
                    Json::Text(text) if key == "reference" || text.starts_with("urn:") => each(text),
                    other => each_reference(other, each),
                }
            }
        }
        _ => {}
    }
}

/// `Type?criteria`
fn conditional_reference(text: &str) -> Option<(ResourceType, &str)> {
    let (kind, query) = text.split_once('?')?;
    Some((ResourceType::parse(kind)?, query))
}

/// Whether a resource means others by what they are and not by where they are.
fn depends_on_others(step: &Step) -> bool {
    fn inside(json: &Json<'_>) -> bool {
        match json {
            Json::Array(items) => items.iter().any(inside),
            Json::Object(members) => members.iter().any(|(key, value)| match value {
                Json::Text(text) => key == "reference" && conditional_reference(text).is_some(),
                other => inside(other),
            }),
            _ => false,
        }
    }
    step.resource.as_ref().is_some_and(|resource| inside(resource) || numbered::is_by_number(resource))
}
