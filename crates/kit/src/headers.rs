//! What a browser is told with every page: load nothing from elsewhere, run nothing that stands in the page, frame nothing.
//!
//! Pages of a person are never stored, neither by the browser nor on the way. There is no setting that loosens the policy: a page
//! that needs an inline script or style has to be written differently. Used by [`crate::layout::Page::respond`]; other answers
//! (downloads, redirects) call [`secure`] themselves.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The content security policy of every page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Whether an answer speaks of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Privacy {
    /// Anybody may see it, and caches may keep it for a minute.
    Public,
    /// It belongs to a session: kept nowhere.
    #[default]
    Personal,
}

/// Puts the security headers on an answer.
pub fn secure(headers: &mut HeaderMap, privacy: Privacy) {
    let cache = match privacy {
        Privacy::Public => "public, max-age=60",
        Privacy::Personal => "no-store",
    };
    for (name, value) in [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("x-content-type-options", "nosniff"),
        // Not `no-referrer`: with it, browsers send `Origin: null` with our own forms, which the check of the origin must refuse.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ("x-frame-options", "DENY"),
        ("vary", "cookie, hx-request"),
        ("cache-control", cache),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
