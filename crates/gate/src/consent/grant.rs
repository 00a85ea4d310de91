//! How far a grant to act for somebody reaches.
//!
//! A grant is a Consent that permits other members of the public to act for the person (the shape of the national Validated
//! Relationships service). Its provision may be limited: to resource types (`class`), to looking (`action` of HL7's list of
//! consent actions, `access` without `collect`), and by exceptions from it, such as whatever is marked as restricted. What
//! cannot be held exactly is held narrower; where that is not possible the grant opens nothing.

use super::parse::Provisions;
use super::{Data, Effect, LabelTest, Rule};
use crate::kinds::{DataKind, TypeSet};
use crate::labels::Label;
use crate::topics::Topic;
use crate::words::{Action, Purpose};
use fhir::json::Json;
use fhir::{NhsNumber, Reference, ResourceType};

/// The kinds of data that a grant can be limited to, in the order in which people are asked.
pub const PARTS: &[DataKind] = &[
    DataKind::Appointments,
    DataKind::Medicines,
    DataKind::Alerts,
    DataKind::Problems,
    DataKind::Results,
    DataKind::Contacts,
    DataKind::Documents,
    DataKind::Plans,
    DataKind::Requests,
    DataKind::Clinical,
    DataKind::Audit,
];

/// What a grant opens of a person's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Entries of these types.
    pub types: TypeSet,
    /// ... with none of these labels (the bits of [`Label`] and [`Topic`]).
    pub without: u32,
    /// Whether a copy may be taken as well.
    pub copies: bool,
}

/// What marks an entry as more private than is usual, in any way.
#[must_use]
pub fn sensitive() -> u32 {
    Label::all_bits() | Topic::all_bits()
}

/// Whoever is not to see what is restricted is to see nothing that is marked in any other way either.
fn from_its_step_up(labels: u32) -> u32 {
    if labels & Label::Restricted.bit() == 0 { labels } else { sensitive() }
}

impl Reach {
    /// The whole record.
    #[must_use]
    pub fn whole() -> Self {
        Self { types: TypeSet::all(), without: 0, copies: true }
    }

    /// How far an active grant reaches; none when it opens nothing, or is no grant. When it holds, and for whom, is not asked.
    #[must_use]
    pub fn of(consent: &Json<'_>) -> Option<Self> {
        if consent.get("status").and_then(Json::text) != Some("active") || !is_grant(consent) {
            return None;
        }
        let rules = Provisions::of(consent)?.rules;
        let (root, exceptions) = rules.split_first()?;
        let actions = Actions::of(consent.get("provision")?);
        let is_hers = root.purposes.as_ref().is_none_or(|purposes| purposes.contains(&Purpose::OwnRecord));
        if !actions.looks || !is_hers {
            return None;
        }
        let permitted = Self::permitted(&root.data, actions.collects)?;
        let reach = exceptions.iter().try_fold(permitted, Self::but)?;
        (!reach.types.is_empty()).then_some(reach)
    }

    fn permitted(data: &Data, copies: bool) -> Option<Self> {
        let Data { kinds, labels, codes: None, entries: None, period: None } = data else { return None };
        let without = match labels {
            None => 0,
            Some(LabelTest { any: 0, none }) if *none != u32::MAX => from_its_step_up(*none),
            Some(_) => return None,
        };
        Some(Self { types: kinds.unwrap_or_else(TypeSet::all), without, copies })
    }

    /// Without what an exception takes away. For whom, for what and how long the exception holds is not asked: it takes away
    /// more so. An exception that gives more back is no part of a grant, nor is the rule about the rest.
    fn but(self, exception: &Rule) -> Option<Self> {
        if exception.effect == Effect::Permit || exception.path.is_none() {
            return Some(self);
        }
        let Data { kinds, labels, codes: None, entries: None, period: None } = &exception.data else { return None };
        match labels {
            Some(LabelTest { any, .. }) if *any != 0 => {
                Some(Self { without: self.without | from_its_step_up(*any), ..self })
            }
            _ => {
                let gone = kinds.unwrap_or_else(TypeSet::all);
                Some(Self { types: self.types.iter().filter(|kind| !gone.contains(*kind)).collect(), ..self })
            }
        }
    }

