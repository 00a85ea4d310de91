//! The FHIR R4 REST API.
//!
//! [`routes`] gives the routes under `/fhir`; wrap it, merged with the others, in [`trust::Trust::protect`]. A request passes four
//! rings before its handler: CORS, compression, the time limit, and the door (`door`), which lets nobody without a token past
//! and settles what form the answer may have. [`ROUTES`] is the whole surface: a test walks it as nobody and as the wrong
//! person, and holds it to what the router answers.
//!
//! | module | holds |
//! |---|---|
//! | `door`, `asked` | who asks, base address, `Accept`, `Prefer`, parameters |
//! | `single`, `many`, `history`, `person`, `batch` | the interactions |
//! | `answer`, `bundle`, `failure` | resources, Bundles and refusals as responses |
//! | `subset`, `pretty`, `scan` | `_summary`, `_elements` and `_pretty` over the stored bytes |
//! | `capability` | what the server says of itself |

mod answer;
mod asked;
mod audit;
mod batch;
mod bundle;
mod capability;
mod door;
mod failure;
mod history;
mod many;
mod payload;
mod person;
mod pretty;
mod scan;
mod single;
mod subset;
#[cfg(test)]
mod tests;

pub use payload::BUNDLE_BYTES_MAX;

use axum::Router;
use axum::http::{HeaderName, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use std::sync::Arc;
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use trust::{Guest, Routes};

/// Longest time for one request; past it the client is told to ask for less.
pub const REQUEST_SECONDS_MAX: u64 = 60;

/// Every path below `/fhir` with its methods; `HEAD` goes with `GET`, `OPTIONS` with all.
pub const ROUTES: [(&str, &[&str]); 13] = [
    ("/", &["POST"]),
    ("/metadata", &["GET"]),
    ("/_history", &["GET"]),
    ("/Patient/{id}/$everything", &["GET"]),
    ("/{kind}", &["GET", "POST", "PUT", "DELETE"]),
    ("/{kind}/_search", &["POST"]),
    ("/{kind}/_history", &["GET"]),
    ("/{kind}/{id}", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/{kind}/{id}/_history", &["GET"]),
    ("/{kind}/{id}/_history/{version}", &["GET"]),
    ("/{kind}/{id}/{inner}", &["GET"]),
    ("/{kind}/{id}/{inner}/_search", &["POST"]),
    ("/{kind}/$validate", &["POST"]),
];

/// How the API presents itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The address of `/fhir` as clients see it (`https://record.example/fhir`), where the server is behind a proxy; else it
    /// is taken from each request's Host.
    pub base: Option<String>,
}

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) options: Arc<Options>,
    pub(crate) capability: Arc<[u8]>,
}

/// The routes under `/fhir`.
#[must_use]
pub fn routes(options: Options) -> Routes {
    let api = Api { options: Arc::new(options), capability: capability::statement().into() };
    let routes = Routes::new()
        .post("/", Guest::Bearer, batch::bundle)
        .get("/metadata", Guest::Anybody, capability::metadata)
        .get("/_history", Guest::Bearer, history::of_system)
        .get("/Patient/{id}/$everything", Guest::Bearer, person::everything)
        .get("/{kind}", Guest::Bearer, many::search)
        .post("/{kind}", Guest::Bearer, many::create)
        .put("/{kind}", Guest::Bearer, many::update)
        .delete("/{kind}", Guest::Bearer, many::delete)
        .post("/{kind}/_search", Guest::Bearer, many::search_form)
        .get("/{kind}/_history", Guest::Bearer, history::of_type)
        .get("/{kind}/{id}", Guest::Bearer, single::read)
        .put("/{kind}/{id}", Guest::Bearer, single::update)
        .patch("/{kind}/{id}", Guest::Bearer, single::patch)
        .delete("/{kind}/{id}", Guest::Bearer, single::delete)
        .get("/{kind}/{id}/_history", Guest::Bearer, history::of_instance)
        .get("/{kind}/{id}/_history/{version}", Guest::Bearer, single::vread)
        .get("/{kind}/{id}/{inner}", Guest::Bearer, person::compartment)
        .post("/{kind}/{id}/{inner}/_search", Guest::Bearer, person::compartment_form)
        .post("/{kind}/$validate", Guest::Bearer, single::validate)
        .around(|router| router.fallback(door::no_such_path));
    // A nested router does not answer for its own address with a slash at the end.
    let with_slash = Routes::new().post("/fhir/", Guest::Bearer, batch::bundle);
    routes
        .around(|router| guarded(router, &api))
        .below("/fhir")
        .merge(with_slash.around(|router| guarded(router, &api)))
}

/// Puts the four rings round routes.
fn guarded(routes: Router<Api>, api: &Api) -> Router {
    let door = from_fn_with_state(api.clone(), door::admit);
    let limited = routes
        .method_not_allowed_fallback(door::no_such_method)
        .layer(door)
        .layer(from_fn(door::in_time))
        .with_state(api.clone());
    limited.layer(CompressionLayer::new()).layer(cors())
}

/// Any origin may ask: what it may have is decided by the token that it must bring, and no cookie counts here.
fn cors() -> CorsLayer {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let wanted = ["if-match", "if-none-exist", "if-none-match", "if-modified-since", "prefer", "x-request-id"];
    let wanted = wanted.into_iter().map(HeaderName::from_static);
    let seen = [header::ETAG, header::LAST_MODIFIED, header::LOCATION, HeaderName::from_static("x-request-id")];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(methods)
        .allow_headers(
            [header::AUTHORIZATION, header::ACCEPT, header::CONTENT_TYPE].into_iter().chain(wanted).collect::<Vec<_>>(),
        )
        .expose_headers(seen)
        .max_age(Duration::from_secs(600))
}
