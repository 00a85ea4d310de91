//! The questions: every way to data that the API and a professional's pages have, filled in at random.
//!
//! A question that may be answered differently for another reason than a leak (the entries of the log are numbered, moments
//! of the answer, nonces) is either made comparable here or not asked.

use super::model::Way;
use super::readers::Seat;
use crate::client::Seen;
use proptest::prelude::*;

/// A question as it is sent, and with what.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// To the API, with a token.
    Api {
        /// The method.
        method: &'static str,
        /// Path and query.
        path: String,
        /// Headers beside the token.
        headers: Vec<(&'static str, String)>,
        /// The body; empty for none.
        body: String,
    },
    /// For a page, with a session.
    Page(String),
}

impl Question {
    /// The answer and the pages after it, without what differs for every answer.
    pub fn put_to(&self, seat: &Seat) -> Vec<Seen> {
        seat.asked.set(seat.asked.get() + 1);
        let request = format!("question-{}", seat.asked.get());
        let request = ("x-request-id", request.as_str());
        let first = match self {
            Self::Page(path) => seat.client.ask("GET", &at(path, seat), &[("cookie", &seat.cookie), request], ""),
            Self::Api { method, path, headers, body } => {
                let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
                let headers: Vec<_> = headers.chain([("authorization", seat.bearer.as_str()), request]).collect();
                seat.client.ask(method, &at(path, seat), &headers, body)
            }
        };
        let mut answers = vec![first];
        while let Some(next) = answers.last().and_then(next_page).filter(|_| answers.len() < PAGES_MAX) {
            answers.push(seat.client.ask("GET", &next, &[("authorization", &seat.bearer), request], ""));
        }
        let is_of_proofs = matches!(self, Self::Page(path) if path.starts_with("/my/who-looked/proofs"));
        let proven = |seen: Seen| if is_of_proofs { without_hashes(seen, seat) } else { seen };
        answers.into_iter().map(|seen| proven(comparable(seen, seat))).collect()
    }

    /// Method and path.
    pub fn line(&self) -> (&str, &str) {
        match self {
            Self::Page(path) => ("GET", path),
            Self::Api { method, path, .. } => (method, path),
        }
    }

    /// In which way it is asked.
    pub const fn way(&self) -> Way {
        match self {
            Self::Page(_) => Way::Pages,
            Self::Api { .. } => Way::Api,
        }
    }

    /// A question of the API without a body.
    fn get(path: String) -> Self {
        Self::Api { method: "GET", path, headers: Vec::new(), body: String::new() }
    }
}

/// How many pages of one answer are turned: more than the largest world has of anything, two to a page.
const PAGES_MAX: usize = 12;

/// The path of the page after this one, where the answer is a Bundle that has one.
fn next_page(seen: &Seen) -> Option<String> {
    let bundle: serde_json::Value = serde_json::from_str(&seen.body).ok()?;
    let links = bundle.get("link")?.as_array()?;
    let next = links.iter().find(|link| link.get("relation").is_some_and(|relation| relation == "next"))?;
    let url = next.get("url")?.as_str()?;
    url.find("/fhir").and_then(|at| url.get(at..)).map(str::to_owned)
}

/// What differs between two worlds for another reason than what is hidden: the text of page tokens, which are sealed with a fresh nonce,
/// the random number of her own request for a copy, and the numbers under which people stand in the log.
fn comparable(seen: Seen, seat: &Seat) -> Seen {
    let mut body = without_digits(&seen.body, "_page=", |letter| letter.is_ascii_hexdigit());
    body = body.replace(&seat.case, "her-case");
    // Requests by which a world was made are counted in it.
    body = without_digits(&body, "\"test-", |letter| letter.is_ascii_digit());
    for number in seat.numbers {
        body = body.replace(&format!("that person is number {number};"), "that person is number N;");
        body = after_each(&body, "log-", &format!("-{number}"), "-N");
    }
    let headers = seen.headers.into_iter().filter(|(name, _)| name != "content-length").collect();
    Seen { body, headers, ..seen }
}

