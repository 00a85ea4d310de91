//! No page and no answer of the API is forgotten: each route is asked in the random worlds, or it is said here why not.
//!
//! The table comes from the router itself. Which route answers a question is found as the router finds it: the one that fits with the
//! most words that are no parameters.

use super::requests::one_of_each;
use testkit::World;

/// Routes that are not asked, by the reason.
const NOT_ASKED: &[(&str, &[&str])] = &[
    (
        "It says the same to everybody.",
        &["/", "/about", "/accessibility", "/privacy", "/static/{name}", "/favicon.ico", "/fhir/metadata"],
    ),
    (
        "It is about signing in or the asker's own account, and reads no record.",
        &[
            "/sign-in",
            "/sign-in/again",
            "/sign-in/with/{provider}",
            "/sign-in/from/{provider}",
            "/sign-in/done",
            "/sign-in/keys",
            "/passkey/new",
            "/passkey/sign-in",
            "/passkey/codes",
            "/account/passkeys/add",
            "/account/devices",
            "/account/prove",
        ],
    ),
    (
        "It is the log as a whole, in hashes and rounded counts; what it is of is tested where the log is.",
        &["/log/check", "/log/checkpoint", "/log/keys", "/log/tile/{*path}", "/transparency", "/transparency/uses"],
    ),
    (
        "It is for officers, who read everybody's log and nobody's record: nothing of it depends on the reader.",
        &[
            "/log",
            "/privacy-officer",
            "/privacy-officer/recoveries",
            "/privacy-officer/questions/{case}",
            "/privacy-officer/looks/{finding}",
            "/privacy-officer/rights",
            "/privacy-officer/rights/record",
            "/privacy-officer/rights/{case}",
            "/privacy-officer/locks",
            "/privacy-officer/simulator",
            "/privacy-officer/breaches",
            "/privacy-officer/breaches/{case}",
            "/privacy-officer/processing",
            "/privacy-officer/processing.csv",
            "/privacy-officer/told-later",
        ],
    ),
    (
        "It shows the grants of people of the practice, whatever they have refused: another law, tested in `acting`.",
        &["/care/people/{id}/acting", "/care/people/{id}/acting/new"],
    ),
];

/// How many words of a path fit a route; none when it is not of this route.
fn fit(route: &str, path: &str) -> Option<usize> {
    let (mut words, mut asked) = (0, path.split('?').next()?.split('/'));
    for part in route.split('/') {
        if part.starts_with("{*") {
            return Some(words);
        }
        let is_word = !part.starts_with('{');
        let one = asked.next()?;
        if is_word && one != part {
            return None;
        }
        words += usize::from(is_word);
    }
    asked.next().is_none().then_some(words)
}

#[test]
fn every_route_that_shows_something_is_asked_in_the_random_worlds_or_says_why_not() {
    let world = World::new();
    let routes = commonweal::serve::routes(world.record(), &world.gate(), commonweal::serve::Face::demo(Vec::new()));
    let table: Vec<&str> =
        routes.table().iter().filter(|route| route.method == "GET").map(|route| route.path.as_str()).collect();
    let not_asked: Vec<&str> = NOT_ASKED.iter().flat_map(|(_, routes)| routes.iter().copied()).collect();

    let asked: Vec<&str> = one_of_each((0, 0, 0))
        .filter_map(|(_, question)| {
            let (_, path) = question.line();
            let fitting = table.iter().filter_map(|route| fit(route, path).map(|words| (words, *route)));
            fitting.max_by_key(|(words, _)| *words).map(|(_, route)| route)
        })
        .collect();

    let forgotten: Vec<&&str> =
        table.iter().filter(|route| !asked.contains(*route) && !not_asked.contains(*route)).collect();
    assert!(forgotten.is_empty(), "ask these in `requests`, or say in `routes` why not: {forgotten:?}");
    let said_twice: Vec<&&str> = not_asked.iter().filter(|route| asked.contains(*route)).collect();
    assert!(said_twice.is_empty(), "these are asked now: {said_twice:?}");
    let gone: Vec<&&str> = not_asked.iter().filter(|route| !table.contains(*route)).collect();
    assert!(gone.is_empty(), "there is no such route any more: {gone:?}");
}
