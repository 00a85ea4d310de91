//! Sessions of people who use pages.
//!
//! A session is a random number in a cookie and, kept with the record by the hash of that number, who that is and how they signed
//! in. It ends after 30 minutes without a request, after 12 hours in any case, or when its person ends it; a restart of the server
//! ends none. All are in memory too; a sign of life is written at most once a minute, so that reading pages costs no writes.

mod device;
mod kept;
mod level;
#[cfg(test)]
mod tests;

pub use device::device;
pub use level::{Identity, Level, Strength, Way};

use crate::secret::{SecretHash, looks_like_secret, new_secret};
use crate::state::entry_about;
use axum::http::{HeaderMap, HeaderValue, header};
use fhir::ResourceId;
use gate::{AgentId, Asker, SmartScopes};
use record::error::RecordError;
use record::log::Draft;
use record::{Record, new_resource_id};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A session ends after so long without a request.
pub const IDLE_MS_MAX: i64 = 30 * 60 * 1_000;
/// A session ends after so long in any case.
pub const AGE_MS_MAX: i64 = 12 * 60 * 60 * 1_000;
/// A sign of life is written down after so long.
pub const SEEN_EVERY_MS: i64 = 60 * 1_000;
/// How many sessions are kept; whoever has most makes room.
pub const SESSIONS_MAX: usize = 20_000;
/// How many sessions one account has; its own that was idle for longest makes room. Personas of the demo are shared by its visitors
/// and have no such limit.
pub const SESSIONS_OF_ONE_MAX: usize = 20;

/// Whether pages are reached by https; decides name and flags of the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Transport {
    /// Plain http, for one's own machine.
    #[default]
    Http,
    /// https, also when something in front of us ends it.
    Https,
}

/// Somebody who is signed in on one device.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its name in lists; opens nothing.
    pub id: String,
    /// Who it is.
    pub asker: Arc<Asker>,
    /// By which way they came.
    pub way: Way,
    /// How sure that is.
    pub level: Level,
    /// When it began, milliseconds since 1970 UTC.
    pub began_ms: i64,
    /// The last sign of life, milliseconds since 1970 UTC.
    pub seen_ms: i64,
    /// When they last proved who they are, milliseconds since 1970 UTC.
    pub authenticated_ms: i64,
    /// The device in a few words.
    pub device: String,
}

impl Session {
    /// A session that begins now.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn new(record: &Record, asker: &Arc<Asker>, way: Way, level: Level) -> Result<Session, RecordError> {
        let (id, now_ms) = (new_resource_id(record.ids())?.as_str().to_owned(), record.now_ms());
        let (began_ms, seen_ms, authenticated_ms, device) = (now_ms, now_ms, now_ms, String::new());
        let asker = within(asker.as_ref().clone(), level);
        Ok(Session { id, asker, way, level, began_ms, seen_ms, authenticated_ms, device })
    }

    /// The same on the device that sends these headers.
    #[must_use]
    pub fn on(self, headers: &HeaderMap) -> Session {
        Session { device: device(headers), ..self }
    }

    fn is_over(&self, now_ms: i64) -> bool {
        now_ms - self.seen_ms >= IDLE_MS_MAX || now_ms - self.began_ms >= AGE_MS_MAX
    }
}

/// The asker that a level allows: a member of the public who has not proven who she is well enough sees no record.
fn within(asker: Asker, level: Level) -> Arc<Asker> {
    let is_proven = !asker.role.is_public() || level.identity >= Identity::P9;
    Arc::new(if is_proven { asker } else { Asker { scopes: Some(SmartScopes::of_an_unproven_person()), ..asker } })
}

/// Everybody who is signed in.
#[derive(Debug, Default)]
pub struct Sessions {
    transport: Transport,
    open: Mutex<Open>,
}

/// What is in memory: everything, once it was read.
#[derive(Debug, Default)]
struct Open {
    is_read: bool,
    sessions: HashMap<SecretHash, Held>,
}

