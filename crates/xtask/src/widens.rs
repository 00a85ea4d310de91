//! `cargo xtask widens`: which access a change of policy adds, in sentences for whoever reviews it.
//!
//! It compares `policies/matrix.txt` of an earlier revision with the file as it is now, resource type by resource type, so
//! that moving a type to another kind of data shows too. What became narrower it does not tell. That the file is what the
//! policies say is proved elsewhere, by the test of crate `gate` that writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::process;
use crate::workspace::Workspace;

const MATRIX: &str = "policies/matrix.txt";

/// Who, for what, in whose records, and which resource type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    role: String,
    purpose: String,
    relation: Relation,
    resource: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    Own,
    Related,
    Anyone,
    Nobody,
}

const RELATIONS: [Relation; 4] = [Relation::Own, Relation::Related, Relation::Anyone, Relation::Nobody];

/// The letter of an action with that of a label; a blank stands for entries without a label.
type Leave = BTreeSet<(char, char)>;

/// Everything that a table permits.
#[derive(Debug, Default, PartialEq, Eq)]
struct Matrix(BTreeMap<Place, Leave>);

/// Compares the table of `against` with the one in the working folder and says what is wider now.
pub(crate) fn run(workspace: &Workspace, against: &str) -> anyhow::Result<bool> {
    tell(against, &wider_than(workspace, against)?);
    Ok(true)
}

/// The same against the state before the table was changed last, for every run of the check; git tells when that was.
pub(crate) fn tell_last_change(workspace: &Workspace) -> anyhow::Result<()> {
    let mut git = Command::new("git");
    git.current_dir(workspace.root()).args(["log", "-1", "--format=%h", "--", MATRIX]);
    let last = process::capture(&mut git)?;
    let before = format!("{}^", last.output.trim());
    match wider_than(workspace, &before) {
        Ok(sentences) if last.success => tell(&before, &sentences),
        _ => println!("  skipped: git does not know the table before its last change"),
    }
    Ok(())
}

fn tell(against: &str, sentences: &[String]) {
    if sentences.is_empty() {
        println!("Nobody may do more than at {against}.");
    } else {
        println!("Wider than at {against}:");
        sentences.iter().for_each(|sentence| println!("- lets {sentence}"));
    }
}

/// What the table in the working folder permits beyond that of `against`, in sentences.
fn wider_than(workspace: &Workspace, against: &str) -> anyhow::Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(workspace.root()).args(["show", &format!("{against}:{MATRIX}")]);
    let shown = process::capture(&mut git)?;
    if !shown.success {
        bail!("git has no {MATRIX} at {against}: name a commit or branch that does");
    }
    let before = Matrix::parse(&shown.output).with_context(|| format!("while reading {MATRIX} of {against}"))?;
    let now =
        std::fs::read_to_string(workspace.root().join(MATRIX)).with_context(|| format!("while reading {MATRIX}"))?;
    Ok(Matrix::parse(&now).with_context(|| format!("while reading {MATRIX}"))?.wider_than(&before))
}

impl Matrix {
    fn parse(text: &str) -> anyhow::Result<Matrix> {
        let (tables, types) = text
            .split_once("\n== The resource types of each kind of data\n")
            .context("the table has an older form, which does not list the types of each kind")?;
        let types = types_of_kinds(types);
        let mut matrix = Matrix::default();
        let mut roles: Vec<&str> = Vec::new();
        let mut purpose = "";
        for line in tables.lines().filter(|line| !line.starts_with('#') && !line.starts_with("kind ")) {
            if let Some(head) = line.strip_prefix("== ") {
                let (named, wanted_for) = head.split_once(", for ").unwrap_or(("", ""));
                roles = named.split(", ").filter(|name| !name.is_empty()).collect();
                purpose = wanted_for;
                continue;
            }
            let mut words = line.split_whitespace();
            let Some(kind) = words.next() else { continue };
            let resources = types.get(kind).with_context(|| format!("the kind {kind} has no types"))?;
            for (relation, cell) in RELATIONS.into_iter().zip(words) {
                for (role, resource) in roles.iter().flat_map(|role| resources.iter().map(move |one| (role, one))) {
                    let (role, purpose, resource) = ((*role).to_owned(), purpose.to_owned(), (*resource).to_owned());
                    let place = Place { role, purpose, relation, resource };
                    matrix.0.entry(place).or_default().extend(leave(cell));
                }
            }
        }
        Ok(matrix)
    }

    /// What this table permits and `other` does not, a sentence for each role, purpose, relation and leave.
    fn wider_than(&self, other: &Matrix) -> Vec<String> {
        let nothing = Leave::new();
        let mut alike: BTreeMap<(&str, Relation, &str, Leave), Vec<&str>> = BTreeMap::new();
        for (place, leave) in &self.0 {
            let known = other.0.get(place).unwrap_or(&nothing);
            let new: Leave = leave.difference(known).copied().collect();
            if !new.is_empty() {
                let key = (place.role.as_str(), place.relation, place.purpose.as_str(), new);
                alike.entry(key).or_default().push(&place.resource);
            }
        }
        alike
            .iter()
            .map(|((role, relation, purpose, new), resources)| {
                format!("{role} {} {} {}, for {purpose}", told(new), resources.join(", "), relation.phrase())
            })
            .collect()
    }
}

