//! Who looked at a person's record, told to that person.
//!
//! Accesses are grouped by episode: one day, one organisation. People and machines stand apart; the person's own accesses are
//! only counted. Every look has a sentence with its reason, and the rule behind it. This is a view model: crate `citizen`
//! draws it.

use crate::person::PersonLog;
use crate::state::{Trust, TrustError};
use crate::{welsh, words};
use fhir::{ResourceId, ResourceType};
use gate::{Gate, Language, Permit, Role};
use jiff::Timestamp;
use jiff::civil::Date;
use record::log::{Draft, Entry, Subject};

/// Who looked, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoLooked {
    /// People, by episode.
    pub episodes: Vec<Episode>,
    /// Computer systems, by system and what they did.
    pub machines: Vec<Machine>,
    /// The person's own accesses.
    pub own: Own,
    /// Where to go on for older entries.
    pub older: Option<u64>,
}

/// What people of one organisation did on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// The day, in London.
    pub day: Date,
    /// The organisation as it was called then; none for people who act for themselves.
    pub organisation: Option<String>,
    /// What each of them did.
    pub looks: Vec<Look>,
}

/// What one person did for one reason in an episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Who it was.
    pub name: String,
    /// What they were: "health or care professional".
    pub role: String,
    /// For whom they acted, as it was called then.
    pub organisation: Option<String>,
    /// The whole sentence: "Dr A. Khan (Elm Surgery) saw your test results because you are registered there."
    pub sentence: String,
    /// The reason alone: "you are registered there".
    pub because: String,
    /// What for: "direct care".
    pub purpose: String,
    /// The rule that allowed it, as a sentence.
    pub rule: String,
    /// What kinds of data.
    pub kinds: Vec<String>,
    /// How often in this episode.
    pub times: u32,
    /// When first, milliseconds since 1970 UTC.
    pub first_ms: i64,
    /// When last, milliseconds since 1970 UTC.
    pub last_ms: i64,
    /// Numbers of its entries in the log, newest first: a question is asked about the newest. None where nothing was shown.
    pub entries: Vec<u64>,
    who: String,
    deed: &'static str,
}

/// What one computer system did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// The whole sentence: "Laboratory link (a computer system) added to your test results because ..."
    pub sentence: String,
    /// What for.
    pub purpose: String,
    /// The rule that allowed it, as a sentence.
    pub rule: String,
    /// What kinds of data.
    pub kinds: Vec<String>,
    /// How often.
    pub times: u32,
    /// When last, milliseconds since 1970 UTC.
    pub last_ms: i64,
    who: String,
    deed: &'static str,
    because: String,
}

/// The person's own accesses, folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// How often.
    pub times: u32,
    /// When last, milliseconds since 1970 UTC.
    pub last_ms: Option<i64>,
}

/// Who looked at the record of `patient` before this request; that this was asked is itself logged.
///
/// `before` continues an earlier answer at its [`WhoLooked::older`].
///
/// # Errors
/// Not found when the permit does not reach this person's log, or there is no such person.
pub fn who_looked(
    trust: &Trust,
    permit: &Permit,
    patient: &ResourceId,
    before: Option<u64>,
) -> Result<WhoLooked, TrustError> {
    who_looked_in(trust, permit, patient, before, Language::English)
}

/// The same, told in a language.
///
/// # Errors
/// Not found when the permit does not reach this person's log, or there is no such person.
pub fn who_looked_in(
    trust: &Trust,
    permit: &Permit,
    patient: &ResourceId,
    before: Option<u64>,
    language: Language,
) -> Result<WhoLooked, TrustError> {
    let PersonLog { part, entries, older, .. } = trust.person_log(permit, patient, before)?;
    let mut told = Telling { gate: trust.gate(), patient, language, looked: WhoLooked::nobody(older) };
    let earlier = entries.iter().filter(|entry| entry.draft.request != permit.request().as_str());
    for entry in earlier {
        let draft = &entry.draft;
        let subject = draft.subjects.iter().copied().find(|subject| subject.part == part);
        if let Some(subject) = subject.filter(|_| draft.outcome == "allowed" || words::is_kept_back(draft)) {
            told.add(entry, subject);
        }
    }
    Ok(told.looked)
}

/// The last people who looked, each once, newest first, at most `most`: for the citizen's home.
#[must_use]
pub fn recent_people(looked: &WhoLooked, most: usize) -> Vec<&Look> {
    let mut looks: Vec<&Look> = looked.episodes.iter().flat_map(|episode| &episode.looks).collect();
    looks.sort_by_key(|look| std::cmp::Reverse(look.last_ms));
    let mut recent: Vec<&Look> = Vec::new();
    looks.retain(|look| look.deed != words::NOT_SHOWN);
    for look in looks {
        if recent.len() < most && recent.iter().all(|known| known.who != look.who) {
            recent.push(look);
        }
    }
    recent
}

