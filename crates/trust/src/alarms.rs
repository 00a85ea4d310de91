//! What the privacy officer is told at once: somebody who declares more emergencies than one person can treat.
//!
//! One alarm for each account and day, with how often it was refused; it stands at the top of the workbench for a week, and in the log
//! with its first moment. It closes nothing: what was opened is in the log, and further emergencies wait as [`crate::limits`] says.

use crate::rights::day;
use crate::secret::SecretHash;
use crate::state::{Trust, TrustError, entry_about};
use gate::Asker;
use record::log::Draft;
use serde::{Deserialize, Serialize};

/// For how many days an alarm stands on the workbench.
const SHOWN_DAYS: i64 = 7;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Under which kind they are kept.
const KIND: &str = "emergency-alarm";
/// The word in the log.
pub(crate) const MANY: &str = "ManyEmergencies";

/// Somebody has declared too many emergencies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Who, by id.
    pub who: String,
    /// Who, by name.
    pub name: String,
    /// Their organisation; empty for none.
    pub organisation: String,
    /// When the limit was first reached that day, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// How many emergencies were refused that day.
    pub refused: u32,
}

impl Trust {
    /// Tells the privacy officer that somebody has declared too many emergencies.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn alarm_of_emergencies(&self, asker: &Asker) -> Result<(), TrustError> {
        let now_ms = self.record().now_ms();
        let key = format!("{}-{}", day(now_ms), SecretHash::of(asker.who.as_str()).key());
        let first = Alarm {
            who: asker.who.as_str().to_owned(),
            name: asker.display.clone(),
            organisation: asker.organisation.as_ref().map(|one| one.name.clone()).unwrap_or_default(),
            at_ms: now_ms,
            refused: 1,
        };
        let entry = Draft { action: MANY.to_owned(), outcome: "refused".to_owned(), ..entry_about(asker, now_ms) };
        loop {
            let was: Option<Alarm> = self.kept_json((KIND, &key))?;
            let refused = was.as_ref().map_or(1, |was| was.refused.saturating_add(1));
            let now = Alarm { refused, ..was.clone().unwrap_or_else(|| first.clone()) };
            // The first is in the log; the others are counted.
            let entry = was.is_none().then_some(&entry);
            if self.change_json((KIND, &key), was.as_ref(), Some(&now), entry)? {
                return Ok(());
            }
        }
    }

    /// The alarms of the last week, the newest first.
    pub(crate) fn alarms(&self) -> Result<Vec<Alarm>, TrustError> {
        let since_ms = self.record().now_ms().saturating_sub(SHOWN_DAYS * DAY_MS);
        let mut alarms: Vec<Alarm> = self.all_kept_json(KIND)?;
        alarms.retain(|alarm| alarm.at_ms >= since_ms);
        alarms.sort_by_key(|alarm| std::cmp::Reverse(alarm.at_ms));
        Ok(alarms)
    }
}
