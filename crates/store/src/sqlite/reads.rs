//! Reading from SQLite: rows by key and by range, posting lists, versions, changes and settings.
//!
//! Statements are fixed and cached; nothing here knows what a search is.

use super::{Sqlite, fid};
use crate::answers::{Change, FeedEntry, Kept};
use crate::engine::{
    Ident, KeptRelation, Reads, RelationsOf, RowView, VersionView, VisitBlock, VisitRow, VisitVersion,
};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::names::{Labels, Part, Rid, RidRange, Sequence, Version};
use crate::posting::Table;
use crate::prepared::Relation;
use crate::visibility::Visibility;
use fhir::{ResourceId, ResourceType};
use rusqlite::{OptionalExtension, Params, Row};

type Done = Result<(), StoreError>;
const DAMAGED: StoreError = StoreError::Damaged("a column holds what it cannot");
/// A range of the primary key.
const KEPT_UNDER: &str = "SELECT key, value FROM keep WHERE kind=?1 AND key>=?2 AND key<?3 ORDER BY key";

/// The statements that differ by table.
struct BlockSql {
    before: &'static str,
    between: &'static str,
    size: &'static str,
}

macro_rules! block_sql {
    ($name:literal) => {
        BlockSql {
            before: concat!("SELECT key, data FROM ", $name, " WHERE key <= ?1 ORDER BY key DESC LIMIT 1"),
            between: concat!("SELECT key, data FROM ", $name, " WHERE key >= ?1 AND key <= ?2 ORDER BY key"),
            size: concat!(
                "SELECT count(*), coalesce(sum(n), 0) FROM (SELECT length(data) n FROM ",
                $name,
                " WHERE key >= ?1 AND key <= ?2 LIMIT ?3)"
            ),
        }
    };
}

fn block_sql(table: Table) -> BlockSql {
    match table {
        Table::Token => block_sql!("tok"),
        Table::Text => block_sql!("str"),
        Table::Date => block_sql!("dat"),
        Table::Quantity => block_sql!("qty"),
        Table::Reference => block_sql!("ref"),
        Table::Event => block_sql!("ev"),
    }
}

fn version(row: &Row<'_>, column: usize) -> Result<Version, StoreError> {
    Version::new(row.get(column)?).ok_or(DAMAGED)
}

fn rid(row: &Row<'_>, column: usize) -> Result<Rid, StoreError> {
    Ok(Rid::from_key(row.get(column)?))
}

fn blob<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [u8], StoreError> {
    row.get_ref(column)?.as_blob().map_err(|_| DAMAGED)
}

/// The numbers by which changes are kept.
pub(super) fn change_number(change: Change) -> u8 {
    match change {
        Change::Create => 0,
        Change::Update => 1,
        Change::Delete => 2,
    }
}

fn change(row: &Row<'_>, column: usize) -> Result<Change, StoreError> {
    match row.get::<_, u8>(column)? {
        0 => Ok(Change::Create),
        1 => Ok(Change::Update),
        2 => Ok(Change::Delete),
        _ => Err(DAMAGED),
    }
}

fn version_view<'r>(row: &'r Row<'_>) -> Result<VersionView<'r>, StoreError> {
    Ok(VersionView {
        rid: rid(row, 0)?,
        was: rid(row, 1)?,
        fid: fid(row.get_ref(2)?)?,
        version: version(row, 3)?,
        updated_ms: row.get(4)?,
        change: change(row, 5)?,
        labels: Labels::from_bits(row.get(6)?),
        encoding: row.get(7)?,
        body: blob(row, 8)?,
    })
}

fn row_view<'r>(row: &'r Row<'_>) -> Result<RowView<'r>, StoreError> {
    Ok(RowView {
        rid: rid(row, 0)?,
        fid: fid(row.get_ref(1)?)?,
        version: version(row, 2)?,
        updated_ms: row.get(3)?,
        labels: Labels::from_bits(row.get(4)?),
        encoding: row.get(5)?,
        vector: blob(row, 6)?,
        body: blob(row, 7)?,
    })
}

fn feed_entry(row: &Row<'_>) -> Result<FeedEntry, StoreError> {
    Ok(FeedEntry {
        sequence: Sequence(row.get(0)?),
        rid: rid(row, 1)?,
        version: version(row, 2)?,
        updated_ms: row.get(3)?,
        change: change(row, 4)?,
    })
}

