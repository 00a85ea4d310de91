//! Table: rows that are compared. On a phone a responsive table becomes one block a row, with the column's name beside each cell.
//!
//! Sorting is a link to the server (`Column::href`) and works without a script. A wide table that scrolls can be reached by keyboard.

use maud::{Markup, Render, html};

use super::{Size, classes, text};

/// How a column's cells are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Text, to the left.
    #[default]
    Text,
    /// Figures, to the right.
    Numeric,
}

/// How a column is sorted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// It can be.
    Possible,
    /// From small to large.
    Ascending,
    /// From large to small.
    Descending,
}

/// A column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// Its name.
    pub text: String,
    /// How its cells are set.
    pub format: Format,
    /// How it is sorted.
    pub sort: Option<Sort>,
    /// Where sorting by it leads.
    pub href: Option<String>,
    /// Its width, such as `one-third`.
    pub width: Option<&'static str>,
    /// More classes.
    pub classes: &'static str,
}

impl Column {
    /// A column of text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A column of figures.
    pub fn numeric(text: impl Into<String>) -> Self {
        Self { text: text.into(), format: Format::Numeric, ..Self::default() }
    }
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// What stands in it.
    pub content: Markup,
    /// Where it leads.
    pub href: Option<String>,
    /// Whether it is set otherwise than its column.
    pub format: Option<Format>,
    /// Whether its content is markup rather than text: a responsive table keeps it together.
    pub is_markup: bool,
    /// More classes.
    pub classes: &'static str,
}

impl Cell {
    /// A cell of markup.
    pub fn of(content: Markup) -> Self {
        Self { content, is_markup: true, ..Self::default() }
    }
}

impl From<&str> for Cell {
    fn from(words: &str) -> Self {
        Self { content: text(words), ..Self::default() }
    }
}

impl From<String> for Cell {
    fn from(words: String) -> Self {
        Self::from(words.as_str())
    }
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The size of the caption.
    pub caption_size: Option<Size>,
    /// The id of the caption; needed when the table scrolls.
    pub caption_id: Option<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the first cell of a row names the row.
    pub first_cell_is_header: bool,
    /// Whether it becomes blocks on a phone.
    pub is_responsive: bool,
    /// Whether rows stand close.
    pub is_compact: bool,
    /// Whether every second row is tinted.
    pub is_striped: bool,
    /// Whether it scrolls sideways.
    pub scrolls: bool,
}

impl Table {
    /// A table of text that becomes blocks on a phone.
    pub fn responsive(caption: impl Into<String>, columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        Self {
            caption: caption.into(),
            caption_size: Some(Size::M),
            columns,
            rows,
            first_cell_is_header: true,
            is_responsive: true,
            ..Self::default()
        }
    }

    /// One for tests and the gallery.
    pub fn sample() -> Self {
        let columns = vec![Column::new("Date"), Column::new("Test"), Column::numeric("Result")];
        let rows = vec![
            vec!["22 November 2026".into(), "HbA1c".into(), "53 mmol/mol".into()],
            vec!["14 May 2026".into(), "HbA1c".into(), "48 mmol/mol".into()],
        ];
        Self::responsive("Blood glucose control", columns, rows)
    }

    fn is_sortable(&self) -> bool {
        self.columns.iter().any(|column| column.sort.is_some())
    }

