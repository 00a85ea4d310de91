//! Prints one page with a sample of every component, to be looked at: `cargo run -p kit --example gallery -- FOLDER` writes
//! `index.html` and the files it needs, so that a browser can open it without a server.
//!
//! It is for eyes and for axe; the tests compare the same samples with the design system's fixtures.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use kit::components::*;
use kit::layout::{Page, Site, WayBack};
use kit::{assets, chart::Trend, html};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name the folder to write to")?);
    fs::create_dir_all(folder.join("static"))?;
    for (name, content) in assets::files() {
        fs::write(folder.join("static").join(name), content)?;
    }
    let html = gallery().render(&Site::sample()).into_string();
    fs::write(folder.join("index.html"), html.replace("/static/", "static/"))?;
    Ok(())
}

fn gallery() -> Page {
    let list = AdviceList { advice: Advice::Dont, items: vec![text("share a sign-in")] };
    let content = html! {
        h1 class="nhsuk-heading-xl" { "Gallery" }
        (ErrorSummary::sample())
        (Notification { text: "The record was updated.".into(), ..Notification::default() })
        div class="cw-record" { @for heading in RecordHeading::samples() { (heading) } }
        div class="nhsuk-grid-row" {
            div class="nhsuk-grid-column-two-thirds" { (Trend::sample()) (Trend::sample_pair()) }
            div class="nhsuk-grid-column-one-third" { (Card::sample()) (Card { variant: CardVariant::Urgent, ..Card::new("Ask for help if:", html! { p { "it gets worse" } }) }) }
        }
        (SummaryList::sample()) (Table::sample()) (TaskList::sample()) (Timeline::sample())
        p { (Tag::sample()) " " (Tag::new("High").colour(Colour::Red)) }
        (Input::sample()) (DateInput::sample()) (Radios::sample()) (Checkboxes::sample()) (Select::sample()) (SearchInput::sample())
        (Textarea { field: Field::new("note", "Note"), ..Textarea::default() })
        (Button::sample()) " " (Button::new("Cancel").variant(ButtonVariant::Secondary)) " " (Button::new("Delete").variant(ButtonVariant::Warning).small())
        (Details::new("How to find your NHS number", text("On any letter from the NHS.")))
        (InsetText(html! { p { "People can limit what is shared." } }))
        (WarningCallout { heading: "Two people with this name".into(), content: html! { p { "Check the date of birth." } } })
        (list) (Panel { heading: "Booking complete".into(), content: text("Your reference is 4H2"), ..Panel::default() })
        (Pagination::sample()) (ActionLink::to("#", "Find a person"))
    };
    Page {
        account: Some(Account::new("Dr Amir Khan, emergency department", "#")),
        navigation: Header::sample().navigation,
        way_back: WayBack::Trail(vec![Link::sample(), Link::new("#", "Find a person")]),
        person: Some(PersonBanner::sample()),
        ..Page::new("Gallery", content)
    }
}
