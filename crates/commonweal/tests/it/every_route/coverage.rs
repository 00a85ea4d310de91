//! Whether the log has the whole truth: an answer that shows a person's data has exactly one entry about her, beside one for
//! each deed: a change to her record, a case that was opened.
//!
//! The same walk over every route, as everybody. What an answer shows is told by marks in its bytes, what the log says by its
//! entries since, so that neither is taken from the code that does the logging.

use super::attempts::{Attempt, ENTRIES, NAMES, at};
use super::{Walk, Walker, at_her_desk, right_people, shown, strangers, who_act_for_her, who_have_said_something};
use crate::client::token;
use crate::house::FORM;
use gate::{Action, Purpose, Role};
use record::log::{Draft, Entry};
use record::uses::{Exemption, NewUse, Way, declare};
use std::sync::Arc;
use testkit::{Person, officer, service};
use trust::Guest;

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

/// What is wrong in the log after one answer about a person; none where it shows her and says so once, or neither.
fn wrong(walk: &Walk, before: u64, patient: &str, is_shown: bool) -> Option<String> {
    let entries = entries_since(walk, before, patient);
    let is_look = |entry: &&Entry| matches!(entry.draft.action.as_str(), "Read" | "Search" | "History" | "Export");
    let looks = entries.iter().filter(is_look).count();
    (looks > 1 || (is_shown && entries.is_empty())).then(|| {
        let of = |entry: &Entry| format!("{} for {} by {}", entry.draft.action, entry.draft.purpose, entry.draft.rule);
        let said: Vec<String> = entries.iter().map(of).collect();
        format!("shows {patient}: {is_shown}, entries: {said:?}")
    })
}

/// Walks every route as each of these; gives how often somebody was shown to each, and fails where the log has not the whole truth.
fn walked(walkers: impl IntoIterator<Item = Walker>) -> Vec<(&'static str, usize)> {
    let (mut mistakes, mut shown_to) = (Vec::new(), Vec::new());
    for walker in walkers {
        let (walk, mut times) = (Walk::begin(), 0);
        walk.everything(&walker, |_, attempt, send| {
            let before = walk.world.record().log().count();
            let seen = send(attempt);
            for (patient, marks) in [HER, OTHER] {
                let is_shown = shown(attempt, &seen, marks).is_some();
                times += usize::from(is_shown);
                let Attempt { method, path, body, .. } = attempt;
                let mistake = wrong(&walk, before, patient, is_shown);
                mistakes.extend(mistake.map(|mistake| format!("{}: {method} {path} {body} {mistake}", walker.persona)));
            }
        });
        shown_to.push((walker.persona, times));
    }
    assert!(mistakes.is_empty(), "{}:\n{}", mistakes.len(), mistakes.join("\n"));
    shown_to
}

#[test]
fn every_answer_that_shows_a_person_has_exactly_one_entry_about_her() {
    let shown_to = walked(right_people().into_iter().chain(strangers()).chain([at_her_desk()]));

    let times_shown: usize = shown_to.iter().map(|(_, times)| times).sum();
    assert!(times_shown > 300, "only {times_shown} answers showed anybody: the walk says too little");
}

#[test]
fn who_acts_for_her_her_app_and_who_opened_her_record_leave_exactly_one_entry_too() {
    let shown_to = walked(who_act_for_her().into_iter().chain(who_have_said_something()));

    for (walker, times) in shown_to {
        assert!(times > 20, "only {times} answers showed {walker} anybody: the walk says too little");
    }
}

#[test]
fn a_registered_use_leaves_exactly_one_entry_about_each_person_in_an_answer() {
    for purpose in [Purpose::Planning, Purpose::Research] {
        let walk = Walk::begin();
        let record = walk.world.record();
        let exemption = Some((Exemption::Law, "because the order of 1 May says so".to_owned()));
        let until_ms = record.now_ms() + 86_400_000;
        let (title, by, basis) = ("An audit".to_owned(), "A university".to_owned(), "Section 251".to_owned());
        let new = NewUse { title, by, purpose, basis, exemption, way: Way::Files, until_ms };
        let declared = declare(record, new, &Draft::default()).unwrap();
        let scopes = service("system/*.rs").asker.scopes.clone().unwrap();
        let asker = Person { asker: Arc::new(declared.asker(scopes).unwrap()), purpose };
        let bearer = format!("Bearer {}", token(&walk.world, &asker));
        let mut times_shown = 0;
        for attempt in walk.routes.iter().filter(|route| route.guest == Guest::Bearer).flat_map(at) {
            let before = record.log().count();
            let seen = walk.ask(&attempt, Some(("authorization", &bearer)));
            for (patient, marks) in [HER, OTHER] {
                let is_shown = shown(&attempt, &seen, marks).is_some();
                times_shown += usize::from(is_shown);
                assert_eq!(wrong(&walk, before, patient, is_shown), None, "{purpose:?}: {attempt:?}");
            }
        }
        assert!(times_shown > 20, "only {times_shown} answers showed anybody for {purpose:?}");
    }
}

#[test]
fn a_copy_of_her_data_leaves_exactly_one_entry_read_or_taken_away() {
    let walk = Walk::begin();
    let send = |walker: &Walker, method: &str, path: &str, form: &str| {
        let cookie = walk.sign_in(walker);
        walk.client.ask(method, path, &[("cookie", &cookie), ("content-type", FORM)], form)
    };
    let (herself, officer) = (right_people().remove(0), strangers().remove(9));
    assert_eq!(send(&herself, "POST", "/my/rights/ask", "right=access&wish=Everything").status, 303);
    let listed = send(&herself, "GET", "/my/rights", "").body;
    let case = listed.split("href=\"/my/rights/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let decided = "step=decide&answer=met&words=Done";
    assert_eq!(send(&officer, "POST", &format!("/privacy-officer/rights/{case}"), decided).status, 303);

    for walker in std::iter::once(herself).chain(who_act_for_her().into_iter().take(1)) {
        for what in ["copy", "download"] {
            let before = walk.world.record().log().count();
            let path = format!("/my/rights/{case}/{what}");
            let seen = send(&walker, "GET", &path, "");
            let is_shown = HER.1.iter().any(|mark| seen.body.contains(mark));

            assert_eq!((seen.status.as_u16(), is_shown), (200, true), "{}: {path}: {seen:?}", walker.persona);
            assert_eq!(wrong(&walk, before, HER.0, is_shown), None, "{}: {path}", walker.persona);
            let looks = entries_since(&walk, before, HER.0);
            assert_eq!(looks.len(), 1, "{}: {path}: {looks:?}", walker.persona);
        }
    }
}
