//! Keys, signed notes and cosignatures, as C2SP signed-note and tlog-cosignature write them. Ed25519 only.
//!
//! A signature counts only when its key's name and id are those of a key that the caller trusts and it verifies; all other
//! lines are ignored. Private keys are never printed but by [`Signer::to_text`].

use crate::ProofError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// Most bytes of a note: a checkpoint with sixteen cosignatures is far below.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;
/// Longest name of a key, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A log signs its checkpoints.
    Log,
    /// A witness cosigns the checkpoints of others, with the time.
    Witness,
}

impl KeyKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Log),
            4 => Some(Self::Witness),
            _ => None,
        }
    }
}

/// Whether a name can be that of a key: not empty, no spaces, no plus, no control characters.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    let is_bad = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(is_bad)
}

fn key_id(name: &str, kind: KeyKind, key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new_with_prefix(name).chain_update([b'\n', kind.byte()]).chain_update(key).finalize();
    let [one, two, three, four, ..]: [u8; 32] = hash.into();
    [one, two, three, four]
}

/// `name+id+key`, as keys are written.
fn key_text(name: &str, id: [u8; 4], kind: KeyKind, key: &[u8; 32]) -> String {
    let mut bytes = vec![kind.byte()];
    bytes.extend_from_slice(key);
    format!("{name}+{:08x}+{}", u32::from_be_bytes(id), STANDARD.encode(bytes))
}

fn read_key(text: &str) -> Option<(&str, [u8; 4], KeyKind, [u8; 32])> {
    let (name, rest) = text.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let is_hex = id.len() == 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let id = u32::from_str_radix(id, 16).ok().filter(|_| is_hex)?.to_be_bytes();
    let key = STANDARD.decode(key).ok()?;
    let (kind, key) = key.split_first()?;
    Some((name, id, KeyKind::of(*kind)?, key.try_into().ok()?)).filter(|_| is_key_name(name))
}

/// A public key with its name: what one trusts.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    kind: KeyKind,
    key: VerifyingKey,
}

impl Verifier {
    /// Reads `name+id+key`.
    ///
    /// # Errors
    /// When it is no such key, or its id is not that of its name and key.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        const BAD: ProofError = ProofError::Unreadable("this is no key of a log or witness (name+id+key)");
        let (name, id, kind, bytes) = read_key(text.trim()).ok_or(BAD)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| BAD)?;
        if key_id(name, kind, &bytes) != id {
            return Err(ProofError::Unreadable("the key does not fit its name and id: a letter is wrong"));
        }
        Ok(Self { name: name.to_owned(), id, kind, key })
    }

    /// Its name: the origin of the log, or the name of the witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text(&self.name, self.id, self.kind, self.key.as_bytes()))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({self})")
    }
}

/// A private key with its name.
pub struct Signer {
    key: SigningKey,
    public: Verifier,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public.name)
    }
}

impl Signer {
    /// The key that these random bytes make.
    ///
    /// # Errors
    /// When the name cannot be one.
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, ProofError> {
        if !is_key_name(name) {
            return Err(ProofError::Unreadable("a key's name has no spaces and no +, for example example.org/log"));
        }
        let key = SigningKey::from_bytes(seed);
        let public = key.verifying_key();
        let id = key_id(name, kind, public.as_bytes());
        Ok(Self { key, public: Verifier { name: name.to_owned(), id, kind, key: public } })
    }

    /// Reads what [`Signer::to_text`] wrote.
    ///
    /// # Errors
    /// When it is no private key.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        const BAD: ProofError = ProofError::Unreadable("this is no private key of a log or witness");
        let (name, id, kind, seed) = text.trim().strip_prefix("PRIVATE+KEY+").and_then(read_key).ok_or(BAD)?;
        let signer = Self::from_seed(name, kind, &seed)?;
        if signer.public.id == id { Ok(signer) } else { Err(BAD) }
    }

    /// The private key as text. For the file that only its owner reads; never for a log or a page.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Verifier { name, id, kind, .. } = &self.public;
        format!("PRIVATE+KEY+{}\n", key_text(name, *id, *kind, &self.key.to_bytes()))
    }

    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.public
    }

    /// The line that signs `text`, which ends with a newline.
    #[must_use]
    pub fn sign(&self, text: &str) -> NoteSignature {
        self.line(&self.key.sign(text.as_bytes()).to_bytes())
    }

    /// The line that cosigns the checkpoint `text` at `at_s` seconds since 1970 UTC.
    #[must_use]
    pub fn cosign(&self, text: &str, at_s: u64) -> NoteSignature {
        let signature = self.key.sign(cosigned(text, at_s).as_bytes()).to_bytes();
        self.line(&[at_s.to_be_bytes().as_slice(), &signature].concat())
    }

    fn line(&self, bytes: &[u8]) -> NoteSignature {
        NoteSignature { name: self.public.name.clone(), id: self.public.id, bytes: bytes.to_vec() }
    }
}

fn cosigned(text: &str, at_s: u64) -> String {
    format!("cosignature/v1\ntime {at_s}\n{text}")
}

