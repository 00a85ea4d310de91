//! Choices and grants as whole requests: what a person chooses holds for the next request of those it is about, can be undone,
//! is hers alone to change, and a form that is wrong changes nothing.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use gate::{Action, Purpose, Relation, Role};
use http_body_util::BodyExt;
use testkit::{Person, World, citizen, clinician};
use tower::ServiceExt;
use trust::{Options, Persona, Trust};

const RESOURCES: [&str; 9] = [
    r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery","type":[{"text":"GP practice"}]}"#,
    r#"{"resourceType":"Organization","id":"royal","name":"Royal Hospital","type":[{"text":"Hospital"}]}"#,
    r#"{"resourceType":"Organization","id":"pills","name":"Elm Pharmacy","type":[{"text":"Community pharmacy"}]}"#,
    r#"{"resourceType":"Practitioner","id":"reed","name":[{"text":"Dr Rowan Reed"}]}"#,
    r#"{"resourceType":"Patient","id":"anne","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"text":"Anne Archer"}],"birthDate":"1950-03-04","generalPractitioner":[{"reference":"Organization/elm"}]}"#,
    r#"{"resourceType":"Patient","id":"ben","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}],"name":[{"text":"Ben Bell"}],"birthDate":"1980-02-03"}"#,
    r#"{"resourceType":"Encounter","id":"visit","status":"in-progress","class":{"code":"EMER"},"subject":{"reference":"Patient/anne"},"participant":[{"individual":{"reference":"Practitioner/reed"}}],"serviceProvider":{"reference":"Organization/royal"},"period":{"start":"2026-11-22T08:00:00Z"}}"#,
    r#"{"resourceType":"Condition","id":"drink","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"7200002","display":"Alcoholism"}]},"subject":{"reference":"Patient/anne"}}"#,
    r#"{"resourceType":"Condition","id":"pressure","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"text":"Raised blood pressure"},"subject":{"reference":"Patient/anne"}}"#,
];

struct Town {
    world: World,
    pages: Router,
}

impl Town {
    fn open() -> Self {
        let world = World::new();
        RESOURCES.iter().for_each(|resource| world.put(resource));
        let people = [("anne", citizen("anne")), ("ben", citizen("ben")), ("doctor", clinician("reed", "royal"))];
        let personas = people.map(|(id, person)| persona(id, &person)).to_vec();
        let trust = Trust::new(world.record().clone(), world.gate(), Options { personas, ..Options::default() });
        let pages = trust.protect(trust.routes().merge(citizen::routes()).into_router());
        Self { world, pages }
    }

    async fn send(&self, request: axum::http::request::Builder, body: &str) -> (StatusCode, String, String) {
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.pages.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = answer.status();
        let cookie = answer.headers().get(header::SET_COOKIE).map(|value| value.to_str().unwrap().to_owned());
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let cookie = cookie.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
        (status, String::from_utf8_lossy(&bytes).into_owned(), cookie)
    }

    async fn sign_in(&self, form: &str) -> String {
        self.send(Request::post("/sign-in"), form).await.2
    }

    async fn get(&self, cookie: &str, path: &str) -> (StatusCode, String) {
        let (status, body, _) = self.send(Request::get(path).header(header::COOKIE, cookie), "").await;
        (status, body)
    }

    async fn post(&self, cookie: &str, path: &str, form: &str) -> (StatusCode, String) {
        let (status, body, _) = self.send(Request::post(path).header(header::COOKIE, cookie), form).await;
        (status, body)
    }

    /// The conditions that somebody sees, by id.
    fn seen(&self, person: &Person) -> Vec<String> {
        let found = self.world.found(person, "Condition", &[("_sort", "_id")]).unwrap();
        found.iter().map(|name| name.trim_start_matches("Condition/").to_owned()).collect()
    }

    /// How many Consents stand in her record, in force or not.
    fn consents(&self) -> usize {
        self.world.found(&citizen("anne"), "Consent", &[]).unwrap().len()
    }
}

fn persona(id: &str, person: &Person) -> Persona {
    Persona {
        id: id.to_owned(),
        title: String::new(),
        about: String::new(),
        asker: person.asker.as_ref().clone(),
        acts_for: Vec::new(),
    }
}

/// The value of the first hidden field of this name.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

