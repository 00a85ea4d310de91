//! Members of the public: who gets in, who does not, and that nobody can tell why.

use super::provider::Lie;
use super::*;
use crate::tests::NOW_MS;
use serde_json::json;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_person_with_her_number_and_date_of_birth_is_signed_in_for_her_own_record() {
    let house = House::new();

    let (answer, _) = house.sign_in("citizens").await;

    assert_eq!(answer.headers()[header::LOCATION], "/my");
    let (status, who) = house.who(&set_cookie(&answer)).await;
    assert_eq!((status, who.as_str()), (StatusCode::OK, r#"Ann Archer Some(ResourceId("mrs-a"))"#));
    let logged = house.server.logged();
    assert_eq!(logged.last().unwrap().draft.action, "SignIn");
    let looked = logged.iter().find(|entry| entry.draft.purpose == "SignIn" && entry.draft.action == "Search").unwrap();
    assert_eq!(looked.draft.who, "service/sign-in");
}

#[tokio::test]
async fn our_assertion_is_ours_for_the_provider_and_for_once() {
    let house = House::new();
    house.sign_in("citizens").await;
    house.sign_in("citizens").await;

    let redeemed = house.provider.redeemed.lock().unwrap().clone();
    let claims = |form: &std::collections::HashMap<String, String>| -> serde_json::Value {
        use base64::Engine;
        let part = form["client_assertion"].split('.').nth(1).unwrap().to_owned();
        serde_json::from_slice(&base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (first, second) = (claims(&redeemed[0]), claims(&redeemed[1]));
    assert_eq!((&first["iss"], &first["sub"]), (&json!("commonweal"), &json!("commonweal")));
    assert_eq!(first["aud"], json!("https://provider.example/token"));
    assert_eq!(first["exp"].as_i64().unwrap() - first["iat"].as_i64().unwrap(), 120);
    assert_ne!(first["jti"], second["jti"]);
    assert!(!redeemed[0].contains_key("client_secret"));
}

#[tokio::test]
async fn an_id_token_that_is_not_good_signs_nobody_in() {
    for (lie, why) in [
        (Lie::Nonce, "wrong nonce"),
        (Lie::Audience, "wrong audience"),
        (Lie::Issuer, "wrong issuer"),
        (Lie::Expired, "expired"),
        (Lie::TooOld, "expired"),
        (Lie::NoSignature, "wrong signature"),
        (Lie::SharedSecret, "wrong signature"),
        (Lie::WrongKey, "wrong signature"),
        (Lie::OtherSubject, "nothing is told of the person"),
        (Lie::NoIdToken, "no ID token"),
    ] {
        let house = House::new();
        *house.provider.lie.lock().unwrap() = lie;

        let (answer, page) = house.sign_in("citizens").await;

        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{lie:?}: {page}");
        assert_eq!(house.why(), why, "{lie:?}");
        assert!(house.server.logged().iter().all(|entry| entry.draft.action != "SignIn"));
    }
}

#[tokio::test]
async fn an_answer_that_was_not_asked_for_signs_nobody_in() {
    let house = House::new();
    let (cookie, url) = house.sent("/sign-in/with/citizens", None).await;
    let code = house.provider.code_for(&url);
    let state = query(&url, "state");
    let path = format!("/sign-in/from/citizens?code={code}&state=");

    let (answer, _) = house.server.answer(get_page(&format!("{path}{state}"), None)).await;
    assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "nothing waited"));
    let other = format!("{path}{}", "0".repeat(64));
    let (answer, _) = house.server.answer(get_page(&other, Some(&cookie))).await;
    assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "wrong state"));
    let (answer, _) = house.server.answer(get_page(&format!("{path}{state}"), Some(&cookie))).await;
    assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "nothing waited"));
    assert!(house.provider.redeemed.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_in_the_name_of_another_provider_signs_nobody_in() {
    let house = House::new();
    for (issuer, why) in [("https://elsewhere.example/", Some("wrong state")), ("https://provider.example/", None)] {
        let (cookie, url) = house.sent("/sign-in/with/citizens", None).await;
        let (state, code) = (query(&url, "state"), house.provider.code_for(&url));
        let path = format!("/sign-in/from/citizens?code={code}&state={state}&iss={issuer}");

        let (answer, _) = house.server.answer(get_page(&path, Some(&cookie))).await;

        assert_eq!(answer.status() == StatusCode::OK, why.is_none());
        assert!(why.is_none_or(|why| house.why() == why));
    }
    let (cookie, url) = house.sent("/sign-in/with/citizens", None).await;
    assert_eq!(house.back("staff", (&cookie, &url)).await.0.status(), StatusCode::FORBIDDEN);
    assert_eq!(house.why(), "nothing waited", "what was begun with one provider does not end with another");
}

#[tokio::test]
async fn a_provider_that_changed_its_key_is_asked_for_the_new_one_but_not_for_every_bad_token() {
    let house = House::new();
    assert_eq!(house.sign_in("citizens").await.0.status(), StatusCode::SEE_OTHER);
    house.provider.has_new_key.store(true, Ordering::Relaxed);

    house.sign_in("citizens").await;
    assert_eq!(house.why(), "wrong signature", "its keys were asked for less than a minute ago");
    house.server.clock.advance(61_000);
    house.provider.later_ms.store(61_000, Ordering::Relaxed);
    assert_eq!(house.sign_in("citizens").await.0.status(), StatusCode::SEE_OTHER);

    let asked = house.provider.keys_asked.load(Ordering::Relaxed);
    *house.provider.lie.lock().unwrap() = Lie::NoSignature;
    for _ in 0..5 {
        assert_eq!(house.sign_in("citizens").await.0.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(house.provider.keys_asked.load(Ordering::Relaxed), asked);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_said_to_be_down_and_nothing_leads_there() {
    let house = House::new();
    house.provider.is_down.store(true, Ordering::Relaxed);

    let (answer, page) = house.server.answer(get_page("/sign-in/with/citizens", None)).await;

    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(page.contains("The other service does not answer as it should. Try again in some minutes."), "{page}");
    assert_eq!(house.why(), "it says nothing of itself");
}

#[tokio::test]
async fn a_sign_in_gets_a_session_of_its_own_and_ends_the_one_before() {
    let house = House::new();
    let first = set_cookie(&house.sign_in("citizens").await.0);
    let (cookie, url) = house.sent("/sign-in/with/citizens", Some(&first)).await;
    let (answer, _) = house.back("citizens", (&cookie, &url)).await;
    let both = format!("{first}; {}", set_cookie(&answer));

    let (answer, _) = house.server.answer(get_page("/sign-in/done", Some(&both))).await;

    assert_ne!(set_cookie(&answer), first);
    assert_eq!(house.who(&first).await.0, StatusCode::UNAUTHORIZED);
    let kept = house.server.logged();
    assert!(kept.iter().all(|entry| !format!("{:?}", entry.draft).contains("code-")), "no code is in the log");
}

#[tokio::test]
async fn an_answer_that_comes_again_or_too_late_finds_nothing() {
    let house = House::new();
    let (cookie, url) = house.sent("/sign-in/with/citizens", None).await;
    assert_eq!(house.back("citizens", (&cookie, &url)).await.0.status(), StatusCode::OK);

    assert_eq!(house.back("citizens", (&cookie, &url)).await.0.status(), StatusCode::FORBIDDEN);

    let (cookie, url) = house.sent("/sign-in/with/citizens", None).await;
    house.server.clock.advance(crate::provider::WAITS_MS_MAX);
    assert_eq!(house.back("citizens", (&cookie, &url)).await.0.status(), StatusCode::FORBIDDEN);
    assert_eq!(house.why(), "nothing waited");
}

#[tokio::test]
async fn an_unknown_number_and_another_birthday_are_the_same_page_without_the_number() {
    let house = House::new();
    let mut pages = Vec::new();
    for (number, birthdate) in [
        ("9990000026", "1944-03-14"),
        ("9990000018", "1944-03-15"),
        ("9990000018", "1944"),
        ("9990000018", "1944-03-14,1944-03-15"),
        ("not-a-number", "1944-03-14"),
        // Mr D has died.
        ("9990000034", "1930-01-02"),
    ] {
        *house.provider.told.lock().unwrap() = json!({ "nhs_number": number, "birthdate": birthdate });
        let (answer, page) = house.sign_in("citizens").await;
        assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "nobody here fits"));
        assert!(!page.contains(number) && page.contains("Ask your GP practice"), "{page}");
        pages.push(page);
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
}

#[tokio::test]
async fn a_vector_of_trust_that_was_not_asked_for_or_is_missing_signs_nobody_in() {
    let house = House::new();
    for vot in [json!("P0.Cp.Cd"), json!("P9.Cp"), json!("P10.Cp.Cd"), json!(null)] {
        house.provider.token.lock().unwrap()["vot"] = vot;
        let (answer, _) = house.sign_in("citizens").await;
        assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "not strong enough"));
    }
    // Said by the userinfo endpoint alone, it counts for nothing.
    house.provider.token.lock().unwrap()["vot"] = json!(null);
    house.provider.told.lock().unwrap()["vot"] = json!("P9.Cp.Cd");
    house.sign_in("citizens").await;
    assert_eq!(house.why(), "not strong enough");
}

#[tokio::test]
async fn somebody_who_is_not_proven_rises_by_proving_who_she_is() {
    let house = House::new();
    house.provider.token.lock().unwrap()["vot"] = json!("P5.Cp.Cd");
    let (answer, _) = house.sign_in("citizens").await;
    let session = set_cookie(&answer);
    let (_, page) = house.server.answer(get_page("/account/prove", Some(&session))).await;
    assert!(page.contains("/sign-in/with/citizens?prove=yes"), "{page}");

    let (cookie, url) = house.sent("/sign-in/with/citizens?prove=yes", Some(&session)).await;
    assert_eq!(query(&url, "vtr"), r#"["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]"#);
    let (answer, _) = house.back("citizens", (&cookie, &url)).await;
    assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "not strong enough"));

    house.provider.token.lock().unwrap()["vot"] = json!("P9.Cp.Cd");
    let (cookie, url) = house.sent("/sign-in/with/citizens?prove=yes", Some(&session)).await;
    let (answer, _) = house.back("citizens", (&cookie, &url)).await;
    let both = format!("{session}; {}", set_cookie(&answer));
    let (answer, _) = house.server.answer(get_page("/sign-in/done", Some(&both))).await;
    let (_, page) = house.server.answer(get_page("/account/prove", Some(&set_cookie(&answer)))).await;
    assert!(page.contains("It is proven who you are"), "{page}");
}