impl Sqlite {
    /// Runs a query and calls `visit` for each row until it breaks.
    fn each(&self, sql: &str, params: impl Params, visit: &mut dyn FnMut(&Row<'_>) -> crate::engine::Visited) -> Done {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if visit(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.each(sql, params, &mut |row| {
            all.push(read(row)?);
            Ok(std::ops::ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(read).transpose()
    }
}

fn part_from(number: i64) -> Result<Part, StoreError> {
    u32::try_from(number).ok().and_then(Part::from_number).ok_or(DAMAGED)
}

impl Reads for Sqlite {
    fn ask(&self, visibility: &Visibility, hidden_max: u64) {
        self.net.ask(visibility, hidden_max);
    }

    fn answered(&self) -> bool {
        self.net.answered()
    }

    fn ident(&self, kind: ResourceType, id: Fid<'_>) -> Result<Option<Ident>, StoreError> {
        self.one("SELECT rid, gone FROM ident WHERE typ=?1 AND fid=?2", (kind.code(), id), |row| {
            Ok(Ident { rid: rid(row, 0)?, gone: row.get(1)? })
        })
    }

    fn row(&self, rid: Rid, visit: &mut VisitRow<'_>) -> Done {
        let sql = "SELECT rid, fid, v, t, lbl, enc, sv, body FROM seen_res WHERE rid=?1";
        self.each(sql, [rid.key()], &mut |row| visit(row_view(row)?))
    }

    fn rows_of(&self, rids: &[Rid], visit: &mut VisitRow<'_>) -> Done {
        let sql = "SELECT rid, fid, v, t, lbl, enc, sv, body FROM seen_res WHERE rid=?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        for rid in rids {
            let mut rows = statement.query([rid.key()])?;
            if let Some(row) = rows.next()?
                && visit(row_view(row)?)?.is_break()
            {
                break;
            }
        }
        Ok(())
    }

    fn rows(&self, range: RidRange, visit: &mut VisitRow<'_>) -> Done {
        let sql = "SELECT rid, fid, v, t, lbl, enc, sv, body FROM seen_res WHERE rid BETWEEN ?1 AND ?2 ORDER BY rid";
        self.each(sql, (range.first.key(), range.last.key()), &mut |row| visit(row_view(row)?))
    }

    fn versions(&self, of: Rid, before: Option<Version>, visit: &mut VisitVersion<'_>) -> Done {
        let sql = "SELECT rid, was, fid, v, t, op, lbl, enc, body FROM seen_ver WHERE rid=?1 AND v<?2 ORDER BY v DESC";
        let before = before.map_or(i64::MAX, |version| i64::from(version.number()));
        self.each(sql, (of.key(), before), &mut |row| visit(version_view(row)?))
    }

    fn version_at(&self, of: Rid, version: Version, visit: &mut VisitVersion<'_>) -> Done {
        let sql = "SELECT rid, was, fid, v, t, op, lbl, enc, body FROM seen_ver WHERE rid=?1 AND v=?2";
        self.each(sql, (of.key(), i64::from(version.number())), &mut |row| visit(version_view(row)?))
    }

    fn versions_after(&self, after: Option<(Rid, Version)>, most: usize, visit: &mut VisitVersion<'_>) -> Done {
        let sql = "SELECT rid, was, fid, v, t, op, lbl, enc, body FROM seen_ver WHERE (rid, v) > (?1, ?2)
          ORDER BY rid, v LIMIT ?3";
        let (rid, version) = after.map_or((i64::MIN, 0), |(rid, version)| (rid.key(), i64::from(version.number())));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.each(sql, (rid, version, most), &mut |row| visit(version_view(row)?))
    }

    fn current_version(&self, of: Rid) -> Result<Option<Version>, StoreError> {
        self.one("SELECT v FROM res WHERE rid=?1", [of.key()], |row| version(row, 0))
    }

    fn change_before(&self, of: Rid, before: Option<Version>) -> Result<Option<(Version, Change)>, StoreError> {
        let before = before.map_or(i64::MAX, |version| i64::from(version.number()));
        let sql = "SELECT v, op FROM ver WHERE rid=?1 AND v<?2 ORDER BY v DESC LIMIT 1";
        self.one(sql, (of.key(), before), |row| Ok((version(row, 0)?, change(row, 1)?)))
    }

    fn changes_after(&self, after: Sequence, most: usize) -> Result<Vec<FeedEntry>, StoreError> {
        let sql = "SELECT seq, rid, v, t, op FROM chg WHERE seq>?1 ORDER BY seq LIMIT ?2";
        self.list(sql, (after.0, i64::try_from(most).unwrap_or(i64::MAX)), feed_entry)
    }

    fn changes_before(&self, before: Sequence, most: usize) -> Result<Vec<FeedEntry>, StoreError> {
        let sql = "SELECT seq, rid, v, t, op FROM chg WHERE seq<?1 ORDER BY seq DESC LIMIT ?2";
        self.list(sql, (before.0, i64::try_from(most).unwrap_or(i64::MAX)), feed_entry)
    }

    fn moved(&self, was: Rid) -> Result<Option<Rid>, StoreError> {
        self.one("SELECT rid FROM moved WHERE was=?1", [was.key()], |row| rid(row, 0))
    }

    fn parts_of_version(&self, rid: Rid, version: Version) -> Result<Vec<Part>, StoreError> {
        let sql = "SELECT part FROM multi WHERE rid=?1 AND v=?2 ORDER BY part";
        self.list(sql, (rid.key(), version.number()), |row| part_from(row.get(0)?))
    }

    fn multi_in(&self, part: Part) -> Result<Vec<Rid>, StoreError> {
        self.list("SELECT DISTINCT rid FROM multi WHERE part=?1 ORDER BY rid", [part.number()], |row| rid(row, 0))
    }

    fn part_of(&self, patient: Fid<'_>) -> Result<Option<Part>, StoreError> {
        self.one("SELECT part FROM part WHERE fid=?1", [patient], |row| part_from(row.get(0)?))
    }

    fn patient_of(&self, part: Part) -> Result<Option<ResourceId>, StoreError> {
        let found =
            self.one("SELECT fid FROM part WHERE part=?1", [part.number()], |row| Ok(fid(row.get_ref(0)?)?.id()))?;
        Ok(found.flatten())
    }

    fn block_before(&self, table: Table, key: &[u8], visit: &mut VisitBlock<'_>) -> Done {
        self.each(block_sql(table).before, [key], &mut |row| visit(blob(row, 0)?, blob(row, 1)?))
    }

    fn blocks(&self, table: Table, (first, last): (&[u8], &[u8]), visit: &mut VisitBlock<'_>) -> Done {
        self.each(block_sql(table).between, (first, last), &mut |row| visit(blob(row, 0)?, blob(row, 1)?))
    }

    fn blocks_size(
        &self,
        table: Table,
        (first, last): (&[u8], &[u8]),
        most: usize,
    ) -> Result<(usize, usize), StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let size = self.one(block_sql(table).size, (first, last, most), |row| {
            let (blocks, bytes): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok((usize::try_from(blocks).unwrap_or(0), usize::try_from(bytes).unwrap_or(0)))
        })?;
        Ok(size.unwrap_or((0, 0)))
    }

