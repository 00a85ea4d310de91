//! What an entry of the access log says.
//!
//! Words that come again and again (names, roles, rules) are kept once in the file and numbered; here they are plain text.
//! An entry names people by their `part` (the record's number of a person), never by NHS number or name.

use serde::{Deserialize, Serialize};

/// An access that is about to be logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Stable id of who asks, for example `Practitioner/x`, `Patient/y` or `service/z`.
    pub who: String,
    /// Their name as it was then.
    pub name: String,
    /// Their role as it was then, in one word.
    pub role: String,
    /// Reference of the organisation they acted for, or empty.
    pub organisation: String,
    /// Name of that organisation as it was then.
    pub organisation_name: String,
    /// What was done: `read`, `search`, `create`, ...
    pub action: String,
    /// For what: `direct-care`, `own-record`, ...
    pub purpose: String,
    /// The policy that allowed it, or that refused it.
    pub rule: String,
    /// By which way: `page`, `api`, `import`, `export`, `command`.
    pub via: String,
    /// `allowed`, `refused`, `absent` or `failed`.
    pub outcome: String,
    /// The request's id, the same as in the answer's header.
    pub request: String,
    /// The number of the answer that it belongs to while that is being made (`gate::RequestId::turn`); kept nowhere.
    #[serde(skip)]
    pub turn: u64,
    /// Whose data, each with the relationship that stood behind it.
    pub subjects: Vec<Subject>,
    /// Kinds of data, as numbers of `fhir::ResourceType`.
    pub kinds: Vec<u8>,
    /// The one resource, when it was one.
    pub target: Option<Target>,
    /// The search as asked, cut at [`QUERY_BYTES_MAX`].
    pub query: String,
    /// How many resources the answer carried.
    pub count: u32,
}

/// A person whose data an access touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The person's number in this record.
    pub part: u32,
    /// Number of the relationship (`gate::RelationKind`), 0 for none.
    pub relation: u8,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Number of its `fhir::ResourceType`.
    pub kind: u8,
    /// Its id.
    pub id: String,
    /// Its version, 0 when not known.
    pub version: u64,
}

/// A logged access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 1, 2, 3, ... without a gap.
    pub sequence: u64,
    /// What happened.
    pub draft: Draft,
}

/// Longest query text that an entry keeps, in bytes. The rest is cut at a character: the limit bounds the size of the log.
pub const QUERY_BYTES_MAX: usize = 512;

impl Draft {
    /// The same, as part of what is done for a request.
    #[must_use]
    pub fn in_request(self, request: &gate::RequestId) -> Self {
        Self { request: request.as_str().to_owned(), turn: request.turn(), ..self }
    }

    /// Cuts and sorts what must be bounded and ordered.
    pub(super) fn settle(&mut self) {
        let mut end = self.query.len().min(QUERY_BYTES_MAX);
        while !self.query.is_char_boundary(end) {
            end -= 1;
        }
        self.query.truncate(end);
        self.subjects.sort_unstable();
        self.subjects.dedup_by_key(|subject| subject.part);
        self.kinds.sort_unstable();
        self.kinds.dedup();
    }
}
