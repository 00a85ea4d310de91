//! Every page of my record with every sample.

use super::super::rules::{Overview, ResultsView, SectionView, Shown};
use super::*;
use crate::visit::{Place, framed};
use kit::Site;

fn drawn(content: Markup) -> String {
    content.into_string().replace("><", ">\n<")
}

#[test]
fn the_front_page_of_my_record() {
    let whose = Whose::sample();
    insta::assert_snapshot!(drawn(overview(&Overview::sample(), &whose)));
}

#[test]
fn a_section_of_somebody_one_acts_for() {
    let whose = Whose::sample_acting();
    insta::assert_snapshot!(drawn(section(&SectionView::sample(), &whose)));
}

#[test]
fn the_banner_says_for_whom_one_acts_and_is_not_there_for_oneself() {
    let page = |whose: &Whose| {
        framed(Place::Record, whose, "Medicines", Markup::default()).render(&Site::sample()).into_string()
    };

    assert!(page(&Whose::sample_acting()).contains("You are acting for somebody else"));
    assert!(!page(&Whose::sample()).contains("acting for somebody else"));
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
    insta::assert_snapshot!(drawn(results(&view, &whose)));
}

#[test]
fn one_test_with_its_trend() {
    insta::assert_snapshot!(drawn(test(&Test::sample())));
}

#[test]
fn one_document() {
    insta::assert_snapshot!(drawn(document(&Document::sample())));
}
