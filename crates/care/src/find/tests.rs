//! Finding a person: what is understood, what is refused and how it is said, and the pages of each outcome.

use jiff::civil::date;

use super::pages::{TooMany, find_content, list, without_list};
use super::rules::*;
use crate::person::Person;

fn number(text: &str) -> Result<Wanted, String> {
    let form = FindForm { by: "number".into(), nhs_number: text.into(), ..FindForm::default() };
    read(&form, date(2026, 11, 22)).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.says).collect())
}

fn named(family: &str, day: &str, month: &str, year: &str) -> Result<Wanted, Vec<Mistake>> {
    let text = |text: &str| text.to_owned();
    let form = FindForm {
        by: "name".into(),
        family: text(family),
        day: text(day),
        month: text(month),
        year: text(year),
        ..FindForm::default()
    };
    read(&form, date(2026, 11, 22))
}

#[test]
fn an_nhs_number_is_taken_however_it_is_typed() {
    for typed in ["9434765919", " 943 476 5919 ", "943-476-5919", "943\u{2013}476\u{2013}5919", "943.476.5919"] {
        assert!(matches!(number(typed), Ok(Wanted::Number(found)) if found.as_str() == "9434765919"), "{typed}");
    }
}

#[test]
fn a_wrong_number_is_told_what_is_wrong_with_it() {
    for (typed, says) in [
        ("", "Enter an NHS number"),
        ("943476591", "NHS number must have 10 digits, and this has 9"),
        ("94347659190", "NHS number must have 10 digits, and this has 11"),
        ("943476591x", "NHS number must have only digits, such as 999 123 4567"),
        ("9434765918", "This is not a real NHS number: at least one digit is wrong. Check it and try again"),
        ("9999999999", "This is not an NHS number: it repeats one digit"),
    ] {
        assert_eq!(number(typed).unwrap_err(), says, "{typed}");
    }
}

#[test]
fn a_name_and_a_birthday_become_a_search_and_the_month_may_be_a_word() {
    let wanted = named(" Ashworth ", "3", "May", "1944").unwrap();

    let params = wanted.params();
    assert_eq!(params[0], ("family".to_owned(), "Ashworth".to_owned()));
    assert_eq!(params[1], ("birthdate".to_owned(), "1944-05-03".to_owned()));
    assert_eq!(params.last().unwrap(), &("_count".to_owned(), (MATCHES_MAX + 1).to_string()));
}

#[test]
fn a_comma_in_a_name_is_a_letter_and_not_an_or() {
    assert_eq!(named("Smith,Jones", "3", "5", "1944").unwrap().params()[0].1, "Smith\\,Jones");
}

#[test]
fn each_part_of_a_wrong_birthday_is_told() {
    let told = |day: &str, month: &str, year: &str| {
        let mistakes = named("Ashworth", day, month, year).unwrap_err();
        (mistakes[0].says.clone(), mistakes[0].parts)
    };

    assert_eq!(told("", "", "").0, "Enter a date of birth");
    assert_eq!(told("3", "", "1944"), ("Date of birth must include a month".to_owned(), [false, true, false]));
    assert_eq!(told("", "5", ""), ("Date of birth must include a day and a year".to_owned(), [true, false, true]));
    assert_eq!(
        told("31", "2", "1944").0,
        "Date of birth must be a real date, such as 15 3 1984, with the year in 4 digits"
    );
    assert_eq!(told("3", "5", "44").1, [false, false, true]);
    assert_eq!(told("23", "11", "2026").0, "Date of birth must be in the past");
    assert_eq!(told("1", "1", "1900").0, "Date of birth must be in the last 125 years");
}

#[test]
fn the_way_that_was_filled_in_is_taken_when_none_was_chosen() {
    let form = FindForm { nhs_number: "9434765919".into(), ..FindForm::default() };

    assert!(matches!(read(&form, date(2026, 11, 22)), Ok(Wanted::Number(_))));
    assert_eq!(read(&FindForm::default(), date(2026, 11, 22)).unwrap_err()[0].field, FieldName::By);
}

#[test]
fn what_was_looked_for_is_not_printed_by_accident() {
    let wanted = number("9434765919").unwrap();

    assert!(!format!("{wanted:?}").contains("943"));
}

#[test]
fn the_form_keeps_what_was_typed_and_leads_to_the_mistake() {
    let form = FindForm { by: "name".into(), family: "<b>O'Hara</b>".into(), day: "3".into(), ..FindForm::default() };
    let mistakes = read(&form, date(2026, 11, 22)).unwrap_err();
    let html = find_content(&form, &mistakes).into_string();

    assert!(html.contains("value=\"&lt;b&gt;O'Hara&lt;/b&gt;\""));
    assert!(html.contains("<a href=\"#born-month\">Date of birth must include a month and a year</a>"));
    assert!(html.contains("id=\"born-month\""));
    insta::assert_snapshot!("form", html.replace("><", ">\n<"));
}

#[test]
fn matches_are_listed_with_what_tells_people_apart() {
    let html =
        list(&[Person::sample(), Person { died: Some("1 May 2026".into()), ..Person::sample() }], date(2026, 11, 22))
            .into_string();

    for part in ["2 people found", "3 May 1944 (82 years)", "999 000 0018", "Moorview Care Home", "died 1 May 2026"] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn nobody_and_too_many_say_what_to_do_next() {
    let wanted = named("Smith", "3", "5", "1944").unwrap();

    assert!(without_list(&wanted, TooMany::No).into_string().contains("Check the spelling"));
    assert!(without_list(&wanted, TooMany::Yes).into_string().contains("Add a given name"));
}
