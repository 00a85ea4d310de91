//! What somebody who knows a person's ids, name and number would send to each route.
//!
//! Every path parameter and every form of the program has to be known here: a new one stops the test until somebody has said
//! what goes in. An attempt knows its twin, which asks
//! the same about a person who never existed.

use trust::Route;

/// Her family name, address and number; how a page writes the number.
pub const NAMES: [&str; 4] = ["QUILLMARROW", "Zephyrine", "9990000018", "999 000 0018"];
/// A word in every entry of her record, and how it looks inside her document.
pub const ENTRIES: [&str; 2] = ["Verdigris", "VmVyZGlncmlz"];

/// What stands for her, for somebody who has a name and no entries, and for a person who never existed. They are of equal
/// length, so that lengths can be compared too.
const TRIPLETS: [(&str, &str, &str); 5] = [
    ("anne-", "bare-", "nobd-"),
    ("QUILLMARROW", "QUILLWITHOU", "QUILLNOBODY"),
    ("Zephyrine", "Plainness", "Nowhereto"),
    ("9990000018", "9990000034", "9990000026"),
    ("999 000 0018", "999 000 0034", "999 000 0026"),
];

/// Somebody who differs from her in having no entries.
pub const SOMEBODY_WITHOUT_ENTRIES: &str = r#"{"resourceType":"Patient","id":"bare-0","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000034"}],"name":[{"family":"QUILLWITHOU","given":["Anne"]}],"birthDate":"1950-03-04","address":[{"line":["3 Plainness Row"]}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#;

/// Everything about her, as it is stored. `mild` makes the same without her marks, for bodies that a stranger sends.
pub const RESOURCES: [&str; 17] = [
    r#"{"resourceType":"Patient","id":"anne-0","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"QUILLMARROW","given":["Anne"]}],"birthDate":"1950-03-04","address":[{"line":["3 Zephyrine Row"]}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
    r#"{"resourceType":"Observation","id":"anne-obs","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"Verdigris"}],"text":"Verdigris"},"subject":{"reference":"Patient/anne-0"},"effectiveDateTime":"2026-10-01","valueQuantity":{"value":48,"unit":"mmol/mol","system":"http://unitsofmeasure.org","code":"mmol/mol"}}"#,
    r#"{"resourceType":"Observation","id":"anne-ob2","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"Verdigris"}],"text":"Verdigris"},"subject":{"reference":"Patient/anne-0"},"effectiveDateTime":"2026-11-01","valueQuantity":{"value":50,"unit":"mmol/mol","system":"http://unitsofmeasure.org","code":"mmol/mol"}}"#,
    r#"{"resourceType":"Condition","id":"anne-con","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"text":"Verdigris"},"subject":{"reference":"Patient/anne-0"}}"#,
    r#"{"resourceType":"AllergyIntolerance","id":"anne-all","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"code":{"text":"Verdigris"},"patient":{"reference":"Patient/anne-0"}}"#,
    r#"{"resourceType":"MedicationRequest","id":"anne-med","status":"active","intent":"order","medicationCodeableConcept":{"text":"Verdigris"},"subject":{"reference":"Patient/anne-0"}}"#,
    r#"{"resourceType":"Immunization","id":"anne-imm","status":"completed","vaccineCode":{"text":"Verdigris"},"patient":{"reference":"Patient/anne-0"},"occurrenceDateTime":"2025-10-01"}"#,
    r#"{"resourceType":"Procedure","id":"anne-pro","status":"completed","code":{"text":"Verdigris"},"subject":{"reference":"Patient/anne-0"},"performedDateTime":"2020-10-01"}"#,
    r#"{"resourceType":"Encounter","id":"anne-enc","status":"finished","class":{"code":"AMB","display":"Verdigris"},"type":[{"text":"Verdigris"}],"subject":{"reference":"Patient/anne-0"},"period":{"start":"2024-10-01","end":"2024-10-01"}}"#,
    r#"{"resourceType":"Appointment","id":"anne-app","status":"booked","description":"Verdigris","start":"2027-01-05T10:00:00Z","end":"2027-01-05T10:10:00Z","participant":[{"actor":{"reference":"Patient/anne-0"},"status":"accepted"}]}"#,
    r#"{"resourceType":"DocumentReference","id":"anne-doc","status":"current","description":"Verdigris","subject":{"reference":"Patient/anne-0"},"date":"2026-09-01T10:00:00Z","content":[{"attachment":{"contentType":"text/plain","data":"VmVyZGlncmlz"}}]}"#,
    r#"{"resourceType":"Binary","id":"anne-bin","contentType":"text/plain","securityContext":{"reference":"Patient/anne-0"},"data":"VmVyZGlncmlz"}"#,
    r#"{"resourceType":"Task","id":"anne-tas","status":"requested","intent":"order","description":"Verdigris","for":{"reference":"Patient/anne-0"}}"#,
    r#"{"resourceType":"Flag","id":"anne-fla","status":"active","code":{"text":"Verdigris"},"subject":{"reference":"Patient/anne-0"}}"#,
    r#"{"resourceType":"CarePlan","id":"anne-pla","status":"active","intent":"plan","title":"Verdigris","subject":{"reference":"Patient/anne-0"}}"#,
    r#"{"resourceType":"Consent","id":"anne-cns","status":"inactive","scope":{"text":"Verdigris","coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/anne-0"},"policyRule":{"text":"proxy"},"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/ben"}}]}}"#,
    r#"{"resourceType":"RelatedPerson","id":"anne-rel","patient":{"reference":"Patient/anne-0"},"name":[{"text":"Verdigris"}]}"#,
];

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub method: String,
    pub path: String,
    /// The kind of the body; empty when there is none.
    pub content_type: &'static str,
    pub body: String,
}

