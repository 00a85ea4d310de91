//! Refuses forms that another site sends in the name of somebody who is signed in here.
//!
//! A browser says with every request that changes something where it comes from (`Sec-Fetch-Site`, or the older `Origin`). A
//! request that says "from elsewhere" is refused; one that says nothing comes from no browser. `Sec-Fetch-Site` is sent to https and
//! to one's own machine only, so that on plain http in a house `Origin` alone decides; `Origin: null` is a page without an origin,
//! never one of ours, since our pages say `Referrer-Policy: same-origin`. The session cookie is `SameSite=Strict` besides. Requests with an access token carry no cookie and are not concerned.

use axum::http::{HeaderMap, Method, header};

/// Whether a request may change something, as far as its origin goes.
#[must_use]
pub fn is_own(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() || headers.contains_key(header::AUTHORIZATION) {
        return true;
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else { return true };
    let host = text("host");
    origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn allowed(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        is_own(method, &headers.iter().map(pair).collect())
    }

    #[test]
    fn a_form_of_our_own_pages_is_taken() {
        assert!(allowed(&Method::POST, &[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(allowed(&Method::POST, &[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]));
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        assert!(!allowed(&Method::POST, &[("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&Method::DELETE, &[("sec-fetch-site", "same-site")]));
        assert!(!allowed(&Method::POST, &[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:9090")]));
        assert!(!allowed(&Method::POST, &[("host", "127.0.0.1:8080"), ("origin", "null")]));
    }

    #[test]
    fn away_from_this_machine_on_plain_http_the_origin_alone_decides() {
        let host = ("host", "192.168.1.20:8080");

        assert!(allowed(&Method::POST, &[host, ("origin", "http://192.168.1.20:8080")]));
        assert!(!allowed(&Method::POST, &[host, ("origin", "http://192.168.1.20")]));
        assert!(!allowed(&Method::POST, &[host, ("origin", "null")]));
        assert!(!allowed(&Method::POST, &[host, ("origin", "")]));
        assert!(!allowed(&Method::POST, &[("origin", "http://192.168.1.20:8080")]));
        assert!(allowed(&Method::POST, &[host]));
    }

    #[test]
    fn a_script_without_a_browser_and_a_mere_read_are_taken() {
        assert!(allowed(&Method::POST, &[]));
        assert!(allowed(&Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(allowed(&Method::POST, &[("sec-fetch-site", "cross-site"), ("authorization", "Bearer x")]));
    }
}
