//! The bytes of the log file: a first line that names the format, then one frame an entry, `length | payload | leaf`.
//!
//! A payload is the entry's salt, the words that are new with it, and the entry, which names its words by number. Numbers are
//! LEB128. The leaf is the hash under which the entry stands in the log's tree, so a frame shows by itself whether it is whole.
//! Reading refuses anything it does not understand instead of guessing.

use super::entry::{Draft, Entry, Subject, Target};
use super::leaf::texts;
use proof::{Hash, Salt};
use std::collections::HashMap;

/// The first line of a log file.
pub(super) const FORMAT: &[u8] = b"commonweal access log 2\n";
/// Bytes of the leaf at the end of a frame.
pub(super) const LEAF_BYTES: usize = 32;
/// A frame longer than this is damage, not data.
const PAYLOAD_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// The first byte of a payload: an entry.
const ENTRY: u8 = 1;

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

/// Writes `entry` with its salt and the words that are new; gives its leaf.
pub(super) fn put_entry(out: &mut Vec<u8>, words: &mut Words, entry: &Entry, salt: Salt) -> Hash {
    let draft = &entry.draft;
    let (mut new, mut numbers) = (Vec::new(), Vec::with_capacity(32));
    for text in spoken(draft) {
        let number = words.numbers.get(text).copied().unwrap_or_else(|| {
            words.learn(text.to_owned());
            new.push(text);
            u64::try_from(words.len() - 1).unwrap_or(0)
        });
        put_number(&mut numbers, number);
    }
    let mut payload = Vec::with_capacity(128);
    payload.push(ENTRY);
    payload.extend_from_slice(&salt.0);
    put_number(&mut payload, u64::try_from(new.len()).unwrap_or(0));
    new.into_iter().for_each(|text| put_text(&mut payload, text));
    payload.extend_from_slice(&draft.at_ms.to_le_bytes());
    payload.extend_from_slice(&numbers);
    put_details(&mut payload, draft);
    let leaf = texts(entry).leaf(salt);
    put_number(out, u64::try_from(payload.len()).unwrap_or(0));
    out.extend_from_slice(&payload);
    out.extend_from_slice(&leaf.0);
    leaf
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

/// A frame that was read.
#[derive(Debug)]
pub(super) struct Frame {
    /// The entry.
    pub entry: Entry,
    /// The salt of its parts.
    pub salt: Salt,
    /// Its leaf, which is that of the entry.
    pub leaf: Hash,
    /// The words that were new with it.
    new: Vec<String>,
}

/// Takes the bytes of one whole frame from the front, with its payload and leaf; `None` when it is cut short or absurdly long.
fn take_frame<'a>(bytes: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8], Hash)> {
    let start = *bytes;
    let mut rest = start;
    let length = take_number(&mut rest).filter(|length| *length <= PAYLOAD_BYTES_MAX)?;
    let payload = take(&mut rest, length)?;
    let (leaf, rest) = rest.split_first_chunk::<LEAF_BYTES>()?;
    *bytes = rest;
    let (frame, _) = start.split_at_checked(start.len() - rest.len())?;
    Some((frame, payload, Hash(*leaf)))
}

/// Reads the one frame of entry `sequence`; the words may be those of the log until then, or of all of it.
pub(super) fn read_frame(mut bytes: &[u8], words: &Words, sequence: u64) -> Option<Frame> {
    let (_, payload, leaf) = take_frame(&mut bytes)?;
    read_payload(payload, words, sequence, leaf).filter(|_| bytes.is_empty())
}

fn read_payload(mut payload: &[u8], words: &Words, sequence: u64, leaf: Hash) -> Option<Frame> {
    let bytes = &mut payload;
    if take(bytes, 1)? != [ENTRY] {
        return None;
    }
    let salt = Salt(take(bytes, 16)?.try_into().ok()?);
    let mut new = Vec::new();
    for _ in 0..take_number(bytes)? {
        new.push(take_text(bytes)?);
    }
    let word = |number: u64| {
        let after = number.checked_sub(u64::try_from(words.len()).ok()?);
        let new = || new.get(usize::try_from(after?).ok()?).cloned();
        words.text(number).or_else(new)
    };
    let entry = read_entry(bytes, word, sequence)?;
    (texts(&entry).leaf(salt) == leaf).then_some(Frame { entry, salt, leaf, new })
}

fn read_entry(bytes: &mut &[u8], word: impl Fn(u64) -> Option<String>, sequence: u64) -> Option<Entry> {
    let at_ms = i64::from_le_bytes(take(bytes, 8)?.try_into().ok()?);
    let mut word = || word(take_number(bytes)?);
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
    match take(bytes, 1)? {
        [0] => {}
        [1] => {
            let kind = *take(bytes, 1)?.first()?;
            draft.target = Some(Target { kind, id: take_id(bytes)?, version: take_number(bytes)? });
        }
        _ => return None,
    }
    draft.query = take_text(bytes)?;
    draft.count = u32::try_from(take_number(bytes)?).ok()?;
    bytes.is_empty().then_some(Entry { sequence, draft })
}

/// Goes through a whole log from its first byte.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// How many bytes were read.
    pub offset: u64,
    /// The number of the last entry that was read.
    pub sequence: u64,
    /// The words so far.
    pub words: Words,
}

/// What comes next in a log.
pub(super) enum Step<'a> {
    /// An entry, with the bytes of its frame.
    Entry(Box<Frame>, &'a [u8]),
    /// Nothing: the end.
    End,
    /// A part of a frame.
    Torn,
    /// A whole frame that is not what it was.
    Damaged,
}

impl<'a> Reader<'a> {
    /// Begins; `None` when these are not the bytes of a log of this format.
    pub(super) fn begin(bytes: &'a [u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(FORMAT)?;
        let offset = u64::try_from(FORMAT.len()).ok()?;
        Some(Self { rest, offset, sequence: 0, words: Words::default() })
    }

    /// Goes on by one frame.
    pub(super) fn step(&mut self) -> Step<'a> {
        if self.rest.is_empty() {
            return Step::End;
        }
        let mut rest = self.rest;
        let Some((bytes, payload, leaf)) = take_frame(&mut rest) else { return Step::Torn };
        let Some(mut frame) = read_payload(payload, &self.words, self.sequence + 1, leaf) else { return Step::Damaged };
        frame.new.drain(..).for_each(|word| self.words.learn(word));
        self.rest = rest;
        self.offset += u64::try_from(bytes.len()).unwrap_or(0);
        self.sequence += 1;
        Step::Entry(Box::new(frame), bytes)
    }
}
