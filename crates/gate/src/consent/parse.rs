//! From a Consent to rules.
//!
//! R4 Consent as IHE's Privacy Consent on FHIR uses it. A nested provision is an exception from the one around it and takes
//! over whatever it does not say itself. A Consent of another kind (research, treatment, a proxy's grant) gives no directive.

use super::grant::is_grant;
use super::{Code, Data, Directive, Effect, Entry, LabelTest, Rule, Tie};
use crate::kinds::TypeSet;
use crate::labels::{CONFIDENTIALITY, Label, labels_of_coding};
use crate::words::Purpose;
use fhir::date::span_of;
use fhir::json::Json;
use fhir::search::Span;
use fhir::{Reference, ResourceId, ResourceType};

const ALWAYS: Span = Span { from_ms: i64::MIN, until_ms: i64::MAX };
/// Provisions deeper than this are not read; what is around them is refused as a whole.
const DEPTH_MAX: usize = 8;

/// Whether the resource is an active Consent about the use of the person's record, and not a grant to act for her.
#[must_use]
pub fn is_directive(consent: &Json<'_>) -> bool {
    consent.get("status").and_then(Json::text) == Some("active") && is_about_use(consent)
}

/// Whether the resource is a Consent about the use of the person's record, in force or not, and not a grant to act for her.
fn is_about_use(consent: &Json<'_>) -> bool {
    let scopes = consent.at(&["scope", "coding"]).map(Json::items).unwrap_or_default();
    let is_privacy = scopes.iter().any(|coding| coding.get("code").and_then(Json::text) == Some("patient-privacy"));
    consent.get("resourceType").and_then(Json::text) == Some("Consent") && is_privacy && !is_grant(consent)
}

/// Whether the resource tells what somebody refuses or once refused: one that has ended still tells what she would hide.
#[must_use]
pub fn is_a_limit(consent: &Json<'_>) -> bool {
    is_about_use(consent)
        && Provisions::of(consent).is_some_and(|one| one.rules.iter().any(|rule| rule.effect == Effect::Deny))
}

impl Directive {
    /// Compiles a Consent; none when it is not a directive or has no provision to enforce.
    #[must_use]
    pub fn parse(consent: &Json<'_>) -> Option<Directive> {
        if !is_directive(consent) {
            return None;
        }
        let id = ResourceId::parse(consent.get("id")?.text()?).ok()?;
        let Provisions { rules, governs_emergencies } = Provisions::of(consent)?;
        Some(Directive { id, rules, governs_emergencies })
    }
}

/// A permission for something permits nothing else of the same purposes, nor use beyond care. One without limits leaves no rest.
fn the_rest(root: &Rule) -> Option<Rule> {
    let is_limited = root.purposes.is_some() || root.actors.is_some() || root.data != Data::default();
    if root.effect == Effect::Deny || !is_limited {
        return None;
    }
    let beyond_care = [Purpose::Planning, Purpose::Research];
    let purposes = root.purposes.as_ref().map(|said| said.iter().copied().chain(beyond_care).collect());
    Some(Rule { effect: Effect::Deny, purposes, actors: None, data: Data::default(), path: None, ..root.clone() })
}

/// An emergency is care: where a Consent speaks of emergencies, what it says of care holds in one as well, but for what it
/// says of them.
fn in_emergencies_too(purposes: &mut Vec<Purpose>) {
    if purposes.contains(&Purpose::DirectCare) && !purposes.contains(&Purpose::BreakGlass) {
        purposes.push(Purpose::BreakGlass);
    }
}

/// What the provisions of a Consent say.
pub(super) struct Provisions {
    pub(super) rules: Vec<Rule>,
    governs_emergencies: bool,
}

impl Provisions {
    /// The rules of a Consent, whether it is in force or not.
    pub(super) fn of(consent: &Json<'_>) -> Option<Self> {
        let root = consent.get("provision")?;
        let mut provisions = Self { rules: Vec::new(), governs_emergencies: false };
        let outermost = Rule {
            effect: Effect::Permit,
            purposes: None,
            projects: Vec::new(),
            actors: None,
            lasts: ALWAYS,
            data: Data::default(),
            path: Some(Vec::new()),
        };
        provisions.read(root, &outermost);
        let rest = provisions.rules.first().and_then(the_rest);
        provisions.rules.extend(rest);
        if provisions.governs_emergencies {
            provisions.rules.iter_mut().filter_map(|rule| rule.purposes.as_mut()).for_each(in_emergencies_too);
        }
        Some(provisions)
    }

