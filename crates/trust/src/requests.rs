//! What a handler asks for to know who asks.
//!
//! [`SignedIn`] for pages, [`Bearer`] for the API, [`MaybeSignedIn`] for pages that are open to all. A page without a session
//! answers with the way to sign-in; the API without a token answers 401. Both lead to a permit, never past one. They work in
//! every router that [`crate::Trust::protect`] wraps.

use crate::limits::{Kind, TooOften};
use crate::return_to::ReturnTo;
use crate::sessions::{Identity, Session};
use crate::source::Source;
use crate::state::{Trust, TrustError, usual_purpose};
use crate::tokens::TokenError;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::ResourceId;
use fhir::issue::{Issue, IssueCode, outcome};
use gate::{Action, Asker, Permit, Purpose, RequestId};
use kit::headers::{Privacy, secure};
use kit::layout::{Account, Link};
use kit::{PageError, Site};
use record::error::Refusal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Somebody who is signed in to pages.
#[derive(Clone)]
pub struct SignedIn {
    /// Who it is.
    pub asker: Arc<Asker>,
    /// The request.
    pub request: RequestId,
    /// Trust, with record and rules.
    pub trust: Trust,
    /// The session: since when, how they signed in, how sure that is.
    pub session: Session,
}

impl SignedIn {
    /// Leave for what the role usually does.
    ///
    /// # Errors
    /// A page that says why not.
    pub fn permit(&self, action: Action) -> Result<Permit, PageError> {
        self.permit_for(usual_purpose(self.asker.role), action)
    }

    /// Leave for another purpose.
    ///
    /// # Errors
    /// A page that says why not.
    pub fn permit_for(&self, purpose: Purpose, action: Action) -> Result<Permit, PageError> {
        self.trust
            .permit(&self.asker, purpose, action, &self.request)
            .map_err(|error| page_error(&error, &self.request))
    }

    /// Until when an emergency that this reader declared for a person lasts, milliseconds since 1970 UTC; none without one.
    ///
    /// # Errors
    /// A page that says that the record could not be asked.
    pub fn emergency_until(&self, patient: &ResourceId) -> Result<Option<i64>, PageError> {
        let lasts = self.trust.record().emergency_until(&self.asker, patient);
        lasts.map_err(|error| page_error(&error.into(), &self.request))
    }

    /// Until when this reader's claim to care for a person holds, milliseconds since 1970 UTC; none without one.
    ///
    /// # Errors
    /// A page that says that the record could not be asked.
    pub fn claim_until(&self, patient: &ResourceId) -> Result<Option<i64>, PageError> {
        let holds = self.trust.record().claim_until(&self.asker, patient);
        holds.map_err(|error| page_error(&error.into(), &self.request))
    }

    /// The same reader who has claimed to care for a person.
    #[must_use]
    pub fn who_claims(&self, patient: &ResourceId) -> SignedIn {
        let asker = Asker { claimed: Some(patient.clone()), ..self.asker.as_ref().clone() };
        SignedIn { asker: Arc::new(asker), ..self.clone() }
    }

    /// The same reader in the emergency that she declared for a person.
    #[must_use]
    pub fn in_emergency_of(&self, patient: &ResourceId) -> SignedIn {
        let asker = Asker { emergency: Some(patient.clone()), ..self.asker.as_ref().clone() };
        SignedIn { asker: Arc::new(asker), ..self.clone() }
    }

    /// Whether it is proven well enough who this is for a record to be shown; professionals are proven by their employer.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        !self.asker.role.is_public() || self.session.level.identity >= Identity::P9
    }

    /// The way to a page where somebody who proved who she is longer ago than this confirms it, and then comes back; nothing for
    /// somebody who did so just now.
    #[must_use]
    pub fn to_confirm(&self, within_ms: i64, back: &str) -> Option<Response> {
        let since_ms = self.trust.record().now_ms() - self.session.authenticated_ms;
        if since_ms < within_ms {
            return None;
        }
        let again = "/sign-in/again";
        let to = ReturnTo::parse(back).map_or_else(|| again.to_owned(), |back| back.by_way_of(again));
        Some(see_other(&to))
    }

    /// Counts one of something that somebody may do only so often.
    ///
    /// # Errors
    /// A page that says how long to wait.
    pub fn take_turn(&self, kind: Kind) -> Result<(), PageError> {
        Ok(self.trust.take_of(kind, &self.asker.who)?)
    }

    /// Whether somebody has done something too often already; counts nothing.
    ///
    /// # Errors
    /// A page that says how long to wait.
    pub fn has_turn(&self, kind: Kind) -> Result<(), PageError> {
        Ok(self.trust.check_of(kind, &self.asker.who)?)
    }

    /// Holds a form that was sent, while its sender confirms who she is; in memory only, for some minutes, and never in an address.
    pub fn hold<T: Serialize>(&self, place: &str, form: &T) {
        self.trust.held().put(&self.session, place, (serde_json::to_string(form).ok(), self.trust.record().now_ms()));
    }

    /// Takes the form that was held at this place, if there is one.
    #[must_use]
    pub fn held<T: DeserializeOwned>(&self, place: &str) -> Option<T> {
        let form = self.trust.held().take(&self.session, place, self.trust.record().now_ms())?;
        serde_json::from_str(&form).ok()
    }

    /// Answers on a thread that may wait.
    pub async fn answer(self, page: impl FnOnce(&SignedIn) -> Response + Send + 'static) -> Response {
        let (site, request) = (self.trust.site().clone(), self.request.clone());
        blocking_page(&site, &request, move || page(&self)).await
    }

    /// Name, role and sign-out, for the header of the page.
    #[must_use]
    pub fn account(&self) -> Account {
        let name = match &self.asker.organisation {
            Some(organisation) => format!("{}, {}", self.asker.display, organisation.name),
            None => self.asker.display.clone(),
        };
        Account { href: Some("/account/devices".to_owned()), ..Account::new(name, "/sign-out") }
    }
}

