//! What commands leave for a running server is taken in once, for good, and an inbox that cannot be read is no empty one.

use record::log::Durability;
use record::{Inbox, Options, Record, References, SeededIds};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use testkit::{NOW_MS, World, machinery};
use trust::{NewToken, Trust};

fn options() -> Options {
    Options {
        clock: Arc::new(record::FixedClock::at(NOW_MS)),
        ids: Arc::new(SeededIds::from_seed(9)),
        reads: Durability::Ordered,
        references: References::Report,
        origin: None,
    }
}

/// Leaves a token in the inbox beside the open record; gives its text.
fn left_token(data: &Path) -> String {
    let token = NewToken { asker: machinery().asker.as_ref().clone(), until_ms: NOW_MS + 3_600_000 };
    trust::tokens::issue(&Inbox::of(data, &options()), &token).unwrap().reveal().to_owned()
}

fn letters(data: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(data.join("inbox")).unwrap().map(|file| file.unwrap().path()).collect()
}

#[test]
fn a_letter_that_stays_in_the_inbox_is_taken_in_once_and_brings_nothing_back() {
    let world = World::new();
    let trust = Trust::new(world.record().clone(), world.gate(), trust::Options::default());
    let token = left_token(world.folder());
    let [letter] = letters(world.folder()).try_into().unwrap();
    let bytes = std::fs::read(&letter).unwrap();
    let (prefix, secret) = token.split_once('_').unwrap();
    let unknown = format!("{prefix}_{}", secret.chars().rev().collect::<String>());

    assert!(trust.check_token(&token).is_ok());
    assert_eq!(letters(world.folder()), Vec::<PathBuf>::new(), "it was removed");
    // As if it could not have been removed.
    std::fs::write(&letter, &bytes).unwrap();
    trust.revoke_token(&token).unwrap();
    let entries = world.record().log().count();

    for _ in 0..3 {
        std::fs::write(&letter, &bytes).unwrap();
        assert!(trust.check_token(&token).is_err(), "a token that was ended stays so");
        assert!(trust.check_token(&unknown).is_err());
    }
    assert_eq!(world.record().log().count(), entries, "nothing is logged for a letter that was taken in");
}

#[test]
fn an_inbox_that_cannot_be_read_is_said_and_not_taken_for_an_empty_one() {
    let world = World::new();
    let inbox = world.folder().join("inbox");
    std::fs::write(&inbox, "a file").unwrap();

    let missed = world.record().kept("anything", "unknown").unwrap_err().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inbox"), "a file").unwrap();
    let unopened = Record::open(folder.path(), options()).map(drop).unwrap_err().to_string();

    for said in [missed, unopened] {
        assert!(said.contains("inbox cannot be read") && said.contains("Give it to the user"), "{said}");
    }
}

#[test]
fn a_file_that_is_no_letter_holds_up_nothing() {
    let world = World::new();
    let trust = Trust::new(world.record().clone(), world.gate(), trust::Options::default());
    let token = left_token(world.folder());
    let inbox = world.folder().join("inbox");
    std::fs::write(inbox.join("0.json"), "no letter").unwrap();
    std::fs::create_dir(inbox.join("1.json")).unwrap();

    assert!(trust.check_token(&token).is_ok());
    assert_eq!(letters(world.folder()).len(), 2);
}
