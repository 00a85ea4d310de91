//! The table that people read: who may do what with which kind of data.
//!
//! `policies/matrix.txt` is written by a test from the decision table and checked in, so that a change of policy shows in the
//! review as the lines that changed. It is never read by the program.

use crate::kinds::DataKind;
use crate::labels::Label;
use crate::permit::Gate;
use crate::refusal::Question;
use crate::words::{Action, Purpose, Relation, Role};
use std::fmt::Write;

const HEAD: &str = "\
# Who may do what with which kind of data, for which purpose, in whose records.
# A test writes this file from the policies: UPDATE_EXPECT=1 cargo test -p gate. Read it, do not edit it.
#   r read  s search  h earlier versions  c add  u change  d remove  e take a copy  i bring in  . nothing
#   after a plus, entries with these labels too: R restricted, V very restricted, S sensitive,
#     X sealed, L legally protected, O hidden from the online view,
#     W restricted people, without where they live
# What a connected system or app may do is narrowed further by the scopes of its token.
# Roles that may do the same stand together. What has no line may not be done.
";

/// How wide a line of names may be, in characters.
const WIDTH_MAX: usize = 118;

/// The table as text.
#[must_use]
pub fn matrix(gate: &Gate) -> String {
    let mut text = HEAD.to_owned();
    for (roles, purpose, lines) in sections(gate) {
        let _ = writeln!(text, "\n== {}, for {}", roles.join(", "), purpose.phrase());
        let _ = writeln!(text, "{:16}{:16}{:16}{:16}nobody's", "kind", "own", "related", "anyone");
        let _ = write!(text, "{lines}");
    }
    for role in
        Role::ALL.iter().filter(|role| Purpose::ALL.iter().all(|purpose| lines(gate, **role, *purpose).is_empty()))
    {
        let _ = writeln!(text, "\n== {}: nothing", role.name());
    }
    text.push_str("\n== The resource types of each kind of data\n");
    DataKind::ALL.iter().for_each(|kind| types(*kind, &mut text));
    text
}

/// What each role may do for each purpose; roles that may do the same stand with the first of them.
fn sections(gate: &Gate) -> Vec<(Vec<&'static str>, Purpose, String)> {
    let mut sections: Vec<(Vec<&str>, Purpose, String)> = Vec::new();
    for role in Role::ALL {
        for purpose in Purpose::ALL {
            let lines = lines(gate, *role, *purpose);
            if lines.is_empty() {
                continue;
            }
            match sections.iter_mut().find(|(_, known, same)| known == purpose && *same == lines) {
                Some((roles, ..)) => roles.push(role.name()),
                None => sections.push((vec![role.name()], *purpose, lines)),
            }
        }
    }
    sections
}

fn lines(gate: &Gate, role: Role, purpose: Purpose) -> String {
    let mut text = String::new();
    for kind in DataKind::ALL {
        let cell = |relation: &Relation| {
            letters(gate, &Question { role, purpose, action: Action::Read, relation: *relation, kind: *kind })
        };
        let cells: Vec<String> = Relation::ALL.iter().map(cell).collect();
        if cells.iter().any(|cell| cell != ".") {
            let columns: String = cells.iter().map(|cell| format!("{cell:16}")).collect();
            let _ = writeln!(text, "{}", format!("{:16}{columns}", kind.name()).trim_end());
        }
    }
    text
}

/// The kind with its types, as many on a line as fit.
fn types(kind: DataKind, text: &mut String) {
    let mut line = kind.name().to_owned();
    line.push(':');
    for resource in kind.types().iter() {
        if line.len() + 1 + resource.name().len() > WIDTH_MAX {
            let _ = writeln!(text, "{line}");
            line = " ".to_owned();
        }
        line.push(' ');
        line.push_str(resource.name());
    }
    let _ = writeln!(text, "{line}");
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
    let initials = Label::ALL.iter().filter(|label| labels & label.bit() != 0).map(|label| initial(*label));
    let initials: String = initials.collect();
    if initials.is_empty() { initials } else { format!("+{initials}") }
}

/// The letter of a label in the table; `cargo xtask widens` knows them too.
const fn initial(label: Label) -> char {
    match label {
        Label::Restricted => 'R',
        Label::VeryRestricted => 'V',
        Label::Sensitive => 'S',
        Label::Sealed => 'X',
        Label::LegallyProtected => 'L',
        Label::HiddenOnline => 'O',
        Label::WithoutWhereabouts => 'W',
    }
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
            "policies/matrix.txt is stale: UPDATE_EXPECT=1 cargo test -p gate, then `cargo xtask widens` says what became wider"
        );
    }
}
