//! Button: does something, as against a link, which goes somewhere.
//!
//! Every form has one main button. `once` guards against a double click; the server guards as well, with an idempotency key.

use maud::{Markup, Render, html};

use super::classes;

/// What a button is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonVariant {
    /// The main thing to do.
    #[default]
    Primary,
    /// Beside the main one.
    Secondary,
    /// The same on a coloured ground.
    SecondarySolid,
    /// On a dark ground.
    Reverse,
    /// Something that cannot be undone.
    Warning,
    /// In the colour of the brand, for signing in.
    Brand,
}

impl ButtonVariant {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "",
            Self::Secondary => "nhsuk-button--secondary",
            Self::SecondarySolid => "nhsuk-button--secondary-solid",
            Self::Reverse => "nhsuk-button--reverse",
            Self::Warning => "nhsuk-button--warning",
            Self::Brand => "nhsuk-button--brand",
        }
    }
}

/// A button, or a link that looks like one when `href` is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub text: String,
    /// What it is for.
    pub variant: ButtonVariant,
    /// Whether it is small.
    pub small: bool,
    /// Where it leads, when it is a link.
    pub href: Option<String>,
    /// Its name in the form.
    pub name: Option<String>,
    /// Its value in the form.
    pub value: Option<String>,
    /// `button` for one that sends no form.
    pub kind: Option<&'static str>,
    /// Its id.
    pub id: Option<String>,
    /// Whether it cannot be used now.
    pub disabled: bool,
    /// Whether a second click within a second is ignored.
    pub once: Option<bool>,
    /// More classes.
    pub classes: &'static str,
}

impl Button {
    /// The main button of a form.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A link that looks like a button.
    pub fn link(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: text.into(), href: Some(href.into()), ..Self::default() }
    }

    /// The same for another purpose.
    #[must_use]
    pub fn variant(self, variant: ButtonVariant) -> Self {
        Self { variant, ..self }
    }

    /// The same, small.
    #[must_use]
    pub fn small(self) -> Self {
        Self { small: true, ..self }
    }

    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self::new("Save and continue")
    }
}

impl Render for Button {
    fn render(&self) -> Markup {
        let small = if self.small { "nhsuk-button--small" } else { "" };
        let class = classes(["nhsuk-button", self.variant.class(), small, self.classes]);
        let once = self.once.map(|once| if once { "true" } else { "false" });
        if let Some(href) = &self.href {
            return html! {
                a class=(class) id=[self.id.as_ref()] data-module="nhsuk-button" data-prevent-double-click=[once] href=(href) role="button" draggable="false" { (self.text) }
            };
        }
        let disabled = self.disabled.then_some("true");
        html! {
            button class=(class) id=[self.id.as_ref()] name=[self.name.as_ref()] data-module="nhsuk-button" data-prevent-double-click=[once]
                type=(self.kind.unwrap_or("submit")) value=[self.value.as_ref()] disabled[self.disabled] aria-disabled=[disabled] { (self.text) }
        }
    }
}
