//! The words of the shell in the languages that pages speak; an area brings the words of its own pages.
//!
//! Welsh is the second language of the service. A page says its language in its `lang` attribute, so that a screen reader
//! pronounces it rightly. Where next: [`crate::layout`].

/// A language that pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, as the NHS content guide writes it.
    #[default]
    English,
    /// Welsh.
    Welsh,
}

/// What the shell says on every page.
pub(crate) struct Words {
    pub(crate) skip: &'static str,
    pub(crate) back: &'static str,
    pub(crate) back_to: &'static str,
    pub(crate) more: &'static str,
    pub(crate) browse: &'static str,
    pub(crate) menu: &'static str,
    pub(crate) account: &'static str,
    pub(crate) homepage: &'static str,
    pub(crate) support: &'static str,
    pub(crate) error: &'static str,
    pub(crate) demo_label: &'static str,
    pub(crate) demo: &'static str,
    pub(crate) sign_out: &'static str,
}

impl Language {
    /// The tag for the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Welsh => "cy",
        }
    }

    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Welsh => &WELSH,
        }
    }
}

static ENGLISH: Words = Words {
    skip: "Skip to main content",
    back: "Back",
    back_to: "Back to",
    more: "More",
    browse: "Browse",
    menu: "Menu",
    account: "Account",
    homepage: "homepage",
    support: "Support links",
    error: "Error: ",
    demo_label: "Demonstration",
    demo: "Demonstration: every person and every record here is made up.",
    sign_out: "Sign out",
};

static WELSH: Words = Words {
    skip: "Neidio i'r prif gynnwys",
    back: "Yn ôl",
    back_to: "Yn ôl i",
    more: "Mwy",
    browse: "Pori",
    menu: "Dewislen",
    account: "Cyfrif",
    homepage: "hafan",
    support: "Dolenni cymorth",
    error: "Gwall: ",
    demo_label: "Arddangosiad",
    demo: "Arddangosiad: mae pob person a phob cofnod yma wedi'u dyfeisio.",
    sign_out: "Allgofnodi",
};
