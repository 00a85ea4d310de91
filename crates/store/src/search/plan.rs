//! Where the candidates of a search come from.
//!
//! First the ranges are narrowed: to the parts that the reader may see, to the part of a patient that the query names.
//! Inside narrow ranges the lists by resource are entered where the ranges lie. Elsewhere the shortest list drives, and
//! others are intersected while that is cheaper than looking at rows. A plan may give more than the answer, never less.

use super::answer::matching_rows;
use super::matcher::has_targets;
use crate::error::StoreError;
use crate::index::{estimate, scan_within};
use crate::lists::EventParams;
use crate::names::{Rid, RidRange};
use crate::session::Session;
use crate::spans::{self, Stretch};
use crate::visibility::Visibility;
use fhir::ResourceType;
use fhir::search::{Condition, ParamId, SystemTest, Test};
use std::ops::ControlFlow;

/// The most parts of a reader that are walked one by one.
const PARTS_MAX: u64 = 64;
/// The most ranges that lists are entered for one by one.
const RANGES_MAX: usize = 128;
/// The most postings beside a patient's range that still count as narrow.
const NARROW_MAX: usize = 512;
/// The most targets of a chain that drive a search.
const CHAIN_TARGETS_MAX: usize = 256;
/// A set is intersected with a list that is at most so many times as long; beyond, rows are quicker.
const INTERSECT_RATIO: usize = 60;

/// The candidates.
#[derive(Debug)]
pub(super) enum Candidates {
    /// Every row of these ranges, which are in order and do not overlap.
    Ranges(Vec<RidRange>),
    /// These, in order.
    Rids {
        /// Their keys.
        rids: Vec<Rid>,
        /// Whether they are the answer itself: visible, and satisfying every condition.
        is_exact: bool,
    },
}

/// Where everything lies that can satisfy a condition: the union of the two.
struct Source {
    ranges: Vec<RidRange>,
    stretches: Vec<Stretch>,
    /// Whether the stretches hold nothing else.
    is_exact: bool,
}

/// Chooses the candidates for a query.
pub(super) fn plan(
    session: &Session<'_>,
    visibility: &Visibility,
    (kind, conditions): (ResourceType, &[Condition]),
) -> Result<Candidates, StoreError> {
    let planner = Planner { session, visibility, kind };
    if let Some(rids) = planner.listed(conditions)? {
        return Ok(Candidates::Rids { rids, is_exact: false });
    }
    let mut sources = Vec::new();
    for condition in conditions {
        sources.extend(planner.source(condition)?.map(|source| (condition, source)));
    }
    let ranges = planner.narrow(&mut sources)?;
    let is_narrow = ranges.len() != 1 || ranges.first() != Some(&RidRange::of_kind(kind));
    if let Some((events, params)) = planner.events(conditions).filter(|_| !is_narrow) {
        // Across the population, the event index holds less than the lists of code and date that it stands for.
        sources.retain(|(condition, _)| !is_about(condition, params));
        sources.extend(conditions.first().map(|any| (any, events)));
    }
    let sources: Vec<Source> = sources.into_iter().map(|(_, source)| source).collect();
    let every = conditions.len();
    let (found, exact) =
        if is_narrow { planner.inside(&sources, &ranges)? } else { planner.across(&sources, &ranges)? };
    Ok(match found {
        Some(Gathered { rids, has_multi }) => Candidates::Rids { rids, is_exact: exact == every && !has_multi },
        None => Candidates::Ranges(ranges),
    })
}

