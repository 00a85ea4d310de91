//! What `_include` and `_revinclude` add to a page: visible resources that its rows point at, or that point at them.
//!
//! Each is added once and none that is a match already. `:iterate` goes on from what was added, for a bounded number
//! of rounds; a page that would carry more than the bound of includes is refused rather than silently cut.

use super::matcher::reference_target;
use crate::error::StoreError;
use crate::fid::Fid;
use crate::index::scan_within;
use crate::lists;
use crate::names::{Rid, RidRange};
use crate::posting::Place;
use crate::session::{KeptRow, Session};
use crate::spans::Stretch;
use crate::vector::GroupReference;
use crate::visibility::Visibility;
use fhir::ResourceType;
use fhir::search::{Include, ParamId, ParamKind, Query};
use std::collections::HashSet;
use std::ops::ControlFlow;

/// The includes of a page of matches.
pub(super) fn includes(
    session: &Session<'_>,
    visibility: &Visibility,
    query: &Query,
    matches: &[KeptRow],
) -> Result<Vec<KeptRow>, StoreError> {
    if query.includes.is_empty() && query.revincludes.is_empty() {
        return Ok(Vec::new());
    }
    let seen = matches.iter().map(|kept| kept.row.rid).collect();
    let mut gathering = Gathering { session, visibility, seen, added: Vec::new() };
    let mut from = 0;
    for round in 0..=session.limits.iterate_max {
        let rows: Vec<KeptRow> = match round {
            0 => matches.to_vec(),
            _ => gathering.added.iter().skip(from).cloned().collect(),
        };
        from = gathering.added.len();
        if rows.is_empty() {
            break;
        }
        for include in query.includes.iter().filter(|include| round == 0 || include.iterate) {
            gathering.forward(include, &rows)?;
        }
        for include in query.revincludes.iter().filter(|include| round == 0 || include.iterate) {
            gathering.backward(include, &rows)?;
        }
    }
    Ok(gathering.added)
}

struct Gathering<'g> {
    session: &'g Session<'g>,
    visibility: &'g Visibility,
    seen: HashSet<Rid>,
    added: Vec<KeptRow>,
}

impl Gathering<'_> {
    /// What the rows point at.
    fn forward(&mut self, include: &Include, rows: &[KeptRow]) -> Result<(), StoreError> {
        for kept in rows.iter().filter(|kept| kept.row.kind == include.source) {
            let groups = self.session.groups(&kept.vector);
            let mut targets = Vec::new();
            for group in groups.filter(|group| include.param.is_none_or(|param| group.has(param))) {
                targets.extend(reference_target(self.session, group, kept.row.rid, include.target)?);
            }
            for target in targets {
                self.add(target)?;
            }
        }
        Ok(())
    }

    /// What points at the rows.
    fn backward(&mut self, include: &Include, rows: &[KeptRow]) -> Result<(), StoreError> {
        let params: Vec<ParamId> = match include.param {
            Some(param) => vec![param],
            None => references_of(include.source),
        };
        for kept in rows.iter().filter(|kept| include.target.is_none_or(|target| target == kept.row.kind)) {
            let mut sources = self.posted(include.source, &params, kept)?;
            sources.extend(self.of_own_patient(include.source, &params, kept)?);
            sources.sort_unstable();
            for source in sources {
                self.add(source)?;
            }
        }
        Ok(())
    }

    fn posted(&self, source: ResourceType, params: &[ParamId], kept: &KeptRow) -> Result<Vec<Rid>, StoreError> {
        let mut rids = Vec::new();
        for param in params {
            let list = lists::reference_list(*param, kept.row.kind, Fid::of(&kept.row.id));
            let first = Place { list, sub: 0, rid: Rid::from_key(0) };
            let stretch = Stretch { first, last: Place { rid: Rid::from_key(i64::MAX), ..first } };
            scan_within(self.session.engine, &stretch, &[RidRange::of_kind(source)], &mut |entry| {
                rids.push(entry.rid);
                ControlFlow::Continue(())
            })?;
        }
        // A list is found by a hash: look at the reference itself.
        let mut confirmed = Vec::with_capacity(rids.len());
        for rid in rids {
            self.session.engine.row(rid, &mut |row| {
                let mut groups = self.session.groups(row.vector);
                let here = GroupReference::Local(kept.row.kind, Fid::of(&kept.row.id));
                if groups.any(|group| group.reference() == Some(here) && params.iter().any(|param| group.has(*param))) {
                    confirmed.push(rid);
                }
                Ok(ControlFlow::Break(()))
            })?;
        }
        Ok(confirmed)
    }

    /// References to the patient of the own part are not posted: the part is walked.
    fn of_own_patient(&self, source: ResourceType, params: &[ParamId], kept: &KeptRow) -> Result<Vec<Rid>, StoreError> {
        let mut rids = Vec::new();
        if kept.row.kind != ResourceType::PATIENT {
            return Ok(rids);
        }
        self.session.engine.rows(RidRange::of_part(source, kept.row.rid.part()), &mut |row| {
            let own = |group: crate::vector::Group<'_>| group.reference() == Some(GroupReference::OwnPatient);
            let mut groups = self.session.groups(row.vector);
            if groups.any(|group| own(group) && params.iter().any(|param| group.has(*param))) {
                rids.push(row.rid);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(rids)
    }

    fn add(&mut self, rid: Rid) -> Result<(), StoreError> {
        if self.seen.contains(&rid) {
            return Ok(());
        }
        let Some(kept) = self.session.visible_row(self.visibility, rid)? else { return Ok(()) };
        if self.added.len() >= self.session.limits.includes_max {
            return Err(StoreError::TooCostly(u64::try_from(self.session.limits.includes_max).unwrap_or(u64::MAX)));
        }
        self.seen.insert(rid);
        self.added.push(kept);
        Ok(())
    }
}

/// All reference parameters of a type, for `_revinclude=Type:*`.
fn references_of(kind: ResourceType) -> Vec<ParamId> {
    fhir::search::params(kind).filter(|param| param.kind == ParamKind::Reference).map(|param| param.id).collect()
}
