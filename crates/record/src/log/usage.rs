//! How many accesses there were, by month, role, way and outcome: numbers for everybody, about nobody.
//!
//! Counted while entries are appended and when the log is opened, so that asking costs nothing. Months are those of UTC.

/// How many accesses of one kind there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The role of who asked.
    pub role: String,
    /// By which way.
    pub via: String,
    /// How it ended.
    pub outcome: String,
    /// How many.
    pub count: u64,
}

/// A month: years since 0 times twelve, and the month from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(i32);

impl Month {
    /// The month of a time, milliseconds since 1970 UTC.
    #[must_use]
    pub fn of(at_ms: i64) -> Self {
        let Ok(time) = jiff::Timestamp::from_millisecond(at_ms) else { return Self(0) };
        let date = jiff::tz::Offset::UTC.to_datetime(time);
        Self(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }
}

/// The counts of all months.
#[derive(Debug, Default)]
pub(super) struct Counts {
    months: Vec<(Month, Vec<Usage>)>,
}

impl Counts {
    /// Counts one access.
    pub(super) fn add(&mut self, at_ms: i64, [role, via, outcome]: [&str; 3]) {
        let month = Month::of(at_ms);
        // Nearly every entry is of the newest month, and a month has a few dozen kinds.
        let place = self.months.iter().rposition(|(known, _)| *known == month).unwrap_or_else(|| {
            self.months.push((month, Vec::new()));
            self.months.len() - 1
        });
        let Some((_, kinds)) = self.months.get_mut(place) else { return };
        match kinds.iter_mut().find(|kind| kind.role == role && kind.via == via && kind.outcome == outcome) {
            Some(kind) => kind.count += 1,
            None => {
                kinds.push(Usage { role: role.to_owned(), via: via.to_owned(), outcome: outcome.to_owned(), count: 1 })
            }
        }
    }

    /// The counts of a month.
    pub(super) fn of(&self, month: Month) -> Vec<Usage> {
        self.months.iter().find(|(known, _)| *known == month).map(|(_, kinds)| kinds.clone()).unwrap_or_default()
    }
}
