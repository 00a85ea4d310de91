//! What may be looked for, and what a mistake is told: the rules of the find page, without HTTP.
//!
//! Input is forgiving: spaces and dashes in a number, any case in a name, a month as a word. What cannot be right is said at its field.

use fhir::NhsNumber;
use fhir::nhs_number::NhsNumberError;
use jiff::civil::Date;
use serde::Deserialize;

/// How many matches a list shows at most; with more, nobody can tell them apart safely.
pub const MATCHES_MAX: usize = 20;
/// The longest name that is looked for.
pub const NAME_CHARS_MAX: usize = 80;
/// The age above which a date of birth is taken for a slip.
const AGE_YEARS_MAX: i16 = 125;

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
    let compact: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '.'))
        .collect();
    if compact.is_empty() {
        return Err(Mistake::at(FieldName::Number, "Enter an NHS number"));
    }
    let says = match NhsNumber::parse(&compact) {
        Ok(number) => return Ok(Wanted::Number(number)),
        Err(NhsNumberError::Length) => {
            format!("NHS number must have 10 digits, and this has {}", compact.chars().count())
        }
        Err(NhsNumberError::Character) => "NHS number must have only digits, such as 999 123 4567".to_owned(),
        Err(NhsNumberError::Placeholder) => "This is not an NHS number: it repeats one digit".to_owned(),
        Err(NhsNumberError::CheckDigit) => {
            "This is not a real NHS number: at least one digit is wrong. Check it and try again".to_owned()
        }
    };
    Err(Mistake::at(FieldName::Number, says))
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
    let fields = [("day", &form.day), ("month", &form.month), ("year", &form.year)];
    let missing = fields.map(|(_, value)| value.trim().is_empty());
    let wrong = |says: String, parts: [bool; 3]| Err(Mistake { field: FieldName::Born, says, parts });
    if missing == [true; 3] {
        return wrong("Enter a date of birth".into(), [false; 3]);
    }
    if missing.contains(&true) {
        let names: Vec<&str> =
            fields.iter().zip(missing).filter(|(_, missing)| *missing).map(|((name, _), _)| *name).collect();
        return wrong(format!("Date of birth must include a {}", names.join(" and a ")), missing);
    }
    let (day, month, year) =
        (form.day.trim().parse::<i8>().ok(), month(&form.month), form.year.trim().parse::<i16>().ok());
    let parts = [
        !day.is_some_and(|day| (1..=31).contains(&day)),
        month.is_none(),
        !year.is_some_and(|year| (1000..=9999).contains(&year)),
    ];
    let date = day.zip(month).zip(year).and_then(|((day, month), year)| Date::new(year, month, day).ok());
    let Some(born) = date.filter(|_| parts == [false; 3]) else {
        return wrong("Date of birth must be a real date, such as 15 3 1984, with the year in 4 digits".into(), parts);
    };
    if born > today {
        return wrong("Date of birth must be in the past".into(), [false; 3]);
    }
    if born.year() < today.year() - AGE_YEARS_MAX {
        return wrong(format!("Date of birth must be in the last {AGE_YEARS_MAX} years"), [false, false, true]);
    }
    Ok(born)
}

/// A month as a number or as the start of its English name.
fn month(text: &str) -> Option<i8> {
    let text = text.trim().to_lowercase();
    if let Ok(number) = text.parse::<i8>() {
        return Some(number).filter(|number| (1..=12).contains(number));
    }
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let place = names.iter().position(|name| text.starts_with(name))?;
    i8::try_from(place + 1).ok()
}
