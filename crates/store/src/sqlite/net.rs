//! The second net: the database itself keeps back what the reader may not see.
//!
//! Everything in this crate asks [`Visibility`] before it shows a row. Should a line of it forget to, the row is not there all the
//! same: rows and versions are read through two views that ask the visibility of the question being answered, and SQLite's
//! authorizer refuses every other way to them when a statement is prepared. A connection that answers no question shows nothing.

use super::Use;
use crate::names::{Labels, Part, Rid};
use crate::visibility::Visibility;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, Error};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What reads take instead of the tables. `lbl` has its highest bit where a version is in several parts.
const VIEWS: &str = "
CREATE TEMP VIEW seen_res AS SELECT rid, fid, v, t, lbl, enc, sv, body FROM main.res
  WHERE seen(rid, rid, lbl) AND (lbl < 2147483648 OR NOT EXISTS
    (SELECT 1 FROM main.multi m WHERE m.rid=res.rid AND m.v=res.v AND NOT seen_in(res.rid, m.part, res.lbl)));
CREATE TEMP VIEW seen_ver AS SELECT rid, was, fid, v, t, op, lbl, enc, body FROM main.ver
  WHERE seen(rid, was, lbl) AND (lbl < 2147483648 OR NOT EXISTS
    (SELECT 1 FROM main.multi m WHERE m.rid=ver.rid AND m.v=ver.v AND NOT seen_in(ver.rid, m.part, ver.lbl)));";

/// Columns that say that there is a row, and nothing of what it holds; the feed of changes says the same.
const STRUCTURE: [&str; 3] = ["rid", "v", "op"];

/// The visibility that a connection's views ask.
pub(crate) struct Net {
    usage: Use,
    question: Arc<Mutex<Question>>,
}

/// For whom a question is answered.
struct Question {
    visibility: Visibility,
    /// How many more rows may be kept back before the question is given up.
    hidden_left: u64,
}

impl Question {
    /// No question: a reader sees nothing, the writer what it needs to keep order.
    fn none(usage: Use) -> Self {
        let visibility = if usage == Use::Write { Visibility::everything() } else { Visibility::nothing() };
        Self { visibility, hidden_left: u64::MAX }
    }

    fn sees(&mut self, rid: Rid, part: Part, labels: Labels) -> rusqlite::Result<bool> {
        let sees = self.visibility.sees_in(rid, part, labels);
        if !sees {
            let too_many = || Error::UserFunctionError("more is hidden than a question may pass over".into());
            self.hidden_left = self.hidden_left.checked_sub(1).ok_or_else(too_many)?;
        }
        Ok(sees)
    }
}

impl Net {
    /// Makes the views on a connection, and the functions that they ask.
    pub(super) fn spread(connection: &Connection, usage: Use) -> rusqlite::Result<Self> {
        let question = Arc::new(Mutex::new(Question::none(usage)));
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        let asked = Arc::clone(&question);
        connection.create_scalar_function("seen", 3, flags, move |context| {
            let place = Rid::from_key(context.get(1)?);
            held(&asked).sees(Rid::from_key(context.get(0)?), place.part(), labels(context)?)
        })?;
        let asked = Arc::clone(&question);
        connection.create_scalar_function("seen_in", 3, flags, move |context| {
            let part = u32::try_from(context.get::<i64>(1)?).ok().and_then(Part::from_number);
            let part = part.ok_or_else(|| Error::UserFunctionError("a part's number is out of range".into()))?;
            held(&asked).sees(Rid::from_key(context.get(0)?), part, labels(context)?)
        })?;
        connection.execute_batch(VIEWS)?;
        Ok(Self { usage, question })
    }

    /// From now on the connection shows what `visibility` admits, and gives up after `hidden_max` rows that it does not.
    pub(super) fn ask(&self, visibility: &Visibility, hidden_max: u64) {
        *held(&self.question) = Question { visibility: visibility.clone(), hidden_left: hidden_max };
    }

    /// The question is answered; gives whether it was given up.
    pub(super) fn answered(&self) -> bool {
        let was = std::mem::replace(&mut *held(&self.question), Question::none(self.usage));
        was.hidden_left == 0
    }
}

fn labels(context: &Context<'_>) -> rusqlite::Result<Labels> {
    context.get(2).map(Labels::from_bits)
}

/// A panic elsewhere leaves the question whole: it is replaced in one step.
fn held(question: &Mutex<Question>) -> MutexGuard<'_, Question> {
    question.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes every other way on a connection: to rows beside the views, to other files, to the layout.
pub(super) fn close(connection: &mut Connection, usage: Use) -> rusqlite::Result<()> {
    connection.authorizer(Some(
        move |asked: AuthContext<'_>| {
            if may(&asked, usage) { Authorization::Allow } else { Authorization::Deny }
        },
    ))
}

fn may(asked: &AuthContext<'_>, usage: Use) -> bool {
    let is_writer = usage == Use::Write;
    match asked.action {
        AuthAction::Read { table_name: table @ ("res" | "ver"), column_name: column } => {
            let view = if table == "res" { "seen_res" } else { "seen_ver" };
            is_writer || asked.accessor == Some(view) || STRUCTURE.contains(&column)
        }
        AuthAction::Read { .. }
        | AuthAction::Select
        | AuthAction::Function { .. }
        | AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. } => true,
        AuthAction::Pragma { pragma_name, .. } => matches!(pragma_name, "integrity_check" | "wal_checkpoint"),
        AuthAction::Insert { .. } | AuthAction::Update { .. } | AuthAction::Delete { .. } => is_writer,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
