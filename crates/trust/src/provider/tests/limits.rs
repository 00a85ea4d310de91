//! Many sign-ins from one address: a ward gets in, and whoever only fails has to wait.

use super::*;
use crate::tests::limits::from;
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

const WARD: &str = "192.0.2.1";

/// A whole sign-in from an address; gives the status of the last answer.
async fn sign_in_from(house: &House, address: &str) -> StatusCode {
    let ask = |request: Request<Body>| house.server.answer(from(address, request));
    let (answer, _) = ask(get_page("/sign-in/with/citizens", None)).await;
    if answer.status() != StatusCode::SEE_OTHER {
        return answer.status();
    }
    let (cookie, url) = (set_cookie(&answer), answer.headers()[header::LOCATION].to_str().unwrap().to_owned());
    let path = format!("/sign-in/from/citizens?code={}&state={}", house.provider.code_for(&url), query(&url, "state"));
    let (answer, _) = ask(get_page(&path, Some(&cookie))).await;
    if answer.status() != StatusCode::OK {
        return answer.status();
    }
    ask(get_page("/sign-in/done", Some(&set_cookie(&answer)))).await.0.status()
}

#[tokio::test]
async fn a_ward_behind_one_address_gets_in_however_often_somebody_there_fails() {
    let house = House::new();
    let fail = || house.server.answer(from(WARD, get_page("/sign-in/from/citizens?code=a&state=b", None)));
    for number in 0..30 {
        assert_eq!(fail().await.0.status(), StatusCode::FORBIDDEN, "{number}");
    }
    let logged = house.server.logged().len();

    let (answer, page) = fail().await;

    assert_eq!(
        (answer.status(), answer.headers()[header::RETRY_AFTER].to_str().unwrap()),
        (StatusCode::TOO_MANY_REQUESTS, "20")
    );
    assert!(
        page.contains("Too many attempts to sign in from where you are have failed.") && page.contains("20 seconds")
    );
    assert_eq!(house.server.logged().len(), logged, "nobody fills the log");
    for number in 0..150 {
        assert_eq!(sign_in_from(&house, WARD).await, StatusCode::SEE_OTHER, "{number}");
    }
}

#[tokio::test]
async fn whoever_only_begins_sign_ins_has_to_wait() {
    let house = House::new();
    let begin = |address| house.server.answer(from(address, get_page("/sign-in/with/citizens", None)));
    for number in 0..120 {
        assert_eq!(begin(WARD).await.0.status(), StatusCode::SEE_OTHER, "{number}");
    }

    assert_eq!(begin(WARD).await.0.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(begin("192.0.2.2").await.0.status(), StatusCode::SEE_OTHER);
    house.server.clock.advance(1_000);
    assert_eq!(begin(WARD).await.0.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn confirming_fails_only_so_often_on_all_devices_of_an_account() {
    let house = House::new();
    let (one, other) = (set_cookie(&house.sign_in("citizens").await.0), set_cookie(&house.sign_in("citizens").await.0));
    house.provider.token.lock().unwrap()["vot"] = json!("P0.Cp.Cd");
    let again = "/sign-in/with/citizens?again=yes";
    for number in 0..10 {
        let (cookie, url) = house.sent(again, Some(&one)).await;
        assert_eq!(house.back("citizens", (&cookie, &url)).await.0.status(), StatusCode::FORBIDDEN, "{number}");
    }

    let (answer, page) = house.server.answer(get_page(again, Some(&other))).await;

    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(page.contains("You have tried too often to confirm who you are."), "{page}");
    assert_eq!(house.who(&other).await.0, StatusCode::OK, "and is still signed in");
}
