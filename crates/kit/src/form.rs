//! Forms as they are sent, and what is wrong in them.
//!
//! A form is pairs of name and value, those of checkboxes several times; its pages hand on what was typed until it is right. A mistake
//! is a sentence at its field and a line above the form that leads there. It keeps nothing and prints nothing of what was typed.

use crate::components::{ErrorSummary, Link};
use crate::typed::{self, DateMistake};
use jiff::civil::Date;
use maud::{Markup, html};

/// A form as it was sent.
#[derive(Clone, Default)]
pub struct Sent(Vec<(String, String)>);

impl From<Vec<(String, String)>> for Sent {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sent(masked)")
    }
}

impl Sent {
    /// What stands in a field, without blanks around it; empty where nothing does.
    #[must_use]
    pub fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }

    /// Whether a field was sent with this value: a checkbox that is ticked, a radio that is chosen.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(field, sent)| field == name && sent == value)
    }

    /// Day, month and year of a date, as they were typed.
    #[must_use]
    pub fn day(&self, name: &str) -> [String; 3] {
        ["day", "month", "year"].map(|part| self.one(&format!("{name}-{part}")).to_owned())
    }

    /// The same form with other values for a date.
    #[must_use]
    pub fn with_day(mut self, name: &str, day: Date) -> Self {
        let parts =
            [("day", day.day().to_string()), ("month", day.month().to_string()), ("year", day.year().to_string())];
        for (part, value) in parts {
            let field = format!("{name}-{part}");
            self.0.retain(|(known, _)| *known != field);
            self.0.push((field, value));
        }
        self
    }

    /// Everything that was sent but these fields, hidden in the next page of the form.
    #[must_use]
    pub fn hidden_but(&self, names: &[&str]) -> Markup {
        html! {
            @for (name, value) in self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())) {
                input type="hidden" name=(name) value=(value);
            }
        }
    }
}

/// What is wrong with a field of a form, and how to put it right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The name of the field.
    pub field: &'static str,
    /// The sentence.
    pub says: String,
    /// Which of day, month and year are wrong, for a date.
    pub parts: [bool; 3],
}

impl Mistake {
    /// One at a field that is no date.
    pub fn at(field: &'static str, says: impl Into<String>) -> Self {
        Self { field, says: says.into(), parts: [false; 3] }
    }

    /// What is wrong with a date; the line above leads to its first part where it is the whole.
    fn of_date(field: &'static str, wrong: DateMistake) -> Self {
        let parts = if wrong.parts == [false; 3] { [true; 3] } else { wrong.parts };
        Self { field, says: wrong.says, parts }
    }

    /// One at a date as a whole.
    pub fn at_day(field: &'static str, says: impl Into<String>) -> Self {
        Self { field, says: says.into(), parts: [true; 3] }
    }
}

/// The sentence at a field, if something is wrong with it.
#[must_use]
pub fn says(mistakes: &[Mistake], field: &str) -> Option<String> {
    mistakes.iter().find(|mistake| mistake.field == field).map(|mistake| mistake.says.clone())
}

/// Which of day, month and year of a date are wrong.
#[must_use]
pub fn wrong_parts(mistakes: &[Mistake], field: &str) -> [bool; 3] {
    mistakes.iter().find(|mistake| mistake.field == field).map(|mistake| mistake.parts).unwrap_or_default()
}

/// The summary above a form; nothing when nothing is wrong.
#[must_use]
pub fn error_summary(mistakes: &[Mistake]) -> Markup {
    let link = |mistake: &Mistake| {
        let parts = ["-day", "-month", "-year"];
        let part = mistake.parts.iter().zip(parts).find(|(wrong, _)| **wrong).map_or("", |(_, part)| part);
        Link::new(format!("#{}{part}", mistake.field), mistake.says.clone())
    };
    html! { @if !mistakes.is_empty() { (ErrorSummary { errors: mistakes.iter().map(link).collect() }) } }
}

/// The date that was typed as day, month and year; `label` begins the sentence of what is wrong.
///
/// # Errors
/// A sentence that names what is missing, or that it is no date.
pub fn date(sent: &Sent, field: &'static str, label: &str) -> Result<Date, Mistake> {
    let parts = sent.day(field);
    typed::date(label, parts.each_ref().map(String::as_str)).map_err(|wrong| Mistake::of_date(field, wrong))
}

/// The date of birth that was typed.
///
/// # Errors
/// A sentence that names what is missing, or that nobody who lives was born then.
pub fn birthday(sent: &Sent, field: &'static str, today: Date) -> Result<Date, Mistake> {
    let parts = sent.day(field);
    typed::birthday(parts.each_ref().map(String::as_str), today).map_err(|wrong| Mistake::of_date(field, wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Sent {
        Sent(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_date_is_read_or_what_is_missing_is_told() {
        let form = sent(&[("born-day", " 4 "), ("born-month", "3"), ("born-year", "1950"), ("until-day", "1")]);

        assert_eq!(date(&form, "born", "Date of birth"), Ok(Date::constant(1950, 3, 4)));
        let mistake = date(&form, "until", "Last day").unwrap_err();
        assert_eq!(
            (mistake.says.as_str(), mistake.parts),
            ("Last day must include a month and a year", [false, true, true])
        );
        let later = form.with_day("until", Date::constant(2027, 2, 1));
        assert_eq!(date(&later, "until", "Last day"), Ok(Date::constant(2027, 2, 1)));
        let none = sent(&[("born-day", "31"), ("born-month", "2"), ("born-year", "1950")]);
        assert!(date(&none, "born", "Date of birth").unwrap_err().says.contains("real date"));
    }

    #[test]
    fn what_was_typed_is_handed_on_escaped_but_for_what_is_asked_again() {
        let form = sent(&[("name", "<b>\"O'Hara\""), ("sees", "all"), ("sees", "Audit"), ("concern", "no")]);
        let html = form.hidden_but(&["concern"]).into_string();

        assert!(form.has("sees", "Audit") && !form.has("sees", "audit"));
        assert!(html.contains("&lt;b&gt;&quot;O'Hara&quot;") && html.matches("name=\"sees\"").count() == 2, "{html}");
        assert!(!html.contains("concern"));
        assert_eq!(format!("{form:?}"), "Sent(masked)");
    }

    #[test]
    fn the_line_above_a_form_leads_to_the_part_that_is_wrong() {
        let mistakes = [Mistake { field: "born", says: "No month".into(), parts: [false, true, false] }];

        assert!(error_summary(&mistakes).into_string().contains("href=\"#born-month\""));
        assert_eq!(error_summary(&[]).into_string(), "");
    }
}
