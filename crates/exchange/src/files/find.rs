//! Which files an import reads, in which order.
//!
//! Folders are walked in name order, so that two runs read the same. A file with an ending that we do not know is named in
//! an error when it was asked for by itself, and passed over inside a folder.

use std::path::{Path, PathBuf};

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Its size on the disk, in bytes, for the progress shown.
    pub bytes: u64,
}

/// A path cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The file system said no.
    #[error("{} cannot be read: {source}. Check that it is there and that you may read it", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// An unknown ending.
    #[error("{} is not a file that can be imported: give .ndjson, .jsonl or .json, plain or with .gz or .zst", path.display())]
    Unknown {
        /// The path.
        path: PathBuf,
    },
    /// Folders without anything to import.
    #[error("there is nothing to import: no .ndjson, .jsonl or .json file was found")]
    Nothing,
}

/// Lists the files below `paths`.
///
/// # Errors
/// The first path that cannot be read, an unknown kind of file, or nothing found.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Source>, FindError> {
    let mut sources = Vec::new();
    for path in paths {
        let about = std::fs::metadata(path).map_err(|source| FindError::Unreadable { path: path.clone(), source })?;
        if about.is_dir() {
            walk(path, &mut sources)?;
        } else if is_known(path) {
            sources.push(Source { path: path.clone(), bytes: about.len() });
        } else {
            return Err(FindError::Unknown { path: path.clone() });
        }
    }
    if sources.is_empty() { Err(FindError::Nothing) } else { Ok(sources) }
}

fn walk(folder: &Path, sources: &mut Vec<Source>) -> Result<(), FindError> {
    let unreadable = |source| FindError::Unreadable { path: folder.to_owned(), source };
    let entries: Result<Vec<_>, _> = std::fs::read_dir(folder).map_err(unreadable)?.collect();
    let mut paths: Vec<PathBuf> = entries.map_err(unreadable)?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let about = std::fs::metadata(&path).map_err(|source| FindError::Unreadable { path: path.clone(), source })?;
        if about.is_dir() {
            walk(&path, sources)?;
        } else if is_known(&path) && !is_side_file(&path) {
            sources.push(Source { path, bytes: about.len() });
        }
    }
    Ok(())
}

/// The name without an ending that tells the compression.
pub(super) fn plain_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name).to_owned()
}

fn is_known(path: &Path) -> bool {
    let name = plain_name(path);
    [".ndjson", ".jsonl", ".json"].iter().any(|ending| name.ends_with(ending))
}

/// Files that tools leave beside the resources and that are none: `counts.json`, `manifest.json`, `package.json`.
fn is_side_file(path: &Path) -> bool {
    ["counts.json", "manifest.json", "package.json", "index.json", ".index.json"].contains(&plain_name(path).as_str())
}
