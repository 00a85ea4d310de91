//! Sign-in as a persona, and what a session opens.

use super::*;
use axum::http::StatusCode;

#[tokio::test]
async fn one_click_signs_in_and_leads_to_where_the_role_begins() {
    let server = Server::with_everybody();

    let (answer, _) = server.answer(post("/sign-in", "persona=gp", None)).await;

    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers().get(header::LOCATION).unwrap(), "/care");
    let cookie = server.sign_in("persona=mrs-a").await;
    let (_, text) = server.answer(get_page("/who", Some(&cookie))).await;
    assert_eq!(text, r#"Mrs A Some(ResourceId("mrs-a"))"#);
}

#[tokio::test]
async fn the_page_offers_everybody_and_those_for_whom_they_act() {
    let server = Server::with_everybody();

    let (answer, page) = server.answer(get_page("/sign-in", None)).await;

    assert_eq!(answer.status(), StatusCode::OK);
    for text in ["Sign in as Mrs A", "Sign in as Dr A. Khan", "Sign in for Mrs A", "Ms R. Patel", "Elm Surgery"] {
        assert!(page.contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_server_without_personas_refuses_to_sign_anybody_in() {
    let server = Server::new(Vec::new());

    let (answer, _) = server.answer(post("/sign-in", "persona=gp", None)).await;

    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.headers().get(header::SET_COOKIE).is_none());
    let (_, page) = server.answer(get_page("/sign-in", None)).await;
    assert!(page.contains("Nobody can sign in to pages here yet") && page.contains("sign-in.toml"));
}

#[tokio::test]
async fn the_daughter_may_act_for_her_mother_and_for_nobody_else() {
    let server = Server::with_everybody();

    let cookie = server.sign_in("persona=daughter&acting_for=mrs-a").await;

    let (_, text) = server.answer(get_page("/who", Some(&cookie))).await;
    assert_eq!(text, r#"Susan Archer Some(ResourceId("mrs-a"))"#);
    let (answer, _) = server.answer(post("/sign-in", "persona=daughter&acting_for=mr-z", None)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let (answer, _) = server.answer(post("/sign-in", "persona=mrs-a&acting_for=daughter", None)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_sees_a_page_without_a_session() {
    let server = Server::with_everybody();

    for cookie in [None, Some("commonweal-session=guess"), Some("other=1")] {
        let (answer, page) = server.answer(get_page("/who", cookie)).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert!(page.contains("/sign-in"));
    }
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    let server = Server::with_everybody();
    let mut request = post("/sign-in", "persona=gp", None);
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());

    let (answer, _) = server.answer(request).await;

    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(answer.headers().get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn signing_out_ends_the_session_and_both_are_in_the_log() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=gp").await;

    let (answer, _) = server.answer(post("/sign-out", "", Some(&cookie))).await;

    assert_eq!(answer.headers().get(header::LOCATION).unwrap(), "/");
    let (answer, _) = server.answer(get_page("/who", Some(&cookie))).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let actions: Vec<(String, String)> =
        server.logged().into_iter().skip(2).map(|e| (e.draft.action, e.draft.name)).collect();
    assert_eq!(actions, [("SignIn".into(), "Dr A. Khan".into()), ("SignOut".into(), "Dr A. Khan".to_owned())]);
}

#[tokio::test]
async fn a_session_left_alone_for_half_an_hour_is_over() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=gp").await;

    server.clock.advance(crate::sessions::IDLE_MS_MAX);

    let (answer, _) = server.answer(get_page("/who", Some(&cookie))).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let server = Server::with_everybody();
    let mut named = get_page("/sign-in", None);
    named.headers_mut().insert("x-request-id", "my-1".parse().unwrap());
    let mut odd = get_page("/sign-in", None);
    odd.headers_mut().insert("x-request-id", "<script>".parse().unwrap());

    let (named, _) = server.answer(named).await;
    let (odd, _) = server.answer(odd).await;

    assert_eq!(named.headers().get("x-request-id").unwrap(), "my-1");
    assert_eq!(odd.headers().get("x-request-id").unwrap().len(), 36);
}

#[tokio::test]
async fn somebody_sees_her_devices_and_signs_out_everywhere_at_once() {
    let server = Server::with_everybody();
    let (first, second) = (server.sign_in("persona=gp").await, server.sign_in("persona=gp").await);
    let hers = server.sign_in("persona=mrs-a").await;

    let (_, page) = server.answer(get_page("/account/devices", Some(&first))).await;
    assert!(page.contains("(this device)") && page.contains("2 devices"), "{page}");
    assert!(!page.contains("Mrs A"));
    let (answer, _) = server.answer(post("/account/devices/end-all", "", Some(&first))).await;

    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    for (cookie, status) in [(&first, 401), (&second, 401), (&hers, 200)] {
        let (answer, _) = server.answer(get_page("/who", Some(cookie))).await;
        assert_eq!(answer.status(), status);
    }
    let last = server.logged().pop().unwrap().draft;
    assert_eq!((last.action.as_str(), last.name.as_str(), last.count), ("SignOutEverywhere", "Dr A. Khan", 2));
}

#[tokio::test]
async fn somebody_ends_another_device_of_her_own_and_none_of_anybody_else() {
    let server = Server::with_everybody();
    let (here, there) = (server.sign_in("persona=gp").await, server.sign_in("persona=gp").await);
    let hers = server.sign_in("persona=mrs-a").await;
    let id = |cookie: &str| {
        let headers = axum::http::HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
        server.trust.session(&headers, &RequestId::parse("r").unwrap()).unwrap().unwrap().id
    };
    let (id_there, id_hers) = (id(&there), id(&hers));

    for id in [&id_there, &id_hers] {
        server.answer(post("/account/devices/end", &format!("session={id}"), Some(&here))).await;
    }

    for (cookie, status) in [(&here, 200), (&there, 401), (&hers, 200)] {
        let (answer, _) = server.answer(get_page("/who", Some(cookie))).await;
        assert_eq!(answer.status(), status);
    }
    assert_eq!(server.logged().pop().unwrap().draft.action, "EndSession");
}

#[tokio::test]
async fn signing_in_leads_back_to_a_page_of_ours_and_never_elsewhere() {
    let server = Server::with_everybody();

    let (answer, page) = server.answer(get_page("/who?a=1", None)).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(page.contains("/sign-in?back=/who%3Fa%3D1"), "{page}");
    let (_, page) = server.answer(get_page("/sign-in?back=/who%3Fa%3D1", None)).await;
    assert!(page.contains(r#"name="back" value="/who?a=1""#), "{page}");

    for (back, to) in [("/who", "/who"), ("//elsewhere.example", "/care"), ("https://elsewhere.example", "/care")] {
        let (answer, _) = server.answer(post("/sign-in", &format!("persona=gp&back={back}"), None)).await;
        assert_eq!(answer.headers().get(header::LOCATION).unwrap(), to);
    }
}

#[tokio::test]
async fn confirming_leads_back_and_gives_a_new_cookie() {
    let server = Server::with_everybody();
    let cookie = server.sign_in("persona=gp").await;
    server.clock.advance(10 * 60_000);

    let (_, page) = server.answer(get_page("/sign-in/again?back=/who", Some(&cookie))).await;
    let (answer, _) = server.answer(post("/sign-in/again", "back=/who", Some(&cookie))).await;

    assert!(page.contains("Confirm that I am Dr A. Khan"));
    assert_eq!(answer.headers().get(header::LOCATION).unwrap(), "/who");
    let renewed = answer.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap().split(';').next().unwrap();
    let (answer, _) = server.answer(get_page("/who", Some(renewed))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let (answer, _) = server.answer(get_page("/who", Some(&cookie))).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(server.logged().pop().unwrap().draft.action, "Reauthenticate");
}