/// Runs work that waits for the disk, or takes long, on a thread that may wait: the few threads that answer requests go on meanwhile.
/// None when the work broke off.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// Answers with a page that is made on a thread that may wait.
pub async fn blocking_page(
    site: &Site,
    request: &RequestId,
    work: impl FnOnce() -> Response + Send + 'static,
) -> Response {
    let internal = || PageError::Internal(request.as_str().to_owned()).respond(site);
    blocking(work).await.unwrap_or_else(internal)
}

/// 303 to a page of our own, kept by no cache.
pub(crate) fn see_other(to: &str) -> Response {
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
    secure(answer.headers_mut(), Privacy::Personal);
    answer
}

/// What a page says to a refusal or failure. Hidden and absent are the same.
#[must_use]
pub fn page_error(error: &TrustError, request: &RequestId) -> PageError {
    match error {
        TrustError::Denied(denied) => PageError::Forbidden(denied.to_string()),
        TrustError::Record(error) => match error.refusal {
            Refusal::Forbidden => PageError::Forbidden(error.to_string()),
            Refusal::NotFound | Refusal::Gone => PageError::NotFound,
            Refusal::Unavailable | Refusal::NoRoom => PageError::Busy,
            Refusal::Internal => PageError::Internal(request.as_str().to_owned()),
            _ => PageError::BadRequest,
        },
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<SignedIn, Response> {
        match MaybeSignedIn::of(parts).await {
            Some(Ok(MaybeSignedIn { session: Some(session), request, trust, .. })) => {
                Ok(SignedIn { asker: Arc::clone(&session.asker), request, trust, session })
            }
            Some(Ok(MaybeSignedIn { trust, .. })) => Err(sign_in_first(parts, &trust)),
            Some(Err(answer)) => Err(answer),
            None => Err(unprotected()),
        }
    }
}

/// The page that asks to sign in, and leads back to a page that was only to be looked at.
fn sign_in_first(parts: &Parts, trust: &Trust) -> Response {
    let here = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0).path_and_query();
    let back = here.filter(|_| parts.method == Method::GET).and_then(|here| ReturnTo::parse(here.as_str()));
    let href = back.map_or_else(|| "/sign-in".to_owned(), |back| back.by_way_of("/sign-in"));
    PageError::SignInFirst.page_onward(&Link::new(href, "Sign in")).respond_with(StatusCode::UNAUTHORIZED, trust.site())
}

/// A router that was not wrapped shows nothing to anybody.
fn unprotected() -> Response {
    PageError::SignInFirst.into_response()
}

/// A visitor of a page that is open to all, signed in or not.
#[derive(Clone)]
pub struct MaybeSignedIn {
    /// Who it is, if anybody is signed in.
    pub asker: Option<Arc<Asker>>,
    /// The request.
    pub request: RequestId,
    /// Trust, with record and rules.
    pub trust: Trust,
    /// The session, if anybody is signed in.
    pub session: Option<Session>,
}

