//! Questions that people ask about looks at their record, with a clock.
//!
//! Whoever may read a person's log may ask about what stands in it; somebody else's entry and one that does not exist are
//! the same. A question is kept with the record, answered by the privacy officer in words, and shown to the person with its
//! state. Opening and answering are strict entries of her log. Next: `pages::officer`, where it is answered.

use crate::person::rule_for_log;
use crate::reconcile::run::Decision;
use crate::state::{Trust, TrustError, entry_about, key_of};
use crate::words;
use fhir::issue::IssueCode;
use fhir::{ResourceId, ResourceType};
use gate::{Permit, Rule};
use jiff::Timestamp;
use jiff::civil::Date;
use record::error::{RecordError, Refusal};
use record::log::{Draft, Entry, Subject};
use serde::{Deserialize, Serialize};

/// Within so many days a question must be answered.
pub const ANSWER_DAYS: i64 = 28;
/// Longest question or answer, in characters.
pub const WORDS_MAX: usize = 4_000;
/// How many questions about one record may be open at once.
pub const OPEN_MAX: usize = 50;
/// Under which kind questions are kept.
pub(crate) const QUESTIONS: &str = "access-question";
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A question about a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Number of the look's entry in the log.
    pub entry: u64,
    /// Whose record: the log's number of the person.
    pub part: u32,
    /// Whether somebody who acts for her asked.
    pub is_by_proxy: bool,
    /// What she wants to know; may be empty.
    pub question: String,
    /// When she asked, milliseconds since 1970 UTC.
    pub asked_ms: i64,
    /// By when it must be answered, milliseconds since 1970 UTC.
    pub due_ms: i64,
    /// The look.
    pub look: LookedAt,
    /// The answer; none while it is open.
    pub answer: Option<Decision>,
}

/// The look that a question is about, as the log told it to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedAt {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who, by name, and what they were.
    pub name: String,
    /// "health or care professional".
    pub role: String,
    /// For whom they acted; empty for nobody.
    pub organisation: String,
    /// What kinds of data, in words.
    pub kinds: String,
    /// The reason that was told: "you are registered there".
    pub because: String,
}

impl Case {
    /// Its key: the person and the entry.
    #[must_use]
    pub fn key(&self) -> String {
        key_of(self.part, self.entry)
    }

    /// The last day on which it may be answered, in London.
    #[must_use]
    pub fn due(&self) -> Date {
        day(self.due_ms)
    }

    /// Days that are left until it is due; less than nothing when it is overdue.
    #[must_use]
    pub fn days_left(&self, now_ms: i64) -> i64 {
        let days = day(now_ms).until(self.due()).map(|span| span.get_days());
        i64::from(days.unwrap_or_default())
    }

    /// One that is open, for drawing and testing pages.
    #[must_use]
    pub fn sample() -> Case {
        let asked_ms = 1_795_341_600_000;
        Case {
            entry: 17,
            part: 1,
            is_by_proxy: false,
            question: "I have never been to this hospital.".to_owned(),
            asked_ms,
            due_ms: asked_ms + ANSWER_DAYS * DAY_MS,
            look: LookedAt {
                at_ms: asked_ms - DAY_MS,
                name: "Dr Priya Nair".to_owned(),
                role: "health or care professional".to_owned(),
                organisation: "Ashdale Royal Hospital".to_owned(),
                kinds: "allergies and medicines".to_owned(),
                because: "you were in their care at the time".to_owned(),
            },
            answer: None,
        }
    }

    /// One that is answered, for drawing and testing pages.
    #[must_use]
    pub fn sample_answered() -> Case {
        let by = "Ms Frances Ward".to_owned();
        let words = "Dr Nair opened the wrong record and closed it at once. We have told her team.".to_owned();
        let answer = Decision { at_ms: 1_795_514_400_000, by, words };
        Case { entry: 9, answer: Some(answer), ..Case::sample() }
    }
}

fn day(at_ms: i64) -> Date {
    kit::format::day(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH))
}

