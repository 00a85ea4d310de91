//! Every page of my record with every sample.

use super::super::rules::{Overview, ResultsView, SectionView, Shown};
use super::*;
use crate::visit::{Place, framed};
use kit::Site;

fn shell(whose: &Whose, title: &str, content: Markup) -> String {
    framed(Place::Record, whose, title, content).render(&Site::sample()).into_string().replace("><", ">\n<")
}

#[test]
fn the_front_page_of_my_record() {
    let whose = Whose::sample();
    insta::assert_snapshot!(shell(&whose, "My record", overview(&Overview::sample(), &whose)));
}

#[test]
fn a_section_of_somebody_one_acts_for() {
    let whose = Whose::sample_acting();
    insta::assert_snapshot!(shell(&whose, "Health conditions", section(&SectionView::sample(), &whose)));
}

#[test]
fn nothing_recorded_and_not_shown_online_are_told_apart() {
    let whose = Whose::sample();

    let none = section(&SectionView::sample_empty(Shown::Online), &whose).into_string();
    let withheld = section(&SectionView::sample_empty(Shown::NotOnline), &whose).into_string();

    assert!(none.contains("No allergies are in your record.") && !none.contains("not shown online"));
    assert!(withheld.contains("not shown online") && !withheld.contains("No allergies are in your record."));
}

#[test]
fn the_list_of_tests() {
    let whose = Whose::sample();
    let view = ResultsView { tests: vec![Test::sample()], shown: Shown::Online };
    insta::assert_snapshot!(results(&view, &whose).into_string().replace("><", ">\n<"));
}

#[test]
fn one_test_with_its_trend() {
    insta::assert_snapshot!(test(&Test::sample()).into_string().replace("><", ">\n<"));
}

#[test]
fn one_document() {
    insta::assert_snapshot!(document(&Document::sample()).into_string().replace("><", ">\n<"));
}
