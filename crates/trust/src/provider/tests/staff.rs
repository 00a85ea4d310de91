//! Staff: their roles here, the choice among several, and that a role that ends here ends the session.

use super::*;
use serde_json::{Value, json};

fn says(house: &House, number: &str, roles: &Value) {
    *house.provider.told.lock().unwrap() = json!({ "nhsid_useruid": number, "nhsid_nrbac_roles": roles });
    *house.provider.token.lock().unwrap() = json!({ "authentication_assurance_level": "3" });
}

fn role(code: &str, organisation: &str) -> Value {
    json!({ "role_code": code, "org_code": organisation, "person_roleid": "1" })
}

#[tokio::test]
async fn a_doctor_with_one_role_here_is_signed_in_for_her_organisation() {
    let house = House::new();
    says(&house, "555900000001", &json!([role("S8000:G8000:R0260", "K81001"), role("S8000:G8000:R0260", "X99999")]));

    let (answer, _) = house.sign_in("staff").await;

    assert_eq!(answer.headers()[header::LOCATION], "/care");
    let headers = axum::http::HeaderMap::from_iter([(header::COOKIE, set_cookie(&answer).parse().unwrap())]);
    let session = house.server.trust.session(&headers, &RequestId::parse("r").unwrap()).unwrap().unwrap();
    assert_eq!(session.asker.display, "Dr Amir Khan");
    assert_eq!(session.asker.organisation.as_ref().unwrap().name, "Elm Surgery");
    assert_eq!(session.asker.acts_as, ["Organization/elm", "Practitioner/khan", "PractitionerRole/khan-elm"]);
    assert_eq!(session.level.strength, Strength::Aal3);
}

#[tokio::test]
async fn a_doctor_with_several_roles_chooses_one() {
    let house = House::new();
    says(&house, "555900000001", &json!([role("S:G:R0260", "K81001"), role("S:G:R8009", "K81002")]));
    let (cookie, url) = house.sent("/sign-in/with/staff", None).await;
    let (answer, _) = house.back("staff", (&cookie, &url)).await;
    let waiting = set_cookie(&answer);

    let (answer, page) = house.server.answer(get_page("/sign-in/done", Some(&waiting))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(page.contains("Elm Surgery") && page.contains("Receptionist, Oak Surgery"), "{page}");
    let (answer, _) = house.server.answer(post("/sign-in/role", "role=7", Some(&waiting))).await;
    assert_eq!(answer.status(), StatusCode::OK, "a role that is not hers is asked for again");
    let (answer, _) = house.server.answer(post("/sign-in/role", "role=1", Some(&waiting))).await;

    assert_eq!(answer.headers()[header::LOCATION], "/care");
    let (answer, _) = house.server.answer(post("/sign-in/role", "role=0", Some(&waiting))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "and only once");
}

#[tokio::test]
async fn nobody_works_here_whom_our_directory_or_the_provider_does_not_know_and_each_is_told_who_can_mend_it() {
    let house = House::new();
    for (number, roles, why, says_so) in [
        ("555900000009", json!([role("S:G:R0260", "K81001")]), "nobody here fits", "does not know the staff number"),
        ("555900000002", json!([role("S:G:R0260", "K81001")]), "not in the directory", "work at K81001."),
        ("555900000001", json!([role("S:G:R0260", "X99999")]), "not in the directory", "work at X99999."),
        (
            "555900000001",
            json!([role("S:G:R9999", "K81001")]),
            "no role here",
            "none is a role here: S:G:R9999 at K81001.",
        ),
        ("555900000001", json!([role("<b>R1</b>", "K|81*")]), "no role here", "none is a role here: bR1b at K81."),
        ("555900000001", json!([]), "no role here", "It says no role of yours."),
        ("5559,0001|*", json!([role("S:G:R0260", "K81001")]), "nobody here fits", "does not know the staff number"),
    ] {
        says(&house, number, &roles);
        let (answer, page) = house.sign_in("staff").await;
        assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, why), "{number}");
        assert!(page.contains("You have no role here") && page.contains(says_so), "{says_so}: {page}");
        assert!(!page.contains(number), "{page}");
    }
}

#[tokio::test]
async fn how_strong_a_sign_in_was_counts_only_as_the_signed_token_says_it() {
    let house = House::new();
    says(&house, "555900000001", &json!([role("S:G:R0260", "K81001")]));
    house.provider.told.lock().unwrap()["authentication_assurance_level"] = json!("3");
    *house.provider.token.lock().unwrap() = json!({});

    let (_, url) = house.sent("/sign-in/with/staff", None).await;
    let (answer, _) = house.sign_in("staff").await;

    assert_eq!(query(&url, "acr_values"), "AAL3_ANY");
    assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "not strong enough"));
}

#[test]
fn a_session_does_not_outlive_the_line_that_gave_its_role() {
    let (staff, citizens) = (provider("staff", Whom::Staff), provider("citizens", Whom::Citizens));
    let without =
        Provider { roles: roles().into_iter().filter(|line| line.role != Role::Gp).collect(), ..staff.clone() };

    assert!(staff.signs_in_as(Role::Gp) && without.signs_in_as(Role::Receptionist));
    assert!(!without.signs_in_as(Role::Gp) && !staff.signs_in_as(Role::Citizen));
    assert!(citizens.signs_in_as(Role::Proxy) && !citizens.signs_in_as(Role::Gp));
}

#[tokio::test]
async fn a_sign_in_with_one_factor_is_not_enough_for_staff() {
    let house = House::new();
    says(&house, "555900000001", &json!([role("S:G:R0260", "K81001")]));
    *house.provider.token.lock().unwrap() = json!({ "authentication_assurance_level": "1" });

    let (answer, _) = house.sign_in("staff").await;

    assert_eq!((answer.status(), house.why().as_str()), (StatusCode::FORBIDDEN, "not strong enough"));
}

#[tokio::test]
async fn a_role_that_ends_in_our_directory_ends_the_session_within_minutes() {
    let house = House::new();
    says(&house, "555900000001", &json!([role("S:G:R0260", "K81001")]));
    let (answer, _) = house.sign_in("staff").await;
    let cookie = set_cookie(&answer);
    assert_eq!(house.who(&cookie).await.0, StatusCode::OK);

    house.put(
        r#"{"resourceType":"PractitionerRole","id":"khan-elm","active":false,"practitioner":{"reference":"Practitioner/khan"},"organization":{"reference":"Organization/elm"}}"#,
    );
    house.server.clock.advance(crate::state::CHECKED_EVERY_MS);

    assert_eq!(house.who(&cookie).await.0, StatusCode::UNAUTHORIZED);
    house.server.clock.advance(1);
    assert_eq!(house.who(&cookie).await.0, StatusCode::UNAUTHORIZED);
}
