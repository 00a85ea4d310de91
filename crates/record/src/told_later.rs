//! Emergencies of which the person is told later, because telling her at once would put somebody at risk of harm.
//!
//! The log holds everything at once and for ever; what waits is the telling. It waits at most [`DECIDE_DAYS`] days, unless a
//! privacy officer confirms the reason, and then [`HELD_DAYS`] days from the emergency; it ends by the clock. While it waits, all
//! that the professional did with this person's record around that time is left out of what she is told, and what officers do
//! about it too: the rest must look as if it had not happened. Whoever may read anybody's log sees it all.

use crate::emergency::EMERGENCY_MS;
use crate::error::RecordError;
use crate::keep::understood;
use crate::log::{Draft, Log, Subject};
use crate::logbook::{Outcome, draft};
use crate::opt_out::json;
use crate::{Inner, Record, new_resource_id};
use gate::{Permit, RelationKind, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::Part;

/// Within so many days somebody must confirm that telling waits.
pub const DECIDE_DAYS: i64 = 7;
/// For so many days a confirmed one waits.
pub const HELD_DAYS: i64 = 28;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// What was begun while the emergency lasted may be logged a little after.
const GRACE_MS: i64 = 60 * 1_000;
/// How many entries of a person are looked through at a time.
const ENTRIES: usize = 500;

/// The word in the log of asking that the person be told later.
pub const DEFERRED: &str = "TellLater";
const KIND: &str = "told-later";
/// The rule under which accesses are checked.
const CHECK: &str = "service-reconciliation";
/// What begins the text of entries about the waiting itself.
const ABOUT: &str = "told later ";

/// An emergency of which the person is told later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldLater {
    /// Its name, made at random.
    pub id: String,
    /// The log's number of the person.
    pub part: u32,
    /// Who declared the emergency.
    who: String,
    /// Their name then.
    pub name: String,
    /// Their organisation then; empty for none.
    pub organisation: String,
    /// When, milliseconds since 1970 UTC.
    pub from_ms: i64,
    /// Why telling at once would put somebody at risk.
    pub why: String,
    /// What privacy officers decided, the last last.
    pub decisions: Vec<Decision>,
}

/// What a privacy officer decided about the waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who, by name.
    pub by: String,
    /// Why.
    pub words: String,
    /// Whether it goes on waiting.
    pub is_confirmed: bool,
}

impl ToldLater {
    /// Whether this is about what somebody did herself: that is for another one to judge.
    #[must_use]
    pub fn is_by(&self, permit: &Permit) -> bool {
        self.who == permit.who().as_str()
    }

    /// What was decided last; none while nobody has.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        self.decisions.last()
    }

    /// When the person is told, milliseconds since 1970 UTC.
    #[must_use]
    pub fn ends_ms(&self) -> i64 {
        match self.decision() {
            None => self.from_ms.saturating_add(DECIDE_DAYS * DAY_MS),
            Some(Decision { is_confirmed: true, .. }) => self.from_ms.saturating_add(HELD_DAYS * DAY_MS),
            Some(Decision { at_ms, .. }) => *at_ms,
        }
    }

    /// Whether the person is not told of this entry of her log while this waits.
    fn hides(&self, draft: &Draft) -> bool {
        let end_ms = self.from_ms.saturating_add(EMERGENCY_MS + GRACE_MS);
        let around = self.from_ms.saturating_sub(EMERGENCY_MS)..=end_ms;
        // What officers and the check of accesses do about her meanwhile would tell that there is something to check.
        let officers = [Role::PrivacyOfficer, Role::CaldicottGuardian, Role::SafetyOfficer];
        let is_check = officers.iter().any(|role| draft.role == role.name()) || draft.rule == CHECK;
        (draft.who == self.who && around.contains(&draft.at_ms)) || (is_check && draft.at_ms >= self.from_ms)
    }

    /// The text of entries about the waiting itself.
    fn about(&self) -> String {
        format!("{ABOUT}{}", self.id)
    }
}

