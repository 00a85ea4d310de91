//! From FHIR resources to reasons on the privacy officer's desk: what the check reads, it reads from the record through the door.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use gate::{Purpose, Role};
use http_body_util::BodyExt;
use testkit::{World, clinician, officer};
use tower::ServiceExt;
use trust::{Options, Persona, Trust};

/// Dr Khan's practice, and Dr Khan as patient 'khan-self', linked by a Person.
const PRACTICE: [&str; 4] = [
    r#"{"resourceType":"Practitioner","id":"khan","name":[{"family":"Khan"}]}"#,
    r#"{"resourceType":"PractitionerRole","id":"khan-role","practitioner":{"reference":"Practitioner/khan"},"organization":{"reference":"Organization/elm"}}"#,
    r#"{"resourceType":"Patient","id":"khan-self","name":[{"family":"Khan"}],"address":[{"line":["3 Elm Row"],"postalCode":"KE1 1AA"}],"generalPractitioner":[{"reference":"Organization/elm"}]}"#,
    r#"{"resourceType":"Person","id":"khan-person","link":[{"target":{"reference":"Patient/khan-self"}},{"target":{"reference":"Practitioner/khan"}}]}"#,
];

/// A patient of the practice with these members beside the usual ones.
fn patient(members: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"her","generalPractitioner":[{{"reference":"Organization/elm"}}]{members}}}"#
    )
}

/// What the desk says on 1 January 2027, after Dr Khan read the record of `read`.
async fn desk_after(world: &World, read: &str) -> String {
    world.read(&clinician("khan", "elm"), read).unwrap();
    let asker = officer(Role::PrivacyOfficer, Purpose::Audit).asker.as_ref().clone();
    let (id, title, about) = ("officer".to_owned(), "Privacy officer".to_owned(), String::new());
    let personas = vec![Persona { id, title, about, asker, acts_for: vec![] }];
    let trust = Trust::new(world.record().clone(), world.gate(), Options { personas, ..Options::default() });
    let pages = trust.protect(trust.routes().into_router());
    let form = Request::post("/sign-in").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = pages.clone().oneshot(form.body(Body::from("persona=officer")).unwrap()).await.unwrap();
    let cookie = answer.headers().get(header::SET_COOKIE).unwrap().clone();
    get(pages, Request::get("/privacy-officer").header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
}

async fn get(pages: Router, request: Request<Body>) -> String {
    let bytes = pages.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn desk(members: &str, more: &[&str]) -> String {
    let world = World::new();
    PRACTICE.iter().chain(more).for_each(|resource| world.put(resource));
    world.put(&patient(members));
    world.clock().advance(40 * 24 * 3_600_000);
    desk_after(&world, "Patient/her").await
}

#[tokio::test]
async fn a_patient_of_the_practice_is_expected_there() {
    assert!(desk("", &[]).await.contains("The record explains every look so far."));
}

#[tokio::test]
async fn each_fact_of_the_record_becomes_a_reason() {
    for (members, reason) in [
        (r#","name":[{"family":"KHAN"}]"#, "They have the same surname as the person."),
        (
            r#","address":[{"line":["3, Elm Row"],"postalCode":"ke11aa"}]"#,
            "They live at the same address as the person.",
        ),
        (r#","deceasedDateTime":"2026-11-30""#, "The person had died more than four weeks before."),
        (r#","deceasedBoolean":true"#, "The person had died more than four weeks before."),
    ] {
        let desk = desk(members, &[]).await;
        assert!(desk.contains(reason), "{members}: {desk}");
    }
}

#[tokio::test]
async fn an_old_address_and_a_death_of_this_week_are_no_reasons() {
    for members in [
        r#","address":[{"use":"old","line":["3 Elm Row"],"postalCode":"KE1 1AA"}]"#,
        r#","deceasedDateTime":"2026-12-30""#,
    ] {
        assert!(desk(members, &[]).await.contains("The record explains every look so far."), "{members}");
    }
}

#[tokio::test]
async fn somebody_in_the_public_eye_stands_out_unless_she_had_an_appointment_with_this_doctor() {
    let flag = r#","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"CEL"}]}"#;
    let booked = r#"{"resourceType":"Appointment","id":"a","status":"booked","start":"2027-01-01T11:00:00Z","end":"2027-01-01T11:10:00Z","participant":[{"actor":{"reference":"Patient/her"},"status":"accepted"},{"actor":{"reference":"Practitioner/khan"},"status":"accepted"}]}"#;

    assert!(desk(flag, &[]).await.contains("The person is marked as somebody in the public eye."));
    assert!(desk(flag, &[booked]).await.contains("The record explains every look so far."));
}

#[tokio::test]
async fn a_colleague_is_known_by_her_person() {
    let colleague = [
        r#"{"resourceType":"Practitioner","id":"bell"}"#,
        r#"{"resourceType":"PractitionerRole","id":"bell-role","practitioner":{"reference":"Practitioner/bell"},"organization":{"reference":"Organization/elm"}}"#,
        r#"{"resourceType":"Person","id":"bell-person","link":[{"target":{"reference":"Patient/her"}},{"target":{"reference":"Practitioner/bell"}}]}"#,
    ];

    assert!(desk("", &colleague).await.contains("The person works for the same organisation."));
}
