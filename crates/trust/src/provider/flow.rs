//! To the provider and back: the request, the waiting, the code, the ID token.
//!
//! What waits stands in memory under the hash of a short-lived cookie, for ten minutes, and is taken once: a code that comes again finds
//! nothing. Everything that comes back is checked against what waits; the first thing that does not fit ends the sign-in. Nothing of
//! what a provider says about a person is logged.

use super::claims::{National, accepted, level_of};
use super::{Desk, Doors, Provider, Whom};
use crate::secret::{SecretHash, new_secret};
use crate::sessions::{Identity, Level, Strength};
use gate::AgentId;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthenticationContextClass, AuthorizationCode, Client, ClientId, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse,
    StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use record::error::RecordError;
use record::{Ids, Record};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For how long a sign-in may be under way.
pub(crate) const WAITS_MS_MAX: i64 = 10 * 60 * 1_000;
/// How many may be under way at once; when full, the oldest goes.
const PENDING_MAX: usize = 10_000;
/// After how long a provider is asked again about itself; its keys change now and then.
const KNOWN_MS_MAX: i64 = 10 * 60 * 1_000;
/// A signature that does not fit lets us ask for new keys, once in so long: whoever sends bad tokens must not make us ask all the time.
const KEYS_MS_MIN: i64 = 60 * 1_000;
/// The word for a signature that does not fit.
const WRONG_SIGNATURE: &str = "wrong signature";
/// How far a provider's clock may be from ours, and how old an ID token may be.
const TOKEN_MS_MAX: i64 = 5 * 60 * 1_000;
/// The kind of our assertion.
const ASSERTION_KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

type Fields = IdTokenFields<
    National,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type OurClient = Client<
    National,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a provider says about itself, and when it said so.
pub(crate) struct Known {
    metadata: CoreProviderMetadata,
    at_ms: i64,
}

/// Somebody who is at a provider just now.
pub(crate) struct Pending {
    /// The provider's id.
    pub(crate) provider: String,
    /// Where to go on to.
    pub(crate) back: Option<String>,
    /// Who has to confirm that it is still her; none for a new sign-in.
    pub(crate) confirms: Option<AgentId>,
    state: String,
    nonce: String,
    verifier: String,
    vectors: Vec<String>,
    until_ms: i64,
}

/// What somebody wants at a provider.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Where to go on to.
    pub(crate) back: Option<String>,
    /// Who has to confirm that it is still her.
    pub(crate) confirms: Option<AgentId>,
    /// Whether the identity has to be proven for a record.
    pub(crate) proven: bool,
}

/// Whom a provider has named, checked.
#[derive(Debug)]
pub(crate) struct Verified {
    /// How sure that is.
    pub(crate) level: Level,
    /// When they proved it, milliseconds since 1970 UTC; none when the provider does not say.
    pub(crate) authenticated_ms: Option<i64>,
    /// Date of birth as YYYY-MM-DD, if the provider says one.
    pub(crate) birthdate: Option<String>,
    /// What else it says.
    pub(crate) claims: National,
}

/// Why somebody is not signed in. Shown to people in other words, and logged by its word; neither says anything of the person.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nothing waits under the cookie: too late, another browser, or a second time.
    #[error("nothing waits for this answer")]
    Late,
    /// The state is another than was sent.
    #[error("the answer does not fit the question")]
    State,
    /// The provider or the person at it said no.
    #[error("the provider refused")]
    Refused,
    /// The provider cannot be reached or makes no sense.
    #[error("the provider cannot be asked: {0}")]
    Provider(&'static str),
    /// The ID token is not good.
    #[error("the ID token is not accepted: {0}")]
    Token(&'static str),
    /// Not as sure as is needed.
    #[error("the sign-in was not strong enough")]
    Level,
    /// Our own side.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl Failure {
    /// The word for the log.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Failure::Late => "nothing waited",
            Failure::State => "wrong state",
            Failure::Refused => "refused by the provider",
            Failure::Provider(word) | Failure::Token(word) => word,
            Failure::Level => "not strong enough",
            Failure::Record(_) => "the record failed",
        }
    }
}

/// The provider, the way to it, and the record's clock.
pub(crate) struct At<'a> {
    pub(crate) doors: &'a Doors,
    pub(crate) provider: &'a Provider,
    pub(crate) desk: &'a Desk,
    pub(crate) record: &'a Record,
}

