//! The documents: decisions have numbers in order, links lead somewhere.
//!
//! Only links inside the repository are followed; the check has no network.

use std::collections::BTreeMap;

use super::{Finding, House};

/// Where decisions are kept, one page each.
const DECISIONS: &str = "docs/decisions/";

/// Decisions are `NNNN-title.md`, from 0001 on, without a gap and without a number used twice.
pub(super) fn decisions(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut numbered: BTreeMap<u32, &str> = BTreeMap::new();
    for path in house.files.iter().map(|file| file.path.as_str()) {
        let Some(name) = path.strip_prefix(DECISIONS).filter(|name| *name != "README.md") else { continue };
        match number(name) {
            None => findings.push(Finding::at(path, "a decision is called NNNN-title-in-small-letters.md")),
            Some(number) => {
                if let Some(other) = numbered.insert(number, path) {
                    findings.push(Finding::at(path, format!("has the number of {other}")));
                }
            }
        }
    }
    let gap = numbered.iter().zip(1..).find(|((found, _), wanted)| *found != wanted);
    findings.extend(gap.map(|((_, path), wanted)| Finding::at(*path, format!("the next number is {wanted:04}"))));
    findings
}

/// The number of `0001-title.md`.
fn number(name: &str) -> Option<u32> {
    let (digits, title) = name.strip_suffix(".md")?.split_once('-')?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (digits.len() == 4 && title.bytes().all(is_plain)).then(|| digits.parse().ok()).flatten()
}

/// A relative link in a Markdown page names a file or folder that is there.
pub(super) fn links(house: &House) -> Vec<Finding> {
    let pages = house.texts().filter(|(path, _)| path.ends_with(".md"));
    pages.flat_map(|(path, text)| dead_links(house, path, text)).collect()
}

fn dead_links(house: &House, page: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with(['#', '/'])) {
            let wanted = resolve(page, target.split('#').next().unwrap_or(target));
            if !leads_somewhere(house, &wanted) {
                findings.push(Finding::on_line(page, index, format!("`{target}` leads nowhere")));
            }
        }
    }
    findings
}

/// The path from the root that a link on this page means.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn leads_somewhere(house: &House, wanted: &str) -> bool {
    let is_it = |path: &str| path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    wanted.is_empty() || house.files.iter().any(|file| is_it(&file.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_in_order_are_kept() {
        let house = House::of(&[("docs/decisions/0001-one.md", ""), ("docs/decisions/0002-two-words.md", "")]);

        assert!(decisions(&house).is_empty());
    }

    #[test]
    fn a_gap_a_double_and_a_bad_name_are_found() {
        let gap = House::of(&[("docs/decisions/0001-one.md", ""), ("docs/decisions/0003-three.md", "")]);
        let double = House::of(&[("docs/decisions/0001-one.md", ""), ("docs/decisions/0001-uno.md", "")]);
        let name = House::of(&[("docs/decisions/first.md", "")]);

        assert_eq!(decisions(&gap).len(), 1);
        assert_eq!(decisions(&double).len(), 1);
        assert_eq!(decisions(&name).len(), 1);
    }

    #[test]
    fn links_are_followed_from_where_they_stand() {
        let page =
            "See [it](../README.md#top), [here](guide.md), [gone](lost.md), [out](https://example.org), [up](#top).\n";
        let house = House::of(&[("docs/index.md", page), ("docs/guide.md", ""), ("README.md", "")]);

        assert_eq!(links(&house), [Finding::at("docs/index.md:1", "`lost.md` leads nowhere")]);
    }
}
