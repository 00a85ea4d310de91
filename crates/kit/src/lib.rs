//! What pages are made of: the shell, the components of the design system, charts, dates in words, and the files a browser fetches.
//!
//! The kit knows no patient: it takes text that somebody else was permitted to read and gives HTML that works without a script,
//! by keyboard, on a phone and on paper. It refuses inline scripts and styles (see [`headers`]), the NHS logo and its typeface.
//!
//! | module | holds |
//! |---|---|
//! | [`layout`] | [`layout::Site`] and [`layout::Page`]: header, navigation, banner, main, footer |
//! | [`components`] | one type a component, each an HTML fragment by `maud::Render` |
//! | [`chart`] | a trend with its reference band, sentence, table and download |
//! | [`mod@form`] | forms as they are sent, and what is wrong in them |
//! | [`document`] | the text of a document that another system wrote |
//! | [`mod@format`] | dates, times, ages and NHS numbers as people read them |
//! | [`error`] | [`error::PageError`]: what went wrong, with a way onward |
//! | [`headers`] | the content security policy and its companions |
//! | [`assets`] | style sheet, scripts and icon, embedded under hashed names |
//! | [`typed`] | NHS numbers and dates as people type them |
//! | [`language`] | the words of the shell in English and Welsh |

pub mod assets;
pub mod chart;
pub mod components;
pub mod csv;
pub mod document;
pub mod error;
pub mod form;
pub mod format;
pub mod headers;
pub mod language;
pub mod layout;
pub mod typed;

pub use error::PageError;
pub use language::Language;
pub use layout::{Page, Site};
pub use maud::{Markup, PreEscaped, Render, html};
