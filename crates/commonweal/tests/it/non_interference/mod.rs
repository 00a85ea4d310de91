//! The main promise: an answer does not depend on what its reader may not see.
//!
//! A random record, a random reader and random requests; the answer over the whole record must equal, byte for byte, the answer
//! over a record that holds only what that reader may see. What is in a record is made in `locality`, what of it may be seen is
//! worked out by a small model of its own (`model`), who asks is in `readers`, and what in `requests`.
//! `cargo xtask leaks` runs this for many more cases, and against programs that leak on purpose.

mod choices;
mod locality;
mod log;
mod model;
mod readers;
mod requests;
mod routes;

use crate::client::Seen;
use gate::Role;
use locality::{Made, Resident, locality, lock};
use log::{doctors_look, with_the_same_log};
use model::{Way, may_see};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};
use readers::{DRAWN, Reader, Says, Seat, readers};
use requests::{Question, last, one_change_of_each, one_of_each, question};
use testkit::World;

/// Worlds times questions: 2,000 cases, unless `COMMONWEAL_LEAKS_WORLDS` says otherwise.
const WORLDS: u32 = 80;
const QUESTIONS: usize = 25;
/// In so many worlds, always the same, every form of question is put by everybody.
const WORLDS_SWEPT: u8 = 10;

/// In so many worlds the first readers, who are the professionals with leave to change something and one without, try every form of
/// change of the first results.
const WORLDS_CHANGED: u8 = 8;
const READERS_WHO_CHANGE: usize = 3;
const RESULTS_CHANGED: u8 = 10;

/// One reader's seats: over the whole record, and over records that hold only what she may see.
struct Seats {
    whole: Seat,
    /// By the API.
    less: Seat,
    /// On pages, where that is not the same.
    less_on_pages: Option<Seat>,
}

impl Seats {
    fn over((residents, all): (&[Resident], &[Made]), reader: &Reader) -> Self {
        let whole = whole((residents, all));
        let less = |way: Way| {
            let is_there = |made: &Made| may_see(reader, way, made, (residents, all));
            let asker = &reader.person.asker;
            let told_of_locks = asker.patient.as_ref().filter(|_| asker.role == Role::Citizen);
            reader.sits_down(with_the_same_log(&whole, all, told_of_locks, is_there))
        };
        // Before she sits down over the whole record: what she does there is in its log.
        let (less_on_pages, less) = ((reader.says != Says::Nothing).then(|| less(Way::Pages)), less(Way::Api));
        Self { whole: reader.sits_down(whole), less, less_on_pages }
    }

    /// The answers over the whole record and over the other.
    fn ask(&self, question: &Question) -> (Vec<Seen>, Vec<Seen>) {
        let on_pages = self.less_on_pages.as_ref().filter(|_| question.way() == Way::Pages);
        (question.put_to(&self.whole), question.put_to(on_pages.unwrap_or(&self.less)))
    }
}

/// The whole record, with the locks that are on it, at which doctors have looked.
fn whole((residents, all): (&[Resident], &[Made])) -> World {
    let whole = World::new();
    all.iter().for_each(|made| whole.put(&made.json));
    lock(&whole, residents);
    doctors_look(&whole);
    whole
}

