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

/// Who may see what a label marks; but connected systems, which bring in and change what they are responsible for as their
/// scopes say, and the log, which tells no entry.
fn whoever_opens(label: Label) -> impl Iterator<Item = Question> {
    let opens = move |question: &Question| GATE.labels(question).is_some_and(|labels| labels & label.bit() != 0);
    every_question()
        .filter(opens)
        .filter(|question| question.role != Role::ServiceAccount && question.kind != DataKind::Audit)
}

#[test]
fn what_is_most_private_or_sealed_opens_to_nobody_but_the_person_and_in_a_declared_emergency() {
    for question in whoever_opens(Label::VeryRestricted).chain(whoever_opens(Label::Sealed)) {
        let own = question.relation == Relation::Own && question.purpose == Purpose::OwnRecord;
        let emergency = question.purpose == Purpose::BreakGlass && question.role.is_professional();
        assert!(own || emergency, "{question:?}");
    }
    assert!(whoever_opens(Label::Sealed).any(|question| question.purpose == Purpose::BreakGlass));
}

#[test]
fn what_the_law_protects_opens_to_the_person_alone_and_in_no_emergency() {
    for question in whoever_opens(Label::LegallyProtected) {
        assert!(question.relation == Relation::Own && question.purpose == Purpose::OwnRecord, "{question:?}");
    }
    assert!(whoever_opens(Label::LegallyProtected).any(|question| question.role == Role::Citizen));
}

#[test]
fn what_is_hidden_online_is_seen_by_professionals_and_not_by_the_person_her_proxy_or_her_app() {
    let mut seen = Vec::new();
    for question in whoever_opens(Label::HiddenOnline) {
        assert!(question.role.is_staff(), "{question:?}");
        seen.push(question.role);
    }
    assert!(Role::ALL.iter().filter(|role| role.is_professional()).all(|role| seen.contains(role)));
}

#[test]
fn a_label_only_takes_away() {
    for question in every_question() {
        if GATE.decide(&question).is_err() {
            assert_eq!(GATE.labels(&question), None, "{question:?}");
        }
    }
}
