//! A device in this process that makes passkeys and uses them as WebAuthn says, and that can be told to do it wrongly.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Somebody is there, and was verified.
pub(super) const VERIFIED: u8 = 0x05;
/// Somebody is there.
pub(super) const PRESENT: u8 = 0x01;
/// A new key follows.
const HAS_KEY: u8 = 0x40;

pub(super) struct Device {
    key: SigningKey,
    id: Vec<u8>,
    user: String,
    /// Where the browser is.
    pub(super) origin: String,
    /// What it says about who is there.
    pub(super) flags: u8,
}

impl Device {
    /// A device with a key of its own, in a browser at this place.
    pub(super) fn new(number: u8, origin: &str) -> Device {
        let key = SigningKey::from_slice(&[number; 32]).unwrap();
        Device { key, id: vec![number; 16], user: String::new(), origin: origin.to_owned(), flags: VERIFIED }
    }

    fn said(&self, kind: &str, told: &Value) -> Vec<u8> {
        let said = json!({ "type": kind, "challenge": told["challenge"], "origin": self.origin, "crossOrigin": false });
        said.to_string().into_bytes()
    }

    /// For which place, and who is there.
    fn head(place: &str, flags: u8) -> Vec<u8> {
        let mut head = Sha256::digest(place.as_bytes()).to_vec();
        head.push(flags);
        head.extend([0; 4]);
        head
    }

    /// Makes a passkey; gives the answer of the browser.
    pub(super) fn makes(&mut self, told: &Value) -> String {
        assert_eq!(told["authenticatorSelection"]["residentKey"], json!("required"));
        assert_eq!(told["authenticatorSelection"]["userVerification"], json!("required"));
        self.user = told["user"]["id"].as_str().unwrap().to_owned();
        let mut data = Device::head(told["rp"]["id"].as_str().unwrap(), self.flags | HAS_KEY);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(&self.id);
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes().split_at(33);
        // The key in CBOR: kind 2, algorithm -7, curve 1, x, y.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&x[1..]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(y);
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend(data);
        let response = json!({
            "attestationObject": BASE64.encode(attestation), "clientDataJSON": BASE64.encode(self.said("webauthn.create", told))
        });
        self.answer(&response)
    }

    /// Uses its passkey; gives the answer of the browser.
    pub(super) fn uses(&self, told: &Value) -> String {
        let data = Device::head(told["rpId"].as_str().unwrap(), self.flags);
        let said = self.said("webauthn.get", told);
        let signed: Vec<u8> = data.iter().copied().chain(Sha256::digest(&said)).collect();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "authenticatorData": BASE64.encode(data),
            "clientDataJSON": BASE64.encode(said),
            "signature": BASE64.encode(signature.to_der().as_bytes()),
            "userHandle": self.user,
        });
        self.answer(&response)
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }
}
