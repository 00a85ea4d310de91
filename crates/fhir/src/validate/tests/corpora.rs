//! The shared sets: one fault each must be found at its place, and good resources must pass.

use super::*;
use serde_json::Value;

pub(super) fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

pub(super) fn faults(bytes: &[u8]) -> Vec<Issue> {
    match json::parse(bytes) {
        Err(error) => vec![Issue::from(&error)],
        Ok(tree) => validate(&tree).into_iter().filter(Issue::is_error).collect(),
    }
}

/// Whether the finding is the expected one: the same code, and the place as JSON or as FHIRPath names it.
fn is_expected(issue: &Issue, code: &str, place: Option<&str>) -> bool {
    let fhirpath = issue.expression.as_deref().and_then(|text| definitions().fhirpath(text));
    issue.code.code() == code && (issue.expression.as_deref() == place || fhirpath.as_deref() == place)
}

#[test]
fn every_fault_of_the_invalid_set_is_found_at_its_place() {
    let Some(folder) = shared("tests/invalid-r4") else { return };
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let cases = manifest["cases"].as_array().unwrap();
    let mut wrong = Vec::new();

    for case in cases {
        let file = case["file"].as_str().unwrap();
        let issues = faults(&std::fs::read(folder.join(file)).unwrap());
        let (code, place) = (case["expect"]["code"].as_str().unwrap(), case["expect"]["expression"].as_str());
        if !issues.iter().any(|issue| is_expected(issue, code, place)) {
            wrong.push(format!("{file}: expected {code} at {place:?}, found {issues:#?}"));
        }
    }

    assert!(wrong.is_empty(), "{} of {} are not found as expected:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_control_of_the_invalid_set_is_accepted() {
    let Some(folder) = shared("tests/invalid-r4") else { return };
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();

    for control in manifest["controls"].as_array().unwrap() {
        let source =
            control.as_str().or_else(|| control["source"].as_str()).or_else(|| control["file"].as_str()).unwrap();
        let path =
            [folder.join(source), folder.join("../..").join(source)].into_iter().find(|path| path.exists()).unwrap();
        let issues = faults(&std::fs::read(path).unwrap());
        assert!(issues.is_empty(), "{source}: {issues:#?}");
    }
}

/// An example that is wrong: it gives one extension both a valueCode and a valueCodeableConcept.
const FAULTY_EXAMPLE: &str = "Extension-UKCore-ConditionEpisode-Example.json";

#[test]
fn good_examples_are_accepted() {
    for folder in ["fhir-r4/examples", "uk/uk-core-examples/json", "synthea/us-10-bundles", "synthea/pathling-bundles"]
    {
        let Some(path) = shared(folder) else { continue };
        for file in json_files(&path).into_iter().filter(|file| !file.ends_with(FAULTY_EXAMPLE)) {
            let issues = faults(&std::fs::read(&file).unwrap());
            assert!(issues.is_empty(), "{}: {issues:#?}", file.display());
        }
    }
}

#[test]
fn good_examples_are_written_back_with_the_same_tree() {
    let Some(path) = shared("fhir-r4/examples") else { return };
    for file in json_files(&path) {
        let bytes = std::fs::read(&file).unwrap();
        let tree = json::parse(&bytes).unwrap();
        assert_eq!(json::parse(&tree.to_vec()).unwrap(), tree, "{}", file.display());
    }
}

#[test]
fn a_hundred_people_of_england_are_accepted() {
    let Some(folder) = shared("synthea/uk-100") else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "zst") {
            continue;
        }
        let text = zstd::decode_all(std::fs::File::open(&path).unwrap()).unwrap();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let issues = faults(line);
            assert!(issues.is_empty(), "{}: {issues:#?}", path.display());
            count += 1;
        }
    }
    assert_eq!(count, 28_699);
}
