//! What is shared, what was chosen, what a choice would change, and making and ending one.
//!
//! Only the person herself changes her choices: the record refuses everybody else, and the pages say so before. A choice is
//! previewed with the permits that other readers would have. Next: `pages`.

use super::beyond_care::{self, Beyond};
use super::choice::{self, Choice, Named, What, Whom};
use super::mail::Mail;
use super::options;
use super::readers::readers;
use crate::my_record::facts;
use crate::visit::{Mistake, Visit};
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Topic};
use kit::PageError;
use record::research_contact::{self, ResearchContact};
use record::{Change, Resource, Thought};
use serde::Deserialize;

/// A way to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Share with nobody but the practice.
    Practice,
    /// Hide a topic.
    Topic,
    /// Hide one entry.
    Entry,
    /// Hide all from an organisation.
    Organisation,
    /// Hide all from a professional.
    Professional,
    /// Say whether to be asked about research.
    Research,
}

impl Way {
    /// All of them, in the order of the page.
    pub const ALL: [Way; 6] =
        [Self::Topic, Self::Entry, Self::Organisation, Self::Professional, Self::Practice, Self::Research];

    /// The word in the address and in forms.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Practice => "practice",
            Self::Topic => "topic",
            Self::Entry => "entry",
            Self::Organisation => "organisation",
            Self::Professional => "professional",
            Self::Research => "research",
        }
    }

    /// The way with a word.
    #[must_use]
    pub fn parse(slug: &str) -> Option<Way> {
        Self::ALL.into_iter().find(|way| way.slug() == slug)
    }
}

/// What a person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To hide something.
    Hide(Choice),
    /// Whether she may be asked to take part in research.
    Asked(bool),
}

impl Wish {
    /// What it hides, if it hides anything.
    fn hides(&self) -> Option<&Choice> {
        match self {
            Self::Hide(choice) => Some(choice),
            Self::Asked(_) => None,
        }
    }

    /// Whether a Consent says just this.
    fn is_in(&self, consent: &Json<'_>) -> bool {
        match self {
            Self::Hide(choice) => choice.is_in(consent),
            Self::Asked(may) => ResearchContact::of(consent).is_some_and(|said| said.may_be_asked == *may),
        }
    }
}

/// The answers to whether one may be asked about research: the word in the form, and as people say it.
const ANSWERS: [(&str, &str, bool); 2] =
    [("yes", "Yes, my GP practice may ask me", true), ("no", "No, nobody may ask me", false)];

/// What a Consent of the person decides, in a sentence; none for one that decides nothing here.
fn told(consent: &Json<'_>) -> Option<String> {
    let asked = ResearchContact::of(consent).map(|said| match said.may_be_asked {
        true => "Your GP practice may ask you to take part in research.".to_owned(),
        false => "Nobody may ask you to take part in research.".to_owned(),
    });
    asked.or_else(|| choice::told(consent))
}

/// The form of a choice, as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Form {
    /// Which way to choose.
    #[serde(default)]
    pub way: String,
    /// The topic, organisation, professional or entry.
    #[serde(default)]
    pub what: String,
    /// `practice` when the practice is to go on seeing.
    #[serde(default)]
    pub from: String,
}

/// A choice that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The Consent's id.
    pub id: String,
    /// What it says.
    pub says: String,
    /// When it was made, as it is written in the Consent.
    pub since: String,
    /// When it was ended, milliseconds since 1970 UTC.
    pub ended_ms: Option<i64>,
}

/// The page of choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// The practices where the person is registered.
    pub practices: Vec<Named>,
    /// Choices in force, newest first.
    pub made: Vec<Made>,
    /// Choices that were ended, newest first.
    pub ended: Vec<Made>,
    /// Use beyond her care, for the person herself; none for whoever acts for her.
    pub beyond: Option<Beyond>,
    /// E-mail, for the person herself; none for whoever acts for her.
    pub mail: Option<Mail>,
}

/// What a form asks, with what can be chosen there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Which way.
    pub way: Way,
    /// What can be chosen.
    pub options: Vec<Named>,
    /// The practices that may be kept out of a choice.
    pub practices: Vec<Named>,
}

/// What one reader sees before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Who: "your GP practice, Elm Surgery".
    pub who: String,
    /// How many entries the reader sees now.
    pub now: u64,
    /// How many the reader would see then.
    pub then: u64,
    /// Some of what would be hidden.
    pub hidden: Vec<String>,
    /// Some of what would be shown again.
    pub shown: Vec<String>,
}

