//! Where a request comes from: the address of the connection, or what a proxy that the operator has named says.
//!
//! Anybody can write `X-Forwarded-For`; it is believed from a named proxy alone, and read from its end, where the proxies wrote. On the
//! machine's own address nobody can be told apart: that is its operator, or a proxy that was not named. What a named proxy writes and is not
//! understood counts as the proxy's own address, so that no way of writing turns the limits off. Next: `crate::limits`.

use crate::limits::Key;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use std::net::{IpAddr, SocketAddr};

/// Where a request comes from, as far as it can be told; set by [`crate::Trust::protect`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source(Option<IpAddr>);

impl Source {
    /// The source of a request, with these proxies in front of us; and whether one of them did not say clearly what it is.
    pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpAddr]) -> (Source, bool) {
        let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else { return (Source(None), false) };
        let peer = peer.ip().to_canonical();
        if proxies.contains(&peer) {
            let told = forwarded_for(headers, proxies);
            return (Source(Some(told.unwrap_or(peer))), told.is_none());
        }
        (Source(Some(peer).filter(|peer| !peer.is_loopback())), false)
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

/// The last address that is no proxy of ours; none when something else stands there, or nothing.
fn forwarded_for(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let lines = |name: &'static str| headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?"));
    let mut words: Vec<&str> = lines("x-forwarded-for").flat_map(|line| line.split(',')).collect();
    if words.is_empty() {
        // RFC 7239: one element a proxy, of which only `for` is about where the request came from.
        words = lines("forwarded").flat_map(|line| line.split(',')).map(for_in).collect();
    }
    for word in words.into_iter().rev() {
        let address = address_in(word)?.to_canonical();
        if !proxies.contains(&address) {
            return Some(address);
        }
    }
    None
}

/// The value of `for` in an element of `Forwarded`; empty without one.
fn for_in(element: &str) -> &str {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value).next().unwrap_or_default()
}

/// An address as proxies write it: alone, with a port, an IPv6 address in brackets, each in quotes or not.
fn address_in(word: &str) -> Option<IpAddr> {
    let word = word.trim().trim_matches('"');
    let alone = || word.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    let with_port = || word.parse::<SocketAddr>().ok().map(|address| address.ip());
    word.parse().ok().or_else(with_port).or_else(alone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn source(peer: &str, forwarded: &[&'static str]) -> Option<String> {
        said("x-forwarded-for", peer, forwarded).0
    }

    fn said(header: &'static str, peer: &str, forwarded: &[&'static str]) -> (Option<String>, bool) {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 40_000)));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(header, HeaderValue::from_static(line));
        }
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let (source, is_unclear) = Source::of(&extensions, &headers, &proxies);
        (source.0.map(|address| address.to_string()), is_unclear)
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
    }

    #[test]
    fn a_proxy_may_write_a_port_brackets_or_the_header_of_the_standard() {
        for written in ["192.0.2.1:40123", "198.51.100.7, 192.0.2.1:1"] {
            assert_eq!(source("10.0.0.1", &[written]).as_deref(), Some("192.0.2.1"), "{written}");
        }
        for written in ["2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:40123", "\"[2001:db8::7]:1\""] {
            assert_eq!(source("10.0.0.1", &[written]).as_deref(), Some("2001:db8::7"), "{written}");
        }
        for written in ["for=192.0.2.1", "For=\"192.0.2.1:4711\";proto=https", "for=198.51.100.7, by=x;for=192.0.2.1"] {
            let told = said("forwarded", "10.0.0.1", &[written]);
            assert_eq!(told, (Some("192.0.2.1".to_owned()), false), "{written}");
        }
    }

    #[test]
    fn what_is_not_understood_counts_as_the_proxy_so_that_the_limits_stay_on() {
        for written in [&["192.0.2.1, unknown"][..], &["192.0.2.1, _hidden:1"], &[""], &["192.0.2.1:x"], &[]] {
            let told = said("x-forwarded-for", "10.0.0.1", written);
            assert_eq!(told, (Some("10.0.0.1".to_owned()), true), "{written:?}");
        }
        assert_eq!(said("forwarded", "10.0.0.1", &["for=unknown"]), (Some("10.0.0.1".to_owned()), true));
        assert_eq!(said("forwarded", "10.0.0.1", &["proto=https"]), (Some("10.0.0.1".to_owned()), true));
        assert!(!said("x-forwarded-for", "192.0.2.1", &["nonsense"]).1, "nobody asked the person herself");
    }

    #[test]
    fn on_its_own_machine_nobody_can_be_told_apart() {
        assert_eq!(source("127.0.0.1", &["192.0.2.1"]), None);
        assert_eq!(source("::1", &[]), None);
        assert_eq!(Source::of(&Extensions::new(), &HeaderMap::new(), &[]), (Source(None), false));
    }
}
