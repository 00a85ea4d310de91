//! How words are compared: `fold` for strings, `fold_code` for tokens.
//!
//! The query and the resource go through the same function, so that a search for "oneil" finds "O'Neil" and one for
//! "Chloe" finds "Chloé". Nothing here stems, translates or guesses at sounds. R4, 3.1.1.4.8 and 3.1.1.4.10.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds case, accents, punctuation and repeated space, as R4 asks of string search.
///
/// A hyphen or dash counts as a space (Smith-Jones is "smith jones"); every other punctuation mark is left out.
/// Folding twice changes nothing, and a folded start stays a start.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        text.bytes().for_each(|byte| push_folded(&mut folded, char::from(byte.to_ascii_lowercase())));
    } else {
        let plain = text.nfkd().flat_map(char::to_lowercase).nfkd().filter(|letter| !is_combining_mark(*letter));
        plain.for_each(|letter| push_folded(&mut folded, unaccented(letter)));
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// Folds the case of a code or identifier: R4 asks servers to match tokens without regard to case when in doubt.
#[must_use]
pub fn fold_code(code: &str) -> Cow<'_, str> {
    if code.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Cow::Owned(code.to_lowercase())
    } else {
        Cow::Borrowed(code)
    }
}

fn push_folded(folded: &mut String, letter: char) {
    if letter.is_whitespace() || matches!(letter, '-' | '\u{2010}'..='\u{2015}') {
        if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    } else if letter.is_alphanumeric() || is_symbol(letter) {
        folded.push(letter);
    }
}

/// Signs that carry meaning in names of medicines and units, so they stay.
fn is_symbol(letter: char) -> bool {
    matches!(letter, '+' | '%' | '/' | '<' | '>' | '=' | '@' | '&' | '#') || (!letter.is_ascii() && !is_mark(letter))
}

fn is_mark(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2016}'..='\u{206F}' | '\u{00A1}'..='\u{00BF}' | '\u{3001}'..='\u{301F}')
}

/// Letters that Unicode does not decompose but people leave plain when they type.
fn unaccented(letter: char) -> char {
    match letter {
        'ø' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        'ŧ' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{fold, fold_code};
    use proptest::prelude::*;

    #[test]
    fn case_accents_punctuation_and_space_are_folded() {
        assert_eq!(fold("  O'Neil-Šmíth,   Chloé "), "oneil smith chloe");
        assert_eq!(fold("St. John's\tRoad"), "st johns road");
        assert_eq!(fold("Jørgen Łukasz"), "jorgen lukasz");
    }

    #[test]
    fn codes_differ_only_by_case() {
        assert_eq!(fold_code("EMER"), fold_code("emer"));
        assert_ne!(fold_code("8302-2"), fold_code("83022"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn the_start_of_a_text_is_the_start_of_its_folding(text in "[a-zA-Zéüß' .-]{0,20}", more in "[a-zA-Zéüß' .-]{0,20}") {
            let whole = fold(&format!("{text}{more}"));
            let start = fold(&text);
            prop_assert!(whole.starts_with(&start));
        }
    }
}
