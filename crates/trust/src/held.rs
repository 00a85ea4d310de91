//! Forms that wait while their sender confirms who she is.
//!
//! A reason that somebody has declared must not be lost, nor stand in an address or a cookie. It waits here in memory, one form a
//! session, for some minutes; a restart forgets it.

use crate::sessions::Session;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For how long a form waits.
const WAITS_MS_MAX: i64 = 10 * 60 * 1_000;
/// How many wait at most; when full, all are forgotten.
const FORMS_MAX: usize = 1_000;

/// The forms, by the session that sent them.
#[derive(Default)]
pub(crate) struct Held {
    forms: Mutex<HashMap<String, Form>>,
}

struct Form {
    place: String,
    text: String,
    until_ms: i64,
}

impl Held {
    /// Holds the form of a session that belongs to a place; an earlier one goes.
    pub(crate) fn put(&self, session: &Session, place: &str, (text, now_ms): (Option<String>, i64)) {
        let Some(text) = text else { return };
        let mut forms = self.lock();
        if forms.len() >= FORMS_MAX {
            forms.clear();
        }
        let form = Form { place: place.to_owned(), text, until_ms: now_ms.saturating_add(WAITS_MS_MAX) };
        forms.insert(session.id.clone(), form);
    }

    /// Takes the form of a session at a place, if it waited there not too long.
    pub(crate) fn take(&self, session: &Session, place: &str, now_ms: i64) -> Option<String> {
        let form = self.lock().remove(&session.id)?;
        (form.place == place && now_ms < form.until_ms).then_some(form.text)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Form>> {
        self.forms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