impl Attempt {
    /// The same about a person who never existed.
    pub fn twin(&self) -> Self {
        let twin = |text: &str| TRIPLETS.iter().fold(text.to_owned(), |text, (hers, _, none)| text.replace(hers, none));
        Self { path: twin(&self.path), body: twin(&self.body), ..self.clone() }
    }

    /// The same about somebody whose name may be found and who has no entries.
    pub fn of_somebody_without_entries(&self) -> Self {
        let bare = |text: &str| TRIPLETS.iter().fold(text.to_owned(), |text, (hers, bare, _)| text.replace(hers, bare));
        Self { path: bare(&self.path), body: bare(&self.body), ..self.clone() }
    }
}

/// The text with everything that stands for one of the three replaced.
pub fn nobody(text: &str) -> String {
    let replace = |text: String, (hers, bare, none): &(&str, &str, &str)| text.replace(hers, none).replace(bare, none);
    TRIPLETS.iter().fold(text.to_owned(), replace)
}

/// Type and id of each thing of hers.
pub fn things() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let member = |text: &'static str, name: &str| {
        text.split(&format!("\"{name}\":\"")).nth(1).unwrap().split('"').next().unwrap()
    };
    RESOURCES.iter().map(move |resource| (member(resource, "resourceType"), member(resource, "id"), *resource))
}

/// What a stranger would write over it: her marks are left out, so that an echo of it is no leak.
fn mild(resource: &str) -> String {
    let mild = NAMES.iter().chain(&ENTRIES).fold(resource.to_owned(), |text, mark| text.replace(mark, "Mild"));
    mild.replace("VmVyZGlncmlz", "TWlsZA==").replace("\"data\":\"Mild\"", "\"data\":\"TWlsZA==\"")
}

/// Everything worth sending to a route.
pub fn at(route: &Route) -> Vec<Attempt> {
    let method = route.method.as_str();
    let paths = filled(&route.path);
    let mut attempts = Vec::new();
    for (path, thing) in paths {
        for (query, content_type, body) in sent(method, &route.path, thing) {
            let path = format!("{path}{query}");
            attempts.push(Attempt { method: method.to_owned(), path, content_type, body });
        }
    }
    if method == "GET" {
        let heads: Vec<Attempt> = attempts.iter().map(|one| Attempt { method: "HEAD".into(), ..one.clone() }).collect();
        attempts.extend(heads);
    }
    attempts
}

type Thing = (&'static str, &'static str, &'static str);

/// The path with its parameters filled in, and the thing it is about.
fn filled(path: &str) -> Vec<(String, Thing)> {
    let her = things().next().unwrap();
    let about: Vec<Thing> = if path.contains("{kind}") { things().collect() } else { vec![her] };
    let mut filled = Vec::new();
    for thing in about {
        let (kind, id, _) = thing;
        let id = if path == "/my/record/documents/{id}" { "anne-doc" } else { id };
        let begun = path.replace("{kind}", kind).replace("{id}", id).replace("{version}", "1");
        filled.extend(each(&begun).into_iter().map(|path| (path, thing)));
    }
    for (path, _) in &filled {
        assert!(!path.contains('{'), "{path}: say in `each` or `filled` what goes into this parameter");
    }
    filled
}

/// The values of parameters that are words, not ids.
fn each(path: &str) -> Vec<String> {
    let words: &[(&str, &[&str])] = &[
        ("{inner}", &["Observation", "Condition", "*"]),
        ("{test}", &["4548-4", "no-such-test"]),
        ("{heading}", &care_headings()),
        ("{section}", &citizen_sections()),
        ("{document}", &["anne-doc", "anne-obs"]),
        ("{name}", &["site.css", "anne-0"]),
        ("{*path}", &["0/000", "entries/000", "0/anne-0"]),
        ("{way}", &["topic", "entry", "organisation", "professional", "practice", "anne-0"]),
        ("{told}", &["anne-0"]),
        ("{case}", &["0000000000000005-2", "anne-0"]),
        ("{lock}", &["anne-0"]),
        ("{finding}", &["0000000000000005-2", "anne-0"]),
        ("{provider}", &["nhs-login", "anne-0"]),
    ];
    let mut paths = vec![path.to_owned()];
    for (parameter, values) in words {
        if path.contains(parameter) {
            paths = paths.iter().flat_map(|path| values.iter().map(|value| path.replace(parameter, value))).collect();
        }
    }
    paths
}

fn care_headings() -> Vec<&'static str> {
    care::summary::Heading::ALL.iter().map(|heading| heading.slug()).chain(["no-such-heading"]).collect()
}