const ALCOHOL: &str = "way=topic&what=Alcohol&from=practice";

#[tokio::test]
async fn a_choice_is_previewed_then_holds_for_the_next_request_and_is_undone() {
    let town = Town::open();
    let (anne, hospital, practice) =
        (town.sign_in("persona=anne").await, clinician("reed", "royal"), clinician("khan", "elm"));
    assert_eq!(town.seen(&hospital), ["drink", "pressure"]);

    let (status, preview) = town.post(&anne, "/my/choices/preview", ALCOHOL).await;
    assert_eq!(status, StatusCode::OK, "{preview}");
    assert!(preview.contains("What is about alcohol is hidden from everybody but Elm Surgery."), "{preview}");
    assert!(preview.contains("This hides 1 entry from a doctor or nurse in A&amp;E, Royal Hospital."), "{preview}");
    assert!(preview.contains("This changes nothing for a pharmacist, Elm Pharmacy."), "{preview}");
    assert!(preview.contains("This changes nothing for your GP practice, Elm Surgery."), "{preview}");
    assert!(preview.contains("Alcoholism"), "{preview}");
    assert_eq!((town.seen(&hospital).len(), town.consents()), (2, 0), "a preview changes nothing");

    assert_eq!(town.post(&anne, "/my/choices/save", ALCOHOL).await.0, StatusCode::SEE_OTHER);
    assert_eq!(town.seen(&hospital), ["pressure"]);
    assert_eq!(town.seen(&practice), ["drink", "pressure"]);
    assert_eq!(town.seen(&citizen("anne")), ["drink", "pressure"]);

    let page = town.get(&anne, "/my/choices").await.1;
    assert!(page.contains("What is about alcohol is hidden") && page.contains("22 November 2026"), "{page}");
    let id = format!("id={}", hidden(&page, "id"));
    let stop = town.post(&anne, "/my/choices/stop", &id).await.1;
    assert!(stop.contains("This shows 1 entry again to a doctor or nurse in A&amp;E, Royal Hospital."), "{stop}");
    assert_eq!(town.seen(&hospital), ["pressure"], "asking changes nothing");
    assert_eq!(town.post(&anne, "/my/choices/end", &id).await.0, StatusCode::SEE_OTHER);

    assert_eq!(town.seen(&hospital), ["drink", "pressure"]);
    let page = town.get(&anne, "/my/choices").await.1;
    assert!(page.contains("Choices that have ended") && page.contains("Ended on 22 November 2026"), "{page}");
    assert!(town.world.found(&hospital, "Consent", &[]).unwrap().is_empty(), "staff learn of a past choice");
}

#[tokio::test]
async fn each_way_to_choose_hides_what_it_says_from_whom_it_says() {
    let all = ["drink", "pressure"];
    let ways: [(&str, &[&str], &[&str]); 5] = [
        ("way=practice", &[], &all),
        ("way=topic&what=Alcohol&from=everybody", &["pressure"], &["pressure"]),
        ("way=entry&what=Condition/pressure&from=practice", &["drink"], &all),
        ("way=organisation&what=Organization/royal", &[], &all),
        ("way=professional&what=Practitioner/reed", &[], &all),
    ];
    for (form, hospital, practice) in ways {
        let town = Town::open();
        let anne = town.sign_in("persona=anne").await;
        assert_eq!(town.post(&anne, "/my/choices/preview", form).await.0, StatusCode::OK, "{form}");
        assert_eq!(town.post(&anne, "/my/choices/save", form).await.0, StatusCode::SEE_OTHER, "{form}");

        assert_eq!(town.seen(&clinician("reed", "royal")), hospital, "{form}");
        assert_eq!(town.seen(&clinician("khan", "elm")), practice, "{form}");
    }
}

