//! Grants: read from Consents, asked for in a form, given and ended.
//!
//! A grant lasts a year at most, and is for the whole record or for the kinds of data that are ticked; for looking, or for copies
//! too. It never looks anybody up. Next: `pages`.

use crate::choices::ended_by;
use crate::my_record::facts::{concept, display, text};
use crate::opened::{PARTS, told};
use crate::visit::{Mistake, Visit, Whose, name_of};
use fhir::json::Json;
use fhir::nhs_number::NhsNumberError;
use fhir::{NhsNumber, ResourceId, ResourceType};
use gate::consent::Reach;
use gate::{Action, DataKind, Purpose, TypeSet};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use kit::PageError;
use record::{Change, Resource};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The longest name that is taken.
const NAME_CHARS_MAX: usize = 80;
/// The age above which a date of birth is taken for a slip.
const AGE_YEARS_MAX: i16 = 125;
const CONSENT_ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const ENGLAND: &str = "https://fhir.nhs.uk/England";

/// A grant to act for somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// The Consent's id.
    pub id: String,
    /// Who may act.
    pub who: String,
    /// Who gave it, where that is said.
    pub giver: Option<String>,
    /// On what ground, in the words of the list that it is from.
    pub basis: Option<String>,
    /// Since when, as it is written.
    pub since: String,
    /// Until when, as it is written; empty when no end is said.
    pub until: String,
    /// Whether it is in force, but for its time.
    pub is_active: bool,
    /// Whether it ends on a 16th birthday.
    pub is_of_parent: bool,
    /// Whether it is the signed-in person's own.
    pub is_mine: bool,
    /// What it lets be seen, in words; none while it is not in force.
    pub sees: Option<String>,
    /// Whether it lets copies be taken.
    pub copies: bool,
}

impl Grant {
    /// Reads a Consent; none when it lets nobody act.
    #[must_use]
    pub fn of(tree: &Json<'_>) -> Option<Grant> {
        if !gate::consent::is_grant(tree) {
            return None;
        }
        let extensions = tree.get("extension").map(Json::items).unwrap_or_default();
        let is_grantor =
            |one: &&Json<'_>| text(one, &["url"]).is_some_and(|url| url.ends_with("extension-Consent.grantor"));
        let giver = extensions.iter().find(is_grantor).and_then(|one| display(one, &["valueReference"]));
        let owned = |path: &[&str]| text(tree, path).unwrap_or_default().to_owned();
        let reach = Reach::of(tree);
        Some(Grant {
            sees: reach.as_ref().map(told),
            copies: reach.is_some_and(|reach| reach.copies),
            id: owned(&["id"]),
            who: display(tree, &["provision", "actor", "reference"])
                .unwrap_or("Somebody who is named by number")
                .to_owned(),
            giver: giver.map(str::to_owned),
            basis: tree.get("policyRule").and_then(concept).map(str::to_owned),
            since: text(tree, &["provision", "period", "start"]).map_or_else(|| owned(&["dateTime"]), str::to_owned),
            until: owned(&["provision", "period", "end"]),
            is_active: text(tree, &["status"]) == Some("active"),
            is_of_parent: text(tree, &["policyRule", "coding", "code"]) == Some("parental-responsibility"),
            is_mine: false,
        })
    }

    /// One for tests.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            id: "grant-1".into(),
            who: "Mrs Joanne Pryce".into(),
            giver: Some("Elm Surgery".into()),
            basis: Some("Consent of the patient".into()),
            since: "2026-01-05".into(),
            until: "2027-01-05".into(),
            is_active: true,
            sees: Some("the whole record".into()),
            copies: true,
            ..Self::default()
        }
    }
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Grants in force.
    pub now: Vec<Grant>,
    /// Grants that have ended.
    pub past: Vec<Grant>,
}

/// The value that lets the whole record be seen, among the kinds of data.
pub(super) const WHOLE: &str = "all";
/// The value that leaves out what is marked as sensitive.
pub(super) const DISCREET: &str = "discreet";
/// The value that lets copies be taken.
pub(super) const COPIES: &str = "copies";

/// The form of a grant, as it was sent: pairs of name and value, of which those of checkboxes come several times.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct Form {
    /// The name, as the giver calls the person.
    pub name: String,
    /// The NHS number.
    pub nhs_number: String,
    /// Day of birth.
    pub born_day: String,
    /// Month of birth.
    pub born_month: String,
    /// Year of birth.
    pub born_year: String,
    /// Last day.
    pub until_day: String,
    /// Month of the last day.
    pub until_month: String,
    /// Year of the last day.
    pub until_year: String,
    /// Names of kinds of data, or `all`.
    pub sees: Vec<String>,
    /// `copies` and `discreet`, where they are ticked.
    pub terms: Vec<String>,
    /// `yes` when somebody presses her.
    pub pressed: String,
}

