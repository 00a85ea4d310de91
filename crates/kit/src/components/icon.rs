//! Icons drawn inside the page, from the design system's package; they say nothing to a screen reader.
//!
//! The text beside an icon carries the meaning. Which icons there are is decided in `build.rs`.

use maud::{Markup, PreEscaped, html};

include!(concat!(env!("OUT_DIR"), "/icons.rs"));

/// Draws the named icon; an unknown name draws nothing, which the tests of components notice.
pub fn icon(name: &str) -> Markup {
    let Some((_, drawing)) = ICONS.iter().find(|(known, _)| *known == name) else {
        return html! {};
    };
    html! {
        svg class={ "nhsuk-icon nhsuk-icon--" (name) } xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16" height="16" focusable="false" aria-hidden="true" {
            (PreEscaped(drawing))
        }
    }
}
