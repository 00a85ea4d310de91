//! The nearest known name to one that is not known: "did you mean `birthdate`?".
//!
//! Distance is counted in letters added, left out or changed, and in neighbours swapped. A name that is too far off is no help, so
//! then there is no suggestion.

/// The nearest of the names, when it is near enough to be a slip.
#[must_use]
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let slips_max = 1 + name.chars().count() / 4;
    let typed = plain(name);
    let ranked = names.map(|known| (distance(&typed, &plain(known)), known));
    ranked.filter(|(slips, _)| *slips <= slips_max).min_by_key(|(slips, _)| *slips).map(|(_, known)| known)
}

/// Case and separators are not counted: `birthDate` and `birth-date` are `birthdate`.
fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|letter| !matches!(letter, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// Optimal string alignment, row by row; names longer than any parameter's are not worth the work.
fn distance(one: &[char], other: &[char]) -> usize {
    const LENGTH_MAX: usize = 64;
    if one.len() > LENGTH_MAX || other.len() > LENGTH_MAX {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&last, column) + usize::from(letter != against);
            let mut least = changed.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let is_swap =
                row > 0 && column > 0 && one.get(row - 1) == Some(against) && other.get(column - 1) == Some(letter);
            if is_swap {
                least = least.min(at(&before, column - 1) + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let names = ["birthdate", "gender", "given", "address-city"];
        let find = |name| nearest(name, names.into_iter());

        assert_eq!(find("birthDate"), Some("birthdate"));
        assert_eq!(find("brithdate"), Some("birthdate"));
        assert_eq!(find("gendr"), Some("gender"));
        assert_eq!(find("addresscity"), Some("address-city"));
        assert_eq!(find("nonsense"), None);
    }
}
