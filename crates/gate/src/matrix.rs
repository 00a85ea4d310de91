//! The table that people read: who may do what with which resource type.
//!
//! `policies/matrix.txt` is written by a test from the decision table and checked in, so that a change of policy shows in the
//! review as the lines that changed. It is never read by the program.

use crate::kinds::{DataKind, TypeSet};
use crate::labels::Label;
use crate::permit::Gate;
use crate::refusal::Question;
use crate::words::{Action, Purpose, Relation, Role};
use fhir::ResourceType;
use std::fmt::Write;

const HEAD: &str = "\
# Who may do what with which resource type, for which purpose, in whose records.
# A test writes this file from the policies: UPDATE_EXPECT=1 cargo test -p gate. Read it, do not edit it.
#   r read  s search  h earlier versions  c add  u change  d remove  e take a copy  i bring in  . nothing
#   after a plus, entries with these labels too: R restricted, V very restricted, S sensitive
# What a connected system may do is narrowed further by the scopes of its token.
";

/// The table as text.
#[must_use]
pub fn matrix(gate: &Gate) -> String {
    let mut text = HEAD.to_owned();
    for role in Role::ALL {
        let purposes: Vec<Purpose> =
            Purpose::ALL.iter().copied().filter(|purpose| any(gate, *role, *purpose)).collect();
        if purposes.is_empty() {
            let _ = writeln!(text, "\n== {}: nothing", role.name());
        }
        for purpose in purposes {
            section(gate, *role, purpose, &mut text);
        }
    }
    text
}

fn any(gate: &Gate, role: Role, purpose: Purpose) -> bool {
    TypeSet::all().iter().any(|resource| !line(gate, role, purpose, resource).is_empty())
}

fn section(gate: &Gate, role: Role, purpose: Purpose, text: &mut String) {
    let _ = writeln!(text, "\n== {}, for {}", role.name(), purpose.phrase());
    let _ = writeln!(text, "{:34}{:16}{:14}{:14}{:14}nobody's", "type", "kind", "own", "related", "anyone");
    let mut without = 0;
    for resource in TypeSet::all().iter() {
        let line = line(gate, role, purpose, resource);
        if line.is_empty() {
            without += 1;
        } else {
            let _ = writeln!(text, "{line}");
        }
    }
    let _ = writeln!(text, "the other {without} types: nothing");
}

fn line(gate: &Gate, role: Role, purpose: Purpose, resource: ResourceType) -> String {
    let Some(kind) = DataKind::of(resource) else { return String::new() };
    let cell = |relation: &Relation| {
        let question = Question { role, purpose, action: Action::Read, relation: *relation, kind };
        letters(gate, &question)
    };
    let cells: Vec<String> = Relation::ALL.iter().map(cell).collect();
    if cells.iter().all(|cell| cell == ".") {
        return String::new();
    }
    let columns: String = cells.iter().map(|cell| format!("{cell:14}")).collect();
    format!("{:34}{:16}{columns}", resource.name(), kind.name()).trim_end().to_owned()
}

/// The letters of what is permitted, grouped by the labels that are let through: `rsh+RS,cu`.
fn letters(gate: &Gate, question: &Question) -> String {
    let mut groups: Vec<(u32, String)> = Vec::new();
    for action in Action::ALL {
        let Some(labels) = gate.labels(&Question { action: *action, ..*question }) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == labels) {
            Some((_, letters)) => letters.push(letter(*action)),
            None => groups.push((labels, letter(*action).to_string())),
        }
    }
    if groups.is_empty() {
        return ".".to_owned();
    }
    let written: Vec<String> =
        groups.iter().map(|(labels, letters)| format!("{letters}{}", labels_text(*labels))).collect();
    written.join(",")
}

fn labels_text(labels: u32) -> String {
    let initials =
        Label::ALL.iter().filter(|label| labels & label.bit() != 0).filter_map(|label| label.name().chars().next());
    let initials: String = initials.collect();
    if initials.is_empty() { initials } else { format!("+{initials}") }
}

const fn letter(action: Action) -> char {
    match action {
        Action::Read => 'r',
        Action::Search => 's',
        Action::History => 'h',
        Action::Create => 'c',
        Action::Update => 'u',
        Action::Delete => 'd',
        Action::Export => 'e',
        Action::Import => 'i',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    /// Where the checked-in table is.
    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/matrix.txt");

    #[test]
    fn the_checked_in_matrix_is_what_the_policies_say() {
        let gate = Gate::load(&Policies::built_in()).unwrap();

        let now = matrix(&gate);

        if std::env::vars().any(|(name, value)| name == "UPDATE_EXPECT" && value == "1") {
            std::fs::write(FILE, &now).unwrap();
        }
        let checked_in = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(
            now == checked_in,
            "policies/matrix.txt is stale: UPDATE_EXPECT=1 cargo test -p gate, then review the change"
        );
    }
}
