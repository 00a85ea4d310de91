//! `$everything`: a patient's whole record, page by page, with what each page points at outside the record.
//!
//! The Patient comes first, then every type's range of the part in the order of types, then resources of other parts
//! that are in this patient's compartment too. What lies outside (organisations, practitioners, medications) comes as
//! includes of the page that points at it, once a page.

use crate::answers::{PageKey, PageRequest, Row, SearchAnswer};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::names::{Part, Rid, RidRange};
use crate::search::answer::parts_touched;
use crate::session::{KeptRow, Session};
use crate::vector::GroupReference;
use crate::visibility::{KindSet, Visibility};
use crate::wire::{Wire, put_varint};
use fhir::{ResourceId, ResourceType};
use std::collections::HashSet;
use std::ops::ControlFlow;

/// Where a page ended: in the part itself, or among the resources of other parts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Own,
    Shared,
}

/// A page of a patient's record.
pub(crate) fn everything(
    session: &Session<'_>,
    visibility: &Visibility,
    (patient, (kinds, since_ms)): (&ResourceId, (KindSet, Option<i64>)),
    page: &PageRequest,
) -> Result<Option<SearchAnswer>, StoreError> {
    let Some(part) = session.part_of(patient)? else { return Ok(None) };
    let Some(head) = Session::patient_rid(part) else { return Ok(None) };
    if session.rid_of(ResourceType::PATIENT, Fid::of(patient))? != Some(head) {
        return Ok(None);
    }
    if session.visible_row(visibility, head)?.is_none() {
        return Ok(None);
    }
    let after = page.after.as_ref().map(read_key).transpose()?;
    let walk = Walk { session, visibility, part, kinds, since_ms, count: page.count.max(1) };
    walk.page(head, after).map(Some)
}

/// All visible rows of a part and of some types, those that lie in other parts as well included.
pub(crate) fn rows_in(
    session: &Session<'_>,
    visibility: &Visibility,
    part: Part,
    kinds: KindSet,
) -> Result<Vec<Row>, StoreError> {
    let walk = Walk { session, visibility, part, kinds, since_ms: None, count: usize::MAX };
    let mut rows = Vec::new();
    if let Some(head) = Session::patient_rid(part) {
        walk.take(&mut rows, Stage::Own, head)?;
    }
    walk.own(&mut rows, None)?;
    walk.shared(&mut rows, None)?;
    Ok(rows.into_iter().map(|(_, kept)| kept.row).collect())
}

struct Walk<'w> {
    session: &'w Session<'w>,
    visibility: &'w Visibility,
    part: Part,
    kinds: KindSet,
    since_ms: Option<i64>,
    count: usize,
}

