//! The part of the transparency page about the work of those who watch: reviews, questions, requests, and what may be shared.
//!
//! Small numbers are not told. What is shared with whom for what is read from the rules themselves, in their own words.

use super::{TOLD_MIN, told_count};
use crate::cases::ANSWER_DAYS;
use crate::oversight::{Oversight, REVIEW_DAYS, Tally};
use gate::{Gate, Role, Rule};
use kit::components::{Cell, Column, Details, Table};
use kit::format::capital;
use kit::format::plural;
use kit::{Markup, html};
use std::sync::Arc;

/// How well the use of records is watched.
pub(super) fn watching(oversight: Option<&Oversight>) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { "How looks and requests are dealt with" }
        @match oversight {
            None => p { "This cannot be counted just now. Try again in a minute." },
            Some(oversight) => {
                p { "Each look in an emergency is to be reviewed within " (REVIEW_DAYS) " days, a question about a look answered within " (ANSWER_DAYS) ", a request within one calendar month. Small numbers are not told." }
                (table(oversight))
            }
        }
    }
}

fn table(oversight: &Oversight) -> Table {
    let columns = ["What", "So far", "Waiting", "Too late", "Half of them took"].map(Column::new).to_vec();
    let fixed = [
        ("Looks in an emergency", &oversight.emergencies),
        ("Other looks that nothing explained", &oversight.looks),
        ("Questions of people about looks", &oversight.questions),
    ];
    let rights = oversight.rights.iter().map(|(right, tally)| (right.title(), tally));
    let rows = fixed.into_iter().chain(rights).map(|(what, tally)| row(what, tally));
    Table::responsive("Since this log began", columns, rows.collect())
}

fn row(what: &str, tally: &Tally) -> Vec<Cell> {
    // Days of a few cases could tell of one of them.
    let done = tally.all.saturating_sub(tally.open);
    let median = tally.median_days.filter(|_| done >= TOLD_MIN);
    let took =
        median.map_or("not told".to_owned(), |days| format!("{} at most", plural(days.unsigned_abs(), "day", "days")));
    let counts = [tally.all, tally.open, tally.overdue].map(|count| Cell::from(told_count(count)));
    let cells = std::iter::once(Cell::from(what)).chain(counts);
    cells.chain(std::iter::once(took.into())).collect()
}

/// What is shared with whom for what, by the rules.
pub(super) fn rules(gate: &Gate) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { "What is shared with whom, and what for" }
        p { "These are the rules that decide about each access. People can refuse more; nobody can allow more." }
        @for role in Role::ALL {
            @let rules = rules_of(gate, *role);
            @if !rules.is_empty() {
                (Details::new(capital(role.phrase()), html! {
                    ul class="nhsuk-list nhsuk-list--bullet" {
                        @for rule in &rules { li { (rule.plain) " " span class="cw-quiet" { (rule.law) "." } } }
                    }
                }))
            }
        }
    }
}

/// Every rule that lets a role do anything, in the order of the rules.
fn rules_of(gate: &Gate, role: Role) -> Vec<Arc<Rule>> {
    let mut found: Vec<Arc<Rule>> = Vec::new();
    for (_, rule) in gate.permitted(role) {
        if !found.iter().any(|known| known.id == rule.id) {
            found.push(Arc::clone(rule));
        }
    }
    let place = |rule: &Arc<Rule>| gate.rules().iter().position(|other| other.id == rule.id);
    found.sort_by_key(place);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use gate::Policies;

    #[test]
    fn few_cases_are_not_told_and_many_with_their_time() {
        let few = Tally { all: 4, open: 1, overdue: 1, median_days: Some(2) };
        let many = Tally { all: 40, open: 7, overdue: 0, median_days: Some(2) };
        let told =
            |tally: Tally| watching(Some(&Oversight { emergencies: tally, ..Oversight::default() })).into_string();

        assert!(!told(few).contains("2 days at most") && told(few).contains("fewer than 5"));
        assert!(told(many).contains("2 days at most") && told(many).contains("about 40"));
        assert!(watching(None).into_string().contains("cannot be counted"));
    }

    #[test]
    fn every_rule_is_told_under_a_role() {
        let gate = Gate::load(&Policies::built_in()).unwrap();
        let told: Vec<Arc<Rule>> = Role::ALL.iter().flat_map(|role| rules_of(&gate, *role)).collect();

        for rule in gate.rules() {
            assert!(told.iter().any(|one| one.id == rule.id), "{}", rule.id);
        }
        assert!(rules(&gate).into_string().contains("GPs and practice nurses who care for a person"));
    }
}
