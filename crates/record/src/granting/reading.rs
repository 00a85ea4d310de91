//! A grant out of a Consent: the one reading behind every page that tells of grants.

use super::Basis;
use super::writing::{CHECK, GRANTOR, RELATIONSHIP};
use crate::grants::STATUS_REASON;
use fhir::NhsNumber;
use fhir::date::span_of;
use fhir::json::Json;
use gate::consent::Reach;

/// A grant to act for somebody, as its Consent tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The Consent's id.
    pub id: String,
    /// Who may act.
    pub who: String,
    /// What she is to the person, where that is said.
    pub relationship: Option<String>,
    /// Who gave or recorded it, where that is said.
    pub giver: Option<String>,
    /// What it rests on, where we know it.
    pub basis: Option<Basis>,
    /// What it rests on, in the words of the list that it is from.
    pub basis_words: Option<String>,
    /// Since when, as it is written.
    pub since: String,
    /// Until when, as it is written; empty when no end is said.
    pub until: String,
    /// Whether it is in force, but for its time.
    pub is_active: bool,
    /// How far it reaches; none when it opens nothing.
    pub reach: Option<Reach>,
    /// Why it ended, in words.
    pub why_ended: Option<String>,
    /// What was seen as evidence.
    pub evidence: Option<String>,
    /// On which day that was seen, as it is written.
    pub seen: Option<String>,
    /// Who recorded it, by name.
    pub recorded_by: Option<String>,
    /// Whether the person was asked alone; none where nobody has written that down.
    pub was_asked: Option<bool>,
    /// The holder's NHS number, where she is named by it.
    number: Option<String>,
    /// When it ends, milliseconds since 1970 UTC; none when no time is said.
    until_ms: Option<i64>,
    /// When it begins, milliseconds since 1970 UTC.
    from_ms: Option<i64>,
}

fn text<'j>(tree: &'j Json<'j>, path: &[&str]) -> Option<&'j str> {
    tree.at(path).and_then(Json::text)
}

fn words(concept: &Json<'_>) -> Option<String> {
    let found = text(concept, &["text"]).or_else(|| text(concept, &["coding", "display"]));
    found.or_else(|| text(concept, &["coding", "code"])).map(str::to_owned)
}

fn extension<'j>(of: &'j Json<'j>, url: &str) -> Option<&'j Json<'j>> {
    let extensions = of.get("extension").map(Json::items).unwrap_or_default();
    extensions.iter().find(|one| text(one, &["url"]) == Some(url))
}

impl Granted {
    /// Reads a Consent; none when it lets nobody act.
    #[must_use]
    pub fn of(consent: &Json<'_>) -> Option<Self> {
        if !gate::consent::is_grant(consent) {
            return None;
        }
        let owned = |path: &[&str]| text(consent, path).unwrap_or_default().to_owned();
        let named =
            |tree: Option<&Json<'_>>| tree.and_then(|one| text(one, &["valueReference", "display"]).map(str::to_owned));
        let ends = extension(consent, STATUS_REASON).and_then(|one| words(one.get("valueCodeableConcept")?));
        let performer = consent.get("performer").map(Json::items).unwrap_or_default();
        let relationship = performer.first().and_then(|one| extension(one, RELATIONSHIP));
        let check = extension(consent, CHECK);
        let checked = |url: &str| check.and_then(|check| extension(check, url));
        let span = consent.at(&["provision", "period"]).and_then(span_of);
        let is_active = text(consent, &["status"]) == Some("active");
        Some(Self {
            id: owned(&["id"]),
            who: text(consent, &["provision", "actor", "reference", "display"])
                .unwrap_or("Somebody who is named by number")
                .to_owned(),
            relationship: relationship.and_then(|one| words(one.get("valueCodeableConcept")?)),
            giver: named(extension(consent, GRANTOR)),
            basis: Basis::of(consent),
            basis_words: consent.get("policyRule").and_then(words),
            since: text(consent, &["provision", "period", "start"]).map_or_else(|| owned(&["dateTime"]), str::to_owned),
            until: owned(&["provision", "period", "end"]),
            is_active,
            reach: Reach::of(consent),
            why_ended: ends.filter(|_| !is_active),
            evidence: checked("evidence").and_then(|one| words(one.get("valueCodeableConcept")?)),
            seen: checked("seen").and_then(|one| text(one, &["valueDate"])).map(str::to_owned),
            recorded_by: named(checked("by")),
            was_asked: checked("spoken-alone").and_then(|one| one.get("valueBoolean")?.as_bool()),
            number: text(consent, &["provision", "actor", "reference", "identifier", "value"]).map(str::to_owned),
            until_ms: span.map(|span| span.until_ms),
            from_ms: span.map(|span| span.from_ms),
        })
    }

    /// Whether it is in force and its time is not over; it may yet have to begin.
    #[must_use]
    pub fn stands_at(&self, now_ms: i64) -> bool {
        self.is_active && self.until_ms.is_none_or(|until_ms| now_ms < until_ms)
    }

    /// Whether it is to somebody with this NHS number.
    #[must_use]
    pub fn is_to(&self, number: &NhsNumber) -> bool {
        self.number.as_deref() == Some(number.as_str())
    }

    /// Whether its time has still to begin.
    #[must_use]
    pub fn is_to_come(&self, now_ms: i64) -> bool {
        self.from_ms.is_some_and(|from_ms| now_ms < from_ms)
    }

    /// Whether it ends on a 16th birthday.
    #[must_use]
    pub fn is_of_parent(&self) -> bool {
        self.basis == Some(Basis::Parental)
    }

    /// Whether a court has ordered it: then it is not the person's to end.
    #[must_use]
    pub fn is_of_court(&self) -> bool {
        self.basis == Some(Basis::Court)
    }
}
