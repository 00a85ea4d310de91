//! Where the repository is and what Cargo knows about it.
//!
//! The only place of the developer commands that reads the environment; everything else is
//! given paths and commands that start from here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// The checkout that the commands work on.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

/// One crate of the workspace as its manifest describes it.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// The crate's name, which is its folder's name too.
    pub(crate) name: String,
    /// What it is built from.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependency tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The crate that is used.
    pub(crate) name: String,
    /// Whether only tests use it.
    pub(crate) only_tests: bool,
}

impl Workspace {
    /// Asks Cargo for the workspace around the current folder.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let metadata = metadata(Path::new("."))?;
        Ok(Self { root: path(&metadata, "workspace_root")?, target: path(&metadata, "target_directory")? })
    }

    /// The repository's root folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where Cargo puts what it builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The crates of this workspace, each with what it depends on.
    pub(crate) fn packages(&self) -> anyhow::Result<Vec<Package>> {
        let metadata = metadata(&self.root)?;
        let packages = metadata.get("packages").and_then(Value::as_array);
        Ok(packages.into_iter().flatten().filter_map(package).collect())
    }

    /// Every file that is or would be in the repository, as paths from its root.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<String>> {
        let output = Command::new("git")
            .current_dir(&self.root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .context("while listing files with git")?;
        ensure!(output.status.success(), "git could not list the files of {}", self.root.display());
        let text = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
        let names = text.split_terminator('\0').map(str::to_owned);
        Ok(names.filter(|name| self.root.join(name).is_file()).collect())
    }

    /// A `cargo` command at the root, the way every step runs it: no questions, no incremental state in the check.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".to_owned()));
        command.current_dir(&self.root).args(arguments).stdin(Stdio::null());
        command
    }

    /// The folder for tools that the check brings itself, outside the repository.
    pub(crate) fn cache(&self) -> PathBuf {
        let home = || variable("HOME").map(|home| Path::new(&home).join(".cache"));
        let base = variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
        base.unwrap_or_else(|| self.target.clone()).join("commonweal")
    }
}

/// An environment variable that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "developer commands follow the developer's environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What `cargo metadata` says about the workspace's own crates.
fn metadata(folder: &Path) -> anyhow::Result<Value> {
    let output = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".to_owned()))
        .current_dir(folder)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .context("while asking cargo for the workspace")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("while reading cargo metadata")
}

fn path(metadata: &Value, key: &str) -> anyhow::Result<PathBuf> {
    let text = metadata.get(key).and_then(Value::as_str);
    text.map(PathBuf::from).with_context(|| format!("cargo metadata has no {key}"))
}

fn package(value: &Value) -> Option<Package> {
    let dependencies = value.get("dependencies")?.as_array()?.iter().filter_map(dependency).collect();
    Some(Package { name: value.get("name")?.as_str()?.to_owned(), dependencies })
}

fn dependency(value: &Value) -> Option<Dependency> {
    let only_tests = value.get("kind").and_then(Value::as_str) == Some("dev");
    Some(Dependency { name: value.get("name")?.as_str()?.to_owned(), only_tests })
}
