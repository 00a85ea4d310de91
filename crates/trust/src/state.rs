//! What the server keeps of trust, and how it is put round the pages.

use crate::held::Held;
use crate::limits::{Key, Kind, Limits, TooOften};
use crate::origin;
use crate::oversight::Oversight;
use crate::pages;
use crate::passkey::Passkeys;
use crate::peers::{Nobody, Peers};
use crate::personas::Persona;
use crate::provider::{Desk, Doors, Provider, lock, still_works_here};
use crate::reconcile::Context;
use crate::routes::Routes;
use crate::sessions::{AGE_MS_MAX, Session, Sessions, Transport, Way};
use crate::source::Source;
use crate::tokens::{NewToken, TokenError, TokenText, Tokens};
use crate::witnessing::Standing;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use fhir::issue::{Issue, IssueCode, outcome};
use gate::{AgentId, Asker, Denied, Gate, Permit, Purpose, RequestId, Role};
use kit::{PageError, Site};
use record::error::RecordError;
use record::log::Draft;
use record::{Record, understood};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The header that carries a request's id both ways.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// After so long it is looked up again that a member of staff still works here.
pub(crate) const CHECKED_EVERY_MS: i64 = 5 * 60 * 1_000;

/// How trust behaves here.
pub struct Options {
    /// What is the same on every page.
    pub site: Site,
    /// Whom anybody may sign in as; empty outside the demo.
    pub personas: Vec<Persona>,
    /// The services elsewhere that sign people in; none where there are none.
    pub doors: Option<Doors>,
    /// Whether pages are reached by https.
    pub transport: Transport,
    /// Where a role begins after sign-in.
    pub home: fn(Role) -> &'static str,
    /// The other localities that watch over this log, and it over theirs.
    pub peers: Arc<dyn Peers>,
    /// Whether e-mail is sent from here.
    pub has_mail: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            site: Site::default(),
            personas: Vec::new(),
            doors: None,
            transport: Transport::Http,
            home: usual_home,
            peers: Arc::new(Nobody),
            has_mail: false,
        }
    }
}

/// Where a role begins, unless the binary says otherwise.
#[must_use]
pub fn usual_home(role: Role) -> &'static str {
    match role {
        Role::Citizen | Role::Proxy => "/my",
        Role::PrivacyOfficer | Role::CaldicottGuardian => "/privacy-officer",
        role if role.is_staff() => "/care",
        _ => "/",
    }
}

/// What a role usually asks for: pages and the API take this purpose where nothing else is said.
#[must_use]
pub fn usual_purpose(role: Role) -> Purpose {
    match role {
        Role::Citizen | Role::Proxy | Role::App => Purpose::OwnRecord,
        Role::Clinician
        | Role::Gp
        | Role::EmergencyClinician
        | Role::WardClinician
        | Role::CommunityClinician
        | Role::MentalHealthClinician
        | Role::Pharmacist
        | Role::SocialWorker
        | Role::CareHomeStaff
        | Role::Paramedic
        | Role::ServiceAccount => Purpose::DirectCare,
        Role::Receptionist | Role::ClinicalCoder | Role::Administrator | Role::SafetyOfficer => Purpose::Administration,
        Role::PrivacyOfficer | Role::CaldicottGuardian => Purpose::Audit,
        Role::Analyst => Purpose::Planning,
        Role::Researcher => Purpose::Research,
    }
}

/// Something of trust went wrong.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The rules say no.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The record says no, or could not be asked.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Sign-in, tokens and the rules, for one server. Cheap to clone: all clones are the same.
#[derive(Clone)]
pub struct Trust {
    inner: Arc<Inner>,
}

