//! What may be looked for, and what a mistake is told: the rules of the find page, without HTTP.
//!
//! Input is forgiving: spaces and dashes in a number, any case in a name, a month as a word. What cannot be right is said at its field.

use fhir::NhsNumber;
use jiff::civil::Date;
use kit::typed::{self, DateMistake};
use serde::Deserialize;

/// How many matches a list shows at most; with more, nobody can tell them apart safely.
pub const MATCHES_MAX: usize = 20;
/// The longest name that is looked for.
pub const NAME_CHARS_MAX: usize = 80;

/// The form as it was sent.
#[derive(Clone, Default, Deserialize)]
pub struct FindForm {
    /// `number` or `name`.
    #[serde(default)]
    pub by: String,
    /// The NHS number.
    #[serde(default)]
    pub nhs_number: String,
    /// The family name.
    #[serde(default)]
    pub family: String,
    /// The given name.
    #[serde(default)]
    pub given: String,
    /// Day of birth.
    #[serde(default, rename = "born-day")]
    pub day: String,
    /// Month of birth, a number or a word.
    #[serde(default, rename = "born-month")]
    pub month: String,
    /// Year of birth.
    #[serde(default, rename = "born-year")]
    pub year: String,
}

impl std::fmt::Debug for FindForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FindForm").field("by", &self.by).finish_non_exhaustive()
    }
}

/// What is looked for.
#[derive(Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The person with this number.
    Number(NhsNumber),
    /// People with this name and birthday.
    Name {
        /// The family name.
        family: String,
        /// The given name, if it narrows.
        given: Option<String>,
        /// The date of birth.
        born: Date,
    },
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "Number(masked)",
            Self::Name { .. } => "Name(masked)",
        })
    }
}

impl Wanted {
    /// As parameters of a search for Patient resources.
    #[must_use]
    pub fn params(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let mut params = match self {
            Self::Number(number) => vec![pair("identifier", format!("{}|{}", NhsNumber::SYSTEM, number.as_str()))],
            Self::Name { family, given, born } => {
                let given = given.iter().map(|given| pair("given", escaped(given)));
                [pair("family", escaped(family)), pair("birthdate", born.to_string())]
                    .into_iter()
                    .chain(given)
                    .collect()
            }
        };
        params.push(pair("_count", (MATCHES_MAX + 1).to_string()));
        params
    }
}

/// Keeps what the search syntax would read as a separator.
fn escaped(name: &str) -> String {
    name.chars()
        .flat_map(|letter| matches!(letter, ',' | '$' | '|' | '\\').then_some('\\').into_iter().chain([letter]))
        .collect()
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldName {
    /// The choice between number and name.
    By,
    /// The NHS number.
    Number,
    /// The family name.
    Family,
    /// The given name.
    Given,
    /// The date of birth.
    Born,
}

/// What is wrong with a field, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Which field.
    pub field: FieldName,
    /// The sentence.
    pub says: String,
    /// Which of day, month and year are wrong, for a date.
    pub parts: [bool; 3],
}

impl Mistake {
    fn at(field: FieldName, says: impl Into<String>) -> Self {
        Self { field, says: says.into(), parts: [false; 3] }
    }
}

/// Reads the form.
///
/// # Errors
/// Every mistake in it, in the order of the page.
pub fn read(form: &FindForm, today: Date) -> Result<Wanted, Vec<Mistake>> {
    match way(form) {
        Some(Way::Number) => number(&form.nhs_number).map_err(|mistake| vec![mistake]),
        Some(Way::Name) => name(form, today),
        None => Err(vec![Mistake::at(FieldName::By, "Enter an NHS number, or a name and a date of birth")]),
    }
}

enum Way {
    Number,
    Name,
}

/// The way that was chosen, or the one that was filled in.
fn way(form: &FindForm) -> Option<Way> {
    let has_number = !form.nhs_number.trim().is_empty();
    let has_name = [&form.family, &form.given, &form.day, &form.year].iter().any(|field| !field.trim().is_empty());
    match (form.by.as_str(), has_number, has_name) {
        ("number", ..) | ("", true, false) => Some(Way::Number),
        ("name", ..) | ("", false, true) => Some(Way::Name),
        _ => None,
    }
}

fn number(text: &str) -> Result<Wanted, Mistake> {
    typed::nhs_number(text).map(Wanted::Number).map_err(|says| Mistake::at(FieldName::Number, says))
}

fn name(form: &FindForm, today: Date) -> Result<Wanted, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let (family, given) = (form.family.trim(), form.given.trim());
    if family.is_empty() {
        mistakes.push(Mistake::at(FieldName::Family, "Enter a family name"));
    }
    for (field, text, what) in [(FieldName::Family, family, "Family name"), (FieldName::Given, given, "Given name")] {
        if text.chars().count() > NAME_CHARS_MAX {
            mistakes.push(Mistake::at(field, format!("{what} must be {NAME_CHARS_MAX} characters or fewer")));
        }
    }
    match birthday(form, today) {
        Ok(born) if mistakes.is_empty() => {
            let given = Some(given.to_owned()).filter(|given| !given.is_empty());
            return Ok(Wanted::Name { family: family.to_owned(), given, born });
        }
        Ok(_) => {}
        Err(mistake) => mistakes.push(mistake),
    }
    Err(mistakes)
}

fn birthday(form: &FindForm, today: Date) -> Result<Date, Mistake> {
    typed::birthday([&form.day, &form.month, &form.year], today).map_err(|DateMistake { says, parts }| Mistake {
        field: FieldName::Born,
        says,
        parts,
    })
}
