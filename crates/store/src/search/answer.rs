//! The page of an answer: candidates in, visible matches out, with total and next key.
//!
//! Visibility is asked before anything is counted, so hidden resources are felt nowhere: not in a total, not in a page
//! that is one short, not in the budget. What is examined is bounded; see `Limits`.

use super::include;
use super::matcher::Matcher;
use super::order::{Position, Resume, position};
use super::plan::{Candidates, plan};
use crate::answers::{PageRequest, SearchAnswer};
use crate::engine::{RowView, VisitRow, Visited};
use crate::error::StoreError;
use crate::names::{Part, Rid, RidRange};
use crate::session::{KeptRow, Session};
use crate::visibility::Visibility;
use fhir::ResourceType;
use fhir::search::{Condition, Query, Summary, Total};
use std::cell::Cell;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

/// Answers a search.
pub(crate) fn search(
    session: &Session<'_>,
    visibility: &Visibility,
    query: &Query,
    page: &PageRequest,
) -> Result<SearchAnswer, StoreError> {
    let matcher = Matcher::new(session, visibility, &query.conditions)?;
    let candidates = plan(session, visibility, (query.kind, &query.conditions))?;
    let resume = page.after.as_ref().map(Resume::read).transpose()?;
    let wants_count_only = page.count == 0 || query.count == Some(0) || query.summary == Summary::Count;
    let run = Run {
        session,
        visibility,
        matcher,
        total: match (&query.total, wants_count_only) {
            (_, true) | (Total::Accurate, _) => Wanted::Exactly,
            (Total::None, _) => Wanted::No,
            _ if resume.is_some() => Wanted::No,
            _ => Wanted::Cheaply,
        },
        count: if wants_count_only { 0 } else { page.count },
        after: resume.as_ref().map(|resume| resume.after.clone()),
    };
    let found = if query.sort.is_empty() { run.in_key_order(&candidates)? } else { run.sorted(query, &candidates)? };
    let total = found.total.or(resume.and_then(|resume| resume.total));
    finish(session, visibility, query, Found { total, ..found })
}

/// How much a total is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    No,
    Cheaply,
    Exactly,
}

struct Run<'r> {
    session: &'r Session<'r>,
    visibility: &'r Visibility,
    matcher: Matcher<'r>,
    total: Wanted,
    count: usize,
    after: Option<Position>,
}

/// The rows of a page, before includes.
struct Found {
    rows: Vec<KeptRow>,
    total: Option<u64>,
    /// The position of the last row, when more follow.
    last: Option<Position>,
}

