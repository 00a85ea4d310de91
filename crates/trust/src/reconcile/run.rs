//! Reconciling the log as it grows, and the findings that are kept for the privacy officer.
//!
//! A run takes up where the last one ended, judges the looks since, and keeps those that stand unexplained. A finding is
//! withdrawn when the record explains it later: who arrives in an emergency is looked up first and registered after. That
//! the log was read, and every question to the record, is itself logged.

use super::explain::{Explanation, Template};
use super::facts::Access;
use super::gather::{Gatherer, story_of};
use super::{Sign, Verdict, reconcile};
use crate::cases::QUESTIONS;
use crate::person::rule_for_log;
use crate::state::{Trust, TrustError, key_of};
use fhir::ResourceId;
use gate::RequestId;
use record::error::RecordError;
use record::log::{Draft, Entry};
use serde::{Deserialize, Serialize};

/// Under which kind findings are kept.
const FINDINGS: &str = "access-finding";
/// Under which kind and key the place in the log is kept.
const PROGRESS: (&str, &str) = ("access-check", "progress");
/// With how many digits the keys of earlier builds began.
const ENTRY_DIGITS_BEFORE: usize = 16;
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
    /// Whether what is kept about one person lies together; earlier builds kept it by entry.
    #[serde(default)]
    pub lies_by_person: bool,
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
    /// Its key: the person and the entry.
    #[must_use]
    pub fn key(&self) -> String {
        key_of(self.part, self.entry)
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

impl Trust {
    /// Judges what the log has gained since the last time; gives how far the check is.
    ///
    /// # Errors
    /// When the rules give no leave, or record or log fail.
    pub fn reconcile_accesses(&self, request: &RequestId) -> Result<Progress, TrustError> {
        let mut context = self.lock_check();
        let mut progress = self.check_progress()?;
        if !progress.lies_by_person {
            self.lay_by_person()?;
            progress.lies_by_person = true;
            self.keep_json(PROGRESS, &progress, None)?;
        }
        let log = self.record().log();
        let until = log.count().min(progress.until.saturating_add(RUN_ENTRIES_MAX));
        if until <= progress.until {
            return Ok(progress);
        }
        context.reach(log, progress.until, until).map_err(RecordError::from)?;
        let (looks, events) = story_of(context.around(progress.until));
        let fresh: Vec<&Access> = looks.iter().filter(|look| look.entry > progress.until).collect();
        if !fresh.is_empty() {
            let gatherer = Gatherer::new(self, request)?;
            self.note_check(&gatherer, fresh.len())?;
            let verdicts = reconcile(&looks, &events, &gatherer.facts(&fresh)?);
            for (look, verdict) in looks.iter().zip(&verdicts) {
                if look.entry <= progress.until {
                    progress.explained += u64::from(self.withdraw_if_explained(look, verdict)?);
                    continue;
                }
                progress.looks += 1;
                if verdict.is_explained() {
                    progress.explained += 1;
                } else if let Some(entry) = log.entry(look.entry).map_err(RecordError::from)? {
                    // One that is there, from a run that broke off, may be decided already: it stays.
                    self.change_finding(None, &Finding::of(&entry, look.part, verdict), None)?;
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

    /// What was found about looks at one person's record.
    pub(crate) fn findings_about(&self, part: u32) -> Result<Vec<Finding>, TrustError> {
        self.kept_json_of(FINDINGS, part)
    }

    /// Lays findings and questions that an earlier build kept by entry to those of their person.
    fn lay_by_person(&self) -> Result<(), TrustError> {
        let record = self.record();
        for kind in [FINDINGS, QUESTIONS] {
            for (key, bytes) in record.all_kept(kind)? {
                let numbers = key.split_once('-').filter(|(entry, _)| entry.len() == ENTRY_DIGITS_BEFORE);
                let numbers = numbers.and_then(|(entry, part)| Some((part.parse().ok()?, entry.parse().ok()?)));
                let Some((part, entry)) = numbers else { continue };
                // Breaking off between the two leaves it in both places, and the next start goes on.
                record.keep(kind, &key_of(part, entry), &bytes, None)?;
                record.forget(kind, &key, None)?;
            }
        }
        Ok(())
    }

    /// The finding with this key.
    pub(crate) fn finding(&self, key: &str) -> Result<Option<Finding>, TrustError> {
        self.kept_json((FINDINGS, key))
    }

    /// Keeps a finding in the place of what it was, with an entry of the log when somebody decided; false when that has changed
    /// meanwhile.
    pub(crate) fn change_finding(
        &self,
        was: Option<&Finding>,
        finding: &Finding,
        entry: Option<&Draft>,
    ) -> Result<bool, TrustError> {
        self.change_json((FINDINGS, &finding.key()), was, Some(finding), entry)
    }

    /// Takes a finding back that the record explains now; tells whether it did.
    fn withdraw_if_explained(&self, look: &Access, verdict: &Verdict) -> Result<bool, TrustError> {
        let key = key_of(look.part, look.entry);
        let Some(finding) = self.finding(&key)? else { return Ok(false) };
        if finding.decision.is_some() || !finding.is_explained_by(verdict.explanation) {
            return Ok(false);
        }
        // One that an officer decides at this moment stays.
        self.change_json((FINDINGS, &key), Some(&finding), None, None)
    }

    /// Notes that the check read the log.
    fn note_check(&self, gatherer: &Gatherer<'_>, looks: usize) -> Result<(), TrustError> {
        let nobody = ResourceId::parse("nobody").map_err(|_| RecordError::not_found())?;
        let rule = rule_for_log(gatherer.permit(), &nobody).ok_or_else(RecordError::not_found)?;
        self.note_log_read(gatherer.permit(), rule, None, looks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{NOW_MS, Server, id, mrs_a};
    use gate::Action;

    fn finding(part: u32, entry: u64) -> Finding {
        Finding {
            entry,
            part,
            at_ms: NOW_MS,
            name: "Dr A. Khan".to_owned(),
            role: "Gp".to_owned(),
            organisation: "Elm Surgery".to_owned(),
            kinds: Vec::new(),
            template: None,
            signs: Vec::new(),
            score: 20,
            reasons: Vec::new(),
            decision: None,
        }
    }

    fn part(server: &Server) -> u32 {
        let permit = server.permit(&mrs_a(), Action::Read);
        server.trust.record().person_number(&permit, &id("mrs-a")).unwrap().unwrap()
    }

    /// What Mrs A's notices are, and how many kept things were read for them.
    fn notices(server: &Server) -> (Vec<u64>, u64) {
        let record = server.trust.record();
        let before = record.kept_read();
        let notices = server.trust.notices(&server.permit(&mrs_a(), Action::Read), &id("mrs-a")).unwrap();
        (notices.iter().map(|notice| notice.entry).collect(), record.kept_read() - before)
    }

    #[test]
    fn a_persons_notices_cost_the_same_however_much_was_found_about_others() {
        let server = Server::with_everybody();
        let hers = part(&server);
        let keep = |part, entry| assert!(server.trust.change_finding(None, &finding(part, entry), None).unwrap());
        (900_001..=900_003).for_each(|entry| keep(hers, entry));
        // Their numbers begin as hers does, and lie before and behind it.
        let others = [hers + 1, hers * 10 + 1, u32::MAX];
        notices(&server);
        let (few, cost) = notices(&server);
        assert_eq!(few, [900_003, 900_002, 900_001]);

        (1..=300).for_each(|entry| others.iter().for_each(|other| keep(*other, entry)));

        assert_eq!(server.trust.findings().unwrap().len(), 903);
        assert_eq!(notices(&server), (few, cost));
    }

    #[test]
    fn what_an_earlier_build_kept_by_entry_is_found_by_its_person_after_the_next_check() {
        let server = Server::with_everybody();
        let (hers, trust) = (part(&server), &server.trust);
        let found = finding(hers, 12);
        trust.keep_json((FINDINGS, &format!("{:016}-{hers}", 12)), &found, None).unwrap();
        assert_eq!(trust.findings_about(hers).unwrap(), []);

        trust.reconcile_accesses(&RequestId::parse("check").unwrap()).unwrap();

        assert_eq!(trust.findings_about(hers).unwrap(), std::slice::from_ref(&found));
        assert_eq!(trust.findings().unwrap(), [found]);
        assert!(trust.finding(&key_of(hers, 12)).unwrap().is_some());
    }
}
