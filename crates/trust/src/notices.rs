//! Notices: what a person should know of accesses to her record without looking for it.
//!
//! Somebody opened it in an emergency; an organisation looked for the first time; a look has no reason that the record knows of;
//! somebody else wrote that somebody may act for her, or her practice ended that.
//! They are made from the log as it grows and kept for each person. What she is told later is no notice until then, and the first
//! open look of that organisation is one as if there had been none before.

use crate::person::rule_for_log;
use crate::reconcile::run::Finding;
use crate::state::{Trust, TrustError};
use fhir::{ResourceId, ResourceType};
use gate::{Permit, Role};
use record::emergency::{DECLARED, EMERGENCY_MS};
use record::error::RecordError;
use record::log::{Draft, Entry};
use record::told_later::DEFERRED;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// For how many days a notice is shown.
pub const SHOWN_DAYS: i64 = 60;
/// How many entries of a person's log are read at a time.
const PAGE: usize = 500;
/// After how many entries that say nothing new the place is kept all the same.
const FAR: usize = 200;
/// Entries about more people than this are lists, not looks at anybody.
const PEOPLE_MAX: usize = 10;
/// How many notices of one person are kept.
const KEPT_MAX: usize = 100;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// For so long a notice that is no emergency waits before a letter tells of it: whoever opens a record in an emergency looks the
/// person up first, and may then say that she is to be told later.
const RIPE_MS: i64 = EMERGENCY_MS;
/// Under which kind they are kept, by person.
const NOTICES: &str = "notices";

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Somebody opened the record in an emergency.
    Emergency,
    /// An organisation looked for the first time since the log was begun.
    FirstLook,
    /// Nothing that the record knows of explains the look.
    Unexplained,
    /// Somebody else than the person wrote into her record that somebody may act for her.
    Grant,
    /// A practice ended that somebody may act for the person.
    ActingEnded,
}

/// Something that the person should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is about.
    pub kind: Kind,
    /// Number of the entry in the log.
    pub entry: u64,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who, by name.
    pub name: String,
    /// Their organisation; empty for none.
    pub organisation: String,
}

/// What is kept for one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// The last entry of her log that is taken up.
    place: u64,
    /// References of organisations that have looked.
    organisations: BTreeSet<String>,
    notices: Vec<Notice>,
    /// Entries of which she is told later.
    waiting: BTreeSet<u64>,
}

impl Kept {
    fn take_up(&mut self, Entry { sequence, draft }: &Entry) {
        let is_first = !draft.organisation.is_empty() && self.organisations.insert(draft.organisation.clone());
        let kind = match draft.action.as_str() {
            DECLARED => Kind::Emergency,
            // The only Consents of a person that staff change are grants, which they end.
            "Update" if draft.kinds == [ResourceType::CONSENT.code()] => Kind::ActingEnded,
            _ if is_first => Kind::FirstLook,
            _ => return,
        };
        self.note(kind, Entry { sequence: *sequence, draft: draft.clone() });
    }

    fn note(&mut self, kind: Kind, Entry { sequence, draft }: Entry) {
        if self.notices.iter().any(|known| known.entry == sequence) {
            return;
        }
        let Draft { at_ms, name, organisation_name: organisation, .. } = draft;
        self.notices.push(Notice { kind, entry: sequence, at_ms, name, organisation });
        let surplus = self.notices.len().saturating_sub(KEPT_MAX);
        self.notices.drain(..surplus);
    }
}

impl Trust {
    /// What the person should know, newest first: for whoever may read her log.
    ///
    /// # Errors
    /// Not found when the permit does not reach this person's log.
    pub fn notices(&self, permit: &Permit, patient: &ResourceId) -> Result<Vec<Notice>, TrustError> {
        rule_for_log(permit, patient).ok_or_else(RecordError::not_found)?;
        let part = self.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        // For whoever asks: also an officer's visit must not take up what the person is told later.
        let hidden = self.record().not_told_yet(part)?;
        let mut notices = self.news_of(part, &hidden)?.notices;
        notices.extend(self.findings_about(part)?.into_iter().filter_map(Notice::of));
        let since_ms = self.record().now_ms().saturating_sub(SHOWN_DAYS * DAY_MS);
        notices.retain(|notice| notice.at_ms >= since_ms && !hidden.contains(&notice.entry));
        if permit.asker().who.as_str().strip_prefix("Patient/") != Some(patient.as_str()) {
            self.leave_out_hidden_grants(permit, &mut notices)?;
        }
        notices.sort_by_key(|notice| std::cmp::Reverse((notice.at_ms, notice.entry)));
        Ok(notices)
    }

    /// Leaves out what tells of a grant that the holder of `permit` does not see: who acts for the person, and her apps, see that a
    /// Consent was written, and no more. She herself is always told who may act for her.
    fn leave_out_hidden_grants(&self, permit: &Permit, notices: &mut Vec<Notice>) -> Result<(), TrustError> {
        let mut naming = Vec::new();
        for notice in notices.iter().filter(|notice| notice.tells_of_a_grant()) {
            naming.extend(self.record().log().entry(notice.entry).map_err(RecordError::from)?);
        }
        let tellable = self.record().tellable(permit, &naming)?;
        notices.retain(|notice| !notice.tells_of_a_grant() || tellable.contains(&notice.entry));
        Ok(())
    }