impl Run<'_> {
    /// Without `_sort`: by key, stopping as soon as page and total are known.
    fn in_key_order(&self, candidates: &Candidates) -> Result<Found, StoreError> {
        match candidates {
            Candidates::Rids { rids, is_exact: true } if self.total != Wanted::No => {
                let found = self.walk_in_key_order(candidates, Wanted::No)?;
                Ok(Found { total: u64::try_from(rids.len()).ok(), ..found })
            }
            _ => self.walk_in_key_order(candidates, self.total),
        }
    }

    fn walk_in_key_order(&self, candidates: &Candidates, wanted: Wanted) -> Result<Found, StoreError> {
        let mut found = Found { rows: Vec::new(), total: None, last: None };
        let after = self.after.as_ref().map(|position| position.rid);
        let mut total = 0_u64;
        let mut is_complete = true;
        if self.count == 0 && wanted == Wanted::No {
            return Ok(found);
        }
        let start = after.filter(|_| wanted == Wanted::No);
        self.matches(candidates, start, &mut |row, examined| {
            total += 1;
            if after.is_none_or(|after| row.rid > after) {
                if found.rows.len() < self.count {
                    found.rows.push(self.session.keep(row)?);
                } else if found.last.is_none() {
                    found.last = found.rows.last().map(|last| Position { key: Vec::new(), rid: last.row.rid });
                }
            }
            let page_is_full = found.last.is_some() || self.count == 0;
            let enough = match wanted {
                Wanted::Exactly => false,
                Wanted::Cheaply => page_is_full && examined >= self.session.limits.counted_max,
                Wanted::No => page_is_full,
            };
            is_complete &= !enough;
            Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        found.total = (is_complete && wanted != Wanted::No).then_some(total);
        Ok(found)
    }

    /// With `_sort`: all matches are seen, the best of those after the page key are kept.
    fn sorted(&self, query: &Query, candidates: &Candidates) -> Result<Found, StoreError> {
        let mut best: BinaryHeap<Position> = BinaryHeap::new();
        let keep = self.count.saturating_add(1);
        let mut total = 0_u64;
        self.matches(candidates, None, &mut |row, _| {
            total += 1;
            if self.count == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            let position = position(self.session, &query.sort, row)?;
            let is_later = self.after.as_ref().is_none_or(|after| position > *after);
            if is_later && (best.len() < keep || best.peek().is_some_and(|worst| position < *worst)) {
                best.push(position);
                if best.len() > keep {
                    best.pop();
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let mut positions = best.into_sorted_vec();
        let has_more = positions.len() > self.count;
        positions.truncate(self.count);
        let rids: Vec<Rid> = positions.iter().map(|position| position.rid).collect();
        let mut rows = Vec::with_capacity(rids.len());
        self.session.engine.rows_of(&rids, &mut |row| {
            rows.push(self.session.keep(&row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        let last = if has_more { positions.pop() } else { None };
        Ok(Found { rows, total: (self.total != Wanted::No).then_some(total), last })
    }

    /// Calls `visit` for every visible match, in order of keys, with how many rows were examined so far.
    fn matches(
        &self,
        candidates: &Candidates,
        after: Option<Rid>,
        visit: &mut dyn FnMut(&RowView<'_>, u64) -> Visited,
    ) -> Result<(), StoreError> {
        let budget = self.session.limits.examined_max;
        let mut examined = 0_u64;
        let mut look = |row: RowView<'_>| {
            if !self.session.sees_row(self.visibility, &row)? {
                return Ok(ControlFlow::Continue(()));
            }
            examined += 1;
            if examined > budget {
                return Err(StoreError::TooCostly(budget));
            }
            if self.matcher.is_match(&row)? { visit(&row, examined) } else { Ok(ControlFlow::Continue(())) }
        };
        each_candidate(self.session, candidates, after, &mut look)
    }
}

/// Reads the rows of candidates that come after a key.
fn each_candidate(
    session: &Session<'_>,
    candidates: &Candidates,
    after: Option<Rid>,
    look: &mut VisitRow<'_>,
) -> Result<(), StoreError> {
    let is_over = Cell::new(false);
    let mut step = |row: RowView<'_>| {
        let flow = look(row)?;
        is_over.set(flow.is_break());
        Ok(flow)
    };
    match candidates {
        Candidates::Ranges(ranges) => {
            for range in ranges {
                let first = after.map_or(range.first, |after| range.first.max(after.next()));
                if first <= range.last {
                    session.engine.rows(RidRange { first, last: range.last }, &mut step)?;
                }
                if is_over.get() {
                    break;
                }
            }
        }
        Candidates::Rids { rids, .. } => {
            let start = after.map_or(0, |after| rids.partition_point(|rid| *rid <= after));
            session.engine.rows_of(rids.get(start..).unwrap_or_default(), &mut step)?;
        }
    }
    Ok(())
}

/// Visits every visible row of a type that satisfies conditions: the inner searches of chains and `_has`.
pub(super) fn matching_rows(
    session: &Session<'_>,
    visibility: &Visibility,
    (kind, conditions): (ResourceType, &[Condition]),
    visit: &mut dyn FnMut(&RowView<'_>) -> Visited,
) -> Result<(), StoreError> {
    let run = Run {
        session,
        visibility,
        matcher: Matcher::new(session, visibility, conditions)?,
        total: Wanted::No,
        count: 0,
        after: None,
    };
    let candidates = plan(session, visibility, (kind, conditions))?;
    run.matches(&candidates, None, &mut |row, _| visit(row))
}

/// Whether any visible row satisfies conditions.
pub(super) fn any_match(
    session: &Session<'_>,
    visibility: &Visibility,
    question: (ResourceType, &[Condition]),
) -> Result<bool, StoreError> {
    let mut found = false;
    matching_rows(session, visibility, question, &mut |_| {
        found = true;
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

fn finish(
    session: &Session<'_>,
    visibility: &Visibility,
    query: &Query,
    found: Found,
) -> Result<SearchAnswer, StoreError> {
    let includes = include::includes(session, visibility, query, &found.rows)?;
    let mut answer = SearchAnswer {
        next: found.last.map(|after| Resume { after, total: found.total }.write()),
        total: found.total,
        ..SearchAnswer::default()
    };
    answer.matches = found.rows.into_iter().map(|kept| kept.row).collect();
    answer.includes = includes.into_iter().map(|kept| kept.row).collect();
    answer.parts_touched = parts_touched(session, &answer)?;
    Ok(answer)
}

/// The patients of whom an answer shows something.
pub(crate) fn parts_touched(session: &Session<'_>, answer: &SearchAnswer) -> Result<Vec<Part>, StoreError> {
    let mut parts = Vec::new();
    for row in answer.matches.iter().chain(&answer.includes) {
        parts.extend(session.parts_of(row)?);
    }
    parts.retain(|part| *part != Part::SHARED);
    parts.sort_unstable();
    parts.dedup();
    Ok(parts)
}