/// The text without the letters of a kind that follow a mark.
fn without_digits(text: &str, mark: &str, is_left_out: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(mark);
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |text, part| text + mark + part.trim_start_matches(&is_left_out))
}

/// The text with something else in the place of `from` where that follows a mark and a number, and no digit comes after it.
fn after_each(text: &str, mark: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(mark);
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |text, part| {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let is_whole = |rest: &str| !rest.starts_with(|letter: char| letter.is_ascii_digit());
        match rest.strip_prefix(from).filter(|rest| digits > 0 && is_whole(rest)) {
            Some(rest) => format!("{text}{mark}{number}{to}{rest}"),
            None => text + mark + part,
        }
    })
}

/// A file of proofs without what is random in it: salts, hashes and signatures; and without the numbers of people.
fn without_hashes(seen: Seen, seat: &Seat) -> Seen {
    let facts = seen.body.lines().filter(|line| line.contains(' ') && !line.starts_with('\u{2014}'));
    let unsalted = |line: &str| match line.split_once(" {") {
        Some((salted, shown)) => format!("{} {{{shown}", salted.split(' ').next().unwrap_or_default()),
        None if line.contains("-hash ") => line.split(' ').next().unwrap_or_default().to_owned(),
        None => line.to_owned(),
    };
    let body = facts.map(unsalted).collect::<Vec<_>>().join("\n");
    let number = |body: String, number: &u32| body.replace(&format!("{{\"person\":{number},"), "{\"person\":N,");
    Seen { body: seat.numbers.iter().fold(body, number), ..seen }
}

/// The path in this world: with the numbers of its people in the log, and of the asker's request for a copy.
fn at(path: &str, seat: &Seat) -> String {
    let numbers = seat.numbers.iter().enumerate();
    let path = numbers
        .fold(path.to_owned(), |path, (person, number)| path.replace(&format!("{{p{person}}}"), &number.to_string()));
    path.replace("{case}", &seat.case)
}

/// The names that a question is filled with: a person, a result and a code by number.
pub type Names = (u8, u8, u8);

fn filled(form: &str, (person, result, code): Names) -> String {
    let people = form.replace("FamN", &format!("Fam{person}")).replace("pN", &format!("p{person}"));
    let people = people
        .replace("cN", &format!("c{person}"))
        .replace("sN", &format!("s{person}"))
        .replace("eN", &format!("e{person}"));
    let ours = people.replace("oM", &format!("o{result}")).replace("cK", &format!("c{code}"));
    let ours = ours.replace("fM", &format!("f{result}")).replace("bM", &format!("b{result}"));
    // The first entries of the log are of the first people.
    ours.replace("{entry}", &(u32::from(person) + u32::from(result) + 5).to_string())
}