struct Telling<'a> {
    gate: &'a Gate,
    patient: &'a ResourceId,
    language: Language,
    looked: WhoLooked,
}

impl Telling<'_> {
    fn add(&mut self, entry: &Entry, subject: Subject) {
        let draft = &entry.draft;
        let is_own = draft.who.strip_prefix("Patient/") == Some(self.patient.as_str());
        if is_own {
            self.looked.own.add(draft.at_ms);
        } else if Role::parse(&draft.role).is_some_and(Role::is_machine) {
            self.add_machine(draft, subject);
        } else {
            self.add_look(entry, subject);
        }
    }

    fn add_look(&mut self, Entry { sequence, draft }: &Entry, subject: Subject) {
        let organisation = Some(draft.organisation_name.clone()).filter(|name| !name.is_empty());
        let because = words::because_in(self.gate, draft, subject, self.language);
        let rule = words::rule_sentence(self.gate, draft, self.language);
        let language = self.language;
        let Some(episode) = episode_of(&mut self.looked.episodes, day_of(draft.at_ms), organisation) else { return };
        let Some(look) = look_of(episode, draft, (because, rule), language) else { return };
        look.times = look.times.saturating_add(1);
        if look.deed != words::NOT_SHOWN {
            look.entries.push(*sequence);
        }
        look.first_ms = look.first_ms.min(draft.at_ms);
        look.last_ms = look.last_ms.max(draft.at_ms);
        add_kinds(&mut look.kinds, &draft.kinds, language);
        look.tell(language);
    }

    fn add_machine(&mut self, draft: &Draft, subject: Subject) {
        let because = words::because_in(self.gate, draft, subject, self.language);
        let rule = words::rule_sentence(self.gate, draft, self.language);
        let language = self.language;
        let Some(machine) = machine_of(&mut self.looked.machines, draft, (because, rule), language) else { return };
        machine.times = machine.times.saturating_add(1);
        machine.last_ms = machine.last_ms.max(draft.at_ms);
        add_kinds(&mut machine.kinds, &draft.kinds, language);
        let system = if language == Language::Welsh { "system gyfrifiadurol" } else { "a computer system" };
        let who = format!("{} ({system})", machine.name);
        machine.sentence = sentence(language, (&who, machine.deed), &machine.kinds, &machine.because);
    }
}

/// The episode of a day and organisation, begun if it is not there.
fn episode_of(episodes: &mut Vec<Episode>, day: Date, organisation: Option<String>) -> Option<&mut Episode> {
    let place = episodes.iter().position(|episode| episode.day == day && episode.organisation == organisation);
    let place = place.unwrap_or_else(|| {
        episodes.push(Episode { day, organisation, looks: Vec::new() });
        episodes.len() - 1
    });
    episodes.get_mut(place)
}

/// What the same person did for the same reason in an episode, begun if it is not there.
fn look_of<'e>(
    episode: &'e mut Episode,
    draft: &Draft,
    (because, rule): (String, &str),
    language: Language,
) -> Option<&'e mut Look> {
    let deed = words::deed_of(draft);
    let is_same = |look: &Look| look.who == draft.who && look.deed == deed && look.because == because;
    let place = episode.looks.iter().position(is_same);
    let place = place.unwrap_or_else(|| {
        episode.looks.push(Look {
            name: draft.name.clone(),
            role: words::role_in(&draft.role, language).to_owned(),
            organisation: episode.organisation.clone(),
            sentence: String::new(),
            because,
            purpose: words::purpose_in(&draft.purpose, language).to_owned(),
            rule: rule.to_owned(),
            kinds: Vec::new(),
            times: 0,
            first_ms: draft.at_ms,
            last_ms: draft.at_ms,
            entries: Vec::new(),
            who: draft.who.clone(),
            deed,
        });
        episode.looks.len() - 1
    });
    episode.looks.get_mut(place)
}

/// What the same system did, begun if it is not there.
fn machine_of<'m>(
    machines: &'m mut Vec<Machine>,
    draft: &Draft,
    (because, rule): (String, &str),
    language: Language,
) -> Option<&'m mut Machine> {
    let deed = words::deed_of(draft);
    let place = machines.iter().position(|machine| machine.who == draft.who && machine.deed == deed);
    let place = place.unwrap_or_else(|| {
        machines.push(Machine {
            name: draft.name.clone(),
            sentence: String::new(),
            purpose: words::purpose_in(&draft.purpose, language).to_owned(),
            rule: rule.to_owned(),
            kinds: Vec::new(),
            times: 0,
            last_ms: draft.at_ms,
            who: draft.who.clone(),
            deed,
            because,
        });
        machines.len() - 1
    });
    machines.get_mut(place)
}

