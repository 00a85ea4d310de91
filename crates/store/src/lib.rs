//! The store: versioned FHIR resources, their search index, history and change feed, on SQLite.
//!
//! It knows no policy. Every read takes a [`Visibility`], and what that does not admit is not there: not in a match, a
//! count, an include, a chain, a history or a page key. Only `record` uses this crate; only `sqlite` here speaks SQL.
//!
//! | module | idea |
//! |---|---|
//! | `names`, `visibility`, `answers`, `error` | the words of its doors |
//! | `store`, `reader`, `writer`, `options` | opening, reading in a snapshot, writing in a group |
//! | `prepared`, `body`, `vector` | a resource made ready outside every lock |
//! | `packing`, `dictionary` | what resources have in common, kept once |

mod answers;
mod body;
mod dictionary;
mod engine;
mod error;
mod everything;
mod fid;
mod group;
mod history;
mod index;
mod lists;
mod names;
mod options;
mod packing;
mod pending;
mod pool;
mod posting;
mod prepared;
mod queue;
mod reader;
mod reindex;
mod search;
mod session;
mod shared;
mod spans;
mod sqlite;
mod store;
mod vector;
mod visibility;
mod wire;
mod writer;

pub use answers::{
    Change, Count, Expect, FeedEntry, Found, HistoryAnswer, HistoryEntry, HistoryOf, ImportOutcome, Kept, PageKey,
    PageRequest, Row, SearchAnswer, Written,
};
pub use body::Body;
pub use error::StoreError;
pub use names::{Labels, Lane, Part, Rid, Sequence, Version};
pub use options::{BeforeCommit, Clock, Derivation, Limits, Options};
pub use packing::Packer;
pub use prepared::{Prepared, Relation};
pub use reader::Reader;
pub use store::Store;
pub use vector::SearchVector;
pub use visibility::{Denial, KindSet, Matcher, Parts, Rule, Visibility, Withheld, Withholding};
pub use wire::stable_hash;
pub use writer::Writer;
