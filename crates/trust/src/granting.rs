//! The form of a grant to act for somebody, as far as it is the same whoever gives it: the person herself, or her practice for her.
//!
//! To whom, by name, NHS number and date of birth; how far. What is typed is checked for its form alone: nobody is looked up, and no
//! sentence says whether a number is anybody's. What the grant becomes stands in [`record::granting`].

use fhir::NhsNumber;
use gate::DataKind;
use gate::consent::PARTS;
use jiff::civil::Date;
use kit::components::{Checkboxes, Choice, ChoiceItem, DateInput, Field, Input, Label, Size, Width, text};
use kit::form::{Mistake, Sent, birthday, says, wrong_parts};
use kit::format::capital;
use kit::{Markup, Render, html, typed};
use record::granting::Holder;

/// The longest name that is taken.
const NAME_CHARS_MAX: usize = 80;
/// The value that lets the whole record be seen, among the kinds of data.
const WHOLE: &str = "all";
/// The value that leaves out what is marked as sensitive.
const DISCREET: &str = "discreet";
/// The value that lets copies be taken.
const COPIES: &str = "copies";

/// What the fields are called, each with its hint: the person who gives a grant and the one who records it are told in different words.
#[derive(Clone, Copy, Debug)]
pub struct Asks {
    /// The name of the holder.
    pub name: (&'static str, &'static str),
    /// Her NHS number.
    pub number: (&'static str, &'static str),
    /// Her date of birth.
    pub born: (&'static str, &'static str),
    /// What she may see.
    pub sees: (&'static str, &'static str),
    /// What is said of a number that is the person's own.
    pub own_number: &'static str,
}

/// How far a grant reaches, as it is ticked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticked {
    /// Which kinds of data; none for the whole record.
    pub parts: Option<Vec<DataKind>>,
    /// Whether copies may be taken.
    pub copies: bool,
    /// Whether what is marked as sensitive is left out.
    pub is_discreet: bool,
}

/// To whom the grant is to be; every mistake goes to `mistakes`.
pub fn holder(
    sent: &Sent,
    asks: &Asks,
    (own_numbers, today): (&[String], Date),
    mistakes: &mut Vec<Mistake>,
) -> Option<Holder> {
    let before = mistakes.len();
    let name = sent.one("name");
    if name.is_empty() {
        mistakes.push(Mistake::at("name", "Enter the person's name"));
    } else if name.chars().count() > NAME_CHARS_MAX {
        mistakes.push(Mistake::at("name", format!("Name must have {NAME_CHARS_MAX} characters or fewer")));
    }
    let is_own = |number: &NhsNumber| own_numbers.iter().any(|own| own == number.as_str());
    let number = typed::nhs_number(sent.one("nhs_number"));
    let number = number.and_then(|number| if is_own(&number) { Err(asks.own_number.to_owned()) } else { Ok(number) });
    let number = number.map_err(|says| mistakes.push(Mistake::at("nhs_number", says))).ok();
    let born = birthday(sent, "born", today).map_err(|mistake| mistakes.push(mistake)).ok();
    match (number, born) {
        (Some(number), Some(born)) if mistakes.len() == before => Some(Holder { name: name.to_owned(), number, born }),
        _ => None,
    }
}

/// How far it is to reach.
///
/// # Errors
/// When nothing is ticked, or the whole record together with parts of it.
pub fn ticked(sent: &Sent) -> Result<Ticked, Mistake> {
    let parts: Vec<DataKind> = PARTS.iter().copied().filter(|part| sent.has("sees", part.name())).collect();
    let parts = match (sent.has("sees", WHOLE), parts.is_empty()) {
        (true, true) => None,
        (false, false) => Some(parts),
        (true, false) => return Err(Mistake::at("sees", "Tick the whole record or parts of it, not both")),
        (false, true) => return Err(Mistake::at("sees", "Tick what they may see")),
    };
    Ok(Ticked { parts, copies: sent.has("terms", COPIES), is_discreet: sent.has("terms", DISCREET) })
}

/// The fields that say to whom.
#[must_use]
pub fn holder_fields(sent: &Sent, asks: &Asks, mistakes: &[Mistake]) -> Markup {
    let field = |name: &str, (label, hint): (&str, &str)| Field {
        error: says(mistakes, name),
        hint: Some(text(hint)),
        ..Field::new(name, label)
    };
    let number = Input::unremembered(field("nhs_number", asks.number), sent.one("nhs_number"), Width::Ten);
    html! {
        (Input::unremembered(field("name", asks.name), sent.one("name"), Width::Twenty))
        (Input { inputmode: Some("numeric"), ..number })
        (day_field(sent, "born", asks.born, mistakes))
    }
}

/// A field for a date.
#[must_use]
pub fn day_field(sent: &Sent, name: &str, (label, hint): (&str, &str), mistakes: &[Mistake]) -> Markup {
    let field = Field { error: says(mistakes, name), hint: Some(text(hint)), ..Field::new(name, label) };
    DateInput { wrong: wrong_parts(mistakes, name), values: sent.day(name), field, ..DateInput::default() }.render()
}

/// The fields that say how far: everything or what is ticked, and on which terms.
#[must_use]
pub fn reach_fields(sent: &Sent, asks: &Asks, mistakes: &[Mistake]) -> Markup {
    let tick = |value: &str, says: String| Choice { is_chosen: sent.has("sees", value), ..Choice::new(value, says) };
    let parts = PARTS.iter().map(|part| tick(part.name(), capital(part.phrase())).into());
    let whole = Choice { is_exclusive: true, ..tick(WHOLE, "The whole record".to_owned()) };
    let (label, hint) = asks.sees;
    let field = Field {
        label: Label::new(label).size(Size::S),
        hint: Some(text(hint)),
        error: says(mistakes, "sees"),
        ..Field::new("sees", "")
    };
    let items = parts.chain([ChoiceItem::Divider("or".into()), whole.into()]).collect();
    html! {
        (Checkboxes { field, items, is_small: true, ..Checkboxes::default() })
        (terms(sent))
    }
}

fn terms(sent: &Sent) -> Checkboxes {
    let tick = |value: &str, says: &str, hint: &str| {
        Choice { hint: Some(text(hint)), is_chosen: sent.has("terms", value), ..Choice::new(value, says) }.into()
    };
    let items = vec![
        tick(
            DISCREET,
            "Leave out whatever is marked as sensitive",
            "Such as mental or sexual health. Who looked is left out too.",
        ),
        tick(COPIES, "They may take a copy", "A file with what they may see. You cannot take it back."),
    ];
    let field = Field { label: Label::new("Anything else?").size(Size::S), ..Field::new("terms", "") };
    Checkboxes { field, items, is_small: true, ..Checkboxes::default() }
}
