//! The citizen's pages as whole requests, over the people of the demo's story: what each sees of herself, of the person she
//! acts for, and of nobody else.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use fhir::ResourceId;
use gate::{Action, AgentId, Asker, Role};
use http_body_util::BodyExt;
use testkit::{NOW_MS, World, machinery};
use tower::ServiceExt;
use trust::{ActsFor, Options, Persona, Trust};

struct Demo {
    world: World,
    pages: Router,
}

impl Demo {
    /// The four people of the story and one clinician, with everything about them, in a record of its own.
    fn open() -> Self {
        let world = World::new();
        let now = jiff::Timestamp::from_millisecond(NOW_MS).unwrap();
        let locality = synthetic::locality(&synthetic::Options { people: 4, ..synthetic::Options::at(now) });
        let mut preparer = world.record().preparer(&world.leave(&machinery(), Action::Import)).unwrap();
        let batch = locality
            .resources()
            .filter(|resource| resource.kind != "Slot")
            .map(|resource| {
                let tree = fhir::json::parse(&resource.json).unwrap();
                preparer.prepare(&tree, record::Strictness::Strict).unwrap().0
            })
            .collect();
        world.record().import(&world.leave(&machinery(), Action::Import), batch).unwrap();
        let personas = locality.personas().into_iter().map(persona).collect();
        let trust = Trust::new(world.record().clone(), world.gate(), Options { personas, ..Options::default() });
        let pages = trust.protect(trust.routes().merge(citizen::routes()).into_router());
        Self { world, pages }
    }