/// Begins to wait.
pub(crate) fn begin(inner: &Inner, permit: &Permit, (part, why): (Part, &str)) -> Result<(), RecordError> {
    let (asker, now_ms) = (permit.asker(), inner.clock.now_ms());
    let told_later = ToldLater {
        id: new_resource_id(inner.ids.as_ref())?.as_str().to_owned(),
        part: part.number(),
        who: asker.who.as_str().to_owned(),
        name: asker.display.clone(),
        organisation: asker.organisation.as_ref().map(|one| one.name.clone()).unwrap_or_default(),
        from_ms: now_ms,
        why: why.to_owned(),
        decisions: Vec::new(),
    };
    let entry = Draft {
        action: DEFERRED.to_owned(),
        subjects: vec![Subject { part: part.number(), relation: RelationKind::Emergency.code() + 1 }],
        query: told_later.about(),
        ..draft(permit, now_ms, Outcome::Allowed)
    };
    inner.keep(KIND, &told_later.id, &json(&told_later), Some(&entry))
}

impl Record {
    /// Every emergency of which the person was or is told later, newest first: for privacy officers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn told_later(&self) -> Result<Vec<ToldLater>, RecordError> {
        let kept = self.inner.store.read(|reader| reader.kept_all(KIND))?;
        // One that cannot be read must not tell at once what was to wait: nothing is told then.
        let mut all = kept.iter().map(|(_, bytes)| understood(bytes)).collect::<Result<Vec<ToldLater>, _>>()?;
        all.sort_by(|one, other| (other.from_ms, &other.id).cmp(&(one.from_ms, &one.id)));
        Ok(all)
    }

    /// Numbers of the entries about a person of which she is not told now.
    ///
    /// # Errors
    /// When store or log cannot be read.
    pub fn not_told_yet(&self, part: u32) -> Result<BTreeSet<u64>, RecordError> {
        let now_ms = self.now_ms();
        let mut waiting = self.told_later()?;
        waiting.retain(|one| one.part == part && now_ms < one.ends_ms());
        entries_of(self.log(), part, &waiting)
    }

    /// Notes what was decided about `one` as it was read, with the entry of the log in the same commit; the person is told of it
    /// when she is told. False, and nothing is noted, when somebody else has decided meanwhile: what is told stays told.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn decide_told_later(&self, one: &ToldLater, decision: Decision, entry: Draft) -> Result<bool, RecordError> {
        let entry = Draft { query: one.about(), ..entry };
        let mut decided = one.clone();
        decided.decisions.push(decision);
        let read = one.clone();
        let is_as_read = move |there: Option<&[u8]>| {
            there.is_some_and(|there| understood(there).is_ok_and(|now: ToldLater| now == read))
        };
        self.replace_if((KIND, &one.id), is_as_read, Some(&json(&decided)), Some(&entry))
    }

    /// Notes that somebody opened it, as an entry of the person's log of which she is told when she is told of the rest.
    ///
    /// # Errors
    /// When it could not be logged.
    pub fn note_told_later(&self, one: &ToldLater, entry: Draft) -> Result<(), RecordError> {
        self.log_look(Draft { query: one.about(), ..entry })
    }
}

/// The entries that are hidden, found from the newest back to the time before the first of them.
fn entries_of(log: &Log, part: u32, waiting: &[ToldLater]) -> Result<BTreeSet<u64>, RecordError> {
    let mut hidden = BTreeSet::new();
    let Some(first_ms) = waiting.iter().map(|one| one.from_ms.saturating_sub(EMERGENCY_MS)).min() else {
        return Ok(hidden);
    };
    let mut before = None;
    loop {
        let numbers = log.of_part(part, before, ENTRIES);
        for number in &numbers {
            let Some(entry) = log.entry(*number)? else { continue };
            if entry.draft.at_ms < first_ms {
                return Ok(hidden);
            }
            if waiting.iter().any(|one| one.hides(&entry.draft)) {
                hidden.insert(*number);
            }
        }
        if numbers.len() < ENTRIES {
            return Ok(hidden);
        }
        before = numbers.last().copied();
    }
}