pub(super) fn overview(visit: &Visit) -> Result<Overview, PageError> {
    let mut overview =
        Overview { practices: options::practices(visit)?, beyond: beyond_care::beyond(visit)?, ..Overview::default() };
    for resource in visit.all("Consent")? {
        let tree = tree(visit, &resource)?;
        let Some(says) = told(&tree) else { continue };
        let is_active = facts::text(&tree, &["status"]) == Some("active");
        let since = facts::text(&tree, &["dateTime"]).unwrap_or_default().to_owned();
        let ended_ms = (!is_active).then_some(resource.updated_ms);
        let made = Made { id: resource.id.as_str().to_owned(), says, since, ended_ms };
        if is_active { overview.made.push(made) } else { overview.ended.push(made) }
    }
    overview.made.sort_by(|one, other| other.since.cmp(&one.since));
    overview.ended.sort_by_key(|made| std::cmp::Reverse(made.ended_ms));
    Ok(overview)
}

pub(super) fn question(visit: &Visit, way: Way) -> Result<Question, PageError> {
    let topic =
        |topic: &Topic| Named { reference: topic.name().to_owned(), name: kit::format::capital(topic.phrase()) };
    let options = match way {
        Way::Practice => Vec::new(),
        Way::Topic => Topic::ALL.iter().map(topic).collect(),
        Way::Entry => options::entries(visit)?,
        Way::Organisation => options::named(visit, "Organization/")?,
        Way::Professional => options::named(visit, "Practitioner/")?,
        Way::Research => ANSWERS.map(|(word, says, _)| Named { reference: word.into(), name: says.into() }).to_vec(),
    };
    Ok(Question { way, options, practices: options::practices(visit)? })
}

/// The choice that a form means, or what is wrong with the form.
pub(super) fn read(visit: &Visit, way: Way, form: &Form) -> Result<Result<Wish, Mistake>, PageError> {
    let practices = options::practices(visit)?;
    let wrong = |says: &str| Ok(Err(Mistake::at("what", says)));
    if (way == Way::Practice || form.from == "practice") && practices.is_empty() {
        return wrong("Your record names no GP practice. Choose something else, or ask your practice.");
    }
    let whom = if form.from == "practice" { Whom::EverybodyBut(practices.clone()) } else { Whom::Everybody };
    let one_of = |prefix: &str| -> Result<Option<Named>, PageError> {
        Ok(options::named(visit, prefix)?.into_iter().find(|named| named.reference == form.what))
    };
    let hide = |what: What, whom: Whom| Wish::Hide(Choice { what, whom });
    let wish = match way {
        Way::Practice => Some(hide(What::Everything, Whom::EverybodyBut(practices.clone()))),
        Way::Topic => Topic::parse(&form.what).map(|topic| hide(What::Topic(topic), whom)),
        Way::Entry => options::entry(visit, &form.what).map(|entry| hide(What::Entry(entry), whom)),
        Way::Organisation => one_of("Organization/")?.map(|one| hide(What::Everything, Whom::One(one))),
        Way::Professional => one_of("Practitioner/")?.map(|one| hide(What::Everything, Whom::One(one))),
        Way::Research => ANSWERS.iter().find(|(word, ..)| *word == form.what).map(|(.., may)| Wish::Asked(*may)),
    };
    let Some(wish) = wish else {
        return wrong(match way {
            Way::Practice | Way::Topic => "Choose a topic",
            Way::Entry => "Choose an entry of your record",
            Way::Organisation => "Choose an organisation",
            Way::Professional => "Choose a professional",
            Way::Research => "Choose whether you may be asked",
        });
    };
    let says_whom = matches!(way, Way::Topic | Way::Entry);
    if says_whom && !practices.is_empty() && !["practice", "everybody"].contains(&form.from.as_str()) {
        return Ok(Err(Mistake::at("from", "Choose from whom to hide it")));
    }
    if is_made(visit, &wish)? {
        return wrong("You have made this choice already, and it holds. Choose something else, or go back.");
    }
    Ok(Ok(wish))
}