    fn relations(&self, of: RelationsOf) -> Result<Vec<KeptRelation>, StoreError> {
        let read = |row: &Row<'_>| {
            Ok(KeptRelation {
                part: part_from(row.get(0)?)?,
                rid: rid(row, 1)?,
                relation: Relation {
                    actor: row.get::<_, i64>(2)?.cast_unsigned(),
                    kind: row.get(3)?,
                    from_ms: row.get(4)?,
                    until_ms: row.get(5)?,
                },
            })
        };
        let columns = "SELECT part, rid, actor, kind, from_ms, until_ms FROM rel";
        match of {
            RelationsOf::Actor(actor) => {
                self.list(&format!("{columns} WHERE actor=?1 ORDER BY part, rid, n"), [actor.cast_signed()], read)
            }
            RelationsOf::Part(part) => {
                self.list(&format!("{columns} WHERE part=?1 ORDER BY rid, n"), [part.number()], read)
            }
            RelationsOf::Rid(rid) => self.list(&format!("{columns} WHERE rid=?1 ORDER BY n"), [rid.key()], read),
        }
    }

    fn tally(&self) -> Result<Vec<(u8, i64)>, StoreError> {
        self.list("SELECT typ, n FROM tally WHERE n>0 ORDER BY typ", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn kept(&self, kind: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT value FROM keep WHERE kind=?1 AND key=?2", (kind, key), |row| Ok(row.get(0)?))
    }

    fn kept_all(&self, kind: &str) -> Result<Vec<Kept>, StoreError> {
        self.list("SELECT key, value FROM keep WHERE kind=?1 ORDER BY key", [kind], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    fn kept_under(&self, kind: &str, beginning: &[u8]) -> Result<Vec<Kept>, StoreError> {
        // Keys are text, which holds no such byte.
        let end = [beginning, &[0xFF]].concat();
        self.list(KEPT_UNDER, (kind, beginning, end), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn last_in(&self, range: RidRange) -> Result<Option<Rid>, StoreError> {
        let sql = "SELECT max((SELECT coalesce(max(rid), -1) FROM res WHERE rid BETWEEN ?1 AND ?2),
          (SELECT coalesce(max(rid), -1) FROM ver WHERE rid BETWEEN ?1 AND ?2),
          (SELECT coalesce(max(was), -1) FROM moved WHERE was BETWEEN ?1 AND ?2))";
        let mut statement = self.connection.prepare_cached(sql)?;
        let last: Option<i64> =
            statement.query_row((range.first.key(), range.last.key()), |row| row.get(0)).optional()?;
        Ok(last.filter(|last| *last >= 0).map(Rid::from_key))
    }

    fn last_change(&self) -> Result<Option<(Sequence, i64)>, StoreError> {
        self.one("SELECT seq, t FROM chg ORDER BY seq DESC LIMIT 1", [], |row| Ok((Sequence(row.get(0)?), row.get(1)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::KEPT_UNDER;
    use rusqlite::Connection;

    #[test]
    fn what_is_kept_under_a_beginning_is_found_by_key_at_both_ends() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();

        let plan: String = connection
            .query_row(&format!("EXPLAIN QUERY PLAN {KEPT_UNDER}"), ("kind", b"a", b"b"), |row| row.get("detail"))
            .unwrap();

        assert!(plan.contains("SEARCH keep") && plan.contains("kind=? AND key>? AND key<?"), "{plan}");
    }
}