    /// Entries of which a letter may tell that there is something to read.
    pub(crate) fn worth_a_letter(&self, part: u32) -> Result<BTreeSet<u64>, TrustError> {
        let hidden = self.record().not_told_yet(part)?;
        let mut notices = self.news_of(part, &hidden)?.notices;
        notices.extend(self.findings_about(part)?.into_iter().filter_map(Notice::of));
        let ripe_ms = self.record().now_ms().saturating_sub(RIPE_MS);
        notices.retain(|notice| notice.kind == Kind::Emergency || notice.at_ms <= ripe_ms);
        Ok(notices.iter().map(|notice| notice.entry).filter(|entry| !hidden.contains(entry)).collect())
    }

    /// What is kept for a person, with what her log has gained and what no longer waits taken up.
    fn news_of(&self, part: u32, hidden: &BTreeSet<u64>) -> Result<Kept, TrustError> {
        let _one_at_a_time = self.lock_news();
        let before: Kept = self.kept_json((NOTICES, &part.to_string()))?.unwrap_or_default();
        let mut kept = before.clone();
        let fresh = self.fresh(part, before.place);
        kept.place = fresh.last().copied().unwrap_or(before.place);
        for number in before.waiting.iter().copied().chain(fresh.iter().copied()) {
            if hidden.contains(&number) {
                kept.waiting.insert(number);
                continue;
            }
            kept.waiting.remove(&number);
            let entry = self.record().log().entry(number).map_err(RecordError::from)?;
            let Some(entry) = entry else { continue };
            if self.is_grant_by_another(&entry.draft)? {
                kept.note(Kind::Grant, entry.clone());
            }
            if is_look(&entry.draft) {
                kept.take_up(&entry);
            }
        }
        // That only the place has moved is not worth a write, until it has moved far.
        if fresh.len() > FAR || (Kept { place: before.place, ..kept.clone() }) != before {
            self.keep_json((NOTICES, &part.to_string()), &kept, None)?;
        }
        Ok(kept)
    }

    /// Whether somebody else than the person wrote that somebody may act for her. What an operator brings in with a whole record is
    /// as it was before.
    fn is_grant_by_another(&self, draft: &Draft) -> Result<bool, TrustError> {
        let is_write = ["Create", "Update"].contains(&draft.action.as_str()) && draft.outcome == "allowed";
        let is_her_own = Role::parse(&draft.role) == Some(Role::Citizen);
        let target = draft.target.as_ref().filter(|target| target.kind == ResourceType::CONSENT.code());
        let Some(target) = target.filter(|_| is_write && !is_her_own) else { return Ok(false) };
        let Ok(id) = ResourceId::parse(&target.id) else { return Ok(false) };
        Ok(self.record().lets_somebody_act(&id, target.version)?)
    }

    /// Numbers of the entries about a person after this place, the oldest first.
    fn fresh(&self, part: u32, place: u64) -> Vec<u64> {
        let (mut fresh, mut before) = (Vec::new(), None);
        loop {
            let numbers = self.record().log().of_part(part, before, PAGE);
            let newer = numbers.iter().copied().take_while(|number| *number > place);
            let count = fresh.len();
            fresh.extend(newer);
            if numbers.len() < PAGE || fresh.len() < count + PAGE {
                fresh.reverse();
                return fresh;
            }
            before = numbers.last().copied();
        }
    }
}

/// Whether an entry is a look of a person at somebody's record, or the declaration of an emergency.
fn is_look(draft: &Draft) -> bool {
    let is_staff = Role::parse(&draft.role).is_some_and(|role| role.is_professional() || role == Role::Receptionist);
    is_staff && draft.outcome == "allowed" && draft.subjects.len() <= PEOPLE_MAX && draft.action != DEFERRED
}

impl Notice {
    const fn tells_of_a_grant(&self) -> bool {
        matches!(self.kind, Kind::Grant | Kind::ActingEnded)
    }

    /// The notice of a look that nothing explains, while nobody has judged it; an emergency is told of in its own words.
    fn of(one: Finding) -> Option<Notice> {
        let is_open = one.decision.is_none() && !one.is_emergency();
        let Finding { entry, at_ms, name, organisation, .. } = one;
        is_open.then_some(Notice { kind: Kind::Unexplained, entry, at_ms, name, organisation })
    }

    /// One of an emergency, for drawing and testing pages.
    #[must_use]
    pub fn sample() -> Notice {
        let (name, organisation) = ("Dr Priya Nair".to_owned(), "Ashdale Royal Hospital".to_owned());
        Notice { kind: Kind::Emergency, entry: 17, at_ms: 1_795_341_600_000, name, organisation }
    }
}