impl At<'_> {
    /// Where to send the browser, and the secret for its cookie.
    pub(crate) fn begin(&self, wanted: Wanted) -> Result<(String, String), Failure> {
        let ids = self.record.ids();
        let (secret, verifier) = (new_secret(ids)?, new_secret(ids)?);
        let (state, nonce) = (new_secret(ids)?, new_secret(ids)?);
        let client = self.client()?;
        let vectors = self.vectors(wanted.proven);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (to_send, once) = (state.clone(), nonce.clone());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client
            .authorize_url(flow, move || CsrfToken::new(to_send), move || Nonce::new(once))
            .set_pkce_challenge(challenge)
            .add_scopes(self.provider.scopes.iter().filter(|one| *one != "openid").cloned().map(Scope::new));
        if !vectors.is_empty() {
            request = request.add_extra_param("vtr", serde_json::to_string(&vectors).unwrap_or_default());
        }
        for class in &self.provider.classes {
            request = request.add_auth_context_value(AuthenticationContextClass::new(class.clone()));
        }
        if wanted.confirms.is_some() {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(std::time::Duration::ZERO);
        }
        let (url, _, _) = request.url();
        let until_ms = self.record.now_ms().saturating_add(WAITS_MS_MAX);
        let (provider, back, confirms) = (self.provider.id.clone(), wanted.back, wanted.confirms);
        let pending = Pending { provider, back, confirms, state, nonce, verifier, vectors, until_ms };
        let mut all = lock(&self.desk.pending);
        make_room(&mut all, self.record.now_ms());
        all.insert(SecretHash::of(&secret).key(), pending);
        Ok((url.to_string(), secret))
    }

    /// The vectors of trust to ask for: all that are enough, or those that are enough for a record.
    fn vectors(&self, proven: bool) -> Vec<String> {
        let is_enough =
            |vector: &&String| !proven || level_of(vector).is_some_and(|level| level.identity >= Identity::P9);
        self.provider.vectors.iter().filter(is_enough).cloned().collect()
    }

    /// Redeems a code that came back; checks everything that the provider says.
    pub(crate) fn finish(&self, pending: &Pending, (state, code): (&str, &str)) -> Result<Verified, Failure> {
        if pending.state != state {
            return Err(Failure::State);
        }
        let client = self.client()?;
        let to = client.token_uri().ok_or(Failure::Provider("no token endpoint"))?.as_str().to_owned();
        let once = new_secret(self.record.ids())?;
        let ours = (once.as_str(), self.record.now_ms());
        let assertion = self.provider.key.assertion(&self.provider.client_id, &to, ours);
        let assertion = assertion.map_err(|_| Failure::Provider("our key cannot sign"))?;
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let tokens = request
            .map_err(|_| Failure::Provider("no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .add_extra_param("client_assertion_type", ASSERTION_KIND)
            .add_extra_param("client_assertion", assertion)
            .request(&|request| self.ask(request))
            .map_err(|_| Failure::Provider("the code was not redeemed"))?;
        match self.checked(pending, &client, &tokens) {
            // Its keys may have changed since it was asked about itself: it is asked again, and the token is checked once more.
            Err(Failure::Token(WRONG_SIGNATURE)) if self.forgets() => self.checked(pending, &self.client()?, &tokens),
            checked => checked,
        }
    }

    /// Forgets what the provider has said about itself, unless that is so new that its keys cannot have changed since.
    fn forgets(&self) -> bool {
        let now_ms = self.record.now_ms();
        let mut known = lock(&self.desk.known);
        let is_old = known.get(&self.provider.id).is_some_and(|known| now_ms - known.at_ms >= KEYS_MS_MIN);
        if is_old {
            known.remove(&self.provider.id);
        }
        is_old
    }

    fn checked(&self, pending: &Pending, client: &OurClient, tokens: &Tokens) -> Result<Verified, Failure> {
        let now_ms = self.record.now_ms();
        let moment = move || chrono::DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
        let issued = move |at: chrono::DateTime<chrono::Utc>| {
            let apart = now_ms.saturating_sub(at.timestamp_millis());
            if apart.abs() <= TOKEN_MS_MAX { Ok(()) } else { Err("issued at another time".to_owned()) }
        };
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
            ])
            .set_time_fn(moment)
            .set_issue_time_verifier_fn(issued);
        let token = tokens.id_token().ok_or(Failure::Token("no ID token"))?;
        let claims = token.claims(&verifier, &Nonce::new(pending.nonce.clone()));
        let claims = claims.map_err(|error| Failure::Token(word_of(&error)))?;
        let told = self.told(client, tokens, claims.subject())?;
        let birthdate = told.standard_claims().birthdate().or(claims.birthdate()).map(|date| date.as_str().to_owned());
        let authenticated_ms = claims.auth_time().map(|at| at.timestamp_millis().min(now_ms));
        // How sure a provider is counts only as the signed token says it.
        let signed = claims.additional_claims().clone();
        let (vot, assurance) = (signed.vot.clone(), signed.authentication_assurance_level.clone());
        let told = told.additional_claims().clone().or(signed);
        let claims = National { vot, authentication_assurance_level: assurance, ..told };
        let level = self.level(pending, &claims)?;
        let is_recent = authenticated_ms.is_some_and(|at| now_ms.saturating_sub(at) <= TOKEN_MS_MAX);
        if pending.confirms.is_some() && !is_recent {
            return Err(Failure::Level);
        }
        Ok(Verified { level, authenticated_ms, birthdate, claims })
    }

    /// What the userinfo endpoint says about the same person.
    fn told(
        &self,
        client: &OurClient,
        tokens: &Tokens,
        subject: &openidconnect::SubjectIdentifier,
    ) -> Result<UserInfoClaims<National, CoreGenderClaim>, Failure> {
        let request = client.user_info(tokens.access_token().clone(), Some(subject.clone()));
        let request = request.map_err(|_| Failure::Provider("no userinfo endpoint"))?;
        request.request(&|request| self.ask(request)).map_err(|_| Failure::Provider("nothing is told of the person"))
    }

    fn level(&self, pending: &Pending, claims: &National) -> Result<Level, Failure> {
        if self.provider.whom == Whom::Staff {
            // An employer has checked who works there.
            let level = Level { identity: Identity::P9, strength: claims.strength() };
            return if level.strength >= self.provider.strength { Ok(level) } else { Err(Failure::Level) };
        }
        let vector = claims.vot.as_deref().ok_or(Failure::Level)?;
        let level = level_of(vector).filter(|_| accepted(vector, &pending.vectors)).ok_or(Failure::Level)?;
        if level.strength >= Strength::Aal2 { Ok(level) } else { Err(Failure::Level) }
    }

    /// A client with what the provider says about itself.
    fn client(&self) -> Result<OurClient, Failure> {
        let metadata = self.metadata()?;
        let to = format!("{}/sign-in/from/{}", self.doors.address, self.provider.id);
        let to = RedirectUrl::new(to).map_err(|_| Failure::Provider("our own address is wrong"))?;
        let id = ClientId::new(self.provider.client_id.clone());
        Ok(Client::from_provider_metadata(metadata, id, None).set_redirect_uri(to))
    }

    fn metadata(&self) -> Result<CoreProviderMetadata, Failure> {
        let now_ms = self.record.now_ms();
        let id = &self.provider.id;
        if let Some(known) = lock(&self.desk.known).get(id).filter(|known| now_ms - known.at_ms < KNOWN_MS_MAX) {
            return Ok(known.metadata.clone());
        }
        let issuer = IssuerUrl::new(self.provider.issuer.clone());
        let issuer = issuer.map_err(|_| Failure::Provider("its issuer is no address"))?;
        let metadata = CoreProviderMetadata::discover(&issuer, &|request| self.ask(request));
        let metadata = metadata.map_err(|_| Failure::Provider("it says nothing of itself"))?;
        lock(&self.desk.known).insert(id.clone(), Known { metadata: metadata.clone(), at_ms: now_ms });
        Ok(metadata)
    }

    fn ask(&self, request: HttpRequest) -> Result<HttpResponse, super::WebError> {
        self.doors.web.ask(request)
    }
}

