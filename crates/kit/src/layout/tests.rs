//! The shell: what every page has, and what none may have.

use super::*;

fn sample() -> Page {
    Page {
        navigation: vec![NavigationItem::new("/care", "Find a person").current()],
        account: Some(Account::new("Dr Amir Khan, emergency department", "/sign-out")),
        way_back: WayBack::Link(Link::new("/care", "Back")),
        person: Some(PersonBanner::sample()),
        ..Page::new("Record", html! { h1 { "Record" } })
    }
}

#[test]
fn the_whole_shell_is_as_it_was_looked_at() {
    let html = sample().render(&Site::sample()).into_string();

    let without_hashes = html.split('-').map(|part| match part.split_at_checked(16) {
        Some((hash, rest)) if is_hash(hash) && rest.starts_with('.') => rest,
        _ => part,
    });
    insta::assert_snapshot!("shell", without_hashes.collect::<Vec<_>>().join("-").replace("><", ">\n<"));
}

#[test]
fn nothing_inline_stands_in_a_page_so_that_the_policy_holds() {
    let html = sample().render(&Site::sample()).into_string();

    assert!(!html.contains(" style="), "inline style");
    assert!(!html.contains("<style"), "style element");
    assert!(!html.contains(" onclick="), "inline handler");
    assert!(html.matches("<script").count() == html.matches("<script").count().min(2));
    assert!(
        html.split("<script")
            .skip(1)
            .all(|script| script.split_once("></script>").is_some_and(|(tag, _)| tag.contains("src=")))
    );
}

#[test]
fn a_page_of_a_person_is_stored_nowhere() {
    let answer = sample().respond(&Site::sample());

    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["referrer-policy"], "same-origin");
    assert_eq!(answer.headers()["cross-origin-opener-policy"], "same-origin");
    assert!(
        answer.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'; script-src 'self';")
    );
}

#[test]
fn a_form_with_mistakes_says_so_first_in_the_title() {
    let page = Page { state: State::HasErrors, ..Page::new("Find a person", html! {}) };

    assert!(page.render(&Site::default()).into_string().contains("<title>Error: Find a person - Commonweal</title>"));
}

#[test]
fn the_language_of_the_page_is_declared_and_its_shell_speaks_it() {
    let page = Page { language: Language::Welsh, ..Page::new("Hafan", html! {}) };
    let html = page.render(&Site::sample()).into_string();

    assert!(html.contains("<html lang=\"cy\">"));
    assert!(html.contains("Neidio i'r prif gynnwys"));
}

#[test]
fn the_demonstration_says_that_its_people_are_made_up() {
    assert!(sample().render(&Site::sample()).into_string().contains("made up"));
    assert!(!sample().render(&Site::default()).into_string().contains("made up"));
}

fn is_hash(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
