//! The 98 published questions over uk-100, answered by the store itself.

use crate::model::id;
use fhir::ResourceType;
use fhir::json::Json;
use fhir::search::{Condition, Handling, Target, Value, extract, patient_params};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Arc;
use store::{Options, PageRequest, Prepared, Row, Store, Visibility};

const PATIENT: &str = "Patient";

fn data() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"))
}

fn prepared(line: &[u8]) -> Prepared {
    let json = fhir::json::parse(line).unwrap();
    let kind = json.get("resourceType").and_then(Json::text).and_then(ResourceType::parse).unwrap();
    let entries = extract(kind, &json);
    let in_compartment = entries.iter().filter(|entry| patient_params(kind).contains(&entry.param));
    let subject = in_compartment.filter_map(|entry| match &entry.value {
        Value::Reference(Target::Local(ResourceType::PATIENT, id)) => Some(id.clone()),
        _ => None,
    });
    let subjects: BTreeSet<_> = subject.collect();
    let own = json.get("id").and_then(Json::text).unwrap();
    Prepared::new(id(own), &json, &entries, subjects.into_iter().collect()).unwrap()
}

fn loaded(dir: &tempfile::TempDir) -> Store {
    let store = Store::open(dir.path(), Options::new(Arc::new(|| 0))).unwrap();
    for file in std::fs::read_dir(data().join("synthea/uk-100")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "zst") {
            let lines = BufReader::new(zstd::Decoder::new(std::fs::File::open(path).unwrap()).unwrap()).split(b'\n');
            store.import(lines.map(|line| prepared(&line.unwrap())).collect()).unwrap();
        }
    }
    store
}

fn names(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| format!("{}/{}", row.kind.name(), row.id)).collect()
}

fn texts(json: Option<&Json<'_>>) -> Option<Vec<String>> {
    json.map(|list| list.items().iter().filter_map(|text| text.text().map(str::to_owned)).collect())
}

fn check(store: &Store, case: &Json<'_>) -> Result<(), String> {
    // Cases without a total are about HTTP: refusals, paging, operations.
    let (Some(asked), Some(expected)) = (case.get("query").and_then(Json::text), case.get("total")) else {
        return Ok(());
    };
    let (path, params) = asked.split_once('?').unwrap_or((asked, ""));
    let (compartment, kind) =
        path.rsplit_once('/').map_or((None, path), |(compartment, kind)| (Some(compartment), kind));
    let kind = ResourceType::parse(kind).unwrap();
    let pairs = params.split('&').filter_map(|pair| pair.split_once('='));
    let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut query = fhir::search::parse(kind, &pairs, Handling::Strict).unwrap().query;
    if let Some((PATIENT, patient)) = compartment.and_then(|compartment| compartment.split_once('/')) {
        let params = patient_params(kind).to_vec();
        query.conditions.push(Condition::Compartment { kind: ResourceType::PATIENT, id: id(patient), params });
    }
    let count = query.count.map_or(1_000, |count| usize::try_from(count).unwrap());
    let answer = store
        .read(|reader| reader.search(&Visibility::everything(), &query, &PageRequest::first(count)))
        .map_err(|error| format!("{asked}: {error}"))?;
    let expected = expected.number().map(|total| total.parse::<u64>().unwrap());
    if answer.total != expected {
        return Err(format!("{asked}: {:?} instead of {expected:?}", answer.total));
    }
    let found = names(&answer.matches);
    if let Some(ids) = texts(case.get("ids"))
        && answer.next.is_none()
        && !asked.contains("_summary=count")
        && ids.iter().collect::<BTreeSet<_>>() != found.iter().collect()
    {
        return Err(format!("{asked}: other resources"));
    }
    if let Some(first) = texts(case.get("first_ids_in_order"))
        && found.iter().take(first.len()).ne(first.iter())
    {
        return Err(format!("{asked}: another order"));
    }
    let includes = names(&answer.includes);
    if let Some(ids) = texts(case.get("include_ids"))
        && ids.iter().collect::<BTreeSet<_>>() != includes.iter().collect()
    {
        return Err(format!("{asked}: other includes"));
    }
    for (kind, count) in case.get("include_counts").map(Json::members).unwrap_or_default() {
        let of_kind = includes.iter().filter(|name| name.starts_with(kind.as_ref())).count();
        if count.number() != Some(of_kind.to_string().as_str()) {
            return Err(format!("{asked}: {of_kind} {kind} included"));
        }
    }
    Ok(())
}

#[test]
fn the_98_published_questions_are_answered_as_published() {
    let Ok(bytes) = std::fs::read(data().join("tests/search/uk-100.expected.json")) else {
        println!("skipped: no shared data");
        return;
    };
    let published = fhir::json::parse(&bytes).unwrap();
    let cases = published.get("cases").unwrap().items();
    let dir = tempfile::tempdir().unwrap();
    let store = loaded(&dir);

    let wrong: Vec<String> = cases.iter().filter_map(|case| check(&store, case).err()).collect();

    assert_eq!(wrong, Vec::<String>::new(), "{} of {} are wrong", wrong.len(), cases.len());
}
