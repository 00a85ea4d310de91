//! `commonweal audit`: checks the access log without a server, and makes and checks proofs of its entries.
//!
//! Reading an entry here is an access like any other: it is noted in the record's inbox and stands in the log as soon as a running
//! record looks there, at the latest when it is opened next. Checking a proof needs no record at all.

use crate::commands::{CheckProof, DataFolder, Proof, Verify};
use crate::peers::{PeersFile, file_in};
use crate::wiring;
use anyhow::{Context, anyhow, bail};
use fhir::ResourceType;
use gate::{Action, Purpose, Role};
use proof::entry::Subjects;
use proof::{Note, Receipt, Verifier};
use record::log::verify::{Files, Trusted, check, key_in, receipt, witness_key_in};
use record::log::{Draft, Subject};
use record::{Inbox, Keeper};
use std::path::Path;
use std::process::ExitCode;
use trust::Peers;

/// The exit code for "a check found something".
pub const FOUND: u8 = 4;

/// Checks everything and prints what it found.
pub fn verify(arguments: &Verify) -> anyhow::Result<ExitCode> {
    let dir = record::log_folder(&arguments.folder.data);
    let reading = || format!("while reading the access log in {}", dir.display());
    let files = Files::read(&dir).with_context(reading)?;
    let key = match &arguments.key {
        Some(key) => Verifier::parse(key)?,
        None => key_in(&dir).with_context(reading)?,
    };
    let witnesses = PeersFile::at(file_in(&arguments.folder.data)).now().into_iter().map(|peer| peer.witness).collect();
    let elsewhere: anyhow::Result<Vec<Note>> = arguments.against.iter().map(|path| note(path)).collect();
    let report = check(&files, &Trusted { key, witnesses, elsewhere: elsewhere? });
    match report.finding {
        None => {
            println!("{} entries in {} bytes, each in its place. Root {}.", report.entries, report.bytes, report.root);
            println!("{} checkpoints and {} cosignatures fit.", report.checkpoints, report.cosignatures);
            Ok(ExitCode::SUCCESS)
        }
        Some(finding) => {
            println!("DAMAGED at entry {}, byte {}: {}.", finding.entry, finding.offset, finding.what);
            println!("{} entries before it are in their places.", report.entries);
            Ok(ExitCode::from(FOUND))
        }
    }
}

fn note(path: &Path) -> anyhow::Result<Note> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Note::parse(&text).with_context(|| format!("while reading the checkpoint in {}", path.display()))
}

/// Prints the proof of an entry.
pub fn proof(arguments: &Proof) -> anyhow::Result<ExitCode> {
    let dir = record::log_folder(&arguments.folder.data);
    let files = Files::read(&dir).with_context(|| format!("while reading the access log in {}", dir.display()))?;
    let Some(receipt) = receipt(&files, arguments.entry)? else {
        bail!(
            "no signed checkpoint covers an entry {}: wait a minute, or see how many entries there are",
            arguments.entry
        )
    };
    let inbox = Inbox::of(&arguments.folder.data, &wiring::options(&arguments.folder, wiring::Behaviour::default()));
    let entry = Draft { at_ms: inbox.now_ms(), subjects: people_of(&receipt), ..proof_draft() };
    inbox.keep("audit-proof", &arguments.entry.to_string(), &[], &entry).map_err(|error| anyhow!("{error}"))?;
    print!("{receipt}");
    Ok(ExitCode::SUCCESS)
}

fn proof_draft() -> Draft {
    Draft {
        who: "command/audit-proof".to_owned(),
        name: "The command audit proof".to_owned(),
        role: Role::ServiceAccount.name().to_owned(),
        action: Action::Read.name().to_owned(),
        purpose: Purpose::Audit.name().to_owned(),
        via: record::Way::Command.word().to_owned(),
        outcome: "allowed".to_owned(),
        kinds: vec![ResourceType::AUDIT_EVENT.code()],
        count: 1,
        ..Draft::default()
    }
}

/// The people whose entry is shown: that it was is in their log.
fn people_of(receipt: &Receipt) -> Vec<Subject> {
    let Subjects::All(parts) = &receipt.entry.subjects else { return Vec::new() };
    let person = |text: &str| {
        let person: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(Subject { part: u32::try_from(person.get("person")?.as_u64()?).ok()?, relation: 0 })
    };
    parts.iter().filter_map(|part| person(&part.text)).collect()
}

/// Checks the proofs in a file.
pub fn check_proof(arguments: &CheckProof) -> anyhow::Result<ExitCode> {
    let key = Verifier::parse(&arguments.key)?;
    let witnesses: Result<Vec<Verifier>, _> = arguments.witness.iter().map(|key| Verifier::parse(key)).collect();
    let witnesses = witnesses?;
    if arguments.quorum > witnesses.len() {
        bail!("--quorum {} asks for more witnesses than are named: name each with --witness KEY", arguments.quorum);
    }
    let path = &arguments.file;
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let receipts = Receipt::parse_all(&text).with_context(|| format!("while reading {}", path.display()))?;
    let mut failed = 0;
    for receipt in &receipts {
        match receipt.check(&key, &witnesses) {
            Ok(checked) if checked.witnesses.len() < arguments.quorum => {
                failed += 1;
                let (entry, signed, wanted) = (checked.entry, checked.witnesses.len(), arguments.quorum);
                println!(
                    "Entry {entry} DOES NOT HOLD: {signed} of the witnesses signed its checkpoint, and {wanted} must."
                );
            }
            Ok(checked) => {
                let by: Vec<String> = checked.witnesses.into_iter().map(|(name, at_s)| signed(&name, at_s)).collect();
                let by = if by.is_empty() { "by no witness that was given".to_owned() } else { by.join(", ") };
                let (entry, size, origin) = (checked.entry, checked.size, checked.origin);
                println!("Entry {entry} holds: one of {size} in {origin}, cosigned {by}.");
            }
            Err(error) => {
                failed += 1;
                println!("Entry {} DOES NOT HOLD: {error}.", receipt.index.saturating_add(1));
            }
        }
    }
    println!("{} of {} proofs hold.", receipts.len() - failed, receipts.len());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

fn signed(name: &str, at_s: u64) -> String {
    let at = i64::try_from(at_s).ok().and_then(|at_s| jiff::Timestamp::from_second(at_s).ok());
    format!("by {name} at {}", at.map(|at| at.to_string()).unwrap_or_default())
}

/// Prints the public keys; begins the log when there is none.
pub fn keys(folder: &DataFolder) -> anyhow::Result<ExitCode> {
    let dir = record::log_folder(&folder.data);
    if !record::is_in_use(&folder.data) {
        drop(wiring::record(folder, wiring::Behaviour::default())?);
    }
    println!("{}\n{}", key_in(&dir)?, witness_key_in(&dir)?);
    Ok(ExitCode::SUCCESS)
}
