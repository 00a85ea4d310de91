//! Fields of a form: one line of text, a longer text, a choice from a list, a date, a search.
//!
//! A field keeps what was typed, says what is wrong beside it, and ties label, hint and error together for a screen reader. It
//! does not judge what was typed: the rules of an area do. Radios and checkboxes are in [`super::choices`].

use maud::{Markup, Render, html};

use super::{Button, ErrorMessage, classes, icon, text};

/// Sizes of headings, labels and legends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Small.
    S,
    /// Medium.
    M,
    /// Large.
    L,
    /// Extra large.
    Xl,
}

impl Size {
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::S => "s",
            Self::M => "m",
            Self::L => "l",
            Self::Xl => "xl",
        }
    }
}

/// The name of a field, or the legend of a group; on a page with one question it is also the page's heading.
#[derive(Debug, Clone, Default)]
pub struct Label {
    /// What it says.
    pub text: String,
    /// How large it is.
    pub size: Option<Size>,
    /// Whether it is the page's `h1`.
    pub is_page_heading: bool,
    /// Whether only screen readers hear it.
    pub is_hidden: bool,
}

impl Label {
    /// A label in running size.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The question of a page, which is its heading too.
    pub fn page_heading(text: impl Into<String>, size: Size) -> Self {
        Self { text: text.into(), size: Some(size), is_page_heading: true, is_hidden: false }
    }

    /// The same in a size.
    #[must_use]
    pub fn size(self, size: Size) -> Self {
        Self { size: Some(size), ..self }
    }

    fn class(&self, block: &str, more: &str) -> String {
        let size = self.size.map(|size| format!("{block}--{}", size.suffix())).unwrap_or_default();
        let hidden = if self.is_hidden { "nhsuk-u-visually-hidden" } else { "" };
        classes([block, &size, more, hidden])
    }

    pub(crate) fn label(&self, id: Option<&str>, more: &str) -> Markup {
        let label = html! { label class=(self.class("nhsuk-label", more)) for=[id] { (self.text) } };
        html! { @if self.is_page_heading { h1 class="nhsuk-label-wrapper" { (label) } } @else { (label) } }
    }

    pub(crate) fn legend(&self) -> Markup {
        html! {
            legend class=(self.class("nhsuk-fieldset__legend", "")) {
                @if self.is_page_heading { h1 class="nhsuk-fieldset__heading" { (self.text) } } @else { (self.text) }
            }
        }
    }
}

impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// A group of fields under one legend.
pub fn fieldset(legend: &Label, content: &Markup) -> Markup {
    html! { fieldset class="nhsuk-fieldset" { (legend.legend()) (content) } }
}

/// What every field has.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Its name in the form.
    pub name: String,
    /// Its id; the name when not given.
    pub id: Option<String>,
    /// Its label or legend.
    pub label: Label,
    /// What helps to fill it in.
    pub hint: Option<Markup>,
    /// What is wrong with what was typed.
    pub error: Option<String>,
    /// Whether it cannot be used.
    pub disabled: bool,
}

impl Field {
    /// A field with a name and a label.
    pub fn new(name: impl Into<String>, label: impl Into<Label>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    /// The id that an error summary links to.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.name)
    }

    pub(crate) fn group_class(&self, more: &str) -> String {
        classes(["nhsuk-form-group", if self.error.is_some() { "nhsuk-form-group--error" } else { "" }, more])
    }

    pub(crate) fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id()));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id()));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    pub(crate) fn hint_and_error(&self) -> Markup {
        html! {
            @if let Some(hint) = &self.hint { div class="nhsuk-hint" id={ (self.id()) "-hint" } { (hint) } }
            @if let Some(error) = &self.error { (ErrorMessage { text: error.clone(), id: Some(format!("{}-error", self.id())) }) }
        }
    }
}

/// How wide a field is: the number of characters it is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Two characters, such as a day.
    Two,
    /// Three characters.
    Three,
    /// Four characters, such as a year.
    Four,
    /// Five characters.
    Five,
    /// Ten characters, such as an NHS number.
    Ten,
    /// Twenty characters.
    Twenty,
    /// Thirty characters.
    Thirty,
}

impl Width {
    fn class(self) -> &'static str {
        match self {
            Self::Two => "nhsuk-input--width-2",
            Self::Three => "nhsuk-input--width-3",
            Self::Four => "nhsuk-input--width-4",
            Self::Five => "nhsuk-input--width-5",
            Self::Ten => "nhsuk-input--width-10",
            Self::Twenty => "nhsuk-input--width-20",
            Self::Thirty => "nhsuk-input--width-30",
        }
    }
}

