//! The national data opt-out and type 1 objections: whose data may not be used beyond their own care.
//!
//! Neither stands in anybody's record. Answers about national opt-outs are a cache with an end ([`ANSWER_DAYS`]), kept beside
//! the clinical store under the NHS number, shown to nobody but the person herself. For a purpose beyond care a person without
//! an answer that still holds is left out, like one who has opted out: what is not known is a no. All of her is left out or
//! nothing. It is done in the filter of every question (`view`), so counts, pages, includes and sorts agree.
//!
//! | module | holds |
//! |---|---|
//! | [`mod@file`] | the files that are exchanged |
//! | [`objections`] | type 1 objections |
//! | `cache` | what is known now, as the set of people whose data may be used |

mod cache;
pub mod file;
pub mod objections;

pub(crate) use cache::OptOuts;
pub use cache::nhs_number;

use crate::acting::{is_own, whole_part};
use crate::error::{RecordError, Refusal};
use crate::log::{Draft, Subject};
use crate::logbook::{Outcome, draft};
use crate::{Keeper, Record};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fhir::issue::IssueCode;
use gate::{Permit, Purpose};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

/// For how many days an answer about national opt-outs may be relied on, from the day on which it was asked. A choice that
/// somebody makes must be respected within 21 days; asking once a week keeps that with room to spare.
pub const ANSWER_DAYS: i64 = 7;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Under which kind answers are kept.
pub(crate) const ANSWERS: &str = "opt-out-answer";
/// Under which kind files of type 1 objections are kept.
pub(crate) const OBJECTIONS: &str = "opt-out-objection";

/// Whether data that are wanted for this purpose are only those of people who have not opted out.
pub(crate) const fn binds(purpose: Purpose) -> bool {
    match purpose {
        // The person's own care, also where the usual conditions cannot be met.
        Purpose::DirectCare | Purpose::BreakGlass => false,
        // Who signs in is found out for herself or for the care that she gives.
        Purpose::SignIn => false,
        // Her own record is hers to see and to take away.
        Purpose::OwnRecord => false,
        // Booking and registering are part of her care; so is keeping, moving and mending the platform that holds her record.
        Purpose::Administration => false,
        // Watching over accesses protects her; an opt-out must not hide who looked.
        Purpose::Audit => false,
        // Protecting somebody from harm is individual care, or a duty by law.
        Purpose::Safeguarding => false,
        Purpose::Planning | Purpose::Research => true,
    }
}

/// An answer as it is kept: who was asked about, and who of them has no opt-out.
#[derive(Serialize, Deserialize)]
struct Kept {
    asked_ms: i64,
    until_ms: i64,
    asked: String,
    without: String,
}

/// An answer that still holds.
struct Answer {
    asked_ms: i64,
    until_ms: i64,
    asked: RoaringBitmap,
    without: RoaringBitmap,
}

/// What an answer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many people were asked about.
    pub asked: u64,
    /// How many of them have opted out.
    pub opted_out: u64,
    /// Until when this may be relied on, milliseconds since 1970 UTC.
    pub until_ms: i64,
}

/// What is known of a person's choices about use beyond her care, for herself alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What the NHS has answered; none when nobody has asked, or it is too long ago.
    pub national: Option<National>,
    /// Whether a type 1 objection stands.
    pub objects: bool,
}

/// What the NHS has answered about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct National {
    /// When it was asked, milliseconds since 1970 UTC.
    pub asked_ms: i64,
    /// When the answer expires, milliseconds since 1970 UTC.
    pub until_ms: i64,
    /// Whether she has opted out.
    pub has_opted_out: bool,
}

