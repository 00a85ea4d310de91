//! The professional's pages, as a browser asks for them: signed in, compressed, over many people.
//!
//! The demo locality is served by a release build; the persona of a practice's doctor signs in with its form, and the record of
//! each person of the practice is opened in turn, one click at a time. Nothing is fetched besides the page: scripts and styles
//! are kept by browsers for ever.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::load::{Driver, Measured};
use super::work::{entries, next_page, text};
use crate::http::{Client, Request};
use crate::server::{Program, Server};

/// How many people live in the demo locality.
const PEOPLE: u32 = 2_000;
/// The record pages of at least so many people are opened.
const OPENED_MIN: usize = 200;
/// No more people than this are looked for.
const OPENED_MAX: usize = 400;
/// Who signs in: a doctor of the practice where most people are registered.
const PERSONA: &str = "gp";
/// What a browser sends with each page.
const BROWSER: &str = "Accept: text/html,application/xhtml+xml\r\nAccept-Encoding: gzip\r\n";

/// Measures the pages; the table for the page of figures.
pub(super) fn measure(program: &Path, duration: Duration) -> anyhow::Result<String> {
    println!("pages: making {PEOPLE} people");
    let server = Server::demo(program, PEOPLE)?;
    let folder = server.folder().context("the demo did not say where its record is")?;
    let token = Program::new(program.to_owned(), folder.to_owned()).token_for(&["--as", PERSONA])?;
    let people = people_in_care(&Driver::new(&server, Some(token), duration))?;
    ensure!(people.len() >= OPENED_MIN, "{PERSONA} has only {} people in care", people.len());
    let cookie = sign_in(&server)?;
    let driver = Driver::new(&server, None, duration);
    let page = |path: String| Request { headers: format!("{BROWSER}Cookie: {cookie}\r\n"), ..Request::get(path) };
    let each = |tail: &str| people.iter().map(|id| page(format!("/care/people/{id}{tail}"))).collect::<Vec<_>>();
    let kinds = [
        ("the record on one screen", each(""), 1),
        ("the record on one screen", each(""), 2),
        ("all results and measurements", each("/results"), 1),
        ("find a person, the empty form", vec![page("/care".to_owned())], 1),
    ];
    let mut table = format!(
        "Pages of a professional, over {} people of the {PEOPLE} of the demo locality.\n\n\
         | page | clients | a second | median ms | 95 % ms | 99 % ms | us of the server's processor each |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
        people.len()
    );
    for (name, requests, clients) in kinds {
        let done = driver.run(&requests, clients)?;
        ensure!(done.unexpected == 0, "{name}: {} answers were no success", done.unexpected);
        let Measured { per_second, median_ms, most_ms, slow_ms, cpu_us, .. } = done;
        let _ = writeln!(
            table,
            "| {name} | {clients} | {per_second:.0} | {median_ms:.2} | {most_ms:.2} | {slow_ms:.2} | {cpu_us:.0} |"
        );
    }
    Ok(table)
}

/// The people whose measurements the persona may see: those of the practice.
fn people_in_care(driver: &Driver<'_>) -> anyhow::Result<Vec<String>> {
    let mut people = BTreeSet::new();
    let mut next = Some("/fhir/Observation?_count=500&_elements=subject&_total=none".to_owned());
    while let Some(path) = next.filter(|_| people.len() < OPENED_MAX) {
        let page = driver.json(&path)?;
        let subjects = entries(&page).filter_map(|entry| text(entry, "/subject/reference"));
        people.extend(subjects.filter_map(|subject| Some(subject.strip_prefix("Patient/")?.to_owned())));
        next = next_page(&page);
    }
    Ok(people.into_iter().collect())
}

fn sign_in(server: &Server) -> anyhow::Result<String> {
    let form = Request {
        method: "POST",
        path: "/sign-in".to_owned(),
        body: Some(format!("persona={PERSONA}").into_bytes()),
        headers: format!("{BROWSER}Content-Type: application/x-www-form-urlencoded\r\n"),
    };
    let answer = Client::new(server.address(), None)?.send(&form)?;
    answer.cookie.with_context(|| format!("{PERSONA} cannot sign in: status {}", answer.status))
}