/// Whether a search has a driver that gives at most so many candidates.
pub(super) fn is_narrow(
    session: &Session<'_>,
    visibility: &Visibility,
    question: (ResourceType, &[Condition]),
    most: usize,
) -> Result<bool, StoreError> {
    let (kind, conditions) = question;
    let planner = Planner { session, visibility, kind };
    for condition in conditions {
        if matches!(condition, Condition::Id(_)) {
            return Ok(true);
        }
        if let Some(source) = planner.source(condition)?
            && planner.size(&source, most)?.is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Planner<'p> {
    session: &'p Session<'p>,
    visibility: &'p Visibility,
    kind: ResourceType,
}

/// Keys found in lists, in order.
struct Gathered {
    rids: Vec<Rid>,
    /// Whether one of them is in several parts, so that its visibility is not settled.
    has_multi: bool,
}

impl Planner<'_> {
    /// Candidates that a condition names one by one.
    fn listed(&self, conditions: &[Condition]) -> Result<Option<Vec<Rid>>, StoreError> {
        for condition in conditions {
            if let Condition::Id(ids) = condition {
                let mut rids = Vec::with_capacity(ids.len());
                for id in ids {
                    rids.extend(self.session.rid_of(self.kind, crate::fid::Fid::of(id))?);
                }
                return Ok(Some(in_order(rids)));
            }
        }
        // Where something else narrows the search, `_has` is left to the matcher.
        for condition in conditions {
            let Condition::Has { source, via, inner } = condition else { continue };
            let others = conditions.iter().filter(|other| *other != condition);
            if others.clone().any(|other| matches!(other, Condition::Compartment { .. })) {
                continue;
            }
            if let Some(targets) = has_targets(self.session, self.visibility, (*source, *via), inner)? {
                let of_kind = RidRange::of_kind(self.kind);
                return Ok(Some(targets.into_iter().filter(|rid| of_kind.contains(*rid)).collect()));
            }
        }
        Ok(None)
    }

    fn source(&self, condition: &Condition) -> Result<Option<Source>, StoreError> {
        Ok(match condition {
            Condition::Any { param, tests } => self.any(&[*param], tests)?,
            Condition::Compartment { kind, id, params } => {
                self.any(params, &[Test::Reference { kind: Some(*kind), id: id.clone() }])?
            }
            Condition::Chain { param, target, inner } => self.chain(*param, (*target, inner))?,
            Condition::AnyOf(conditions) => {
                let mut all = Source { ranges: Vec::new(), stretches: Vec::new(), is_exact: false };
                for condition in conditions {
                    let Some(source) = self.source(condition)? else { return Ok(None) };
                    all.ranges.extend(source.ranges);
                    all.stretches.extend(source.stretches);
                }
                Some(all)
            }
            _ => None,
        })
    }

    fn any(&self, params: &[ParamId], tests: &[Test]) -> Result<Option<Source>, StoreError> {
        let mut source = Source { ranges: Vec::new(), stretches: Vec::new(), is_exact: tests.iter().all(is_exact) };
        for test in tests {
            if let Test::Reference { kind: None | Some(ResourceType::PATIENT), id } = test
                && let Some(part) = self.session.part_of(id)?
            {
                source.ranges.push(RidRange::of_part(self.kind, part));
            }
        }
        for param in params {
            let Some(stretches) = spans::stretches(*param, tests) else { return Ok(None) };
            source.stretches.extend(stretches);
        }
        Ok(Some(source))
    }

    /// A chain whose targets are few: what refers to any of them.
    fn chain(
        &self,
        param: ParamId,
        (target, inner): (ResourceType, &[Condition]),
    ) -> Result<Option<Source>, StoreError> {
        if !is_narrow(self.session, self.visibility, (target, inner), CHAIN_TARGETS_MAX)? {
            return Ok(None);
        }
        let mut tests = Vec::new();
        matching_rows(self.session, self.visibility, (target, inner), &mut |row| {
            tests.extend(row.fid.id().map(|id| Test::Reference { kind: Some(target), id }));
            Ok(ControlFlow::Continue(()))
        })?;
        self.any(&[param], &tests)
    }

    /// The event index, when a query names both the code and the date of a type's events.
    fn events(&self, conditions: &[Condition]) -> Option<(Source, EventParams)> {
        let params = self.session.events_of(self.kind)?;
        let mut stretches = Vec::new();
        let codes = conditions.iter().find_map(|condition| match condition {
            Condition::Any { param, tests } if *param == params.code => codes(tests),
            _ => None,
        })?;
        let date = conditions.iter().find_map(|condition| match condition {
            Condition::Any { param, tests } if *param == params.date => match tests.as_slice() {
                [Test::Date(prefix, span)] => Some((*prefix, *span)),
                _ => None,
            },
            _ => None,
        })?;
        codes.iter().for_each(|code| stretches.extend(spans::events(self.kind, code, date)));
        Some((Source { ranges: Vec::new(), stretches, is_exact: false }, params))
    }

    /// About how many candidates a source has, when at most so many.
    fn size(&self, source: &Source, most: usize) -> Result<Option<usize>, StoreError> {
        // A range of a part counts as the usual number of a patient's resources of one type.
        const OF_A_PATIENT: usize = 100;
        let mut size = source.ranges.len() * OF_A_PATIENT;
        for stretch in &source.stretches {
            match estimate(self.session.engine, stretch, most)? {
                Some(entries) => size += entries,
                None => return Ok(None),
            }
        }
        Ok((size <= most).then_some(size))
    }

    /// The ranges outside of which there is no answer; takes the source that it used out of the list.
    fn narrow(&self, sources: &mut Vec<(&Condition, Source)>) -> Result<Vec<RidRange>, StoreError> {
        let seen = match self.visibility.only_parts(self.kind, PARTS_MAX) {
            Some(parts) => parts.into_iter().map(|part| RidRange::of_part(self.kind, part)).collect(),
            None => vec![RidRange::of_kind(self.kind)],
        };
        for place in 0..sources.len() {
            let Some((_, source)) = sources.get(place).filter(|(_, source)| !source.ranges.is_empty()) else {
                continue;
            };
            if source.ranges.len() > RANGES_MAX {
                continue;
            }
            let Some(found) = self.gather_few(&source.stretches, &seen)? else { continue };
            let singles = found.into_iter().map(|rid| RidRange { first: rid, last: rid });
            let ranges = merged(source.ranges.iter().copied().chain(singles).collect());
            sources.remove(place);
            return Ok(common(&ranges, &seen));
        }
        Ok(seen)
    }

    /// Inside narrow ranges: lists by resource are entered at the ranges; everything else is left to the rows.
    fn inside(&self, sources: &[Source], ranges: &[RidRange]) -> Result<(Option<Gathered>, usize), StoreError> {
        let mut found: Option<Gathered> = None;
        if ranges.len() > RANGES_MAX {
            return Ok((None, 0));
        }
        for source in sources.iter().filter(|source| source.is_by_resource() && source.ranges.is_empty()) {
            const FEW: usize = 8;
            if found.as_ref().is_some_and(|found| found.rids.len() <= FEW) {
                break;
            }
            let more = self.gather(&source.stretches, ranges)?;
            found = Some(match found {
                None => more,
                Some(found) => both(found, &more),
            });
        }
        Ok((found, 0))
    }

    /// Across the whole type: the shortest list drives. Says how many conditions the lists settled.
    fn across(&self, sources: &[Source], ranges: &[RidRange]) -> Result<(Option<Gathered>, usize), StoreError> {
        let most = self.session.limits.gathered_max;
        let mut sized = Vec::new();
        for source in sources {
            if let Some(size) = self.size(source, most)? {
                sized.push((size, source));
            }
        }
        sized.sort_by_key(|(size, _)| *size);
        let mut found: Option<Gathered> = None;
        let mut exact = 0;
        for (size, source) in sized {
            if found.as_ref().is_some_and(|found| size > found.rids.len().saturating_mul(INTERSECT_RATIO)) {
                break;
            }
            let mut more = self.gather(&source.stretches, ranges)?;
            for range in &source.ranges {
                // A patient's range beside a list: its rows are candidates one by one.
                self.session.engine.rows(*range, &mut |row| {
                    more.rids.push(row.rid);
                    Ok(ControlFlow::Continue(()))
                })?;
            }
            more.rids = in_order(more.rids);
            exact += usize::from(source.is_exact && source.ranges.is_empty());
            found = Some(match found {
                None => more,
                Some(found) => both(found, &more),
            });
        }
        Ok((found, exact))
    }

    /// The visible resources of some stretches, when they are few.
    fn gather_few(&self, stretches: &[Stretch], ranges: &[RidRange]) -> Result<Option<Vec<Rid>>, StoreError> {
        let mut rids = Vec::new();
        for stretch in stretches {
            scan_within(self.session.engine, stretch, ranges, &mut |entry| {
                rids.push(entry.rid);
                if rids.len() > NARROW_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            if rids.len() > NARROW_MAX {
                return Ok(None);
            }
        }
        Ok(Some(rids))
    }

    /// The visible resources of some stretches.
    fn gather(&self, stretches: &[Stretch], ranges: &[RidRange]) -> Result<Gathered, StoreError> {
        let mut rids = Vec::new();
        let mut has_multi = false;
        for stretch in stretches {
            scan_within(self.session.engine, stretch, ranges, &mut |entry| {
                if self.visibility.sees(entry.rid, entry.labels) {
                    has_multi |= entry.labels.is_multi();
                    rids.push(entry.rid);
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(Gathered { rids: in_order(rids), has_multi })
    }
}

impl Source {
    fn is_by_resource(&self) -> bool {
        !self.stretches.is_empty() && self.stretches.iter().all(|stretch| stretch.first.list.table.is_by_resource())
    }
}

/// Whether a list of this test holds exactly what satisfies it.
fn is_exact(test: &Test) -> bool {
    matches!(test, Test::Token { code: Some(_), .. } | Test::Uri(_))
}

/// Whether a condition is on the code or the date of an event.
fn is_about(condition: &Condition, params: EventParams) -> bool {
    matches!(condition, Condition::Any { param, .. } if *param == params.code || *param == params.date)
}

/// The codes of token tests, when all have one. The event lists do not tell systems apart; the matcher does.
fn codes(tests: &[Test]) -> Option<Vec<&str>> {
    let code = |test| match test {
        &Test::Token { system: SystemTest::Any | SystemTest::None | SystemTest::Is(_), code: Some(ref code) } => {
            Some(code.as_str())
        }
        _ => None,
    };
    tests.iter().map(code).collect()
}

fn in_order(mut rids: Vec<Rid>) -> Vec<Rid> {
    if !rids.is_sorted_by(|a, b| a < b) {
        rids.sort_unstable();
        rids.dedup();
    }
    rids
}

fn both(found: Gathered, more: &Gathered) -> Gathered {
    let mut others = more.rids.iter().peekable();
    let keep = |rid: &Rid| {
        while others.next_if(|other| *other < rid).is_some() {}
        others.peek() == Some(&rid)
    };
    let rids: Vec<Rid> = found.rids.into_iter().filter(keep).collect();
    Gathered { rids, has_multi: found.has_multi || more.has_multi }
}

/// Sorts ranges and joins those that touch.
fn merged(mut ranges: Vec<RidRange>) -> Vec<RidRange> {
    ranges.sort_unstable();
    let mut joined: Vec<RidRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.first <= last.last => last.last = last.last.max(range.last),
            _ => joined.push(range),
        }
    }
    joined
}

/// What lies in a range of both.
fn common(left: &[RidRange], right: &[RidRange]) -> Vec<RidRange> {
    let mut all = Vec::new();
    for a in left {
        for b in right {
            let range = RidRange { first: a.first.max(b.first), last: a.last.min(b.last) };
            if range.first <= range.last {
                all.push(range);
            }
        }
    }
    merged(all)
}