#[derive(Debug)]
struct Held {
    session: Session,
    /// The last sign of life that was written.
    kept_ms: i64,
}

impl Sessions {
    /// Sessions over one transport.
    #[must_use]
    pub fn new(transport: Transport) -> Sessions {
        Sessions { transport, open: Mutex::default() }
    }

    /// By which transport pages are reached.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Begins a session, with its entry in the log in the same commit; gives the `Set-Cookie` that carries it.
    ///
    /// # Errors
    /// When there is no randomness, or the record could not be written.
    pub fn begin(&self, record: &Record, session: Session) -> Result<HeaderValue, RecordError> {
        let now_ms = record.now_ms();
        let crowded_out = make_room(&mut self.open(record)?.sessions, &session, now_ms);
        record.forget_all(kept::KIND, crowded_out, None)?;
        self.put(record, session, "SignIn")
    }

    /// Keeps a session under a new secret, and says in the log why.
    fn put(&self, record: &Record, session: Session, action: &str) -> Result<HeaderValue, RecordError> {
        let secret = new_secret(record.ids())?;
        let hash = SecretHash::of(&secret);
        let entry = entry(&session.asker, record, action);
        record.keep(kept::KIND, &hash.key(), &kept::bytes(&session), Some(&entry))?;
        let kept_ms = session.seen_ms;
        self.open(record)?.sessions.insert(hash, Held { session, kept_ms });
        Ok(self.cookie(&secret, ""))
    }

    /// Who sends these headers, if a session that is not over says so. Counts as a sign of life.
    ///
    /// # Errors
    /// When the record could not be read.
    pub fn who(&self, record: &Record, headers: &HeaderMap) -> Result<Option<Session>, RecordError> {
        let Some(hash) = self.sent(headers) else { return Ok(None) };
        let now_ms = record.now_ms();
        let mut open = self.open(record)?;
        let Some(held) = open.sessions.get_mut(&hash) else { return Ok(None) };
        if held.session.is_over(now_ms) {
            open.sessions.remove(&hash);
            drop(open);
            record.forget(kept::KIND, &hash.key(), None)?;
            return Ok(None);
        }
        held.session.seen_ms = now_ms;
        let session = held.session.clone();
        let is_due = now_ms - held.kept_ms >= SEEN_EVERY_MS;
        if is_due {
            held.kept_ms = now_ms;
        }
        drop(open);
        if is_due {
            self.write_down(record, hash, &session)?;
        }
        Ok(Some(session))
    }

    /// Writes a sign of life; a session that was ended meanwhile stays ended.
    fn write_down(&self, record: &Record, hash: SecretHash, session: &Session) -> Result<(), RecordError> {
        record.keep(kept::KIND, &hash.key(), &kept::bytes(session), None)?;
        let is_ended = !self.open(record)?.sessions.contains_key(&hash);
        if is_ended { record.forget(kept::KIND, &hash.key(), None) } else { Ok(()) }
    }

    /// Notes that the person of a session has just proven again who she is, at this level. The secret changes, so that a cookie
    /// that somebody else may have does not rise with it.
    ///
    /// # Errors
    /// When the record could not be written.
    pub fn confirm(
        &self,
        record: &Record,
        headers: &HeaderMap,
        (asker, level): (&Arc<Asker>, Level),
    ) -> Result<Option<HeaderValue>, RecordError> {
        let confirmed = |session: Session, now_ms| {
            // Whoever has the record of somebody open for whom she acts keeps it open.
            let open = session.asker.patient.clone().filter(|_| session.asker.role.is_public());
            let asker = open.map_or_else(|| asker.as_ref().clone(), |patient| asker.with_record_of(patient));
            Session { asker: within(asker, level), level, authenticated_ms: now_ms, ..session }
        };
        self.renew(record, headers, (&asker.who, "Reauthenticate"), confirmed)
    }

