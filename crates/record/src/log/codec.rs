//! The bytes of a frame: `length | payload | SHA-256(hash before, payload)`.
//!
//! A payload is either a word (first byte 0) that gets the next number, or an entry (first byte 1) that names its words by
//! number. Numbers are LEB128. Reading refuses anything it does not understand instead of guessing.

use super::entry::{Draft, Entry, Subject, Target};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Bytes of a SHA-256.
pub(super) const HASH_BYTES: usize = 32;
/// A frame longer than this is damage, not data.
const PAYLOAD_BYTES_MAX: u64 = 16 * 1024 * 1024;
const WORD: u8 = 0;
const ENTRY: u8 = 1;

/// The chain's value after a frame.
pub(super) type Hash = [u8; HASH_BYTES];

/// The words of the log, both ways.
#[derive(Debug, Default)]
pub(super) struct Words {
    texts: Vec<String>,
    numbers: HashMap<String, u64>,
}

impl Words {
    fn text(&self, number: u64) -> Option<String> {
        self.texts.get(usize::try_from(number).ok()?).cloned()
    }

    /// Learns the next word.
    pub(super) fn learn(&mut self, text: String) {
        let number = u64::try_from(self.texts.len()).unwrap_or(u64::MAX);
        self.numbers.insert(text.clone(), number);
        self.texts.push(text);
    }

    /// How many words are known.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Forgets the words after the first `len`, because their frames were not written.
    pub(super) fn forget_after(&mut self, len: usize) {
        for text in self.texts.drain(len.min(self.texts.len())..) {
            self.numbers.remove(&text);
        }
    }
}

/// What a payload holds.
#[derive(Debug)]
pub(super) enum Payload {
    /// The next word.
    Word(String),
    /// The next entry.
    Entry(Box<Entry>),
}

/// Appends number `value` in LEB128.
pub(super) fn put_number(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Takes a LEB128 number from the front of `bytes`.
pub(super) fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(bytes: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(usize::try_from(count).ok()?)?;
    *bytes = rest;
    Some(front)
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, u64::try_from(text.len()).unwrap_or(0));
    out.extend_from_slice(text.as_bytes());
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let length = take_number(bytes)?;
    String::from_utf8(take(bytes, length)?.to_vec()).ok()
}

/// A UUID in its usual form takes 16 bytes, anything else its text.
fn put_id(out: &mut Vec<u8>, id: &str) {
    let packed = crate::seal::from_hex(&id.replace('-', ""))
        .filter(|bytes| bytes.len() == 16 && uuid_text(bytes).as_deref() == Some(id));
    match packed {
        Some(bytes) => {
            out.push(1);
            out.extend_from_slice(&bytes);
        }
        None => {
            out.push(0);
            put_text(out, id);
        }
    }
}

fn take_id(bytes: &mut &[u8]) -> Option<String> {
    match take(bytes, 1)? {
        [1] => uuid_text(take(bytes, 16)?),
        [0] => take_text(bytes),
        _ => None,
    }
}

fn uuid_text(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        crate::clock::push_hex(&mut text, *byte);
    }
    (bytes.len() == 16).then_some(text)
}

/// Appends the frame of `payload` to `out`; gives the chain's new value.
fn put_frame(out: &mut Vec<u8>, payload: &[u8], before: &Hash) -> Hash {
    put_number(out, u64::try_from(payload.len()).unwrap_or(0));
    out.extend_from_slice(payload);
    let hash = chain(before, payload);
    out.extend_from_slice(&hash);
    hash
}

/// The chain's value after `payload`.
pub(super) fn chain(before: &Hash, payload: &[u8]) -> Hash {
    Sha256::new().chain_update(before).chain_update(payload).finalize().into()
}

/// A frame as found in the file.
pub(super) struct Frame<'a> {
    /// Its payload.
    pub payload: &'a [u8],
    /// The hash that it carries.
    pub hash: &'a [u8],
    /// All its bytes.
    pub length: usize,
}

/// Takes one whole frame from the front; `None` when it is cut short or absurdly long.
pub(super) fn take_frame<'a>(bytes: &mut &'a [u8]) -> Option<Frame<'a>> {
    let start = bytes.len();
    let mut rest = *bytes;
    let length = take_number(&mut rest).filter(|length| *length <= PAYLOAD_BYTES_MAX)?;
    let payload = take(&mut rest, length)?;
    let hash = take(&mut rest, 32)?;
    *bytes = rest;
    Some(Frame { payload, hash, length: start - rest.len() })
}

