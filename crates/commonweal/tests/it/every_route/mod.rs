//! Every route of the merged program, pages and API, tried as nobody and as the wrong person of every role.
//!
//! The table of routes comes from the router itself (`trust::Routes`), so a new route is walked without being asked for; the walk
//! stops where it does not know what to send ([`attempts`]). Nothing of the person's record may be in any answer, and what is
//! hidden must be answered as what never existed. A professional finds anybody's name: for her, a person's hidden entries must be
//! answered as those of somebody who has none. The right people are walked too, to show that the marks would be seen.

mod attempts;
mod coverage;
mod later;
mod workbench;

use crate::client::{Client, Seen, app, token};
use crate::house::FORM;
use attempts::{Attempt, ENTRIES, NAMES, RESOURCES, SOMEBODY_WITHOUT_ENTRIES, at, nobody, things};
use gate::{Purpose, Role};
use testkit::{Person, World, citizen, clinician, machinery, officer, professional, proxy, receptionist, service};
use trust::{Guest, Persona, Route};

struct Walk {
    world: World,
    client: Client,
    routes: Vec<Route>,
}

/// Somebody who tries, with what they may know by the rules.
struct Walker {
    persona: &'static str,
    person: Person,
    /// A form that she has sent before, to open the record: the last word of its path, and what is in it.
    has_said: Option<(&'static str, &'static str)>,
    /// Professionals find anybody's name, birthday and number, to be sure whom they care for.
    may_find_names: bool,
}

impl Walker {
    fn new(persona: &'static str, person: Person) -> Self {
        Self { persona, person, has_said: None, may_find_names: false }
    }
}

/// Who acts for her may see all of her record.
const GRANT: &str = r#"{"resourceType":"Consent","id":"anne-gra","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/anne-0"},"dateTime":"2026-11-01","policyRule":{"text":"proxy"},"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/kim"}}]}}"#;

fn strangers() -> Vec<Walker> {
    vec![
        Walker::new("another-citizen", citizen("ben")),
        Walker::new("once-a-proxy", proxy("ben", "anne-0")),
        Walker { may_find_names: true, ..Walker::new("doctor-elsewhere", clinician("stray", "nowhere")) },
        Walker {
            may_find_names: true,
            ..Walker::new("paramedic-elsewhere", professional(Role::Paramedic, "van", "nowhere"))
        },
        Walker::new("coder-elsewhere", coder()),
        Walker::new("analyst", officer(Role::Analyst, Purpose::Planning)),
        Walker::new("caldicott-guardian", officer(Role::CaldicottGuardian, Purpose::Audit)),
        Walker::new("desk-elsewhere", receptionist("desk", "nowhere")),
        Walker::new("administrator", officer(Role::Administrator, Purpose::Administration)),
        Walker::new("privacy-officer", officer(Role::PrivacyOfficer, Purpose::Audit)),
        Walker::new("directory-service", service("system/Organization.rs system/Slot.cruds")),
    ]
}

fn coder() -> Person {
    Person { purpose: Purpose::Administration, ..professional(Role::ClinicalCoder, "coder", "nowhere") }
}

fn right_people() -> Vec<Walker> {
    vec![
        Walker::new("herself", citizen("anne-0")),
        Walker::new("her-doctor", clinician("khan", "elm")),
        Walker::new("machinery", machinery()),
    ]
}

/// Who may see her log beside herself.
fn who_act_for_her() -> [Walker; 2] {
    [Walker::new("her-proxy", proxy("kim", "anne-0")), Walker::new("her-app", app("anne-0"))]
}

/// Professionals from elsewhere who have said something to open her record.
fn who_have_said_something() -> [Walker; 2] {
    let emergency = ("emergency", "reason=vital-interest&explanation=Collapsed");
    let claim = ("claim", "explanation=Referred");
    [
        Walker { has_said: Some(emergency), ..Walker::new("doctor-in-an-emergency", clinician("rush", "nowhere")) },
        Walker { has_said: Some(claim), ..Walker::new("doctor-who-claims", clinician("locum", "nowhere")) },
    ]
}

/// Sees who she is and when she comes, and no entry.
fn at_her_desk() -> Walker {
    Walker::new("desk-at-hers", receptionist("front", "elm"))
}

