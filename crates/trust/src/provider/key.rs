//! Our own key at a provider: it signs the assertion that redeems a code, and its public half is published for the provider.
//!
//! RSA, from a PEM file in PKCS #8 or PKCS #1; RS512, which NHS login and CIS2 ask for. The private half never leaves this module:
//! `Debug` shows nothing of it. The library's signing is blinded against timing; nothing is ever decrypted with the key.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, LineEnding};
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};
use std::fmt;

/// The shortest key, in bits.
const BITS_MIN: usize = 2_048;
/// An assertion is good for so long, in seconds; providers refuse more than 5 minutes.
const ASSERTION_S: i64 = 120;

/// A private key and its name.
pub struct Key {
    key: CoreRsaPrivateSigningKey,
    id: String,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a private RSA key.
    #[error(
        "it holds no private RSA key in PEM form; make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072"
    )]
    Form,
    /// Too short.
    #[error("its key has {0} bits; at least {BITS_MIN} are needed")]
    Short(usize),
    /// Not usable for signing.
    #[error("its key cannot sign")]
    Sign,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl Key {
    /// The key of a PEM file, under the name by which the provider knows it.
    ///
    /// # Errors
    /// When it is not a key, or too short a one.
    pub fn from_pem(pem: &str, id: &str) -> Result<Key, KeyError> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem).or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem));
        let key = key.map_err(|_| KeyError::Form)?;
        let bits = key.size() * 8;
        if bits < BITS_MIN {
            return Err(KeyError::Short(bits));
        }
        let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|_| KeyError::Form)?;
        let key = CoreRsaPrivateSigningKey::from_pem(&pem, Some(JsonWebKeyId::new(id.to_owned())));
        Ok(Key { key: key.map_err(|_| KeyError::Form)?, id: id.to_owned() })
    }

    /// The public half as a JSON Web Key.
    #[must_use]
    pub fn public(&self) -> Value {
        let mut public = serde_json::to_value(self.key.as_verification_key()).unwrap_or_default();
        if let Some(members) = public.as_object_mut() {
            members.insert("alg".to_owned(), json!("RS512"));
        }
        public
    }

    /// The assertion that says who we are to one provider, once.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub(super) fn assertion(&self, who: &str, to: &str, (once, now_ms): (&str, i64)) -> Result<String, KeyError> {
        let now_s = now_ms.div_euclid(1_000);
        let head = json!({ "alg": "RS512", "typ": "JWT", "kid": self.id });
        let until_s = now_s.saturating_add(ASSERTION_S);
        let claims = json!({ "iss": who, "sub": who, "aud": to, "jti": once, "iat": now_s, "exp": until_s });
        self.signed(&head, &claims, &CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512)
    }

    /// A signed token of these parts.
    pub(super) fn signed(
        &self,
        head: &Value,
        claims: &Value,
        algorithm: &CoreJwsSigningAlgorithm,
    ) -> Result<String, KeyError> {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(head), part(claims));
        let signature = self.key.sign(algorithm, text.as_bytes()).map_err(|_| KeyError::Sign)?;
        Ok(format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }
}
