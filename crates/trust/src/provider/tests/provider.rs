//! A provider in this process: it says of itself what it has to, redeems each code once, and lies where a test wants it to.

use super::{ONE, OTHER, key, query};
use crate::provider::{Web, WebError};
use crate::tests::NOW_MS;
use axum::http::{Request, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openidconnect::core::CoreJwsSigningAlgorithm;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

pub(super) const ISSUER: &str = "https://provider.example/";

/// In what way it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    Nothing,
    Nonce,
    Audience,
    Issuer,
    Expired,
    TooOld,
    NoSignature,
    SharedSecret,
    WrongKey,
    OtherSubject,
    NoIdToken,
}

pub(super) struct FakeProvider {
    /// In what way it lies.
    pub(super) lie: Mutex<Lie>,
    /// Claims of the ID token.
    pub(super) token: Mutex<Value>,
    /// Claims at the userinfo endpoint.
    pub(super) told: Mutex<Value>,
    /// Codes that were not redeemed yet: their nonce and challenge.
    codes: Mutex<HashMap<String, (String, String)>>,
    /// What came to the token endpoint.
    pub(super) redeemed: Mutex<Vec<HashMap<String, String>>>,
    /// How far its clock is.
    pub(super) later_ms: AtomicI64,
    /// Whether it has taken another key.
    pub(super) has_new_key: AtomicBool,
    /// Whether nobody answers.
    pub(super) is_down: AtomicBool,
    /// How often it was asked for its keys.
    pub(super) keys_asked: AtomicI64,
}

impl FakeProvider {
    pub(super) fn new() -> Self {
        let told = json!({ "nhs_number": "9990000018", "birthdate": "1944-03-14" });
        let token = json!({ "vot": "P9.Cp.Cd", "auth_time": NOW_MS / 1_000 });
        Self {
            lie: Mutex::new(Lie::Nothing),
            token: Mutex::new(token),
            told: Mutex::new(told),
            codes: Mutex::default(),
            redeemed: Mutex::default(),
            later_ms: AtomicI64::new(0),
            has_new_key: AtomicBool::new(false),
            is_down: AtomicBool::new(false),
            keys_asked: AtomicI64::new(0),
        }
    }

    /// The key with which it signs just now.
    fn pem(&self) -> &'static str {
        if self.has_new_key.load(Ordering::Relaxed) { OTHER } else { ONE }
    }

    /// The code that it gives to a browser that was sent there.
    pub(super) fn code_for(&self, url: &str) -> String {
        let code = format!("code-{}", query(url, "nonce"));
        assert_eq!(query(url, "code_challenge_method"), "S256");
        self.codes.lock().unwrap().insert(code.clone(), (query(url, "nonce"), query(url, "code_challenge")));
        code
    }

    fn id_token(&self, nonce: &str) -> String {
        let lie = *self.lie.lock().unwrap();
        let now_s = (NOW_MS + self.later_ms.load(Ordering::Relaxed)) / 1_000;
        let mut claims = json!({
            "iss": ISSUER, "sub": "subject-1", "aud": "commonweal", "nonce": nonce, "iat": now_s, "exp": now_s + 300
        });
        for (name, value) in self.token.lock().unwrap().as_object().unwrap() {
            claims[name] = value.clone();
        }
        match lie {
            Lie::Nonce => claims["nonce"] = json!("another"),
            Lie::Audience => claims["aud"] = json!("somebody-else"),
            Lie::Issuer => claims["iss"] = json!("https://elsewhere.example/"),
            Lie::Expired => claims["exp"] = json!(now_s - 1),
            Lie::TooOld => claims["iat"] = json!(now_s - 3_600),
            _ => {}
        }
        let head = json!({ "alg": "RS512", "typ": "JWT", "kid": "key-1" });
        let unsigned = |algorithm: &str, signature: &str| {
            let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.{signature}", part(&json!({ "alg": algorithm, "typ": "JWT" })), part(&claims))
        };
        match lie {
            Lie::NoSignature => unsigned("none", ""),
            Lie::SharedSecret => unsigned("HS256", "c2lnbmVk"),
            Lie::WrongKey => key(OTHER).signed(&head, &claims, &CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512).unwrap(),
            _ => key(self.pem()).signed(&head, &claims, &CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512).unwrap(),
        }
    }

    fn token(&self, body: &[u8]) -> (u16, Value) {
        let text = String::from_utf8(body.to_vec()).unwrap();
        let form: HashMap<String, String> = text
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, _)| (name.to_owned(), query(&format!("?{}", text.replace('+', " ")), name)))
            .collect();
        let code = form["code"].clone();
        self.redeemed.lock().unwrap().push(form.clone());
        let Some((nonce, challenge)) = self.codes.lock().unwrap().remove(&code) else {
            return (400, json!({ "error": "invalid_grant" }));
        };
        let verifier = {
            use sha2::Digest;
            BASE64_URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(form["code_verifier"].as_bytes()))
        };
        assert_eq!(verifier, challenge);
        let mut answer = json!({ "access_token": "access", "token_type": "Bearer", "expires_in": 60 });
        if *self.lie.lock().unwrap() != Lie::NoIdToken {
            answer["id_token"] = json!(self.id_token(&nonce));
        }
        (200, answer)
    }
}

impl Web for FakeProvider {
    fn ask(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, WebError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(WebError("nobody answers".to_owned()));
        }
        let (status, answer) = match request.uri().path() {
            "/.well-known/openid-configuration" => (
                200,
                json!({
                    "issuer": ISSUER,
                    "authorization_endpoint": format!("{ISSUER}authorize"),
                    "token_endpoint": format!("{ISSUER}token"),
                    "userinfo_endpoint": format!("{ISSUER}userinfo"),
                    "jwks_uri": format!("{ISSUER}keys"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "RS512", "none", "HS256"],
                }),
            ),
            "/keys" => {
                self.keys_asked.fetch_add(1, Ordering::Relaxed);
                (200, json!({ "keys": [key(self.pem()).public()] }))
            }
            "/token" => self.token(request.body()),
            "/userinfo" => {
                let mut told = self.told.lock().unwrap().clone();
                let other = *self.lie.lock().unwrap() == Lie::OtherSubject;
                told["sub"] = json!(if other { "subject-2" } else { "subject-1" });
                (200, told)
            }
            path => return Err(WebError(path.to_owned())),
        };
        let head = Response::builder().status(status).header("content-type", "application/json");
        Ok(head.body(answer.to_string().into_bytes()).unwrap())
    }
}
