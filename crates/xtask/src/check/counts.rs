//! How many tests a program says it ran, read from its closing lines.
//!
//! A line that is not understood counts nothing: the exit code of the program decides then.

use std::iter::Sum;

/// Tests that passed and tests that did not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, count| Self {
            passed: sum.passed + count.passed,
            failed: sum.failed + count.failed,
        })
    }
}

/// nextest: `Summary [ 1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 0 skipped`.
pub(super) fn nextest(output: &str) -> Count {
    let summary = output.lines().rev().find(|line| line.trim_start().starts_with("Summary ["));
    let Some((_, counts)) = summary.and_then(|line| line.split_once(" run: ")) else { return Count::default() };
    let said = |word| number_before(counts, word);
    Count { passed: said(" passed"), failed: said(" failed") + said(" timed out") + said(" exec failed") }
}

/// `cargo test`, once for each binary: `test result: ok. 3 passed; 0 failed; ...`.
pub(super) fn cargo_test(output: &str) -> Count {
    let results = output.lines().filter(|line| line.starts_with("test result:"));
    results.map(|line| Count { passed: number_before(line, " passed"), failed: number_before(line, " failed") }).sum()
}

/// Node's test runner: lines `pass 3` and `fail 1` after a mark.
pub(super) fn node(output: &str) -> Count {
    let said = |word: &str| -> u32 {
        let lines = output.lines().rev().filter_map(|line| line.split_once(word));
        lines
            .filter_map(|(mark, number)| (mark.chars().count() <= 2).then(|| number.trim().parse().ok())?)
            .next()
            .unwrap_or(0)
    };
    Count { passed: said("pass "), failed: said("fail ") + said("cancelled ") }
}

/// The number that stands before a word.
fn number_before(text: &str, word: &str) -> u32 {
    let before = text.split_once(word).map(|(before, _)| before);
    let last = before.and_then(|before| before.rsplit(|letter: char| !letter.is_ascii_digit()).next());
    last.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_nextest_is_read() {
        let good = "x\n     Summary [   0.021s] 12 tests run: 12 passed, 0 skipped\n";
        let bad = "     Summary [  61.000s] 9 tests run: 6 passed (1 slow), 2 failed, 1 timed out, 3 skipped\n";

        assert_eq!(nextest(good), Count { passed: 12, failed: 0 });
        assert_eq!(nextest(bad), Count { passed: 6, failed: 3 });
        assert_eq!(nextest("error: could not compile\n"), Count::default());
    }

    #[test]
    fn results_of_several_binaries_add_up() {
        let output = "test result: ok. 3 passed; 0 failed; 0 ignored\ntest result: FAILED. 1 passed; 2 failed;\n";

        assert_eq!(cargo_test(output), Count { passed: 4, failed: 2 });
    }

    #[test]
    fn the_closing_lines_of_node_are_read() {
        let output = "▶ a journey\nℹ tests 8\nℹ pass 7\nℹ fail 1\nℹ cancelled 0\n";

        assert_eq!(node(output), Count { passed: 7, failed: 1 });
    }
}
