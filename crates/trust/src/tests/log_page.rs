//! The privacy officer's log page.

use super::*;
use crate::pages::{Found, LogQuestion};
use axum::http::StatusCode;

#[tokio::test]
async fn the_officer_finds_accesses_by_person_and_by_staff() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);
    let cookie = server.sign_in("persona=privacy-officer").await;

    let (answer, by_person) = server.answer(post("/log", "person=Patient%2Fmrs-a", Some(&cookie))).await;
    let (_, by_staff) = server.answer(post("/log", "staff=khan", Some(&cookie))).await;
    let (_, nobody) = server.answer(post("/log", "person=unknown", Some(&cookie))).await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert!(by_person.contains("Dr A. Khan, GP or practice nurse, Elm Surgery"));
    assert!(by_person.contains("read test results (1 person)"));
    assert!(by_staff.contains("Dr A. Khan") && !by_staff.contains("Demo locality"));
    assert!(nobody.contains("Nothing in the log fits."));
}

#[tokio::test]
async fn reading_the_log_is_itself_in_the_log_of_the_person() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=privacy-officer").await;

    server.answer(post("/log", "person=mrs-a", Some(&cookie))).await;

    let last = server.logged().pop().unwrap().draft;
    assert_eq!((last.name.as_str(), last.rule.as_str()), ("Ms R. Patel", "privacy-officer-log"));
    assert_eq!(last.subjects, [Subject { part: MRS_A, relation: 0 }]);
    assert_eq!(last.kinds, [ResourceType::AUDIT_EVENT.code()]);
}

#[tokio::test]
async fn nobody_else_reads_the_log_of_everybody() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);

    for persona in ["mrs-a", "gp"] {
        let cookie = server.sign_in(&format!("persona={persona}")).await;
        let (_, page) = server.answer(get_page("/log", Some(&cookie))).await;
        assert!(!page.contains("Elm Surgery</td>") && !page.contains("Demo locality"), "{persona}");
    }
    let (answer, _) = server.answer(get_page("/log", None)).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn the_page_shows_what_and_why_in_words() {
    let html = crate::pages::log_content(&LogQuestion::default(), &Found::sample()).into_string();

    assert!(html.contains("searched test results (1 person)"));
    assert!(html.contains("Professionals who care for a person may see that person"));
    assert!(html.contains("Show older entries"));
}

#[tokio::test]
async fn the_log_is_narrowed_by_number_time_organisation_deed_and_emergency_and_says_how_far_it_looked() {
    let server = with_number();
    let emergency = Draft { purpose: "BreakGlass".into(), name: "Dr Stray".into(), ..doctor_looked() };
    let elsewhere = Draft { organisation_name: "Oak Surgery".into(), name: "Dr Oakes".into(), ..doctor_looked() };
    let earlier = Draft { at_ms: NOW_MS - 40 * 24 * 3_600_000, name: "Dr Early".into(), ..doctor_looked() };
    server.log(vec![earlier, doctor_looked(), emergency, elsewhere]);
    let cookie = server.sign_in("persona=privacy-officer").await;
    let names = |page: &str| {
        let all = ["Dr A. Khan", "Dr Stray", "Dr Oakes", "Dr Early"];
        all.into_iter().filter(|name| page.contains(&format!("{name}, GP"))).collect::<Vec<_>>()
    };
    let mut seen = Vec::new();
    for form in [
        "nhs_number=999+000+0018&from=2026-11-22",
        "emergency=yes",
        "organisation=oak",
        "deed=Read&to=2026-11-01",
        "outcome=refused",
    ] {
        let (_, page) = server.answer(post("/log", form, Some(&cookie))).await;
        assert!(page.contains("Looked through ") && page.contains("Looked for: "), "{form}: {page}");
        assert!(!page.contains("9990000018") && !page.contains("999 000 0018"), "{form}");
        seen.push(names(&page));
    }

    let expected: [&[&str]; 5] =
        [&["Dr A. Khan", "Dr Stray", "Dr Oakes"], &["Dr Stray"], &["Dr Oakes"], &["Dr Early"], &[]];
    assert_eq!(seen, expected);
    let (_, wrong) = server.answer(post("/log", "nhs_number=1", Some(&cookie))).await;
    let (_, unknown) = server.answer(post("/log", "nhs_number=9990000026", Some(&cookie))).await;
    assert!(wrong.contains("Enter the 10 digits") && unknown.contains("No record here has this NHS number"));
}

#[tokio::test]
async fn older_entries_follow_without_a_gap_also_where_most_do_not_fit() {
    let server = Server::with_everybody();
    let many: Vec<Draft> = (0..250)
        .map(|number| Draft { name: format!("Dr {}", if number % 2 == 0 { "Even" } else { "Odd" }), ..doctor_looked() })
        .collect();
    server.log(many);
    let cookie = server.sign_in("persona=privacy-officer").await;
    let mut form = "staff=even".to_owned();
    let mut pages = Vec::new();
    loop {
        let (_, page) = server.answer(post("/log", &form, Some(&cookie))).await;
        pages.push(page.matches("Dr Even, GP").count());
        let Some(rest) = page.split("name=\"before\" value=\"").nth(1) else { break };
        form = format!("staff=even&before={}", rest.split('"').next().unwrap());
    }

    assert_eq!(pages, [100, 25]);
}
