//! The components of the design system that pages use, each a typed value that draws itself with `maud::Render`.
//!
//! `html! { (Tag::new("Active").colour(Colour::Green)) }` is all there is to using one. Their HTML equals the design system's own
//! fixtures (see `tests/fixtures`), so its style sheet and scripts fit. What the design system lacks and a record needs is ours:
//! [`PersonBanner`], [`RecordHeading`], [`Timeline`]. No component decides anything: it draws what it is given.

mod banner;
mod button;
mod card;
mod choices;
mod fields;
mod header;
mod icon;
mod links;
mod lists;
mod messages;
mod record;
mod table;
mod tag;

pub use banner::{PersonBanner, PersonFact};
pub use button::{Button, ButtonVariant};
pub use card::{Card, CardVariant};
pub use choices::{Checkboxes, Choice, ChoiceItem, Radios};
pub use fields::{DateInput, Field, Input, Label, SearchInput, Select, Size, Textarea, Width, fieldset};
pub use header::{Account, Footer, Header, NavigationItem};
pub use icon::icon;
pub use links::{ActionLink, BackLink, Breadcrumb, Link, PageNumber, Pagination, SkipLink};
pub use lists::{Action, Borders, SummaryList, SummaryRow, Task, TaskList, TaskStatus};
pub use messages::{
    Advice, AdviceList, Details, ErrorMessage, ErrorSummary, InsetText, Notification, NotificationVariant, Panel,
    WarningCallout,
};
pub use record::{Entry, Nothing, RecordHeading, Timeline, TimelineEvent};
pub use table::{Cell, Column, Format, Sort, Table};
pub use tag::{Colour, Tag};

use maud::{Markup, html};

/// Text as content: what stands between tags, escaped.
pub fn text(words: &str) -> Markup {
    html! { (words) }
}

/// Joins class names, leaving out the empty ones.
pub(crate) fn classes<const N: usize>(names: [&str; N]) -> String {
    names.iter().filter(|name| !name.is_empty()).copied().collect::<Vec<_>>().join(" ")
}