/// One line of text.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Name, label, hint, error.
    pub field: Field,
    /// What stands in it.
    pub value: Option<String>,
    /// The type of the input: `text` when not given.
    pub kind: Option<&'static str>,
    /// How wide it is.
    pub width: Option<Width>,
    /// What a browser may fill in.
    pub autocomplete: Option<&'static str>,
    /// Which keyboard a phone shows.
    pub inputmode: Option<&'static str>,
    /// Whether spelling is checked.
    pub spellcheck: Option<bool>,
    /// More classes.
    pub classes: &'static str,
}

impl Input {
    /// A text field.
    pub fn new(name: impl Into<String>, label: impl Into<Label>) -> Self {
        Self { field: Field::new(name, label), ..Self::default() }
    }

    /// A text field for what is about a person: the browser neither remembers it nor sends it to a spelling service.
    pub fn unremembered(field: Field, value: &str, width: Width) -> Self {
        Self {
            field,
            value: Some(value.to_owned()).filter(|value| !value.is_empty()),
            width: Some(width),
            autocomplete: Some("off"),
            spellcheck: Some(false),
            ..Self::default()
        }
    }

    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let field = Field {
            hint: Some(text("As it stands on a letter or a passport")),
            error: Some("Enter a family name".into()),
            ..Field::new("family", "Family name")
        };
        Self { field, spellcheck: Some(false), width: Some(Width::Twenty), ..Self::default() }
    }

    fn element(&self) -> Markup {
        let error = if self.field.error.is_some() { "nhsuk-input--error" } else { "" };
        let width = self.width.map_or("", Width::class);
        let spellcheck = self.spellcheck.map(|check| if check { "true" } else { "false" });
        html! {
            input class=(classes(["nhsuk-input", error, width, self.classes])) id=(self.field.id()) name=(self.field.name)
                type=(self.kind.unwrap_or("text")) spellcheck=[spellcheck] value=[self.value.as_ref()] disabled[self.field.disabled]
                aria-describedby=[self.field.described_by()] autocomplete=[self.autocomplete] inputmode=[self.inputmode];
        }
    }
}

impl Render for Input {
    fn render(&self) -> Markup {
        html! {
            div class=(self.field.group_class("")) {
                (self.field.label.label(Some(self.field.id()), "")) (self.field.hint_and_error()) (self.element())
            }
        }
    }
}

/// A longer text.
#[derive(Debug, Clone, Default)]
pub struct Textarea {
    /// Name, label, hint, error.
    pub field: Field,
    /// What stands in it.
    pub value: String,
    /// How many lines show; five when not given.
    pub rows: Option<u8>,
}

impl Render for Textarea {
    fn render(&self) -> Markup {
        let error = if self.field.error.is_some() { "nhsuk-textarea--error" } else { "" };
        html! {
            div class=(self.field.group_class("")) {
                (self.field.label.label(Some(self.field.id()), "")) (self.field.hint_and_error())
                textarea class=(classes(["nhsuk-textarea", error])) id=(self.field.id()) name=(self.field.name) rows=(self.rows.unwrap_or(5))
                    disabled[self.field.disabled] aria-describedby=[self.field.described_by()] { (self.value) }
            }
        }
    }
}

/// A choice from a list that folds: only where radios would be too long.
#[derive(Debug, Clone, Default)]
pub struct Select {
    /// Name, label, hint, error.
    pub field: Field,
    /// Value and text of each item.
    pub items: Vec<(String, String)>,
    /// The value that is chosen.
    pub value: Option<String>,
}

impl Select {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let item = |value: &str, text: &str| (value.to_owned(), text.to_owned());
        Self {
            field: Field::new("sort", "Sort by"),
            items: vec![item("newest", "Newest first"), item("oldest", "Oldest first")],
            value: Some("oldest".into()),
        }
    }
}

impl Render for Select {
    fn render(&self) -> Markup {
        let error = if self.field.error.is_some() { "nhsuk-select--error" } else { "" };
        html! {
            div class=(self.field.group_class("")) {
                (self.field.label.label(Some(self.field.id()), "")) (self.field.hint_and_error())
                select class=(classes(["nhsuk-select", error])) id=(self.field.id()) name=(self.field.name) disabled[self.field.disabled]
                    aria-describedby=[self.field.described_by()] {
                    @for (value, text) in &self.items {
                        option value=(value) selected[self.value.as_ref() == Some(value)] { (text) }
                    }
                }
            }
        }
    }
}

/// A date that somebody remembers: day, month and year in three fields named `NAME-day`, `NAME-month` and `NAME-year`.
#[derive(Debug, Clone, Default)]
pub struct DateInput {
    /// Name, legend, hint, error; the name is the start of the three fields' ids.
    pub field: Field,
    /// What stands in day, month and year.
    pub values: [String; 3],
    /// Which of the three the error is about; all when none is named.
    pub wrong: [bool; 3],
    /// Whether the browser may fill in the birthday of the person at the keyboard.
    pub is_own_birthday: bool,
}