impl MaybeSignedIn {
    /// None where the router is not wrapped. A session is looked up on a thread that may wait: its sign of life is written at times,
    /// and whether a member of staff still works here is looked up.
    async fn of(parts: &Parts) -> Option<Result<MaybeSignedIn, Response>> {
        let trust = parts.extensions.get::<Trust>()?.clone();
        let request = parts.extensions.get::<RequestId>()?.clone();
        if !parts.headers.contains_key(header::COOKIE) {
            return Some(Ok(MaybeSignedIn { asker: None, request, trust, session: None }));
        }
        let (ours, asks, headers) = (trust.clone(), request.clone(), parts.headers.clone());
        let Some(Ok(session)) = blocking(move || ours.session(&headers, &asks)).await else {
            return Some(Err(PageError::Busy.respond(trust.site())));
        };
        let asker = session.as_ref().map(|session| Arc::clone(&session.asker));
        Some(Ok(MaybeSignedIn { asker, request, trust, session }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeSignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<MaybeSignedIn, Response> {
        match MaybeSignedIn::of(parts).await {
            Some(answer) => answer,
            None => Err(unprotected()),
        }
    }
}

/// A request on the way to signing in: from anybody, with where it comes from.
pub(crate) struct Visit {
    /// Trust, with record and rules.
    pub(crate) trust: Trust,
    /// The request.
    pub(crate) request: RequestId,
    /// Where it comes from.
    pub(crate) source: Source,
    /// Its headers.
    pub(crate) headers: HeaderMap,
}

impl Visit {
    /// Answers on a thread that may wait.
    pub(crate) async fn answer(self, page: impl FnOnce(&Visit) -> Response + Send + 'static) -> Response {
        let (site, request) = (self.trust.site().clone(), self.request.clone());
        blocking_page(&site, &request, move || page(&self)).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Visit, Response> {
        match (parts.extensions.get::<Trust>(), parts.extensions.get::<RequestId>()) {
            (Some(trust), Some(request)) => Ok(Visit {
                trust: trust.clone(),
                request: request.clone(),
                source: Source::in_parts(parts),
                headers: parts.headers.clone(),
            }),
            _ => Err(unprotected()),
        }
    }
}

/// A connected system, or a script, with an access token.
#[derive(Clone)]
pub struct Bearer {
    /// Who the token stands for.
    pub asker: Arc<Asker>,
    /// The request.
    pub request: RequestId,
    /// Trust, with record and rules.
    pub trust: Trust,
}

impl Bearer {
    /// Leave for what the role usually does.
    ///
    /// # Errors
    /// When the rules or the token's scopes say no.
    pub fn permit(&self, action: Action) -> Result<Permit, TrustError> {
        self.permit_for(self.purpose(), action)
    }

    /// Leave for what the role usually does, which finds nothing where the rules or the token's scopes say no.
    #[must_use]
    pub fn permit_or_nothing(&self, action: Action) -> Permit {
        self.trust.permit_or_nothing(&self.asker, self.purpose(), action, &self.request)
    }

    /// What is usual for the role; for a registered use of data, what the register says and nothing else. The record refuses
    /// a use that has ended or is not there, whatever is asked for.
    fn purpose(&self) -> Purpose {
        let Ok(Some(data_use)) = self.trust.record().use_of(&self.asker.who) else {
            return usual_purpose(self.asker.role);
        };
        data_use.purpose().unwrap_or(Purpose::Research)
    }

    /// Leave for another purpose.
    ///
    /// # Errors
    /// When the rules or the token's scopes say no.
    pub fn permit_for(&self, purpose: Purpose, action: Action) -> Result<Permit, TrustError> {
        self.trust.permit(&self.asker, purpose, action, &self.request)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Bearer, Response> {
        let (Some(trust), Some(request)) = (parts.extensions.get::<Trust>(), parts.extensions.get::<RequestId>())
        else {
            return Err(unauthorised(&TokenError::Missing));
        };
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            sent.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else { return Err(unauthorised(&TokenError::Missing)) };
        let asker = trust.check_token(token.trim()).map_err(|error| match &error {
            // A good token is never kept out, whatever others at the same address send.
            TokenError::Record(_) => unauthorised(&error),
            _ => match trust.take(Kind::BadToken, Source::in_parts(parts)) {
                Ok(()) => unauthorised(&error),
                Err(too_often) => throttled(too_often),
            },
        })?;
        Ok(Bearer { asker, request: request.clone(), trust: trust.clone() })
    }
}

/// 429 with the seconds to wait.
fn throttled(TooOften { kind, wait_s }: TooOften) -> Response {
    let body = outcome(&[Issue::error(IssueCode::Throttled, format!("{} Wait {wait_s} s.", kind.sentence()))]);
    let head = [(header::CONTENT_TYPE, "application/fhir+json")];
    let mut answer = (StatusCode::TOO_MANY_REQUESTS, head, body).into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    answer
}

/// 401 as FHIR and RFC 6750 want it; 503 when the token could not be looked up.
fn unauthorised(error: &TokenError) -> Response {
    let (status, code, challenge) = match error {
        TokenError::Record(_) => (StatusCode::SERVICE_UNAVAILABLE, IssueCode::Transient, None),
        TokenError::Missing => (StatusCode::UNAUTHORIZED, IssueCode::Login, Some(r#"Bearer realm="fhir""#)),
        TokenError::Expired => (
            StatusCode::UNAUTHORIZED,
            IssueCode::Expired,
            Some(r#"Bearer realm="fhir", error="invalid_token", error_description="the token has expired""#),
        ),
        _ => (StatusCode::UNAUTHORIZED, IssueCode::Login, Some(r#"Bearer realm="fhir", error="invalid_token""#)),
    };
    let mut sentence = error.to_string();
    if let Some(first) = sentence.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    let body = outcome(&[Issue::error(code, format!("{sentence}."))]);
    let mut answer = (status, [(header::CONTENT_TYPE, "application/fhir+json")], body).into_response();
    if let Some(challenge) = challenge {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    answer
}
