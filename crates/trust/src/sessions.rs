//! Sessions of people who use pages.
//!
//! A session is a random number in a cookie and, here, who that is. It ends after 30 minutes without a request, after 12 hours
//! in any case, when its person signs out, and when the server restarts. Sessions are in memory only.

use crate::secret::{SecretHash, looks_like_secret, new_secret};
use axum::http::{HeaderMap, HeaderValue, header};
use gate::Asker;
use record::Ids;
use record::error::RecordError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A session ends after so long without a request.
pub const IDLE_MS_MAX: i64 = 30 * 60 * 1_000;
/// A session ends after so long in any case.
pub const AGE_MS_MAX: i64 = 12 * 60 * 60 * 1_000;
/// How many sessions are kept; the one idle for longest makes room.
pub const SESSIONS_MAX: usize = 20_000;

/// Whether pages are reached by https; decides name and flags of the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Transport {
    /// Plain http, for one's own machine.
    #[default]
    Http,
    /// https, also when something in front of us ends it.
    Https,
}

/// Everybody who is signed in.
#[derive(Debug, Default)]
pub struct Sessions {
    transport: Transport,
    open: Mutex<HashMap<SecretHash, Session>>,
}

#[derive(Debug)]
struct Session {
    asker: Arc<Asker>,
    began_ms: i64,
    seen_ms: i64,
}

impl Session {
    fn is_over(&self, now_ms: i64) -> bool {
        now_ms - self.seen_ms >= IDLE_MS_MAX || now_ms - self.began_ms >= AGE_MS_MAX
    }
}

impl Sessions {
    /// No session yet.
    #[must_use]
    pub fn new(transport: Transport) -> Sessions {
        Sessions { transport, open: Mutex::default() }
    }

    /// Begins a session; gives the `Set-Cookie` that carries it.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn begin(&self, asker: Arc<Asker>, now_ms: i64, ids: &dyn Ids) -> Result<HeaderValue, RecordError> {
        let secret = new_secret(ids)?;
        let mut open = self.lock();
        make_room(&mut open, now_ms);
        open.insert(SecretHash::of(&secret), Session { asker, began_ms: now_ms, seen_ms: now_ms });
        Ok(self.cookie(&secret, ""))
    }

    /// Who sends these headers, if a session that is not over says so. Counts as a sign of life.
    #[must_use]
    pub fn who(&self, headers: &HeaderMap, now_ms: i64) -> Option<Arc<Asker>> {
        let hash = self.sent(headers)?;
        let mut open = self.lock();
        let session = open.get_mut(&hash)?;
        if session.is_over(now_ms) {
            open.remove(&hash);
            return None;
        }
        session.seen_ms = now_ms;
        Some(Arc::clone(&session.asker))
    }

    /// Ends the session of these headers; gives who it was, and the `Set-Cookie` that takes the cookie away.
    pub fn end(&self, headers: &HeaderMap) -> (Option<Arc<Asker>>, HeaderValue) {
        let ended = self.sent(headers).and_then(|hash| self.lock().remove(&hash));
        (ended.map(|session| session.asker), self.cookie("", "; Max-Age=0"))
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
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, secret) = pairs.find(|(name, value)| *name == self.name() && looks_like_secret(value))?;
        Some(SecretHash::of(secret))
    }

    /// A panic elsewhere leaves the map whole: every change to it is one step.
    fn lock(&self) -> MutexGuard<'_, HashMap<SecretHash, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(open: &mut HashMap<SecretHash, Session>, now_ms: i64) {
    if open.len() < SESSIONS_MAX {
        return;
    }
    open.retain(|_, session| !session.is_over(now_ms));
    if open.len() >= SESSIONS_MAX
        && let Some(longest_idle) = open.iter().min_by_key(|(_, session)| session.seen_ms).map(|(hash, _)| *hash)
    {
        open.remove(&longest_idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gate::{AgentId, Role};
    use record::SeededIds;

    fn signed_in(sessions: &Sessions, at_ms: i64) -> HeaderMap {
        let asker = Asker::new(AgentId::parse("Patient/a").unwrap(), "Mrs A", Role::Citizen);
        let cookie = sessions.begin(Arc::new(asker), at_ms, &SeededIds::from_seed(at_ms.unsigned_abs())).unwrap();
        sent(&cookie)
    }

    fn sent(set_cookie: &HeaderValue) -> HeaderMap {
        let pair = set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(format!("theme=dark; {pair}")).unwrap())])
    }

    #[test]
    fn a_session_lasts_while_it_is_used_and_at_most_twelve_hours() {
        let sessions = Sessions::new(Transport::Http);
        let headers = signed_in(&sessions, 0);

        let step = IDLE_MS_MAX - 1;
        let lasted = (1..).map(|n| n * step).take_while(|now| sessions.who(&headers, *now).is_some()).last();

        assert!(lasted.is_some_and(|last| last < AGE_MS_MAX && last + step >= AGE_MS_MAX));
    }

    #[test]
    fn a_session_that_is_not_used_for_half_an_hour_is_over_for_good() {
        let sessions = Sessions::new(Transport::Http);
        let headers = signed_in(&sessions, 0);

        assert!(sessions.who(&headers, IDLE_MS_MAX).is_none());

        assert!(sessions.who(&headers, 1).is_none());
    }

    #[test]
    fn signing_out_ends_the_session_and_takes_the_cookie_away() {
        let sessions = Sessions::new(Transport::Http);
        let headers = signed_in(&sessions, 0);

        let (who, cookie) = sessions.end(&headers);

        assert_eq!(who.unwrap().display, "Mrs A");
        assert!(cookie.to_str().unwrap().contains("Max-Age=0"));
        assert!(sessions.who(&headers, 1).is_none());
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
        let asker = Arc::new(Asker::new(AgentId::parse("Patient/a").unwrap(), "Mrs A", Role::Citizen));
        let cookie = |transport| {
            let cookie = Sessions::new(transport).begin(Arc::clone(&asker), 0, &SeededIds::from_seed(1)).unwrap();
            cookie.to_str().unwrap().to_owned()
        };

        assert!(cookie(Transport::Http).ends_with("; Path=/; HttpOnly; SameSite=Strict"));
        assert!(cookie(Transport::Https).starts_with("__Host-commonweal-session="));
        assert!(cookie(Transport::Https).ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"));
    }

    #[test]
    fn a_made_up_cookie_is_nobody() {
        let sessions = Sessions::new(Transport::Http);
        signed_in(&sessions, 0);
        let made_up = HeaderValue::try_from(format!("commonweal-session={}", "0".repeat(64))).unwrap();

        assert!(sessions.who(&HeaderMap::from_iter([(header::COOKIE, made_up)]), 1).is_none());
        assert!(sessions.who(&HeaderMap::new(), 1).is_none());
    }
}