#[tokio::test]
async fn somebody_who_is_not_proven_opens_the_record_of_nobody_else() {
    let house = House::new();
    house.server.put(r#"{"resourceType":"Patient","id":"mr-b","name":[{"family":"Bell"}]}"#);
    house.server.put(r#"{"resourceType":"Consent","id":"grant","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/mr-b"},"policyRule":{"text":"proxy"},"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/mrs-a"}}]}}"#);
    let open = async |vector: &str, patient: &str| {
        house.provider.token.lock().unwrap()["vot"] = json!(vector);
        let (answer, _) = house.sign_in("citizens").await;
        let form = format!("patient={patient}");
        house.server.answer(post("/account/record", &form, Some(&set_cookie(&answer)))).await
    };

    let (refused, page) = open("P5.Cp.Cd", "mr-b").await;
    let (own, _) = open("P5.Cp.Cd", "").await;
    let (proven, _) = open("P9.Cp.Cd", "mr-b").await;

    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(page.contains("/account/prove") && refused.headers().get(header::SET_COOKIE).is_none(), "{page}");
    assert_eq!((own.status(), proven.status()), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
}

#[tokio::test]
async fn confirming_needs_a_sign_in_of_just_now_by_the_same_person() {
    let house = House::new();
    let (answer, _) = house.sign_in("citizens").await;
    let session = set_cookie(&answer);
    let ten_minutes = 10 * 60_000;
    house.server.clock.advance(ten_minutes);
    house.provider.later_ms.store(ten_minutes, Ordering::Relaxed);
    let again = "/sign-in/with/citizens?again=yes&back=/my/record";

    let (cookie, url) = house.sent(again, Some(&session)).await;
    assert_eq!((query(&url, "prompt").as_str(), query(&url, "max_age").as_str()), ("login", "0"));
    let (answer, _) = house.back("citizens", (&cookie, &url)).await;
    assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "not strong enough"));

    house.provider.token.lock().unwrap()["auth_time"] = json!((NOW_MS + ten_minutes) / 1_000);
    let (cookie, url) = house.sent(again, Some(&session)).await;
    let (answer, _) = house.back("citizens", (&cookie, &url)).await;
    let both = format!("{session}; {}", set_cookie(&answer));
    let (answer, _) = house.server.answer(get_page("/sign-in/done", Some(&both))).await;
    assert_eq!(answer.headers()[header::LOCATION], "/my/record");
    assert_eq!(house.server.logged().pop().unwrap().draft.action, "Reauthenticate");
}
