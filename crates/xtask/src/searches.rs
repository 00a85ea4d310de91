//! The reference queries, asked over HTTP: is every search right?
//!
//! A set of queries comes with answers that were worked out by brute force, independent of any server.
//! This imports the set's resources into an empty record, asks each query through the real door and
//! compares totals, ids, order and what is included.
//! It holds no opinion of its own about the FHIR specification; an answer that is argued rather than right is
//! argued in `docs/reference/search.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::http::{Client, Request};
use crate::server::Program;
use crate::workspace::Workspace;

/// The most pages that one query may have: a server whose links go round must not hold this up.
const PAGES_MAX: usize = 2_000;

/// `cargo xtask searches`
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder of the shared data: `synthea/uk-100` and `tests/search/uk-100.expected.json`
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Only queries that contain this
    #[arg(long)]
    only: Option<String>,
}

/// Imports, asks, compares, and prints each query that is not answered as expected.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<bool> {
    let expected = options.data.join("tests/search/uk-100.expected.json");
    let text = fs::read(&expected).with_context(|| format!("while reading {}", expected.display()))?;
    let expected: Value = serde_json::from_slice(&text).context("the expected answers are no JSON")?;
    let built = workspace.cargo(&["build", "--locked", "--package", "commonweal"]).status()?;
    ensure!(built.success(), "commonweal does not build");
    let folder = tempfile::tempdir()?;
    let program = Program::new(workspace.target().join("debug/commonweal"), folder.path().join("data"));
    let imported = program.import(&[options.data.join("synthea/uk-100")])?.outcome;
    ensure!(imported.success, "the import failed:\n{}", imported.output);
    let token = program.token()?;
    let server = program.serve(&[])?;
    let mut asker = Asker { client: Client::new(server.address(), Some(token))? };

    let cases = expected.get("cases").and_then(Value::as_array).context("no cases")?;
    let wanted = |case: &&Value| options.only.as_ref().is_none_or(|part| title(case).contains(part));
    let (mut right, mut wrong) = (0, 0);
    for case in cases.iter().filter(wanted) {
        match asker.judge(case) {
            Ok(()) => right += 1,
            Err(error) => {
                wrong += 1;
                println!("{}\n    {error:#}", title(case));
            }
        }
    }
    println!("{right} passed, {wrong} failed");
    Ok(wrong == 0)
}

/// What a case asks, as it is written.
fn title(case: &Value) -> &str {
    ["query", "operation", "paging"].iter().find_map(|key| case.get(key)?.as_str()).unwrap_or_default()
}

/// Asks the server.
struct Asker {
    client: Client,
}

/// All pages of one answer together.
#[derive(Default)]
struct Found {
    total: Option<u64>,
    /// The matches, `Type/id`, in their order.
    matches: Vec<String>,
    /// What came with them.
    included: Vec<String>,
}

impl Asker {
    fn judge(&mut self, case: &Value) -> anyhow::Result<()> {
        if let Some(expectation) = case.get("expect").and_then(Value::as_str).filter(|text| text.contains("400")) {
            return self.judge_refusal(title(case), expectation);
        }
        let found = self.ask(title(case))?;
        judge_matches(case, &found)?;
        judge_company(case, &found)
    }

    /// Bad requests are refused; what is only unknown is passed over when the asker says so.
    fn judge_refusal(&mut self, query: &str, expectation: &str) -> anyhow::Result<()> {
        let path = path(query);
        let strict = Request { headers: "Prefer: handling=strict\r\n", ..Request::get(&path) };
        let answer = self.client.send(&strict)?;
        let outcome: Value = serde_json::from_slice(&answer.body).context("the refusal is no JSON")?;
        ensure!(answer.status == 400, "status {} instead of 400", answer.status);
        ensure!(kind(&outcome) == "OperationOutcome", "a refusal without an OperationOutcome");
        if expectation.contains("lenient") {
            let lenient = Request { headers: "Prefer: handling=lenient\r\n", ..Request::get(&path) };
            let answer = self.client.send(&lenient)?;
            ensure!(answer.status == 200, "status {} instead of 200 when lenient", answer.status);
            let bundle: Value = serde_json::from_slice(&answer.body)?;
            let own = link(&bundle, "self").context("no self link")?;
            ensure!(!own.contains("nonsense"), "the self link repeats what was passed over: {own}");
        }
        Ok(())
    }

    /// All pages of a query, the first exactly as it was asked.
    fn ask(&mut self, query: &str) -> anyhow::Result<Found> {
        let mut found = Found::default();
        let mut next = Some(path(query));
        for page in 0..PAGES_MAX {
            let Some(path) = next else { return Ok(found) };
            let answer = self.client.send(&Request::get(path))?;
            let said = || String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
            ensure!(answer.status == 200, "status {}: {}", answer.status, said());
            let bundle: Value = serde_json::from_slice(&answer.body).context("the answer is no JSON")?;
            if page == 0 {
                found.total = bundle.get("total").and_then(Value::as_u64);
            }
            found.add(&bundle);
            next = next_page(&bundle);
        }
        anyhow::bail!("more than {PAGES_MAX} pages")
    }
}

impl Found {
    fn add(&mut self, bundle: &Value) {
        for entry in bundle.get("entry").and_then(Value::as_array).into_iter().flatten() {
            let Some(resource) = entry.get("resource") else { continue };
            let name = format!("{}/{}", kind(resource), resource.get("id").and_then(Value::as_str).unwrap_or_default());
            match entry.pointer("/search/mode").and_then(Value::as_str) {
                Some("include" | "outcome") => self.included.push(name),
                _ => self.matches.push(name),
            }
        }
    }
}

