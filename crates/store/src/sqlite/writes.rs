//! Writing to SQLite, inside the transaction that the writer opened.

use super::Sqlite;
use super::reads::change_number;
use crate::answers::FeedEntry;
use crate::engine::{Ident, RowView, VersionView, Writes};
use crate::error::StoreError;
use crate::fid::Fid;
use crate::names::{Labels, Part, Rid, Version};
use crate::packing::Encoding;
use crate::posting::Table;
use crate::prepared::Relation;
use fhir::ResourceType;
use rusqlite::Params;

type Done = Result<(), StoreError>;

impl Sqlite {
    fn run(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Empties every list; only a rebuild of the whole index does that.
    pub(crate) fn clear_postings(&self) -> Done {
        let sql = "DELETE FROM tok; DELETE FROM str; DELETE FROM dat; DELETE FROM qty; DELETE FROM ref; DELETE FROM ev";
        Ok(self.connection.execute_batch(sql)?)
    }
}

impl Writes for Sqlite {
    fn put_ident(&self, kind: ResourceType, id: Fid<'_>, ident: Ident) -> Done {
        let sql = "INSERT INTO ident VALUES(?1, ?2, ?3, ?4)
          ON CONFLICT(typ, fid) DO UPDATE SET rid=excluded.rid, gone=excluded.gone";
        self.run(sql, (kind.code(), id, ident.rid.key(), ident.gone)).map(drop)
    }

    fn add_part(&self, patient: Fid<'_>) -> Result<Part, StoreError> {
        self.run("INSERT INTO part(fid) VALUES(?1)", [patient])?;
        let number = u32::try_from(self.connection.last_insert_rowid()).ok();
        number.and_then(Part::from_number).ok_or(StoreError::Full)
    }

    fn put_row(&self, row: RowView<'_>) -> Done {
        let sql =
            "INSERT INTO res VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(rid) DO UPDATE SET fid=excluded.fid,
          v=excluded.v, t=excluded.t, lbl=excluded.lbl, enc=excluded.enc, sv=excluded.sv, body=excluded.body";
        let columns = (
            row.rid.key(),
            row.fid,
            row.version.number(),
            row.updated_ms,
            row.labels.bits(),
            row.encoding,
            row.vector,
            row.body,
        );
        self.run(sql, columns).map(drop)
    }

    fn drop_row(&self, rid: Rid) -> Done {
        self.run("DELETE FROM res WHERE rid=?1", [rid.key()]).map(drop)
    }

    fn put_version(&self, version: VersionView<'_>) -> Done {
        let columns = (
            version.rid.key(),
            version.version.number(),
            version.was.key(),
            version.fid,
            version.updated_ms,
            change_number(version.change),
            version.labels.bits(),
            version.encoding,
            version.body,
        );
        self.run("INSERT INTO ver VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", columns).map(drop)
    }

    fn relabel_version(&self, rid: Rid, version: Version, labels: Labels) -> Done {
        let columns = (rid.key(), version.number(), labels.bits());
        self.run("UPDATE ver SET lbl=?3 WHERE rid=?1 AND v=?2", columns).map(drop)
    }

    fn put_change(&self, entry: FeedEntry) -> Done {
        let columns =
            (entry.sequence.0, entry.rid.key(), entry.version.number(), entry.updated_ms, change_number(entry.change));
        self.run("INSERT INTO chg VALUES(?1, ?2, ?3, ?4, ?5)", columns).map(drop)
    }

    fn move_history(&self, was: Rid, now: Rid) -> Done {
        let keys = (was.key(), now.key());
        self.run("UPDATE ver SET rid=?2 WHERE rid=?1", keys)?;
        self.run("UPDATE multi SET rid=?2 WHERE rid=?1", keys)?;
        self.run("UPDATE moved SET rid=?2 WHERE rid=?1", keys)?;
        self.run("DELETE FROM moved WHERE was=?1", [now.key()])?;
        self.run("INSERT INTO moved VALUES(?1, ?2)", keys).map(drop)
    }

    fn put_parts_of_version(&self, rid: Rid, version: Version, parts: &[Part]) -> Done {
        self.run("DELETE FROM multi WHERE rid=?1 AND v=?2", (rid.key(), version.number()))?;
        for part in parts {
            self.run("INSERT INTO multi VALUES(?1, ?2, ?3)", (rid.key(), version.number(), part.number()))?;
        }
        Ok(())
    }

    fn put_block(&self, table: Table, key: &[u8], data: &[u8]) -> Done {
        let sql = match table {
            Table::Token => "INSERT OR REPLACE INTO tok VALUES(?1, ?2)",
            Table::Text => "INSERT OR REPLACE INTO str VALUES(?1, ?2)",
            Table::Date => "INSERT OR REPLACE INTO dat VALUES(?1, ?2)",
            Table::Quantity => "INSERT OR REPLACE INTO qty VALUES(?1, ?2)",
            Table::Reference => "INSERT OR REPLACE INTO ref VALUES(?1, ?2)",
            Table::Event => "INSERT OR REPLACE INTO ev VALUES(?1, ?2)",
        };
        self.run(sql, (key, data)).map(drop)
    }

    fn drop_block(&self, table: Table, key: &[u8]) -> Done {
        let sql = match table {
            Table::Token => "DELETE FROM tok WHERE key=?1",
            Table::Text => "DELETE FROM str WHERE key=?1",
            Table::Date => "DELETE FROM dat WHERE key=?1",
            Table::Quantity => "DELETE FROM qty WHERE key=?1",
            Table::Reference => "DELETE FROM ref WHERE key=?1",
            Table::Event => "DELETE FROM ev WHERE key=?1",
        };
        self.run(sql, [key]).map(drop)
    }

    fn put_relations(&self, part: Part, rid: Rid, relations: &[Relation]) -> Done {
        self.run("DELETE FROM rel WHERE rid=?1", [rid.key()])?;
        for (number, relation) in (0_i64..).zip(relations) {
            let columns = (
                rid.key(),
                number,
                part.number(),
                relation.actor.cast_signed(),
                relation.kind,
                relation.from_ms,
                relation.until_ms,
            );
            self.run("INSERT INTO rel VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", columns)?;
        }
        Ok(())
    }

    fn add_tally(&self, kind: u8, more: i64) -> Done {
        let sql = "INSERT INTO tally VALUES(?1, ?2) ON CONFLICT(typ) DO UPDATE SET n=n+excluded.n";
        self.run(sql, (kind, more)).map(drop)
    }

    fn keep(&self, kind: &str, key: &[u8], value: &[u8]) -> Done {
        self.run("INSERT OR REPLACE INTO keep VALUES(?1, ?2, ?3)", (kind, key, value)).map(drop)
    }

    fn forget(&self, kind: &str, key: &[u8]) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM keep WHERE kind=?1 AND key=?2", (kind, key))? > 0)
    }

    fn put_word(&self, number: u32, word: &[u8]) -> Done {
        self.run("INSERT OR REPLACE INTO dict VALUES(?1, ?2)", (number, word)).map(drop)
    }

    fn put_pack(&self, number: Encoding, kind: u8, bytes: &[u8]) -> Done {
        self.run("INSERT INTO pack VALUES(?1, ?2, ?3)", (number, kind, bytes)).map(drop)
    }
}
