//! What a person allows and refuses: her Consents, compiled to rules, and which of them bind a reader.
//!
//! A [`Directive`] is one active privacy Consent (IHE Privacy Consent on FHIR: basic, intermediate, advanced). Its provisions
//! become flat [`Rule`]s. Consent can only take away from what policies permit. An entry is withheld when some refusal is about
//! it and no permission about it is more specific than that refusal: the more specific choice wins, and at equal or
//! incomparable specificity the refusal does. Where a Consent permits only some things, the rest is refused.
//!
//! Nothing here reads or keeps anything: `record` finds the Consents, and says which entries a rule about single entries
//! means. What cannot be understood makes a refusal wider and a permission void.

mod grant;
mod parse;
#[cfg(test)]
mod tests;

use crate::kinds::{DataKind, TypeSet};
use crate::words::Purpose;
use fhir::ResourceId;
use fhir::search::Span;

pub use grant::{PARTS, Reach, is_grant, sensitive};
pub use parse::{is_a_limit, is_directive, project};

/// One Consent, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// The Consent's id.
    pub id: ResourceId,
    /// Its rules, the outermost first.
    pub rules: Vec<Rule>,
    /// Whether it speaks of emergencies; one that does not gives way to them.
    governs_emergencies: bool,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Lets the data be used.
    Permit,
    /// Keeps the data from being used.
    Deny,
}

/// One provision, with what it takes over from the provisions around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it does.
    pub effect: Effect,
    /// For which purposes; none for all.
    pub purposes: Option<Vec<Purpose>>,
    /// For which projects besides, where it names purposes: codes of no list of ours, each as [`project`] writes it.
    pub projects: Vec<String>,
    /// References of those it is about (`Practitioner/1`, `Organization/2`, `Group/3`); none for everybody.
    pub actors: Option<Vec<String>>,
    /// While it holds.
    pub lasts: Span,
    /// About which data.
    pub data: Data,
    /// Its place: the numbers of the provisions from the outermost in. The rule that a Consent permits nothing else has none.
    path: Option<Vec<usize>>,
}

/// About which data a rule is; each `None` is no limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    /// Only these resource types.
    pub kinds: Option<TypeSet>,
    /// Only entries with these labels.
    pub labels: Option<LabelTest>,
    /// Only entries with one of these codes (system, where said, and code).
    pub codes: Option<Vec<Code>>,
    /// Only these entries, and what is tied to them.
    pub entries: Option<Vec<Entry>>,
    /// Only what happened in this time.
    pub period: Option<Span>,
}

/// A test of an entry's label mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelTest {
    /// At least one of these bits must be there; 0 asks for none.
    pub any: u32,
    /// None of these bits may be there.
    pub none: u32,
}

/// A code of a terminology, with its system where one is said.
pub type Code = (Option<String>, String);

/// Entries that a provision names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How entries stand to the one that is named.
    pub tie: Tie,
    /// `Type/id`
    pub reference: String,
}

/// How an entry stands to the one that a provision names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// It is that entry.
    Instance,
    /// It is that entry, or refers to it.
    Related,
    /// It refers to that entry.
    Dependents,
    /// It was written by whom the reference names.
    AuthoredBy,
}

/// Who reads, as far as Consents care.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'r> {
    /// What for.
    pub purpose: Purpose,
    /// The references under which a Consent may name the reader, and the [`project`] under which she asks.
    pub names: &'r [String],
    /// When, milliseconds since 1970 UTC.
    pub now_ms: i64,
}

/// A refusal that binds a reader, with the permissions that are stronger.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial<'d> {
    /// What is refused.
    pub rule: &'d Rule,
    /// What is allowed all the same.
    pub unless: Vec<&'d Rule>,
}

/// Whether choices of the person say anything about this purpose: not about her own access, and not about the checks that
/// protect her.
#[must_use]
pub const fn bind(purpose: Purpose) -> bool {
    !matches!(purpose, Purpose::OwnRecord | Purpose::Audit | Purpose::Safeguarding | Purpose::SignIn)
}

