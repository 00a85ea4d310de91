//! Where a request comes from: the address of the connection, or what a proxy that the operator has named says.
//!
//! Anybody can write `X-Forwarded-For`; it is believed from a named proxy alone, and read from its end, where the proxies wrote. On the
//! machine's own address nobody can be told apart: that is its operator, or a proxy that was not named. Next: `crate::limits`.

use crate::limits::Key;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use std::net::{IpAddr, SocketAddr};

/// Where a request comes from, as far as it can be told; set by [`crate::Trust::protect`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source(Option<IpAddr>);

impl Source {
    /// The source of a request, with these proxies in front of us.
    pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpAddr]) -> Source {
        let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else { return Source(None) };
        let peer = peer.ip().to_canonical();
        if proxies.contains(&peer) {
            return Source(forwarded_for(headers, proxies));
        }
        Source(Some(peer).filter(|peer| !peer.is_loopback()))
    }

    /// The source of a request that has been through [`crate::Trust::protect`].
    pub(crate) fn in_parts(parts: &Parts) -> Source {
        parts.extensions.get::<Source>().copied().unwrap_or_default()
    }

    /// As the limits count it.
    pub(crate) fn key(self) -> Option<Key> {
        self.0.map(Key::of_address)
    }
}

/// The last address that is no proxy of ours; none when something else stands there.
fn forwarded_for(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or("?")).collect();
    let words = lines.iter().flat_map(|line| line.split(',')).rev();
    for word in words {
        let address = word.trim().parse::<IpAddr>().ok()?.to_canonical();
        if !proxies.contains(&address) {
            return Some(address);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn source(peer: &str, forwarded: &[&'static str]) -> Option<String> {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 40_000)));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        Source::of(&extensions, &headers, &proxies).0.map(|address| address.to_string())
    }

    #[test]
    fn a_connection_says_where_it_comes_from_whatever_its_headers_say() {
        assert_eq!(source("192.0.2.1", &[]).as_deref(), Some("192.0.2.1"));
        assert_eq!(source("192.0.2.1", &["198.51.100.7"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(source("::ffff:192.0.2.1", &[]).as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn a_proxy_that_was_named_is_believed_about_what_it_added_itself() {
        assert_eq!(source("10.0.0.1", &["192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(source("10.0.0.1", &["198.51.100.7, 192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(source("10.0.0.1", &["198.51.100.7", "192.0.2.1, 10.0.0.2"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(source("10.0.0.1", &["192.0.2.1, unknown"]), None);
        assert_eq!(source("10.0.0.1", &[]), None);
    }

    #[test]
    fn on_its_own_machine_nobody_can_be_told_apart() {
        assert_eq!(source("127.0.0.1", &["192.0.2.1"]), None);
        assert_eq!(source("::1", &[]), None);
        assert_eq!(Source::of(&Extensions::new(), &HeaderMap::new(), &[]), Source(None));
    }
}
