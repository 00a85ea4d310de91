//! The register of data uses: what data of many people are used for beyond their own care.
//!
//! An entry is made by the job itself, in one commit with its entry of the access log, before any data leave. Whoever asks for
//! a use is called `use/ID` in permits and in the log, and sees only what the register says: for its purpose, while it lasts.
//! Opt-outs hold, unless the entry says in public why they do not; that is the one way round them.

use crate::acting::{is_own, whole_part};
use crate::error::{RecordError, Refusal};
use crate::log::Draft;
use crate::opt_out::{self, json, packed, unpacked};
use crate::{Inner, Keeper, Record};
use fhir::issue::IssueCode;
use fhir::{ResourceId, ResourceType};
use gate::{AgentId, Asker, Permit, Purpose, SmartScopes};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

/// The longest a use lasts.
pub const LIFE_MS_MAX: i64 = 366 * 24 * 60 * 60 * 1_000;
/// The longest text of an entry, in letters.
pub const WORDS_MAX: usize = 500;
/// The word of a new entry of the register in the log.
pub const DECLARED: &str = "DeclareUse";

const KIND: &str = "data-use";
const PREFIX: &str = "use/";

/// Why opt-outs do not hold for a use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exemption {
    /// Each person has agreed to this very study: an active Consent in her record permits it by this reference.
    Consent {
        /// The group or organisation that does it, as the Consents name it: `Group/id`.
        study: String,
        /// The code under which Consents name what it is done for, where they name one of its own, as
        /// [`gate::consent::project`] writes it.
        #[serde(default)]
        project: Option<String>,
    },
    /// A law or a court requires the use of everybody's data.
    Law,
    /// An overriding public interest, decided for this use.
    PublicInterest,
}

impl Exemption {
    /// The names under which Consents speak of the study.
    fn names(&self) -> Vec<String> {
        match self {
            Self::Consent { study, project } => std::iter::once(study).chain(project).cloned().collect(),
            Self::Law | Self::PublicInterest => Vec::new(),
        }
    }

    /// As people say it.
    #[must_use]
    pub const fn phrase(&self) -> &'static str {
        match self {
            Self::Consent { .. } => "people who agreed to this study themselves are part of it",
            Self::Law => "a law or a court requires it",
            Self::PublicInterest => "an overriding public interest was decided for it",
        }
    }
}

/// How the data go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// Files, written once.
    Files,
    /// A token with which a system asks.
    Token,
}

/// A use as its job declares it.
#[derive(Clone, Debug)]
pub struct NewUse {
    /// What it is for, in a few words.
    pub title: String,
    /// Who uses the data.
    pub by: String,
    /// Planning or research.
    pub purpose: Purpose,
    /// Which law allows it.
    pub basis: String,
    /// Why opt-outs do not hold, with the reason in words; none where they do.
    pub exemption: Option<(Exemption, String)>,
    /// How the data go out.
    pub way: Way,
    /// When it ends, milliseconds since 1970 UTC.
    pub until_ms: i64,
}

/// An entry of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataUse {
    /// Its id; its asker is `use/ID`.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// Who uses the data.
    pub by: String,
    purpose: String,
    /// Which law allows it.
    pub basis: String,
    /// Why opt-outs do not hold, with the reason in words; none where they do.
    pub exemption: Option<(Exemption, String)>,
    /// How the data go out.
    pub way: Way,
    /// When it was declared, milliseconds since 1970 UTC.
    pub begun_ms: i64,
    /// When it ends, milliseconds since 1970 UTC.
    pub until_ms: i64,
    /// Which types of data went out, by name; empty as long as nothing has.
    pub types: Vec<String>,
    /// How many people are part of it; none as long as nothing went out.
    pub people: Option<u64>,
    /// What came of it each time that it ran, oldest first.
    #[serde(default)]
    pub outputs: Vec<Output>,
    reach: Option<Reach>,
}

/// What went out when a use ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Which types of data, by name.
    pub types: Vec<String>,
    /// How many entries of these types.
    pub entries: u64,
    /// About how many people.
    pub people: u64,
}

/// Whose data went out, and whose did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Reach {
    part_of: String,
    left_out: String,
}

/// What a use means for one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Her data are part of it.
    PartOf,
    /// Her data were left out.
    LeftOut,
}

impl DataUse {
    /// Planning or research.
    #[must_use]
    pub fn purpose(&self) -> Option<Purpose> {
        Purpose::parse(&self.purpose)
    }

