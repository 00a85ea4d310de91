//! The whole surface, walked: as nobody, as the wrong person, with the wrong method.

use super::super::ROUTES;
use super::*;
use testkit::{citizen, clinician, receptionist, service};

/// Every route with the names of the records that are there.
fn walked() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    ROUTES.iter().flat_map(|(path, methods)| {
        let kinds: &[(&str, &str)] = if path.contains("{kind}") {
            &[("Patient", "ada"), ("Observation", "height")]
        } else {
            &[("Patient", "ada")]
        };
        kinds.iter().flat_map(move |(kind, id)| {
            let inner = path
                .replace("{kind}", kind)
                .replace("{id}", id)
                .replace("{version}", "1")
                .replace("{inner}", "Observation");
            methods.iter().map(move |method| (*method, inner.trim_end_matches('/').to_owned(), *path))
        })
    })
}

/// A body that the route would take.
fn body_for(method: &str, path: &str) -> (&'static str, &'static str) {
    match method {
        "PATCH" => ("application/json-patch+json", r#"[{"op":"replace","path":"/active","value":false}]"#),
        "POST" if path.ends_with("_search") => ("application/x-www-form-urlencoded", "_count=5"),
        "POST" if path.is_empty() => {
            let bundle = r#"{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Observation/height"}}]}"#;
            ("application/fhir+json", bundle)
        }
        "POST" | "PUT" if path.contains("Patient") => ("application/fhir+json", PATIENT),
        "POST" | "PUT" => ("application/fhir+json", OBSERVATION),
        _ => ("", ""),
    }
}

#[tokio::test]
async fn nobody_gets_past_the_door_but_for_the_capability_statement() {
    let server = Server::with_records();

    for (method, path, _) in walked() {
        let (kind, body) = body_for(method, &path);
        let reply = server.ask(None, &format!("{method} {path}"), &[("content-type", kind)], body).await;
        if path == "/metadata" {
            assert_eq!(reply.status, 200);
            continue;
        }
        assert_eq!(reply.status, 401, "{method} {path}");
        assert!(reply.header("www-authenticate").starts_with("Bearer"), "{method} {path}");
        assert!(!reply.said().is_empty());
    }
    for path in ["/nonsense/1/2/3/4/5", "/Patientt", "/$nonsense", "/", ""] {
        assert_eq!(server.ask(None, &format!("GET {path}"), &[], "").await.status, 401);
    }
}

#[tokio::test]
async fn a_token_that_is_over_or_none_of_ours_is_refused() {
    let server = Server::with_records();
    let token = server.token(&machinery());
    server.world.clock().advance(3_600_001);

    for (token, error) in [(token.as_str(), "expired"), ("Bearer cwt_made-up", "invalid_token"), ("Basic x", "Bearer")]
    {
        let request =
            Request::get("/fhir/Patient/ada").header("authorization", token).body(Body::empty()).expect("a request");
        let reply = server.send(request).await;
        assert_eq!(reply.status, 401);
        assert!(reply.header("www-authenticate").contains(error), "{}", reply.header("www-authenticate"));
    }
}

/// Staff find everybody's name and date of birth, as they must to find the right person; nobody else does.
#[derive(Clone, Copy, PartialEq)]
enum MaySee {
    Names,
    Nothing,
}

#[tokio::test]
async fn the_wrong_person_finds_nothing_and_changes_nothing() {
    let server = Server::with_records();
    let strangers = [
        (citizen("somebody-else"), MaySee::Nothing),
        (service("system/Organization.rs"), MaySee::Nothing),
        (clinician("stranger", "elsewhere"), MaySee::Names),
        (receptionist("desk", "elsewhere"), MaySee::Names),
    ];

    for (person, may_see) in &strangers {
        for (method, path, route) in walked() {
            let (kind, body) = body_for(method, &path);
            let body = &body.replace("Hiddenname", "Ownname").replace("Secretfinding", "Ownfinding");
            let query = if route == "/{kind}" && matches!(method, "PUT" | "DELETE") { "?_id=height" } else { "" };
            let line = format!("{method} {path}{query}");
            let reply = server.ask(Some(person), &line, &[("content-type", kind)], body).await;
            assert!(!reply.text.contains("Secretfinding"), "{person:?} {line}: {}", reply.text);
            assert!(
                *may_see == MaySee::Names || !reply.text.contains("Hiddenname"),
                "{person:?} {line}: {}",
                reply.text
            );
            if path.contains("/height") || (*may_see == MaySee::Nothing && route == "/{kind}/{id}") {
                let refused = reply.status.as_u16();
                let is_like_absent = refused == 404 || (refused == 403 && !matches!(method, "GET"));
                assert!(is_like_absent, "{person:?} {line}: {} {}", reply.status, reply.text);
            }
        }
    }

    assert_eq!(server.get("/Patient/ada").await.json()["name"][0]["family"], "Hiddenname");
    assert_eq!(server.get("/Observation/height").await.json()["meta"]["versionId"], "1");
}

#[tokio::test]
async fn hidden_and_absent_are_the_same_answer() {
    let server = Server::with_records();
    let stranger = clinician("stranger", "elsewhere");

    let hidden = server.ask(Some(&stranger), "GET /Observation/height", &[], "").await;
    let absent = server.ask(Some(&stranger), "GET /Observation/nothing", &[], "").await;

    assert_eq!((hidden.status, &hidden.text), (StatusCode::NOT_FOUND, &absent.text));
}

#[tokio::test]
async fn a_method_that_is_not_in_the_list_is_not_offered() {
    let server = Server::with_records();

    for (path, methods) in ROUTES {
        let path =
            path.replace("{kind}", "Group").replace("{id}", "x").replace("{version}", "1").replace("{inner}", "Flag");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let reply =
                server.ask(Some(&machinery()), &format!("{method} {}", path.trim_end_matches('/')), &[], "").await;
            let is_refused = reply.status == 405;
            assert_eq!(is_refused, !methods.contains(&method), "{method} {path}: {}", reply.status);
            if is_refused {
                assert!(reply.said().contains("header Allow"));
                assert!(reply.header("allow").contains(methods[0]), "{path}: {}", reply.header("allow"));
            }
        }
    }
}

