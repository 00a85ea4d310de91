//! The two files of the national data opt-out check: what is asked, and what comes back.
//!
//! One NHS number a line, a comma after it, and a line feed. What comes back lists the numbers *without* an opt-out, so a number
//! that was asked about and is missing has one. A file with anything else in it is spoilt, and nothing of it is taken: to guess
//! would mean to use somebody's data against her will. Source: the check for national data opt-outs service of NHS England.

use fhir::NhsNumber;
use jiff::civil::Date;
use roaring::RoaringBitmap;

/// Largest file that is taken, in bytes.
pub const FILE_BYTES_MAX: usize = 100 * 1024 * 1024;

/// Why a file was refused; nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The name does not say when it was asked.
    #[error("the file must be called MAILBOX-DDMMYY-NNNN.dat, such as X26HC001-221126-0001.dat")]
    Name,
    /// It is larger than the service sends.
    #[error("the file is larger than 100 MB")]
    TooLarge,
    /// A line is not one number and a comma.
    #[error(
        "line {0} is not one NHS number, a comma and a line feed: the file is spoilt. Nothing was changed; ask again"
    )]
    Line(usize),
    /// The last line has no end.
    #[error("the file breaks off in its last line. Nothing was changed; fetch it again")]
    CutOff,
    /// The same number twice.
    #[error("line {0} has a number that was there before: the file is spoilt. Nothing was changed; ask again")]
    Twice(usize),
    /// A number that nobody asked about.
    #[error("the answer has a number that was not asked about: it belongs to another file. Nothing was changed")]
    Foreign,
    /// Nobody was asked about.
    #[error("the file that was asked with is empty")]
    NobodyAsked,
}

/// An NHS number without its check digit: the form in which sets of numbers are kept.
#[must_use]
pub fn nine_of(number: &NhsNumber) -> u32 {
    number.as_str().bytes().take(9).fold(0, |nine, digit| nine * 10 + u32::from(digit.saturating_sub(b'0')))
}

/// The set of these numbers.
#[must_use]
pub fn set_of<'n>(numbers: impl IntoIterator<Item = &'n NhsNumber>) -> RoaringBitmap {
    numbers.into_iter().map(nine_of).collect()
}

/// The text of the file that asks about these numbers, in order; a set leaves nobody twice.
#[must_use]
pub fn asking(numbers: &RoaringBitmap) -> String {
    let line = |nine| NhsNumber::from_first_nine(nine).map(|number| format!("{},\n", number.as_str()));
    numbers.iter().filter_map(line).collect()
}

/// The numbers of a file.
///
/// # Errors
/// When it is not what the service takes and sends.
pub fn numbers(text: &[u8]) -> Result<RoaringBitmap, FileError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(FileError::TooLarge);
    }
    let mut numbers = RoaringBitmap::new();
    for (place, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let whole = line.strip_suffix(b"\n").ok_or(FileError::CutOff)?;
        let spoilt = FileError::Line(place + 1);
        let digits =
            whole.strip_suffix(b",").filter(|digits| digits.len() == 10 && digits.iter().all(u8::is_ascii_digit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok()).ok_or(spoilt.clone())?;
        let number = NhsNumber::parse(digits).map_err(|_| spoilt)?;
        if !numbers.insert(nine_of(&number)) {
            return Err(FileError::Twice(place + 1));
        }
    }
    Ok(numbers)
}

/// The numbers that were asked about, and those of them that came back: people without an opt-out.
///
/// # Errors
/// When either file is spoilt, or they do not belong together.
pub fn answer(asked: &[u8], answer: &[u8]) -> Result<(RoaringBitmap, RoaringBitmap), FileError> {
    let (asked, without) = (numbers(asked)?, numbers(answer)?);
    if asked.is_empty() {
        return Err(FileError::NobodyAsked);
    }
    if !without.is_subset(&asked) {
        return Err(FileError::Foreign);
    }
    Ok((asked, without))
}