/// The number of somebody who asks.
fn reader() -> impl Strategy<Value = usize> {
    assert_eq!(DRAWN.len(), readers().len(), "say how often everybody is drawn");
    let drawn = DRAWN.iter().enumerate().flat_map(|(reader, times)| vec![reader; *times]);
    prop::sample::select(drawn.collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_answer_is_the_same_as_if_what_the_reader_may_not_see_were_not_there(
        (residents, all) in locality(),
        reader in reader(),
        questions in prop::collection::vec(question(), QUESTIONS),
        (last, is_whole) in last(),
    ) {
        let reader = &readers()[reader];
        let seats = Seats::over((&residents, &all), reader);

        for question in &questions {
            let (over_whole, over_less) = seats.ask(question);
            prop_assert_eq!(over_whole, over_less, "{} asks {:?}", reader.name, question);
        }
        // New ids are random: whether something was made is what must be equal.
        let (over_whole, over_less) = seats.ask(&last);
        let made = |answers: &[Seen]| answers.iter().map(|answer| answer.status).collect::<Vec<_>>();
        prop_assert_eq!(made(&over_whole), made(&over_less), "{} asks {:?}", reader.name, last);
        if is_whole {
            prop_assert_eq!(over_whole, over_less, "{} asks {:?}", reader.name, last);
        }
    }
}

#[test]
fn every_form_of_question_is_answered_to_somebody_and_tells_nobody_what_is_hidden() {
    let mut runner = TestRunner::deterministic();
    let mut unanswered: Vec<String> = one_of_each((0, 0, 0)).map(|(form, _)| form).collect();

    for number in 0..WORLDS_SWEPT {
        let (residents, all) = locality().new_tree(&mut runner).unwrap().current();
        for reader in readers() {
            let seats = Seats::over((&residents, &all), &reader);
            for (form, question) in one_of_each((number % 2, number % 5, number % 3)) {
                let (over_whole, over_less) = seats.ask(&question);
                let is_answered = over_whole.first().is_some_and(|answer| answer.status.is_success());
                unanswered.retain(|other| *other != form || !is_answered);
                assert_eq!(over_whole, over_less, "{} asks {question:?}", reader.name);
            }
        }
    }

    assert_eq!(unanswered, Vec::<String>::new());
}

#[test]
fn what_somebody_says_to_open_a_record_opens_more_of_it_on_pages() {
    let mut runner = TestRunner::deterministic();
    let mut unopened: Vec<Reader> = readers().into_iter().filter(|reader| reader.says != Says::Nothing).collect();

    for _ in 0..WORLDS_SWEPT {
        let (residents, all) = locality().new_tree(&mut runner).unwrap().current();
        unopened.retain(|reader| {
            let seats = Seats::over((&residents, &all), reader);
            let page = Question::Page("/care/people/p0".to_owned());
            page.put_to(&seats.whole) == page.put_to(&seats.less)
        });
    }

    assert_eq!(unopened.iter().map(|reader| reader.name).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn every_form_of_change_is_made_by_somebody_and_tells_nobody_what_is_hidden() {
    let mut runner = TestRunner::deterministic();
    let is_for_somebody =
        |form: &String| !form.starts_with("DELETE") && !form.contains("W/\\\"9") && !form.contains('?');
    let mut unmade: Vec<String> = one_change_of_each((0, 0, 0)).map(|(form, _)| form).filter(is_for_somebody).collect();

    for number in 0..WORLDS_CHANGED {
        let (residents, all) = locality().new_tree(&mut runner).unwrap().current();
        for reader in readers().iter().take(READERS_WHO_CHANGE) {
            let seats = Seats::over((&residents, &all), reader);
            let mut has_changed = false;
            for result in 0..RESULTS_CHANGED {
                // What has been changed once may be hidden by a choice that is itself hidden; so each is changed once, first in
                // the ways that nobody has managed yet, and what has been changed is not looked for by what it says.
                let mut changes: Vec<_> = one_change_of_each((number % 2, result, number % 3)).collect();
                changes.retain(|(form, _)| !has_changed || !form.contains("?patient="));
                changes.sort_by_key(|(form, _)| !unmade.contains(form));
                for (form, change) in changes {
                    let (over_whole, over_less) = seats.ask(&change);
                    assert_eq!(over_whole, over_less, "{} asks {change:?}", reader.name);
                    let is_made =
                        |answer: &Seen| answer.status.is_success() && !answer.body.contains("OperationOutcome");
                    if over_whole.first().is_some_and(is_made) {
                        unmade.retain(|other| *other != form);
                        has_changed = true;
                        break;
                    }
                }
            }
        }
    }

    assert_eq!(unmade, Vec::<String>::new());
}

/// The number of worlds and the seed, as `cargo xtask leaks` sets them; a run with a seed can be repeated from it alone.
fn config() -> ProptestConfig {
    let usual = ProptestConfig { cases: WORLDS, max_shrink_iters: 200, ..ProptestConfig::default() };
    let cases = number("COMMONWEAL_LEAKS_WORLDS").and_then(|worlds| u32::try_from(worlds).ok()).unwrap_or(WORLDS);
    match number("COMMONWEAL_LEAKS_SEED") {
        None => ProptestConfig { cases, ..usual },
        Some(seed) => ProptestConfig {
            cases,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: None,
            max_shrink_iters: 20,
            ..usual
        },
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer command asks for more cases of this test than the usual run has"
)]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}