/// Reads, searches, chains, includes, sorts, counts, pages, histories, everything.
const FORMS: &[&str] = &[
    "Patient/pN",
    "Consent/cN",
    "Consent/sN",
    "Consent",
    "Consent?patient=pN&_summary=count",
    "Patient?_has:Consent:patient:status=active",
    "Observation?_security=HIV&_summary=count",
    "Encounter?_summary=count",
    "Observation/oM",
    "Encounter/eN",
    "Observation/oM/_history",
    "Patient/pN/_history",
    "Observation/oM/_history/1",
    "_history",
    "Observation/_history?_count=3",
    "Patient",
    "Observation",
    "Observation?_count=2",
    "Observation?_summary=count",
    "Observation?_total=accurate&_count=1",
    "Observation?subject=Patient/pN",
    "Observation?patient=pN&code=urn:c|cK",
    "Observation?code=cK",
    "Observation?code=urn:c|cK&_sort=-date",
    "Observation?code:not=cK",
    "Observation?_sort=value-quantity&_count=3",
    "Observation?value-quantity=gt50",
    "Observation?date=ge2026-10-15&_sort=date",
    "Observation?subject:Patient.family=FamN",
    "Observation?patient.general-practitioner=Organization/elm",
    "Observation?patient.organization.name=elm",
    "Patient?_has:Observation:patient:code=cK",
    "Patient?_has:Observation:patient:value-quantity=gt50&_summary=count",
    "Patient?_has:Encounter:patient:status=in-progress",
    "Patient?_revinclude=Observation:patient",
    "Patient?_id=pN&_revinclude=Encounter:patient",
    "Observation?_include=Observation:subject",
    "Observation?code=cK&_include=*",
    "Patient?family=Fam&_sort=-birthdate",
    "Patient?_sort=family&_count=1",
    "Patient?general-practitioner=Organization/oak",
    "Patient/pN/$everything",
    "Patient/pN/$everything?_count=2",
    "Patient/pN/Observation",
    "Patient/pN/Observation?code=cK",
    "Encounter?_include=Encounter:service-provider",
    "Encounter?service-provider=Organization/royal",
    "Organization?_has:Patient:organization:family=FamN",
    "Organization?_revinclude=Encounter:service-provider",
    "Observation?_id=oM,o1,o2",
    "Observation?_lastUpdated=gt2020-01-01&_summary=count",
    "Observation?subject:missing=false&_elements=code",
    "Observation?_security=V",
    "Observation?_security:missing=true",
    "Patient?_lastUpdated=lt2030&_sort=_lastUpdated",
    // Chains, includes and tests that land on entries which may be hidden while their source is not.
    "Observation?encounter.status=in-progress",
    "Observation?encounter:Encounter.class=EMER&_summary=count",
    "Observation?encounter.service-provider=Organization/royal&_sort=-date",
    "Observation?derived-from:Observation.code=cK",
    "Observation?derived-from:Observation.derived-from:Observation.value-quantity=lt50&_total=accurate",
    "Observation?_has:Observation:derived-from:code=cK",
    "Encounter?_has:Observation:encounter:code=cK&_total=accurate",
    "Patient?_has:Observation:patient:_has:Observation:derived-from:code=cK",
    "Observation?_include=Observation:derived-from",
    "Observation?_id=oM&_include:iterate=Observation:derived-from",
    "Observation?_include=Observation:encounter&_include:iterate=Encounter:service-provider&_count=3",
    "Observation?_id=oM&_revinclude:iterate=Observation:derived-from",
    "Encounter?_revinclude=Observation:encounter",
    // Sorts by several keys, composites, negations.
    "Observation?_sort=code,-date&_count=3",
    "Observation?_sort=-value-quantity,date,_id&_count=2",
    "Observation?code-value-quantity=urn:c|cK$gt50",
    "Observation?code-value-quantity=urn:c|cK$lt50&_summary=count",
    "Observation?status:not=amended&code:not=cK&_total=accurate",
    "Patient?gender:not=male&_total=accurate&_count=1",
    "Observation?derived-from:missing=true&_summary=count",
    "Observation?derived-from=Observation/oM",
    // Parts of resources.
    "Observation?_elements=code,subject",
    "Observation?_summary=true&code=cK",
    "Observation?_summary=data&_count=2",
    "Observation?_summary=text",
    "Patient/pN?_elements=name",
    "Patient/pN/$everything?_type=Observation,Consent",
    "Patient/pN/$everything?_type=Encounter&_count=1",
    "Patient/pN/$everything?_since=2020-01-01T00:00:00Z",
    "Patient/pN/_history?_count=1",
    "Encounter/_history?_since=2020-01-01T00:00:00Z",
    // Modifiers and prefixes.
    "Patient?family:exact=FamN&_total=accurate",
    "Patient?name:contains=am&_count=1",
    "Observation?code:text=cK&_summary=count",
    "Observation?subject:identifier=urn:x|pN",
    "Observation?subject:Patient=pN&_total=accurate",
    "Observation?date=eb2026-10-10",
    "Observation?date=sa2026-10-10&_total=accurate",
    "Observation?date=ne2026-10-10&_count=2",
    "Observation?date=ap2026-10-15",
    "Observation?value-quantity=ne50&_total=estimate",
    "Observation?value-quantity=le50&_total=none",
    "Observation?_count=0",
    "Observation?_include=Observation:subject:Patient&_count=2",
    "Observation?_include=Observation:subject:Group",
    "Patient?_revinclude:iterate=Observation:patient&_revinclude=Encounter:patient&_count=1",
    "Patient/pN/*",
    "Patient/pN/*?_count=2",
    "Encounter/eN/Observation",
    "Consent?_sort=-_lastUpdated&_count=1",
    "Condition?_sort=_id&_count=1",
    "Condition?subject:Patient.family=FamN&_summary=count",
    "Condition?encounter.status=in-progress",
    "Observation?_has:Condition:evidence-detail:code=cK&_total=accurate",
    "Condition?evidence-detail:Observation.value-quantity=gt50",
    "Condition?_include=Condition:evidence-detail&_count=2",
    "Patient?_has:Condition:patient:clinical-status=active&_summary=count",
    // Letters and their files.
    "DocumentReference/fM",
    "DocumentReference/fM/_history",
    "DocumentReference/fM/_history/1",
    "DocumentReference?patient=pN&_sort=-date&_count=2",
    "DocumentReference?type=cK&_summary=count",
    "DocumentReference?encounter.status=in-progress",
    "DocumentReference?description=Letter&_total=accurate",
    "Patient?_has:DocumentReference:patient:type=cK",
    "Patient?_revinclude=DocumentReference:patient&_count=2",
    "Patient/pN/DocumentReference",
    "Patient/pN/$everything?_type=DocumentReference,Binary",
    "Binary/bM",
    "Binary/bM/_history",
    "Binary/_history?_count=2",
    // Who looked.
    "AuditEvent?patient=pN&_count=100",
    "AuditEvent?patient=pN&_count=3",
    "AuditEvent?patient=pN&_summary=count",
    "AuditEvent?patient=pN&_count=100&outcome=4",
    "AuditEvent?patient=Patient/pN&date=ge2026-01-01&action=R",
    "AuditEvent/log-{entry}-{pN}",
    "Patient/pN/AuditEvent",
];