fn citizen_sections() -> Vec<&'static str> {
    let all = citizen::my_record::sections::Section::ALL;
    all.iter().map(|section| section.slug()).chain(["no-such-section", "anne-0"]).collect()
}

const FORM: &str = "application/x-www-form-urlencoded";
const FHIR: &str = "application/fhir+json";

/// Query, content type and body of what goes to a method of a path.
#[expect(clippy::panic, reason = "a route that the walk does not know stops it")]
fn sent(method: &str, path: &str, (kind, id, resource): Thing) -> Vec<(String, &'static str, String)> {
    let of = |content_type, bodies: &[String]| {
        bodies.iter().map(|body| (String::new(), content_type, body.clone())).collect()
    };
    if let Some(bodies) = super::workbench::bodies(path).filter(|_| method == "POST") {
        return of(FORM, &bodies);
    }
    let searches = searches(kind, id);
    match (method, path) {
        ("GET", "/fhir/{kind}") => searches.into_iter().map(|query| (format!("?{query}"), "", String::new())).collect(),
        ("GET", "/my/who-looked") => vec![(String::new(), "", String::new()), ("?before=5".into(), "", String::new())],
        ("GET", _) => vec![(String::new(), "", String::new())],
        ("POST", path) if !account_forms(path).is_empty() => {
            of(FORM, &account_forms(path).iter().map(|form| (*form).to_owned()).collect::<Vec<_>>())
        }
        ("POST", "/my/choices/entry") => of(FORM, &["entry=Condition/anne-con".to_owned()]),
        ("POST", "/my/choices/preview" | "/my/choices/save") => {
            let bodies = ["way=entry&what=Condition/anne-con", "way=professional&what=Patient/anne-0", "way=topic"];
            of(FORM, &bodies.map(str::to_owned))
        }
        ("POST", "/my/choices/stop" | "/my/choices/end" | "/my/people/stop") => of(FORM, &["id=anne-cns".to_owned()]),
        ("POST", "/my/people/check" | "/my/people/grant") => {
            let form =
                "name=Q&born-day=4&born-month=3&born-year=1950&until-day=1&until-month=2&until-year=2027&sees=all";
            // What a stranger grants stands in her own record: with the number of somebody else, so that no echo is a leak.
            of(FORM, &[format!("{form}&nhs_number=9990000018"), format!("{form}&nhs_number=9990000042&pressed=no")])
        }
        ("POST", "/log") => of(
            FORM,
            &[
                "person=anne-0",
                "person=Patient%2Fanne-0&staff=",
                "staff=QUILLMARROW",
                "request=anne-0",
                "nhs_number=9990000018",
            ]
            .map(str::to_owned),
        ),
        ("POST", path) if path.starts_with("/care/people/{id}/acting/") => of(FORM, &acting_forms(path)),
        // A form without a reason: with one the record would be open, which `emergency` tests.
        ("POST", "/care/people/{id}/claim") => of(FORM, &["explanation=".to_owned()]),
        ("POST", "/care/people/{id}/emergency") => of(FORM, &["reason=&explanation=".to_owned()]),
        ("POST", "/my/choices/mail" | "/my/choices/mail/confirm" | "/my/choices/mail/stop") => {
            of(FORM, &["address=somebody@example.org&code=123456".to_owned(), String::new()])
        }
        ("POST", "/my/who-looked/ask") => {
            let bodies = ["entry=5&question=Why", "entry=99999999&question=Why", "entry=anne-0"];
            of(FORM, &bodies.map(str::to_owned))
        }
        ("POST", "/care/find") => of(
            FORM,
            &[
                "by=number&nhs_number=9990000018",
                "by=name&family=QUILLMARROW&given=Anne&born-day=4&born-month=3&born-year=1950",
            ]
            .map(str::to_owned),
        ),
        ("POST", "/log/check") => of(FORM, &["proof=anne-0".to_owned()]),
        ("POST", "/log/add-checkpoint") => of("text/plain", &["old 0\n\nanne-0\n".to_owned()]),
        ("POST", "/fhir" | "/fhir/") => of(FHIR, &[bundle("batch"), bundle("transaction")]),
        ("POST", "/fhir/{kind}/_search" | "/fhir/{kind}/{id}/{inner}/_search") => of(FORM, &searches),
        ("POST", "/fhir/{kind}" | "/fhir/{kind}/$validate") | ("PUT", "/fhir/{kind}/{id}") => {
            of(FHIR, &[mild(resource)])
        }
        ("PUT", "/fhir/{kind}") => vec![(format!("?_id={id}"), FHIR, mild(resource))],
        ("DELETE", "/fhir/{kind}") => vec![(format!("?_id={id}"), "", String::new())],
        ("DELETE", "/fhir/{kind}/{id}") => vec![(String::new(), "", String::new())],
        ("PATCH", "/fhir/{kind}/{id}") => {
            let patch = r#"[{"op":"add","path":"/language","value":"en"}]"#.to_owned();
            vec![(String::new(), "application/json-patch+json", patch)]
        }
        _ => panic!("{method} {path}: say here what would be sent to it"),
    }
}