/// Keeps the answer to a file, also beside a running server. `asked_ms` is the beginning of the day that the file's name says.
///
/// # Errors
/// 422 with a sentence when a file is spoilt, foreign or too old; then nothing has changed.
pub fn take_answer(
    keeper: &dyn Keeper,
    (name, asked_ms): (&str, i64),
    (asked, answer): (&[u8], &[u8]),
    entry: &Draft,
) -> Result<Taken, RecordError> {
    let (asked, without) = file::answer(asked, answer).map_err(|error| refused(&error.to_string()))?;
    let until_ms = asked_ms.saturating_add(ANSWER_DAYS * DAY_MS);
    if keeper.now_ms() >= until_ms || asked_ms > keeper.now_ms() {
        let sentence = format!(
            "the name of the file says a day that is not within the last {ANSWER_DAYS}. Nothing was changed; ask again"
        );
        return Err(refused(&sentence));
    }
    let (asked_count, opted_out) = (asked.len(), asked.len() - without.len());
    let kept = Kept { asked_ms, until_ms, asked: packed(&asked), without: packed(&without) };
    let entry = Draft { count: u32::try_from(asked_count).unwrap_or(u32::MAX), ..entry.clone() };
    keeper.keep(ANSWERS, name, &json(&kept), &entry)?;
    Ok(Taken { asked: asked_count, opted_out, until_ms })
}

/// Keeps a practice's file of type 1 objections, also beside a running server; gives how many lines it has.
///
/// # Errors
/// 422 with the first line that is wrong; then nothing has changed.
pub fn take_objections(keeper: &dyn Keeper, text: &str, entry: &Draft) -> Result<usize, RecordError> {
    let lines = objections::lines(text).map_err(|line| {
        let form = "NHS number,YYYY-MM-DD,objects (or withdrawn)";
        refused(&format!("line {line} is not of the form `{form}`. Nothing was changed"))
    })?;
    let name = crate::clock::new_resource_id(keeper.ids())?;
    let kept: Vec<(u32, i32, bool)> = lines.iter().map(|line| (line.nine, line.day, line.objects)).collect();
    let entry = Draft { count: u32::try_from(lines.len()).unwrap_or(u32::MAX), ..entry.clone() };
    keeper.keep(OBJECTIONS, name.as_str(), &json(&kept), &entry)?;
    Ok(lines.len())
}

impl Record {
    /// What is known of a person's choices, told to herself alone: not to whoever acts for her.
    ///
    /// # Errors
    /// 404 when the permit is not the person's own.
    pub fn opt_out_known(&self, own: &Permit) -> Result<Known, RecordError> {
        let inner = &self.inner;
        let part =
            whole_part(inner, own.asker())?.filter(|_| is_own(own.asker())).ok_or_else(RecordError::not_found)?;
        let known = inner.opt_outs.known(inner, part)?;
        let mut entry = draft(own, inner.clock.now_ms(), Outcome::Allowed);
        "national data opt-out and type 1 objection".clone_into(&mut entry.query);
        entry.subjects = vec![Subject { part: part.number(), relation: 0 }];
        inner.log_read(entry)?;
        Ok(known)
    }

    /// Forgets the answers that have expired; gives how many they were.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_expired_opt_outs(&self) -> Result<usize, RecordError> {
        let now_ms = self.inner.clock.now_ms();
        let mut count = 0;
        for (name, bytes) in self.all_kept(ANSWERS)? {
            let until_ms = serde_json::from_slice::<Kept>(&bytes).map_or(i64::MIN, |kept| kept.until_ms);
            if until_ms <= now_ms {
                self.forget(ANSWERS, &name, None)?;
                count += 1;
            }
        }
        Ok(count)
    }
}

impl Kept {
    fn open(&self) -> Result<Answer, RecordError> {
        let Self { asked_ms, until_ms, .. } = *self;
        Ok(Answer { asked_ms, until_ms, asked: unpacked(&self.asked)?, without: unpacked(&self.without)? })
    }
}

/// A set as text.
pub(crate) fn packed(set: &RoaringBitmap) -> String {
    let mut bytes = Vec::with_capacity(set.serialized_size());
    // Writing to memory does not fail; a set that was cut would not be read again.
    let _ = set.serialize_into(&mut bytes);
    BASE64_STANDARD.encode(bytes)
}

/// A set from its text.
pub(crate) fn unpacked(text: &str) -> Result<RoaringBitmap, RecordError> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| crate::read::damaged())?;
    RoaringBitmap::deserialize_from(bytes.as_slice()).map_err(|_| crate::read::damaged())
}

pub(crate) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn refused(sentence: &str) -> RecordError {
    RecordError::new(Refusal::Unprocessable, IssueCode::Invalid, sentence)
}