/// Pages of a record as professionals see it, and as people see their own.
const PAGES: &[&str] = &[
    "/care",
    "/care/find",
    "/care/people/pN",
    "/care/people/pN",
    "/care/people/pN/alerts",
    "/care/people/pN/problems",
    "/care/people/pN/results",
    "/care/people/pN/results/cK",
    "/care/people/pN/results/cK/values.csv",
    "/care/people/pN/contacts",
    "/care/people/pN/documents",
    "/care/people/pN/documents/fM",
    "/care/people/pN/emergency",
    "/care/people/pN/claim",
    "/my",
    "/my/record",
    "/my/record/download",
    "/my/record/results",
    "/my/record/results/cK",
    "/my/record/visits",
    "/my/record/conditions",
    "/my/record/documents",
    "/my/record/documents/fM",
    "/my/record/choices",
    "/my/who-looked",
    "/my/who-looked?lang=cy",
    "/my/who-looked?before={entry}",
    "/my/who-looked/proofs",
    "/my/choices",
    "/my/choices/add/entry",
    "/my/choices/add/professional",
    "/my/choices/add/practice",
    "/my/people",
    "/my/people/add",
    "/my/others",
    "/my/rights",
    "/my/rights/{case}",
    "/my/rights/{case}/copy",
    "/my/rights/{case}/download",
];

fn names() -> impl Strategy<Value = Names> {
    (0..5_u8, 0..14_u8, 0..3_u8)
}

/// One form, filled in.
fn form() -> impl Strategy<Value = String> {
    (prop::sample::select(FORMS), names()).prop_map(|(form, names)| filled(form, names))
}

