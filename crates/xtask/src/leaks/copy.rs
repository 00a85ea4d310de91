//! A copy of the workspace to change and build, so that the working tree stays as it is.
//!
//! It lies in the target folder under a fixed path, and only files that differ are written, so that Cargo builds little the next time.
//! Its crates have a version of their own: Cargo keeps what it builds of them apart, and takes what comes from elsewhere as it is.

use crate::workspace::Workspace;
use anyhow::{Context as _, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";

/// A copy with its own folder for the programs that are built of it.
pub(super) struct Copy {
    root: PathBuf,
    /// Where Cargo puts the programs of the copy: never beside the real one.
    programs: PathBuf,
    /// Where Cargo puts what leads to them, as it does for the workspace: what comes from elsewhere is built once for both.
    parts: PathBuf,
}

impl Copy {
    /// A copy of the workspace as it is on the disk, but for `changed` files, by their path from the root.
    pub(super) fn make(workspace: &Workspace, mut changed: BTreeMap<String, String>) -> anyhow::Result<Self> {
        changed.extend(own_version(workspace)?);
        let folder = workspace.target().join("leaks");
        let parts = workspace.target().to_owned();
        let copy = Self { root: folder.join("copy"), programs: folder.join("programs"), parts };
        let files: BTreeSet<String> = workspace.files()?.into_iter().collect();
        for path in &files {
            let bytes = match changed.get(path) {
                Some(text) => text.clone().into_bytes(),
                None => std::fs::read(workspace.root().join(path)).with_context(|| format!("while reading {path}"))?,
            };
            write(&copy.root.join(path), &bytes)?;
        }
        copy.remove_others(&copy.root.join("crates"), &files)?;
        link(&workspace.root().join("node_modules"), &copy.root.join("node_modules"))?;
        Ok(copy)
    }

    /// The same command, over the copy.
    pub(super) fn turn(&self, mut command: Command) -> Command {
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.programs)
            .env("CARGO_BUILD_BUILD_DIR", &self.parts);
        command
    }

    /// Takes away sources that an earlier copy had and the workspace has no more.
    fn remove_others(&self, folder: &Path, files: &BTreeSet<String>) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder).with_context(|| format!("while reading {}", folder.display()))? {
            let path = entry?.path();
            let name = path.strip_prefix(&self.root)?.to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                self.remove_others(&path, files)?;
            } else if !files.contains(&name) {
                std::fs::remove_file(&path).with_context(|| format!("while removing {name}"))?;
            }
        }
        Ok(())
    }
}

/// The manifest and the lock file with another version of every crate of the workspace.
///
/// Cargo tells crates of one name and version apart by nothing else within one folder: without this the real program could be built
/// with what was built of the copy.
fn own_version(workspace: &Workspace) -> anyhow::Result<[(String, String); 2]> {
    let read = |path: &str| {
        std::fs::read_to_string(workspace.root().join(path)).with_context(|| format!("while reading {path}"))
    };
    let (version, own) = (env!("CARGO_PKG_VERSION"), concat!(env!("CARGO_PKG_VERSION"), "-leaks"));
    let (mut manifest, mut lock) = (read(MANIFEST)?, read(LOCK)?);
    let told = format!("[workspace.package]\nversion = \"{version}\"");
    ensure!(manifest.contains(&told), "{MANIFEST} does not begin [workspace.package] with the version {version}");
    manifest = manifest.replace(&told, &told.replace(version, own));
    for package in workspace.packages()? {
        let told = format!("name = \"{}\"\nversion = \"{version}\"", package.name);
        ensure!(lock.contains(&told), "{LOCK} does not name {} {version}", package.name);
        lock = lock.replace(&told, &told.replace(version, own));
    }
    Ok([(MANIFEST.to_owned(), manifest), (LOCK.to_owned(), lock)])
}

/// Writes a file unless it holds these bytes already.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("while making {}", folder.display()))?;
    }
    std::fs::write(path, bytes).with_context(|| format!("while writing {}", path.display()))
}

/// The packages of the pages are the same; where they cannot be linked, the build brings its own.
#[cfg(unix)]
fn link(original: &Path, link: &Path) -> anyhow::Result<()> {
    if std::fs::read_link(link).is_ok_and(|earlier| earlier == original) || !original.exists() {
        return Ok(());
    }
    // An earlier copy may have been of a workspace elsewhere, which may be gone.
    if link.symlink_metadata().is_ok() {
        std::fs::remove_file(link).with_context(|| format!("while removing {}", link.display()))?;
    }
    std::os::unix::fs::symlink(original, link).with_context(|| format!("while linking {}", link.display()))
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> anyhow::Result<()> {
    Ok(())
}
