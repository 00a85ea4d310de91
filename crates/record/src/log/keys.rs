//! The log's keys: one signs its checkpoints, one cosigns those of other logs. Made when the log is begun, with the log's name.
//!
//! The private keys are files that only their owner reads; beside each lies the public key, to be given away. They are never
//! printed. A log without its keys is not opened: new keys would make it another log.

use super::file::LogError;
use crate::clock::Ids;
use proof::note::is_key_name;
use proof::{KeyKind, Signer, Verifier};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What a name ends with when nobody gave one: no name of the internet.
const NAMELESS: &str = "unnamed.invalid";

/// Both keys.
pub(super) struct Keys {
    /// Signs the checkpoints of this log.
    pub log: Signer,
    /// Cosigns the checkpoints of others.
    pub witness: Signer,
}

impl Keys {
    /// Reads the keys in `dir`, or makes them when the log `is_new`.
    pub(super) fn open(dir: &Path, is_new: bool, origin: Option<&str>, ids: &dyn Ids) -> Result<Self, LogError> {
        let kept = |name: &str| std::fs::read_to_string(dir.join(format!("{name}.key")));
        let log = match kept("log") {
            Ok(text) => read(&text, KeyKind::Log)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_new => {
                let name = match origin {
                    Some(origin) => origin.to_owned(),
                    None => format!("{NAMELESS}/{:016x}", u64::from_le_bytes(random(ids)?)),
                };
                make(dir, "log", &name, KeyKind::Log, ids)?
            }
            Err(source) => return Err(LogError::Io { doing: "read: its key log.key belongs beside it", source }),
        };
        if let Some(origin) = origin.filter(|origin| *origin != log.verifier().name()) {
            let (begun, asked) = (log.verifier().name(), origin);
            return Err(LogError::Key(format!("the log was begun as {begun} and cannot become {asked}")));
        }
        let witness = match kept("witness") {
            Ok(text) => read(&text, KeyKind::Witness)?,
            Err(_) => make(dir, "witness", &format!("{}/witness", log.verifier().name()), KeyKind::Witness, ids)?,
        };
        Ok(Self { log, witness })
    }
}

/// The public key `log` or `witness` in `dir`.
pub(super) fn public(dir: &Path, name: &str) -> Result<Verifier, LogError> {
    let path = dir.join(format!("{name}.pub"));
    let doing = "read: its public key belongs beside it";
    let text = std::fs::read_to_string(path).map_err(|source| LogError::Io { doing, source })?;
    Verifier::parse(&text).map_err(|error| LogError::Key(error.to_string()))
}

fn read(text: &str, kind: KeyKind) -> Result<Signer, LogError> {
    let signer = Signer::parse(text).map_err(|error| LogError::Key(error.to_string()))?;
    if signer.verifier().kind() == kind {
        Ok(signer)
    } else {
        Err(LogError::Key("a key lies in the file of another".to_owned()))
    }
}

fn random<const N: usize>(ids: &dyn Ids) -> Result<[u8; N], LogError> {
    let mut bytes = [0; N];
    ids.fill(&mut bytes).map_err(|_| LogError::Randomness)?;
    Ok(bytes)
}

fn make(dir: &Path, file: &str, name: &str, kind: KeyKind, ids: &dyn Ids) -> Result<Signer, LogError> {
    if !is_key_name(name) {
        let sentence = format!("{name:?} cannot be a log's name: no spaces and no +, for example kelderby.example/log");
        return Err(LogError::Key(sentence));
    }
    let signer = Signer::from_seed(name, kind, &random(ids)?).map_err(|error| LogError::Key(error.to_string()))?;
    let write = |path: &Path, mode: u32, text: &str| -> std::io::Result<()> {
        let draft = path.with_extension("part");
        let _ = std::fs::remove_file(&draft);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all())?;
        std::fs::rename(&draft, path)?;
        File::open(dir)?.sync_all()
    };
    write(&dir.join(format!("{file}.pub")), 0o644, &format!("{}\n", signer.verifier()))
        .and_then(|()| write(&dir.join(format!("{file}.key")), 0o600, &signer.to_text()))
        .map_err(|source| LogError::Io { doing: "given its key", source })?;
    Ok(signer)
}
