//! Who may give codes, to whom, and what it ends: whole requests against a place with a surgery, a desk and an administrator.
//!
//! `device` makes and uses passkeys; a journey walks the same in a real browser.

mod device;

use super::{Account, Passkeys, find};
use crate::provider::{Doors, KnownRole, Web, WebError};
use crate::sessions::{Session, Way};
use crate::tests::{Server, get_page, id, post};
use axum::http::{Request, Response, StatusCode, header};
use device::{Device, PRESENT};
use gate::{AgentId, Asker, Language, Organisation, Role};
use serde_json::Value;
use std::sync::Arc;

/// Nobody is asked.
struct NoWeb;

impl Web for NoWeb {
    fn ask(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, WebError> {
        Err(WebError("there is no provider".to_owned()))
    }
}

fn known(code: &str, role: Role) -> KnownRole {
    KnownRole { code: code.to_owned(), role, at: Vec::new() }
}

fn house() -> Server {
    let roles = vec![known("R8009", Role::Receptionist), known("R8015", Role::Administrator)];
    let doors = Doors {
        address: "http://localhost:8080".to_owned(),
        providers: Vec::new(),
        web: Arc::new(NoWeb),
        passkeys: Some(Arc::new(Passkeys::new("http://localhost:8080", roles).unwrap())),
        proxies: Vec::new(),
    };
    let server = Server::named(None, 1, crate::Options { doors: Some(doors), ..crate::Options::default() });
    for resource in [
        r#"{"resourceType":"Patient","id":"mrs-a","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"given":["Ann"],"family":"Archer"}],"birthDate":"1944-03-14","generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery"}"#,
        r#"{"resourceType":"Organization","id":"oak","name":"Oak Surgery"}"#,
        r#"{"resourceType":"Practitioner","id":"bell","identifier":[{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"555900000007"}],"name":[{"family":"Bell"}]}"#,
        r#"{"resourceType":"PractitionerRole","id":"bell-elm","active":true,"practitioner":{"reference":"Practitioner/bell"},"organization":{"reference":"Organization/elm"},"code":[{"coding":[{"code":"R8009"}]}]}"#,
        r#"{"resourceType":"Practitioner","id":"adams","identifier":[{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"555900000008"}],"name":[{"family":"Adams"}]}"#,
        r#"{"resourceType":"PractitionerRole","id":"adams-elm","active":true,"practitioner":{"reference":"Practitioner/adams"},"organization":{"reference":"Organization/elm"},"code":[{"coding":[{"code":"R8015"}]}]}"#,
        r#"{"resourceType":"Practitioner","id":"roe","identifier":[{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"555900000009"}],"name":[{"family":"Roe"}]}"#,
        r#"{"resourceType":"PractitionerRole","id":"roe-oak","active":true,"practitioner":{"reference":"Practitioner/roe"},"organization":{"reference":"Organization/oak"},"code":[{"coding":[{"code":"R8009"}]}]}"#,
    ] {
        server.put(resource);
    }
    server
}

/// The cookie of somebody who has just signed in with her passkey.
fn signed_in(server: &Server, who: &str, (role, place): (Role, &str)) -> String {
    let organisation = Some(Organisation { id: id(place), name: place.to_owned() });
    let acts_as = vec![
        format!("Organization/{place}"),
        who.to_owned(),
        format!("PractitionerRole/{}-{place}", who.rsplit('/').next().unwrap()),
    ];
    let acts_as = if role == Role::Citizen { Vec::new() } else { acts_as };
    let patient = (role == Role::Citizen).then(|| id("mrs-a"));
    let organisation = if role == Role::Citizen { None } else { organisation };
    let asker = Asker { organisation, acts_as, patient, ..Asker::new(AgentId::parse(who).unwrap(), who, role) };
    let record = server.trust.record();
    let session =
        Session::new(record, &Arc::new(asker), Way::Passkey("made-elsewhere".to_owned()), super::LEVEL).unwrap();
    let cookie = server.trust.sessions().begin(record, session).unwrap();
    cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}

fn bell(server: &Server) -> String {
    signed_in(server, "Practitioner/bell", (Role::Receptionist, "elm"))
}

const ANN: &str = "number=999+000+0018&born-day=14&born-month=3&born-year=1944&checked=passport";

/// Gives a code; gives the page.
async fn give(server: &Server, cookie: &str, form: &str) -> (StatusCode, String) {
    let (answer, page) = server.answer(post("/passkey/codes", form, Some(cookie))).await;
    (answer.status(), page)
}

/// The code on a page.
fn code_on(page: &str) -> String {
    let after = page.split("nhsuk-u-nowrap\">").nth(1).unwrap();
    after.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn reception_gives_a_code_to_somebody_of_its_own_practice_after_checking_who_she_is() {
    let server = house();
    let cookie = bell(&server);

    let (status, page) = give(&server, &cookie, ANN).await;

    assert_eq!(status, StatusCode::OK, "{page}");
    let code = code_on(&page);
    let (who, _) = find(server.trust.record(), &code).unwrap().unwrap();
    assert_eq!(who.as_str(), "Patient/mrs-a");
    let logged = server.logged().into_iter().rfind(|entry| entry.draft.action == "GivePasskeyCode").unwrap().draft;
    assert_eq!((logged.who.as_str(), logged.query.as_str()), ("Practitioner/bell", "Patient/mrs-a"));
    assert!(!server.logged().iter().any(|entry| format!("{:?}", entry.draft).contains(&code)));
    let (_, page) = server.answer(post("/passkey/new", &format!("code={code}"), None)).await;
    assert!(page.contains("data-passkey=\"make\"") && page.contains("Ann Archer"), "{page}");
    let account = Account::of(server.trust.record(), &who).unwrap();
    assert_eq!(account.given.first().map(|given| given.checked.as_str()), Some("a passport"));
}

#[tokio::test]
async fn what_is_not_of_the_practice_and_what_is_not_there_are_the_same_to_reception() {
    let server = house();
    let roe = signed_in(&server, "Practitioner/roe", (Role::Receptionist, "oak"));
    let mut pages = Vec::new();
    for (number, year) in [("9990000018", "1944"), ("9990000018", "1945"), ("9990000026", "1944")] {
        let form = format!("number={number}&born-day=14&born-month=3&born-year={year}&checked=passport");
        let (status, page) = give(&server, &roe, &form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("Nobody here fits that, or not in your practice"), "{page}");
        pages.push(page.replace(number, "").replace(year, ""));
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
}

#[tokio::test]
async fn nobody_else_gives_codes_nobody_gives_one_to_herself_and_nobody_without_checking() {
    let server = house();
    let gp = signed_in(&server, "Practitioner/bell", (Role::Gp, "elm"));
    let ann = signed_in(&server, "Patient/mrs-a", (Role::Citizen, "elm"));
    let adams = signed_in(&server, "Practitioner/adams", (Role::Administrator, "elm"));

    let (answer, _) = server.answer(post("/passkey/codes", ANN, None)).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    // No line of the configuration makes anybody here a GP, so that session is over.
    assert_eq!(give(&server, &gp, ANN).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(give(&server, &ann, ANN).await.0, StatusCode::FORBIDDEN);
    assert_eq!(give(&server, &adams, "number=555900000008&checked=passport").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(give(&server, &adams, "number=555900000007&checked=").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(give(&server, &adams, "number=555900000007&checked=passport").await.0, StatusCode::OK);
    server.clock.advance(15 * 60_000);
    assert_eq!(
        give(&server, &adams, "number=555900000007&checked=passport").await.0,
        StatusCode::SEE_OTHER,
        "confirm first"
    );
}

#[tokio::test]
async fn a_code_is_over_after_a_day_and_when_another_was_given() {
    let server = house();
    let cookie = bell(&server);
    let first = code_on(&give(&server, &cookie, ANN).await.1);
    let second = code_on(&give(&server, &cookie, ANN).await.1);

    assert!(find(server.trust.record(), &first).unwrap().is_none());
    assert!(find(server.trust.record(), &second).unwrap().is_some());
    server.clock.advance(super::LIFE_MS);
    assert!(find(server.trust.record(), &second).unwrap().is_none());
}

const HERE: &str = "http://localhost:8080";

/// What a page tells the browser, and the cookie under which the server waits.
fn told(answer: &Response<()>, page: &str) -> (Value, String) {
    let text = page.split("data-passkey-told=\"").nth(1).unwrap().split('"').next().unwrap().replace("&quot;", "\"");
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    (serde_json::from_str(&text).unwrap(), cookie)
}

fn form(name: &str, value: &str) -> String {
    format!("{name}={}", percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC))
}

/// Makes a passkey with a code; gives the answer to it.
async fn make(server: &Server, device: &mut Device, code: &str) -> Response<()> {
    let (answer, page) = server.answer(post("/passkey/new", &form("code", code), None)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{page}");
    let (told, cookie) = told(&answer, &page);
    server.answer(post("/passkey/made", &form("answer", &device.makes(&told)), Some(&cookie))).await.0
}

/// Signs in with a passkey; gives the last answer.
async fn sign_in(server: &Server, device: &Device) -> Response<()> {
    let (answer, page) = server.answer(get_page("/passkey/sign-in?back=/my/record", None)).await;
    let (told, cookie) = told(&answer, &page);
    server.answer(post("/passkey/sign-in", &form("answer", &device.uses(&told)), Some(&cookie))).await.0
}

/// The session that an answer begins.
fn session_of(answer: &Response<()>) -> String {
    let set = answer.headers().get_all(header::SET_COOKIE).iter().map(|one| one.to_str().unwrap());
    let mut begun = set.filter(|one| one.starts_with("commonweal-session="));
    begun.next().unwrap().split(';').next().unwrap().to_owned()
}

/// Mrs A's device, with a passkey made by a code from reception.
async fn device_of_ann(server: &Server) -> Device {
    let mut device = Device::new(7, HERE);
    let code = code_on(&give(server, &bell(server), ANN).await.1);
    assert_eq!(make(server, &mut device, &code).await.headers()[header::LOCATION], "/passkey/sign-in?made=yes");
    device
}

#[tokio::test]
async fn a_passkey_made_with_a_code_signs_in_and_the_code_is_used() {
    let server = house();
    let mut device = Device::new(7, HERE);
    let code = code_on(&give(&server, &bell(&server), ANN).await.1);
    let (first, second) = {
        let page = |_| server.answer(post("/passkey/new", &form("code", &code), None));
        (page(1).await, page(2).await)
    };
    let (first, second) = (told(&first.0, &first.1), told(&second.0, &second.1));
    let made = server.answer(post("/passkey/made", &form("answer", &device.makes(&first.0)), Some(&first.1))).await.0;
    assert_eq!(made.status(), StatusCode::SEE_OTHER);

    let (again, _) = server
        .answer(post("/passkey/made", &form("answer", &Device::new(8, HERE).makes(&second.0)), Some(&second.1)))
        .await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN, "a code makes one passkey, however many pages wait for it");
    let answer = sign_in(&server, &device).await;

    assert_eq!(answer.headers()[header::LOCATION], "/my/record");
    let (_, who) = server.answer(get_page("/who", Some(&session_of(&answer)))).await;
    assert_eq!(who, r#"Ann Archer Some(ResourceId("mrs-a"))"#);
    let (_, page) = server.answer(get_page("/account/devices", Some(&session_of(&answer)))).await;
    assert!(
        page.contains("With a passkey, with proof of who you are") && page.contains("who checked a passport"),
        "{page}"
    );
}

#[tokio::test]
async fn a_passkey_used_elsewhere_unverified_or_for_another_challenge_signs_nobody_in() {
    let server = house();
    let mut device = device_of_ann(&server).await;

    device.flags = PRESENT;
    assert_eq!(sign_in(&server, &device).await.status(), StatusCode::FORBIDDEN);
    device.flags = device::VERIFIED;
    for origin in ["http://localhost:8081", "https://localhost:8080", "http://evil.example"] {
        device.origin = origin.to_owned();
        assert_eq!(sign_in(&server, &device).await.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    device.origin = HERE.to_owned();
    let (one, other) = (get_page("/passkey/sign-in", None), get_page("/passkey/sign-in", None));
    let ((one, page), (other, other_page)) = (server.answer(one).await, server.answer(other).await);
    let ((asked, _), (_, cookie)) = (told(&one, &page), told(&other, &other_page));
    let (answer, _) =
        server.answer(post("/passkey/sign-in", &form("answer", &device.uses(&asked)), Some(&cookie))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "an answer to another question");

    assert_eq!(sign_in(&server, &device).await.status(), StatusCode::SEE_OTHER);
    let stranger = Device::new(9, HERE);
    assert_eq!(sign_in(&server, &stranger).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_passkey_whose_owner_is_removed_from_the_directory_or_has_died_signs_nobody_in() {
    let server = house();
    let device = device_of_ann(&server).await;
    server.put(r#"{"resourceType":"Patient","id":"mrs-a","deceasedBoolean":true,"birthDate":"1944-03-14","generalPractitioner":[{"reference":"Organization/elm"}]}"#);

    assert_eq!(sign_in(&server, &device).await.status(), StatusCode::FORBIDDEN);

    let adams = signed_in(&server, "Practitioner/adams", (Role::Administrator, "elm"));
    let code = code_on(&give(&server, &adams, "number=555900000007&checked=passport").await.1);
    let mut hers = Device::new(11, HERE);
    make(&server, &mut hers, &code).await;
    assert_eq!(sign_in(&server, &hers).await.status(), StatusCode::SEE_OTHER);
    server.put(r#"{"resourceType":"PractitionerRole","id":"bell-elm","active":false,"practitioner":{"reference":"Practitioner/bell"},"organization":{"reference":"Organization/elm"},"code":[{"coding":[{"code":"R8009"}]}]}"#);
    assert_eq!(sign_in(&server, &hers).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn with_her_passkey_she_confirms_adds_another_and_removes_one() {
    let server = house();
    let device = device_of_ann(&server).await;
    let cookie = session_of(&sign_in(&server, &device).await);
    server.clock.advance(6 * 60_000);
    let (answer, _) = server.answer(get_page("/account/passkeys/add", Some(&cookie))).await;
    assert_eq!(answer.headers()[header::LOCATION], "/sign-in/again?back=/account/passkeys/add");

    let (answer, page) =
        server.answer(get_page("/passkey/sign-in?again=yes&back=/account/passkeys/add", Some(&cookie))).await;
    let (asked, waiting) = told(&answer, &page);
    let both = format!("{cookie}; {waiting}");
    let (answer, _) = server.answer(post("/passkey/sign-in", &form("answer", &device.uses(&asked)), Some(&both))).await;
    assert_eq!(answer.headers()[header::LOCATION], "/account/passkeys/add");
    assert_eq!(
        server.logged().into_iter().rfind(|entry| entry.draft.action == "Reauthenticate").unwrap().draft.who,
        "Patient/mrs-a"
    );
    let cookie = session_of(&answer);

    let (answer, page) = server.answer(get_page("/account/passkeys/add", Some(&cookie))).await;
    let (asked, waiting) = told(&answer, &page);
    let mut second = Device::new(8, HERE);
    let both = format!("{cookie}; {waiting}");
    server.answer(post("/passkey/made", &form("answer", &second.makes(&asked)), Some(&both))).await;
    let other = session_of(&sign_in(&server, &second).await);
    let who = AgentId::parse("Patient/mrs-a").unwrap();
    let first = Account::of(server.trust.record(), &who).unwrap().passkeys.first().unwrap().id.clone();
    let (answer, _) = server.answer(post("/account/passkeys/remove", &form("passkey", &first), Some(&other))).await;
    assert_eq!(answer.headers()[header::LOCATION], "/account/devices?done=removed");
    assert_eq!(sign_in(&server, &device).await.status(), StatusCode::FORBIDDEN);
    let (answer, _) = server.answer(post("/account/passkeys/remove", "passkey=another", Some(&other))).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(server.answer(get_page("/who", Some(&cookie))).await.0.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn removing_a_passkey_ends_what_was_begun_with_it_and_nothing_else() {
    let server = house();
    let device = device_of_ann(&server).await;
    let (one, two) = (session_of(&sign_in(&server, &device).await), session_of(&sign_in(&server, &device).await));
    let of_another = signed_in(&server, "Patient/mrs-a", (Role::Citizen, "elm"));
    let bell = bell(&server);
    let is_in = async |cookie: &str| server.answer(get_page("/who", Some(cookie))).await.0.status() == StatusCode::OK;
    assert!(is_in(&one).await && is_in(&two).await && is_in(&of_another).await);
    let (_, page) = server.answer(get_page("/account/devices", Some(&one))).await;
    assert!(page.contains("Removing it signs out every device that was signed in with it, this one too."), "{page}");

    let who = AgentId::parse("Patient/mrs-a").unwrap();
    let id = Account::of(server.trust.record(), &who).unwrap().passkeys.first().unwrap().id.clone();
    let (answer, _) = server.answer(post("/account/passkeys/remove", &form("passkey", &id), Some(&one))).await;

    assert_eq!(answer.headers()[header::LOCATION], "/passkey/sign-in?removed=yes");
    assert!(!is_in(&one).await && !is_in(&two).await, "both were begun with it");
    assert!(is_in(&of_another).await && is_in(&bell).await, "these were not");
    let (_, page) = server.answer(get_page("/passkey/sign-in?removed=yes", None)).await;
    assert!(page.contains("so you are signed out here"), "{page}");
}

#[tokio::test]
async fn who_gave_her_a_code_stands_in_her_list_of_who_looked_in_both_languages() {
    let server = house();
    give(&server, &bell(&server), ANN).await;

    let permit = server.permit(&crate::tests::mrs_a(), gate::Action::Read);
    let told = |language| {
        let looked = crate::who_looked_in(&server.trust, &permit, &id("mrs-a"), None, language).unwrap();
        let looks = looked.episodes.iter().flat_map(|episode| &episode.looks);
        looks.map(|look| look.sentence.clone()).collect::<Vec<_>>()
    };

    let english = "Practitioner/bell (elm) gave a code to sign in to your record because they checked that it was you.";
    let welsh = "Rhoddodd Practitioner/bell (elm) god i fewngofnodi i'ch cofnod. Y rheswm: fe wnaethon nhw wirio mai chi oedd yno.";
    assert!(told(Language::English).contains(&english.to_owned()), "{:?}", told(Language::English));
    assert!(told(Language::Welsh).contains(&welsh.to_owned()), "{:?}", told(Language::Welsh));
}

#[tokio::test]
async fn a_code_for_somebody_with_a_passkey_is_a_recovery_that_ends_her_sessions_and_reaches_the_officer() {
    let server = house();
    let device = device_of_ann(&server).await;
    let (cookie, ann) = (bell(&server), session_of(&sign_in(&server, &device).await));
    let who = AgentId::parse("Patient/mrs-a").unwrap();
    assert_eq!(server.answer(get_page("/who", Some(&ann))).await.0.status(), StatusCode::OK);

    let (_, page) = give(&server, &cookie, ANN).await;

    assert!(page.contains("is signed out now"), "{page}");
    assert_eq!(server.answer(get_page("/who", Some(&ann))).await.0.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(Account::of(server.trust.record(), &who).unwrap().passkeys.len(), 1);
    give(&server, &cookie, &format!("{ANN}&remove=yes")).await;
    assert!(Account::of(server.trust.record(), &who).unwrap().passkeys.is_empty());
    assert_eq!(sign_in(&server, &device).await.status(), StatusCode::FORBIDDEN);

    let all = super::Recovery::all(server.trust.record()).unwrap();
    assert_eq!(all.iter().map(|one| one.given.removed).collect::<Vec<_>>(), [true, false]);
    let (answer, _) = server.answer(get_page("/privacy-officer/recoveries", Some(&cookie))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn guessing_codes_is_stopped_for_the_address_even_for_a_good_one() {
    let server = house();
    let code = code_on(&give(&server, &bell(&server), ANN).await.1);
    let try_from = |address: &'static str, code: &str| {
        server.answer(crate::tests::limits::from(address, post("/passkey/new", &format!("code={code}"), None)))
    };
    for number in 0..10 {
        assert_eq!(
            try_from("192.0.2.1", "ABCD-2345-WXYZ").await.0.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{number}"
        );
    }

    assert_eq!(try_from("192.0.2.1", &code).await.0.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(try_from("192.0.2.2", &code).await.0.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_answer_that_was_not_asked_for_or_is_none_signs_nobody_in() {
    let server = house();
    let (answer, page) = server.answer(get_page("/passkey/sign-in?back=https://elsewhere.example/", None)).await;
    assert!(
        page.contains("data-passkey=\"use\"") && page.contains("&quot;userVerification&quot;:&quot;required&quot;"),
        "{page}"
    );
    let waiting = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let made_up = r#"{"id":"AQ","rawId":"AQ","type":"public-key","response":{"authenticatorData":"AQ","clientDataJSON":"AQ","signature":"AQ","userHandle":"AQ"}}"#;

    for cookie in [None, Some(waiting.as_str()), Some(waiting.as_str())] {
        let (answer, _) = server.answer(post("/passkey/sign-in", &form("answer", made_up), cookie)).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let set: Vec<&str> =
            answer.headers().get_all(header::SET_COOKIE).iter().map(|one| one.to_str().unwrap()).collect();
        assert!(set.iter().all(|one| one.contains("Max-Age=0")), "{set:?}");
    }
    assert!(server.logged().iter().all(|entry| entry.draft.action != "SignIn"));
}

#[tokio::test]
async fn a_place_without_passkeys_has_none_of_the_pages() {
    let server = Server::with_everybody();
    for path in ["/passkey/new", "/passkey/sign-in"] {
        assert_eq!(server.answer(get_page(path, None)).await.0.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let (_, page) = server.answer(get_page("/sign-in", None)).await;
    assert!(!page.contains("passkey"));
}

#[tokio::test]
async fn an_account_that_cannot_be_read_is_not_replaced_by_an_empty_one() {
    let server = house();
    let cookie = bell(&server);
    give(&server, &cookie, ANN).await;
    let who = AgentId::parse("Patient/mrs-a").unwrap();
    let key = super::account_id(&who).simple().to_string();
    assert!(server.trust.record().kept("passkey-account", &key).unwrap().is_some());
    server.trust.record().keep("passkey-account", &key, b"{", None).unwrap();

    let (status, _) = give(&server, &cookie, ANN).await;

    assert!(status.is_server_error(), "{status}");
    assert!(Account::of(server.trust.record(), &who).is_err());
    assert_eq!(server.trust.record().kept("passkey-account", &key).unwrap().as_deref(), Some(b"{".as_slice()));
}

/// Begins to add a passkey in a session; gives what the browser sends with its answer, and that.
async fn begun(server: &Server, cookie: &str, device: &mut Device) -> (String, String) {
    let (answer, page) = server.answer(get_page("/account/passkeys/add", Some(cookie))).await;
    let (asked, waiting) = told(&answer, &page);
    (format!("{cookie}; {waiting}"), form("answer", &device.makes(&asked)))
}

#[tokio::test]
async fn a_passkey_that_a_thief_began_before_a_recovery_is_never_made() {
    let server = house();
    let hers = device_of_ann(&server).await;
    let stolen = session_of(&sign_in(&server, &hers).await);
    let (both, made) = begun(&server, &stolen, &mut Device::new(8, HERE)).await;

    let (_, page) = give(&server, &bell(&server), &format!("{ANN}&remove=yes")).await;
    let (answer, _) = server.answer(post("/passkey/made", &made, Some(&both))).await;

    let who = AgentId::parse("Patient/mrs-a").unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(Account::of(server.trust.record(), &who).unwrap().passkeys.len(), 0);
    let mut new = Device::new(9, HERE);
    make(&server, &mut new, &code_on(&page)).await;
    assert_eq!(sign_in(&server, &new).await.status(), StatusCode::SEE_OTHER, "she herself gets in");
}

#[tokio::test]
async fn a_passkey_that_was_begun_dies_with_its_session_and_belongs_to_no_other() {
    let server = house();
    let hers = device_of_ann(&server).await;
    let who = AgentId::parse("Patient/mrs-a").unwrap();
    let kept = || Account::of(server.trust.record(), &who).unwrap().passkeys.len();
    let (one, other) = (session_of(&sign_in(&server, &hers).await), session_of(&sign_in(&server, &hers).await));

    let (both, made) = begun(&server, &one, &mut Device::new(8, HERE)).await;
    server.answer(post("/sign-out", "", Some(&one))).await;
    let (over, _) = server.answer(post("/passkey/made", &made, Some(&both))).await;
    let (both, made) = begun(&server, &other, &mut Device::new(9, HERE)).await;
    let third = session_of(&sign_in(&server, &hers).await);
    let elsewhere = both.replace(&other, &third);
    let (not_its_own, _) = server.answer(post("/passkey/made", &made, Some(&elsewhere))).await;

    assert_eq!((over.status(), not_its_own.status()), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    assert_eq!(kept(), 1);
}

#[tokio::test]
async fn however_many_are_begun_at_once_nobody_has_more_passkeys_than_the_limit() {
    let server = house();
    let hers = device_of_ann(&server).await;
    let cookie = session_of(&sign_in(&server, &hers).await);
    let mut ceremonies = Vec::new();
    for number in 0..12 {
        ceremonies.push(begun(&server, &cookie, &mut Device::new(20 + number, HERE)).await);
    }

    let mut answers = Vec::new();
    for (both, made) in &ceremonies {
        answers.push(server.answer(post("/passkey/made", made, Some(both))).await.0.status());
    }

    let who = AgentId::parse("Patient/mrs-a").unwrap();
    assert_eq!(Account::of(server.trust.record(), &who).unwrap().passkeys.len(), super::PASSKEYS_MAX);
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::SEE_OTHER).count(), super::PASSKEYS_MAX - 1);
    assert_eq!(answers.last(), Some(&StatusCode::FORBIDDEN));
}

#[tokio::test]
async fn a_page_that_waits_holds_nobody_else_up() {
    let server = Arc::new(house());
    let cookie = bell(&server);
    let passkeys = server.trust.passkeys().cloned().unwrap();
    let ((holds, held), (release, released)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
    let holder = std::thread::spawn(move || {
        let _held = passkeys.lock_accounts();
        holds.send(()).unwrap();
        released.recv().unwrap();
    });
    held.recv().unwrap();
    let waits = {
        let (server, cookie) = (Arc::clone(&server), cookie.clone());
        tokio::spawn(async move { server.answer(post("/passkey/codes", ANN, Some(&cookie))).await.0.status() })
    };
    tokio::task::yield_now().await;

    // There is one thread for requests here: were it waiting, nothing below would ever be answered.
    let (other, _) = server.answer(get_page("/account/devices", Some(&cookie))).await;

    assert_eq!(other.status(), StatusCode::OK);
    assert!(!waits.is_finished());
    release.send(()).unwrap();
    assert_eq!(waits.await.unwrap(), StatusCode::OK);
    holder.join().unwrap();
}