    fn role(&self, role: &'static str) -> Option<&'static str> {
        self.is_responsive.then_some(role)
    }

    fn head(&self) -> Markup {
        let on_server = self.columns.iter().any(|column| column.href.is_some());
        html! {
            thead class="nhsuk-table__head" role=[self.role("rowgroup")] {
                tr class="nhsuk-table__row" role=[self.role("row")] {
                    @for column in &self.columns { (self.column(column, on_server)) }
                }
            }
        }
    }

    fn column(&self, column: &Column, on_server: bool) -> Markup {
        let numeric = if column.format == Format::Numeric { "nhsuk-table__header--numeric" } else { "" };
        let width = column.width.map(|width| format!("nhsuk-u-width-{width}")).unwrap_or_default();
        let aria_sort = match column.sort {
            Some(Sort::Ascending) => Some("ascending"),
            Some(Sort::Descending) => Some("descending"),
            Some(Sort::Possible) | None => None,
        };
        let first_down = (column.format == Format::Numeric && column.sort == Some(Sort::Possible) && !on_server)
            .then_some("descending");
        html! {
            th class=(classes(["nhsuk-table__header", numeric, &width, column.classes])) scope="col" role=[self.role("columnheader")]
                data-sort[column.sort.is_some()] data-sort-next=[first_down] aria-sort=[aria_sort] {
                @if let Some(href) = &column.href { a class="nhsuk-link" href=(href) { (column.text) } } @else { (column.text) }
            }
        }
    }

    fn cell(&self, place: usize, cell: &Cell) -> Markup {
        let column = self.columns.get(place);
        let is_header = place == 0 && self.first_cell_is_header;
        let block = if is_header { "nhsuk-table__header" } else { "nhsuk-table__cell" };
        let format = cell.format.or(column.map(|column| column.format)).unwrap_or_default();
        let numeric = if format == Format::Numeric { format!("{block}--numeric") } else { String::new() };
        let is_text_among_figures =
            format == Format::Text && column.is_some_and(|column| column.format == Format::Numeric);
        let align = if is_text_among_figures { "nhsuk-u-text-align-right" } else { "" };
        let class = classes([block, &numeric, align, cell.classes]);
        let inner = html! { @if let Some(href) = &cell.href { a class="nhsuk-link" href=(href) { (cell.content) } } @else { (cell.content) } };
        let inner = html! {
            @if let (true, Some(column)) = (self.is_responsive, column) {
                span class="nhsuk-table__heading" aria-hidden="true" { (column.text) " " }
                @if cell.is_markup { span { (inner) } } @else { (inner) }
            } @else { (inner) }
        };
        html! {
            @if is_header { th class=(class) scope="row" role=[self.role("rowheader")] { (inner) } }
            @else { td class=(class) role=[self.role("cell")] { (inner) } }
        }
    }

    fn table(&self) -> Markup {
        let flag = |on: bool, class: &'static str| if on { class } else { "" };
        let is_sortable = self.is_sortable();
        let on_server = self.columns.iter().any(|column| column.href.is_some());
        let class = classes([
            "nhsuk-table",
            flag(self.is_compact, "nhsuk-table--compact"),
            flag(self.is_responsive, "nhsuk-table--responsive"),
            flag(is_sortable, "nhsuk-table--sortable"),
            flag(self.is_striped, "nhsuk-table--striped"),
        ]);
        let caption_size =
            self.caption_size.map(|size| format!("nhsuk-table__caption--{}", size.suffix())).unwrap_or_default();
        let module = (is_sortable && !on_server).then_some("nhsuk-table");
        html! {
            table class=(class) data-module=[module] role=[self.role("table")] {
                @if !self.caption.is_empty() {
                    caption class=(classes(["nhsuk-table__caption", &caption_size])) id=[self.caption_id.as_ref()] {
                        (self.caption)
                        @if is_sortable { span class="nhsuk-u-visually-hidden" { " (Column headers are sortable)" } }
                    }
                }
                @if !self.columns.is_empty() { (self.head()) }
                tbody class="nhsuk-table__body" {
                    @for row in &self.rows {
                        tr class="nhsuk-table__row" role=[self.role("row")] { @for (place, cell) in row.iter().enumerate() { (self.cell(place, cell)) } }
                    }
                }
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        if !self.scrolls {
            return self.table();
        }
        html! {
            div class="nhsuk-scroll" data-module="nhsuk-scroll" {
                div class="nhsuk-scroll__content" role="region" aria-labelledby=[self.caption_id.as_ref()] { (self.table()) }
            }
        }
    }
}
