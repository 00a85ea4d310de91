//! The pages of finding a person: the question, the matches, and the ways in which there are none.
//!
//! Nothing that was typed stands in an address: the forms are posted and the answer is stored nowhere. Both ways of asking show, so that
//! nobody has to say first what they know.

use axum::Form;
use axum::http::StatusCode;
use axum::response::Response;
use fhir::ResourceType;
use jiff::Timestamp;
use jiff::civil::Date;
use kit::components::{
    Button, Card, Cell, Column, DateInput, Details, ErrorSummary, Field, Input, InsetText, Link, Size, Table, Width,
    text,
};
use kit::layout::{State, WayBack};
use kit::{Markup, Page, PageError, Render, format, html};
use record::Search;
use trust::{Kind, SignedIn};

use super::rules::{FieldName, FindForm, MATCHES_MAX, Mistake, Wanted, read};
use crate::person::Person;

/// `GET /care`
pub async fn ask(reader: SignedIn) -> Response {
    question(&reader, &FindForm::default(), &[]).respond(reader.trust.site())
}

/// `POST /care/find`
pub async fn answer(reader: SignedIn, Form(form): Form<FindForm>) -> Response {
    let site = reader.trust.site().clone();
    let today = today(&reader);
    let wanted = match read(&form, today) {
        Ok(wanted) => wanted,
        Err(mistakes) => {
            return question(&reader, &form, &mistakes).respond_with(StatusCode::UNPROCESSABLE_ENTITY, &site);
        }
    };
    // Whoever tries numbers until one fits has to wait; names are not counted, since they are often spelled another way.
    let is_number = matches!(wanted, Wanted::Number(_));
    if is_number && let Err(error) = reader.has_turn(Kind::LookUp) {
        return error.respond(&site);
    }
    let people = match people(&reader, &wanted).await {
        Ok(people) => people,
        Err(error) => return error.respond(&site),
    };
    if is_number
        && people.is_empty()
        && let Err(error) = reader.take_turn(Kind::LookUp)
    {
        return error.respond(&site);
    }
    matches(&reader, &wanted, &people, today).respond(&site)
}

/// The day in the place of this record.
pub(crate) fn today(reader: &SignedIn) -> Date {
    format::day(Timestamp::from_millisecond(reader.trust.record().now_ms()).unwrap_or_default())
}

async fn people(reader: &SignedIn, wanted: &Wanted) -> Result<Vec<Person>, PageError> {
    let permit = reader.permit(gate::Action::Search)?;
    let search = Search { params: wanted.params(), ..Search::of(ResourceType::PATIENT, &[]) };
    crate::ask(reader, move |record| {
        let found = record.search(&permit, &search)?;
        found.matches.iter().map(|resource| Ok(Person::of(&resource.tree()?))).collect()
    })
    .await
}

/// The page that asks.
fn question(reader: &SignedIn, form: &FindForm, mistakes: &[Mistake]) -> Page {
    let page = Page::new("Find a person", find_content(form, mistakes));
    let state = if mistakes.is_empty() { State::Fine } else { State::HasErrors };
    Page { state, ..crate::in_area(page, reader) }
}

/// What stands in the page that asks.
#[must_use]
pub fn find_content(form: &FindForm, mistakes: &[Mistake]) -> Markup {
    let says =
        |field: FieldName| mistakes.iter().find(|mistake| mistake.field == field).map(|mistake| mistake.says.clone());
    let field = |name: &str, label: &str, wrong: FieldName| Field { error: says(wrong), ..Field::new(name, label) };
    let number = Field {
        hint: Some(
            html! { "10 digits, such as " span class="nhsuk-u-nowrap" { "999 123 4567" } ". Spaces and dashes do not matter." },
        ),
        ..field("nhs_number", "NHS number", FieldName::Number)
    };
    let number = Input { inputmode: Some("numeric"), ..Input::unremembered(number, &form.nhs_number, Width::Ten) };
    let find = Button { once: Some(true), ..Button::new("Find") };
    let card = |heading: &str, by: &str, fields: Markup| {
        let form = html! {
            form action="/care/find" method="post" novalidate autocomplete="off" {
                input type="hidden" name="by" value=(by);
                (fields) (find)
            }
        };
        Card { size: Some(Size::M), ..Card::new(heading, form) }
    };
    html! {
        @if !mistakes.is_empty() { (ErrorSummary { errors: mistakes.iter().map(error_link).collect() }) }
        h1 class="nhsuk-heading-l" { "Find a person" }
        div class="nhsuk-grid-row" {
            div class="nhsuk-grid-column-one-half" { (card("By NHS number", "number", number.render())) }
            div class="nhsuk-grid-column-one-half" {
                (card("By name and date of birth", "name", html! { (name_fields(form, &field)) (birthday(form, mistakes)) }))
            }
        }
        (InsetText(html! { p { "Look only for people in your care. Each search and each person it finds is logged, and the person can see that you looked." } }))
    }
}

