//! Whether the log has the whole truth: an answer that shows a person's data has exactly one entry about her, beside one for
//! each deed: a change to her record, a case that was opened.
//!
//! The same walk over every route, as everybody. What an answer shows is told by marks in its bytes, what the log says by its
//! entries since, so that neither is taken from the code that does the logging.

use super::attempts::{Attempt, ENTRIES, NAMES};
use super::{Walk, at_her_desk, right_people, shown, strangers};
use gate::{Action, Purpose, Role};
use record::log::Entry;
use testkit::officer;

/// Two people, and by what each is known in an answer.
const HER: (&str, &[&str]) = ("anne-0", &[NAMES[0], NAMES[1], NAMES[2], NAMES[3], ENTRIES[0], ENTRIES[1]]);
const OTHER: (&str, &[&str]) = ("bare-0", &["QUILLWITHOU", "Plainness", "9990000034", "999 000 0034"]);

/// The entries about a person since there were so many in the log.
fn entries_since(walk: &Walk, before: u64, patient: &str) -> Vec<Entry> {
    let permit = walk.world.leave(&officer(Role::PrivacyOfficer, Purpose::Audit), Action::Read);
    let record = walk.world.record();
    let part = record.person_number(&permit, &fhir::ResourceId::parse(patient).unwrap()).unwrap().unwrap();
    let newest = record.log().of_part(part, None, 50).into_iter().filter(|number| *number > before);
    let all = newest.map(|number| record.log().entry(number).unwrap().unwrap());
    all.filter(|entry| entry.draft.outcome == "allowed").collect()
}

#[test]
fn every_answer_that_shows_a_person_has_exactly_one_entry_about_her() {
    let mut wrong = Vec::new();
    let mut times_shown = 0;

    for walker in right_people().into_iter().chain(strangers()).chain([at_her_desk()]) {
        let walk = Walk::begin();
        walk.everything(&walker, |_, attempt, send| {
            let before = walk.world.record().log().count();
            let seen = send(attempt);
            for (patient, marks) in [HER, OTHER] {
                let is_shown = shown(attempt, &seen, marks).is_some();
                times_shown += usize::from(is_shown);
                let entries = entries_since(&walk, before, patient);
                let is_look =
                    |entry: &&Entry| matches!(entry.draft.action.as_str(), "Read" | "Search" | "History" | "Export");
                let looks = entries.iter().filter(is_look).count();
                if looks > 1 || (is_shown && entries.is_empty()) {
                    let of = |entry: &Entry| {
                        format!("{} for {} by {}", entry.draft.action, entry.draft.purpose, entry.draft.rule)
                    };
                    let said: Vec<String> = entries.iter().map(of).collect();
                    let Attempt { method, path, body, .. } = attempt;
                    let who = walker.persona;
                    wrong.push(format!("{who}: {method} {path} {body} shows {patient}: {is_shown}, entries: {said:?}"));
                }
            }
        });
    }

    assert!(times_shown > 300, "only {times_shown} answers showed anybody: the walk says too little");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
