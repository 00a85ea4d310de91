//! What a machine must have for the check, and how it is brought there.
//!
//! Rust, Node.js with npm and Python with pip are taken as given; the rest is installed from what the
//! repository pins: npm packages from the lock file, check tools by version and hash, and Chromium from
//! the system's packages.
//! Nothing is written inside the repository but `node_modules`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::process::{self, Tools};
use crate::workspace::{Workspace, variable};

/// Names under which a Chromium stands on the search path.
const BROWSERS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// The requirements file of the check tools, pinned by version and hash.
const REQUIREMENTS: &str = include_str!("../tools.txt");

/// The check tools, installed first when they are not there in the pinned versions.
pub(crate) fn tools(workspace: &Workspace) -> anyhow::Result<Tools> {
    let folder = workspace.cache().join(format!("tools-{:016x}", fingerprint(REQUIREMENTS.as_bytes())));
    let tools = Tools::at(folder.clone());
    if tools.are_complete() {
        return Ok(tools);
    }
    println!("installing the check tools of crates/xtask/tools.txt");
    let scratch = folder.with_extension(format!("new-{}", std::process::id()));
    let outcome = process::capture(
        Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
            .args(["--no-deps", "--only-binary", ":all:", "--require-hashes", "--target"])
            .arg(&scratch)
            .args(["--requirement", "crates/xtask/tools.txt"])
            .current_dir(workspace.root()),
    )?;
    if !outcome.success {
        bail!("the check tools could not be installed with pip:\n{}", outcome.output.trim());
    }
    if !tools.are_complete() {
        // Another run may have been quicker; either result is the same pinned set.
        drop(fs::remove_dir_all(&folder));
        fs::rename(&scratch, &folder).with_context(|| format!("while moving the tools to {}", folder.display()))?;
    }
    Ok(tools)
}

/// The npm packages of the lock file, installed first when one of them is missing or another version.
pub(crate) fn node_packages(workspace: &Workspace) -> anyhow::Result<()> {
    if node_packages_are_current(workspace)? {
        return Ok(());
    }
    println!("installing the npm packages of package-lock.json");
    let outcome = process::capture(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .current_dir(workspace.root()),
    )?;
    if !outcome.success {
        bail!("npm could not install what package-lock.json names:\n{}", outcome.output.trim());
    }
    Ok(())
}

/// Whether every package of the lock file stands installed, told by its integrity line.
fn node_packages_are_current(workspace: &Workspace) -> anyhow::Result<bool> {
    let lock = workspace.root().join("package-lock.json");
    let lock = fs::read_to_string(&lock).with_context(|| format!("while reading {}", lock.display()))?;
    let installed = workspace.root().join("node_modules").join(".package-lock.json");
    let installed = fs::read_to_string(installed).unwrap_or_default();
    let mut wanted = lock.lines().map(str::trim).filter(|line| line.starts_with("\"integrity\""));
    Ok(wanted.all(|line| installed.contains(line)))
}

/// A Chromium for the journeys, installed from the system's packages when there is none.
pub(crate) fn browser() -> anyhow::Result<PathBuf> {
    if let Some(found) = find_browser() {
        return Ok(found);
    }
    println!("installing Chromium from the system's packages");
    for arguments in [&["update"][..], &["install", "--yes", "--no-install-recommends", "chromium"][..]] {
        let outcome = process::capture(&mut apt_get(arguments))?;
        if !outcome.success {
            bail!(
                "the journeys need Chromium, and apt-get could not install it; install a Chromium yourself, or set \
                 CHROMIUM to its path:\n{}",
                outcome.output.trim()
            );
        }
    }
    find_browser().context("apt-get installed chromium, but none stands on the search path")
}

/// The browser that the developer named, or the first that is on the search path.
fn find_browser() -> Option<PathBuf> {
    let named = variable("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| process::on_path(&BROWSERS, &variable("PATH").unwrap_or_default()))
}

/// `apt-get` without questions, waiting for another package manager to finish, as root or through sudo.
fn apt_get(arguments: &[&str]) -> Command {
    let is_root = process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.output.trim() == "0");
    let mut command = if is_root { Command::new("apt-get") } else { Command::new("sudo") };
    if !is_root {
        command.args(["--non-interactive", "apt-get"]);
    }
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=600"]).args(arguments);
    command
}

/// FNV-1a: enough to tell one version of a lock file from another.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Prints what is there and what is missing, each with the line that installs it.
pub(crate) fn doctor(workspace: &Workspace) -> anyhow::Result<bool> {
    let mut complete = true;
    for (name, arguments, remedy) in PROGRAMS {
        let found = process::capture(Command::new(name).args(arguments)).ok().filter(|outcome| outcome.success);
        let version = found.as_ref().and_then(|outcome| outcome.output.lines().next());
        complete &= report(name, version, remedy);
    }
    let browser = find_browser().map(|path| path.display().to_string());
    complete &= report(
        "chromium",
        browser.as_deref(),
        "apt-get install --no-install-recommends chromium (`cargo xtask test` does it)",
    );
    let node_modules = node_packages_are_current(workspace)?;
    report("npm packages", node_modules.then_some("there"), "npm ci (`cargo xtask test` does it)");
    let folder = workspace.cache().join(format!("tools-{:016x}", fingerprint(REQUIREMENTS.as_bytes())));
    let tools = Tools::at(folder.clone()).are_complete().then(|| folder.display().to_string());
    report("check tools", tools.as_deref(), "`cargo xtask test` installs them with pip");
    Ok(complete)
}

/// What must be there before the commands can do the rest: program, how to ask its version, remedy.
const PROGRAMS: [(&str, &[&str], &str); 6] = [
    ("rustc", &["--version"], "install Rust 1.95 or newer with rustup"),
    ("cc", &["--version"], "apt-get install gcc libc6-dev"),
    ("git", &["--version"], "apt-get install git"),
    ("node", &["--version"], "install Node.js 20 or newer"),
    ("npm", &["--version"], "install Node.js 20 or newer with npm"),
    ("python3", &["-m", "pip", "--version"], "apt-get install python3 python3-pip"),
];

fn report(name: &str, found: Option<&str>, remedy: &str) -> bool {
    match found {
        Some(version) => println!("ok       {name:<13} {version}"),
        None => println!("missing  {name:<13} {remedy}"),
    }
    found.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_lock_file_has_another_fingerprint() {
        assert_eq!(fingerprint(b"one"), fingerprint(b"one"));
        assert_ne!(fingerprint(b"one"), fingerprint(b"two"));
    }

    #[test]
    fn every_tool_is_pinned_by_version_and_hash() {
        let entries = REQUIREMENTS.replace("\\\n", " ");
        let tools: Vec<&str> = entries.lines().filter(|line| !line.starts_with('#')).collect();

        assert_eq!(tools.len(), 4);
        for tool in tools {
            assert!(tool.contains("==") && tool.contains("--hash=sha256:"), "{tool}");
        }
    }
}