fn name_fields(form: &FindForm, field: &impl Fn(&str, &str, FieldName) -> Field) -> Markup {
    let input = |field: Field, value: &str| Input::unremembered(field, value, Width::Twenty);
    let given = Field {
        hint: Some(text("Leave it empty if you are not sure of it")),
        ..field("given", "Given name (optional)", FieldName::Given)
    };
    html! { (input(field("family", "Family name", FieldName::Family), &form.family)) (input(given, &form.given)) }
}

fn birthday(form: &FindForm, mistakes: &[Mistake]) -> Markup {
    let mistake = mistakes.iter().find(|mistake| mistake.field == FieldName::Born);
    DateInput {
        field: Field {
            hint: Some(text("For example, 15 3 1984")),
            error: mistake.map(|mistake| mistake.says.clone()),
            ..Field::new("born", "Date of birth")
        },
        values: [form.day.clone(), form.month.clone(), form.year.clone()],
        wrong: mistake.map(|mistake| mistake.parts).unwrap_or_default(),
        is_own_birthday: false,
    }
    .render()
}

/// The line of the error summary that leads to the field.
fn error_link(mistake: &Mistake) -> Link {
    let id = match mistake.field {
        FieldName::By | FieldName::Number => "nhs_number".to_owned(),
        FieldName::Family => "family".to_owned(),
        FieldName::Given => "given".to_owned(),
        FieldName::Born => DateInput { wrong: mistake.parts, ..DateInput::new("born", "") }.error_id(),
    };
    Link::new(format!("#{id}"), mistake.says.clone())
}

fn matches(reader: &SignedIn, wanted: &Wanted, people: &[Person], today: Date) -> Page {
    let (title, content) = match people.len() {
        0 => ("Nobody found", nobody(wanted)),
        1..=MATCHES_MAX => ("Matches", list(people, today)),
        _ => ("Too many matches", too_many(wanted)),
    };
    let page = crate::in_area(Page::new(title, content), reader);
    Page { way_back: WayBack::Link(Link::new("/care", "Find somebody else")), ..page }
}

/// The matches, with enough to tell people apart.
#[must_use]
pub fn list(people: &[Person], today: Date) -> Markup {
    let columns = ["Name", "Born", "Sex", "NHS number", "Address", "GP practice"].map(Column::new).to_vec();
    let row = |person: &Person| {
        let died =
            person.died.as_ref().map(|day| if day.is_empty() { "died".to_owned() } else { format!("died {day}") });
        let link = html! {
            a class="nhsuk-link" href={ "/care/people/" (person.id) } { (person.name) }
            @if let Some(died) = died { br; strong { (died) } }
        };
        vec![
            Cell::of(link),
            Cell::from(person.born_and_age(today)),
            Cell::from(person.sex.as_str()),
            Cell::of(person.nhs_number_words()),
            Cell::from(person.address.as_str()),
            Cell::from(person.practice.as_str()),
        ]
    };
    let number = u64::try_from(people.len()).unwrap_or_default();
    let table = Table {
        caption_size: Some(Size::S),
        ..Table::responsive(
            "Check the date of birth and the address before you open a record",
            columns,
            people.iter().map(row).collect(),
        )
    };
    html! {
        h1 class="nhsuk-heading-l" { (format::plural(number, "person", "people")) " found" }
        (table)
    }
}

fn nobody(wanted: &Wanted) -> Markup {
    html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-l" { "Nobody found" }
            @match wanted {
                Wanted::Number(number) => {
                    p { "No record here has the NHS number " strong { (format::nhs_number(number.as_str())) } "." }
                    p { "The number is well formed. The person may be registered elsewhere, or be recorded here without a number." }
                },
                Wanted::Name { born, .. } => {
                    p { "No record here has this name with the date of birth " strong { (format::date(*born)) } "." }
                    ul {
                        li { "Check the spelling, or leave out the given name" }
                        li { "Try an earlier family name" }
                        li { "Check the day and the month: they are easily swapped" }
                    }
                },
            }
            (kit::components::ActionLink::to("/care", "Search again"))
        } }
    }
}

fn too_many(wanted: &Wanted) -> Markup {
    html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-l" { "Too many matches" }
            p { "More than " (MATCHES_MAX) " people match. To be safe, none of them is listed." }
            @if let Wanted::Name { given: None, .. } = wanted { p { "Add a given name, or use the NHS number." } }
            @else { p { "Use the NHS number." } }
            (Details::new("Why is there a limit?", text("In a long list it is easy to open the wrong record, and everybody in it would see that you looked.")))
            (kit::components::ActionLink::to("/care", "Search again"))
        } }
    }
}

/// The states without a list, for tests.
#[must_use]
pub fn without_list(wanted: &Wanted, too_many_found: TooMany) -> Markup {
    match too_many_found {
        TooMany::Yes => too_many(wanted),
        TooMany::No => nobody(wanted),
    }
}

/// Whether a search found more than can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// More than the limit.
    Yes,
    /// None at all.
    No,
}
