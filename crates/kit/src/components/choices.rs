//! Radios and checkboxes: choices that stand on the page, each with its own hint and, if chosen, a further question.
//!
//! Ids follow the design system: the first item carries the id of the group, so that an error summary leads to it.

use maud::{Markup, Render, html};

use super::{Field, classes, text};

/// One thing to choose.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What it says.
    pub text: String,
    /// What helps to choose.
    pub hint: Option<Markup>,
    /// A further question, shown when it is chosen. Use it seldom: the script marks the input as expanded, which checkers of
    /// accessibility refuse on radios; a page of its own or two forms are clearer.
    pub then: Option<Markup>,
    /// Whether it is chosen.
    pub is_chosen: bool,
    /// Whether it cannot be chosen.
    pub disabled: bool,
    /// Whether choosing it takes back all others.
    pub is_exclusive: bool,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self { value: value.into(), text: text.into(), ..Self::default() }
    }
}

/// A choice, or the word between groups of choices.
#[derive(Debug, Clone)]
pub enum ChoiceItem {
    /// Something to choose.
    Choice(Choice),
    /// Usually "or".
    Divider(String),
}

impl From<Choice> for ChoiceItem {
    fn from(choice: Choice) -> Self {
        Self::Choice(choice)
    }
}

/// One of several.
#[derive(Debug, Clone, Default)]
pub struct Radios {
    /// Name, legend, hint, error; without a legend's text there is no fieldset.
    pub field: Field,
    /// What can be chosen.
    pub items: Vec<ChoiceItem>,
    /// Whether they stand side by side: only for two short ones.
    pub is_inline: bool,
    /// Whether they are small.
    pub is_small: bool,
}

/// Any of several.
#[derive(Debug, Clone, Default)]
pub struct Checkboxes {
    /// Name, legend, hint, error.
    pub field: Field,
    /// What can be chosen.
    pub items: Vec<ChoiceItem>,
    /// Whether they stand side by side.
    pub is_inline: bool,
    /// Whether they are small.
    pub is_small: bool,
}

impl Radios {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        Self {
            field: Field::new("contact", "How do you want to be contacted?"),
            items: sample_items(),
            ..Self::default()
        }
    }
}

impl Checkboxes {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let field =
            Field { error: Some("Select at least one way".into()), ..Field::new("ways", "How may we contact you?") };
        Self { field, items: sample_items(), ..Self::default() }
    }
}

fn sample_items() -> Vec<ChoiceItem> {
    let email = Choice { hint: Some(text("Without anything clinical in it")), ..Choice::new("email", "Email") };
    vec![
        email.into(),
        Choice::new("letter", "Letter").into(),
        ChoiceItem::Divider("or".into()),
        Choice::new("none", "Do not contact me").into(),
    ]
}

impl Render for Radios {
    fn render(&self) -> Markup {
        Group { block: "nhsuk-radios", kind: "radio", field: &self.field, items: &self.items }
            .draw(self.is_inline, self.is_small)
    }
}

impl Render for Checkboxes {
    fn render(&self) -> Markup {
        Group { block: "nhsuk-checkboxes", kind: "checkbox", field: &self.field, items: &self.items }
            .draw(self.is_inline, self.is_small)
    }
}

/// What radios and checkboxes share: they differ in the name of the block and the type of the input.
struct Group<'a> {
    block: &'static str,
    kind: &'static str,
    field: &'a Field,
    items: &'a [ChoiceItem],
}

impl Group<'_> {
    fn draw(&self, is_inline: bool, is_small: bool) -> Markup {
        let inline = if is_inline { format!("{}--inline", self.block) } else { String::new() };
        let small = if is_small { format!("{}--small", self.block) } else { String::new() };
        let inner = html! {
            (self.field.hint_and_error())
            div class=(classes([self.block, &small, &inline])) data-module=(self.block) {
                @for (place, item) in self.items.iter().enumerate() { (self.item(place, item)) }
            }
        };
        html! {
            div class=(self.field.group_class("")) {
                @if self.field.label.text.is_empty() { (inner) } @else {
                    fieldset class="nhsuk-fieldset" aria-describedby=[self.field.described_by()] { (self.field.label.legend()) (inner) }
                }
            }
        }
    }

    fn item(&self, place: usize, item: &ChoiceItem) -> Markup {
        let choice = match item {
            ChoiceItem::Divider(word) => return html! { div class={ (self.block) "__divider" } { (word) } },
            ChoiceItem::Choice(choice) => choice,
        };
        let end = if place == 0 { String::new() } else { format!("-{}", place + 1) };
        let id = format!("{}{end}", self.field.id());
        let hint_id = choice.hint.as_ref().map(|_| format!("{id}-item-hint"));
        let then_id = choice.then.as_ref().map(|_| format!("conditional-{id}"));
        let hidden = if choice.is_chosen { String::new() } else { format!("{}__conditional--hidden", self.block) };
        let conditional = format!("{}__conditional", self.block);
        html! {
            div class={ (self.block) "__item" } {
                input class={ (self.block) "__input" } id=(id) name=(self.field.name) type=(self.kind) value=(choice.value)
                    checked[choice.is_chosen] disabled[self.field.disabled || choice.disabled] data-aria-controls=[then_id.as_ref()]
                    data-behaviour=[choice.is_exclusive.then_some("exclusive")] aria-describedby=[hint_id.as_ref()];
                label class={ "nhsuk-label " (self.block) "__label" } for=(id) { (choice.text) }
                @if let Some(hint) = &choice.hint { div class={ "nhsuk-hint " (self.block) "__hint" } id=[hint_id] { (hint) } }
            }
            @if let Some(then) = &choice.then { div class=(classes([&conditional, &hidden])) id=[then_id] { (then) } }
        }
    }
}