#[tokio::test]
async fn an_answer_about_research_is_previewed_takes_the_place_of_the_one_before_and_is_taken_back() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    let seen = town.seen(&clinician("reed", "royal"));

    let (_, preview) = town.post(&anne, "/my/choices/preview", "way=research&what=yes").await;
    assert!(preview.contains("Your GP practice may ask you to take part in research."), "{preview}");
    assert!(preview.contains("No researcher learns who you are") && preview.contains("This changes nothing for"));
    assert!(!preview.contains("such as an allergy"), "it hides nothing");
    assert_eq!(town.consents(), 0, "a preview keeps nothing");

    for answer in ["yes", "no"] {
        let (status, _) = town.post(&anne, "/my/choices/save", &format!("way=research&what={answer}")).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
    let (_, page) = town.get(&anne, "/my/choices").await;
    let (made, ended) = page.split_once("Choices that have ended").unwrap();
    assert!(made.contains("Nobody may ask you to take part in research."), "{page}");
    assert!(ended.contains("Your GP practice may ask you to take part in research."), "{page}");
    assert_eq!(town.seen(&clinician("reed", "royal")), seen, "it opens and closes nothing");

    let (_, stop) = town.post(&anne, "/my/choices/stop", &format!("id={}", hidden(&page, "id"))).await;
    let (status, _) = town.post(&anne, "/my/choices/end", &format!("id={}", hidden(&stop, "id"))).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, page) = town.get(&anne, "/my/choices?done=taken-back").await;
    assert!(page.contains("Your answer is taken back") && page.contains("No choices so far"), "{page}");
}

#[tokio::test]
async fn a_form_that_is_wrong_says_so_at_its_field_and_changes_nothing() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    let wrong = [
        ("way=topic", "Choose a topic"),
        ("way=topic&what=Nonsense", "Choose a topic"),
        ("way=topic&what=Alcohol", "Choose from whom to hide it"),
        ("way=entry&what=Condition/nobodys", "Choose an entry of your record"),
        ("way=entry&what=Organization/royal", "Choose an entry of your record"),
        ("way=organisation&what=Organization/elsewhere", "Choose an organisation"),
        ("way=professional&what=Patient/ben", "Choose a professional"),
        ("way=research&what=perhaps", "Choose whether you may be asked"),
    ];
    for (form, says) in wrong {
        for path in ["/my/choices/preview", "/my/choices/save"] {
            let (status, page) = town.post(&anne, path, form).await;
            assert_eq!(status, StatusCode::OK, "{form}");
            assert!(page.contains("There is a problem") && page.contains(says), "{form}: {page}");
        }
    }
    assert_eq!(town.post(&anne, "/my/choices/save", "way=nonsense").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(town.post(&anne, "/my/choices/end", "id=nonsense").await.0, StatusCode::NOT_FOUND);
    assert_eq!(town.consents(), 0);

    town.post(&anne, "/my/choices/save", ALCOHOL).await;
    assert!(town.post(&anne, "/my/choices/save", ALCOHOL).await.1.contains("made this choice already"));
    assert_eq!(town.consents(), 1);
}