struct Inner {
    record: Record,
    gate: Arc<Gate>,
    sessions: Sessions,
    tokens: Tokens,
    site: Site,
    personas: Vec<Persona>,
    home: fn(Role) -> &'static str,
    peers: Arc<dyn Peers>,
    has_mail: bool,
    standings: Mutex<Vec<Standing>>,
    checking: Mutex<Context>,
    held: Held,
    oversight: Mutex<Option<(i64, Oversight)>>,
    doors: Option<Doors>,
    desk: Desk,
    limits: Limits,
    news: Mutex<()>,
    mail: Mutex<()>,
    /// Whether the operator was told of a proxy that does not say where requests come from.
    warned: AtomicBool,
}

impl Trust {
    /// Trust over a record and its rules.
    #[must_use]
    pub fn new(record: Record, gate: Arc<Gate>, options: Options) -> Trust {
        let Options { site, personas, doors, transport, home, peers, has_mail } = options;
        let (sessions, tokens, standings) = (Sessions::new(transport), Tokens::default(), Mutex::default());
        let (checking, held, desk) = (Mutex::default(), Held::default(), Desk::default());
        let (news, mail, oversight, limits) = (Mutex::default(), Mutex::default(), Mutex::default(), Limits::default());
        let inner = Inner {
            record,
            gate,
            sessions,
            tokens,
            site,
            personas,
            home,
            peers,
            has_mail,
            standings,
            checking,
            held,
            oversight,
            doors,
            desk,
            limits,
            news,
            mail,
            warned: AtomicBool::new(false),
        };
        Trust { inner: Arc::new(inner) }
    }

