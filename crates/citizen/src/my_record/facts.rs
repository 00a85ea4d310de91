//! One entry of the record, read from a resource and put in everyday words.
//!
//! A fact is what, since or on when, and from where; the words of the professional stay beside ours. It reads and never
//! judges: nothing here says what to do. What was entered by mistake is left out, as it is for professionals.
//! Next: `rules`, which groups facts into sections.

use crate::words;
use fhir::json::Json;
use std::cmp::Reverse;

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// What it is, in everyday words.
    pub what: String,
    /// The words of the professional, when they differ.
    pub official: Option<String>,
    /// A word that must be seen, such as "Severe".
    pub flag: Option<String>,
    /// More about it, a sentence or phrase each.
    pub details: Vec<String>,
    /// When, as it is written in the resource.
    pub when: String,
    /// What the date is: "Since", "On"; nothing when it needs no word.
    pub when_is: &'static str,
    /// Which organisation holds it.
    pub source: String,
    /// Where there is more.
    pub href: Option<String>,
    /// The resource that it was read from: `Condition/1`.
    pub reference: String,
}

impl Fact {
    /// One that knows only what it was read from.
    fn about(tree: &Json<'_>) -> Self {
        let named = text(tree, &["resourceType"]).zip(text(tree, &["id"]));
        let reference = named.map(|(kind, id)| format!("{kind}/{id}")).unwrap_or_default();
        Self { reference, ..Self::default() }
    }
}

