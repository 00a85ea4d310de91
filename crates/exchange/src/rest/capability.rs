//! The CapabilityStatement: what the server says of itself, made from what is there.
//!
//! Types and search parameters come from the same definitions that search uses, interactions from [`super::ROUTES`], so that
//! neither can promise what the other does not keep. It is made once, when the router is.

use super::answer::json;
use super::asked::Wishes;
use super::{Api, ROUTES};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use fhir::Json;
use fhir::ResourceType;
use fhir::search::{Param, ParamKind, params};
use std::sync::Arc;

/// The day that this form of the statement is of.
const DATE: &str = "2026-11-22";

/// `GET /metadata`, open to all.
pub(super) async fn metadata(State(api): State<Api>, Extension(wishes): Extension<Arc<Wishes>>) -> Response {
    json(StatusCode::OK, &wishes, api.capability.to_vec())
}

/// The statement.
pub(super) fn statement() -> Vec<u8> {
    let resources = ResourceType::all().map(resource).collect();
    let rest = Json::from([
        ("mode", Json::from("server")),
        ("security", security()),
        ("resource", Json::Array(resources)),
        (
            "interaction",
            interactions(&[
                ("transaction", "POST", "/"),
                ("batch", "POST", "/"),
                ("history-system", "GET", "/_history"),
            ]),
        ),
        ("searchParam", Json::Array(every_type())),
    ]);
    let tree = Json::from([
        ("resourceType", Json::from("CapabilityStatement")),
        ("status", Json::from("active")),
        ("date", Json::from(DATE)),
        ("kind", Json::from("instance")),
        (
            "software",
            Json::from([("name", Json::from("Commonweal")), ("version", Json::from(env!("CARGO_PKG_VERSION")))]),
        ),
        ("implementation", Json::from([("description", Json::from("The record of one community"))])),
        ("fhirVersion", Json::from("4.0.1")),
        ("format", Json::Array(vec![Json::from("application/fhir+json"), Json::from("json")])),
        ("patchFormat", Json::Array(vec![Json::from("application/json-patch+json")])),
        ("rest", Json::Array(vec![rest])),
    ]);
    tree.to_vec()
}

fn security() -> Json<'static> {
    Json::from([
        ("cors", Json::Bool(true)),
        (
            "description",
            Json::from(
                "Every request but this one needs a bearer token. What may be seen is decided for each request, and every access is logged.",
            ),
        ),
    ])
}

fn resource(kind: ResourceType) -> Json<'static> {
    let mut tree = Json::from([
        ("type", Json::from(kind.name())),
        (
            "interaction",
            interactions(&[
                ("read", "GET", "/{kind}/{id}"),
                ("vread", "GET", "/{kind}/{id}/_history/{version}"),
                ("update", "PUT", "/{kind}/{id}"),
                ("patch", "PATCH", "/{kind}/{id}"),
                ("delete", "DELETE", "/{kind}/{id}"),
                ("history-instance", "GET", "/{kind}/{id}/_history"),
                ("history-type", "GET", "/{kind}/_history"),
                ("create", "POST", "/{kind}"),
                ("search-type", "GET", "/{kind}"),
            ]),
        ),
        ("versioning", Json::from("versioned-update")),
        ("readHistory", Json::Bool(true)),
        ("updateCreate", Json::Bool(true)),
        ("conditionalCreate", Json::Bool(is_offered("POST", "/{kind}"))),
        ("conditionalRead", Json::from("full-support")),
        ("conditionalUpdate", Json::Bool(is_offered("PUT", "/{kind}"))),
        ("conditionalDelete", Json::from(if is_offered("DELETE", "/{kind}") { "single" } else { "not-supported" })),
        ("referencePolicy", Json::Array(["literal", "logical", "local"].map(Json::from).to_vec())),
    ]);
    let references = params(kind).filter(|param| param.kind == ParamKind::Reference);
    let includes: Vec<Json<'_>> =
        references.map(|param| Json::from(format!("{}:{}", kind.name(), param.code))).collect();
    if !includes.is_empty() {
        tree.set("searchInclude", Json::Array(includes));
    }
    let own = params(kind).filter(|param| param.base.is_some()).map(search_param);
    tree.set("searchParam", Json::Array(own.collect::<Vec<_>>()));
    if tree.get("searchParam").is_some_and(|own| own.items().is_empty()) {
        tree.remove("searchParam");
    }
    if kind == ResourceType::AUDIT_EVENT {
        let said = "A search by `patient` tells the access log of that person, newest first, and then what others have sent. Events of the log have ids that begin with `log-`; nobody can change them.";
        tree.set("documentation", Json::from(said));
    }
    if kind == ResourceType::PATIENT {
        let definition = "http://hl7.org/fhir/OperationDefinition/Patient-everything";
        let everything = Json::from([("name", Json::from("everything")), ("definition", Json::from(definition))]);
        tree.set("operation", Json::Array(vec![everything]));
    }
    tree
}

/// The parameters that every type has.
fn every_type() -> Vec<Json<'static>> {
    let own = [("_id", "token"), ("_lastUpdated", "date")];
    let own = own.into_iter().map(|(name, kind)| Json::from([("name", Json::from(name)), ("type", Json::from(kind))]));
    own.chain(params(ResourceType::BASIC).filter(|param| param.base.is_none()).map(search_param)).collect()
}

fn search_param(param: &Param) -> Json<'static> {
    let kind = match param.kind {
        ParamKind::Number => "number",
        ParamKind::Date => "date",
        ParamKind::String => "string",
        ParamKind::Token => "token",
        ParamKind::Reference => "reference",
        ParamKind::Composite => "composite",
        ParamKind::Quantity => "quantity",
        ParamKind::Uri => "uri",
        ParamKind::Special => "special",
    };
    let definition = format!("http://hl7.org/fhir/SearchParameter/{}", param.definition);
    Json::from([("name", Json::from(param.code)), ("definition", Json::from(definition)), ("type", Json::from(kind))])
}

/// Those of the interactions whose route is there.
fn interactions(all: &[(&'static str, &str, &str)]) -> Json<'static> {
    let offered = all.iter().filter(|(_, method, path)| is_offered(method, path));
    Json::Array(offered.map(|(code, ..)| Json::from([("code", Json::from(*code))])).collect())
}

fn is_offered(method: &str, path: &str) -> bool {
    ROUTES.iter().any(|(route, methods)| *route == path && methods.contains(&method))
}