/// Every form and page once, each with its question about these.
pub fn one_of_each(names: Names) -> impl Iterator<Item = (String, Question)> {
    let forms = FORMS.iter().map(move |form| {
        let question = Question::get(format!("/fhir/{}", filled(form, names)));
        ((*form).to_owned(), question)
    });
    forms.chain(PAGES.iter().map(move |page| ((*page).to_owned(), Question::Page(filled(page, names)))))
}

/// Any question.
pub fn question() -> impl Strategy<Value = Question> {
    prop_oneof![
        24 => form().prop_map(|form| Question::get(format!("/fhir/{form}"))),
        2 => posted(),
        1 => batch(),
        1 => lenient(),
        1 => (names(), 1..3_u8).prop_map(|(names, version)| if_none_match(names, version)),
        2 => (prop::sample::select(PAGES), names()).prop_map(|(page, names)| Question::Page(filled(page, names))),
    ]
}

/// A search in the body of a POST.
fn posted() -> impl Strategy<Value = Question> {
    form().prop_filter_map("only searches are posted", |form| {
        let (kind, query) = form.split_once('?').filter(|(kind, _)| !kind.contains('/'))?;
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        let path = format!("/fhir/{kind}/_search");
        Some(Question::Api { method: "POST", path, headers, body: query.to_owned() })
    })
}

/// Several questions in one bundle.
fn batch() -> impl Strategy<Value = Question> {
    prop::collection::vec(form(), 1..5).prop_map(|forms| {
        let entry = |form: &String| format!(r#"{{"request":{{"method":"GET","url":"{form}"}}}}"#);
        let entries: Vec<String> = forms.iter().map(entry).collect();
        let body = format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{}]}}"#, entries.join(","));
        let headers = vec![("content-type", "application/fhir+json".to_owned())];
        Question::Api { method: "POST", path: "/fhir".to_owned(), headers, body }
    })
}

/// A search with a parameter that is not understood, answered or refused as asked.
fn lenient() -> impl Strategy<Value = Question> {
    (names(), prop::sample::select(vec!["lenient", "strict"])).prop_map(|(names, handling)| Question::Api {
        method: "GET",
        path: filled("/fhir/Observation?code=cK&no-such-parameter=oM&_total=accurate", names),
        headers: vec![("prefer", format!("handling={handling}"))],
        body: String::new(),
    })
}

/// A read that needs no answer if nothing has changed.
fn if_none_match(names: Names, version: u8) -> Question {
    Question::Api {
        method: "GET",
        path: filled("/fhir/Observation/oM", names),
        headers: vec![("if-none-match", format!("W/\"{version}\""))],
        body: String::new(),
    }
}

/// Changes by id and by condition, alone and in a bundle, in which no new id is given: so the whole answers must be equal. Nobody
/// of these readers has leave to delete: that is refused in words that say nothing of what is there.
const CHANGES: &[(&str, &str, Option<&str>)] = &[
    ("PUT", "Observation/oM", None),
    ("PUT", "Observation/oM", Some("W/\"1\"")),
    ("PUT", "Observation/oM", Some("W/\"9\"")),
    ("PUT", "Observation?_id=oM", None),
    ("PUT", "Observation?patient=Patient/pN&code=urn:c|cK", None),
    ("PATCH", "Observation/oM", None),
    ("PATCH", "Observation/oM", Some("W/\"9\"")),
    ("DELETE", "Observation/oM", Some("W/\"9\"")),
    ("DELETE", "Observation?patient=Patient/pN&code=urn:c|none", None),
    ("DELETE", "Observation/oM", None),
    ("DELETE", "Observation?patient=Patient/pN&code=urn:c|cK", None),
];

