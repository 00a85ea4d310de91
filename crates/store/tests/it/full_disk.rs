//! A full disk: a clear error, nothing half done, and writes again as soon as there is space.
//!
//! Needs a small file system of its own and so the right to mount one; without it the test says so and passes.

use crate::model::{PATIENT, id};
use fhir::search::Entry;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use store::{Expect, Found, Lane, Options, Prepared, Store, StoreError, Visibility};

/// A file system of six megabytes, gone when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().ok()?;
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(dir.path()).output().ok()?;
        mounted.status.success().then_some(Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A disk that stays mounted is only memory; the next start of the machine forgets it.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// A resource whose bytes do not compress.
fn resource(number: u64) -> Prepared {
    let mut dice = crate::model::Dice(number + 1);
    let noise: String = (0..20_000)
        .map(|_| char::from(b'!' + u8::try_from(dice.roll(90)).unwrap()))
        .filter(|letter| !"\\\"".contains(*letter))
        .collect();
    let text = format!(r#"{{"resourceType":"Patient","id":"p{number}","text":"{noise}"}}"#);
    let json = fhir::json::parse(text.as_bytes()).unwrap();
    let entries: [Entry<'_>; 0] = [];
    Prepared::new(id(&format!("p{number}")), &json, &entries, Vec::new()).unwrap()
}

#[test]
fn writes_fail_clearly_while_the_disk_is_full_and_go_on_when_there_is_space() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: no right to mount a small file system");
        return;
    };
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![1; 3 << 20]).unwrap();
    let store = Store::open(disk.path(), Options::new(Arc::new(|| 0))).unwrap();
    let put = |number| store.write(Lane::People, move |writer| writer.put(resource(number), Expect::Absent));
    let there = |number: u64| {
        let found = store.read(|reader| reader.get(&Visibility::everything(), PATIENT, &id(&format!("p{number}"))));
        matches!(found.unwrap(), Some(Found::Here(_)))
    };

    let mut written = 0;
    let error = loop {
        match put(written) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };

    assert!(written > 5);
    assert_eq!(error, StoreError::DiskFull);
    assert!((0..written).all(there) && !there(written));
    std::fs::remove_file(&ballast).unwrap();
    assert!(put(written).is_ok());
    assert!(there(written));
    assert_eq!(store.damage().unwrap(), None);
}