/// The day that the name of a file says.
///
/// # Errors
/// When the name is not of the form `MAILBOX-DDMMYY-NNNN.dat`.
pub fn day_of_name(name: &str) -> Result<Date, FileError> {
    let is_digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let stem = name.strip_suffix(".dat").ok_or(FileError::Name)?;
    let mut parts = stem.splitn(3, '-');
    let (mailbox, day, number) = (parts.next(), parts.next(), parts.next());
    let is_mailbox =
        |text: &&str| (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    mailbox.filter(is_mailbox).ok_or(FileError::Name)?;
    number.filter(|number| is_digits(number, 4)).ok_or(FileError::Name)?;
    let day = day.filter(|day| is_digits(day, 6)).ok_or(FileError::Name)?;
    let pair = |from: usize| day.get(from..from + 2).and_then(|two| two.parse::<i8>().ok()).ok_or(FileError::Name);
    Date::new(2000 + i16::from(pair(4)?), pair(2)?, pair(0)?).map_err(|_| FileError::Name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(nine: u32) -> NhsNumber {
        NhsNumber::from_first_nine(nine).unwrap()
    }

    #[test]
    fn a_file_has_one_number_a_line_with_a_comma_and_a_line_feed() {
        let text = asking(&set_of([&number(999_000_003), &number(999_000_001), &number(999_000_001)]));

        assert_eq!(text, "9990000018,\n9990000034,\n");
    }

    #[test]
    fn who_was_asked_about_and_does_not_come_back_has_an_opt_out() {
        let (asked, without) = answer(b"9990000018,\n9990000034,\n", b"9990000034,\n").unwrap();

        assert_eq!(asked - without, set_of([&number(999_000_001)]));
    }

    #[test]
    fn a_spoilt_or_foreign_file_is_refused_and_says_where() {
        let refused = |text: &[u8]| numbers(text).unwrap_err();

        assert_eq!(refused(b"9990000018,\n9990000019,\n"), FileError::Line(2));
        assert_eq!(refused(b"9990000018,\r\n"), FileError::Line(1));
        assert_eq!(refused(b"999 000 0018,\n"), FileError::Line(1));
        assert_eq!(refused(b"9990000018\n"), FileError::Line(1));
        assert_eq!(refused(b"9990000018,\n9990000034,"), FileError::CutOff);
        assert_eq!(refused(b"9990000018,\n9990000018,\n"), FileError::Twice(2));
        assert_eq!(answer(b"9990000018,\n", b"9990000034,\n"), Err(FileError::Foreign));
        assert_eq!(answer(b"", b""), Err(FileError::NobodyAsked));
    }

    #[test]
    fn the_name_says_the_day() {
        assert_eq!(day_of_name("X26HC001-221126-0001.dat"), Ok(jiff::civil::date(2026, 11, 22)));
        for name in [
            "X26HC001-311126-0001.dat",
            "X26HC001-221126-1.dat",
            "221126-0001.dat",
            "a/b-221126-0001.dat",
            "-221126-0001.dat",
        ] {
            assert_eq!(day_of_name(name), Err(FileError::Name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(nines in proptest::collection::btree_set(999_000_000_u32..999_999_999, 0..50)) {
            let set: RoaringBitmap = nines.into_iter().filter(|nine| NhsNumber::from_first_nine(*nine).is_some()).collect();

            prop_assert_eq!(numbers(asking(&set).as_bytes()), Ok(set));
        }

        #[test]
        fn any_byte_that_is_changed_spoils_the_file_or_changes_the_number(place in 0_usize..12, byte in any::<u8>()) {
            let mut text = b"9990000018,\n".to_vec();
            prop_assume!(text[place] != byte);
            text[place] = byte;

            prop_assert_ne!(numbers(&text), Ok(set_of([&number(999_000_001)])));
        }
    }
}
