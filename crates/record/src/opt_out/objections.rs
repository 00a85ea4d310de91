//! Type 1 objections: that data of the GP record leave the practice for nothing but the person's own care.
//!
//! They stand in the GP record as two SNOMED CT codes, dissent and its withdrawal, and may come as a file from a practice. The
//! latest says what holds; on the same day, and where a day is missing, the objection does. They are kept apart from answers
//! about national opt-outs: they are another choice, made elsewhere, and do not expire.

use super::file::{FILE_BYTES_MAX, nine_of};
use crate::error::RecordError;
use fhir::search::{Handling, parse};
use fhir::{Json, NhsNumber, ResourceType};
use jiff::civil::Date;
use std::collections::HashMap;
use store::{Store, Visibility};

/// Dissent from secondary use of general practitioner patient identifiable data (finding).
pub const DISSENT: &str = "827241000000103";
/// Dissent withdrawn for secondary use of general practitioner patient identifiable data (finding).
pub const WITHDRAWN: &str = "827261000000102";
/// How many coded entries are read at a time.
const PAGE: usize = 1_000;

/// What somebody said and when, by what it is kept under: her number in the record, or nine digits of her NHS number.
pub(super) type Said = HashMap<u32, Word>;

/// The last word of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The day, in days since 1970; an objection without a day counts as the latest, a withdrawal as the earliest.
    day: i32,
    /// Whether it objects.
    pub(super) objects: bool,
}

impl Word {
    /// What holds of two words: the later, and on one day the objection.
    pub(super) fn or_later(self, other: Self) -> Self {
        if (other.day, other.objects) > (self.day, self.objects) { other } else { self }
    }
}

/// One line of a practice's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The NHS number without its check digit.
    pub nine: u32,
    /// Days since 1970.
    pub day: i32,
    /// Whether it is an objection, not the withdrawal of one.
    pub objects: bool,
}

/// Reads a file of objections: `NHS number,YYYY-MM-DD,objects` or `...,withdrawn` a line.
///
/// # Errors
/// The number of the first line that is something else; then nothing of the file is to be kept.
pub fn lines(text: &str) -> Result<Vec<Line>, usize> {
    if text.len() > FILE_BYTES_MAX {
        return Err(1);
    }
    let line = |(place, line): (usize, &str)| one_line(line).ok_or(place + 1);
    text.lines().enumerate().map(line).collect()
}

fn one_line(line: &str) -> Option<Line> {
    let mut fields = line.trim_end().split(',');
    let (number, day, word) = (fields.next()?, fields.next()?, fields.next()?);
    let objects = match word.trim() {
        "objects" => true,
        "withdrawn" => false,
        _ => return None,
    };
    let number = NhsNumber::parse(number).ok().filter(|_| fields.next().is_none())?;
    Some(Line { nine: nine_of(&number), day: days(day.trim())?, objects })
}

pub(super) fn add(said: &mut Said, key: u32, word: Word) {
    said.entry(key).and_modify(|known| *known = known.or_later(word)).or_insert(word);
}

impl From<Line> for Word {
    fn from(line: Line) -> Self {
        Self { day: line.day, objects: line.objects }
    }
}

/// The types in which a coded entry of a GP record may come.
pub(super) fn coded_types() -> impl Iterator<Item = ResourceType> {
    ["Observation", "Condition", "Procedure"].into_iter().filter_map(ResourceType::parse)
}