impl Trust {
    /// Opens a question about a look at the record of `patient`, or gives the one that is there already.
    ///
    /// # Errors
    /// Not found when the permit does not reach this person's log or the look is not in it; 422 when the question is too
    /// long or too many are open.
    pub fn ask_about(
        &self,
        permit: &Permit,
        patient: &ResourceId,
        entry: u64,
        question: &str,
    ) -> Result<Case, TrustError> {
        let rule = rule_for_log(permit, patient).ok_or_else(RecordError::not_found)?;
        let part = self.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        let found = self.record().log().entry(entry).map_err(RecordError::from)?;
        let about = |draft: &Draft| draft.subjects.iter().copied().find(|subject| subject.part == part);
        let is_own = |draft: &Draft| draft.who.strip_prefix("Patient/") == Some(patient.as_str());
        let hidden = self.hidden_from(permit, part)?;
        let is_told = |found: &Entry| !hidden.contains(&found.sequence) && !is_own(&found.draft);
        let found = found.filter(|found| found.draft.outcome == "allowed" && is_told(found));
        let (found, subject) = found
            .and_then(|found| about(&found.draft).map(|subject| (found, subject)))
            .ok_or_else(RecordError::not_found)?;
        if let Some(asked) = self.kept_json((QUESTIONS, &key_of(part, entry)))? {
            return Ok(asked);
        }
        let question = question.trim();
        let open = self.questions_about(part)?.iter().filter(|case| case.answer.is_none()).count();
        if question.chars().count() > WORDS_MAX || open >= OPEN_MAX {
            let sentence =
                format!("A question has at most {WORDS_MAX} characters, and {OPEN_MAX} may be open at once.");
            return Err(RecordError::new(Refusal::Unprocessable, IssueCode::TooLong, sentence).into());
        }
        let asked_ms = self.record().now_ms();
        let who = permit.asker().who.as_str();
        let case = Case {
            entry,
            part,
            is_by_proxy: who.strip_prefix("Patient/") != Some(patient.as_str()),
            question: question.to_owned(),
            asked_ms,
            due_ms: asked_ms.saturating_add(ANSWER_DAYS * DAY_MS),
            look: self.looked_at(&found, subject),
            answer: None,
        };
        if !self.change_case(None, &case, &self.deed(permit, rule, part, "Ask"))? {
            // Sent twice at once: the first stands.
            return Ok(self.kept_json((QUESTIONS, &key_of(part, entry)))?.ok_or_else(RecordError::not_found)?);
        }
        Ok(case)
    }

    /// The questions about looks at the record of `patient`, newest first.
    ///
    /// # Errors
    /// Not found when the permit does not reach this person's log.
    pub fn questions_of(&self, permit: &Permit, patient: &ResourceId) -> Result<Vec<Case>, TrustError> {
        rule_for_log(permit, patient).ok_or_else(RecordError::not_found)?;
        let part = self.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        self.questions_about(part)
    }

    fn questions_about(&self, part: u32) -> Result<Vec<Case>, TrustError> {
        let mut cases: Vec<Case> = self.kept_json_of(QUESTIONS, part)?;
        cases.sort_by_key(|case| std::cmp::Reverse((case.asked_ms, case.entry)));
        Ok(cases)
    }

    /// Every question: open ones first, those that are due first first.
    pub(crate) fn questions(&self) -> Result<Vec<Case>, TrustError> {
        let mut cases: Vec<Case> = self.all_kept_json(QUESTIONS)?;
        cases.sort_by_key(|case| (case.answer.is_some(), case.due_ms, case.entry));
        Ok(cases)
    }

    /// The question with this key.
    pub(crate) fn question(&self, key: &str) -> Result<Option<Case>, TrustError> {
        self.kept_json((QUESTIONS, key))
    }

    /// Keeps a question in the place of what it was, with its strict entry of the log; false when that has changed meanwhile.
    pub(crate) fn change_case(&self, was: Option<&Case>, case: &Case, entry: &Draft) -> Result<bool, TrustError> {
        self.change_json((QUESTIONS, &case.key()), was, Some(case), Some(entry))
    }

    /// An entry of the log of this person about something done with a look at her record.
    pub(crate) fn deed(&self, permit: &Permit, rule: &Rule, part: u32, action: &str) -> Draft {
        Draft {
            action: action.to_owned(),
            purpose: permit.purpose().name().to_owned(),
            rule: rule.id.to_string(),
            kinds: vec![ResourceType::AUDIT_EVENT.code()],
            subjects: vec![Subject { part, relation: 0 }],
            count: 1,
            ..entry_about(permit.asker(), self.record().now_ms()).in_request(permit.request())
        }
    }

    fn looked_at(&self, Entry { draft, .. }: &Entry, subject: Subject) -> LookedAt {
        LookedAt {
            at_ms: draft.at_ms,
            name: draft.name.clone(),
            role: words::role(&draft.role).to_owned(),
            organisation: draft.organisation_name.clone(),
            kinds: words::listed(&words::data_words(&draft.kinds)),
            because: words::because(self.gate(), draft, subject),
        }
    }
}