impl Walk {
    fn begin() -> Self {
        let world = World::new();
        for other in [
            r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery"}"#,
            r#"{"resourceType":"Organization","id":"nowhere","name":"Nowhere Surgery"}"#,
            SOMEBODY_WITHOUT_ENTRIES,
            r#"{"resourceType":"Patient","id":"ben","name":[{"family":"Bell"}],"birthDate":"1950-03-04"}"#,
        ] {
            world.put(other);
        }
        RESOURCES.iter().for_each(|resource| world.put(resource));
        world.put(r#"{"resourceType":"Patient","id":"kim","name":[{"family":"Kimber"}],"birthDate":"1975-05-05"}"#);
        world.put(GRANT);
        let walkers = strangers().into_iter().chain(right_people()).chain(who_act_for_her()).chain([at_her_desk()]);
        let walkers = walkers.chain(who_have_said_something());
        let personas: Vec<Persona> = walkers.map(|walker| persona(&walker)).collect();
        let routes = commonweal::serve::routes(world.record(), &world.gate(), commonweal::serve::Face::demo(personas));
        let table = routes.table().to_vec();
        Self { client: Client::over(routes.into_router()), world, routes: table }
    }

    fn ask(&self, attempt: &Attempt, credential: Option<(&str, &str)>) -> Seen {
        let headers = credential.into_iter().chain([("content-type", attempt.content_type)]);
        let headers: Vec<(&str, &str)> = headers.filter(|(_, value)| !value.is_empty()).collect();
        self.client.ask(&attempt.method, &attempt.path, &headers, &attempt.body)
    }

    /// The cookie of a session; nothing for a service, which has no way to sign in.
    fn sign_in(&self, walker: &Walker) -> String {
        let form = format!("persona={}", walker.persona);
        let answer = self.client.ask("POST", "/sign-in", &[("content-type", FORM)], &form);
        let cookie = answer.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.clone());
        cookie.unwrap().split(';').next().unwrap().to_owned()
    }