    /// Whose deed what is done for it is.
    #[must_use]
    pub fn who(&self) -> Option<AgentId> {
        AgentId::parse(&format!("{PREFIX}{}", self.id))
    }

    /// Whoever asks for it: a system that may do no more than these scopes say.
    #[must_use]
    pub fn asker(&self, scopes: SmartScopes) -> Option<Asker> {
        let names = self.exemption.as_ref().map(|(exemption, _)| exemption.names()).unwrap_or_default();
        let asker = Asker::service(self.who()?, &format!("{} ({})", self.by, self.title), scopes);
        Some(Asker { acts_as: names, ..asker })
    }

    /// Whether it lasts now.
    #[must_use]
    pub fn lasts(&self, now_ms: i64) -> bool {
        (self.begun_ms..self.until_ms).contains(&now_ms)
    }

    fn receipt(&self, part: u32) -> Result<Option<Receipt>, RecordError> {
        let Some(reach) = &self.reach else { return Ok(None) };
        if unpacked(&reach.part_of)?.contains(part) {
            return Ok(Some(Receipt::PartOf));
        }
        Ok(unpacked(&reach.left_out)?.contains(part).then_some(Receipt::LeftOut))
    }
}

/// Makes an entry of the register, also beside a running server. `entry` says who runs the job.
///
/// # Errors
/// 422 with what is missing.
pub fn declare(keeper: &dyn Keeper, new: NewUse, entry: &Draft) -> Result<DataUse, RecordError> {
    let now_ms = keeper.now_ms();
    for (what, text) in
        [("what it is for", &new.title), ("who uses the data", &new.by), ("its legal basis", &new.basis)]
    {
        worded(what, text)?;
    }
    if let Some((_, why)) = &new.exemption {
        worded("why opt-outs do not hold", why)?;
    }
    if !opt_out::binds(new.purpose) {
        return Err(refused("the register is for planning and research"));
    }
    if new.until_ms <= now_ms || new.until_ms - now_ms > LIFE_MS_MAX {
        return Err(refused("a use lasts until a day in the future, at most a year away"));
    }
    let id = crate::clock::new_resource_id(keeper.ids())?.as_str().to_owned();
    let data_use = DataUse {
        id: id.clone(),
        title: new.title.trim().to_owned(),
        by: new.by.trim().to_owned(),
        purpose: new.purpose.name().to_owned(),
        basis: new.basis.trim().to_owned(),
        exemption: new.exemption,
        way: new.way,
        begun_ms: now_ms,
        until_ms: new.until_ms,
        types: Vec::new(),
        people: None,
        outputs: Vec::new(),
        reach: None,
    };
    let query = format!("{PREFIX}{id}: {}", data_use.title);
    let entry = Draft { action: DECLARED.to_owned(), purpose: data_use.purpose.clone(), query, ..entry.clone() };
    keeper.keep(KIND, &id, &json(&data_use), &entry)?;
    Ok(data_use)
}

