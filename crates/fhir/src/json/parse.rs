//! Reading JSON into a tree, strictly and in one pass over `jiter`'s pull parser.
//!
//! Recursion is bounded by [`DEPTH_MAX`] before it happens, so no input can exhaust the stack. The path in an error is
//! collected while the error travels up and costs nothing on the way down. What the tree itself promises: `json.rs`.

use super::{Json, Member};
use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, LinePosition, Peek};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Nesting beyond this is refused. The deepest official example has 18 levels; real records have under 12.
pub const DEPTH_MAX: usize = 64;
/// Input beyond this is refused: 64 MiB holds any transaction bundle that fits in one request.
pub const BYTES_MAX: usize = 64 << 20;
/// Up to this many members, comparing a new key with all before it is faster than hashing.
const LINEAR_MEMBERS_MAX: usize = 24;

/// Why and where the input is not JSON that we take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub problem: Problem,
    /// Bytes before the place.
    pub offset: usize,
    /// Line of the place, from 1.
    pub line: usize,
    /// Column of the place in bytes, from 1.
    pub column: usize,
    /// The innermost element around the place: `Patient.name[0].given[1]`; empty at the top.
    pub path: String,
}

/// What is wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is nothing but white space.
    #[error("the body is empty; send one JSON object")]
    Empty,
    /// More than [`BYTES_MAX`] bytes.
    #[error("the body is larger than {} MiB; split it", BYTES_MAX >> 20)]
    TooLarge,
    /// More than [`DEPTH_MAX`] levels.
    #[error("there are more than {DEPTH_MAX} levels of nesting here")]
    TooDeep,
    /// The same name twice in an object.
    #[error("the name \"{0}\" appears twice in one object; keep one of them")]
    DuplicateKey(String),
    /// A byte order mark or another encoding.
    #[error("the text is not plain UTF-8: it starts with a byte order mark")]
    ByteOrderMark,
    /// Bytes that are not UTF-8.
    #[error("the text is not valid UTF-8 here")]
    NotUtf8,
    /// Anything that JSON does not allow.
    #[error("this is not JSON: {0}")]
    Syntax(String),
}

impl std::error::Error for JsonError {}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JsonError { problem, offset, line, column, path } = self;
        write!(f, "{problem} (line {line}, column {column}, byte {offset}")?;
        if !path.is_empty() {
            write!(f, ", in {path}")?;
        }
        f.write_str(")")
    }
}

/// Reads one JSON value.
///
/// # Errors
/// When the input is not JSON, repeats a name in an object, or is beyond [`DEPTH_MAX`] or [`BYTES_MAX`].
///
/// ```
/// let tree = fhir::json::parse(br#"{"value": 1.00}"#)?;
/// assert_eq!(tree.get("value").and_then(fhir::json::Json::number), Some("1.00"));
/// # Ok::<(), fhir::json::JsonError>(())
/// ```
pub fn parse(bytes: &[u8]) -> Result<Json<'_>, JsonError> {
    let input = check_text(bytes).map_err(|(problem, offset)| locate(bytes, &Halt::new(problem, offset)))?;
    let mut reader = Reader { input, jiter: Jiter::new(bytes) };
    reader.document().map_err(|halt| locate(bytes, &halt))
}

fn check_text(bytes: &[u8]) -> Result<&str, (Problem, usize)> {
    if bytes.len() > BYTES_MAX {
        return Err((Problem::TooLarge, 0));
    }
    if [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].iter().any(|mark| bytes.starts_with(mark)) {
        return Err((Problem::ByteOrderMark, 0));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| (Problem::NotUtf8, error.valid_up_to()))?;
    if text.trim_ascii().is_empty() { Err((Problem::Empty, 0)) } else { Ok(text) }
}

/// An error on its way up, gathering the path from the inside out.
struct Halt {
    problem: Problem,
    offset: usize,
    segments: Vec<Segment>,
}

enum Segment {
    Key { name: String, kind: Option<String> },
    Index(usize),
}

impl Halt {
    fn new(problem: Problem, offset: usize) -> Box<Halt> {
        Box::new(Halt { problem, offset, segments: Vec::new() })
    }

    fn within(mut self: Box<Halt>, segment: Segment) -> Box<Halt> {
        self.segments.push(segment);
        self
    }
}

impl From<JiterError> for Box<Halt> {
    fn from(error: JiterError) -> Box<Halt> {
        let sentence = match &error.error_type {
            JiterErrorType::JsonError(kind) => sentence(kind),
            other => other.to_string(),
        };
        Halt::new(Problem::Syntax(sentence), error.index)
    }
}

fn sentence(kind: &JsonErrorType) -> String {
    use JsonErrorType as E;
    let words = match kind {
        E::EofWhileParsingList => "the text ends inside an array",
        E::EofWhileParsingObject => "the text ends inside an object",
        E::EofWhileParsingString => "the text ends inside a string",
        E::EofWhileParsingValue => "the text ends where a value is expected",
        E::ExpectedColon => "a name must be followed by a colon",
        E::ExpectedListCommaOrEnd => "a comma or ] is expected after an item",
        E::ExpectedObjectCommaOrEnd => "a comma or } is expected after a member",
        E::ExpectedSomeIdent | E::ExpectedSomeValue => {
            "a value is expected; only true, false and null go without quotes"
        }
        E::InvalidEscape => "this escape is not known in JSON",
        E::InvalidNumber => "this is not a JSON number",
        E::NumberOutOfRange => "this number has too many digits",
        E::InvalidUnicodeCodePoint => "this is not a character",
        E::ControlCharacterWhileParsingString => "control characters must be written as escapes in a string",
        E::KeyMustBeAString => "a name in double quotes is expected",
        E::LoneLeadingSurrogateInHexEscape | E::UnexpectedEndOfHexEscape => "this escape is half a character",
        E::TrailingComma => "there is a comma before the end",
        E::TrailingCharacters => "there is more text after the value",
        other => return other.to_string(),
    };
    words.to_owned()
}

