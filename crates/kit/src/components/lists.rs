//! Summary lists and task lists: facts with their names, and steps with their states.
//!
//! An action's hidden text names what it changes, so that "Change" makes sense when read alone.

use maud::{Markup, Render, html};

use super::{Colour, Tag, classes, text};

/// Something that can be done with a row or a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Action {
    /// Where it leads; a button of the surrounding form when `None`.
    pub href: Option<String>,
    /// What it says.
    pub text: String,
    /// What it is about, for screen readers.
    pub about: String,
}

impl Action {
    /// A link to where it is done.
    pub fn link(href: impl Into<String>, text: impl Into<String>, about: impl Into<String>) -> Self {
        Self { href: Some(href.into()), text: text.into(), about: about.into() }
    }

    pub(crate) fn draw(&self, card: Option<&str>) -> Markup {
        let has_more = !self.about.is_empty() || card.is_some();
        let inner = html! {
            (self.text)
            @if has_more {
                span class="nhsuk-u-visually-hidden" {
                    @if !self.about.is_empty() { " " (self.about) }
                    @if let Some(card) = card { " (" (card) ")" }
                }
            }
        };
        html! {
            @if let Some(href) = &self.href { a class="nhsuk-link" href=(href) { (inner) } }
            @else { button class="nhsuk-link" type="submit" { (inner) } }
        }
    }
}

/// One fact.
#[derive(Debug, Clone, Default)]
pub struct SummaryRow {
    /// Its name.
    pub key: String,
    /// What it is.
    pub value: Markup,
    /// What can be done with it.
    pub actions: Vec<Action>,
}

impl SummaryRow {
    /// A fact in text.
    pub fn new(key: impl Into<String>, value: &str) -> Self {
        Self { key: key.into(), value: text(value), actions: Vec::new() }
    }

    /// A fact as markup.
    pub fn of(key: impl Into<String>, value: Markup) -> Self {
        Self { key: key.into(), value, actions: Vec::new() }
    }
}

/// Which lines a summary list draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Borders {
    /// Under every row.
    #[default]
    All,
    /// Not under the last.
    NotLast,
    /// None.
    None,
}

/// Facts with their names.
#[derive(Debug, Clone, Default)]
pub struct SummaryList {
    /// The facts.
    pub rows: Vec<SummaryRow>,
    /// The lines between them.
    pub borders: Borders,
    /// The heading of the card around it, which screen readers hear with each action.
    pub card: Option<String>,
}

impl SummaryList {
    /// Facts with a line under each.
    pub fn new(rows: Vec<SummaryRow>) -> Self {
        Self { rows, ..Self::default() }
    }

    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let change = Action::link("#", "Change", "telephone number");
        Self::new(vec![
            SummaryRow::new("Name", "Edith Ashworth"),
            SummaryRow { actions: vec![change], ..SummaryRow::new("Telephone", "01632 960 001") },
        ])
    }

    fn row(&self, row: &SummaryRow, any_actions: bool) -> Markup {
        let card = self.card.as_deref();
        let none = if any_actions && row.actions.is_empty() { "nhsuk-summary-list__row--no-actions" } else { "" };
        html! {
            div class=(classes(["nhsuk-summary-list__row", none])) {
                dt class="nhsuk-summary-list__key" { (row.key) }
                dd class="nhsuk-summary-list__value" { (row.value) }
                @match row.actions.as_slice() {
                    [] => {},
                    [action] => dd class="nhsuk-summary-list__actions" { (action.draw(card)) },
                    actions => dd class="nhsuk-summary-list__actions" {
                        ul class="nhsuk-summary-list__actions-list" {
                            @for action in actions { li class="nhsuk-summary-list__actions-list-item" { (action.draw(card)) } }
                        }
                    },
                }
            }
        }
    }
}

impl Render for SummaryList {
    fn render(&self) -> Markup {
        let border = match self.borders {
            Borders::All => "",
            Borders::NotLast => "nhsuk-summary-list--no-last-row-border",
            Borders::None => "nhsuk-summary-list--no-border",
        };
        let any_actions = self.rows.iter().any(|row| !row.actions.is_empty());
        html! {
            dl class=(classes(["nhsuk-summary-list", border])) { @for row in &self.rows { (self.row(row, any_actions)) } }
        }
    }
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TaskStatus {
    /// Done.
    Completed,
    /// To do.
    #[default]
    Incomplete,
    /// Not possible yet; the task has no link.
    CannotStart,
    /// In other words.
    Other(Tag),
}

impl TaskStatus {
    fn tag(&self) -> Tag {
        let plain = |text: &str, classes: &'static str| Tag {
            text: text.into(),
            colour: Colour::None,
            borderless: true,
            classes,
        };
        match self {
            Self::Completed => plain("Completed", "nhsuk-u-font-weight-normal"),
            Self::Incomplete => Tag::new("Incomplete").colour(Colour::Blue),
            Self::CannotStart => plain("Cannot start yet", "nhsuk-u-font-weight-normal nhsuk-u-secondary-text-colour"),
            Self::Other(tag) => tag.clone(),
        }
    }
}

/// One step.
#[derive(Debug, Clone, Default)]
pub struct Task {
    /// What is to be done.
    pub text: String,
    /// Where it is done.
    pub href: Option<String>,
    /// What helps to do it.
    pub hint: Option<String>,
    /// How far it is.
    pub status: TaskStatus,
}

/// Steps with their states, in any order.
#[derive(Debug, Clone, Default)]
pub struct TaskList {
    /// The start of the ids; different for two lists on a page.
    pub id: String,
    /// The steps.
    pub tasks: Vec<Task>,
}

impl TaskList {
    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let task = |text: &str, status| Task { text: text.into(), href: Some("#".into()), hint: None, status };
        let hint = Some("Details of your parents, brothers and sisters".to_owned());
        Self {
            id: "health".into(),
            tasks: vec![
                task("Exercise", TaskStatus::Completed),
                Task { hint, ..task("Family health history", TaskStatus::Incomplete) },
                Task { href: None, ..task("Blood test", TaskStatus::CannotStart) },
            ],
        }
    }

    fn item(&self, number: usize, task: &Task) -> Markup {
        let id = format!("{}-{number}", self.id);
        let hint = task.hint.as_ref().map(|_| format!("{id}-hint "));
        let link = if task.href.is_some() { "nhsuk-task-list__item--with-link" } else { "" };
        html! {
            li class=(classes(["nhsuk-task-list__item", link])) {
                div class="nhsuk-task-list__name-and-hint" {
                    @if let Some(href) = &task.href {
                        a class="nhsuk-task-list__link nhsuk-link" href=(href) aria-describedby={ (hint.unwrap_or_default()) (id) "-status" } { (task.text) }
                    } @else { div { (task.text) } }
                    @if let Some(hint) = &task.hint { div class="nhsuk-task-list__hint" id={ (id) "-hint" } { (hint) } }
                }
                div class="nhsuk-task-list__status" id={ (id) "-status" } { (task.status.tag()) }
            }
        }
    }
}

impl Render for TaskList {
    fn render(&self) -> Markup {
        html! { ul class="nhsuk-task-list" { @for (place, task) in self.tasks.iter().enumerate() { (self.item(place + 1, task)) } } }
    }
}