    fn read(&mut self, provision: &Json<'_>, around: &Rule) {
        let effect = match provision.get("type").and_then(Json::text) {
            Some("deny") => Effect::Deny,
            Some("permit") => Effect::Permit,
            _ => around.effect,
        };
        let path = around.path.clone().unwrap_or_default();
        let lasts = provision.get("period").map_or(around.lasts, |period| both(period_of(period), around.lasts));
        let own = self.purposes(provision, effect);
        let (purposes, projects) = own.unwrap_or_else(|| (around.purposes.clone(), around.projects.clone()));
        let actors = actors(provision, effect).or_else(|| around.actors.clone());
        let data = Data::read(provision, effect, &around.data);
        let rule = Rule { effect, purposes, projects, actors, lasts, data, path: Some(path.clone()) };
        let nested = provision.get("provision").map(Json::items).unwrap_or_default();
        if path.len() >= DEPTH_MAX && !nested.is_empty() {
            self.rules.push(Rule { effect: Effect::Deny, ..rule });
            return;
        }
        self.rules.push(rule.clone());
        for (place, inner) in nested.iter().enumerate() {
            let path = path.iter().copied().chain([place]).collect();
            self.read(inner, &Rule { path: Some(path), ..rule.clone() });
        }
    }

    /// The purposes named, and the projects. A purpose that is not known makes a refusal hold for all; a permission holds for
    /// whoever asks under that very code, as a project of research does, and for nobody else.
    fn purposes(&mut self, provision: &Json<'_>, effect: Effect) -> Option<(Option<Vec<Purpose>>, Vec<String>)> {
        let codings = provision.get("purpose").map(Json::items).filter(|codings| !codings.is_empty())?;
        let (mut named, mut projects) = (Vec::new(), Vec::new());
        for coding in codings {
            let text = |member: &str| coding.get(member).and_then(Json::text);
            match purpose_of(text("system"), text("code").unwrap_or_default()) {
                Some(purpose) if !named.contains(&purpose) => named.push(purpose),
                Some(_) => {}
                None if effect == Effect::Deny => named.extend_from_slice(Purpose::ALL),
                None => projects.extend(text("system").zip(text("code")).map(|(system, code)| project(system, code))),
            }
        }
        self.governs_emergencies |= named.contains(&Purpose::BreakGlass);
        Some((Some(named), projects))
    }
}

/// Names of HL7's `ActReason` list.
const ACT_REASON: [&str; 3] = [
    "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "http://hl7.org/fhir/v3/ActReason",
    "urn:oid:2.16.840.1.113883.5.8",
];

/// The purpose that a code of HL7's `ActReason` list means here. A code of another list means what that list says.
fn purpose_of(system: Option<&str>, code: &str) -> Option<Purpose> {
    if system.is_some_and(|system| !ACT_REASON.contains(&system)) {
        return None;
    }
    Some(match code {
        "TREAT" | "TREATMENT" | "CAREMGT" | "COC" | "CLINDEC" | "PHYSICIAN" => Purpose::DirectCare,
        "HOPERAT" | "HPAYMT" | "PATADMIN" | "RECORDMGT" | "PATACCT" | "HSYSADMIN" => Purpose::Administration,
        "HRESCH" | "RESCH" | "CLINTRCH" | "CLINTRCHNPC" | "CLINTRCHPC" | "PRECLINTRCH" | "DSRCH" | "POARCH"
        | "TRANSRCH" | "BIORCH" => Purpose::Research,
        "POPHLTH" | "PUBHLTH" | "HOUTCOMS" | "HQUALIMP" | "HSYSIMP" | "HPROGRP" | "HDM" => Purpose::Planning,
        "BTG" | "ETREAT" | "ERTREAT" => Purpose::BreakGlass,
        "PATRQT" | "FAMRQT" | "PWATRNY" | "SUPNWK" => Purpose::OwnRecord,
        "HCOMPL" | "HLEGAL" => Purpose::Audit,
        "PATSFTY" | "THREAT" | "ABUSE" => Purpose::Safeguarding,
        _ => return None,
    })
}

/// The name of a purpose of somebody's own, such as one project of research: the system and the code of its coding. No reference
/// to a resource is written so.
#[must_use]
pub fn project(system: &str, code: &str) -> String {
    format!("{system}|{code}")
}

/// Who is named. Somebody who cannot be made out makes a refusal hold for everybody, and permits nobody.
fn actors(provision: &Json<'_>, effect: Effect) -> Option<Vec<String>> {
    let actors = provision.get("actor").map(Json::items).filter(|actors| !actors.is_empty())?;
    let mut named = Vec::new();
    for actor in actors {
        match actor.at(&["reference", "reference"]).and_then(Json::text).map(Reference::parse) {
            Some(Ok(Reference::Local { kind, id, .. })) => named.push(format!("{}/{}", kind.name(), id.as_str())),
            _ if effect == Effect::Deny => return None,
            _ => {}
        }
    }
    Some(named)
}

impl Data {
    fn read(provision: &Json<'_>, effect: Effect, around: &Data) -> Data {
        let list = |name: &str| provision.get(name).map(Json::items).filter(|items| !items.is_empty());
        let period = provision.get("dataPeriod").map(period_of);
        Data {
            kinds: list("class").map(|codings| types(codings, effect)).or(around.kinds),
            labels: list("securityLabel").map(|codings| LabelTest::read(codings, effect)).or(around.labels),
            codes: list("code").map_or_else(|| around.codes.clone(), |concepts| codes(concepts, effect)),
            entries: list("data").map_or_else(|| around.entries.clone(), |data| entries(data, effect)),
            period: match (period, around.period) {
                (Some(own), Some(outer)) => Some(both(own, outer)),
                (own, outer) => own.or(outer),
            },
        }
    }
}