impl From<Vec<(String, String)>> for Form {
    fn from(sent: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in sent {
            let field = match name.as_str() {
                "name" => &mut form.name,
                "nhs_number" => &mut form.nhs_number,
                "born-day" => &mut form.born_day,
                "born-month" => &mut form.born_month,
                "born-year" => &mut form.born_year,
                "until-day" => &mut form.until_day,
                "until-month" => &mut form.until_month,
                "until-year" => &mut form.until_year,
                "pressed" => &mut form.pressed,
                "sees" => {
                    form.sees.push(value);
                    continue;
                }
                "terms" => {
                    form.terms.push(value);
                    continue;
                }
                _ => continue,
            };
            *field = value;
        }
        form
    }
}

impl Form {
    /// Whether a kind of data, or the whole record, is ticked.
    pub(super) fn sees(&self, value: &str) -> bool {
        self.sees.iter().any(|ticked| ticked == value)
    }

    /// Whether copies may be taken.
    pub(super) fn copies(&self) -> bool {
        self.terms.iter().any(|ticked| ticked == COPIES)
    }

    /// Whether what is marked as sensitive is left out.
    pub(super) fn is_discreet(&self) -> bool {
        self.terms.iter().any(|ticked| ticked == DISCREET)
    }
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Form(masked)")
    }
}

/// A grant that is wanted.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The name.
    pub(super) name: String,
    /// The NHS number.
    pub(super) number: NhsNumber,
    /// Born.
    pub(super) born: Date,
    /// The last day.
    pub(super) until: Date,
    /// Which kinds of data; none for the whole record.
    pub(super) parts: Option<Vec<DataKind>>,
    /// Whether copies may be taken.
    pub(super) copies: bool,
    /// Whether what is marked as sensitive is left out.
    pub(super) is_discreet: bool,
}

impl Wanted {
    /// How far it reaches, in words.
    pub(super) fn told(&self) -> String {
        let types = |parts: &Vec<DataKind>| parts.iter().fold(TypeSet::EMPTY, |all, part| all.union(part.types()));
        told(&Reach {
            types: self.parts.as_ref().map_or_else(TypeSet::all, types),
            without: if self.is_discreet { gate::consent::sensitive() } else { 0 },
            copies: self.copies,
        })
    }
}

pub(super) fn people(visit: &Visit) -> Result<People, PageError> {
    let mut people = People::default();
    for resource in visit.all("Consent")? {
        let tree = tree(visit, &resource)?;
        let Some(grant) = Grant::of(&tree) else { continue };
        let is_mine = visit.signed_in.trust.record().is_grant_to(&visit.signed_in.asker, &tree);
        let grant = Grant { is_mine: is_mine.map_err(|error| visit.error(&error.into()))?, ..grant };
        let is_over = text(&tree, &["provision", "period", "end"])
            .and_then(|end| fhir::date::FhirDateTime::parse(end).ok())
            .is_some_and(|end| end.span().until_ms <= visit.now_ms());
        if grant.is_active && !is_over { people.now.push(grant) } else { people.past.push(grant) }
    }
    people.now.sort_by(|one, other| other.since.cmp(&one.since));
    people.past.sort_by(|one, other| other.since.cmp(&one.since));
    Ok(people)
}

/// The people whose records the one who is signed in may open, with their names.
pub(super) fn others(visit: &Visit) -> Result<Vec<(ResourceId, String)>, PageError> {
    let (signed_in, failed) = (&visit.signed_in, |error: record::RecordError| visit.error(&error.into()));
    let record = signed_in.trust.record();
    let mut others = Vec::new();
    for patient in record.acts_for(&signed_in.asker).map_err(failed)? {
        if patient == visit.patient {
            continue;
        }
        let acting = Arc::new(signed_in.asker.with_record_of(patient.clone()));
        let permit = signed_in.trust.permit(&acting, Purpose::OwnRecord, Action::Read, &signed_in.request);
        let permit = permit.map_err(|error| visit.error(&error))?;
        let person = record.read(&permit, ResourceType::PATIENT, &patient).map_err(failed)?;
        let name = name_of(&tree(visit, &person)?).unwrap_or_else(|| "Somebody without a name".to_owned());
        others.push((patient, name));
    }
    others.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(others)
}

/// The empty form, with a year as the time.
pub(super) fn empty_form(visit: &Visit) -> Form {
    let Some(latest) = today(visit).and_then(year_after) else { return Form::default() };
    Form {
        until_day: latest.day().to_string(),
        until_month: latest.month().to_string(),
        until_year: latest.year().to_string(),
        ..Form::default()
    }
}