/// Everything that changes something here, as somebody would send it.
fn changes(id: &str) -> [(&'static str, String); 4] {
    [
        ("/my/choices/save", ALCOHOL.to_owned()),
        ("/my/choices/end", format!("id={id}")),
        ("/my/people/grant", format!("{GRANT}&pressed=no")),
        ("/my/people/stop", format!("id={id}")),
    ]
}

#[tokio::test]
async fn nobody_and_the_wrong_person_change_nothing() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    town.post(&anne, "/my/choices/save", "way=practice").await;
    let id = hidden(&town.get(&anne, "/my/choices").await.1, "id");
    let (ben, doctor) = (town.sign_in("persona=ben").await, town.sign_in("persona=doctor").await);

    for (path, form) in changes(&id) {
        assert_eq!(town.post("", path, &form).await.0, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(town.post(&doctor, path, &form).await.0, StatusCode::FORBIDDEN, "{path}");
        let (status, _) = town.post(&ben, path, &form).await;
        assert!(
            status == StatusCode::NOT_FOUND || path.ends_with("save") || path.ends_with("grant"),
            "{path} {status}"
        );
    }
    assert_eq!(town.consents(), 1);
    assert!(town.seen(&clinician("reed", "royal")).is_empty());
}

const GRANT: &str = "name=Ben&nhs_number=999+000+0026&born-day=3&born-month=2&born-year=1980&until-day=1&until-month=2&until-year=2027\
     &sees=all&terms=copies";

#[tokio::test]
async fn somebody_is_let_in_sees_and_changes_nothing_and_is_stopped_by_the_person() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    assert_eq!(town.sign_in("persona=ben&acting_for=anne").await, "");

    assert!(town.post(&anne, "/my/people/check", GRANT).await.1.contains("pressing you to do this?"));
    assert_eq!(town.consents(), 0, "a check changes nothing");
    assert_eq!(town.post(&anne, "/my/people/grant", &format!("{GRANT}&pressed=no")).await.0, StatusCode::SEE_OTHER);
    let page = town.get(&anne, "/my/people").await.1;
    assert!(page.contains("Stop Ben acting for me") && page.contains("until 1 February 2027 at the latest"), "{page}");
    assert_eq!(town.seen(&clinician("reed", "royal")), ["drink", "pressure"], "a grant limits nobody else");

    let ben = town.sign_in("persona=ben").await;
    assert!(town.get(&ben, "/my").await.1.contains("Open the record of"), "the way to her record is offered");
    let acting = town.sign_in("persona=ben&acting_for=anne").await;
    assert!(town.get(&acting, "/my/record/conditions").await.1.contains("Raised blood pressure"));
    let choices = town.get(&acting, "/my/choices").await.1;
    assert!(choices.contains("Only Anne Archer can change them"), "{choices}");
    for (path, form) in changes("x").iter().take(3) {
        let status = town.post(&acting, path, form).await.0;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(town.consents(), 1);

    let id = format!("id={}", hidden(&page, "id"));
    assert_eq!(town.post(&anne, "/my/people/stop", &id).await.0, StatusCode::SEE_OTHER);
    assert_eq!(town.get(&acting, "/my/record/conditions").await.0, StatusCode::NOT_FOUND);
    assert!(town.get(&anne, "/my/people").await.1.contains("Ended"));
}

/// A grant to see results and appointments only, without copies.
fn a_part() -> String {
    GRANT.replace("sees=all&terms=copies", "sees=Results&sees=Appointments")
}

#[tokio::test]
async fn whoever_was_let_see_a_part_sees_that_part_and_is_told_so() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    let check = town.post(&anne, "/my/people/check", &a_part()).await.1;
    assert!(
        check.contains("Appointments, test results and measurements") && check.contains("They may take none"),
        "{check}"
    );
    town.post(&anne, "/my/people/grant", &format!("{}&pressed=no", a_part())).await;
    let page = town.get(&anne, "/my/people").await.1;
    assert!(page.contains("They see: appointments, test results and measurements"), "{page}");

    let acting = town.sign_in("persona=ben&acting_for=anne").await;
    let home = town.get(&acting, "/my").await.1;
    assert!(home.contains("see a part of the record: appointments, test results and measurements"), "{home}");
    for closed in ["/my/record/medicines", "/my/who-looked", "/my/rights", "/my/choices", "/my/record/download"] {
        assert!(!home.contains(&format!("href=\"{closed}\"")), "{closed} is offered");
    }
    let conditions = town.get(&acting, "/my/record/conditions").await.1;
    assert!(!conditions.contains("Raised blood pressure"), "{conditions}");
    assert!(conditions.contains("not among what Anne Archer let you see"), "{conditions}");
    let record = town.get(&acting, "/my/record").await.1;
    assert!(record.contains("Test results") && !record.contains("Health conditions"), "{record}");
    assert!(!record.contains("Take a copy"), "{record}");
    for closed in ["/my/who-looked", "/my/rights", "/my/choices"] {
        let (status, page) = town.get(&acting, closed).await;
        assert!(status == StatusCode::FORBIDDEN && page.contains("has not let you see this part"), "{closed}");
    }
    assert_ne!(town.get(&acting, "/my/record/download").await.0, StatusCode::OK, "nothing may be copied");
    assert!(town.get(&acting, "/my/people").await.1.contains("Stop acting for Anne Archer"));
}

#[tokio::test]
async fn an_ended_grant_says_why_in_the_way_of_the_national_service() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    town.post(&anne, "/my/people/grant", &format!("{}&pressed=no", a_part())).await;
    let id = hidden(&town.get(&anne, "/my/people").await.1, "id");
    town.post(&anne, "/my/people/stop", &format!("id={id}")).await;

    let bytes = town.world.read(&citizen("anne"), &format!("Consent/{id}")).unwrap().body;
    let ended: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let reasons: Vec<_> = ended["extension"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["url"].as_str().unwrap().ends_with("Consent-Status-Reason"))
        .collect();
    assert_eq!((reasons.len(), ended["status"].as_str()), (1, Some("inactive")));
    assert_eq!(reasons[0]["valueCodeableConcept"]["coding"][0]["code"], "OTHER");
    assert_eq!(reasons[0]["valueCodeableConcept"]["text"], "Ended by the person whose record it is");
}

