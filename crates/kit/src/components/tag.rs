//! Tag: the status of a thing in a word or two.
//!
//! The word carries the meaning, the colour only helps; nobody clicks a tag.

use maud::{Markup, Render, html};

use super::classes;

/// The colours that the design system gives tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Dark blue, when nothing is chosen.
    #[default]
    Plain,
    /// White.
    White,
    /// Grey: not active any more.
    Grey,
    /// Green: done, good.
    Green,
    /// Blue-green.
    AquaGreen,
    /// Blue: waiting for something.
    Blue,
    /// Purple.
    Purple,
    /// Pink.
    Pink,
    /// Red: needs attention now.
    Red,
    /// Orange: needs attention.
    Orange,
    /// Yellow.
    Yellow,
    /// No colour at all.
    None,
}

impl Colour {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::White => "nhsuk-tag--white",
            Self::Grey => "nhsuk-tag--grey",
            Self::Green => "nhsuk-tag--green",
            Self::AquaGreen => "nhsuk-tag--aqua-green",
            Self::Blue => "nhsuk-tag--blue",
            Self::Purple => "nhsuk-tag--purple",
            Self::Pink => "nhsuk-tag--pink",
            Self::Red => "nhsuk-tag--red",
            Self::Orange => "nhsuk-tag--orange",
            Self::Yellow => "nhsuk-tag--yellow",
            Self::None => "nhsuk-tag--no-colour",
        }
    }
}

/// A tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tag {
    /// The word.
    pub text: String,
    /// Its colour.
    pub colour: Colour,
    /// Whether the edge is left out.
    pub borderless: bool,
    /// More classes.
    pub classes: &'static str,
}

impl Tag {
    /// A tag in the plain colour.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same in a colour.
    #[must_use]
    pub fn colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self::new("In progress").colour(Colour::Blue)
    }
}

impl Render for Tag {
    fn render(&self) -> Markup {
        let border = if self.borderless { "nhsuk-tag--no-border" } else { "" };
        html! { strong class=(classes(["nhsuk-tag", self.colour.class(), border, self.classes])) { (self.text) } }
    }
}
