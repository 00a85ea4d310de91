//! Requests by which people use their rights over their data: a copy, a correction, a removal, a restriction, an objection.
//!
//! One small model for all five: who asked for what and when, a clock in calendar months, notes, and a decision in words with
//! the reason and the law where something is refused. A case is kept with the record and everything done with it stands strictly
//! in the person's log. It decides nothing by itself. [`clock`] counts the time; `keep` opens and keeps, [`drawing`]
//! draws what both sides read.

pub mod clock;
pub mod drawing;
mod keep;
mod words;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use keep::Opening;

/// How many cases about one record may be open at once.
pub const OPEN_MAX: usize = 20;

/// What a person may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Right {
    /// A copy of her data (article 15).
    Access,
    /// To have something put right (article 16).
    Rectification,
    /// To have something removed (article 17).
    Erasure,
    /// To have something kept but not used (article 18).
    Restriction,
    /// To object to a use (article 21).
    Objection,
}

/// By which way a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// By the person's own pages.
    Online,
    /// By letter or e-mail.
    Letter,
    /// By telephone.
    Phone,
    /// Said to somebody.
    InPerson,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Done as asked.
    Met,
    /// Done in part.
    PartlyMet,
    /// Not done.
    Refused,
    /// The person took it back.
    Withdrawn,
}

/// Why something that was asked for is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exemption {
    /// Knowing it would be likely to cause serious harm to somebody's health.
    SeriousHarm,
    /// It would tell about somebody else who has not agreed.
    ThirdParty,
    /// Manifestly unfounded or excessive.
    Unfounded,
    /// It is not held here.
    NotHeld,
    /// It is accurate as a record of what was thought then.
    Accurate,
    /// It is needed for health or social care.
    CareNeeded,
    /// It is needed for legal claims or by law.
    Law,
    /// There are compelling grounds that outweigh the objection.
    Compelling,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsCase {
    /// What people quote: eight letters and digits that mean nothing.
    pub id: String,
    /// Whose record: the log's number of the person.
    pub part: u32,
    /// What is asked for.
    pub right: Right,
    /// Whether somebody who acts for her asked.
    pub is_by_proxy: bool,
    /// By which way it came.
    pub came: Came,
    /// What is wanted, in the person's words.
    pub wish: String,
    /// When it was received, milliseconds since 1970 UTC: the clock counts from this day.
    pub received_ms: i64,
    /// Why more time is needed; none while the first month counts.
    pub extension: Option<Said>,
    /// What was done meanwhile, oldest first; for officers only.
    pub notes: Vec<Said>,
    /// How it ended; none while it is open.
    pub decision: Option<Decided>,
}

/// Something that somebody wrote into a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who, by name.
    pub by: String,
    /// The words.
    pub words: String,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// What became of it.
    pub answer: Answer,
    /// Why not all of it was done.
    pub exemption: Option<Exemption>,
    /// Whose opinion as a health professional stands behind a refusal for serious harm, and what it is; for officers only.
    pub opinion: String,
    /// What the person is told, when and by whom.
    pub said: Said,
}

impl RightsCase {
    /// The day on which it was received, in London.
    #[must_use]
    pub fn received(&self) -> Date {
        day(self.received_ms)
    }

    /// The last day on which it may be answered.
    #[must_use]
    pub fn due(&self) -> Date {
        clock::due(self.received(), if self.extension.is_some() { clock::MONTHS_EXTENDED } else { clock::MONTHS })
    }

    /// Days that are left until it is due; less than nothing when it is overdue.
    #[must_use]
    pub fn days_left(&self, now_ms: i64) -> i64 {
        let days = day(now_ms).until(self.due()).map(|span| span.get_days());
        i64::from(days.unwrap_or_default())
    }

    /// Whether the time may still be extended: once, and within the first month.
    #[must_use]
    pub fn may_extend(&self, now_ms: i64) -> bool {
        self.decision.is_none() && self.extension.is_none() && self.days_left(now_ms) >= 0
    }

    /// One that is open, for drawing and testing pages.
    #[must_use]
    pub fn sample() -> RightsCase {
        RightsCase {
            id: "3F2A91BC".to_owned(),
            part: 1,
            right: Right::Rectification,
            is_by_proxy: false,
            came: Came::Online,
            wish: "My record says that I smoke. I never have.".to_owned(),
            received_ms: 1_795_341_600_000,
            extension: None,
            notes: Vec::new(),
            decision: None,
        }
    }

    /// One that is refused in part, for drawing and testing pages.
    #[must_use]
    pub fn sample_decided() -> RightsCase {
        let said = Said {
            at_ms: 1_795_514_400_000,
            by: "Ms Frances Ward".to_owned(),
            words: "Your practice has corrected the entry of 2024. The letter of 2019 stays, with your note beside it."
                .to_owned(),
        };
        let (answer, exemption) = (Answer::PartlyMet, Some(Exemption::Accurate));
        let decision = Some(Decided { answer, exemption, opinion: String::new(), said });
        RightsCase { id: "77E0D1A4".to_owned(), decision, ..RightsCase::sample() }
    }
}

/// The day of an instant, in London.
pub(crate) fn day(at_ms: i64) -> Date {
    kit::format::day(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH))
}
