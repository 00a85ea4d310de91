//! Reconciling the log as it grows, and the findings that are kept for the privacy officer.
//!
//! A run takes up where the last one ended, judges the looks since, and keeps those that stand unexplained. A finding is
//! withdrawn when the record explains it later: who arrives in an emergency is looked up first and registered after. That
//! the log was read, and every question to the record, is itself logged.

use super::explain::{Explanation, Template};
use super::facts::Access;
use super::gather::{Gatherer, story_of};
use super::{Sign, Verdict, reconcile};
use crate::person::rule_for_log;
use crate::state::{Trust, TrustError};
use fhir::ResourceId;
use gate::RequestId;
use record::error::RecordError;
use record::log::{Draft, Entry};
use serde::{Deserialize, Serialize};

/// Under which kind findings are kept.
const FINDINGS: &str = "access-finding";
/// Under which kind and key the place in the log is kept.
const PROGRESS: (&str, &str) = ("access-check", "progress");
/// How many entries before the new ones are kept at hand, so that a look is judged with what led to it.
const CONTEXT_ENTRIES: u64 = 20_000;
/// How many new entries one run takes up at most.
const RUN_ENTRIES_MAX: u64 = 20_000;

/// How far the check is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The last entry of the log that was taken up.
    pub until: u64,
    /// How many looks of staff were judged.
    pub looks: u64,
    /// How many of them the record explains.
    pub explained: u64,
}

/// A look that nothing explains, or that a sign makes worth a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Number of its first entry in the log.
    pub entry: u64,
    /// Whose record: the log's number of the person.
    pub part: u32,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who looked, their role in one word and their organisation, as they were then.
    pub name: String,
    /// The role, in one word.
    pub role: String,
    /// The organisation's name; empty for none.
    pub organisation: String,
    /// What was opened first, as numbers of `fhir::ResourceType`.
    pub kinds: Vec<u8>,
    /// The weak reason that was outweighed, as the code of its template.
    pub template: Option<String>,
    /// Codes of the signs.
    pub signs: Vec<String>,
    /// From 1 to 100.
    pub score: u8,
    /// The reasons in whole sentences, heaviest first.
    pub reasons: Vec<String>,
    /// What the privacy officer decided; none while it is open.
    pub decision: Option<Decision>,
}

/// What the privacy officer decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who, by name.
    pub by: String,
    /// What she found, in her words.
    pub words: String,
}

impl Finding {
    /// Its key: the entry and the person.
    #[must_use]
    pub fn key(&self) -> String {
        key(self.entry, self.part)
    }

    fn of(entry: &Entry, part: u32, verdict: &Verdict) -> Finding {
        let draft = &entry.draft;
        Finding {
            entry: entry.sequence,
            part,
            at_ms: draft.at_ms,
            name: draft.name.clone(),
            role: draft.role.clone(),
            organisation: draft.organisation_name.clone(),
            kinds: draft.kinds.clone(),
            template: verdict.explanation.map(|one| one.template.code().to_owned()),
            signs: verdict.signs.iter().map(|sign| sign.code().to_owned()).collect(),
            score: verdict.score,
            reasons: verdict.reasons().into_iter().map(str::to_owned).collect(),
            decision: None,
        }
    }

    /// The weak reason that was outweighed, as a sentence.
    #[must_use]
    pub fn template_sentence(&self) -> &'static str {
        let template = self.template.as_deref().and_then(Template::parse);
        template.map_or("Nothing that the record holds.", Template::sentence)
    }

    /// Whether what the record says now outweighs what spoke against the look then.
    fn is_explained_by(&self, explanation: Option<Explanation>) -> bool {
        let signs = self.signs.iter().filter_map(|code| Sign::parse(code)).collect();
        Verdict::of(self.entry, explanation, signs).is_explained()
    }
}

fn key(entry: u64, part: u32) -> String {
    format!("{entry:016}-{part}")
}

impl Trust {
    /// Judges what the log has gained since the last time; gives how far the check is.
    ///
    /// # Errors
    /// When the rules give no leave, or record or log fail.
    pub fn reconcile_accesses(&self, request: &RequestId) -> Result<Progress, TrustError> {
        let mut context = self.lock_check();
        let mut progress = self.check_progress()?;
        let log = self.record().log();
        let until = log.count().min(progress.until.saturating_add(RUN_ENTRIES_MAX));
        if until <= progress.until {
            return Ok(progress);
        }
        let stretch = progress.until.saturating_sub(CONTEXT_ENTRIES) + 1..=until;
        context.reach(log, &stretch).map_err(RecordError::from)?;
        let (looks, events) = story_of(context.around(progress.until));
        let fresh: Vec<&Access> = looks.iter().filter(|look| look.entry > progress.until).collect();
        if !fresh.is_empty() {
            let gatherer = Gatherer::new(self, request)?;
            self.note_check(&gatherer, fresh.len())?;
            let verdicts = reconcile(&looks, &events, &gatherer.facts(&fresh)?);
            for (look, verdict) in looks.iter().zip(&verdicts) {
                if look.entry <= progress.until {
                    self.withdraw_if_explained(look, verdict)?;
                    continue;
                }
                progress.looks += 1;
                if verdict.is_explained() {
                    progress.explained += 1;
                } else if let Some(entry) = log.entry(look.entry).map_err(RecordError::from)? {
                    self.keep_finding(&Finding::of(&entry, look.part, verdict), None)?;
                }
            }
        }
        progress.until = until;
        self.keep_json(PROGRESS, &progress, None)?;
        Ok(progress)
    }

    /// How far the check is.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn check_progress(&self) -> Result<Progress, TrustError> {
        Ok(self.kept_json(PROGRESS)?.unwrap_or_default())
    }

    /// Every finding, the highest score first, decided ones last.
    pub(crate) fn findings(&self) -> Result<Vec<Finding>, TrustError> {
        let mut findings: Vec<Finding> = self.all_kept_json(FINDINGS)?;
        let order = |one: &Finding| (one.decision.is_some(), std::cmp::Reverse((one.score, one.entry)));
        findings.sort_by_key(order);
        Ok(findings)
    }

    /// The finding with this key.
    pub(crate) fn finding(&self, key: &str) -> Result<Option<Finding>, TrustError> {
        self.kept_json((FINDINGS, key))
    }

    /// Keeps a finding, with an entry of the log when somebody decided.
    pub(crate) fn keep_finding(&self, finding: &Finding, entry: Option<&Draft>) -> Result<(), TrustError> {
        self.keep_json((FINDINGS, &finding.key()), finding, entry)
    }

    fn withdraw_if_explained(&self, look: &Access, verdict: &Verdict) -> Result<(), TrustError> {
        let key = key(look.entry, look.part);
        let Some(finding) = self.finding(&key)? else { return Ok(()) };
        if finding.decision.is_none() && finding.is_explained_by(verdict.explanation) {
            self.record().forget(FINDINGS, &key, None)?;
        }
        Ok(())
    }

    /// Notes that the check read the log.
    fn note_check(&self, gatherer: &Gatherer<'_>, looks: usize) -> Result<(), TrustError> {
        let nobody = ResourceId::parse("nobody").map_err(|_| RecordError::not_found())?;
        let rule = rule_for_log(gatherer.permit(), &nobody).ok_or_else(RecordError::not_found)?;
        self.note_log_read(gatherer.permit(), rule, None, looks)
    }
}