/// What the coded entries of all GP records say, by the number of the person in the record.
pub(super) fn in_the_record(store: &Store) -> Result<Said, RecordError> {
    let sought = format!("http://snomed.info/sct|{DISSENT},http://snomed.info/sct|{WITHDRAWN}");
    let mut said = Said::new();
    for kind in coded_types() {
        let parsed = parse(kind, &[("code".to_owned(), sought.clone())], Handling::Strict);
        let query = parsed.map_err(|_| crate::read::damaged())?.query;
        let mut page = store::PageRequest::first(PAGE);
        loop {
            let found = store.read(|reader| reader.search(&Visibility::everything(), &query, &page))?;
            for row in &found.matches {
                let tree = fhir::json::parse(&row.body).map_err(|_| crate::read::damaged())?;
                if let Some(word) = word_of(&tree) {
                    add(&mut said, row.rid.part().number(), word);
                }
            }
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
    }
    Ok(said)
}

/// What one coded entry says; nothing when it was entered in error.
fn word_of(entry: &Json<'_>) -> Option<Word> {
    let in_error = "entered-in-error";
    let status = entry.get("status").and_then(Json::text);
    let verification = entry.at(&["verificationStatus", "coding"]).map(Json::items).unwrap_or_default();
    if status == Some(in_error)
        || verification.iter().any(|coding| coding.get("code").and_then(Json::text) == Some(in_error))
    {
        return None;
    }
    let has = |code: &str| {
        let codings = entry.at(&["code", "coding"]).map(Json::items).unwrap_or_default();
        codings.iter().any(|coding| coding.get("code").and_then(Json::text) == Some(code))
    };
    let objects = has(DISSENT);
    let dated = ["effectiveDateTime", "performedDateTime", "onsetDateTime", "recordedDate", "issued"];
    let day = dated.iter().find_map(|name| entry.get(name).and_then(Json::text)).and_then(days);
    Some(Word { day: day.unwrap_or(if objects { i32::MAX } else { i32::MIN }), objects })
}

/// Days since 1970 of a date or time that begins with a whole date.
fn days(text: &str) -> Option<i32> {
    let date: Date = text.get(..10)?.parse().ok()?;
    date.since(jiff::civil::date(1970, 1, 1)).ok().map(|span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<(i32, bool)> {
        word_of(&fhir::json::parse(text.as_bytes()).unwrap()).map(|word| (word.day, word.objects))
    }

    #[test]
    fn the_latest_word_holds_and_on_one_day_the_objection() {
        let (early, late) = (Word { day: 1, objects: true }, Word { day: 2, objects: false });

        assert_eq!(early.or_later(late), late);
        assert_eq!(late.or_later(early), late);
        assert_eq!(late.or_later(Word { day: 2, objects: true }), Word { day: 2, objects: true });
    }

    #[test]
    fn an_entry_says_what_its_code_says_on_its_day_and_nothing_when_it_was_made_in_error() {
        let entry = |code: &str, more: &str| {
            format!(r#"{{"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"{code}"}}]}}{more}}}"#)
        };

        assert_eq!(told(&entry(DISSENT, r#","effectiveDateTime":"1970-01-03T10:00:00Z""#)), Some((2, true)));
        assert_eq!(told(&entry(WITHDRAWN, r#","recordedDate":"1970-01-04""#)), Some((3, false)));
        assert_eq!(told(&entry(DISSENT, "")), Some((i32::MAX, true)));
        assert_eq!(told(&entry(WITHDRAWN, r#","recordedDate":"2020""#)), Some((i32::MIN, false)));
        assert_eq!(told(&entry(DISSENT, r#","status":"entered-in-error""#)), None);
    }

    #[test]
    fn a_practice_file_is_read_whole_or_not_at_all() {
        let whole = lines("9990000018,2021-05-01,objects\n999 000 0034,2022-01-31,withdrawn\n").unwrap();

        assert_eq!(
            whole.iter().map(|line| (line.nine, line.objects)).collect::<Vec<_>>(),
            [(999_000_001, true), (999_000_003, false)]
        );
        assert_eq!(lines("9990000018,2021-05-01,objects\n9990000019,2021-05-01,objects\n"), Err(2));
        assert_eq!(lines("9990000018,2021-05-01,maybe\n"), Err(1));
        assert_eq!(lines("9990000018,2021-05-01,objects,x\n"), Err(1));
    }
}