fn today(visit: &Visit) -> Option<Date> {
    Timestamp::from_millisecond(visit.now_ms()).ok().map(kit::format::day)
}

fn year_after(day: Date) -> Option<Date> {
    day.checked_add(Span::new().years(1)).ok()
}

/// What the form means, or every mistake in it. Whether anybody has the number is not asked.
pub(super) fn read(visit: &Visit, form: &Form) -> Result<Result<Wanted, Vec<Mistake>>, PageError> {
    let Some((today, latest)) = today(visit).and_then(|today| Some((today, year_after(today)?))) else {
        return Err(PageError::BadRequest);
    };
    let mut mistakes = Vec::new();
    let name = form.name.trim();
    if name.is_empty() {
        mistakes.push(Mistake::at("name", "Enter the person's name"));
    } else if name.chars().count() > NAME_CHARS_MAX {
        mistakes.push(Mistake::at("name", format!("Name must have {NAME_CHARS_MAX} characters or fewer")));
    }
    let number = NhsNumber::parse(&form.nhs_number);
    let mistaken = number.as_ref().err().map(|error| match error {
        NhsNumberError::CheckDigit => "Check the NHS number: at least one digit is wrong",
        _ => "Enter a whole NHS number: 10 digits, as on a letter from the NHS",
    });
    mistakes.extend(mistaken.map(|says| Mistake::at("nhs_number", says)));
    let number = number.ok();
    match &number {
        Some(number) if own_numbers(visit)?.contains(&number.as_str().to_owned()) => {
            mistakes.push(Mistake::at("nhs_number", "This is your own NHS number: enter that of the other person"));
        }
        _ => {}
    }
    let born = date("born", "Date of birth", [&form.born_day, &form.born_month, &form.born_year]);
    let born = born.and_then(|born| {
        let fits = born <= today && born.year() >= today.year() - AGE_YEARS_MAX;
        if fits { Ok(born) } else { Err(Mistake::at("born", "Date of birth must be in the past, within a lifetime")) }
    });
    let until = date("until", "Last day", [&form.until_day, &form.until_month, &form.until_year]);
    let until = until.and_then(|until| {
        if until < today {
            return Err(Mistake::at("until", "Last day must be today or later"));
        }
        let says = || format!("Last day must be within a year: {} at the latest", kit::format::date(latest));
        if until > latest { Err(Mistake::at("until", says())) } else { Ok(until) }
    });
    let parts = parts(form);
    Ok(match (number, born, until, parts) {
        (Some(number), Ok(born), Ok(until), Ok(parts)) if mistakes.is_empty() => {
            let (copies, is_discreet) = (form.copies(), form.is_discreet());
            Ok(Wanted { name: name.to_owned(), number, born, until, parts, copies, is_discreet })
        }
        (_, born, until, parts) => {
            mistakes.extend(born.err().into_iter().chain(until.err()).chain(parts.err()));
            Err(mistakes)
        }
    })
}

/// The kinds of data that are ticked; none for the whole record.
fn parts(form: &Form) -> Result<Option<Vec<DataKind>>, Mistake> {
    let ticked: Vec<DataKind> = PARTS.iter().copied().filter(|part| form.sees(part.name())).collect();
    match (form.sees(WHOLE), ticked.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(ticked)),
        (true, false) => Err(Mistake::at("sees", "Tick the whole record or parts of it, not both")),
        (false, true) => Err(Mistake::at("sees", "Tick what they may see")),
    }
}

fn own_numbers(visit: &Visit) -> Result<Vec<String>, PageError> {
    let patient = visit.one(ResourceType::PATIENT, visit.patient.as_str())?;
    let tree = tree(visit, &patient)?;
    let identifiers = tree.get("identifier").map(Json::items).unwrap_or_default();
    Ok(identifiers.iter().filter_map(|one| text(one, &["value"])).map(str::to_owned).collect())
}

fn date(field: &'static str, label: &str, parts: [&String; 3]) -> Result<Date, Mistake> {
    let missing = parts.map(|part| part.trim().is_empty());
    let wrong = |says: String, parts| Err(Mistake { field, says, parts });
    if missing.contains(&true) {
        let names = ["day", "month", "year"];
        let names: Vec<&str> =
            names.into_iter().zip(missing).filter(|(_, missing)| *missing).map(|(name, _)| name).collect();
        return wrong(format!("{label} must include a {}", names.join(" and a ")), missing);
    }
    let [day, month, year] = parts;
    let numbers = (day.trim().parse().ok(), month.trim().parse().ok(), year.trim().parse().ok());
    let date = match numbers {
        (Some(day), Some(month), Some(year)) if year >= 1000 => Date::new(year, month, day).ok(),
        _ => None,
    };
    date.map_or_else(|| wrong(format!("{label} must be a real date in numbers, such as 15 3 1984"), [true; 3]), Ok)
}

