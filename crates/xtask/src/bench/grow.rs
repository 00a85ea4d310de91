//! Ten times a set: the same facts about ten times as many people, with new ids and NHS numbers.
//!
//! The set is written out by the program's own export and copied line by line: in copy *k* every UUID has
//! another first digit, and every NHS number another body and the check digit that belongs to it.
//! Nothing else of a line changes, so the copies are as real as the original.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::server::Program;

/// How many times the set is there in the end.
const COPIES: u8 = 10;

/// How far the NHS numbers of two copies are apart: prime, so that copies do not meet.
const NUMBER_STEP: u32 = 99_991;

/// Writes the copies of a set as NDJSON files; gives their folder and how many resources they have.
pub(super) fn ten_times(source: &Program, set: &Path, folder: &Path) -> anyhow::Result<(PathBuf, u64)> {
    let original = folder.join("original");
    let copies = folder.join("copies");
    super::fresh_folder(folder)?;
    super::fresh_folder(&copies)?;
    let imported = source.import(&[set.to_owned()])?.outcome;
    ensure!(imported.success, "the import of {} failed:\n{}", set.display(), imported.output);
    let exported = source.export(&original)?;
    ensure!(exported.success, "the export failed:\n{}", exported.output);
    let entries = std::fs::read_dir(&original).with_context(|| format!("while reading {}", original.display()))?;
    let mut resources = 0;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?;
        if path.extension().is_some_and(|extension| extension == "ndjson") {
            resources +=
                copy(&path, &copies.join(name)).with_context(|| format!("while copying {}", path.display()))?;
        }
    }
    Ok((copies, resources))
}

/// Gives how many lines were written.
fn copy(from: &Path, to: &Path) -> anyhow::Result<u64> {
    let mut written = 0;
    let mut out = BufWriter::new(File::create(to)?);
    for number in 0..COPIES {
        let mut lines = BufReader::new(File::open(from)?);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            renew(&mut line, number);
            out.write_all(&line)?;
            line.clear();
            written += 1;
        }
    }
    out.flush()?;
    Ok(written)
}

/// Gives every UUID and NHS number of a line the form that it has in this copy.
fn renew(line: &mut [u8], copy: u8) {
    let mut at = 0;
    while let Some(rest) = line.get_mut(at..).filter(|rest| !rest.is_empty()) {
        at += if is_uuid(rest) {
            renew_uuid(rest, copy);
            36
        } else if is_nhs_number(rest) {
            renew_nhs_number(rest, copy);
            12
        } else {
            1
        };
    }
}

/// Eight, four, four, four and twelve hexadecimal digits.
fn is_uuid(text: &[u8]) -> bool {
    let fits = |(index, byte): (usize, &u8)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.get(..36).is_some_and(|text| text.iter().enumerate().all(fits))
}

fn renew_uuid(text: &mut [u8], copy: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let Some(first) = text.first_mut() else { return };
    let digit = char::from(*first).to_digit(16).unwrap_or(0) + u32::from(copy);
    let digit = usize::try_from(digit % 16).unwrap_or(0);
    *first = DIGITS.get(digit).copied().unwrap_or(*first);
}

/// `"999` and seven digits more in quotes.
fn is_nhs_number(text: &[u8]) -> bool {
    let quoted = text.get(..12).filter(|text| text.starts_with(b"\"999") && text.ends_with(b"\""));
    quoted.is_some_and(|text| text.get(1..11).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit)))
}

fn renew_nhs_number(text: &mut [u8], copy: u8) {
    if copy == 0 {
        return;
    }
    let Some(place) = text.get_mut(1..11) else { return };
    let body = place.iter().skip(3).take(6).fold(0, |sum, digit| sum * 10 + u32::from(digit.saturating_sub(b'0')));
    let first = body + NUMBER_STEP * u32::from(copy);
    let valid = (first..)
        .map(|body| format!("999{:06}", body % 1_000_000))
        .find_map(|body| Some(format!("{body}{}", check_digit(&body)?)));
    for (byte, digit) in place.iter_mut().zip(valid.unwrap_or_default().bytes()) {
        *byte = digit;
    }
}

/// The tenth digit by modulus 11; none where it would be 10.
fn check_digit(body: &str) -> Option<u32> {
    let weighed = body.chars().zip((2..=10).rev()).map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight);
    match 11 - weighed.sum::<u32>() % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":"f73fbfe8-471f-424f-867d-8603f3e20949","value":"9995405202","count":9995405202}"#;

    fn renewed(copy: u8) -> String {
        let mut line = LINE.as_bytes().to_vec();
        renew(&mut line, copy);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn the_first_copy_is_the_original() {
        assert_eq!(renewed(0), LINE);
    }

    #[test]
    fn another_copy_has_other_ids_and_right_check_digits() {
        let line = renewed(3);

        assert!(line.contains("\"273fbfe8-471f-424f-867d-8603f3e20949\""), "{line}");
        let number = line.split("\"value\":\"").nth(1).unwrap().get(..10).unwrap();
        assert_ne!(number, "9995405202");
        let (body, digit) = number.split_at(9);
        assert_eq!(check_digit(body), digit.parse().ok());
        assert!(line.ends_with("9995405202}"), "numbers that are no NHS numbers stay: {line}");
    }
}