impl Own {
    fn add(&mut self, at_ms: i64) {
        self.times = self.times.saturating_add(1);
        self.last_ms = Some(self.last_ms.map_or(at_ms, |last| last.max(at_ms)));
    }
}

impl WhoLooked {
    fn nobody(older: Option<u64>) -> WhoLooked {
        WhoLooked { episodes: Vec::new(), machines: Vec::new(), own: Own::default(), older }
    }

    /// One with people, a machine and the person herself, for drawing and testing pages.
    #[must_use]
    pub fn sample() -> WhoLooked {
        let emergency = Look {
            because: "you were in their care at the time".to_owned(),
            organisation: Some("Ashdale Royal Hospital".to_owned()),
            kinds: vec!["allergies".to_owned(), "health problems".to_owned(), "medicines".to_owned()],
            entries: vec![17, 16],
            ..Look::sample()
        };
        let mut look = Look { who: "Practitioner/2".to_owned(), name: "Dr Priya Nair".to_owned(), ..emergency };
        look.tell(Language::English);
        let day = day_of(look.last_ms);
        let earlier = Look::sample();
        let episodes = vec![
            Episode { day, organisation: look.organisation.clone(), looks: vec![look] },
            Episode { day: day_of(earlier.last_ms), organisation: earlier.organisation.clone(), looks: vec![earlier] },
        ];
        let own = Own { times: 4, last_ms: Some(1_795_336_200_000) };
        WhoLooked { episodes, machines: vec![Machine::sample()], own, older: Some(17) }
    }
}

impl Look {
    /// One, for drawing and testing pages.
    #[must_use]
    pub fn sample() -> Look {
        let mut look = Look {
            name: "Dr Amir Khan".to_owned(),
            role: Role::Clinician.phrase().to_owned(),
            organisation: Some("Elm Surgery".to_owned()),
            sentence: String::new(),
            because: "you are registered there".to_owned(),
            purpose: "direct care".to_owned(),
            rule: "Professionals who care for a person may see that person's record.".to_owned(),
            kinds: vec!["test results and measurements".to_owned()],
            times: 2,
            first_ms: 1_795_341_600_000,
            last_ms: 1_795_341_660_000,
            entries: vec![12, 11],
            who: "Practitioner/1".to_owned(),
            deed: "saw",
        };
        look.tell(Language::English);
        look
    }

    /// Puts the sentence together from what is known now.
    fn tell(&mut self, language: Language) {
        let who = match &self.organisation {
            Some(organisation) => format!("{} ({organisation})", self.name),
            None => self.name.clone(),
        };
        self.sentence = sentence(language, (&who, self.deed), &self.kinds, &self.because);
    }
}

impl Machine {
    /// One, for drawing and testing pages.
    #[must_use]
    pub fn sample() -> Machine {
        let because = "it runs a service that keeps your record up to date".to_owned();
        let kinds = vec!["test results and measurements".to_owned()];
        Machine {
            name: "Laboratory link".to_owned(),
            sentence: sentence(
                Language::English,
                ("Laboratory link (a computer system)", "added to"),
                &kinds,
                &because,
            ),
            purpose: "direct care".to_owned(),
            rule: "A connected system may do what its token was issued for.".to_owned(),
            kinds,
            times: 12,
            last_ms: 1_795_341_600_000,
            who: "service/labs".to_owned(),
            deed: "added to",
            because,
        }
    }
}

fn sentence(language: Language, (who, deed): (&str, &str), kinds: &[String], because: &str) -> String {
    if language == Language::Welsh {
        return welsh::sentence(who, deed, kinds, because);
    }
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    format!("{who} {deed} your {} because {because}.", words::listed(&kinds))
}

fn add_kinds(known: &mut Vec<String>, kinds: &[u8], language: Language) {
    let told = match language {
        Language::English => words::data_words(kinds),
        Language::Welsh => {
            kinds.iter().filter_map(|code| ResourceType::from_code(*code)).map(welsh::data_word).collect()
        }
    };
    for word in told {
        if !known.iter().any(|one| one == word) {
            known.push(word.to_owned());
        }
    }
}

fn day_of(at_ms: i64) -> Date {
    kit::format::day(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
mod tests;