    /// Opens another record in a session of a member of the public: her own, or that of somebody who lets her act for her. It
    /// lasts no longer than before, and counts as no proof of who she is.
    ///
    /// # Errors
    /// When the record could not be written.
    pub fn open_record(
        &self,
        record: &Record,
        headers: &HeaderMap,
        (who, patient): (&AgentId, ResourceId),
    ) -> Result<Option<HeaderValue>, RecordError> {
        let opened = |session: Session, _| {
            let asker = within(session.asker.with_record_of(patient), session.level);
            Session { asker, ..session }
        };
        self.renew(record, headers, (who, "OpenRecord"), opened)
    }

    /// Puts another session in the place of that of these headers, under a new secret; none when it is over or not hers.
    fn renew(
        &self,
        record: &Record,
        headers: &HeaderMap,
        (who, action): (&AgentId, &str),
        change: impl FnOnce(Session, i64) -> Session,
    ) -> Result<Option<HeaderValue>, RecordError> {
        let Some(hash) = self.sent(headers) else { return Ok(None) };
        let now_ms = record.now_ms();
        let Some(held) = self.open(record)?.sessions.remove(&hash) else { return Ok(None) };
        record.forget(kept::KIND, &hash.key(), None)?;
        if held.session.is_over(now_ms) || held.session.asker.who != *who {
            return Ok(None);
        }
        let session = Session { seen_ms: now_ms, ..change(held.session, now_ms) };
        self.put(record, session, action).map(Some)
    }

    /// Ends the session of these headers, with an entry in the log.
    ///
    /// # Errors
    /// When the record could not be written: the session is over here, but a restart would find it.
    pub fn end(&self, record: &Record, headers: &HeaderMap) -> Result<(), RecordError> {
        let Some(hash) = self.sent(headers) else { return Ok(()) };
        let Some(held) = self.open(record)?.sessions.remove(&hash) else { return Ok(()) };
        let entry = entry(&held.session.asker, record, "SignOut");
        record.forget(kept::KIND, &hash.key(), Some(&entry))
    }

    /// The `Set-Cookie` that takes the cookie away.
    #[must_use]
    pub fn no_cookie(&self) -> HeaderValue {
        self.cookie("", "; Max-Age=0")
    }

    /// The sessions of a person that are not over, the one used last first.
    ///
    /// # Errors
    /// When the record could not be read.
    pub fn of(&self, record: &Record, asker: &Asker) -> Result<Vec<Session>, RecordError> {
        let (open, now_ms) = (self.open(record)?, record.now_ms());
        let hers = |held: &&Held| held.session.asker.who == asker.who && !held.session.is_over(now_ms);
        let mut sessions: Vec<Session> = open.sessions.values().filter(hers).map(|held| held.session.clone()).collect();
        sessions.sort_by(|one, other| (other.seen_ms, &one.id).cmp(&(one.seen_ms, &other.id)));
        Ok(sessions)
    }

    /// Ends the session of a person with this name in lists, or all of them; says how many. They are over at their next request.
    ///
    /// # Errors
    /// When the record could not be written.
    pub fn end_those_of(&self, record: &Record, asker: &Asker, id: Option<&str>) -> Result<usize, RecordError> {
        let action = if id.is_some() { "EndSession" } else { "SignOutEverywhere" };
        self.end_where(record, (asker, action), |session| id.is_none_or(|id| session.id == id))
    }

    /// Ends the sessions of a person that were begun with the passkey of this name; says how many.
    ///
    /// # Errors
    /// When the record could not be written.
    pub fn end_begun_with(&self, record: &Record, asker: &Asker, passkey: &str) -> Result<usize, RecordError> {
        let with_it = |session: &Session| matches!(&session.way, Way::Passkey(name) if name == passkey);
        self.end_where(record, (asker, "EndSession"), with_it)
    }