    async fn sign_in(&self, form: &'static str) -> String {
        let request = Request::post("/sign-in").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.pages.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{form}");
        let cookie = answer.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn post(&self, cookie: &str, path: &str, form: String) -> (StatusCode, String) {
        let request = Request::post(path).header(header::COOKIE, cookie);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.pages.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The doctor in A&E reads an entry of Mrs A; gives the number of that entry in the log.
    fn the_doctor_looks(&self) -> u64 {
        let mut doctor = testkit::clinician("okafor", "org-hospital");
        let asker = std::sync::Arc::make_mut(&mut doctor.asker);
        asker.display = "Dr Amara Okafor".to_owned();
        self.world.found(&doctor, "AllergyIntolerance", &[("patient", "Patient/mrs-a")]).unwrap();
        self.world.record().log().count()
    }

    async fn get(&self, cookie: &str, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let answer = self.pages.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn persona(told: synthetic::Persona) -> Persona {
    let role = Role::parse(told.role).unwrap();
    let who = told.patient.clone().or(told.practitioner).unwrap();
    let id = |reference: &str| ResourceId::parse(reference.split_once('/').unwrap().1).unwrap();
    let mut asker = Asker::new(AgentId::parse(&who).unwrap(), &told.name, role);
    asker.patient = told.patient.as_deref().map(id);
    asker.acts_as = told.organisation.into_iter().chain([who]).collect();
    let acts_for = told.acts_for.into_iter().map(|(patient, name)| ActsFor { patient: id(&patient), name }).collect();
    Persona { id: told.id.to_owned(), title: told.title.to_owned(), about: told.about, asker, acts_for }
}

const PAGES: &[&str] = &[
    "/my",
    "/my/record",
    "/my/record/results",
    "/my/record/medicines",
    "/my/record/conditions",
    "/my/record/allergies",
    "/my/record/vaccinations",
    "/my/record/appointments",
    "/my/record/visits",
    "/my/record/operations",
    "/my/record/documents",
    "/my/record/support",
    "/my/record/choices",
    "/my/record/download",
    "/my/who-looked",
    "/my/choices",
    "/my/people",
    "/my/rights",
];

/// Pages of the person herself, not of whoever acts for her.
const OWN_PAGES: &[&str] = &[
    "/my/choices/add/topic",
    "/my/choices/add/entry",
    "/my/choices/add/organisation",
    "/my/choices/add/professional",
    "/my/choices/add/practice",
    "/my/people/add",
];

#[tokio::test]
async fn everybody_of_the_story_sees_every_page() {
    let demo = Demo::open();

    for form in
        ["persona=mrs-a", "persona=daughter", "persona=daughter&acting_for=mrs-a", "persona=mrs-b", "persona=citizen"]
    {
        let cookie = demo.sign_in(form).await;
        for page in PAGES {
            let (status, body) = demo.get(&cookie, page).await;
            assert_eq!(status, StatusCode::OK, "{form} {page}: {body}");
        }
        let expected = if form.contains("acting_for") { StatusCode::FORBIDDEN } else { StatusCode::OK };
        for page in OWN_PAGES {
            assert_eq!(demo.get(&cookie, page).await.0, expected, "{form} {page}");
        }
    }
}

#[tokio::test]
async fn mrs_a_reads_her_record_in_everyday_words() {
    let demo = Demo::open();
    let cookie = demo.sign_in("persona=mrs-a").await;

    let conditions = demo.get(&cookie, "/my/record/conditions").await.1;
    let results = demo.get(&cookie, "/my/record/results").await.1;
    let kidneys = demo.get(&cookie, "/my/record/results/62238-1").await.1;
    let allergies = demo.get(&cookie, "/my/record/allergies").await.1;
    let visits = demo.get(&cookie, "/my/record/visits").await.1;

    assert!(conditions.contains("High blood pressure") && conditions.contains("Elm Surgery"));
    assert!(results.contains("Early warning score (NEWS2)") && results.contains("Kelderby General Hospital"));
    assert!(kidneys.contains("Kidney function (eGFR)") && kidneys.contains("<svg") && kidneys.contains("as a table"));
    assert!(allergies.contains("penicillin") && allergies.contains("Severe"));
    assert!(visits.contains("A&amp;E visit") && visits.contains("Now"));
}

#[tokio::test]
async fn a_plan_opens_as_text() {
    let demo = Demo::open();
    let cookie = demo.sign_in("persona=mrs-a").await;
    let list = demo.get(&cookie, "/my/record/documents").await.1;
    let links = list.split("/my/record/documents/").skip(1).filter_map(|rest| rest.split('"').next());

    let mut found = false;
    for id in links {
        let page = demo.get(&cookie, &format!("/my/record/documents/{id}")).await.1;
        found |= page.contains("ReSPECT plan") && page.contains("Do not attempt cardiopulmonary resuscitation");
    }

    assert!(found, "{list}");
}

#[tokio::test]
async fn the_daughter_switches_to_her_mother_and_both_can_see_that_she_looked() {
    let demo = Demo::open();
    let daughter = demo.sign_in("persona=daughter").await;
    assert!(demo.get(&daughter, "/my").await.1.contains("href=\"/my/others\""));
    assert!(demo.get(&daughter, "/my/others").await.1.contains("Open the record of Mrs Alice Ashdown"));

    let acting = demo.sign_in("persona=daughter&acting_for=mrs-a").await;
    let allergies = demo.get(&acting, "/my/record/allergies").await.1;
    assert!(allergies.contains("penicillin") && allergies.contains("You are acting for somebody else"));
    assert!(demo.get(&acting, "/my").await.1.contains("Go back to your own record"));

    let mother = demo.sign_in("persona=mrs-a").await;
    let looked = demo.get(&mother, "/my/who-looked").await.1;
    assert!(looked.contains("Joanne Pryce") && looked.contains("they act for you"), "{looked}");
    assert!(demo.get(&mother, "/my").await.1.contains("Joanne Pryce"));
}

#[tokio::test]
async fn the_daughter_as_herself_sees_nothing_of_her_mother() {
    let demo = Demo::open();
    let daughter = demo.sign_in("persona=daughter").await;

    let (status, _) = demo.get(&daughter, "/my/record/documents/mrs-a-documentreference-1").await;
    let copy = demo.get(&daughter, "/my/record/download").await.1;

    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(copy.contains("\"id\":\"daughter\"") && !copy.contains("Patient/mrs-a\""));
}

#[tokio::test]
async fn the_copy_is_a_bundle_of_the_whole_record() {
    let demo = Demo::open();
    let cookie = demo.sign_in("persona=mrs-a").await;

    let copy = demo.get(&cookie, "/my/record/download").await.1;
    let bundle = fhir::json::parse(copy.as_bytes()).unwrap();

    let entries = bundle.get("entry").unwrap().items().len();
    assert!(entries > 150, "{entries}");
}

#[tokio::test]
async fn taking_a_copy_stands_in_the_log_as_taking_a_copy() {
    let demo = Demo::open();
    let cookie = demo.sign_in("persona=mrs-a").await;

    demo.get(&cookie, "/my/record/download").await;

    let log = demo.world.record().log();
    let last = log.entry(log.count()).unwrap().unwrap().draft;
    let told = (last.who.as_str(), last.action.as_str(), last.via.as_str(), last.rule.as_str());
    assert_eq!(told, ("Patient/mrs-a", "Export", "page", "citizen-own-record"));
}

#[tokio::test]
async fn nobody_and_professionals_are_shown_the_way_elsewhere() {
    let demo = Demo::open();
    let doctor = demo.sign_in("persona=ae-doctor").await;

    for page in PAGES {
        assert_ne!(demo.get("", page).await.0, StatusCode::OK, "{page}");
        assert_eq!(demo.get(&doctor, page).await.0, StatusCode::FORBIDDEN, "{page}");
    }
    assert_eq!(demo.get(&demo.sign_in("persona=citizen").await, "/my/record/nonsense").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn her_own_proofs_go_to_herself_and_to_whoever_acts_for_her_and_to_nobody_else() {
    let demo = Demo::open();
    let path = "/my/who-looked/proofs";
    let mother = demo.sign_in("persona=mrs-a").await;
    demo.get(&mother, "/my/record/allergies").await;

    let hers = demo.get(&mother, path).await;
    let acting = demo.sign_in("persona=daughter&acting_for=mrs-a").await;
    let by_daughter = demo.get(&acting, path).await;
    let other = demo.sign_in("persona=mrs-b").await;
    let of_another = demo.get(&other, path).await;
    let doctor = demo.sign_in("persona=gp").await;
    let by_doctor = demo.get(&doctor, path).await;
    let by_nobody = demo.get("", path).await;

    let person = |text: &str| {
        let mut people: Vec<String> =
            text.lines().filter_map(|line| line.split("{\"person\":").nth(1)).map(str::to_owned).collect();
        people.iter_mut().for_each(|person| person.truncate(person.find(',').unwrap()));
        people.sort();
        people.dedup();
        people
    };
    assert_eq!((hers.0, by_daughter.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(person(&hers.1).len(), 1, "{}", hers.1);
    assert_eq!(person(&hers.1), person(&by_daughter.1));
    assert_ne!(person(&hers.1), person(&of_another.1));
    assert!(by_daughter.1.contains("\"action\":\"Export\""), "her daughter sees that the file was taken");
    for (status, body) in [by_doctor, by_nobody] {
        assert_ne!(status, StatusCode::OK);
        assert!(!body.contains("commonweal-log-entry") && !body.contains("person\":"), "{body}");
    }
}

#[tokio::test]
async fn a_question_about_a_look_is_answered_where_it_was_asked() {
    let demo = Demo::open();
    let entry = demo.the_doctor_looks();
    let mother = demo.sign_in("persona=mrs-a").await;
    let before = demo.get(&mother, "/my/who-looked").await.1;
    assert!(before.contains("Ask about this look by Dr Amara Okafor"), "{before}");

    let form = format!("entry={entry}&question=I+was+not+there.");
    let (status, _) = demo.post(&mother, "/my/who-looked/ask", form.clone()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    demo.post(&mother, "/my/who-looked/ask", form).await;
    let asked = demo.get(&mother, "/my/who-looked").await.1;
    assert!(asked.contains("I was not there.") && asked.contains("must answer by 20 December 2026"), "{asked}");
    assert!(asked.contains("1 question<") && asked.contains("You asked about this look."));

    let officer = demo.sign_in("persona=privacy-officer").await;
    let queue = demo.get(&officer, "/privacy-officer").await.1;
    assert!(
        queue.contains("Dr Amara Okafor") && queue.contains("28 days left") && !queue.contains("Ashdown"),
        "{queue}"
    );
    let path = queue.split("href=\"/privacy-officer/questions/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/privacy-officer/questions/{path}");
    let (status, empty) = demo.post(&officer, &path, "words=+".to_owned()).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && empty.contains("There is a problem"), "{empty}");
    let (status, _) = demo.post(&officer, &path, "words=She+treated+you+in+A%26E.".to_owned()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);

    let acting = demo.sign_in("persona=daughter&acting_for=mrs-a").await;
    for who in [&mother, &acting] {
        let answered = demo.get(who, "/my/who-looked").await.1;
        assert!(answered.contains("She treated you in A&amp;E.") && answered.contains("Answered"), "{answered}");
        assert!(answered.contains("answered a question about your list of who looked"), "{answered}");
    }
}

#[tokio::test]
async fn asking_about_what_is_in_somebody_elses_log_is_like_asking_about_nothing() {
    let demo = Demo::open();
    let entry = demo.the_doctor_looks();
    let daughter = demo.sign_in("persona=daughter").await;

    let mut answers = Vec::new();
    for asked in [entry.to_string(), "99999999".to_owned(), "0".to_owned(), "hers".to_owned()] {
        answers.push(demo.post(&daughter, "/my/who-looked/ask", format!("entry={asked}")).await);
    }

    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == StatusCode::NOT_FOUND), "{answers:?}");
    let acting = demo.sign_in("persona=daughter&acting_for=mrs-a").await;
    let (status, _) = demo.post(&acting, "/my/who-looked/ask", format!("entry={entry}")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let asked = demo.get(&acting, "/my/who-looked").await.1;
    assert!(asked.contains("Questions about looks") && asked.contains("by somebody who acts for you"), "{asked}");
}

#[tokio::test]
async fn only_the_privacy_officer_comes_to_the_workbench() {
    let demo = Demo::open();
    let entry = demo.the_doctor_looks();
    let mother = demo.sign_in("persona=mrs-a").await;
    demo.post(&mother, "/my/who-looked/ask", format!("entry={entry}")).await;

    for form in ["persona=mrs-a", "persona=ae-doctor"] {
        let cookie = demo.sign_in(form).await;
        for page in ["", "/questions/x", &format!("/questions/0000000001-{entry:016}"), "/looks/x"] {
            let (status, body) = demo.get(&cookie, &format!("/privacy-officer{page}")).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{form} {page}");
            assert!(!body.contains("Okafor") || form == "persona=ae-doctor", "{form} {page}");
        }
    }
}
