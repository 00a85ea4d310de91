//! What everybody may know of the work that watches over the use of records: how much there is, how soon it is done, what waits.
//!
//! Numbers about cases and never about anybody; pages suppress small ones. Counting reads every kept case, so the answer is kept
//! for a minute. It judges nothing.

use crate::cases::Case;
use crate::reconcile::Sign;
use crate::reconcile::run::Finding;
use crate::rights::{Right, RightsCase};
use crate::state::{Trust, TrustError};

/// Within so many days a look in an emergency is to be reviewed.
pub const REVIEW_DAYS: i64 = 7;
/// For how long counts are kept.
const KEPT_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// How a kind of case stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All there ever were.
    pub all: u64,
    /// Those that wait.
    pub open: u64,
    /// Those that wait for longer than they should.
    pub overdue: u64,
    /// Days from beginning to end, in the middle of those that are done; none when none is.
    pub median_days: Option<i64>,
}

/// How everything stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Oversight {
    /// Looks in an emergency, and their reviews.
    pub emergencies: Tally,
    /// Other looks that nothing explained.
    pub looks: Tally,
    /// Questions of people about looks.
    pub questions: Tally,
    /// Rights requests, in the order of [`Right::ALL`].
    pub rights: Vec<(Right, Tally)>,
}

/// One case: when it began, by when it should end, and when it ended, milliseconds since 1970 UTC.
#[derive(Clone, Copy, Debug)]
struct Course {
    began_ms: i64,
    due_ms: i64,
    ended_ms: Option<i64>,
}

impl Tally {
    fn of(courses: &[Course], now_ms: i64) -> Tally {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let open: Vec<&Course> = courses.iter().filter(|course| course.ended_ms.is_none()).collect();
        let overdue = open.iter().filter(|course| course.due_ms < now_ms).count();
        let days = |course: &Course| Some((course.ended_ms? - course.began_ms).max(0) / DAY_MS);
        let mut days: Vec<i64> = courses.iter().filter_map(days).collect();
        days.sort_unstable();
        Tally {
            all: number(courses.len()),
            open: number(open.len()),
            overdue: number(overdue),
            median_days: days.get(days.len() / 2).copied(),
        }
    }
}

impl Finding {
    /// Whether it is a look in an emergency, which is always reviewed.
    #[must_use]
    pub fn is_emergency(&self) -> bool {
        self.signs.iter().any(|sign| sign == Sign::Emergency.code())
    }

    /// By when a look in an emergency is to be reviewed, milliseconds since 1970 UTC.
    #[must_use]
    pub fn review_by_ms(&self) -> i64 {
        self.at_ms.saturating_add(REVIEW_DAYS * DAY_MS)
    }

    fn course(&self) -> Course {
        let ended_ms = self.decision.as_ref().map(|decision| decision.at_ms);
        let due_ms = if self.is_emergency() { self.review_by_ms() } else { i64::MAX };
        Course { began_ms: self.at_ms, due_ms, ended_ms }
    }
}

impl Oversight {
    /// How things stand, from all that is kept.
    fn of((findings, questions, cases): (&[Finding], &[Case], &[RightsCase]), now_ms: i64) -> Oversight {
        let (emergencies, looks): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().partition(|finding| finding.is_emergency());
        let courses = |findings: Vec<&Finding>| findings.into_iter().map(Finding::course).collect::<Vec<_>>();
        let question = |case: &Case| Course {
            began_ms: case.asked_ms,
            due_ms: case.due_ms,
            ended_ms: case.answer.as_ref().map(|answer| answer.at_ms),
        };
        let request = |case: &RightsCase| Course {
            began_ms: case.received_ms,
            // A day that is over.
            due_ms: now_ms.saturating_add(if case.days_left(now_ms) < 0 { -1 } else { 1 }),
            ended_ms: case.decision.as_ref().map(|decision| decision.said.at_ms),
        };
        let of_right = |right: Right| {
            let courses: Vec<Course> = cases.iter().filter(|case| case.right == right).map(request).collect();
            (right, Tally::of(&courses, now_ms))
        };
        Oversight {
            emergencies: Tally::of(&courses(emergencies), now_ms),
            looks: Tally::of(&courses(looks), now_ms),
            questions: Tally::of(&questions.iter().map(question).collect::<Vec<_>>(), now_ms),
            rights: Right::ALL.into_iter().map(of_right).collect(),
        }
    }
}

impl Trust {
    /// How the work that watches over the use of records stands; at most a minute old.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn oversight(&self) -> Result<Oversight, TrustError> {
        let now_ms = self.record().now_ms();
        let kept = self.kept_oversight(None).filter(|(at_ms, _)| (now_ms - at_ms).abs() < KEPT_MS);
        if let Some((_, oversight)) = kept {
            return Ok(oversight);
        }
        let (findings, questions, cases) = (self.findings()?, self.questions()?, self.rights_cases()?);
        let oversight = Oversight::of((&findings, &questions, &cases), now_ms);
        self.kept_oversight(Some((now_ms, oversight.clone())));
        Ok(oversight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::run::Decision;

    const NOW_MS: i64 = 1_795_341_600_000;

    fn emergency(days_ago: i64, reviewed_after: Option<i64>) -> Finding {
        let at_ms = NOW_MS - days_ago * DAY_MS;
        let decision = reviewed_after.map(|days| Decision {
            at_ms: at_ms + days * DAY_MS,
            by: "Ms R. Patel".to_owned(),
            words: "Right.".to_owned(),
        });
        Finding {
            entry: 1,
            part: 1,
            at_ms,
            name: "Dr A. Khan".to_owned(),
            role: "Clinician".to_owned(),
            organisation: String::new(),
            kinds: Vec::new(),
            template: None,
            signs: vec!["emergency".to_owned()],
            score: 60,
            reasons: Vec::new(),
            decision,
        }
    }

    #[test]
    fn what_waits_what_is_late_and_how_long_reviews_take() {
        let findings = [emergency(1, None), emergency(8, None), emergency(30, Some(2)), emergency(30, Some(9))];

        let told = Oversight::of((&findings, &[], &[]), NOW_MS).emergencies;

        assert_eq!(told, Tally { all: 4, open: 2, overdue: 1, median_days: Some(9) });
        assert_eq!(Oversight::of((&[], &[], &[]), NOW_MS).emergencies, Tally::default());
    }

    #[test]
    fn requests_are_told_by_right() {
        let case = RightsCase::sample();
        let late = RightsCase { received_ms: NOW_MS - 60 * DAY_MS, ..RightsCase::sample() };

        let told = Oversight::of((&[], &[], &[case, late]), NOW_MS).rights;

        let right = |wanted: Right| told.iter().find(|(right, _)| *right == wanted).unwrap().1;
        assert_eq!(right(Right::Rectification), Tally { all: 2, open: 2, overdue: 1, median_days: None });
        assert_eq!(right(Right::Access), Tally::default());
    }
}