    /// In words: the kinds of data that are open, and whether something is left out of them.
    #[must_use]
    pub fn told(&self) -> String {
        // The log could tell of what is left out.
        let opened: Vec<DataKind> =
            PARTS.iter().copied().filter(|part| *part != DataKind::Audit || self.without == 0).collect();
        let all = |part: &&DataKind| part.types().intersection(self.types) == part.types();
        let some = |part: &&DataKind| !all(part) && !part.types().intersection(self.types).is_empty();
        let mut parts: Vec<String> = opened.iter().filter(all).map(|part| part.phrase().to_owned()).collect();
        parts.extend(opened.iter().filter(some).map(|part| format!("some {}", part.phrase())));
        let is_everything = opened.iter().all(|part| all(&part));
        let what = if is_everything { "the whole record".to_owned() } else { parts.join(", ") };
        match self.without {
            0 => what,
            left if left == sensitive() => format!("{what}, but nothing that is marked as sensitive"),
            _ => format!("{what}, but not all that is marked as sensitive"),
        }
    }

    /// Whether it is the whole record.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::whole()
    }

    /// What somebody who acts for a person may see for `action`: what her grants reach; where that is not the whole record,
    /// also who the person is, and the grants of her that are open, so that a grant can be given up.
    #[must_use]
    pub fn together(grants: &[Self], action: Action) -> Vec<Self> {
        if grants.iter().any(Self::is_whole) {
            return vec![Self::whole()];
        }
        let is_copy = action == Action::Export;
        let mut reaches: Vec<Self> = grants.iter().filter(|one| one.copies || !is_copy).copied().collect();
        if reaches.is_empty() {
            return reaches;
        }
        let only = |kind: DataKind, without: u32| Self { types: kind.types(), without, copies: false };
        reaches.push(only(DataKind::Demographics, 0));
        if !is_copy {
            reaches.push(only(DataKind::Consent, sensitive()));
        }
        reaches
    }
}

struct Actions {
    looks: bool,
    collects: bool,
}

impl Actions {
    /// What may be done with the data; no action named is every action. One that is not known permits nothing.
    fn of(provision: &Json<'_>) -> Self {
        let actions = provision.get("action").map(Json::items).unwrap_or_default();
        if actions.is_empty() {
            return Self { looks: true, collects: true };
        }
        let codings = || actions.iter().flat_map(|action| action.get("coding").map(Json::items).unwrap_or_default());
        let names = |code: &str| codings().any(|coding| coding.get("code").and_then(Json::text) == Some(code));
        Self { looks: names("access"), collects: names("collect") }
    }
}

/// Whether the resource, in force or not, lets other members of the public act for the person: its provision permits, and
/// names only such people, by reference or by number.
#[must_use]
pub fn is_grant(consent: &Json<'_>) -> bool {
    let permits = consent.at(&["provision", "type"]).and_then(Json::text).is_none_or(|kind| kind == "permit");
    let actors = consent.at(&["provision", "actor"]).map(Json::items).unwrap_or_default();
    let is_kind = |kind: &str| kind == ResourceType::PATIENT.name() || kind == "RelatedPerson";
    let is_person = |actor: &Json<'_>| match actor.at(&["reference", "reference"]).and_then(Json::text) {
        Some(named) => matches!(Reference::parse(named), Ok(Reference::Local { kind, .. }) if is_kind(kind.name())),
        None => match actor.at(&["reference", "type"]).and_then(Json::text) {
            Some(kind) => is_kind(kind),
            None => actor.at(&["reference", "identifier", "system"]).and_then(Json::text) == Some(NhsNumber::SYSTEM),
        },
    };
    permits && !actors.is_empty() && actors.iter().all(is_person)
}