impl Relation {
    const fn phrase(self) -> &'static str {
        match self {
            Relation::Own => "in their own record",
            Relation::Related => "of people with a care relationship",
            Relation::Anyone => "of anybody",
            Relation::Nobody => "in nobody's record",
        }
    }
}

/// The types of each kind: a line begins with the kind and a colon, and goes on in lines that begin with blanks.
fn types_of_kinds(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut types: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut kind = "";
    for line in text.lines() {
        let rest = match line.split_once(':') {
            Some((named, rest)) => {
                kind = named;
                rest
            }
            None => line,
        };
        types.entry(kind).or_default().extend(rest.split_whitespace());
    }
    types
}

/// `rsh+RS,cu` as pairs of an action and a label.
fn leave(cell: &str) -> Leave {
    let groups = cell.split(',').filter(|group| *group != ".");
    let pairs = groups.flat_map(|group| {
        let (actions, labels) = group.split_once('+').unwrap_or((group, ""));
        actions
            .chars()
            .flat_map(move |action| std::iter::once(' ').chain(labels.chars()).map(move |label| (action, label)))
    });
    pairs.collect()
}

/// "read and search, labelled sensitive too,": what was added, in words.
fn told(new: &Leave) -> String {
    let labels: BTreeSet<char> = new.iter().map(|(_, label)| *label).collect();
    let each = labels.iter().map(|label| {
        let actions: Vec<&str> = new.iter().filter(|(_, of)| of == label).map(|(action, _)| verb(*action)).collect();
        match name(*label) {
            "" => actions.join(", "),
            name => format!("{} (labelled {name})", actions.join(", ")),
        }
    });
    each.collect::<Vec<_>>().join("; ")
}

const fn verb(action: char) -> &'static str {
    match action {
        'r' => "read",
        's' => "search",
        'h' => "read earlier versions of",
        'c' => "add",
        'u' => "change",
        'd' => "remove",
        'e' => "take a copy of",
        'i' => "bring in",
        _ => "do something unknown to",
    }
}

const fn name(label: char) -> &'static str {
    match label {
        ' ' => "",
        'R' => "restricted",
        'V' => "very restricted",
        'S' => "sensitive",
        'X' => "sealed",
        'L' => "legally protected",
        'O' => "hidden online",
        'W' => "restricted people's (without where they live)",
        _ => "something unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKED_IN: &str = include_str!("../../../policies/matrix.txt");

    const DESK: &str = "\
# a remark

== Receptionist, for administration
kind            own           related       anyone        nobody's
Demographics    .             rs            .             .

== The resource types of each kind of data
Demographics: Patient
  Person
Problems: Condition
";

    fn wider(before: &str, now: &str) -> Vec<String> {
        Matrix::parse(now).unwrap().wider_than(&Matrix::parse(before).unwrap())
    }

    #[test]
    fn a_table_is_not_wider_than_itself() {
        assert_eq!(wider(CHECKED_IN, CHECKED_IN), [""; 0]);
        assert!(Matrix::parse(CHECKED_IN).unwrap().0.len() > 500);
    }

    #[test]
    fn a_kind_more_for_a_role_is_told_with_its_types() {
        let now = DESK.replace("\n\n== The", "\nProblems        .             rs+S          .             .\n\n== The");

        assert_eq!(
            wider(DESK, &now),
            [
                "Receptionist read, search; read, search (labelled sensitive) Condition of people with a care relationship, for administration"
            ]
        );
        assert_eq!(wider(&now, DESK), [""; 0], "what is narrower is not told");
    }

    #[test]
    fn a_label_or_a_record_more_is_told() {
        let labelled = DESK.replace("rs            .             .", "rs+R          .             .");
        assert_eq!(
            wider(DESK, &labelled),
            [
                "Receptionist read, search (labelled restricted) Patient, Person of people with a care relationship, for administration"
            ]
        );
        let anybody = DESK.replace("rs            .             .", "rs            r             .");
        assert_eq!(wider(DESK, &anybody), ["Receptionist read Patient, Person of anybody, for administration"]);
    }

    #[test]
    fn a_type_that_moves_to_a_kind_that_is_seen_is_told() {
        let moved = DESK.replace("  Person\nProblems: Condition", "  Person Condition");

        assert_eq!(
            wider(DESK, &moved),
            ["Receptionist read, search Condition of people with a care relationship, for administration"]
        );
    }

    #[test]
    fn a_seeded_widening_of_the_real_table_is_told_for_every_role_that_it_reaches() {
        let (before, section) = CHECKED_IN.split_once("== Clinician, for direct care").unwrap();
        let row = section.lines().find(|line| line.starts_with("Plans ")).unwrap();
        let seeded = section.replacen(row, &row.replacen("rsh", "rshd", 1), 1);
        let seeded = format!("{before}== Clinician, for direct care{seeded}");

        let told = wider(CHECKED_IN, &seeded);

        assert!(told.len() == 1 && told[0].starts_with("Clinician remove"), "{told:?}");
        assert!(told[0].contains(" CarePlan, ") && told[0].ends_with("care relationship, for direct care"), "{told:?}");
    }
}
