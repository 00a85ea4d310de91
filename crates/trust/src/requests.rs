//! What a handler asks for to know who asks.
//!
//! [`SignedIn`] for pages, [`Bearer`] for the API, [`MaybeSignedIn`] for pages that are open to all. A page without a session
//! answers with the way to sign-in; the API without a token answers 401. Both lead to a permit, never past one. They work in
//! every router that [`crate::Trust::protect`] wraps.

use crate::state::{Trust, TrustError, usual_purpose};
use crate::tokens::TokenError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::ResourceId;
use fhir::issue::{Issue, IssueCode, outcome};
use gate::{Action, Asker, Permit, Purpose, RequestId};
use kit::PageError;
use kit::layout::Account;
use record::error::Refusal;
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

    /// The same reader in the emergency that she declared for a person.
    #[must_use]
    pub fn in_emergency_of(&self, patient: &ResourceId) -> SignedIn {
        let asker = Asker { emergency: Some(patient.clone()), ..self.asker.as_ref().clone() };
        SignedIn { asker: Arc::new(asker), ..self.clone() }
    }

    /// Name, role and sign-out, for the header of the page.
    #[must_use]
    pub fn account(&self) -> Account {
        let name = match &self.asker.organisation {
            Some(organisation) => format!("{}, {}", self.asker.display, organisation.name),
            None => self.asker.display.clone(),
        };
        Account::new(name, "/sign-out")
    }
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
        match MaybeSignedIn::of(parts) {
            Some(MaybeSignedIn { asker: Some(asker), request, trust }) => Ok(SignedIn { asker, request, trust }),
            Some(MaybeSignedIn { trust, .. }) => Err(PageError::SignInFirst.respond(trust.site())),
            None => Err(unprotected()),
        }
    }
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
}

impl MaybeSignedIn {
    /// None where the router is not wrapped.
    fn of(parts: &Parts) -> Option<MaybeSignedIn> {
        let (trust, request) = (parts.extensions.get::<Trust>()?, parts.extensions.get::<RequestId>()?);
        let asker = trust.sessions().who(&parts.headers, trust.record().now_ms());
        Some(MaybeSignedIn { asker, request: request.clone(), trust: trust.clone() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeSignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<MaybeSignedIn, Response> {
        MaybeSignedIn::of(parts).ok_or_else(unprotected)
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
        self.permit_for(usual_purpose(self.asker.role), action)
    }

    /// Leave for what the role usually does, which finds nothing where the rules or the token's scopes say no.
    #[must_use]
    pub fn permit_or_nothing(&self, action: Action) -> Permit {
        self.trust.permit_or_nothing(&self.asker, usual_purpose(self.asker.role), action, &self.request)
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
        let asker = trust.check_token(token.trim()).map_err(|error| unauthorised(&error))?;
        Ok(Bearer { asker, request: request.clone(), trust: trust.clone() })
    }
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