/// Writes `draft` as entry `sequence`, with frames for words that are new; gives the chain's new value.
pub(super) fn put_entry(out: &mut Vec<u8>, words: &mut Words, sequence: u64, draft: &Draft, before: Hash) -> Hash {
    let mut hash = before;
    let mut payload = vec![ENTRY];
    put_number(&mut payload, sequence);
    payload.extend_from_slice(&draft.at_ms.to_le_bytes());
    for text in spoken(draft) {
        let number = match words.numbers.get(text) {
            Some(number) => *number,
            None => {
                let mut word = vec![WORD];
                word.extend_from_slice(text.as_bytes());
                hash = put_frame(out, &word, &hash);
                words.learn(text.to_owned());
                u64::try_from(words.len() - 1).unwrap_or(0)
            }
        };
        put_number(&mut payload, number);
    }
    put_details(&mut payload, draft);
    put_frame(out, &payload, &hash)
}

/// The texts of an entry that are kept as words, in the order of the file.
fn spoken(draft: &Draft) -> [&str; 10] {
    [
        &draft.who,
        &draft.name,
        &draft.role,
        &draft.organisation,
        &draft.organisation_name,
        &draft.action,
        &draft.purpose,
        &draft.rule,
        &draft.via,
        &draft.outcome,
    ]
}

fn put_details(payload: &mut Vec<u8>, draft: &Draft) {
    put_id(payload, &draft.request);
    put_number(payload, u64::try_from(draft.subjects.len()).unwrap_or(0));
    let mut last = 0;
    for subject in &draft.subjects {
        put_number(payload, u64::from(subject.part.wrapping_sub(last)));
        payload.push(subject.relation);
        last = subject.part;
    }
    put_number(payload, u64::try_from(draft.kinds.len()).unwrap_or(0));
    payload.extend_from_slice(&draft.kinds);
    match &draft.target {
        None => payload.push(0),
        Some(target) => {
            payload.extend_from_slice(&[1, target.kind]);
            put_id(payload, &target.id);
            put_number(payload, target.version);
        }
    }
    put_text(payload, &draft.query);
    put_number(payload, u64::from(draft.count));
}

/// Reads a payload; `None` when it is not one of ours.
pub(super) fn read_payload(mut payload: &[u8], words: &Words) -> Option<Payload> {
    match take(&mut payload, 1)? {
        [WORD] => String::from_utf8(payload.to_vec()).ok().map(Payload::Word),
        [ENTRY] => read_entry(payload, words).map(|entry| Payload::Entry(Box::new(entry))),
        _ => None,
    }
}

fn read_entry(mut bytes: &[u8], words: &Words) -> Option<Entry> {
    let bytes = &mut bytes;
    let sequence = take_number(bytes)?;
    let at_ms = i64::from_le_bytes(take(bytes, 8)?.try_into().ok()?);
    let mut word = || words.text(take_number(bytes)?);
    let mut draft = Draft {
        at_ms,
        who: word()?,
        name: word()?,
        role: word()?,
        organisation: word()?,
        organisation_name: word()?,
        action: word()?,
        purpose: word()?,
        rule: word()?,
        via: word()?,
        outcome: word()?,
        ..Draft::default()
    };
    draft.request = take_id(bytes)?;
    let mut last = 0_u32;
    for _ in 0..take_number(bytes)? {
        last = last.wrapping_add(u32::try_from(take_number(bytes)?).ok()?);
        let relation = *take(bytes, 1)?.first()?;
        draft.subjects.push(Subject { part: last, relation });
    }
    let kinds = take_number(bytes)?;
    draft.kinds = take(bytes, kinds)?.to_vec();
    if take(bytes, 1)? == [1] {
        let kind = *take(bytes, 1)?.first()?;
        draft.target = Some(Target { kind, id: take_id(bytes)?, version: take_number(bytes)? });
    }
    draft.query = take_text(bytes)?;
    draft.count = u32::try_from(take_number(bytes)?).ok()?;
    bytes.is_empty().then_some(Entry { sequence, draft })
}
