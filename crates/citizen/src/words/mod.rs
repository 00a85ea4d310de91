//! Everyday words: what a condition or a test is, for somebody who is not a professional.
//!
//! Two small tables of our own words, by code. What is not in them keeps the words of the record. The words say what a
//! thing is and never what to do about it. A test keeps them readable for somebody of 11 years.

mod conditions;
mod tests_explained;

pub(crate) use conditions::condition;
pub(crate) use tests_explained::test;

/// What something is in everyday words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// What people call it.
    pub(crate) name: &'static str,
    /// One or two sentences.
    pub(crate) says: &'static str,
}

/// A table of everyday words by code.
type Words = &'static [(&'static str, &'static str, &'static str)];

fn look_up(table: Words, code: &str) -> Option<Plain> {
    table.iter().find(|(known, ..)| *known == code).map(|(_, name, says)| Plain { name, says })
}

#[cfg(test)]
mod tests {
    use super::Words;

    /// The automated readability index: about the school year for which a text is written, 5 to 6 at 11 years.
    fn school_year(text: &str) -> f64 {
        let words: Vec<&str> = text.split_whitespace().collect();
        let count = |n: usize| f64::from(u32::try_from(n).unwrap());
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        let sentences = text.matches(['.', '?', '!']).count().max(1);
        4.71 * count(letters) / count(words.len()) + 0.5 * count(words.len()) / count(sentences) - 21.43
    }

    fn readable(table: Words) {
        let all: String = table.iter().map(|(_, _, says)| format!("{says} ")).collect();
        let year = school_year(&all);
        assert!(year <= 6.0, "the whole table is written for school year {year:.1}");
        for (code, name, says) in table {
            assert!(!name.is_empty() && says.ends_with('.'), "{code}");
            assert!(school_year(says) <= 10.5, "{code} {name}: {:.1}", school_year(says));
        }
    }

    #[test]
    fn the_words_for_conditions_can_be_read_at_eleven_years() {
        readable(super::conditions::CONDITIONS);
    }

    #[test]
    fn the_words_for_tests_can_be_read_at_eleven_years() {
        readable(super::tests_explained::TESTS);
    }
}