#[tokio::test]
async fn whoever_acts_for_somebody_can_stop() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    town.post(&anne, "/my/people/grant", &format!("{}&pressed=no", a_part())).await;
    let acting = town.sign_in("persona=ben&acting_for=anne").await;
    let page = town.get(&acting, "/my/people").await.1;
    assert!(page.contains("Stop acting for Anne Archer"), "{page}");

    let id = format!("id={}", hidden(&page, "id"));
    let (status, page) = town.post(&acting, "/my/people/stop", &id).await;
    assert!(status == StatusCode::OK && page.contains("can no longer open the record of Anne Archer"), "{page}");
    assert_eq!(town.get(&acting, "/my/people").await.0, StatusCode::NOT_FOUND);
}

/// What a court has ordered for Anne, as her practice would record it.
const ORDER: &str = r#"{"resourceType":"Consent","id":"order","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/anne"},"policyRule":{"coding":[{"system":"https://fhir.nhs.uk/England/CodeSystem/England-NHSProxyLegalBasis","code":"court-appointed-personal-welfare-deputy","display":"Court appointed personal welfare deputy"}]},"provision":{"type":"permit","period":{"start":"2026-11-01","end":"2027-11-01"},"actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/ben","display":"Ben Bell"}}]}}"#;

#[tokio::test]
async fn what_a_court_has_ordered_the_person_cannot_end_and_is_told_whom_to_ask_and_the_deputy_can() {
    let town = Town::open();
    town.world.put(ORDER);
    let anne = town.sign_in("persona=anne").await;
    let page = town.get(&anne, "/my/people").await.1;
    assert!(page.contains("A court has ordered") && page.contains("0300 456 0300"), "{page}");
    assert!(!page.contains("Stop Ben Bell acting for me"), "{page}");

    let (status, page) = town.post(&anne, "/my/people/stop", "id=order").await;
    assert!(status == StatusCode::FORBIDDEN && page.contains("Your GP practice can tell you more"), "{page}");
    let ended = town.post(&anne, "/my/choices/end", "id=order").await.0;
    assert_eq!(ended, StatusCode::NOT_FOUND, "nor by way of her choices");
    let acting = town.sign_in("persona=ben&acting_for=anne").await;
    assert!(town.get(&acting, "/my/record/conditions").await.1.contains("Raised blood pressure"));

    assert_eq!(town.post(&acting, "/my/people/stop", "id=order").await.0, StatusCode::OK);
    assert_eq!(town.get(&acting, "/my/record/conditions").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whoever_was_let_act_opens_that_record_and_goes_back_without_signing_in_again() {
    let town = Town::open();
    let (anne, ben) = (town.sign_in("persona=anne").await, town.sign_in("persona=ben").await);
    let open = |cookie: String, form: &'static str| {
        let sent = Request::post("/account/record").header(header::COOKIE, cookie);
        town.send(sent, form)
    };
    assert_eq!(open(ben.clone(), "patient=anne").await.0, StatusCode::NOT_FOUND);
    assert!(town.get(&ben, "/my/others").await.1.contains("Nobody else lets you act for them now"));
    town.post(&anne, "/my/people/grant", &format!("{GRANT}&pressed=no")).await;

    assert!(town.get(&ben, "/my/others").await.1.contains("Open the record of Anne Archer"));
    let (status, _, acting) = open(ben.clone(), "patient=anne").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(town.get(&acting, "/my/record/conditions").await.1.contains("Raised blood pressure"));
    assert_eq!(town.get(&ben, "/my").await.0, StatusCode::UNAUTHORIZED, "the secret has changed");
    assert_eq!(open(acting.clone(), "patient=nobody").await.0, StatusCode::NOT_FOUND);

    let page = town.get(&anne, "/my/people").await.1;
    town.post(&anne, "/my/people/stop", &format!("id={}", hidden(&page, "id"))).await;
    let (status, page) = town.get(&acting, "/my/record").await;
    assert!(status == StatusCode::NOT_FOUND && page.contains("Go back to your own record"), "{page}");
    let back = open(acting, "patient=").await.2;
    assert!(town.get(&back, "/my").await.1.contains("Hello, Ben"));
}

#[tokio::test]
async fn a_grant_ends_by_itself() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    town.post(&anne, "/my/people/grant", &format!("{GRANT}&pressed=no")).await;
    let ben = testkit::proxy("ben", "anne");
    assert_eq!(town.seen(&ben).len(), 2);

    town.world.clock().advance(73 * 24 * 60 * 60 * 1000);
    assert!(town.seen(&ben).is_empty());
}