fn is_made(visit: &Visit, wish: &Wish) -> Result<bool, PageError> {
    for resource in visit.all("Consent")? {
        let tree = tree(visit, &resource)?;
        if facts::text(&tree, &["status"]) == Some("active") && wish.is_in(&tree) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The sentence of a choice that is not made yet.
pub(super) fn sentence(visit: &Visit, wish: &Wish) -> Result<String, PageError> {
    let bytes = consent(visit, wish);
    let tree = fhir::json::parse(&bytes).map_err(|_| PageError::BadRequest)?;
    told(&tree).ok_or(PageError::BadRequest)
}

fn consent(visit: &Visit, wish: &Wish) -> Vec<u8> {
    let at = jiff::Timestamp::from_millisecond(visit.now_ms()).map(|at| at.to_string()).unwrap_or_default();
    let consent = match wish {
        Wish::Hide(choice) => choice.consent(&visit.patient, &at),
        Wish::Asked(may) => research_contact::consent(*may, &visit.patient, &at),
    };
    consent.to_string().into_bytes()
}

/// What a choice would change.
pub(super) fn effects(visit: &Visit, wish: &Wish) -> Result<Vec<Effect>, PageError> {
    let bytes = consent(visit, wish);
    let mut tree = fhir::json::parse(&bytes).map_err(|_| PageError::BadRequest)?;
    // The engine knows Consents by their ids; this one has none yet.
    tree.set("id", Json::Text("a-thought".into()));
    let thought = Thought { add: Some(&tree), end: None };
    effects_of(visit, wish.hides(), &thought)
}

/// What ending a choice would change.
pub(super) fn effects_of_end(visit: &Visit, id: &ResourceId) -> Result<Vec<Effect>, PageError> {
    effects_of(visit, None, &Thought { add: None, end: Some(id) })
}

fn effects_of(visit: &Visit, choice: Option<&Choice>, thought: &Thought<'_>) -> Result<Vec<Effect>, PageError> {
    let mut effects = Vec::new();
    for reader in readers(visit, choice)? {
        let preview = visit.signed_in.trust.record().preview(&visit.permit, &reader.permit, thought);
        let preview = preview.map_err(|error| visit.error(&error.into()))?;
        let entries = preview.kinds.iter().filter(|(kind, _)| **kind != ResourceType::PATIENT);
        let (now, then) = entries.fold((0, 0), |(now, then), (_, counts)| (now + counts.now, then + counts.then));
        let (hidden, shown) = (examples(visit, &preview.hidden)?, examples(visit, &preview.shown)?);
        effects.push(Effect { who: reader.who, now, then, hidden, shown });
    }
    Ok(effects)
}

fn examples(visit: &Visit, resources: &[Resource]) -> Result<Vec<String>, PageError> {
    resources.iter().map(|resource| Ok(options::line(&facts::any(&tree(visit, resource)?)).name)).collect()
}

/// Makes a choice. An answer about research takes the place of the one before: what is ended first leaves no answer, so that nobody
/// asks, should the rest fail.
pub(super) fn save(visit: &Visit, wish: &Wish) -> Result<(), PageError> {
    if wish.hides().is_none() {
        for earlier in visit.all("Consent")? {
            let is_active = ResearchContact::of(&tree(visit, &earlier)?).is_some_and(|said| said.is_active);
            if is_active {
                end(visit, &earlier)?;
            }
        }
    }
    let permit = visit.signed_in.permit(Action::Create)?;
    let record = visit.signed_in.trust.record();
    let made = record.create(&permit, ResourceType::CONSENT, &consent(visit, wish), Change::default());
    made.map(drop).map_err(|error| visit.error(&error.into()))
}

/// The choice in force with this id, and its sentence.
pub(super) fn in_force(visit: &Visit, id: &str) -> Result<(Resource, String), PageError> {
    let resource = visit.one(ResourceType::CONSENT, id)?;
    let says = {
        let tree = tree(visit, &resource)?;
        let is_active = facts::text(&tree, &["status"]) == Some("active");
        told(&tree).filter(|_| is_active)
    };
    says.map(|says| (resource, says)).ok_or(PageError::NotFound)
}

/// Whether a Consent is an answer about research, which hides nothing.
pub(super) fn is_answer(visit: &Visit, consent: &Resource) -> Result<bool, PageError> {
    Ok(ResearchContact::of(&tree(visit, consent)?).is_some())
}

/// Ends a Consent; its history stays.
pub(crate) fn end(visit: &Visit, consent: &Resource) -> Result<(), PageError> {
    ended_by(visit, consent, br#"[{"op":"replace","path":"/status","value":"inactive"}]"#)
}

/// Ends a Consent of one's own by a patch that says so.
pub(crate) fn ended_by(visit: &Visit, consent: &Resource, patch: &[u8]) -> Result<(), PageError> {
    let permit = visit.signed_in.permit(Action::Update)?;
    let change = Change { if_match: Some(consent.version), ..Change::default() };
    let record = visit.signed_in.trust.record();
    let ended = record.patch(&permit, (ResourceType::CONSENT, &consent.id), patch, &change);
    ended.map(drop).map_err(|error| visit.error(&error.into()))
}

fn tree<'r>(visit: &Visit, resource: &'r Resource) -> Result<Json<'r>, PageError> {
    resource.tree().map_err(|error| visit.error(&error.into()))
}