    /// Somebody says what she has to say to open the record.
    fn say(&self, walker: &Walker) {
        let Some((what, form)) = walker.has_said else { return };
        let headers = [("cookie", self.sign_in(walker)), ("content-type", FORM.to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let said = self.client.ask("POST", &format!("/care/people/anne-0/{what}"), &headers, form);
        assert_eq!(said.status, 303, "{}: {said:?}", walker.persona);
    }

    /// Sends everything to every route as somebody, to pages with a session and to the API with a token.
    fn everything(&self, walker: &Walker, mut look: impl FnMut(&Route, &Attempt, &dyn Fn(&Attempt) -> Seen)) {
        self.say(walker);
        let bearer = format!("Bearer {}", token(&self.world, &walker.person));
        for route in &self.routes {
            for attempt in at(route) {
                let send = |attempt: &Attempt| match route.guest {
                    Guest::Bearer => self.ask(attempt, Some(("authorization", &bearer))),
                    // A session of its own for each: sign-out is among the routes.
                    Guest::SignedIn | Guest::Anybody => self.ask(attempt, Some(("cookie", &self.sign_in(walker)))),
                };
                look(route, &attempt, &send);
            }
        }
    }
}

fn persona(walker: &Walker) -> Persona {
    let asker = walker.person.asker.as_ref().clone();
    Persona {
        id: walker.persona.into(),
        title: "A made-up person".into(),
        about: String::new(),
        asker,
        acts_for: vec![],
    }
}

/// The first of the marks that an answer shows and that was not in the question.
fn shown<'a>(attempt: &Attempt, seen: &Seen, marks: impl IntoIterator<Item = &'a &'a str>) -> Option<&'a str> {
    let headers: String = seen.headers.iter().map(|(_, value)| value.as_str()).collect();
    let question = format!("{} {}", attempt.path, attempt.body);
    let is_new = |mark: &&str| !question.contains(&mark.replace(' ', ""));
    marks.into_iter().copied().filter(is_new).find(|mark| seen.body.contains(*mark) || headers.contains(*mark))
}

/// What a twin is compared with: the answer with what was asked for replaced, since refusals may repeat the question.
fn comparable(seen: &Seen) -> Seen {
    let headers = seen.headers.iter().map(|(name, value)| (name.clone(), nobody(value))).collect();
    Seen { headers, body: without_page_tokens(&nobody(&seen.body)), ..seen.clone() }
}

/// Tokens of further pages are sealed with a fresh nonce.
fn without_page_tokens(body: &str) -> String {
    let mut parts = body.split("_page=");
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |text, part| text + "_page=" + part.trim_start_matches(|letter: char| letter.is_ascii_hexdigit()))
}

/// Whether the question is about who somebody is, which a professional may ask about anybody.
fn asks_for_names(attempt: &Attempt) -> bool {
    attempt.path.starts_with("/fhir/Patient")
        || attempt.path.starts_with("/care/people/")
        || attempt.path == "/care/find"
        || attempt.path.trim_end_matches('/') == "/fhir"
}

/// Whether the question is about the log, which a privacy officer may read whoever it is about.
fn asks_for_log(attempt: &Attempt) -> bool {
    // She learns that a number is borne by some record, opens a case about it or locks it; nothing of the record.
    let by_number = ["/privacy-officer/rights/record", "/privacy-officer/locks", "/privacy-officer/simulator", "/log"];
    by_number.contains(&attempt.path.as_str()) || attempt.path.starts_with("/fhir/AuditEvent")
}

#[test]
fn nobody_gets_anything_of_a_record_from_any_route() {
    let walk = Walk::begin();

    for route in &walk.routes {
        for attempt in at(route) {
            let seen = walk.ask(&attempt, None);
            assert_eq!(shown(&attempt, &seen, NAMES.iter().chain(&ENTRIES)), None, "{attempt:?}: {seen:?}");
            let unknown = walk.ask(&attempt.twin(), None);
            assert!(attempt == attempt.twin() || comparable(&seen) == comparable(&unknown), "{attempt:?}: {unknown:?}");
            if route.guest != Guest::Anybody {
                assert_eq!(seen.status, 401, "{attempt:?}: {seen:?}");
            }
        }
    }
}

#[test]
fn a_session_opens_no_api_and_a_token_opens_no_page() {
    let walk = Walk::begin();
    let herself = right_people().remove(0);
    let bearer = format!("Bearer {}", token(&walk.world, &machinery()));
    let cookie = walk.sign_in(&herself);

    for route in &walk.routes {
        for attempt in at(route) {
            let seen = match route.guest {
                Guest::Anybody => continue,
                Guest::Bearer => walk.ask(&attempt, Some(("cookie", &cookie))),
                Guest::SignedIn => walk.ask(&attempt, Some(("authorization", &bearer))),
            };
            assert_eq!(seen.status, 401, "{attempt:?}: {seen:?}");
            assert_eq!(shown(&attempt, &seen, NAMES.iter().chain(&ENTRIES)), None, "{attempt:?}");
        }
    }
}

#[test]
fn the_wrong_person_of_every_role_sees_nothing_and_cannot_tell_hidden_from_absent() {
    let mut wrong = Vec::new();
    for walker in strangers() {
        let walk = Walk::begin();
        let mut said = 0;
        walk.everything(&walker, |_, attempt, send| {
            let finds_names = walker.may_find_names && asks_for_names(attempt);
            let other = if finds_names { attempt.of_somebody_without_entries() } else { attempt.twin() };
            let (seen, unknown) = (send(attempt), send(&other));
            said += 1;
            // A question that names nobody cannot be asked about somebody else; its answer may tell of accesses since.
            let names_nobody = *attempt == other;
            let marks = ENTRIES.iter().chain(NAMES.iter().filter(|_| !finds_names));
            if let Some(mark) = shown(attempt, &seen, marks) {
                wrong.push(format!(
                    "{}: {} {} {} shows {mark}",
                    walker.persona, attempt.method, attempt.path, attempt.body
                ));
            }
            let may_differ = names_nobody || (reads_the_log(&walker) && asks_for_log(attempt));
            if !may_differ && comparable(&seen) != comparable(&unknown) {
                wrong.push(format!(
                    "{}: {} {} {}\n  hidden  {seen:?}\n  unknown {unknown:?}",
                    walker.persona, attempt.method, attempt.path, attempt.body
                ));
            }
        });
        assert!(said > 500, "only {said} attempts: the walk says too little");
        everything_is_as_it_was(&walk);
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Nothing of hers was changed or removed by those who tried.
fn everything_is_as_it_was(walk: &Walk) {
    for (kind, id, _) in things() {
        let now = walk.world.read(&machinery(), &format!("{kind}/{id}")).unwrap();
        assert!(String::from_utf8(now.body).unwrap().contains("\"versionId\":\"1\""), "{kind}/{id} was changed");
    }
}

/// What shows nothing of a record to anybody, or counts only, and so no mark.
const WITHOUT_MARKS: &[&str] = &[
    "/",
    "/about",
    "/accessibility",
    "/privacy",
    "/sign-in",
    "/sign-out",
    "/sign-in/again",
    "/sign-in/with/{provider}",
    "/sign-in/from/{provider}",
    "/sign-in/done",
    "/sign-in/keys",
    "/passkey/new",
    "/passkey/made",
    "/passkey/sign-in",
    "/passkey/codes",
    "/account/passkeys/add",
    "/account/passkeys/remove",
    "/privacy-officer/recoveries",
    "/account/devices",
    "/account/prove",
    "/static/{name}",
    "/favicon.ico",
    "/care",
    "/care/find",
    "/log",
    "/log/check",
    "/log/checkpoint",
    "/log/keys",
    "/log/tile/{*path}",
    "/transparency",
    "/transparency/uses",
    "/privacy-officer",
    "/privacy-officer/processing",
    "/privacy-officer/processing.csv",
    "/privacy-officer/told-later",
    "/privacy-officer/questions/{case}",
    "/privacy-officer/looks/{finding}",
    "/privacy-officer/breaches",
    "/privacy-officer/breaches/{case}",
    "/privacy-officer/locks",
    "/privacy-officer/simulator",
    // With a case that has something to copy they are walked in `coverage`.
    "/my/rights/{case}/copy",
    "/my/rights/{case}/download",
    "/privacy-officer/rights",
    "/privacy-officer/rights/record",
    "/privacy-officer/rights/{case}",
    "/my/rights",
    "/my/rights/{case}",
    "/my/record",
    "/my/who-looked",
    "/my/who-looked/proofs",
    "/my/choices",
    "/my/people",
    "/my/people/add",
    "/my/others",
    "/fhir/metadata",
    "/fhir/{kind}/$validate",
];

#[test]
fn the_right_people_see_her_through_every_route_that_can_show_her() {
    let mut silent: Vec<Route> = Walk::begin().routes.into_iter().filter(|route| route.method == "GET").collect();

    for walker in right_people() {
        let walk = Walk::begin();
        walk.everything(&walker, |route, attempt, send| {
            if attempt.method == "GET"
                && silent.contains(route)
                && shown(attempt, &send(attempt), NAMES.iter().chain(&ENTRIES)).is_some()
            {
                silent.retain(|other| other != route);
            }
        });
    }

    let silent: Vec<&str> =
        silent.iter().map(|route| route.path.as_str()).filter(|path| !WITHOUT_MARKS.contains(path)).collect();
    assert!(silent.is_empty(), "the walk does not know how to be shown anything by {silent:?}");
}

#[test]
fn a_document_opens_only_under_the_person_it_is_about() {
    let walk = Walk::begin();
    let doctor = right_people().remove(1);
    let status = |path: &str| {
        let cookie = walk.sign_in(&doctor);
        let seen = walk.client.ask("GET", path, &[("cookie", &cookie)], "");
        (seen.status.as_u16(), seen.body.contains("Verdigris"))
    };

    assert_eq!(status("/care/people/anne-0/documents/anne-doc"), (200, true));
    assert_eq!(status("/care/people/bare-0/documents/anne-doc"), (404, false));
    assert_eq!(status("/care/people/anne-0/documents/anne-obs"), (404, false));
}

fn reads_the_log(walker: &Walker) -> bool {
    matches!(walker.person.asker.role, Role::PrivacyOfficer | Role::CaldicottGuardian)
}