/// One signature of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// Reads a line without its newline.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = STANDARD.decode(bytes).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        is_key_name(name).then(|| Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }

    /// Whether both are of the same key.
    #[must_use]
    pub fn is_by_same_key(&self, other: &Self) -> bool {
        self.name == other.name && self.id == other.id
    }

    /// When this key cosigned `text`, or 0 for a log's own signature; `None` when this is no good signature of this key.
    fn verified(&self, text: &str, key: &Verifier) -> Option<u64> {
        if self.name != key.name || self.id != key.id {
            return None;
        }
        let (at_s, message, signature) = match key.kind {
            KeyKind::Log => (0, text.to_owned(), self.bytes.as_slice()),
            KeyKind::Witness => {
                let (at_s, signature) = self.bytes.split_first_chunk::<8>()?;
                let at_s = u64::from_be_bytes(*at_s);
                (at_s, cosigned(text, at_s), signature)
            }
        };
        let signature = Signature::from_slice(signature).ok()?;
        key.key.verify_strict(message.as_bytes(), &signature).is_ok().then_some(at_s)
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_slice(), &self.bytes].concat();
        write!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text with signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with its last newline.
    pub text: String,
    /// Who signed it, as the lines claim.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        const BAD: ProofError = ProofError::Unreadable("this is no signed note");
        let is_plain = |letter: char| letter == '\n' || !letter.is_ascii_control();
        if text.len() > NOTE_BYTES_MAX || !text.chars().all(is_plain) {
            return Err(BAD);
        }
        let (body, lines) = text.strip_suffix('\n').and_then(|text| text.rsplit_once("\n\n")).ok_or(BAD)?;
        let signatures: Option<Vec<_>> = lines.split('\n').map(NoteSignature::parse).collect();
        Ok(Self { text: format!("{body}\n"), signatures: signatures.ok_or(BAD)? })
    }

    /// When `key` signed the text (seconds since 1970 UTC for a witness, 0 for a log); `None` when it did not.
    ///
    /// A line that names the key and does not verify makes the whole note worthless, so it counts as not signed.
    #[must_use]
    pub fn signed_by(&self, key: &Verifier) -> Option<u64> {
        let mut of_key = self.signatures.iter().filter(|line| line.name == key.name && line.id == key.id).peekable();
        of_key.peek()?;
        of_key.map(|line| line.verified(&self.text, key)).collect::<Option<Vec<u64>>>()?.into_iter().max()
    }

    /// Adds a signature, in place of an older one by the same key.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.retain(|known| !known.is_by_same_key(&signature));
        self.signatures.push(signature);
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Go implementation of signed notes, from which the specification comes.
    const PRIVATE: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    fn witness() -> Signer {
        Signer::from_seed("witness.example/w1", KeyKind::Witness, &[7; 32]).unwrap()
    }

    #[test]
    fn the_published_example_is_signed_and_verified() {
        let signer = Signer::parse(PRIVATE).unwrap();
        assert_eq!(signer.verifier().to_string(), PUBLIC);
        assert_eq!(signer.to_text().trim(), PRIVATE);
        assert_eq!(signer.sign(TEXT).to_string(), LINE);

        let note = Note::parse(&format!("{TEXT}\n{LINE}\n")).unwrap();

        assert_eq!(note.signed_by(&Verifier::parse(PUBLIC).unwrap()), Some(0));
        assert_eq!(note.to_string(), format!("{TEXT}\n{LINE}\n"));
    }

    #[test]
    fn a_note_with_any_bit_flipped_is_not_signed() {
        let note = format!("{TEXT}\n{LINE}\n");
        let key = Verifier::parse(PUBLIC).unwrap();

        for bit in 0..note.len() * 8 {
            let mut bytes = note.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let signed = Note::parse(&text).is_ok_and(|note| note.signed_by(&key).is_some());
            assert!(!signed, "bit {bit}: {text}");
        }
    }

    #[test]
    fn a_key_with_a_wrong_letter_is_no_key() {
        assert!(Verifier::parse(PUBLIC).is_ok());
        for at in 0..PUBLIC.len() {
            let mut letters: Vec<char> = PUBLIC.chars().collect();
            letters[at] = if letters[at] == 'a' { 'b' } else { 'a' };
            assert!(Verifier::parse(&letters.into_iter().collect::<String>()).is_err(), "letter {at}");
        }
    }

    #[test]
    fn a_cosignature_tells_when_and_is_for_its_checkpoint_alone() {
        let text = "example.org/log\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n";
        let mut note = Note { text: text.to_owned(), signatures: Vec::new() };
        note.add(witness().cosign(text, 1_679_315_147));
        let key = witness().verifier().clone();
        assert_eq!(note.signed_by(&key), Some(1_679_315_147));

        note.text = text.replace("\n1\n", "\n2\n");

        assert_eq!(note.signed_by(&key), None);
        note.text = text.to_owned();
        note.add(witness().cosign(text, 1_679_315_200));
        assert_eq!((note.signatures.len(), note.signed_by(&key)), (1, Some(1_679_315_200)));
    }

    #[test]
    fn a_witness_and_a_log_with_the_same_secret_do_not_sign_for_one_another() {
        let text = "example.org/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
        let log = Signer::from_seed("witness.example/w1", KeyKind::Log, &[7; 32]).unwrap();
        let note = Note { text: text.to_owned(), signatures: vec![log.sign(text)] };

        assert_eq!(note.signed_by(log.verifier()), Some(0));
        assert_eq!(note.signed_by(witness().verifier()), None);
    }
}