impl Record {
    /// The register, newest first: for everybody.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn uses(&self) -> Result<Vec<DataUse>, RecordError> {
        crate::inbox::take_in(&self.inner)?;
        let kept = self.inner.store.read(|reader| reader.kept_all(KIND))?;
        let read = |bytes: &[u8]| serde_json::from_slice(bytes).map_err(|_| crate::read::damaged());
        let mut uses: Vec<DataUse> = kept.iter().map(|(_, bytes)| read(bytes)).collect::<Result<_, _>>()?;
        uses.sort_by(|one, other| (other.begun_ms, &other.id).cmp(&(one.begun_ms, &one.id)));
        Ok(uses)
    }

    /// What each use means for the person whose own record the permit reaches, newest first. A use with a token means for
    /// her what it would mean now.
    ///
    /// # Errors
    /// 404 when the permit is not the person's own.
    pub fn uses_about(&self, own: &Permit) -> Result<Vec<(DataUse, Receipt)>, RecordError> {
        let part =
            whole_part(&self.inner, own.asker())?.filter(|_| is_own(own.asker())).ok_or_else(RecordError::not_found)?;
        let now_ms = self.now_ms();
        let mut about = Vec::new();
        for data_use in self.uses()? {
            let receipt = match data_use.receipt(part.number())? {
                None if data_use.way == Way::Token && data_use.lasts(now_ms) => {
                    let people = allowed(&self.inner, &data_use)?;
                    let is_in = people.is_none_or(|people| people.contains(part.number()));
                    Some(if is_in { Receipt::PartOf } else { Receipt::LeftOut })
                }
                known => known,
            };
            about.extend(receipt.map(|receipt| (data_use, receipt)));
        }
        Ok(about)
    }

    /// The use that an asker called `use/ID` stands for, while it lasts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn use_of(&self, who: &AgentId) -> Result<Option<DataUse>, RecordError> {
        Ok(of(&self.inner, who)?.filter(|data_use| data_use.lasts(self.now_ms())))
    }

    /// Notes which data of whom went out for the use that the permit is for, entries by type: before they are handed over.
    ///
    /// # Errors
    /// 404 when the permit is for no use.
    pub fn use_ran(
        &self,
        permit: &Permit,
        people: &RoaringBitmap,
        entries: &[(ResourceType, u64)],
    ) -> Result<DataUse, RecordError> {
        let inner = &self.inner;
        let mut data_use = of(inner, permit.who())?.ok_or_else(RecordError::not_found)?;
        let everybody = inner.opt_outs.people(inner)?;
        data_use.people = Some(people.len());
        let types: Vec<String> = entries.iter().map(|(kind, _)| kind.name().to_owned()).collect();
        data_use.outputs.push(Output {
            at_ms: inner.clock.now_ms(),
            types: types.clone(),
            entries: entries.iter().map(|(_, count)| count).sum(),
            people: people.len(),
        });
        data_use.types = types;
        data_use.reach = Some(Reach { part_of: packed(people), left_out: packed(&(everybody.as_ref() - people)) });
        let mut entry = crate::logbook::draft(permit, inner.clock.now_ms(), crate::logbook::Outcome::Allowed);
        "RunUse".clone_into(&mut entry.action);
        entry.query = format!("{PREFIX}{}: {}", data_use.id, data_use.title);
        entry.count = u32::try_from(people.len()).unwrap_or(u32::MAX);
        inner.keep(KIND, &data_use.id, &json(&data_use), Some(&entry))?;
        Ok(data_use)
    }
}

/// The people to whom a permit is bound: none for a purpose of care, or where opt-outs do not hold.
pub(crate) fn bound(inner: &Inner, permit: &Permit) -> Result<Option<std::sync::Arc<RoaringBitmap>>, RecordError> {
    if !permit.who().as_str().starts_with(PREFIX) {
        return opt_out::binds(permit.purpose()).then(|| inner.opt_outs.allowed(inner)).transpose();
    }
    let now_ms = inner.clock.now_ms();
    let data_use =
        of(inner, permit.who())?.filter(|known| known.lasts(now_ms) && known.purpose() == Some(permit.purpose()));
    let Some(data_use) = data_use else {
        let sentence = "This use of data is not in the register, has ended, or was declared for another purpose.";
        return Err(RecordError::new(Refusal::Forbidden, IssueCode::Forbidden, sentence));
    };
    allowed(inner, &data_use)
}

/// The people whose data a use may have; none for everybody.
fn allowed(inner: &Inner, data_use: &DataUse) -> Result<Option<std::sync::Arc<RoaringBitmap>>, RecordError> {
    match &data_use.exemption {
        None => inner.opt_outs.allowed(inner).map(Some),
        Some((Exemption::Law | Exemption::PublicInterest, _)) => Ok(None),
        Some((exemption @ Exemption::Consent { .. }, _)) => {
            let mut people = inner.opt_outs.allowed(inner)?.as_ref().clone();
            if let Some(purpose) = data_use.purpose() {
                people |= inner.choices.agreed(inner, purpose, &exemption.names())?;
            }
            Ok(Some(std::sync::Arc::new(people)))
        }
    }
}

/// The use that an asker stands for, whether it lasts or not.
fn of(inner: &Inner, who: &AgentId) -> Result<Option<DataUse>, RecordError> {
    let id = who.as_str().strip_prefix(PREFIX).and_then(|id| ResourceId::parse(id).ok());
    let Some(id) = id else { return Ok(None) };
    crate::inbox::take_in(inner)?;
    let kept = inner.store.read(|reader| reader.kept(KIND, id.as_str().as_bytes()))?;
    Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn worded(what: &str, text: &str) -> Result<(), RecordError> {
    if (1..=WORDS_MAX).contains(&text.trim().chars().count()) {
        return Ok(());
    }
    Err(refused(&format!("say in 1 to {WORDS_MAX} letters {what}")))
}

fn refused(sentence: &str) -> RecordError {
    RecordError::new(Refusal::Unprocessable, IssueCode::Invalid, sentence)
}
