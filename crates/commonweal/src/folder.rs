//! Whether the data folder can be used at all, before the record is opened in it.
//!
//! Deep inside, "permission denied" comes up as a log or a database that could not be opened. Here the same is said in the words of
//! whoever starts the program: which file or folder, what is wrong with it, and what to do. Nothing is changed: the one file that is
//! written as a trial is gone again at once.

use anyhow::anyhow;
use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Makes the folder where it is not there, and tries whether it can be read and written.
///
/// # Errors
/// A sentence that says what to do.
pub fn usable(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| explained(folder, "cannot be made", &error))?;
    // The trial file's own name would say nothing to anybody: what counts is the folder.
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut trial| trial.write_all(b"trial"));
    written.map_err(|error| explained(folder, "cannot be written to", &error))?;
    for file in files_in(folder).map_err(|error| explained(folder, "cannot be read", &error))? {
        let opened = OpenOptions::new().read(true).append(true).open(&file);
        opened.map_err(|error| explained(&file, "cannot be read and written", &error))?;
    }
    Ok(())
}

/// The files of the record and of its log.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for folder in [folder.to_owned(), record::log_folder(folder)] {
        match std::fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries {
                    let path = entry?.path();
                    // Reports and the like may lie beside the record and belong to anybody.
                    let is_ours = path.file_stem().is_some_and(|stem| stem == "record" || stem == "access");
                    files.extend((is_ours && path.is_file()).then_some(path));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

fn explained(path: &Path, what: &str, error: &Error) -> anyhow::Error {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied => {
            "The user who runs this may not. Give that user the data folder with all that is in it (chown -R USER FOLDER), \
             or give another folder with --data"
        }
        ErrorKind::ReadOnlyFilesystem => {
            "It is on a file system that is read-only. Give a folder on another one with --data"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "There is no room left. Make room, or give a folder on another disk with --data"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "A part of the path is a file. Give --data a folder that you may write to"
        }
        _ => "Give --data a folder that you may write to",
    };
    anyhow!("the data folder cannot be used: {} {what} ({error}). {advice}", path.display())
}