/// The refusals that bind `reader`.
#[must_use]
pub fn denials<'d>(directives: &'d [Directive], reader: &Reader<'_>) -> Vec<Denial<'d>> {
    if !bind(reader.purpose) {
        return Vec::new();
    }
    let governs = |directive: &&Directive| reader.purpose != Purpose::BreakGlass || directive.governs_emergencies;
    let in_force: Vec<(usize, &Rule)> = directives
        .iter()
        .filter(governs)
        .enumerate()
        .flat_map(|(place, directive)| directive.rules.iter().map(move |rule| (place, rule)))
        .filter(|(_, rule)| rule.is_for(reader))
        .collect();
    let (permits, refusals): (Vec<_>, Vec<_>) =
        in_force.into_iter().partition(|(_, rule)| rule.effect == Effect::Permit);
    let denial = |(place, rule): (usize, &'d Rule)| {
        let stronger = permits.iter().filter(|(other, permit)| permit.beats(rule, *other == place));
        Denial { rule, unless: stronger.map(|(_, permit)| *permit).collect() }
    };
    let refused = refusals.into_iter().map(denial);
    refused.filter(|denial| !denial.unless.iter().any(|permit| permit.data == Data::default())).collect()
}

impl Directive {
    /// Whether it lets the reader, whom it names, use the whole record for this purpose, which it names too.
    #[must_use]
    pub fn permits_by_name(&self, reader: &Reader<'_>) -> bool {
        let names = |rule: &Rule| rule.purposes.is_some() && rule.actors.is_some() && rule.data == Data::default();
        self.rules.iter().any(|rule| rule.effect == Effect::Permit && names(rule) && rule.is_for(reader))
    }
}

impl Rule {
    fn is_for(&self, reader: &Reader<'_>) -> bool {
        let lasts = self.lasts.from_ms <= reader.now_ms && reader.now_ms < self.lasts.until_ms;
        let is_project = || self.projects.iter().any(|project| reader.names.contains(project));
        let purpose = self.purposes.as_ref().is_none_or(|purposes| purposes.contains(&reader.purpose) || is_project());
        let named = |actors: &Vec<String>| actors.iter().any(|actor| reader.names.contains(actor));
        lasts && purpose && self.actors.as_ref().is_none_or(named)
    }

    /// Whether this permission is stronger than a refusal: an exception from it, or more specific.
    fn beats(&self, refusal: &Rule, is_same_consent: bool) -> bool {
        let (Some(own), Some(other)) = (&self.path, &refusal.path) else { return true };
        if is_same_consent && own.len() > other.len() && own.starts_with(other) {
            return true;
        }
        let (own, other) = (self.specificity(), refusal.specificity());
        own != other && own.iter().zip(other).all(|(own, other)| *own >= other)
    }

    /// How specific it is about data, about people, and about purposes.
    fn specificity(&self) -> [u8; 3] {
        let data = match &self.data {
            Data { entries: Some(_), .. } => 4,
            Data { codes: Some(_), .. } => 3,
            Data { labels: Some(_), .. } => 2,
            Data { kinds: Some(_), .. } | Data { period: Some(_), .. } => 1,
            _ => 0,
        };
        let is_group =
            |actor: &String| ["Organization/", "CareTeam/", "Group/"].iter().any(|kind| actor.starts_with(kind));
        let actors = match &self.actors {
            None => 0,
            Some(actors) if actors.iter().any(is_group) => 1,
            Some(_) => 2,
        };
        [data, actors, u8::from(self.purposes.is_some())]
    }
}

impl Data {
    /// Whether only the entries themselves can tell whether the rule is about them.
    #[must_use]
    pub fn needs_entries(&self) -> bool {
        self.codes.is_some() || self.entries.is_some() || self.period.is_some()
    }

    /// The types that the rule is about. A rule that names none is not about who somebody is and how to reach them: the index
    /// of persons is not withheld, so that nobody is mistaken for somebody else.
    #[must_use]
    pub fn types(&self) -> TypeSet {
        let not_demographic = |kind: &&DataKind| **kind != DataKind::Demographics;
        self.kinds.unwrap_or_else(|| {
            DataKind::ALL.iter().filter(not_demographic).fold(TypeSet::EMPTY, |all, kind| all.union(kind.types()))
        })
    }
}