    /// The record.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.inner.record
    }

    /// The rules.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.inner.gate
    }

    /// What is the same on every page.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.inner.site
    }

    /// The sessions.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// The session that these headers carry, while its way of signing in is still offered and knows its person as the same.
    ///
    /// # Errors
    /// When the record could not be read.
    pub fn session(&self, headers: &HeaderMap, request: &RequestId) -> Result<Option<Session>, TrustError> {
        let Some(session) = self.sessions().who(self.record(), headers)? else { return Ok(None) };
        if !self.still_offers(&session) {
            return Ok(None);
        }
        if self.still_works(&session, request)? {
            return Ok(Some(session));
        }
        self.sessions().end(self.record(), headers)?;
        Ok(None)
    }

    /// Whether a member of staff still works here; looked up every few minutes.
    fn still_works(&self, session: &Session, request: &RequestId) -> Result<bool, TrustError> {
        if session.asker.role.is_public() || matches!(session.way, Way::Persona(_)) {
            return Ok(true);
        }
        let (now_ms, checked) = (self.record().now_ms(), &self.desk().checked);
        let last_ms = lock(checked).get(&session.id).copied().unwrap_or(session.began_ms);
        if now_ms - last_ms < CHECKED_EVERY_MS {
            return Ok(true);
        }
        let still = still_works_here(self, &session.asker, request)?;
        let mut checked = lock(checked);
        checked.retain(|_, at_ms| now_ms - *at_ms < AGE_MS_MAX);
        if still {
            checked.insert(session.id.clone(), now_ms);
        }
        Ok(still)
    }

    /// A session must not outlive the way by which its person came: the personas of the demo, above all.
    fn still_offers(&self, session: &Session) -> bool {
        match &session.way {
            Way::Persona(id) => self.personas().iter().any(|persona| {
                let (then, now) = (&session.asker, &persona.asker);
                // The role of a member of the public depends on whose record she has open.
                let is_same_role = then.role == now.role || (then.role.is_public() && now.role.is_public());
                persona.id == *id && is_same_role && (&then.who, &then.acts_as) == (&now.who, &now.acts_as)
            }),
            Way::Provider(id) => self.provider(id).is_some_and(|provider| provider.signs_in_as(session.asker.role)),
            Way::Passkey(_) => self.passkeys().is_some_and(|passkeys| passkeys.signs_in_as(session.asker.role)),
        }
    }

    /// The services elsewhere that sign people in.
    #[must_use]
    pub fn doors(&self) -> Option<&Doors> {
        self.inner.doors.as_ref()
    }

    /// The service with this id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.doors()?.provider(id)
    }

    /// Passkeys, if this locality has them.
    #[must_use]
    pub fn passkeys(&self) -> Option<&Arc<Passkeys>> {
        self.doors()?.passkeys.as_ref()
    }

    /// Sign-ins that are under way.
    pub(crate) fn desk(&self) -> &Desk {
        &self.inner.desk
    }

    /// Counts one of something that may be too often, of an address or of nobody in particular.
    pub(crate) fn take(&self, kind: Kind, source: Source) -> Result<(), TooOften> {
        self.inner.limits.take(kind, source.key(), self.record().now_ms())
    }

    /// Whether an address has done something too often already.
    pub(crate) fn check(&self, kind: Kind, source: Source) -> Result<(), TooOften> {
        self.inner.limits.check(kind, source.key(), self.record().now_ms())
    }

    /// Takes one back that came to a good end.
    pub(crate) fn forgive(&self, kind: Kind, source: Source) {
        self.inner.limits.forgive(kind, source.key());
    }

    /// Counts one of something that may be too often, of an account.
    pub(crate) fn take_of(&self, kind: Kind, who: &AgentId) -> Result<(), TooOften> {
        self.inner.limits.take(kind, Some(Key::of_account(who)), self.record().now_ms())
    }

    /// Whether an account has done something too often already.
    pub(crate) fn check_of(&self, kind: Kind, who: &AgentId) -> Result<(), TooOften> {
        self.inner.limits.check(kind, Some(Key::of_account(who)), self.record().now_ms())
    }

    /// Forms that wait for their sender to confirm who she is.
    pub(crate) fn held(&self) -> &Held {
        &self.inner.held
    }

    /// Whom one can sign in as.
    #[must_use]
    pub fn personas(&self) -> &[Persona] {
        &self.inner.personas
    }

    /// Whether e-mail is sent from here.
    #[must_use]
    pub fn has_mail(&self) -> bool {
        self.inner.has_mail
    }

    /// The other localities.
    pub(crate) fn peers(&self) -> &dyn Peers {
        self.inner.peers.as_ref()
    }

    /// How the log stands with each peer that it was offered to, since the start.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        self.inner.standings.lock().map(|standings| standings.clone()).unwrap_or_default()
    }

    /// Notes how the log stands with a peer.
    pub(crate) fn stands(&self, standing: Standing) {
        let Ok(mut standings) = self.inner.standings.lock() else { return };
        standings.retain(|known| known.witness != standing.witness);
        standings.push(standing);
        standings.sort_by(|one, other| one.witness.cmp(&other.witness));
    }

    /// Where a role begins.
    #[must_use]
    pub fn home(&self, role: Role) -> &'static str {
        (self.inner.home)(role)
    }

    /// Issues a token.
    ///
    /// # Errors
    /// When it cannot be issued as asked, or not kept.
    pub fn issue_token(&self, token: &NewToken) -> Result<TokenText, TokenError> {
        crate::tokens::issue(self.record(), token)
    }

    /// Who a token stands for.
    ///
    /// # Errors
    /// When it is not ours, or over.
    pub fn check_token(&self, text: &str) -> Result<Arc<Asker>, TokenError> {
        self.inner.tokens.check(self.record(), text)
    }

    /// Ends a token before its time.
    ///
    /// # Errors
    /// When the record could not be written.
    pub fn revoke_token(&self, text: &str) -> Result<(), TokenError> {
        self.inner.tokens.revoke(self.record(), text)
    }

    /// A permit for one request; a refusal is logged before it is told.
    ///
    /// # Errors
    /// When the rules say no, or the refusal could not be logged.
    pub fn permit(
        &self,
        asker: &Arc<Asker>,
        purpose: Purpose,
        action: gate::Action,
        request: &RequestId,
    ) -> Result<Permit, TrustError> {
        let denied = match self.inner.gate.permit(asker, purpose, action, request.clone()) {
            Ok(permit) => return Ok(permit),
            Err(denied) => denied,
        };
        self.record().log_event(Draft {
            action: action.name().to_owned(),
            purpose: purpose.name().to_owned(),
            rule: denied.rule().map(ToString::to_string).unwrap_or_default(),
            outcome: "refused".to_owned(),
            ..entry_about(asker, self.record().now_ms()).in_request(request)
        })?;
        Err(denied.into())
    }

    /// A permit for looking that finds nothing where the rules say no; the record logs the refusal with the look itself.
    #[must_use]
    pub fn permit_or_nothing(
        &self,
        asker: &Arc<Asker>,
        purpose: Purpose,
        action: gate::Action,
        request: &RequestId,
    ) -> Permit {
        self.inner.gate.permit_or_nothing(asker, purpose, action, request.clone())
    }

    /// Our own pages: sign-in, sign-out, the privacy officer's log and workbench, and what everybody may know of the log.
    #[must_use]
    pub fn routes(&self) -> Routes {
        pages::routes(self.clone())
    }

    /// Puts trust round a router: every request gets an id, forms of other sites are refused, and handlers may ask for
    /// [`crate::SignedIn`] and [`crate::Bearer`].
    pub fn protect(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), protect))
    }

    /// What is kept as JSON under a kind and key; none when there is nothing. What is not understood is an error.
    pub(crate) fn kept_json<T: DeserializeOwned>(&self, (kind, key): (&str, &str)) -> Result<Option<T>, TrustError> {
        let kept = self.record().kept(kind, key)?;
        Ok(kept.map(|bytes| understood(&bytes)).transpose()?)
    }

    /// Everything that is kept as JSON under a kind, by key. What is not understood is an error.
    pub(crate) fn all_kept_json<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<T>, TrustError> {
        let kept = self.record().all_kept(kind)?;
        Ok(kept.iter().map(|(_, bytes)| understood(bytes)).collect::<Result<Vec<T>, _>>()?)
    }

    /// Keeps `now` in the place of `was` (none: in an empty place; `now` none: forgets), with an entry of the log in the same
    /// commit; says whether it did. It does not where somebody else has changed what is there since it was read.
    pub(crate) fn change_json<T>(
        &self,
        (kind, key): (&str, &str),
        was: Option<&T>,
        now: Option<&T>,
        entry: Option<&Draft>,
    ) -> Result<bool, TrustError>
    where
        T: Serialize + DeserializeOwned + PartialEq + Clone + Send + 'static,
    {
        let bytes = now.map(serde_json::to_vec).transpose().map_err(|_| RecordError::not_found())?;
        let was = was.cloned();
        let is_as_read = move |there: Option<&[u8]>| match (there, was) {
            (None, None) => true,
            (Some(there), Some(was)) => understood::<T>(there).is_ok_and(|there| there == was),
            _ => false,
        };
        Ok(self.record().replace_if((kind, key), is_as_read, bytes.as_deref(), entry)?)
    }

    /// What is kept as JSON about one person under a kind whose keys are made by [`key_of`].
    pub(crate) fn kept_json_of<T: DeserializeOwned>(&self, kind: &str, part: u32) -> Result<Vec<T>, TrustError> {
        let kept = self.record().kept_under(kind, &beginning_of(part))?;
        Ok(kept.iter().map(|(_, bytes)| understood(bytes)).collect::<Result<Vec<T>, _>>()?)
    }

    /// Keeps something as JSON, with an entry of the log in the same commit.
    pub(crate) fn keep_json<T: Serialize>(
        &self,
        (kind, key): (&str, &str),
        value: &T,
        entry: Option<&Draft>,
    ) -> Result<(), TrustError> {
        let bytes = serde_json::to_vec(value).map_err(|_| RecordError::not_found())?;
        Ok(self.record().keep(kind, key, &bytes, entry)?)
    }

    /// Holds other checks of accesses back. A panic in one leaves nothing half done: what it keeps, it keeps in one step.
    pub(crate) fn lock_check(&self) -> MutexGuard<'_, Context> {
        self.inner.checking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last counts of the work of those who watch, with their time; first replaced when there are new ones.
    pub(crate) fn kept_oversight(&self, new: Option<(i64, Oversight)>) -> Option<(i64, Oversight)> {
        let mut kept = self.inner.oversight.lock().unwrap_or_else(PoisonError::into_inner);
        if new.is_some() {
            *kept = new;
        }
        kept.clone()
    }

    /// Holds others back from changing who gets e-mail, and what lies in the outbox, at the same time.
    pub(crate) fn lock_mail(&self) -> MutexGuard<'_, ()> {
        self.inner.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds others back from taking up the same news.
    pub(crate) fn lock_news(&self) -> MutexGuard<'_, ()> {
        self.inner.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says once in the server's own log that a proxy does not say where requests come from.
    fn warn_of_proxy(&self) {
        if !self.inner.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a proxy named in sign-in.toml does not say in X-Forwarded-For or Forwarded where requests come from: \
                 they all count as one; have it write the address that it sees"
            );
        }
    }

    /// The id of a request: the caller's own if it is well formed, else a new one.
    fn request_id(&self, sent: Option<&HeaderValue>) -> Result<RequestId, RecordError> {
        if let Some(id) = sent.and_then(|value| value.to_str().ok()).and_then(RequestId::parse) {
            return Ok(id);
        }
        let id = record::new_resource_id(self.record().ids())?;
        RequestId::parse(id.as_str()).ok_or_else(RecordError::not_found)
    }
}