/// Gives the grant.
pub(super) fn grant(visit: &Visit, wanted: &Wanted) -> Result<(), PageError> {
    let permit = visit.signed_in.permit(Action::Create)?;
    let consent = consent(visit, wanted).to_string().into_bytes();
    let made = visit.signed_in.trust.record().create(&permit, ResourceType::CONSENT, &consent, Change::default());
    made.map(drop).map_err(|error| visit.error(&error.into()))
}

fn consent(visit: &Visit, wanted: &Wanted) -> Value {
    let at = Timestamp::from_millisecond(visit.now_ms()).unwrap_or_default();
    let number = json!({ "system": NhsNumber::SYSTEM, "value": wanted.number.as_str() });
    let giver =
        json!({ "reference": format!("Patient/{}", visit.patient.as_str()), "display": visit.signed_in.asker.display });
    json!({
        "resourceType": "Consent",
        "extension": [
            {
                "url": format!("{ENGLAND}/StructureDefinition/Extension-England-Consent-Status-Reason"),
                "valueCodeableConcept": coded(&format!("{ENGLAND}/CodeSystem/England-ConsentStatusReason"), "ROLE_ACTIVATED", "Role activated"),
            },
            { "url": "https://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.grantor", "valueReference": giver },
        ],
        "status": "active",
        "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent"),
        "category": [coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "INFA", "information access")],
        "patient": giver,
        "dateTime": at.to_string(),
        "performer": [{ "type": "Patient", "identifier": number, "display": wanted.name }],
        "policyRule": coded(&format!("{ENGLAND}/CodeSystem/England-NHSProxyLegalBasis"), "consent-of-the-patient", "Consent of the patient"),
        "provision": provision(wanted, at),
    })
}

fn coded(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }] })
}

/// Who may see what, for how long, and whether copies may be taken.
fn provision(wanted: &Wanted, at: Timestamp) -> Value {
    let number = json!({ "system": NhsNumber::SYSTEM, "value": wanted.number.as_str() });
    let mut provision = json!({
        "type": "permit",
        "period": { "start": kit::format::day(at).to_string(), "end": wanted.until.to_string() },
        "actor": [{
            "role": coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient"),
            "reference": {
                "extension": [{ "url": record::relations::BIRTH_DATE, "valueDate": wanted.born.to_string() }],
                "type": "Patient",
                "identifier": number,
                "display": wanted.name,
            },
        }],
        "action": [coded(CONSENT_ACTION, "access", "Access")],
    });
    let mut add = |member: &str, value: Value| {
        if let Some(members) = provision.as_object_mut() {
            members.insert(member.to_owned(), value);
        }
    };
    if wanted.copies {
        let copies = coded(CONSENT_ACTION, "collect", "Collect");
        add("action", json!([coded(CONSENT_ACTION, "access", "Access"), copies]));
    }
    if let Some(parts) = &wanted.parts {
        let names = parts.iter().flat_map(|part| part.type_names());
        add("class", names.map(|name| json!({ "system": RESOURCE_TYPES, "code": name })).collect());
    }
    if wanted.is_discreet {
        let restricted = json!({ "system": CONFIDENTIALITY, "code": "R", "display": "restricted" });
        add("provision", json!([{ "type": "deny", "securityLabel": [restricted] }]));
    }
    provision
}

/// Ends a grant: any of one's own record, or the one by which one acts for somebody.
pub(super) fn stop(visit: &Visit, whose: &Whose, id: &str) -> Result<Grant, PageError> {
    let consent = visit.one(ResourceType::CONSENT, id)?;
    let grant = Grant::of(&tree(visit, &consent)?).filter(|grant| grant.is_active).ok_or(PageError::NotFound)?;
    if whose.is_own {
        let patch = record::grants::ended(&tree(visit, &consent)?, "Ended by the person whose record it is");
        ended_by(visit, &consent, patch.as_bytes())?;
    } else {
        let permit = visit.signed_in.permit(Action::Update)?;
        let given_up = visit.signed_in.trust.record().give_up(&permit, &consent.id);
        given_up.map_err(|error| visit.error(&error.into()))?;
    }
    Ok(grant)
}

fn tree<'r>(visit: &Visit, resource: &'r Resource) -> Result<Json<'r>, PageError> {
    resource.tree().map_err(|error| visit.error(&error.into()))
}
