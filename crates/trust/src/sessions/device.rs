//! A device in a few words, so that a person knows her own again: "Firefox on Windows".
//!
//! Only browser and system are told from `User-Agent`, without versions: enough for the list of one's own devices, too little to
//! tell one visitor from another. The words come from closed lists; nothing of what was sent is kept.

use axum::http::{HeaderMap, header};

/// Marks of browsers, the more special first: most browsers call themselves Chrome and Safari too.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "A program"),
];

/// Marks of systems, the more special first.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// The device that sends these headers.
#[must_use]
pub fn device(headers: &HeaderMap) -> String {
    let sent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let of = |marks: &[(&str, &'static str)]| marks.iter().find(|(mark, _)| sent.contains(mark)).map(|(_, word)| *word);
    match (of(&BROWSERS), of(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) => one.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "A device that did not say what it is".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(sent: &str) -> String {
        device(&HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::try_from(sent).unwrap())]))
    }

    #[test]
    fn a_device_is_told_by_browser_and_system_and_no_more() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1";

        assert_eq!(of(edge), "Edge on Windows");
        assert_eq!(of(phone), "Safari on iPhone");
        assert_eq!(of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox on Linux");
        assert_eq!(of("curl/8.9"), "A program");
    }

    #[test]
    fn nothing_of_what_was_sent_is_repeated() {
        assert_eq!(of("<b>My-Own-Browser-7f3c9a</b>"), "A device that did not say what it is");
        assert_eq!(device(&HeaderMap::new()), "A device that did not say what it is");
    }
}
