//! The main promise: an answer does not depend on what its reader may not see.
//!
//! A random record, a random reader and random requests; the answer over the whole record must equal, byte for byte, the answer
//! over a record that holds only what that reader may see. What may be seen is worked out by a small model of its own
//! (`locality`), from the resources as they are made, not by asking the code that is tested. What is asked is in `requests`.
//! `cargo xtask leaks` runs this for many more cases, and against programs that leak on purpose.

mod locality;
mod requests;

use crate::client::{Client, Seen, people, token};
use locality::{Made, locality, lock, may_see, world_of};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};
use requests::{Credentials, last, one_change_of_each, one_of_each, question};
use testkit::{Person, World};
use trust::Persona;

/// Worlds times questions: 2,000 cases, unless `COMMONWEAL_LEAKS_WORLDS` says otherwise.
const WORLDS: u32 = 80;
const QUESTIONS: usize = 25;
/// In so many worlds, always the same, every form of question is put by everybody.
const WORLDS_SWEPT: u8 = 16;

/// In so many worlds the first readers, who are the professionals with leave to change something and one without, try every form of
/// change of the first results.
const WORLDS_CHANGED: u8 = 8;
const READERS_WHO_CHANGE: usize = 3;
const RESULTS_CHANGED: u8 = 10;

/// A server over `world`, and what `reader` needs to ask it.
fn server(world: &World, reader: &Person) -> (Client, Credentials) {
    let asker = reader.asker.as_ref().clone();
    let (title, about) = ("A made-up person".to_owned(), String::new());
    let persona = Persona { id: "reader".into(), title, about, asker, acts_for: vec![] };
    let face = commonweal::serve::Face::demo(vec![persona]);
    let client = Client::over(commonweal::serve::routes(world.record(), &world.gate(), face).into_router());
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let welcome = client.ask("POST", "/sign-in", &form, "persona=reader");
    let cookie = welcome.headers.iter().find(|(name, _)| name == "set-cookie");
    let cookie = cookie.and_then(|(_, value)| value.split(';').next()).unwrap().to_owned();
    (client, Credentials { bearer: format!("Bearer {}", token(world, reader)), cookie })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_answer_is_the_same_as_if_what_the_reader_may_not_see_were_not_there(
        (residents, all) in locality(),
        reader in prop::sample::select(vec![0_usize, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        questions in prop::collection::vec(question(), QUESTIONS),
        (last, is_whole) in last(),
    ) {
        let (name, reader) = &people()[reader];
        let whole = world_of(&all.iter().collect::<Vec<_>>());
        lock(&whole, &residents);
        let visible: Vec<&Made> = all.iter().filter(|made| may_see(reader, made, (&residents, &all))).collect();
        let less = world_of(&visible);
        let ((whole, whole_reader), (less, less_reader)) = (server(&whole, reader), server(&less, reader));

        for question in &questions {
            let over_whole = question.put_to(&whole, &whole_reader);
            let over_less = question.put_to(&less, &less_reader);
            prop_assert_eq!(over_whole, over_less, "{} asks {:?}", name, question);
        }
        // New ids are random: whether something was made is what must be equal.
        let (over_whole, over_less) = (last.put_to(&whole, &whole_reader), last.put_to(&less, &less_reader));
        let made = |answers: &[Seen]| answers.iter().map(|answer| answer.status).collect::<Vec<_>>();
        prop_assert_eq!(made(&over_whole), made(&over_less), "{} asks {:?}", name, last);
        if is_whole {
            prop_assert_eq!(over_whole, over_less, "{} asks {:?}", name, last);
        }
    }
}

#[test]
fn every_form_of_question_is_answered_to_somebody_and_tells_nobody_what_is_hidden() {
    let mut runner = TestRunner::deterministic();
    let mut unanswered: Vec<String> = one_of_each((0, 0, 0)).map(|(form, _)| form).collect();

    for number in 0..WORLDS_SWEPT {
        let (residents, all) = locality().new_tree(&mut runner).unwrap().current();
        let whole = world_of(&all.iter().collect::<Vec<_>>());
        lock(&whole, &residents);
        for (name, reader) in people() {
            let less = all.iter().filter(|made| may_see(&reader, made, (&residents, &all)));
            let less = world_of(&less.collect::<Vec<_>>());
            let ((whole, whole_reader), (less, less_reader)) = (server(&whole, &reader), server(&less, &reader));
            for (form, question) in one_of_each((number % 2, number % 5, number % 3)) {
                let over_whole = question.put_to(&whole, &whole_reader);
                let is_answered = over_whole.first().is_some_and(|answer| answer.status.is_success());
                unanswered.retain(|other| *other != form || !is_answered);
                let over_less = question.put_to(&less, &less_reader);
                assert_eq!(over_whole, over_less, "{name} asks {question:?}");
            }
        }
    }

    assert_eq!(unanswered, Vec::<String>::new());
}

#[test]
fn every_form_of_change_is_made_by_somebody_and_tells_nobody_what_is_hidden() {
    let mut runner = TestRunner::deterministic();
    let is_for_somebody =
        |form: &String| !form.starts_with("DELETE") && !form.contains("W/\\\"9") && !form.contains('?');
    let mut unmade: Vec<String> = one_change_of_each((0, 0, 0)).map(|(form, _)| form).filter(is_for_somebody).collect();

    for number in 0..WORLDS_CHANGED {
        let (residents, all) = locality().new_tree(&mut runner).unwrap().current();
        for (name, reader) in people().iter().take(READERS_WHO_CHANGE) {
            let whole = world_of(&all.iter().collect::<Vec<_>>());
            lock(&whole, &residents);
            let less = all.iter().filter(|made| may_see(reader, made, (&residents, &all)));
            let less = world_of(&less.collect::<Vec<_>>());
            let ((whole, whole_reader), (less, less_reader)) = (server(&whole, reader), server(&less, reader));
            for result in 0..RESULTS_CHANGED {
                // What has been changed once may be hidden by a choice that is itself hidden; so each is changed once, first in
                // the ways that nobody has managed yet.
                let mut changes: Vec<_> = one_change_of_each((number % 2, result, number % 3)).collect();
                changes.sort_by_key(|(form, _)| !unmade.contains(form));
                for (form, change) in changes {
                    let over_whole = change.put_to(&whole, &whole_reader);
                    let over_less = change.put_to(&less, &less_reader);
                    assert_eq!(over_whole, over_less, "{name} asks {change:?}");
                    let is_made =
                        |answer: &Seen| answer.status.is_success() && !answer.body.contains("OperationOutcome");
                    if over_whole.first().is_some_and(is_made) {
                        unmade.retain(|other| *other != form);
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