    /// Ends those sessions of a person that are wanted, with one entry of the log if there were any.
    fn end_where(
        &self,
        record: &Record,
        (asker, action): (&Asker, &str),
        wanted: impl Fn(&Session) -> bool,
    ) -> Result<usize, RecordError> {
        let mut open = self.open(record)?;
        let hers = |session: &Session| session.asker.who == asker.who && wanted(session);
        let chosen: Vec<SecretHash> =
            open.sessions.iter().filter(|(_, held)| hers(&held.session)).map(|(hash, _)| *hash).collect();
        chosen.iter().for_each(|hash| drop(open.sessions.remove(hash)));
        drop(open);
        if !chosen.is_empty() {
            let entry =
                Draft { count: u32::try_from(chosen.len()).unwrap_or(u32::MAX), ..entry(asker, record, action) };
            record.forget_all(kept::KIND, chosen.iter().map(|hash| hash.key()).collect(), Some(&entry))?;
        }
        Ok(chosen.len())
    }

    /// The name of the cookie. `__Host-` makes browsers insist on https, one host and all paths.
    fn name(&self) -> &'static str {
        match self.transport {
            Transport::Http => "commonweal-session",
            Transport::Https => "__Host-commonweal-session",
        }
    }

    fn cookie(&self, value: &str, end: &str) -> HeaderValue {
        let secure = if self.transport == Transport::Https { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}", self.name());
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    fn sent(&self, headers: &HeaderMap) -> Option<SecretHash> {
        sent_cookie(headers, self.name()).filter(|secret| looks_like_secret(secret)).map(SecretHash::of)
    }

    /// What is in memory, read from the record the first time. A panic elsewhere leaves it whole: every change is one step.
    fn open(&self, record: &Record) -> Result<MutexGuard<'_, Open>, RecordError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.is_read {
            for (hash, session) in kept::all(record, record.now_ms())? {
                let kept_ms = session.seen_ms;
                open.sessions.insert(hash, Held { session, kept_ms });
            }
            open.is_read = true;
        }
        Ok(open)
    }
}

/// The value of a cookie.
pub(crate) fn sent_cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(sent, _)| *sent == name).map(|(_, value)| value)
}

fn entry(asker: &Asker, record: &Record, action: &str) -> Draft {
    Draft { action: action.to_owned(), ..entry_about(asker, record.now_ms()) }
}

/// Takes out what is over and, for a new session, what its own account or, when all are full, the account with most has had idle for
/// longest: nobody signs others out by signing in. Gives the keys of what went.
fn make_room(open: &mut HashMap<SecretHash, Held>, new: &Session, now_ms: i64) -> Vec<String> {
    let mut gone: Vec<SecretHash> =
        open.iter().filter(|(_, held)| held.session.is_over(now_ms)).map(|(hash, _)| *hash).collect();
    gone.iter().for_each(|hash| drop(open.remove(hash)));
    let is_shared = matches!(new.way, Way::Persona(_));
    let own = open.values().filter(|held| held.session.asker.who == new.asker.who).count();
    let crowded = if !is_shared && own >= SESSIONS_OF_ONE_MAX {
        Some(new.asker.who.clone())
    } else if open.len() >= SESSIONS_MAX {
        whoever_has_most(open)
    } else {
        None
    };
    if let Some(who) = crowded {
        let hers = open.iter().filter(|(_, held)| held.session.asker.who == who);
        let oldest = hers.min_by_key(|(_, held)| held.session.seen_ms).map(|(hash, _)| *hash);
        oldest.iter().for_each(|hash| drop(open.remove(hash)));
        gone.extend(oldest);
    }
    gone.into_iter().map(SecretHash::key).collect()
}

/// The account with most sessions; of several, that whose last sign of life is oldest.
fn whoever_has_most(open: &HashMap<SecretHash, Held>) -> Option<AgentId> {
    let mut counts: HashMap<&AgentId, (usize, i64)> = HashMap::new();
    for held in open.values() {
        let (count, oldest_ms) = counts.entry(&held.session.asker.who).or_insert((0, i64::MAX));
        (*count, *oldest_ms) = (*count + 1, (*oldest_ms).min(held.session.seen_ms));
    }
    let most = counts.into_iter().max_by_key(|(_, (count, oldest_ms))| (*count, std::cmp::Reverse(*oldest_ms)));
    most.map(|(who, _)| who.clone())
}