#[tokio::test]
async fn under_pressure_nothing_changes_and_help_is_named() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;

    let (status, page) = town.post(&anne, "/my/people/grant", &format!("{GRANT}&pressed=yes")).await;
    assert!(status == StatusCode::OK && page.contains("Nothing has changed") && page.contains("999"), "{page}");
    let unsaid = town.post(&anne, "/my/people/grant", GRANT).await.1;
    assert!(unsaid.contains("Say whether you decide this freely"), "{unsaid}");
    assert_eq!(town.consents(), 0);
}

#[tokio::test]
async fn no_page_tells_whether_a_number_is_anybodys() {
    let answers = |number: &'static str, day: &'static str| async move {
        let town = Town::open();
        let anne = town.sign_in("persona=anne").await;
        let form = GRANT.replace("999+000+0026", number).replace("born-day=3", day);
        let check = town.post(&anne, "/my/people/check", &form).await.1;
        let granted = town.post(&anne, "/my/people/grant", &format!("{form}&pressed=no")).await.0;
        let page = town.get(&anne, "/my/people").await.1;
        let told = |text: String| text.replace("999 000 0034", "999 000 0026").replace("9990000034", "9990000026");
        (
            told(check).replace("999+000+0034", "999+000+0026").replace("999 000 0034", "999 000 0026"),
            granted,
            told(page),
        )
    };

    let (known, unknown) = (answers("9990000026", "born-day=3").await, answers("9990000034", "born-day=3").await);
    assert_eq!(known, unknown);
    let wrong_birthday = answers("9990000026", "born-day=4").await;
    assert_eq!((known.1, known.2), (wrong_birthday.1, wrong_birthday.2));
}

#[tokio::test]
async fn a_grant_that_cannot_be_right_is_told_what_is_wrong() {
    let town = Town::open();
    let anne = town.sign_in("persona=anne").await;
    let wrong = [
        ("name=Ben", "name=", "name"),
        ("999+000+0026", "9990000027", "at least one digit is wrong"),
        ("999+000+0026", "999000002", "10 digits"),
        ("999+000+0026", "9990000018", "your own NHS number"),
        ("born-month=2", "born-month=", "Date of birth must include a month"),
        ("born-month=2", "born-month=13", "must be a real date"),
        ("born-year=1980", "born-year=2027", "must be in the past"),
        ("until-year=2027", "until-year=2028", "within a year: 22 November 2027"),
        ("until-year=2027", "until-year=2026", "today or later"),
        ("&sees=all", "", "Tick what they may see"),
        ("&sees=all", "&sees=nonsense", "Tick what they may see"),
        ("&sees=all", "&sees=all&sees=Results", "not both"),
    ];
    for (right, changed, says) in wrong {
        let form = format!("{}&pressed=no", GRANT.replacen(right, changed, 1));
        let page = town.post(&anne, "/my/people/grant", &form).await.1;
        assert!(page.contains("There is a problem") && page.contains(says), "{changed}: {page}");
    }
    assert_eq!(town.consents(), 0);
}

#[test]
fn nobody_may_read_for_research_as_the_page_says() {
    let world = World::new();
    let patient = fhir::ResourceType::PATIENT;
    for role in Role::ALL.iter().filter(|role| !role.is_machine()) {
        let person = Person { purpose: Purpose::Research, ..testkit::officer(*role, Purpose::Research) };
        let Ok(permit) = world.permit(&person, Action::Search) else { continue };
        assert_eq!(*role, Role::Researcher);
        assert!(
            !permit.allows(patient, Action::Search) && permit.scopes().all(|scope| scope.relation == Relation::Nobody)
        );
    }
}