/// Totals, ids and order.
fn judge_matches(case: &Value, found: &Found) -> anyhow::Result<()> {
    let is_count = title(case).contains("_summary=count") || title(case).contains("_count=0");
    let distinct: BTreeSet<&str> = found.matches.iter().map(String::as_str).collect();
    ensure!(distinct.len() == found.matches.len(), "a resource came twice");
    if let Some(wanted) = case.get("total").and_then(Value::as_u64) {
        if let Some(total) = found.total {
            ensure!(total == wanted, "total {total} instead of {wanted}");
        }
        let came = u64::try_from(distinct.len())?;
        ensure!(is_count || came == wanted, "{came} matches instead of {wanted}");
        ensure!(!is_count || (came == 0 && found.total.is_some()), "a count comes with its total and without entries");
    }
    if let Some(wanted) = case.get("sha256_sorted_ids").and_then(Value::as_str).filter(|_| !is_count) {
        let sorted: Vec<&str> = distinct.into_iter().collect();
        let digest = Sha256::digest(sorted.join("\n"));
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        ensure!(digest == wanted, "the right number of matches, but not the right ones");
    }
    if let Some(wanted) = case.get("first_ids_in_order").and_then(Value::as_array) {
        let came = found.matches.iter().map(String::as_str);
        ensure!(came.take(wanted.len()).eq(wanted.iter().filter_map(Value::as_str)), "not in the order that was asked");
    }
    Ok(())
}

/// What comes with the matches, and the least that an operation must give.
fn judge_company(case: &Value, found: &Found) -> anyhow::Result<()> {
    let included: BTreeSet<&str> = found.included.iter().map(String::as_str).collect();
    if let Some(wanted) = case.get("include_ids").and_then(Value::as_array) {
        let wanted: BTreeSet<&str> = wanted.iter().filter_map(Value::as_str).collect();
        ensure!(included == wanted, "included {} instead of {}", included.len(), wanted.len());
    }
    if let Some(wanted) = case.get("include_counts").and_then(Value::as_object) {
        let came = counts(included.into_iter());
        for (kind, wanted) in wanted {
            ensure!(
                came.get(kind.as_str()).copied() == wanted.as_u64(),
                "{kind} included: {:?} instead of {wanted}",
                came.get(kind.as_str())
            );
        }
    }
    if let Some(wanted) = case.get("minimum_counts").and_then(Value::as_object) {
        let came = counts(found.matches.iter().chain(&found.included).map(String::as_str));
        ensure!(came.get("Patient") == Some(&1), "not exactly one Patient");
        for (kind, wanted) in wanted {
            let came = came.get(kind.as_str()).copied();
            ensure!(came >= wanted.as_u64(), "{kind}: {came:?}, at least {wanted} are wanted");
        }
    }
    Ok(())
}

/// How many of each type.
fn counts<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u64> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.split('/').next().unwrap_or_default()).or_default() += 1;
    }
    counts
}

fn kind(resource: &Value) -> &str {
    resource.get("resourceType").and_then(Value::as_str).unwrap_or_default()
}

fn link<'a>(bundle: &'a Value, relation: &str) -> Option<&'a str> {
    let links = bundle.get("link")?.as_array()?;
    let is_it = |link: &&Value| link.get("relation").and_then(Value::as_str) == Some(relation);
    links.iter().find(is_it)?.get("url")?.as_str()
}

/// The path of a query, with what may not stand in a request line escaped.
fn path(query: &str) -> String {
    format!("/fhir/{}", query.replace('|', "%7C").replace(' ', "%20"))
}

/// The path of the page after this one.
pub(crate) fn next_page(bundle: &Value) -> Option<String> {
    link(bundle, "next").map(local)
}

/// The path of an absolute link.
fn local(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(url).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(names: &[&str]) -> Found {
        let matches: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Found { total: u64::try_from(names.len()).ok(), matches, included: Vec::new() }
    }

    #[test]
    fn the_right_matches_pass_and_others_do_not() {
        let digest: String = Sha256::digest("Patient/a\nPatient/b").iter().map(|byte| format!("{byte:02x}")).collect();
        let case = json!({ "query": "Patient", "total": 2, "sha256_sorted_ids": digest });

        assert!(judge_matches(&case, &found(&["Patient/b", "Patient/a"])).is_ok());
        assert!(judge_matches(&case, &found(&["Patient/a", "Patient/c"])).is_err());
        assert!(judge_matches(&case, &found(&["Patient/a"])).is_err());
        assert!(judge_matches(&case, &found(&["Patient/a", "Patient/a"])).is_err());
    }

    #[test]
    fn order_counts_where_it_was_asked() {
        let case = json!({ "query": "Patient?_sort=birthdate", "first_ids_in_order": ["Patient/b", "Patient/a"] });

        assert!(judge_matches(&case, &found(&["Patient/b", "Patient/a", "Patient/c"])).is_ok());
        assert!(judge_matches(&case, &found(&["Patient/a", "Patient/b"])).is_err());
    }

    #[test]
    fn a_link_is_followed_on_this_server() {
        assert_eq!(local("http://127.0.0.1:1/fhir/Patient?x=1"), "/fhir/Patient?x=1");
        assert_eq!(local("/fhir/Patient"), "/fhir/Patient");
    }
}