impl DateInput {
    /// A date field.
    pub fn new(name: impl Into<String>, legend: impl Into<Label>) -> Self {
        Self { field: Field::new(name, legend), ..Self::default() }
    }

    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let field = Field {
            hint: Some(text("For example, 15 3 1984")),
            error: Some("Date of birth must include a month".into()),
            ..Field::new("born", "Date of birth")
        };
        Self {
            field,
            values: ["3".into(), String::new(), "1980".into()],
            wrong: [false, true, false],
            is_own_birthday: false,
        }
    }

    /// The id that an error summary links to: the first part that is wrong.
    pub fn error_id(&self) -> String {
        let parts = ["day", "month", "year"];
        let first = self.wrong.iter().zip(parts).find(|(wrong, _)| **wrong).map_or("day", |(_, part)| part);
        format!("{}-{first}", self.field.id())
    }

    fn part(&self, (part, label): (&'static str, &str), value: &str, wrong: bool) -> Markup {
        let any_named = self.wrong.contains(&true);
        let is_wrong = if any_named { wrong } else { self.field.error.is_some() };
        let width = if part == "year" { Width::Four } else { Width::Two };
        let autocomplete = match part {
            "day" => "bday-day",
            "month" => "bday-month",
            _ => "bday-year",
        };
        let id = format!("{}-{part}", self.field.id());
        let error = if is_wrong { "nhsuk-input--error" } else { "" };
        let group = if is_wrong { "nhsuk-form-group nhsuk-form-group--error" } else { "nhsuk-form-group" };
        let name = if self.field.name.is_empty() { part.to_owned() } else { format!("{}-{part}", self.field.name) };
        html! {
            div class="nhsuk-date-input__item" {
                div class=(group) {
                    (Label::new(label).label(Some(&id), "nhsuk-date-input__label"))
                    input class=(classes(["nhsuk-input", error, width.class(), "nhsuk-date-input__input"])) id=(id) name=(name) type="text"
                        value=[(!value.is_empty()).then_some(value)] disabled[self.field.disabled]
                        autocomplete=[self.is_own_birthday.then_some(autocomplete)] inputmode="numeric";
                }
            }
        }
    }
}

impl Render for DateInput {
    fn render(&self) -> Markup {
        let is_wrong_without_words = self.field.error.is_none() && self.wrong.contains(&true);
        let wrong_parts = if is_wrong_without_words { "nhsuk-form-group--error" } else { "" };
        let parts = [("day", "Day"), ("month", "Month"), ("year", "Year")];
        html! {
            div class=(self.field.group_class(wrong_parts)) {
                fieldset class="nhsuk-fieldset" role="group" aria-describedby=[self.field.described_by()] {
                    (self.field.label.legend()) (self.field.hint_and_error())
                    div class="nhsuk-date-input" id=(self.field.id()) {
                        @for ((part, value), wrong) in parts.into_iter().zip(&self.values).zip(self.wrong) { (self.part(part, value, wrong)) }
                    }
                }
            }
        }
    }
}

/// A field with a button that searches.
#[derive(Debug, Clone, Default)]
pub struct SearchInput {
    /// Name, label, hint, error.
    pub field: Field,
    /// What stands in it.
    pub value: Option<String>,
    /// How wide it is.
    pub width: Option<Width>,
}

impl SearchInput {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self { field: Field::new("q", "Filter entries"), value: None, width: Some(Width::Twenty) }
    }
}

impl Render for SearchInput {
    fn render(&self) -> Markup {
        let error = if self.field.error.is_some() { "nhsuk-input--error" } else { "" };
        let width = self.width.map_or("", Width::class);
        let button = Button::default();
        let disabled = self.field.disabled.then_some("true");
        html! {
            div class=(self.field.group_class("nhsuk-search-input")) {
                (self.field.label.label(Some(self.field.id()), "")) (self.field.hint_and_error())
                div class="nhsuk-input-wrapper nhsuk-search-input__wrapper" {
                    input class=(classes(["nhsuk-input", error, width, "nhsuk-search-input__input"])) id=(self.field.id()) name=(self.field.name)
                        type="search" value=[self.value.as_ref()] disabled[self.field.disabled] aria-describedby=[self.field.described_by()] autocomplete="off";
                    button class="nhsuk-button nhsuk-button--icon nhsuk-button--small nhsuk-search-input__button" data-module="nhsuk-button"
                        type=(button.kind.unwrap_or("submit")) disabled[self.field.disabled] aria-label="Search" aria-disabled=[disabled] { (icon("search")) }
                }
            }
        }
    }
}
