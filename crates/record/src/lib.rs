//! The only door to the record.
//!
//! Every read and every write takes a [`gate::Permit`], is done by `store` under the filter that the permit stands for, and is
//! in the access log before it answers. What the reader may not see is not there: not in a count, not in a page, not in an
//! error. Validation, labels and care relationships are worked out here, when a resource is written.
//!
//! | module | holds |
//! |---|---|
//! | `view` | from a permit to the store's filter |
//! | `choices` | what people have refused, as part of that filter |
//! | `answering` | one answer is one look: its reads are logged once a person |
//! | `read`, [`mod@kept_back`] | read, vread, history, everything; a note of what a choice kept back |
//! | `whereabouts` | where somebody lives, protected apart from who she is |
//! | `search` | search with sealed page tokens |
//! | `write` | create, update, delete, patch and their conditional forms |
//! | `bundle` | batch and transaction |
//! | `prepare` | from bytes to what the store keeps: validation, labels, relationships, search values |
//! | [`relations`] | who has a care relationship with whom |
//! | [`mod@locks`] | closing a record or an entry at once |
//! | [`log`] | the access log |
//! | `preview` | what somebody else would see of a person's record, after a choice |
//! | `acting` | whose record is open to a member of the public, and how far |
//! | `grants` | whom somebody may act for, and giving that up |
//! | `grant_news` | whether a write let somebody act for a person |
//! | [`mod@granting`] | a new grant, what it rests on, and what a practice records and ends |
//! | [`mod@holdings`] | how much a subject access copy holds |
//! | [`mod@simulate`] | whether somebody could see something, and why |
//! | `import`, `export` | many resources in and out |
//! | `figures` | the live figures of the public front page |
//! | `find` | from an NHS number to a record, for those who may read anybody's log |
//! | [`opt_out`] | national data opt-outs and type 1 objections, as part of the filter |
//! | [`uses`] | the register of data uses beyond care |
//! | [`emergency`] | opening a record in an emergency |
//! | `told` | which entries of the log name what their reader sees |
//! | [`told_later`] | emergencies of which the person is told later, for somebody's safety |
//! | `inbox` | what another process leaves for an open record |
//! | `keep` | small things that are no resources: tokens, sessions |
//! | [`error`] | refusals |
//!
//! It knows no HTTP and draws nothing.

mod acting;
mod answering;
mod bundle;
mod choices;
pub mod claim;
mod clock;
mod convert;
mod declared;
pub mod emergency;
pub mod error;
mod export;
mod figures;
mod find;
mod grant_news;
pub mod granting;
pub mod grants;
pub mod holdings;
mod import;
mod inbox;
mod keep;
pub mod kept_back;
pub mod locks;
pub mod log;
mod logbook;
mod numbered;
pub mod opt_out;
mod patch;
mod prepare;
mod preview;
mod read;
pub mod relations;
pub mod research_contact;
mod seal;
mod search;
pub mod simulate;
#[cfg(test)]
mod tests;
mod told;
pub mod told_later;
pub mod uses;
mod view;
mod whereabouts;
mod write;

pub use answering::Answering;
pub use bundle::{EntryAnswer, Permits, pairs, point_references, version_of};
pub use clock::{Clock, FixedClock, Ids, RandomnessError, SeededIds, SystemIds, new_resource_id};
pub use error::{RecordError, Refusal};
pub use export::Exported;
pub use figures::Figures;
pub use import::{ImportReport, Prepared, Preparer};
pub use inbox::{Inbox, Keeper};
pub use keep::understood;
pub use locks::{Against, Lock};
pub use logbook::Way;
pub use prepare::{RESOURCE_BYTES_MAX, Strictness};
pub use preview::{Counts, Preview, Thought};
pub use read::{Everything, History, HistoryEntry, HistoryPage, HistoryQuestion, Resource};
pub use search::{Answer, COUNT_DEFAULT, Question, Search};
pub use store::Version;
pub use write::{Change, Deleted, Written};

use crate::log::{Durability, Log};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use store::Store;

/// How a record behaves.
#[derive(Clone)]
pub struct Options {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids and secrets come from.
    pub ids: Arc<dyn Ids>,
    /// When the log entries of reads must be on the disk.
    pub reads: Durability,
    /// What to do about references to resources that are not there.
    pub references: References,
    /// The name of this locality's log, which a new log keeps for ever; none gives it one that means nothing.
    pub origin: Option<String>,
}

/// What to do about references to resources that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// Accept them, and say so in the answer.
    Report,
    /// Refuse the resource.
    Refuse,
}

/// The record of one locality. Cheap to clone: all clones are the same record.
#[derive(Clone)]
pub struct Record {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    store: Store,
    log: Arc<Log>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    sealer: Arc<seal::Sealer>,
    related: view::RelatedCache,
    choices: choices::Choices,
    answers: answering::Answers,
    opt_outs: opt_out::OptOuts,
    /// Grows with every change of a lock, after its commit.
    lock_epoch: AtomicU64,
    reads: Durability,
    references: References,
    inbox: inbox::Lying,
    /// How many kept things were read since it was opened.
    kept_read: AtomicU64,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Record")
    }
}

/// The folder of the access log inside the data folder.
#[must_use]
pub fn log_folder(data: &Path) -> PathBuf {
    data.join("log")
}

/// Whether another process has the record in this data folder open.
#[must_use]
pub fn is_in_use(data: &Path) -> bool {
    Log::is_in_use(&log_folder(data))
}

impl Record {
    /// Opens the record in folder `dir`, or begins one there.
    ///
    /// # Errors
    /// When the folder is in use or cannot be used, or the log or the store is damaged.
    pub fn open(dir: &Path, options: Options) -> Result<Self, RecordError> {
        let Options { clock, ids, reads, references, origin } = options;
        let log_options = log::Options { clock: Arc::clone(&clock), ids: Arc::clone(&ids), origin };
        let log = Arc::new(Log::open(&log_folder(dir), log_options)?);
        let store = Store::open(dir, logbook::store_options(Arc::clone(&log), Arc::clone(&clock)))?;
        let sealer = Arc::new(keep::sealer(&store, ids.as_ref())?);
        let (related, choices) = (view::RelatedCache::default(), choices::Choices::default());
        let (inbox, opt_outs) = (inbox::Lying::in_data(dir), opt_out::OptOuts::default());
        let answers = answering::Answers::default();
        let lock_epoch = AtomicU64::new(1);
        let inner = Inner {
            store,
            log,
            clock,
            ids,
            sealer,
            related,
            choices,
            opt_outs,
            answers,
            lock_epoch,
            reads,
            references,
            inbox,
            kept_read: AtomicU64::new(0),
        };
        let record = Self { inner: Arc::new(inner) };
        inbox::take_in(&record.inner)?;
        record.forget_expired_opt_outs()?;
        Ok(record)
    }

    /// What time it is for this record, milliseconds since 1970 UTC.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    /// Where ids come from.
    #[must_use]
    pub fn ids(&self) -> &dyn Ids {
        self.inner.ids.as_ref()
    }
}
