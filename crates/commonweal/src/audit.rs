//! `commonweal audit verify`: checks the access log without a server.

use crate::commands::DataFolder;
use anyhow::Context;
use std::process::ExitCode;

/// The exit code for "a check found something".
pub const FOUND: u8 = 4;

/// Checks the chain and prints what it found.
pub fn verify(folder: &DataFolder) -> anyhow::Result<ExitCode> {
    let dir = record::log_folder(&folder.data);
    let report = record::log::verify::verify(&dir)
        .with_context(|| format!("while reading {}. Check that it is there and that you may read it", dir.display()))?;
    match report.finding {
        None => {
            println!("{} entries in {} bytes, each in its place. Head {}.", report.entries, report.bytes, report.head);
            Ok(ExitCode::SUCCESS)
        }
        Some(finding) => {
            println!("DAMAGED at entry {}, byte {}: {}.", finding.entry, finding.offset, finding.what);
            println!("{} entries before it are in their places.", report.entries);
            Ok(ExitCode::from(FOUND))
        }
    }
}
