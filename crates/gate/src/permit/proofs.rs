//! Proofs about the built-in policies: each holds for every question that the schema knows, asked one by one.
//!
//! The lists are closed and small, so that a proof is a loop. A solver could do the same from the policies' text; there is none
//! that builds from a registry here.

use super::*;
use crate::labels::Label;
use crate::refusal::questions_of;
use crate::words::Language;
use std::sync::LazyLock;

static GATE: LazyLock<Gate> = LazyLock::new(|| Gate::load(&Policies::built_in()).unwrap());

fn every_question() -> impl Iterator<Item = Question> {
    Role::ALL.iter().flat_map(|role| questions_of(*role))
}

#[test]
fn every_answer_has_a_sentence_in_english_and_in_welsh() {
    for question in every_question() {
        for language in [Language::English, Language::Welsh] {
            match GATE.decide(&question) {
                Ok(rule) => {
                    let (plain, because) = (rule.plain_in(language), rule.because_in(language));
                    assert!(plain.ends_with('.') && plain.len() > 20, "{}: {plain}", rule.id);
                    assert!(because.len() > 5 && !because.ends_with('.'), "{}: {because}", rule.id);
                    assert!(!rule.law_in(language).is_empty(), "{}", rule.id);
                }
                Err(denied) => {
                    let sentence = denied.sentence(language);
                    let starts = ["Not permitted: ", "Ni chaniateir hyn: "];
                    assert!(starts.iter().any(|start| sentence.starts_with(start)), "{question:?}: {sentence}");
                    assert!(sentence.len() > 30 && sentence.ends_with('.'), "{question:?}: {sentence}");
                }
            }
        }
    }
}

#[test]
fn what_is_said_in_welsh_is_not_the_english_again() {
    for rule in GATE.rules() {
        assert_ne!(rule.plain, rule.welsh.plain, "{}", rule.id);
        assert_ne!(rule.because, rule.welsh.because, "{}", rule.id);
        assert_ne!(rule.law, rule.welsh.law, "{}", rule.id);
    }
    let phrases = Role::ALL
        .iter()
        .map(|word| (word.phrase(), word.phrase_in(Language::Welsh)))
        .chain(Action::ALL.iter().map(|word| (word.phrase(), word.phrase_in(Language::Welsh))))
        .chain(Purpose::ALL.iter().map(|word| (word.phrase(), word.phrase_in(Language::Welsh))))
        .chain(Relation::ALL.iter().map(|word| (word.phrase(), word.phrase_in(Language::Welsh))))
        .chain(DataKind::ALL.iter().map(|word| (word.phrase(), word.phrase_in(Language::Welsh))))
        .chain(Label::ALL.iter().map(|word| (word.phrase(), word.phrase_in(Language::Welsh))));
    phrases.for_each(|(english, welsh)| assert_ne!(english, welsh));
    for question in every_question() {
        if let Err(denied) = GATE.decide(&question) {
            assert_ne!(denied.sentence(Language::English), denied.sentence(Language::Welsh), "{question:?}");
        }
    }
}

#[test]
fn what_is_most_private_opens_to_nobody_but_the_person_and_in_a_declared_emergency() {
    let private = Label::VeryRestricted.bit();
    for question in every_question() {
        let opens = GATE.labels(&question).is_some_and(|labels| labels & private != 0);
        // A connected system brings in and changes what it is responsible for, as its scopes say; the log tells no entry.
        let is_told_apart = question.role == Role::ServiceAccount || question.kind == DataKind::Audit;
        if opens && !is_told_apart {
            let own = question.relation == Relation::Own && question.purpose == Purpose::OwnRecord;
            let emergency = question.purpose == Purpose::BreakGlass && question.role.is_professional();
            assert!(own || emergency, "{question:?}");
        }
    }
}

#[test]
fn a_label_only_takes_away() {
    for question in every_question() {
        if GATE.decide(&question).is_err() {
            assert_eq!(GATE.labels(&question), None, "{question:?}");
        }
    }
}