/// The forms with which a practice records and ends that somebody may act, whole and not.
fn acting_forms(path: &str) -> Vec<String> {
    let form = "basis=consent&name=Q&born-day=4&born-month=3&born-year=1970&relationship=FRND&sees=all&from-day=1&from-month=12&from-year=2026&until-day=1&until-month=2&until-year=2027&evidence=known&seen-day=20&seen-month=11&seen-year=2026";
    match path.rsplit('/').next().unwrap_or_default() {
        "details" => vec!["basis=consent".to_owned(), String::new()],
        "ending" => vec!["grant=anne-cns".to_owned(), String::new()],
        "end" => vec!["grant=anne-cns&why=safety".to_owned(), "grant=anne-cns".to_owned()],
        _ => ["9990000018", "9990000042"]
            .map(|number| format!("{form}&nhs_number={number}&spoken=yes&concern=no"))
            .to_vec(),
    }
}

/// The forms of sign-in and of one's own account.
fn account_forms(path: &str) -> &'static [&'static str] {
    match path {
        "/sign-in" => &["persona=anne-0", "persona=p1&acting_for=anne-0"],
        "/sign-in/again" => &["back=/my"],
        "/sign-in/role" => &["role=0"],
        "/passkey/new" => &["code=ABCD-2345-WXYZ", "code=anne-0"],
        "/passkey/made" | "/passkey/sign-in" => &["answer=anne-0"],
        "/passkey/codes" => &["number=9990000018&born-day=4&born-month=3&born-year=1950&checked=passport"],
        "/account/passkeys/remove" => &["passkey=anne-0"],
        "/account/devices/end" => &["session=anne-0"],
        "/account/record" => &["patient=anne-0", "patient="],
        "/sign-out" | "/account/devices/end-all" => &[""],
        _ => &[],
    }
}

fn searches(kind: &str, id: &str) -> Vec<String> {
    let mut searches: Vec<String> = ["", "_summary=count", "_total=accurate&_count=1", "_include=*&_revinclude=*"]
        .map(str::to_owned)
        .into_iter()
        .chain([
            format!("_id={id}"),
            "patient=anne-0".to_owned(),
            "subject=Patient/anne-0&_sort=-_lastUpdated".to_owned(),
        ])
        .collect();
    match kind {
        "Patient" => searches.extend(
            [
                "family=QUILLMARROW",
                "identifier=9990000018",
                "_has:Condition:patient:code:text=Verdigris",
                "_id=anne-0&_revinclude=Observation:patient",
            ]
            .map(str::to_owned),
        ),
        "Observation" => searches.extend(
            ["code:text=Verdigris", "subject:Patient.family=QUILLMARROW", "code=4548-4&_include=*"].map(str::to_owned),
        ),
        _ => {}
    }
    searches
}

/// A bundle that reads, searches and changes everything of hers.
fn bundle(kind: &str) -> String {
    let entry = |method: &str, url: &str| format!(r#"{{"request":{{"method":"{method}","url":"{url}"}}}}"#);
    let mut entries: Vec<String> = things().map(|(kind, id, _)| entry("GET", &format!("{kind}/{id}"))).collect();
    entries.push(entry("GET", "Observation?patient=anne-0&_include=*"));
    if kind == "batch" {
        entries.push(entry("DELETE", "Observation/anne-obs"));
        let put = r#""request":{"method":"PUT","url":"Condition/anne-con"}"#;
        entries.push(format!(r#"{{"resource":{},{put}}}"#, mild(RESOURCES[3])));
    }
    format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(","))
}
