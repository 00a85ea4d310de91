//! AuditEvents against IHE's own definitions of the Basic Audit Log Patterns: IHE's samples first, then every kind of ours.
//!
//! None of the 21 samples is wrong; `events` has ours, `beyond_rest` those that are no interactions of REST.

#![expect(clippy::indexing_slicing, reason = "of JSON, where a member that is not there is null")]

mod beyond_rest;
mod events;
mod profile;

use profile::Definitions;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Where IHE's samples and definitions are, if they are here.
fn folder() -> Option<PathBuf> {
    shared("samples/ihe-balp")
}

/// What is at this place of the shared data, if they are here.
fn shared(place: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(place);
    if !path.exists() {
        println!("skipped: {place} is not here");
    }
    path.exists().then_some(path)
}

/// The profile that an AuditEvent claims.
fn claimed(event: &Value) -> Option<&str> {
    event["meta"]["profile"][0].as_str()
}

fn samples(folder: &Path) -> Vec<(String, Value)> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut samples: Vec<(String, Value)> = files
        .filter_map(|path| {
            let name = path.file_stem()?.to_str()?.strip_prefix("AuditEvent-ex-")?.to_owned();
            Some((name, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()))
        })
        .collect();
    samples.sort_by(|one, other| one.0.cmp(&other.0));
    samples
}

#[test]
fn ihes_samples_conform_to_the_profiles_that_they_claim_and_one_less_thing_is_refused() {
    let Some(folder) = folder() else { return };
    let definitions = Definitions::read(&folder.join("definitions")).unwrap();
    let samples = samples(&folder);
    assert_eq!(samples.len(), 21);
    let mut taken_away = 0;

    for (name, sample) in &samples {
        let profile = definitions.profile(claimed(sample).unwrap());
        let faults = profile.faults(sample);
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        for (what, without) in profile.taken_away(sample) {
            assert!(!profile.faults(&without).is_empty(), "{name} without {what} must be refused: {without:#}");
            taken_away += 1;
        }
    }

    assert!(taken_away > 500, "only {taken_away} things were taken away");
}