const CHANGED: &str = r#"{"resourceType":"Observation","id":"oM","status":"amended","code":{"coding":[{"system":"urn:c","code":"cK"}]},"subject":{"reference":"Patient/pN"}}"#;
const AMENDS: &str = r#"[{"op":"replace","path":"/status","value":"amended"}]"#;
/// The same in a Binary, as an entry of a Bundle has it.
const AMENDS_DATA: &str = "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zdGF0dXMiLCJ2YWx1ZSI6ImFtZW5kZWQifV0=";
const FHIR: &str = "application/fhir+json";

fn changed((method, path, if_match): &(&'static str, &str, Option<&str>), names: Names) -> Question {
    let (kind, body) = match *method {
        "PATCH" => ("application/json-patch+json", AMENDS),
        "PUT" => (FHIR, CHANGED),
        _ => (FHIR, ""),
    };
    let headers = [("content-type", kind.to_owned())].into_iter();
    let headers = headers.chain(if_match.map(|tag| ("if-match", tag.to_owned()))).collect();
    Question::Api { method, path: filled(&format!("/fhir/{path}"), names), headers, body: filled(body, names) }
}

/// The same change as an entry of a Bundle, beside a read. (Not of what it changes: that may be in another record now, and a
/// Consent that the reader does not see may be about it there.)
fn bundled((method, path, if_match): &(&'static str, &str, Option<&str>), kind: &str, names: Names) -> Question {
    let resource = match *method {
        "PATCH" => format!(
            r#""resource":{{"resourceType":"Binary","contentType":"application/json-patch+json","data":"{AMENDS_DATA}"}},"#
        ),
        "PUT" => format!(r#""resource":{CHANGED},"#),
        _ => String::new(),
    };
    let if_match = if_match.map(|tag| format!(r#","ifMatch":{}"#, serde_json::Value::from(tag))).unwrap_or_default();
    let entry = format!(r#"{{{resource}"request":{{"method":"{method}","url":"{path}"{if_match}}}}}"#);
    let read = r#"{"request":{"method":"GET","url":"Patient?_id=pN"}}"#;
    let body = format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{entry},{read}]}}"#);
    let headers = vec![("content-type", FHIR.to_owned()), ("prefer", "return=representation".to_owned())];
    Question::Api { method: "POST", path: "/fhir".to_owned(), headers, body: filled(&body, names) }
}

/// Every change once, about these, alone and in bundles; with the form that it has.
pub fn one_change_of_each(names: Names) -> impl Iterator<Item = (String, Question)> {
    CHANGES.iter().flat_map(move |change| {
        let (method, path, if_match) = change;
        let form = |way: &str| format!("{method} {path} {if_match:?} {way}");
        [
            (form("alone"), changed(change, names)),
            (form("in a transaction"), bundled(change, "transaction", names)),
            (form("in a batch"), bundled(change, "batch", names)),
        ]
    })
}

/// The last question to a world, a change; and whether no new id is given in it, so that the whole answers must be equal.
pub fn last() -> impl Strategy<Value = (Question, bool)> {
    prop_oneof![
        1 => conditional_create().prop_map(|create| (create, false)),
        3 => change().prop_map(|change| (change, true)),
    ]
}

/// Any change in which no new id is given.
fn change() -> impl Strategy<Value = Question> {
    (prop::sample::select(CHANGES), names(), 0..3_u8).prop_map(|(change, names, way)| match way {
        0 => changed(&change, names),
        1 => bundled(&change, "transaction", names),
        _ => bundled(&change, "batch", names),
    })
}

/// A result that is created only when the reader finds none with this code about this person.
fn conditional_create() -> impl Strategy<Value = Question> {
    names().prop_map(|names| Question::Api {
        method: "POST",
        path: "/fhir/Observation".to_owned(),
        headers: vec![
            ("content-type", "application/fhir+json".to_owned()),
            ("if-none-exist", filled("patient=Patient/pN&code=urn:c|cK", names)),
        ],
        body: filled(
            r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:c","code":"cK"}]},"subject":{"reference":"Patient/pN"}}"#,
            names,
        ),
    })
}