/// Takes what waits under a secret, if it is not too late.
pub(crate) fn take(desk: &Desk, secret: &str, now_ms: i64) -> Option<Pending> {
    let pending = lock(&desk.pending).remove(&SecretHash::of(secret).key())?;
    (now_ms < pending.until_ms).then_some(pending)
}

/// A secret for a cookie that is not about a provider.
pub(crate) fn secret(ids: &dyn Ids) -> Result<String, RecordError> {
    new_secret(ids)
}

/// A panic elsewhere leaves a map whole: every change to it is one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn make_room(pending: &mut HashMap<String, Pending>, now_ms: i64) {
    if pending.len() < PENDING_MAX {
        return;
    }
    pending.retain(|_, one| now_ms < one.until_ms);
    if pending.len() >= PENDING_MAX
        && let Some(oldest) = pending.iter().min_by_key(|(_, one)| one.until_ms).map(|(key, _)| key.clone())
    {
        pending.remove(&oldest);
    }
}

/// What is wrong with an ID token, without anything of what it says.
fn word_of(error: &openidconnect::ClaimsVerificationError) -> &'static str {
    use openidconnect::ClaimsVerificationError as Wrong;
    match error {
        Wrong::Expired(_) => "expired",
        Wrong::InvalidAudience(_) => "wrong audience",
        Wrong::InvalidIssuer(_) => "wrong issuer",
        Wrong::InvalidNonce(_) => "wrong nonce",
        Wrong::SignatureVerification(_) => WRONG_SIGNATURE,
        Wrong::InvalidAuthTime(_) => "wrong time of sign-in",
        _ => "not understood",
    }
}