#[tokio::test]
async fn the_capability_statement_is_valid_and_names_every_type() {
    let server = Server::new();

    let reply = server.ask(None, "GET /metadata", &[], "").await;

    let tree = fhir::json::parse(reply.text.as_bytes()).expect("JSON");
    assert_eq!(fhir::validate(&tree).into_iter().filter(|issue| issue.is_error()).collect::<Vec<_>>(), []);
    let statement = reply.json();
    let resources = statement["rest"][0]["resource"].as_array().expect("resources");
    assert_eq!(resources.len(), fhir::ResourceType::COUNT);
    let group = resources.iter().find(|resource| resource["type"] == "Group").expect("Group");
    insta::assert_snapshot!(serde_json::to_string_pretty(group).expect("JSON"));
}

#[test]
fn the_list_at_the_head_is_the_whole_router_and_only_the_capability_statement_is_open_to_all() {
    let routes = super::super::routes(super::super::Options::default());
    let listed: Vec<String> = ROUTES
        .iter()
        .flat_map(|(path, methods)| {
            methods.iter().map(move |method| format!("{method} /fhir{}", path.trim_end_matches('/')))
        })
        .chain(["POST /fhir/".to_owned()])
        .collect();

    let built: Vec<String> = routes.table().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    let open: Vec<&str> = routes
        .table()
        .iter()
        .filter(|route| route.guest != trust::Guest::Bearer)
        .map(|route| route.path.as_str())
        .collect();

    assert_eq!(built, listed);
    assert_eq!(open, ["/fhir/metadata"]);
}
