//! What people type into fields: NHS numbers and dates, read forgivingly.
//!
//! Spaces and dashes in a number, a month as a word: all are fine. What cannot be right is told in a sentence that says what to do.

use fhir::NhsNumber;
use fhir::nhs_number::NhsNumberError;
use jiff::civil::Date;

/// The age above which a date of birth is taken for a slip, in years.
pub const AGE_YEARS_MAX: i16 = 125;

/// What is wrong with a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateMistake {
    /// The sentence.
    pub says: String,
    /// Which of day, month and year are wrong; none when it is the whole.
    pub parts: [bool; 3],
}

impl DateMistake {
    fn new(says: String, parts: [bool; 3]) -> Self {
        Self { says, parts }
    }
}

/// An NHS number.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn nhs_number(typed: &str) -> Result<NhsNumber, String> {
    let compact: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '.'))
        .collect();
    if compact.is_empty() {
        return Err("Enter an NHS number".to_owned());
    }
    NhsNumber::parse(&compact).map_err(|error| match error {
        NhsNumberError::Length => format!("NHS number must have 10 digits, and this has {}", compact.chars().count()),
        NhsNumberError::Character => "NHS number must have only digits, such as 999 123 4567".to_owned(),
        NhsNumberError::Placeholder => "This is not an NHS number: it repeats one digit".to_owned(),
        NhsNumberError::CheckDigit => {
            "This is not a real NHS number: at least one digit is wrong. Check it and try again".to_owned()
        }
    })
}

/// A date from day, month and year; `label` is what the field is called: `Last day`.
///
/// # Errors
/// What is wrong with it.
pub fn date(label: &str, [day, month, year]: [&str; 3]) -> Result<Date, DateMistake> {
    let fields = [("day", day), ("month", month), ("year", year)];
    let missing = fields.map(|(_, typed)| typed.trim().is_empty());
    if missing == [true; 3] {
        return Err(DateMistake::new(format!("Enter a {}", label.to_lowercase()), [false; 3]));
    }
    if missing.contains(&true) {
        let names: Vec<&str> =
            fields.iter().zip(missing).filter(|(_, missing)| *missing).map(|((name, _), _)| *name).collect();
        return Err(DateMistake::new(format!("{label} must include a {}", names.join(" and a ")), missing));
    }
    let (day, month, year) = (day.trim().parse::<i8>().ok(), month_of(month), year.trim().parse::<i16>().ok());
    let parts = [
        !day.is_some_and(|day| (1..=31).contains(&day)),
        month.is_none(),
        !year.is_some_and(|year| (1000..=9999).contains(&year)),
    ];
    let date = day.zip(month).zip(year).and_then(|((day, month), year)| Date::new(year, month, day).ok());
    date.filter(|_| parts == [false; 3]).ok_or_else(|| {
        DateMistake::new(format!("{label} must be a real date, such as 15 3 1984, with the year in 4 digits"), parts)
    })
}

/// A date of birth: a date of the past, within a lifetime.
///
/// # Errors
/// What is wrong with it.
pub fn birthday(parts: [&str; 3], today: Date) -> Result<Date, DateMistake> {
    let born = date("Date of birth", parts)?;
    if born > today {
        return Err(DateMistake::new("Date of birth must be in the past".to_owned(), [false; 3]));
    }
    if born.year() < today.year() - AGE_YEARS_MAX {
        let says = format!("Date of birth must be in the last {AGE_YEARS_MAX} years");
        return Err(DateMistake::new(says, [false, false, true]));
    }
    Ok(born)
}

/// A month as a number or as the start of its English name.
fn month_of(typed: &str) -> Option<i8> {
    let typed = typed.trim().to_lowercase();
    if let Ok(number) = typed.parse::<i8>() {
        return Some(number).filter(|number| (1..=12).contains(number));
    }
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let place = names.iter().position(|name| typed.starts_with(name))?;
    i8::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 22);

    #[test]
    fn a_date_is_read_however_its_month_is_written() {
        for month in ["3", "03", " mar ", "March", "MARCH"] {
            assert_eq!(date("Last day", ["14", month, "1944"]), Ok(Date::constant(1944, 3, 14)), "{month}");
        }
    }

    #[test]
    fn a_mistake_says_which_part_is_wrong_and_what_to_do() {
        let told = |parts| date("Last day", parts).map_err(|mistake| (mistake.says, mistake.parts)).unwrap_err();

        assert_eq!(told(["", " ", ""]), ("Enter a last day".to_owned(), [false; 3]));
        assert_eq!(told(["", "2", ""]), ("Last day must include a day and a year".to_owned(), [true, false, true]));
        for (parts, wrong) in [
            (["32", "1", "2026"], [true, false, false]),
            (["1", "13", "26"], [false, true, true]),
            (["30", "2", "2026"], [false; 3]),
        ] {
            let (says, parts) = told(parts);
            assert!(says.starts_with("Last day must be a real date, such as"), "{says}");
            assert_eq!(parts, wrong);
        }
    }

    #[test]
    fn a_birthday_is_in_the_past_and_within_a_lifetime() {
        assert!(birthday(["22", "11", "2026"], TODAY).is_ok());
        assert_eq!(birthday(["23", "11", "2026"], TODAY).unwrap_err().says, "Date of birth must be in the past");
        let long_ago = birthday(["1", "1", "1900"], TODAY).unwrap_err();
        assert_eq!(long_ago.parts, [false, false, true]);
    }

    #[test]
    fn a_number_is_read_however_it_is_grouped() {
        for typed in ["9434765919", "943 476 5919", "943-476-5919", " 943\u{2013}476.5919 "] {
            assert_eq!(nhs_number(typed).map(|number| number.as_str().to_owned()), Ok("9434765919".to_owned()));
        }
        assert_eq!(nhs_number(" ").unwrap_err(), "Enter an NHS number");
    }
}