impl Walk<'_> {
    fn page(&self, head: Rid, after: Option<(Stage, Rid)>) -> Result<SearchAnswer, StoreError> {
        let mut rows: Vec<(Stage, KeptRow)> = Vec::new();
        if after.is_none() {
            self.take(&mut rows, Stage::Own, head)?;
        }
        // The Patient, being first, is the key before all others.
        let own_after = match after {
            None => Some(head),
            Some((Stage::Own, rid)) => Some(rid),
            Some((Stage::Shared, _)) => None,
        };
        if let Some(own_after) = own_after {
            self.own(&mut rows, (own_after != head).then_some(own_after))?;
        }
        self.shared(&mut rows, after)?;
        let has_more = rows.len() > self.count;
        rows.truncate(self.count);
        let next = rows.last().filter(|_| has_more).map(|(stage, kept)| write_key(*stage, kept.row.rid));
        let rows: Vec<KeptRow> = rows.into_iter().map(|(_, kept)| kept).collect();
        let includes = self.outside(&rows)?;
        let mut answer = SearchAnswer { next, includes, ..SearchAnswer::default() };
        answer.matches = rows.into_iter().map(|kept| kept.row).collect();
        answer.parts_touched = parts_touched(self.session, &answer)?;
        Ok(answer)
    }

    /// The ranges of the part, type by type, up to one row more than the page holds.
    fn own(&self, rows: &mut Vec<(Stage, KeptRow)>, after: Option<Rid>) -> Result<(), StoreError> {
        let there = self.session.engine.tally()?;
        for (code, _) in there {
            let Some(kind) = ResourceType::from_code(code).filter(|kind| *kind != ResourceType::PATIENT) else {
                continue;
            };
            let range = RidRange::of_part(kind, self.part);
            let first = after.map_or(range.first, |after| range.first.max(after.next()));
            if first > range.last || !self.visibility.sees_some(kind) {
                continue;
            }
            self.session.engine.rows(RidRange { first, last: range.last }, &mut |row| {
                if self.wants(row.rid, row.updated_ms) && self.session.sees_row(self.visibility, &row)? {
                    rows.push((Stage::Own, self.session.keep(&row)?));
                }
                Ok(if rows.len() > self.count { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            if rows.len() > self.count {
                break;
            }
        }
        Ok(())
    }

    /// Rows of other parts that are in this one as well.
    fn shared(&self, rows: &mut Vec<(Stage, KeptRow)>, after: Option<(Stage, Rid)>) -> Result<(), StoreError> {
        for rid in self.session.engine.multi_in(self.part)? {
            let is_later = after.is_none_or(|(stage, after)| stage == Stage::Own || rid > after);
            if is_later && rid.part() != self.part && rows.len() <= self.count && self.is_in_part(rid)? {
                self.take(rows, Stage::Shared, rid)?;
            }
        }
        Ok(())
    }

    fn wants(&self, rid: Rid, updated_ms: i64) -> bool {
        self.kinds.contains_code(rid.kind_code()) && self.since_ms.is_none_or(|since| updated_ms >= since)
    }

    fn take(&self, rows: &mut Vec<(Stage, KeptRow)>, stage: Stage, rid: Rid) -> Result<(), StoreError> {
        let kept = self.session.visible_row(self.visibility, rid)?;
        rows.extend(kept.filter(|kept| self.wants(rid, kept.row.updated_ms)).map(|kept| (stage, kept)));
        Ok(())
    }

    /// Whether the current version of a resource elsewhere is in this part too.
    fn is_in_part(&self, rid: Rid) -> Result<bool, StoreError> {
        let mut version = None;
        self.session.engine.row(rid, &mut |row| {
            version = row.labels.is_multi().then_some(row.version);
            Ok(ControlFlow::Break(()))
        })?;
        let Some(version) = version else { return Ok(false) };
        Ok(self.session.engine.parts_of_version(rid, version)?.contains(&self.part))
    }

    /// Visible resources in nobody's record that the rows point at.
    fn outside(&self, rows: &[KeptRow]) -> Result<Vec<Row>, StoreError> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for kept in rows {
            for group in self.session.groups(&kept.vector) {
                let Some(GroupReference::Local(kind, fid)) = group.reference() else { continue };
                if !self.kinds.contains(kind) {
                    continue;
                }
                let target = self.session.rid_of(kind, fid)?.filter(|rid| rid.part() == Part::SHARED);
                if let Some(target) = target.filter(|target| seen.insert(*target)) {
                    found.extend(self.session.visible_row(self.visibility, target)?.map(|kept| kept.row));
                }
            }
        }
        Ok(found)
    }
}

fn write_key(stage: Stage, rid: Rid) -> PageKey {
    let mut out = vec![u8::from(stage == Stage::Shared)];
    put_varint(&mut out, rid.key().cast_unsigned());
    PageKey(out)
}

fn read_key(key: &PageKey) -> Result<(Stage, Rid), StoreError> {
    let mut wire = Wire(&key.0);
    let mut parts = || {
        let stage = if wire.byte()? == 1 { Stage::Shared } else { Stage::Own };
        let rid = Rid::from_key(wire.varint()?.cast_signed());
        wire.is_empty().then_some((stage, rid))
    };
    parts().ok_or(StoreError::PageKey)
}