fn locate(bytes: &[u8], halt: &Halt) -> JsonError {
    let mut path = String::new();
    for segment in halt.segments.iter().rev() {
        match segment {
            Segment::Index(index) => path.push_str(&format!("[{index}]")),
            Segment::Key { name, kind } => {
                if let Some(kind) = kind.as_ref().filter(|_| path.is_empty()) {
                    path.push_str(kind);
                }
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
        }
    }
    let offset = halt.offset.min(bytes.len());
    let LinePosition { line, column } = LinePosition::find(bytes, offset);
    JsonError { problem: halt.problem.clone(), offset, line, column: column.max(1), path }
}

struct Reader<'a> {
    input: &'a str,
    jiter: Jiter<'a>,
}

type Step<T> = Result<T, Box<Halt>>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Step<Json<'a>> {
        let peek = self.jiter.peek()?;
        let value = self.value(peek, DEPTH_MAX)?;
        self.jiter.finish()?;
        Ok(value)
    }

    fn value(&mut self, peek: Peek, depth_left: usize) -> Step<Json<'a>> {
        match peek {
            Peek::String => {
                let text = self.jiter.known_str()?;
                Ok(Json::Text(borrow(self.input, text)))
            }
            Peek::Object => self.object(depth_left),
            Peek::Array => self.array(depth_left),
            Peek::True | Peek::False => Ok(Json::Bool(self.jiter.known_bool(peek)?)),
            Peek::Null => {
                self.jiter.known_null()?;
                Ok(Json::Null)
            }
            _ => self.number(peek),
        }
    }

    fn number(&mut self, peek: Peek) -> Step<Json<'a>> {
        let start = self.jiter.current_index();
        if !peek.is_num() {
            return Err(Halt::new(Problem::Syntax(sentence(&JsonErrorType::ExpectedSomeValue)), start));
        }
        self.jiter.known_number_bytes(peek)?;
        let text = self.input.get(start..self.jiter.current_index()).unwrap_or_default();
        Ok(Json::Number(Cow::Borrowed(text)))
    }

    fn array(&mut self, depth_left: usize) -> Step<Json<'a>> {
        let depth_left = self.descend(depth_left)?;
        let mut items = Vec::new();
        let mut next = self.jiter.known_array()?;
        while let Some(peek) = next {
            let item = self.value(peek, depth_left).map_err(|halt| halt.within(Segment::Index(items.len())))?;
            items.push(item);
            next = self.jiter.array_step()?;
        }
        Ok(Json::Array(items))
    }

    fn object(&mut self, depth_left: usize) -> Step<Json<'a>> {
        let depth_left = self.descend(depth_left)?;
        let mut members: Vec<Member<'a>> = Vec::new();
        let mut seen = HashSet::new();
        let mut next = self.jiter.known_object()?;
        while let Some(key) = next {
            let key = borrow(self.input, key);
            if is_repeated(&members, &mut seen, &key) {
                let offset = self.jiter.current_index();
                return Err(Halt::new(Problem::DuplicateKey(key.into_owned()), offset));
            }
            let value = self.jiter.peek().map_err(Box::<Halt>::from).and_then(|peek| self.value(peek, depth_left));
            match value {
                Ok(value) => members.push((key, value)),
                Err(halt) => return Err(halt.within(key_segment(key, &members))),
            }
            next = self.jiter.next_key()?;
        }
        Ok(Json::Object(members))
    }

    fn descend(&self, depth_left: usize) -> Step<usize> {
        depth_left.checked_sub(1).ok_or_else(|| Halt::new(Problem::TooDeep, self.jiter.current_index()))
    }
}

/// The resource type, where already read, begins the path.
fn key_segment(key: Cow<'_, str>, members: &[Member<'_>]) -> Segment {
    let kind = members.iter().find(|(name, _)| name == "resourceType").and_then(|(_, value)| value.text());
    Segment::Key { name: key.into_owned(), kind: kind.map(str::to_owned) }
}

#[expect(clippy::ptr_arg, reason = "the set keeps the text as it is, borrowed or owned")]
fn is_repeated<'a>(members: &[Member<'a>], seen: &mut HashSet<Cow<'a, str>>, key: &Cow<'a, str>) -> bool {
    if members.len() < LINEAR_MEMBERS_MAX {
        return members.iter().any(|(name, _)| name == key);
    }
    if seen.is_empty() {
        seen.extend(members.iter().map(|(name, _)| name.clone()));
    }
    !seen.insert(key.clone())
}

/// `text` out of the input where it is a piece of it; a copy where escapes made it a new text.
fn borrow<'a>(input: &'a str, text: &str) -> Cow<'a, str> {
    let place = text.as_ptr().addr().checked_sub(input.as_ptr().addr());
    let piece = place.and_then(|start| input.get(start..start.checked_add(text.len())?));
    match piece {
        Some(piece) => Cow::Borrowed(piece),
        None => Cow::Owned(text.to_owned()),
    }
}