/// A way to read an entry.
pub(crate) type Reading = fn(&Json<'_>) -> Fact;

/// The types of which a single entry can be hidden, each with the way to read it.
pub(crate) const ENTRIES: &[(&str, Reading)] = &[
    ("Condition", condition),
    ("MedicationStatement", medicine),
    ("MedicationRequest", medicine),
    ("AllergyIntolerance", allergy),
    ("Immunization", vaccination),
    ("Encounter", visit),
    ("Appointment", appointment),
    ("Procedure", procedure),
    ("DocumentReference", document),
    ("CarePlan", support),
    ("CareTeam", support),
    ("EpisodeOfCare", support),
    ("Flag", support),
    ("Observation", result),
];

/// An entry of any type, as a line of a list.
pub(crate) fn any(tree: &Json<'_>) -> Fact {
    let kind = text(tree, &["resourceType"]).unwrap_or_default();
    let read = ENTRIES.iter().find(|(name, _)| *name == kind).map(|(_, read)| *read);
    read.map_or_else(|| other(tree), |read| read(tree))
}

/// A test or measurement, by its name.
fn result(tree: &Json<'_>) -> Fact {
    let when = text(tree, &["effectiveDateTime"]).or_else(|| text(tree, &["effectivePeriod", "start"]));
    Fact {
        what: tree.get("code").and_then(concept).unwrap_or("Test result").to_owned(),
        when: when.or_else(|| text(tree, &["issued"])).unwrap_or_default().to_owned(),
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// Something that has no page of its own.
fn other(tree: &Json<'_>) -> Fact {
    let what = tree.get("code").and_then(concept).or_else(|| tree.get("type").and_then(concept));
    let when = ["authoredOn", "date", "issued", "created", "sent"].iter().find_map(|member| text(tree, &[member]));
    Fact {
        what: what.unwrap_or("A note of how your care was run").to_owned(),
        when: when.unwrap_or_default().to_owned(),
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// Newest first.
pub(crate) fn newest_first(facts: &mut [Fact]) {
    facts.sort_by_key(|fact| Reverse(fact.when.clone()));
}

/// The text at a path.
pub(crate) fn text<'j>(tree: &'j Json<'j>, path: &[&str]) -> Option<&'j str> {
    tree.at(path).and_then(Json::text)
}

/// The words of a codeable concept.
pub(crate) fn concept<'j>(concept: &'j Json<'j>) -> Option<&'j str> {
    text(concept, &["text"])
        .or_else(|| text(concept, &["coding", "display"]))
        .or_else(|| text(concept, &["coding", "code"]))
}

/// The codes of a codeable concept.
pub(crate) fn codes<'j>(concept: &'j Json<'j>) -> impl Iterator<Item = &'j str> {
    let codings = concept.get("coding").map(Json::items).unwrap_or_default();
    codings.iter().filter_map(|coding| coding.get("code").and_then(Json::text))
}

/// The display of a reference: "Dr Samir Khan, Elm Surgery" is the person, then the organisation.
pub(crate) fn display<'j>(tree: &'j Json<'j>, path: &[&str]) -> Option<&'j str> {
    tree.at(path).and_then(|reference| text(reference, &["display"]))
}

/// The organisation of a display: what follows the last comma, or all of it.
fn organisation(display: &str) -> String {
    display.rsplit_once(", ").map_or(display, |(_, organisation)| organisation).to_owned()
}

/// The organisation that an entry names as its author or place.
pub(crate) fn source(tree: &Json<'_>) -> String {
    const PLACES: &[&[&str]] = &[
        &["serviceProvider"],
        &["custodian"],
        &["managingOrganization"],
        &["recorder"],
        &["asserter"],
        &["requester"],
        &["informationSource"],
        &["author"],
        &["sender"],
        &["performer", "actor"],
        &["performer"],
        &["organization"],
    ];
    PLACES.iter().find_map(|path| display(tree, path)).map(organisation).unwrap_or_default()
}

/// Whether it was entered by mistake.
pub(crate) fn is_mistake(tree: &Json<'_>) -> bool {
    let says = |path: &[&str]| text(tree, path) == Some("entered-in-error");
    says(&["status"]) || says(&["verificationStatus", "coding", "code"])
}

/// A health condition.
pub(crate) fn condition(tree: &Json<'_>) -> Fact {
    let code = tree.get("code");
    let official = code.and_then(concept).unwrap_or("Condition without a name").to_owned();
    let plain = code.and_then(|code| codes(code).find_map(words::condition));
    let start = text(tree, &["onsetDateTime"]).or_else(|| text(tree, &["recordedDate"]));
    let end = text(tree, &["abatementDateTime"]).and_then(kit::format::written_day);
    let ended = end.map(|day| format!("Ended {day}."));
    Fact {
        what: plain.map_or_else(|| official.clone(), |plain| plain.name.to_owned()),
        official: plain.map(|_| official),
        details: plain.map(|plain| plain.says.to_owned()).into_iter().chain(ended).collect(),
        when: start.unwrap_or_default().to_owned(),
        when_is: "Since",
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// Whether a condition is of the past.
pub(crate) fn is_past_condition(tree: &Json<'_>) -> bool {
    let status = text(tree, &["clinicalStatus", "coding", "code"]);
    matches!(status, Some("resolved" | "inactive" | "remission")) || tree.get("abatementDateTime").is_some()
}

/// An allergy.
pub(crate) fn allergy(tree: &Json<'_>) -> Fact {
    let reactions = tree.get("reaction").map(Json::items).unwrap_or_default();
    let manifest = |reaction: &Json<'_>| reaction.at(&["manifestation"]).and_then(concept).map(str::to_lowercase);
    let reactions: Vec<String> = reactions.iter().filter_map(manifest).collect();
    let what = tree.get("code").and_then(concept).unwrap_or("Allergy without a name").to_owned();
    let plain_reactions = (!reactions.is_empty()).then(|| format!("What happens: {}.", reactions.join(", ")));
    Fact {
        what,
        flag: (text(tree, &["criticality"]) == Some("high")).then(|| "Severe".to_owned()),
        details: plain_reactions.into_iter().collect(),
        when: text(tree, &["recordedDate"]).unwrap_or_default().to_owned(),
        when_is: "Written down",
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// A vaccination.
pub(crate) fn vaccination(tree: &Json<'_>) -> Fact {
    let against = tree
        .at(&["protocolApplied", "targetDisease"])
        .and_then(concept)
        .map(|disease| format!("Protects against: {disease}."));
    let dose = tree
        .at(&["protocolApplied", "doseNumberPositiveInt"])
        .and_then(Json::number)
        .map(|dose| format!("Dose {dose}."));
    let not_given = (text(tree, &["status"]) == Some("not-done")).then(|| "Not given".to_owned());
    Fact {
        what: tree.get("vaccineCode").and_then(concept).unwrap_or("Vaccination").to_owned(),
        flag: not_given,
        details: against.into_iter().chain(dose).collect(),
        when: text(tree, &["occurrenceDateTime"]).unwrap_or_default().to_owned(),
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// The name of a medicine, whether it is taken or prescribed.
pub(crate) fn medicine_name(tree: &Json<'_>) -> String {
    let named =
        tree.get("medicationCodeableConcept").and_then(concept).or_else(|| display(tree, &["medicationReference"]));
    named.unwrap_or("Medicine without a name").to_owned()
}

/// A medicine.
pub(crate) fn medicine(tree: &Json<'_>) -> Fact {
    let dose = text(tree, &["dosage", "text"]).or_else(|| text(tree, &["dosageInstruction", "text"]));
    let reason = display(tree, &["reasonReference"]).or_else(|| tree.at(&["reasonCode"]).and_then(concept));
    let asserted = text(tree, &["dateAsserted"]).and_then(kit::format::written_day);
    let details = [
        dose.map(|dose| format!("{dose}.")),
        reason.map(|reason| format!("For: {}.", lower_first(reason))),
        asserted.map(|day| format!("Last prescribed {day}.")),
    ];
    let (when, when_is) = match text(tree, &["authoredOn"]) {
        Some(day) => (day, "Prescribed"),
        None => (text(tree, &["effectivePeriod", "start"]).unwrap_or_default(), "Since"),
    };
    Fact {
        what: medicine_name(tree),
        details: details.into_iter().flatten().collect(),
        when: when.to_owned(),
        when_is,
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// An operation or treatment.
pub(crate) fn procedure(tree: &Json<'_>) -> Fact {
    let reason = tree.at(&["reasonCode"]).and_then(concept).map(|reason| format!("For: {}.", lower_first(reason)));
    let when = text(tree, &["performedDateTime"]).or_else(|| text(tree, &["performedPeriod", "start"]));
    Fact {
        what: tree.get("code").and_then(concept).unwrap_or("Treatment").to_owned(),
        details: reason.into_iter().collect(),
        when: when.unwrap_or_default().to_owned(),
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// A visit, call or stay.
pub(crate) fn visit(tree: &Json<'_>) -> Fact {
    let place = source(tree);
    let what = match text(tree, &["class", "code"]) {
        Some("VR") => "Telephone call".to_owned(),
        Some("HH") => "Visit where you live".to_owned(),
        Some("EMER") => "A&E visit".to_owned(),
        Some("IMP" | "ACUTE" | "NONAC") => "Hospital stay".to_owned(),
        Some("SS") => "Day in hospital".to_owned(),
        Some("FLD") => "Ambulance visit".to_owned(),
        _ => tree.at(&["type"]).and_then(concept).unwrap_or("Visit").to_owned(),
    };
    let why = tree.at(&["reasonCode"]).and_then(concept).map(|reason| format!("Why: {}.", lower_first(reason)));
    let who = display(tree, &["participant", "individual"])
        .and_then(|who| who.rsplit_once(", "))
        .map(|(who, _)| format!("With {who}."));
    let start = text(tree, &["period", "start"]).unwrap_or_default();
    let end = text(tree, &["period", "end"]).and_then(kit::format::written_day);
    let left =
        end.filter(|end| Some(end) != kit::format::written_day(start).as_ref()).map(|end| format!("Until {end}."));
    Fact {
        what,
        flag: (text(tree, &["status"]) == Some("in-progress")).then(|| "Now".to_owned()),
        details: why.into_iter().chain(who).chain(left).collect(),
        when: start.to_owned(),
        source: place,
        ..Fact::about(tree)
    }
}

/// A letter or plan.
pub(crate) fn document(tree: &Json<'_>) -> Fact {
    let title = text(tree, &["description"]).or_else(|| tree.get("type").and_then(concept)).unwrap_or("Document");
    Fact {
        what: title.to_owned(),
        when: text(tree, &["date"]).unwrap_or_default().to_owned(),
        source: source(tree),
        href: text(tree, &["id"]).map(|id| format!("/my/record/documents/{id}")),
        ..Fact::about(tree)
    }
}

/// A care plan, a team, a stay in a care home, or an alert.
pub(crate) fn support(tree: &Json<'_>) -> Fact {
    let what = text(tree, &["title"])
        .or_else(|| text(tree, &["name"]))
        .or_else(|| tree.get("code").and_then(concept))
        .or_else(|| tree.at(&["type"]).and_then(concept))
        .or_else(|| tree.at(&["category"]).and_then(concept))
        .unwrap_or("Support");
    let activities = tree.get("activity").map(Json::items).unwrap_or_default();
    let activities =
        activities.iter().filter_map(|activity| text(activity, &["detail", "description"])).map(str::to_owned);
    let description = text(tree, &["description"]).map(str::to_owned);
    let over = !matches!(text(tree, &["status"]), Some("active" | "proposed" | "planned" | "draft") | None);
    Fact {
        what: what.to_owned(),
        flag: over.then(|| "Ended".to_owned()),
        details: description.into_iter().chain(activities).collect(),
        when: text(tree, &["period", "start"]).or_else(|| text(tree, &["created"])).unwrap_or_default().to_owned(),
        when_is: "Since",
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// A grant, or a choice about sharing.
pub(crate) fn choice(tree: &Json<'_>) -> Fact {
    let grant = record::granting::Granted::of(tree);
    let basis = grant.as_ref().and_then(|grant| grant.basis_words.clone());
    let until = grant.as_ref().and_then(|grant| kit::format::written_day(&grant.until));
    let details =
        [basis.map(|basis| format!("Reason: {}.", lower_first(&basis))), until.map(|day| format!("Until {day}."))];
    let what = grant.map(|grant| format!("{} may act for you", grant.who)).or_else(|| crate::choices::told(tree));
    Fact {
        what: what.unwrap_or_else(|| "A choice about your record".to_owned()),
        flag: (text(tree, &["status"]) != Some("active")).then(|| "Ended".to_owned()),
        details: details.into_iter().flatten().collect(),
        when: text(tree, &["dateTime"]).unwrap_or_default().to_owned(),
        when_is: "Since",
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// A message to the person.
pub(crate) fn message(tree: &Json<'_>) -> Fact {
    Fact {
        what: text(tree, &["payload", "contentString"]).unwrap_or("Message").to_owned(),
        when: text(tree, &["sent"]).unwrap_or_default().to_owned(),
        source: source(tree),
        ..Fact::about(tree)
    }
}

/// An appointment.
pub(crate) fn appointment(tree: &Json<'_>) -> Fact {
    let participants = tree.get("participant").map(Json::items).unwrap_or_default();
    let named = |kind: &str| {
        participants.iter().find_map(|participant| {
            let is_kind =
                text(participant, &["actor", "reference"]).is_some_and(|reference| reference.starts_with(kind));
            if is_kind { display(participant, &["actor"]) } else { None }
        })
    };
    let who = named("Practitioner/");
    let place = named("Location/").map(str::to_owned);
    let organisation = who.map(organisation);
    let with = who.map(|who| format!("With {}.", who.rsplit_once(", ").map_or(who, |(who, _)| who)));
    let at = place.filter(|place| Some(place) != organisation.as_ref()).map(|place| format!("At {place}."));
    let flag = match text(tree, &["status"]) {
        Some("cancelled") => Some("Cancelled"),
        Some("noshow") => Some("Missed"),
        _ => None,
    };
    Fact {
        what: text(tree, &["description"]).unwrap_or("Appointment").to_owned(),
        flag: flag.map(str::to_owned),
        details: with.into_iter().chain(at).collect(),
        when: text(tree, &["start"]).unwrap_or_default().to_owned(),
        source: organisation.unwrap_or_default(),
        ..Fact::about(tree)
    }
}

/// The first letter small, unless the word is an abbreviation such as "COPD".
fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(std::iter::once(second)).chain(letters).collect()
        }
        _ => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::json::parse;

    #[test]
    fn a_condition_has_everyday_words_and_keeps_those_of_the_professional() {
        let tree = parse(br#"{"resourceType":"Condition","clinicalStatus":{"coding":[{"code":"active"}]},
            "code":{"coding":[{"system":"http://snomed.info/sct","code":"59621000","display":"Essential hypertension"}]},
            "onsetDateTime":"2019-03","recorder":{"display":"Dr Samir Khan, Elm Surgery"}}"#)
        .unwrap();

        let fact = condition(&tree);

        assert_eq!(fact.what, "High blood pressure");
        assert_eq!(fact.official.as_deref(), Some("Essential hypertension"));
        assert_eq!((fact.when.as_str(), fact.source.as_str()), ("2019-03", "Elm Surgery"));
    }

    #[test]
    fn a_condition_without_everyday_words_keeps_the_display() {
        let tree = parse(br#"{"code":{"coding":[{"code":"1","display":"Rare thing"}]}}"#).unwrap();

        assert_eq!((condition(&tree).what.as_str(), condition(&tree).official), ("Rare thing", None));
    }

    #[test]
    fn a_proxy_is_named_and_a_no_to_research_is_said() {
        let proxy = parse(
            br#"{"status":"active","provision":{"type":"permit","actor":[{"reference":{"reference":"Patient/j","display":"Joanne Pryce"}}]}}"#,
        )
        .unwrap();
        let no = parse(br#"{"resourceType":"Consent","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"provision":{"type":"deny","purpose":[{"code":"HRESCH"}]}}"#).unwrap();

        assert_eq!(choice(&proxy).what, "Joanne Pryce may act for you");
        assert_eq!(choice(&no).what, "The whole record is not shared for research.");
    }

    #[test]
    fn small_first_letters_do_not_break_abbreviations() {
        assert_eq!(lower_first("High blood pressure"), "high blood pressure");
        assert_eq!(lower_first("COPD"), "COPD");
    }
}