async fn protect(State(trust): State<Trust>, mut request: Request, next: Next) -> Response {
    let Ok(id) = trust.request_id(request.headers().get(REQUEST_ID_HEADER)) else {
        return PageError::Busy.respond(trust.site());
    };
    if !origin::is_own(request.method(), request.headers()) {
        return PageError::BadRequest.respond(trust.site());
    }
    let header = HeaderValue::try_from(id.as_str());
    let is_api = request.uri().path().starts_with("/fhir");
    let proxies = trust.doors().map(|doors| doors.proxies.as_slice()).unwrap_or_default();
    let (source, is_unclear) = Source::of(request.extensions(), request.headers(), proxies);
    if is_unclear {
        trust.warn_of_proxy();
    }
    request.extensions_mut().insert(source);
    let answering = trust.record().answering(&id);
    request.extensions_mut().insert(answering.request().clone());
    request.extensions_mut().insert(trust.clone());
    let mut answer = next.run(request).await;
    if answering.finish().is_err() {
        answer = if is_api { unlogged() } else { PageError::Busy.respond(trust.site()) };
    }
    if let Ok(header) = header {
        answer.headers_mut().insert(REQUEST_ID_HEADER, header);
    }
    answer
}

/// What the API says instead of an answer that could not be logged.
fn unlogged() -> Response {
    let sentence = "The access could not be logged, so nothing is shown. Try again shortly.";
    let body = outcome(&[Issue::error(IssueCode::Transient, sentence)]);
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "application/fhir+json")], body).into_response()
}

/// The key of something about one person and one entry of the log: what is about one person lies together.
pub(crate) fn key_of(part: u32, entry: u64) -> String {
    format!("{}{entry:016}", beginning_of(part))
}

fn beginning_of(part: u32) -> String {
    format!("{part:010}-")
}

/// An entry of the log about somebody, for the purpose that is usual for them, without what they did.
pub(crate) fn entry_about(asker: &Asker, now_ms: i64) -> Draft {
    Draft { purpose: usual_purpose(asker.role).name().to_owned(), ..Draft::about(asker, now_ms) }
}