/// Resource types by name. A class that is no type makes a refusal hold for all types, and permits none.
fn types(codings: &[Json<'_>], effect: Effect) -> TypeSet {
    let known = |coding: &Json<'_>| coding.get("code").and_then(Json::text).and_then(ResourceType::parse);
    if effect == Effect::Deny && codings.iter().any(|coding| known(coding).is_none()) {
        return TypeSet::all();
    }
    codings.iter().filter_map(known).fold(TypeSet::EMPTY, TypeSet::with)
}

impl LabelTest {
    /// Confidentiality is a ladder: a permission reaches up to its step, a refusal from its step up. Topics are taken as they
    /// are. A label that is not known makes a refusal hold for every entry, and permits none.
    fn read(codings: &[Json<'_>], effect: Effect) -> LabelTest {
        let (mut any, mut none, mut is_ladder, mut is_all) = (0, Label::restricted_up(), false, false);
        for coding in codings {
            let text = |key: &str| coding.get(key).and_then(Json::text).unwrap_or_default();
            match (text("system"), text("code"), effect) {
                (CONFIDENTIALITY, "N" | "R" | "V", Effect::Permit) => {
                    is_ladder = true;
                    none = match text("code") {
                        "V" => 0,
                        "R" => none & Label::very_restricted_up(),
                        _ => none,
                    };
                }
                (CONFIDENTIALITY, "R", Effect::Deny) => any |= Label::restricted_up(),
                (CONFIDENTIALITY, "V", Effect::Deny) => any |= Label::very_restricted_up(),
                _ => {
                    // The finest bits that the tag means: a topic, else the coarse mark.
                    let bits = labels_of_coding(coding);
                    let fine = bits & crate::Topic::all_bits();
                    let known = if fine == 0 { bits } else { fine };
                    any |= known;
                    is_all |= known == 0 && effect == Effect::Deny;
                }
            }
        }
        match (effect, is_all) {
            (Effect::Deny, true) => LabelTest { any: 0, none: 0 },
            (Effect::Deny, false) => LabelTest { any, none: 0 },
            (Effect::Permit, _) if is_ladder => LabelTest { any, none },
            // Nothing known to permit: a test that no entry passes.
            (Effect::Permit, _) if any == 0 => LabelTest { any: 0, none: u32::MAX },
            (Effect::Permit, _) => LabelTest { any, none: 0 },
        }
    }

    /// Whether an entry with this label mask passes.
    #[must_use]
    pub fn holds(self, labels: u32) -> bool {
        let has_some = self.any == 0 || labels & self.any != 0;
        // A test that forbids everything forbids unlabelled entries as well.
        self.none != u32::MAX && has_some && labels & self.none == 0
    }
}

/// The codes named. A concept in words alone makes a refusal hold whatever the code is, and permits none.
fn codes(concepts: &[Json<'_>], effect: Effect) -> Option<Vec<Code>> {
    let text = |coding: &Json<'_>, key: &str| coding.get(key).and_then(Json::text).map(str::to_owned);
    let mut named = Vec::new();
    for concept in concepts {
        let codings = concept.get("coding").map(Json::items).unwrap_or_default();
        let before = named.len();
        named.extend(codings.iter().filter_map(|coding| Some((text(coding, "system"), text(coding, "code")?))));
        if named.len() == before && effect == Effect::Deny {
            return None;
        }
    }
    Some(named)
}

/// The entries named. One that cannot be made out makes a refusal hold for all entries, and permits none.
fn entries(data: &[Json<'_>], effect: Effect) -> Option<Vec<Entry>> {
    let entry = |one: &Json<'_>| {
        let tie = match one.get("meaning").and_then(Json::text) {
            Some("instance") => Tie::Instance,
            Some("dependents") => Tie::Dependents,
            Some("authoredby") => Tie::AuthoredBy,
            Some("related") => Tie::Related,
            _ if effect == Effect::Deny => Tie::Related,
            _ => return None,
        };
        match Reference::parse(one.at(&["reference", "reference"])?.text()?) {
            Ok(Reference::Local { kind, id, .. }) => {
                Some(Entry { tie, reference: format!("{}/{}", kind.name(), id.as_str()) })
            }
            _ => None,
        }
    };
    let named: Vec<Entry> = data.iter().filter_map(entry).collect();
    (effect == Effect::Permit || named.len() == data.len()).then_some(named)
}

fn period_of(period: &Json<'_>) -> Span {
    span_of(period).unwrap_or(ALWAYS)
}

fn both(one: Span, other: Span) -> Span {
    Span { from_ms: one.from_ms.max(other.from_ms), until_ms: one.until_ms.min(other.until_ms) }
}
